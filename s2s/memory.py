"""How the C library hands out memory, so that a server with many threads does not grow for hours."""

import ctypes
from contextlib import suppress

ARENAS = 2
"""As many as threads of ours compute at the same moment on a small host."""
_M_ARENA_MAX = -8
"""glibc's number for this setting (mallopt(3))."""


def use_few_arenas() -> None:
    """Let all threads of this process share `ARENAS` arenas; only glibc has them, elsewhere this does nothing.

    By default glibc opens eight for each core, and each keeps what the largest request of its threads ever took.
    Threads that have one already stay there.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, ARENAS)
