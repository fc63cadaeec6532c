"""What each training of the tab Train takes and comes to: `python benchmarks/toy_trainings.py`, a JSON line each.

Every toy in every size with the default cell and attention, then the small one of `reverse` with every other cell and
attention. One at a time, as a process that the page makes; seconds are those from the press to the model that can be
tried. The bound: results within 60 s on two cores. `--toy NAME` leaves out the other toys.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

sys.path.insert(0, str(Path(__file__).parents[1]))

from s2s.config import CellKind
from s2s.toys import Toy
from s2s.workshop.job import AT_WORK
from s2s.workshop.jobs import Jobs, Terms
from s2s.workshop.plan import SIZES, Plan, TrainedAttention

POLL_SECONDS = 0.1


def plans(toys: list[Toy]) -> Iterator[Plan]:
    """What is trained."""
    for toy in toys:
        for size in SIZES:
            yield Plan(toy=toy, size=size)
    if "reverse" in toys:
        for cell in get_args(CellKind):
            for attention in get_args(TrainedAttention):
                if Plan(cell=cell, attention=attention) != Plan():
                    yield Plan(cell=cell, attention=attention)


def train(jobs: Jobs, plan: Plan) -> dict[str, object]:
    """The training from the press to its end."""
    begun = time.monotonic()
    job = jobs.start(plan.name, plan)
    while job.phase in ("waiting", *AT_WORK):
        time.sleep(POLL_SECONDS)
    told: dict[str, object] = {"plan": plan.name, "phase": job.phase, "seconds": round(time.monotonic() - begun, 1)}
    return told | {"parameters": job.parameters, "message": job.message, "exact": job.result.get("exact")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--toy", choices=get_args(Toy), action="append", help="one of them (may be given again)")
    options = parser.parse_args()
    jobs = Jobs(Terms(lease_seconds=3600))
    try:
        jobs.warm_up()
        for plan in plans(options.toy or list(get_args(Toy))):
            print(json.dumps(train(jobs, plan)), flush=True)
    finally:
        jobs.close()


if __name__ == "__main__":
    main()
