"""How often the same pieces follow each other. Plain values; no PyTorch."""

from collections.abc import Hashable, Sequence

LONGEST_PERIOD = 12
"""Pieces that come back in a loop, at most."""


def repeats(pieces: Sequence[Hashable]) -> int:
    """How many times the same pieces follow each other, at most: 3 for `a b a b a b`, 1 for `a b`, 0 for nothing."""
    if len(set(pieces)) == len(pieces):
        return min(1, len(pieces))
    return max(times for _, _, times in runs(pieces))


def runs(pieces: Sequence[Hashable]) -> list[tuple[int, int, int]]:
    """Where pieces follow themselves: the end of each repetition, its length, and how many times it stood there then.

    The first entry says that a piece, if there is any, stands there once.
    """
    found = [(min(1, len(pieces)), 1, min(1, len(pieces)))]
    for period in range(1, min(LONGEST_PERIOD, len(pieces) // 2) + 1):
        equal = 0
        for place in range(period, len(pieces)):
            equal = equal + 1 if pieces[place] == pieces[place - period] else 0
            if equal >= period:
                found.append((place + 1, period, equal // period + 1))
    return found
