"""Everyday words and sentences in five languages, read from words.txt: one meaning a row.

The first form of a cell is what a case is made of, all of them are right answers. `{}` is a place for another row, or
for something that is the same in every language. Written for this suite; nothing is copied from a data set.
"""

import re
from collections.abc import Mapping
from pathlib import Path

LANGUAGES = ("en", "fr", "de", "zh", "es")
"""The columns of a table."""

Row = Mapping[str, tuple[str, ...]]
"""The forms of one meaning in each language."""

_TEXT = Path(__file__).with_name("words.txt").read_text(encoding="utf-8")
_PARTS = re.split(r"^\[(\w+)\]$", _TEXT, flags=re.MULTILINE)[1:]
_SECTIONS = {name: lines.strip().splitlines() for name, lines in zip(_PARTS[::2], _PARTS[1::2], strict=True)}


def _rows(name: str) -> list[Row]:
    """The rows of a table: cells divided by `|`, the forms in a cell by ` / `."""
    cells = [[cell.split(" / ") for cell in line.split("|")] for line in _SECTIONS[name]]
    forms = [[tuple(form.strip() for form in cell) for cell in row] for row in cells]
    return [dict(zip(LANGUAGES, row, strict=True)) for row in forms]


[STATEMENT, LINK] = _rows("CLAUSES")
SUBJECTS = _rows("SUBJECTS")
PREDICATES = _rows("PREDICATES")
NEGATED = _rows("NEGATED")
PLACES = _rows("PLACES")
QUESTIONS = _rows("QUESTIONS")
QUOTED = _rows("QUOTED")
COUNTED = _rows("COUNTED")
MEASURED = _rows("MEASURED")
AT_A_TIME = _rows("AT_A_TIME")
ON_A_DATE = _rows("ON_A_DATE")
IN_A_YEAR = _rows("IN_A_YEAR")
PRICED = _rows("PRICED")
[DOLLARS, EUROS, DOLLAR_WORDS, EURO_WORDS] = PRICES = _rows("PRICES")
SHARED = _rows("SHARED")
[PERCENT] = _rows("PERCENT")
PHONED = _rows("PHONED")
WITH_A_NAME = _rows("WITH_A_NAME")
WITH_TWO_NAMES = _rows("WITH_TWO_NAMES")
WITH_AN_EMOJI = _rows("WITH_AN_EMOJI")
WITH_AN_ADDRESS = _rows("WITH_AN_ADDRESS")
WITH_A_MAILBOX = _rows("WITH_A_MAILBOX")
WITH_A_HANDLE = _rows("WITH_A_HANDLE")
WITH_MARKUP = _rows("WITH_MARKUP")
WITH_CODE = _rows("WITH_CODE")
WITH_A_FOREIGN_WORD = _rows("WITH_A_FOREIGN_WORD")
REPEATED = _rows("REPEATED")
INTENSIFIED = _rows("INTENSIFIED")
[VERY] = _rows("VERY")
WORDS = _rows("WORDS")
GREETINGS = _rows("GREETINGS")
NUMBER_WORDS = _rows("NUMBER_WORDS")
[COUNTED_IN_WORDS] = _rows("COUNTED_IN_WORDS")
CALENDAR = _rows("CALENDAR")
ON_A_DAY = _rows("ON_A_DAY")

NAMES = _SECTIONS["NAMES"]
CHINESE_FAMILIES = _SECTIONS["CHINESE_FAMILIES"]
CHINESE_GIVEN = _SECTIONS["CHINESE_GIVEN"]
EMOJI = _SECTIONS["EMOJI"]
ADDRESSES = _SECTIONS["ADDRESSES"]
MAILBOXES = _SECTIONS["MAILBOXES"]
HANDLES = _SECTIONS["HANDLES"]
TAGS = _SECTIONS["TAGS"]
CODE = _SECTIONS["CODE"]
FOREIGN_WORDS = _SECTIONS["FOREIGN_WORDS"]
FOREIGN_SENTENCES = _SECTIONS["FOREIGN_SENTENCES"]

TRADITIONAL = str.maketrans(
    "妈师们邻医轻语说车辆发报纸弹钢学听乐银馆离这里远吗时开门",
    "媽師們鄰醫輕語說車輛發報紙彈鋼學聽樂銀館離這裡遠嗎時開門",
)

NEGATIONS = {
    "en": r"\b(?:not|no|never|cannot|none|nobody|nothing|without)\b|n['’]t\b",
    "fr": r"\b(?:ne|pas|jamais|aucune?|sans)\b|\bn['’]",
    "de": r"\b(?:nicht|nie|niemals|ohne|kein\w*)\b",
    "zh": r"[不没未]",
    "es": r"\b(?:no|nunca|jamás|sin|ningún|ninguna?)\b",
}

ARTICLES: dict[str, set[str]] = {
    "en": {"the", "a", "an", "some"},
    "fr": {"le", "la", "les", "l", "un", "une", "des", "de", "du", "d"},
    "de": {"der", "die", "das", "den", "ein", "eine", "einen"},
    "zh": set(),
    "es": {"el", "la", "los", "las", "un", "una"},
}

LENGTHS = {"en": 1.0, "fr": 1.15, "de": 1.12, "zh": 0.33, "es": 1.08}
"""Characters of what takes one character in English, about."""
