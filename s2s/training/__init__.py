"""Training: the loop, its loss, its schedules, its state, and the processes that share it."""

from s2s.training.ranks import join_ranks
from s2s.training.trainer import Trainer

__all__ = ["Trainer", "join_ranks"]
