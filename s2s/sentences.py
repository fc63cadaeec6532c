"""A text as its sentences and what stands between them, so that a translation gets the same line breaks.

What is said in quotation marks are sentences of their own (s2s/quotations.py).
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import sentencex

from s2s.quotations import Retelling, speech_parts

_NO_END = {"fr": re.compile(r"(?:^|[\s(«\"'’])(?:[A-Z]|MM|Mlle|Mme|Dr|Pr|[Cc]\.-à-d)\.$")}
"""Titles and initials that sentencex takes for the end of a sentence."""

_NUMBER = re.compile(r"\d{1,3}\.")
_OPENING, _CLOSING = set("“‘「『《（"), set("”’」』》）")


class Passage(NamedTuple):
    """A text cut into sentences; nothing of it is lost."""

    sentences: tuple[str, ...]
    """Each on one line, never blank, without blanks around it."""
    separators: tuple[str, ...]
    """What stands before each sentence, and behind the last one."""

    @property
    def text(self) -> str:
        """The text that was cut."""
        return "".join(map("".join, zip(self.separators, (*self.sentences, ""), strict=True)))

    def join(self, targets: Sequence[str], language: str = "") -> str:
        """Put translations of the first sentences, or of all, together as the sentences stand: the same line breaks.

        Args:
            targets: one a sentence; may end early.
            language: of the translations; says whether a blank stands between two of them, and how speech is marked.
        """
        told = Retelling(_main_part(language))
        for separator, source, target in zip(self.separators, self.sentences, targets, strict=False):
            told.add(separator, source, target)
        if len(targets) == len(self.sentences):
            told.end(self.separators[-1])
        return told.text.rstrip("\n")


def language_to_split(source_language: str, target_language: str) -> str | None:
    """The language by whose rules sources are split; None if only line breaks end a sentence.

    Sentences are translated one by one, but a headline, an answer or letters in another order are made of the whole
    text: its two sides have the same language, or none with a code of two or three letters. The rules know many
    languages; those of English are used for the others.
    """
    source, target = _main_part(source_language), _main_part(target_language)
    return source if source != target and re.fullmatch("[a-z]{2,3}", source) else None


def split_sentences(text: str, language: str | None) -> Passage:
    """Cut a text at the ends of its sentences and lines, or at the ends of lines alone if `language` is None."""
    sentences, separators, rest = [], [], 0
    for sentence in (found for line in text.splitlines() for found in _sentences(line.strip(), language)):
        start = text.index(sentence, rest)
        separators.append(text[rest:start])
        sentences.append(sentence)
        rest = start + len(sentence)
    return Passage(tuple(sentences), (*separators, text[rest:]))


def _sentences(line: str, language: str | None) -> Iterator[str]:
    """The sentences of one line. What is cut is looked at again, until each one stays as it is."""
    todo = [line] if line else []
    while todo:
        sentence = todo.pop()
        parts = [] if language is None else speech_parts(sentence) or _cut(sentence, language)
        if parts and parts != [sentence]:
            todo.extend(reversed(parts))
        else:
            yield sentence


def _cut(line: str, language: str) -> list[str]:
    parts = [""]
    for part in sentencex.segment(language, line):
        if parts[-1] and _is_end(parts[-1], part, language):
            parts.append(part)
        else:
            parts[-1] += part
    return [part.strip() for part in parts]


def _is_end(left: str, right: str, language: str) -> bool:
    """Whether a sentence ends between two parts that sentencex tells apart."""
    if not (_has_letters(left) and _has_letters(right)):  # quotes, an emoji, the marks of a list
        return False
    before = left.rstrip()
    if before == left and not right[0].isspace():  # no blank between them: Chinese, or `C.-à-d.`
        if before[-1] in _CLOSING:
            return right[0] in _OPENING  # and not in “你好。”他说。
        return any(unicodedata.east_asian_width(character) in "WF" for character in (before[-1], right[0]))
    no_end = _NO_END.get(language)
    return not (_NUMBER.fullmatch(before) or (no_end and no_end.search(before)))


def _has_letters(text: str) -> bool:
    return any(map(str.isalnum, text))


def _main_part(language: str) -> str:
    """`zh` of `zh-Hans`."""
    return re.split("[-_]", language.lower(), maxsplit=1)[0]
