"""The grid of small models: what was measured of them, a curve for twins, and one sentence through each."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from s2s.colours import colour_scales
from s2s.config import SearchConfig, from_plain, to_plain
from s2s.errors import ConfigError, TextError
from s2s.figures_compare import lengths_csv, lengths_figure
from s2s.grid import Grid
from s2s.metrics import bucket_name, bucket_of
from s2s.page import engine
from s2s.page.cells import PREFIX
from s2s.page.limits import LIMITS
from s2s.page.parts import part
from s2s.page.replies import reply_to
from s2s.sentences import language_to_split, split_sentences
from s2s.text import check_text
from s2s.view import View, grid_of

SEARCH = SearchConfig(beam_size=5, alternatives=0)
WORDS = View(units="words", end=False)


@dataclass(frozen=True, kw_only=True)
class AskedCell:
    """A text for one model of the grid, which is given the first sentence of it."""

    cell: str
    text: str


@dataclass(frozen=True, kw_only=True)
class AskedTwin:
    """BLEU by length of a model and of the one that differs from it in having no attention."""

    twin: str
    text: str = ""
    """The visitor's; the length of its longest sentence is marked."""


def ask(event: gr.EventData) -> str:
    """Answer what the browser asks for."""
    return respond(event._data)


def respond(values: Any) -> str:
    """The reply to an ask, which holds a message if that was refused."""
    return reply_to(values, _work)


def _work(values: Any) -> dict[str, Any]:
    if isinstance(values, dict) and "twin" in values:
        return {"twin": _twin(from_plain(AskedTwin, values))}
    return {"cell": _cell(from_plain(AskedCell, values))}


def _grid() -> Grid:
    if (grid := engine.CELLS.grid) is None:
        raise ConfigError("This page has no grid of models.")
    return grid


def _sentences(text: str) -> tuple[str, ...]:
    """A visitor's text as the models of the grid read it: sentence by sentence.

    Raises:
        TextError: there is none, it is too long, or holds what is no text.
    """
    grid = _grid()
    language = language_to_split(grid.source_language, grid.target_language)
    return split_sentences(check_text(text, LIMITS.characters), language).sentences


def _length(text: str) -> str:
    """The length bucket of the longest sentence; empty where there is none that could be translated."""
    try:
        return bucket_name(max(map(bucket_of, _sentences(text))))
    except TextError:
        return ""


def _twin(asked: AskedTwin) -> dict[str, Any]:
    pair = _grid().twin(asked.twin)
    length = _length(asked.text)
    return {
        "name": pair[1].name,
        "plain": pair[0].name,
        "length": length,
        "figure": lengths_figure(*pair, length),
        "csv": lengths_csv(pair),
        "joined": sum(score.joined for score in pair[1].by_length),
        "sentences": sum(score.sentences for score in pair[1].by_length),
    }


def _cell(asked: AskedCell) -> dict[str, Any]:
    cell = _grid().find(asked.cell)
    sentences = _sentences(asked.text)
    translator = engine.at_hand(PREFIX + cell.name)
    translation = translator.translate(sentences[0], SEARCH, time_limit_seconds=engine.SETTINGS.timeout_seconds)
    grid = grid_of(translation.sentences[0], 0, WORDS)
    drawn = None
    if grid:
        drawn = {
            "sources": grid.sources,
            "targets": grid.targets,
            "weights": grid.weights.astype(float).round(3).tolist(),
        }
    return {
        "name": cell.name,
        "sentence": sentences[0],
        "sentences": len(sentences),
        "target": translation.target,
        "milliseconds": translation.timing_ms,
        "drawn": drawn,
    }


def build() -> None:
    """A place for the grid; without one nothing is shown."""
    grid = engine.CELLS.grid
    rows = [{name: value for name, value in to_plain(cell).items() if name != "by_length"} for cell in _cells(grid)]
    twins = [attending.name for _, attending in grid.twins()] if grid else []
    facts = {"test_pairs": grid.test_pairs, "gold_pairs": grid.gold_pairs, "signature": grid.signature} if grid else {}
    views = part(
        "compare_views",
        rows=rows,
        twins=twins,
        twin=grid.twin()[1].name if grid and twins else None,
        facts=facts,
        colours=colour_scales(WORDS),
        patience_seconds=engine.SETTINGS.timeout_seconds + 10,
    )
    views.ask(ask, None, views, api_visibility="private", show_progress="hidden", trigger_mode="multiple")


def _cells(grid: Grid | None) -> tuple[Any, ...]:
    return grid.cells if grid else ()
