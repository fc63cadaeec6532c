"""Replies to what a part of the page asks by its desk (assets/desk.js): what was found, or why nothing was."""

from collections.abc import Callable
from typing import Any

from s2s.config import require
from s2s.errors import S2SError
from s2s.page import records
from s2s.page.messages import BROKE, in_both_languages
from s2s.page.parts import said


def reply_to(asked: Any, work: Callable[[Any], dict[str, Any]]) -> str:
    """The reply to one ask.

    Args:
        asked: what came from the browser: plain values with an `id`, by which the browser knows the reply.
        work: gives the reply to the values without their id. What it cannot do, it says by an S2SError.

    Returns:
        JSON: the `id`, and what `work` gave or a `message` in both languages; of an error that is the server's own, no
        more than that there was one.
    """
    number = 0
    try:
        values = asked
        if isinstance(asked, dict):
            values = {name: value for name, value in asked.items() if name != "id"}
            number = _number(asked.get("id", 0))
        reply = work(values)
    except S2SError as error:
        reply = {"message": in_both_languages(str(error))}
    except Exception as error:
        records.note_error("page", error)
        reply = {"message": in_both_languages(BROKE)}
    return said({"id": number, **reply})


def failure(asked: Any, message: str) -> str:
    """What is told instead of an answer that comes in several parts: why, in both languages, and of which ask."""
    number = asked.get("number") if isinstance(asked, dict) else None
    return said({"phase": "failed", "number": number, "message": in_both_languages(message)})


def _number(value: Any) -> int:
    require(type(value) is int, f"The id of an ask is a whole number, got {value!r:.80}.")
    return int(value)
