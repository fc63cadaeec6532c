"""What it brings to answer several visitors by one search: throughput and waiting times, both ways in turn.

Threads ask for one sentence after the other and read the answer as it grows, as the page's workers do. `alone`: each
request is a search of its own, and every step of it is read. `drained`: the same, and the last step alone is read.
`shared`: they are rows of one search (s2s/search/shared.py). All ways are measured in turn, several times, and the
targets must be the same. Processor time is what a sentence costs, whoever else uses the machine; the rest depends on
who does. Prints a JSON line for each number of requests at once.

    python benchmarks/visitors.py [CHECKPOINT] [--at-once 1 4 16 64] [--beam-size 5] [--rounds 3]
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch

from benchmarks.load import SENTENCES
from s2s.config import SearchConfig
from s2s.models import EMBEDDED
from s2s.result import Translation
from s2s.search import SharedSearch, search
from s2s.translator import Translator


class Measured:
    """What one way took, over all rounds."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.sentences, self.cpu, self.wall = 0, 0.0, 0.0
        self.latencies: list[float] = []

    def run(self, ask: Callable[[str], Translation], texts: list[str], at_once: int) -> list[str]:
        """The targets of all texts, so many asked for at the same time."""

        def timed(text: str) -> str:
            begun = time.perf_counter()
            target = ask(text).target
            self.latencies.append(time.perf_counter() - begun)
            return target

        begun, used = time.perf_counter(), time.process_time()
        with ThreadPoolExecutor(at_once) as pool:
            targets = list(pool.map(timed, texts))
        self.cpu += time.process_time() - used
        self.wall += time.perf_counter() - begun
        self.sentences += len(texts)
        return targets

    @property
    def cpu_ms(self) -> float:
        """Processor time of a sentence."""
        return 1000 * self.cpu / self.sentences

    @property
    def wall_ms(self) -> float:
        """Time until the next sentence is done."""
        return 1000 * self.wall / self.sentences

    def told(self) -> dict[str, float]:
        """Plain values: milliseconds, and sentences a second."""
        hundredths = statistics.quantiles(self.latencies, n=100)
        return {
            "cpu_ms": round(self.cpu_ms, 1),
            "sentences_a_second": round(1000 / self.wall_ms, 1),
            "p50_ms": round(1000 * hundredths[49], 1),
            "p95_ms": round(1000 * hundredths[94], 1),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", nargs="?", default=str(EMBEDDED / "en-fr"))
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 4, 16, 64])
    parser.add_argument("--beam-size", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    translator = Translator.load(options.checkpoint, "cpu")
    config = SearchConfig(beam_size=options.beam_size, n_best=options.beam_size)  # as the page asks
    rows: list[int] = []
    shared = SharedSearch(translator.engine, lambda requests, hypotheses: rows.append(hypotheses))

    def streamed(text: str) -> Translation:
        *_, last = translator.stream(text, config)
        return last

    alone, together = partial(search, translator.engine), shared.search
    ways = {
        "alone": (alone, streamed),
        "drained": (alone, lambda text: translator.translate(text, config)),
        "shared": (together, streamed),
    }
    Measured().run(streamed, SENTENCES, 1)  # what is done once is done
    for at_once in options.at_once:
        found = {name: Measured() for name in ways}
        texts = [SENTENCES[number % len(SENTENCES)] for number in range(max(16, 2 * at_once))]
        rows.clear()
        targets = []
        for _ in range(options.rounds):
            for name, (translator.search, ask) in ways.items():
                targets.append(found[name].run(ask, texts, at_once))
        ours = found["shared"]
        told = {
            "at_once": at_once,
            "sentences": len(texts) * options.rounds,
            "same": all(each == targets[0] for each in targets),
            **{name: each.told() for name, each in found.items()},
            "hypotheses_a_step": round(statistics.mean(rows), 1),
            "cpu_ratio": {
                name: round(each.cpu_ms / ours.cpu_ms, 2) for name, each in found.items() if each is not ours
            },
            "throughput_ratio": {
                name: round(each.wall_ms / ours.wall_ms, 2) for name, each in found.items() if each is not ours
            },
        }
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
