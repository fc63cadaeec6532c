"""Headline as a visitor uses it: a text in, a line out, with what of it was copied."""

from functools import cache

import numpy as np
import pytest
from playwright.sync_api import expect

from s2s.models import EMBEDDED
from s2s.page.headline import CONFIG, EXAMPLES, scene_of
from s2s.page.headline_words import HEADLINE
from s2s.translator import Translator
from tests.browser.looks import expect_chinese, expect_no_scrolling_aside, expect_open_to_all, on_a_phone

TIMEOUT_MS = 60_000  # the machine may be busy
DRAWN = "document.querySelector('#headline .js-plotly-plot')?._fullData?.[0]?.z?.map(row => [...row])"


@cache
def scene(text):
    """What Python makes of a text."""
    translator = Translator.load(EMBEDDED / "headline")
    return scene_of(translator.translate(text, CONFIG), translator.pieces)


def opened(page):
    """The section, with its example worked."""
    page.set_default_timeout(TIMEOUT_MS)
    page.goto("about:blank")
    page.goto("/")
    page.get_by_role("tab", name="More tasks").or_(page.get_by_role("tab", name="更多任务")).click()
    page.locator("#tasks").get_by_role("tab", name="Headline").or_(page.get_by_role("tab", name="标题")).click()
    expect_headline(page, EXAMPLES[0])
    return page


def expect_headline(page, text):
    expected = "".join(part[0] for part in scene(text)["answer"])
    expect(page.locator("#headline-answer")).to_have_text(expected, timeout=TIMEOUT_MS)


@pytest.fixture
def visitor(page):
    return opened(page)


def test_the_example_is_worked_with_its_heatmap_and_its_copied_words(visitor):
    expected = scene(EXAMPLES[0])
    visitor.wait_for_function(f"{DRAWN}?.length === {len(expected['rows'])}")
    np.testing.assert_allclose(visitor.evaluate(DRAWN), expected["figure"]["data"][0]["z"], atol=1e-5)
    words = visitor.locator("#headline-answer .word").all()
    marked = ["copied" in word.get_attribute("class") for word in words]
    assert marked == [origin["copied"] >= 0.5 for origin in expected["origins"][: len(words)]]
    assert any(marked)
    strengths = visitor.locator("#headline-source .word").evaluate_all(
        "words => words.map(word => Number(word.style.getPropertyValue('--strength')))"
    )
    covered = [min(1, value) if value >= 0.02 else 0 for value in expected["coverage"]]
    np.testing.assert_allclose(strengths, covered, atol=1e-3)


def test_a_word_that_is_pointed_at_says_where_it_comes_from(visitor):
    expected = scene(EXAMPLES[0])
    place = max(range(len(expected["origins"])), key=lambda word: expected["origins"][word]["copied"])
    visitor.locator("#headline-answer .word").nth(place).hover()
    expect(visitor.locator("#headline .readout")).to_contain_text("of its probability was copied, from")
    assert visitor.locator("#headline .heat-row").count() >= 1


def test_a_text_that_is_typed_is_summed_up(visitor):
    visitor.fill("#headline-text", EXAMPLES[2])
    visitor.click("#headline-go")
    expect_headline(visitor, EXAMPLES[2])
    expect(visitor.locator("#headline-source")).to_have_text(EXAMPLES[2])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "There is no text"),
        ("🎉🐈 🚀", "There are no words in this text to sum up"),
        ("word " * 10_000, "The text has 50,000 characters; at most 2,000 are taken"),
    ],
    ids=["empty", "emoji", "10,000 words"],
)
def test_what_cannot_be_summed_up_is_said_and_the_answer_before_stays(visitor, text, said):
    visitor.fill("#headline-text", text)
    visitor.click("#headline-go")
    expect(visitor.locator("#headline .notices .wrong")).to_contain_text(said)
    expect_headline(visitor, EXAMPLES[0])
    assert visitor.input_value("#headline-text") == text


def test_axe_finds_nothing_serious(visitor):
    expect_open_to_all(visitor, "#headline")


def test_on_a_phone_in_chinese_nothing_is_cut(chinese_page):
    visitor = opened(chinese_page)  # wide, where its tab can be pressed
    with on_a_phone(visitor):
        expect_no_scrolling_aside(visitor)
        expect_chinese(
            visitor,
            "#headline",
            HEADLINE,
            ("head_lead", "head_go", "head_read", "head_figure", "head_limits", "head_copied"),
        )
