"""What visitors who translate feel of trainings beside them: `python benchmarks/training_beside.py`, a JSON line each.

The page runs as it does for visitors; one of them asks for a translation (en-fr, beam 5, over HTTP) again and again, a
moment of reading between two. First nobody trains, then one visitor does, then two, from the press to the end of the
last training, and all that again, in turns, so that whatever else the machine does falls on each. Trainings are
processes as the page makes them. The bound: a median at most 50 % higher.
"""

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from s2s.workshop.job import AT_WORK
from s2s.workshop.jobs import Jobs, Terms
from s2s.workshop.plan import Plan
from tests.browser.serving import serving

from load import get, post  # isort: skip  (beside this file)

TEXT = "If it rains tomorrow, we will stay at home and read the book that she gave me."
ROUNDS, ALONE_SECONDS, PAUSE_SECONDS = 3, 20, 0.1
MOST = 2
"""Trainings at the same time: what the page allows."""


def translate(port: int) -> float:
    """Milliseconds of one translation, from the question to the end of the answer."""
    begun = time.perf_counter()
    asyncio.run(_translate(port))
    return 1000 * (time.perf_counter() - begun)


async def _translate(port: int) -> None:
    status, body = await post(port, "/gradio_api/call/translate", {"data": [TEXT, "en-fr", 5]})
    if status == 200:
        status, body = await get(port, f"/gradio_api/call/translate/{json.loads(body)['event_id']}")
    if status != 200 or b"event: complete" not in body:
        raise SystemExit(f"the page gave no translation: {status} {body[:300]!r}")


def beside(port: int, count: int) -> tuple[list[float], list[float]]:
    """Milliseconds of translations while so many visitors train, and the seconds that each training took."""
    jobs = Jobs(Terms(at_work=MOST, lease_seconds=3600))
    try:
        begun = time.monotonic()
        working = [jobs.start(str(number), Plan()) for number in range(count)]
        taken, seconds = [], {}
        while len(seconds) < count or (not count and time.monotonic() < begun + ALONE_SECONDS):
            taken.append(translate(port))
            time.sleep(PAUSE_SECONDS)
            for number, job in enumerate(working):
                if job.phase not in ("waiting", *AT_WORK):
                    seconds.setdefault(number, time.monotonic() - begun)
        if any(job.phase != "finished" for job in working):
            raise SystemExit(f"a training did not finish: {[(job.phase, job.message) for job in working]}")
        return taken, list(seconds.values())
    finally:
        jobs.close()


def main() -> None:
    times: list[list[float]] = [[] for _ in range(MOST + 1)]
    lasted: list[list[float]] = [[] for _ in range(MOST + 1)]
    with tempfile.TemporaryDirectory() as place, serving(Path(place) / "log", HF_HUB_OFFLINE="1") as address:
        port = int(address.rsplit(":", 1)[1])
        for _ in range(5):
            translate(port)  # the first ones are slower
        for _ in range(ROUNDS):
            for count in range(MOST + 1):
                taken, seconds = beside(port, count)
                times[count] += taken
                lasted[count] += seconds
    alone = float(np.median(times[0]))
    for count, taken in enumerate(times):
        p50, p95 = np.percentile(taken, [50, 95]).round(1).tolist()
        growth = round(float(np.median(taken)) / alone - 1, 3)
        told = {"trainings": count, "translations": len(taken), "p50_ms": p50, "p95_ms": p95, "growth": growth}
        print(json.dumps(told | {"training_seconds": [round(each, 1) for each in lasted[count]]}), flush=True)


if __name__ == "__main__":
    main()
