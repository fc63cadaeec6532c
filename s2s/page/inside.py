"""Look inside: questions to the model, asked with one's hands."""

import gradio as gr

from s2s.page.words import word


def build() -> None:
    """Lay out the screen."""
    gr.Markdown(word("inside_soon"))
