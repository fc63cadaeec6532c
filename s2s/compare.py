"""Two models on the same text: answers that grow side by side, and the words in which they differ."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from s2s.checkpoint import Description
from s2s.errors import ConfigError
from s2s.inside.differences import Part, differences
from s2s.result import Translation


@dataclass(frozen=True, kw_only=True)
class Side:
    """What one of the two has written so far."""

    translation: Translation
    milliseconds: float
    """That its own steps took, without those of the other one."""
    is_done: bool


def check_sources(one: Description, other: Description) -> None:
    """Raise a ConfigError unless both models read the same language."""
    if one.source_language != other.source_language:
        raise ConfigError(
            f"These models read different languages: {one.name} reads {one.source_language}, {other.name} reads "
            f"{other.source_language}. Please choose two that read the same one."
        )


def check_targets(one: Description, other: Description) -> None:
    """Raise a ConfigError unless both models also write the same language, so that one reference serves both."""
    check_sources(one, other)
    if one.target_language != other.target_language:
        raise ConfigError(
            f"These models write different languages: {one.name} writes {one.target_language}, {other.name} writes "
            f"{other.target_language}. One reference cannot serve both; please choose two that write the same one."
        )


def are_opposite(one: Description, other: Description) -> bool:
    """Whether each of two translators writes the language that the other one reads."""
    languages = one.source_language, one.target_language
    return languages == (other.target_language, other.source_language) and one.task == other.task == "text"


def side_by_side(one: Iterator[Translation], other: Iterator[Translation]) -> Iterator[tuple[Side | None, Side | None]]:
    """Let two streams take a step in turn, and give both translations so far after each; None before the first step.

    The last pair is complete. What a stream raises is raised here.
    """
    sides: list[Side | None] = [None, None]
    running = [(0, one), (1, other)]
    while running:
        for place, stream in tuple(running):
            began = time.perf_counter()
            translation = next(stream, None)
            took = 1000 * (time.perf_counter() - began)
            before = sides[place]
            spent = took + (before.milliseconds if before else 0.0)
            if translation is not None:
                sides[place] = Side(translation=translation, milliseconds=spent, is_done=False)
            else:
                running.remove((place, stream))
                if before:
                    sides[place] = Side(translation=before.translation, milliseconds=spent, is_done=True)
            yield sides[0], sides[1]


def differing(one: Sequence[str], other: Sequence[str]) -> tuple[list[bool], list[bool]]:
    """For each word of two translations, whether the other one has another word there."""
    first, second = differences(one, other)
    return _flags(first), _flags(second)


def _flags(parts: Sequence[Part]) -> list[bool]:
    return [part.is_new for part in parts for _ in part.words]
