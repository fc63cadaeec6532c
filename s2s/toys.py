"""Toy tasks: pairs made from a seed, easy enough to be learnt in a minute, each with a heatmap that can be foreseen.

`reverse` spells a word backwards (the anti-diagonal), `sort` puts its letters in order (a permutation), `copy` leaves
out the digits that were strewn in (a staircase), `dates` writes dates as ISO 8601 (s2s/dates.py).
"""

import random
from string import ascii_lowercase, digits
from typing import Literal

from s2s.config import require
from s2s.corpora import Pair
from s2s.dates import make_dates

Toy = Literal["reverse", "sort", "copy", "dates"]

LENGTHS = (1, 16)
"""Letters of the shortest and of the longest string, if nothing else is said."""

NOISE = 0.3
"""How likely a digit stands before a letter, or at the end."""


def make_pairs(toy: Toy, count: int, seed: int, lengths: tuple[int, int] = LENGTHS) -> list[Pair]:
    """Different sources of a toy task with their targets: the same ones for the same seed, on every machine.

    Args:
        toy: which task.
        count: how many pairs.
        seed: of the random choices.
        lengths: letters of the shortest and of the longest string; dates are as long as they are.

    Raises:
        ConfigError: there are not so many different strings; or Babel is not installed, for `dates`.
    """
    if toy == "dates":
        return make_dates(count, seed)
    generator = random.Random(seed)
    strings = _strings(count, generator, *lengths)
    sources = [_strewn(text, generator) for text in strings] if toy == "copy" else strings
    return [Pair(source, answer(toy, source)) for source in sources]


def answer(toy: Toy, source: str) -> str:
    """The right answer to any string; of `dates` there is no rule."""
    match toy:
        case "reverse":
            return source[::-1]
        case "sort":
            return "".join(sorted(source))
        case "copy":
            return "".join(character for character in source if character not in digits)
        case "dates":
            raise ValueError("dates have no rule: make_pairs gives each with its answer")


def make_reversals(count: int, seed: int) -> list[Pair]:
    """Different random strings of 1 to 16 letters, each with its reversal."""
    return make_pairs("reverse", count, seed)


def _strings(count: int, generator: random.Random, shortest: int, longest: int) -> list[str]:
    """Different random strings, each length as likely as the others."""
    most = sum(len(ascii_lowercase) ** length for length in range(shortest, longest + 1)) // 2
    require(
        1 <= count <= most,
        f"of strings of {shortest} to {longest} letters, 1 to {most:,} can be made, got {count:,}: "
        "choose longer ones or fewer",
    )
    strings: dict[str, None] = {}
    while len(strings) < count:
        length = generator.randint(shortest, longest)
        strings["".join(generator.choices(ascii_lowercase, k=length))] = None
    return list(strings)


def _strewn(text: str, generator: random.Random) -> str:
    """The same string with digits strewn in."""
    noises = [generator.choice(digits) if generator.random() < NOISE else "" for _ in range(len(text) + 1)]
    return "".join(noise + letter for noise, letter in zip(noises, [*text, ""], strict=True))
