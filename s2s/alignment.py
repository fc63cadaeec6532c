"""Word alignments: links from attention, two directions as one, and how good links are (Och & Ney 2003).

A link (i, j) says that source word i and target word j belong together, both from 0. Its text is Pharaoh's: `0-0 1-2`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from s2s.corpora import read_lines
from s2s.errors import DataError

Link = tuple[int, int]
Links = frozenset[Link]
Symmetrization = Literal["intersection", "union", "grow-diag-final-and"]

MOSTLY = 0.5
"""Share of a target word's weight that must rest on words for it to be linked."""

_GOLD_LINK = re.compile(r"(\d+)([-p])(\d+)")
_NEIGHBOURS = [(row, column) for row in (-1, 0, 1) for column in (-1, 0, 1) if row or column]


def links_of(weights: np.ndarray) -> Links:
    """Link each target word to the source word that it looks at most.

    Args:
        weights: attention [target, source] between words; a row sums to 1 less what rests on no word, as on `</s>`.
            Where that is most of it, the target word has no link.
    """
    if not weights.size:
        return frozenset()
    best = weights.argmax(axis=1).tolist()
    return frozenset((source, target) for target, source in enumerate(best) if weights[target].sum() >= MOSTLY)


def to_pharaoh(links: Links) -> str:
    """`0-0 1-2`, by source word."""
    return " ".join(f"{source}-{target}" for source, target in sorted(links))


def turned(links: Links) -> Links:
    """Links of the other direction, as source and target of this one."""
    return frozenset((source, target) for target, source in links)


def symmetrize(forward: Links, backward: Links, method: Symmetrization) -> Links:
    """Make one alignment of those of two directions, both written as (source, target).

    `grow-diag-final-and` begins with the links that both have, adds neighbours of links (also diagonal ones) that one
    of them has, where a word would be left without, and at the end links between two words that have none (Koehn, Och
    & Marcu 2003, section 3.1; the `and` is Koehn et al. 2005).
    """
    if method == "intersection":
        return forward & backward
    if method == "union":
        return forward | backward
    links = set(forward & backward)
    sources, targets = {source for source, _ in links}, {target for _, target in links}

    def add(link: Link) -> None:
        links.add(link)
        sources.add(link[0])
        targets.add(link[1])

    waiting = sorted(links)
    while waiting:
        source, target = waiting.pop(0)
        for down, right in _NEIGHBOURS:
            link = source + down, target + right
            one_is_free = link[0] not in sources or link[1] not in targets
            if link in forward | backward and link not in links and one_is_free:
                add(link)
                waiting.append(link)
    for direction in (forward, backward):
        for link in sorted(direction):
            if link[0] not in sources and link[1] not in targets:
                add(link)
    return frozenset(links)


class GoldPair(NamedTuple):
    """A pair of tokenised texts with the links that people drew."""

    source: str
    target: str
    sure: Links
    possible: Links
    """The sure ones too."""

    def turned(self) -> "GoldPair":
        """The same pair with its target as its source."""
        return GoldPair(self.target, self.source, turned(self.sure), turned(self.possible))


@dataclass
class Gold:
    """A gold file, and what was left out of it."""

    pairs: list[GoldPair] = field(default_factory=list)
    repeated: int = 0
    """Rows whose texts stood there before."""
    out_of_range: int = 0
    """Links to words that a text does not have."""


def read_gold(path: Path) -> Gold:
    """Read a gold file: source, tab, target, tab, links `i-j` (sure) and `ipj` (possible), words numbered from 1.

    Raises:
        DataError: the file is missing or damaged, or a line has another form.
    """
    gold, seen = Gold(), set()
    for number, line in enumerate(read_lines(path), 1):
        columns = line.split("\t")
        matches = [_GOLD_LINK.fullmatch(text) for text in columns[-1].split()]
        if len(columns) != 3 or None in matches:
            raise DataError(
                f"{path}, line {number}: expected source, tab, target, tab, links like 1-1 2p3: {line!r:.80}"
            )
        source, target = columns[:2]
        if (source, target) in seen:
            gold.repeated += 1
            continue
        seen.add((source, target))
        links: dict[str, set[Link]] = {"-": set(), "p": set()}
        for match in filter(None, matches):
            link = int(match[1]) - 1, int(match[3]) - 1
            if 0 <= link[0] < len(source.split()) and 0 <= link[1] < len(target.split()):
                links[match[2]].add(link)
            else:
                gold.out_of_range += 1
        gold.pairs.append(GoldPair(source, target, frozenset(links["-"]), frozenset(links["-"] | links["p"])))
    return gold


@dataclass(frozen=True)
class AlignmentScore:
    """How good links are, each from 0 to 1."""

    error_rate: float
    """AER = 1 - (|A ∩ S| + |A ∩ P|) / (|A| + |S|)."""
    precision: float
    """|A ∩ P| / |A|."""
    recall: float
    """|A ∩ S| / |S|."""


def score_links(found: Sequence[Links], gold: Iterable[GoldPair]) -> AlignmentScore:
    """Compare links A with sure ones S and possible ones P, over a corpus (Och & Ney 2003, section 5.1).

    Where nothing was found, or nothing is sure, the precision or the recall is 1: nothing is wrong, or missing.

    Args:
        found: the links of each pair.
        gold: the same pairs.
    """
    links = sure = right = hit = 0
    for ours, pair in zip(found, gold, strict=True):
        links += len(ours)
        sure += len(pair.sure)
        right += len(ours & pair.possible)
        hit += len(ours & pair.sure)
    return AlignmentScore(
        error_rate=1 - (hit + right) / (links + sure) if links + sure else 0.0,
        precision=right / links if links else 1.0,
        recall=hit / sure if sure else 1.0,
    )
