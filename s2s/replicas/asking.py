"""Asking a replica in the place of searching here. It knows nothing of Ray: cluster.py has the calls."""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from torch import Tensor

from s2s.config import SearchConfig
from s2s.errors import S2SError
from s2s.replicas.replica import Answer, Broken
from s2s.search import NO_RULES, Deadline, Rules, Trace

LOG = logging.getLogger(__name__)

ATTEMPTS = 4
"""After so many replicas were lost one after the other, the request may be what kills them."""
UNREACHABLE = "The models cannot be reached just now. Please try again in a minute."


class LostError(Exception):
    """The replica died, or cannot be reached: nothing is known of the request any longer."""


class BrokenError(Exception):
    """Something broke on a replica; the log says what."""


class Call(Protocol):
    """One request that a replica is working on."""

    def next(self, seconds: float | None) -> Answer | None:
        """The next answer; None after the last.

        Raises:
            TimeoutError: none came within so many seconds.
            LostError: none will come.
        """

    def cancel(self) -> None:
        """Nobody waits any longer; does nothing where all has come."""


Begin = Callable[[str, Tensor, Tensor, SearchConfig, Sequence[Rules]], Call]
"""Has a replica begin: the model's name, then as `s2s.search.search`."""


class RemoteSearch:
    """Finds the same as `SharedSearch`, by a replica that holds the model of this name."""

    def __init__(self, model: str, begin: Begin, note: Callable[[str], None] = lambda outcome: None) -> None:
        """Ask by `begin`; `note` is told when a request is `retried` or `given up`."""
        self._model, self._begin, self._note = model, begin, note

    def search(
        self,
        source: Tensor,
        mask: Tensor,
        config: SearchConfig = SearchConfig(),
        rules: Sequence[Rules] = (),
        deadline: Deadline | None = None,
    ) -> Iterator[Trace]:
        """As `SharedSearch.search`; the trace grows, always the same one unless a replica was lost.

        Raises:
            DeadlineError: the time is over.
            S2SError: no replica could be reached.
        """
        if all(each is NO_RULES for each in rules):
            rules = ()  # a copy in another process would not be the same object
        shown = 0
        for attempt in range(ATTEMPTS):
            if attempt:
                self._note("retried")
            try:
                for trace in self._once(source, mask, config, rules, deadline):
                    if len(trace.steps) > shown:  # a second try begins anew, and shows nothing twice
                        shown = len(trace.steps)
                        yield trace
                return
            except LostError:
                continue
        self._note("given up")
        raise S2SError(UNREACHABLE)

    def _once(
        self, source: Tensor, mask: Tensor, config: SearchConfig, rules: Sequence[Rules], deadline: Deadline | None
    ) -> Iterator[Trace]:
        call, found = self._begin(self._model, source, mask, config, rules), None
        try:
            while (answer := _next(call, deadline)) is not None:
                if isinstance(answer, S2SError):
                    raise answer
                if isinstance(answer, Broken):
                    LOG.error("an error on a replica", extra={"values": answer._asdict()})
                    raise BrokenError(answer.kind)
                found = answer if found is None else found.extended(answer)
                yield found
        finally:
            call.cancel()


def _next(call: Call, deadline: Deadline | None) -> Answer | None:
    while deadline is not None:
        deadline.check()
        try:
            return call.next(max(0.0, deadline.left))
        except TimeoutError:
            continue  # to the check, which says so
    return call.next(None)
