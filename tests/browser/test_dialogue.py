"""Dialogue as a visitor uses it: turns and answers, and where the model looked for each."""

from functools import cache

import numpy as np
import pytest
from playwright.sync_api import expect

from s2s.models import EMBEDDED
from s2s.page.dialogue import OPENING, Asked, scene_of
from s2s.page.dialogue_words import DIALOGUE
from s2s.translator import Translator
from tests.browser.looks import expect_chinese, expect_no_scrolling_aside, expect_open_to_all, on_a_phone

TIMEOUT_MS = 60_000  # the machine may be busy
DRAWN = "document.querySelector('#dialogue .js-plotly-plot')?._fullData?.[0]?.z?.map(row => [...row])"
TURN = "What about something cheaper?"


@cache
def scene(*turns):
    """What Python makes of some turns."""
    translator, asked = Translator.load(EMBEDDED / "dialogue"), Asked(turns=turns)
    return scene_of(translator.translate(asked.source, asked.config()), translator.pieces)


@cache
def opening():
    """The turns of both sides that stand there when the page opens."""
    turns = []
    for text in OPENING:
        turns.append(text)
        turns.append(scene(*turns)["target"])
    return tuple(turns)


def opened(page):
    """The section, with its conversation begun."""
    page.set_default_timeout(TIMEOUT_MS)
    page.goto("about:blank")
    page.goto("/")
    page.get_by_role("tab", name="More tasks").or_(page.get_by_role("tab", name="更多任务")).click()
    page.locator("#tasks").get_by_role("tab", name="Dialogue").or_(page.get_by_role("tab", name="对话")).click()
    expect_said(page, *opening())
    return page


def expect_said(page, *turns):
    expect(page.locator("#dialogue-log .said")).to_have_text(list(turns), timeout=TIMEOUT_MS)


def say(page, text):
    page.fill("#dialogue-text", text)
    page.press("#dialogue-text", "Enter")


@pytest.fixture
def visitor(page):
    return opened(page)


def test_a_conversation_is_begun_and_the_heatmap_of_its_last_answer_is_drawn(visitor):
    expected = scene(*opening()[:-1])
    visitor.wait_for_function(f"{DRAWN}?.length === {len(expected['rows'])}")
    np.testing.assert_allclose(visitor.evaluate(DRAWN), expected["figure"]["data"][0]["z"], atol=1e-5)
    expect(visitor.locator("#dialogue-source")).to_have_text("".join(part[0] for part in expected["source"]))


def test_the_heatmap_of_every_answer_is_a_press_away(visitor):
    expected = scene(OPENING[0])
    buttons = visitor.locator("#dialogue-log .look")
    expect(buttons.nth(1)).to_have_attribute("aria-pressed", "true")
    buttons.nth(0).click()
    expect(buttons.nth(0)).to_have_attribute("aria-pressed", "true")
    expect(buttons.nth(1)).to_have_attribute("aria-pressed", "false")
    expect(visitor.locator("#dialogue-source")).to_have_text(OPENING[0])
    visitor.wait_for_function(f"{DRAWN}?.length === {len(expected['rows'])}")
    np.testing.assert_allclose(visitor.evaluate(DRAWN), expected["figure"]["data"][0]["z"], atol=1e-5)


def test_what_is_said_is_answered_behind_the_answer_before_and_nothing_jumps(visitor):
    before = visitor.locator("#dialogue-log").bounding_box()
    say(visitor, TURN)
    expect_said(visitor, *opening(), TURN, scene(*opening(), TURN)["target"])
    assert visitor.locator("#dialogue-log").bounding_box() == before
    assert visitor.input_value("#dialogue-text") == ""
    at_end = visitor.evaluate(
        "(log => log.scrollHeight - log.scrollTop - log.clientHeight)(document.querySelector('#dialogue-log'))"
    )
    assert at_end < 2


def test_a_word_that_is_pointed_at_says_where_it_looked(visitor):
    visitor.locator("#dialogue-answer .word").first.hover()
    expect(visitor.locator("#dialogue .readout")).to_contain_text("looked at")
    assert visitor.locator("#dialogue .heat-row").count() >= 1


def test_starting_over_forgets_what_was_said(visitor):
    visitor.click("#dialogue-over")
    expect(visitor.locator("#dialogue-log")).to_have_text(DIALOGUE["talk_empty"][0])
    say(visitor, TURN)
    expect_said(visitor, TURN, scene(TURN)["target"])


def test_answers_can_be_drawn_by_chance(visitor):
    visitor.locator("#dialogue-how summary").click()
    assert visitor.locator("#dialogue-temperature").is_disabled()
    visitor.locator("#dialogue-how").get_by_text(DIALOGUE["talk_sample"][0], exact=True).click()
    assert visitor.locator("#dialogue-temperature").is_enabled()
    visitor.fill("#dialogue-temperature", "2")
    visitor.fill("#dialogue-top_p", "1")
    seen = set()
    for count in (3, 4, 5):  # at this temperature no two answers are the same
        say(visitor, TURN)
        expect(visitor.locator("#dialogue-log .look")).to_have_count(count, timeout=TIMEOUT_MS)
        seen.add(visitor.locator("#dialogue-log .theirs .said").last.text_content())
    assert len(seen) > 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("🎉🐈 🚀", "There are no words to answer"),
        ("word " * 101, "The text has 505 characters; at most 500 are taken"),
    ],
    ids=["emoji", "too long"],
)
def test_what_cannot_be_answered_is_said_and_goes_back_to_be_mended(visitor, text, said):
    say(visitor, text)
    expect(visitor.locator("#dialogue .notices .wrong")).to_contain_text(said)
    expect_said(visitor, *opening())
    assert visitor.input_value("#dialogue-text") == text


def test_markup_is_text(visitor):
    say(visitor, "<b>bold</b> & <img src=x onerror=alert(1)>")
    expect(visitor.locator("#dialogue-log .look")).to_have_count(3, timeout=TIMEOUT_MS)
    assert visitor.locator("#dialogue-log .mine .said").last.text_content().startswith("<b>bold</b> & <img")
    assert visitor.locator("#dialogue b, #dialogue img").count() == 0


def test_another_visitor_sees_nothing_of_it(visitor, open_page):
    say(visitor, TURN)
    expect(visitor.locator("#dialogue-log .look")).to_have_count(3, timeout=TIMEOUT_MS)
    other = open_page(locale="en-US")
    opened(other)
    expect_said(other, *opening())
    other.context.close()
    opened(visitor)
    expect_said(visitor, *opening())


def test_axe_finds_nothing_serious(visitor):
    visitor.locator("#dialogue-how summary").click()
    expect_open_to_all(visitor, "#dialogue")


def test_on_a_phone_in_chinese_nothing_is_cut(chinese_page):
    visitor = opened(chinese_page)  # wide, where its tab can be pressed
    with on_a_phone(visitor):
        expect_no_scrolling_aside(visitor)
        expect_chinese(
            visitor,
            "#dialogue",
            DIALOGUE,
            ("talk_lead", "talk_send", "talk_over", "talk_read", "talk_figure", "talk_limits"),
        )
