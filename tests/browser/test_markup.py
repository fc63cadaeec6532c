"""Whatever a visitor, an address, a file or a model's card says is shown as text: nothing of it runs."""

import json
from urllib.parse import quote

import pytest

from s2s.checkpoint import CONFIG, SUMMED
from s2s.downloads import Picture, save
from s2s.manifest import write_manifest
from s2s.models import EMBEDDED
from tests.browser.payloads import PAYLOADS
from tests.browser.serving import serving
from tests.browser.test_translate import TIMEOUT_MS, ask, opened, translate

AT_ONCE = 26
"""Payloads of one text: each is a line, and a text has 2,000 characters."""
GROUPS = [PAYLOADS[start : start + AT_ONCE] for start in range(0, len(PAYLOADS), AT_ONCE)]
# An element that only a payload could have put there (Plotly draws its cells as an image), and whether one has run.
SMUGGLED = """() => [
    window.ran ?? 0,
    [...document.querySelectorAll('iframe, object, embed, marquee, math, foreignObject, image, xmp, animate, set, x, \
[src=x], [onerror], [onload], [onfocus], [ontoggle], [href^="javascript:"], script:not([src]):not([nonce])')]
        .filter(each => each.closest('.gradio-container') && !each.matches('.heatmaplayer image'))
        .map(each => each.outerHTML.slice(0, 200)),
]"""

pytestmark = pytest.mark.parametrize("payloads", GROUPS, ids=range(len(GROUPS)))


def test_there_are_enough_of_them(payloads):
    assert len(PAYLOADS) == len(set(PAYLOADS)) >= 60
    assert payloads


@pytest.fixture
def visitor(page):
    page.add_init_script("window.alert = () => { window.ran = (window.ran ?? 0) + 1 }")
    yield opened(page)
    page.evaluate("sessionStorage.clear(), localStorage.clear()")


def assert_nothing_ran(page):
    page.evaluate("() => new Promise(done => setTimeout(done, 50))")  # what has an error has had it by then
    assert page.evaluate(SMUGGLED) == [0, []]


def texts(page, selector):
    return page.evaluate("s => [...document.querySelectorAll(s)].map(each => each.textContent)", selector)


def settled(page):
    page.locator("body:not(.busy)").wait_for(timeout=TIMEOUT_MS)


def test_what_is_typed(visitor, payloads):
    text = "\n".join(payloads)
    ask(visitor, text)
    settled(visitor)
    expected = translate(text)
    visitor.wait_for_function("t => document.querySelector('#target').textContent === t", arg=expected.target)
    assert visitor.input_value("#source textarea") == text.replace("\u2028", "\u2028")
    shown = texts(visitor, "#figure .sentences button")
    assert len(shown) == len(expected.sentences)
    assert_nothing_ran(visitor)


def test_what_an_address_carries(visitor, payloads):
    for payload in payloads[::9]:
        visitor.goto("about:blank")
        visitor.goto(f"/#text={quote('A cat. ' + payload)}&model={quote(payload)}&revision={quote(payload)}")
        notice = visitor.locator("#notices p").first
        notice.wait_for(timeout=TIMEOUT_MS)
        assert repr(payload)[1:40] in notice.text_content()
        assert visitor.input_value("#source textarea") == "A cat. " + payload
        assert_nothing_ran(visitor)


def test_what_an_address_of_look_inside_carries(visitor, payloads):
    payload = payloads[0]
    told = {"text": f"I see {payload}", "model": "en-fr", "turns": [{"parent": 0, "step": 0, "pieces": [payload]}]}
    visitor.goto("about:blank")
    visitor.goto(f"/#inside={quote(json.dumps(told))}")
    visitor.locator(".inside .notices p").first.wait_for(timeout=TIMEOUT_MS)
    assert payload[:20] in texts(visitor, ".inside .notices")[0]
    visitor.fill("#inside-source", payload)
    visitor.press("#inside-source", "Enter")
    visitor.locator("#inside:not([aria-busy])").wait_for(timeout=TIMEOUT_MS)
    visitor.fill("#inside-typed", payload)
    visitor.press("#inside-typed", "Enter")
    visitor.locator("#inside:not([aria-busy])").wait_for(timeout=TIMEOUT_MS)
    assert_nothing_ran(visitor)


def test_what_a_saved_translation_says(visitor, payloads, tmp_path):
    values = json.loads(save(Picture(translation=translate("I love you.\nI am tired.")), "json").content)
    first = values["sentences"][0]
    count = len(first["source_pieces"])
    first["source_pieces"] = [f"▁{payload}" for payload in payloads[:count]]
    best = first["hypotheses"][0] if "hypotheses" in first else first
    pieces = len(best["target_pieces"])
    best["target_pieces"] = [f"▁{payload}" for payload in payloads[:pieces]]
    values |= {"source": "\n".join(payloads), "target": " ".join(payloads), "model": payloads[0]}
    values |= {"revision": payloads[1], "warnings": payloads}
    first |= {"source": payloads[2], "target": payloads[3], "warnings": payloads}
    path = tmp_path / "saved.json"
    path.write_text(json.dumps(values))
    visitor.set_input_files("#open-file", path)
    visitor.wait_for_function("t => document.querySelector('#source textarea').value === t", arg=values["source"])
    settled(visitor)
    assert len(texts(visitor, "#notices p")) >= len(payloads)
    assert set(payloads) <= set(texts(visitor, "#notices p"))
    ticks = visitor.evaluate("() => document.querySelector('#figure').textContent")
    assert payloads[0][:10] in ticks or payloads[0][1:10] in ticks
    assert_nothing_ran(visitor)


@pytest.fixture(scope="module")
def carded(tmp_path_factory):
    """A page with models whose names and cards are payloads."""
    place = tmp_path_factory.mktemp("cards")
    names = []
    for payload in [each for each in PAYLOADS if len(each) <= 80 and not set(each) & set("\n,/\0")][:12]:
        folder = place / payload
        folder.mkdir()
        for path in (EMBEDDED / "reverse-tiny").iterdir():
            content = path.read_bytes()
            if path.name == CONFIG:
                content = json.dumps(json.loads(content) | {"name": payload, "description": payload}).encode()
            (folder / path.name).write_bytes(content)
        write_manifest(folder, SUMMED)
        names.append(payload)
    with serving(place / "log.txt", S2S_MODELS=",".join(str(place / name) for name in names), HF_HUB_OFFLINE="1") as at:
        yield at, names


def test_what_the_card_and_the_name_of_a_model_say(visitor, payloads, carded, tab):
    address, names = carded
    if payloads is not GROUPS[0]:
        pytest.skip("all cards are on one page")
    visitor.goto(address)
    visitor.click("#shelf summary")
    # The page has models of its own beside them.
    there = "names => document.querySelectorAll('#shelf li').length > names"
    visitor.wait_for_function(there, arg=len(names), timeout=TIMEOUT_MS)
    visitor.wait_for_function("() => !document.querySelector('#shelf progress')", timeout=TIMEOUT_MS)
    shown = " ".join(texts(visitor, "#shelf li"))
    assert all(name in shown for name in names)
    assert_nothing_ran(visitor)
    visitor.goto("/")  # that server ends
