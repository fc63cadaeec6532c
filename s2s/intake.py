"""What is taken from a request: its text, checked and split into the sentences that a model of its task reads."""

from collections.abc import Sequence
from typing import NamedTuple

from s2s.checkpoint import Description
from s2s.constraints import Constraints
from s2s.dialogue import last_turn, read_turns
from s2s.errors import ConfigError, TextError
from s2s.sentences import Passage, split_sentences
from s2s.text import check_text

MAX_CHARACTERS = 2_000
"""Characters of one request."""

MAX_PIECES = 1_000
"""Pieces of one sentence."""


class Limits(NamedTuple):
    """What is taken at most."""

    characters: int = MAX_CHARACTERS
    pieces: int = MAX_PIECES


def passage_of(
    text: str, description: Description, splits_by: str | None, limits: Limits, constraints: Constraints
) -> Passage:
    """The sentences of a text, as a model of this description is given them; a model that listens is given none.

    Args:
        text: what a user gave.
        description: of the model; its task says what a text is.
        splits_by: the language by whose rules sentences end; None if only line breaks end one.
        limits: what is taken at most.
        constraints: what the target must and must not hold; some of them are about one sentence only.

    Raises:
        ConfigError: the model reads no text.
        TextError: there is nothing to read, too much, or more than the one sentence that a constraint is about.
    """
    if description.task == "speech":
        raise ConfigError(
            f"{description.name} listens to sounds and translates no text: use `python -m s2s transcribe`, or "
            "take another model"
        )
    text = check_text(text, limits.characters)
    for phrase in (constraints.prefix, *constraints.banned):
        if phrase.strip():
            check_text(phrase, limits.characters)
    text = _of_task(text, description)
    if not constraints.of_one_sentence:
        return split_sentences(text, splits_by)
    passage = split_sentences(text, None)
    if len(passage.sentences) > 1:
        raise TextError(
            "A beginning, a target or attention can be given for one sentence only, and these are "
            f"{len(passage.sentences)} lines. Please give one line."
        )
    return passage


def _of_task(text: str, description: Description) -> str:
    """The text as its task takes it, or a TextError if it holds nothing for it."""
    if description.task == "summarization":
        text = " ".join(text.split())  # it is summed up as a whole, wherever its lines end
        if not any(map(str.isalpha, text)):
            raise TextError("There are no words in this text to sum up. Please give a description in words.")
    if description.task == "dialogue":
        text = read_turns(text)
        if not any(map(str.isalnum, last_turn(text))):
            raise TextError("There are no words to answer. Please say something in words.")
    return text


def check_pieces(ids: Sequence[int], limits: Limits) -> Sequence[int]:
    """Give the pieces of a sentence back, or raise a TextError that says whether there are none or too many."""
    if not ids:
        raise TextError("Nothing of this text can be read by the model. Please type letters or words.")
    if len(ids) > limits.pieces:
        raise TextError(
            f"A sentence has {len(ids):,} pieces; at most {limits.pieces:,} are taken. Please break it into lines."
        )
    return ids
