"""Look inside as a visitor uses it: what is drawn is what Python finds for the same question."""

import json
from functools import cache
from urllib.parse import quote, unquote

import numpy as np
import pytest
from playwright.sync_api import expect

from s2s.figures_inside import GOLD
from s2s.inside.alternatives import options
from s2s.inside.beam_tree import lay_out, pieces_to
from s2s.inside.branches import Turn, grow, plant
from s2s.inside.explanation import agreements, explain
from s2s.inside.gold import gold_examples, score_rule
from s2s.inside.judgement import judge
from s2s.inside.states import state_paths
from s2s.inside.surgery import effect, operation, uniform
from s2s.inside.walk import walk
from s2s.models import EMBEDDED
from s2s.page.inside import CONFIG
from s2s.page.inside_words import INSIDE
from s2s.page.translate import EXAMPLES
from s2s.translator import Translator
from s2s.words import words_of_pieces
from tests.browser.looks import expect_chinese, expect_no_scrolling_aside, expect_open_to_all, on_a_phone

TIMEOUT_MS = 60_000  # the machine may be busy
TEXT = EXAMPLES["en"][0]
STEP = 6

DRAWN = """(part) => document.querySelector(`${part} .js-plotly-plot`)?._fullData?.map(
    ({z, x, y}) => z ? z.map(row => [...row]) : [[...x], [...y]])"""
IS_DRAWN = f"""([part, expected]) => {{
    const found = ({DRAWN})(part);
    const near = (a, b) => Array.isArray(a) ? a.length === b?.length && a.every((each, i) => near(each, b[i])) :
        a === b || Math.abs(a - b) < 1e-5;
    return found && near(expected, found[0]);
}}"""


@cache
def translator():
    return Translator.load(EMBEDDED / "en-fr")


@cache
def planted(text=TEXT):
    return plant(translator().translate(text, CONFIG))


def expect_drawn(page, part, expected):
    """Wait until the first trace of a figure has these values: z, or x and y."""
    expected = np.asarray(expected).tolist()
    try:
        page.wait_for_function(IS_DRAWN, arg=[part, expected], timeout=TIMEOUT_MS)
    except Exception:
        assert page.evaluate(DRAWN, part)[0] == expected  # says what stands there instead
        raise


def expect_translation(page, sentence):
    page.locator("#inside-words", has_text=sentence.best.target).wait_for(timeout=TIMEOUT_MS)
    expect_drawn(page, "#inside-surgery", sentence.best.attention)


def opened(page, address="/", sentence=None):
    page.set_default_timeout(TIMEOUT_MS)
    # Gradio complains of an answer that is cut off by leaving; and an address that differs behind the # alone would not
    # be opened anew.
    page.wait_for_function(
        "!document.querySelector(':is(#inside, #inside_views, #inside *, #inside_views *)[aria-busy]')"
    )
    page.goto("about:blank")
    page.goto(address)
    if not address.startswith("/#inside"):
        page.get_by_role("tab").nth(1).click()
    expect_translation(page, sentence or planted()[0].sentence)
    return page


@pytest.fixture
def visitor(page):
    return opened(page)


FRENCH = f"/#inside={quote(json.dumps({'text': TEXT, 'model': 'en-fr', 'turns': []}))}"
"""Opens with the French example, whatever the visitor's language."""


def press_word(page, step):
    """Press the word that a piece belongs to."""
    words = words_of_pieces(planted()[0].sentence.best.target_pieces).of_pieces
    page.locator("#inside-words .word").nth(words[step]).click()


def press_cell(page, row, column):
    place = page.evaluate(
        """([row, column]) => {
        const {xaxis, yaxis} = document.querySelector('#inside-surgery .js-plotly-plot')._fullLayout;
        return [xaxis._offset + xaxis.l2p(column), yaxis._offset + yaxis.l2p(row)];
    }""",
        [row, column],
    )
    page.locator("#inside-surgery .heat-graph").click(position={"x": place[0], "y": place[1]})


def open_section(page, name):
    page.locator(f"#inside-{name} > summary").press(
        "Enter"
    )  # what is drawn above it meanwhile moves it away from a mouse


