"""Dates as five languages write them, and the same dates as ISO 8601: the friendliest task for a first heatmap.

Names and patterns are those of the Unicode locale data, as the library Babel has them. Dates are absolute: nothing is
relative to a today. Where a date is three numbers between slashes, the day comes first, as in most of the world.
"""

import random
from collections.abc import Callable
from datetime import date, timedelta

from s2s.corpora import Pair

FIRST, LAST = date(1900, 1, 1), date(2099, 12, 31)
FIRST_SHORT, LAST_SHORT = date(1950, 1, 1), date(2049, 12, 31)
"""Between these a year may be written with two digits."""

PATTERNS = {
    # locale: patterns of the Unicode locale data (UTS 35); what stands between ' is taken as it is
    "en": (
        "MMMM d, y", "MMM d, y", "EEEE, MMMM d, y", "EEE, MMM d, y", "d MMMM y", "d MMM y", "EEEE, d MMMM y",
        "EEE d MMM y", "MMMM d y", "d-MMM-y", "dd/MM/y", "d/M/y", "d/M/yy", "d MMMM, y", "y MMMM d",
        "'the' d'{th}' 'of' MMMM y",
        "d'{th}' MMMM y", "MMMM d'{th}', y", "EEEE, MMMM d'{th}', y",
    ),
    "fr": (
        "d MMMM y", "d MMM y", "EEEE d MMMM y", "EEE d MMM y", "'le' d MMMM y", "'le' EEEE d MMMM y", "dd/MM/y",
        "d/M/y", "dd/MM/yy", "dd-MM-y", "'le' d'{er}' MMMM y",
    ),
    "de": (
        "d. MMMM y", "d. MMM y", "EEEE, d. MMMM y", "EEEE, 'den' d. MMMM y", "'den' d. MMMM y", "'am' d. MMMM y",
        "dd.MM.y", "d.M.y", "dd.MM.yy", "d.M.yy", "d. M. y", "EEE, d. MMM y", "'der' d. MMMM y",
    ),
    "es": (
        "d 'de' MMMM 'de' y", "d MMM y", "EEEE, d 'de' MMMM 'de' y", "'el' d 'de' MMMM 'de' y",
        "EEEE d 'de' MMMM 'de' y", "'el' EEEE d 'de' MMMM 'de' y", "d/M/y", "dd/MM/y", "d/M/yy",
        "d 'de' MMMM 'del' y", "d-M-y",
    ),
    "zh": (
        "y年M月d日", "y年M月d日EEEE", "y年MM月dd日", "y 年 M 月 d 日", "y年M月d号", "y/M/d",
        "y-M-d", "y.M.d", "yy年M月d日", "y-MM-dd",
    ),
}  # fmt: skip
DIGITS = "〇一二三四五六七八九"


def make_dates(count: int, seed: int) -> list[Pair]:
    """Different texts of dates, each with its date as ISO 8601, such as 2024-03-05."""
    from babel.dates import format_date  # the page starts without it

    generator = random.Random(seed)
    pairs: dict[str, Pair] = {}
    while len(pairs) < count:
        language = generator.choice(list(PATTERNS))
        pattern = generator.choice(PATTERNS[language])
        first, last = (FIRST_SHORT, LAST_SHORT) if "yy" in pattern else (FIRST, LAST)
        day = first + timedelta(days=generator.randrange((last - first).days + 1))
        if "{er}" in pattern:
            day = day.replace(day=1)  # French has an ordinal for the first of a month alone
        text = _typed(format_date(day, pattern.format(th=_ordinal(day.day), er="er"), locale=language), generator)
        if language == "zh" and "yy" not in pattern and generator.random() < 0.25:
            text = _in_characters(day, generator)
        pairs.setdefault(text, Pair(text, day.isoformat()))
    return list(pairs.values())


def _ordinal(number: int) -> str:
    return "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _typed(text: str, generator: random.Random) -> str:
    """As people type it: mostly so, at times without capitals, or without commas or the points of short names."""
    changes: list[Callable[[str], str]] = [str.lower, lambda text: text.replace(",", ""), _without_points]
    return generator.choice(changes)(text) if generator.random() < 0.5 else text


def _without_points(text: str) -> str:
    return " ".join(word.rstrip(".") if word.rstrip(".").isalpha() else word for word in text.split(" "))


def _in_characters(day: date, generator: random.Random) -> str:
    """二〇二四年三月五日."""
    year = "".join(DIGITS[int(digit)] for digit in str(day.year))
    year = year if generator.random() < 0.5 else year.replace("〇", "零")
    return f"{year}年{_chinese(day.month)}月{_chinese(day.day)}{generator.choice('日号')}"


def _chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{DIGITS[tens]}十"
    return head + (DIGITS[ones] if ones else "")
