"""Pointing at a word, a row, a column or a cell lights up what belongs to it: by mouse, keys and finger."""

import pytest

from s2s.page.translate import EXAMPLES
from s2s.view import grid_of
from tests.browser.test_translate import PIECES, WORDS, ask, expect_answer, expect_heatmap, opened, translate

SENTENCE = translate(EXAMPLES["en"][0]).sentences[0]
GRID = grid_of(SENTENCE, 0, WORDS)

# What is lit: words by their strength, and the bands over the figure by row and column.
LIT = """() => {
    const strength = each => Number(each.style.getPropertyValue('--strength'));
    const strengths = selector => Object.fromEntries(
        [...document.querySelectorAll(`${selector}.lit`)].map(each => [each.textContent, strength(each)]));
    const plot = document.querySelector('#figure .heat-graph');
    const {xaxis, yaxis, margin} = plot._fullLayout;
    const place = (box, axis, start, side, size) =>
        Math.round(axis.p2l(parseFloat(box.style[side]) + parseFloat(box.style[size]) / 2 - start));
    const bands = (kind, axis, start, side, size) =>
        [...document.querySelectorAll(kind)].map(box => place(box, axis, start, side, size));
    return {
        source: strengths('.mirror span'), target: strengths('#target .word'),
        rows: bands('.heat-row', yaxis, margin.t, 'top', 'height'),
        columns: bands('.heat-column', xaxis, margin.l, 'left', 'width'),
        said: document.querySelector('.readout').textContent.trim(),
    };
}"""


@pytest.fixture
def visitor(page):
    """The page with its example."""
    return opened(page)


def lit(page):
    return page.evaluate(LIT)


def weights_from(row):
    """Of the words that a target word looked at, as the page rounds and shows them."""
    return {
        GRID.sources[place]: pytest.approx(weight, abs=1e-3)
        for place, weight in enumerate(GRID.weights[row])
        if weight >= 0.0205
    }


def expect_target(found, row):
    word = GRID.targets[row]
    assert found["rows"] == [row]
    assert found["columns"] == []
    assert found["target"] == {word: 1}
    for name, weight in weights_from(row).items():
        assert found["source"][name] == weight
    assert found["said"].startswith(f"{word} looked at ")
    assert f"gave {word} a probability of" in found["said"]


def expect_source(found, column):
    word = GRID.sources[column]
    assert found["rows"] == []
    assert found["columns"] == [column]
    assert found["source"] == {word: 1}
    strongest = GRID.targets[int(GRID.weights[:-1, column].argmax())]
    assert found["target"][strongest] == pytest.approx(GRID.weights[:-1, column].max(), abs=1e-3)
    assert found["said"].startswith(f"{word} was looked at by ")


def expect_cell(found, row, column):
    assert (found["rows"], found["columns"]) == ([row], [column])
    assert found["source"] == {GRID.sources[column]: 1}
    assert found["target"] == {GRID.targets[row]: 1}
    weight = GRID.weights[row, column]
    assert found["said"] == f"{GRID.targets[row]} ← {GRID.sources[column]}: {100 * weight:.0f} %"


def box_of_word(page, selector, word):
    return page.locator(selector, has_text=word).first.bounding_box()


def centre(box):
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def cell(page, row, column):
    """Where a cell is on the screen; -0.9 is on the names."""
    page.locator("#figure .heat-frame").scroll_into_view_if_needed()
    return page.evaluate(
        """([row, column]) => {
        const plot = document.querySelector('#figure .heat-graph'), box = plot.getBoundingClientRect();
        const {xaxis, yaxis, margin} = plot._fullLayout;
        return [box.left + margin.l + xaxis.l2p(column), box.top + margin.t + yaxis.l2p(row)];
    }""",
        [row, column],
    )


