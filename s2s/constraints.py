"""What a target has to hold, in a user's words, and as the ids that a search knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from s2s.errors import TextError
from s2s.pieces import END, PADDING, UNKNOWN
from s2s.repeats import repeats
from s2s.search import NO_RULES, Rules, Stem
from s2s.text import PieceModel, Reading

CUT_BYTES = 24
"""A prefix may be cut inside its last word, or inside this many bytes of one that is longer (Chinese has no blanks)."""


@dataclass(frozen=True, kw_only=True)
class Constraints:
    """What the target of one sentence must and must not hold."""

    prefix: str = ""
    """Text that it begins with; its last word may be cut: the model completes it."""
    prefix_pieces: tuple[str, ...] = ()
    """Pieces that it begins with, as a result's `target_pieces` names them; with `</s>`, all of them."""
    banned: tuple[str, ...] = ()
    """Words or phrases that it does not hold, in the pieces that they are usually cut into."""
    attention: Mapping[int, Sequence[float]] = field(default_factory=dict)
    """By target step, from 0: weights, one a source piece and summing to 1, to use instead of the model's own."""

    @property
    def of_one_sentence(self) -> bool:
        """Whether they make sense for a single sentence only."""
        return bool(self.prefix or self.prefix_pieces or self.attention)


def rules_of(constraints: Constraints, pieces: PieceModel, source: Reading) -> Rules:
    """The constraints on the target of `source`, as ids; and what of `source` itself limits its target.

    What is carried over stands there as often as in it, and an exclamation stays one.

    Raises:
        TextError: they contradict each other, or the model has no pieces for them.
    """
    at_most = {token: source.ids.count(token) for token in pieces.placeholder_ids} if source.carried else {}
    at_most |= dict.fromkeys(pieces.never_in_target(source), 0)
    if constraints == Constraints():
        return Rules(at_most=at_most) if at_most else NO_RULES
    if constraints.prefix and constraints.prefix_pieces:
        raise TextError("The beginning is given twice, as text and as pieces. Please give one of them.")
    prefix, stem, said = tuple(pieces.ids(constraints.prefix_pieces)), None, 0
    if END in prefix[:-1]:
        raise TextError("</s> ends a target: no piece can follow it. Please leave out what stands behind it.")
    if PADDING in prefix:
        raise TextError("<pad> stands in no target. Please leave it out.")
    if constraints.prefix.strip():
        text = source.alike(constraints.prefix)
        prefix, stem = _cut(text, pieces)
        said = max(repeats(text), repeats(pieces.encode(text)))
    banned = (known_ids(source.alike(phrase), pieces) for phrase in constraints.banned)
    attention = {step: _weights(step, row, len(source.ids)) for step, row in constraints.attention.items()}
    banned_ids = tuple(ids for ids in banned if ids)
    return Rules(prefix=prefix, stem=stem, banned=banned_ids, attention=attention, repeats=said, at_most=at_most)


def known_ids(text: str, pieces: PieceModel) -> tuple[int, ...]:
    """The ids of a text that a target is to hold; a TextError if the model has no pieces for some of it."""
    ids = pieces.encode(text)
    if UNKNOWN in ids:
        raise TextError(f"The model cannot write {text!r:.80}: it has no pieces for some of these characters.")
    return tuple(ids)


def check_beginnings(rules: Sequence[Rules], max_pieces: int, max_length: int | None) -> None:
    """Raise a TextError if a beginning may need more than `max_pieces`, or more than a search's `max_length`."""
    needed = max(each.prefix_length for each in rules)
    if needed > max_pieces + 1:  # a whole target has an end piece
        raise TextError(f"The beginning may need {needed:,} pieces; at most {max_pieces:,} are taken.")
    if max_length is not None and needed > max_length:
        raise TextError(f"The beginning may need {needed} pieces, more than max_length ({max_length}).")


def _cut(text: str, pieces: PieceModel) -> tuple[tuple[int, ...], Stem | None]:
    """The ids of all but the last word of a prefix, and that word as a stem."""
    ids = known_ids(text, pieces)
    if text[-1:].isspace():  # the last word is whole: another one follows
        return ids, _stem(b" ", pieces) if ids and pieces.marks_words else None
    kept = len(ids)
    cut = b""
    while kept and not cut.startswith(b" ") and len(cut) < CUT_BYTES:
        kept -= 1
        cut = pieces.spelled[ids[kept]] + cut
    return ids[:kept], _stem(cut, pieces) if cut else None


def _stem(text: bytes, pieces: PieceModel) -> Stem:
    """Which pieces may follow after each byte of `text`, so that all of it is spelled."""
    # A blank is written as the mark of a new word, never as a byte.
    names = pieces.pieces(range(pieces.vocabulary_size))
    spelled = [b"" if name == "<0x20>" else text for name, text in zip(names, pieces.spelled, strict=True)]
    by_first: dict[bytes, list[int]] = {}
    for token, piece in enumerate(spelled):
        by_first.setdefault(piece[:1], []).append(token)
    allowed = np.zeros((len(text) + 1, len(spelled)), dtype=bool)
    allowed[len(text)] = True
    for written in reversed(range(len(text))):
        rest = text[written:]
        for token in by_first.get(rest[:1], ()):
            piece = spelled[token]
            fits = rest.startswith(piece) or piece.startswith(rest)
            # A piece is of no use if the rest after it cannot be spelled.
            allowed[written, token] = fits and allowed[min(written + len(piece), len(text))].any()
    if not allowed[0].any():
        raise TextError(f"The model cannot write {text.decode(errors='replace').strip()!r}: it has no pieces for it.")
    return Stem(allowed, np.array([len(piece) for piece in spelled]))


def _weights(step: int, row: Sequence[float], source_length: int) -> np.ndarray:
    try:
        weights = np.asarray(row, dtype=np.float32)
    except (TypeError, ValueError):
        raise TextError(f"The weights of a step are numbers; those of step {step} are not.") from None
    if step < 0 or weights.shape != (source_length,):
        raise TextError(
            f"Attention is given by step, from 0, as one weight for each of the {source_length} source pieces; "
            f"got {weights.size} weights for step {step}."
        )
    if not (weights >= 0).all() or abs(float(weights.sum()) - 1) > 1e-3:
        raise TextError(f"The weights of a step are not below 0 and add up to 1; those of step {step} do not.")
    return weights
