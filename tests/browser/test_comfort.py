"""Comfort for everybody: readers of screens, both themes, no jumps while an answer is written."""

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from s2s.colours import colour_stops
from s2s.figures import attention_spec
from s2s.page.translate import EXAMPLES
from s2s.page.words import ENGLISH
from s2s.result import Hypothesis, Sentence
from s2s.view import View
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
    page.locator("#models").wait_for()
    assert serious(page) == []


def test_nothing_jumps_while_an_answer_is_written(page):
    opened(page)
    page.evaluate(LAYOUT_SHIFTS)
    for text in (EXAMPLES["en"][2], "She gave me a book that she had written herself. " * 4):
        ask(page, text)
        expect_answer(page, translate(text.strip()))
    assert page.evaluate("window.shifted") <= 0.05


def test_on_a_phone_the_name_of_the_page_stands_beside_its_buttons_in_chinese_too(chinese_page):
    size = chinese_page.viewport_size
    chinese_page.set_viewport_size({"width": 360, "height": 760})
    opened(chinese_page)
    ends = chinese_page.evaluate("""() => {
        const words = document.createRange();
        words.selectNodeContents(document.querySelector('h1'));
        const [name, buttons] = [words, document.querySelector('#header')].map(each => each.getBoundingClientRect());
        return [name.right, buttons.left, buttons.right];
    }""")
    chinese_page.set_viewport_size(size)
    assert ends[0] <= ends[1]
    assert ends[2] <= 360


def test_every_control_says_what_it_is(page):
    opened(page)
    names = page.evaluate("""() => [...document.querySelectorAll('button, select, input, textarea, [tabindex="0"]')]
        .filter(each => each.checkVisibility())
        .map(each => [each.outerHTML.slice(0, 80), each.ariaLabel || each.title || each.textContent.trim() ||
            each.labels?.[0]?.textContent.trim() || each.placeholder || ''])""")
    assert names
    assert [html for html, name in names if not name] == []


DRAW = """async ([specs, colours]) => {
    const main = document.querySelector('script[src$="main.js"]').src;
    const {Heatmap} = await import(main.replace('main.js', 'heatmap.js'));
    const found = [];
    for (const spec of specs) {
        const place = document.createElement('div');
        document.querySelector('#figure').prepend(place);
        const heatmap = new Heatmap(place, 'trial');
        await heatmap.draw(spec, colours);
        const places = [];
        heatmap.onpoint = at => places.push([at.row, at.column]);
        const {left, top} = place.querySelector('.heat-graph').getBoundingClientRect();
        const {xaxis, yaxis, margin} = place.querySelector('.heat-graph')._fullLayout;
        const inner = place.querySelector('.heat-inner');
        const cells = [[0, 0], [1, 2]];
        for (const [row, column] of cells) {
            const [clientX, clientY] = [left + margin.l + xaxis.l2p(column), top + margin.t + yaxis.l2p(row)];
            inner.dispatchEvent(new PointerEvent('pointermove', {clientX, clientY, bubbles: true}));
        }
        heatmap.mark([1], [2]);
        const band = place.querySelector('.heat-column').style.left;
        const names = place.querySelectorAll('.xtick text').length;
        found.push({places, band: parseFloat(band), at: margin.l + xaxis.l2p(2) - heatmapCell(spec) / 2, names});
        place.remove();
    }
    return found;
    function heatmapCell({layout}) {
        const {width, margin, xaxis} = layout;
        return (width - margin.l - margin.r) / Math.abs(xaxis.range[1] - xaxis.range[0]);
    }
}"""


def test_mirrored_and_crowded_figures_point_where_they_are_drawn(page):
    opened(page)
    arabic = ["القطة", "تنام", "هنا", "الآن"]
    figures = [
        attention_spec(sentence(arabic, ["the", "cat", "sleeps"])),
        attention_spec(sentence(["the", "cat", "sleeps", "here"], arabic)),
        attention_spec(sentence(["word"] * 100, ["mot"] * 100)),
    ]
    scale = colour_stops(View())
    found = page.evaluate(DRAW, [figures, {"light": scale, "dark": scale}])
    for figure in found:
        assert figure["places"] == [[0, 0], [1, 2]]
        assert figure["band"] == pytest.approx(figure["at"], abs=1)
    assert [figure["names"] for figure in found] == [4, 4, 50]


def sentence(sources, targets):
    weights = np.random.default_rng(0).dirichlet(np.ones(len(sources)), size=len(targets)).astype(np.float32)
    hypothesis = Hypothesis(
        target="",
        target_pieces=tuple(targets),
        log_probs=(-1.0,) * len(targets),
        score=-1.0,
        attention=weights,
    )
    return Sentence(source="", source_pieces=tuple(sources), hypotheses=(hypothesis,))


def test_a_wish_for_languages_finds_a_model(page):
    opened(page)
    found = page.evaluate("""async () => {
        const main = document.querySelector('script[src$="main.js"]').src;
        const {modelFor, reverseOf} = await import(main.replace('main.js', 'direction.js'));
        const models = ['en-fr', 'fr-en', 'en-zh', 'zh-en'].map(name =>
            ({name, source: name.split('-')[0], target: name.split('-')[1], title: name}));
        const [enFr, frEn, enZh] = models;
        return [reverseOf(models, enFr).name, modelFor(models, enFr, {source: 'fr'}).name,
            modelFor(models, enFr, {source: 'en', target: 'zh'}).name, modelFor(models, frEn, {source: 'zh'}).name,
            reverseOf([enFr, enZh], enFr)];
    }""")
    assert found == ["fr-en", "fr-en", "en-zh", "zh-en", None]
