"""Test pairs by the length of their sources: enough of every length for a score, long ones made where there are few."""

import random
from collections.abc import Sequence
from typing import NamedTuple

from s2s.corpora import Pair
from s2s.metrics import LENGTH_BUCKETS, bucket_name, bucket_of

WIDTH = 10
"""Lengths that the last bucket, which is open, gets joined pairs of: 31 to 40 words."""

_TRIES = 200


class Group(NamedTuple):
    """The pairs of one bucket."""

    words: str
    """Such as 16-20."""
    pairs: list[Pair]
    joined: int
    """Of them: made of several pairs, one text after the other."""


def group_by_length(pairs: Sequence[Pair], size: int, seed: int = 1) -> list[Group]:
    """At most `size` pairs of every length bucket, drawn at random; a bucket that can have none is left out.

    Where a bucket has fewer than `size` pairs, others are made for it: pairs drawn at random follow each other until
    their source has a length of the bucket, also drawn at random. The same seed gives the same groups.
    """
    generator = random.Random(seed)
    natural: list[list[Pair]] = [[] for _ in LENGTH_BUCKETS]
    for pair in pairs:
        natural[bucket_of(pair.source)].append(pair)
    groups = []
    for index, (first, last) in enumerate(LENGTH_BUCKETS):
        there = generator.sample(natural[index], min(size, len(natural[index])))
        lacking = range(size - len(there)) if index else ()  # nothing is shorter than the shortest
        made = [_join(pairs, first, last or first + WIDTH - 1, generator) for _ in lacking]
        joined = [pair for pair in made if pair]
        if there or joined:
            groups.append(Group(bucket_name(index), [*there, *joined], len(joined)))
    return groups


def _join(pairs: Sequence[Pair], first: int, last: int, generator: random.Random) -> Pair | None:
    for _ in range(_TRIES):
        wanted, words = generator.randint(first, last), 0
        chosen: list[Pair] = []
        while words < wanted:
            chosen.append(generator.choice(pairs))
            words += len(chosen[-1].source.split())
        if len(chosen) > 1 and words <= last:
            return Pair(*(" ".join(pair[side] for pair in chosen) for side in (0, 1)))
    return None
