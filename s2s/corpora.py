"""Pairs of texts from where they lie: TSV files, two files side by side, data sets of the Hugging Face Hub.

Everything is read as a stream, so that a corpus may be larger than memory. A faulty line is never passed over in
silence: the recipe says whether it stops the reading or is left out, and what is left out is counted and named.
"""

import gzip
import random
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from s2s.dialogue import has_context, one_turn, with_context
from s2s.errors import ConfigError, DataError
from s2s.links import read_links, word_spans
from s2s.recipe_sections import CorpusConfig
from s2s.traditional import converter

SHARE_SEED = 1
"""Of the order in which a share of a corpus is taken, so that two shares never overlap."""
NAMED_LINES = 5
"""Faulty lines of a kind that are named by their number; the others are counted."""


class Pair(NamedTuple):
    """Two texts that mean the same."""

    source: str
    target: str
    links: str = ""
    """Word alignment in Pharaoh form, `i-j` for source word i and target word j, both from 0; or nothing."""


@dataclass
class Faults:
    """What was wrong with the lines of one corpus."""

    kinds: Counter[str] = field(default_factory=Counter)
    lines: dict[str, list[int]] = field(default_factory=dict)

    def add(self, kind: str, line: int) -> None:
        """Count a faulty line, from 1."""
        self.kinds[kind] += 1
        named = self.lines.setdefault(kind, [])
        if len(named) < NAMED_LINES:
            named.append(line)

    def __str__(self) -> str:
        parts = []
        for kind, count in self.kinds.items():
            numbers = ", ".join(map(str, self.lines[kind])) + (", …" if count > NAMED_LINES else "")
            parts.append(f"{count:,} × {kind} (line {numbers})")
        return "; ".join(parts)


class _FaultyLineError(Exception):
    """A line that cannot be used; its text is the kind of fault."""


def read_corpus(corpus: CorpusConfig, max_characters: int, faults: Faults | None = None) -> Iterator[Pair]:
    """The pairs of a corpus, or of its share, in its order; those of a dialogue with what was said before.

    Blanks around a side are dropped, further columns left aside.

    Args:
        corpus: where the pairs lie.
        max_characters: a line with a longer side is faulty.
        faults: where faulty lines are counted; None stops at the first one.

    Raises:
        DataError: a file is missing or damaged, or, without `faults`, a line is faulty; the message says where.
    """
    pairs: Iterable[Pair] = _read(corpus, max_characters, faults)
    if corpus.dialogue_end:
        pairs = _with_contexts(pairs, re.compile(corpus.dialogue_end), max_characters)
    dice, drawn, (first, last) = random.Random(SHARE_SEED), 0.0, corpus.share
    for pair in pairs:
        if not has_context(pair.source):
            drawn = dice.random()
        if first <= drawn < last:
            yield pair


def _with_contexts(pairs: Iterable[Pair], end: re.Pattern[str], max_characters: int) -> Iterator[Pair]:
    """Turns behind the answers before them; the first of a dialogue stays alone, and so does one that grew too long."""
    before = ""
    for pair in pairs:
        turn, answer = one_turn(pair.source), one_turn(pair.target)
        source = with_context(turn, before)
        yield pair._replace(source=source if len(source) <= max_characters else turn, target=answer)
        before = "" if end.search(answer) else answer


def _read(corpus: CorpusConfig, max_characters: int, faults: Faults | None) -> Iterator[Pair]:
    name = corpus.file or corpus.hub or corpus.source
    rewrite = _rewriter(corpus)
    for number, (row, links) in enumerate(_with_links(corpus), 1):
        try:
            yield rewrite(_pair(row, links, max_characters))
        except _FaultyLineError as fault:
            if faults is None:
                raise DataError(
                    f"{name}, line {number}: {fault}; found {str(row)[:80]!r}. "
                    'Mend it, or leave such lines out with data.faulty_lines = "skip".'
                ) from None
            faults.add(str(fault), number)


def _rewriter(corpus: CorpusConfig) -> Callable[[Pair], Pair]:
    """What a recipe wants done with each pair of a corpus."""
    convert: Callable[[str], str] = str
    if corpus.simplified:
        convert = converter()

    def rewrite(pair: Pair) -> Pair:
        source, target = convert(pair.source), convert(pair.target)
        links = read_links(pair.links)
        if corpus.reverse:
            source, target, links = target, source, [(column, row) for row, column in links]
        before = len(word_spans(corpus.tag))
        source = f"{corpus.tag} {source}" if corpus.tag else source
        return Pair(source, target, " ".join(f"{row + before}-{column}" for row, column in links))

    return rewrite


