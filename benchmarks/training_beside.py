"""What translations feel of trainings beside them: `python benchmarks/training_beside.py [TRAININGS]`, one JSON line.

Median milliseconds of one translation (en-fr, beam 5, one thread, as on the page) without and with so many trainings at
work (1 by default), in turns, so that whatever else the machine does falls on both. The bound: at most 50 % more.
"""

import json
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402

from s2s.config import SearchConfig  # noqa: E402
from s2s.translator import Translator  # noqa: E402
from s2s.workshop.jobs import Jobs, Terms  # noqa: E402
from s2s.workshop.plan import Plan  # noqa: E402

TEXT = "If it rains tomorrow, we will stay at home and read the book that she gave me."
ROUNDS, TRANSLATIONS = 3, 15
PATIENCE_SECONDS = 300


def translate(translator: Translator) -> list[float]:
    """Milliseconds of each of some translations."""
    found = []
    for _ in range(TRANSLATIONS):
        began = time.perf_counter()
        translator.translate(TEXT, SearchConfig(beam_size=5, n_best=5))
        found.append(1000 * (time.perf_counter() - began))
    return found


def train(jobs: Jobs, count: int) -> None:
    """Begin some trainings, and wait until they learn."""
    begun = [jobs.start(str(number), Plan()) for number in range(count)]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(job.phase != "training" for job in begun):
        if time.monotonic() > deadline or any(job.phase == "failed" for job in begun):
            sys.exit(f"the trainings do not begin: {[(job.phase, job.message) for job in begun]}")
        time.sleep(0.1)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    torch.set_num_threads(1)
    translator = Translator.load(ROOT / "checkpoints" / "en-fr", "cpu")
    jobs = Jobs(Terms(at_work=count, lease_seconds=3600))
    translate(translator)  # the first ones are slower
    alone: list[float] = []
    beside: list[float] = []
    try:
        for _ in range(ROUNDS):
            alone += translate(translator)
            train(jobs, count)
            beside += translate(translator)
            jobs.close()
    finally:
        jobs.close()
    medians = [round(statistics.median(found), 1) for found in (alone, beside)]
    growth = round(medians[1] / medians[0] - 1, 3)
    print(json.dumps({"trainings": count, "alone_ms": medians[0], "beside_ms": medians[1], "growth": growth}))


if __name__ == "__main__":
    main()
