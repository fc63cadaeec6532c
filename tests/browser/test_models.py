"""The models of a page in a real browser: it answers at once, and says of each model how it is.

The page runs from the folder of a Space, which has nothing of this repository but what was written there.
"""

import threading

import pytest
from playwright.sync_api import expect

from s2s.config import SearchConfig
from s2s.corpora import Pair
from s2s.hub import prepare_space, write_space
from s2s.models import EMBEDDED
from s2s.page.translate import EXAMPLES
from s2s.page.words import CHINESE
from s2s.paired import compare_targets
from s2s.translator import Translator
from tests.both_ways import alone
from tests.browser.serving import serving
from tests.browser.test_translate import TIMEOUT_MS, expect_answer
from tests.hub_double import Double, hold

LARGE = "model.safetensors"
GREEDY = SearchConfig(beam_size=1)


@pytest.fixture(scope="module")
def double(tiny_checkpoint):
    """A Hub with two sound models, one of which stalls after half of it, and one of another program."""
    made = Double()
    made.released = threading.Event()
    for name in ("ada/tiny", "ada/slow"):
        made.offer(name, tiny_checkpoint)
    made.offer("ada/bert", tiny_checkpoint, **{"config.json": b'{"architectures": ["BertModel"]}'})
    made.faults[f"ada/slow/{LARGE}"] = [hold(made.released)]
    yield made
    made.released.set()
    made.stop()


@pytest.fixture(scope="module")
def address(double, tab, chinese_tab, tmp_path_factory):
    """A page with three models of the Hub, of which one is missing and one stalls."""
    place = tmp_path_factory.mktemp("models")
    write_space(prepare_space([EMBEDDED / "en-fr"]), place / "space")
    settings = {
        "S2S_MODELS": "ada/tiny, ada/none, ada/slow",
        "HF_ENDPOINT": double.url,
        "HF_HOME": str(place / "home"),
        "HF_HUB_DOWNLOAD_TIMEOUT": "600",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    with serving(place / "log.txt", place / "space", **settings) as found:
        yield found
        for visited in (tab, chinese_tab):  # a page whose server is gone would complain in a later test
            visited.goto("about:blank")


def opened(page, address):
    page.set_default_timeout(TIMEOUT_MS)
    page.goto(address)
    page.click("#shelf summary")
    return page


def row(page, name, said):
    """Wait until the line of a model says that."""
    line = page.locator("#shelf li").filter(has_text=name).filter(has_text=said)
    line.wait_for(timeout=TIMEOUT_MS)
    return line


def add(page, name):
    page.fill("#model-name", name)
    page.press("#model-name", "Enter")


def expect_choices(page, names):
    """Wait until these are the models to choose from."""
    options = page.locator("#which option")
    expect(options).to_have_count(len(names))
    assert options.evaluate_all("options => options.map(option => option.value)") == names


def test_it_answers_while_models_come_and_each_says_how_it_is(page, address, double):
    visitor = opened(page, address)
    row(visitor, "ada/none", "the Hub has no model ada/none")
    row(visitor, "ada/tiny", "Ready")
    row(visitor, "ada/slow", "Downloading")
    visitor.wait_for_function("document.querySelector('#shelf li progress').value > 0.4")
    expect(visitor.locator("#shelf summary")).to_have_text("Models · 1 on the way · 1 not available")
    expect_answer(visitor, alone("en-fr").translate(EXAMPLES["en"][0]))
    expect_choices(visitor, ["en-fr", "ada/tiny"])
    double.released.set()
    row(visitor, "ada/slow", "Ready")
    expect_choices(visitor, ["en-fr", "ada/tiny", "ada/slow"])


def test_what_a_visitor_adds_is_that_visitors_alone(page, chinese_page, address, double, tiny_checkpoint):
    visitor = opened(page, address)
    add(visitor, "ada/bert")
    row(visitor, "ada/bert", "config.json was not made by this program")
    assert f"GET /ada/bert/resolve/main/{LARGE}" not in double.requests
    add(visitor, "bert")
    visitor.locator("#shelf .wrong", has_text="'bert' is no name on the Hub").wait_for()
    double.offer("ada/mine", tiny_checkpoint)
    add(visitor, "ada/mine")
    row(visitor, "ada/mine", "Ready")
    visitor.select_option("#which", "ada/mine")
    expected = Translator.load(tiny_checkpoint).translate(EXAMPLES["en"][0])
    expect_answer(visitor, expected)
    other = opened(chinese_page, address)
    row(other, "ada/tiny", CHINESE["model_ready"])
    assert "ada/bert" not in other.inner_text("#shelf")
    assert CHINESE["add_model"] in other.inner_text("#shelf")
    expect(other.locator('#which option[value="ada/tiny"]')).to_have_count(1)
    expect(other.locator('#which option[value="ada/mine"]')).to_have_count(0)


def expect_sides(page, **answers):
    """Wait until both sides of Compare say that."""
    for side, target in answers.items():
        expect(page.locator(f"#compare-side-{side} .compare-words")).to_have_text(target)


def test_a_model_of_the_hub_is_compared_with_the_one_that_came_along(page, address, tiny_checkpoint):
    visitor = opened(page, address)
    row(visitor, "ada/tiny", "Ready")
    visitor.click("#tab_compare-button")
    own, tiny, text = alone("en-fr"), Translator.load(tiny_checkpoint), EXAMPLES["en"][-1]
    greedy = own.translate(text, GREEDY).target
    # Without a grid one model searches in two ways.
    expect_sides(visitor, one=greedy, other=own.translate(text).target)
    visitor.select_option("#compare-other", "ada/tiny")
    expect_sides(visitor, one=greedy, other=tiny.translate(text).target)
    visitor.locator("#compare-test > summary").click()
    pairs = [Pair("I am cold.", "J'ai froid."), Pair("Go away.", "Va-t'en.")]
    content = "".join(f"{pair.source}\t{pair.target}\n" for pair in pairs).encode()
    visitor.set_input_files("#compare-test-source", {"name": "t.tsv", "mimeType": "text/plain", "buffer": content})
    visitor.click("#compare-test-go")
    visitor.locator("#compare-download").wait_for()
    written = [[each.target for each in own.translate_batch([pair.source for pair in pairs], GREEDY)]]
    written.append([each.target for each in tiny.translate_batch([pair.source for pair in pairs])])
    scores = compare_targets(pairs, *written).scores
    values = [float(each.get_attribute("data-value")) for each in visitor.locator("#compare-test-result td").all()]
    assert values == pytest.approx([value for score in scores for value in (score.one, score.other, score.p_value)])
