"""The tab Train as visitors use it: a whole training, two at once, a stop, and what is left of who closes the page."""

import contextlib
import json
import tempfile
import time
import urllib.request
import zipfile
from pathlib import Path
from urllib.parse import urlparse

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from s2s.models import EMBEDDED
from s2s.page.film import FILM
from s2s.page.train_words import TRAIN
from s2s.toys import answer
from s2s.translator import Translator
from tests.page_server import served

LONG_MS = 600_000  # the machine may be busy, and trainings give way to all else on it
HEAT = "() => document.querySelector('#train-heat .js-plotly-plot')?._fullData?.[0]?.z.map(row => [...row])"
RUN = json.loads(FILM.read_text(encoding="utf-8"))["run"]


def opened(page, address="/"):
    page.set_default_timeout(60_000)
    page.goto("about:blank")
    page.goto(address)
    page.locator("#tab_train-button").click()
    page.locator("#train-target", has_text=RUN["points"][-1]["target"]).wait_for()
    return page


@pytest.fixture
def visitor(page):
    return opened(page)


def choose(page, **choices):
    for name, value in choices.items():
        page.select_option(f"#train-{name}", value)


def press_train(page):
    page.click("#train-go")
    page.locator("#train-state", has_text=TRAIN["train_training"][0].split(":")[0]).wait_for(timeout=LONG_MS)


def stop(page):
    page.click("#train-stop")
    page.locator("#train-resume").wait_for(timeout=LONG_MS)


@pytest.fixture
def trainings(server):
    """Says which processes train for this server: they are forks of the one that has loaded the libraries."""
    if not Path("/proc/self/environ").exists():
        pytest.skip("processes are looked for in /proc")
    mark = f"S2S_PORT={urlparse(server).port}".encode()

    def trainings():
        found = {}
        for place in Path("/proc").iterdir():
            with contextlib.suppress(OSError):  # it has just ended
                if place.name.isdigit() and mark in (place / "environ").read_bytes().split(b"\0"):
                    state, parent = (place / "stat").read_text().rsplit(")", 1)[1].split()[:2]
                    if state != "Z":
                        found[place.name] = parent, b"forkserver" in (place / "cmdline").read_bytes()
        return [pid for pid, (parent, _) in found.items() if found.get(parent, ("", False))[1]]

    return trainings


def wait_for(condition):
    deadline = time.monotonic() + LONG_MS / 1000
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_film_stands_there_before_anybody_trains(visitor):
    expect(visitor.locator("#train-source")).to_have_text(RUN["example"])
    visitor.wait_for_function(f"({HEAT})()")
    assert visitor.evaluate(HEAT) == RUN["points"][-1]["figure"]["data"][0]["z"]
    visitor.locator("#train-slider").fill("0")
    expect(visitor.locator("#train-target")).to_have_text(RUN["points"][0]["target"])
    expected = RUN["points"][0]["figure"]["data"][0]["z"]
    visitor.wait_for_function(f"expected => JSON.stringify(({HEAT})()) === JSON.stringify(expected)", arg=expected)
    visitor.click("#train-curve .play")
    expect(visitor.locator("#train-target")).to_have_text(RUN["points"][-1]["target"])
    expect(visitor.locator("#train-model")).to_be_hidden()  # it is nobody's to type into


@pytest.mark.slow  # half a minute of work that gives way to all other tests
def test_a_whole_training_of_reverse(visitor, trainings, tmp_path):
    press_train(visitor)
    assert len(trainings()) == 1
    visitor.locator("#train-model").wait_for(timeout=LONG_MS)
    while visitor.locator("#train-resume").is_visible():  # so busy a machine that its time was over
        visitor.click("#train-resume")
        visitor.locator("#train-state", has_text="Trained:").or_(visitor.locator("#train-resume")).first.wait_for(
            timeout=LONG_MS
        )
    assert float(visitor.locator("#train-test").get_attribute("data-exact")) >= 0.95
    expect(visitor.locator("#train-target")).to_have_text(answer("reverse", RUN["example"]))
    weights = np.array(visitor.evaluate(HEAT))[: len(RUN["example"])]
    assert weights.argmax(axis=1).tolist() == list(range(len(RUN["example"])))[::-1]
    wait_for(lambda: not trainings())
    with visitor.expect_download() as waiting:
        visitor.click("#train-download")
    waiting.value.save_as(tmp_path / "model.zip")
    zipfile.ZipFile(tmp_path / "model.zip").extractall(tmp_path)
    model = Translator.load(tmp_path / waiting.value.suggested_filename.removesuffix(".zip"))
    visitor.fill("#train-text", "planet")
    visitor.press("#train-text", "Enter")
    expect(visitor.locator("#train-tried")).to_have_text(model.translate("planet").target)
    visitor.wait_for_function("document.querySelectorAll('#train-model .xtick text').length === 6")
    assert not Axe().run(visitor, "#train").response["violations"]


