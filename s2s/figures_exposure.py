"""Exposure bias by place, a panel for each model, as plain values for any plotly.js."""

from collections.abc import Sequence
from typing import Any, Literal

from s2s.colours import ACCENT
from s2s.exposure import Exposure, Fed, Gap, Share
from s2s.figures_compare import BANDS, FRAME, OTHER

Measure = Literal["own", "mistake"]
NAMES: dict[Measure, tuple[str, str, str, str]] = {
    "own": ("fed the right pieces", "fed its own pieces", "right pieces", "place in the target"),
    "mistake": ("after the right piece", "after a wrong piece", "probability of the right piece", "pieces later"),
}
"""The two lines and the two axes of each measure."""
_WIDE, _NARROW = (1000, 320), (340, 630)
"""Pixels, across and up: of panels beside each other, and of those one under the other."""


def exposure_figure(exposure: Exposure, measure: Measure, *, stacked: bool = False) -> dict[str, Any]:
    """Both lines of each model with their 95 % bands; panels beside each other, or one under the other."""
    models = exposure.models
    count = len(models)
    width, height = _NARROW if stacked else _WIDE
    right, other, up, across = NAMES[measure]
    traces: list[dict[str, Any]] = []
    layout = FRAME | {
        "width": width,
        "height": height,
        "margin": {"l": 60, "r": 12, "t": 84 if stacked else 64, "b": 48},  # room for two lines of the legend
        "legend": {"orientation": "h", "x": 0, "y": 1, "yref": "container", "yanchor": "top"},
        "annotations": [],
    }
    for number, model in enumerate(models):
        axis = str(number + 1) if number else ""
        traces += _traces(getattr(model, measure), axis, (right, other), number == 0)
        place = _place(number, count, stacked)
        last = number == count - 1 or not stacked
        layout[f"xaxis{axis}"] = {
            "domain": place[0],
            "anchor": f"y{axis}",
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
            "title": {"text": across if last else "", "standoff": 8, "font": {"size": 13}},
        }
        layout[f"yaxis{axis}"] = {
            "domain": place[1],
            "anchor": f"x{axis}",
            "range": [0, 1],
            "tickformat": ".0%",
            "fixedrange": True,
            "gridcolor": "rgba(128,128,128,0.22)",
            "showticklabels": stacked or not number,
            "title": {"text": up if stacked or not number else "", "standoff": 8, "font": {"size": 13}},
        }
        layout["annotations"].append(_title(model, place))
    return {"data": traces, "layout": layout}


def _place(number: int, count: int, stacked: bool) -> tuple[list[float], list[float]]:
    """Where a panel stands, across and up, from 0 to 1."""
    gap = 0.09 if stacked else 0.035
    size = (1 - gap * (count - 1)) / count
    begin = number * (size + gap)
    span = [round(begin, 4), round(begin + size, 4)]
    return ([0, 1], [1 - span[1], 1 - span[0]]) if stacked else (span, [0, 1])


def _title(model: Fed, place: tuple[list[float], list[float]]) -> dict[str, Any]:
    return {
        "text": f"<b>{model.name}</b>",
        "showarrow": False,
        "xref": "paper",
        "yref": "paper",
        "x": place[0][0],
        "y": place[1][1],
        "xanchor": "left",
        "yanchor": "bottom",
    }


def _traces(gaps: Sequence[Gap], axis: str, names: tuple[str, str], is_first: bool) -> list[dict[str, Any]]:
    shown = [gap for gap in gaps if gap.place]
    places = [gap.place for gap in shown]
    looks = (("right", ACCENT, "solid", "circle"), ("other", OTHER, "dash", "square"))
    traces = []
    for (side, colour, dash, symbol), name in zip(looks, names, strict=True):
        shares: list[Share] = [getattr(gap, side) for gap in shown]
        on = {"xaxis": f"x{axis}", "yaxis": f"y{axis}", "type": "scatter", "legendgroup": side}
        edges = [*(share.high for share in shares), *(share.low for share in reversed(shares))]
        traces += [
            on
            | {
                "x": [*places, *reversed(places)],
                "y": edges,
                "fill": "toself",
                "fillcolor": BANDS[colour],
                "line": {"width": 0},
                "mode": "lines",
                "hoverinfo": "skip",
                "showlegend": False,
            },
            on
            | {
                "mode": "lines+markers",
                "name": name,
                "x": places,
                "y": [share.value for share in shares],
                "customdata": [[share.low, share.high, gap.pairs] for share, gap in zip(shares, shown, strict=True)],
                "hovertemplate": "%{y:.1%} (%{customdata[0]:.1%}–%{customdata[1]:.1%})",
                "line": {"color": colour, "dash": dash, "width": 2.5},
                "marker": {"symbol": symbol, "size": 7, "color": colour},
                "showlegend": is_first,
            },
        ]
    return traces


def exposure_csv(exposure: Exposure) -> str:
    """The same figures, and those of all places together (place 0), as a table."""
    head = "model,measure,place,pairs,right,right_low,right_high,other,other_low,other_high,loss,loss_low,loss_high"
    rows = [
        [model.name, measure, gap.place, gap.pairs, *_numbers(gap)]
        for model in exposure.models
        for measure, gaps in (("own", model.own), ("mistake", model.mistake))
        for gap in gaps
    ]
    return "\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n"


def _numbers(gap: Gap) -> list[float]:
    return [value for share in (gap.right, gap.other, gap.loss) for value in (share.value, share.low, share.high)]
