"""How fast a model translates on this machine."""

import statistics
import time
from collections.abc import Iterator, Sequence
from typing import Any

from s2s.batch import BATCH_LINES, translate_lines
from s2s.config import SearchConfig
from s2s.errors import DataError
from s2s.translator import Translator

BEAMS = (1, 5)
ONE_BY_ONE = 100
"""Lines that are translated one at a time."""


def benchmark(translator: Translator, lines: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Time greedy search and a beam of 5, one line at a time and all lines in batches on all cores.

    Yields, for each beam: milliseconds of a line (the median, and what nine of ten keep within), lines a second, and
    pieces a line.

    Raises:
        DataError: there is no line to translate.
    """
    filled = [line for line in lines if line.strip()]
    if not filled:
        raise DataError("a benchmark needs lines to translate, and there is none: give some on standard input")
    for beam in BEAMS:
        config = SearchConfig(beam_size=beam, alternatives=0)
        for line in filled[:5]:
            translator.translate(line, config)  # warm up
        alone = [_seconds(translator, line, config) for line in filled[:ONE_BY_ONE]]
        started = time.perf_counter()
        found = list(translate_lines(translator, filled, config))
        seconds = time.perf_counter() - started
        written = sum(len(sentence.best.target_pieces) for each in found for sentence in each.sentences)
        yield {
            "model": translator.description.name,
            **{name: found[0].settings[name] for name in ("engine", "beam_size")},
            "milliseconds": round(1000 * statistics.median(alone), 2),
            "milliseconds_90": round(1000 * sorted(alone)[int(0.9 * (len(alone) - 1))], 2),
            "lines_per_second": round(len(filled) / seconds, 1),
            "batch_lines": BATCH_LINES,
            "lines": len(filled),
            "pieces_per_line": round(written / len(filled), 1),
        }


def _seconds(translator: Translator, line: str, config: SearchConfig) -> float:
    started = time.perf_counter()
    translator.translate(line, config)
    return time.perf_counter() - started
