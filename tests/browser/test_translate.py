"""The first screen as a visitor uses it: what is drawn is what the model did."""

import html
import math
import re
from functools import cache
from itertools import accumulate

import numpy as np
import pytest
from playwright.sync_api import expect

from s2s.config import SearchConfig
from s2s.figures import attention_figure, attention_spec
from s2s.models import EMBEDDED
from s2s.page.translate import EXAMPLES
from s2s.page.words import CHINESE, ENGLISH
from s2s.view import View, grid_of
from tests.both_ways import alone, load
from tests.browser.looks import expect_no_scrolling_aside, on_a_phone

TIMEOUT_MS = 30_000  # the machine may be busy
STRANGE = "<b>x</b></s>😀 中文 العربية"
WORDS = View(units="words")
PIECES = View()

# Labels as plain text, and the weights, of the figure that stands on the page.
DRAWN = """() => {
    const plot = document.querySelector('#figure .heat-graph');
    const trace = plot?._fullData?.[0];
    if (!trace) return null;
    const plain = markup => new DOMParser().parseFromString(markup, 'text/html').documentElement.textContent;
    const {xaxis, yaxis} = plot._fullLayout;
    return {source: xaxis.ticktext.map(plain), target: yaxis.ticktext.map(plain), weights: trace.z.map(r => [...r])};
}"""
IS_DRAWN = f"""expected => {{
    const drawn = ({DRAWN})();
    const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
    return drawn && same(drawn.source, expected.source) && same(drawn.target, expected.target) &&
        drawn.weights.every((row, t) => row.every((w, s) => Math.abs(w - expected.weights[t][s]) < 1e-6));
}}"""

TYPE = """(area, [text, display]) => {
    area.style.display = display;
    area.value = text;
    area.dispatchEvent(new Event('input', {bubbles: true}));
}"""


@cache
def translate(text, beam_size=5, model="en-fr"):
    return load(model).translate(text, SearchConfig(beam_size=beam_size, n_best=beam_size))


def expect_heatmap(page, sentence, view=WORDS, rank=0):
    """Wait until the figure is that of `sentence`, weight by weight."""
    spec = attention_spec(sentence, rank, view)
    names = [[html.unescape(name) for name in spec["layout"][axis]["ticktext"]] for axis in ("xaxis", "yaxis")]
    expected = {"source": names[0], "target": names[1], "weights": spec["data"][0]["z"]}
    try:
        page.wait_for_function(IS_DRAWN, arg=expected, timeout=TIMEOUT_MS)
    except Exception:
        assert page.evaluate(DRAWN) == expected  # says what stands there instead
        raise


def expect_answer(page, translation, view=WORDS):
    """Wait until text and figure are those of `translation`."""
    expect_heatmap(page, translation.sentences[0], view)
    page.locator("body:not(.busy)").wait_for()
    expect_target(page, translation.target)


def expect_target(page, text):
    """Wait until the whole answer is `text`, line breaks included."""
    try:
        page.wait_for_function("text => document.querySelector('#target').textContent === text", arg=text)
    except Exception:
        assert page.text_content("#target") == text  # says what stands there instead
        raise


def expect_message(page, said):
    page.locator("#notices p", has_text=said).wait_for(timeout=TIMEOUT_MS)


def opened(page, address="/"):
    page.set_default_timeout(TIMEOUT_MS)
    page.goto("about:blank")  # an address that differs in its fragment alone would not be loaded anew
    page.goto(address)
    model = model_of(page)
    text = EXAMPLES.get(model, EXAMPLES["en"])[0]
    expect_answer(page, translate(text, model=model))  # the example is there without a click
    return page


def model_of(page):
    """The model that the page opens with."""
    return "en-zh" if page.evaluate("navigator.language").startswith("zh") else "en-fr"


def ask(page, text):
    page.fill("#source textarea", text)
    page.click("#go")


@pytest.fixture
def visitor(page):
    """The page, open, of a visitor who has never been here."""
    yield opened(page)
    page.evaluate("sessionStorage.clear(), localStorage.clear()")