def test_another_word_and_the_model_goes_on_from_there(visitor):
    press_word(visitor, STEP)
    pieces = planted()[0].sentence.best.target_pieces
    expected = options(translator(), TEXT, pieces[:STEP])
    buttons = visitor.locator("#inside-options li button")
    visitor.locator(f'#inside-options button[aria-current][data-piece="{pieces[STEP]}"]').wait_for()
    assert [button.get_attribute("data-piece") for button in buttons.all()] == [each.piece for each in expected]
    shown = [float(button.get_attribute("data-probability")) for button in buttons.all()]
    assert shown == pytest.approx([each.probability for each in expected], abs=1e-6)
    assert [name.split() for name in visitor.locator("#inside-options .name").all_inner_texts()] == [
        [each.word] for each in expected
    ]
    turn = Turn(parent=0, step=STEP, pieces=(expected[1].piece,))
    grown = grow(translator(), planted(), turn)
    before = visitor.evaluate(DRAWN, "#inside-surgery")[0]
    buttons.nth(1).click()
    expect_translation(visitor, grown[1].sentence)
    np.testing.assert_allclose(visitor.evaluate(DRAWN, "#inside-surgery")[0][:STEP], before[:STEP], atol=1e-5)
    branches = visitor.locator("#inside-tree button[data-branch] > span")
    expect(branches).to_have_count(len(grown.branches))
    assert [" ".join(text.split()) for text in branches.all_inner_texts()] == [
        branch.sentence.best.target for branch in grown.branches
    ]
    visitor.locator('#inside-tree button[data-branch="0"]').click()
    expect_translation(visitor, planted()[0].sentence)


def test_a_typed_word_is_written_and_one_that_cannot_be_is_refused(visitor):
    press_word(visitor, 0)
    visitor.locator("#inside-options").wait_for()
    visitor.fill("#inside-typed", "Nous")
    visitor.press("#inside-typed", "Enter")
    visitor.locator("#inside-words", has_text="Nous ").wait_for()
    press_word(visitor, 0)
    visitor.locator("#inside-options .inside-at", has_text="Nous").wait_for()
    visitor.fill("#inside-typed", "")
    visitor.press("#inside-typed", "Enter")
    visitor.locator(".inside .notices", has_text="There is no text").wait_for()
    expect(visitor.locator("#inside-words .word").first).to_have_text("Nous")


def test_surgery_and_back(visitor):
    weights = planted()[0].sentence.best.attention.astype(float)
    weights[STEP] = uniform(weights[STEP])
    grown = grow(translator(), planted(), operation(planted(), 0, weights))
    press_cell(visitor, STEP, 1)
    visitor.click("[data-operation=uniform]")
    expect_translation(visitor, grown[1].sentence)
    found = visitor.locator("#inside-effect [data-bits]")
    found.wait_for()
    expected = effect(translator(), grown, 1)
    assert float(found.get_attribute("data-bits")) == pytest.approx(expected.divergence_bits, abs=1e-5)
    assert found.get_attribute("data-step") == str(STEP)
    rows = visitor.locator("#inside-effect tbody td:first-of-type").all_inner_texts()
    assert [" ".join(row.split()) for row in rows] == [branch.sentence.best.target for branch in grown.branches]
    visitor.click("#inside-reset")
    expect_translation(visitor, planted()[0].sentence)
    expect(visitor.locator("#inside-surgery .ytick text")).to_have_count(len(weights))


def test_a_slider_changes_the_weight_of_a_cell(visitor):
    press_cell(visitor, STEP, 2)
    slider = visitor.locator("#inside-weight")
    slider.press("End")
    changed = planted()[0].sentence.best.attention.astype(float)
    changed[STEP] = np.eye(changed.shape[1])[2]
    grown = grow(translator(), planted(), operation(planted(), 0, changed))
    expect_translation(visitor, grown[1].sentence)
    expect(visitor.locator("#inside-tree button[data-branch]")).to_have_count(2)


def test_the_tree_of_the_beam_and_its_hypotheses(visitor):
    open_section(visitor, "beam")
    sentence = planted()[0].sentence
    places = lay_out(sentence.tree)
    marks = (
        "() => { const found = document.querySelector('#inside-beam .js-plotly-plot')?._fullData.at(-1);"
        " return found && [[...found.x], [...found.y]]; }"
    )
    visitor.wait_for_function(f"({marks})()")
    assert visitor.evaluate(marks) == [[place.step for place in places], [place.row for place in places]]
    expect(visitor.locator("#inside-node b")).to_have_text(sentence.best.target)
    node = next(number for number, place in enumerate(places) if place.fate == "dropped" and place.step == 2)
    x, y = visitor.evaluate(
        """node => {
        const plot = document.querySelector('#inside-beam .js-plotly-plot'), marks = plot._fullData.at(-1);
        const {xaxis, yaxis} = plot._fullLayout;
        return [xaxis._offset + xaxis.l2p(marks.x[node]), yaxis._offset + yaxis.l2p(marks.y[node])];
    }""",
        node,
    )
    visitor.locator("#inside-beam .js-plotly-plot").click(position={"x": x, "y": y})
    pieces = translator().pieces
    expected = pieces.write(pieces.ids(pieces_to(sentence, node)), translator().read(TEXT), complete=False)
    visitor.locator("#inside-node b", has_text=expected).wait_for()


