"""Teacher forcing, seen: a sentence through models that were fed differently, and what each makes of a mistake."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

import gradio as gr

from s2s.config import SearchConfig, from_plain, require
from s2s.errors import TextError
from s2s.exposure import Exposure, Fed, Gap
from s2s.figures_exposure import Measure, exposure_csv, exposure_figure
from s2s.inside.mistake import feed_back, other_words
from s2s.page import engine, records
from s2s.page.cells import FED_PREFIX
from s2s.page.parts import part
from s2s.page.replies import reply_to
from s2s.page.scene import sentence_parts
from s2s.text import check_text
from s2s.translator import Translator

GREEDY = SearchConfig(beam_size=1, alternatives=0)
EXAMPLE = {
    "text": "I know I can do better.",
    "target": "Je sais que je peux faire mieux.",
    "word": 2,
    "instead": "qu'il",
}
"""A held-out sentence, its right translation, and a mistake in it."""


@dataclass(frozen=True, kw_only=True)
class AskedAnswers:
    """What each model writes for a text."""

    do: Literal["answers"]
    text: str


@dataclass(frozen=True, kw_only=True)
class AskedWords:
    """What could stand in place of a word of a translation."""

    do: Literal["words"]
    text: str
    target: str
    word: int


@dataclass(frozen=True, kw_only=True)
class AskedMistake:
    """What each model makes of another word there."""

    do: Literal["mistake"]
    text: str
    target: str
    word: int
    instead: str


@dataclass(frozen=True, kw_only=True)
class AskedCurve:
    """What was measured, as a figure."""

    do: Literal["curve"]
    measure: Measure
    stacked: bool = False
    """Whether the panels stand one under the other."""


ASKS: dict[str, type[Any]] = {
    "answers": AskedAnswers,
    "words": AskedWords,
    "mistake": AskedMistake,
    "curve": AskedCurve,
}


def ask(event: gr.EventData) -> str:
    """Answer what the browser asks for."""
    return respond(event._data)


def respond(values: Any) -> str:
    """The reply to an ask, which holds a message if that was refused."""
    return reply_to(values, _work)


def _work(values: Any) -> dict[str, Any]:
    kind = values.get("do") if isinstance(values, dict) else None
    require(isinstance(kind, str) and kind in ASKS, f"Please ask for one of {', '.join(ASKS)}; got {kind!r:.80}.")
    asked = from_plain(ASKS[str(kind)], values)
    if isinstance(asked, AskedCurve):
        figure = exposure_figure(_exposure(), asked.measure, stacked=asked.stacked)
        return {"curve": {"measure": asked.measure, "figure": figure, "csv": exposure_csv(_exposure())}}
    with records.task(f"exposure {asked.do}"):
        if isinstance(asked, AskedAnswers):
            return _answers(asked)
        models = _models()
        if isinstance(asked, AskedWords):
            return {"words": other_words(next(iter(models.values())), _line(asked.text), asked.target, asked.word)}
        rows = [
            {"name": name, **asdict(feed_back(model, _line(asked.text), asked.target, asked.word, asked.instead))}
            for name, model in models.items()
        ]
        return {"mistake": {"word": asked.word, "target": asked.target, "rows": rows}}


def _exposure() -> Exposure:
    found = engine.CELLS.exposure
    require(found is not None, "This page has no models that were fed differently.")
    assert found is not None
    return found


def _models() -> dict[str, Translator]:
    return {model.name: engine.at_hand(FED_PREFIX + model.name) for model in _exposure().models}


def _line(text: str) -> str:
    return " ".join(text.split())  # the mistake stands in one sentence, whatever it was split into


def _answers(asked: AskedAnswers) -> dict[str, Any]:
    answers = []
    for name, model in _models().items():
        text = _line(check_text(asked.text, model.limits.characters))
        target = model.translate(text, GREEDY, time_limit_seconds=engine.SETTINGS.timeout_seconds).target
        answers.append({"name": name, **_parts(model, text, target)})
    is_example = text == EXAMPLE["text"]
    right = _parts(model, text, str(EXAMPLE["target"])) | {"mistake": EXAMPLE} if is_example else None
    return {"answers": answers, "text": text, "right": right}


def _parts(model: Translator, text: str, target: str) -> dict[str, Any]:
    """A translation as words that can be pressed; one that cannot be read again, such as nothing, has none."""
    try:
        return {"target": target, "parts": list(sentence_parts(model.score(text, target).sentences[0], 0, 0))}
    except TextError:
        return {"target": target, "parts": [[target]]}


def build() -> None:
    """A place for these models; without any nothing is shown."""
    found = engine.CELLS.exposure
    desk = part(
        "compare_exposure",
        models=[_facts(model) for model in found.models] if found else [],
        pairs=found.test_pairs if found else 0,
        example=EXAMPLE["text"],
        patience_seconds=engine.SETTINGS.timeout_seconds + 10,
    )
    desk.ask(ask, None, desk, api_visibility="private", show_progress="hidden", trigger_mode="multiple")


def _facts(model: Fed) -> dict[str, Any]:
    kept = ("name", "bleu", "band", "exact_match", "parameters")
    return {name: getattr(model, name) for name in kept} | {"own": _whole(model.own), "mistake": _whole(model.mistake)}


def _whole(gaps: tuple[Gap, ...]) -> dict[str, Any]:
    """All places together."""
    return asdict(next(gap for gap in gaps if gap.place == 0))
