"""The gate: every request passes here first, and one past a limit goes no further.

It knows the doors (doors.py), the limits (limits.py) and which names the server answers to. What it lets through has
its whole body, of a size and a form that Gradio can take; what it refuses gets a clear message, and nothing was done.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs

import gradio as gr
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from s2s.page import bodies, records
from s2s.page.doors import Door, find_door, methods_of
from s2s.page.hosts import Hosts
from s2s.page.limits import LIMITS
from s2s.page.refusal import BUSY, RefusalError, busy, crowded
from s2s.page.sessions import Doing, Sessions


class Gate:
    """Stands around Gradio's server."""

    def __init__(self, app: ASGIApp, page: gr.Blocks, hosts: Hosts, sessions: Sessions, waiting: int) -> None:
        """Let requests through to `app`.

        Args:
            app: what answers them.
            page: whose functions they may name.
            hosts: the names that the server answers to.
            sessions: is told which visits are going on.
            waiting: so many requests may wait.
        """
        self.app, self.page, self.hosts, self.sessions, self.waiting = app, page, hosts, sessions, waiting
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        note = records.Request()
        noted = note.around(send)
        try:
            await self._pass(scope, receive, noted, note)
        except RefusalError as refusal:
            note.refused = True
            await refusal.response()(scope, receive, noted)
        except Exception as error:
            records.note_error("request", error)
            if not note.status:  # else the answer has begun, and just ends
                await RefusalError(500, "Something broke. Please try again.").response()(scope, receive, noted)
        finally:
            note.end()

    async def _pass(self, scope: Scope, receive: Receive, send: Send, note: records.Request) -> None:
        headers = {name.lower(): value for name, value in scope["headers"]}
        self.hosts.check(headers)
        path, query = scope["path"], scope.get("query_string", b"")
        if len(scope.get("raw_path") or path.encode(errors="replace")) + len(query) > LIMITS.address_bytes:
            raise RefusalError(414, f"An address has at most {LIMITS.address_bytes:,} bytes. Please shorten it.")
        found = find_door(scope["method"], path)
        if found is None:
            if methods := methods_of(path):
                raise RefusalError(405, f"This address takes {', '.join(methods)} alone.")
            raise RefusalError(404, "There is nothing at this address.")
        door, named = found
        note.door = door.name
        if door.kind == "stream":
            session = self._session(path, named, query)
            doing: Doing = "visiting" if "session" in named else "reading"
            with self._counted("streams", LIMITS.streams), self.sessions.staying(session, doing):
                await self.app(scope, receive, send)
        elif door.most_bytes == 0:
            await self.app(scope, receive, send)
        else:
            await self._take(scope, receive, send, door, named, note)

    async def _take(
        self, scope: Scope, receive: Receive, send: Send, door: Door, named: dict[str, str], note: records.Request
    ) -> None:
        """A request with a body."""
        headers = dict(scope["headers"])
        said = headers.get(b"content-length", b"0")
        if not said.isdigit() or len(said) > len(str(door.most_bytes)) or int(said) > door.most_bytes:
            raise _too_large(door)
        # One that does not say how long it is (chunked) may be as long as any.
        room = int(said) if b"content-length" in headers else door.most_bytes
        with self._counted("bytes", LIMITS.bodies_bytes, room):
            body = await _whole(receive, door)
        if body is None:
            return
        note.received = len(body)
        self._check(scope, door, named, body)
        if door.kind != "direct":
            await self.app(scope, _again(body, receive), send)
            return
        with self._counted("requests", LIMITS.direct):
            await self.app(scope, _again(body, receive), send)

    def _check(self, scope: Scope, door: Door, named: dict[str, str], body: bytes) -> None:
        values = bodies.read_body(body)
        if door.kind == "ask":
            bodies.check_ask(self.page, values)
        elif door.kind == "call":
            bodies.check_call(self.page, named["name"], values, by_name="version" in named)
        elif door.kind == "direct" and "name" in named:
            bodies.check_direct(self.page, named["name"], values)
        if door.kind in ("ask", "call"):
            self._check_places(scope)

    def _check_places(self, scope: Scope) -> None:
        """Whether there is a place to wait: one at all, and one for whoever asks."""
        waiting = [event for queue in self._queues() for event in queue]
        if len(waiting) >= self.waiting:
            raise busy(self.waiting)
        address = address_of(scope)
        most = max(1, int(self.waiting * LIMITS.waiting_share))
        if address and sum(address_of(event.request.scope) == address for event in waiting) >= most:
            raise crowded(most)

    def _queues(self) -> Iterator[list]:  # type: ignore[type-arg]
        for each in self.page._queue.event_queue_per_concurrency_id.values():
            yield each.queue

    def _session(self, path: str, named: dict[str, str], query: bytes) -> str:
        """Which visit a stream belongs to; one whose answers are not there is refused."""
        if "session" in named:
            return bodies.check_session(named["session"])
        queue = self.page._queue
        if path.endswith("/queue/data"):
            values = parse_qs(query.decode("ascii", "replace")).get("session_hash", [])
            session = bodies.check_session(values[0] if len(values) == 1 else None)
        elif "event" in named:
            session = self.sessions.of_event(named["event"])
        else:
            return ""  # MCP's, which has no visits
        if session not in queue.pending_messages_per_session:
            raise RefusalError(404, "There is no answer of this name, or nobody fetched it in time. Please ask again.")
        return session

    @contextmanager
    def _counted(self, what: str, most: int, amount: int = 1) -> Iterator[None]:
        """Count what is going on at the same time, and refuse what is too much."""
        if self._open[what] + amount > most:
            raise RefusalError(BUSY, f"The server is at its limit ({most:,} {what}). Please try again in a moment.", 5)
        self._open[what] += amount
        try:
            yield
        finally:
            self._open[what] -= amount


def address_of(scope: Scope) -> str:
    """Where a request comes from; nothing where that is this machine itself, such as MCP's own calls.

    Behind a proxy it is what the nearest one says: the last of X-Forwarded-For.
    """
    for name, value in scope["headers"]:
        if name.lower() == b"x-forwarded-for":
            return str(value.decode("latin-1").rsplit(",", 1)[-1].strip())
    client = (scope.get("client") or ("",))[0]
    return "" if client in ("127.0.0.1", "::1", "testclient") else str(client)


async def _whole(receive: Receive, door: Door) -> bytes | None:
    """The whole body; None if the client left."""
    body, ends = bytearray(), time.monotonic() + LIMITS.body_seconds
    while True:
        try:
            message = await asyncio.wait_for(receive(), max(0.001, ends - time.monotonic()))
        except TimeoutError:
            raise RefusalError(408, f"The request did not come within {LIMITS.body_seconds:g} seconds.") from None
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > door.most_bytes:
            raise _too_large(door)
        if not message.get("more_body", False):
            return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """What gives a body that was received once more, and then waits for the client to leave."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return left.pop() if left else await receive()

    return again


def _too_large(door: Door) -> RefusalError:
    return RefusalError(413, f"A request has at most {door.most_bytes:,} bytes here. Please send less.")
