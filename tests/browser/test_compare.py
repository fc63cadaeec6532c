"""Compare as a visitor uses it: what is drawn and scored is what Python finds for the same question."""

import csv
import io
import itertools
from functools import cache

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from s2s.corpora import Pair
from s2s.emergence import load_emergence
from s2s.exposure import find_exposures, load_exposure
from s2s.figures_compare import lengths_csv
from s2s.figures_exposure import exposure_csv
from s2s.grid import find_grids, load_grid
from s2s.inside.mistake import feed_back
from s2s.page.compare import EXAMPLE
from s2s.page.compare_exposure import EXAMPLE as EXPOSED
from s2s.page.compare_words import COMPARE
from s2s.page.words import TRANSLATE
from s2s.paired import compare_targets
from s2s.translator import Translator
from s2s.view import View, grid_of
from tests.browser.looks import expect_chinese, expect_no_scrolling_aside, on_a_phone
from tests.browser.test_inside import TIMEOUT_MS, expect_drawn

TWINS = ("gru-none", "gru-bahdanau")
PAIRS = [
    Pair("I am cold.", "J'ai froid."),
    Pair("Go away.", "Va-t'en."),
    Pair("He is an old friend of mine.", "C'est un de mes vieux amis."),
]
GRID = find_grids()[0]


@cache
def model(name):
    return Translator.load(GRID / name)


def opened(page):
    page.set_default_timeout(TIMEOUT_MS)
    page.goto("about:blank")
    page.goto("/")
    page.locator("#tab_compare-button").click()
    page.locator("#compare-side-other .word").first.wait_for()
    return page


def expect_pair(page, text=EXAMPLE, names=TWINS):
    for side, name in zip(("one", "other"), names, strict=True):
        translation = model(name).translate(text)
        expect(page.locator(f"#compare-side-{side} .compare-words")).to_have_text(translation.target)
        grid = grid_of(translation.sentences[0], 0, View(units="words"))
        expect(page.locator(f"#compare-side-{side} .compare-none")).to_be_visible(visible=grid is None)
        if grid:
            expect_drawn(page, f"#compare-side-{side}", grid.weights)


@pytest.fixture
def visitor(page):
    return opened(page)


@pytest.fixture
def attending(visitor):
    """Two models with attention work the example."""
    visitor.select_option("#compare-one", "grid:gru-luong-dot")
    expect_pair(visitor, names=("gru-luong-dot", "gru-bahdanau"))
    return visitor


def test_two_answers_stand_side_by_side_with_their_heatmaps_and_what_differs(visitor):
    expect_pair(visitor)
    visitor.fill("#compare-source", "Where is the nearest station?")
    visitor.keyboard.press("Enter")
    expect_pair(visitor, "Where is the nearest station?")
    words = [visitor.locator(f"#compare-side-{side} .word").all_inner_texts() for side in ("one", "other")]
    assert (visitor.locator(".compare .word.differs").count() > 0) == (words[0] != words[1])
    parameters = f"{model(TWINS[0]).model.parameter_count() / 1e6:.1f} M parameters"
    assert parameters in visitor.inner_text("#compare-side-one .compare-facts")


def test_a_heatmap_that_is_fitted_to_its_half_keeps_the_names_apart(visitor):
    expect_pair(visitor)
    frame = visitor.locator("#compare-side-other .heat-frame")
    assert frame.evaluate("frame => frame.scrollWidth <= frame.clientWidth")
    names = visitor.locator("#compare-side-other .xtick text")
    boxes = names.evaluate_all("names => names.map(name => [name.getBoundingClientRect(), name.getBBox().height])")
    for (one, height), (following, _) in itertools.pairwise(boxes):
        is_level = one["height"] < 1.2 * height
        assert following["x"] > one["x"] + (one["width"] if is_level else 15)


