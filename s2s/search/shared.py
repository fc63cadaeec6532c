"""One search for many requests: sentences that are asked for at the same time are its rows.

A step of many rows takes hardly longer than one of few on a GPU, and half as long for each row on a CPU, where what is
not the model's own is shared too. A sentence joins the search that is at work between two of its steps, and leaves it
when it is done, or when nobody waits for it any longer; so nobody waits for others to come, or to be done.

The threads of the requests do the work among themselves (flat combining; Hendler et al. 2010): one of those that wait
takes the next step for all, and passes the turn on when it has what it came for. A request that is alone waits for
nobody, and where nobody waits nothing is computed.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Condition, RLock
from typing import NamedTuple

import torch
from torch import Tensor

from s2s.config import SearchConfig
from s2s.device import most_hypotheses, usable_cores
from s2s.engine import Engine
from s2s.search.deadline import Deadline
from s2s.search.rules import NO_RULES, Rules
from s2s.search.steps import Progress, search
from s2s.search.trace import Trace

PAUSE_SECONDS = 0.04
"""Between two traces that a request is shown: looking at one takes longer than a step."""
SHOWN_A_SECOND = 50
"""Traces that all requests of a search are shown at most; so many requests have longer pauses."""
SHARE = 4
"""A request may have one in so many of the places of a search; with more sentences it is searched alone."""
SHORTEST_CLASS = 64
"""Sources of fewer pieces than this are searched together, then those of fewer than twice as many, and so on."""
WHOLE_WIDTH = 128
"""Pieces of sources of which as many are searched together as the device takes hypotheses; of longer ones, fewer."""


class Kind(NamedTuple):
    """What can be searched together."""

    config: SearchConfig
    width: int
    """Its sources have fewer pieces."""
    device: torch.device

    @property
    def places(self) -> int:
        """Sentences of one search: what attention makes of each source position for each hypothesis has to fit."""
        return max(1, most_hypotheses(self.device) // self.config.beam_size // max(1, self.width // WHOLE_WIDTH))


class SharedSearch:
    """Finds the same as `search`, in one search for all threads that ask for the same kind."""

    def __init__(
        self,
        engine: Engine,
        note: Callable[[int, int], None] = lambda requests, hypotheses: None,
    ) -> None:
        """Share `engine`.

        Args:
            engine: what computes the steps.
            note: is told of each step for how many requests it was, and with how many hypotheses.
        """
        self._engine, self._note = engine, note
        self._lanes: dict[Kind, list[Lane]] = {}
        self._lock = RLock()  # a generator that is thrown away leaves in any thread, in one that has the lock too

    def search(
        self,
        source: Tensor,
        mask: Tensor,
        config: SearchConfig = SearchConfig(),
        rules: Sequence[Rules] = (),
        deadline: Deadline | None = None,
    ) -> Iterator[Trace]:
        """As `s2s.search.search`, but a trace is yielded after the first step, after the last, and at times between.

        What has rules of its own, or more sentences than its share, is searched alone.
        """
        kind = Kind(config, max(SHORTEST_CLASS, 2 ** mask.shape[1].bit_length()), mask.device)
        places = kind.places
        if len(source) > max(1, places // SHARE) or any(each is not NO_RULES for each in rules):
            yield from search(self._engine, source, mask, config, rules, deadline)
            return
        ask = Ask(source, mask, deadline, Condition(self._lock))
        with self._lock:
            lane = self._lane(kind, len(source))
            lane.enter(ask)
        try:
            while lane.wait(ask):
                yield ask.shown()
        finally:
            with self._lock:
                lane.leave(ask)
                if not lane.load:
                    self._lanes[kind].remove(lane)
                if not self._lanes[kind]:
                    del self._lanes[kind]

    def _lane(self, kind: "Kind", sentences: int) -> "Lane":
        """Where so many more sentences are searched: in the fullest that has places, else on a core of its own."""
        lanes = self._lanes.setdefault(kind, [])
        if free := [lane for lane in lanes if lane.load + sentences <= kind.places]:
            return max(free, key=lambda lane: lane.load)
        if lanes and len(lanes) >= (usable_cores() if kind.device.type == "cpu" else 1):
            return min(lanes, key=lambda lane: lane.load)
        begin = partial(Progress, self._engine, kind.config, kind.device)
        lanes.append(Lane(begin, self._lock, kind.places, self._note))
        return lanes[-1]


@dataclass(eq=False)
class Ask:
    """The sentences of one request, and how far they are."""

    source: Tensor
    mask: Tensor
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
        with suppress(ValueError):
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
                ask.trace = self._progress.join(ask.source, ask.mask)
            except Exception as error:  # it is that of this request alone
                ask.error = error
        if self._progress.hypotheses:
            self._note(len(self._joined), self._progress.hypotheses)
            self._progress.step(left)
