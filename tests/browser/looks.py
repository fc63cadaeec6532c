"""What every part of the page keeps to, whoever looks at it: in both themes, on a phone, in either language."""

from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe

PHONE = {"width": 360, "height": 740}
TIMEOUT_MS = 60_000  # the machine may be busy

AT_REST = """(part) => {
    const element = document.querySelector(part);
    return !element.closest('[aria-busy="true"]') && !element.querySelector('[aria-busy="true"]');
}"""


def expect_open_to_all(page, part):
    """Axe finds nothing serious in a part of the page, in either theme. Drawings have names and tables beside them.

    Looked at is what has been answered: what waits for its answer is pale, and would be too pale to stay so.
    """
    page.wait_for_function(AT_REST, arg=part, timeout=TIMEOUT_MS)
    area = {"include": [[part]], "exclude": [[".js-plotly-plot"]]}
    for theme in ("light", "dark"):
        page.evaluate("theme => document.body.classList.toggle('dark', theme === 'dark')", theme)
        found = Axe().run(page, context=area).response["violations"]
        serious = [
            (each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")
        ]
        assert not serious, f"{theme}: {serious}"
    page.evaluate("document.body.classList.remove('dark')")


@contextmanager
def on_a_phone(page):
    """The page on a narrow screen, and afterwards as wide as before."""
    before = page.viewport_size
    page.set_viewport_size(PHONE)
    try:
        yield page
    finally:
        page.set_viewport_size(before)


def expect_no_scrolling_aside(page):
    """Figures may scroll from side to side, the page may not."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def expect_chinese(page, part, words, names):
    """A part of the page shows these of its `words`, English and Chinese, in Chinese alone."""
    shown = page.inner_text(part)
    for name in names:
        english, chinese = words[name]
        assert chinese in shown, name
        assert english not in shown, name
