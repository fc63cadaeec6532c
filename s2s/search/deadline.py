"""A request ends in time, with an answer or without."""

import time

from s2s.errors import DeadlineError


class Deadline:
    """The moment until which a request may take, some seconds from now."""

    def __init__(self, seconds: float) -> None:
        """Start the clock."""
        self.seconds = seconds
        self._moment = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds; none, or fewer, if the time is over."""
        return self._moment - time.monotonic()

    def check(self) -> None:
        """Raise a DeadlineError if the time is over."""
        if self.left < 0:
            raise DeadlineError(
                f"This took longer than {self.seconds:g} seconds and was stopped. "
                "Please try a shorter text or a smaller beam."
            )