def _pair(row: "bytes | tuple[bytes, bytes] | tuple[str, str]", links: bytes, max_characters: int) -> Pair:
    columns = row if isinstance(row, tuple) else tuple(row.split(b"\t"))
    if len(columns) < 2:
        raise _FaultyLineError("expected source, tab, target")
    try:
        source, target = (side if isinstance(side, str) else side.decode("utf-8") for side in columns[:2])
    except UnicodeDecodeError:
        raise _FaultyLineError("not UTF-8 text") from None
    if "\0" in source or "\0" in target:
        raise _FaultyLineError("a NUL character")
    # A tab or a line end inside a side, as a Hub data set may have it, would break the prepared files.
    source, target = (" ".join(side.replace("\t", " ").splitlines()).strip() for side in (source, target))
    if not source or not target:
        raise _FaultyLineError("an empty side")
    if len(source) > max_characters or len(target) > max_characters:
        raise _FaultyLineError(f"a side of more than {max_characters:,} characters")
    return Pair(source, target, _links(links))


def _links(line: bytes) -> str:
    text = line.decode("ascii", errors="replace").strip()
    for link in text.split():
        first, dash, second = link.partition("-")
        if not (dash and first.isdecimal() and second.isdecimal()) or len(link) > 12:
            raise _FaultyLineError("links that are not like 0-0 1-2")
    return " ".join(text.split())


def _with_links(corpus: CorpusConfig) -> Iterator[tuple[Any, bytes]]:
    rows: Iterator[Any] = _rows(corpus)
    if not corpus.links:
        yield from ((row, b"") for row in rows)
        return
    yield from _side_by_side(rows, _lines(Path(corpus.links)), f"the pairs and {corpus.links}")


def _rows(corpus: CorpusConfig) -> Iterator[Any]:
    if corpus.hub:
        return _hub_rows(corpus)
    if corpus.file:
        return _lines(Path(corpus.file))
    sources, targets = _lines(Path(corpus.source)), _lines(Path(corpus.target))
    return _side_by_side(sources, targets, f"{corpus.source} and {corpus.target}")


def _side_by_side(first: Iterator[Any], second: Iterator[Any], names: str) -> Iterator[tuple[Any, Any]]:
    for number, (left, right) in enumerate(zip_longest(first, second), 1):
        if left is None or right is None:
            raise DataError(f"{names} must have the same number of lines; one of them ends before line {number}")
        yield left, right


def _lines(path: Path) -> Iterator[bytes]:
    """The lines of a file, plain or gzip'd, without their ends."""
    if not path.is_file():
        raise DataError(f"there is no file {path}; put it there first, or name another one")
    opener: Any = gzip.open if path.suffix == ".gz" else open
    number = 0
    try:
        with closing(opener(path, "rb")) as lines:
            for line in lines:
                number += 1
                yield line.rstrip(b"\r\n")
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read after line {number}: {error}") from None


def read_lines(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 text file, plain or gzip'd, without their ends.

    Raises:
        DataError: the file is missing, damaged or no UTF-8 text.
    """
    for number, line in enumerate(_lines(path), 1):
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DataError(f"{path}, line {number} is not UTF-8 text: {error.reason}") from None


def _hub_rows(corpus: CorpusConfig) -> Iterator[tuple[str, str]]:
    """Rows of a Hub data set, streamed by the `datasets` library; `source` and `target` name its columns."""
    try:
        from datasets import load_dataset  # an optional extra of 265 MB
    except ImportError:
        raise ConfigError("data sets of the Hub need the `datasets` library: pip install datasets") from None
    try:
        for row in load_dataset(corpus.hub, corpus.hub_subset or None, split=corpus.hub_split, streaming=True):
            yield _column(row, corpus.source), _column(row, corpus.target)
    except (OSError, ValueError, RuntimeError) as error:
        raise DataError(f"the data set {corpus.hub} cannot be read from the Hub: {error}") from None


def _column(row: Any, name: str) -> str:
    value = row
    for part in name.split("."):
        if not isinstance(value, dict) or part not in value:
            known = ", ".join(row)
            raise DataError(f"the data set has no column {name}; its columns: {known} (a.b is column b inside a)")
        value = value[part]
    return "" if value is None else str(value)
