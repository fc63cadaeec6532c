"""The figures of a sentence taken apart: what is drawn is what was worked out."""

import json

import numpy as np
import plotly.graph_objects as go
import pytest

from s2s.alignment import GoldPair
from s2s.config import SearchConfig
from s2s.figures_inside import GOLD, gold_figure, path_figure, rows_figure, tree_figure
from s2s.inside.beam_tree import lay_out
from s2s.inside.states import project
from s2s.result import END_PIECE
from s2s.translator import Translator

MARKUP = "<b>x</b>"


@pytest.fixture(scope="module")
def sentence(tiny_checkpoint):
    translator = Translator.load(tiny_checkpoint, "cpu", "torch")
    return translator.translate("A dog <b>runs</b>.", SearchConfig(beam_size=4, n_best=4, tree=True)).sentences[0]


def drawn(spec):
    """As the browser gets it; Plotly takes it."""
    return go.Figure(json.loads(json.dumps(spec)))


def test_a_tree_has_a_mark_a_node_and_a_line_to_each_parent(sentence):
    places = lay_out(sentence.tree)
    *lines, marks = drawn(tree_figure(places, sentence)).data
    assert list(marks.x) == [place.step for place in places]
    assert list(marks.y) == [place.row for place in places]
    assert list(marks.customdata) == list(range(len(places)))
    ends = {(line.x[at + 2], line.y[at + 2]) for line in lines if line.x for at in range(0, len(line.x), 4)}
    assert ends == {(place.step, place.row) for place in places if place.parent is not None}
    assert lines[-1].line.width == max(line.line.width for line in lines)  # the best hypothesis


def test_fates_differ_in_more_than_colour(sentence):
    places = lay_out(sentence.tree)
    *lines, marks = drawn(tree_figure(places, sentence)).data
    assert len({(line.line.dash, line.line.width) for line in lines}) >= 3
    for place, symbol in zip(places, marks.marker.symbol, strict=True):
        assert ("square" in symbol) == (place.piece == END_PIECE)
        assert ("open" in symbol) == (place.fate in ("dropped", "finished"))


def test_a_path_goes_through_all_points_in_their_order():
    path = project(np.random.default_rng(1).normal(size=(5, 3)))
    trace, heads = drawn(path_figure(path, ["▁a", MARKUP, "▁a", "c", END_PIECE])).data
    np.testing.assert_allclose(np.stack([trace.x, trace.y], axis=1), path.points)
    assert list(trace.text) == ["a", "&lt;b&gt;x&lt;/b&gt;", "a", "c", "&lt;/s&gt;"]
    assert (trace.marker.symbol[0], trace.marker.symbol[-1]) == ("square", "diamond")
    assert len(heads.x) == 4
    across, up = np.diff(path.points, axis=0).T
    np.testing.assert_allclose(np.sin(np.radians(heads.marker.angle)), across / np.hypot(across, up), atol=1e-2)


def test_a_path_of_one_state_is_one_mark():
    trace, heads = drawn(path_figure(project(np.ones((1, 3))), ["▁a"])).data
    assert list(trace.x) == [0]
    assert not heads.x


def test_rows_stand_below_one_another_with_their_names(sentence):
    rows = {"attention": np.full(len(sentence.source_pieces), 0.25), MARKUP: np.zeros(len(sentence.source_pieces))}
    figure = drawn(rows_figure(sentence, rows))
    np.testing.assert_allclose(figure.data[0].z, np.stack(list(rows.values())), atol=1e-6)
    assert list(figure.layout.yaxis.ticktext) == ["attention", "&lt;b&gt;x&lt;/b&gt;"]


def test_gold_links_are_boxes_and_found_links_dots():
    pair = GoldPair("a b", "x y", frozenset({(0, 0)}), frozenset({(0, 0), (1, 0)}))
    weights = np.array([[0.9, 0.1], [0.2, 0.8]])
    figure = drawn(gold_figure(pair, weights, frozenset({(0, 0), (1, 1)})))
    heat, dots = figure.data
    np.testing.assert_allclose(heat.z, weights, atol=1e-6)
    assert list(zip(dots.x, dots.y, strict=True)) == [(0, 0), (1, 1)]
    boxes = [shape for shape in figure.layout.shapes if shape.line.color == GOLD]
    middles = [((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2) for box in boxes]
    assert middles == [(pytest.approx(0), pytest.approx(0)), (pytest.approx(1), pytest.approx(0))]
    assert [box.line.dash for box in boxes] == ["solid", "dot"]
