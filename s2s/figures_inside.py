"""The figures of a sentence taken apart, as plain values for any plotly.js: a beam's tree, ways of states, links.

Heatmaps are those of s2s.figures. Nothing is told by colour alone: lines differ in width and dashes, marks in shape.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from s2s.alignment import GoldPair, Links
from s2s.colours import ACCENT
from s2s.figures import FONT, attention_spec, label
from s2s.inside.beam_tree import Fate, Place
from s2s.inside.states import Projection
from s2s.result import Hypothesis, Sentence

GREY, GOLD = "rgba(128,128,128,0.75)", "#d97706"
"""What was left behind, and what a person said."""

LOOKS: dict[Fate, tuple[str, str, float]] = {
    "dropped": (GREY, "dot", 1.2),
    "finished": (GREY, "dot", 1.2),
    "kept": (ACCENT, "solid", 1.5),
    "best": (ACCENT, "solid", 4.0),
}
"""Colour, dashes and width of the lines, those that lie on top last."""

_ROW, _SIZE, _CHARACTER = 28, 13, 7.6  # pixels: between rows of a tree, of its texts, about of a character
_SLANT = 0.18  # of a column
_PLANE = 460
Figure = dict[str, Any]


def tree_figure(places: Sequence[Place], sentence: Sentence) -> Figure:
    """A beam's tree from left to right: a column a step, a mark a piece, the best hypothesis as the thickest line.

    The `customdata` of the last trace, one mark a node, are the numbers of the nodes.
    """
    names = [label(sentence.written(place.piece)) for place in places]
    column = max(56.0, max(_CHARACTER * len(name) for name in names) + 28)
    lines = [_tree_lines(places, fate) for fate in LOOKS]
    marks = {
        "type": "scatter",
        "mode": "markers+text",
        "x": [place.step for place in places],
        "y": [place.row for place in places],
        "text": [f"<b>{name}</b>" if place.fate == "best" else name for name, place in zip(names, places, strict=True)],
        "textposition": "top right",
        "cliponaxis": False,
        "textfont": {"size": _SIZE},
        "customdata": list(range(len(places))),
        "hovertext": [f"{name}: {np.exp(place.log_prob):.1%}" for name, place in zip(names, places, strict=True)],
        "hoverinfo": "text",
        "selected": {"marker": {"size": 15, "opacity": 1}},  # the one that is read
        "unselected": {"marker": {"opacity": 1}},
        "marker": {
            "size": 9,
            "symbol": [_symbol(place) for place in places],
            "color": [LOOKS[place.fate][0] for place in places],
        },
    }
    steps = max(place.step for place in places) + 1
    rows = max(place.row for place in places)
    axis = {"visible": False, "fixedrange": True}
    return {
        "data": [*lines, marks],
        "layout": _look()
        | {
            "width": int(column * steps) + 32,
            "height": int(_ROW * (rows + 1)) + 32,
            "margin": {"l": 16, "r": 16, "t": 24, "b": 8},
            "xaxis": axis | {"range": [-0.1, steps - 0.1]},
            "yaxis": axis | {"range": [rows + 0.5, -0.5]},
        },
    }


def _symbol(place: Place) -> str:
    if place.piece == "</s>":
        return "square" if place.rank is not None else "square-open"
    return "circle" if place.fate in ("best", "kept") else "circle-open"


def _tree_lines(places: Sequence[Place], fate: Fate) -> Figure:
    x: list[float | None] = []
    y: list[float | None] = []
    for place in places:
        if place.fate == fate and place.parent is not None:
            before = places[place.parent]
            # Along the row of the piece before, whose name stands above it, and down to this one at the end.
            x += [before.step, place.step - _SLANT, place.step, None]
            y += [before.row, before.row, place.row, None]
    colour, dash, width = LOOKS[fate]
    line = {"color": colour, "dash": dash, "width": width}
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "line": line, "hoverinfo": "skip"}


def path_figure(path: Projection, names: Sequence[str]) -> Figure:
    """States as a way through the plane, from a square to a diamond; a name at each."""
    x, y = path.points.T.tolist()
    middle_x, middle_y = ((path.points[1:] + path.points[:-1]) / 2).T.tolist()
    texts = [label(name) for name in names]
    ends = ["square", *["circle"] * (len(texts) - 2), "diamond"][-len(texts) :]
    trace = {
        "type": "scatter",
        "mode": "lines+markers+text",
        "x": x,
        "y": y,
        "text": texts,
        "textposition": "top center",
        "cliponaxis": False,
        "textfont": {"size": _SIZE},
        "hovertext": [f"{number}. {text}" for number, text in enumerate(texts, 1)],
        "hoverinfo": "text",
        "line": {"color": ACCENT, "width": 1.2, "shape": "linear"},
        "marker": {"size": 8, "symbol": ends, "color": ACCENT},
    }
    heads = {
        "type": "scatter",
        "mode": "markers",
        "x": middle_x,
        "y": middle_y,
        "hoverinfo": "skip",
        "marker": {"size": 9, "symbol": "triangle-up", "color": ACCENT, "angle": _headings(path.points)},
    }
    axis = {"showgrid": False, "zeroline": True, "zerolinecolor": "rgba(128,128,128,0.3)", "showticklabels": False}
    axis |= {"fixedrange": True}
    return {
        "data": [trace, heads],
        "layout": _look()
        | {
            "width": _PLANE,
            "height": _PLANE,
            "margin": {"l": 36, "r": 36, "t": 36, "b": 36},
            "xaxis": axis,
            "yaxis": axis | {"scaleanchor": "x"},
        },
    }


def _headings(points: np.ndarray) -> list[float]:
    """The direction of each step in degrees, clockwise from above."""
    across, up = np.diff(points, axis=0).T
    degrees: list[float] = np.degrees(np.arctan2(across, up)).round(1).tolist()
    return degrees


def rows_figure(sentence: Sentence, rows: Mapping[str, np.ndarray]) -> Figure:
    """Some rows of weights [S] over the pieces of one source, each with a name, as a heatmap."""
    shown = Hypothesis(
        target="",
        target_pieces=tuple(rows),
        log_probs=(0.0,) * len(rows),
        score=0.0,
        attention=np.stack(list(rows.values())).astype(np.float32),
    )
    return attention_spec(replace(sentence, hypotheses=(shown,)))


def gold_figure(pair: GoldPair, weights: np.ndarray, found: Links) -> Figure:
    """Weights [T, S] between words with what a person linked: a box for a sure link, a dashed one for a possible one.

    A dot stands where the model's weights make a link.
    """
    source, target = pair.source.split(), pair.target.split()
    words = Hypothesis(
        target=pair.target,
        target_pieces=tuple(target),
        log_probs=(0.0,) * len(target),
        score=0.0,
        attention=weights.astype(np.float32),
    )
    sentence = Sentence(source=pair.source, source_pieces=tuple(source), hypotheses=(words,))
    figure = attention_spec(sentence)
    trace = {name: value for name, value in figure["data"][0].items() if name not in ("text", "texttemplate")}
    links = sorted(found)
    dots = {
        "type": "scatter",
        "mode": "markers",
        "x": [link[0] for link in links],
        "y": [link[1] for link in links],
        "hoverinfo": "skip",
        "showlegend": False,
        "marker": {"size": 9, "color": "#ffffff", "line": {"color": GOLD, "width": 2}},
    }
    boxes = [_box(link, "solid" if link in pair.sure else "dot") for link in sorted(pair.possible)]
    layout = figure["layout"]
    return {"data": [trace, dots], "layout": layout | {"shapes": [*layout.get("shapes", ()), *boxes]}}


def _box(link: tuple[int, int], dash: str) -> Figure:
    across, down = link
    corners = {"x0": across - 0.44, "x1": across + 0.44, "y0": down - 0.42, "y1": down + 0.42}
    return {"type": "rect", "line": {"color": GOLD, "width": 2, "dash": dash}, "fillcolor": "rgba(0,0,0,0)"} | corners


def _look() -> Figure:
    return {
        "font": {"family": FONT, "size": _SIZE, "color": "#222222"},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hoverlabel": {"font": {"family": FONT, "size": 14}},
        "hovermode": "closest",
        "showlegend": False,
        "autosize": False,
        "dragmode": False,
    }
