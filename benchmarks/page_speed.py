"""How quick the page is, in a real Chromium on this machine: `python benchmarks/page_speed.py`, one JSON line a figure.

Starts app.py by itself. What is measured is what a visitor sees: from the press until the row is painted.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from s2s.colours import colour_stops  # noqa: E402
from s2s.figures import attention_spec  # noqa: E402
from s2s.result import Hypothesis, Sentence  # noqa: E402
from s2s.view import View  # noqa: E402
from tests.browser.conftest import CHROMIUM_ARGS  # noqa: E402
from tests.chromium import find_chromium  # noqa: E402

SENTENCES = [  # of 12 words each; no two are the same, so that every answer changes the figure
    f"{who} {did} a long letter to {whom} yesterday and went home early."
    for who in ("She", "He", "Tom", "Mary", "My brother")
    for did, whom in (
        ("wrote", "her friend"),
        ("sent", "his mother"),
        ("read", "the children"),
        ("showed", "a neighbour"),
    )
]
START_SECONDS = 120

# From the press to the first painted row, and to the last; every frame is looked at.
PRESS = """async text => {
    const box = document.querySelector('#source textarea'), plot = document.querySelector('#figure .heat-graph');
    box.value = text;
    box.dispatchEvent(new Event('input', {bubbles: true}));
    const old = plot._fullData[0].z, began = performance.now();
    document.querySelector('#go').click();
    let first = null;
    for (;;) {
        await new Promise(requestAnimationFrame);
        const z = plot._fullData?.[0]?.z;
        if (first === null && z && z !== old && z.length) first = performance.now() - began;
        if (first !== null && !document.body.classList.contains('busy') && plot._fullData[0].z.length) break;
    }
    await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
    return [first, performance.now() - began];
}"""

DRAW = """async spec => {
    const main = document.querySelector('script[src$="main.js"]').src;
    const {Heatmap} = await import(main.replace('main.js', 'heatmap.js'));
    const place = document.createElement('div');
    document.querySelector('#figure').append(place);
    const heatmap = new Heatmap(place, 'large');
    const scale = spec.data[0].colorscale, began = performance.now();
    await heatmap.draw(spec, {light: scale, dark: scale});
    await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
    const took = performance.now() - began;
    place.remove();
    return took;
}"""

# Presses something in Look inside, and waits until other words stand there and are painted.
CHANGE = """async selector => {
    const words = document.querySelector('#inside-words'), began = performance.now();
    const changed = new Promise(resolve => {
        const observer = new MutationObserver(() => { observer.disconnect(); resolve(); });
        observer.observe(words, {childList: true});
    });
    document.querySelector(selector).click();
    await changed;
    await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
    return performance.now() - began;
}"""

WATCH_SHIFTS = """() => {
    window.shifted = 0;
    new PerformanceObserver(list => { for (const entry of list.getEntries()) window.shifted += entry.value; })
        .observe({type: 'layout-shift'});
}"""


@contextmanager
def served() -> Iterator[str]:
    """The address of a running page."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    environment = os.environ | {"S2S_PORT": str(port), "HF_HUB_OFFLINE": "1"}
    process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        address, deadline = f"http://127.0.0.1:{port}", time.monotonic() + START_SECONDS
        while not answers(address):
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit("app.py does not answer: start it by hand to see why")
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait()


def answers(address: str) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{address}/config", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def large(side: int) -> dict[str, object]:
    """The figure of a sentence with so many pieces on each side."""
    weights = np.random.default_rng(1).dirichlet(np.full(side, 0.1), size=side).astype(np.float32)
    hypothesis = Hypothesis(
        target="", target_pieces=("▁mot",) * side, log_probs=(-1.0,) * side, score=-1.0, attention=weights
    )
    sentence = Sentence(source="", source_pieces=("▁word",) * side, hypotheses=(hypothesis,))
    return attention_spec(sentence, view=View()) | {"colours": colour_stops(View())}


def say(name: str, milliseconds: list[float], wanted: float) -> None:
    median = statistics.median(milliseconds)
    ordered = sorted(milliseconds)
    print(
        json.dumps(
            {
                "name": name,
                "median_ms": round(median),
                "least_ms": round(ordered[0]),
                "most_ms": round(ordered[-1]),
                "runs": len(ordered),
                "wanted_ms": wanted,
                "is_met": median <= wanted,
            }
        ),
        flush=True,
    )


def measure(page: Page, address: str) -> None:
    began = time.perf_counter()
    page.goto(address)
    page.wait_for_selector("#figure .heatmaplayer")
    say("page opened, example drawn", [1000 * (time.perf_counter() - began)], 5000)
    page.evaluate(PRESS, "Good morning.")  # warm
    page.evaluate(WATCH_SHIFTS)
    times = [page.evaluate(PRESS, text) for text in SENTENCES]
    say("press to first heatmap row, 12 words, beam 5", [first for first, _ in times], 300)
    say("press to the whole answer, 12 words, beam 5", [last for _, last in times], 1000)
    shifted = page.evaluate("window.shifted")
    print(
        json.dumps(
            {"name": "layout shift, all answers", "cls": round(shifted, 4), "wanted": 0.05, "is_met": shifted <= 0.05}
        )
    )
    say("heatmap of 100 x 100 pieces", [page.evaluate(DRAW, large(100)) for _ in range(5)], 1000)


def measure_inside(page: Page) -> None:
    page.get_by_role("tab").nth(1).click()
    page.wait_for_selector("#inside-words .word")
    back = '#inside-tree [data-branch="0"]'
    words, surgery = [], []
    for number, text in enumerate(SENTENCES):
        page.fill("#inside-source", text)
        page.evaluate(CHANGE, "#inside-go")
        option = f"#inside-options li:nth-child({2 + number % 9}) button"
        page.wait_for_selector(option)
        words.append(page.evaluate(CHANGE, option))
        page.evaluate(CHANGE, back)
        surgery.append(page.evaluate(CHANGE, "[data-operation=shift]"))
    say("another word to the new translation, 12 words, beam 5", words, 400)
    say("attention surgery to the new translation, 12 words, beam 5", surgery, 400)


def main() -> None:
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGS)
        page = browser.new_page(locale="en-US")
        page.set_default_timeout(60_000)
        measure(page, address)
        measure_inside(page)
        browser.close()


if __name__ == "__main__":
    main()
