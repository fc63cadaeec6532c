"""The tree of a beam search: where each piece that it tried stands, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from s2s.errors import ConfigError
from s2s.result import END_PIECE, Sentence, TreeNode

Fate = Literal["best", "kept", "finished", "dropped"]
"""`best`: a part of the best hypothesis; `kept`: of another that was in the beam at the end; `dropped`: pushed out by
better ones; `finished`: pushed out too, but with `</s>`."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """One piece of the tree on a plane of steps and rows."""

    piece: str
    parent: int | None
    step: int
    """From 0; how many pieces stand before it."""
    row: float
    """Its height: rows of one step are at least 1 apart."""
    fate: Fate
    rank: int | None
    """Of the hypothesis that ends here, 0 for the best."""
    log_prob: float
    """Natural log-probability of this piece."""
    score: float
    """The mean of the log-probabilities from the beginning to here, by which a beam compares hypotheses by default."""


def lay_out(tree: Sequence[TreeNode]) -> tuple[Place, ...]:
    """A place for each node of a tree, in its order.

    Steps stand side by side; a parent stands level with the middle of its children, and no two branches cross or
    overlap: each subtree is moved as near to the one above it as their outlines allow (Reingold & Tilford 1981).

    Args:
        tree: as a sentence has it; each node behind its parent.

    Raises:
        ConfigError: there is no tree.
    """
    if not tree:
        raise ConfigError("There is no tree: search with `tree` and a beam, without a given target.")
    children = _children(tree)
    rows = _rows(tree, children)
    fates = _fates(tree)
    places: list[Place] = []
    sums: list[float] = []
    for number, node in enumerate(tree):
        before = None if node.parent is None else places[node.parent]
        step = 0 if before is None else before.step + 1
        sums.append(node.log_prob + (0.0 if node.parent is None else sums[node.parent]))
        places.append(
            Place(
                piece=node.piece,
                parent=node.parent,
                step=step,
                row=rows[number],
                fate=fates[number],
                rank=node.rank,
                log_prob=node.log_prob,
                score=sums[number] / (step + 1),
            )
        )
    return tuple(places)


def path_to(tree: Sequence[TreeNode], node: int) -> list[int]:
    """The nodes from the beginning to one of them: its hypothesis so far."""
    path = []
    at: int | None = node
    while at is not None:
        path.append(at)
        at = tree[at].parent
    return path[::-1]


def pieces_to(sentence: Sentence, node: int) -> tuple[str, ...]:
    """The pieces of the hypothesis that a node of a sentence's tree stands for.

    Raises:
        ConfigError: the tree has no such node.
    """
    if not 0 <= node < len(sentence.tree):
        raise ConfigError(f"The tree has {len(sentence.tree)} nodes, numbered from 0; there is no node {node}.")
    return tuple(sentence.tree[at].piece for at in path_to(sentence.tree, node))


def _children(tree: Sequence[TreeNode]) -> list[list[int]]:
    children: list[list[int]] = [[] for _ in tree]
    for number, node in enumerate(tree):
        if node.parent is not None:
            children[node.parent].append(number)
    return children


def _fates(tree: Sequence[TreeNode]) -> list[Fate]:
    fates: list[Fate] = ["finished" if node.piece == END_PIECE else "dropped" for node in tree]
    ends = sorted((node.rank, number) for number, node in enumerate(tree) if node.rank is not None)
    for rank, end in reversed(ends):  # the best one last: what it shares with others is its own
        for at in path_to(tree, end):
            fates[at] = "best" if rank == 0 else "kept"
    return fates


def _rows(tree: Sequence[TreeNode], children: Sequence[Sequence[int]]) -> list[float]:
    outlines: list[list[tuple[float, float]]] = [
        [] for _ in tree
    ]  # per step below a node: top and bottom, from its row
    offsets = [0.0] * len(tree)  # of a node from its parent
    for number in reversed(range(len(tree))):
        below = _packed(children[number], outlines, offsets)
        outlines[number] = [(0.0, 0.0), *below]
        for child in children[number]:
            outlines[child] = []
    first = [number for number, node in enumerate(tree) if node.parent is None]
    _packed(first, outlines, offsets)
    rows: list[float] = []
    for number, node in enumerate(tree):
        rows.append(offsets[number] + (0.0 if node.parent is None else rows[node.parent]))
    highest = min(rows)
    return [row - highest for row in rows]


def _packed(
    nodes: Sequence[int], outlines: Sequence[list[tuple[float, float]]], offsets: list[float]
) -> list[tuple[float, float]]:
    """Put subtrees below one another, and around the middle; their outline together."""
    together: list[tuple[float, float]] = []
    for node in nodes:
        outline = outlines[node]
        gaps = [1 + bottom - top for (_, bottom), (top, _) in zip(together, outline, strict=False)]
        offsets[node] = max(gaps, default=0.0)
        moved = [(top + offsets[node], bottom + offsets[node]) for top, bottom in outline]
        shared = [(upper[0], lower[1]) for upper, lower in zip(together, moved, strict=False)]
        together = shared + together[len(shared) :] + moved[len(shared) :]
    middle = (offsets[nodes[0]] + offsets[nodes[-1]]) / 2 if nodes else 0.0
    for node in nodes:
        offsets[node] -= middle
    return [(top - middle, bottom - middle) for top, bottom in together]
