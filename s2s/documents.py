"""Files of text: what in them is translated, and the same file again with the translations in its place.

`.txt`: every line. `.csv`, `.tsv`: one column; its translation becomes a new one at the end. `.srt`: the text of every
subtitle. A line that cannot be read is named, and stays as it is.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import NamedTuple

from s2s.errors import DataError

MOST_BYTES = 1_000_000
ENDINGS = (".txt", ".csv", ".tsv", ".srt")
NEW_COLUMN = "translation"

_TIMES = re.compile(r"\d+:\d\d:\d\d[,.]\d+ *--> *\d+:\d\d:\d\d[,.]\d+.*")


class Segment(NamedTuple):
    """A text to be translated."""

    line: int
    """Where it begins in the file, from 1."""
    text: str


@dataclass
class Document:
    """A file that was read."""

    segments: list[Segment]
    broken: dict[int, str] = field(default_factory=dict)
    """By line, from 1: why it is left as it is."""

    def written(self, translations: Mapping[int, str]) -> str:
        """The file with translations, by the line of their segment; one that is missing leaves what stood there."""
        raise NotImplementedError


@dataclass
class Lines(Document):
    """Lines, of which some are segments: a text, or subtitles."""

    lines: list[str] = field(default_factory=list)
    lengths: dict[int, int] = field(default_factory=dict)
    """By the line of a segment: how many lines its translation takes the place of."""

    def written(self, translations: Mapping[int, str]) -> str:
        """See `Document`."""
        result, place = [], 1
        while place <= len(self.lines):
            if place in translations:
                result.append(translations[place])
                place += self.lengths.get(place, 1)
            else:
                result.append(self.lines[place - 1])
                place += 1
        return "".join(f"{line}\n" for line in result)


@dataclass
class Table(Document):
    """Rows with cells; the first row has their names."""

    rows: dict[int, list[str]] = field(default_factory=dict)
    """By the line where each begins, from 1."""
    separator: str = ","

    def written(self, translations: Mapping[int, str]) -> str:
        """See `Document`."""
        file = io.StringIO()
        writer = csv.writer(file, delimiter=self.separator, lineterminator="\n")
        first = min(self.rows)
        for line, row in self.rows.items():
            writer.writerow([*row, NEW_COLUMN if line == first else translations.get(line, "")])
        return file.getvalue()


def read_document(name: str, content: bytes, column: str = "") -> Document:
    """Read a file.

    Args:
        name: of the file; its ending says what it is.
        content: its bytes, UTF-8.
        column: of a table: the name of what is translated; by default the first column.

    Raises:
        DataError: it is too large, of another kind, or has no text; or the column is not there.
    """
    ending = PurePath(name).suffix.lower()
    if ending not in ENDINGS:
        raise DataError(f"A file is one of {', '.join(ENDINGS)}; got {name!r:.80}.")
    if len(content) > MOST_BYTES:
        raise DataError(f"The file has {len(content):,} bytes; at most {MOST_BYTES:,} are taken. Please split it.")
    lines, broken = _decoded(content)
    if ending == ".srt":
        document: Document = _subtitles(lines, broken)
    elif ending == ".txt":
        segments = [Segment(number, line) for number, line in enumerate(lines, 1) if line.strip()]
        document = Lines(segments, broken, lines)
    else:
        document = _table(lines, broken, "\t" if ending == ".tsv" else ",", column)
    document.segments = [segment for segment in document.segments if segment.line not in document.broken]
    if not document.segments:
        raise DataError(f"There is no text in {name!r:.80} that can be translated. It must be UTF-8.")
    return document


def _decoded(content: bytes) -> tuple[list[str], dict[int, str]]:
    lines, broken = [], {}
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        try:
            lines.append(line.decode())
        except UnicodeDecodeError as error:
            lines.append(line.decode(errors="replace"))
            broken[number] = f"byte {error.start + 1} is no UTF-8"
    return lines, broken


def _subtitles(lines: Sequence[str], broken: dict[int, str]) -> Lines:
    document = Lines([], broken, list(lines))
    number = 0
    while number < len(lines):
        block = [line for line in _until_blank(lines, number)]
        begin, number = number, number + len(block) + 1
        times = next((place for place, line in enumerate(block[:2]) if _TIMES.fullmatch(line.strip())), None)
        if times is None:
            if block:
                broken[begin + 1] = "a subtitle has no line of times, such as 00:00:01,000 --> 00:00:02,500"
            continue
        text = block[times + 1 :]
        line = begin + times + 2
        spoiled = [each for each in range(line, line + len(text)) if each in broken]
        if " ".join(text).strip() and not spoiled:
            document.segments.append(Segment(line, " ".join(text)))
            document.lengths[line] = len(text)
    return document


def _until_blank(lines: Sequence[str], start: int) -> list[str]:
    end = next((place for place in range(start, len(lines)) if not lines[place].strip()), len(lines))
    return list(lines[start:end])


def _table(lines: Sequence[str], broken: dict[int, str], separator: str, column: str) -> Table:
    document = Table([], broken, {}, separator)
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=separator, strict=True)
    place, names = 0, None
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            broken[line] = f"no row of a table ({error})"
            continue
        if not any(cell.strip() for cell in row):
            continue
        document.rows[line] = row
        if names is None:
            names = row
            place = _column(names, column)
        elif len(row) <= place:
            broken[line] = f"there is no column {place + 1}: the row has {len(row)}"
        elif row[place].strip():
            document.segments.append(Segment(line, row[place]))
    return document


def _column(names: Sequence[str], column: str) -> int:
    if not column:
        return 0
    if column not in names:
        raise DataError(f"There is no column {column!r:.80}. The file has: {', '.join(names):.400}.")
    return list(names).index(column)
