"""Pairs of texts to batches of ids: honest splits, length buckets, an order that can be resumed."""

import gzip
import random
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from s2s.config import DataConfig
from s2s.errors import DataError
from s2s.files import write_text_whole
from s2s.text import END, PADDING, PieceModel

Pair = tuple[str, str]


def read_pairs(path: Path) -> list[Pair]:
    """Read a TSV file of pairs, plain or gzip'd; blanks around a side are dropped, further columns left aside."""
    if not path.is_file():
        raise DataError(f"there is no data file {path}: the recipe's data.files names it. Put it there first.")
    opener = gzip.open if path.suffix == ".gz" else open
    pairs = []
    try:
        with opener(path, "rt", encoding="utf-8", newline="\n") as lines:
            for number, line in enumerate(lines, 1):
                source, tab, rest = line.rstrip("\r\n").partition("\t")
                target = rest.partition("\t")[0].strip()
                if not tab or not source.strip() or not target:
                    raise DataError(f"{path}, line {number}: expected source, tab, target; found {line[:80]!r}")
                pairs.append((source.strip(), target))
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} cannot be read after line {len(pairs)}: {error}") from None
    return pairs


def write_pairs(path: Path, pairs: Sequence[Pair]) -> None:
    """Write pairs as TSV."""
    write_text_whole(path, "".join(f"{source}\t{target}\n" for source, target in pairs))


def make_reversals(count: int, seed: int) -> list[Pair]:
    """Different random strings of 1 to 16 letters, each with its reversal."""
    generator = random.Random(seed)
    strings: dict[str, None] = {}
    while len(strings) < count:
        length = generator.randint(1, 16)
        strings["".join(generator.choices("abcdefghijklmnopqrstuvwxyz", k=length))] = None
    return [(text, text[::-1]) for text in strings]


def split_by_groups(pairs: Sequence[Pair], config: DataConfig) -> tuple[list[Pair], list[Pair], list[Pair]]:
    """Training, validation and test pairs that share no source and no target, compared without case and punctuation.

    A random split would put one translation of a sentence into training and another into the test, and so measure
    memory. Whole groups (connected by a shared side) go to one split, drawn at random.
    """
    groups = _groups(pairs)
    random.Random(config.seed).shuffle(groups)
    splits: list[list[Pair]] = []
    for size in (config.valid_pairs, config.test_pairs):
        held_out: list[Pair] = []
        while groups and len(held_out) < size:
            held_out.extend(groups.pop())
        splits.append(held_out)
    train = [pair for group in groups for pair in group]
    if not train:
        raise DataError(f"{len(pairs)} pairs are too few to hold out {config.valid_pairs} + {config.test_pairs}")
    return train, splits[0], splits[1]


def _groups(pairs: Sequence[Pair]) -> list[list[Pair]]:
    parents: dict[str, str] = {}

    def root(side: str) -> str:
        while parents.setdefault(side, side) != side:
            parents[side] = side = parents[parents[side]]
        return side

    def plain(text: str) -> str:
        return re.sub(r"[\W_]+", " ", text.lower()).strip()

    keys = [("source " + plain(source), "target " + plain(target)) for source, target in pairs]
    for source, target in keys:
        parents[root(source)] = root(target)
    groups = defaultdict(list)
    for pair, (source, _) in zip(pairs, keys, strict=True):
        groups[root(source)].append(pair)
    return list(groups.values())


@dataclass(frozen=True)
class Batch:
    """Some pairs as ids, padded on the right.

    source [B, S] and target [B, T]; the target ends with `</s>`; a mask is True at real pieces.
    """

    source: Tensor
    source_mask: Tensor
    target: Tensor
    target_mask: Tensor

    def to(self, device: torch.device) -> "Batch":
        """The same batch on another device."""
        tensors = (self.source, self.source_mask, self.target, self.target_mask)
        return Batch(*(tensor.to(device, non_blocking=True) for tensor in tensors))


def pad(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Ids of different lengths as one tensor [B, S] and its mask."""
    lengths = torch.tensor([len(row) for row in rows])
    ids = torch.full((len(rows), int(lengths.max())), PADDING)
    for index, row in enumerate(rows):
        ids[index, : len(row)] = torch.tensor(row)
    return ids, torch.arange(ids.shape[1])[None, :] < lengths[:, None]


class Corpus:
    """Pairs as ids, given out in batches of about equal work."""

    def __init__(self, pairs: Sequence[Pair], pieces: PieceModel, max_length: int) -> None:
        """Encode `pairs`; those with a side of more than `max_length` pieces are left out and counted in `skipped`."""
        encoded = [(pieces.encode(source), [*pieces.encode(target), END]) for source, target in pairs]
        self.pairs = [(s, t) for s, t in encoded if 0 < len(s) <= max_length and 1 < len(t) <= max_length]
        self.skipped = len(encoded) - len(self.pairs)
        if not self.pairs:
            raise DataError(f"none of {len(pairs)} pairs has between 1 and {max_length} pieces on each side")
        self._lengths = np.array([(len(source), len(target)) for source, target in self.pairs])
        self.target_tokens = int(self._lengths[:, 1].sum())

    def batches(self, tokens: int, seed: int) -> list[list[int]]:
        """One epoch: indices of the pairs of each batch, at most `tokens` target pieces with padding a batch.

        Pairs of one batch have nearly the same lengths, so that little is padded; which of them stand together, and
        the order of the batches, follow from `seed` alone.
        """
        generator = np.random.default_rng(seed)
        order = generator.permutation(len(self.pairs))
        lengths = self._lengths[order]
        order = order[np.lexsort((lengths[:, 0], lengths[:, 1]))]
        batches: list[list[int]] = []
        current: list[int] = []
        for index in order.tolist():
            if current and (len(current) + 1) * self._lengths[index, 1] > tokens:
                batches.append(current)
                current = []
            current.append(index)
        batches.append(current)
        return [batches[index] for index in generator.permutation(len(batches))]

    def batch(self, indices: Sequence[int]) -> Batch:
        """The pairs at `indices` as tensors."""
        return Batch(*pad([self.pairs[i][0] for i in indices]), *pad([self.pairs[i][1] for i in indices]))


def read_lines(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 text file, without their ends."""
    try:
        with path.open(encoding="utf-8", newline="\n") as lines:
            for line in lines:
                yield line.rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as UTF-8 text: {error}") from None
