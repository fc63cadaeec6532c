"""What of a hypothesis is looked at: its pieces or their words, with `</s>` or without, and by which colours.

Plain values and numpy; no PyTorch. Figures, tables and exported files all show the same `Grid`.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from s2s.config import require, require_choices
from s2s.result import END_PIECE, Hypothesis, Sentence
from s2s.words import Words, merge_attention, renormalize, words_of_pieces

Units = Literal["pieces", "words"]
ColourScale = Literal["linear", "log", "threshold"]


@dataclass(frozen=True, kw_only=True)
class View:
    """How attention is looked at; it changes what is shown, never what the model did."""

    units: Units = "pieces"
    """`words` adds the weights of a source word's pieces and averages the rows of a target word's pieces."""
    end: bool = True
    """Whether `</s>` is shown; without it, rows are made to sum to 1 again."""
    scale: ColourScale = "linear"
    """`log` shows small weights too; `threshold` leaves out those below `threshold`."""
    threshold: float = 0.2

    def __post_init__(self) -> None:
        require_choices(self)
        require(isinstance(self.end, bool), f"end must be true or false, got {self.end!r:.80}")
        right = isinstance(self.threshold, int | float) and 0 <= self.threshold <= 1
        require(right, f"threshold must be in 0 … 1, got {self.threshold!r:.80}")


class Grid(NamedTuple):
    """Attention as it is shown: a name for each column and row, and the weights between them."""

    sources: tuple[str, ...]
    """S names; pieces keep their marks (`▁`)."""
    targets: tuple[str, ...]
    """T names."""
    weights: np.ndarray
    """[T, S], float32; a row sums to 1, or to 0 if it looked at nothing that is shown."""
    source_words: tuple[int, ...]
    """The number of the word that each column belongs to; `</s>` comes after the last word."""
    target_words: tuple[int, ...]
    """The same for the rows."""


def grid_of(sentence: Sentence, rank: int = 0, view: View = View()) -> Grid | None:
    """What `view` shows of one hypothesis of a sentence; None for a model without attention."""
    hypothesis = sentence.hypotheses[rank]
    if hypothesis.attention is None:
        return None
    if view.units == "words":
        return _words(sentence, hypothesis, view.end)
    return _pieces(sentence, hypothesis, view.end)


def _words(sentence: Sentence, hypothesis: Hypothesis, end: bool) -> Grid:
    source = words_of_pieces(sentence.source_pieces, keep_end=end)
    target = words_of_pieces(hypothesis.target_pieces, keep_end=end)
    weights = merge_attention(np.asarray(hypothesis.attention), source, target)
    return Grid(
        sources=tuple(map(sentence.written, source.texts)),
        targets=tuple(map(sentence.written, target.texts)),
        weights=weights if end else renormalize(weights),
        source_words=tuple(range(len(source.texts))),
        target_words=tuple(range(len(target.texts))),
    )


def _pieces(sentence: Sentence, hypothesis: Hypothesis, end: bool) -> Grid:
    columns, source_words = _kept(sentence.source_pieces, end)
    rows, target_words = _kept(hypothesis.target_pieces, end)
    weights = np.asarray(hypothesis.attention, dtype=np.float32)
    if not end:
        weights = renormalize(weights[np.ix_(rows, columns)])
    sources = tuple(sentence.written(sentence.source_pieces[column]) for column in columns)
    targets = tuple(sentence.written(hypothesis.target_pieces[row]) for row in rows)
    return Grid(sources, targets, weights, source_words, target_words)


def _kept(pieces: Sequence[str], end: bool) -> tuple[list[int], tuple[int, ...]]:
    """The places of the pieces that are shown, and the word of each."""
    words = words_of_pieces(pieces, keep_end=True)
    kept = [place for place, piece in enumerate(pieces) if end or piece != END_PIECE]
    return kept, tuple(_number(words, place) for place in kept)


def _number(words: Words, place: int) -> int:
    number = words.of_pieces[place]
    assert number is not None  # with keep_end, every piece has a word
    return number


def is_right_to_left(texts: Sequence[str]) -> bool:
    """Whether the first letter of these texts that has a direction is of a script written from right to left."""
    for character in "".join(texts):
        direction = unicodedata.bidirectional(character)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False
