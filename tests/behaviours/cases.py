"""Cases from tables: a template, what is put into it, and a choice that is the same every time."""

import random
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import TypeVar

from tests.behaviours.behaviour import Case, Direction, Line
from tests.behaviours.words import PLACES, PREDICATES, QUESTIONS, STATEMENT, SUBJECTS, Row

T = TypeVar("T")

CASES = 20
"""Of each behaviour in each direction."""


def chosen(items: Iterable[T], seed: str, count: int = CASES) -> list[T]:
    """Some of the items, the same ones every time."""
    items = list(items)
    return random.Random(seed).sample(items, min(count, len(items)))


def write(direction: Direction, template: Row, *values: Row | str) -> Line:
    """A template with values in its places, in both languages."""
    source, target = (
        template[language][0].format(*(value if isinstance(value, str) else value[language][0] for value in values))
        for language in direction
    )
    return Line(_begin(source), _begin(target))


def _begin(text: str) -> str:
    """A sentence begins with a capital."""
    place = next((index for index, character in enumerate(text) if character.isalnum()), 0)
    return text if text[:1] in "@#<`" else text[:place] + text[place : place + 1].upper() + text[place + 1 :]


def statements(
    direction: Direction, seed: str, count: int = CASES, predicates: Sequence[Row] = PREDICATES
) -> list[Line]:
    """Statements such as `My brother lives in Paris.`"""
    pairs = chosen(product(SUBJECTS, predicates), seed, count)
    return [write(direction, STATEMENT, *pair) for pair in pairs]


def everyday(direction: Direction, seed: str, count: int = CASES) -> list[Line]:
    """Statements and questions."""
    questions = chosen(product(QUESTIONS, PLACES), seed, count // 4)
    asked = [write(direction, *pair) for pair in questions]
    return [*statements(direction, seed, count - len(asked)), *asked]


def changed(direction: Direction, lines: Iterable[Line], change: Callable[[str], str]) -> list[Case]:
    """Cases that compare a line with a changed source to the line as it was; none where nothing changes."""
    return [
        Case(direction=direction, line=line._replace(source=source), plain=line)
        for line in lines
        if (source := change(line.source)) != line.source
    ]


def filled(
    direction: Direction,
    seed: str,
    templates: Iterable[Row],
    values: Iterable[str],
    holds: Callable[[str], str] = re.escape,
) -> list[Case]:
    """Cases of each template with each value, which the answer has to hold."""
    pairs = chosen(product(templates, values), seed)
    return [
        Case(direction=direction, line=write(direction, template, value), holds=(holds(value),))
        for template, value in pairs
    ]


def number(value: object) -> str:
    """A pattern that finds a number, not a part of another one."""
    return rf"(?<!\d){value}(?!\d)"


def any_form(row: Row, language: str) -> str:
    """A pattern that finds a form of a row as a whole word, or a Chinese one that is no part of a longer number."""
    forms = "|".join(map(re.escape, sorted(row[language], key=len, reverse=True)))
    part = "一二三四五六七八九十百千\\d" if language == "zh" else r"\w-"
    return rf"(?<![{part}])(?:{forms})(?![{part}])"
