"""Many lines: like lengths are searched together, and each core works at a batch of its own."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice

import torch

from s2s.config import SearchConfig, require
from s2s.device import usable_cores
from s2s.result import Translation
from s2s.translator import Translator

BATCH_LINES = 64
"""Lines that a core takes at once."""

WINDOW_BATCHES = 16
"""Times `batch_lines` lines are sorted by length at a time; nothing is given back before."""


def translate_lines(
    translator: Translator,
    lines: Iterable[str],
    config: SearchConfig = SearchConfig(),
    batch_lines: int = BATCH_LINES,
) -> Iterator[Translation]:
    """Translate lines, and give their translations in the order of the lines.

    Raises:
        TextError: as `Translator.translate_batch`.
    """
    require(batch_lines >= 1, f"batch_lines must be at least 1, got {batch_lines}")
    lines = iter(lines)
    workers = usable_cores() if translator.device.type == "cpu" else 1
    threads = torch.get_num_threads()
    try:
        with ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            while window := list(islice(lines, WINDOW_BATCHES * batch_lines)):
                # The longest first, so that at the end no core waits for another's long batch.
                distinct = sorted(dict.fromkeys(window), key=len, reverse=True)
                parts = [distinct[start : start + batch_lines] for start in range(0, len(distinct), batch_lines)]
                batches = pool.map(lambda part: translator.translate_batch(part, config), parts)
                found = dict(zip(distinct, chain.from_iterable(batches), strict=True))
                yield from (found[line] for line in window)
    finally:
        torch.set_num_threads(threads)  # the workers' number is that of every thread that starts after them
