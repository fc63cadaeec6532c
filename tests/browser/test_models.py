"""The models of a page in a real browser: it answers at once, and says of each model how it is.

The page runs from the folder of a Space, which has nothing of this repository but what was written there.
"""

import re
import threading

import pytest

from s2s.hub import prepare_space, write_space
from s2s.models import EMBEDDED
from s2s.page.translate import EXAMPLES
from s2s.page.words import CHINESE
from tests.browser.serving import serving
from tests.browser.test_translate import TIMEOUT_MS, translate
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
def address(double, tmp_path_factory):
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


def opened(page, address):
    page.set_default_timeout(TIMEOUT_MS)
    page.goto(address)
    page.locator("#models").get_by_role("button").first.click()
    return page


def row(page, name, said):
    """Wait until the line of a model says that."""
    line = page.locator("#model-list li").filter(has=page.locator("code", has_text=re.compile(f"^{name}$")))
    line.filter(has_text=said).wait_for(timeout=TIMEOUT_MS)
    return line


def add(page, name):
    page.fill("#model-name input, #model-name textarea", name)
    page.click("#add")


def test_it_answers_while_models_come_and_each_says_how_it_is(page, address, double):
    visitor = opened(page, address)
    row(visitor, "ada/none", "The Hub has no model ada/none")
    row(visitor, "ada/tiny", "Ready")
    assert row(visitor, "ada/slow", "Downloading").locator("progress").get_attribute("value") > "0.4"
    assert "1 on the way · 1 not available" in visitor.inner_text("#models")
    assert visitor.input_value("#target textarea") == translate(EXAMPLES["en"][0]).target
    double.released.set()
    row(visitor, "ada/slow", "Ready")
    visitor.click("#model input")
    visitor.get_by_role("option", name="Random weights (ada/slow)").wait_for()


def test_what_a_visitor_adds_is_that_visitors_alone(page, chinese_page, address, double):
    visitor = opened(page, address)
    add(visitor, "ada/bert")
    row(visitor, "ada/bert", "config.json was not made by this program")
    assert f"GET /ada/bert/resolve/main/{LARGE}" not in double.requests
    add(visitor, "bert")
    visitor.locator("#model-message", has_text="'bert' is no name on the Hub").wait_for()
    other = opened(chinese_page, address)
    row(other, "ada/tiny", CHINESE["model_ready"])
    assert "ada/bert" not in other.inner_text("#models")
    assert CHINESE["add_model"] in other.inner_text("#models")
    assert "__i18n__" not in other.inner_html("#models")