def test_a_click_translates_and_draws_the_weights_of_the_model(visitor):
    ask(visitor, "She reads a long letter.")
    translation = translate("She reads a long letter.")
    expect_answer(visitor, translation)
    expect(visitor.locator("#notices")).to_have_text("")
    assert not visitor.is_visible("#figure .sentences")
    visitor.click("#numbers summary")
    grid = grid_of(translation.sentences[0], 0, WORDS)
    expect(visitor.locator("#numbers th")).to_have_text([*grid.sources, *grid.targets])
    cells = visitor.locator("#numbers td").all_inner_texts()[1:]
    assert cells == [f"{100 * weight:.0f}" for weight in grid.weights.flatten()]


def test_the_drawn_figure_is_pythons_figure(visitor):
    sentence = translate(EXAMPLES["en"][0]).sentences[0]
    python = attention_figure(sentence, view=WORDS).to_plotly_json()
    drawn = visitor.evaluate("""() => {
        const {data, layout} = document.querySelector('#figure .heat-graph');
        const {colorscale, ...trace} = data[0];
        const {font, ...rest} = layout;
        return {trace, width: rest.width, height: rest.height, xaxis: rest.xaxis, yaxis: rest.yaxis};
    }""")
    for name in ("z", "zmin", "zmax", "customdata", "hovertemplate", "text"):
        assert drawn["trace"][name] == python["data"][0][name], name
    for name in ("range", "tickvals", "ticktext", "side"):
        for axis in ("xaxis", "yaxis"):
            assert (
                drawn[axis][name] == list(python["layout"][axis][name])
                or drawn[axis][name] == python["layout"][axis][name]
            )
    assert (drawn["width"], drawn["height"]) == (python["layout"]["width"], python["layout"]["height"])


@pytest.mark.parametrize("key", ["Control+Enter", "Shift+Enter", "Meta+Enter"])
def test_a_key_translates(visitor, key):
    visitor.fill("#source textarea", "Good morning.")
    visitor.press("#source textarea", key)
    expect_answer(visitor, translate("Good morning."))
    assert visitor.input_value("#source textarea") == "Good morning."


def test_an_example_is_translated_at_a_click(visitor):
    example = EXAMPLES["en"][1]
    visitor.locator("#examples").get_by_text(example).click()
    expect_answer(visitor, translate(example))
    expect(visitor.locator("#source textarea")).to_have_value(example)


def test_a_chosen_sentence_of_several_is_drawn(visitor):
    text = "I am tired.\n\nShe <i>is</i> happy."
    ask(visitor, text)
    translation = translate(text)
    expect_answer(visitor, translation)
    choices = visitor.locator("#figure .sentences button")
    expect(choices).to_have_text(["1. I am tired.", "2. She <i>is</i> happy."])
    choices.nth(1).click()
    expect_heatmap(visitor, translation.sentences[1])
    expect_target(visitor, translation.target)
    visitor.locator("#target .word").first.click()  # a word of the first sentence brings its heatmap
    expect_heatmap(visitor, translation.sentences[0])


def test_pieces_and_words_with_and_without_the_end(visitor):
    text = "Unbelievable skyscrapers overwhelm her."
    ask(visitor, text)
    (sentence,) = translate(text).sentences
    expect_heatmap(visitor, sentence, WORDS)
    visitor.get_by_text(ENGLISH["pieces"], exact=True).click()
    expect_heatmap(visitor, sentence, PIECES)
    visitor.get_by_label(ENGLISH["end"]).uncheck()
    expect_heatmap(visitor, sentence, View(end=False))
    visitor.get_by_text(ENGLISH["words"], exact=True).click()
    expect_heatmap(visitor, sentence, View(units="words", end=False))
    # The next answer is looked at in the same way.
    ask(visitor, "Good morning.")
    expect_answer(visitor, translate("Good morning."), View(units="words", end=False))


def test_another_version_is_drawn_at_a_press(visitor):
    (sentence,) = translate(EXAMPLES["en"][0]).sentences
    visitor.click("#versions summary")
    versions = visitor.locator("#versions li button")
    expect(versions).to_have_count(len(sentence.hypotheses))
    shown = [text.split("\n")[0] for text in versions.all_inner_texts()]
    assert shown == [hypothesis.target for hypothesis in sentence.hypotheses]
    versions.nth(2).click()
    expect_heatmap(visitor, sentence, rank=2)
    expect_target(visitor, sentence.hypotheses[2].target)


