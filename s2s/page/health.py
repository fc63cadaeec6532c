"""Whether the server lives, whether it can take requests, and its numbers: for who runs it, not for visitors."""

import hmac

import gradio as gr
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from s2s.page import engine
from s2s.page.gate import address_of
from s2s.page.records import REGISTRY


def routes(page: gr.Blocks, waiting: int, token: str) -> list[BaseRoute]:
    """Where the server answers who watches over it.

    Args:
        page: that is served.
        waiting: so many requests may wait.
        token: with which the numbers are told to other machines; without one, to this machine alone.
    """

    async def healthz(request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(request: Request) -> Response:
        wrong = []
        if not (engine.IS_OPEN.is_set() and engine.TRANSLATORS):
            wrong.append("no model is at work yet")
        if len(page._queue) >= waiting:
            wrong.append("all places to wait are taken")
        return JSONResponse({"status": "; ".join(wrong) or "ready"}, 503 if wrong else 200)

    async def metrics(request: Request) -> Response:
        given = request.headers.get("authorization", "").encode()
        is_known = bool(token) and hmac.compare_digest(given, f"Bearer {token}".encode())
        if not is_known and address_of(request.scope):
            return JSONResponse({"detail": "There is nothing at this address."}, 404)
        return PlainTextResponse(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    found = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}
    return [Route(path, answer, include_in_schema=False) for path, answer in found.items()]
