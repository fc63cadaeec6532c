"""The first screen: a sentence, its translation, and the heatmap between them (drawn by assets/translate.js)."""

import base64
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import gradio as gr

from s2s.downloads import html_frame, read_json, save
from s2s.errors import S2SError
from s2s.language import LANGUAGES, guess
from s2s.models import DEFAULT_MODELS
from s2s.page import engine, files, models, records
from s2s.page.leaving import LeftError
from s2s.page.limits import LIMITS
from s2s.page.messages import BROKE, in_both_languages
from s2s.page.parts import part, said
from s2s.page.replies import failure
from s2s.page.request import Asked, Wish, check_beam
from s2s.page.scene import Phase, Shown, build_scene, picture_of
from s2s.page.words import word
from s2s.result import Translation

EXAMPLES = {
    "en": [
        "I did not know that you could swim.",
        "Where is the nearest station?",
        "She gave me a book that she had written herself.",
        "If it rains tomorrow, we will stay at home.",
    ],
    "en-zh": [
        "My sister works in a hospital.",
        "The children are playing in the garden.",
        "He does not like coffee, but he drinks tea every day.",
        "If it rains tomorrow, we will stay at home.",
    ],
    "fr": ["Je ne savais pas que tu savais nager.", "Où est la gare la plus proche ?"],
    "de": ["Ich wusste nicht, dass du schwimmen kannst.", "Wo ist der nächste Bahnhof?"],
    "es": ["No sabía que supieras nadar.", "¿Dónde está la estación más cercana?"],
    "zh": ["我妹妹在医院工作。", "最近的车站在哪里？", "孩子们在花园里玩。", "如果明天下雨，我们就待在家里。"],
    "dates": ["Tuesday, March 5th, 2024", "le 14 juillet 1989", "二〇二四年三月五日", "Sonntag, den 9. November 2003"],
    "letters": ["attention", "stressed", "seq", "abcdefghijklmnop"],
}
"""By the model, or else by the language of its source; the first one is worked when the page opens."""

PAUSE_SECONDS = 0.04
"""Between two scenes of an answer that is written: more would only be drawn over."""


class Kept(NamedTuple):
    """What the server remembers of a visitor: the last answer, to be looked at in other ways."""

    asked: Asked
    translation: Translation


Update = tuple[str | Any, Kept | Any]
"""New values of the stage and of what is kept."""


def ask(event: gr.EventData) -> Iterator[Update]:
    """Translate what the browser asks for: a scene whenever there is something new to draw, and a complete one."""
    yield from answer(event._data)


def answer(values: Any) -> Iterator[Update]:
    """The scenes of one request; one that is wrong gives a message, and what stood there before stays."""
    try:
        asked = Asked.from_plain(values)
        last = 0.0
        for translation in engine.stream(asked.model, asked.text, asked.config):
            if time.perf_counter() - last >= PAUSE_SECONDS:
                yield _update(asked, translation, "busy")
                last = time.perf_counter()
    except S2SError as error:
        yield failure(values, str(error)), gr.skip()
        return
    except LeftError:
        return
    except Exception as error:
        records.note_error("scene", error)
        yield failure(values, BROKE), gr.skip()
        return
    yield _update(asked, translation, "done", warnings=_revision_warning(asked, translation))
    if offered := _guess(asked):
        yield _update(asked, translation, "done", warnings=_revision_warning(asked, translation), guess=offered)


def show(kept: Kept | None, event: gr.EventData) -> str | Any:
    """Another part, version or view of what is kept, as the browser asks for."""
    return look(kept, event._data)


def look(kept: Kept | None, values: Any) -> str | Any:
    """The scene of what is kept, shown in another way; nothing changes where nothing is kept."""
    if kept is None:
        return gr.skip()
    try:
        wish = Wish.from_plain(values)
    except S2SError as error:
        return failure(values, str(error))
    asked = replace(kept.asked, number=wish.number, shown=wish.shown)
    return _update(asked, kept.translation, "done")[0]


def take(kept: Kept | None, event: gr.EventData) -> tuple[str | Any, str | Any]:
    """A file of what is kept, in the form that the browser asks for: for its download, or a message for the stage."""
    return save_as(kept, event._data)


def save_as(kept: Kept | None, values: Any) -> tuple[str | Any, str | Any]:
    """New values of the download and of the stage."""
    if kept is None:
        return gr.skip(), gr.skip()
    try:
        wish = Wish.from_plain(values)
        picture = picture_of(kept.translation, wish.shown)
        # The browser has plotly.js already, and puts it in.
        file = save(picture, wish.form) if wish.form != "html" else save(picture, wish.form, html_frame)
    except S2SError as error:
        return gr.skip(), failure(values, str(error))
    content = base64.b64encode(file.content).decode()
    return said({"name": file.name, "type": file.media_type, "content": content}), gr.skip()


