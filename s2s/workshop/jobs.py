"""The trainings of all visitors: each in a process of its own, some at a time, the others waiting for their turn.

A visitor has one training at most, and is known by a name that nobody else knows. Who does not ask for some time (a
page that was closed, a laptop that sleeps) has left: then the process ends, and later the files go.
"""

import contextlib
import json
import logging
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from s2s.errors import TrainingError
from s2s.workshop import processes
from s2s.workshop.ends import LATE, died, left, overdue
from s2s.workshop.job import AT_WORK, ENDED, Job, Worker
from s2s.workshop.plan import Plan
from s2s.workshop.work import Bounds, work

LOG = logging.getLogger("s2s.workshop")

TICK_SECONDS = 0.25
"""Between two looks at whether a training must end."""

LARGEST_MESSAGE = 1_000_000

CLOSING_SECONDS = 5
"""That are waited at most for the end of a process that was killed."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How trainings share a server."""

    at_work: int = 2
    """Trainings at the same time."""
    waiting: int = 16
    """Trainings that may wait; more are told to come back later."""
    kept: int = 64
    """Trainings whose files are kept, those at work and those that wait too; for more, ended ones make room."""
    share: float = 0.5
    """Of the places at work and to wait that one address may hold, so that nobody fills them all."""
    lease_seconds: float = 30.0
    """Without an ask, a training stops after this time, and loses its place if it waits."""
    keep_seconds: float = 1800.0
    """Without an ask, its files go after this time."""
    wall_seconds: float = 300.0
    """At work, however little of the processor it got."""
    grace_seconds: float = 60.0
    """For what a training does after it was told to stop; then it is killed."""
    bounds: Bounds = field(default_factory=Bounds)


