"""Honest splits: no text of a held-out pair is seen in training."""

import random
import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence, Set

from s2s.corpora import Pair
from s2s.errors import DataError


def plain(text: str) -> str:
    """A text without case, punctuation and what the piece model evens out (NFKC)."""
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", text).lower()).strip()


def keys_of(pair: Pair) -> tuple[str, str]:
    """The two sides, plain and told apart."""
    return "source " + plain(pair.source), "target " + plain(pair.target)


def split_by_groups(
    pairs: Sequence[Pair], sizes: Sequence[int], seed: int, seen: Set[str] = frozenset()
) -> tuple[list[int], list[list[int]]]:
    """Rows for training, and rows for each held-out split, so that no two of them share a source or a target.

    A random split would put one translation of a sentence into training and another into the test, and so measure
    memory. Whole groups (connected by a shared side, compared without case and punctuation) go to one split, drawn at
    random, until it has its size. A group with a text of `seen` (plain, as a parent of the model has seen them) is for
    training.
    """
    groups = _groups(pairs)
    random.Random(seed).shuffle(groups)
    known: list[list[int]] = []
    fresh: list[list[int]] = []
    for group in groups:
        texts = (plain(text) for row in group for text in pairs[row][:2])
        (fresh if seen.isdisjoint(texts) else known).append(group)
    splits: list[list[int]] = []
    for size in sizes:
        rows: list[int] = []
        while fresh and len(rows) < size:
            rows.extend(fresh.pop())
        splits.append(rows)
    train = [row for group in (*fresh, *known) for row in group]
    if not train:
        raise DataError(f"{len(pairs)} pairs are too few to hold out {' + '.join(map(str, sizes))}")
    return train, splits


def _groups(pairs: Sequence[Pair]) -> list[list[int]]:
    parents: dict[str, str] = {}

    def root(side: str) -> str:
        while parents.setdefault(side, side) != side:
            parents[side] = side = parents[parents[side]]
        return side

    keys = [keys_of(pair) for pair in pairs]
    for source, target in keys:
        parents[root(source)] = root(target)
    groups = defaultdict(list)
    for row, (source, _) in enumerate(keys):
        groups[root(source)].append(row)
    return list(groups.values())
