"""Translating a file from the start of the process to its end: our command and OpenNMT-py's, the same sizes and lines.

    python benchmarks/whole_command.py --recipe RECIPE.toml --peers DIR [--lines 10000] > whole_command.jsonl

The standard model of decode_speed.py with random weights on both sides; every output is made 15 pieces long. Ours reads
the training sources as text and writes text; OpenNMT-py's own `onmt_translate` (no input feeding, batches of 64)
reads the same lines cut into pieces already. Both may use two threads. They take turns.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from decode_speed import BATCH, MAX_LENGTH, OUTPUT, PEERS, SEARCHES, standard_model, write_opennmt_model
from peers import (
    ENVIRONMENT,
    ForeignCores,
    Job,
    child_seconds,
    machine,
    prepared_pairs,
    say,
    wait_until_quiet,
    write_peer_data,
)

# What bench_opennmt.py does for a current PyTorch, then the package's own command.
OPENNMT = """
import functools, sys, types, torch
sys.modules["fasttext"] = types.ModuleType("fasttext")
torch.load = functools.partial(torch.load, weights_only=False)
torch.set_num_threads(2)
from onmt.bin.translate import main
main()
"""


def write_ours(folder: Path, place: Path, lines: list[str]) -> list[str]:
    """A checkpoint folder and the lines; the command that translates them."""
    from s2s.checkpoint import Description, save_checkpoint
    from s2s.text import PieceModel

    model = standard_model(PieceModel(folder / "text.spm").vocabulary_size)
    nobody = Description(name="random", source_language="", target_language="", training_length=100)
    save_checkpoint(place / "model", model, folder / "text.spm", nobody, "")
    (place / "lines.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    length = [f"--search={name}_length={OUTPUT}" for name in ("min", "max")]
    return [sys.executable, "-m", "s2s", "translate", "--model", str(place / "model"), *length]


def write_opennmt(arguments: argparse.Namespace, folder: Path, place: Path) -> list[str]:
    """A checkpoint and the lines in pieces; the command that translates them."""
    write_peer_data(folder, place, MAX_LENGTH)
    environment, (driver, *_), _ = PEERS["opennmt-py-nofeed"]
    python = arguments.peers / environment / "bin" / "python"
    variables = {"PEERS_DIR": str(arguments.peers), "DATA_DIR": str(place), "BENCH_THREADS": "2"}
    write_opennmt_model(Job("opennmt", [python, arguments.peers / driver], variables))
    model = max((arguments.peers / "models" / "onmt-gru-0").glob("*.pt"), key=lambda path: path.stat().st_mtime)
    pieces = (place / "train.bpe.en").read_text(encoding="utf-8").splitlines(keepends=True)[: arguments.lines]
    (place / "pieces.txt").write_text("".join(pieces), encoding="utf-8")
    paths = ["-model", str(model), "-src", str(place / "pieces.txt"), "-output", str(place / "written.txt")]
    length = ["-min_length", str(OUTPUT), "-max_length", str(OUTPUT), "-batch_size", str(BATCH)]
    return [str(python), "-c", OPENNMT, *paths, *length, "-batch_type", "sents", "-gpu", "-1"]


def run(peer: str, search: str, command: list[str], lines: Path | None, count: int) -> float:
    wait_until_quiet(120)
    meter, started = ForeignCores(child_seconds), time.perf_counter()
    text = lines.read_text(encoding="utf-8") if lines else ""
    done = subprocess.run(command, input=text, capture_output=True, text=True, env=ENVIRONMENT)
    seconds = time.perf_counter() - started
    if done.returncode:
        sys.exit(f"{peer}: {done.stderr[-800:]}")
    row = {"peer": peer, "task": search, "seconds": round(seconds, 1), "lines": count, "foreign_cores": meter.lap()}
    print(json.dumps(row), flush=True)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", type=Path, required=True, help="whose prepared pieces and pairs are taken")
    parser.add_argument("--peers", type=Path, required=True, help="folder with OpenNMT-py's driver and environment")
    parser.add_argument("--lines", type=int, default=10_000)
    arguments = parser.parse_args()
    arguments.peers = arguments.peers.resolve()

    from s2s.recipe import load_recipe

    recipe = load_recipe(arguments.recipe)
    folder = Path(recipe.data.directory) / recipe.name
    lines = [source for source, _ in prepared_pairs(folder, "train")][: arguments.lines]
    print(json.dumps(machine()), flush=True)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        ours, theirs = write_ours(folder, place, lines), write_opennmt(arguments, folder, place)
        for search, beam in SEARCHES.items():
            seconds = run("ours", search, [*ours, "--beam-size", str(beam)], place / "lines.txt", len(lines))
            other = run("opennmt-py", search, [*theirs, "-beam_size", str(beam)], None, len(lines))
            say(f"{search}: ours {seconds:.1f} s, OpenNMT-py {other:.1f} s, {other / seconds:.1f} times as long")


if __name__ == "__main__":
    main()
