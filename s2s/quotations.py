"""Speech in quotation marks: what is said is a sentence of its own, and its marks are those of the target's language.

`Anna said: “I am tired.”` are the sentences `Anna said` and `I am tired.`; `: “` and `”` stand between and behind them.
A model of plain sentences translates both, where the whole, which it has hardly ever seen, would confuse it. Words
that are only called something (`the word “cat”`) stay where they are.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

PAIRS = tuple(map(tuple, ('""', "“”", "„“", "„”", "«»", "「」", "『』")))
"""Opening and closing marks that belong together."""

_SAID = re.compile("|".join(f"{first}[^{first}{last}]+{last}" for first, last in PAIRS))
_BEFORE = re.compile(r"(?:^|[.!?…。！？]|(?P<sign>\s*[:,：，]))\s*$")
"""What stands before speech: nothing, a sentence, or a colon or a comma, which is left out of the sentence before."""
_END = ".!?…。！？"
_COMMA = re.compile(r"\s*[,，]$")
_BEHIND = re.compile(r"\s*[,，]|\s*[.。](?=\s|$)")
"""What may belong to the speech although it stands behind its mark."""

_STOPS = " .,:;。，：；"

_TOKEN = re.compile(
    r"(?P<line>\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])"
    r"|(?P<colon>[:：])|(?P<comma>[,，])|(?P<stop>[.。])|(?P<mark>[\"“”„«»「」『』])"
)


class Marks(NamedTuple):
    """How a language writes speech."""

    opening: str
    closing: str
    colon: str = ":"
    comma: str = ","
    stop: str = "."
    blank: str = " "
    comma_inside: bool = False
    """Whether the comma behind what is said stands before the closing mark."""


_MARKS = {
    "fr": Marks("« ", " »", colon=" :"),
    "de": Marks("„", "“"),
    "zh": Marks("“", "”", "：", "，", "。", "", comma_inside=True),
    "ja": Marks("「", "」", "：", "、", "。", "", comma_inside=True),
}
_USUAL = Marks('"', '"', comma_inside=True)


def speech_parts(line: str) -> list[str]:
    """The parts of a line of which some are said in quotation marks, without the marks and signs between them.

    A line without speech has none. Each part has letters or digits, and no blanks around it.
    """
    parts, rest = [], 0
    for match in _SAID.finditer(line):
        before, said = line[rest : match.start()], match[0][1:-1].strip()
        start = _BEFORE.search(before)
        if rest and not before.strip():
            start = _BEFORE.search("")
        behind = _BEHIND.match(line, match.end())
        if not start or not _is_word(said) or not (said[-1] in _END + ",，" or behind):
            continue
        outside = before[: start.start("sign")] if start["sign"] else before
        if outside.strip() and not _is_word(outside):
            continue
        parts += [outside.strip(), _COMMA.sub("", said)]
        rest = behind.end() if behind else match.end()
    if not parts or (line[rest:].strip() and not _is_word(line[rest:])):
        return []
    return [part for part in (*parts, line[rest:].strip()) if part]


def find_retold(text: str, target: str, begin: int = 0) -> tuple[int, int]:
    """Where a translation, or its first or last word, stands in a text that it was put into: begin and end.

    There its first letter may be another one, and its full stop may be missing. Both are -1 if it is not there.
    """
    forms = (target, target[:1].swapcase() + target[1:])
    found = [(text.find(form, begin), form) for full in forms for form in (full, full.rstrip(_STOPS)) if form]
    places = [(place, -len(form)) for place, form in found if place >= 0]
    if not places:
        return -1, -1
    place, size = min(places)
    return place, place - size


class Retelling:
    """Puts the translations of a text's sentences together, with what stands between them as their language has it.

    Attributes:
        text: what has been put together so far.
    """

    def __init__(self, language: str) -> None:
        """Begin a text; `language` is the main part of a code."""
        self.text = ""
        self._language = language
        self._marks = _MARKS.get(language, _USUAL)
        self._is_first, self._is_open = True, False

    def add(self, separator: str, source: str, target: str) -> None:
        """Put the next sentence behind the text: its translation, and what stands before its source."""
        kinds, between = self._written(separator)
        if not kinds and (not target or not self.text or self.text.endswith("\n")):
            between = ""
        self.text += (between.lstrip() if self._is_first else between) + self._cased(kinds, source, target)
        self._is_first = False

    def end(self, separator: str) -> None:
        """End the text with what stands behind its last sentence."""
        _, behind = self._written(separator)  # which may take a full stop from the text
        self.text += behind.rstrip()

    def _written(self, separator: str) -> tuple[list[str], str]:
        """The kinds of the marks, signs and line breaks of a separator, and how this language writes them."""
        kinds = list(self._kinds(separator))
        if not kinds:
            return [], self._marks.blank
        _order_commas(kinds, self._marks.comma_inside)
        self._end_once(kinds)
        text = self._marks.blank if kinds[:1] == ["opening"] else ""
        for kind, following in zip(kinds, [*kinds[1:], "words"], strict=True):
            text += "\n" if kind == "line" else getattr(self._marks, kind)
            if kind not in ("line", "opening") and following in ("words", "opening"):
                text += self._marks.blank
        return kinds, text

    def _end_once(self, kinds: list[str]) -> None:
        """Of two signs at the end of a sentence, its own and one that follows it, leave the stronger one."""
        sign = next((kind for kind in kinds[:2] if kind in ("colon", "comma", "stop")), None)
        if sign is None:
            return
        if self.text[-1:] not in ("?", "!", "？", "！"):
            self.text = self.text.rstrip(_STOPS)
        elif sign == "stop" or (sign == "comma" and self._language != "de"):  # „Komm!“, sagte er
            kinds.remove(sign)

    def _kinds(self, separator: str) -> Iterator[str]:
        for match in _TOKEN.finditer(separator):
            kind = str(match.lastgroup)
            if kind == "mark":
                kind = "closing" if self._is_open else "opening"
                self._is_open = not self._is_open
            yield kind

    def _cased(self, kinds: list[str], source: str, target: str) -> str:
        """A translation, with a small letter if it goes on after what was said, with a capital if it is said."""
        if kinds[-1:] == ["opening"] and source[:1].isupper():
            return target[:1].upper() + target[1:]
        goes_on = "closing" in kinds[:2] and "opening" not in kinds and "line" not in kinds
        first = source[:1]
        has_no_case = first.lower() == first.upper() or re.match(r"I\b", source)
        is_small = first.islower() or ("comma" in kinds and has_no_case)
        word = re.split(r"\W", target, maxsplit=1)[0]
        if not goes_on or not is_small or self._language == "de" or word == "I" or word in re.split(r"\W", source):
            return target
        return target[:1].lower() + target[1:]


def _order_commas(kinds: list[str], inside: bool) -> None:
    """Put each comma beside a closing mark before it, or behind it."""
    order = ["comma", "closing"] if inside else ["closing", "comma"]
    for place in range(len(kinds) - 1):
        if kinds[place : place + 2] == order[::-1]:
            kinds[place : place + 2] = order


def _is_word(text: str) -> bool:
    return any(map(str.isalnum, text))
