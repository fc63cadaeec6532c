"""The beam's tree on the plane: nothing overlaps or crosses, and every node says what became of it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.config import SearchConfig
from s2s.errors import ConfigError
from s2s.inside.beam_tree import lay_out, path_to, pieces_to
from s2s.result import END_PIECE, TreeNode
from s2s.translator import Translator

SOURCE = "We ate bread and cheese in Paris."


@pytest.fixture(scope="module")
def sentence(tiny_checkpoint):
    translator = Translator.load(tiny_checkpoint, "cpu", "torch")
    return translator.translate(SOURCE, SearchConfig(beam_size=4, n_best=4, tree=True)).sentences[0]


@st.composite
def trees(draw):
    """Nodes in the order of their steps, as a search writes them."""
    steps, nodes, before = draw(st.integers(1, 6)), [], [None]
    for _ in range(steps):
        parents = sorted(draw(st.sampled_from(range(len(before)))) for _ in range(draw(st.integers(1, 5))))
        after = []
        for parent in parents:
            nodes.append(TreeNode(piece="x", log_prob=-1.0, parent=before[parent], rank=None))
            after.append(len(nodes) - 1)
        before = after
    return nodes


def by_step(places):
    steps = {}
    for number, place in enumerate(places):
        steps.setdefault(place.step, []).append(number)
    return [sorted(numbers, key=lambda number: places[number].row) for _, numbers in sorted(steps.items())]


def assert_tidy(places):
    for numbers in by_step(places):
        rows = [places[number].row for number in numbers]
        assert all(upper + 1 <= lower + 1e-9 for upper, lower in pairwise(rows))
        parents = [places[number].parent for number in numbers if places[number].parent is not None]
        heights = [places[parent].row for parent in parents]
        assert heights == sorted(heights)  # no two branches cross
    for number, place in enumerate(places):
        children = [child.row for child in places if child.parent == number]
        if children:
            assert place.row == pytest.approx((min(children) + max(children)) / 2)
    assert min(place.row for place in places) == pytest.approx(0)


@given(trees())
def test_nothing_overlaps_or_crosses(nodes):
    assert_tidy(lay_out(nodes))


def test_the_tree_of_a_search_is_tidy_too(sentence):
    places = lay_out(sentence.tree)
    assert_tidy(places)
    for node, place in zip(sentence.tree, places, strict=True):
        assert (node.piece, node.parent, node.rank, node.log_prob) == (
            place.piece,
            place.parent,
            place.rank,
            place.log_prob,
        )


def test_each_node_says_what_became_of_it(sentence):
    places = lay_out(sentence.tree)
    best = next(number for number, place in enumerate(places) if place.rank == 0)
    assert [number for number, place in enumerate(places) if place.fate == "best"] == path_to(sentence.tree, best)
    ends = {place.rank: number for number, place in enumerate(places) if place.rank is not None}
    ways = {number for end in ends.values() for number in path_to(sentence.tree, end)}
    for number, place in enumerate(places):
        if number not in ways:
            assert place.fate == ("finished" if place.piece == END_PIECE else "dropped")
        else:
            assert place.fate in ("best", "kept")
    assert {place.fate for place in places} >= {"best", "kept", "dropped"}


def test_a_node_is_a_hypothesis(sentence):
    ends = {node.rank: number for number, node in enumerate(sentence.tree) if node.rank is not None}
    places = lay_out(sentence.tree)
    for rank, hypothesis in enumerate(sentence.hypotheses):
        assert pieces_to(sentence, ends[rank]) == hypothesis.target_pieces
        assert places[ends[rank]].score == pytest.approx(hypothesis.score)
        assert places[ends[rank]].step == len(hypothesis.target_pieces) - 1


def test_what_is_no_tree_or_no_node_is_refused(sentence):
    with pytest.raises(ConfigError, match="no tree"):
        lay_out(())
    for node in (-1, len(sentence.tree)):
        with pytest.raises(ConfigError, match="no node"):
            pieces_to(sentence, node)
