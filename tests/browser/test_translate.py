"""The first screen as a visitor uses it: what is drawn is what the model did."""

import html
from functools import cache

import pytest

from s2s.config import SearchConfig
from s2s.figures import label
from s2s.models import EMBEDDED
from s2s.page.translate import EXAMPLES
from s2s.page.words import CHINESE, ENGLISH
from s2s.translator import Translator

TIMEOUT_MS = 30_000  # the machine may be busy
STRANGE = "<b>x</b></s>😀 中文 العربية"

# Labels as plain text, and the weights, of the figure that stands on the page.
DRAWN = """() => {
    const plot = document.querySelector('#heat .js-plotly-plot');
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
def load(model):
    return Translator.load(EMBEDDED / model)


@cache
def translate(text, beam_size=5, model="en-fr"):
    return load(model).translate(text, SearchConfig(beam_size=beam_size))


def labels(pieces):
    return [html.unescape(label(piece)) for piece in pieces]


def expect_heatmap(page, sentence):
    """Wait until the figure is that of `sentence`, weight by weight."""
    expected = {
        "source": labels(sentence.source_pieces),
        "target": labels(sentence.best.target_pieces),
        "weights": sentence.best.attention.tolist(),
    }
    try:
        page.wait_for_function(IS_DRAWN, arg=expected, timeout=TIMEOUT_MS)
    except Exception:
        assert page.evaluate(DRAWN) == expected  # says what stands there instead
        raise


def expect_answer(page, translation):
    """Wait until text and figure are those of `translation`."""
    expect_heatmap(page, translation.sentences[0])
    assert page.input_value("#target textarea") == translation.target


def expect_message(page, said):
    page.locator("#message p", has_text=said).wait_for(timeout=TIMEOUT_MS)


def opened(page, address="/"):
    page.set_default_timeout(TIMEOUT_MS)
    page.goto(address)
    expect_answer(page, translate(EXAMPLES["en"][0]))  # the example is there without a click
    return page


@pytest.fixture
def visitor(page):
    """The page, open."""
    return opened(page)


def test_a_click_translates_and_draws_the_weights_of_the_model(visitor):
    visitor.fill("#source textarea", "She reads a long letter.")
    visitor.click("#go")
    translation = translate("She reads a long letter.")
    expect_answer(visitor, translation)
    assert visitor.inner_text("#message") == ""
    assert not visitor.is_visible("#sentence")
    visitor.click("#numbers summary")
    (sentence,) = translation.sentences
    cells = visitor.locator("#numbers td").all_inner_texts()[1:]
    assert cells == [f"{100 * weight:.0f}" for weight in sentence.best.attention.flatten()]


def test_ctrl_enter_translates(visitor):
    visitor.fill("#source textarea", "Good morning.")
    visitor.press("#source textarea", "Control+Enter")
    expect_answer(visitor, translate("Good morning."))


def test_an_example_is_translated_at_a_click(visitor):
    example = EXAMPLES["en"][1]
    visitor.locator("#examples").get_by_text(example).click()
    expect_answer(visitor, translate(example))
    assert visitor.input_value("#source textarea") == example


def test_a_chosen_sentence_of_several_is_drawn(visitor):
    text = "I am tired.\n\nShe <i>is</i> happy."
    visitor.fill("#source textarea", text)
    visitor.click("#go")
    translation = translate(text)
    expect_answer(visitor, translation)
    choices = visitor.locator("#sentence label")
    choices.nth(1).wait_for()
    assert [choice.strip() for choice in choices.all_inner_texts()] == ["1. I am tired.", "2. She <i>is</i> happy."]
    choices.nth(1).click()
    expect_heatmap(visitor, translation.sentences[1])
    assert visitor.input_value("#target textarea") == translation.target
    choices.nth(0).click()
    expect_heatmap(visitor, translation.sentences[0])


def test_what_cannot_be_translated_gives_a_message_and_the_old_answer_stays(visitor):
    old = translate(EXAMPLES["en"][0])
    visitor.fill("#source textarea", " \n ")
    visitor.click("#go")
    expect_message(visitor, "There is no text")
    expect_answer(visitor, old)
    # Hidden meanwhile: to lay out a megabyte takes the browser seconds, and is not what is tested.
    visitor.locator("#source textarea").evaluate(TYPE, ["word " * 200_000, "none"])
    visitor.click("#go")
    expect_message(visitor, "1,000,000 characters; at most 2,000")
    expect_answer(visitor, old)
    visitor.locator("#source textarea").evaluate(TYPE, ["", ""])
    visitor.fill("#source textarea", "Good morning.")
    visitor.click("#go")
    expect_answer(visitor, translate("Good morning."))
    assert visitor.inner_text("#message") == ""


def test_every_script_and_markup_is_drawn_as_it_was_typed(visitor):
    visitor.fill("#source textarea", STRANGE)
    visitor.click("#go")
    expect_answer(visitor, translate(STRANGE))
    (sentence,) = translate(STRANGE).sentences
    assert visitor.locator("#heat .xtick text").all_text_contents() == labels(sentence.source_pieces)
    assert visitor.locator("#heat .ytick text").all_text_contents() == labels(sentence.best.target_pieces)
    visitor.click("#numbers summary")
    heads = visitor.locator("#numbers th").all_text_contents()
    assert heads == labels([*sentence.source_pieces, *sentence.best.target_pieces])
    assert visitor.locator("#heat b, #numbers b").count() == 0


def test_pointing_at_a_cell_names_pieces_and_weight(visitor):
    (sentence,) = translate(EXAMPLES["en"][0]).sentences
    best, column = sentence.best, 1
    row = len(best.target_pieces) - 1
    assert best.target_pieces[row] == "</s>"
    places = visitor.evaluate(
        """([row, column]) => {
        const {xaxis, yaxis} = document.querySelector('#heat .js-plotly-plot')._fullLayout;
        return [xaxis.l2p(column), yaxis.l2p(row)];
    }""",
        [row, column],
    )
    area = visitor.locator("#heat .nsewdrag").first
    area.scroll_into_view_if_needed()
    area.hover(position={"x": places[0], "y": places[1]})
    text = visitor.locator("#heat .hoverlayer .hovertext").first
    text.wait_for()
    weight = f"{best.attention[row, column]:.1%}"
    assert text.text_content() == f"</s> ← {sentence.source_pieces[column]}: {weight}"


def test_a_beam_of_one_is_greedy_search(visitor):
    nonsense = (f"The {word} blorf {word}s a zug." for word in ("wug", "quix", "snark", "frob", "gleep", "mimsy"))
    text = next(text for text in nonsense if translate(text, 1).target != translate(text).target)
    visitor.click("#settings button")
    visitor.fill("#beam input[type=number]", "1")
    visitor.press("#beam input[type=number]", "Tab")
    visitor.fill("#source textarea", text)
    visitor.click("#go")
    expect_answer(visitor, translate(text, beam_size=1))


def test_another_model_brings_its_own_example(visitor):
    visitor.click("#model input")
    visitor.get_by_role("option", name="Spells a word of Latin letters backwards").click()
    expect_answer(visitor, translate(EXAMPLES["letters"][0], model="reverse-tiny"))
    assert visitor.input_value("#source textarea") == EXAMPLES["letters"][0]
    for name, pane in (("letters", "source"), ("letters_backwards", "target")):
        assert visitor.locator(f"#{pane}").get_by_text(ENGLISH[name], exact=True).is_visible()
    visitor.fill("#source textarea", "heatmap")
    visitor.click("#go")
    expect_answer(visitor, translate("heatmap", model="reverse-tiny"))
    visitor.locator("#examples").get_by_text(EXAMPLES["letters"][1]).click()
    expect_answer(visitor, translate(EXAMPLES["letters"][1], model="reverse-tiny"))


STOP_AT_THE_FIRST_WORDS = """async () => {
    const target = document.querySelector('#target textarea'), before = target.value;
    document.querySelector('#go').click();
    while (target.value === before) await new Promise(wake => setTimeout(wake, 5));
    document.querySelector('#stop').click();
}"""


def test_a_stopped_answer_does_not_stand_in_the_way_of_the_next(visitor):
    visitor.click("#settings button")
    visitor.fill("#beam input[type=number]", "10")
    visitor.press("#beam input[type=number]", "Tab")
    visitor.fill("#source textarea", "I did not know that you could swim.\n" * 50)
    with visitor.expect_response("**/cancel"):
        visitor.evaluate(STOP_AT_THE_FIRST_WORDS)
    assert visitor.input_value("#target textarea").count("\n") < 40
    visitor.fill("#source textarea", "Good morning.")
    visitor.click("#go")
    expect_answer(visitor, translate("Good morning.", beam_size=10))


def test_a_chinese_browser_shows_chinese(chinese_page):
    visitor = opened(chinese_page)
    shown = visitor.inner_text("body")
    for name in ("title", "subtitle", "translate", "stop", "attention", "caption", "settings", "table", "en", "fr"):
        assert CHINESE[name] in shown, name
        assert ENGLISH[name] not in shown, name
    assert visitor.get_attribute("#source textarea", "placeholder") == CHINESE["placeholder"]
    visitor.click("#settings button")
    visitor.get_by_text(CHINESE["beam"], exact=True).wait_for()
    visitor.fill("#source textarea", "Good morning.")
    visitor.click("#go")
    expect_answer(visitor, translate("Good morning."))
    assert visitor.inner_text("#numbers summary") == CHINESE["table"]
    assert "__i18n__" not in visitor.inner_html(".gradio-container")


def test_two_visitors_at_once_get_their_own_answers(visitor, chinese_page):
    texts = {visitor: "The dog is in the garden.", opened(chinese_page): "My brother reads a book."}
    for page, text in texts.items():
        page.fill("#source textarea", text)
    for page in texts:
        page.evaluate("document.querySelector('#go').click()")
    for page, text in texts.items():
        expect_answer(page, translate(text))


@pytest.fixture
def phone(page):
    """The page on a narrow screen."""
    before = page.viewport_size
    page.set_viewport_size({"width": 360, "height": 740})
    yield opened(page)
    page.set_viewport_size(before)


def test_a_narrow_screen_scrolls_the_figure_and_not_the_page(phone):
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    phone.click("#settings button")
    phone.click("#numbers summary")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    inner, outer = phone.evaluate("[heat.scrollWidth, heat.clientWidth]")
    assert inner > outer
    for name in ("source", "target", "go"):
        box = phone.locator(f"#{name}").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
