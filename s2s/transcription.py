"""What was heard: a Transcription, in Python, as JSON, on the page and in the API with the same names.

Plain values and numpy; no PyTorch. Attention is [target, source] as in a Translation; a column of it stands for
`column_seconds` of sound, the first one from its beginning.
"""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from s2s.result import END_PIECE, Hypothesis
from s2s.words import words_of_pieces

STRETCH = 0.9
"""Share of a word's attention that lies in its stretch of sound."""


@dataclass(frozen=True, kw_only=True)
class HeardWord:
    """One word, and the stretch of sound in which nine tenths of its attention lie."""

    text: str
    begin_seconds: float
    end_seconds: float
    """Both are 0 for a model without attention."""
    log_prob: float
    """Natural log-probability of its pieces."""


@dataclass(frozen=True, kw_only=True)
class Transcription:
    """The answer to one sound."""

    source: str
    """What the sound is called, such as the name of its file."""
    seconds: float
    """How long it lasts."""
    target: str
    words: tuple[HeardWord, ...]
    """Those of the best hypothesis."""
    column_seconds: float
    """How much of the sound one column of the attention stands for."""
    hypotheses: tuple[Hypothesis, ...]
    """Best first."""
    model: str
    revision: str
    """The first 12 hex digits of the SHA-256 of the weights."""
    settings: Mapping[str, Any]
    warnings: tuple[str, ...] = ()
    timing_ms: float = field(default=0.0, compare=False)

    def to_plain(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        values = {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}
        return values | {
            "words": [dataclasses.asdict(word) for word in self.words],
            "hypotheses": [hypothesis.to_plain() for hypothesis in self.hypotheses],
            "warnings": list(self.warnings),
        }

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(self.to_plain(), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Transcription":
        """The transcription that `to_json` wrote."""
        values = json.loads(text)
        values["words"] = tuple(HeardWord(**word) for word in values["words"])
        values["hypotheses"] = tuple(Hypothesis.from_plain(item) for item in values["hypotheses"])
        values["warnings"] = tuple(values["warnings"])
        return cls(**values)


def heard_words(hypothesis: Hypothesis, column_seconds: float, seconds: float) -> tuple[HeardWord, ...]:
    """The words of a hypothesis, in its order; `seconds` is where the sound ends."""
    words = words_of_pieces([piece for piece in hypothesis.target_pieces if piece != END_PIECE])
    found = []
    rows = word_rows(hypothesis)
    for word, text in enumerate(words.texts):
        numbers = [number for number, of in enumerate(words.of_pieces) if of == word]
        begin, end = (0.0, 0.0)
        if rows is not None:
            first, last = stretch(rows[word])
            begin, end = (min(place * column_seconds, seconds) for place in (first, last))
        found.append(
            HeardWord(
                text=text,
                begin_seconds=round(begin, 3),
                end_seconds=round(end, 3),
                log_prob=sum(hypothesis.log_probs[number] for number in numbers),
            )
        )
    return tuple(found)


def word_rows(hypothesis: Hypothesis) -> np.ndarray | None:
    """The attention of each word, the mean of its pieces' rows, [words, S]; None for a model without attention."""
    if hypothesis.attention is None:
        return None
    words = words_of_pieces([piece for piece in hypothesis.target_pieces if piece != END_PIECE])
    of_pieces = np.array(words.of_pieces)
    rows = [hypothesis.attention[: len(of_pieces)][of_pieces == word].mean(axis=0) for word in range(len(words.texts))]
    return np.array(rows).reshape(len(rows), hypothesis.attention.shape[1])


def stretch(weights: Sequence[float] | np.ndarray) -> tuple[int, int]:
    """The first column, and the one after the last, of the middle part of `weights` [S] that holds `STRETCH` of it."""
    summed = np.cumsum(np.asarray(weights, dtype=np.float64))
    summed /= max(summed[-1], 1e-30)
    outside = (1 - STRETCH) / 2
    first = int(np.searchsorted(summed, outside, side="right"))
    last = int(np.searchsorted(summed, 1 - outside, side="left"))
    return first, max(first, min(last, len(summed) - 1)) + 1
