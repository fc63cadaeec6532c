"""The tab Train: a toy task is learnt before the visitor's eyes, by a model of their own (drawn by assets/train.js).

What is learnt lies with the server in a process and a folder of this visitor alone (s2s.workshop); the page asks how
far it is, and by asking says that somebody is still there.
"""

import base64
from dataclasses import dataclass
from typing import Any, cast, get_args

import gradio as gr
from starlette.requests import Request

from s2s.colours import colour_scales
from s2s.config import CellKind, SearchConfig
from s2s.errors import TrainingError
from s2s.page import engine
from s2s.page.gate import address_of
from s2s.page.inside_asks import read_ask
from s2s.page.limits import LIMITS
from s2s.page.parts import part
from s2s.page.replies import reply_to
from s2s.page.train_scenes import job_scene, tried_scene
from s2s.toys import Toy
from s2s.view import View
from s2s.workshop.job import Job
from s2s.workshop.jobs import Jobs, Terms
from s2s.workshop.plan import SIZES, Plan, TrainedAttention

JOBS = Jobs(Terms(at_work=engine.SETTINGS.trainings, share=LIMITS.waiting_share))
CONFIG = SearchConfig(beam_size=5, alternatives=0)


@dataclass(frozen=True, kw_only=True)
class Begin(Plan):
    """Train a model of one's own."""


@dataclass(frozen=True, kw_only=True)
class Stop:
    """Stop the training."""


@dataclass(frozen=True, kw_only=True)
class Resume:
    """Go on with it."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """How far it is."""

    since: int = 0
    """Points that the browser has already."""


@dataclass(frozen=True, kw_only=True)
class Try:
    """Let the model that was trained write."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Take:
    """Download it."""


Ask = Begin | Stop | Resume | Look
KINDS: dict[str, type[Ask]] = {"begin": Begin, "stop": Stop, "resume": Resume, "look": Look}
MODEL_KINDS: dict[str, type[Try | Take]] = {"try": Try, "take": Take}


def ask(event: gr.EventData, request: gr.Request) -> str:
    """Begin, stop, go on, or say how far it is."""
    came = cast(Request, request.request)  # that of HTTP: there is one for every event of a page
    return respond(event._data, str(request.session_hash), address_of(came.scope))


def use(event: gr.EventData, request: gr.Request) -> str:
    """Ask the model that was trained."""
    return respond_with_model(event._data, str(request.session_hash))


def leave(request: gr.Request) -> None:
    """A visitor has closed the page."""
    JOBS.leave(str(request.session_hash))


def respond(asked: Any, visitor: str, address: str = "") -> str:
    """Answer an ask about a training.

    Args:
        asked: plain values, with an `id` that is given back.
        visitor: whose training it is.
        address: where the visitor comes from, as the gate says it.

    Returns:
        The reply, with the training as it is now; it holds a message if the ask was refused.
    """
    return reply_to(asked, lambda values: _train(values, visitor, address))


def _train(values: Any, visitor: str, address: str) -> dict[str, Any]:
    asked = read_ask(values, KINDS)
    if not engine.SETTINGS.trainings:
        raise TrainingError("Training is switched off on this server.")
    match asked:
        case Begin(toy=toy, cell=cell, attention=attention, size=size):
            job: Job | None = JOBS.start(visitor, Plan(toy=toy, cell=cell, attention=attention, size=size), address)
        case Stop():
            job = JOBS.stop(visitor)
        case Resume():
            job = JOBS.resume(visitor)
        case Look():
            job = JOBS.look(visitor)
    since = max(0, asked.since) if isinstance(asked, Look) else 0
    return {"job": None if job is None else job_scene(job, JOBS.place(job), since)}


def respond_with_model(asked: Any, visitor: str) -> str:
    """The same for an ask of the model that a visitor has trained."""
    return reply_to(asked, lambda values: _use(values, visitor))


def _use(values: Any, visitor: str) -> dict[str, Any]:
    asked = read_ask(values, MODEL_KINDS)
    job = JOBS.ended(visitor)
    if isinstance(asked, Take):
        content = base64.b64encode(job.archive()).decode()
        return {"file": {"name": f"{job.plan.name}.zip", "type": "application/zip", "content": content}}
    text, limit = " ".join(asked.text.split()), engine.SETTINGS.timeout_seconds
    found = job.translator.translate(text, CONFIG, time_limit_seconds=limit)
    return {"tried": tried_scene(job.plan, found)}


def build() -> None:
    """Lay out the tab; what stands there at first is a training of before (assets/train-film.json)."""
    choices = {
        "toy": get_args(Toy),
        "cell": get_args(CellKind)[::-1],
        "attention": get_args(TrainedAttention),
        "size": tuple(SIZES),
    }
    patience = engine.SETTINGS.timeout_seconds + 10
    desk = part(
        "train",
        choices=choices,
        may_train=bool(engine.SETTINGS.trainings),
        most={"seconds": JOBS.terms.bounds.cpu_seconds, "minutes": JOBS.terms.wall_seconds / 60},
        colours=colour_scales(View()),
        patience_seconds=patience,
    )
    model = part("train_model")
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "trigger_mode": "multiple"}
    # How far a training is must be known while others wait for translations.
    desk.ask(ask, None, desk, queue=False, **private)
    model.ask(use, None, model, **private)
