"""Headline, a section of More tasks: a description in, one line out, and what of it was copied (assets/headline.js)."""

from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
import spaces

from s2s.colours import colour_scales
from s2s.config import SearchConfig, from_plain
from s2s.figures import attention_spec
from s2s.page import engine, records
from s2s.page.messages import in_both_languages
from s2s.page.parts import part
from s2s.page.replies import reply_to
from s2s.page.scene import sentence_parts, source_parts, word_weights
from s2s.result import Hypothesis, Sentence, Translation
from s2s.text import PieceModel
from s2s.view import View, grid_of
from s2s.words import Words, words_of_pieces

EXAMPLES = [
    "libcompass is a C library that reads and writes GPX files, in which GPS receivers keep tracks, routes and "
    + "waypoints. It can join tracks, thin them out, and measure distance and height. This package contains the header "
    + "files and the static library needed to compile programs with it.",
    "Lantern turns photographs of a whiteboard into clean pictures. It removes shadows, straightens edges and makes "
    + "the colours of the pens stronger. The result can be saved as PNG or PDF, and many photographs can be worked on "
    + "at once from the command line.",
    "You are the keeper of a small lighthouse, and night after night ships come too close to the rocks. Guide them "
    + "with your lamp, repair the tower by day, and find out who puts out the other lights along the coast. The game "
    + "has twenty levels and can be played with a mouse or a joystick.",
]
"""Descriptions of programs that there are not: no model has seen them. The first one is worked when the page opens."""

CONFIG = SearchConfig(beam_size=5, alternatives=0)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A text to be summed up."""

    text: str


def ask(event: gr.EventData) -> str:
    """Sum up what the browser asks for."""
    return respond(event._data)


def respond(values: Any) -> str:
    """The scene of one request, or a message."""
    return reply_to(values, _scene)


def _scene(values: Any) -> dict[str, Any]:
    asked, name = from_plain(Asked, values), engine.of_task("summarization")
    translator = engine.at_hand(name)
    with records.task("summarization", model=engine.shown_name(name), characters=len(asked.text)):
        return scene_of(_summed_up(asked.text), translator.pieces)


@spaces.GPU(duration=20)  # type: ignore[untyped-decorator]
def _summed_up(text: str) -> Translation:
    translator = engine.at_hand(engine.of_task("summarization"))
    return translator.translate(text, CONFIG, time_limit_seconds=engine.SETTINGS.timeout_seconds)


def scene_of(translation: Translation, pieces: PieceModel) -> dict[str, Any]:
    """What the browser draws of a summary: plain values.

    Args:
        translation: of one text, with attention.
        pieces: of the model; they say where the words of the source stand.
    """
    sentence, view = translation.sentences[0], View(units="words")
    best, grid = sentence.best, grid_of(sentence, 0, view)
    source = words_of_pieces(sentence.source_pieces)
    return {
        "answer": [each[:3] for each in sentence_parts(sentence, 0, 0)],
        "source": source_parts(sentence, pieces),
        "origins": [] if best.origins is None else _word_origins(sentence, best, source),
        "coverage": [] if best.coverage is None else np.round(_sums(best.coverage, source), 3).tolist(),
        "figure": attention_spec(sentence, 0, view),
        "colours": colour_scales(view),
        "columns": list(grid.source_words) if grid else [],
        "rows": list(grid.target_words) if grid else [],
        "weights": word_weights(sentence, best),
        "warnings": [in_both_languages(warning) for warning in translation.warnings],
        "model": translation.model,
        "revision": translation.revision,
    }


def _word_origins(sentence: Sentence, best: Hypothesis, source: Words) -> list[dict[str, Any]]:
    """For each word of the target: the mean share of its pieces that was copied, and the source words it came from."""
    words, origins = words_of_pieces(best.target_pieces), best.origins or ()
    found: list[dict[str, Any]] = [{"shares": [], "places": []} for _ in words.texts]
    for step, (word, origin) in enumerate(zip(words.of_pieces, origins, strict=True)):
        if word is None or best.attention is None:
            continue
        found[word]["shares"].append(origin.copied)
        if origin.copied >= 0.5:
            place = max(origin.places, key=lambda place, row=best.attention[step]: float(row[place]))  # type: ignore[misc]
            found[word]["places"].append(source.of_pieces[place])
    return [
        {
            "copied": round(float(np.mean(each["shares"])), 3) if each["shares"] else 0.0,
            "places": list(dict.fromkeys(place for place in each["places"] if place is not None)),
        }
        for each in found
    ]


def _sums(values: np.ndarray, words: Words) -> np.ndarray:
    """The values [S] of pieces, added up for each word."""
    sums = np.zeros(len(words.texts))
    for word, value in zip(words.of_pieces, values.tolist(), strict=True):
        if word is not None:
            sums[word] += value
    return sums


def build() -> None:
    """Lay out the section, with an example already worked."""
    scene = respond({"text": EXAMPLES[0]})
    limit = engine.find(engine.of_task("summarization")).limits.characters
    desk = part(
        "headline", scene, examples=EXAMPLES, characters=limit, patience_seconds=engine.SETTINGS.timeout_seconds + 10
    )
    desk.ask(ask, None, desk, api_visibility="private", show_progress="hidden", trigger_mode="multiple")
