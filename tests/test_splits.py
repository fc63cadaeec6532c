"""Honest splits: no text of a held-out pair is seen in training."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.corpora import Pair, make_reversals
from s2s.errors import DataError
from s2s.splits import NEIGHBOURS, RARE, family_links, keys_of, split_by_groups

PAIRS = make_reversals(200, seed=3)

side = st.text("aAbB.! ", min_size=1, max_size=3)
some_pairs = st.lists(st.builds(Pair, side, side), min_size=1, max_size=40)


def plain(text):
    return re.sub("[.! ]+", " ", text.lower()).strip()


@given(some_pairs, st.lists(st.integers(1, 8), min_size=1, max_size=3), st.integers(0, 3))
def test_splits_share_no_side_and_lose_no_pair(pairs, sizes, seed):
    try:
        train, held_out = split_by_groups(pairs, sizes, seed)
    except DataError:
        return
    splits = [train, *held_out]
    assert sorted(row for rows in splits for row in rows) == list(range(len(pairs)))
    for index in (0, 1):
        sides = [{plain(pairs[row][index]) for row in rows} for rows in splits]
        assert sum(map(len, sides)) == len(set.union(*sides))


@given(some_pairs, st.sets(side.map(plain), max_size=3), st.integers(0, 3))
def test_what_a_parent_has_seen_is_not_held_out(pairs, seen, seed):
    try:
        train, (held_out,) = split_by_groups(pairs, [4], seed, seen)
    except DataError:
        return
    assert sorted([*train, *held_out]) == list(range(len(pairs)))
    assert seen.isdisjoint(plain(text) for row in held_out for text in pairs[row][:2])


def test_held_out_splits_have_at_least_their_size_and_follow_the_seed():
    train, (valid, test) = split_by_groups(PAIRS, [20, 30], seed=1)
    assert (len(train), len(valid), len(test)) == (150, 20, 30)
    assert split_by_groups(PAIRS, [20, 30], seed=1) == (train, [valid, test])
    assert split_by_groups(PAIRS, [20, 30], seed=2) != (train, [valid, test])


def test_a_group_is_held_out_whole_even_if_it_is_larger_than_asked_for():
    pairs = [Pair("yes", str(number)) for number in range(5)] + [Pair("no", "other")]
    train, (held_out,) = max(split_by_groups(pairs, [1], seed) for seed in range(10))
    assert sorted(held_out) == [0, 1, 2, 3, 4]
    assert train == [5]


def test_nothing_is_held_out_where_nothing_is_asked_for():
    train, held_out = split_by_groups(PAIRS, [], seed=1)
    assert sorted(train) == list(range(200))
    assert held_out == []


def test_too_few_pairs_to_hold_out_are_an_error():
    with pytest.raises(DataError, match=r"200 pairs are too few to hold out 100 \+ 100"):
        split_by_groups(PAIRS, [100, 100], seed=1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Pair("Où est-ce ?", "x"), Pair("où est ce", "x")),
        (Pair("a_b", "x"), Pair("A b!", "X.")),
        (Pair("  two  words ", "x"), Pair("two words", "x")),
        (Pair("你好。", "x"), Pair("你好", "x")),
    ],
)
def test_texts_that_differ_in_case_and_punctuation_alone_have_one_key(one, other):
    assert keys_of(one) == keys_of(other)


def test_a_source_is_not_taken_for_a_target():
    source, target = keys_of(Pair("chat", "chat"))
    assert source != target


def test_other_words_have_other_keys():
    assert not set(keys_of(Pair("a cat", "un chat"))) & set(keys_of(Pair("a dog", "un chien")))


@pytest.mark.parametrize(("one", "other"), [("caf\u00e9", "cafe\u0301"), ("ﬁn", "fin"), ("Ｐａｒｉｓ", "Paris")])
def test_texts_that_are_the_same_to_the_model_have_one_key(one, other):
    assert keys_of(Pair(one, "x")) == keys_of(Pair(other, "x"))


# --- families ---

FILLER = [Pair(f"{row} of it", f"no {row}") for row in range(NEIGHBOURS)]  # nothing that could be a name


def linked(pairs):
    return {tuple(sorted((pairs[one].source, pairs[other].source))) for one, other in family_links(pairs)}


def test_neighbours_that_share_a_name_are_one_family_and_distant_rows_are_not():
    near = [Pair("Frobnitz draws", "editor"), *FILLER[1:], Pair("For frobnitz only", "data files")]
    assert linked(near) == {("For frobnitz only", "Frobnitz draws")}
    far = [near[0], *FILLER, near[-1]]
    assert linked(far) == set()


def test_three_names_make_a_family_at_any_distance_and_two_do_not():
    names = "frobnitz quux xyzzy"
    for shared, is_family in ((names, True), ("frobnitz quux", False)):
        pairs = [Pair(f"{names} draw", "editor"), *FILLER, *FILLER, Pair("It prints", f"for {shared}")]
        assert bool(linked(pairs)) is is_family


def test_a_word_that_many_have_and_a_number_are_no_names():
    common = [Pair(f"library {letter}{letter}", "to link") for letter in "abcdefghijklmnopqrstuvw"]
    assert len(common) > RARE
    assert linked(common) == set()
    assert linked([Pair("since 1989", "old"), Pair("of 1989", "ancient"), Pair("an ox", "is ox")]) == set()


def test_a_family_is_on_one_side_of_a_split():
    pairs = [
        Pair(f"{name}{part} {name}", f"part {row}{part} of it") for row, name in enumerate(NAMES) for part in "abc"
    ]
    _, (held_out,) = split_by_groups(pairs, [7], seed=1, families=True)
    assert len(held_out) == 9
    assert sorted(held_out) == sorted(row for start in held_out if start % 3 == 0 for row in range(start, start + 3))
    _, (alone,) = split_by_groups(pairs, [7], seed=1)
    assert len(alone) == 7


NAMES = ["frobnitz", "quux", "xyzzy", "plugh", "grault", "garply", "waldo", "fred"]
