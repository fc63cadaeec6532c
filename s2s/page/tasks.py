"""The tab More tasks: what the same model family does beside translation, one section for each task."""

from collections.abc import Callable

import gradio as gr

from s2s.page import dialogue, engine, headline, speech
from s2s.page.words import word

SECTIONS: list[tuple[str, Callable[[], None], Callable[[], bool]]] = [
    ("task_speech", speech.build, lambda: bool(engine.TRANSCRIBERS)),
    ("task_headline", headline.build, lambda: bool(engine.of_task("summarization"))),
    ("task_dialogue", dialogue.build, lambda: bool(engine.of_task("dialogue"))),
]
"""The word on a section's tab, what lays it out, and whether its model is at hand; in their order."""


def has_tasks() -> bool:
    """Whether there is a task to show."""
    return any(is_at_hand() for _, _, is_at_hand in SECTIONS)


def build() -> None:
    """Lay out the sections whose models are at hand."""
    with gr.Tabs(elem_id="tasks"):
        for name, build_section, is_at_hand in SECTIONS:
            if is_at_hand():
                with gr.Tab(word(name), elem_id=name, id=name):
                    build_section()
