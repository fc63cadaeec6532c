"""Minutes of training until a BLEU on the validation pairs: a recipe of ours against OpenNMT-py.

    python benchmarks/time_to_quality.py --recipe RECIPE.toml --peers DIR [--goal 33] > time_to_quality.jsonl

Made for Multi30k en-de, lowercased and tokenised: BLEU is counted without further tokenisation, lowercased, of greedy
translations of all validation pairs, in the same way for all (course.py). The clock counts training alone: it starts
with the first update, and stands while validation pairs are translated. All read the same pieces of the same pairs,
those that `s2s prepare RECIPE.toml` made, on the same two threads, one training after the other.

Ours is the recipe as it is. OpenNMT-py has embeddings of 256, one bidirectional GRU layer and one GRU decoder layer of
512, and three ways to train:

- `opennmt-py`: everything else by its own defaults, with which its documentation trains on Multi30k: plain SGD with
  learning rate 1, batches of 64 sentences, dropout 0.3, gradients of at most 5, input feeding;
- `opennmt-py-adam`: as most of its users would train today: Adam with 0.001, batches of 128, gradients of at most 1;
- `opennmt-py-adam-nofeed`: the same without input feeding, which is faster.

`--set key=value` changes any of its options for all three.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from peers import ENVIRONMENT, Row, machine, prepared_pairs, say, versions, wait_until_quiet, write_peer_data

MODEL = {
    "encoder_type": "brnn",
    "rnn_type": "GRU",
    "enc_layers": 1,
    "dec_layers": 1,
    "word_vec_size": 256,
    "hidden_size": 512,
}
ADAM = {"optim": "adam", "learning_rate": 0.001, "batch_size": 128, "max_grad_norm": 1.0}
PEERS = {
    "opennmt-py": MODEL,
    "opennmt-py-adam": MODEL | ADAM,
    "opennmt-py-adam-nofeed": MODEL | ADAM | {"input_feed": 0},
}
MAX_LENGTH = 80


def train(arguments: argparse.Namespace) -> None:
    """The job of ours: the averaged weights of a training are looked at, as its checkpoint would have them."""
    import s2s  # noqa: F401, I001 (before torch: it sets how OpenMP threads wait)
    import torch
    from course import Course

    from s2s.batch import translate_lines
    from s2s.checkpoint import Checkpoint, Description
    from s2s.config import SearchConfig
    from s2s.recipe import load_recipe
    from s2s.training import Trainer
    from s2s.translator import Translator

    torch.set_num_threads(arguments.threads)
    recipe = load_recipe(arguments.recipe)
    settings = replace(recipe.training, seed=arguments.seed, shards=arguments.threads)
    trainer = Trainer(replace(recipe, training=settings), torch.device("cpu"))
    pairs = prepared_pairs(Path(recipe.data.directory) / recipe.name, "valid")
    description = Description(name="", source_language="", target_language="", training_length=MAX_LENGTH)
    translator = Translator(Checkpoint(trainer.average, trainer.pieces, description), "", engine="torch")

    def translate() -> list[str]:
        config = SearchConfig(beam_size=1, alternatives=0)
        return [each.target for each in translate_lines(translator, [source for source, _ in pairs], config)]

    references = [target for _, target in pairs]
    course = Course(arguments.job, references, arguments.goal, arguments.every, arguments.max_minutes)
    ended = False
    while not (ended or trainer.finished):
        course.start()
        trainer.update()
        ended = course.update_done(trainer.progress.updates, trainer.progress.target_tokens, translate)


def run(name: str, command: list[object], number: int) -> list[Row]:
    """Run one training; its lines as they come."""
    rows = []
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            list(map(str, command)), stdout=subprocess.PIPE, stderr=log, text=True, env=ENVIRONMENT
        )
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith('{"peer"'):
                row = json.loads(line) | {"round": number}
                rows.append(row)
                print(json.dumps(row), flush=True)
                config = row["config"]
                say(f"# {name}: {config['minutes']:6.2f} min, BLEU {row['value']:5.2f}, foreign {row['foreign_cores']}")
        if process.wait():
            log.seek(0)
            say(f"# {name} failed: {log.read()[-2000:]}")
    return rows


def summarize(name: str, rows: list[Row], goal: float, number: int) -> Row:
    reached = [row["config"]["minutes"] for row in rows if row["value"] >= goal]
    return {
        "peer": name,
        "metric": f"minutes_to_bleu_{goal:g}",
        "value": reached[0] if reached else None,
        "unit": "minutes",
        "round": number,
        "best_bleu": max((row["value"] for row in rows), default=None),
        "minutes": rows[-1]["config"]["minutes"] if rows else 0.0,
        "foreign_cores_at_most": max((row["foreign_cores"] or 0.0 for row in rows), default=None),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", type=Path, required=True, help="our side; its pairs are everybody's")
    parser.add_argument("--peers", type=Path, help="folder with OpenNMT-py's environment onmt/")
    parser.add_argument("--jobs", nargs="+", choices=["ours", *PEERS], default=["ours", *PEERS])
    parser.add_argument("--goal", type=float, default=33.0, help="BLEU at which a training ends")
    parser.add_argument("--every", type=float, default=1.0, help="minutes of training between two looks")
    parser.add_argument(
        "--max-minutes", type=float, default=60.0, help="minutes of training after which one is given up"
    )
    parser.add_argument("--rounds", type=int, default=1, help="trainings of each, with the seeds 1, 2, …")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--wait", type=float, default=120, help="most seconds to wait for a quiet machine")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="an option of OpenNMT-py")
    parser.add_argument("--job", help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.job:
        train(arguments)
        return
    if arguments.peers is None and arguments.jobs != ["ours"]:
        parser.error("OpenNMT-py needs --peers DIR")

    from s2s.recipe import load_recipe

    recipe = load_recipe(arguments.recipe)
    folder = Path(recipe.data.directory) / recipe.name
    changes = {key: json.loads(value) for key, _, value in (setting.partition("=") for setting in arguments.set)}
    common = ["--goal", arguments.goal, "--every", arguments.every, "--max-minutes", arguments.max_minutes]
    common += ["--threads", arguments.threads]
    summary = []
    with tempfile.TemporaryDirectory() as data:
        write_peer_data(folder, Path(data), MAX_LENGTH)
        python = arguments.peers and arguments.peers.resolve() / "onmt" / "bin" / "python"
        print(json.dumps({**machine(), "peers": versions(python, "opennmt-py") if python else {}}), flush=True)
        for number in range(arguments.rounds):
            for name in arguments.jobs if number % 2 == 0 else arguments.jobs[::-1]:
                wait_until_quiet(arguments.wait)
                command = [sys.executable, __file__, "--recipe", arguments.recipe, "--job", name]
                if name in PEERS:
                    settings = json.dumps(PEERS[name] | changes)
                    script = Path(__file__).with_name("opennmt_fit.py")
                    command = [
                        python,
                        script,
                        "--name",
                        name,
                        "--settings",
                        settings,
                        "--data",
                        data,
                        "--folder",
                        folder,
                    ]
                rows = run(name, [*command, *common, "--seed", number + 1], number)
                summary.append(summarize(name, rows, arguments.goal, number))
    for entry in summary:
        say(
            f"{entry['peer']:26}{entry['metric']}: {entry['value']} (best {entry['best_bleu']}, {entry['minutes']} min)"
        )
    print(json.dumps({"summary": summary}))


if __name__ == "__main__":
    main()