def test_what_cannot_be_translated_gives_a_message_and_the_old_answer_stays(visitor):
    old = translate(EXAMPLES["en"][0])
    ask(visitor, " \n ")
    expect_message(visitor, "There is no text")
    expect_answer(visitor, old)
    # Hidden meanwhile: to lay out a megabyte takes the browser seconds, and is not what is tested.
    visitor.locator("#source textarea").evaluate(TYPE, ["word " * 200_000, "none"])
    visitor.click("#go")
    expect_message(visitor, "1,000,000 characters; at most 2,000")
    expect_answer(visitor, old)
    visitor.locator("#source textarea").evaluate(TYPE, ["", ""])
    ask(visitor, "Good morning.")
    expect_answer(visitor, translate("Good morning."))
    expect(visitor.locator("#notices")).to_have_text("")


def test_every_script_and_markup_is_drawn_as_it_was_typed(visitor):
    ask(visitor, STRANGE)
    expect_answer(visitor, translate(STRANGE))
    (sentence,) = translate(STRANGE).sentences
    grid = grid_of(sentence, 0, WORDS)
    expect(visitor.locator("#figure .xtick text")).to_have_text(list(grid.sources))
    visitor.click("#numbers summary")
    expect(visitor.locator("#numbers th")).to_have_text([*grid.sources, *grid.targets])
    assert visitor.locator("#figure b, #answer b").count() == 0


def test_another_model_brings_its_own_example(visitor):
    visitor.select_option("#from", "letters")
    expect_answer(visitor, translate(EXAMPLES["letters"][0], model="reverse-tiny"), PIECES)
    expect(visitor.locator("#source textarea")).to_have_value(EXAMPLES["letters"][0])
    expect(visitor.locator("#to")).to_have_text(ENGLISH["letters_backwards"])
    ask(visitor, "heatmap")
    expect_answer(visitor, translate("heatmap", model="reverse-tiny"), PIECES)
    visitor.locator("#examples").get_by_text(EXAMPLES["letters"][1]).click()
    expect_answer(visitor, translate(EXAMPLES["letters"][1], model="reverse-tiny"), PIECES)


def set_beam(page, size):
    page.click("#settings summary")
    page.fill("#beam", str(size))
    page.locator("#beam").dispatch_event("change")


def test_a_beam_of_one_is_greedy_search(visitor):
    nonsense = (f"The {word} blorf {word}s a zug." for word in ("wug", "quix", "snark", "frob", "gleep", "mimsy"))
    text = next(text for text in nonsense if translate(text, 1).target != translate(text).target)
    set_beam(visitor, 1)
    ask(visitor, text)
    expect_answer(visitor, translate(text, beam_size=1))


def test_versions_are_read_back_unless_a_visitor_does_not_want_it(visitor):
    (sentence,) = translate(EXAMPLES["en"][0]).sentences
    visitor.click("#versions summary")
    shares = [text.split("\n")[1] for text in visitor.locator("#versions li button").all_inner_texts()]
    assert shares == [
        f"{percent(np.mean(each.log_probs))} ↩ {percent(np.mean(each.read_back))}" for each in sentence.hypotheses
    ]
    alone_found = alone("en-fr").translate(EXAMPLES["en"][0], SearchConfig(n_best=5))
    visitor.click("#settings summary")
    visitor.uncheck("#read-back")
    expect(visitor.locator("#versions li button").first).not_to_contain_text("↩")
    expect_answer(visitor, alone_found)
    visitor.evaluate("navigator.clipboard.writeText = async text => { window.copied = text; }")
    visitor.click("#share")
    link = visitor.wait_for_function("window.copied").json_value()
    visitor.goto("about:blank")
    visitor.goto(link)
    expect_answer(visitor, alone_found)
    expect(visitor.locator("#read-back")).not_to_be_checked()


