"""How hypotheses of different lengths are compared."""

from typing import TypeVar

import torch
from torch import Tensor

from s2s.config import SearchConfig

Number = TypeVar("Number", float, Tensor)


def length_penalty(length: Number, config: SearchConfig) -> Number:
    """What the log-probability of a hypothesis of `length` pieces is divided by.

    `average`: length^α; `gnmt`: ((5 + length) / 6)^α (Wu et al. 2016, equation 14). With α = 0 it is 1.
    """
    base: Number = (length + 5) / 6 if config.length_penalty == "gnmt" else length
    return base if config.length_exponent == 1 else base**config.length_exponent


def coverage(looked: Tensor, mask: Tensor) -> Tensor:
    """Σ_i log min(Σ_t a_ti, 1): 0 if every source piece was looked at, the less the more were left out.

    (Wu et al. 2016, equation 14.)

    Args:
        looked: how much each piece was looked at, Σ_t a_ti, [..., S].
        mask: True at real pieces, [..., S].
    """
    return torch.where(mask, looked.clamp(min=1e-9, max=1.0).log(), 0.0).sum(dim=-1)
