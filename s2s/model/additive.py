"""The score of additive attention, v · tanh(q_t + k_i), with a gradient of its own.

The sums q_t + k_i are the largest tensor of a model with such attention, [B, T, S, A]; taken whole it is written and
read a dozen times, forward and back. Here some of it at a time goes through all operations while it is in the
processor's cache. Nothing of that size is kept: on the way back it is computed again, which takes no longer.
"""

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from s2s.device import numbers_at_a_time


def additive_scores(query: Tensor, keys: Tensor, vector: Tensor) -> Tensor:
    """The scores e_ti = v · tanh(q_t + k_i), [B, T, S].

    Args:
        query: q_t, [B, T, A].
        keys: k_i, [B, S, A].
        vector: v, [A].
    """
    scores: Tensor = _AdditiveScores.apply(query, keys, vector)  # type: ignore[no-untyped-call]
    return scores


class _AdditiveScores(torch.autograd.Function):
    """With s = σ(2 (q + k)): tanh(q + k) = 2 s − 1, and its derivative is 4 s (1 − s); σ is the quicker of the two."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, keys: Tensor, vector: Tensor) -> Tensor:
        exact = torch.promote_types(query.dtype, torch.float32)
        query, keys, weight = query.to(exact) * 2, keys.to(exact) * 2, vector.to(exact)
        scores = query.new_empty(*query.shape[:2], keys.shape[1])
        for rows, steps, opened in _opened(query, keys):
            # With `out`, a product keeps its number format; it would otherwise be autocast.
            torch.mv(opened.flatten(0, 2), weight, out=scores[rows, steps].view(-1))
        ctx.save_for_backward(query, keys, weight)
        return scores.mul_(2).sub_(weight.sum())

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, ...]:
        query, keys, weight = ctx.saved_tensors
        of_query, of_keys, of_vector = map(torch.zeros_like, (query, keys, weight))
        for rows, steps, opened in _opened(query, keys):
            arriving = grad[rows, steps]
            of_vector += arriving.reshape(-1) @ opened.flatten(0, 2)
            slope = opened.addcmul_(opened, opened, value=-1).mul_(arriving[..., None])
            of_query[rows, steps] = slope.sum(dim=2)
            of_keys[rows] += slope.sum(dim=1)
        factor = 4 * weight
        return of_query.mul_(factor), of_keys.mul_(factor), of_vector.mul_(2).sub_(grad.sum())


def _opened(query: Tensor, keys: Tensor) -> Iterator[tuple[slice, slice, Tensor]]:
    """For some sentences and some of their steps at a time: which ones, and σ(q + k) [B', T', S, A].

    All are in the same memory: one is gone when the next is asked for.
    """
    (batch, steps, size), source = query.shape, keys.shape[1]
    most = numbers_at_a_time(query.device, query.numel() * source)
    sentences = min(batch, max(1, most // (steps * source * size)))
    together = steps if sentences > 1 else min(steps, max(1, most // (source * size)))
    memory = query.new_empty(sentences * together * source * size)
    for first in range(0, batch, sentences):
        rows = slice(first, first + sentences)
        for step in range(0, steps, together):
            asked, offered = query[rows, step : step + together, None], keys[rows, None]
            shape = (*asked.shape[:2], source, size)
            opened = memory[: math.prod(shape)].view(shape)
            yield rows, slice(step, step + together), torch.add(asked, offered, out=opened).sigmoid_()
