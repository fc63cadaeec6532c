"""What the tab Train shows before anybody has trained: `python -m s2s.page.film` trains it, and writes the file.

A whole training, moment by moment, and the right answers by length of a model with attention and of one without.
"""

import json
import time
from typing import Any

from s2s.files import write_text_whole
from s2s.page.parts import ASSETS
from s2s.page.train_scenes import job_scene
from s2s.toys import Toy
from s2s.workshop.job import AT_WORK, Job
from s2s.workshop.jobs import Jobs, Terms
from s2s.workshop.plan import Plan, TrainedAttention

FILM = ASSETS / "train-film.json"

TOY: Toy = "reverse"
KINDS: dict[str, TrainedAttention] = {"with": "bahdanau", "none": "none"}

PATIENT = Terms(lease_seconds=3600, wall_seconds=3600)


def make_film() -> dict[str, Any]:
    """Train both, one after the other: about a minute of one core."""
    found = {kind: _train(Plan(toy=TOY, attention=attention)) for kind, attention in KINDS.items()}
    lengths = {kind: job.result["by_length"] for kind, job in found.items()}
    return {"run": job_scene(found["with"], 0, 0), "lengths": {TOY: lengths}}


def _train(plan: Plan) -> Job:
    jobs = Jobs(PATIENT)
    try:
        job = jobs.start("film", plan)
        while job.phase in ("waiting", *AT_WORK) or job.worker is not None:
            time.sleep(0.5)
        if job.phase != "finished":
            raise SystemExit(f"{plan.name}: {job.phase} {job.message}")
        print(plan.name, job.result["exact"], [each["right"] for each in job.result["by_length"]], flush=True)
        return job
    finally:
        jobs.close()


if __name__ == "__main__":
    write_text_whole(FILM, json.dumps(make_film(), ensure_ascii=False, separators=(",", ":")) + "\n")
