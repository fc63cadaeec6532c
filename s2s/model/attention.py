"""Attention: how much each source position matters for one target step.

Every kind gives scores e_ti; the weights are a_ti = exp(e_ti) / sum_j exp(e_tj), the context is c_t = sum_i a_ti h_i
(Bahdanau et al. 2015, equations 5 and 6). There is one head and no path around the context: the weights that are
shown are the weights that were used.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

State = tuple[Tensor, ...]
"""What one step hands to the next, each tensor [B, …]."""


class Memory(NamedTuple):
    """The encoded source: made once per sentence, only read by the decoder."""

    states: Tensor  # [B, S, M]
    keys: Tensor  # [B, S, A], the projected states
    mask: Tensor  # [B, S], True at real pieces
    last: Tensor  # [B, M], the fixed context vector c: where the reading ended, in each direction
    pieces: Tensor | None = None  # [B, S], the ids of the source, for a model that copies them
    given: Tensor | None = None  # [N, S], weights to use instead of the model's own; NaN where its own are used

    def select(self, rows: Tensor) -> "Memory":
        """The memory of some sentences, repeated or left out as `rows` [B'] says, with no given weights."""
        pieces = None if self.pieces is None else self.pieces[rows]
        return Memory(self.states[rows], self.keys[rows], self.mask[rows], self.last[rows], pieces)


class Attention(nn.Module):
    """The frame that all kinds share; a kind says how it scores."""

    def project(self, states: Tensor) -> Tensor:
        """Keys [B, S, A] of the encoder states [B, S, M]: what can be computed before decoding starts."""
        return states

    def start(self, memory: Memory) -> State:
        """What the first step finds of a step before it: nothing, for a kind that does not look back."""
        return ()

    def score(self, query: Tensor, keys: Tensor) -> Tensor:
        """Scores [B, T, S], before the softmax, of queries [B, T, H] against keys [B, S, A]."""
        raise NotImplementedError

    def forward(self, query: Tensor, memory: Memory, before: State = ()) -> tuple[Tensor, Tensor | None, State]:
        """Weigh every source position for each target step.

        Args:
            query: what the decoder asks with, [B, T, H]; for a single step, [N, 1, H]: N / B hypotheses of each
                sentence, side by side, share its memory.
            memory: the encoded source.
            before: what the step before these handed on, or `start`.

        Returns:
            context [N, T, M]; weights [N, T, S], in which padding weighs 0 and a row sums to 1, or None without
            attention; and what the last step hands on.
        """
        asked = query.reshape(len(memory.mask), -1, query.shape[2])
        weights = instead(softmax(self.score(asked, memory.keys), memory.mask), memory.given)
        context = average(weights, memory.states)
        return context.view(*query.shape[:2], -1), weights.view(*query.shape[:2], -1), before


class NoAttention(Attention):
    """c_t = c: the fixed context vector, at every step (Cho et al. 2014)."""

    def project(self, states: Tensor) -> Tensor:
        """No keys, [B, S, 0]."""
        return states[:, :, :0]

    def forward(self, query: Tensor, memory: Memory, before: State = ()) -> tuple[Tensor, Tensor | None, State]:
        """The fixed context [N, T, M], and no weights."""
        hypotheses = query.shape[0] // len(memory.last)
        return memory.last.repeat_interleave(hypotheses, 0)[:, None, :].expand(-1, query.shape[1], -1), None, before


def softmax(scores: Tensor, mask: Tensor) -> Tensor:
    """The weights a_ti [B, T, S] of scores e_ti [B, T, S]; what `mask` [B, S] hides weighs 0."""
    scores = scores.to(torch.promote_types(scores.dtype, torch.float32))  # autocast makes them bfloat16
    return scores.masked_fill(~mask[:, None, :], float("-inf")).softmax(dim=-1)


def average(weights: Tensor, states: Tensor) -> Tensor:
    """The contexts c_t = sum_i a_ti h_i, [B, T, M]."""
    return torch.bmm(weights.to(states.dtype), states)


def instead(weights: Tensor, given: Tensor | None) -> Tensor:
    """`weights` [B, K, S], but where `given` [B K, S] is a number that one."""
    if given is None:
        return weights
    given = given.view_as(weights)
    return torch.where(given.isnan(), weights, given)
