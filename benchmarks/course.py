"""The course of one training: BLEU on the validation pairs at equal distances of training time.

Used by both sides of time_to_quality.py, so that the same clock and the same metric count for both. Only sacreBLEU is
needed beside the standard library.
"""

import json
import time
from collections.abc import Callable, Sequence

from peers import ForeignCores
from sacrebleu import corpus_bleu


class Course:
    """The clock of a training. It stands still while validation pairs are translated."""

    def __init__(
        self, peer: str, references: Sequence[str], goal: float, every_minutes: float, max_minutes: float
    ) -> None:
        """Prepare for the training called `peer`, which ends at a BLEU of `goal` or after `max_minutes`."""
        self._peer, self._references = peer, list(references)
        self._goal, self._every, self._most = goal, every_minutes, max_minutes
        self._seconds, self._due = 0.0, every_minutes
        self._since: float | None = None
        self._meter: ForeignCores | None = None

    def start(self) -> None:
        """Say that an update begins; the first one starts the clock."""
        if self._since is None:
            self._since, self._meter = time.perf_counter(), ForeignCores(time.process_time)

    def update_done(self, updates: int, target_tokens: int, translate: Callable[[], list[str]]) -> bool:
        """Count the time of an update, and look at the validation pairs if it is time to.

        Args:
            updates: made so far.
            target_tokens: pieces learnt from so far, end pieces included.
            translate: gives greedy translations of the validation sources.

        Returns:
            Whether the goal is reached or the time is over.
        """
        assert self._since is not None
        assert self._meter is not None
        now = time.perf_counter()
        self._seconds += now - self._since
        minutes = self._seconds / 60
        ended = False
        if minutes >= min(self._due, self._most):
            foreign = self._meter.lap()
            bleu = corpus_bleu(translate(), [self._references], tokenize="none", lowercase=True, force=True).score
            config = {"minutes": round(minutes, 2), "updates": updates, "target_tokens": target_tokens}
            row = {"peer": self._peer, "task": "time_to_quality", "metric": "validation_bleu", "value": round(bleu, 2)}
            print(json.dumps(row | {"unit": "BLEU", "config": config, "foreign_cores": foreign}), flush=True)
            self._due += self._every
            ended = bleu >= self._goal or minutes >= self._most
            self._meter.lap()
        self._since = time.perf_counter()
        return ended
