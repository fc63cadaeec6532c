"""Whole files: translated a few lines at a time, with what is done, what is left, and what could not be read."""

import base64
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import gradio as gr

from s2s.config import SearchConfig, from_plain
from s2s.documents import Document, Segment, read_document
from s2s.errors import DeadlineError, S2SError, TextError
from s2s.page import engine, records
from s2s.page.limits import LIMITS
from s2s.page.messages import in_both_languages
from s2s.page.parts import part, said
from s2s.page.request import check_beam, file_content

LINES_AT_ONCE = 16
"""Few, so that progress is seen and Stop is heard."""

NAMED = 20
"""Broken lines that are named at most; all are counted."""


@dataclass(frozen=True, kw_only=True)
class AskedFile:
    """A file to be translated."""

    number: int
    name: str
    content: str
    """In base64."""
    model: str
    beam_size: int = 5
    column: str = ""

    def read(self) -> Document:
        """What is in it; an S2SError if that is nothing that can be translated, or the model is none."""
        check_beam(self.beam_size)
        engine.find(self.model)
        return read_document(self.name, file_content(self.content), self.column)


def ask(event: gr.EventData) -> Iterator[str]:
    """Translate a file, and say how far it is."""
    with records.task("file"):
        yield from progress(event._data)


def progress(values: Any) -> Iterator[str]:
    """What the browser shows of a file, until the last one brings the file."""
    number = values.get("number") if isinstance(values, dict) else None
    try:
        asked = from_plain(AskedFile, values)
        document = asked.read()
    except S2SError as error:
        yield said({"phase": "failed", "number": number, "message": in_both_languages(str(error))})
        return
    total, started = len(document.segments), time.monotonic()
    translations: dict[int, str] = {}
    for begin in range(0, total, LINES_AT_ONCE):
        if time.monotonic() - started > LIMITS.file_seconds:
            late = f"A file may take {LIMITS.file_seconds:g} seconds; the rest was left as it is. Please split it."
            document.broken |= {segment.line: late for segment in document.segments[begin:]}
            break
        left = (time.monotonic() - started) / begin * (total - begin) if begin else None
        yield said({"phase": "busy", "number": number, "done": begin, "total": total, "seconds_left": left})
        translations |= _translated(asked, document.segments[begin : begin + LINES_AT_ONCE], document.broken)
    path = PurePath(asked.name)
    target = engine.TRANSLATORS[asked.model].description.target_language
    yield said(
        {
            "phase": "done",
            "number": number,
            "done": total,
            "total": total,
            "broken": [(line, in_both_languages(reason)) for line, reason in sorted(document.broken.items())[:NAMED]],
            "broken_count": len(document.broken),
            "name": f"{path.stem}.{target}{path.suffix}",
            "content": base64.b64encode(document.written(translations).encode()).decode(),
        }
    )


def _translated(asked: AskedFile, segments: Sequence[Segment], broken: dict[int, str]) -> dict[int, str]:
    """Translations by line; what cannot be translated is noted in `broken`."""
    try:
        targets = _batch(asked.model, [segment.text for segment in segments], asked.beam_size)
        return {segment.line: target for segment, target in zip(segments, targets, strict=True)}
    except DeadlineError as error:
        broken.update({segment.line: str(error) for segment in segments})
        return {}
    except TextError as error:
        if len(segments) == 1:
            broken[segments[0].line] = str(error)
            return {}
        found: dict[int, str] = {}
        for segment in segments:
            found |= _translated(asked, [segment], broken)
        return found


def _batch(model: str, texts: list[str], beam_size: int) -> list[str]:
    config = SearchConfig(beam_size=beam_size, alternatives=0)
    found = engine.at_hand(model).translate_batch(texts, config, time_limit_seconds=engine.SETTINGS.timeout_seconds)
    return [translation.target for translation in found]


def build(stop: gr.Button) -> None:
    """A place for files, whose work ends when `stop` is pressed."""
    files = part("files")
    running = files.ask(
        ask,
        None,
        files,
        api_visibility="private",
        show_progress="hidden",
        trigger_mode="multiple",
        concurrency_limit=1,  # a file waits for the other, and never for a sentence
    )
    stop.click(None, cancels=[running], api_visibility="private")