def test_a_translation_of_ones_own_is_judged(visitor):
    open_section(visitor, "own")
    visitor.locator("#inside-judgement tbody tr").first.wait_for()  # an example is there
    target = "Je ne savais pas que vous saviez nager."
    visitor.fill("#inside-target", target)
    visitor.press("#inside-target", "Enter")
    visitor.locator("#inside-judgement tr", has_text="saviez").wait_for()
    found = judge(translator(), TEXT, target)
    rows = visitor.locator("#inside-judgement tbody tr")
    bits = [float(row.get_attribute("data-bits")) for row in rows.all()]
    assert sum(bits) == pytest.approx(sum(found.surprisals_bits), abs=1e-4)
    assert max(int(row.get_attribute("data-rank")) for row in rows.all()) == max(found.ranks)
    assert found.preferred.word in visitor.inner_text("#inside-own .inside-at")
    expect_drawn(visitor, "#inside-own", found.sentence.best.attention)


def test_three_explanations_states_and_gold_links(visitor):
    sentence = planted()[0].sentence
    open_section(visitor, "explanation")
    found = explain(translator(), sentence.source_pieces, sentence.best.target_pieces)
    visitor.select_option("#inside-step", str(STEP))
    expect_drawn(visitor, "#inside-explanation", [found.attention[STEP], found.gradient[STEP], found.left_out[STEP]])
    rows = visitor.locator("#inside-agreements tbody tr")
    expect(rows).to_have_count(len(agreements([found])))
    told = [float(row.get_attribute("data-spearman")) for row in rows.all()]
    assert told == pytest.approx([each.spearman for each in agreements([found])], abs=1e-4)

    open_section(visitor, "states")
    paths = state_paths(walk(translator(), TEXT, sentence.best.target_pieces))
    for name, path in zip(("encoder", "decoder"), paths, strict=True):
        expect_drawn(visitor, f"#inside-{name}", path.points.T)

    open_section(visitor, "gold")
    examples = gold_examples(translator())
    expect_drawn(visitor, "#inside-gold", examples[0].weights["attention"])
    visitor.select_option("#inside-pair", "6")
    for name in ("Once it is written", "Greatest of row and column"):
        visitor.locator("#inside-gold .choice label", has_text=name).click()
    expect_drawn(visitor, "#inside-gold", examples[6].weights["posterior"])
    expected = score_rule(examples, "intersection", weighing="posterior")
    share = f"{round(100 * expected.recall)} %"
    visitor.locator("#inside-scores tbody tr").nth(1).locator("td", has_text=share).first.wait_for()
    shown = [
        float(cell.get_attribute("data-share"))
        for cell in visitor.locator("#inside-scores tbody tr").nth(1).locator("td").all()
    ]
    assert shown == pytest.approx([expected.precision, expected.recall, expected.error_rate])
    shapes = "document.querySelector('#inside-gold .js-plotly-plot')._fullLayout.shapes"
    boxes = visitor.evaluate(f"color => {shapes}.filter(each => each.line.color === color).length", GOLD)
    assert boxes == len(examples[6].pair.possible)


def test_an_address_grows_the_same_tree_for_another_visitor(page):
    turns = [Turn(parent=0, step=STEP, pieces=("▁vous",))]
    grown = grow(translator(), planted(), turns[0])
    values = {"text": TEXT, "model": "en-fr", "turns": [turn.to_plain() for turn in turns]}
    visitor = opened(page, f"/#inside={quote(json.dumps(values))}", grown[1].sentence)
    expect(visitor.locator("#inside-tree button[data-branch]")).to_have_count(2)
    visitor.evaluate("navigator.clipboard.writeText = async text => { window.copied = text; }")
    visitor.click("#inside-link")
    address = visitor.wait_for_function("window.copied").json_value()
    assert json.loads(unquote(address.split("#inside=")[1]))["turns"] == values["turns"]


def test_what_was_translated_is_taken_apart_and_visitors_do_not_meet(visitor, chinese_page):
    visitor.get_by_role("tab").nth(0).click()
    visitor.fill("#source textarea", "Good morning.")
    visitor.click("#go")
    visitor.locator("#answer", has_text=planted("Good morning.")[0].sentence.best.target).wait_for()
    visitor.get_by_role("tab").nth(1).click()
    expect_translation(visitor, planted("Good morning.")[0].sentence)
    other = opened(chinese_page, FRENCH)
    press_word(other, STEP)
    other.locator("#inside-options li button").nth(1).click()
    other.locator("#inside-tree li li").wait_for()
    expect_translation(visitor, planted("Good morning.")[0].sentence)
    expect(visitor.locator("#inside-tree li")).to_have_count(1)
    visitor.locator("#inside-words .word").first.click()
    first = planted("Good morning.")[0].sentence.best.target.split()[0]
    visitor.locator("#inside-options button[aria-current]", has_text=first).wait_for()


