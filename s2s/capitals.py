"""Capitals of a kind that a model has seen next to none of: TEXT IN CAPITALS, and A Text In Title Case.

The first is read without them, and its translation is written in them; the second is read, and translated, as a
sentence.
"""

from collections.abc import Callable

import regex

SHORTEST_WORD = 5
"""Letters of a single word that counts; shorter ones are names, such as NATO."""

SHORTEST_TEXT = 3
"""Letters of several words."""

LONGEST_SMALL_WORD = 3
"""Letters of a word that may stand in a title without a capital, such as `and`."""

FEWEST_CAPITALS = 2
"""Words that have a capital in a title only; one alone may be a name."""

_WORD = regex.compile(r"\p{L}[\p{L}\p{M}'’]*")


def is_in_capitals(text: str) -> bool:
    """Whether all letters of a text are capitals, of words enough to tell it from a name in capitals."""
    if text != text.upper() or text == text.lower():
        return False
    words = [sum(map(str.isupper, word)) for word in text.split()]
    count = sum(letters > 0 for letters in words)
    return sum(words) >= (SHORTEST_WORD if count == 1 else SHORTEST_TEXT)


def without_title_case(text: str, is_small: Callable[[str], bool]) -> str:
    """A Text In Title Case as a sentence: words after the first lose their capitals, but not names.

    Args:
        text: one sentence; any other comes back as it is.
        is_small: says of a word with a capital whether it is better known without.
    """
    others = list(_WORD.finditer(text))[1:]
    if any(match[0][0].islower() and len(match[0]) > LONGEST_SMALL_WORD for match in others):
        return text
    words = [match for match in others if match[0][0].isupper() and is_small(match[0])]
    letters = list(text)
    for match in words if len(words) >= FEWEST_CAPITALS else ():
        letters[match.start()] = match[0][0].lower()
    return "".join(letters)
