"""A hypothesis as a Plotly figure, source across, target down: the matrix of Bahdanau et al. (2015, figure 3)."""

from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import plotly.graph_objects as go

from s2s.colours import colour_stops
from s2s.errors import ConfigError, S2SError
from s2s.files import write_whole
from s2s.result import Sentence
from s2s.view import Grid, View, grid_of, is_right_to_left

LINES = "rgba(128,128,128,0.22)"
"""What is seen between the cells."""

FONT = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', "
    "'Noto Sans CJK SC', 'Noto Sans Arabic', 'Noto Sans Devanagari', sans-serif"
)
NO_ATTENTION = (
    "This model has no attention: one fixed context vector tells the decoder all that it knows of the source, "
    "so there are no weights to show."
)

SIDE = 120
"""Pixels beside the cells where the target's names stand: the same in every figure, so that none jumps as it grows."""

_CELLS, _WIDE, _WIDEST = 920, 64, 112  # pixels: of a row's cells if they fit, of one cell
_NARROWEST, _LOWEST, _HIGHEST = 9, 14, 34  # the lowest row still has room for its name
_EDGE, _TICK = 24, 6
_CHARACTER = 8.5 / 15  # width of a character, about, in units of its size
_MOST_NUMBERS = 14  # columns up to which cells have room for a number
_LONGEST_LABEL = 150  # pixels of a source name


class _Shape(NamedTuple):
    """Pixels and steps that the source alone decides, so that nothing moves while the target is written."""

    cell: int
    row: int
    size: int  # of the names
    angle: int  # of the source's names
    column_step: int  # every so many source names are written


def label(piece: str) -> str:
    """A piece as a person reads it: without the mark `▁` of a word's start, safe in Plotly's pseudo-HTML."""
    return escape(_plain(piece), quote=False)


def _plain(piece: str) -> str:
    return piece.replace("▁", " ").strip() or piece.strip() or "␣"


def attention_figure(sentence: Sentence, rank: int = 0, view: View = View()) -> go.Figure:  # noqa: B008
    """Draw the attention of one hypothesis.

    Args:
        sentence: the sentence with its hypotheses.
        rank: which of them; 0 is the best.
        view: what is shown of it.

    Returns:
        A figure with one heatmap, z [T, S] exactly as in the result; without attention, a figure with a plain note.
    """
    return go.Figure(attention_spec(sentence, rank, view))


def attention_spec(
    sentence: Sentence,
    rank: int = 0,
    view: View = View(),  # noqa: B008
    rows: int = 0,
) -> dict[str, Any]:
    """The figure of `attention_figure` as plain values, which the page's own plotly.js draws as well.

    Args:
        sentence: the sentence with its hypotheses.
        rank: which of them; 0 is the best.
        view: what is shown of it.
        rows: room for so many rows is kept while the target is still written.
    """
    grid = grid_of(sentence, rank, view)
    if grid is None:
        return _note(NO_ATTENTION)
    shape = _shape(grid)
    return {"data": [_heatmap(grid, view)], "layout": _layout(grid, shape, max(rows, len(grid.targets), 1))}


