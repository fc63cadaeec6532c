"""Compare as a visitor uses it: what is drawn and scored is what Python finds for the same question."""

import csv
import io
import itertools
from functools import cache

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from s2s.checkpoint import Description
from s2s.config import SearchConfig
from s2s.corpora import Pair
from s2s.exposure import find_exposures, load_exposure
from s2s.figures_exposure import exposure_csv
from s2s.grid import Cell, Grid, LengthScore, write_grid
from s2s.inside.mistake import feed_back
from s2s.models import EMBEDDED
from s2s.page.compare_exposure import EXAMPLE
from s2s.page.compare_words import COMPARE
from s2s.page.translate import EXAMPLES
from s2s.paired import compare_targets
from s2s.translator import Translator
from s2s.view import View, grid_of
from tests.browser.looks import expect_chinese, expect_no_scrolling_aside, on_a_phone
from tests.browser.serving import serving
from tests.browser.test_inside import TIMEOUT_MS, expect_drawn
from tests.tiny import save_tiny

TEXT = EXAMPLES["en"][-1]
PAIRS = [
    Pair("I am cold.", "J'ai froid."),
    Pair("Go away.", "Va-t'en."),
    Pair("He is an old friend of mine.", "C'est un de mes vieux amis."),
]
BEAMS = (1, 5)


@cache
def translations(text=TEXT):
    translator = Translator.load(EMBEDDED / "en-fr")
    return [translator.translate(text, SearchConfig(beam_size=beam)) for beam in BEAMS]


def opened(page):
    page.set_default_timeout(TIMEOUT_MS)
    page.goto("about:blank")
    page.goto("/")
    page.locator("#tab_compare-button").click()
    page.locator("#compare-side-other .word").first.wait_for()
    return page


def expect_pair(page, text=TEXT):
    for side, translation in zip(("one", "other"), translations(text), strict=True):
        expect(page.locator(f"#compare-side-{side} .compare-words")).to_have_text(translation.target)
        weights = grid_of(translation.sentences[0], 0, View(units="words")).weights
        expect_drawn(page, f"#compare-side-{side}", weights)


@pytest.fixture
def visitor(page):
    return opened(page)


def test_two_answers_stand_side_by_side_with_their_heatmaps_and_what_differs(visitor):
    expect_pair(visitor)
    visitor.fill("#compare-source", "Where is the nearest station?")
    visitor.keyboard.press("Enter")
    expect_pair(visitor, "Where is the nearest station?")
    words = [visitor.locator(f"#compare-side-{side} .word").all_inner_texts() for side in ("one", "other")]
    assert (visitor.locator(".compare .word.differs").count() > 0) == (words[0] != words[1])
    assert "6.1 M" in visitor.inner_text("#compare-side-one .compare-facts")


def test_a_heatmap_that_is_fitted_to_its_half_keeps_the_names_apart(visitor):
    expect_pair(visitor)
    frame = visitor.locator("#compare-side-one .heat-frame")
    assert frame.evaluate("frame => frame.scrollWidth <= frame.clientWidth")
    names = visitor.locator("#compare-side-one .xtick text")
    boxes = names.evaluate_all("names => names.map(name => [name.getBoundingClientRect(), name.getBBox().width])")
    for (one, width), (following, _) in itertools.pairwise(boxes):
        is_level = one["width"] > 0.9 * width
        assert following["x"] > one["x"] + (one["width"] if is_level else 15)


def test_pointing_in_one_heatmap_marks_the_same_source_word_in_the_other(visitor):
    expect_pair(visitor)
    frame = visitor.locator("#compare-side-one .heat-frame")
    frame.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        visitor.keyboard.press(key)
    expect(visitor.locator("#compare-side-one .heat-column")).to_have_count(1)
    expect(visitor.locator("#compare-side-other .heat-column")).to_have_count(1)
    places = [
        visitor.locator(f"#compare-side-{side} .heat-column").evaluate("(band) => band.style.left")
        for side in ("one", "other")
    ]
    assert places[0] == places[1]  # the same source, in figures of the same size
    visitor.keyboard.press("Escape")
    expect(visitor.locator("#compare-side-other .heat-column")).to_have_count(0)


def test_models_of_other_languages_are_refused(visitor):
    visitor.select_option("#compare-other", "dates")
    expect(visitor.locator("#compare .notices").first).to_contain_text("These models read different languages")
    expect(visitor.locator("#compare-side-one .compare-words")).to_have_text(translations()[0].target)


def test_a_test_set_is_scored_and_taken_away(visitor):
    visitor.locator("#compare-test > summary").click()
    content = "".join(f"{pair.source}\t{pair.target}\n" for pair in PAIRS).encode()
    visitor.set_input_files("#compare-test-source", {"name": "t.tsv", "mimeType": "text/plain", "buffer": content})
    visitor.click("#compare-test-go")
    visitor.locator("#compare-download").wait_for()
    translator = Translator.load(EMBEDDED / "en-fr")
    lines = [pair.source for pair in PAIRS]
    written = [
        [each.target for each in translator.translate_batch(lines, SearchConfig(beam_size=beam))] for beam in BEAMS
    ]
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
    content = "".join(f"{TEXT} {number}\tx\n" for number in range(400)).encode()
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
        names = ("compare_lead", "compare_help", "compare_test", "compare_test_lead")
        expect_chinese(visitor, "#compare", COMPARE, names)
        assert visitor.locator("#compare-twin, #compare-grid").count() == 0  # no grid is at hand


