"""Whether steps of several visitors are better computed together on a CPU: the processor time of both ways.

Threads translate one sentence after the other, as the page's workers do, with an engine each of them asks alone, and
with one that they share (s2s/engine/shared.py). Processor time is what it costs, whoever else uses the machine; the
targets must be the same. Prints a JSON line for each number of threads.

    python benchmarks/visitors.py [CHECKPOINT] [--sentences 64] [--threads 1 4 16 50]
"""

import argparse
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch

from benchmarks.load import SENTENCES
from s2s.config import SearchConfig
from s2s.engine.shared import SharedEngine
from s2s.models import EMBEDDED
from s2s.translator import Translator

CONFIG = SearchConfig(beam_size=5, n_best=5)


class Counting:
    """An engine that notes how many hypotheses each step has."""

    def __init__(self, engine):
        self.config, self.encode, self.start = engine.config, engine.encode, engine.start
        self.engine, self.rows = engine, []

    def step(self, previous, state, memory):
        """As the engine does."""
        self.rows.append(len(previous))
        return self.engine.step(previous, state, memory)


def measure(translator: Translator, texts: list[str], threads: int) -> tuple[list[str], float, float]:
    """Targets, processor seconds and seconds of all texts."""

    def last(text: str) -> str:
        *_, found = translator.stream(text, CONFIG)
        return found.target

    begun, used = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        targets = list(pool.map(last, texts))
    return targets, time.process_time() - used, time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", nargs="?", default=str(EMBEDDED / "en-fr"))
    parser.add_argument("--sentences", type=int, default=64)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 4, 16, 50])
    options = parser.parse_args()
    torch.set_num_threads(1)
    translator = Translator.load(options.checkpoint, "cpu")
    engine = translator.engine
    texts = [SENTENCES[number % len(SENTENCES)] for number in range(options.sentences)]
    measure(translator, SENTENCES, 1)  # what is done once is done
    for threads in options.threads:
        translator.engine = engine
        alone, alone_cpu, alone_wall = measure(translator, texts, threads)
        counting = Counting(engine)
        translator.engine = SharedEngine(counting)
        shared, shared_cpu, shared_wall = measure(translator, texts, threads)
        told = {
            "threads": threads,
            "sentences": len(texts),
            "same": alone == shared,
            "alone_cpu_ms": round(1000 * alone_cpu / len(texts), 1),
            "shared_cpu_ms": round(1000 * shared_cpu / len(texts), 1),
            "alone_ms": round(1000 * alone_wall / len(texts), 1),
            "shared_ms": round(1000 * shared_wall / len(texts), 1),
            "rows_a_step": round(sum(counting.rows) / len(counting.rows), 1),
        }
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