def percent(log_prob):
    return f"{100 * math.exp(log_prob):.0f} %"


STOP_AT_THE_FIRST_WORDS = """async () => {
    const target = document.querySelector('#target'), before = target.textContent;
    document.querySelector('#go').click();
    while (target.textContent === before) await new Promise(wake => setTimeout(wake, 5));
    document.querySelector('#stop').click();
}"""


def test_a_stopped_answer_does_not_stand_in_the_way_of_the_next(visitor):
    set_beam(visitor, 10)
    expect_answer(visitor, translate(EXAMPLES["en"][0], 10))
    visitor.fill("#source textarea", "I did not know that you could swim.\n" * 50)
    with visitor.expect_response("**/cancel"):
        visitor.evaluate(STOP_AT_THE_FIRST_WORDS)
    assert visitor.text_content("#target").count("\n") < 40
    expect(visitor.locator("body.busy")).to_have_count(0)
    # What was written so far can be looked at.
    visitor.get_by_text(ENGLISH["pieces"], exact=True).click()
    visitor.get_by_text(ENGLISH["title_pieces"]).wait_for()
    ask(visitor, "Good morning.")
    expect_answer(visitor, translate("Good morning.", beam_size=10), PIECES)


def test_a_link_alone_brings_text_model_settings_and_view(visitor):
    text = "Where <is> the & station?\n日本"
    set_beam(visitor, 3)
    ask(visitor, text)
    translation = translate(text, 3)
    expect_answer(visitor, translation)
    visitor.locator("#figure .sentences button").nth(1).click()
    visitor.get_by_text(ENGLISH["pieces"], exact=True).click()
    expect_heatmap(visitor, translation.sentences[1], PIECES)
    visitor.evaluate("navigator.clipboard.writeText = async text => { window.copied = text; }")
    visitor.click("#share")
    link = visitor.wait_for_function("window.copied").json_value()
    visitor.goto("about:blank")
    visitor.goto(link)
    expect_heatmap(visitor, translation.sentences[1], PIECES)
    expect_target(visitor, translation.target)
    expect(visitor.locator("#source textarea")).to_have_value(text)
    expect(visitor.locator("#notices p")).to_have_text(list(translation.warnings))


def test_a_link_that_was_tampered_with_gives_a_message(visitor):
    for fragment, said in {
        "text=A&model=none": "There is no model 'none'",
        "text=A&beam_size=99": "The beam size must be from 1 to 10",
        "text=A&units=letters": "units must be one of",
        "text=A&revision=other": "made with revision other",
    }.items():
        visitor.goto("about:blank")
        visitor.goto(f"/#{fragment}")
        expect_message(visitor, said)


def test_what_was_asked_before_comes_back_at_a_press(visitor):
    for text in ("Good morning.", "I am tired."):
        ask(visitor, text)
        expect_answer(visitor, translate(text))
    visitor.click("#undo")
    expect_answer(visitor, translate("Good morning."))
    expect(visitor.locator("#source textarea")).to_have_value("Good morning.")
    visitor.click("#history summary")
    visitor.locator("#history li", has_text="I am tired.").get_by_role("button").click()
    expect_answer(visitor, translate("I am tired."))
    visitor.get_by_role("button", name=ENGLISH["forget"]).click()
    expect(visitor.locator("#history")).to_be_hidden()


def test_a_date_is_written_the_iso_way_looking_at_its_year_for_the_year(visitor):
    visitor.select_option("#from", "dates")
    ask(visitor, "Donnerstag, den 31. Dezember 1987")
    expect_answer(visitor, translate("Donnerstag, den 31. Dezember 1987", model="dates"))
    expect_target(visitor, "1987-12-31")
    visitor.get_by_text(ENGLISH["pieces"], exact=True).click()
    visitor.get_by_text(ENGLISH["title_pieces"]).wait_for()
    drawn = visitor.evaluate(DRAWN)
    year = "".join(drawn["source"]).index("1987")
    ends = list(accumulate(map(len, drawn["source"])))
    of_year = [end > year for end in ends]  # it stands at the end of the text
    for piece, row in list(zip(drawn["target"], drawn["weights"], strict=True))[:4]:
        assert sum(weight for weight, is_year in zip(row, of_year, strict=True) if is_year) > 0.5, piece