def test_nothing_is_hidden_from_screen_readers(visitor):
    visitor.locator("#compare-test > summary").click()
    expect_pair(visitor)
    found = Axe().run(visitor, context="#compare")
    assert found.violations_count == 0, found.generate_report()


EXPOSURE = "#compare-exposure"


@pytest.fixture
def forcing(visitor):
    """The section of the models that were fed differently, opened, with its example."""
    visitor.locator(f"{EXPOSURE} > summary").click()
    expect(visitor.locator(f"{EXPOSURE} tfoot")).to_have_count(3)
    return visitor


def expect_fed(page, text, target, word, instead):
    """What stands below each model is what it makes of the mistake."""
    for model in load_exposure(find_exposures()[0]).models:
        after = feed_back(Translator.load(find_exposures()[0] / model.name), text, target, word, instead)
        side = page.locator(f'{EXPOSURE} [data-model="{model.name}"]')
        begin = f"{after.begin} " if after.begin else ""
        expect(side.locator(".compare-written")).to_have_text(f"{begin}{after.instead}{after.rest}")
        shown = [each.removesuffix(" %") for each in side.locator("tbody td").all_inner_texts()]
        expected = [share for both in zip(after.right, after.wrong, strict=True) for share in both]
        for one, other in zip(shown, expected, strict=True):
            assert float(one.strip().lstrip("<")) == pytest.approx(100 * other, abs=1)


def test_a_mistake_is_fed_back_to_models_that_teacher_forcing_tells_apart(forcing):
    expect_fed(forcing, *EXAMPLE.values())
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
    expect_fed(forcing, EXAMPLE["text"], EXAMPLE["target"], 3, instead)
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


@pytest.fixture(scope="module")
def grid_server(tmp_path_factory, word_pieces):
    """A server with a tiny grid of random weights and made-up figures."""
    folder = tmp_path_factory.mktemp("grid")
    measured = []
    for number, (cell, attention) in enumerate([("gru", "none"), ("gru", "bahdanau"), ("rnn", "luong-dot")]):
        name = f"{cell}-{attention}"
        described = Description(
            name=name, description="Random", source_language="en", target_language="fr", training_length=60
        )
        save_tiny(folder / name, word_pieces, described, share_pieces=True, cell=cell, attention=attention)
        lengths = [
            LengthScore(words=words, sentences=300, joined=200 * (place > 1), bleu=20.0 - 5 * place, band=1.0)
            for place, words in enumerate(("1-5", "6-10", "11-15"))
        ]
        measured.append(
            Cell(
                name=name,
                cell=cell,
                attention=attention,
                parameters=1000 + number,
                bleu=10.0 + number,
                chrf=30.0,
                error_rate=None if attention == "none" else 0.4,
                milliseconds=9.0 - number,
                minutes=6.0,
                updates=2000,
                seed=1,
                by_length=tuple(lengths),
            )
        )
    write_grid(
        folder, Grid(source_language="en", target_language="fr", test_pairs=3000, signature="x", cells=tuple(measured))
    )
    with serving(tmp_path_factory.mktemp("log") / "log.txt", HF_HUB_OFFLINE="1", S2S_GRID=str(folder)) as address:
        yield address, folder


def test_twins_and_the_grid(chromium, grid_server):
    address, folder = grid_server
    page = chromium.new_context(base_url=address, locale="en-US").new_page()
    opened(page)
    # The twins work the example, and their curve marks its length.
    assert page.eval_on_selector("#compare-one", "(select) => select.value") == "grid:gru-none"
    expect(page.locator("#compare-side-one .compare-none")).to_be_visible()
    drawn = "document.querySelector('#compare-twin .js-plotly-plot')?._fullData?.filter(({mode}) => mode !== 'lines')"
    page.wait_for_function(f"{drawn}?.length === 2", timeout=TIMEOUT_MS)
    assert page.evaluate(f"{drawn}.map(({{y}}) => [...y])") == [[20.0, 15.0, 10.0]] * 2
    page.fill("#compare-source", "One two three.")
    page.click("#compare-go")
    expect(page.locator("#compare-stop")).to_be_hidden()
    page.wait_for_function(
        "document.querySelector('#compare-twin .js-plotly-plot')?._fullLayout?.shapes?.[0]?.x0 === 0",
        timeout=TIMEOUT_MS,
    )
    with page.expect_download() as download:
        page.click("#compare-twin-download")
    assert download.value.suggested_filename == "gru-bahdanau-by-length.csv"
    # The grid: each model's own answer, one table.
    page.locator("#compare-grid > summary").click()
    page.click("#compare-grid-go")
    for name in ("gru-none", "gru-bahdanau", "rnn-luong-dot"):
        target = Translator.load(folder / name).translate("One two three.").target
        expect(page.locator(f'[data-cell="{name}"] .compare-target')).to_have_text(" ".join(target.split()))
    assert page.locator(".compare-tile canvas:visible").count() == 2
    names = "[...document.querySelectorAll('#compare-grid tbody th')].map((each) => each.textContent)"
    assert page.evaluate(names) == ["rnn-luong-dot", "gru-bahdanau", "gru-none"]
    page.click('#compare-grid [data-key="milliseconds"]')
    assert page.evaluate(names) == ["rnn-luong-dot", "gru-bahdanau", "gru-none"]
    page.click('#compare-grid [data-key="milliseconds"]')
    assert page.evaluate(names) == ["gru-none", "gru-bahdanau", "rnn-luong-dot"]
    found = Axe().run(page, context="#compare")
    assert found.violations_count == 0, found.generate_report()
    page.context.close()
