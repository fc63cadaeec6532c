"""The figure of a sound: its log-mel spectrogram, and beneath it, on the same time axis, where the model listened.

Plain values for any plotly.js; the page puts in the colours of its theme. Rows are words, columns stretches of sound.
"""

from typing import Any

import numpy as np

from s2s.audio import BAND_HERTZ, FRAME_SECONDS, Frames
from s2s.colours import colour_stops
from s2s.figures import FONT, label
from s2s.transcription import Transcription, word_rows
from s2s.view import View

SPECTROGRAM, ROW, GAP = 132, 30, 12
"""Pixels: the height of the spectrogram, of a word's row, and between both."""
_TOP, _BOTTOM, _LEFT, _SIZE = 8, 44, 72, 13
_HERTZ = (250, 500, 1_000, 2_000, 3_500)


def speech_figure(frames: Frames, found: Transcription) -> dict[str, Any]:
    """The spectrogram of `frames` [S, F] above the attention of the best hypothesis, if it has any.

    The result has `data` and `layout` for plotly.js, and `colours`, the scales for `light` and `dark`.
    """
    rows = word_rows(found.hypotheses[0])
    words = [label(word.text) for word in found.words]
    height = _TOP + SPECTROGRAM + (GAP + ROW * len(words) if rows is not None else 0) + _BOTTOM
    inner = height - _TOP - _BOTTOM
    split = SPECTROGRAM / inner
    time = {"range": [0, found.seconds], "fixedrange": True, "zeroline": False, "showgrid": False, "ticksuffix": " s"}
    hertz = np.interp(_HERTZ, BAND_HERTZ, np.arange(len(BAND_HERTZ))).round(2).tolist()
    side = {"fixedrange": True, "zeroline": False, "showgrid": False, "ticks": ""}
    layout = {
        "font": {"family": FONT, "size": _SIZE},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "height": height,
        "margin": {"l": _LEFT, "r": 12, "t": _TOP, "b": _BOTTOM},
        "xaxis": time | {"anchor": "y" if rows is None else "y2"},
        "yaxis": side
        | {"domain": [1 - split, 1], "tickvals": hertz, "ticktext": [f"{value:,} Hz" for value in _HERTZ]},
        "dragmode": False,
        "hovermode": "closest",
    }
    data: list[dict[str, Any]] = [
        _heatmap(frames.T, FRAME_SECONDS, "y", "%{x:.2f} s<extra></extra>")
        | {"y": list(range(frames.shape[1])), "zmin": -1, "zmax": 1}
    ]
    if rows is not None and len(words):
        data.append(
            _heatmap(rows, found.column_seconds, "y2", "%{y} · %{x:.2f} s · %{z:.1%}<extra></extra>")
            | {"y": list(range(len(words))), "zmin": 0, "zmax": float(rows.max()), "ygap": 2}
        )
        layout["yaxis2"] = side | {
            "domain": [0, ROW * len(words) / inner],
            "range": [len(words) - 0.5, -0.5],
            "tickvals": list(range(len(words))),
            "ticktext": words,
            "tickfont": {"size": 15},
        }
    scales = {name: colour_stops(View(), dark=name == "dark") for name in ("light", "dark")}
    return {"data": data, "layout": layout, "colours": scales}


def _heatmap(values: np.ndarray, column_seconds: float, axis: str, hover: str) -> dict[str, Any]:
    return {
        "type": "heatmap",
        "z": np.round(values.astype(float), 4).tolist(),
        "x0": column_seconds / 2,
        "dx": column_seconds,
        "xaxis": "x",
        "yaxis": axis,
        "showscale": False,
        "hovertemplate": hover,
    }
