"""What a search leaves behind, how it is stopped, and how much work it does."""

import itertools
import time
from collections import Counter

import numpy as np
import pytest

from s2s.config import SearchConfig
from s2s.data import pad
from s2s.errors import DeadlineError
from s2s.pieces import END
from s2s.search import Deadline, Rules, search
from tests.searches import METHODS, SHAPES, drain, ending_model, named, stem_of, trace_of
from tests.tiny import FIRST_PIECE, random_rows

SOURCES = random_rows(5, 1, 3, 8)


class Watched:
    """An engine that counts the rows of each step, and may take its time."""

    def __init__(self, model, seconds=0.0):
        self.config, self.encode, self.start = model.config, model.encode, model.start
        self.model, self.seconds, self.rows = model, seconds, []

    def step(self, previous, state, memory):
        self.rows.append(len(previous))
        time.sleep(self.seconds)
        return self.model.step(previous, state, memory)


@pytest.fixture(params=SHAPES, ids=named)
def model(request):
    return ending_model(**request.param)


@pytest.fixture(params=METHODS)
def method(request):
    return METHODS[request.param]


def path(nodes, end):
    """The ids and log-probabilities from the beginning to a node."""
    found = []
    while end is not None:
        found.append((nodes[end].token, nodes[end].log_prob))
        end = nodes[end].parent
    return found[::-1]


RULES = {
    "free": {},
    "begun": {"prefix": (5, 6, 7)},
    "whole": {"prefix": (5, 6, 7, END)},
    "spelled": {"stem": stem_of(b"aabz")},
    "banned": {"banned": tuple((piece,) for piece in range(FIRST_PIECE + 2, 14))},
}


@pytest.mark.parametrize("rules", RULES)
def test_each_hypothesis_is_the_path_to_the_node_with_its_rank(model, method, rules):
    config = SearchConfig(**method, tree=True)
    trace = trace_of(model, SOURCES, config, [Rules(**RULES[rules])] * len(SOURCES))
    for row in range(len(SOURCES)):
        nodes = trace.tree(row)
        assert all(node.parent is None or node.parent < at for at, node in enumerate(nodes))
        assert all(np.isfinite(node.log_prob) for node in nodes)
        ends = {node.rank: at for at, node in enumerate(nodes) if node.rank is not None}
        possible = {rank: trace.hypothesis(row, rank) for rank in range(config.beam_size)}
        possible = {rank: item for rank, item in possible.items() if item.score > -np.inf}
        assert sorted(ends) == sorted(possible)
        for rank, item in possible.items():
            assert path(nodes, ends[rank]) == list(zip(item.ids, item.log_probs, strict=True))


def test_the_tree_of_greedy_is_a_chain(model):
    trace = trace_of(model, SOURCES, SearchConfig(beam_size=1))
    for row in range(len(SOURCES)):
        nodes = trace.tree(row)
        assert [node.parent for node in nodes] == [None, *range(len(nodes) - 1)]
        assert [node.rank for node in nodes] == [None] * (len(nodes) - 1) + [0]
        assert [node.token for node in nodes] == trace.hypothesis(row).ids


def test_the_tree_of_a_beam_holds_what_was_left_behind(model):
    trace = trace_of(model, SOURCES, SearchConfig(beam_size=4))
    left_behind = 0
    for row in range(len(SOURCES)):
        nodes = trace.tree(row)
        depths = Counter(len(path(nodes, at)) for at in range(len(nodes)))
        assert depths[1] == 4
        assert max(depths.values()) <= 4
        assert len({(node.parent, node.token) for node in nodes}) == len(nodes)
        parents = {node.parent for node in nodes}
        left_behind += sum(at not in parents and node.rank is None for at, node in enumerate(nodes))
        written = {tuple(path(nodes, at)) for at in range(len(nodes))}
        for rank in range(4):
            item = trace.hypothesis(row, rank)
            both = tuple(zip(item.ids, item.log_probs, strict=True))
            assert {both[:length] for length in range(1, len(both) + 1)} <= written
    assert left_behind


def test_the_tree_of_sampling_is_one_chain_a_draw(model):
    trace = trace_of(model, SOURCES, SearchConfig(**METHODS["sample"]))
    for row in range(len(SOURCES)):
        nodes = trace.tree(row)
        assert len(nodes) == sum(len(trace.hypothesis(row, rank).ids) for rank in range(3))
        assert sum(node.parent is None for node in nodes) == 3


def test_a_tree_grows_with_the_search(model):
    sizes = [len(trace.tree(0)) for trace in search(model, *pad(SOURCES[:1]), SearchConfig(beam_size=3))]
    assert sizes[0] == 3
    assert all(0 <= after - before <= 3 for before, after in itertools.pairwise(sizes))


@pytest.mark.parametrize("seconds", [0, 0.0, -1])
def test_a_search_without_time_does_not_begin(seconds, method):
    engine = Watched(ending_model())
    with pytest.raises(DeadlineError, match=f"longer than {seconds:g} seconds"):
        drain(search(engine, *pad(SOURCES), SearchConfig(**method), deadline=Deadline(seconds)))
    assert not engine.rows


def test_a_search_stops_when_its_time_is_over(method):
    engine, done = Watched(ending_model(), seconds=0.03), []
    with pytest.raises(DeadlineError, match=r"longer than 0\.1 seconds.*smaller beam"):
        done.extend(search(engine, *pad(SOURCES), SearchConfig(**method, min_length=50), deadline=Deadline(0.1)))
    assert 1 <= len(engine.rows) <= 5


def test_a_search_in_time_is_as_if_there_were_no_clock(model):
    config = SearchConfig(beam_size=2)
    timed = drain(search(model, *pad(SOURCES), config, deadline=Deadline(600)))
    assert timed.hypothesis(0).ids == trace_of(model, SOURCES, config).hypothesis(0).ids


def test_closing_a_search_stops_it(method):
    engine = Watched(ending_model())
    steps = search(engine, *pad(SOURCES), SearchConfig(**method))
    assert engine.rows == []
    next(steps)
    next(steps)
    steps.close()
    assert len(engine.rows) == 2
    assert list(steps) == []


def test_sentences_that_are_done_leave_the_batch(model, method):
    engine = Watched(model)
    config = SearchConfig(**method)
    trace = trace_of(engine, SOURCES, config)
    alone = [Watched(model) for _ in SOURCES]
    for source, one in zip(SOURCES, alone, strict=True):
        trace_of(one, [source], config)
    steps = [len(one.rows) for one in alone]
    assert engine.rows == [config.beam_size * sum(step < own for own in steps) for step in range(max(steps))]
    assert len(trace.steps) == len(engine.rows)


def test_a_whole_prefix_takes_its_steps_and_no_more(method):
    engine = Watched(ending_model())
    config = SearchConfig(**method)
    trace_of(engine, SOURCES, config, [Rules(prefix=(5,) * length + (END,)) for length in (0, 1, 1, 4)])
    assert engine.rows == [config.beam_size * sentences for sentences in (4, 3, 1, 1, 1)]
