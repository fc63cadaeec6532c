"""Why a training ended before it was whole, in words for its visitor.

Who pressed Stop needs no words. The Chinese ones stand in s2s/page/train_messages.py.
"""

BROKEN = "Something broke while it was trained; the server's log says what."
OUT_OF_MEMORY = "The training needs more memory than it may have. Please choose a smaller size."
LATE = "The training was told to stop, did not in time, and was ended."
KILLED = (
    "The system ended the training, most likely because memory ran short. "
    "Please choose a smaller size, or try again later."
)

SIGKILL = 9
"""By its number: Windows has no such name."""

NO_THREAD = 127
"""With this code the GNU C library ends a process if there is no memory for what is a thread's own."""


def spent(seconds: float) -> str:
    """It has had its processor time."""
    return f"It stopped because its {seconds:g} seconds of processor time were used up. Go on gives it as many again."


def overdue(seconds: float) -> str:
    """It was at work for as long as it may be."""
    return f"It stopped because its {seconds / 60:g} minutes were over. Go on gives it as many again."


def left(seconds: float) -> str:
    """Nobody asked for it."""
    return f"It stopped because this page did not ask for it for {seconds:g} seconds, as when a computer sleeps."


def died(code: int) -> str:
    """Its process ended by itself and told nothing, with this exit code: negative for a signal."""
    return {-SIGKILL: KILLED, NO_THREAD: OUT_OF_MEMORY}.get(code, BROKEN)
