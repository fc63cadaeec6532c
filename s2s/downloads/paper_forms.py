"""Forms for people: a page that stands alone, and LaTeX."""

import json
from html import escape

from plotly.offline import get_plotlyjs

from s2s.colours import colour_at, colour_stops
from s2s.downloads.picture import Picture
from s2s.figures import FONT, attention_figure, attention_table
from s2s.view import is_right_to_left

PLOTLY_GOES_HERE = "/* plotly.js */"
"""Where `html_frame` leaves room for the library, which a browser has already and need not be sent."""

_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "▁": r"\_"}
_LATEX |= {character: f"\\{character}" for character in "&%$#_{}"}


def to_html(picture: Picture) -> str:
    """A page with the figure, its caption, its table and its origin; it needs no network."""
    return html_frame(picture).replace(PLOTLY_GOES_HERE, get_plotlyjs(), 1)


def html_frame(picture: Picture) -> str:
    """The page of `to_html` without plotly.js."""
    origin = picture.origin()
    figure = attention_figure(picture.sentence, picture.rank, picture.view)
    drawing = figure.to_html(full_html=False, include_plotlyjs=False, config={"displayModeBar": False})
    said = json.dumps(origin, ensure_ascii=False)
    name = f"{origin['model']} @ {origin['revision']}"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="description" content="{escape(said)}">
<title>{escape(origin["source"])}</title>
<style>
body {{ font: 16px/1.5 {FONT}; max-width: 1120px; margin: 32px auto; padding: 0 16px; color: #222; background: #fff; }}
.figure, .table {{ overflow-x: auto; }}
.quiet {{ font-size: 13px; color: #5b6472; overflow-wrap: anywhere; }}
table {{ border-collapse: collapse; font-size: 13px; }}
td, th {{ padding: 2px 8px; text-align: right; font-weight: 400; }}
</style>
<script>{PLOTLY_GOES_HERE}</script>
</head>
<body>
<p dir="auto">{escape(origin["source"])}</p>
<p dir="auto"><strong>{escape(origin["target"])}</strong></p>
<div class="figure">{drawing}</div>
<p class="quiet">Source across, target down; each row adds up to 100 %. The weights show where the decoder looked,
not why it wrote what it wrote. Model {escape(name)}.</p>
<details><summary>The same as a table, in per cent</summary>
<div class="table">{attention_table(picture.sentence, picture.rank, picture.view)}</div></details>
<p class="quiet">{escape(said)}</p>
</body>
</html>
"""


def to_latex(picture: Picture) -> str:
    """A standalone LaTeX document (TikZ) with the figure's own colours; XeLaTeX or LuaLaTeX for other scripts."""
    grid = picture.grid()
    stops = colour_stops(picture.view)
    mirrored, turned = is_right_to_left(grid.sources), is_right_to_left(grid.targets)
    across = [len(grid.sources) - 1 - place if mirrored else place for place in range(len(grid.sources))]
    lines = [f"% {name}: {json.dumps(value, ensure_ascii=False)}" for name, value in picture.origin().items()]
    lines += [
        r"\documentclass[tikz,border=4pt]{standalone}",
        r"\usepackage{iftex}",
        r"\ifPDFTeX \usepackage[T1]{fontenc} \else \usepackage{fontspec} \fi",
        r"\begin{document}",
        r"\begin{tikzpicture}[x=6mm, y=6mm, every node/.style={font=\small}]",
    ]
    for place, name in zip(across, grid.sources, strict=True):
        lines.append(rf"\node[rotate=45, anchor=west] at ({place}.3,0.2) {{{latex(name)}}};")
    side, anchor = (len(grid.sources) + 0.1, "west") if turned else (-0.1, "east")
    for row, (name, weights) in enumerate(zip(grid.targets, grid.weights.tolist(), strict=True)):
        lines.append(rf"\node[anchor={anchor}] at ({side},-{row}.5) {{{latex(name)}}};")
        for place, weight in zip(across, weights, strict=True):
            red, green, blue = (int(colour_at(stops, weight)[at : at + 2], 16) for at in (1, 3, 5))
            colour = f"{{rgb,255:red,{red};green,{green};blue,{blue}}}"
            lines.append(rf"\path[draw=black!15, fill={colour}] ({place},-{row}) rectangle ++(1,-1); % {weight:.4f}")
    return "\n".join([*lines, r"\end{tikzpicture}", r"\end{document}", ""])


def latex(name: str) -> str:
    """A name as LaTeX writes it."""
    return "".join(_LATEX.get(character, character) for character in name)
