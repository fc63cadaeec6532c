"""The list of models: which are at work, which are on their way, why one is not; and where a visitor adds one.

Drawn by assets/shelf.js, which looks again while a model is on its way.
"""

from typing import Any

import gradio as gr

from s2s.errors import S2SError
from s2s.page import engine
from s2s.page.messages import in_both_languages
from s2s.page.parts import part, said
from s2s.page.registry import Entry


def build() -> None:
    """Lay out the list."""
    added = gr.State(())
    shelf = part(
        "shelf",
        look(()),
        can_add=bool(engine.SETTINGS.visitor_models),
        may_change=bool(engine.SETTINGS.models),
    )
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}
    shelf.look(look, added, shelf, **private)
    shelf.fetch(fetch, added, [added, shelf], **private)


def look(added: tuple[str, ...]) -> str:
    """What is told of all models, to a visitor who added some."""
    return said(_told(added))


def fetch(added: tuple[str, ...], event: gr.EventData) -> tuple[tuple[str, ...], str]:
    """Fetch the model that a visitor names: what that visitor added, and what is told of all models."""
    return put(added, event._data)


def put(added: tuple[str, ...], values: Any) -> tuple[tuple[str, ...], str]:
    """The same for what the browser sends."""
    text = values.get("name") if isinstance(values, dict) else values
    try:
        name = engine.add(str(text))
    except S2SError as error:
        return added, said(_told(added) | {"message": in_both_languages(str(error))})
    added = (*(other for other in added if other != name), name)
    return added, said(_told(added) | {"message": None})


def _told(added: tuple[str, ...]) -> dict[str, Any]:
    return {"entries": [_plain(entry) for entry in engine.catalogue(added)]}


def _plain(entry: Entry) -> dict[str, Any]:
    of_hub = bool(entry.title) and "/" in entry.name
    return {
        "name": entry.name,
        "title": f"{entry.title} ({entry.name})" if of_hub else entry.title,
        "source": entry.source_language,
        "target": entry.target_language,
        "task": entry.task,
        "state": entry.state,
        "share": round(entry.share, 3),
        "reason": in_both_languages(entry.reason),
    }
