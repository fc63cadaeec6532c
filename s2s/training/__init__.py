"""Training: the loop, its loss, its schedules, its state, and the processes that share it."""

from s2s.training.ranks import Ranks, join_ranks
from s2s.training.state import check_state
from s2s.training.trainer import Trainer

__all__ = ["Ranks", "Trainer", "check_state", "join_ranks"]
