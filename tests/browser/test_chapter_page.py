"""The chapter, opened in the page: readable in both languages and themes, on a phone, with keys alone."""

import re

import pytest
from playwright.sync_api import expect

from s2s.page.words import CHINESE, ENGLISH
from tests.browser.looks import expect_no_scrolling_aside, expect_open_to_all, on_a_phone
from tests.browser.test_translate import opened

CHAPTER = ".chapter article"


def open_chapter(page, words):
    opened(page)
    page.get_by_role("tab", name=words["tab_about"]).click()
    page.get_by_role("link", name=words["about_chapter_read"]).click()
    page.locator(f"{CHAPTER} h2").wait_for()


def test_it_opens_from_about_and_returns_with_keys_alone(page):
    opened(page)
    page.get_by_role("tab", name=ENGLISH["tab_about"]).click()
    link = page.get_by_role("link", name=ENGLISH["about_chapter_read"])
    link.press("Enter")
    title = page.get_by_role("heading", name="Seq2Seq and attention: a chapter")
    expect(title).to_be_focused()
    expect(page.locator("#models")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(link).to_be_focused()
    expect(page.locator("#models")).to_be_visible()
    page.go_back()
    expect(title).to_be_focused()
    page.get_by_role("button", name=ENGLISH["chapter_back"]).click()
    expect(link).to_be_focused()


def test_a_heading_a_formula_and_a_figure_appear(page):
    open_chapter(page, ENGLISH)
    expect(page.get_by_role("heading", name="Teacher forcing", exact=True)).to_be_visible()
    formula = page.locator(f"{CHAPTER} math[display=block]").first
    expect(formula).to_be_visible()
    figure = page.locator(f"{CHAPTER} img").first
    figure.scroll_into_view_if_needed()
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=figure.element_handle())
    expect_open_to_all(page, "#about")
    expect_no_scrolling_aside(page)


def test_its_sections_and_its_links_lead_to_headings(page):
    open_chapter(page, ENGLISH)
    page.get_by_role("navigation", name=ENGLISH["chapter_sections"]).get_by_role("link", name="Search").click()
    expect(page.get_by_role("heading", name="Search", exact=True)).to_be_focused()
    expect(page.get_by_role("heading", name="Search", exact=True)).to_be_in_viewport()
    expect(page.get_by_role("button", name=ENGLISH["chapter_back"])).to_be_in_viewport()
    page.locator(CHAPTER).get_by_role("link", name="Kinds of attention").click()
    expect(page.get_by_role("heading", name="Kinds of attention")).to_be_focused()


def test_an_address_opens_it_at_its_heading(page):
    page.goto("about:blank")
    page.goto("/#chapter-search")
    expect(page.get_by_role("heading", name="Search", exact=True)).to_be_focused()
    expect(page.get_by_role("heading", name="Search", exact=True)).to_be_in_viewport()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_on_a_phone_what_is_wide_scrolls_in_its_own_frame(page, chinese_page, language):
    page, words = (page, ENGLISH) if language == "en" else (chinese_page, CHINESE)
    open_chapter(page, words)
    with on_a_phone(page):
        for frame in ("pre.scroll", *(f".scroll:has({wide})" for wide in ("math", "table", "img"))):
            expect(page.locator(f"{CHAPTER} {frame}[tabindex='0']").first).to_be_attached()
        expect_no_scrolling_aside(page)
        page.locator(f"{CHAPTER} h3").last.scroll_into_view_if_needed()
        expect(page.get_by_role("button", name=words["chapter_back"])).to_be_in_viewport()
        expect_open_to_all(page, "#about")


def test_a_chinese_visitor_reads_it_in_chinese_and_may_turn_to_english(chinese_page):
    page = chinese_page
    open_chapter(page, CHINESE)
    expect(page.get_by_role("heading", name="教师强制", exact=True)).to_be_visible()
    expect(page.locator(f"{CHAPTER} math").first).to_be_visible()
    page.locator(CHAPTER).get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", name="Seq2Seq and attention: a chapter")).to_be_focused()


def test_nothing_of_it_is_fetched_before_it_is_opened(page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    opened(page)
    page.get_by_role("tab", name=ENGLISH["tab_about"]).click()
    page.locator("#models").wait_for()
    ours = re.compile(r"chapter\.|en\.html|exposure\.png")
    assert not [url for url in asked if ours.search(url)]
    page.get_by_role("link", name=ENGLISH["about_chapter_read"]).click()
    page.locator(f"{CHAPTER} h2").wait_for()
    assert [url for url in asked if ours.search(url)]
