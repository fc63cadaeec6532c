"""Loops: a decoder whose state comes back writes the same pieces again and again, and never ends."""

import numpy as np
import torch
from torch import Tensor

from s2s.pieces import PADDING
from s2s.repeats import LONGEST_PERIOD, repeats
from s2s.search.scoring import Array, Numbers


def loop_limits(source: Tensor, mask: Tensor, most: int) -> Array | None:
    """How many times the same pieces may follow each other in each target, [B]: `most`, or as often as in its source.

    Args:
        source: ids [B, S]; frames [B, S, F] do not say how often something is said, and give None: no limit.
        mask: [B, S], True at real pieces.
        most: in every target; 0 gives None.
    """
    if source.is_floating_point() or not most:
        return None
    rows = zip(source.numpy(force=True), mask.numpy(force=True), strict=True)
    return np.array([max(most, repeats(ids[real].tolist())) for ids, real in rows])


def block_loops(log_probs: Numbers, history: Array, limits: Array) -> Array | None:
    """Forbid each piece that would make the same pieces follow each other once more than allowed.

    Args:
        log_probs: [A, K, V], changed in place.
        history: the pieces so far, [A, K, T].
        limits: times that they may, [A].

    Returns:
        The hypotheses, of all A K, that a piece was forbidden, or None.
    """
    length, beam = history.shape[2], history.shape[1]
    # Once too often is limit + 1 times, with the piece that comes.
    periods = min(LONGEST_PERIOD, (length + 1) // (min(limits.tolist()) + 1))
    if periods < 1:
        return None
    # Pieces come back with a period p only if the last one was there p before.
    last = history[..., -1:]
    same = history[..., -1 - periods : -1] == last
    if not same.any():
        return None
    forbidden = []
    for sentence, place, at in np.argwhere(same & (last != PADDING)).tolist():
        period = periods - at
        equal = int(limits[sentence]) * period - 1
        pieces = history[sentence, place]
        if equal + period <= length and (pieces[-equal:] == pieces[-equal - period : -period]).all():
            forbidden.append((sentence, place, int(pieces[-period])))
    if not forbidden:
        return None
    sentences, places, pieces = np.array(forbidden).T
    forbid(log_probs, sentences, places, pieces)
    hypotheses: Array = sentences * beam + places
    return hypotheses


def forbid(log_probs: Numbers, *at: Array) -> None:
    """Make the pieces that stand `at` these places impossible."""
    if isinstance(log_probs, np.ndarray):
        log_probs[at] = -np.inf
    elif len(at[0]):
        log_probs[tuple(torch.from_numpy(part).to(log_probs.device) for part in at)] = -torch.inf
