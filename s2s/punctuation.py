"""Signs between Chinese characters, as Chinese is written: in full width, and without blanks.

Pieces know the half-width forms alone, since normalisation (NFKC) has made every `，` a `,` before they were learnt.
"""

import regex

LANGUAGES = ("zh",)
"""Languages that are written with full-width signs."""

_HALF, _FULL = ",!?:;()", "，！？：；（）"
_TO_FULL, _TO_HALF = str.maketrans(_HALF, _FULL), str.maketrans(_FULL, _HALF)
_HAN = regex.compile(r"\p{Han}")
_BLANKS = regex.compile(r"(?<=[\p{Han}，。！？：；、])\s+(?=[\p{Han}，。！？：；、])")
_SIGN = regex.compile(r"(?<![A-Za-z0-9])[,!?:;]+|[,!?:;]+(?![,!?:;A-Za-z0-9])")
_BRACKETS = regex.compile(r"\([^()]*\p{Han}[^()]*\)")


def without_blanks(text: str) -> tuple[str, list[int]]:
    """A text without blanks between Chinese characters, and where each character of it, and its end, stood before."""
    gone = {place for match in _BLANKS.finditer(text) for place in range(*match.span())}
    kept = [place for place in range(len(text)) if place not in gone]
    return "".join(text[place] for place in kept), [*kept, len(text)]


def full_width(text: str) -> str:
    """A text with signs in full width where Chinese characters stand; those within other words stay: `3:1`, `a,b`.

    It has as many characters as before. A text without a Chinese character stays as it is.
    """
    if not _HAN.search(text):
        return text
    text = _BRACKETS.sub(lambda match: f"（{match[0][1:-1]}）", text)
    written: str = _SIGN.sub(lambda match: match[0].translate(_TO_FULL), text)
    return written


def half_width(text: str) -> str:
    """A text with these signs in half width, of as many characters."""
    return text.translate(_TO_HALF)