class Jobs:
    """All trainings of one server; many threads may ask at the same time."""

    def __init__(self, terms: Terms = Terms()) -> None:
        self.terms = terms
        self._jobs: dict[str, Job] = {}
        self._queue: list[Job] = []
        self._at_work: list[Job] = []
        self._lock = threading.RLock()

    @cached_property
    def root(self) -> Path:
        """Where the folders of all trainings are; it is made for the first one."""
        return Path(tempfile.mkdtemp(prefix="s2s-train-"))

    def start(self, visitor: str, plan: Plan, address: str = "") -> Job:
        """Begin a training, in place of the one that this visitor had.

        Args:
            visitor: whose it is.
            plan: what to train.
            address: where the visitor comes from; nothing if that is this machine, whose trainings are not counted.

        Raises:
            TrainingError: too many are waiting, or too many come from this address.
        """
        with self._lock:
            self._sweep()
            self._require_place(visitor, address)
            self._make_room(visitor)
            self.leave(visitor)
            job = self._jobs[visitor] = Job(plan, Path(tempfile.mkdtemp(dir=self.root)), address)
            self._line_up(job)
            return job

    def resume(self, visitor: str) -> Job:
        """Go on with a training that was stopped.

        Raises:
            TrainingError: there is none, or too many are waiting, or too many come from its address.
        """
        with self._lock:
            job = self._of(visitor)
            if job.phase != "stopped":
                raise TrainingError("This training was not stopped. Please begin a new one.")
            self._require_place(visitor, job.address)
            job.begin_anew()
            self._line_up(job)
            return job

    def stop(self, visitor: str) -> Job | None:
        """Stop a training; what it has learnt is kept. One that waits loses its place; None if nothing is left of it.

        One that is still getting ready has learnt nothing, and is soon no more.

        Raises:
            TrainingError: there is none.
        """
        with self._lock:
            job = self._of(visitor)
            if job.phase == "waiting":
                self._give_up(job)
            elif job.phase in AT_WORK:
                self._tell_to_stop(job)
            return self._jobs.get(visitor)

    def look(self, visitor: str) -> Job | None:
        """The training of a visitor, who is still there; None if there is none."""
        with self._lock:
            job = self._jobs.get(visitor)
            if job is not None:
                job.asked = time.monotonic()
            self._sweep()
            return job

    def place(self, job: Job) -> int:
        """How many trainings come before this one that waits."""
        with self._lock:
            return self._queue.index(job) if job in self._queue else 0

    def ended(self, visitor: str) -> Job:
        """The training of a visitor, which has left a model.

        Raises:
            TrainingError: it has not yet, or there is none.
        """
        with self._lock:
            job = self._of(visitor)
            if job.phase not in ENDED or not job.result:
                raise TrainingError("The model is not trained yet. Please wait until it is, or stop the training.")
            return job

    def leave(self, visitor: str) -> None:
        """A visitor has left: the process ends, the files go."""
        with self._lock:
            job = self._jobs.pop(visitor, None)
            if job is None:
                return
            if job in self._queue:
                self._queue.remove(job)
            if job.worker is None:
                shutil.rmtree(job.folder, ignore_errors=True)
            else:
                job.worker.process.kill()  # who attends to it clears up

    def close(self) -> None:
        """End all of them, and wait for that."""
        with self._lock:
            for visitor in list(self._jobs):
                self.leave(visitor)
            workers = [job.worker for job in self._at_work]
        for worker in filter(None, workers):
            worker.attended.wait(CLOSING_SECONDS)
        shutil.rmtree(self.root, ignore_errors=True)
        del self.root

    def warm_up(self) -> None:
        """Load what trainings need, in the background and at their priority, so that the first one need not wait."""
        processes.warm_up()

    def _of(self, visitor: str) -> Job:
        job = self._jobs.get(visitor)
        if job is None:
            raise TrainingError("There is no training of yours any more. Please begin a new one.")
        job.asked = job.used = time.monotonic()
        return job

    def _require_place(self, visitor: str, address: str) -> None:
        """Whether there is a place to wait: one at all, and one for whoever asks."""
        mine = self._jobs.get(visitor)
        waiting = [job for job in self._queue if job is not mine]
        if len(waiting) >= self.terms.waiting:
            raise TrainingError("Many visitors are training just now. Please try again in some minutes.")
        most = max(1, int((self.terms.at_work + self.terms.waiting) * self.terms.share))
        near = [job for job in [*waiting, *self._at_work] if job is not mine and job.address == address]
        if address and len(near) >= most:
            raise TrainingError(
                f"{most} trainings from your address are at work or waiting, which is the most. "
                "Please let one of them end first."
            )

    def _make_room(self, visitor: str) -> None:
        """Drop, for one more training, the ended one that nobody used for longest."""
        others = {name: job for name, job in self._jobs.items() if name != visitor}
        if len(others) < self.terms.kept:
            return
        ended = [name for name, job in others.items() if job.worker is None and job not in self._queue]
        if not ended:
            raise TrainingError("Many visitors are training just now. Please try again in some minutes.")
        self.leave(min(ended, key=lambda name: others[name].used))

    def _line_up(self, job: Job) -> None:
        self._queue.append(job)
        self._advance()

    def _advance(self) -> None:
        """Begin those whose turn it is."""
        for job in list(self._queue):
            if self._has_left(job):
                self._give_up(job)
            elif job.worker is None and len(self._at_work) < self.terms.at_work:  # its process of before has ended
                self._queue.remove(job)
                self._begin(job)

    def _begin(self, job: Job) -> None:
        ours, theirs = processes.PROCESSES.Pipe()
        resumed = bool(job.result)
        arguments = (theirs, job.plan, job.folder, self.terms.bounds, resumed)
        process = processes.PROCESSES.Process(target=work, args=arguments, daemon=True)
        process.start()
        theirs.close()
        job.worker, job.phase, job.stopped, job.reason = Worker(process, ours), "starting", None, ""
        self._at_work.append(job)
        threading.Thread(target=self._attend, args=(job, job.worker), daemon=True).start()

    def _attend(self, job: Job, worker: Worker) -> None:
        """Listen to a process until it ends, and see to it that it does."""
        with contextlib.suppress(EOFError, OSError):  # it has closed the pipe
            while True:
                if worker.teller.poll(TICK_SECONDS):
                    told = json.loads(worker.teller.recv_bytes(LARGEST_MESSAGE))
                    with self._lock:
                        job.hear(told)
                self._watch(job, worker)
        worker.process.join()
        worker.teller.close()
        with self._lock:
            job.worker, job.used = None, time.monotonic()
            if job.phase in AT_WORK and job in self._jobs.values():
                self._end_early(job, worker.process.exitcode or 0)
            if job not in self._jobs.values():
                shutil.rmtree(job.folder, ignore_errors=True)
            self._at_work.remove(job)
            self._advance()
        worker.attended.set()

    def _end_early(self, job: Job, code: int) -> None:
        """Its process has ended, with this exit code, and left no model."""
        if job.stopped is None or (code and job.reason != LATE):
            LOG.error("a training ended with exit code %d and told nothing", code)
            job.fall_back(died(code))
        elif job.reason:
            job.fall_back(job.reason)
        else:  # its visitor stopped it before it had learnt anything
            self._put_back(job)

    def _watch(self, job: Job, worker: Worker) -> None:
        now = time.monotonic()
        if job.stopped is None:
            if self._has_left(job):
                self._tell_to_stop(job, left(self.terms.lease_seconds))
            elif now - worker.began > self.terms.wall_seconds:
                self._tell_to_stop(job, overdue(self.terms.wall_seconds))
        elif now - job.stopped > self.terms.grace_seconds:
            job.reason = LATE
            worker.process.kill()

    def _tell_to_stop(self, job: Job, reason: str = "") -> None:
        with self._lock:
            if job.stopped is None and job.worker is not None:
                job.stopped, job.reason = time.monotonic(), reason
                with contextlib.suppress(OSError):  # it has just ended
                    job.worker.teller.send_bytes(b"stop")

    def _has_left(self, job: Job) -> bool:
        return time.monotonic() - job.asked > self.terms.lease_seconds

    def _give_up(self, job: Job) -> None:
        """Take one that waits out of the queue."""
        self._queue.remove(job)
        self._put_back(job)

    def _put_back(self, job: Job) -> None:
        """Have one that did nothing be as it was before: stopped, or not there."""
        if job.result:
            job.phase = "stopped"
        else:
            self.leave(next(visitor for visitor, each in self._jobs.items() if each is job))

    def _sweep(self) -> None:
        """Clear up after those who left long ago."""
        now = time.monotonic()
        for visitor, job in list(self._jobs.items()):
            if job.worker is None and now - job.asked > self.terms.keep_seconds:
                self.leave(visitor)
