"""How the server says no before anything is done: a status for programs, a message in both languages for people."""

from starlette.responses import JSONResponse, Response

from s2s.page.messages import in_both_languages

BUSY = 503
"""The only status of the server's own side that a request may cause."""


class RefusalError(Exception):
    """A request that is not let in."""

    def __init__(self, status: int, message: str, retry_seconds: int = 0) -> None:
        """Say why, in English; `retry_seconds` says after which time another try is worth it."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.retry_seconds = retry_seconds

    def response(self) -> Response:
        """The answer: `detail` in English, as everywhere in this interface, and `zh` in Chinese."""
        headers = {"Retry-After": str(self.retry_seconds)} if self.retry_seconds else {}
        told = in_both_languages(self.message)
        return JSONResponse({"detail": told["en"], "zh": told["zh"]}, self.status, headers)


def busy(waiting: int) -> RefusalError:
    """All places to wait are taken."""
    return RefusalError(BUSY, f"{waiting:,} requests are waiting, which is the most. Please try again in a moment.", 5)


def crowded(places: int) -> RefusalError:
    """One address has all places to wait that are for it."""
    message = f"{places:,} requests from your address are waiting, which is the most. Please let them end first."
    return RefusalError(429, message, 5)
