"""What a translator should do with what people type: small behaviours, twenty cases each.

After CheckList (Ribeiro et al. 2020): https://aclanthology.org/2020.acl-main.442

    outcomes = run(BEHAVIOURS, Direction("en", "fr"), translate)

`benchmarks/behaviours.py` runs them on a checkpoint; docs/behaviours.md says what each asks.
"""

from tests.behaviours.behaviour import Behaviour, Case, Direction, Line, Outcome, run
from tests.behaviours.meaning import MEANING
from tests.behaviours.things import THINGS
from tests.behaviours.typed import TYPED

BEHAVIOURS = (*TYPED, *THINGS, *MEANING)

__all__ = ["BEHAVIOURS", "Behaviour", "Case", "Direction", "Line", "Outcome", "run"]