def test_pointing_in_one_heatmap_marks_the_same_source_word_in_the_other(attending):
    frame = attending.locator("#compare-side-one .heat-frame")
    frame.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        attending.keyboard.press(key)
    expect(attending.locator("#compare-side-one .heat-column")).to_have_count(1)
    expect(attending.locator("#compare-side-other .heat-column")).to_have_count(1)
    places = [
        attending.locator(f"#compare-side-{side} .heat-column").evaluate("(band) => band.style.left")
        for side in ("one", "other")
    ]
    assert places[0] == places[1]  # the same source, in figures of the same size
    attending.keyboard.press("Escape")
    expect(attending.locator("#compare-side-other .heat-column")).to_have_count(0)


def test_models_of_other_languages_are_refused(visitor):
    visitor.select_option("#compare-other", "dates")
    expect(visitor.locator("#compare .notices").first).to_contain_text("These models read different languages")
    expect(visitor.locator("#compare-side-one .compare-words")).to_have_text(model(TWINS[0]).translate(EXAMPLE).target)


def test_a_test_set_is_scored_and_taken_away(visitor):
    visitor.locator("#compare-test > summary").click()
    content = "".join(f"{pair.source}\t{pair.target}\n" for pair in PAIRS).encode()
    visitor.set_input_files("#compare-test-source", {"name": "t.tsv", "mimeType": "text/plain", "buffer": content})
    visitor.click("#compare-test-go")
    visitor.locator("#compare-download").wait_for()
    lines = [pair.source for pair in PAIRS]
    written = [[each.target for each in model(name).translate_batch(lines)] for name in TWINS]
    found = compare_targets(PAIRS, *written)
    values = [float(each.get_attribute("data-value")) for each in visitor.locator("#compare-test-result td").all()]
    expected = [value for score in found.scores for value in (score.one, score.other, score.p_value)]
    assert values == pytest.approx(expected)
    with visitor.expect_download() as download:
        visitor.click("#compare-download")
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8"))))
    assert [row["other"] for row in rows] == written[1]


def test_a_test_set_can_be_stopped(visitor):
    visitor.locator("#compare-test > summary").click()
    content = "".join(f"{EXAMPLE} {number}\tx\n" for number in range(400)).encode()
    visitor.set_input_files("#compare-test-source", {"name": "t.tsv", "mimeType": "text/plain", "buffer": content})
    visitor.click("#compare-test-go")
    expect(visitor.locator("#compare-test [role=status]")).to_contain_text("of 400 pairs")
    visitor.click("#compare-test-stop")
    expect(visitor.locator("#compare-test [role=status]")).to_have_text("Stopped.")
    visitor.click("#compare-go")  # the server is free again
    expect_pair(visitor)


def test_a_test_set_that_will_not_do_is_named(visitor):
    visitor.locator("#compare-test > summary").click()
    visitor.set_input_files("#compare-test-source", {"name": "t.tsv", "mimeType": "text/plain", "buffer": b"no tab"})
    visitor.click("#compare-test-go")
    expect(visitor.locator("#compare-test [role=status]")).to_contain_text("has no source, tab and reference")


def test_a_chinese_browser_on_a_phone_in_the_dark_reads_chinese_and_only_figures_scroll(chinese_page):
    visitor = opened(chinese_page)  # on a phone the tab lies in a menu
    with on_a_phone(visitor):
        expect_no_scrolling_aside(visitor)
        names = (
            "compare_lead",
            "compare_help",
            "compare_test",
            "compare_test_lead",
            "compare_twin_lead",
            "compare_grid",
        )
        expect_chinese(visitor, "#compare", COMPARE, names)


def test_nothing_is_hidden_from_screen_readers(visitor):
    visitor.locator("#compare-test > summary").click()
    expect_pair(visitor)
    found = Axe().run(visitor, context="#compare")
    assert found.violations_count == 0, found.generate_report()


EMERGENCE = "#compare-emergence"


