"""The one result: a Translation, in Python, as JSON, on the page and in the API with the same names.

Numpy and plain values; no PyTorch. Attention is always [target, source].
"""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from s2s.carried import unmask

END_PIECE = "</s>"
"""The last target piece of a hypothesis that has come to its end."""


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """A piece that could have stood at a step, with its log-probability (natural)."""

    piece: str
    log_prob: float


@dataclass(frozen=True, kw_only=True)
class TreeNode:
    """One piece that a beam search tried."""

    piece: str
    log_prob: float
    parent: int | None
    """The place in the tree of the piece before it; None at the beginning."""
    rank: int | None
    """Of the hypothesis that ends here, 0 for the best; None where it goes on or was left behind."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a written piece came from, in a model that copies (See et al. 2017)."""

    generated: float
    """p_gen: how likely the model was at this step to generate a piece, and not to copy one."""
    copied: float
    """The share of this piece's own probability that copying gave, from 0 to 1."""
    places: tuple[int, ...]
    """Where the same piece stands in the source; the weights there say which of them was copied."""


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """One translation of one sentence."""

    target: str
    target_pieces: tuple[str, ...]
    """T pieces; the last one is `</s>` if the model came to its end."""
    log_probs: tuple[float, ...]
    """Natural log-probability of each piece, [T]."""
    score: float
    """What hypotheses are ordered by: by default the mean of `log_probs`; where they were read back, the score of the
    noisy channel (s2s/channel.py)."""
    attention: np.ndarray | None = field(compare=False)
    """Weights [T, S], float32, each row sums to 1; None for a model without attention."""
    alternatives: tuple[tuple[Alternative, ...], ...] = ()
    """The most likely pieces at each step, [T]."""
    origins: tuple[Origin, ...] | None = None
    """Whether each piece was generated or copied, [T]; None for a model that does not copy."""
    read_back: tuple[float, ...] | None = None
    """Log-probability of each piece of the source after this target, the last one that of its end, as a model of the
    other direction has them; None if none was asked."""

    @property
    def coverage(self) -> np.ndarray | None:
        """How much each source piece was looked at in all, Σ_t a_t [S]; None for a model without attention."""
        return None if self.attention is None else self.attention.sum(axis=0)

    def to_plain(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        values = dataclasses.asdict(self)
        if self.attention is not None:
            # The shortest text that names the same float32: 0.1, not 0.10000000149011612.
            values["attention"] = [[float(str(weight)) for weight in row] for row in self.attention]
        return values

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> "Hypothesis":
        """The hypothesis that `to_plain` described."""
        attention, origins, read_back = values["attention"], values.get("origins"), values.get("read_back")
        return cls(
            target=values["target"],
            target_pieces=tuple(values["target_pieces"]),
            log_probs=tuple(values["log_probs"]),
            score=values["score"],
            attention=None if attention is None else np.array(attention, dtype=np.float32),
            alternatives=tuple(tuple(Alternative(**item) for item in step) for step in values["alternatives"]),
            origins=None if origins is None else tuple(_origin(item) for item in origins),
            read_back=None if read_back is None else tuple(read_back),
        )


def _origin(values: Mapping[str, Any]) -> Origin:
    return Origin(**{**values, "places": tuple(values["places"])})


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """One sentence of the source with its hypotheses, best first."""

    source: str
    source_pieces: tuple[str, ...]
    hypotheses: tuple[Hypothesis, ...]
    warnings: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()
    """What the pieces ⟦0⟧, ⟦1⟧ … stand for on both sides: addresses, numbers, emoji that are carried over."""
    in_capitals: bool = False
    """Whether the source stood in capitals: its pieces have none, and the target is written in them."""
    tree: tuple[TreeNode, ...] = ()
    """Every piece that the search tried, if `tree` was asked for; a node stands behind its parent."""

    @property
    def best(self) -> Hypothesis:
        """The hypothesis with the highest score."""
        return self.hypotheses[0]

    def written(self, piece: str) -> str:
        """A piece as a reader wants to see it: in capitals, and with what is carried over, as it was typed."""
        shown = piece.upper() if self.in_capitals and not piece.startswith("<") else piece
        return unmask(shown, self.carried, complete=False) if self.carried else shown

    def to_plain(self) -> dict[str, Any]:
        """Plain values; the best hypothesis stands beside the source, all of them under `hypotheses`."""
        hypotheses = [hypothesis.to_plain() for hypothesis in self.hypotheses]
        return {
            "source": self.source,
            "source_pieces": list(self.source_pieces),
            **hypotheses[0],
            "hypotheses": hypotheses,
            "warnings": list(self.warnings),
            "carried": list(self.carried),
            "in_capitals": self.in_capitals,
            **({"tree": [dataclasses.asdict(node) for node in self.tree]} if self.tree else {}),
        }

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> "Sentence":
        """The sentence that `to_plain` described."""
        return cls(
            source=values["source"],
            source_pieces=tuple(values["source_pieces"]),
            hypotheses=tuple(Hypothesis.from_plain(item) for item in values["hypotheses"]),
            warnings=tuple(values["warnings"]),
            carried=tuple(values.get("carried", ())),
            in_capitals=values.get("in_capitals", False),
            tree=tuple(TreeNode(**node) for node in values.get("tree", ())),
        )


@dataclass(frozen=True, kw_only=True)
class Translation:
    """The answer to one request."""

    source: str
    target: str
    """The best hypotheses of all sentences, line breaks as in the source."""
    sentences: tuple[Sentence, ...]
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
            "sentences": [sentence.to_plain() for sentence in self.sentences],
            "warnings": list(self.warnings),
        }

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(self.to_plain(), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Translation":
        """The translation that `to_json` wrote."""
        values = json.loads(text)
        values["sentences"] = tuple(Sentence.from_plain(item) for item in values["sentences"])
        values["warnings"] = tuple(values["warnings"])
        return cls(**values)