def test_the_mouse_points_at_words_rows_columns_and_cells(visitor):
    row, column = 5, 3  # `tu`, `know`
    visitor.mouse.move(*centre(box_of_word(visitor, "#target .word", GRID.targets[row])))
    expect_target(lit(visitor), row)
    visitor.mouse.move(*centre(box_of_word(visitor, ".mirror span", GRID.sources[column])))
    expect_source(lit(visitor), column)
    visitor.mouse.move(*cell(visitor, row, -0.9))
    expect_target(lit(visitor), row)
    visitor.mouse.move(*cell(visitor, -0.9, column))
    expect_source(lit(visitor), column)
    visitor.mouse.move(*cell(visitor, 3, 2))
    expect_cell(lit(visitor), 3, 2)
    visitor.mouse.move(0, 0)
    found = lit(visitor)
    assert not any(found.values())


def test_plotlys_own_label_names_the_cell_exactly(visitor):
    visitor.mouse.move(*cell(visitor, 3, 2))
    text = visitor.locator("#figure .hoverlayer .hovertext").first
    text.wait_for()
    assert text.text_content() == f"{GRID.targets[3]} ← {GRID.sources[2]}: {GRID.weights[3, 2]:.1%}"


def test_the_keys_go_from_word_to_word_and_from_cell_to_cell(visitor):
    visitor.focus("#target")
    for row in (0, 1, 2):
        visitor.keyboard.press("ArrowRight")
        expect_target(lit(visitor), row)
    visitor.keyboard.press("ArrowLeft")
    expect_target(lit(visitor), 1)
    visitor.keyboard.press("Escape")
    assert not any(lit(visitor).values())
    visitor.focus("#figure .heat-frame")
    for key, place in {"ArrowDown": (0, 0), "ArrowRight": (0, 1), "ArrowUp": (0, 1), "ArrowLeft": (0, 0)}.items():
        visitor.keyboard.press(key)
        expect_cell(lit(visitor), *place)
    visitor.focus("#source textarea")
    visitor.keyboard.press("Control+Home")
    visitor.keyboard.press("ArrowRight")
    visitor.keyboard.press("ArrowRight")
    visitor.keyboard.press("ArrowRight")  # inside of `did`
    expect_source(lit(visitor), 1)


def test_a_source_that_was_changed_is_not_lit(visitor):
    visitor.fill("#source textarea", "I did not know that you could sing.")
    visitor.mouse.move(*centre(box_of_word(visitor, "#target .word", GRID.targets[5])))
    found = lit(visitor)
    assert found["rows"] == [5]
    assert found["source"] == {}


def test_a_piece_lights_its_word(visitor):
    text = "Unbelievable skyscrapers overwhelm her."
    ask(visitor, text)
    (sentence,) = translate(text).sentences
    expect_answer(visitor, translate(text))
    visitor.get_by_text("Pieces", exact=True).click()
    expect_heatmap(visitor, sentence, PIECES)
    grid = grid_of(sentence)
    row = next(row for row, word in enumerate(grid.target_words) if grid.target_words.count(word) > 1)
    visitor.mouse.move(*cell(visitor, row, -0.9))
    found = lit(visitor)
    assert found["rows"] == [row]
    word = grid_of(sentence, 0, WORDS).targets[grid.target_words[row]]
    assert found["target"] == {word: 1}
    # The word lights all of its rows.
    visitor.locator("#target .word", has_text=word).first.hover()
    assert lit(visitor)["rows"] == [
        place for place, other in enumerate(grid.target_words) if other == grid.target_words[row]
    ]


def test_a_finger_points_and_what_it_pointed_at_stays(open_page, page_problems):
    phone = open_page(locale="en-US", has_touch=True, viewport={"width": 360, "height": 740})
    opened(phone)
    phone.locator("#target .word", has_text=GRID.targets[5]).tap()
    expect_target(lit(phone), 5)
    phone.locator("#figure .heat-frame").scroll_into_view_if_needed()
    phone.touchscreen.tap(*cell(phone, 3, 1))
    expect_cell(lit(phone), 3, 1)
    phone.context.close()
