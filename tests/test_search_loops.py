"""Loops: no target says the same more often than twice, or than its source does, and nothing else changes."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from s2s.config import SearchConfig
from s2s.data import pad
from s2s.pieces import END
from s2s.repeats import LONGEST_PERIOD, repeats
from s2s.search import NO_RULES, Rules, search
from s2s.search.loops import loop_limits
from tests.searches import METHODS, assert_same, ending_model, found, holds
from tests.tiny import random_rows, tiny_model

SOURCES = [[5, 6, 7, 8], [9, 9, 9, 9, 9, 4], [4, 5, 4, 5, 4, 5], [6]]


@pytest.fixture(params=METHODS)
def method(request):
    return METHODS[request.param]


def looping_model(*pieces):
    """It would write these pieces for ever."""
    model = tiny_model()
    model.output_bias[END] = -100.0
    for piece in pieces:
        model.output_bias[piece] = 50.0
    return model


@pytest.mark.parametrize("pieces", [(7,), (7, 8), (5, 6, 7)])
@pytest.mark.parametrize("most", [2, 3])
def test_no_target_says_the_same_more_often_than_allowed(method, pieces, most):
    config = SearchConfig(**method, max_repeats=most, max_length=30)
    for source, ranked in zip(SOURCES, found(looping_model(*pieces), SOURCES, config), strict=True):
        assert ranked
        for item in ranked:
            assert repeats(item.ids) <= max(most, repeats(source))


def test_a_model_that_loops_would_go_on_without_the_rule(method):
    config = SearchConfig(**method, max_repeats=0, max_length=30)
    assert all(ranked[0].ids == [7] * 30 for ranked in found(looping_model(7), SOURCES, config))


def test_what_the_source_says_often_may_be_said_as_often(method):
    config = SearchConfig(**method, max_length=30)
    plain, five_times, three_times, _ = found(looping_model(7), SOURCES, config)
    assert holds(plain[0].ids, [7] * 2)
    assert not holds(plain[0].ids, [7] * 3)
    assert holds(five_times[0].ids, [7] * 5)
    assert not holds(five_times[0].ids, [7] * 6)
    assert holds(three_times[0].ids, [7] * 3)
    assert not holds(three_times[0].ids, [7] * 4)


def test_a_beginning_that_repeats_stays_as_it_was_given(method):
    rules = [Rules(prefix=(7, 7, 7, 7), repeats=4), Rules(prefix=(8, 8, 8, 8)), NO_RULES, NO_RULES]
    for own, ranked in zip(rules, found(looping_model(7), SOURCES, SearchConfig(**method), rules), strict=True):
        assert all(tuple(item.ids[: len(own.prefix)]) == own.prefix for item in ranked)
        assert not any(holds(item.ids, [7] * 6) for item in ranked)


def test_where_nothing_loops_nothing_changes(method):
    model, sources = ending_model(), random_rows(5, 1, 3, 8)
    free = found(model, sources, SearchConfig(**method, max_repeats=0))
    calm = [all(repeats(item.ids) < 3 for item in ranked) for ranked in free]
    assert any(calm)
    kept = found(model, sources, SearchConfig(**method, max_repeats=30))
    for one, other in zip(free, kept, strict=True):
        for before, after in zip(one, other, strict=True):
            assert_same(before, after)


def test_frames_say_nothing_of_how_often():
    frames, mask = torch.zeros(1, 4, 3), torch.ones(1, 4, dtype=torch.bool)
    assert loop_limits(frames, mask, 2) is None
    model = tiny_model(frame_size=3)
    model.output_bias[7] = 50.0
    *_, trace = search(model, frames, mask, SearchConfig(beam_size=1, max_length=10))
    assert trace.hypothesis(0).ids == [7] * 10


def test_limits_are_those_of_each_source_whatever_the_padding():
    ids, mask = pad(SOURCES)
    np.testing.assert_array_equal(loop_limits(ids, mask, 2), [2, 5, 3, 2])
    assert loop_limits(ids, mask, 0) is None


@given(
    pieces=st.lists(st.integers(0, 2), max_size=24),
    block=st.lists(st.integers(3, 5), min_size=1, max_size=LONGEST_PERIOD, unique=True),
    times=st.integers(1, 5),
)
def test_repeats_counts_what_stands_side_by_side(pieces, block, times):
    def slow(row):
        spans = [(at, size) for size in range(1, LONGEST_PERIOD + 1) for at in range(len(row) - size + 1)]
        most = 0
        for at, size in spans:
            count = 1
            while row[at + count * size : at + (count + 1) * size] == row[at : at + size]:
                count += 1
            most = max(most, count)
        return most

    assert repeats(pieces) == slow(pieces)
    assert repeats(pieces + block * times + [9]) == max(repeats(pieces), times)
