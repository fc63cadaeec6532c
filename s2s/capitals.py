"""TEXT IN CAPITALS: read without them, and its translation written in them, since a model has seen next to none."""

SHORTEST_WORD = 5
"""Letters of a single word that counts; shorter ones are names, such as NATO."""

SHORTEST_TEXT = 3
"""Letters of several words."""


def is_in_capitals(text: str) -> bool:
    """Whether all letters of a text are capitals, of words enough to tell it from a name in capitals."""
    if text != text.upper() or text == text.lower():
        return False
    words = [sum(map(str.isupper, word)) for word in text.split()]
    count = sum(letters > 0 for letters in words)
    return sum(words) >= (SHORTEST_WORD if count == 1 else SHORTEST_TEXT)
