"""Training speed on the CPU: an update in shards, one thread each, against one shard on all threads.

    python benchmarks/train_threads.py [--updates 20]

Prints one JSON line a way and round; the ways alternate, so that a busy machine disturbs both. Random ids of the
lengths of everyday sentences; model and batch as in recipes/en-fr.toml.
"""

import argparse
import json
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import s2s  # noqa: F401, I001 (before torch: it sets how OpenMP threads wait)
import torch

from s2s.recipe import load_recipe
from s2s.data import Batch
from s2s.model import Seq2Seq
from s2s.training.objective import objective

RECIPE = Path(__file__).parents[1] / "recipes" / "en-fr.toml"
SOURCE_LENGTH, TARGET_LENGTH = 9, 11
THREADS = 2


def random_batch(tokens: int, vocabulary: int, generator: torch.Generator) -> Batch:
    rows = tokens // TARGET_LENGTH
    source = torch.randint(4, vocabulary, (rows, SOURCE_LENGTH), generator=generator)
    target = torch.randint(4, vocabulary, (rows, TARGET_LENGTH), generator=generator)
    return Batch(source, torch.ones_like(source, dtype=torch.bool), target, torch.ones_like(target, dtype=torch.bool))


def measure(model: Seq2Seq, tokens: int, shards: int, updates: int) -> float:
    """Target tokens a second of forward and backward, without the optimiser, which is the same for both ways."""
    parameters = list(model.parameters())
    generators = [torch.Generator().manual_seed(number) for number in range(shards)]
    batches = [random_batch(tokens // shards, model.config.vocabulary_size, generator) for generator in generators]

    def gradient(batch: Batch, generator: torch.Generator) -> None:
        torch.autograd.grad(objective(model, batch, generator, label_smoothing=0.1), parameters)

    threads = THREADS // shards
    torch.set_num_threads(threads)
    with ThreadPoolExecutor(shards, initializer=torch.set_num_threads, initargs=(threads,)) as pool:
        list(pool.map(gradient, batches, generators))
        started = time.perf_counter()
        for _ in range(updates):
            list(pool.map(gradient, batches, generators))
        seconds = time.perf_counter() - started
    return updates * sum(batch.target.numel() for batch in batches) / seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--updates", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    recipe = load_recipe(RECIPE)
    model = Seq2Seq(recipe.model)
    speeds: dict[int, list[float]] = {1: [], THREADS: []}
    for number in range(arguments.rounds):
        for shards, found in speeds.items():
            found.append(measure(model, recipe.training.batch_tokens, shards, arguments.updates))
            print(json.dumps({"round": number, "shards": shards, "target_tokens_per_second": round(found[-1])}))
    ratios = [many / one for one, many in zip(speeds[1], speeds[THREADS], strict=True)]
    print(json.dumps({"ratio_median": round(statistics.median(ratios), 2), "ratios": [round(r, 2) for r in ratios]}))


if __name__ == "__main__":
    main()
