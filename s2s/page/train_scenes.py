"""What the browser draws of a training: plain values, worked out here, so that the browser only draws."""

from dataclasses import asdict
from typing import Any

import numpy as np

from s2s.figures import attention_spec
from s2s.page.messages import in_both_languages
from s2s.result import Hypothesis, Sentence, Translation
from s2s.toys import answer
from s2s.workshop.job import Job
from s2s.workshop.plan import Plan

SIDES, CELL = (48, 12), 40
"""Pixels left and right of the cells, and of a cell; a narrow screen makes them narrower (assets/train-watch.js)."""

Scene = dict[str, Any]


def job_scene(job: Job, place: int, since: int) -> Scene:
    """A training, and its points from the number `since` on.

    Args:
        job: the training.
        place: how many trainings come before it, if it waits.
        since: how many points the browser has already; of these it keeps as many as there still are.
    """
    since = min(since, len(job.points))
    return {
        "plan": asdict(job.plan),
        "example": job.plan.example,
        "phase": job.phase,
        "place": place,
        "updates": job.updates,
        "parameters": job.parameters,
        "since": since,
        "points": [point_scene(job.plan, point) for point in job.points[since:]],
        "result": job.result,
        "message": in_both_languages(job.message),
    }


def point_scene(plan: Plan, point: dict[str, Any]) -> Scene:
    """How far a training was at one moment, with the heatmap of the example as the model wrote it then."""
    weights = point["attention"]
    written = Hypothesis(
        target=point["target"],
        target_pieces=tuple(point["target_pieces"]),
        log_probs=tuple(point["log_probs"]),
        score=0.0,
        attention=None if weights is None else np.array(weights, dtype=np.float32),
    )
    sentence = Sentence(source=plan.example, source_pieces=tuple(point["source_pieces"]), hypotheses=(written,))
    told = {name: point[name] for name in ("updates", "seconds", "loss", "exact", "target")}
    return told | {"figure": figure_scene(sentence, plan.most_written)}


def figure_scene(sentence: Sentence, rows: int = 0) -> Scene:
    """A heatmap as plotly.js draws it: of single letters, so with small cells, and three digits for each weight."""
    figure = attention_spec(sentence, rows=rows)
    for trace in figure["data"]:
        trace["z"] = [[round(weight, 3) for weight in row] for row in trace["z"]]
        columns, (left, right) = len(sentence.source_pieces), SIDES
        figure["layout"]["margin"] |= {"l": left, "r": right}
        figure["layout"]["width"] = left + right + CELL * columns
    return figure


def tried_scene(plan: Plan, translation: Translation) -> Scene:
    """What the model that was trained makes of a text, and, where there is a rule, what would be right."""
    sentence = translation.sentences[0]
    right = None if plan.toy == "dates" else answer(plan.toy, sentence.source)
    return {
        "source": sentence.source,
        "target": sentence.best.target,
        "right": right,
        "figure": figure_scene(sentence),
        "warnings": [in_both_languages(warning) for warning in translation.warnings],
    }
