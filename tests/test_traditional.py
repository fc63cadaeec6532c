"""Traditional characters: read as simplified ones, each in its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.text import PieceModel
from s2s.traditional import simplified
from tests.behaviours.typed import TRADITIONAL


@pytest.mark.parametrize(
    ("traditional", "expected"),
    [
        ("我們喜歡喝臺灣的烏龍茶。", "我们喜欢喝台湾的乌龙茶。"),
        ("頭髮和麵條", "头发和面条"),
        ("我们 like tea", "我们 like tea"),
    ],
)
def test_characters_are_read_as_their_simplified_ones(traditional, expected):
    assert simplified(traditional) == expected


def test_those_of_the_behaviours_too():
    for simple, character in TRADITIONAL.items():
        assert simplified(chr(character)) == chr(simple)


@given(
    st.text(
        alphabet=st.characters(min_codepoint=0x3000, max_codepoint=0x9FFF, codec="utf-8") | st.characters(codec="utf-8")
    )
)
def test_each_stands_in_its_place_and_nothing_changes_twice(text):
    found = simplified(text)
    assert len(found) == len(text)
    assert simplified(found) == found
    assert all(one == other for one, other in zip(text, found, strict=True) if one < "\u3400")


def test_only_a_chinese_source_is_read_so(word_pieces):
    for language, text in (("zh", "爱"), ("fr", "愛"), ("", "愛")):
        assert PieceModel(word_pieces, language).read("愛").text == text
