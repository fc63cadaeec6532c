"""The list of models: which are at work, which are on their way, why one is not; and where a visitor adds one."""

from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple

import gradio as gr

from s2s.errors import S2SError
from s2s.page import engine
from s2s.page.registry import Entry
from s2s.page.words import CHINESE, ENGLISH, word

POLL_SECONDS = 1.0
"""How often the list is looked at while a model is on its way."""


class Seen(NamedTuple):
    """What one visitor added, and which models are in that visitor's choice."""

    added: tuple[str, ...] = ()
    choice: tuple[str, ...] = ()


def build(model: gr.Dropdown) -> None:
    """Lay out the list, if it can ever change; `model` is the choice that its ready models join."""
    if not engine.SETTINGS.models and not engine.SETTINGS.visitor_models:
        return
    seen = gr.State(Seen())
    with gr.Accordion(word("models"), open=False, elem_id="models") as section:
        rows = gr.HTML("", elem_id="model-list")
        if engine.SETTINGS.visitor_models:
            with gr.Row(elem_id="add-model"):
                name = gr.Textbox(
                    label=word("add_model"),
                    info=word("add_model_help"),
                    placeholder="OWNER/NAME",
                    max_lines=1,
                    max_length=300,
                    elem_id="model-name",
                )
                go = gr.Button(word("add"), elem_id="add", scale=0, min_width=80)
            notice = gr.HTML("", elem_id="model-message")
    timer = gr.Timer(POLL_SECONDS, active=False)

    shown = [seen, section, rows, model, timer]
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}
    gr.on(None, opened, [], shown, **quiet)
    timer.tick(refresh, seen, shown, **quiet)
    if engine.SETTINGS.visitor_models:
        gr.on([go.click, name.submit], add, [name, seen], [name, notice, *shown], **quiet)


def opened(request: gr.Request) -> tuple[Any, ...]:
    """As `refresh`, for a visitor who has just come."""
    return refresh(Seen(), request)


def refresh(seen: Seen, request: gr.Request) -> tuple[Any, ...]:
    """New values of: what the visitor has seen, the section, its list, the choice of models, the timer."""
    words = _words(request)
    entries = engine.catalogue(seen.added)
    ready = [entry for entry in entries if entry.state == "ready"]
    choice = tuple(entry.name for entry in ready)
    return (
        seen._replace(choice=choice),
        gr.Accordion(label=_heading(entries, words)),
        listing(entries, words),
        gr.skip() if choice == seen.choice else gr.Dropdown(choices=[(_label(entry), entry.name) for entry in ready]),
        gr.Timer(active=any(entry.is_loading for entry in entries)),
    )


def add(text: str, seen: Seen, request: gr.Request) -> tuple[Any, ...]:
    """New values of: the text box, its message, and all that `refresh` gives, after a visitor named a model."""
    try:
        name = engine.add(str(text))
    except S2SError as error:
        return text, f"<p>{escape(str(error))}</p>", *refresh(seen, request)
    added = (*(other for other in seen.added if other != name), name)
    return "", "", *refresh(seen._replace(added=added), request)


def listing(entries: Sequence[Entry], words: dict[str, str]) -> str:
    """The list as HTML: a line for each model, safe whatever it says of itself."""
    return f"<ul>{''.join(_row(entry, words) for entry in entries)}</ul>"


def _row(entry: Entry, words: dict[str, str]) -> str:
    title = f"<b>{escape(entry.title)}</b> " if entry.title else ""
    state = escape(words[f"model_{entry.state}"])
    if entry.state == "downloading":
        state = f'{state} <progress value="{entry.share:.3f}" aria-label="{state}"></progress> {entry.share:.0%}'
    reason = f"<p>{escape(entry.reason[:1].upper() + entry.reason[1:])}</p>" if entry.reason else ""
    return f'<li class="{entry.state}">{title}<code>{escape(entry.name)}</code> <span>{state}</span>{reason}</li>'


def _label(entry: Entry) -> str:
    return f"{entry.title} ({entry.name})" if "/" in entry.name else entry.title  # of one of the Hub, by whom it is


def _heading(entries: Sequence[Entry], words: dict[str, str]) -> str:
    """The section's title, with how many models are not at work, since it may be closed."""
    counts = {
        "models_loading": sum(entry.is_loading for entry in entries),
        "models_failed": sum(entry.state == "failed" for entry in entries),
    }
    remarks = [f"{count} {words[name]}" for name, count in counts.items() if count]
    return " · ".join([words["models"], *remarks])


def _words(request: gr.Request) -> dict[str, str]:
    """The page's words in the language of the visitor's browser: Gradio translates one word of a component only."""
    return CHINESE if request.headers.get("accept-language", "").lower().startswith("zh") else ENGLISH
