"""A test set of the visitor's through both models: how far it is, and at the end scores, significance and rows."""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import gradio as gr

from s2s.compare import check_targets
from s2s.config import SearchConfig, Tokenizer, from_plain
from s2s.corpora import Pair
from s2s.errors import S2SError
from s2s.page import engine, records
from s2s.page.messages import BROKE
from s2s.page.parts import part, said
from s2s.page.replies import failure
from s2s.page.request import check_beam
from s2s.paired import MOST_BYTES, MOST_PAIRS, Comparison, Row, compare_targets, read_test_set
from s2s.translator import Translator

LINES_AT_ONCE = 8
"""Few, so that progress is seen and Stop is heard."""
SHOWN = 5
"""Sentences that are shown for each model, where it is better than the other by most."""
PATIENCE = 20
"""Times a request's longest time that a visitor waits for a word: another test set may come first."""


@dataclass(frozen=True, kw_only=True)
class AskedTest:
    """A test set for two models."""

    number: int
    source: str
    """One text a line; or source, tab, reference, and then there is no `reference`."""
    reference: str = ""
    one: str
    other: str
    one_beam: int = 5
    other_beam: int = 5


def ask(event: gr.EventData) -> Iterator[str]:
    """Compare two models on a test set, and say how far that is."""
    yield from progress(event._data)


def progress(values: Any) -> Iterator[str]:
    """What the browser shows of a test set, until the last one brings the scores."""
    try:
        asked = from_plain(AskedTest, values)
        pairs = read_test_set(asked.source, asked.reference)
        translators = [engine.at_hand(asked.one), engine.at_hand(asked.other)]
        check_targets(*(translator.description for translator in translators))
        configs = [
            SearchConfig(beam_size=check_beam(beam), alternatives=0, read_back=0)
            for beam in (asked.one_beam, asked.other_beam)
        ]
        written: tuple[list[str], list[str]] = ([], [])
        started, total = time.monotonic(), len(pairs)
        for begin in range(0, total, LINES_AT_ONCE):
            left = (time.monotonic() - started) / begin * (total - begin) if begin else None
            yield said({"phase": "busy", "number": asked.number, "done": begin, "total": total, "seconds_left": left})
            lines = [pair.source for pair in pairs[begin : begin + LINES_AT_ONCE]]
            for targets, translator, config in zip(written, translators, configs, strict=True):
                targets.extend(each.target for each in translator.translate_batch(lines, config))
        yield said({"phase": "busy", "number": asked.number, "done": total, "total": total, "seconds_left": 1.0})
        found = _compare(pairs, written, translators[0])
    except S2SError as error:
        yield failure(values, str(error))
        return
    except Exception as error:
        records.note_error("compare_test", error)
        yield failure(values, BROKE)
        return
    yield said({"phase": "done", "number": asked.number, "models": [asked.one, asked.other], **_plain(found)})


def _compare(pairs: list[Pair], written: tuple[list[str], list[str]], translator: Translator) -> Comparison:
    tokenize: Tokenizer = "zh" if translator.description.target_language == "zh" else "13a"
    return compare_targets(pairs, *written, tokenize=tokenize)


def _plain(found: Comparison) -> dict[str, Any]:
    wins = [found.one_wins, found.other_wins]
    return {
        "scores": [asdict(score) for score in found.scores],
        "wins": [*wins, len(found.rows) - sum(wins)],
        "largest": [[_row(row) for row in rows] for rows in found.largest(SHOWN)],
        "csv": found.to_csv(),
    }


def _row(row: Row) -> dict[str, Any]:
    return asdict(row) | {"difference": round(abs(row.difference), 1)}


def build() -> None:
    """A place for test sets."""
    tests = part(
        "compare_test",
        most_bytes=MOST_BYTES,
        most_pairs=MOST_PAIRS,
        patience_seconds=PATIENCE * engine.SETTINGS.timeout_seconds,
    )
    running = tests.ask(
        ask,
        None,
        tests,
        api_visibility="private",
        show_progress="hidden",
        trigger_mode="multiple",
        concurrency_limit=1,  # a test set waits for the other, and never for a sentence
    )
    tests.take(None, None, None, cancels=[running], api_visibility="private")
