"""The tab Compare: one sentence through two models, then a test set, twins and a grid (drawn by assets/compare.js)."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from s2s.compare import Side, check_sources, differing, side_by_side
from s2s.config import SearchConfig, from_plain
from s2s.errors import S2SError
from s2s.page import compare_emergence, compare_exposure, compare_grid, compare_test, engine, records
from s2s.page.cells import name_of
from s2s.page.limits import LIMITS
from s2s.page.messages import BROKE
from s2s.page.parts import part, said
from s2s.page.replies import failure
from s2s.page.request import check_beam
from s2s.page.scene import Phase, Shown, build_scene
from s2s.page.translate import EXAMPLES, PAUSE_SECONDS
from s2s.translator import Translator

MOST_FIGURES = 12
"""Sentences of a text whose heatmaps are drawn."""
EXAMPLE = "She gave me a book that she had written herself, and I told her that I would read it as soon as I came home."
"""Long enough for a model without attention to lose its way."""
_DRAWN = ("figure", "rows", "columns", "weights", "shown")


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """One of the two models, and how it searches."""

    model: str
    beam_size: int = 5

    @property
    def config(self) -> SearchConfig:
        """One hypothesis is shown, of the model alone: nobody reads it back."""
        return SearchConfig(beam_size=check_beam(self.beam_size), alternatives=0, read_back=0)


@dataclass(frozen=True, kw_only=True)
class AskedPair:
    """A text for two models."""

    number: int
    text: str
    one: Chosen
    other: Chosen


def ask(event: gr.EventData) -> Iterator[str]:
    """Translate what the browser asks for with both models, step by step."""
    yield from answer(event._data)


def answer(values: Any) -> Iterator[str]:
    """What the browser draws of one request, until it is complete; one that is wrong gives a message."""
    try:
        asked = from_plain(AskedPair, values)
        both = asked.one, asked.other
        translators = [engine.at_hand(chosen.model) for chosen in both]
        check_sources(*(translator.description for translator in translators))
        limit = 2 * engine.SETTINGS.timeout_seconds  # they take turns
        streams = [
            translator.stream(asked.text, chosen.config, time_limit_seconds=limit)
            for translator, chosen in zip(translators, both, strict=True)
        ]
        last = 0.0
        for sides in side_by_side(*streams):
            if time.perf_counter() - last >= PAUSE_SECONDS:
                yield said(_scene(asked, translators, sides, "busy"))
                last = time.perf_counter()
    except S2SError as error:
        yield failure(values, str(error))
        return
    except Exception as error:
        records.note_error("compare", error)
        yield failure(values, BROKE)
        return
    yield said(_scene(asked, translators, sides, "done"))


def _scene(
    asked: AskedPair, translators: list[Translator], sides: tuple[Side | None, Side | None], phase: Phase
) -> dict[str, Any]:
    drawn = [
        _side(asked, chosen, translator, side)
        for chosen, translator, side in zip((asked.one, asked.other), translators, sides, strict=True)
    ]
    if phase == "done" and drawn[0] and drawn[1]:
        words = [[each[0] for each in side["answer"] if len(each) > 1] for side in drawn if side]
        for side, flags in zip(drawn, differing(*words), strict=True):
            if side:
                side["differs"] = flags
    return {"phase": phase, "number": asked.number, "asked": asked.text, "sides": drawn}


def _side(asked: AskedPair, chosen: Chosen, translator: Translator, side: Side | None) -> dict[str, Any] | None:
    if side is None:
        return None
    translation, phase = side.translation, "done" if side.is_done else "busy"
    written = range(len(translation.sentences))
    shown = written[:MOST_FIGURES] if side.is_done else written[-1:]
    scenes = [
        build_scene(translation, translator.pieces, asked.text, Shown(sentence=number), phase)  # type: ignore[arg-type]
        for number in shown
    ]
    kept = {name: scenes[0][name] for name in ("answer", "source_words", "colours", "sentences", "warnings")}
    log_probs = [value for sentence in translation.sentences for value in sentence.best.log_probs]
    return kept | {
        "phase": phase,
        "model": chosen.model,
        "beam_size": chosen.beam_size,
        "figures": [{name: scene[name] for name in _DRAWN} for scene in scenes],
        "milliseconds": round(side.milliseconds, 1),
        "probability": float(np.exp(np.mean(log_probs))) if log_probs else 1.0,
        "parameters": translator.model.parameter_count(),
        "bleu": translator.description.scores.get("BLEU", {}).get("value"),
        "language": translator.description.target_language,
    }


def _first() -> tuple[str, list[dict[str, Any]]]:
    """The example, and the two that work it: twins of the grid, or one model that searches in two ways."""
    grid = engine.CELLS.grid
    if grid and grid.twins():
        return EXAMPLE if grid.source_language == "en" else "", [{"model": name_of(cell)} for cell in grid.twin()]
    first = next(iter(engine.TRANSLATORS))
    samples = EXAMPLES.get(engine.TRANSLATORS[first].description.source_language, [""])
    return samples[-1], [{"model": first, "beam_size": beam} for beam in (1, 5)]


def build() -> None:
    """Lay out the tab, with an example already worked."""
    text, (one, other) = _first()
    *_, scene = answer({"number": 0, "text": text, "one": one, "other": other}) if text else [""]
    grid = engine.CELLS.grid
    cells = [{"name": name_of(cell), "title": cell.name} for cell in grid.cells] if grid else []
    desk = part(
        "compare",
        scene,
        chosen=[one, other],
        cells=cells,
        largest_beam=LIMITS.beam_size,
        patience_seconds=2 * engine.SETTINGS.timeout_seconds + 10,
    )
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "trigger_mode": "multiple"}
    running = desk.ask(ask, None, desk, **private)
    desk.take(None, None, None, cancels=[running], api_visibility="private")
    compare_test.build()
    compare_grid.build()
    compare_emergence.build()
    compare_exposure.build()
