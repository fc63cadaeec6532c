"""Attention: how much each source position matters for one target step.

Every kind gives scores e_ti; the weights are a_ti = exp(e_ti) / sum_j exp(e_tj), the context is c_t = sum_i a_ti h_i
(Bahdanau et al. 2015, equations 5 and 6). There is one head and no path around the context: the weights that are
shown are the weights that were used.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from s2s.config import AttentionKind


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

    def score(self, query: Tensor, keys: Tensor) -> Tensor:
        """Scores [B, T, S], before the softmax, of queries [B, T, H] against keys [B, S, A]."""
        raise NotImplementedError

    def forward(self, query: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """Weigh every source position for each target step.

        Args:
            query: top of the first decoder layer, [B, T, H].
            memory: the encoded source.

        Returns:
            context [B, T, M] and weights [B, T, S]; padding weighs 0, a row sums to 1.
        """
        scores = self.score(query, memory.keys)
        scores = scores.to(torch.promote_types(scores.dtype, torch.float32))  # autocast makes them bfloat16
        weights = scores.masked_fill(~memory.mask[:, None, :], float("-inf")).softmax(dim=-1)
        return torch.bmm(weights.to(memory.states.dtype), memory.states), weights


class Bahdanau(Attention):
    """e_ti = v · tanh(W q_t + U h_i) (Bahdanau et al. 2015, appendix A.1.2)."""

    def __init__(self, hidden_size: int, memory_size: int) -> None:
        """Build the score for queries of `hidden_size` and states of `memory_size`."""
        super().__init__()
        self.query = nn.Linear(hidden_size, hidden_size, bias=False)
        self.key = nn.Linear(memory_size, hidden_size)
        self.vector = nn.Linear(hidden_size, 1, bias=False)

    def project(self, states: Tensor) -> Tensor:
        """U h_i."""
        keys: Tensor = self.key(states)
        return keys

    def score(self, query: Tensor, keys: Tensor) -> Tensor:
        """The vector v · tanh(W q_t + keys)."""
        scores: Tensor = self.vector(torch.tanh(self.query(query)[:, :, None, :] + keys[:, None, :, :]))
        return scores.squeeze(-1)


class LuongDot(Attention):
    """e_ti = q_t · h_i (Luong et al. 2015, equation 8, dot)."""

    def score(self, query: Tensor, keys: Tensor) -> Tensor:
        """q_t · h_i."""
        return torch.bmm(query, keys.transpose(1, 2).to(query.dtype))


class LuongGeneral(LuongDot):
    """e_ti = q_t · W h_i (Luong et al. 2015, equation 8, general)."""

    def __init__(self, hidden_size: int, memory_size: int) -> None:
        """Build the score for queries of `hidden_size` and states of `memory_size`."""
        super().__init__()
        self.key = nn.Linear(memory_size, hidden_size, bias=False)

    def project(self, states: Tensor) -> Tensor:
        """W h_i."""
        keys: Tensor = self.key(states)
        return keys


def build_attention(kind: AttentionKind, hidden_size: int, memory_size: int) -> Attention | None:
    """The attention called `kind`; `none` has none."""
    if kind == "bahdanau":
        return Bahdanau(hidden_size, memory_size)
    if kind == "luong-general":
        return LuongGeneral(hidden_size, memory_size)
    return LuongDot() if kind == "luong-dot" else None
