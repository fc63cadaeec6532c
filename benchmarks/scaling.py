"""How translation time and memory grow with the source, the beam and the batch.

    python benchmarks/scaling.py [--plot docs/scaling.png] > scaling.jsonl

Our standard model (embedding 256, hidden 512, a bidirectional GRU layer, a GRU decoder layer, Luong's general
attention, 8,000 pieces, random weights) in the engine that it has by default, on one thread. A target is made as long
as its source. Each point is a process of its own; its memory is the most that it ever had resident, above that of a
process that has loaded the model.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from peers import Row, emit, machine, say

AXES = {
    "source pieces": [5, 10, 20, 40, 60, 80, 100],
    "beam": [1, 2, 4, 6, 8, 10],
    "batch": [1, 4, 16, 64, 128, 256],
}
STANDARD = {"source pieces": 15, "beam": 5, "batch": 1}


def measure(point: dict[str, int], times: int) -> None:
    """The job: search one batch some times."""
    import s2s  # noqa: F401, I001 (before torch: it sets how OpenMP threads wait)
    import torch

    from s2s.config import ModelConfig, SearchConfig
    from s2s.engine import build_engine
    from s2s.model import Seq2Seq
    from s2s.search import search

    torch.manual_seed(1)
    torch.set_num_threads(1)
    shape = ModelConfig(attention="luong-general", embedding_size=256, hidden_size=512)
    engine = build_engine(Seq2Seq(shape).requires_grad_(False))
    length = point["source pieces"]
    source = torch.randint(4, shape.vocabulary_size, (point["batch"], length))
    config = SearchConfig(beam_size=point["beam"], alternatives=0, min_length=length, max_length=length)
    mask = torch.ones_like(source, dtype=torch.bool)
    Path("/proc/self/clear_refs").write_text("5")  # the most that was resident starts anew (Linux)
    before = resident("VmRSS")
    seconds = []
    for _ in range(times + 1):
        started = time.perf_counter()
        for _ in search(engine, source, mask, config):
            pass
        seconds.append(time.perf_counter() - started)
    memory = resident("VmHWM") - before
    emit("ours", "scaling", "milliseconds", 1000 * statistics.median(seconds[1:]), "ms", **point)
    emit("ours", "scaling", "memory", memory, "MiB", **point)


def resident(name: str) -> float:
    """Memory of this process in MiB: now (VmRSS), or the most so far (VmHWM)."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def run(point: dict[str, int], times: int) -> list[Row]:
    command = [sys.executable, __file__, "--point", json.dumps(point), "--times", str(times)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-600:])
    return [json.loads(line) for line in done.stdout.splitlines()]


def draw(rows: list[tuple[str, Row]], path: Path) -> None:
    """A panel for each axis: milliseconds above, memory below."""
    from plotly.graph_objects import Scatter
    from plotly.subplots import make_subplots

    figure = make_subplots(2, len(AXES), shared_xaxes=True, vertical_spacing=0.08)
    for column, axis in enumerate(AXES, 1):
        for line, metric in enumerate(("milliseconds", "memory"), 1):
            points = [
                (row["config"][axis], row["value"]) for name, row in rows if (name, row["metric"]) == (axis, metric)
            ]
            x, y = zip(*sorted(points), strict=True)
            figure.add_trace(Scatter(x=x, y=y, mode="lines+markers", line_color="#1f5fa8"), line, column)
            figure.update_yaxes(rangemode="tozero", row=line, col=column)
        figure.update_xaxes(title_text=axis, rangemode="tozero", row=2, col=column)
    figure.update_yaxes(title_text="milliseconds", row=1, col=1)
    figure.update_yaxes(title_text="MiB above the model's", row=2, col=1)
    figure.update_layout(template="plotly_white", showlegend=False, width=1000, height=520, margin_t=20)
    figure.write_image(path, scale=2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plot", type=Path, help="also draw the figure here (.png, .svg, .html)")
    parser.add_argument("--times", type=int, default=7, help="searches of each point")
    parser.add_argument("--point", type=json.loads, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.point:
        measure(arguments.point, arguments.times)
        return
    print(json.dumps(machine()), flush=True)
    rows = []
    for axis, values in AXES.items():
        for value in values:
            for row in run(STANDARD | {axis: value}, arguments.times):
                print(json.dumps(row), flush=True)
                rows.append((axis, row))
            say(f"{axis} {value}: {rows[-2][1]['value']:.1f} ms, {rows[-1][1]['value']:.0f} MiB")
    if arguments.plot:
        draw(rows, arguments.plot)


if __name__ == "__main__":
    main()
