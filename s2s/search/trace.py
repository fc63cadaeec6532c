"""What a search has done so far: every step with its back-pointers, from which hypotheses are read."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from s2s.model import Memory, Seq2Seq, State
from s2s.text import END, PADDING, START, UNKNOWN

NEVER_WRITTEN = [UNKNOWN, START, PADDING]


@dataclass(frozen=True)
class Found:
    """One hypothesis.

    ids and log_probs [T]; attention [T, S] or None; alternatives: for each step some most likely ids with their
    log-probabilities; score: the mean of log_probs; finished: whether it ends with `</s>`.
    """

    ids: list[int]
    log_probs: list[float]
    score: float
    attention: np.ndarray | None
    alternatives: list[list[tuple[int, float]]]

    @property
    def finished(self) -> bool:
        """Whether the hypothesis has come to its end."""
        return self.ids[-1:] == [END]


@dataclass(frozen=True)
class Step:
    """One step of all hypotheses [B, K]; `tokens` is `<pad>` where a hypothesis had ended before."""

    parents: np.ndarray  # [B, K], the hypothesis of the step before that was continued
    tokens: np.ndarray  # [B, K]
    log_probs: np.ndarray  # [B, K]
    attention: np.ndarray | None  # [B, K, S]
    top_ids: np.ndarray  # [B, K, alternatives]
    top_log_probs: np.ndarray  # [B, K, alternatives]


@dataclass
class Trace:
    """All steps of one search, and the order of its hypotheses, best first."""

    source_lengths: list[int]
    order: np.ndarray  # [B, K], hypotheses of the last step by falling score
    steps: list[Step] = field(default_factory=list)

    @classmethod
    def start(cls, memory: Memory, beam: int) -> "Trace":
        """The trace before the first step, for the sentences of `memory` with `beam` hypotheses each."""
        return cls(memory.mask.sum(dim=1).tolist(), np.tile(np.arange(beam), (len(memory.mask), 1)))

    def record(self, active: Tensor, order: Tensor, **step: Tensor | None) -> None:
        """Append one step of the sentences `active` [A]; those that have left the batch stay as they were.

        Args:
            active: which sentences the step is of.
            order: their hypotheses by falling score, [A, K].
            **step: the fields of `Step`, each [A, K, …].
        """
        rows = active.numpy(force=True)
        blanks = {"parents": np.arange(self.order.shape[1]), "tokens": PADDING}

        def spread(name: str, values: Tensor) -> np.ndarray:
            part = values.numpy(force=True)
            whole = np.empty((*self.order.shape, *part.shape[2:]), dtype=part.dtype)
            whole[:] = blanks.get(name, 0)
            whole[rows] = part
            return whole

        self.order[rows] = order.numpy(force=True)
        fields: dict[str, Any] = {
            name: None if values is None else spread(name, values) for name, values in step.items()
        }
        self.steps.append(Step(**fields))

    def hypothesis(self, sentence: int, rank: int = 0) -> Found:
        """Follow the back-pointers of one hypothesis; `rank` 0 is the best."""
        row = int(self.order[sentence, rank])
        path = []
        for step in reversed(self.steps):
            parent = int(step.parents[sentence, row])
            if step.tokens[sentence, row] != PADDING:
                path.append((step, row, parent))
            row = parent
        path.reverse()
        log_probs = [float(step.log_probs[sentence, row]) for step, row, _ in path]
        length = self.source_lengths[sentence]
        # The weights and the alternatives of a step belong to the hypothesis that was continued.
        rows = [step.attention[sentence, parent, :length] for step, _, parent in path if step.attention is not None]
        return Found(
            ids=[int(step.tokens[sentence, row]) for step, row, _ in path],
            log_probs=log_probs,
            score=sum(log_probs) / max(len(log_probs), 1),
            attention=np.stack(rows) if rows else None,
            alternatives=[_possible(step.top_ids[sentence, p], step.top_log_probs[sentence, p]) for step, _, p in path],
        )


def _possible(ids: np.ndarray, log_probs: np.ndarray) -> list[tuple[int, float]]:
    pairs = zip(ids.tolist(), log_probs.tolist(), strict=True)
    return [(token, log_prob) for token, log_prob in pairs if log_prob > -np.inf]


def predict(
    model: Seq2Seq, previous: Tensor, state: State, memory: Memory, first: bool
) -> tuple[Tensor, Tensor | None, State]:
    """One step of the model without the pieces that are never written; a target has at least one piece.

    Returns:
        log_probs [B, V], attention [B, S] or None, and the new state.
    """
    log_probs, attention, state = model.step(previous, state, memory)
    log_probs[:, NEVER_WRITTEN] = -torch.inf
    if first:
        log_probs[:, END] = -torch.inf
    return log_probs, attention, state
