"""Prepared pairs to batches of ids: epochs over a file that may be larger than memory, length buckets, a fixed order.

What an update sees follows from the seed and its place (epoch, part, batch) alone, so that a training which was stopped
goes on as if it had not been.
"""

import mmap
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from s2s.audio import Frames
from s2s.augment import augment
from s2s.carried import mask_pair
from s2s.corpora import Pair
from s2s.errors import DataError
from s2s.links import piece_links, pieces_of_words, place_links
from s2s.pieces import END, PADDING, UNKNOWN
from s2s.sounds import Clips
from s2s.text import NOTHING_READ, PieceModel, Reading

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


def pad_frames(rows: Sequence[Frames]) -> tuple[Tensor, Tensor]:
    """Frames of different lengths as one tensor [B, S, F] and its mask [B, S]."""
    lengths = torch.tensor([len(row) for row in rows])
    frames = torch.nn.utils.rnn.pad_sequence([torch.from_numpy(row) for row in rows], batch_first=True)
    return frames, torch.arange(frames.shape[1])[None, :] < lengths[:, None]


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
        self.pieces = pieces
        masked = [mask_pair(pair.source, pair.target, pieces.placeholders) for pair in pairs]
        sources = self._sources([pair[0] for pair in masked], sampling, 2 * seed)
        targets = pieces.sample([pair[1] for pair in masked], sampling, 2 * seed + 1)
        rows = list(zip(sources, ([*target, END] for target in targets), strict=True))
        fits = [0 < len(source) <= max_length and 1 < len(target) <= max_length for source, target in rows]
        self.pairs = [row for row, fit in zip(rows, fits, strict=True) if fit]
        self._links: list[str] | None = None
        if any(pair.links for pair in pairs):
            self._links = [pair.links for pair, fit in zip(pairs, fits, strict=True) if fit]
        self.skipped = len(rows) - len(self.pairs)
        if not self.pairs:
            raise DataError(f"none of {len(rows)} pairs has between 1 and {max_length} pieces on each side")
        self._lengths = np.array([(len(source), len(target)) for source, target in self.pairs])
        self.target_tokens = int(self._lengths[:, 1].sum())
        self.longest_source = int(self._lengths[:, 0].max())

    def _sources(self, texts: Sequence[str], sampling: float, seed: int) -> Sequence[Any]:
        """What is kept of each source; `len` gives its length."""
        return self.pieces.sample(texts, sampling, seed)

    def _pad(self, sources: Sequence[Any]) -> tuple[Tensor, Tensor]:
        """Some of them as the model reads them, and their mask."""
        return pad(sources)

    def _place(self, links: str, source: Any, target: Sequence[int]) -> Links:
        """Links between words as links between what the encoder writes for a source, and target pieces."""
        return piece_links(links, self.pieces, source, target)

    def _states(self, length: int) -> int:
        """How many states an encoder writes for a source of this length."""
        return length

    def read(self, pairs: Sequence[Pair]) -> tuple[list[Reading], Tensor, Tensor]:
        """The sources of other pairs as a user's are read, ready for a search: readings, source, mask [B, S]."""
        readings = [self.pieces.read(pair.source) for pair in pairs]
        return readings, *pad([reading.ids or [UNKNOWN] for reading in readings])

    def batches(self, tokens: int, seed: int, together: int = 1) -> list[list[int]]:
        """One epoch: indices of the pairs of each batch, at most `tokens` target pieces with padding a batch.

        Pairs of one batch have nearly the same lengths, so that little is padded, and so have `together` batches, one
        after the other, so that those who compute one each are done at the same time; but the last few, which make no
        whole group. Which pairs stand together, and the order of the groups, follow from `seed` alone.
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
        left = set(generator.choice(len(batches), len(batches) % together, replace=False).tolist())
        whole = [batch for number, batch in enumerate(batches) if number not in left]
        groups = [whole[start : start + together] for start in range(0, len(whole), together)]
        shuffled = [batch for index in generator.permutation(len(groups)) for batch in groups[index]]
        return shuffled + [batches[number] for number in sorted(left)]

    def batch(self, indices: Sequence[int]) -> Batch:
        """The pairs at `indices` as tensors."""
        source, source_mask = self._pad([self.pairs[i][0] for i in indices])
        target, target_mask = pad([self.pairs[i][1] for i in indices])
        links = None
        if self._links is not None:
            rows = [self._place(self._links[i], *self.pairs[i]) for i in indices]
            links = _link_rows(rows, target.shape[1], self._states(source.shape[1]))
        return Batch(source, source_mask, target, target_mask, links)

    def tokens(self, indices: Sequence[int]) -> int:
        """Target pieces of the pairs at `indices`."""
        return int(self._lengths[list(indices), 1].sum())


class Spoken(NamedTuple):
    """A source that is a sound, as a line of s2s/sounds.py."""

    line: str
    frames: int  # nearly

    def __len__(self) -> int:
        return self.frames


class SpokenCorpus(Corpus):
    """Pairs whose sources are sounds: their frames are made when a batch is."""

    def __init__(
        self,
        pairs: Sequence[Pair],
        pieces: PieceModel,
        max_length: int,
        *,
        clips: Clips,
        frames_a_state: int = 1,
        sampling: float = 0.0,
        seed: int = 0,
    ) -> None:
        """As `Corpus`, where `max_length` is that of frames too.

        Args:
            pairs: lines of s2s/sounds.py, and what is heard; `0-0 1-2` links the clips of a line to words.
            pieces: what cuts the targets.
            max_length: pieces of a target, and frames of a sound.
            clips: the sounds that the lines name.
            frames_a_state: how many of them the encoder reads into one state.
            sampling: as `Corpus`.
            seed: as `Corpus`.
        """
        self._clips, self._frames_a_state = clips, frames_a_state
        super().__init__(pairs, pieces, max_length, sampling=sampling, seed=seed)

    def _sources(self, texts: Sequence[str], sampling: float, seed: int) -> Sequence[Spoken]:
        return [Spoken(line, self._clips.length(line)) for line in texts]

    def _pad(self, sources: Sequence[Spoken]) -> tuple[Tensor, Tensor]:
        return pad_frames([self._clips.frames(source.line) for source in sources])

    def _place(self, links: str, source: Spoken, target: Sequence[int]) -> Links:
        spans = self._clips.spans(source.line)
        states = {
            number: range(begin // self._frames_a_state, max(begin + 1, end) // self._frames_a_state)
            for number, (begin, end) in enumerate(spans)
        }
        return place_links(links, states, pieces_of_words(self.pieces, target))

    def _states(self, length: int) -> int:
        return -(-length // self._frames_a_state)

    def read(self, pairs: Sequence[Pair]) -> tuple[list[Reading], Tensor, Tensor]:
        """The sounds of other pairs, ready for a search; there is nothing to be read in them."""
        return [NOTHING_READ] * len(pairs), *pad_frames([self._clips.frames(pair.source) for pair in pairs])


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
