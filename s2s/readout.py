"""What a search found, with pieces and text in place of ids."""

import math
from collections.abc import Sequence

from s2s.config import SearchConfig
from s2s.result import Alternative, Hypothesis, Origin, Sentence, TreeNode
from s2s.search import Found, Node, Trace
from s2s.text import PieceModel, Reading


def read_sentence(
    line: str, source: Reading, trace: Trace, row: int, config: SearchConfig, pieces: PieceModel
) -> Sentence:
    """The sentence that stands in row `row` of a search, as far as it got.

    Args:
        line: its text.
        source: its pieces.
        trace: what was found.
        row: its place in the batch.
        config: how it was searched.
        pieces: names the ids.
    """
    found = [trace.hypothesis(row, rank) for rank in range(config.n_best)]
    return Sentence(
        source=line,
        source_pieces=tuple(pieces.pieces(source.ids)),
        carried=source.carried,
        in_capitals=source.in_capitals,
        hypotheses=tuple(_hypothesis(item, pieces, source) for item in found if item.score > float("-inf")),
        tree=tuple(_node(node, pieces) for node in trace.tree(row)) if config.tree else (),
    )


def _hypothesis(found: Found, pieces: PieceModel, source: Reading) -> Hypothesis:
    target = pieces.write(found.ids, source, complete=found.finished)
    return Hypothesis(
        # A character that is spelled in bytes and not yet complete is not shown.
        target=target if found.finished else target.rstrip("\ufffd"),
        target_pieces=tuple(pieces.pieces(found.ids)),
        log_probs=tuple(found.log_probs),
        score=found.score,
        attention=found.attention,
        alternatives=tuple(_alternatives(step, pieces) if step else () for step in found.alternatives),
        origins=_origins(found, source.ids),
    )


def _alternatives(step: Sequence[tuple[int, float]], pieces: PieceModel) -> tuple[Alternative, ...]:
    named = zip(pieces.pieces([token for token, _ in step]), step, strict=True)
    return tuple(Alternative(piece=piece, log_prob=log_prob) for piece, (_, log_prob) in named)


def _origins(found: Found, source: Sequence[int]) -> tuple[Origin, ...] | None:
    """Of each piece y: p_gen, and the share (1 - p_gen) Σ_{i: x_i = y} a_i / P(y) of it that was copied."""
    if found.generated is None or found.attention is None:
        return None
    origins = []
    for token, log_prob, weights, generated in zip(
        found.ids, found.log_probs, found.attention, found.generated, strict=True
    ):
        places = tuple(place for place, piece in enumerate(source) if piece == token)
        pointed = (1 - generated) * math.fsum(weights[place] for place in places)
        copied = min(1.0, pointed * math.exp(-log_prob))
        origins.append(Origin(generated=round(generated, 4), copied=round(copied, 4), places=places))
    return tuple(origins)


def _node(node: Node, pieces: PieceModel) -> TreeNode:
    (piece,) = pieces.pieces([node.token])
    return TreeNode(piece=piece, log_prob=node.log_prob, parent=node.parent, rank=node.rank)
