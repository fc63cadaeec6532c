"""Attention surgery: weights that a visitor changes by hand, and what the model then does otherwise.

The operations are plain numpy: rows of weights in, rows of weights out, none below 0, each with the sum 1. From the
step at which they are used the model goes on with the context that they make; what it wrote before stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from s2s.errors import ConfigError
from s2s.inside.alternatives import likeliest
from s2s.inside.branches import Branches, Turn
from s2s.inside.walk import divergence, walk
from s2s.result import Alternative
from s2s.search.scoring import Array
from s2s.translator import Translator

COLDEST, HOTTEST = 0.1, 10.0
"""Temperatures that a row can be given."""

DIGITS = 6
"""Decimals of a weight that is given: enough for the eye and for the model, and short in an address."""


def set_weight(row: Array, position: int, weight: float) -> Array:
    """`row` [S] with `weight` at one position; the others share the rest as they did, or evenly if they had nothing."""
    if not 0 <= weight <= 1:
        raise ConfigError(f"A weight is a share from 0 to 1, got {weight}.")
    others = np.delete(row, position)
    if not others.size:
        return np.ones_like(row)
    total = others.sum()
    shares = others / total if total > 0 else np.full_like(others, 1 / others.size)
    changed: Array = np.insert(shares * (1 - weight), position, weight)
    return changed


def sharpen(rows: Array, temperature: float) -> Array:
    """Weights to the power of 1 / temperature, [..., S]: below 1 the greatest gain, above 1 all become more equal.

    Of a softmax that is the same as dividing its scores by the temperature.
    """
    if not COLDEST <= temperature <= HOTTEST:
        raise ConfigError(f"The temperature must be in {COLDEST:g} … {HOTTEST:g}, got {temperature}.")
    rows = rows.astype(np.float64)
    greatest = rows.max(axis=-1, keepdims=True)  # so that no power vanishes altogether
    return _shares((rows / greatest) ** (1 / temperature))


def uniform(rows: Array) -> Array:
    """The same weight everywhere, [..., S]: the model sees the mean of all states."""
    return np.full_like(rows, 1 / rows.shape[-1])


def shift(rows: Array, positions: int = 1) -> Array:
    """Each weight some positions further right, [..., S]; what falls off the end comes in at the beginning."""
    shifted: Array = np.roll(rows, positions, axis=-1)
    return shifted


def without(rows: Array, positions: Sequence[int]) -> Array:
    """Weights [..., S] with nothing at some positions, and the sum 1 again.

    Raises:
        ConfigError: nothing would be left.
    """
    left = rows.copy()
    left[..., list(positions)] = 0
    if not (left.sum(axis=-1) > 0).all():
        raise ConfigError("These are the only source words that the model looks at here: without them nothing is left.")
    return _shares(left)


def swap(rows: Array, one: int, other: int) -> Array:
    """Weights [T, S] in which two steps have changed places."""
    order = np.arange(len(rows))
    order[[one, other]] = other, one
    return rows[order]


def _shares(rows: Array) -> Array:
    shares: Array = rows / rows.sum(axis=-1, keepdims=True)
    return shares


def operation(branches: Branches, number: int, changed: Array) -> Turn:
    """The turn from branch `number` to its own pieces under `changed` weights [T, S]; only rows that differ are given.

    Raises:
        ConfigError: nothing was changed, or the model has no attention.
    """
    own = branches[number].sentence.best.attention
    if own is None:
        raise ConfigError("This model has no attention: there are no weights to change.")
    if changed.shape != own.shape:
        raise ConfigError(
            f"Expected weights of {own.shape[0]} steps and {own.shape[1]} source pieces, got {changed.shape}."
        )
    steps = np.flatnonzero(_differs(changed, own)).tolist()
    if not steps:
        raise ConfigError("These weights are those that the model used. Please change some of them.")
    rows = {step: tuple(round(float(weight), DIGITS) for weight in changed[step]) for step in steps}
    return Turn(parent=number, step=steps[0], attention=rows)


def is_unchanged(branches: Branches, number: int, changed: Array) -> bool:
    """Whether `changed` weights [T, S] are those that branch `number` used."""
    own = branches[number].sentence.best.attention
    return own is not None and changed.shape == own.shape and not _differs(changed, own).any()


def _differs(changed: Array, own: Array) -> Array:
    rows: Array = np.abs(changed - own).max(axis=1) > 10.0**-DIGITS
    return rows


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What other weights did to the next piece, at the first step that has them."""

    step: int
    divergence_bits: float
    """KL(before ‖ after) of the two distributions over all pieces: 0 if the weights made no difference."""
    before: tuple[Alternative, ...]
    """The likeliest pieces with the weights of the parent."""
    after: tuple[Alternative, ...]
    """The likeliest pieces with the weights of the branch."""


def effect(translator: Translator, branches: Branches, number: int, count: int = 5) -> Effect:
    """Compare a branch with its parent at the step where it leaves it: the pieces before are the same for both.

    The whole distributions are compared, not a few likeliest pieces.

    Raises:
        ConfigError: the branch is the model's own translation, which leaves none.
    """
    branch = branches[number]
    turn = branch.turn
    if turn is None:
        raise ConfigError(
            "The model's own translation has nothing to be compared with. Please change its weights first."
        )
    pieces = branch.sentence.best.target_pieces[: turn.step + 1]
    before, after = (
        walk(translator, branches.source, pieces, {at: row for at, row in given.items() if at <= turn.step}).log_probs[
            -1
        ]
        for given in (branches.given(turn.parent), branches.given(number))
    )
    return Effect(
        step=turn.step,
        divergence_bits=float(divergence(before, after)),
        before=_named(translator, before, count),
        after=_named(translator, after, count),
    )


def _named(translator: Translator, log_probs: Array, count: int) -> tuple[Alternative, ...]:
    ids = likeliest(log_probs, count)
    pieces = zip(ids, translator.pieces.pieces(ids), strict=True)
    return tuple(Alternative(piece=piece, log_prob=float(log_probs[token])) for token, piece in pieces)
