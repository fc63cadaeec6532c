"""Two translations of one sentence, word by word."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True)
class Part:
    """Some words that follow each other."""

    words: tuple[str, ...]
    is_new: bool
    """Whether the other translation has other words there."""


def differences(before: Sequence[str], after: Sequence[str]) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """The words of two translations in parts: what both have, and what only one of them has."""
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    one: list[Part] = []
    other: list[Part] = []
    for kind, begin, end, new_begin, new_end in matcher.get_opcodes():
        for parts, words in ((one, before[begin:end]), (other, after[new_begin:new_end])):
            if words:
                parts.append(Part(tuple(words), kind != "equal"))
    return tuple(one), tuple(other)
