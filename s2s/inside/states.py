"""The states of encoder and decoder as points of a plane, in the order in which they were passed through."""

from dataclasses import dataclass

import numpy as np

from s2s.inside.walk import Walk
from s2s.search.scoring import Array


@dataclass(frozen=True, eq=False, kw_only=True)
class Projection:
    """States [N, H] seen from where they differ most."""

    points: Array
    """[N, 2]."""
    shares: tuple[float, float]
    """Of the variance of all states, what each of the two directions holds."""


def project(states: Array) -> Projection:
    """Project states [N, H] to the plane of their two principal components (Pearson 1901), by SVD.

    The sign of a component is arbitrary; here the state that lies farthest out along it is on the positive side, so
    that the same states always make the same picture.
    """
    centred = states.astype(np.float64) - states.mean(axis=0, dtype=np.float64)
    left, values, _ = np.linalg.svd(centred, full_matrices=False)
    points = np.zeros((len(states), 2))
    shares = np.zeros(2)
    total = (values**2).sum()
    count = min(2, len(values))
    points[:, :count] = left[:, :count] * values[:count]
    if total > 0:
        shares[:count] = values[:count] ** 2 / total
    farthest = np.take_along_axis(points, np.abs(points).argmax(axis=0)[None], axis=0)[0]
    points *= np.where(farthest < 0, -1, 1)
    return Projection(points=points, shares=(float(shares[0]), float(shares[1])))


def state_paths(walked: Walk) -> tuple[Projection, Projection]:
    """The way through the encoder's states, one a source piece, and through the decoder's, one a target piece.

    They are different spaces, and each is projected for itself: nearness means something within one path only.
    """
    return project(walked.encoder_states), project(walked.decoder_states)
