"""What changes from update to update: the learning rate and the share of teacher forcing."""

import math

from s2s.recipe_sections import TrainingConfig

STEEPNESS = 10.0
"""k of the inverse sigmoid: after half of the training it has fallen by half."""


def learning_rate_factor(update: int, total: int, warmup: int) -> float:
    """Share of the highest learning rate: a straight line up, then half a cosine down (Loshchilov & Hutter 2017)."""
    if update < warmup:
        return (update + 1) / warmup
    done = min(1.0, (update - warmup) / max(1, total - warmup))
    return 0.5 * (1 + math.cos(math.pi * done))


def forcing_share(update: int, total: int, config: TrainingConfig) -> float:
    """Share ε of right pieces among the decoder's inputs (scheduled sampling, Bengio 2015, section 2.4).

    `linear` falls in a line from 1 to `teacher_forcing`; `inverse-sigmoid` falls slowly, quickly, slowly, as
    k / (k + exp(i / k)) does, stretched so that it too goes from 1 to `teacher_forcing`; `constant` is
    `teacher_forcing` from the first update on.
    """
    last = config.teacher_forcing
    if last == 1 or config.forcing_schedule == "constant":
        return last
    done = min(1.0, update / max(1, total - 1))
    left = 1 - done
    if config.forcing_schedule == "inverse-sigmoid":
        start, here, end = (1 / (1 + STEEPNESS ** (2 * x - 1)) for x in (0.0, done, 1.0))
        left = (here - end) / (start - end)
    return last + (1 - last) * left