def _shape(grid: Grid) -> _Shape:
    count = max(1, len(grid.sources))
    row = int(min(max(0.72 * _CELLS / count, _LOWEST), _HIGHEST))
    size = 15 if row >= 22 else 13 if row >= 16 else 11
    longest = max([_width(_cut(name, _LONGEST_LABEL, size), size) for name in grid.sources], default=0)
    wished = max(_WIDE, min(longest + 8, _WIDEST))  # wider where that keeps the names level
    cell = int(min(max(_CELLS / count, _NARROWEST), wished))
    angle = 0 if longest + 4 <= cell else -45 if cell >= 26 else -90
    return _Shape(cell, row, size, angle, 1 if angle == 0 else -(-(size + 3) // cell))


def _layout(grid: Grid, shape: _Shape, rows: int) -> dict[str, Any]:
    columns = max(1, len(grid.sources))
    names = [_cut(name, _LONGEST_LABEL, shape.size) for name in grid.sources]
    longest = max([_width(name, shape.size) for name in names], default=0)
    rise = {0: 1.6 * shape.size, -45: 0.71 * longest + shape.size, -90: longest + 4}[shape.angle]
    overhang = int(0.71 * longest) if shape.angle == -45 else 0
    mirrored, turned = is_right_to_left(grid.sources), is_right_to_left(grid.targets)
    right, left = (SIDE, _EDGE) if turned else (_EDGE, SIDE)
    # Slanted names lean towards the end of the line.
    right, left = (right, max(left, overhang)) if mirrored else (max(right, overhang), left)
    margin = {"l": left, "r": right, "t": int(rise) + _TICK + 8, "b": 8}
    across = [columns - 0.5, -0.5] if mirrored else [-0.5, columns - 0.5]
    written = {"x0": -0.5, "x1": columns - 0.5, "y0": -0.5, "y1": len(grid.targets) - 0.5}
    lines = {"type": "rect", "layer": "below", "fillcolor": LINES, "line": {"width": 1, "color": LINES}, **written}
    return _look(shape.size) | {
        "shapes": [lines],
        "width": left + right + shape.cell * columns,
        "height": margin["t"] + margin["b"] + shape.row * rows,
        "margin": margin,
        "xaxis": _axis(names, shape.column_step)
        | {"side": "top", "range": across, "tickangle": -shape.angle if mirrored else shape.angle},
        "yaxis": _axis([_cut(name, SIDE - _TICK - 10, shape.size) for name in grid.targets])
        | {"side": "right" if turned else "left", "range": [rows - 0.5, -0.5]},
    }


def _axis(names: list[str], step: int = 1) -> dict[str, Any]:
    # Numbers as positions: the same piece may stand in a sentence twice.
    places = list(range(0, len(names), step))
    return {
        "tickmode": "array",
        "tickvals": places,
        "ticktext": [escape(names[place], quote=False) for place in places],
        "ticks": "outside",
        "ticklen": _TICK,
        "tickcolor": "rgba(0,0,0,0)",  # room between names and cells
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }


def _heatmap(grid: Grid, view: View) -> dict[str, Any]:
    # Hover texts need the same escaping as names; the pieces are shown raw there, with their marks.
    columns = [escape(name, quote=False) for name in grid.sources]
    rows = [escape(name, quote=False) for name in grid.targets]
    numbers = len(grid.sources) <= _MOST_NUMBERS
    text = [[f"{100 * weight:.0f}" if weight >= 0.1 else "" for weight in row] for row in grid.weights.tolist()]
    return {
        "type": "heatmap",
        "z": grid.weights.tolist(),  # plain lists: any plotly.js reads them
        "zmin": 0,
        "zmax": 1,
        "colorscale": colour_stops(view),
        "showscale": False,
        "xgap": 1,
        "ygap": 1,
        "customdata": [[[column, row] for column in columns] for row in rows],
        "hovertemplate": "%{customdata[1]} ← %{customdata[0]}: %{z:.1%}<extra></extra>",
        "textfont": {"size": 11},
    } | ({"text": text, "texttemplate": "%{text}"} if numbers else {})


def _width(text: str, size: float) -> float:
    wide = sum(1 for character in text if ord(character) > 0x2E80)
    return size * _CHARACTER * (len(text) + 0.8 * wide)


def _cut(name: str, room: float, size: int) -> str:
    """A name as a person reads it, shortened to `room` pixels; all of it stands in the hover text."""
    name = _plain(name)
    if _width(name, size) <= room:
        return name
    while len(name) > 1 and _width(name, size) > room - size:
        name = name[:-1]
    return f"{name}…"


def _look(size: int) -> dict[str, Any]:
    return {
        "font": {"family": FONT, "size": size, "color": "#222222"},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hoverlabel": {"font": {"family": FONT, "size": 14}},
        "autosize": False,
        "dragmode": False,
    }


def _note(text: str) -> dict[str, Any]:
    lines = text.replace(": ", ":<br>").replace(", so", ",<br>so")
    note = {"text": lines, "showarrow": False, "x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper"}
    look = _look(15) | {"width": 480, "height": 160, "margin": dict.fromkeys("lrtb", 8)}
    axis = {"visible": False}
    return {"data": [], "layout": look | {"xaxis": axis, "yaxis": axis, "annotations": [note]}}


def attention_table(sentence: Sentence, rank: int = 0, view: View = View()) -> str:  # noqa: B008
    """The same weights as an HTML table in whole per cent, for screen readers and for copying; everything escaped."""
    grid = grid_of(sentence, rank, view)
    if grid is None:
        return f"<p>{escape(NO_ATTENTION)}</p>"
    head = "".join(f'<th scope="col">{label(name)}</th>' for name in grid.sources)
    rows = (
        f'<tr><th scope="row">{label(name)}</th>' + "".join(f"<td>{100 * weight:.0f}</td>" for weight in row) + "</tr>"
        for name, row in zip(grid.targets, grid.weights, strict=True)
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
    layout = figure.layout
    options = {"format": ending, "width": layout.width, "height": layout.height, "scale": 2 if ending == "png" else 1}
    try:
        import kaleido  # the extra `export`

        # Not Figure.to_image, by which the page that draws it asks for MathJax from elsewhere.
        content: bytes = kaleido.calc_fig_sync(figure, opts=options, kopts={"mathjax": False})
        return content
    except Exception as error:  # kaleido and the browser under it raise many kinds
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise S2SError(
            f"a .{ending} figure needs kaleido and an installed Chrome or Chromium ({reason}). "
            "Install them with `pip install kaleido`, or write .html."
        ) from None
