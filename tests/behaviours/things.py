"""What has to arrive as it is: numbers, names, addresses, emoji, markup."""

import random
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import product

from tests.behaviours import checks
from tests.behaviours.behaviour import Behaviour, Case, Direction, Line
from tests.behaviours.cases import CASES, chosen, filled, number, statements, write
from tests.behaviours.words import (
    ADDRESSES,
    AT_A_TIME,
    CHINESE_FAMILIES,
    CHINESE_GIVEN,
    CODE,
    COUNTED,
    DOLLAR_WORDS,
    DOLLARS,
    EMOJI,
    HANDLES,
    IN_A_YEAR,
    MAILBOXES,
    MEASURED,
    NAMES,
    ON_A_DATE,
    PERCENT,
    PHONED,
    PREDICATES,
    PRICED,
    PRICES,
    SHARED,
    STATEMENT,
    TAGS,
    WITH_A_HANDLE,
    WITH_A_MAILBOX,
    WITH_A_NAME,
    WITH_AN_ADDRESS,
    WITH_AN_EMOJI,
    WITH_CODE,
    WITH_MARKUP,
    WITH_TWO_NAMES,
    Row,
)

DOLLAR = r"(?:US)?\$|dollars?|美元|美金|d[oó]lar(?:es)?"
EURO = r"€|euros?|EUR|欧元"
PERCENT_SIGN = r"(?:%|％|per ?cent|pour ?-?cent|prozent|百分|por ciento)"
COMMA = ("fr", "de", "es")


def _numbers(seed: str, least: int, most: int, count: int = CASES) -> list[str]:
    return [str(value) for value in random.Random(seed).sample(range(least, most), count)]


def integers(direction: Direction) -> list[Case]:
    return filled(direction, "integers", COUNTED, _numbers("integers", 13, 999), number)


def thousands(direction: Direction) -> list[Case]:
    mark = {"en": ",", "zh": ",", "de": ".", "es": ".", "fr": " "}
    cases = []
    for template, value in zip(CASES * COUNTED, _numbers("thousands", 1_013, 99_999), strict=False):
        head, tail = value[:-3], value[-3:]
        row = {language: (f"{head}{mark[language]}{tail}",) for language in direction}
        pattern = number(rf"{head}[.,'’\s\u00a0\u202f]?{tail}")
        cases.append(Case(direction=direction, line=write(direction, template, row), holds=(pattern,)))
    return cases


def decimals(direction: Direction) -> list[Case]:
    cases = []
    for template, value in zip(CASES * MEASURED, _numbers("decimals", 21, 999), strict=False):
        whole, part = value[:-1], value[-1]
        row = {language: (f"{whole}{',' if language in COMMA else '.'}{part}",) for language in direction}
        pattern = number(rf"{whole}[.,]{part}")
        cases.append(Case(direction=direction, line=write(direction, template, row), holds=(pattern,)))
    return cases


def times(direction: Direction) -> list[Case]:
    generator, cases = random.Random("times"), []
    for template, hour in zip(CASES * AT_A_TIME, [*range(7, 23), 8, 9, 10, 11], strict=False):
        minute = f"{generator.randrange(1, 12) * 5:02}"
        row = {language: (f"{hour}{'h' if language == 'fr' else ':'}{minute}",) for language in direction}
        pattern = number(rf"0?{hour}\D{{1,6}}{minute}")
        cases.append(Case(direction=direction, line=write(direction, template, row), holds=(pattern,)))
    return cases


def dates(direction: Direction) -> list[Case]:
    """Half of them as 2024-05-13, half as the source's language has it; the three numbers may come in any order."""
    generator, cases = random.Random("dates"), []
    for index in range(CASES):
        year, month, day = generator.randrange(1990, 2030), generator.randrange(1, 13), generator.randrange(13, 29)
        ways = {"de": f"{day}.{month:02}.{year}", "zh": f"{year}/{month}/{day}"}
        written = f"{year}-{month:02}-{day}" if index % 2 else ways.get(direction.source, f"{day}/{month:02}/{year}")
        line = write(direction, ON_A_DATE[index % len(ON_A_DATE)], written)
        holds = (number(year), number(f"0?{month}"), number(day))
        cases.append(Case(direction=direction, line=line, holds=holds))
    return cases


def years(direction: Direction) -> list[Case]:
    return filled(direction, "years", IN_A_YEAR, _numbers("years", 1850, 2024), number)


