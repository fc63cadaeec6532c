"""Visits that are going on, and the end of what was kept for those that are not.

Gradio keeps a visitor's last answer for an hour after the visit, and for ever an answer that nobody fetches. Here the
first is kept for some minutes, in case that only the line was cut, and the second for one; of a program, which comes
anew with each call, nothing is kept, so that many of them push no visitor out.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Literal, NamedTuple, cast

import gradio as gr
from gradio.state_holder import SessionState, StateHolder

from s2s.page import records
from s2s.page.limits import LIMITS

PAUSE_SECONDS = 1.0
"""Between two looks at what is kept."""

Doing = Literal["visiting", "reading"]
"""What a visitor does who has a stream open: each of them means that somebody is there, one that answers are read."""


class _WithoutParts(NamedTuple):
    """As much of a page as a visit's state needs."""

    default_config: Any
    blocks: tuple[()] = ()


class Visits(StateHolder):
    """What is kept of each visit, without the configuration of every part of the page.

    Gradio works that out anew for each visit, and keeps it: it is for deep links, and this page has permalinks of its
    own. It was 23 % of the server's Python in a profile of visits that asked once each.
    """

    def __getitem__(self, session_id: str) -> SessionState:
        if session_id not in self.session_data:
            page = cast(gr.Blocks, _WithoutParts(self.blocks.default_config))
            self.session_data[session_id] = SessionState(page)
        return super().__getitem__(session_id)


class Presence:
    """Who is there, by session; and since when those are away for whom something is kept."""

    def __init__(self) -> None:
        """Nobody is there yet."""
        self._here: Counter[str] = Counter()
        self._since: dict[str, float] = {}

    @contextmanager
    def of(self, session: str) -> Iterator[None]:
        """Somebody is there meanwhile."""
        self._here[session] += 1
        try:
            yield
        finally:
            self._since[session] = time.monotonic()
            self._here[session] -= 1
            if not self._here[session]:
                del self._here[session]

    def has(self, session: str) -> bool:
        """Whether somebody is there."""
        return session in self._here

    def away(self, kept: Iterable[str], seconds: float) -> list[str]:
        """Those of the sessions `kept` where nobody has been for so long; all others are forgotten here."""
        now = time.monotonic()
        self._since = {session: self._since.get(session, now) for session in kept}
        return [each for each, since in self._since.items() if each not in self._here and now - since > seconds]


class Sessions:
    """Of one server; all of it runs in the event loop of that server."""

    def __init__(self, page: gr.Blocks) -> None:
        """Nobody is there yet."""
        self.page = page
        self._visitors, self._readers = Presence(), Presence()

    @contextmanager
    def staying(self, session: str, doing: Doing) -> Iterator[None]:
        """While a visitor has a stream open, what is kept for the visit stays."""
        with self._visitors.of(session):
            if doing == "visiting":
                yield
                return
            with self._readers.of(session):
                yield

    def of_event(self, event: str) -> str:
        """The session of a program's event: its own name, unless the program gave one."""
        queue = self.page._queue
        if event in queue.event_ids_to_events:
            return queue.event_ids_to_events[event].session_hash
        owners = (session for session, events in queue.pending_event_ids_session.items() if event in events)
        return next(owners, event)

    @asynccontextmanager
    async def tidied(self, app: Any) -> AsyncIterator[None]:
        """While the server runs, look again and again whether something need not be kept any longer."""
        app.state_holder = Visits()  # type: ignore[no-untyped-call]
        app.state_holder.set_blocks(self.page)
        task = asyncio.create_task(self._tidy_always(app))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _tidy_always(self, app: Any) -> None:
        while True:
            await asyncio.sleep(PAUSE_SECONDS)
            try:
                await self.tidy(app)
            except Exception as error:  # the next look may find what this one could not
                records.note_error("tidy", error)

    async def tidy(self, app: Any) -> None:
        """Drop answers that nobody fetches, or too slowly, and states that are empty, or of ended visits.

        Args:
            app: Gradio's server, which holds the states.
        """
        messages, states = self.page._queue.pending_messages_per_session, app.state_holder
        unread = self._readers.away({*messages, *self.page._queue.pending_event_ids_session}, LIMITS.unread_seconds)
        slow = [session for session, each in messages.items() if each.qsize() > LIMITS.unread_messages]
        for session in {*unread, *slow}:
            await self._forget_answers(session)
        kept = dict(states.session_data)
        empty = [each for each, state in kept.items() if not (state.state_data or self._visitors.has(each))]
        for session in {*empty, *self._visitors.away(kept, LIMITS.session_seconds)}:
            states.session_data.pop(session, None)
            states.time_last_used.pop(session, None)
        records.note_kept(sessions=len(states.session_data), unread=len(messages), waiting=len(self.page._queue))

    async def _forget_answers(self, session: str) -> None:
        queue = self.page._queue
        await queue.clean_events(session_hash=session)  # what is at work for it ends at its next step
        queue.pending_messages_per_session.pop(session, None)
        for event in queue.pending_event_ids_session.pop(session, ()):
            queue.event_ids_to_events.pop(event, None)
