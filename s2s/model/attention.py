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

    def select(self, rows: Tensor) -> "Memory":
        """The memory of some rows of the batch, repeated or left out as `rows` [B'] says."""
        return Memory(*(part[rows] for part in self))


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
            query: what the decoder asks with, [B, T, H].
            memory: the encoded source.
            before: what the step before these handed on, or `start`.

        Returns:
            context [B, T, M]; weights [B, T, S], in which padding weighs 0 and a row sums to 1, or None without
            attention; and what the last step hands on.
        """
        weights = softmax(self.score(query, memory.keys), memory.mask)
        return average(weights, memory.states), weights, before


class NoAttention(Attention):
    """c_t = c: the fixed context vector, at every step (Sutskever et al. 2014; Cho et al. 2014)."""

    def project(self, states: Tensor) -> Tensor:
        """No keys, [B, S, 0]."""
        return states[:, :, :0]

    def forward(self, query: Tensor, memory: Memory, before: State = ()) -> tuple[Tensor, Tensor | None, State]:
        """The fixed context [B, T, M], and no weights."""
        return memory.last[:, None, :].expand(-1, query.shape[1], -1), None, before


def softmax(scores: Tensor, mask: Tensor) -> Tensor:
    """The weights a_ti [B, T, S] of scores e_ti [B, T, S]; what `mask` [B, S] hides weighs 0."""
    scores = scores.to(torch.promote_types(scores.dtype, torch.float32))  # autocast makes them bfloat16
    return scores.masked_fill(~mask[:, None, :], float("-inf")).softmax(dim=-1)


def average(weights: Tensor, states: Tensor) -> Tensor:
    """The contexts c_t = sum_i a_ti h_i, [B, T, M]."""
    return torch.bmm(weights.to(states.dtype), states)
