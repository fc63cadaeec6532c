"""A hypothesis as a Plotly figure, source across, target down: the matrix of Bahdanau et al. (2015, figure 3)."""

from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go

from s2s.errors import ConfigError, S2SError
from s2s.files import write_whole
from s2s.result import Hypothesis, Sentence

INK, ACCENT = "#08306b", "#2b6cb0"
"""The end of the colour scale, and a step of it that serves the page as its accent."""

SCALE = [[0.0, "#ffffff"], [0.15, "#e3edf8"], [0.4, "#9ec3e6"], [0.7, "#3f7fbf"], [1.0, INK]]
LINES = "rgba(128,128,128,0.18)"
"""What is seen between the cells."""

FONT = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', "
    "'Noto Sans CJK SC', 'Noto Sans Arabic', sans-serif"
)
NO_ATTENTION = (
    "This model has no attention: one fixed context vector tells the decoder all that it knows of the source, "
    "so there are no weights to show."
)

_CELL, _WIDEST_CELL, _ROOM = 40, 64, 760  # pixels: of a cell, and of all cells of a row if they find room there
_CHARACTER = 8.5  # pixels, about, of one character of a label
_MOST_NUMBERS = 14  # columns up to which cells have room for a number


def label(piece: str) -> str:
    """A piece as a person reads it: without the mark `▁` of a word's start, safe in Plotly's pseudo-HTML."""
    return escape(piece.replace("▁", " ").strip() or piece.strip() or "␣", quote=False)


def attention_figure(sentence: Sentence, rank: int = 0) -> go.Figure:
    """Draw the attention of one hypothesis.

    Args:
        sentence: the sentence with its hypotheses.
        rank: which of them; 0 is the best.

    Returns:
        A figure with one heatmap, z [T, S] exactly as in the result; without attention, a figure with a plain note.
    """
    hypothesis = sentence.hypotheses[rank]
    if hypothesis.attention is None:
        return _note(NO_ATTENTION)
    sources = [label(sentence.written(piece)) for piece in sentence.source_pieces]
    targets = [label(sentence.written(piece)) for piece in hypothesis.target_pieces]
    longest = max(_width(text) for text in sources)
    cell = int(min(max(_CELL, longest + 8, _ROOM / len(sources)), _WIDEST_CELL))
    tilted = longest + 6 > cell
    margin = {"l": int(max(_width(text) for text in targets)) + 24, "r": 24, "b": 12}
    margin["t"] = int(longest * 0.8) + 24 if tilted else 36
    figure = go.Figure(_heatmap(sentence, hypothesis, numbers=len(sources) <= _MOST_NUMBERS))
    figure.update_layout(
        _look(),
        width=margin["l"] + margin["r"] + cell * len(sources) + (40 if tilted else 0),
        height=margin["t"] + margin["b"] + 36 * len(targets),
        margin=margin | {"r": margin["r"] + (40 if tilted else 0)},
    )
    axis: dict[str, Any] = {"showgrid": False, "zeroline": False, "fixedrange": True}
    axis |= {"ticks": "outside", "ticklen": 6, "tickcolor": "rgba(0,0,0,0)"}  # room between labels and cells
    figure.update_xaxes(axis, **_ticks(sources), side="top", tickangle=-45 if tilted else 0)
    figure.update_yaxes(axis, **_ticks(targets), range=[len(targets) - 0.5, -0.5])
    return figure


def _heatmap(sentence: Sentence, hypothesis: Hypothesis, numbers: bool) -> go.Heatmap:
    weights = np.asarray(hypothesis.attention)
    # Hover texts need the same escaping as tick labels; the pieces are shown raw there, with their marks.
    columns = [escape(sentence.written(piece), quote=False) for piece in sentence.source_pieces]
    rows = [escape(sentence.written(piece), quote=False) for piece in hypothesis.target_pieces]
    text = [[f"{100 * weight:.0f}" if weight >= 0.1 else "" for weight in row] for row in weights]
    return go.Heatmap(
        z=weights.tolist(),  # plain lists: the page's plotly.js need not know the binary form
        zmin=0,
        zmax=1,
        colorscale=SCALE,
        showscale=False,
        xgap=1,
        ygap=1,
        customdata=[[[column, row] for column in columns] for row in rows],
        hovertemplate="%{customdata[1]} ← %{customdata[0]}: %{z:.1%}<extra></extra>",
        text=text if numbers else None,
        texttemplate="%{text}" if numbers else None,
        textfont={"size": 11},
    )


def _ticks(labels: list[str]) -> dict[str, Any]:
    # Numbers as positions: the same piece may stand in a sentence twice.
    return {"tickmode": "array", "tickvals": list(range(len(labels))), "ticktext": labels}


def _width(text: str) -> float:
    wide = sum(1 for character in text if ord(character) > 0x2E80)
    return _CHARACTER * (len(text) + 0.8 * wide)


def _look() -> dict[str, Any]:
    return {
        "font": {"family": FONT, "size": 15, "color": "#222222"},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": LINES,
        "hoverlabel": {"font": {"family": FONT, "size": 14}},
        "autosize": False,
        "dragmode": False,
    }


def _note(text: str) -> go.Figure:
    figure = go.Figure()
    figure.update_layout(
        _look() | {"plot_bgcolor": "rgba(0,0,0,0)"}, width=480, height=160, margin=dict.fromkeys("lrtb", 8)
    )
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    lines = text.replace(": ", ":<br>").replace(", so", ",<br>so")
    figure.add_annotation(text=lines, showarrow=False, x=0.5, y=0.5, xref="paper", yref="paper", font={"size": 15})
    return figure


def attention_table(sentence: Sentence, rank: int = 0) -> str:
    """The same weights as an HTML table in whole per cent, for screen readers and for copying; everything escaped."""
    hypothesis = sentence.hypotheses[rank]
    if hypothesis.attention is None:
        return f"<p>{escape(NO_ATTENTION)}</p>"
    head = "".join(f'<th scope="col">{label(sentence.written(piece))}</th>' for piece in sentence.source_pieces)
    rows = (
        f'<tr><th scope="row">{label(sentence.written(piece))}</th>'
        + "".join(f"<td>{100 * weight:.0f}</td>" for weight in row)
        + "</tr>"
        for piece, row in zip(hypothesis.target_pieces, hypothesis.attention, strict=True)
    )
    return f"<table><thead><tr><td></td>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def save_figure(figure: go.Figure, path: Path) -> None:
    """Write `figure` as a file; the ending chooses the form: html (stands alone), png, svg or pdf.

    Raises:
        ConfigError: another ending.
        S2SError: the file cannot be written, or kaleido or a Chrome browser is missing for a static form.
    """
    ending = path.suffix.lower().lstrip(".")
    if ending not in ("html", "png", "svg", "pdf"):
        raise ConfigError(f"a figure is written as .html, .png, .svg or .pdf; got {path.name!r}")
    paper = go.Figure(figure).update_layout(paper_bgcolor="#ffffff")
    content = paper.to_html().encode() if ending == "html" else _static(paper, ending)
    try:
        write_whole(path, lambda temporary: temporary.write_bytes(content))
    except OSError as error:
        raise S2SError(f"{path} cannot be written: {error}") from None


def _static(figure: go.Figure, ending: str) -> bytes:
    try:
        content: bytes = figure.to_image(ending, scale=2 if ending == "png" else 1)
        return content
    except Exception as error:  # kaleido and the browser under it raise many kinds
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise S2SError(
            f"a .{ending} figure needs kaleido and an installed Chrome or Chromium ({reason}). "
            "Install them with `pip install kaleido`, or write .html."
        ) from None
