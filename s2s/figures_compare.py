"""BLEU by the length of the source, for two models, as plain values for any plotly.js."""

from collections.abc import Sequence
from typing import Any

from s2s.colours import ACCENT
from s2s.figures import FONT
from s2s.grid import Cell, LengthScore

OTHER = "#b45309"
"""The model without attention; its line is dashed too, so that colour alone tells nothing."""
FRAME: dict[str, Any] = {
    "font": {"family": FONT, "size": 13, "color": "#222222"},
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "hovermode": "x unified",
    "hoverlabel": {"font": {"family": FONT, "size": 13, "color": "#222222"}, "bgcolor": "#ffffff"},
    "dragmode": False,
    "autosize": False,
}
"""What the layouts of all curves share."""
BANDS = {ACCENT: "rgba(43,108,176,0.18)", OTHER: "rgba(180,83,9,0.16)"}


def lengths_figure(plain: Cell, attending: Cell, length: str = "") -> dict[str, Any]:
    """BLEU of two models by length, each with its 95 % band; `length` is the bucket of the visitor's sentence."""
    words = [score.words for score in attending.by_length]
    sides = ((plain, OTHER, "dash", "square"), (attending, ACCENT, "solid", "circle"))
    traces = [trace for cell, *look in sides for trace in _traces(cell, *look)]
    layout = FRAME | {
        "width": 640,
        "height": 340,
        "margin": {"l": 56, "r": 16, "t": 40, "b": 40},
        "legend": {"orientation": "h", "x": 0, "y": 1.14},
        "xaxis": {
            "type": "category",
            "categoryorder": "array",
            "categoryarray": words,
            "fixedrange": True,
            "showgrid": False,
        },
        "yaxis": {
            "rangemode": "tozero",
            "fixedrange": True,
            "gridcolor": "rgba(128,128,128,0.22)",
            "title": {"text": "BLEU"},
        },
        "shapes": [],
    }
    if length in words:
        at = words.index(length)
        line = {"color": "rgba(128,128,128,0.9)", "width": 2, "dash": "dot"}
        mark = {"type": "line", "xref": "x", "yref": "paper", "x0": at, "x1": at, "y0": 0, "y1": 1, "line": line}
        layout["shapes"] = [mark]
    return {"data": traces, "layout": layout}


def _traces(cell: Cell, colour: str, dash: str, symbol: str) -> list[dict[str, Any]]:
    known = [score for score in cell.by_length if score.bleu is not None]
    words = [score.words for score in known]
    upper, lower = ([_edge(score, sign) for score in known] for sign in (1, -1))
    band = {
        "type": "scatter",
        "x": [*words, *reversed(words)],
        "y": [*upper, *reversed(lower)],
        "fill": "toself",
        "fillcolor": BANDS[colour],
        "line": {"width": 0},
        "mode": "lines",
        "hoverinfo": "skip",
        "showlegend": False,
    }
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": cell.name,
        "x": words,
        "y": [score.bleu for score in known],
        "customdata": [[score.band or 0.0, score.sentences, score.joined] for score in known],
        "hovertemplate": "%{y:.1f} ± %{customdata[0]:.1f} (%{customdata[1]})",
        "line": {"color": colour, "dash": dash, "width": 2.5},
        "marker": {"symbol": symbol, "size": 8, "color": colour},
    }
    return [band, line]


def _edge(score: LengthScore, sign: int) -> float:
    return max(0.0, (score.bleu or 0.0) + sign * (score.band or 0.0))


def lengths_csv(cells: Sequence[Cell]) -> str:
    """The same figures as a table, a line for each model and bucket."""
    head = "model,words,sentences,joined,BLEU,band"
    rows = [
        ",".join(map(str, (cell.name, score.words, score.sentences, score.joined, score.bleu, score.band)))
        for cell in cells
        for score in cell.by_length
    ]
    return "\n".join([head, *rows]) + "\n"