def test_attention_arises_over_the_moments_of_a_training(visitor):
    found = load_emergence(GRID)

    def expect_moment(place, number):
        moment = found.moments[number]
        told = f"{moment.updates:,} updates · loss {moment.loss:.2f} · BLEU {moment.bleu:.1f}"
        expect(visitor.locator(f"{EMERGENCE} output")).to_have_text(told)
        expect(visitor.locator(f"{EMERGENCE} .compare-emerged")).to_have_text(moment.glances[place].target)

    def expect_weights(place, number):
        grid = grid_of(found.sentence(place, found.moments[number]), 0, View(units="words", end=False))
        expect_drawn(visitor, EMERGENCE, grid.weights)

    visitor.locator(f"{EMERGENCE} > summary").click()
    last = len(found.moments) - 1
    expect_moment(0, last)
    expect_weights(0, last)
    visitor.locator(f"{EMERGENCE}-slider").fill("0")
    expect_moment(0, 0)
    visitor.select_option(f"{EMERGENCE}-which", "3")  # another sentence at the same moment
    expect_moment(3, 0)
    visitor.click(f"{EMERGENCE} .play")
    expect_moment(3, last)
    expect_weights(3, last)
    checked = Axe().run(visitor, context=EMERGENCE)
    assert checked.violations_count == 0, checked.generate_report()


EXPOSURE = "#compare-exposure"


@pytest.fixture
def forcing(visitor):
    """The section of the models that were fed differently, opened, with its example."""
    visitor.locator(f"{EXPOSURE} > summary").click()
    expect(visitor.locator(f"{EXPOSURE} tfoot")).to_have_count(3)
    return visitor


def expect_fed(page, text, target, word, instead):
    """What stands below each model is what it makes of the mistake."""
    for fed in load_exposure(find_exposures()[0]).models:
        after = feed_back(Translator.load(find_exposures()[0] / fed.name), text, target, word, instead)
        side = page.locator(f'{EXPOSURE} [data-model="{fed.name}"]')
        begin = f"{after.begin} " if after.begin else ""
        expect(side.locator(".compare-written")).to_have_text(f"{begin}{after.instead}{after.rest}")
        shown = [each.removesuffix(" %") for each in side.locator("tbody td").all_inner_texts()]
        expected = [share for both in zip(after.right, after.wrong, strict=True) for share in both]
        for one, other in zip(shown, expected, strict=True):
            assert float(one.strip().lstrip("<")) == pytest.approx(100 * other, abs=1)


def test_a_mistake_is_fed_back_to_models_that_teacher_forcing_tells_apart(forcing):
    expect_fed(forcing, *EXPOSED.values())
    # Another word, by the keyboard alone: it is pressed, and one of those that are offered is fed.
    words = forcing.locator(f"{EXPOSURE} .compare-right .words")
    words.focus()
    for _ in range(4):
        forcing.keyboard.press("ArrowRight")
    forcing.keyboard.press("Enter")
    other = forcing.locator(".compare-others button").first
    instead = other.inner_text()
    other.focus()
    forcing.keyboard.press("Enter")
    expect(forcing.locator(f"{EXPOSURE} mark").first).to_have_text(instead)
    expect_fed(forcing, EXPOSED["text"], EXPOSED["target"], 3, instead)
    # The visitor's sentence: a word of any answer.
    forcing.fill("#compare-source", "The cat sleeps.")
    forcing.click("#compare-exposure-go")
    expect(forcing.locator(f"{EXPOSURE} .compare-source")).to_have_text("The cat sleeps.")
    answer = forcing.locator(f"{EXPOSURE} .compare-side .words").last
    answer.locator(".word").first.click()
    forcing.fill("#compare-exposure-instead", "Un")
    forcing.keyboard.press("Enter")
    expect(forcing.locator(f"{EXPOSURE} mark")).to_have_text(["Un"] * 3)
    expect_fed(forcing, "The cat sleeps.", answer.inner_text(), 0, "Un")


def test_the_curve_has_what_was_measured_and_can_be_taken_away(forcing):
    drawn = (
        "document.querySelector('#compare-exposure .js-plotly-plot')?._fullData?.filter(({mode}) => mode !== 'lines')"
    )
    found = load_exposure(find_exposures()[0])
    for place, measure in enumerate(("own", "mistake")):
        forcing.locator(f"{EXPOSURE} .choice label").nth(place).click()
        gaps = [[gap for gap in getattr(model, measure) if gap.place] for model in found.models]
        length = len(gaps[0])
        forcing.wait_for_function(f"{drawn}?.length === 6 && {drawn}[0].x.length === {length}", timeout=TIMEOUT_MS)
        expected = [[getattr(gap, side).value for gap in each] for each in gaps for side in ("right", "other")]
        assert forcing.evaluate(f"{drawn}.map(({{y}}) => [...y])") == expected
    with forcing.expect_download() as download:
        forcing.click("#compare-exposure-download")
    assert download.value.path().read_text(encoding="utf-8") == exposure_csv(found)
    checked = Axe().run(forcing, context=EXPOSURE)
    assert checked.violations_count == 0, checked.generate_report()


