"""Prepared pairs to batches of ids: epochs over a file that may be larger than memory, length buckets, a fixed order.

What an update sees follows from the seed and its place (epoch, part, batch) alone, so that a training which was stopped
goes on as if it had not been.
"""

import mmap
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from s2s.augment import augment
from s2s.carried import mask_pair
from s2s.corpora import Pair
from s2s.errors import DataError
from s2s.links import piece_links
from s2s.text import END, PADDING, PieceModel

PART_PAIRS = 100_000
"""Pairs that are held in memory and sorted by length at a time."""

Links = list[tuple[int, int]]


@dataclass(frozen=True)
class Batch:
    """Some pairs as ids, padded on the right.

    source [B, S] and target [B, T]; the target ends with `</s>`; a mask is True at real pieces. links [B, T, S], or
    None: where the attention should be, each row with links sums to 1, the others are 0.
    """

    source: Tensor
    source_mask: Tensor
    target: Tensor
    target_mask: Tensor
    links: Tensor | None = None

    def to(self, device: torch.device) -> "Batch":
        """The same batch on another device."""
        source, source_mask, target, target_mask = (
            tensor.to(device, non_blocking=True)
            for tensor in (self.source, self.source_mask, self.target, self.target_mask)
        )
        return Batch(source, source_mask, target, target_mask, None if self.links is None else self.links.to(device))


def pad(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Ids of different lengths as one tensor [B, S] and its mask."""
    lengths = np.array([len(row) for row in rows])
    mask = np.arange(lengths.max())[None, :] < lengths[:, None]
    ids = np.full(mask.shape, PADDING)
    ids[mask] = [token for row in rows for token in row]
    return torch.from_numpy(ids), torch.from_numpy(mask)


class Corpus:
    """Pairs as ids, given out in batches of about equal work."""

    def __init__(
        self, pairs: Sequence[Pair], pieces: PieceModel, max_length: int, *, sampling: float = 0.0, seed: int = 0
    ) -> None:
        """Encode `pairs`; those with a side of more than `max_length` pieces are left out and counted in `skipped`.

        Args:
            pairs: the texts.
            pieces: what cuts them.
            max_length: pieces of a side, the target's `</s>` included.
            sampling: α of subword regularisation; 0 cuts each text the likeliest way.
            seed: for the sampling.
        """
        masked = [mask_pair(pair.source, pair.target, pieces.placeholders) for pair in pairs]
        sides = [[pair[side] for pair in masked] for side in (0, 1)]
        encoded = [pieces.sample(texts, sampling, 2 * seed + side) for side, texts in enumerate(sides)]
        rows = list(zip(encoded[0], ([*target, END] for target in encoded[1]), strict=True))
        fits = [0 < len(source) <= max_length and 1 < len(target) <= max_length for source, target in rows]
        self.pairs = [row for row, fit in zip(rows, fits, strict=True) if fit]
        self.links: list[Links] | None = None
        if any(pair.links for pair in pairs):
            kept = (item for item, fit in zip(zip(pairs, rows, strict=True), fits, strict=True) if fit)
            self.links = [piece_links(pair.links, pieces, *row) for pair, row in kept]
        self.skipped = len(rows) - len(self.pairs)
        if not self.pairs:
            raise DataError(f"none of {len(rows)} pairs has between 1 and {max_length} pieces on each side")
        self._lengths = np.array([(len(source), len(target)) for source, target in self.pairs])
        self.target_tokens = int(self._lengths[:, 1].sum())
        self.longest_source = int(self._lengths[:, 0].max())

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
        source, source_mask = pad([self.pairs[i][0] for i in indices])
        target, target_mask = pad([self.pairs[i][1] for i in indices])
        links = None
        if self.links is not None:
            links = _link_rows([self.links[i] for i in indices], target.shape[1], source.shape[1])
        return Batch(source, source_mask, target, target_mask, links)

    def tokens(self, indices: Sequence[int]) -> int:
        """Target pieces of the pairs at `indices`."""
        return int(self._lengths[list(indices), 1].sum())


def _link_rows(rows: Sequence[Links], targets: int, sources: int) -> Tensor:
    links = torch.zeros(len(rows), targets, sources)
    for row, pairs in enumerate(rows):
        for source, target in pairs:
            links[row, target, source] = 1.0
    return links / links.sum(dim=-1, keepdim=True).clamp(min=1)


class TrainingData:
    """The prepared training pairs: read from the disk when they are needed, each epoch in another order."""

    def __init__(
        self, path: Path, sizes: Sequence[int], weights: Sequence[float], seed: int, fingerprint: str = ""
    ) -> None:
        """Open train.tsv.

        Args:
            path: the file, its corpora one after the other.
            sizes: pairs of each corpus.
            weights: how often a pair of each corpus is seen in an epoch.
            seed: for the order.
            fingerprint: tells these prepared files from others.
        """
        self._starts = _line_starts(path)
        self.fingerprint = fingerprint
        self.sizes, self.weights, self.seed = list(sizes), list(weights), seed
        if len(self._starts) - 1 != sum(sizes):
            raise DataError(f"{path} has {len(self._starts) - 1} lines, expected {sum(sizes)}: run prepare again")
        with path.open("rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.epoch_pairs = sum(len(rows) for rows in self._rows(0))
        if not self.epoch_pairs:
            raise DataError(f"the weights {self.weights} leave no pair of {sum(sizes)} in an epoch: raise a weight")
        self.parts = -(-self.epoch_pairs // PART_PAIRS)

    def part(self, epoch: int, number: int, augmentation: Mapping[str, float]) -> list[Pair]:
        """The pairs of one part of an epoch, augmented."""
        order = np.concatenate(self._rows(epoch))
        np.random.default_rng((self.seed, epoch, 1)).shuffle(order)
        # In the order of the file: neighbours on the disk, and the batches are shuffled anyway.
        rows = np.sort(np.array_split(order, self.parts)[number])
        pairs = [self._pair(row) for row in rows.tolist()]
        return augment(pairs, augmentation, random.Random(f"{self.seed} {epoch} {number}")) if augmentation else pairs

    def _rows(self, epoch: int) -> list[np.ndarray]:
        """The rows of each corpus in an epoch: whole rounds, and a random share for what is left of the weight."""
        generator = np.random.default_rng((self.seed, epoch, 0))
        starts = np.cumsum([0, *self.sizes])
        parts = []
        for start, size, weight in zip(starts, self.sizes, self.weights, strict=False):
            rounds, rest = divmod(round(weight * size), max(1, size))
            chosen = generator.permutation(size)[:rest]
            parts.append(start + np.concatenate([*[np.arange(size)] * rounds, chosen]))
        return parts

    def _pair(self, row: int) -> Pair:
        line = self._bytes[self._starts[row] : self._starts[row + 1] - 1]
        return Pair(*line.decode("utf-8").split("\t"))


def _line_starts(path: Path) -> np.ndarray:
    """Where each line of a file starts, and its end: 8 bytes a line, whatever the file's size."""
    if not path.stat().st_size:  # nothing cannot be mapped
        return np.zeros(1, dtype=np.int64)
    content = np.memmap(path, dtype=np.uint8, mode="r")
    block = 1 << 24
    ends = [start + np.flatnonzero(content[start : start + block] == 10) for start in range(0, len(content), block)]
    return np.concatenate([np.zeros(1, dtype=np.int64), *(end + 1 for end in ends)])
