"""How trainings of several visitors share a server: their turns, their ends, and what is left of them."""

import os
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from s2s.errors import TrainingError
from s2s.workshop import jobs as jobs_module
from s2s.workshop.ends import BROKEN, KILLED, LATE, OUT_OF_MEMORY, overdue
from s2s.workshop.jobs import Jobs, Terms
from s2s.workshop.plan import Plan
from s2s.workshop.work import Bounds, work
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


def test_one_address_has_a_share_of_the_places_alone(opened):
    with opened(at_work=2, waiting=4, share=0.5) as jobs:
        for visitor in ("ada", "ben", "eva"):
            jobs.start(visitor, PLAN, "198.51.100.7")
        with pytest.raises(TrainingError, match="3 trainings from your address"):
            jobs.start("max", PLAN, "198.51.100.7")
        jobs.start("eva", PLAN, "198.51.100.7")  # in place of one's own
        jobs.start("max", PLAN, "203.0.113.9")
        jobs.start("mia", PLAN)  # this machine counts for nobody


def test_the_share_of_an_address_holds_for_who_goes_on(opened):
    with opened(at_work=1, waiting=1, share=0.5) as jobs:
        job = jobs.start("ada", PLAN, "198.51.100.7")
        at_work(job)
        jobs.stop("ada")
        wait(lambda: job.phase == "stopped" and job.worker is None)
        jobs.start("ben", PLAN, "198.51.100.7")
        with pytest.raises(TrainingError, match="1 trainings from your address"):
            jobs.resume("ada")
        assert job.phase == "stopped"


def test_where_all_are_kept_the_ended_one_that_was_not_used_for_longest_makes_room(opened):
    with opened(kept=3) as jobs:
        ada, ben, eva = (stopped(jobs, visitor) for visitor in ("ada", "ben", "eva"))
        assert jobs.ended("ada") is ada  # its model is tried
        assert jobs.look("ben") is ben  # a page that stands open does no more than that
        jobs.start("max", PLAN)
        assert jobs.look("ben") is None
        assert not ben.folder.exists()
        assert (jobs.look("ada"), jobs.look("eva")) == (ada, eva)


def test_none_that_is_at_work_or_waits_makes_room(opened):
    with opened(at_work=1, kept=2) as jobs:
        jobs.start("ada", PLAN)
        jobs.start("ben", PLAN)
        with pytest.raises(TrainingError, match="Please try again"):
            jobs.start("eva", PLAN)


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
        assert job.message == LATE


def test_one_that_is_stopped_before_it_has_learnt_anything_is_no_more(opened):
    with opened(workers.ready) as jobs:
        job = jobs.start("ada", PLAN)
        wait(lambda: job.phase == "training")
        assert jobs.stop("ada") is job
        wait(lambda: jobs.look("ada") is None)
        wait(lambda: not job.folder.exists())


def stopped(jobs, visitor="ada"):
    """A training of which a model is left."""
    job = jobs.start(visitor, PLAN)
    at_work(job)
    jobs.stop(visitor)
    wait(lambda: job.phase == "stopped" and job.worker is None)
    return job


HASTY = {"wall_seconds": 0.3, "grace_seconds": 0.3}


@pytest.mark.parametrize(
    ("worker", "terms", "message"),
    [
        (workers.unsound, {}, "the loss became nan"),
        (workers.broken, {}, BROKEN),
        (workers.killed, {}, KILLED),
        (workers.deaf, HASTY, LATE),
        (workers.ready, HASTY | {"grace_seconds": 1e9}, overdue(0.3)),
    ],
)
def test_who_goes_on_in_vain_has_what_the_last_stop_left(worker, terms, message, opened, monkeypatch):
    with opened() as jobs:
        job = stopped(jobs)
        monkeypatch.setattr(jobs_module, "work", worker)
        jobs.terms = Terms(lease_seconds=1e9, **terms)
        jobs.resume("ada")
        wait(lambda: job.phase == "stopped" and job.worker is None)
        assert job.message == message
        assert [point["updates"] for point in job.points] == [10]
        assert jobs.ended("ada") is job
        assert job.archive()
        monkeypatch.setattr(jobs_module, "work", workers.obedient)
        jobs.terms = Terms(lease_seconds=1e9)
        jobs.resume("ada")
        wait(lambda: job.phase == "training")
        assert job.message == ""


def test_who_stops_before_it_went_on_has_what_the_last_stop_left(opened, monkeypatch):
    with opened() as jobs:
        job = stopped(jobs)
        monkeypatch.setattr(jobs_module, "work", workers.ready)
        jobs.resume("ada")
        wait(lambda: job.phase == "training")
        jobs.stop("ada")
        wait(lambda: job.phase == "stopped" and job.worker is None)
        assert (jobs.ended("ada"), job.message) == (job, "")


def test_why_it_stopped_is_told_unless_its_visitor_wished_it(opened):
    with opened() as jobs:
        assert stopped(jobs).message == ""
    with opened(wall_seconds=0.3) as jobs:
        job = jobs.start("ada", PLAN)
        wait(lambda: job.phase == "stopped")
        assert "minutes were over" in job.message
    with opened(lease_seconds=1e6) as jobs:
        job = jobs.start("ada", PLAN)
        at_work(job)
        job.asked -= 2e6
        wait(lambda: job.phase == "stopped")
        assert "did not ask for it for 1e+06 seconds" in job.message
    with opened(workers.spent) as jobs:
        job = jobs.start("ada", PLAN)
        wait(lambda: job.phase == "stopped")
        assert job.message == "Its time is over."


@pytest.mark.parametrize(
    ("worker", "message"),
    [(workers.broken, BROKEN), (workers.killed, KILLED), (workers.threadless, OUT_OF_MEMORY)],
)
def test_how_a_process_ended_that_told_nothing_is_said(worker, message, opened, caplog):
    with opened(worker) as jobs:
        job = jobs.start("ada", PLAN)
        wait(lambda: job.phase == "failed")
        assert job.message == message
        assert "told nothing" in caplog.text


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="elsewhere memory is not bound")
def test_a_training_has_the_lowest_priority_one_thread_and_so_much_memory(opened):
    with opened(workers.bound, bounds=Bounds(memory_bytes=300_000_000)) as jobs:
        job = jobs.start("ada", PLAN)
        wait(lambda: job.points)
        (told,) = job.points
        assert (told["nice"], told["threads"]) == (19, 1)
        assert 0 < told["left"] <= 300_000_000


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="elsewhere memory is not bound")
def test_one_that_needs_more_memory_than_it_may_have_says_so(opened):
    with opened(work, bounds=Bounds(memory_bytes=1_000_000)) as jobs:
        job = jobs.start("ada", PLAN)
        wait(lambda: job.phase == "failed")
        assert job.message == OUT_OF_MEMORY


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
