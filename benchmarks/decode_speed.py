"""Translation speed on the CPU: our standard model in each engine, other toolkits at the same sizes, and the limit.

    python benchmarks/decode_speed.py --recipe RECIPE.toml [--peers DIR] > decode_speed.jsonl

Measured are, for greedy search and a beam of 5: the milliseconds of one sentence (median of 100, one at a time), and
sentences a second of the whole test split in batches of 64 with two threads. Embedding 256, hidden 512, a bidirectional
GRU layer, a GRU decoder layer, Luong's general attention, 8,000 joint pieces, random weights; every output is made 15
pieces long, the mean of Multi30k's references, so that all do the same work. Ours goes from text to text;
the other drivers begin with pieces and end with pieces. Ours ties one table to source, target and output,
so that its output layer reads 256 numbers, OpenNMT-py's and JoeyNMT's 512. CTranslate2 has no recurrent models: it runs
a Transformer of 9.4 million random weights, which is what a user would take instead.

The limit is the matrix products alone, of the same shapes and number types as the engine onnx has them, through the
same library (decode_limit.py).
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from peers import (
    ENVIRONMENT,
    Job,
    Row,
    emit,
    machine,
    prepared_pairs,
    run_rounds,
    say,
    summarize,
    write_peer_data,
)

if TYPE_CHECKING:
    from s2s.model import Seq2Seq

EMBEDDING, HIDDEN, OUTPUT, BATCH, LATENCIES = 256, 512, 15, 64, 100
MAX_LENGTH = 80
SEARCHES = {"greedy": 1, "beam5": 5}
OURS = {"ours-onnx": "onnx", "ours-torch": "torch"}
LIMIT = "limit"
ONE_THREAD = {"BENCH_THREADS": "1", "OMP_NUM_THREADS": "1"}
PEERS = {  # environment, driver with its options, variables
    "opennmt-py-nofeed": ("onmt", ["bench_opennmt.py", "--input-feed", 0], {}),
    "opennmt-py-nofeed-1": ("onmt", ["bench_opennmt.py", "--input-feed", 0], ONE_THREAD),
    "joeynmt": ("joeynmt", ["bench_joeynmt.py"], {}),
    "ctranslate2-int8-1": ("misc", ["bench_transformer.py", "--engine", "ct2-int8"], ONE_THREAD),
    "ctranslate2-int8-2x1": ("misc", ["bench_transformer.py", "--engine", "ct2-int8", "--workers", 2], {}),
}
"""`-1` has one thread, `-2x1` two workers of one thread each, the others two threads."""


def standard_model(vocabulary_size: int) -> "Seq2Seq":
    """Our standard model, with random weights, always the same."""
    import torch

    from s2s.config import ModelConfig
    from s2s.model import Seq2Seq

    torch.manual_seed(1)
    shape = ModelConfig(
        vocabulary_size=vocabulary_size, attention="luong-general", embedding_size=EMBEDDING, hidden_size=HIDDEN
    )
    return Seq2Seq(shape).requires_grad_(False)


def translate(arguments: argparse.Namespace) -> None:
    """The job of ours."""
    import s2s  # noqa: F401, I001 (before torch: it sets how OpenMP threads wait)
    import torch

    from s2s.batch import translate_lines
    from s2s.checkpoint import Checkpoint, Description
    from s2s.config import SearchConfig
    from s2s.recipe import load_recipe
    from s2s.text import PieceModel
    from s2s.translator import Translator

    recipe = load_recipe(arguments.recipe)
    folder = Path(recipe.data.directory) / recipe.name
    pieces = PieceModel(folder / "text.spm")
    torch.set_num_threads(1)
    model = standard_model(pieces.vocabulary_size)
    nobody = Description(name="random", source_language="", target_language="", training_length=100)
    started = time.perf_counter()
    translator = Translator(Checkpoint(model, pieces, nobody), "", engine=OURS[arguments.job])
    load = time.perf_counter() - started
    lines = [source for source, _ in prepared_pairs(folder, "test")][: arguments.sentences]
    for name, beam in SEARCHES.items():
        # An output ends at its limit, and not before.
        config = SearchConfig(beam_size=beam, alternatives=0, min_length=OUTPUT, max_length=OUTPUT)
        notes = {"params": model.parameter_count(), "load_seconds": round(load, 3)}
        list(translate_lines(translator, lines[:BATCH], config, BATCH))
        seconds = clock(lambda config=config: list(translate_lines(translator, lines, config, BATCH)))
        rate = len(lines) / seconds
        emit(arguments.job, f"translate-{name}-b{BATCH}", "sentences_per_s", rate, "sentences/s", **notes)
        times = [
            clock(lambda line=line, config=config: translator.translate(line, config)) for line in lines[:LATENCIES]
        ]
        milliseconds = 1000 * statistics.median(times[5:])
        emit(arguments.job, f"translate-{name}-b1", "latency_median", milliseconds, "ms", **notes)


def clock(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def build_jobs(arguments: argparse.Namespace, data: str) -> list[Job]:
    jobs = []
    for name in arguments.jobs or [*OURS, LIMIT, *(PEERS if arguments.peers else ())]:
        if name == LIMIT:
            jobs.append(Job(name, [sys.executable, Path(__file__).with_name("decode_limit.py"), "--target", OUTPUT]))
        elif name in OURS:
            own = ["--recipe", arguments.recipe, "--sentences", arguments.sentences, "--job", name]
            jobs.append(Job(name, [sys.executable, __file__, *own]))
        else:
            environment, (driver, *options), variables = PEERS[name]
            command = [arguments.peers / environment / "bin" / "python", arguments.peers / driver, "--task", "decode"]
            places = {"PEERS_DIR": str(arguments.peers), "DATA_DIR": data}
            places |= {"BENCH_THREADS": "2", "FORCED_LEN": str(OUTPUT)}
            jobs.append(Job(name, [*command, *options, "--sentences", arguments.sentences], places | variables))
    return jobs


def write_opennmt_model(job: Job) -> None:
    """OpenNMT-py translates with a checkpoint only: one of two updates, since every output has the same length."""
    python, driver, *_ = job.command
    fit = ["--task", "fit", "--warmup", "1", "--updates", "2", "--input-feed", "0"]
    subprocess.run([python, driver, *fit], env=ENVIRONMENT | job.environment, capture_output=True, check=True)


def tabulate(summary: Sequence[Row]) -> None:
    """Write the medians as a table: a row a tool, a column a task."""
    tasks = [f"translate-{name}-b{size}" for size in (1, BATCH) for name in SEARCHES]
    cells: dict[str, dict[str, str]] = {}
    for entry in summary:
        task, metric = entry["metric"].split()
        if metric in ("latency_median", "sentences_per_s") and (metric == "latency_median") == task.endswith("b1"):
            mark = "*" if entry["only_disturbed"] else ""
            cells.setdefault(entry["peer"], {})[task] = f"{entry['median']:,.1f}{mark}"
    say(f"\n{'':24}" + "".join(f"{task.removeprefix('translate-'):>14}" for task in tasks))
    say(f"{'':24}" + "".join(f"{unit:>14}" for unit in ("ms", "ms", "sentences/s", "sentences/s")))
    for peer, row in cells.items():
        say(f"{peer:24}" + "".join(f"{row.get(task, '–'):>14}" for task in tasks))
    say("* all rounds were disturbed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", type=Path, required=True, help="whose prepared pieces and test split are taken")
    parser.add_argument("--peers", type=Path, help="folder with the peers' drivers and environments")
    names = [*OURS, LIMIT, *PEERS]
    parser.add_argument("--jobs", nargs="+", choices=names, metavar="JOB", help=f"some of {', '.join(names)}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sentences", type=int, default=512)
    parser.add_argument("--wait", type=float, default=120, help="most seconds to wait for a quiet machine before a job")
    parser.add_argument("--timeout", type=float, default=600, help="seconds after which a job is given up")
    parser.add_argument("--job", choices=OURS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.job:
        translate(arguments)
        return
    if arguments.peers is None and not set(arguments.jobs or []).isdisjoint(PEERS):
        parser.error("the other toolkits need --peers DIR")

    from s2s.recipe import load_recipe

    recipe = load_recipe(arguments.recipe)
    arguments.peers = arguments.peers and arguments.peers.resolve()
    print(json.dumps(machine()), flush=True)
    with tempfile.TemporaryDirectory() as data:
        write_peer_data(Path(recipe.data.directory) / recipe.name, Path(data), MAX_LENGTH)
        jobs = build_jobs(arguments, data)
        for job in [job for job in jobs if job.name.startswith("opennmt")][:1]:
            write_opennmt_model(job)
        rows = list(run_rounds(jobs, arguments.rounds, arguments.wait, arguments.timeout))
    for row in rows:
        row["metric"] = f"{row['task']} {row['metric']}"
    summary = summarize(rows)
    tabulate(summary)
    print(json.dumps({"summary": summary}, ensure_ascii=False))


if __name__ == "__main__":
    main()
