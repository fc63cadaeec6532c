"""One search for many requests: sentences that are asked for at the same time are its rows (lane.py).

A step of many rows takes hardly longer than one of few on a GPU, and half as long for each row on a CPU, where what is
not the model's own is shared too. A sentence joins the search that is at work between two of its steps, and leaves it
when it is done, or when nobody waits for it any longer; so nobody waits for others to come, or to be done.

The threads of the requests do the work among themselves (flat combining; Hendler et al. 2010): one of those that wait
takes the next step for all, and passes the turn on when it has what it came for. A request that is alone waits for
nobody, and where nobody waits nothing is computed.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from threading import Condition, RLock
from typing import NamedTuple

import torch
from torch import Tensor

from s2s.config import SearchConfig
from s2s.device import most_hypotheses, usable_cores
from s2s.engine import Engine
from s2s.search.deadline import Deadline
from s2s.search.lane import Ask, Lane
from s2s.search.rules import Rules
from s2s.search.steps import Progress, search
from s2s.search.trace import Trace

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

        What has rules that others must not join, or more sentences than its share, is searched alone.
        """
        kind = Kind(config, max(SHORTEST_CLASS, 2 ** mask.shape[1].bit_length()), mask.device)
        places = kind.places
        if len(source) > max(1, places // SHARE) or not all(each.may_join for each in rules):
            yield from search(self._engine, source, mask, config, rules, deadline)
            return
        ask = Ask(source, mask, rules, deadline, Condition(self._lock))
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

    def _lane(self, kind: "Kind", sentences: int) -> Lane:
        """Where so many more sentences are searched: in the fullest that has places, else on a core of its own."""
        lanes = self._lanes.setdefault(kind, [])
        if free := [lane for lane in lanes if lane.load + sentences <= kind.places]:
            return max(free, key=lambda lane: lane.load)
        if lanes and len(lanes) >= (usable_cores() if kind.device.type == "cpu" else 1):
            return min(lanes, key=lambda lane: lane.load)
        begin = partial(Progress, self._engine, kind.config, kind.device)
        lanes.append(Lane(begin, self._lock, kind.places, self._note))
        return lanes[-1]