def reopen(event: gr.EventData) -> Update:
    """A saved translation as if it had just been written, or a message."""
    return load(event._data)


def load(values: Any) -> Update:
    """New values of the stage and of what is kept."""
    try:
        wish = Wish.from_plain(values)
        picture = read_json(wish.text)
        translation = picture.translation
        asked = Asked(
            number=wish.number,
            text=translation.source,
            model=translation.model,
            beam_size=check_beam(translation.settings.get("beam_size", 1)),
            read_back=bool(translation.settings.get("read_back", True)),
            shown=Shown(sentence=picture.number, rank=picture.rank, view=picture.view),
        )
        return _update(asked, translation, "done", opened=True)
    except S2SError as error:
        return failure(values, str(error)), gr.skip()


def _update(asked: Asked, translation: Translation, phase: Phase, **more: Any) -> Update:
    translator = engine.TRANSLATORS.get(asked.model)
    is_same = translator is not None and translator.revision == translation.revision
    pieces = translator.pieces if translator is not None and is_same else None
    scene = build_scene(translation, pieces, asked.text, asked.shown, phase)
    scene["warnings"] = [*more.pop("warnings", []), *scene["warnings"]]
    return said(scene | {"number": asked.number, **more}), Kept(asked, translation)


def _revision_warning(asked: Asked, translation: Translation) -> list[dict[str, str]]:
    if asked.revision in ("", translation.revision):
        return []
    return [
        in_both_languages(
            f"This link was made with revision {asked.revision:.40} of the model {asked.model}; here is revision "
            f"{translation.revision}. The answer may differ."
        )
    ]


def _guess(asked: Asked) -> str | None:
    """The language that the text seems to be in, if that is another one that a model reads."""
    read = {model["source"] for model in _models()}
    language = engine.TRANSLATORS[asked.model].description.source_language
    if language not in LANGUAGES or not read & (set(LANGUAGES) - {language}):
        return None
    found = guess(asked.text)
    return found if found != language and found in read else None


def settling(worked: Mapping[str, tuple[Any, Any]]) -> Callable[[gr.EventData], Any]:
    """Gives what is kept of the example of the visitor's language, which the browser shows already."""

    def settle(event: gr.EventData) -> Any:
        language = event._data
        return worked[language][1] if isinstance(language, str) and language in worked else gr.skip()

    return settle


def example(model: str) -> str:
    """The text that a model's example translates; empty if its language has none."""
    language = engine.TRANSLATORS[model].description.source_language
    return next(iter(EXAMPLES.get(model, EXAMPLES.get(language, []))), "")


def _worked(model: str) -> Update:
    """The example of a model, worked: the scene and what is kept."""
    if not (text := example(model)):
        return "", None
    *_, found = answer({"number": 0, "text": text, "model": model})
    return found


def build() -> None:
    """Lay out the screen, with an example already worked."""
    first = next(iter(engine.TRANSLATORS))
    text = example(first)
    scene, kept = _worked(first)
    worked = {language: _worked(model) for language, model in DEFAULT_MODELS.items() if model in engine.TRANSLATORS}
    state = gr.State(kept)

    part("direction", models=_models(), examples=EXAMPLES)
    with gr.Row(elem_id="panes"):
        with gr.Column(elem_classes="pane"):
            gr.Textbox(
                text,
                label=word("source"),
                placeholder=word("placeholder"),
                show_label=False,
                container=False,
                lines=4,
                max_lines=12,
                interactive=True,
                elem_id="source",
            )
            with gr.Row(elem_id="actions"):
                gr.Button(word("translate"), variant="primary", elem_id="go", scale=0, min_width=120)
                stop = gr.Button(word("stop"), elem_id="stop", scale=0, min_width=80)
                part("past")
        with gr.Column(elem_classes="pane"):
            part("answer")
    part("notices")
    part("examples")
    part("figure")
    files.build(stop)
    part("settings", largest_beam=LIMITS.beam_size)
    models.build()
    download = part("download")
    scenes = {language: scene for language, (scene, _) in worked.items()}
    stage = part("stage", scene, worked=scenes, patience_seconds=engine.SETTINGS.timeout_seconds + 10)

    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "trigger_mode": "multiple"}
    running = stage.ask(ask, None, [stage, state], **private)
    stage.show(show, state, stage, **private)
    stage.take(take, state, [download, stage], **private)
    stage.reopen(reopen, None, [stage, state], **private)
    stage.settle(settling(worked), None, state, **private)
    stop.click(None, cancels=[running], api_visibility="private")


def _models() -> list[dict[str, str]]:
    """What the browser needs to know of the models that translate when the page opens, in their order."""
    described = {name: translator.description for name, translator in engine.TRANSLATORS.items()}
    described = {name: found for name, found in described.items() if found.task == "text"}
    return [
        {
            "name": name,
            "source": description.source_language,
            "target": description.target_language,
            "title": description.description or name,
        }
        for name, description in described.items()
    ]
