"""How people type: what is meant stays the same, so the translation should."""

import random
import re
import unicodedata
from collections.abc import Callable

from tests.behaviours import checks
from tests.behaviours.behaviour import Behaviour, Case, Direction, Line
from tests.behaviours.cases import CASES, changed, everyday, statements, write
from tests.behaviours.words import NEGATED, QUOTED, TRADITIONAL

QUOTATION_MARKS = {"en": "“{}”", "fr": "« {} »", "de": "„{}“", "zh": "“{}”", "es": "«{}»"}
FULL_WIDTH = str.maketrans({"。": ".", "？": "?", "，": ","})


def _change(change: Callable[[str], str], count: int = CASES) -> Callable[[Direction], list[Case]]:
    """Everyday sentences, changed; those that the change leaves as they are give no case."""
    name = getattr(change, "__name__", "")
    return lambda direction: changed(direction, everyday(direction, name, count), change)[:CASES]


def in_capitals(text: str) -> str:
    return text.upper()


def in_lower_case(text: str) -> str:
    return text.lower()


def in_title_case(text: str) -> str:
    return re.sub(r"(?<![\w'’])\w", lambda match: match[0].upper(), text)


def without_final_mark(text: str) -> str:
    return text.rstrip(".?。？ ").lstrip("¿")


def with_more_marks(text: str) -> str:
    return re.sub(r"\s?[.?。？]$", lambda match: 3 * match[0].replace(".", "!").replace("。", "！"), text)


def with_blanks_around(text: str) -> str:
    return f"   {text} \t "


def without_accents(text: str) -> str:
    """As on a keyboard that has none."""
    return "".join(mark for mark in unicodedata.normalize("NFD", text) if not unicodedata.combining(mark)).replace(
        "œ", "oe"
    )


def in_traditional(text: str) -> str:
    return text.translate(TRADITIONAL)


def with_narrow_marks(text: str) -> str:
    return text.translate(FULL_WIDTH)


def with_doubled_blanks(text: str) -> str:
    """Two blanks for one; Chinese has none, and gets two in front of its verb."""
    return (
        re.sub(r"(?<=\w) (?=\w)", "  ", text)
        if " " in text
        else re.sub(r"(.)([住在喝说有看弹去听离是])", r"\1  \2", text, count=1)
    )


def with_a_typo(text: str) -> str:
    """Two letters exchanged, one left out, or one doubled; not at the ends of a word."""
    generator = random.Random(text)
    places = [match.start() for match in re.finditer(r"(?<=\w)\w(?=\w)", text[:-1])]
    place = generator.choice([place for place in places if text[place] != text[place + 1]])
    one, two = text[place], text[place + 1]
    slips = [two + one, two, one + one + two] if place + 1 in places else [two, one + one + two]
    return text[:place] + generator.choice(slips) + text[place + 2 :]


def _quotations(direction: Direction) -> list[tuple[Line, Line]]:
    """Statements, and each of them said by somebody, in straight quotation marks."""
    inner = [*statements(direction, "quotes", 10), *statements(direction, "quoted", 10, NEGATED)]
    rows = [{language: (text,) for language, text in zip(direction, said, strict=True)} for said in inner]
    whole = [write(direction, QUOTED[index % len(QUOTED)], row) for index, row in enumerate(rows)]
    return list(zip(inner, whole, strict=True))


def _typographic(direction: Direction, text: str) -> str:
    """A source with quotation marks as a telephone types them."""
    marks = QUOTATION_MARKS[direction.source]
    return re.sub('"(.*)"', lambda match: marks.format(match[1]), text).replace("'", "’")


def typographic(direction: Direction) -> list[Case]:
    """Statements in quotation marks, typed as a telephone does."""
    lines = [line for _, line in _quotations(direction)]
    return changed(direction, lines, lambda text: _typographic(direction, text))


def quoted(direction: Direction) -> list[Case]:
    """The same, beside what is said alone."""
    return [
        Case(direction=direction, line=whole._replace(source=_typographic(direction, whole.source)), plain=said)
        for said, whole in _quotations(direction)
    ]


def only_for(*languages: str) -> Callable[[Callable[[Direction], list[Case]]], Callable[[Direction], list[Case]]]:
    """No cases for the other source languages."""
    return lambda cases: lambda direction: cases(direction) if direction.source in languages else []


TYPED = (
    Behaviour(
        name="capitals",
        kind="INV",
        asks="ALL CAPITALS: three words in four stay, and the answer is at most twice as long as the plain one",
        cases=_change(in_capitals),
        check=checks.in_capitals,
    ),
    Behaviour(
        name="lower case",
        kind="INV",
        asks="no capitals: three words in four stay",
        cases=_change(in_lower_case),
        check=checks.alike,
    ),
    Behaviour(
        name="title case",
        kind="INV",
        asks="A Capital In Front Of Every Word: three words in four stay",
        cases=_change(in_title_case),
        check=checks.alike,
    ),
    Behaviour(
        name="no final mark",
        kind="INV",
        asks="no full stop or question mark: three words in four stay",
        cases=_change(without_final_mark),
        check=checks.alike,
    ),
    Behaviour(
        name="three final marks",
        kind="INV",
        asks="`!!!` or `???` at the end: three words in four stay",
        cases=_change(with_more_marks),
        check=checks.alike,
    ),
    Behaviour(
        name="doubled blanks",
        kind="INV",
        asks="two blanks for one (in Chinese two in front of the verb): the same words",
        cases=_change(with_doubled_blanks),
        check=checks.same_words,
    ),
    Behaviour(
        name="blanks around",
        kind="INV",
        asks="blanks and tabs in front and behind: the same words",
        cases=_change(with_blanks_around),
        check=checks.same_words,
    ),
    Behaviour(
        name="typographic quotes",
        kind="INV",
        asks="the language's own quotation marks and ’ instead of \" and ': three words in four stay",
        cases=typographic,
        check=checks.alike,
    ),
    Behaviour(
        name="quoted speech",
        kind="INV",
        asks="what is said in quotation marks: three words in four of the answer to it alone, between marks",
        cases=quoted,
        check=checks.said,
    ),
    Behaviour(
        name="one typo",
        kind="INV",
        asks="two letters exchanged, one left out or doubled: two words in three stay",
        cases=_change(with_a_typo),
        check=checks.mostly_alike,
    ),
    Behaviour(
        name="no accents",
        kind="INV",
        asks="`ou est l'ecole`: two words in three stay (French, German, Spanish sources)",
        cases=only_for("fr", "de", "es")(_change(without_accents, 100)),
        check=checks.mostly_alike,
    ),
    Behaviour(
        name="traditional characters",
        kind="INV",
        asks="traditional instead of simplified characters: two words in three stay (Chinese sources)",
        cases=only_for("zh")(_change(in_traditional, 40)),
        check=checks.mostly_alike,
    ),
    Behaviour(
        name="narrow marks",
        kind="INV",
        asks="`.` and `?` instead of `。` and `？`: three words in four stay (Chinese sources)",
        cases=only_for("zh")(_change(with_narrow_marks)),
        check=checks.alike,
    ),
)
