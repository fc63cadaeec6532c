"""Dialogues as pairs: a source is a turn behind the answer that stood before it, its target is the answer to it.

So a dialogue needs no model of its own: what was said before is a part of the source, and attention may look at it.
"""

import re

SEPARATOR = "⏎"
"""Stands in a source between the answer before and the turn. Nobody types it, and pieces learnt from pairs have it."""


def with_context(turn: str, before: str) -> str:
    """A turn behind the answer before it, if there is one."""
    return f"{before} {SEPARATOR} {turn}" if before else turn


def has_context(source: str) -> bool:
    """Whether something stands before the turn of a source."""
    return SEPARATOR in source


def read_turns(text: str) -> str:
    """The source of a text with the turns of a dialogue on lines of their own, or with separators between them.

    The last one is to be answered; of those before it only the one just before is read, as in training.
    """
    turns = [" ".join(turn.split()) for turn in re.split(f"[{SEPARATOR}\r\n]", text)]
    turns = [turn for turn in turns if turn]
    return with_context(turns[-1], "".join(turns[-2:-1])) if turns else ""


def last_turn(source: str) -> str:
    """The turn of a source, without what stands before it."""
    return source.rpartition(SEPARATOR)[2].strip()


def one_turn(text: str) -> str:
    """A text as one turn: on one line, without separators of its own."""
    return " ".join(text.replace(SEPARATOR, " ").split())
