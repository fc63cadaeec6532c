"""The heatmap's colours: one hue from paper to ink, evenly spaced for the eye, and safe for colour-blind eyes.

CIE L* falls in equal steps on paper and rises in equal steps on a dark ground, so that both scales also work in grey.
"""

import math
from collections.abc import Sequence

from s2s.view import View

INK, ACCENT = "#08306b", "#2b6cb0"
"""The end of the light scale, and a step of it that serves the page as its accent."""

LIGHT = ("#ffffff", "#d1e1f1", "#a5c3e0", "#7aa5cf", "#5387ba", "#336aa0", "#1b4d85", "#08306b")
DARK = ("#10151d", "#1a2f44", "#274a6e", "#396797", "#5686b8", "#7ea6cf", "#aac5e3", "#d6e6f5")
"""On a dark ground, from the ground up."""

SMALLEST_SEEN = 0.001
"""The weight at which the log scale begins."""

_LOG_STOPS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
Stops = list[tuple[float, str]]


def colour_stops(view: View, dark: bool = False) -> Stops:
    """Plotly's `colorscale` for weights from 0 to 1: which colour stands at which weight."""
    colours = DARK if dark else LIGHT
    if view.scale == "log":
        span = -math.log10(SMALLEST_SEEN)
        found = [(weight, _between(colours, 1 + math.log10(weight) / span)) for weight in _LOG_STOPS]
        return [(0.0, colours[0]), (SMALLEST_SEEN, colours[0]), *found]
    stops = [(step / (len(colours) - 1), colour) for step, colour in enumerate(colours)]
    if view.scale == "threshold" and 0 < view.threshold < 1:
        least = view.threshold
        above = [(position, colour) for position, colour in stops if position > least]
        return [(0.0, colours[0]), (least, colours[0]), (least, _between(colours, least)), *above]
    return stops


def colour_scales(view: View) -> dict[str, Stops]:
    """The scales of both themes, as the page draws with them."""
    return {"light": colour_stops(view), "dark": colour_stops(view, dark=True)}


def colour_at(stops: Stops, weight: float) -> str:
    """The colour of a weight, as plotly.js mixes it; of two stops at one place the later one counts."""
    after = next((place for place, (position, _) in enumerate(stops) if position > weight), len(stops) - 1)
    (left, first), (right, last) = stops[max(after - 1, 0)], stops[after]
    return _between((first, last), (weight - left) / (right - left) if right > left else 1.0)


def _between(colours: Sequence[str], position: float) -> str:
    """The colour at a position from 0 to 1 of an even scale."""
    place = min(max(position, 0.0), 1.0) * (len(colours) - 1)
    first = min(int(place), len(colours) - 2)
    share = place - first
    left, right = ([int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in colours[first : first + 2])
    return "#" + "".join(f"{round(a + share * (b - a)):02x}" for a, b in zip(left, right, strict=True))
