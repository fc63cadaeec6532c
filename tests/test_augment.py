"""Changed training pairs: as many as before, by their shares, and the same ones for the same seed."""

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.augment import (
    AUGMENTATIONS,
    CONCATENATE,
    PASSAGE,
    augment,
    carried,
    check_augmentation,
    concatenate,
    drop_punctuation,
    lowercase,
    names,
    phrase,
    quotes,
    titlecase,
    typos,
)
from s2s.carried import mask_pair
from s2s.corpora import Pair
from s2s.errors import ConfigError
from s2s.names import is_chinese

HELLO = Pair("Hello, Anna !", "Bonjour, Anna !", "0-0 1-1 2-2")
PAIRS = [Pair(f"Word {n} isn't Marie.", f"Mot {n} n'est pas Marie.", "0-0 1-1 2-2 2-3 3-4") for n in range(1000)]
DICE = random.Random(0)


def test_a_lowercase_source_keeps_its_target():
    assert lowercase(HELLO, DICE) == ("hello, anna !", HELLO.target, HELLO.links)


def test_every_word_of_a_title_has_a_capital():
    assert titlecase(Pair("it's a café-bar, isn’t it?", "ô"), DICE) == ("It's A Café-Bar, Isn’t It?", "ô", "")


def test_a_phrase_is_a_part_that_no_link_leaves():
    pair = Pair("Where is the nearest station?", "Où est la gare la plus proche ?", "0-0 1-1 2-2 3-4 3-5 3-6 4-3")
    dice = random.Random(1)
    found = {phrase(pair, dice)[:2] for _ in range(500)}
    assert {("Where", "Où"), ("station", "gare"), ("nearest", "la plus proche"), ("is the", "est la")} <= found
    assert ("the nearest station", "la gare la plus proche") in found
    assert not {"the nearest", "is the nearest"} & {source for source, _ in found}  # `gare` stands inside
    assert phrase(Pair("a b", "c d"), dice) == ("a b", "c d", "")
    assert phrase(Pair("a", "b", "0-5"), dice).target == "b"  # a link to a word that does not exist


def test_phrases_of_chinese_are_made_of_characters():
    pair = Pair("I want to drink water.", "我想喝水。", "0-0 1-1 3-2 4-3")
    dice = random.Random(1)
    found = {phrase(pair, dice)[:2] for _ in range(300)}
    assert {("I", "我"), ("want", "想"), ("drink water", "喝水")} <= found


@given(seed=st.integers(0, 2**32), links=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=8))
def test_a_phrase_has_words_on_both_sides(seed, links):
    pair = Pair("a , b c ! d", "« e f , g »", " ".join(f"{row}-{column}" for row, column in links))
    found = phrase(pair, random.Random(seed))
    assert all(side.strip(" ,!«»") for side in found[:2])


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        (Pair("Go!", "Va\u202f!"), Pair("Go", "Va")),
        (Pair("Well…?", "Eh bien ..."), Pair("Well", "Eh bien")),
        (Pair("走吧。", "Let's go"), Pair("走吧", "Let's go")),
        (Pair("3.5 m, a.b", "3,5 m"), Pair("3.5 m, a.b", "3,5 m")),
        (Pair("?", "Quoi ?"), Pair("?", "Quoi ?")),
        (Pair("What?", "?!"), Pair("What?", "?!")),
    ],
)
def test_final_punctuation_is_dropped_on_both_sides_but_no_side_is_emptied(pair, expected):
    assert drop_punctuation(pair, DICE) == expected


@given(source=st.text(min_size=1, max_size=20), seed=st.integers(0, 2**32))
def test_a_typo_touches_letters_alone_and_never_empties_a_text(source, seed):
    typed = typos(Pair(source, "target", "0-0"), random.Random(seed))
    assert (typed.target, typed.links) == ("target", "0-0")
    assert typed.source
    assert abs(len(typed.source) - len(source)) <= 1

    def others(text):
        return [character for character in text if not character.isalpha()]

    assert others(typed.source) == others(source)


@given(source=st.text(string.ascii_letters, min_size=2, max_size=8), seed=st.integers(0, 2**32))
def test_a_typo_is_one_slip_of_the_finger(source, seed):
    typed = typos(Pair(source, "x"), random.Random(seed)).source
    slips = set()
    for index in range(len(source) - 1):
        before, one, two, after = source[:index], source[index], source[index + 1], source[index + 2 :]
        slips |= {before + slip + two + after for slip in ("", one + one, *string.ascii_lowercase)}
        slips.add(before + two + one + after)
    assert typed in slips


@pytest.mark.parametrize("source", ["a", "1 2 3", "?!", "a b c", "漢"])
def test_a_text_without_two_letters_in_a_row_has_no_typo(source):
    assert typos(Pair(source, "x"), DICE).source == source


def test_typos_follow_the_seed_and_are_of_every_sort():
    written = {typos(Pair("stone", "x"), random.Random(seed)).source for seed in range(300)}
    assert written == {typos(Pair("stone", "x"), random.Random(seed)).source for seed in range(300)}
    assert {"tone", "sstone", "tsone", "stoe", "stnoe"} <= written


