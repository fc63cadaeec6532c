"""How attention arises: a sentence at each moment of a training that was watched before (emergence.json)."""

from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from s2s.colours import colour_scales
from s2s.config import from_plain
from s2s.emergence import Emergence, Moment
from s2s.errors import ConfigError
from s2s.figures import attention_spec
from s2s.page import engine
from s2s.page.parts import part
from s2s.page.replies import reply_to
from s2s.result import Sentence
from s2s.view import View, grid_of

WORDS = View(units="words", end=False)
SPARE_ROWS = 2
"""More than the model needs when it has learnt: so much is seen of longer ones before."""


@dataclass(frozen=True, kw_only=True)
class AskedSentence:
    """One of the sentences that were looked at, by its number."""

    sentence: int


def ask(event: gr.EventData) -> str:
    """Answer what the browser asks for."""
    return respond(event._data)


def respond(values: Any) -> str:
    """The reply to an ask, which holds a message if that was refused."""
    return reply_to(values, _work)


def _work(values: Any) -> dict[str, Any]:
    place, emergence = from_plain(AskedSentence, values).sentence, engine.CELLS.emergence
    if emergence is None or not 0 <= place < len(emergence.sentences):
        raise ConfigError(f"This page has no training with a sentence {place}.")
    rows = _rows(emergence.sentence(place, emergence.moments[-1])) + SPARE_ROWS
    return {
        "sentence": place,
        "source": emergence.sentences[place].source,
        "moments": [_moment(emergence, place, moment, rows) for moment in emergence.moments],
    }


def _rows(sentence: Sentence) -> int:
    grid = grid_of(sentence, 0, WORDS)
    return len(grid.targets) if grid else 0


def _beginning(sentence: Sentence, rows: int) -> Sentence:
    """As much of a sentence as so many rows show: a model that has just begun writes on and on."""
    while _rows(sentence) > rows:
        best, keep = sentence.best, len(sentence.best.target_pieces) - 1
        weights = None if best.attention is None else best.attention[:keep]
        shorter = replace(
            best, target_pieces=best.target_pieces[:keep], log_probs=best.log_probs[:keep], attention=weights
        )
        sentence = replace(sentence, hypotheses=(shorter,))
    return sentence


def _moment(emergence: Emergence, place: int, moment: Moment, rows: int) -> dict[str, Any]:
    return {
        "updates": moment.updates,
        "loss": moment.loss,
        "bleu": moment.bleu,
        "target": moment.glances[place].target,
        "figure": attention_spec(_beginning(emergence.sentence(place, moment), rows), 0, WORDS, rows),
    }


def build() -> None:
    """A place for it; without such a training nothing is shown."""
    emergence = engine.CELLS.emergence
    facts = {}
    if emergence:
        facts = {
            "name": emergence.name,
            "updates": f"{emergence.updates:,}",
            "moments": len(emergence.moments),
            "pairs": emergence.valid_pairs,
            "translated": emergence.translated,
        }
    desk = part(
        "compare_emergence",
        sentences=[watched.source for watched in emergence.sentences] if emergence else [],
        facts=facts,
        colours=colour_scales(WORDS),
        patience_seconds=engine.SETTINGS.timeout_seconds + 10,
    )
    desk.ask(ask, None, desk, api_visibility="private", show_progress="hidden", trigger_mode="multiple")
