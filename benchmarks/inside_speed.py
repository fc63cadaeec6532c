"""How long a visitor of Look inside waits: another word, and surgery, from the press to the new translation.

    python benchmarks/inside_speed.py [--rounds 20]

Starts app.py and a headless Chromium on this machine; the medians are of a sentence of twelve words, with a beam of 5.
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from peers import emit
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
TEXT = "My old brother did not know that you could swim so well."
STEP = 3  # the word that is pressed

# Presses something, and waits until other words stand there and are painted.
PRESS = """async selector => {
    const words = document.querySelector("#inside-words"), begin = performance.now();
    const changed = new Promise(resolve => {
        const observer = new MutationObserver(() => { observer.disconnect(); resolve(); });
        observer.observe(words, {childList: true});
    });
    document.querySelector(selector).click();
    await changed;
    await new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
    return performance.now() - begin;
}"""


def start_server() -> tuple[subprocess.Popen[bytes], str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    environment = os.environ | {"S2S_PORT": str(port), "HF_HUB_OFFLINE": "1"}
    process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    while process.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/config", timeout=5).close()
            return process, address
        except OSError:
            time.sleep(0.2)
    raise SystemExit("app.py ended before it served")


def back(page: Page) -> None:
    """Look at the model's own translation again, its words at rest."""
    page.evaluate(PRESS, '#inside-tree [data-branch="0"]')


def another_word(page: Page, number: int) -> float:
    page.locator("#inside-words .word").nth(STEP).click()
    option = f"#inside-options li:nth-child({2 + number % 9}) button"
    page.wait_for_selector(option)
    page.wait_for_timeout(200)
    return float(page.evaluate(PRESS, option))


def surgery(page: Page, number: int) -> float:
    return float(page.evaluate(PRESS, "[data-operation=shift]"))


def begin(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("tab").nth(1).click()
    page.wait_for_selector("#inside-words .word")
    page.fill("#inside-source", TEXT)
    page.evaluate(PRESS, "#inside-go")
    page.locator("#inside-options li button").first.wait_for()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    process, address = start_server()
    try:
        with sync_playwright() as playwright:
            found = os.environ.get("BROWSER_PATH", "/usr/bin/chromium")
            browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page()
            for name, measure in (("another word", another_word), ("surgery", surgery)):
                begin(page, address)
                times = []
                for number in range(rounds):
                    times.append(measure(page, number))
                    back(page)
                emit("s2s", name, "median", statistics.median(times), "ms", rounds=rounds, worst=round(max(times)))
    finally:
        process.terminate()


if __name__ == "__main__":
    main()
