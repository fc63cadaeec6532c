"""How the page's modules, words and style reach the browser: early, once, and from this server alone.

Gradio adds the scripts of a page when all of its own are loaded. Ours, and plotly.js with its 4.8 MB, are named at the
head of the page instead, so that they load beside Gradio's, and at an address that changes with their content, so that
a browser fetches them once. plotly.js is that of the plotly package: the version that Python's figures are made for.
"""

import hashlib
import re
import secrets
from collections.abc import MutableMapping
from functools import cache
from typing import Any

import gradio as gr
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from s2s.page import health
from s2s.page.gate import Gate
from s2s.page.headers import SecurityHeaders, page_policy
from s2s.page.hosts import Hosts, space_names
from s2s.page.parts import ASSETS, said
from s2s.page.sessions import Sessions
from s2s.page.settings import PageSettings
from s2s.page.words import CHINESE, ENGLISH

STYLES = (
    "page.css",
    "inside.css",
    "models.css",
    "compare.css",
    "headline.css",
    "dialogue.css",
    "speech.css",
    "train.css",
)
"""The sheets of style, in their order."""

SCRIPT = re.compile(rb"<script(?=[\s>])")
"""The beginning of a script; what stands in scripts as JSON has no `<`."""

PLOTLY = ("plotly", "package_data")
"""The package and its folder where plotly.min.js lies."""


class _Files(StaticFiles):
    """Files that a browser may keep for ever: another content has another address."""

    async def get_response(self, path: str, scope: MutableMapping[str, Any]) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


@cache
def _files() -> tuple[str, _Files]:
    """The address of the files below the page's own, and what serves them."""
    files = _Files(directory=ASSETS, packages=[PLOTLY])
    digest = hashlib.sha256()
    for path in ["plotly.min.js", *sorted(path.name for path in ASSETS.glob("*.*"))]:
        found, _ = files.lookup_path(path)
        with open(found, "rb") as file:
            digest.update(path.encode() + file.read())
    return f"seen/{digest.hexdigest()[:16]}", files


def routes() -> list[BaseRoute]:
    """Where the server finds the files."""
    address, files = _files()
    return [Mount(f"/{address}", files)]


def watch_routes(page: gr.Blocks, settings: PageSettings) -> list[BaseRoute]:
    """Where the server answers who watches over it."""
    return health.routes(page, settings.waiting, settings.metrics_token)


def head() -> str:
    """The markup that names them, for the head of the page."""
    address, _ = _files()
    words = said({"en": ENGLISH, "zh": CHINESE})
    styles = "".join(f'<link rel="stylesheet" href="{address}/{name}">' for name in STYLES)
    return (
        f"{styles}"
        f'<script src="{address}/early.js"></script>'
        f'<script src="{address}/answers.js"></script>'
        f'<script type="application/json" id="words">{words}</script>'
        f'<script type="module" src="{address}/main.js"></script>'
        f'<script defer src="{address}/plotly.min.js"></script>'
    )


class EarlyHead:
    """Puts some markup at the start of the head of the page, before anything of Gradio's; and lets its scripts run."""

    def __init__(self, app: ASGIApp, markup: str) -> None:
        self.app = app
        self.markup = markup.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] != "/":
            await self.app(scope, receive, send)
            return
        start: Message = {}
        body = b""

        async def put(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if not message.get("more_body", False):
                nonce = secrets.token_urlsafe(16)
                page = body.replace(b"<head>", b"<head>" + self.markup, 1)
                page = SCRIPT.sub(f'<script nonce="{nonce}"'.encode(), page)
                kept = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
                policy = (b"content-security-policy", page_policy(nonce).encode())
                length = [(b"content-length", str(len(page)).encode())] if body else []
                await send({**start, "headers": [*kept, policy, *length]})
                await send({"type": "http.response.body", "body": page})

        await self.app(scope, receive, put)


def middleware(page: gr.Blocks, settings: PageSettings, sessions: Sessions) -> list[Middleware]:
    """What stands around the whole server, from outside to inside."""
    hosts = Hosts((*settings.hosts, *space_names()))
    return [
        Middleware(SecurityHeaders),
        Middleware(Gate, page=page, hosts=hosts, sessions=sessions, waiting=settings.waiting),
        Middleware(EarlyHead, markup=head()),
    ]
