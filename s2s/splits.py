"""Honest splits: no text of a held-out pair is seen in training."""

import random
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import combinations

from s2s.corpora import Pair
from s2s.errors import DataError

RARE = 20
"""Pairs that a word is found in at most, to count as a name."""
NAMES = 3
"""Names that two texts of one family share, wherever they stand."""
NEIGHBOURS = 10
"""Rows between two texts of one family at most, if they share a single name."""


def plain(text: str) -> str:
    """A text without case, punctuation and what the piece model evens out (NFKC)."""
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", text).lower()).strip()


def keys_of(pair: Pair, *, shared_targets: bool = False) -> tuple[str, ...]:
    """The two sides, plain and told apart; with `shared_targets`, the source alone."""
    source, target = "source " + plain(pair.source), "target " + plain(pair.target)
    return (source,) if shared_targets else (source, target)


def split_by_groups(
    pairs: Sequence[Pair],
    sizes: Sequence[int],
    seed: int,
    seen: Set[str] = frozenset(),
    *,
    families: bool = False,
    shared_targets: bool = False,
) -> tuple[list[int], list[list[int]]]:
    """Rows for training, and rows for each held-out split, so that no two of them share a source or a target.

    A random split would put one translation of a sentence into training and another into the test, and so measure
    memory. Whole groups (connected by a shared side, compared without case and punctuation) go to one split, drawn at
    random, until it has its size. A group with a text of `seen` (plain, as a parent of the model has seen them) is for
    training. With `families`, pairs of one family (`family_links`) are in one group too. With `shared_targets`, targets
    may be the same on both sides, as many questions have one answer.
    """
    keys = [keys_of(pair, shared_targets=shared_targets) for pair in pairs]
    groups = _groups(keys, family_links(pairs) if families else ())
    random.Random(seed).shuffle(groups)
    known: list[list[int]] = []
    fresh: list[list[int]] = []
    for group in groups:
        texts = (key.partition(" ")[2] for row in group for key in keys[row])
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


def family_links(pairs: Sequence[Pair]) -> Iterator[tuple[int, int]]:
    """Rows of two pairs that are about the same thing, such as the packages that are made of one program.

    What a thing is called is rare: a word of at least three letters or digits, not digits alone, that at most `RARE`
    pairs have on either side, is taken for a name. Two pairs are of one family if they share `NAMES` names, or a single
    one and stand close together, at most `NEIGHBOURS` rows apart: lists of packages, products or articles are in the
    order of their names. (Families of families are joined. One shared name at any distance would join nearly all.)
    """
    rows: dict[str, list[int]] = defaultdict(list)
    for row, pair in enumerate(pairs):
        for word in set(plain(f"{pair.source} {pair.target}").split()):
            if len(word) >= 3 and not word.isdigit():
                rows[word].append(row)
    shared: Counter[tuple[int, int]] = Counter()
    for found in rows.values():
        if len(found) <= RARE:
            shared.update(combinations(found, 2))
    for (first, second), names in shared.items():
        if names >= NAMES or second - first <= NEIGHBOURS:
            yield first, second


def _groups(keys: Sequence[Sequence[str]], links: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Rows that are connected by keys or links."""
    parents: dict[str, str] = {}

    def root(side: str) -> str:
        while parents.setdefault(side, side) != side:
            parents[side] = side = parents[parents[side]]
        return side

    for first_key, *others in keys:
        for key in others:
            parents[root(first_key)] = root(key)
    for first, second in links:
        parents[root(keys[first][0])] = root(keys[second][0])
    groups = defaultdict(list)
    for row, (first_key, *_) in enumerate(keys):
        groups[root(first_key)].append(row)
    return list(groups.values())