TWIN = "#compare-twin"
TWIN_FRAME = f"document.querySelector('{TWIN} .plot-frame')"


def test_the_curve_of_twins_has_what_was_measured_and_marks_the_length_of_the_sentence(visitor):
    assert visitor.eval_on_selector("#compare-one", "(select) => select.value") == f"grid:{TWINS[0]}"
    figure = f"document.querySelector('{TWIN} .js-plotly-plot')"
    drawn = f"{figure}?._fullData?.filter(({{mode}}) => mode !== 'lines')"
    marked = f"{figure}?._fullLayout?.shapes?.[0]?.x0"
    grid = load_grid(GRID)
    for name in (TWINS[1], "lstm-luong-general"):
        visitor.select_option(f"{TWIN}-which", name)
        pair = next(pair for pair in grid.twins() if pair[1].name == name)
        expected = [[score.bleu for score in cell.by_length] for cell in pair]
        visitor.wait_for_function(
            f"JSON.stringify({drawn}?.map(({{y}}) => [...y])) === JSON.stringify({expected})", timeout=TIMEOUT_MS
        )
        assert all(score.sentences >= 200 for cell in pair for score in cell.by_length)
    assert visitor.evaluate(marked) == 4  # the example has 24 words: 21-30
    wide, screen = visitor.evaluate(f"{figure}._fullLayout.width"), visitor.viewport_size
    for width in (360, 640):  # a phone, which is turned
        visitor.set_viewport_size({"width": width, "height": 640})
        visitor.wait_for_function(f"{figure}._fullLayout.width === {TWIN_FRAME}.clientWidth", timeout=TIMEOUT_MS)
    visitor.set_viewport_size(screen)
    visitor.wait_for_function(f"{figure}._fullLayout.width === {wide}", timeout=TIMEOUT_MS)
    with visitor.expect_download() as download:
        visitor.click(f"{TWIN}-download")
    assert download.value.suggested_filename == "lstm-luong-general-by-length.csv"
    assert download.value.path().read_text(encoding="utf-8") == lengths_csv(pair)
    visitor.fill("#compare-source", "One two three.")
    visitor.click(f"{TWIN}-use")
    expect_pair(visitor, "One two three.", ("lstm-none", "lstm-luong-general"))
    visitor.wait_for_function(f"{marked} === 0", timeout=TIMEOUT_MS)


def test_the_grid_sends_a_sentence_through_all_and_its_table_has_what_was_measured(visitor):
    grid = load_grid(GRID)
    assert len(grid.cells) == 15
    visitor.fill("#compare-source", "One two three.")
    visitor.locator("#compare-grid > summary").click()
    visitor.click("#compare-grid-go")
    for cell in grid.cells:
        target = model(cell.name).translate("One two three.").target
        expect(visitor.locator(f'[data-cell="{cell.name}"] .compare-target')).to_have_text(" ".join(target.split()))
    assert visitor.locator(".compare-tile canvas:visible").count() == 12
    rows = "[...document.querySelectorAll('#compare-grid tbody tr')]"
    shown = f"{rows}.map(({{cells}}) => [...cells].map((cell) => cell.textContent))"
    by_bleu = sorted(grid.cells, key=lambda cell: -cell.bleu)
    assert [row[0] for row in visitor.evaluate(shown)] == [cell.name for cell in by_bleu]
    assert visitor.evaluate(shown) == [
        [
            cell.name,
            f"{cell.bleu:.1f}",
            "–" if cell.error_rate is None else f"{100 * cell.error_rate:.1f}",
            f"{cell.parameters:,}",
            f"{cell.milliseconds:.1f}",
            f"{cell.minutes:.1f}",
            f"{cell.seed}",
        ]
        for cell in by_bleu
    ]
    for turn in (1, -1):  # once pressed the least is first, then the most
        visitor.click('#compare-grid [data-key="milliseconds"]')
        times = [float(row[4]) for row in visitor.evaluate(shown)]
        assert times == sorted(times, reverse=turn < 0)
    found = Axe().run(visitor, context="#compare")
    assert found.violations_count == 0, found.generate_report()


