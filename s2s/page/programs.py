"""What programs ask the page for: typed pure functions, over REST and with gradio_client."""

from typing import Any

import gradio as gr

from s2s.config import SearchConfig
from s2s.errors import S2SError
from s2s.page import engine
from s2s.page.request import check_beam


def translate(text: str, model: str = "en-fr", beam_size: int = 5) -> dict[str, Any]:
    """Translate a text and return the whole result: pieces, attention, log-probabilities, alternatives."""
    try:
        *_, translation = engine.stream(model, text, SearchConfig(beam_size=check_beam(beam_size)))
        return translation.to_plain()
    except S2SError as error:
        raise gr.Error(str(error), print_exception=False) from None
