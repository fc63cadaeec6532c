"""A search that requests join and leave while it is at work, and whose steps their own threads take (shared.py)."""

import math
import time
from collections import deque
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from threading import Condition, RLock

import torch
from torch import Tensor

from s2s.search.deadline import Deadline
from s2s.search.rules import Rules
from s2s.search.steps import Progress
from s2s.search.trace import Trace

PAUSE_SECONDS = 0.04
"""Between two traces that a request is shown: looking at one takes longer than a step."""
SHOWN_A_SECOND = 50
"""Traces that all requests of a search are shown at most; so many requests have longer pauses."""


@dataclass(eq=False)
class Ask:
    """The sentences of one request, and how far they are."""

    source: Tensor
    mask: Tensor
    rules: Sequence[Rules]
    deadline: Deadline | None
    woken: Condition
    trace: Trace | None = None
    """None until they have joined."""
    error: BaseException | None = None
    is_done: bool = False
    is_waiting: bool = False
    has_left: bool = False
    steps: int = 0
    """That were taken."""
    _shown_steps: int = 0
    _shown_at: float = -math.inf

    def is_due(self, pause_seconds: float) -> bool:
        """Whether there is something to show, and it is the last or so long after what was shown before."""
        rested = self.is_done or time.monotonic() - self._shown_at >= pause_seconds
        return self.steps > self._shown_steps and rested

    @property
    def is_all_shown(self) -> bool:
        """Whether there is nothing to come."""
        return self.is_done and self.steps == self._shown_steps

    def look(self) -> None:
        """See how far they are, between two steps."""
        if self.trace is not None:
            self.steps, self.is_done = len(self.trace.steps), not self.trace.sentences

    def shown(self) -> Trace:
        """What there is, as it stays while the search goes on."""
        assert self.trace is not None
        self._shown_steps, self._shown_at = self.steps, time.monotonic()
        return self.trace.until(self._shown_steps)


class Lane:
    """A search at work and the requests that are in it, or wait for a place. All but its steps is done under a lock."""

    def __init__(
        self, begin: Callable[[], Progress], lock: RLock, places: int, note: Callable[[int, int], None]
    ) -> None:
        """Have no request yet; at most `places` sentences are searched at the same time."""
        self.load = 0
        """Sentences that are in it, or wait."""
        self._begin, self._lock, self._places, self._note = begin, lock, places, note
        self._progress = begin()
        self._queue: deque[Ask] = deque()
        self._joined: list[Ask] = []
        self._is_at_work = False

    @property
    def _pause_seconds(self) -> float:
        return max(PAUSE_SECONDS, self.load / SHOWN_A_SECOND)

    def enter(self, ask: Ask) -> None:
        """Have a request wait for a place."""
        self.load += len(ask.source)
        self._queue.append(ask)

    def leave(self, ask: Ask) -> None:
        """Nobody waits for a request any longer: its sentences leave at the next step, if they are not done."""
        self.load -= len(ask.source)
        ask.has_left = True
        if ask in self._queue:  # not tried and excepted: the error would write out all tensors of the request
            self._queue.remove(ask)
        self._pass_on()

    def wait(self, ask: Ask) -> bool:
        """Return when there is more to show of a request, which is False when all was shown.

        Raises:
            DeadlineError: its time is over.
        """
        with self._lock:
            try:
                while not (ask.is_due(self._pause_seconds) or ask.is_all_shown):
                    if ask.error is not None:
                        raise ask.error
                    if ask.deadline is not None:
                        ask.deadline.check()
                    if self._is_at_work:
                        ask.is_waiting = True
                        ask.woken.wait(None if ask.deadline is None else max(0.0, ask.deadline.left))
                        ask.is_waiting = False
                    else:
                        self._work()
            finally:
                self._pass_on()
            return not ask.is_all_shown

    def _pass_on(self) -> None:
        """Let one of those that wait take the next step, if nobody does."""
        waiting = (ask for ask in (*self._joined, *self._queue) if ask.is_waiting)
        if not self._is_at_work and (ask := next(waiting, None)):
            ask.woken.notify()

    def _work(self) -> None:
        """Take a step for all; others may come, look and leave meanwhile."""
        joining = self._admitted()
        self._joined += joining
        left = {ask.trace for ask in self._joined if ask.has_left and ask.trace is not None}
        self._is_at_work = True
        self._lock.release()
        try:
            self._step(joining, left)
        except BaseException as error:  # each of them raises it in its own thread
            self._progress = self._begin()
            for ask in self._joined:
                ask.error = error
        finally:
            self._lock.acquire()
            self._is_at_work = False
        for ask in self._joined:
            ask.look()
            if ask.is_waiting and (ask.is_due(self._pause_seconds) or ask.error is not None):
                ask.woken.notify()
        self._joined = [ask for ask in self._joined if not (ask.is_done or ask.error is not None or ask.trace in left)]

    def _admitted(self) -> list[Ask]:
        """Those that have waited longest, as many as there are places for."""
        free = self._places - sum(len(ask.source) for ask in self._joined)
        admitted = []
        while self._queue and len(self._queue[0].source) <= free:
            admitted.append(self._queue.popleft())
            free -= len(admitted[-1].source)
        return admitted

    @torch.inference_mode()
    def _step(self, joining: list[Ask], left: Set[Trace]) -> None:
        for ask in joining:
            try:
                ask.trace = self._progress.join(ask.source, ask.mask, ask.rules)
            except Exception as error:  # it is that of this request alone
                ask.error = error
        if self._progress.hypotheses:
            self._note(len(self._joined), self._progress.hypotheses)
            self._progress.step(left)
