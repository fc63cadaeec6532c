"""Signs in Chinese text: full width between Chinese characters, as they were elsewhere, and never another length."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.constraints import Constraints
from s2s.models import EMBEDDED
from s2s.page.scene import sentence_parts
from s2s.punctuation import full_width, half_width, without_blanks
from s2s.translator import Translator

CHINESE_AND_SIGNS = st.text(st.sampled_from("你好世界ab3 ,!?:;()⟦⟧，！？：；（）。“”"), max_size=20)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("你好,世界!", "你好，世界！"),
        ("Tom,你好吗?", "Tom，你好吗？"),
        ("我在10:30到,好吗?!", "我在10:30到，好吗？！"),
        ("他说:“好!”", "他说：“好！”"),
        ("价格是3,5元;(很贵)", "价格是3,5元；（很贵）"),
        ("⟦0⟧,你在吗?", "⟦0⟧，你在吗？"),
        ("我喜欢a,b和f(x)。", "我喜欢a,b和f(x)。"),
        ("Hello, world!", "Hello, world!"),
        ("", ""),
    ],
)
def test_signs_stand_as_chinese_is_written(written, expected):
    assert full_width(written) == expected


@given(CHINESE_AND_SIGNS | st.text(max_size=30))
def test_nothing_but_the_width_of_signs_changes(text):
    wide = full_width(text)
    assert len(wide) == len(text)
    assert half_width(wide) == half_width(text)
    assert full_width(wide) == wide


@pytest.fixture(scope="module")
def translator():
    return Translator.load(EMBEDDED / "en-zh", "cpu")


def test_a_chinese_target_has_full_width_signs_and_an_address_keeps_its_own(translator):
    target = translator.translate("Do you know https://a.org/?q=1,2 and this book?").target
    assert target.endswith("？")
    assert "https://a.org/?q=1,2" in target


def test_words_of_such_a_target_are_still_found_in_it(translator):
    (sentence,) = translator.translate("If it rains, will you stay at home?").sentences
    target = sentence.best.target
    assert "？" in target
    parts = list(sentence_parts(sentence, 0, 0))
    assert "".join(part[0] for part in parts) == target
    assert "？" in {part[0][-1] for part in parts if len(part) > 1}


def test_a_beginning_may_have_either_width(translator):
    source = "If it rains, will you stay at home?"
    begun = [translator.translate(source, constraints=Constraints(prefix=f"如果下雨{sign}")) for sign in "，,"]
    wide, half = (translation.target for translation in begun)
    assert wide == half
    assert wide.startswith("如果下雨，")


def test_blanks_between_characters_are_none():
    text = "我  喜欢 tea 和 茶。 你 呢？"
    found, places = without_blanks(text)
    assert found == "我喜欢 tea 和茶。你呢？"
    assert [text[place] for place in places[:-1]] == list(found)
    assert places[-1] == len(text)
    assert without_blanks("I like tea.")[0] == "I like tea."
