"""What a search hands from one step to the next, for each of its sentences."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from s2s.model import Memory, State
from s2s.search.beams import Beams
from s2s.search.scoring import Array


@dataclass(frozen=True)
class Rows:
    """The A sentences that are still searched, K hypotheses of each; each sentence may be at another step."""

    memory: Memory  # [A, …]
    state: State  # each tensor [A K, …]
    previous: Tensor  # [A K], the pieces that were written last
    beams: Beams
    steps: Array  # [A], those that were taken
    limits: Array  # [A], the most that are taken
    uniforms: Array | None  # [A, T, K], random numbers, for a search that draws

    def __len__(self) -> int:
        """A."""
        return len(self.steps)

    def moved(self, state: State, beams: Beams, tokens: Array, rows: Array | None, places: Array | None) -> "Rows":
        """One step later: the sentences at `places`, or all of them, with the `tokens` [A, K] that were chosen.

        `rows` [A, K] are the hypotheses that were continued, or None: each one was.
        """
        steps, limits, memory, uniforms = self.steps + 1, self.limits, self.memory, self.uniforms
        device = self.previous.device
        if places is not None:
            beam = tokens.shape[1]
            rows = places[:, None] * beam + np.arange(beam) if rows is None else rows[places]
            tokens, steps, limits, beams = tokens[places], steps[places], limits[places], beams.select(places)
            memory = memory.select(torch.from_numpy(places).to(device))
            uniforms = None if uniforms is None else uniforms[places]
        if rows is not None:
            at = torch.from_numpy(rows.reshape(-1)).to(device)
            state = tuple(part.index_select(0, at) for part in state)
        return Rows(memory, state, torch.from_numpy(tokens.reshape(-1)).to(device), beams, steps, limits, uniforms)

    def joined(self, other: "Rows", looks_back: bool) -> "Rows":
        """Those of both; `looks_back` says whether the last part of a state has a number for each source position."""
        length = int(max(self.memory.mask.sum(dim=1).max(), other.memory.mask.sum(dim=1).max()))
        states = [list(parts) for parts in zip(self.state, other.state, strict=True)]
        if looks_back:
            states[-1] = [fitted(part, length) for part in states[-1]]
        uniforms = None
        if self.uniforms is not None and other.uniforms is not None:
            uniforms = _longest(self.uniforms, other.uniforms)
        return Rows(
            memory=_joined(self.memory, other.memory, length),
            state=tuple(map(torch.cat, states)),
            previous=torch.cat([self.previous, other.previous]),
            beams=self.beams.joined(other.beams, length),
            steps=np.concatenate([self.steps, other.steps]),
            limits=np.concatenate([self.limits, other.limits]),
            uniforms=uniforms,
        )


def _joined(one: Memory, other: Memory, length: int) -> Memory:
    def both(part: Tensor, added: Tensor) -> Tensor:
        return torch.cat([fitted(part, length), fitted(added, length)])

    states, mask = both(one.states, other.states), both(one.mask, other.mask)
    keys = states if one.keys is one.states else both(one.keys, other.keys)
    pieces = None if one.pieces is None or other.pieces is None else both(one.pieces, other.pieces)
    return Memory(states, keys, mask, torch.cat([one.last, other.last]), pieces)


def fitted(part: Tensor, length: int) -> Tensor:
    """Rows [B, S, …] with zeros up to [B, length, …], or without what is behind it, which is padding."""
    if part.shape[1] >= length:
        return part[:, :length]
    return torch.cat([part, part.new_zeros((len(part), length - part.shape[1], *part.shape[2:]))], dim=1)


def _longest(one: Array, other: Array) -> Array:
    """Both arrays [A, T, K], one after the other, with zeros up to the longer T."""
    stacked = np.zeros((len(one) + len(other), max(one.shape[1], other.shape[1]), one.shape[2]), one.dtype)
    stacked[: len(one), : one.shape[1]], stacked[len(one) :, : other.shape[1]] = one, other
    return stacked
