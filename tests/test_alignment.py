"""Links: from weights, of two directions, from gold files, and how good they are."""

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.alignment import GoldPair, links_of, read_gold, score_links, symmetrize, to_pharaoh, turned
from s2s.errors import DataError

LINKS = st.frozensets(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=10)


def parse(text):
    return frozenset(tuple(map(int, link.split("-"))) for link in text.split())


# --- from weights ---


def test_each_target_word_is_linked_to_where_it_looks_most():
    weights = np.float32([[0.1, 0.9], [0.6, 0.4], [0.5, 0.5]])
    assert to_pharaoh(links_of(weights)) == "0-1 0-2 1-0"


def test_a_target_word_that_looks_mostly_at_nobodys_pieces_has_no_link():
    assert links_of(np.float32([[0.3, 0.1], [0.6, 0.0], [0, 0]])) == {(0, 1)}


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_where_there_are_no_words_there_are_no_links(shape):
    assert to_pharaoh(links_of(np.zeros(shape))) == ""


# --- two directions ---


@given(LINKS, LINKS)
def test_grow_diag_lies_between_the_intersection_and_the_union(forward, backward):
    grown = symmetrize(forward, backward, "grow-diag-final-and")
    assert symmetrize(forward, backward, "intersection") <= grown <= symmetrize(forward, backward, "union")
    linked = {source for source, _ in grown}, {target for _, target in grown}
    assert all(source in linked[0] or target in linked[1] for source, target in forward | backward)


@given(LINKS)
def test_directions_that_agree_stay_as_they_are(links):
    for method in ("intersection", "union", "grow-diag-final-and"):
        assert symmetrize(links, links, method) == links
    assert turned(turned(links)) == links


@pytest.mark.parametrize(
    ("forward", "backward", "grown"),
    [
        ("0-0 1-1", "0-0 1-2", "0-0 1-1 1-2"),  # neighbours, one after the other
        ("0-0 0-1", "0-0", "0-0 0-1"),  # a neighbour that would leave word 1 of the target without
        ("0-0 0-3", "0-0", "0-0"),  # no neighbour, and word 0 of the source has a link
        ("0-0 3-3", "0-0", "0-0 3-3"),  # two words that have none
        ("2-0", "0-2", "0-2 2-0"),
        ("0-0", "", "0-0"),
    ],
)
def test_links_of_one_direction_are_added_where_words_would_be_left_without(forward, backward, grown):
    assert to_pharaoh(symmetrize(parse(forward), parse(backward), "grow-diag-final-and")) == grown


# --- gold ---


def write(path, *lines):
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
    return path


def test_a_gold_file_is_read_from_0_and_what_cannot_be_used_is_counted(tmp_path):
    path = write(tmp_path / "gold.tsv.gz", "a b\tc\t1-1 2p1 3-1 1-0", "a b\tc\t1-1", "a\tb\t")
    gold = read_gold(path)
    assert gold.pairs == [
        GoldPair("a b", "c", frozenset({(0, 0)}), frozenset({(0, 0), (1, 0)})),
        GoldPair("a", "b", frozenset(), frozenset()),
    ]
    assert (gold.repeated, gold.out_of_range) == (1, 2)


@pytest.mark.parametrize("line", ["a\tb", "a\tb\t1-1 x", "a\tb\t1:1", "a\tb\tc\t1-1", ""])
def test_a_gold_line_of_another_form_is_named(tmp_path, line):
    path = write(tmp_path / "gold.tsv.gz", "a\tb\t1-1", line)
    with pytest.raises(DataError, match="line 2: expected source, tab, target, tab, links"):
        read_gold(path)


# --- scores ---


def pair(sure, possible=""):
    return GoldPair("", "", parse(sure), parse(sure) | parse(possible))


def test_a_score_is_counted_by_hand():
    # A = 4 links: 2 of 3 sure ones, 1 possible one, 1 wrong one.
    score = score_links([parse("0-0 1-1"), parse("0-1 3-3")], [pair("0-0 1-1"), pair("2-2", "0-1")])
    assert score.precision == pytest.approx(3 / 4)
    assert score.recall == pytest.approx(2 / 3)
    assert score.error_rate == pytest.approx(1 - (2 + 3) / (4 + 3))


@given(LINKS, LINKS)
def test_what_is_sure_alone_is_perfect_and_possible_links_cost_nothing(sure, possible):
    gold = GoldPair("", "", sure, sure | possible)
    for found in (sure, sure | possible):
        score = score_links([found], [gold])
        assert (score.error_rate, score.precision, score.recall) == (0, 1, 1)


@given(LINKS, LINKS, LINKS)
def test_an_error_rate_is_from_0_to_1(found, sure, possible):
    score = score_links([found], [GoldPair("", "", sure, sure | possible)])
    assert 0 <= score.error_rate <= 1
    if not possible - sure and found and sure:  # then it is 1 - F1
        mean = score.precision + score.recall
        harmonic = 2 * score.precision * score.recall / mean if mean else 0
        assert score.error_rate == pytest.approx(1 - harmonic)
