"""How trainings of several visitors share a server: their turns, their ends, and what is left of them."""

import os
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from s2s.errors import TrainingError
from s2s.workshop import jobs as jobs_module
from s2s.workshop.jobs import Jobs, Terms
from s2s.workshop.plan import Plan
from tests import workers
from tests.processes import PATIENCE_SECONDS

PLAN = Plan()


def wait(condition):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def opened(monkeypatch):
    """Opens a server's trainings on some terms, in which `worker` stands for the training."""
    monkeypatch.setattr(jobs_module, "TICK_SECONDS", 0.02)
    made = []

    @contextmanager
    def opened(worker=workers.obedient, **terms):
        monkeypatch.setattr(jobs_module, "work", worker)
        jobs = Jobs(Terms(**{"lease_seconds": 1e9} | terms))
        made.append(jobs)
        yield jobs

    yield opened
    for jobs in made:
        root = jobs.root
        assert root.is_dir()
        jobs.close()
        assert not root.exists()


def is_alive(pid):
    try:
        os.kill(pid, 0)
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (ProcessLookupError, FileNotFoundError):  # it may end between the two
        return False


def at_work(job):
    pid = job.worker.process.pid
    wait(lambda: job.points)
    return pid


def test_a_training_tells_how_far_it_is_stops_and_goes_on(opened):
    with opened() as jobs:
        job = jobs.start("ada", PLAN)
        at_work(job)
        assert (job.updates, job.parameters) == (10, 7)
        assert job.points == [{name: value for name, value in workers.POINT.items() if name != "is"}]
        with pytest.raises(TrainingError, match="not trained yet"):
            jobs.ended("ada")
        jobs.stop("ada")
        wait(lambda: job.phase == "stopped")
        assert jobs.ended("ada").result["exact"] == 0.5
        assert jobs.resume("ada") is job  # at once: the process of before may still be about to end
        wait(lambda: job.phase == "training" and job.updates == 20)
        jobs.stop("ada")
        wait(lambda: job.phase == "finished")
        with pytest.raises(TrainingError, match="was not stopped"):
            jobs.resume("ada")


def test_so_many_are_at_work_and_the_others_wait_for_their_turn(opened):
    with opened(at_work=2) as jobs:
        ada, ben, eva, max_ = (jobs.start(name, PLAN) for name in ("ada", "ben", "eva", "max"))
        assert at_work(ada) != at_work(ben)
        assert [job.phase for job in (eva, max_)] == ["waiting", "waiting"]
        assert [jobs.place(job) for job in (eva, max_)] == [0, 1]
        jobs.stop("ada")
        wait(lambda: eva.worker is not None)
        at_work(eva)
        assert jobs.place(max_) == 0
        assert jobs.stop("max") is None  # it had not begun: nothing is left of it
        assert jobs.look("max") is None


def test_more_than_may_wait_are_told_to_come_back(opened):
    with opened(at_work=1, waiting=1) as jobs:
        jobs.start("ada", PLAN)
        waiting = jobs.start("ben", PLAN)
        with pytest.raises(TrainingError, match="Please try again"):
            jobs.start("eva", PLAN)
        again = jobs.start("ben", PLAN)  # in place of one's own
        assert again is not waiting
        assert jobs.look("ben") is again


def test_a_new_training_ends_the_one_before(opened):
    with opened() as jobs:
        old = jobs.start("ada", PLAN)
        pid = at_work(old)
        new = jobs.start("ada", Plan(toy="sort"))
        wait(lambda: not is_alive(pid) and new.worker is not None)
        wait(lambda: not old.folder.exists())
        at_work(new)
        assert new.folder.exists()


def test_who_leaves_leaves_no_process_and_no_file(opened):
    with opened() as jobs:
        job = jobs.start("ada", PLAN)
        pid = at_work(job)
        assert is_alive(pid)
        jobs.leave("ada")
        wait(lambda: not is_alive(pid))
        wait(lambda: not job.folder.exists())
        assert jobs.look("ada") is None
        with pytest.raises(TrainingError, match="no training of yours"):
            jobs.stop("ada")


def test_who_does_not_ask_any_more_has_left(opened):
    with opened(lease_seconds=1e6, keep_seconds=1e7) as jobs:
        job = jobs.start("ada", PLAN)
        pid = at_work(job)
        job.asked -= 2e6
        wait(lambda: not is_alive(pid))
        wait(lambda: job.worker is None)
        assert job.phase == "stopped"
        jobs.look("somebody else")
        assert job.folder.exists()
        job.asked -= 2e7
        jobs.look("somebody else")
        assert not job.folder.exists()
        assert jobs.look("ada") is None


def test_who_asks_is_still_there(opened):
    with opened(lease_seconds=1e6) as jobs:
        job = jobs.start("ada", PLAN)
        at_work(job)
        for _ in range(3):
            job.asked -= 0.9e6
            jobs.look("ada")
        assert job.stopped is None
        assert job.phase == "training"


def test_one_that_waits_and_was_left_loses_its_place(opened):
    with opened(at_work=1, lease_seconds=1e6) as jobs:
        ada, ben, eva = (jobs.start(name, PLAN) for name in ("ada", "ben", "eva"))
        at_work(ada)
        ben.asked -= 2e6
        jobs.stop("ada")
        wait(lambda: eva.worker is not None)
        assert jobs.look("ben") is None
        assert not ben.folder.exists()


def test_one_that_does_not_stop_is_ended(opened):
    with opened(workers.deaf, wall_seconds=0.3, grace_seconds=0.3) as jobs:
        job = jobs.start("ada", PLAN)
        wait(lambda: job.phase == "failed")
        wait(lambda: job.worker is None)
        assert "Something broke" in job.message


def test_one_that_ends_without_a_word_has_failed_and_the_next_one_has_its_turn(opened, monkeypatch):
    with opened(workers.broken, at_work=1) as jobs:
        job = jobs.start("ada", PLAN)
        wait(lambda: job.phase == "failed")
        monkeypatch.setattr(jobs_module, "work", workers.obedient)
        ben = jobs.start("ben", PLAN)
        wait(lambda: ben.worker is not None)
        at_work(ben)


def test_nobody_gets_the_training_of_another(opened):
    with opened() as jobs:
        job = jobs.start("ada", PLAN)
        at_work(job)
        jobs.stop("ada")
        wait(lambda: job.phase == "stopped")
        assert jobs.look("ben") is None
        for ask in (jobs.stop, jobs.resume, jobs.ended):
            with pytest.raises(TrainingError, match="no training of yours"):
                ask("ben")
        jobs.leave("ben")
        assert jobs.look("ada") is job
