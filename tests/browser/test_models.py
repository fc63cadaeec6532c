"""The models of a page in a real browser: it answers at once, and says of each model how it is.

The page runs from the folder of a Space, which has nothing of this repository but what was written there.
"""

import threading

import pytest
from playwright.sync_api import expect

from s2s.hub import prepare_space, write_space
from s2s.models import EMBEDDED
from s2s.page.translate import EXAMPLES
from s2s.page.words import CHINESE
from s2s.translator import Translator
from tests.browser.serving import serving
from tests.browser.test_translate import TIMEOUT_MS, expect_answer, translate
from tests.hub_double import Double, hold

LARGE = "model.safetensors"


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
    expect_answer(visitor, translate(EXAMPLES["en"][0]))
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
