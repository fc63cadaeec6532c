"""Dialogue, a section of More tasks: turns, answers, and where the model looked for each (assets/dialogue.js).

What was said is kept by the browser alone: an ask carries the turns that are to be read, and nothing of them stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from s2s.colours import colour_scales
from s2s.config import SearchConfig, SearchMethod, from_plain, require
from s2s.dialogue import one_turn, with_context
from s2s.errors import ConfigError
from s2s.figures import attention_spec
from s2s.page import engine, records
from s2s.page.limits import LIMITS
from s2s.page.messages import in_both_languages
from s2s.page.parts import part
from s2s.page.replies import reply_to
from s2s.page.scene import sentence_parts, source_parts, word_weights
from s2s.result import Translation
from s2s.text import PieceModel, check_text
from s2s.view import View, grid_of

OPENING = ["I am looking for a place to eat.", "I would like to eat in San Jose."]
"""Said already when the page opens."""

EXAMPLES = [
    "Can you find me a bus to Sacramento?",
    "What will the weather be like in Oakland tomorrow?",
    "I want to watch a movie tonight.",
    "Are you a robot?",
    "Tell me a joke",
]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Turns of a dialogue, the last of which is to be answered, and how."""

    turns: tuple[str, ...]
    """In their order; the model reads the last two: the answer before, and what is said to it."""
    method: SearchMethod = "beam"
    temperature: float = 1.0
    top_p: float = 1.0
    seed: int = 1

    def __post_init__(self) -> None:
        count = len(self.turns)
        require(1 <= count <= LIMITS.turns, f"A dialogue must have 1 to {LIMITS.turns} turns, got {count:,}.")

    @property
    def source(self) -> str:
        """What the model reads; a TextError if the last turn is too long, or none. Of an answer before, the end."""
        turn = one_turn(check_text(self.turns[-1], LIMITS.turn_characters))
        before = one_turn(self.turns[-2])[-LIMITS.turn_characters :] if len(self.turns) > 1 else ""
        return with_context(turn, before)

    def config(self, alternatives: int = 0) -> SearchConfig:
        """How the answer is searched: the likeliest of a beam, or a single one drawn by chance."""
        return SearchConfig(
            method=self.method,
            beam_size=5 if self.method == "beam" else 1,
            temperature=self.temperature,
            top_p=self.top_p,
            seed=self.seed,
            alternatives=alternatives,
        )


def ask(event: gr.EventData) -> str:
    """Answer what the browser says."""
    return respond(event._data)


def respond(values: Any) -> str:
    """The scene of one answer, or a message."""
    return reply_to(values, _scene)


def _scene(values: Any) -> dict[str, Any]:
    asked, name = from_plain(Asked, values), model()
    return scene_of(reply(asked, name), engine.at_hand(name).pieces)


def model() -> str:
    """The name of the model that talks; a ConfigError says if there is none."""
    if not (name := engine.of_task("dialogue")):
        raise ConfigError("There is no model of dialogues here.")
    return name


def reply(asked: Asked, name: str, alternatives: int = 0) -> Translation:
    """The answer to the last turn, by the model called `name`.

    Raises:
        S2SError: there is no such model, the turn cannot be answered, or the time is over.
    """
    source = asked.source
    with records.task("dialogue", model=engine.shown_name(name), characters=len(source)):
        return engine.at_hand(name).translate(
            source, asked.config(alternatives), time_limit_seconds=engine.SETTINGS.timeout_seconds
        )


def scene_of(translation: Translation, pieces: PieceModel) -> dict[str, Any]:
    """What the browser draws of an answer: plain values.

    Args:
        translation: of one turn.
        pieces: of the model; they say where the words of the source stand.
    """
    sentence, view = translation.sentences[0], View(units="words")
    grid = grid_of(sentence, 0, view)
    return {
        "target": translation.target,
        "answer": list(sentence_parts(sentence, 0, 0)),
        "source": source_parts(sentence, pieces),
        "shown": {"sentence": 0},
        "figure": attention_spec(sentence, 0, view),
        "colours": colour_scales(view),
        "columns": list(grid.source_words) if grid else [],
        "rows": list(grid.target_words) if grid else [],
        "weights": word_weights(sentence, sentence.best),
        "warnings": [in_both_languages(warning) for warning in translation.warnings],
    }


def opening(texts: Sequence[str]) -> list[dict[str, Any]]:
    """A conversation of some turns: each with the scene of its answer."""
    turns: list[str] = []
    found = []
    name = model()
    for text in texts:
        turns.append(text)
        translation = reply(Asked(turns=tuple(turns)), name)
        turns.append(translation.target)
        found.append({"turn": text, "scene": scene_of(translation, engine.at_hand(name).pieces)})
    return found


def build() -> None:
    """Lay out the section, with a conversation already begun."""
    desk = part(
        "dialogue",
        opening=opening(OPENING),
        examples=EXAMPLES,
        characters=LIMITS.turn_characters,
        turns=LIMITS.turns,
        patience_seconds=engine.SETTINGS.timeout_seconds + 10,
    )
    desk.ask(ask, None, desk, api_visibility="private", show_progress="hidden", trigger_mode="multiple")