def begin_test_set(page, pairs=400):
    """A test set that takes a while is asked for."""
    page.locator("#compare-test > summary").click()
    content = "".join(f"{EXAMPLE} {number}\tx\n" for number in range(pairs)).encode()
    page.set_input_files("#compare-test-source", {"name": "t.tsv", "mimeType": "text/plain", "buffer": content})
    page.click("#compare-test-go")


def tell_refusal(page, message):
    """What answers.js tells the page of a refusal, or of a broken line."""
    page.evaluate("detail => window.dispatchEvent(new CustomEvent('refused', { detail }))", message)


FULL = {"en": "Full. Please come back.", "zh": "满了。请再来。"}
LOST = dict(zip(("en", "zh"), TRANSLATE["lost"], strict=True))


def test_an_empty_box_is_told_in_the_visitors_language_where_it_was_sent_from(chinese_page):
    visitor = opened(chinese_page)
    visitor.locator("#compare-grid > summary").click()
    visitor.fill("#compare-source", "")
    visitor.click("#compare-grid-go")
    expect(visitor.locator("#compare-grid .notices")).to_have_text("还没有文字。请输入一句话。")
    expect(visitor.locator("#compare-grid-go")).to_be_enabled()
    visitor.fill("#compare-source", "The cat sleeps. A dog runs.")
    visitor.click("#compare-grid-go")
    expect(visitor.locator("#compare-grid .notices")).to_contain_text("The cat sleeps.")
    expect(visitor.locator("#compare-grid .notices")).not_to_contain_text("A dog runs.")


def test_what_a_full_server_refuses_is_told_at_once_and_can_be_asked_again(visitor, page_problems):
    answer = {"status": 503, "json": {"detail": FULL["en"], "zh": FULL["zh"]}}
    visitor.route("**/queue/join*", lambda route: route.fulfill(**answer))
    try:
        visitor.click("#compare-go")
        expect(visitor.locator("#compare .notices").first).to_have_text(FULL["en"])
        expect(visitor.locator("#compare-stop")).to_be_hidden()
        visitor.select_option(f"{TWIN}-which", TWINS[1])
        visitor.dispatch_event(f"{TWIN}-which", "change")
        expect(visitor.locator(f"{TWIN} .notices")).to_have_text(FULL["en"])
        begin_test_set(visitor)
        expect(visitor.locator("#compare-test [role=status]")).to_have_text(FULL["en"])
        expect(visitor.locator("#compare-test-go")).to_be_enabled()
        expect(visitor.locator("#compare-test-stop")).to_be_hidden()
    finally:
        visitor.unroute("**/queue/join*")
    page_problems[:] = [each for each in page_problems if "a status of 503" not in each]
    visitor.click("#compare-go")
    expect(visitor.locator(f"{TWIN} .notices")).to_be_empty()
    expect_pair(visitor)


def test_a_test_set_that_waits_for_another_one_says_so_and_a_broken_line_ends_both(visitor, chinese_page):
    other = opened(chinese_page)
    begin_test_set(visitor)
    told = visitor.locator("#compare-test [role=status]")
    expect(told).to_contain_text("of 400 pairs")
    begin_test_set(other)
    expect(other.locator("#compare-test [role=status]")).to_have_text(COMPARE["compare_test_waits"][1])
    tell_refusal(visitor, FULL)  # of something else: this one is at work
    expect(told).to_contain_text("of 400 pairs")
    for page, language in ((other, "zh"), (visitor, "en")):
        tell_refusal(page, LOST)
        expect(page.locator("#compare-test [role=status]")).to_have_text(LOST[language])
        expect(page.locator("#compare-test-go")).to_be_enabled()
