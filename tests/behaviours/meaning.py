"""What a translation is for: words, politeness, negation, questions, the shape of a text."""

import random
from collections.abc import Callable
from itertools import product

from tests.behaviours import checks
from tests.behaviours.behaviour import Behaviour, Case, Direction, Line
from tests.behaviours.cases import CASES, any_form, chosen, statements, write
from tests.behaviours.words import (
    CALENDAR,
    COUNTED_IN_WORDS,
    FOREIGN_SENTENCES,
    FOREIGN_WORDS,
    GREETINGS,
    INTENSIFIED,
    LINK,
    NEGATED,
    NUMBER_WORDS,
    ON_A_DAY,
    PLACES,
    PREDICATES,
    QUESTIONS,
    REPEATED,
    STATEMENT,
    SUBJECTS,
    VERY,
    WITH_A_FOREIGN_WORD,
    WORDS,
    Row,
)


def _known(table: list[Row]) -> Callable[[Direction], list[Case]]:
    """The rows of a table, each of which has few right answers; a form that stands in two rows is asked once."""

    def cases(direction: Direction) -> list[Case]:
        found: dict[str, Case] = {}
        for row in table:
            source, forms = row[direction.source][0], row[direction.target]
            others = [form for other in table if source in other[direction.source] for form in other[direction.target]]
            right = tuple(dict.fromkeys([*forms, *others]))
            found.setdefault(source, Case(direction=direction, line=Line(source, forms[0]), accepted=right))
        return list(found.values())

    return cases


def _saying(templates: list[Row], table: list[Row]) -> Callable[[Direction], list[Case]]:
    """Each row of a table within a sentence."""

    def cases(direction: Direction) -> list[Case]:
        return [
            Case(direction=direction, line=write(direction, template, row), holds=(any_form(row, direction.target),))
            for template, row in chosen(product(templates, table), "saying")
        ]

    return cases


def negations(direction: Direction) -> list[Case]:
    rows = chosen(product(SUBJECTS, zip(NEGATED, PREDICATES, strict=True)), "negations")
    return [
        Case(
            direction=direction,
            line=write(direction, STATEMENT, subject, negated),
            plain=write(direction, STATEMENT, subject, plain),
        )
        for subject, (negated, plain) in rows
    ]


def questions(direction: Direction) -> list[Case]:
    lines = [write(direction, *pair) for pair in chosen(product(QUESTIONS, PLACES), "questions")]
    return [Case(direction=direction, line=line) for line in lines]


def exclamations(direction: Direction) -> list[Case]:
    return [
        Case(
            direction=direction,
            line=Line(*(text[:-1] + ("！" if text[-1] == "。" else "!") for text in line)),
            plain=line,
        )
        for line in statements(direction, "exclamations")
    ]


