"""Attention that knows what was written: which source position a piece came from, by Bayes' rule.

Before the decoder writes y_t it looks at position i with weight a_ti: it knows only the pieces before y_t, and looks
where what it expects comes from. Of a target that it would not have written itself, it expects something else, and
looks in the wrong place. Once y_t is known, the attention is a prior over positions, which has a posterior:

    P(i | y_t) = a_ti P(y_t | c_t = h_i) / Σ_j a_tj P(y_t | c_t = h_j)

The likelihood is the model's own, with h_i alone for its context (Shankar & Sarawagi 2019, "Posterior attention models
for sequence to sequence learning", who train models with it; here it is read off one that was trained as usual).
"""

import torch
from torch import Tensor

from s2s.model import Seq2Seq
from s2s.model.attention import Memory, State
from s2s.model.seq2seq import shifted

ROWS = 128
"""Hypotheses of a step that is taken at once: their probabilities [ROWS, V] stay in a processor's cache."""


@torch.inference_mode()
def posterior_attention(model: Seq2Seq, source: Tensor, mask: Tensor, target: Tensor) -> Tensor:
    """Force each target to be written, and weigh the source positions once each of its pieces is known.

    Each step is taken once as always and once for each source position, so that this costs about S times as much as
    forced decoding step by step.

    Args:
        model: one with attention.
        source: ids [B, S], or frames [B, S, F].
        mask: [B, S], True at real pieces or frames.
        target: ids [B, T], ending with `</s>`.

    Returns:
        P(i | y_t), [B, T, S], in float32: padding weighs 0, a row sums to 1.
    """
    memory = model.encode(source, mask)
    state = model.start(memory)
    rows = []
    for previous, written in zip(shifted(target).unbind(dim=1), target.unbind(dim=1), strict=True):
        likelihoods = _likelihoods(model, previous, written, state, memory)
        prediction = model.step(previous, state, memory)
        assert prediction.attention is not None
        rows.append((prediction.attention.float().log() + likelihoods).softmax(dim=-1))
        state = prediction.state
    return torch.stack(rows, dim=1)


def _likelihoods(model: Seq2Seq, previous: Tensor, written: Tensor, state: State, memory: Memory) -> Tensor:
    """The log-likelihoods P(y_t | c_t = h_i) of the pieces y_t [B] for every position i, [B, S]."""
    batch, positions = memory.mask.shape
    found = []
    for alone in torch.eye(positions, device=written.device).split(max(1, ROWS // batch)):
        count = len(alone)
        wide = tuple(tensor.repeat_interleave(count, 0) for tensor in state)
        one_each = memory._replace(given=alone.repeat(batch, 1))
        log_probs = model.step(previous.repeat_interleave(count), wide, one_each).log_probs
        found.append(log_probs.gather(1, written.repeat_interleave(count)[:, None]).view(batch, count))
    return torch.cat(found, dim=1).float()
