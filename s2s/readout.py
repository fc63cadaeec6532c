"""What a search found, with pieces and text in place of ids."""

from s2s.config import SearchConfig
from s2s.result import Alternative, Hypothesis, Sentence, TreeNode
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
        alternatives=tuple(
            tuple(
                Alternative(piece=piece, log_prob=log_prob)
                for piece, (_, log_prob) in zip(pieces.pieces([i for i, _ in step]), step, strict=True)
            )
            for step in found.alternatives
        ),
    )


def _node(node: Node, pieces: PieceModel) -> TreeNode:
    (piece,) = pieces.pieces([node.token])
    return TreeNode(piece=piece, log_prob=node.log_prob, parent=node.parent, rank=node.rank)
