"""Beam search: the best few hypotheses side by side (Graves 2012; Sutskever 2014).

Hypotheses are compared by the mean of their log-probabilities. One that has ended keeps its place in the beam until
better ones push it out (the beam of Bahdanau's and Sutskever's decoders); a sentence is done when all of its places
have ended.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from s2s.config import SearchConfig
from s2s.model import Memory, Seq2Seq
from s2s.search.trace import Trace, predict
from s2s.text import END, PADDING, START


def beam_search(model: Seq2Seq, memory: Memory, config: SearchConfig) -> Iterator[Trace]:
    """Search a batch of sentences with `config.beam_size` hypotheses each; sentences that are done leave the batch."""
    beam, device = config.beam_size, memory.mask.device
    trace = Trace.start(memory, beam)
    limits = torch.tensor([config.limit(length) for length in trace.source_lengths], device=device)
    batch = len(limits)
    active = torch.arange(batch, device=device)
    memory = memory.select(active.repeat_interleave(beam))
    state = model.start(memory)
    previous = torch.full((batch * beam,), START, device=device)
    # Before the first step there is one hypothesis; the others of the beam are impossible.
    sums = torch.full((batch, beam), -torch.inf, device=device)
    sums[:, 0] = 0.0
    counts = torch.zeros(batch, beam, device=device)
    ended = torch.zeros(batch, beam, dtype=torch.bool, device=device)
    while len(active):
        log_probs, attention, state = predict(model, previous, state, memory, first=not trace.steps)
        width = min(max(beam, config.alternatives), log_probs.shape[1])
        top = log_probs.topk(width, dim=-1)
        top_ids, top_log_probs = (part.view(len(active), beam, width) for part in (top.indices, top.values))
        parents, tokens, gains, sums, counts, ended = _extend(
            top_ids[..., :beam], top_log_probs[..., :beam], sums, counts, ended
        )
        order = (sums / counts.clamp(min=1)).argsort(dim=1, descending=True, stable=True)
        trace.record(
            active,
            order,
            parents=parents,
            tokens=tokens,
            log_probs=gains,
            attention=None if attention is None else attention.view(len(active), beam, -1),
            top_ids=top_ids[..., : config.alternatives],
            top_log_probs=top_log_probs[..., : config.alternatives],
        )
        yield trace
        kept = (~ended.all(dim=1) & (len(trace.steps) < limits[active])).nonzero().squeeze(1)
        rows = (kept[:, None] * beam + parents[kept]).flatten()
        state = tuple(part[rows] for part in state)
        if len(kept) < len(active):
            memory = memory.select(rows)
        previous = tokens[kept].flatten()
        active, sums, counts, ended = active[kept], sums[kept], counts[kept], ended[kept]


def _extend(
    ids: Tensor, log_probs: Tensor, sums: Tensor, counts: Tensor, ended: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Choose the best continuations of each sentence's beam.

    Args:
        ids: the likeliest pieces of each hypothesis, [B, K, up to K].
        log_probs: those of `ids`.
        sums: log-probability of each hypothesis so far, [B, K].
        counts: its number of pieces, [B, K].
        ended: which hypotheses have written `</s>`, [B, K]; these are kept as they are.

    Returns:
        parents, tokens, log-probabilities of the tokens, sums, counts, ended: all [B, K].
    """
    beam = ids.shape[1]
    first = torch.arange(ids.shape[2], device=ids.device) == 0
    gains = torch.where(ended[..., None], torch.where(first, 0.0, -torch.inf), log_probs)
    tokens = torch.where(ended[..., None], PADDING, ids)
    new_counts = (counts + (~ended).to(counts.dtype))[..., None].expand_as(gains)
    new_sums = sums[..., None] + gains
    chosen = (new_sums / new_counts).flatten(1).topk(beam, dim=1).indices
    parents = chosen // ids.shape[2]

    def pick(values: Tensor) -> Tensor:
        return values.flatten(1).gather(1, chosen)

    tokens, sums = pick(tokens), pick(new_sums)
    ended = ended.gather(1, parents) | (tokens == END) | sums.isneginf()
    return parents, tokens, pick(gains), sums, pick(new_counts), ended
