"""The toy tasks: right answers, different sources, the same ones for the same seed."""

import re
from datetime import date
from typing import get_args

import pytest

from s2s.errors import ConfigError
from s2s.toys import LENGTHS, Toy, answer, make_pairs, make_reversals

STRINGS = ("reverse", "sort", "copy")


@pytest.mark.parametrize("toy", get_args(Toy))
def test_sources_are_different_and_the_same_for_the_same_seed(toy):
    pairs = make_pairs(toy, 300, seed=3)
    assert len({pair.source for pair in pairs}) == len(pairs) == 300
    assert make_pairs(toy, 300, seed=3) == pairs
    assert make_pairs(toy, 300, seed=4) != pairs


def test_each_target_is_what_a_person_would_write():
    for pair in make_pairs("reverse", 300, seed=3):
        assert list(pair.target) == list(reversed(pair.source))
    for pair in make_pairs("sort", 300, seed=3):
        assert all(left <= right for left, right in zip(pair.target, pair.target[1:], strict=False))
        assert sorted(pair.source) == sorted(pair.target)
    for pair in make_pairs("copy", 300, seed=3):
        assert re.sub("[0-9]", "", pair.source) == pair.target
    for pair in make_pairs("dates", 300, seed=3):
        assert date.fromisoformat(pair.target).isoformat() == pair.target


def test_some_noise_stands_everywhere_in_what_is_to_be_copied():
    sources = [pair.source for pair in make_pairs("copy", 300, seed=3)]
    assert any(source[0].isdigit() for source in sources)
    assert any(source[-1].isdigit() for source in sources)
    assert any(source.isalpha() for source in sources)


@pytest.mark.parametrize("toy", STRINGS)
def test_all_lengths_that_are_asked_for_are_there_and_no_others(toy):
    assert {len(pair.target) for pair in make_pairs(toy, 300, seed=3, lengths=(3, 7))} == set(range(3, 8))


def test_the_answer_to_a_string_of_ones_own():
    assert [answer(toy, "b4ca") for toy in STRINGS] == ["ac4b", "4abc", "bca"]


def test_what_cannot_be_made_is_refused():
    with pytest.raises(ConfigError, match=r"of strings of 1 to 2 letters, 1 to 351 can be made, got 400"):
        make_pairs("reverse", 400, seed=3, lengths=(1, 2))
    assert len(make_pairs("reverse", 351, seed=3, lengths=(1, 2))) == 351


def test_reversals_are_the_ones_that_the_shipped_checkpoint_was_trained_on():
    pairs = make_reversals(200, seed=3)
    assert pairs == make_pairs("reverse", 200, seed=3, lengths=LENGTHS)
    assert (pairs[0].source, pairs[1].source) == ("pdxmppxm", "esookwgd")
