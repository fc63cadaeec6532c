"""Attention beside two other explanations of the same steps, for a sentence and for a corpus."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from s2s.errors import TextError
from s2s.explain import Agreement, gradient_times_input, leave_one_out, own_attention, shares
from s2s.translator import Translator

MOST_PIECES = 60
"""Pieces of a side of what is explained: six seconds of one core; the work grows with the third power of them."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Explanation:
    """Three answers to which source pieces each target piece hangs on: rows [T, S] that sum to 1."""

    attention: np.ndarray
    gradient: np.ndarray
    """Shares of |gradient × input|."""
    left_out: np.ndarray
    """Shares of how much the log-probability changes if the piece is left out."""


class Agreements(NamedTuple):
    """How far the three agree, two by two."""

    attention_gradient: Agreement
    attention_left_out: Agreement
    gradient_left_out: Agreement
    """What attention may be measured by: the other two do not agree either."""


def explain(translator: Translator, source_pieces: Sequence[str], target_pieces: Sequence[str]) -> Explanation:
    """Explain why a target was written; by the PyTorch model with its own attention, whatever engine found the target.

    Args:
        translator: the model at work.
        source_pieces: S pieces, as a result names them.
        target_pieces: T pieces.

    Raises:
        ConfigError: the model has no attention.
        TextError: a side is too long, or a piece is none of the model's.
    """
    longest = max(len(source_pieces), len(target_pieces))
    if longest > MOST_PIECES:
        raise TextError(
            f"This sentence has {longest} pieces on a side; at most {MOST_PIECES} can be explained. Please shorten it."
        )
    pair = [translator.pieces.ids(pieces) for pieces in (source_pieces, target_pieces)]
    return Explanation(
        attention=own_attention(translator.model, *pair),
        gradient=shares(gradient_times_input(translator.model, *pair)),
        left_out=shares(leave_one_out(translator.model, *pair)),
    )


def agreements(explanations: Iterable[Explanation]) -> Agreements:
    """Over all steps of a sentence, or of many."""
    found = list(explanations)
    return Agreements(
        Agreement.of([(each.attention, each.gradient) for each in found]),
        Agreement.of([(each.attention, each.left_out) for each in found]),
        Agreement.of([(each.gradient, each.left_out) for each in found]),
    )