def test_telephones_type_round_quotes():
    pair = Pair('"Don\'t", she said, "it\'s hot."', "« Non »", "0-0")
    assert quotes(pair, DICE) == ("“Don’t”, she said, “it’s hot.”", pair.target, pair.links)


def test_a_shared_name_becomes_another_one_in_the_script_of_each_side():
    pairs = [names(Pair("Tom is here.", "汤姆在这里。"), random.Random(seed)) for seed in range(60)]
    assert all(source.endswith(" is here.") and target.endswith("在这里。") for source, target, _ in pairs)
    assert not any("Tom" in source or "汤姆" in target for source, target, _ in pairs)
    assert {is_chinese(target.removesuffix("在这里。")) for _, target, _ in pairs} == {True, False}
    assert not any(is_chinese(source) for source, _, _ in pairs)
    assert names(Pair("Go!", "Va !"), DICE) == Pair("Go!", "Va !")


def test_what_is_carried_over_stands_for_a_name_or_at_the_end():
    for seed in range(30):
        source, target, _ = carried(HELLO, random.Random(seed))
        thing = source.removeprefix("Hello, ").removesuffix(" !")
        assert (source, target) == (f"Hello, {thing} !", f"Bonjour, {thing} !")
        assert mask_pair(source, target, 4) == ("Hello, ⟦0⟧ !", "Bonjour, ⟦0⟧ !")
        assert mask_pair(*carried(Pair("Go!", "Va !"), random.Random(seed))[:2], 4) == ("Go! ⟦0⟧", "Va ! ⟦0⟧")


def test_a_pair_followed_by_another_one_keeps_what_is_linked():
    joined = concatenate(Pair("Hello", "Bonjour à vous", "0-0 0-2"), Pair("See you", "À plus tard", "0-0 1-1 1-2"))
    assert joined == ("Hello See you", "Bonjour à vous À plus tard", "0-0 0-2 1-3 2-4 2-5")
    words = joined.source.split(), joined.target.split()
    linked = [tuple(map(int, link.split("-"))) for link in joined.links.split()]
    assert [(words[0][row], words[1][column]) for row, column in linked[-2:]] == [("you", "plus"), ("you", "tard")]


def test_links_are_dropped_where_one_of_two_pairs_has_none():
    assert concatenate(HELLO, Pair("See you", "À plus")).links == ""
    assert concatenate(Pair("See you", "À plus"), HELLO).links == ""


@pytest.mark.parametrize("kind", [*AUGMENTATIONS, CONCATENATE, PASSAGE])
def test_a_kind_changes_its_share_of_the_pairs(kind):
    changed = augment(PAIRS, {kind: 0.25}, random.Random(1))
    assert len(changed) == len(PAIRS)
    share = sum(one != other for one, other in zip(PAIRS, changed, strict=True)) / len(PAIRS)
    assert share == pytest.approx(0.25, abs=0.05)


@pytest.mark.parametrize("kind", [*AUGMENTATIONS, CONCATENATE, PASSAGE])
def test_a_share_of_nothing_changes_no_pair_and_one_of_all_changes_every_pair(kind):
    assert augment(PAIRS, {kind: 0}, random.Random(1)) == PAIRS
    changed = augment(PAIRS, {kind: 1}, random.Random(1))
    same = [pair for pair, other in zip(PAIRS, changed, strict=True) if pair == other]
    assert len(same) <= (20 if kind == "typos" else 0)  # a letter may be exchanged for itself


def test_a_passage_is_three_to_six_pairs():
    lengths = {len(pair.source.split("!")) - 1 for pair in augment([Pair("Go!", "Va !")] * 60, {PASSAGE: 1}, DICE)}
    assert lengths == {3, 4, 5, 6}


def test_several_kinds_meet_in_one_pair():
    (pair,) = augment([Pair("Go!", "Va !")], {"lowercase": 1.0, "drop_punctuation": 1.0}, random.Random(0))
    assert pair == Pair("go", "Va")


ALL = dict.fromkeys([*AUGMENTATIONS, CONCATENATE, PASSAGE], 0.3)


def test_the_same_seed_makes_the_same_changes_and_another_one_others():
    assert augment(PAIRS, ALL, random.Random(5)) == augment(PAIRS, ALL, random.Random(5))
    assert augment(PAIRS, ALL, random.Random(5)) != augment(PAIRS, ALL, random.Random(6))


def test_nothing_to_change_is_no_error():
    assert augment([], ALL, random.Random(0)) == []


def test_a_kind_of_ones_own_is_taken(monkeypatch):
    monkeypatch.setitem(AUGMENTATIONS, "backwards", lambda pair, _: pair._replace(source=pair.source[::-1]))
    check_augmentation({"backwards": 1.0})
    assert augment([HELLO], {"backwards": 1.0}, random.Random(0))[0].source == HELLO.source[::-1]


def test_an_unknown_kind_names_the_known_ones():
    with pytest.raises(
        ConfigError, match=r"unknown augmentation typo; known: lowercase, .*typos, .*, concatenate, passage"
    ):
        check_augmentation({"typo": 0.1})


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan"), "0.1", None, True])
def test_a_share_that_is_none_is_named(share):
    with pytest.raises(ConfigError, match=r"data\.augmentation\.typos must be a share in \[0, 1\], got"):
        check_augmentation({"typos": share})