def test_two_visitors_train_at_once_and_a_third_one_waits(visitor, chinese_page, open_page, trainings):
    third = opened(open_page(locale="en-US"))
    other = opened(chinese_page)
    choose(visitor, toy="sort", cell="rnn", attention="luong-dot", size="large")  # neither ends before it is looked at
    choose(other, toy="copy", attention="none", size="large")
    press_train(visitor)
    other.click("#train-go")
    other.locator("#train-state", has_text=TRAIN["train_training"][1].split("：")[0]).wait_for(timeout=LONG_MS)
    assert len(trainings()) == 2
    expect(visitor.locator("#train-source")).to_have_text("blacksmith")
    expect(other.locator("#train-source")).to_have_text("bl4ack7sm0it9h")
    other.locator("#train-heat .annotation-text").wait_for()
    third.click("#train-go")
    expect(third.locator("#train-state")).to_have_text(TRAIN["train_waiting_next"][0])
    third.click("#train-stop")
    expect(third.locator("#train-target")).to_have_text(RUN["points"][-1]["target"])
    expect(third.locator(".train > .notices")).to_be_empty()  # it was stopped, not lost
    third.context.close()
    stop(visitor)
    expect(visitor.locator("#train-model")).to_be_visible()
    expect(other.locator("#train-stop")).to_be_visible()
    assert len(trainings()) == 1
    other.goto("about:blank")
    wait_for(lambda: not trainings())


def test_stop_and_go_on(visitor, trainings):
    press_train(visitor)
    visitor.locator("#train-state", has_text="update").wait_for()
    visitor.wait_for_function("Number(document.querySelector('#train-slider').max) >= 3", timeout=LONG_MS)
    stop(visitor)
    wait_for(lambda: not trainings())
    points = int(visitor.locator("#train-slider").get_attribute("max"))
    expect(visitor.locator("#train-tried")).not_to_have_text("\u00a0")
    visitor.click("#train-resume")
    visitor.wait_for_function(
        "points => Number(document.querySelector('#train-slider').max) > points", arg=points, timeout=LONG_MS
    )
    assert len(trainings()) == 1
    stop(visitor)


def test_who_closes_the_page_leaves_no_process_and_no_file(open_page, page_problems, trainings):
    page = opened(open_page(locale="en-US"))
    before = folders()
    press_train(page)
    assert len(trainings()) == 1
    mine = folders() - before
    assert len(mine) == 1
    page.context.close()
    wait_for(lambda: not trainings() and not folders() & mine)


def test_a_training_that_is_gone_is_told(open_page, page_problems, server):
    for language, locale in enumerate(("en-US", "zh-CN")):
        page = open_page(locale=locale)
        streams = []
        page.on("request", lambda request, streams=streams: streams.append(request.url))
        opened(page)
        page.click("#train-go")
        page.locator("#train-stop").wait_for()
        (presence,) = (url for url in streams if "/heartbeat/" in url)
        urllib.request.urlopen(presence).close()  # as if the line of this visitor were cut
        expect(page.locator(".train > .notices")).to_have_text(TRAIN["train_gone"][language], timeout=LONG_MS)
        expect(page.locator("#train-target")).to_have_text(RUN["points"][-1]["target"])
        expect(page.locator("#train-stop")).to_be_hidden()
        page.context.close()


def test_a_look_leaves_what_is_typed_alone(open_page, page_problems):
    page = open_page(locale="en-US")
    page.clock.install()
    opened(page)
    press_train(page)
    page.wait_for_function("Number(document.querySelector('#train-slider').max) >= 1", timeout=LONG_MS)
    stop(page)
    expect(page.locator("#train-tried")).not_to_have_text("\u00a0")
    page.fill("#train-text", "planet")
    with page.expect_response(lambda response: "/run/" in response.url):
        page.clock.fast_forward("02:00")  # the page says that somebody is still there
    expect(page.locator("#train-resume")).to_be_visible()
    expect(page.locator("#train-text")).to_have_value("planet")
    page.context.close()


def test_where_nobody_may_train_the_example_is_watched(page, chinese_page, tmp_path):
    with served(EMBEDDED / "reverse-tiny", tmp_path / "log", trainings=0) as closed:
        for language, visitor in enumerate((page, chinese_page)):
            opened(visitor, f"http://127.0.0.1:{closed.port}/")
            expect(visitor.locator(".train-head .help")).to_have_text(TRAIN["train_off"][language])
            expect(visitor.locator("#train-go")).to_have_count(0)
            visitor.locator("#train-slider").fill("0")
            expect(visitor.locator("#train-target")).to_have_text(RUN["points"][0]["target"])
            visitor.goto("about:blank")  # that server ends


def folders():
    return {folder for root in Path(tempfile.gettempdir()).glob("s2s-train-*") for folder in root.iterdir()}
