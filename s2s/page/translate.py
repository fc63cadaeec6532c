"""The first screen: a sentence, its translation, and the heatmap between them."""

from collections.abc import Iterator
from html import escape
from typing import Any

import gradio as gr
from gradio.events import api

from s2s.config import SearchConfig
from s2s.errors import ConfigError, S2SError
from s2s.figures import attention_figure, attention_table
from s2s.page import engine
from s2s.page.words import WORDS, word
from s2s.result import Translation

EXAMPLES = {
    "en": [
        "I did not know that you could swim.",
        "Where is the nearest station?",
        "She gave me a book that she had written herself.",
        "If it rains tomorrow, we will stay at home.",
    ],
    "letters": ["attention", "stressed", "seq", "abcdefghijklmnop"],
}
LARGEST_BEAM = 10

Update = tuple[Any, Any, Any, Any, Any, Any]
"""New values of: translation, message, sentence choice, figure, table, and the visitor's kept result."""


def answer(text: str, model: str, beam_size: float) -> Iterator[Update]:
    """Translate what a visitor typed: the text word by word, the figure when it is complete."""
    written = None
    try:
        config = SearchConfig(beam_size=_beam_size(beam_size))
        for translation in engine.stream(model, text, config):
            if translation.target != written:
                written = translation.target
                yield written, "", gr.skip(), gr.skip(), gr.skip(), gr.skip()
    except S2SError as error:
        # What stood there before stays: the visitor's text, the last answer and its figure.
        yield gr.skip(), message(str(error)), gr.skip(), gr.skip(), gr.skip(), gr.skip()
        return
    yield complete(translation)


def _beam_size(value: float) -> int:
    if not isinstance(value, int | float) or not 1 <= value <= LARGEST_BEAM:
        raise ConfigError(f"The beam size must be from 1 to {LARGEST_BEAM}, got {value!r:.80}.")
    return int(value)


def complete(translation: Translation) -> Update:
    """Everything that a finished translation shows; its first sentence is drawn."""
    count = len(translation.sentences)
    choices = [
        (f"{number + 1}. {sentence.source[:40]}", number) for number, sentence in enumerate(translation.sentences)
    ]
    warnings = message(*translation.warnings)
    chooser = gr.Radio(choices=choices, value=0, visible=count > 1)
    return translation.target, warnings, chooser, *draw(translation, 0), translation


def draw(translation: Translation | None, sentence: int) -> tuple[Any, Any]:
    """Figure and table of one sentence of a translation."""
    if translation is None or not 0 <= sentence < len(translation.sentences):
        return gr.skip(), gr.skip()
    chosen = translation.sentences[sentence]
    return attention_figure(chosen), _details(attention_table(chosen))


def message(*lines: str) -> str:
    """Some lines for the visitor, safe as HTML; nothing for none."""
    return "".join(f"<p>{escape(line)}</p>" for line in lines)


def _details(table: str) -> str:
    return f'<details><summary>{word("table")}</summary><div class="table">{table}</div></details>'


def translate(text: str, model: str = "en-fr", beam_size: int = 5) -> dict[str, Any]:
    """Translate a text and return the whole result: pieces, attention, log-probabilities, alternatives."""
    try:
        config = SearchConfig(beam_size=_beam_size(beam_size))
        *_, translation = engine.stream(model, text, config)
        return translation.to_plain()
    except S2SError as error:
        raise gr.Error(str(error), print_exception=False) from None


def build() -> gr.Dropdown:
    """Lay out the screen, with an example already worked; the choice of models is given back."""
    first = next(iter(engine.TRANSLATORS))
    samples = _samples(first)
    source_text, target_text, figure, table, example = samples[0][0] if samples else "", "", None, "", None
    if samples:
        *_, example = engine.stream(first, source_text, SearchConfig())
        target_text, _, _, figure, table, _ = complete(example)
    kept = gr.State(example)

    model = gr.Dropdown(
        [(_title(name), name) for name in engine.TRANSLATORS],
        value=first,
        label=word("model"),
        show_label=False,
        container=False,
        elem_id="model",
    )
    with gr.Row(elem_id="panes"):
        source = gr.Textbox(source_text, label=_label(first, 0), placeholder=word("placeholder"), **_pane("source"))
        target = gr.Textbox(target_text, label=_label(first, 1), interactive=False, buttons=["copy"], **_pane("target"))
    with gr.Row(elem_id="actions"):
        go = gr.Button(word("translate"), variant="primary", elem_id="go", scale=0, min_width=120)
        stop = gr.Button(word("stop"), elem_id="stop", scale=0, min_width=80)
        notice = gr.HTML("", elem_id="message")
    examples = gr.Dataset(
        components=[gr.Textbox(visible=False)],
        samples=samples,
        show_label=False,
        elem_id="examples",
    )
    gr.HTML(f"<h2>{word('attention')}</h2>")
    chooser = gr.Radio([], show_label=False, container=False, visible=False, elem_id="sentence")
    heat = gr.Plot(figure, show_label=False, container=False, elem_id="heat")
    gr.HTML(f"<p>{word('caption')}</p>", elem_classes="quiet")
    numbers = gr.HTML(table, elem_id="numbers")
    with gr.Accordion(word("settings"), open=False, elem_id="settings"):
        beam = gr.Slider(
            1, LARGEST_BEAM, value=5, step=1, label=word("beam"), info=word("beam_help"), elem_id="beam", buttons=[]
        )

    shown = [target, notice, chooser, heat, numbers, kept]
    asked = {"fn": answer, "inputs": [source, model, beam], "outputs": shown, "api_visibility": "private"}
    running = gr.on([go.click, source.submit], **asked, trigger_mode="always_last", show_progress="hidden")
    loaded = examples.click(
        lambda sample: sample[0], examples, source, api_visibility="private", show_progress="hidden"
    )
    running_example = loaded.then(**asked, show_progress="hidden")
    chooser.input(draw, [kept, chooser], [heat, numbers], api_visibility="private", show_progress="hidden")
    switched = model.change(
        _switch, model, [source, target, examples], api_visibility="private", show_progress="hidden"
    )
    running_switch = switched.then(**asked, show_progress="hidden")
    stop.click(None, cancels=[running, running_example, running_switch], api_visibility="private")
    api(translate, api_name="translate")
    return model


def _switch(model: str) -> tuple[Any, Any, Any]:
    """Labels and examples of another model."""
    samples = _samples(model)
    return (
        gr.Textbox(samples[0][0] if samples else "", label=_label(model, 0)),
        gr.Textbox(label=_label(model, 1)),
        gr.Dataset(samples=samples),
    )


def _pane(name: str) -> dict[str, Any]:
    return {"lines": 4, "max_lines": 10, "elem_id": name, "elem_classes": "pane"}


def _samples(model: str) -> list[list[str]]:
    language = engine.TRANSLATORS[model].description.source_language
    return [[text] for text in EXAMPLES.get(language, [])]


def _label(model: str, side: int) -> Any:
    description = engine.TRANSLATORS[model].description
    languages = [description.source_language, description.target_language]
    if languages[0] == languages[1]:
        languages[1] += "_backwards"
    name = languages[side]
    return word(name) if name in WORDS else name


def _title(model: str) -> str:
    return engine.TRANSLATORS[model].description.description