def lengths(direction: Direction) -> list[Case]:
    """One to ten clauses in one sentence, about 5 to 60 words."""
    cases = []
    for index in range(CASES):
        generator = random.Random(f"lengths {index}")
        clauses = list(zip(generator.sample(SUBJECTS, 10), generator.sample(PREDICATES, 10), strict=True))
        line = _joined(direction, [_clause(direction, *clause) for clause in clauses[: index // 2 + 1]])
        cases.append(Case(direction=direction, line=line))
    return cases


def _clause(direction: Direction, subject: Row, predicate: Row) -> Row:
    """A statement without its full stop."""
    return {side: (STATEMENT[side][0].format(subject[side][0], predicate[side][0])[:-1],) for side in direction}


def _joined(direction: Direction, clauses: list[Row]) -> Line:
    whole = clauses[0]
    for clause in clauses[1:]:
        whole = {side: (LINK[side][0].format(whole[side][0], clause[side][0]),) for side in direction}
    ends = {side: ("{}。" if side == "zh" else "{}.",) for side in direction}
    return write(direction, ends, whole)


def paragraphs(direction: Direction) -> list[Case]:
    """Two to four lines of one to three sentences, some with a blank line between them."""
    cases = []
    for index in range(CASES):
        generator = random.Random(f"paragraphs {index}")
        todo = statements(direction, f"paragraphs {index}", 12)
        sides = ["", ""]
        for number in range(generator.randrange(2, 5)):
            mark = "" if number == 0 else generator.choice(["\n", "\n", "\n\n"])
            taken = [todo.pop() for _ in range(generator.randrange(1, 4))]
            for side, language in enumerate(direction):
                sides[side] += mark + ("" if language == "zh" else " ").join(line[side] for line in taken)
        cases.append(Case(direction=direction, line=Line(*sides)))
    return cases


def repeated_words(direction: Direction) -> list[Case]:
    """`very very very good`, three to seven times."""
    cases = []
    for (template, word), count in product(zip(REPEATED, INTENSIFIED, strict=True), range(3, 8)):
        row = {side: (("" if side == "zh" else " ").join(count * [VERY[side][0]]),) for side in direction}
        holds = (any_form(word, direction.target),)
        cases.append(Case(direction=direction, line=write(direction, template, row), holds=holds))
    return cases


def mixed_scripts(direction: Direction) -> list[Case]:
    pairs = product(WITH_A_FOREIGN_WORD, FOREIGN_WORDS)
    return [Case(direction=direction, line=write(direction, template, word), holds=(word,)) for template, word in pairs]


def foreign_scripts(direction: Direction) -> list[Case]:
    return [Case(direction=direction, line=Line(text, text)) for text in FOREIGN_SENTENCES]


def nonsense(direction: Direction) -> list[Case]:
    """One to four words of consonants."""
    cases = []
    for index in range(CASES):
        generator = random.Random(f"nonsense {index}")
        words = [
            "".join(generator.choices("bcdfghjklmnpqrstvwxz", k=generator.randrange(4, 9)))
            for _ in range(index % 4 + 1)
        ]
        text = " ".join(words)
        cases.append(Case(direction=direction, line=Line(text, text), holds=tuple(words)))
    return cases


MEANING = (
    Behaviour(
        name="single words",
        kind="MFT",
        asks="a very common word alone: one of its translations, articles and case aside",
        cases=_known(WORDS),
        check=checks.accepted_as_a_word,
    ),
    Behaviour(
        name="greetings",
        kind="MFT",
        asks="a greeting or polite phrase: one of its usual translations, case and marks aside",
        cases=_known(GREETINGS),
        check=checks.accepted,
    ),
    Behaviour(
        name="numbers in words",
        kind="MFT",
        asks="two to one hundred, spelled out: the number is there as a word or in digits",
        cases=_saying([COUNTED_IN_WORDS], NUMBER_WORDS),
        check=checks.held,
    ),
    Behaviour(
        name="days of the week",
        kind="MFT",
        asks="the right day is there",
        cases=_saying(ON_A_DAY, CALENDAR),
        check=checks.held,
    ),
    Behaviour(
        name="negation",
        kind="DIR",
        asks="a word of negation in the answer to the negated sentence, none in that to the plain one",
        cases=negations,
        check=checks.negated,
    ),
    Behaviour(
        name="questions",
        kind="MFT",
        asks="the answer ends with a question mark",
        cases=questions,
        check=checks.asked,
    ),
    Behaviour(
        name="exclamation mark",
        kind="DIR",
        asks="`!` instead of a full stop: the answer ends with one too, and three words in four stay",
        cases=exclamations,
        check=checks.exclaimed,
    ),
    Behaviour(
        name="long sentences",
        kind="MFT",
        asks="one to ten clauses, up to 60 words: nothing but a sound answer",
        cases=lengths,
        check=checks.sound,
    ),
    Behaviour(
        name="paragraphs",
        kind="MFT",
        asks="the same line breaks, and in each line as many sentences",
        cases=paragraphs,
        check=checks.same_lines,
    ),
    Behaviour(
        name="repeated words",
        kind="MFT",
        asks="`very very very good`, up to seven times: a sound answer with the word behind it",
        cases=repeated_words,
        check=checks.held,
    ),
    Behaviour(
        name="mixed scripts",
        kind="MFT",
        asks="a word of another script is in the answer, or a warning is given",
        cases=mixed_scripts,
        check=checks.kept_or_warned,
    ),
    Behaviour(
        name="foreign script",
        kind="MFT",
        asks="a sentence of another script: a warning, an end and no loop",
        cases=foreign_scripts,
        check=checks.warned_with_an_end,
        has_meaning=False,
    ),
    Behaviour(
        name="nonsense letters",
        kind="MFT",
        asks="words of consonants: they are in the answer, or a warning is given; an end and no loop",
        cases=nonsense,
        check=checks.kept_or_warned_with_an_end,
        has_meaning=False,
    ),
)
