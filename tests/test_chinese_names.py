"""Chinese names in characters: found, spelled in letters, and carried over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.chinese_names import names_in_letters
from s2s.config import SearchConfig
from s2s.models import EMBEDDED
from s2s.page.scene import word_spans
from s2s.text import PieceModel
from s2s.translator import Translator

RARE = set("赵瓯")


def spell(text, *words):
    """The names of a text of which these words are pieces, and every other character is one."""

    def spans(text):
        found, place = [], 0
        while place < len(text):
            size = next((len(word) for word in words if text.startswith(word, place)), 1)
            found.append((place, place + size))
            place += size
        return found

    return names_in_letters(text, spans, lambda character: character not in RARE)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("我叫王小明。", "我叫Wang Xiaoming。"),
        ("你认识宋思远和欧阳娜娜吗？", "你认识Song Siyuan和Ouyang Nana吗？"),
        ("陈静在家。", "陈静在家。".replace("陈静", "Chen Jing")),
        ("曾子轩走了。", "Zeng Zixuan走了。"),
        ("李小安来了。", "Li Xiao'an来了。"),
        ("王先生在吗？", "Wang先生在吗？"),
        ("欧阳老师很好。", "Ouyang老师很好。"),
        ("我给赵敏打了电话。", "我给Zhao Min打了电话。"),
    ],
)
def test_a_name_is_spelled(text, read):
    assert spell(text)[0] == read
    assert len(spell(text)[1]) == 1 + text.count("欧阳娜娜")


@pytest.mark.parametrize(
    "text",
    [
        "他很高兴。",
        "三张明信片",
        "我明白老师的话。",
        "请向老师问好。",
        "黄河很长。",
        "韩国很美。",
        "白云很美。",
        "方便的话",
        "",
        "Tom",
    ],
)
def test_other_words_stay(text):
    found = spell(text, "明白")
    assert (found.text, found.names) == (text, ())


def test_a_piece_of_the_model_is_no_part_of_a_name():
    assert spell("谢春天来了", "春天")[1] == ()
    assert spell("谢春梅来了", "春梅")[1] == ()
    assert spell("宋春梅来了", "春梅")[1] == ("Song Chunmei",)  # Song is hardly another word


@given(st.text(alphabet="王李谢高欧阳小明春梅先生老师的。a ", max_size=12))
def test_what_is_no_name_stays_as_it_is(text):
    read, names, places = spell(text)
    assert len(places) in (0, len(read) + 1)
    assert list(places) == sorted(places)
    for place, character in zip(places, read, strict=False):
        assert character == text[place] or any(character in name for name in names)
    for name in names:
        assert name in read
        read = read.replace(name, "", 1)
    rest = iter(text)
    assert all(character in rest for character in read)


@pytest.mark.parametrize("beam_size", [1, 5])
def test_it_arrives_in_its_place(beam_size):
    translator = Translator.load("checkpoints/zh-en", "cpu")
    text = "你认识彭子轩吗？"
    translation = translator.translate(text, SearchConfig(beam_size=beam_size))
    assert translation.target == "Do you know Peng Zixuan?"
    assert translation.warnings == ()
    spans = word_spans(translation.sentences[0], translator.pieces)
    assert "彭子轩" in [text[begin:end] for begin, end in spans]
    assert "".join(text[begin:end] for begin, end in spans) == text
    assert translator.translate("請問陳美麗在嗎？").sentences[0].carried == ("Chen Meili",)


def test_only_where_letters_are_written_and_things_are_carried_over(word_pieces):
    pieces = PieceModel(word_pieces, "zh", "en")
    assert pieces.placeholders == 0
    assert pieces.read("我叫王小明。").text == "我叫王小明。"
    pieces = Translator.load("checkpoints/zh-en", "cpu").pieces
    assert pieces.read("我叫王小明。").carried == ("Wang Xiaoming",)
    assert "王小明" in PieceModel(EMBEDDED / "zh-en" / "text.spm", "zh", "zh").read("我叫王小明。").text


def test_an_unknown_character_is_carried_over_alone():
    translator = Translator.load("checkpoints/zh-en", "cpu")
    reading = translator.pieces.read("他住在瓯海，这个饕餮很可怕。")
    assert (reading.text, reading.carried) == ("他住在⟦0⟧海，这个⟦1⟧很可怕。", ("瓯", "饕餮"))