def test_a_chinese_browser_shows_chinese(chinese_page):
    visitor = opened(chinese_page)
    shown = visitor.inner_text("body")
    for name in ("title", "subtitle", "translate", "title_words", "caption", "settings", "table", "export"):
        assert CHINESE[name] in shown, name
        assert ENGLISH[name] not in shown, name
    assert visitor.get_attribute("#source textarea", "placeholder") == CHINESE["placeholder"]
    *languages, dates, letters = visitor.inner_text("#from").split()
    sources = {re.match(r"([a-z]{2})-[a-z]{2}$", path.name) for path in EMBEDDED.iterdir()} - {None}
    assert sorted(languages) == sorted({CHINESE[found[1]] for found in sources})
    assert (dates, letters) == (CHINESE["dates"], CHINESE["letters"])
    ask(visitor, " ")
    expect_message(visitor, "还没有文字")
    ask(visitor, "Good morning.")
    expect_answer(visitor, translate("Good morning.", model="en-zh"))
    assert "__i18n__" not in visitor.inner_html(".gradio-container")


def test_one_press_swaps_the_direction_and_translates_back(chinese_page):
    visitor = opened(chinese_page)
    there = translate(EXAMPLES["en-zh"][0], model="en-zh")
    back = translate(there.target, model="zh-en")
    visitor.click("#swap")
    expect_answer(visitor, back)
    assert visitor.input_value("#source textarea") == there.target
    visitor.click("#swap")
    expect_answer(visitor, translate(back.target, model="en-zh"))


def test_language_and_theme_can_be_chosen(visitor):
    visitor.click("#theme")
    expect(visitor.locator("body.dark")).to_have_count(1)
    visitor.wait_for_function("document.querySelector('#figure .heat-graph').data[0].colorscale[0][1] === '#10151d'")
    visitor.click("#theme")
    visitor.click("#language")
    visitor.get_by_text(CHINESE["title_words"]).wait_for()
    visitor.get_by_role("tab", name=CHINESE["tab_inside"]).wait_for()
    visitor.click("#language")
    visitor.get_by_text(ENGLISH["title_words"]).wait_for()


def test_two_visitors_at_once_get_their_own_answers(visitor, chinese_page):
    texts = {visitor: "The dog is in the garden.", opened(chinese_page): "My brother reads a book."}
    for page, text in texts.items():
        page.fill("#source textarea", text)
    for page in texts:
        page.evaluate("document.querySelector('#go').click()")
    for page, text in texts.items():
        expect_answer(page, translate(text, model=model_of(page)))
    # Looking again does not bring the other's answer.
    for page, pieces in zip(texts, (ENGLISH["pieces"], CHINESE["pieces"]), strict=True):
        page.locator("#figure .choice").get_by_text(pieces, exact=True).click()
    for page, text in texts.items():
        expect_heatmap(page, translate(text, model=model_of(page)).sentences[0], PIECES)
        expect(page.locator("#history li").first).to_be_attached()
        others = [other for other in texts.values() if other != text]
        assert not any(other in page.inner_text("#history") for other in others)


@pytest.fixture
def phone(page):
    """The page on a narrow screen."""
    with on_a_phone(page):
        yield opened(page)


def test_a_narrow_screen_scrolls_the_figure_and_not_the_page(phone):
    expect_no_scrolling_aside(phone)
    phone.click("#settings summary")
    phone.click("#numbers summary")
    expect_no_scrolling_aside(phone)
    inner, outer = phone.evaluate(
        "(frame => [frame.scrollWidth, frame.clientWidth])(document.querySelector('.heat-frame'))"
    )
    assert inner > outer
    for name in ("source", "target", "go"):
        box = phone.locator(f"#{name}").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
    # The names of the rows stay where they are.
    before = phone.locator(".heat-names div").first.bounding_box()["x"]
    phone.evaluate("document.querySelector('.heat-frame').scrollLeft = 150")
    assert phone.locator(".heat-names div").first.bounding_box()["x"] == before