def test_a_word_is_pressed_before_this_tab_was_ever_opened(page):
    page.goto("about:blank")
    page.goto("/")
    page.locator("#target .word").nth(2).click()
    expect_translation(page, planted()[0].sentence)
    words = words_of_pieces(planted()[0].sentence.best.target_pieces)
    piece = planted()[0].sentence.best.target_pieces[words.of_pieces.index(2)]
    page.locator(f'#inside-options button[aria-current][data-piece="{piece}"]').wait_for()


def test_a_word_of_the_answer_on_the_first_screen_is_pressed_and_another_can_be_chosen(visitor):
    text = "I am tired.\nShe reads a long letter."
    visitor.get_by_role("tab").nth(0).click()
    visitor.fill("#source textarea", text)
    visitor.click("#go")
    target = translator().translate(text, CONFIG).sentences[1].best
    words = words_of_pieces(target.target_pieces)
    word = visitor.locator('#target .word[data-sentence="1"]').nth(2)
    expect(word).to_have_text(words.texts[2])
    expect(visitor.locator("body.busy")).to_have_count(0)
    word.click()  # its sentence is shown
    visitor.locator("#figure .sentences button").nth(1).and_(visitor.locator("[aria-pressed=true]")).wait_for()
    word.click()
    visitor.locator("#inside-words", has_text=target.target).wait_for()
    step = words.of_pieces.index(2)
    visitor.locator(f'#inside-options button[aria-current][data-piece="{target.target_pieces[step]}"]').wait_for()


def test_an_answer_into_a_stream_that_nobody_reads_comes_all_the_same(visitor):
    # The server ends a stream when no answer is due; to the browser it may look open for a moment more.
    ended = {"content_type": "text/event-stream", "body": 'data: {"msg": "close_stream"}\n\n'}
    visitor.route("**/queue/data*", lambda route: route.fulfill(**ended), times=1)
    open_section(visitor, "gold")
    expect_drawn(visitor, "#inside-gold", gold_examples(translator())[0].weights["attention"])
    visitor.unroute_all()


def test_nothing_keeps_people_out_in_either_theme(visitor):
    press_word(visitor, STEP)
    visitor.locator("#inside-options li button").nth(1).click()
    visitor.locator("#inside-tree li li").wait_for()
    visitor.click("[data-operation=uniform]")
    visitor.locator("#inside-effect table").wait_for()
    for name in ("beam", "own", "explanation", "gold", "states"):
        open_section(visitor, name)
    visitor.locator("#inside-scores td").first.wait_for()
    visitor.locator("#inside-judgement td").first.wait_for()
    expect_open_to_all(visitor, "#inside")


def test_the_keyboard_reaches_words_cells_and_nodes(visitor):
    visitor.focus("#inside-words")
    visitor.keyboard.press("ArrowRight")
    visitor.keyboard.press("ArrowRight")
    visitor.keyboard.press("Enter")
    pieces = planted()[0].sentence.best.target_pieces
    visitor.locator(f'#inside-options button[aria-current][data-piece="{pieces[1]}"]').wait_for()
    visitor.focus("#inside-surgery .heat-frame")
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "Enter"):
        visitor.keyboard.press(key)
    attention = planted()[0].sentence.best.attention
    expected = f"{round(100 * float(attention[1, 1]))} %" if attention[1, 1] >= 0.005 else "%"
    visitor.locator("#inside-surgery .inside-at", has_text=expected).wait_for()
    assert pieces[1].strip("▁") in visitor.inner_text("#inside-surgery .inside-at")
    open_section(visitor, "beam")
    visitor.locator("#inside-node b").wait_for()
    visitor.focus("#inside-beam .plot-frame")
    visitor.keyboard.press("ArrowLeft")
    sentence = planted()[0].sentence
    best = next(number for number, node in enumerate(sentence.tree) if node.rank == 0)
    model = translator().pieces
    text = model.write(model.ids(pieces_to(sentence, best - 1)), translator().read(TEXT), complete=False)
    expect(visitor.locator("#inside-node b")).to_have_text(text)


def test_a_chinese_browser_shows_chinese_and_a_narrow_screen_scrolls_figures_only(chinese_page):
    with on_a_phone(chinese_page):
        visitor = opened(chinese_page, FRENCH)
        for name in ("beam", "own", "explanation", "gold", "states"):
            open_section(visitor, name)
        visitor.locator("#inside-decoder .js-plotly-plot").wait_for()
        expect_drawn(visitor, "#inside-gold", gold_examples(translator())[0].weights["attention"])
        expect_no_scrolling_aside(visitor)
        names = ("lead", "press", "surgery", "beam_help", "own_lead", "gold_help")
        expect_chinese(visitor, "#inside", INSIDE, [f"inside_{name}" for name in names])
