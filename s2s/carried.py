"""What is carried over as it is: addresses, numbers, emoji, markup, words that a model does not know.

A placeholder stands for each in the model's text. A small model cannot spell `https://…` or a rare name piece by piece
without slips, and need not: it learns where a placeholder goes.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import regex

MOST_PLACEHOLDERS = 10
FEWEST_TIMES = 5
"""That a word stands in lower case, to be an ordinary one."""
FEWEST_TRANSLATED = 3
"""Times that a name stands in the sources, to be one that a model can translate."""

_PLACEHOLDER = regex.compile(r"⟦([0-9])⟧")
_WITH_BLANK = regex.compile(rf"( ?){_PLACEHOLDER.pattern}")
_WORD = "A-Za-z0-9_"
_CURRENCIES = "$€£¥₹"
_KINDS = (
    _PLACEHOLDER.pattern,  # one that a user typed
    r"(?:https?://|www\.)[!-~--<>\"]*[!-~--<>\".,;:!?)\]']",
    rf"(?<![{_WORD}.+\-])[{_WORD}.+\-]+@[{_WORD}\-]+(?:\.[{_WORD}\-]+)*\.[{_WORD}]+",
    r"</?[A-Za-z][^<>]{0,200}>",
    r"`[^`\n]{1,200}`",
    rf"(?<![{_WORD}])[@#][{_WORD}]+",
    r"(?:\p{Regional_Indicator}{2}|[0-9#*]\uFE0F?\u20E3"  # flags, keys, emoji with what is joined to them
    r"|[\p{Extended_Pictographic}--[©®™〰〽]](?:\uFE0F|\p{Emoji_Modifier}|\u200D\p{Extended_Pictographic})*)+",
    rf"(?<![{_WORD}])(?:[0-9]{{1,2}}[hH][0-9]{{2}}"  # a French time
    rf"|(?:[{_CURRENCIES}][ \u00a0]?)?"  # numbers, times, dates, prices, percentages
    rf"\+?[0-9]+(?:[.,:/'’\-][0-9]+|[ \u00a0\u202f][0-9]{{2,4}}(?![{_WORD}]))*"
    rf"(?:[ \u00a0\u202f]?[%‰{_CURRENCIES}])?)(?![{_WORD}])",
)
_LATIN, _OTHER = r"[\p{Latin}\p{M}]", r"[[\p{L}\p{M}]--[\p{Latin}\p{Han}]]"
_WORD_OF_LETTERS = (
    rf"(?P<word>\p{{Latin}}{_LATIN}*(?:-\p{{Latin}}{_LATIN}*)*|\p{{Han}}|[\p{{L}}--[\p{{Latin}}\p{{Han}}]]{_OTHER}*)"
)
"""A word; a Chinese character is one by itself, since nothing says where a word of several ends."""
_HAN, _JOINED = regex.compile(r"\p{Han}+"), r"[\p{L}--\p{Han}]"
_LETTERS = regex.compile(_WORD_OF_LETTERS, regex.V1)
_SPAN = regex.compile("|".join([*_KINDS, _WORD_OF_LETTERS]), regex.V1)
_PLAIN = regex.compile(r"(?!.*www\.)[\p{L}\p{M}\s.,;:!?'\"()…’“”«»–—-]*", regex.DOTALL)
"""Text of words and the usual signs, with nothing of the other kinds in it."""
_BEFORE_A_SENTENCE = regex.compile(r"(?:^|[.!?…:;\-–—])[^\p{L}\p{N},]*$", regex.V1)

IsCarried = Callable[[str, str], bool]
"""Says whether a word is carried over, and is told the text before it too."""


def placeholders(count: int) -> list[str]:
    """The first `count` placeholders."""
    return [f"⟦{number}⟧" for number in range(count)]


def mask(text: str, count: int, is_carried: IsCarried | None = None) -> tuple[str, tuple[str, ...]]:
    """Put placeholders for what is carried over, at most `count` different ones.

    Args:
        text: what a user typed.
        count: so many placeholders the model knows.
        is_carried: which words are carried over too; None for no word.

    Returns:
        the text with placeholders, and what each stands for, in their order. A placeholder that stood in the text
        before is carried over too.
    """
    return _put(text, list(_found(text, is_carried))[:count])


def ordinary_words(texts: Iterable[str]) -> set[str]:
    """Words, in lower case, that stand so several times, and more often than with a capital inside a sentence.

    They are no names.
    """
    small: Counter[str] = Counter()
    large: Counter[str] = Counter()
    for text in texts:
        for match in _LETTERS.finditer(text):
            word = match[0]
            if word.islower():
                small[word] += 1
            elif word[0].isupper() and not may_begin(text[: match.start()]):
                large[word.lower()] += 1
    return {word for word, count in small.items() if count >= FEWEST_TIMES and count > large[word]}


def names_said_otherwise(pairs: Iterable[tuple[str, str]]) -> set[str]:
    """Words that have a capital inside a sentence, so several times, and stand in fewer than half of the targets.

    They are names, but a model has learnt to translate them: `Germany`, `Friday`.
    """
    every: Counter[str] = Counter()
    same: Counter[str] = Counter()
    for source, target in pairs:
        there = {match[0] for match in _LETTERS.finditer(target)}
        inside = [match for match in _LETTERS.finditer(source) if match[0][0].isupper()]
        words = [match[0] for match in inside if not may_begin(source[: match.start()])]
        every.update(words)
        same.update(word for word in words if word in there)
    return {word for word, count in every.items() if count >= FEWEST_TRANSLATED and 2 * same[word] < count}


def words_said_otherwise(pairs: Iterable[tuple[str, str]]) -> set[str]:
    """Words of the sources, in lower case, that stand in fewer than half of the targets as they are.

    They are no names, whether they have a capital or not.
    """
    every: Counter[str] = Counter()
    same: Counter[str] = Counter()
    for source, target in pairs:
        there = {match[0] for match in _LETTERS.finditer(target)}
        words = [match[0] for match in _LETTERS.finditer(source)]
        every.update(word.lower() for word in words)
        same.update(word.lower() for word in words if word[0].isupper() and word in there)
    return {word for word, count in every.items() if 2 * same[word] < count}


def mask_pair(source: str, target: str, count: int) -> tuple[str, str]:
    """Put placeholders for what both sides of a training pair have in common."""
    if count == 0:
        return source, target
    there = set(_found(target))
    spans = [span for span in _found(source) if span in there][:count]
    return _put(source, spans)[0], _put(target, spans)[0]


def mask_as(text: str, carried: Sequence[str]) -> str:
    """Put placeholders for `carried`, which another text was masked with."""
    return _put(text, carried)[0]


def unmask(text: str, carried: Sequence[str], *, complete: bool = True) -> str:
    """Put what was carried over where its placeholders stand.

    A placeholder that stands for nothing is left out with the blank before it. What the model forgot follows at the
    end, if the text is `complete`: nothing is lost.
    """
    written = {int(match[1]) for match in _PLACEHOLDER.finditer(text)}

    def put(match: regex.Match[str]) -> str:
        number = int(match[2])
        return f"{match[1]}{carried[number]}" if number < len(carried) else ""

    text = _WITH_BLANK.sub(put, text) if written else text
    forgotten = [span for number, span in enumerate(carried) if number not in written] if complete else []
    return " ".join([text, *forgotten] if text else forgotten)


def places(masked: str, carried: Sequence[str]) -> list[int]:
    """Where each character of a masked text, and its end, stands in the text before."""
    found, place, rest = [], 0, masked
    marks = dict(zip(placeholders(len(carried)), carried, strict=True))
    while rest:
        mark = next((mark for mark in marks if rest.startswith(mark)), rest[0])
        found += [place] * len(mark)
        place += len(marks.get(mark, mark))
        rest = rest[len(mark) :]
    return [*found, place]


def _found(text: str, is_carried: IsCarried | None = None) -> dict[str, None]:
    """What of `text` is carried over, each once, in the order of the text; words side by side as one."""
    if is_carried is None and _PLAIN.fullmatch(text):
        return {}
    spans: list[tuple[int, int]] = []
    after_word = False
    for match in _SPAN.finditer(text):
        begin, end = match.span()
        is_word = match["word"] is not None
        if is_word and not (is_carried and is_carried(match[0], text[:begin])):
            after_word = False
            continue
        if is_word and after_word and _go_together(text[slice(*spans[-1])], text[spans[-1][1] : begin], match[0]):
            begin = spans.pop()[0]
        spans.append((begin, end))
        after_word = is_word
    return dict.fromkeys(text[begin:end] for begin, end in spans)


def _go_together(before: str, between: str, word: str) -> bool:
    """Whether two words that are carried over are one thing: with a blank between, or as Chinese characters without."""
    if _HAN.fullmatch(word):
        return not between and _HAN.fullmatch(before) is not None
    return between == " "


def may_begin(before: str) -> bool:
    """Whether a word with a capital may begin a sentence, by the text before it."""
    return _BEFORE_A_SENTENCE.search(before) is not None


def _put(text: str, spans: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    if not spans:
        return text, ()
    marks = dict(zip(spans, placeholders(len(spans)), strict=True))
    several = [
        regex.escape(span) if _HAN.fullmatch(span) else rf"(?<!{_JOINED}){regex.escape(span)}(?!{_JOINED})"
        for span in sorted(spans, key=len, reverse=True)
        if " " in span or (len(span) > 1 and _HAN.fullmatch(span))
    ]
    span = regex.compile("|".join([*several, _SPAN.pattern]), regex.V1) if several else _SPAN
    return span.sub(lambda match: marks.get(match[0], match[0]), text), tuple(spans)
