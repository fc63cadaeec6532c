"""One engine for many requests: steps that are asked for while another is computed are computed together.

Worth it where a step of many rows takes hardly longer than one of few: on a GPU. The threads of the requests do it
among themselves (flat combining; Hendler et al. 2010): who gets the turn computes whatever waits. A request that is
alone waits for nobody.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Lock

import torch
from torch import Tensor

from s2s.config import ModelConfig
from s2s.engine import Engine
from s2s.model import Memory, Prediction, State


@dataclass(eq=False)
class Ask:
    """A step that one request asks for, and what came of it."""

    previous: Tensor
    state: State
    memory: Memory
    found: Prediction | None = None
    error: Exception | None = None

    @property
    def beam(self) -> int:
        """Hypotheses of each sentence: only asks that agree in this are computed together."""
        return len(self.previous) // len(self.memory.mask)

    @property
    def is_answered(self) -> bool:
        """Whether somebody has computed it."""
        return self.found is not None or self.error is not None


class SharedEngine:
    """Encodes, starts and steps as the engine does that it shares; its rows of a batch do not influence each other."""

    def __init__(self, engine: Engine) -> None:
        """Share `engine` between all threads that ask."""
        self.config: ModelConfig = engine.config
        self._engine = engine
        self._waiting: list[Ask] = []
        self._adding, self._turn = Lock(), Lock()

    def encode(self, source: Tensor, mask: Tensor) -> Memory:
        """Read a batch of sources: once a sentence, so that nobody waits for others here."""
        return self._engine.encode(source, mask)

    def start(self, memory: Memory) -> State:
        """The decoder's state before the first step."""
        return self._engine.start(memory)

    def step(self, previous: Tensor, state: State, memory: Memory) -> Prediction:
        """Predict one more piece of each hypothesis, together with whoever else asks just now."""
        ask = Ask(previous, state, memory)
        with self._adding:
            self._waiting.append(ask)
        with self._turn:
            if not ask.is_answered:
                with self._adding:
                    asks, self._waiting = self._waiting, []
                self._answer(asks)
        if ask.error is not None:
            raise ask.error
        assert ask.found is not None
        return ask.found

    def _answer(self, asks: Iterable[Ask]) -> None:
        by_beam: dict[int, list[Ask]] = defaultdict(list)
        for ask in asks:
            by_beam[ask.beam].append(ask)
        for group in by_beam.values():
            try:
                for ask, found in zip(group, self._steps(group), strict=True):
                    ask.found = found
            except Exception as error:  # each of them raises it in its own thread
                for ask in group:
                    ask.error = error

    def _steps(self, asks: list[Ask]) -> list[Prediction]:
        if len(asks) == 1:
            return [self._engine.step(asks[0].previous, asks[0].state, asks[0].memory)]
        return apart(self._engine.step(*together(asks, self.config)), asks, self.config)


def together(asks: Sequence[Ask], config: ModelConfig) -> tuple[Tensor, State, Memory]:
    """One step for all `asks`: their rows one after the other, their sources padded to the longest."""
    memories = [ask.memory for ask in asks]
    length = max(memory.mask.shape[1] for memory in memories)
    states = [list(parts) for parts in zip(*(ask.state for ask in asks), strict=True)]
    if config.looks_back:
        states[-1] = [longer(part, length) for part in states[-1]]
    given = None
    if any(memory.given is not None for memory in memories):
        given = torch.cat([longer(_given(ask), length) for ask in asks])
    memory = Memory(
        torch.cat([longer(memory.states, length) for memory in memories]),
        torch.cat([longer(memory.keys, length) for memory in memories]),
        torch.cat([longer(memory.mask, length) for memory in memories]),
        torch.cat([memory.last for memory in memories]),
        torch.cat([longer(memory.pieces, length) for memory in memories if memory.pieces is not None])
        if config.copy
        else None,
        given,
    )
    return torch.cat([ask.previous for ask in asks]), tuple(map(torch.cat, states)), memory


def apart(found: Prediction, asks: Sequence[Ask], config: ModelConfig) -> list[Prediction]:
    """What each of `asks` would have found alone."""
    log_probs, attention, state, generated = found
    sizes, lengths = [len(ask.previous) for ask in asks], [ask.memory.mask.shape[1] for ask in asks]
    states = [part.split(sizes) for part in state]
    if config.looks_back:
        states[-1] = _cut(state[-1], sizes, lengths)
    weights = [None] * len(asks) if attention is None else _cut(attention, sizes, lengths)
    shares = [None] * len(asks) if generated is None else generated.split(sizes)
    parts = zip(log_probs.split(sizes), weights, zip(*states, strict=True), shares, strict=True)
    return [Prediction(*part) for part in parts]


def longer(part: Tensor, length: int) -> Tensor:
    """Rows [B, S, …] with zeros up to [B, length, …]."""
    padded = part.new_zeros((len(part), length, *part.shape[2:]))
    padded[:, : part.shape[1]] = part
    return padded


def _given(ask: Ask) -> Tensor:
    """The weights to use [N, S], NaN where the model's own are."""
    memory = ask.memory
    if memory.given is not None:
        return memory.given
    return memory.states.new_full((len(ask.previous), memory.mask.shape[1]), torch.nan)


def _cut(rows: Tensor, sizes: list[int], lengths: list[int]) -> tuple[Tensor, ...]:
    """Rows [N, S] shared out among asks, each without what was padded for others."""
    parts = zip(rows.split(sizes), lengths, strict=True)
    return tuple(part[:, :length].contiguous() for part, length in parts)
