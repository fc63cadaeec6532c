"""Comfort for everybody: readers of screens, both themes, no jumps while an answer is written."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from s2s.page.translate import EXAMPLES
from s2s.page.words import ENGLISH
from tests.browser.test_translate import ask, expect_answer, opened, translate

LAYOUT_SHIFTS = """() => {
    window.shifted = 0;
    new PerformanceObserver(list => {
        for (const entry of list.getEntries()) window.shifted += entry.value;  // those after a press too
    }).observe({type: 'layout-shift', buffered: false});
}"""


def serious(page):
    """What axe-core finds serious or worse, in words."""
    found = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {[node['html'][:160] for node in violation['nodes']][:3]}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(page, theme):
    page.set_default_timeout(30_000)
    opened(page, f"/?__theme={theme}")
    for summary in ("#versions", "#numbers", "#settings details", "#code", "#file-pane"):
        page.locator(f"{summary} > summary").first.click()
    ask(page, "I am tired.\nI love you. Unbelievable!")
    expect_answer(page, translate("I am tired.\nI love you. Unbelievable!"))
    page.click("#export summary")
    assert serious(page) == []
    page.get_by_role("tab", name=ENGLISH["tab_about"]).click()
    page.locator("#models table").wait_for()
    assert serious(page) == []


def test_nothing_jumps_while_an_answer_is_written(page):
    opened(page)
    page.evaluate(LAYOUT_SHIFTS)
    for text in (EXAMPLES["en"][2], "She gave me a book that she had written herself. " * 4):
        ask(page, text)
        expect_answer(page, translate(text.strip()))
    assert page.evaluate("window.shifted") <= 0.05


def test_every_control_says_what_it_is(page):
    opened(page)
    names = page.evaluate("""() => [...document.querySelectorAll('button, select, input, textarea, [tabindex="0"]')]
        .filter(each => each.checkVisibility())
        .map(each => [each.outerHTML.slice(0, 80), each.ariaLabel || each.title || each.textContent.trim() ||
            each.labels?.[0]?.textContent.trim() || each.placeholder || ''])""")
    assert names
    assert [html for html, name in names if not name] == []
