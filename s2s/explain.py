"""Is attention the explanation? Two other answers to what a target piece hangs on, and how far they agree with it.

Gradient times input says how much the log-probability of a piece would change if the embedding of a source piece were a
little longer (Simonyan et al. 2014; Shrikumar et al. 2016). Leave-one-out says how much it does change if that piece is
not there (Li et al. 2016). Jain & Wallace (2019) compared both with attention.

All of it is computed by the PyTorch model, for all steps of a target in a few batches, and is [target, source].
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from s2s.config import require
from s2s.data import pad
from s2s.model import Seq2Seq
from s2s.model.seq2seq import shifted

MOST_NUMBERS = 20_000_000
"""Numbers of one kind that a batch holds at once, such as scores over the vocabulary."""


@torch.no_grad()
def own_attention(model: Seq2Seq, source: Sequence[int], target: Sequence[int]) -> np.ndarray:
    """Where `model` looks while it is made to write one target, [T, S]; a ConfigError if it has no attention."""
    _check(model)
    _, attention = model(*_rows(model, [source]), _rows(model, [target])[0])
    weights: np.ndarray = attention[0].numpy(force=True)
    return weights


def gradient_times_input(model: Seq2Seq, source: Sequence[int], target: Sequence[int]) -> np.ndarray:
    """e_i · ∂ log p(y_t | y_<t, x) / ∂ e_i, where e_i is the embedding of source piece i.

    Args:
        model: reads pieces and has attention; read, never changed.
        source: S ids.
        target: T ids; for the end of a target too, they end with `</s>`.

    Returns:
        [T, S], in natural units of log-probability, with a sign.
    """
    _check(model)
    size = _batch(model, len(source), len(target))
    steps = range(len(target))
    found = [_gradients(model, source, target, steps[at : at + size]) for at in range(0, len(target), size)]
    return np.concatenate(found)


def _gradients(model: Seq2Seq, source: Sequence[int], target: Sequence[int], steps: range) -> np.ndarray:
    # Each step has a copy of the source for itself, so that one backward pass gives the gradients of all.
    ids, mask = _rows(model, [source] * len(steps))
    wanted, _ = _rows(model, [target[: steps.stop]] * len(steps))
    copies, at = torch.arange(len(steps), device=ids.device), torch.tensor(steps, device=ids.device)
    with torch.enable_grad(), _differentiable_recurrence(model):
        embedded = model.embed(ids).detach().requires_grad_()
        memory = model.read(embedded, mask)
        features, weights, _ = model.decoder(model.embed(shifted(wanted)), model.start(memory), memory)
        here = None if weights is None else weights[copies, at][:, None]
        log_probs = model.log_probs(features[copies, at][:, None], here, ids)[copies, 0, wanted[0, at]]
        (gradient,) = torch.autograd.grad(log_probs.sum(), embedded)
    products: np.ndarray = (gradient * embedded.detach()).sum(dim=-1).numpy(force=True)
    return products


@torch.no_grad()
def leave_one_out(model: Seq2Seq, source: Sequence[int], target: Sequence[int]) -> np.ndarray:
    """By how much the log-probability of each target piece falls if one source piece is taken out.

    The others close up, as if it had never been typed. Of a source of a single piece nothing would be left: there the
    piece has all the influence, and the result is infinite.

    Args:
        model: reads pieces and has attention; read, never changed.
        source: S ids.
        target: T ids.

    Returns:
        [T, S], natural, with a sign: below 0 where a piece stood in the way.
    """
    _check(model)
    if len(source) == 1:
        return np.full((len(target), 1), np.inf, np.float32)
    rows = [list(source), *([*source[:left_out], *source[left_out + 1 :]] for left_out in range(len(source)))]
    size = _batch(model, len(source), len(target))
    found = [_log_probs(model, rows[at : at + size], target) for at in range(0, len(rows), size)]
    whole, *without = torch.cat(found)
    losses: np.ndarray = torch.stack([whole - each for each in without], dim=1).numpy(force=True)
    return losses


def _log_probs(model: Seq2Seq, sources: Sequence[Sequence[int]], target: Sequence[int]) -> Tensor:
    """Log-probabilities of the pieces of one target for several sources, [B, T]."""
    ids, mask = _rows(model, sources)
    wanted, _ = _rows(model, [target] * len(sources))
    features, weights = model(ids, mask, wanted)
    return model.log_probs(features, weights, ids).gather(2, wanted[..., None]).squeeze(2)


def _rows(model: Seq2Seq, rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    ids, mask = pad(rows)
    return ids.to(model.output_bias.device), mask.to(model.output_bias.device)


def _batch(model: Seq2Seq, source_length: int, target_length: int) -> int:
    """How many copies of a pair may be computed at once."""
    numbers = max(model.config.vocabulary_size, source_length * model.config.hidden_size)
    return max(1, MOST_NUMBERS // (target_length * numbers))


def _check(model: Seq2Seq) -> None:
    require(model.config.attention != "none", "This model has no attention to be compared. Please take another one.")
    require(model.config.frame_size is None, "This model reads frames, not pieces. Please take another one.")


def _differentiable_recurrence(model: Seq2Seq) -> AbstractContextManager[object]:
    """Recurrent layers give gradients outside training in PyTorch's own kernels only, not in those of cuDNN."""
    if model.output_bias.device.type != "cuda":
        return nullcontext()
    return torch.backends.cudnn.flags(enabled=False)


def shares(influence: np.ndarray) -> np.ndarray:
    """How influence [T, S] is spread over the source, whatever its sign: rows of shares, like attention."""
    sizes = np.abs(influence.astype(np.float64))
    sizes = np.where(np.isinf(sizes), 1, sizes)
    sums = sizes.sum(axis=1, keepdims=True)
    spread: np.ndarray = np.divide(sizes, sums, out=np.full_like(sizes, 1 / sizes.shape[1]), where=sums > 0)
    return spread


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How far two ways of weighing source pieces agree, over some steps."""

    spearman: float
    """The mean over steps of the rank correlation, from -1 to 1; NaN if no step has two different weights."""
    top_1: float
    """The share of steps at which both weigh the same piece most."""
    steps: int

    @classmethod
    def of(cls, pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> "Agreement":
        """The agreement of some pairs of weights, [T, S] each; every step of every pair counts the same."""
        correlations = np.concatenate([spearman(one, other) for one, other in pairs])
        same = np.concatenate([one.argmax(axis=1) == other.argmax(axis=1) for one, other in pairs])
        known = correlations[~np.isnan(correlations)]
        return cls(
            spearman=float(known.mean()) if known.size else float("nan"), top_1=float(same.mean()), steps=len(same)
        )


def spearman(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Spearman's rank correlation of each row of one [T, S] with that of the other; NaN where a row is constant."""
    first, second = (ranks - ranks.mean(axis=1, keepdims=True) for ranks in (_ranks(one), _ranks(other)))
    spread = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
    found: np.ndarray = np.divide((first * second).sum(axis=1), spread, out=np.full(len(one), np.nan), where=spread > 0)
    return found


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks [T, S] from 1 within each row; equal values share the mean of theirs."""
    below = (values[:, :, None] > values[:, None, :]).sum(axis=2)
    equal = (values[:, :, None] == values[:, None, :]).sum(axis=2)
    ranks: np.ndarray = below + (equal + 1) / 2
    return ranks
