"""The machine's limit for translation: the matrix products alone, in the engine's own number types and library.

    python benchmarks/decode_limit.py [--source 13] [--target 15]

A batch of sources is read in float32, then as many steps are taken as a target has pieces, the products with weights in
8 bits, those of attention in float32. Gates, softmax, embedding rows, the choice of pieces and all of Python's work are
left out. The shapes are those of decode_speed.py, and so are the lines that are printed: one sentence on one thread,
batches of 64 on as many threads as there are cores, each with a batch of its own.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from peers import emit

if TYPE_CHECKING:
    from s2s.engine.graph import Graph, Value

EMBEDDING, HIDDEN, VOCABULARY = 256, 512, 8000
SEARCHES = {"greedy": 1, "beam5": 5}
NUMBERS = np.random.default_rng(1)


def random(*shape: int) -> np.ndarray:
    return NUMBERS.uniform(-0.1, 0.1, shape).astype(np.float32)


def give(graph: "Graph", *values: "Value") -> None:
    """Have these values computed."""
    graph.output(**{f"{value}_given": value for value in values})


def build(sentences: int, hypotheses: int, source: int, target: int) -> Callable[[], None]:
    """A function that computes the products of one batch once."""
    from s2s.engine.graph import Graph
    from s2s.engine.runtime import has_signed_products, open_session

    reading, units = Graph("encode"), HIDDEN // 2
    embedded, state, states = (
        reading.input(name, "rows", size) for name, size in (("embedded", EMBEDDING), ("state", units), ("all", HIDDEN))
    )
    for _ in ("forwards", "backwards"):
        give(reading, reading.linear(embedded, random(3 * units, EMBEDDING)))
        matrix = random(3 * units, units)
        give(reading, *(reading.linear(state, matrix) for _ in range(source)))
    give(reading, reading.linear(states, random(HIDDEN, HIDDEN)))

    step = Graph("step", quantized=True, signed=has_signed_products())
    hidden, both, features = (
        step.input(name, "N", size)
        for name, size in (("hidden", HIDDEN), ("both", 2 * HIDDEN), ("features", EMBEDDING))
    )
    queries = step.input("queries", "B", "K", HIDDEN)
    keys, weights = step.input("keys", "B", "S", HIDDEN), step.input("weights", "B", "K", "S")
    give(step, step.linear(hidden, random(3 * HIDDEN, HIDDEN)), step.linear(both, random(EMBEDDING, 2 * HIDDEN)))
    give(step, step.product_transposed(queries, keys), step.product(weights, keys))
    give(step, step.linear(features, random(VOCABULARY, EMBEDDING)))

    rows, count = sentences * source, sentences * hypotheses
    read = {"embedded": random(rows, EMBEDDING), "state": random(sentences, units), "all": random(rows, HIDDEN)}
    taken = {
        "hidden": random(count, HIDDEN),
        "both": random(count, 2 * HIDDEN),
        "features": random(count, EMBEDDING),
        "queries": random(sentences, hypotheses, HIDDEN),
        "keys": random(sentences, source, HIDDEN),
        "weights": random(sentences, hypotheses, source),
    }
    encode, decode = open_session(reading), open_session(step)

    def compute() -> None:
        encode.run(None, read)
        for _ in range(target):
            decode.run(None, taken)

    return compute


def seconds_of(work: list[Callable[[], None]], times: int) -> float:
    """Median seconds of all of `work`, side by side."""
    seconds = []
    with ThreadPoolExecutor(len(work)) as pool:
        for _ in range(times + 2):
            started = time.perf_counter()
            for future in [pool.submit(each) for each in work]:
                future.result()
            seconds.append(time.perf_counter() - started)
    return statistics.median(seconds[2:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=int, default=13, help="pieces of a source")
    parser.add_argument("--target", type=int, default=15, help="pieces of a target, with the end piece")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    lengths = arguments.source, arguments.target
    for name, beam in SEARCHES.items():
        alone = seconds_of([build(1, beam, *lengths)], 100)
        emit("limit", f"translate-{name}-b1", "latency_median", 1000 * alone, "ms")
        batches = [build(arguments.batch, beam, *lengths) for _ in range(arguments.threads)]
        rate = arguments.threads * arguments.batch / seconds_of(batches, 10)
        emit("limit", f"translate-{name}-b{arguments.batch}", "sentences_per_s", rate, "sentences/s")


if __name__ == "__main__":
    main()
