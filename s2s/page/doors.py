"""The ways into the server, all of them: what is not listed here is not there, whatever Gradio offers beside it.

Gradio's server has some eighty routes: uploads, files of its cache, proxies, recordings, a code editor, statistics.
This page uses a few. A tab that needs another one adds a line, with the most that may come through.
"""

import re
from dataclasses import dataclass
from typing import Literal

from s2s.page.limits import LIMITS

Kind = Literal["page", "file", "stream", "ask", "call", "direct", "talk", "watch"]
API = "/gradio_api"
SESSION = r"[\w-]+"
EVENT = r"[0-9a-f]{32}"


@dataclass(frozen=True)
class Door:
    """A kind of request that is let in."""

    kind: Kind
    method: str
    path: re.Pattern[str]
    most_bytes: int = 0
    """Of a body."""

    @property
    def name(self) -> str:
        """What it is called in the records: never what a visitor wrote."""
        return f"{self.method} {self.kind}"


def _door(kind: Kind, method: str, path: str, most_bytes: int = 0) -> Door:
    return Door(kind, method, re.compile(path, re.ASCII), most_bytes)


DOORS = (
    _door("page", "GET", "/"),
    _door("file", "GET", r"/(?:static|assets|svelte|seen)(?:/(?!\.)[\w.@-]+)+"),
    _door("file", "GET", r"/(?:theme\.css|favicon\.ico|robots\.txt|manifest\.json)"),
    _door("file", "GET", r"/config/?"),
    _door("file", "GET", rf"{API}/(?:info|theme\.css|startup-events|app_id)/?"),
    _door("file", "GET", rf"{API}/mcp/schema"),
    _door("watch", "GET", r"/(?:healthz|readyz|metrics)"),
    _door("stream", "GET", rf"{API}/heartbeat/(?P<session>{SESSION})"),
    _door("stream", "GET", rf"{API}/queue/data"),
    _door("stream", "GET", rf"{API}/call/(?:v2/)?\w+/(?P<event>{EVENT})"),
    _door("ask", "POST", rf"{API}/queue/join", LIMITS.page_body_bytes),
    _door("call", "POST", rf"{API}/call/(?P<version>v2/)?(?P<name>\w+)/?", LIMITS.body_bytes),
    _door("direct", "POST", rf"{API}/(?:run|api)/(?P<name>\w+)/?", LIMITS.body_bytes),
    _door("talk", "POST", rf"{API}/(?:cancel|reset/?)", LIMITS.body_bytes),
    _door("direct", "POST", rf"{API}/mcp/?", LIMITS.body_bytes),
    _door("stream", "GET", rf"{API}/mcp/?"),
    _door("talk", "DELETE", rf"{API}/mcp/?"),
)


def find_door(method: str, path: str) -> tuple[Door, dict[str, str]] | None:
    """The door of a request, and what its path names; None where there is none."""
    asked = "GET" if method == "HEAD" else method
    for door in DOORS:
        if door.method == asked and (match := door.path.fullmatch(path)):
            return door, {name: value for name, value in match.groupdict().items() if value is not None}
    return None


def methods_of(path: str) -> list[str]:
    """The methods that a path has a door for."""
    return [door.method for door in DOORS if door.path.fullmatch(path)]