def _amounts(direction: Direction, seed: str, templates: list[Row], units: list[tuple[Row, str]]) -> list[Case]:
    """Each number with a unit, both of which the answer has to hold."""
    cases = []
    for index, amount in enumerate(_numbers(seed, 13, 99)):
        template, (unit, pattern) = templates[index % len(templates)], units[index // len(templates) % len(units)]
        row = {language: (unit[language][0].format(amount),) for language in direction}
        cases.append(Case(direction=direction, line=write(direction, template, row), holds=(number(amount), pattern)))
    return cases


def prices(direction: Direction) -> list[Case]:
    units = [(unit, DOLLAR if unit in (DOLLARS, DOLLAR_WORDS) else EURO) for unit in PRICES]
    return _amounts(direction, "prices", PRICED, units)


def shares(direction: Direction) -> list[Case]:
    return _amounts(direction, "shares", SHARED, [(PERCENT, PERCENT_SIGN)])


def phone_numbers(direction: Direction) -> list[Case]:
    generator = random.Random("phones")
    ways = ["{}{}-555-{}{}{}{}", "0{}{} {}{} {}{}", "+4{} {}{} {}{}{}", "0{}{}{}{}{}{}"]
    written = [ways[index % 4].format(*generator.choices("123456789", k=6)) for index in range(CASES)]
    return filled(direction, "phones", PHONED, written)


def another_number(direction: Direction) -> list[Case]:
    """The same sentence with two numbers."""
    cases = []
    numbers = [("37", "64"), ("52", "23"), ("84", "78"), ("96", "45")]
    for template, (one, two) in chosen(product(COUNTED, numbers), "other"):
        line, plain = write(direction, template, one), write(direction, template, two)
        cases.append(Case(direction=direction, line=line, plain=plain, holds=(number(one), number(two))))
    return cases


def names_first(direction: Direction) -> list[Case]:
    pairs = zip(NAMES, 3 * PREDICATES, strict=False)
    return [
        Case(direction=direction, line=write(direction, STATEMENT, name, predicate), holds=(whole(name),))
        for name, predicate in pairs
    ][:CASES]


def names_inside(direction: Direction) -> list[Case]:
    return filled(direction, "inside", WITH_A_NAME, NAMES, whole)


def two_names(direction: Direction) -> list[Case]:
    cases = []
    for index, one in enumerate(NAMES[:CASES]):
        two = NAMES[(index + 7) % len(NAMES)]
        line = write(direction, WITH_TWO_NAMES[index % len(WITH_TWO_NAMES)], one, two)
        cases.append(Case(direction=direction, line=line, holds=(whole(one), whole(two))))
    return cases


def another_name(direction: Direction) -> list[Case]:
    """The same sentence with two names."""
    cases = []
    for index, one in enumerate(NAMES[:CASES]):
        two = NAMES[(index + 4) % len(NAMES)]
        template = WITH_A_NAME[index % len(WITH_A_NAME)]
        line, plain = write(direction, template, one), write(direction, template, two)
        cases.append(Case(direction=direction, line=line, plain=plain, holds=(whole(one), whole(two))))
    return cases


def chinese_names(direction: Direction) -> list[Case]:
    """Pinyin in letters, either name first; a Chinese answer may write characters behind the family's."""
    cases = []
    for index, (family, given) in enumerate(chosen(product(CHINESE_FAMILIES, CHINESE_GIVEN), "chinese")):
        syllables = given[2:].split("-")
        letters, characters = f"{family[1:]} {''.join(syllables).capitalize()}", family[0] + given[:2]
        row = {language: (characters if language == "zh" else letters,) for language in direction}
        spelled = r"\W*".join(syllables)
        pattern = rf"{family[1:]}\W*{spelled}|{spelled}\W*{family[1:]}"
        if direction.target == "zh":
            pattern += rf"|{family[0]}[\u4e00-\u9fff]{{2}}"
        line = write(direction, WITH_A_NAME[index % len(WITH_A_NAME)], row)
        cases.append(Case(direction=direction, line=line, holds=(pattern,)))
    return cases


def whole(name: str) -> str:
    """A pattern that finds a name as it is, not a part of a word."""
    return rf"(?-i:(?<![A-Za-z]){re.escape(name)}(?![a-z]))"


def emoji_at_the_end(direction: Direction) -> list[Case]:
    cases = []
    for index, line in enumerate(statements(direction, "emoji")):
        emoji = EMOJI[index % len(EMOJI)]
        source, reference = (f"{text} {emoji}" for text in line)
        cases.append(
            Case(direction=direction, line=line._replace(source=source, reference=reference), holds=(re.escape(emoji),))
        )
    return cases


def markup(direction: Direction) -> list[Case]:
    cases = []
    for template, tag in chosen(product(WITH_MARKUP, TAGS), "markup"):
        opening, closing = f"<{tag}>", f"</{tag}>"
        line = write(direction, template, opening, closing)
        cases.append(Case(direction=direction, line=line, holds=(re.escape(opening), re.escape(closing))))
    return cases


def several(direction: Direction) -> list[Case]:
    """A name, a number and an emoji in one sentence."""
    cases = []
    for index, amount in enumerate(_numbers("several", 13, 999)):
        name, emoji = NAMES[-1 - index], EMOJI[index % len(EMOJI)]
        line = write(direction, COUNTED[index % len(COUNTED)], amount)
        holds = (whole(name), number(amount), re.escape(emoji))
        called = Line(*(_call(name, text, language, emoji) for language, text in zip(direction, line, strict=True)))
        cases.append(Case(direction=direction, line=called, holds=holds))
    return cases


def in_their_place(direction: Direction) -> list[Case]:
    """Names, years and addresses inside sentences that end with a full stop."""
    addresses = _each("address", WITH_AN_ADDRESS, ADDRESSES)
    kinds = (two_names(direction), years(direction), addresses(direction))
    cases = [case for kind in kinds for case in kind if case.line.source[-1] in ".。"]
    return [
        replace(case, holds=(*case.holds, r"[.!?。！？]$"))
        for case in (cases[place * len(cases) // CASES] for place in range(CASES))
    ]


def _call(name: str, text: str, language: str, emoji: str) -> str:
    if language == "zh":
        return f"{name}，{text} {emoji}"
    is_kept = text.startswith("I ") and language == "en"
    return f"{name}, {text if is_kept else text[0].lower() + text[1:]} {emoji}"


def _each(seed: str, templates: list[Row], values: list[str]) -> Callable[[Direction], list[Case]]:
    return lambda direction: filled(direction, seed, templates, values)


def _holds(name: str, asks: str, cases: Callable[[Direction], list[Case]]) -> Behaviour:
    return Behaviour(name=name, kind="MFT", asks=asks, cases=cases, check=checks.held)


THINGS = (
    _holds("integers", "a number from 13 to 998 is there, in digits", integers),
    _holds("thousands", "1,250 is there, with whatever mark between the thousands", thousands),
    _holds("decimals", "3.5 or 3,5 is there", decimals),
    _holds("times", "10:30 is there, with whatever stands between hour and minute", times),
    _holds("dates", "year, month and day are there in digits, in any order", dates),
    _holds("years", "the year is there", years),
    _holds("prices", "the amount is there and the currency, as a sign or a word", prices),
    _holds("percentages", "the number is there and its sign or word", shares),
    _holds("telephone numbers", "the number is there as it was typed", phone_numbers),
    Behaviour(
        name="another number",
        kind="INV",
        asks="with another number only the number changes",
        cases=another_number,
        check=checks.only_that_changed,
    ),
    _holds("a rare name first", "the name that begins the sentence is there, letter by letter", names_first),
    _holds("a rare name inside", "the name inside or at the end is there, letter by letter", names_inside),
    _holds("two rare names", "both names are there", two_names),
    Behaviour(
        name="another name",
        kind="INV",
        asks="with another rare name only the name changes",
        cases=another_name,
        check=checks.only_that_changed,
    ),
    _holds(
        "Chinese names", "the name is there in pinyin, either part first; in Chinese also in characters", chinese_names
    ),
    _holds("emoji at the end", "the emoji is there", emoji_at_the_end),
    _holds("emoji inside", "the emoji is there", _each("emoji", WITH_AN_EMOJI, EMOJI)),
    _holds("web addresses", "the address is there as it was", _each("address", WITH_AN_ADDRESS, ADDRESSES)),
    _holds("e-mail addresses", "the address is there as it was", _each("mailbox", WITH_A_MAILBOX, MAILBOXES)),
    _holds("handles and hashtags", "`@name` or `#topic` is there as it was", _each("handle", WITH_A_HANDLE, HANDLES)),
    Behaviour(
        name="HTML tags",
        kind="MFT",
        asks="the opening and the closing tag are there, in this order",
        cases=markup,
        check=checks.held_in_order,
    ),
    _holds("inline code", "the code is there as it was, with its marks", _each("code", WITH_CODE, CODE)),
    _holds("several things", "a name, a number and an emoji are all there", several),
    _holds("in their place", "names, years and addresses are there, and not behind the final mark", in_their_place),
)
