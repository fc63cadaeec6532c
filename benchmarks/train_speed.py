"""Training speed on the CPU: our standard model, other toolkits at the same sizes, and the machine's own limit.

    python benchmarks/train_speed.py --recipe RECIPE.toml [--peers DIR] > train_speed.jsonl

Measured are target tokens a second (pieces with the end piece, without padding) of whole updates: batch building,
forward, backward, clipping, Adam or AdamW, each tool with its own loop and batching. Embedding 256, hidden 512, a
bidirectional GRU layer, a GRU decoder layer, Luong's general attention, joint pieces, dropout 0.2, batches of 128
sentences (ours: as many tokens as 128 sentences have on average), two threads. Every tool reads the same pieces of the
same pairs: those that `s2s prepare RECIPE.toml` made; of the recipe's settings, only those of its data count.

The tools do not compute the same. Ours ties one table to source, target and output, so that its output layer reads 256
numbers; theirs reads 512 from a table of its own, and there are two tables more. OpenNMT-py without input feeding is
wired as ours; with it, and in JoeyNMT always, the context enters the recurrence. Ours also smooths labels and averages
weights. Therefore two limits are measured (matrix_limit.py): `limit` has the shapes of ours, `limit-512` those of
OpenNMT-py without feeding, and each tool's share is that of its own.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from peers import Job, Row, emit, machine, run_rounds, say, summarize, versions, write_peer_data

EMBEDDING, HIDDEN, SENTENCES, MAX_LENGTH = 256, 512, 128, 80
PASSIVE = {"OMP_WAIT_POLICY": "PASSIVE"}
"""How s2s lets OpenMP threads wait; the nearest peer may have that too."""

LIMITS = {  # its options
    "limit": ["--features", EMBEDDING],
    "limit-bf16": ["--features", EMBEDDING, "--dtype", "bfloat16"],
    "limit-512": ["--features", HIDDEN],
}
OURS = {"ours": "float32", "ours-bf16": "bfloat16"}
PEERS = {  # environment, package, driver with its options, variables
    "opennmt-py-nofeed": ("onmt", "opennmt-py", ["bench_opennmt.py", "--input-feed", 0], {}),
    "opennmt-py-nofeed-passive": ("onmt", "opennmt-py", ["bench_opennmt.py", "--input-feed", 0], PASSIVE),
    "opennmt-py": ("onmt", "opennmt-py", ["bench_opennmt.py", "--input-feed", 1], {}),
    "joeynmt-luong": ("joeynmt", "joeynmt", ["bench_joeynmt.py", "--attention", "luong"], {}),
    "joeynmt-bahdanau": ("joeynmt", "joeynmt", ["bench_joeynmt.py", "--attention", "bahdanau"], {}),
}
LIMIT_OF = {
    "ours": "limit",
    "ours-bf16": "limit-bf16",
    "opennmt-py-nofeed": "limit-512",
    "opennmt-py-nofeed-passive": "limit-512",
}


def train(arguments: argparse.Namespace) -> None:
    """The job of ours; it knows of a trainer: it is built from a recipe, `update` and `progress.target_tokens`."""
    import s2s  # noqa: F401, I001 (before torch: it sets how OpenMP threads wait)
    import torch

    from s2s.config import ModelConfig
    from s2s.recipe import load_recipe
    from s2s.recipe_sections import TrainingConfig
    from s2s.training import Trainer

    recipe, precision = load_recipe(arguments.recipe), OURS[arguments.job]
    recipe = replace(
        recipe,
        data=replace(recipe.data, max_length=MAX_LENGTH),
        model=ModelConfig(attention="luong-general", embedding_size=EMBEDDING, hidden_size=HIDDEN, dropout=0.2),
        training=TrainingConfig(
            batch_tokens=round(SENTENCES * arguments.target), shards=arguments.threads, precision=precision
        ),
    )
    torch.set_num_threads(arguments.threads)
    trainer = Trainer(recipe, torch.device("cpu"))
    for _ in range(arguments.warmup):
        trainer.update()
    before, started = trainer.progress.target_tokens, time.perf_counter()
    for _ in range(arguments.updates):
        trainer.update()
    seconds, tokens = time.perf_counter() - started, trainer.progress.target_tokens - before
    emit(
        arguments.job,
        "train",
        "tokens_per_s",
        tokens / seconds,
        "target tokens/s",
        updates=arguments.updates,
        tokens_per_update=round(tokens / arguments.updates),
        seconds=round(seconds, 3),
        params=trainer.model.parameter_count(),
        precision=precision,
        threads=arguments.threads,
    )


def build_jobs(arguments: argparse.Namespace, rows: Sequence[tuple[list[str], list[str]]], data: Path) -> list[Job]:
    source = statistics.mean(len(source) for source, _ in rows)
    target = statistics.mean(len(target) + 1 for _, target in rows)
    counts = ["--warmup", arguments.warmup, "--updates", arguments.updates]
    threads = ["--threads", arguments.threads]
    jobs = []
    for name in arguments.jobs or default_jobs(arguments.peers is not None):
        if name in LIMITS:
            script = Path(__file__).with_name("matrix_limit.py")
            shape = ["--source", round(source), "--target", round(target), *LIMITS[name]]
            jobs.append(Job(name, [sys.executable, script, *threads, *shape, "--updates", arguments.updates]))
        elif name in OURS:
            own = ["--recipe", arguments.recipe, "--job", name, "--target", target]
            jobs.append(Job(name, [sys.executable, __file__, *threads, *counts, *own]))
        else:
            environment, _, (driver, *options), variables = PEERS[name]
            command = [arguments.peers / environment / "bin" / "python", arguments.peers / driver, "--task", "train"]
            places = {"PEERS_DIR": arguments.peers, "DATA_DIR": data, "BENCH_THREADS": arguments.threads}
            strings = {key: str(value) for key, value in places.items()}
            jobs.append(Job(name, [*command, *options, *counts], strings | variables))
    return jobs


def default_jobs(peers: bool) -> list[str]:
    """All jobs that this machine can do; bfloat16 where it is quick."""
    import torch

    from s2s.device import has_fast_bfloat16

    quick = has_fast_bfloat16(torch.device("cpu"))
    own = [name for name in [*LIMITS, *OURS] if quick or "bf16" not in name]
    return own + [name for name in PEERS if peers and name != "joeynmt-bahdanau"]


def tabulate(summary: Sequence[Row]) -> None:
    """Add each tool's share of its limit, the better way of the two, and write the table."""
    limits: dict[str, float] = {}
    for entry in summary:
        limits[entry["peer"]] = max(entry["median"], limits.get(entry["peer"], 0.0))
    say(f"\n{'':27}{'tokens/s':>9}{'least':>9}{'most':>9}{'rounds':>8}  share of its limit")
    for entry in summary:
        limit = limits.get(LIMIT_OF.get(entry["peer"], ""))
        entry["share_of_limit"] = limit and round(entry["median"] / limit, 3)
        way = entry["metric"].removeprefix("tokens_per_s").replace("_", " ")
        numbers = "".join(f"{entry[key]:9,.0f}" for key in ("median", "min", "max"))
        note = "  all rounds disturbed" if entry["only_disturbed"] else ""
        share = f"{entry['share_of_limit']:.0%}" if limit else ""
        say(f"{entry['peer'] + way:27}{numbers}{entry['rounds']:8}  {share:4}{note}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", type=Path, required=True, help="whose prepared pairs are trained on")
    parser.add_argument("--peers", type=Path, help="folder with the peers' drivers and environments")
    names = [*LIMITS, *OURS, *PEERS]
    parser.add_argument("--jobs", nargs="+", choices=names, metavar="JOB", help=f"some of {', '.join(names)}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--warmup", type=int, default=10, help="updates before the clock starts")
    parser.add_argument("--updates", type=int, default=40)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--wait", type=float, default=120, help="most seconds to wait for a quiet machine before a job")
    parser.add_argument("--timeout", type=float, default=900, help="seconds after which a job is given up")
    parser.add_argument("--job", choices=OURS, help=argparse.SUPPRESS)
    parser.add_argument("--target", type=float, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.job:
        train(arguments)
        return
    if arguments.peers is None and not set(arguments.jobs or []).isdisjoint(PEERS):
        parser.error("the other toolkits need --peers DIR")

    from s2s.recipe import load_recipe

    recipe = load_recipe(arguments.recipe)
    folder = Path(recipe.data.directory) / recipe.name
    with tempfile.TemporaryDirectory() as name:
        arguments.peers = arguments.peers and arguments.peers.resolve()
        rows = write_peer_data(folder, Path(name), MAX_LENGTH)
        jobs = build_jobs(arguments, rows, Path(name))
        used = {PEERS[job.name][:2] for job in jobs if job.name in PEERS}
        found = {package: versions(arguments.peers / place / "bin" / "python", package) for place, package in used}
        print(json.dumps({**machine(), "peers": found, "pairs": len(rows)}), flush=True)
        summary = summarize(list(run_rounds(jobs, arguments.rounds, arguments.wait, arguments.timeout)))
    tabulate(summary)
    print(json.dumps({"summary": summary}, ensure_ascii=False))


if __name__ == "__main__":
    main()
