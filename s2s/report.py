"""The report of a finished training: curves, scores and samples in one HTML page that needs no network."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from s2s.checkpoint import Description
from s2s.errors import S2SError
from s2s.files import write_text_whole
from s2s.metrics import Score

BLUE, ORANGE, GREY = "#1f5fa8", "#d9822b", "#8a8f98"

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 62rem; margin: 2.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .35rem .7rem .35rem 0; }
td, th { border-bottom: 1px solid #e6e8eb; vertical-align: top; } th { font-weight: 600; }
code { font-size: .85em; overflow-wrap: anywhere; } .quiet { color: #666; }
"""


def training_curves(history: Sequence[Mapping[str, float]]) -> go.Figure:
    """Losses on the left, scores on the right, over the minutes of training."""
    figure = make_subplots(rows=1, cols=2, subplot_titles=("loss, nats a piece", "validation scores"))
    minutes = [entry["seconds"] / 60 for entry in history]
    lines = [
        ("training loss", "training_loss", 1, GREY),
        ("validation loss", "validation_loss", 1, BLUE),
        ("BLEU", "BLEU", 2, BLUE),
        ("chrF", "chrF", 2, ORANGE),
        ("WER", "WER", 2, BLUE),
    ]
    for name, key, column, colour in lines:
        if not any(key in entry for entry in history):
            continue
        values = [entry.get(key) for entry in history]
        updates = [f"{entry['updates']:,} updates" for entry in history]
        figure.add_trace(
            go.Scatter(
                x=minutes, y=values, name=name, text=updates, mode="lines+markers", line={"color": colour, "width": 2}
            ),
            row=1,
            col=column,
        )
    figure.update_layout(template="plotly_white", height=380, margin={"l": 48, "r": 16, "t": 40, "b": 48})
    figure.update_layout(legend={"orientation": "h", "y": -0.18}, hovermode="x unified")
    figure.update_xaxes(title="minutes", rangemode="tozero")
    return figure


def write_report(
    path: Path,
    description: Description,
    history: Sequence[Mapping[str, float]],
    scores: Sequence[Score],
    samples: Sequence[tuple[str, str, str]],
) -> None:
    """Write the report.

    Args:
        path: the HTML file.
        description: what was trained.
        history: the validations, in order.
        scores: those of the test split.
        samples: source, what the model wrote, reference.

    Raises:
        S2SError: the file cannot be written.
    """
    training = description.training
    facts = ", ".join(
        [
            f"{training['parameters'] / 1e6:.1f} M parameters",
            f"{training['pairs']:,} pairs",
            f"{training['epochs']:,} epochs",
            f"{training['updates']:,} updates in {training['minutes']:,.0f} minutes",
            f"{training['target_tokens_per_second']:,} target tokens a second on {training['hardware']}",
        ]
    )
    score_rows = [(score.name, str(score), f"<code>{escape(score.signature)}</code>") for score in scores]
    sample_rows = [tuple(map(escape, sample)) for sample in samples]
    curves = training_curves(history).to_html(full_html=False, include_plotlyjs=True)
    parts = [
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(description.name)}: training</title>',
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style>',
        f"<h1>{escape(description.name)}</h1>",
        f'<p class="quiet">{escape(description.description)}. {escape(facts)}.</p>',
        curves,
        f"<h2>Test split: {description.scores.get('test_pairs', 0):,} pairs</h2>",
        _table(("score", "± half of the 95 % band", "signature"), score_rows),
        "<h2>First lines of the test split</h2>",
        _table(("source", "model", "reference"), sample_rows),
        "</html>",
    ]
    try:
        write_text_whole(path, "\n".join(parts) + "\n")
    except OSError as error:
        raise S2SError(f"the report {path} cannot be written: {error}") from None


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """An HTML table; the rows are HTML already."""
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{titles}</tr>{body}</table>"
