"""How hypotheses of different lengths are compared."""

from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
from torch import Tensor

from s2s.config import SearchConfig

Array: TypeAlias = npt.NDArray[Any]
Numbers: TypeAlias = Array | Tensor
"""What has a number for each piece of the vocabulary: an array, or a tensor where the model lies beside the CPU."""
Number = TypeVar("Number", float, Array)


def length_penalty(length: Number, config: SearchConfig) -> Number:
    """What the log-probability of a hypothesis of `length` pieces is divided by.

    `average`: length^α; `gnmt`: ((5 + length) / 6)^α (Wu et al. 2016, equation 14). With α = 0 it is 1.
    """
    base: Number = (length + 5) / 6 if config.length_penalty == "gnmt" else length
    return base if config.length_exponent == 1 else base**config.length_exponent


def coverage(looked: Array, mask: Array) -> Array:
    """Σ_i log min(Σ_t a_ti, 1): 0 if every source piece was looked at, the less the more were left out.

    (Wu et al. 2016, equation 14.)

    Args:
        looked: how much each piece was looked at, Σ_t a_ti, [..., S].
        mask: True at real pieces, [..., S].
    """
    sums: Array = np.where(mask, np.log(np.clip(looked, 1e-9, 1)), 0).sum(axis=-1)
    return sums
