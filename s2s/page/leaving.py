"""Whether somebody still waits for what is being computed: who closes the page or the line leaves work behind."""

from gradio.context import LocalContext


class LeftError(Exception):
    """Nobody waits any longer."""


def check_awaited() -> None:
    """Raise a LeftError if the visitor whose request runs in this thread has left; else, and elsewhere, do nothing.

    Gradio closes a generator of the page by itself, but lets the plain function of a program run to its end.
    """
    page, number = LocalContext.blocks.get(None), LocalContext.event_id.get(None)
    event = page._queue.event_ids_to_events.get(number) if page is not None and number else None
    if event is not None and not event.alive:
        raise LeftError
