"""What every answer says of how it may be used: the browser then holds the page to it, whatever somebody smuggles in.

Scripts run if they come from this server as files, or carry the number that this answer alone has (a nonce; CSP Level
3, 2.3): an `onerror=` that got into the page would not. Gradio builds the scripts of our parts with `new Function`, so
that `unsafe-eval` stays allowed; its styles stand in the markup.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

EMBEDDERS = ("https://huggingface.co", "https://*.hf.space")
"""Who may show the page in a frame: a Space is one."""

PAGE_POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "media-src": "'self' data: blob:",
    "connect-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "frame-src": "'self' data: blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": f"'self' {' '.join(EMBEDDERS)}",
}
"""Of the page itself; a nonce is added to `script-src`."""

OTHER_POLICY = "default-src 'none'; frame-ancestors 'none'"
"""Of all other answers, which are no pages."""

HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "microphone=(self), camera=(), geolocation=(), payment=(), usb=()",
    "content-security-policy": OTHER_POLICY,
}
"""Of every answer that does not say otherwise. The microphone is for speech."""


def page_policy(nonce: str) -> str:
    """The policy of a page whose inline scripts carry this nonce."""
    rules = PAGE_POLICY | {"script-src": f"{PAGE_POLICY['script-src']} 'nonce-{nonce}'"}
    return "; ".join(f"{name} {value}" for name, value in rules.items())


class SecurityHeaders:
    """Adds them to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        """Add them to the answers of `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def put(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name.lower() for name, _ in message["headers"]}
                added = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message = {
                    **message,
                    "headers": [*message["headers"], *(each for each in added if each[0] not in there)],
                }
            await send(message)

        await self.app(scope, receive, put if scope["type"] == "http" else send)
