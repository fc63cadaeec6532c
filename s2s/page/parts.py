"""Parts of the page that a module in assets/ draws: a place for it, and the plain values that it shows."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr

_ESCAPED = re.compile("[<\ud800-\udfff]")

ASSETS = Path(__file__).parent / "assets"


def part(name: str, value: str = "", **data: Any) -> gr.HTML:
    """An empty place on the page with the id `name`, drawn by the browser's module that asks for this part.

    Args:
        name: what the module asks for: `await part("answer")`, in assets/parts.js.
        value: what Python and the browser tell each other, usually JSON; each side sees when the other changes it.
        data: plain values that never change, for the browser alone.
    """
    return gr.HTML(
        value,
        html_template="",  # the module draws; Gradio never touches what stands there
        js_on_load=_bridge(),
        elem_id=name,
        apply_default_css=False,
        part=name,
        **data,
    )


def said(values: Any) -> str:
    """Plain values as a part's `value`: JSON that any client can be sent.

    It has no `<`, so that no text of a visitor looks like markup, and no half characters (lone surrogates), which no
    encoding knows: both are escaped.
    """
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(values, ensure_ascii=False))


@cache
def _bridge() -> str:
    return (ASSETS / "bridge.js").read_text(encoding="utf-8")
