"""What could have stood at a step instead, and what the word would have become."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from s2s.config import SearchConfig
from s2s.constraints import Constraints, rules_of
from s2s.data import pad
from s2s.inside.walk import NEVER_WRITTEN, Walk, walk
from s2s.pieces import END
from s2s.result import END_PIECE
from s2s.search import search
from s2s.search.scoring import Array
from s2s.translator import Translator
from s2s.words import words_of_pieces

COUNT = 10
"""Alternatives of a step."""

LONGEST_WORD = 8
"""Pieces that a word may have to be shown whole."""

UNSURE = 0.15
"""Lead in probability (margin; Scheffer et al. 2001) below which the model was unsure between its likeliest pieces."""


@dataclass(frozen=True, kw_only=True)
class Option:
    """A piece that could stand at a step."""

    piece: str
    probability: float
    """Of the piece, after what was written before it."""
    word: str
    """The word that it would begin, or go on with, if the model then took the likeliest pieces; nothing for `</s>`."""


def options(
    translator: Translator,
    source: str,
    before: Sequence[str],
    attention: Mapping[int, Sequence[float]] | None = None,
    count: int = COUNT,
) -> tuple[Option, ...]:
    """The likeliest pieces after some others, likeliest first.

    Args:
        translator: the model at work.
        source: one sentence, as a result's `source` has it.
        before: the target pieces that stand there.
        attention: by step, weights [S] that are used instead of the model's own.
        count: how many.

    Raises:
        TextError: a piece is none of the model's, weights are wrong, or there are too many pieces.
    """
    # Whatever stands at this step, the distribution is that before it was written.
    (*_, log_probs) = walk(translator, source, [*before, END_PIECE], attention).log_probs
    ids = likeliest(log_probs, count, may_end=bool(before))
    words = _words(translator, source, before, ids, attention or {})
    return tuple(
        Option(piece=piece, probability=float(np.exp(log_probs[token])), word=word)
        for token, piece, word in zip(ids, translator.pieces.pieces(ids), words, strict=True)
    )


def likeliest(log_probs: Array, count: int, *, may_end: bool = True) -> list[int]:
    """The ids of the `count` likeliest pieces of a distribution [V], without those that no target holds."""
    possible = log_probs.copy()
    possible[list(NEVER_WRITTEN if may_end else (*NEVER_WRITTEN, END))] = -np.inf
    order = np.argsort(-possible, kind="stable")[:count]
    ids: list[int] = order[possible[order] > -np.inf].tolist()
    return ids


def _words(
    translator: Translator,
    source: str,
    before: Sequence[str],
    ids: Sequence[int],
    attention: Mapping[int, Sequence[float]],
) -> list[str]:
    """The word that each id would belong to: all of them are written on at once."""
    pieces, reading = translator.pieces, translator.read(source)
    names = pieces.pieces(ids)
    rules = [
        rules_of(Constraints(prefix_pieces=(*before, name), attention=attention), pieces, reading) for name in names
    ]
    config = SearchConfig(beam_size=1, alternatives=0, max_length=len(before) + LONGEST_WORD)
    sources, mask = (tensor.to(translator.device) for tensor in pad([reading.ids] * len(ids)))
    *_, trace = search(translator.engine, sources, mask, config, rules)
    written = [pieces.pieces(trace.hypothesis(row).ids) for row in range(len(ids))]
    return [word_at(each, len(before)) for each in written]


def word_at(pieces: Sequence[str], step: int) -> str:
    """The whole word that the piece of one step belongs to; nothing for `</s>`."""
    words = words_of_pieces(pieces)
    number = words.of_pieces[step]
    return "" if number is None else words.texts[number]


def unsure_steps(walked: Walk) -> list[int]:
    """The steps at which the two likeliest pieces were nearly as likely."""
    steps: list[int] = np.flatnonzero(walked.margins < UNSURE).tolist()
    return steps
