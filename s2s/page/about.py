"""About: what one sees here, the models with their scores and licences, and how programs ask them."""

from html import escape

import gradio as gr

from s2s.page import engine
from s2s.page.words import word


def build() -> None:
    """Lay out the screen."""
    gr.Markdown(word("about"), elem_classes="prose-page")
    gr.HTML(f"<h2>{word('about_models')}</h2>")
    gr.HTML(models_table(), elem_id="models")


def models_table() -> str:
    """The models at hand with their scores and licences, as HTML; everything escaped."""
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        for cells in map(_cells, engine.TRANSLATORS)
    )
    return f"<table><tbody>{rows}</tbody></table>"


def _cells(name: str) -> list[str]:
    translator = engine.TRANSLATORS[name]
    description = translator.description
    scores = ", ".join(
        f"{metric} {score['value']:.1f}" for metric, score in description.scores.items() if isinstance(score, dict)
    )
    return [name, description.description, scores, description.licence, translator.revision]
