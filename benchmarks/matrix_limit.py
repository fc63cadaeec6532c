"""The machine's limit for training: an update that consists of its matrix products alone.

    python benchmarks/matrix_limit.py --source 14 --target 15 [--features 256] [--dtype bfloat16]

Forward, and both of backward, at real positions only, through the same PyTorch that trains; the rest of an update
(gates, softmax, embedding rows, optimiser) is left out. Printed are target tokens a second for both ways to use the
threads: one worker with all of them, and as many workers as threads, each with its share of the sentences. The better
one is the limit. Sizes: as in train_speed.py. `--features 512` has the shapes of a model whose output layer reads the
decoder's full width, as OpenNMT-py's.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import torch
from peers import emit
from torch import Tensor

EMBEDDING, HIDDEN, SENTENCES = 256, 512, 128


class Product(NamedTuple):
    """A product [rows, inputs] x [inputs, outputs] of the forward pass, and the two of its backward pass."""

    rows: int
    inputs: int
    outputs: int
    count: int = 1
    """Matrices of one batched product."""
    steps: int = 1
    """Steps of a recurrence, which must follow each other; the gradient of its weights is one product all the same."""

    @property
    def operations(self) -> int:
        """Multiplications and additions of all three products."""
        return 6 * self.rows * self.inputs * self.outputs * self.count * self.steps


def update_products(sentences: int, source: int, target: int, features: int, vocabulary: int) -> list[Product]:
    """The products of an update of `sentences` pairs with `source` and `target` pieces each.

    Args:
        sentences: pairs.
        source: pieces of a source.
        target: pieces of a target, the end piece included.
        features: numbers that the output layer reads.
        vocabulary: pieces to choose from.
    """
    direction = [
        Product(sentences * source, EMBEDDING, 3 * HIDDEN // 2),
        Product(sentences, HIDDEN // 2, 3 * HIDDEN // 2, steps=source),
    ]
    decoder = [
        Product(sentences, HIDDEN, HIDDEN),  # its first state
        Product(sentences * target, EMBEDDING, 3 * HIDDEN),
        Product(sentences, HIDDEN, 3 * HIDDEN, steps=target),
    ]
    attention = [
        Product(sentences * source, HIDDEN, HIDDEN),  # keys
        Product(target, HIDDEN, source, count=sentences),  # scores
        Product(target, source, HIDDEN, count=sentences),  # contexts
    ]
    output = [Product(sentences * target, 2 * HIDDEN, features), Product(sentences * target, features, vocabulary)]
    return [*direction, *direction, *decoder, *attention, *output]


def build(products: list[Product], dtype: torch.dtype) -> Callable[[], None]:
    """A function that computes `products` once, into memory that is there already."""
    calls: list[tuple[Tensor, Tensor, Tensor]] = []
    for rows, inputs, outputs, count, steps in products:
        x, w, y = (torch.rand(count, *size).to(dtype) for size in ((rows, inputs), (outputs, inputs), (rows, outputs)))
        all_x, all_y = (torch.rand(count, steps * rows, size).to(dtype) for size in (inputs, outputs))
        calls += [(x, w.mT, y)] * steps + [(y, w, x)] * steps + [(all_y.mT, all_x, w)]

    def compute() -> None:
        for left, right, result in calls:
            if len(left) == 1:
                torch.mm(left[0], right[0], out=result[0])
            else:
                torch.bmm(left, right, out=result)

    return compute


def measure(products: list[Product], dtype: torch.dtype, workers: int, threads: int, times: int) -> float:
    """Median seconds of `times` updates; each of `workers` computes all `products` on `threads` threads."""
    torch.set_num_threads(threads)
    seconds = []
    with ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(threads,)) as pool:
        work = list(pool.map(build, [products] * workers, [dtype] * workers))
        for _ in range(times + 2):
            started = time.perf_counter()
            for future in [pool.submit(compute) for compute in work]:
                future.result()
            seconds.append(time.perf_counter() - started)
    return statistics.median(seconds[2:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=int, required=True, help="mean pieces of a source")
    parser.add_argument("--target", type=int, required=True, help="mean pieces of a target, with the end piece")
    parser.add_argument("--features", type=int, default=EMBEDDING, help="numbers that the output layer reads")
    parser.add_argument("--vocabulary", type=int, default=8000)
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--updates", type=int, default=20)
    arguments = parser.parse_args()
    shape = {name: getattr(arguments, name) for name in ("source", "target", "features", "vocabulary", "dtype")}
    for workers in sorted({1, arguments.threads}):
        threads, sentences = arguments.threads // workers, SENTENCES // workers
        products = update_products(
            sentences, arguments.source, arguments.target, arguments.features, arguments.vocabulary
        )
        seconds = measure(products, getattr(torch, arguments.dtype), workers, threads, arguments.updates)
        gflop = workers * sum(product.operations for product in products) / 1e9
        rates = {"gflop_an_update": round(gflop, 1), "gflop_per_s": round(gflop / seconds, 1)}
        tokens = workers * sentences * arguments.target
        metric = f"tokens_per_s_{workers}x{threads}"
        emit("limit", "train", metric, tokens / seconds, "target tokens/s", **shape, **rates)


if __name__ == "__main__":
    main()
