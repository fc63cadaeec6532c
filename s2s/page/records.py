"""What is written down of the page's work: numbers for Prometheus, and a line of JSON for each request.

Times, sizes, the model's name if everybody is offered it, and how it ended; never a text, a file's name, or anything
else that a visitor wrote. Of an error, its kind and where it arose, not what it says.
"""

import json
import logging
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from starlette.types import Message, Send

from s2s.errors import DeadlineError, S2SError
from s2s.page.leaving import LeftError

LOG = logging.getLogger("s2s.page")
disable_created_metrics()  # type: ignore[no-untyped-call]
REGISTRY = CollectorRegistry()
PlatformCollector(registry=REGISTRY)
ProcessCollector(registry=REGISTRY)  # memory, processor time, open files

NOTED = "is noted"
SECONDS = (0.01, 0.03, 0.1, 0.3, 1, 2, 5, 10, 30)
ROWS = (1, 2, 5, 10, 20, 50, 100, 200, 500)

REQUESTS = Counter("s2s_http_requests", "Requests, by door and status", ["door", "status"], registry=REGISTRY)
REQUEST_SECONDS = Histogram(
    "s2s_http_request_seconds", "Until the answer began", ["door"], buckets=SECONDS, registry=REGISTRY
)
TASKS = Counter("s2s_tasks", "What models were asked for, and how it ended", ["task", "outcome"], registry=REGISTRY)
TASK_SECONDS = Histogram("s2s_task_seconds", "Work for one task", ["task"], buckets=SECONDS, registry=REGISTRY)
ERRORS = Counter("s2s_errors", "Errors that are the server's own, by kind", ["where", "kind"], registry=REGISTRY)
BATCH_ROWS = Histogram("s2s_step_rows", "Hypotheses that one step of a search has", buckets=ROWS, registry=REGISTRY)
BATCH_REQUESTS = Histogram(
    "s2s_step_requests",
    "Requests that are rows of the same search, at each of its steps",
    buckets=ROWS[:6],
    registry=REGISTRY,
)
REPLICAS = Counter(
    "s2s_replica_losses", "Requests whose replica was lost: retried, or given up", ["outcome"], registry=REGISTRY
)
AT_WORK = Gauge("s2s_tasks_at_work", "Tasks at work just now", registry=REGISTRY)
KEPT = {
    name: Gauge(f"s2s_{name}", text, registry=REGISTRY)
    for name, text in {
        "sessions": "Visits whose last answer is kept",
        "unread": "Visits whose answers are being fetched, or wait for that",
        "waiting": "Requests that wait",
    }.items()
}


class JsonLines(logging.Formatter):
    """One line of JSON for each record."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; of an exception its kind and places alone, since what it says may be a visitor's."""
        values = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{record.msecs:03.0f}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "values", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            values |= described(record.exc_info[1])
        return json.dumps(values)


def described(error: BaseException) -> dict[str, Any]:
    """The kind of an error, and where it arose."""
    places = traceback.extract_tb(error.__traceback__)[-8:]
    return {"kind": type(error).__name__, "places": [f"{each.filename}:{each.lineno} {each.name}" for each in places]}


def write_lines() -> None:
    """Have all that is logged written to standard error in this form, and nothing that Gradio would print of errors."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    LOG.setLevel(logging.INFO)
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").addFilter(_without_text)
    # Gradio prints the errors of events by this function, with what they say, which may quote a visitor.
    traceback.print_exc = _note_printed


def note_error(where: str, error: BaseException) -> None:
    """An error that is the server's own; once, however many places it passes on its way."""
    if NOTED in getattr(error, "__notes__", ()):
        return
    error.add_note(NOTED)
    ERRORS.labels(where, type(error).__name__).inc()
    LOG.error("an error of the server's own", extra={"values": {"where": where, **described(error)}})


def note_replica(outcome: str) -> None:
    """A request lost its replica, and is `retried` or `given up`."""
    REPLICAS.labels(outcome).inc()


def note_kept(**counts: int) -> None:
    """How much is kept just now."""
    for name, count in counts.items():
        KEPT[name].set(count)


def note_step(requests: int, rows: int) -> None:
    """A step of a search for so many requests, with so many hypotheses."""
    BATCH_REQUESTS.observe(requests)
    BATCH_ROWS.observe(rows)


@contextmanager
def task(name: str, **values: str | int) -> Iterator[None]:
    """Note how long something takes that a model is asked for, and how it ends.

    Args:
        name: what it is, such as `translate`.
        values: what the line tells of it: sizes, and a model's name that is no visitor's.
    """
    begun, outcome = time.perf_counter(), "cancelled"
    AT_WORK.inc()
    try:
        yield
        outcome = "done"
    except LeftError:
        raise
    except DeadlineError:
        outcome = "too long"
        raise
    except S2SError:
        outcome = "refused"
        raise
    except Exception as error:
        outcome = "broken"
        note_error(name, error)
        raise
    finally:
        AT_WORK.dec()
        seconds = time.perf_counter() - begun
        TASKS.labels(name, outcome).inc()
        TASK_SECONDS.labels(name).observe(seconds)
        told = {"task": name, "outcome": outcome, "seconds": round(seconds, 4), **values}
        LOG.info("task", extra={"values": told})


class Request:
    """What is noted of one request over HTTP."""

    def __init__(self) -> None:
        """It has just come."""
        self.door = "none"
        self.received = 0
        self.status = 0
        self.refused = False
        self._begun = time.perf_counter()
        self._answered = 0.0

    def around(self, send: Send) -> Send:
        """The same way for the answer, of which the beginning is noted."""

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start" and not self.status:
                self.status = message["status"]
                self._answered = time.perf_counter() - self._begun
            await send(message)

        return noted

    def end(self) -> None:
        """The answer is given, or the client has left."""
        REQUESTS.labels(self.door, str(self.status)).inc()
        REQUEST_SECONDS.labels(self.door).observe(self._answered)
        if self.received or self.status >= 400:
            told = {"door": self.door, "status": self.status, "bytes": self.received, "refused": self.refused}
            LOG.info("request", extra={"values": told | {"seconds": round(self._answered, 4)}})


def _note_printed(*_: object, **__: object) -> None:
    error = sys.exc_info()[1]
    if error is not None:
        note_error("gradio", error)


def _without_text(record: logging.LogRecord) -> bool:
    """Of a warning, where it arose is left: some of Gradio's quote what a visitor sent."""
    record.msg, record.args = f"a warning at {record.getMessage().split(': ')[0]}", ()
    return True
