"""What a search has done so far: every step with its back-pointers, from which hypotheses are read."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from s2s.config import SearchConfig
from s2s.pieces import END, PADDING
from s2s.search.beams import Choice
from s2s.search.scoring import Array, coverage, length_penalty


@dataclass(frozen=True)
class Found:
    """One hypothesis.

    ids and log_probs [T]; attention [T, S] or None; alternatives: for each step some most likely ids with their
    log-probabilities; score: what hypotheses are ordered by (s2s/search/scoring.py); generated: p_gen of each step [T],
    or None for a model that does not copy.
    """

    ids: list[int]
    log_probs: list[float]
    score: float
    attention: np.ndarray | None
    alternatives: list[list[tuple[int, float]]]
    generated: list[float] | None = None

    @property
    def finished(self) -> bool:
        """Whether the hypothesis has come to its end."""
        return self.ids[-1:] == [END]


class Node(NamedTuple):
    """One piece in the tree of a beam search."""

    token: int
    parent: int | None  # the node before it, by its number; None at the beginning
    log_prob: float
    rank: int | None  # of the hypothesis that ends here, 0 for the best


class Step(NamedTuple):
    """One step of the sentences that were searched then; `tokens` is `<pad>` where a hypothesis had ended before."""

    places: np.ndarray  # [B], where a sentence stands in the other arrays
    order: np.ndarray | None  # [A, K], hypotheses by falling score; None if they are in that order
    parents: np.ndarray | None  # [A, K], the hypothesis of the step before that was continued; None for its own
    tokens: np.ndarray  # [A, K]
    log_probs: np.ndarray  # [A, K]
    attention: np.ndarray | None  # [A, K, S]
    generated: np.ndarray | None  # [A, K]
    top_ids: np.ndarray  # [A, K, C]
    top_log_probs: np.ndarray  # [A, K, C]

    def of(self, sentences: np.ndarray) -> "Step":
        """The same for some of the sentences that were searched then, without what others have in it."""
        at = self.places[sentences]
        places = np.full_like(self.places, -1)
        places[sentences] = np.arange(len(sentences))
        return Step(
            places=places,
            order=None if self.order is None else self.order[at],
            parents=None if self.parents is None else self.parents[at],
            tokens=self.tokens[at],
            log_probs=self.log_probs[at],
            attention=None if self.attention is None else self.attention[at],
            generated=None if self.generated is None else self.generated[at],
            top_ids=self.top_ids[at],
            top_log_probs=self.top_log_probs[at],
        )


OnPath = tuple[Step, tuple[int, int], tuple[int, int]]
"""A step of a hypothesis, its row there, and the row of the hypothesis that it continued."""


class Trace:
    """All steps of one search."""

    def __init__(self, source_lengths: list[int], limits: list[int], config: SearchConfig) -> None:
        """The trace before the first step; `limits` are the most pieces that each target may have."""
        self.source_lengths, self.limits, self.config = source_lengths, limits, config
        self.steps: list[Step] = []
        self._lengths = np.zeros(len(source_lengths), dtype=int)  # steps of each sentence
        self._places = self._active = np.arange(len(source_lengths))

    def select(self, going_on: Array) -> None:
        """Of the sentences that are still searched, those are from now on where `going_on` is True."""
        self._active = self._active[going_on]
        self._places = np.full(len(self.source_lengths), -1)
        self._places[self._active] = np.arange(len(self._active))

    @property
    def sentences(self) -> int:
        """How many are still searched."""
        return len(self._active)

    def until(self, count: int) -> "Trace":
        """The first `count` steps, which stay as they are while this trace goes on, in another thread too."""
        found = Trace(self.source_lengths, self.limits, self.config)
        found.steps, found._lengths = self.steps[:count], np.minimum(self._lengths, count)
        return found

    def since(self, count: int) -> "Trace":
        """The steps after the first `count`, with the rows of its own sentences alone: what another process lacks."""
        found = Trace(self.source_lengths, self.limits, self.config)
        news = enumerate(self.steps[count:], count)
        found.steps, found._lengths = [step.of(np.flatnonzero(self._lengths > at)) for at, step in news], self._lengths
        return found

    def extended(self, news: "Trace") -> "Trace":
        """This trace, with what `since` gave of it behind its steps."""
        self.steps += news.steps
        self._lengths = news._lengths
        return self

    def record(
        self,
        first: int,
        order: Array | None,
        choice: Choice,
        attention: Array | None,
        generated: Array | None,
        top_ids: Array,
        top_log_probs: Array,
    ) -> None:
        """Append one step of the selected sentences.

        Args:
            first: where they begin among the A sentences of the step; they stand side by side.
            order: their hypotheses by falling score, [A, K]; None if they are in that order.
            choice: the pieces chosen.
            attention: weights [A, K, S] of the hypotheses that were continued.
            generated: their p_gen [A, K], of a model that copies.
            top_ids: their most likely next pieces, [A, K, C].
            top_log_probs: the log-probabilities of these.
        """
        self._lengths[self._active] += 1
        count = self.config.alternatives
        top = top_ids[..., :count], top_log_probs[..., :count]
        self.steps.append(Step(self._places + first, order, *choice, attention, generated, *top))

    def hypothesis(self, sentence: int, rank: int = 0) -> Found:
        """Follow the back-pointers of one hypothesis; `rank` 0 is the best."""
        path: list[OnPath] = []
        steps = self.steps[: self._lengths[sentence]]
        row = self._row(steps[-1], sentence, rank)
        for step in reversed(steps):
            place = int(step.places[sentence])
            parent = row if step.parents is None else int(step.parents[place, row])
            if step.tokens[place, row] != PADDING or step.log_probs[place, row] == -np.inf:
                path.append((step, (place, row), (place, parent)))
            row = parent
        path.reverse()
        log_probs = [float(step.log_probs[at]) for step, at, _ in path]
        # The weights and the alternatives of a step belong to the hypothesis that was continued.
        length = self.source_lengths[sentence]
        rows = [step.attention[parent][:length] for step, _, parent in path if step.attention is not None]
        attention = np.stack(rows) if rows else None
        shares = [float(step.generated[parent]) for step, _, parent in path if step.generated is not None]
        return Found(
            ids=[int(step.tokens[at]) for step, at, _ in path],
            log_probs=log_probs,
            score=self._score(log_probs, attention),
            attention=attention,
            alternatives=self._alternatives(path),
            generated=shares or None,
        )

    def _alternatives(self, path: list[OnPath]) -> list[list[tuple[int, float]]]:
        if not self.config.alternatives:
            return [[]] * len(path)
        return [_possible(step.top_ids[parent], step.top_log_probs[parent]) for step, _, parent in path]

    def tree(self, sentence: int) -> list[Node]:
        """Every piece that any hypothesis of one sentence has written, those that were left behind too."""
        nodes: list[Node] = []
        before: list[int | None] = [None] * self.config.beam_size
        steps = self.steps[: self._lengths[sentence]]
        for step in steps:
            place = int(step.places[sentence])
            after: list[int | None] = []
            for row, (token, log_prob) in enumerate(zip(step.tokens[place], step.log_probs[place], strict=True)):
                at = before[row if step.parents is None else int(step.parents[place, row])]
                if log_prob == -np.inf:
                    at = None
                elif token != PADDING:
                    nodes.append(Node(int(token), at, float(log_prob), None))
                    at = len(nodes) - 1
                after.append(at)
            before = after
        for rank in range(self.config.beam_size):
            end = before[self._row(steps[-1], sentence, rank)]
            if end is not None and nodes[end].rank is None:
                nodes[end] = nodes[end]._replace(rank=rank)
        return nodes

    def _row(self, step: Step, sentence: int, rank: int) -> int:
        return rank if step.order is None else int(step.order[step.places[sentence], rank])

    def _score(self, log_probs: list[float], attention: np.ndarray | None) -> float:
        if not log_probs:  # there were fewer hypotheses than places
            return -math.inf
        score = sum(log_probs) / length_penalty(float(len(log_probs)), self.config)
        if self.config.coverage_penalty and attention is not None:
            looked = attention.sum(axis=0)
            score += self.config.coverage_penalty * float(coverage(looked, np.ones_like(looked, dtype=bool)))
        return score


def _possible(ids: np.ndarray, log_probs: np.ndarray) -> list[tuple[int, float]]:
    pairs = zip(ids.tolist(), log_probs.tolist(), strict=True)
    return [(token, log_prob) for token, log_prob in pairs if log_prob > -np.inf]
