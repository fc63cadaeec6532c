"""Two models on the same test set: scores of both, whether the difference means anything, and where it is largest."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.significance import PairedTest

from s2s.config import Tokenizer
from s2s.corpora import Pair
from s2s.errors import DataError

MOST_PAIRS = 500
"""Of an uploaded test set."""
MOST_BYTES = 1_000_000
"""Of its files, together."""
MOST_CHARACTERS = 2_000
"""Of a side."""
TIE = 0.05
"""Difference in sentence chrF below which neither wins: what is not seen with one digit."""
COLUMNS = ("source", "reference", "one", "other", "chrF one", "chrF other")


@dataclass(frozen=True, kw_only=True)
class PairedScore:
    """One metric for both models."""

    name: str
    one: float
    other: float
    one_band: float
    other_band: float
    """Half the widths of the 95 % bootstrap bands."""
    p_value: float
    """How often chance alone makes a difference as large (paired bootstrap resampling, Koehn 2004)."""
    signature: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One pair of the test set, with what both models wrote."""

    source: str
    reference: str
    one: str
    other: str
    one_chrf: float
    other_chrf: float

    @property
    def difference(self) -> float:
        """By how much the other model's sentence chrF is better."""
        return self.other_chrf - self.one_chrf


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A whole test set."""

    scores: tuple[PairedScore, ...]
    rows: tuple[Row, ...]

    @property
    def one_wins(self) -> int:
        """Sentences that the first model translates better."""
        return sum(row.difference < -TIE for row in self.rows)

    @property
    def other_wins(self) -> int:
        """Sentences that the other model translates better."""
        return sum(row.difference > TIE for row in self.rows)

    def largest(self, count: int) -> tuple[list[Row], list[Row]]:
        """Where the first model is better by most, and where the other one is."""
        ordered = sorted(self.rows, key=lambda row: row.difference)
        one = [row for row in ordered if row.difference < -TIE]
        other = [row for row in reversed(ordered) if row.difference > TIE]
        return one[:count], other[:count]

    def to_csv(self) -> str:
        """All rows as a table; a cell never begins as a formula of a spreadsheet does."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in self.rows:
            texts = [_harmless(each) for each in (row.source, row.reference, row.one, row.other)]
            writer.writerow([*texts, f"{row.one_chrf:.1f}", f"{row.other_chrf:.1f}"])
        return text.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def read_test_set(source: str, reference: str = "") -> list[Pair]:
    """The pairs of a test set: two texts with a sentence a line, or one with source, tab, reference a line.

    Raises:
        DataError: it is too large, or not of that form; the message names the line.
    """
    size = len(source.encode(errors="replace")) + len(reference.encode(errors="replace"))
    if size > MOST_BYTES:
        raise DataError(f"The test set has {size:,} bytes; at most {MOST_BYTES:,} are taken. Please take fewer pairs.")
    lines = source.removeprefix("\ufeff").rstrip("\n").split("\n")
    if reference.strip():
        references = reference.removeprefix("\ufeff").rstrip("\n").split("\n")
        if len(lines) != len(references):
            raise DataError(
                f"The two files do not belong together: {len(lines):,} sources and {len(references):,} references."
            )
        rows = [[line, other] for line, other in zip(lines, references, strict=True)]
    else:
        rows = [line.split("\t")[:2] for line in lines]
    if len(rows) > MOST_PAIRS:
        raise DataError(f"The test set has {len(rows):,} pairs; at most {MOST_PAIRS} are taken. Please take fewer.")
    return [_pair(row, number) for number, row in enumerate(rows, 1)]


def _pair(row: Sequence[str], number: int) -> Pair:
    sides = [" ".join(side.split()) for side in row]
    if len(sides) != 2 or not all(sides):
        raise DataError(f"Line {number} of the test set has no source, tab and reference.")
    if any(len(side) > MOST_CHARACTERS for side in sides):
        raise DataError(f"Line {number} of the test set has more than {MOST_CHARACTERS:,} characters.")
    return Pair(*sides)


def compare_targets(
    pairs: Sequence[Pair],
    one: Sequence[str],
    other: Sequence[str],
    *,
    tokenize: Tokenizer = "13a",
    lowercase: bool = False,
) -> Comparison:
    """Score what two models wrote for the same pairs, BLEU and chrF, and compare them by sacreBLEU's paired bootstrap.

    Where nothing of one model matches four words in a row, BLEU is undefined and left out.
    """
    references = [pair.target for pair in pairs]
    bleu, chrf = BLEU(tokenize=tokenize, lowercase=lowercase), CHRF(lowercase=lowercase)
    defined = all(bleu.corpus_score(list(texts), [references]).counts[-1] > 0 for texts in (one, other))
    metrics = {"BLEU": bleu, "chrF": chrf} if defined else {"chrF": chrf}
    found = [_paired(name, metric, references, one, other) for name, metric in metrics.items()]
    sentences = CHRF(lowercase=lowercase)

    def score(text: str, reference: str) -> float:
        return float(sentences.sentence_score(text, [reference]).score)

    rows = tuple(
        Row(
            source=pair.source,
            reference=pair.target,
            one=first,
            other=second,
            one_chrf=score(first, pair.target),
            other_chrf=score(second, pair.target),
        )
        for pair, first, second in zip(pairs, one, other, strict=True)
    )
    return Comparison(scores=tuple(found), rows=rows)


def _paired(name: str, metric: Any, references: list[str], one: Sequence[str], other: Sequence[str]) -> PairedScore:
    systems: list[tuple[str, Sequence[str]]] = [("one", list(one)), ("other", list(other))]
    signatures, columns = PairedTest(systems, {name: metric}, [references], test_type="bs")()
    found: Any = next(column for key, column in columns.items() if key != "System")
    first, second = found
    return PairedScore(
        name=name,
        one=float(first.score),
        other=float(second.score),
        one_band=float(first.ci),
        other_band=float(second.ci),
        # sacreBLEU counts resamples that differ by more than the scores do: none where nothing differs at all.
        p_value=1.0 if first.score == second.score else float(second.p_value),
        signature=str(next(iter(signatures.values()))),
    )
