"""Other names in training pairs: on both sides, and nothing else changes."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.names import CHINESE, chinese, is_chinese, made_up, rename


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("Tom died.", "Tom est mort.", ("X died.", "Y est mort.")),
        ("I saw Mary and Tom.", "J'ai vu Mary et Tom.", ("I saw X and Tom.", "J'ai vu Y et Tom.")),
        ("Tom's friend Tom left.", "Tom ging.", ("X's friend X left.", "Y ging.")),
        ("Tom died.", "汤姆去世了。", ("X died.", "Y去世了。")),
        ("我喜欢玛丽。", "I like Mary.", ("我喜欢X。", "I like Y.")),
        ("Tom died.", "Tom去世了。", ("X died.", "Y去世了。")),
        ("The dog died.", "Le chien est mort.", None),
        ("Tomorrow I go.", "Tom va.", None),
        ("I am here.", "I am there.", None),
        ("", "", None),
    ],
)
def test_a_name_of_both_sides_is_exchanged(source, target, expected):
    assert rename(source, target, ("X", "Y")) == expected


@given(st.text(), st.text())
def test_any_text_is_taken(source, target):
    changed = rename(source, target, ("X", "Y"))
    assert changed is None or changed != (source, target)


def test_names_follow_the_seed_and_are_many():
    for maker in (made_up, chinese):
        names = [maker(random.Random(seed)) for seed in range(500)]
        assert names == [maker(random.Random(seed)) for seed in range(500)]
        assert len(set(names)) > 300


def test_names_are_words_with_a_capital():
    for seed in range(200):
        assert made_up(random.Random(seed)).istitle()
        letters, characters = chinese(random.Random(seed))
        assert letters.istitle()
        assert letters.isascii()
        assert 2 <= len(characters) <= 3
        assert is_chinese(characters)
        assert not is_chinese(letters)


def test_the_known_names_are_whole_words_in_letters_and_characters():
    for letters, characters in CHINESE.items():
        assert rename(f"{letters} ok", f"{characters}好", ("A", "B")) == ("A ok", "B好")
