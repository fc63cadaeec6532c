"""What a visitor takes away: each file is opened, and holds the picture that was on the screen."""

import json
import re
import struct
import xml.etree.ElementTree as ElementTree
import zlib

import pytest

from s2s.colours import colour_at, colour_stops
from s2s.config import SearchConfig
from s2s.downloads import FORMS, read_json
from s2s.page.words import ENGLISH
from s2s.view import View, grid_of
from tests.both_ways import load
from tests.browser.test_translate import DRAWN, STRANGE, WORDS, ask, expect_answer, expect_heatmap, opened, translate

SENTENCE = f"The dog sleeps. {STRANGE}"


@pytest.fixture
def visitor(page):
    """The page with an answer in several scripts."""
    opened(page)
    ask(page, SENTENCE)
    expect_answer(page, translate(SENTENCE))
    yield page
    page.evaluate("sessionStorage.clear()")


def taken(page, form):
    """The name and the content of a file."""
    page.click("#export summary")
    with page.expect_download() as waiting:
        page.click(f"#export [data-form={form}]")
    return waiting.value.suggested_filename, waiting.value.path().read_bytes()


def chunks(png):
    """Type and content of the parts of a PNG file; their checksums must be right."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    place = 8
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        body = png[place + 4 : place + 8 + length]
        assert zlib.crc32(body) == struct.unpack(">I", png[place + 8 + length : place + 12 + length])[0]
        yield body[:4], body[4:]
        place += 12 + length


def expect_origin(values):
    translation = translate(SENTENCE)
    assert (values["model"], values["revision"]) == (translation.model, translation.revision)
    assert values["settings"] == dict(translation.settings)
    assert values["source"] == translation.sentences[0].source


def size_of_the_figure(page):
    return page.evaluate(
        "(plot => [plot.layout.width, plot.layout.height])(document.querySelector('#figure .heat-graph'))"
    )


def is_drawn(pixels):
    """Whether there is paper, the colour of the greatest weight, and something between."""
    greatest = float(grid_of(translate(SENTENCE).sentences[0], 0, WORDS).weights.max())
    wanted = bytes.fromhex(colour_at(colour_stops(WORDS), greatest)[1:])
    near = (max(abs(one - other) for one, other in zip(pixel, wanted, strict=True)) <= 1 for pixel in pixels)
    return b"\xff\xff\xff" in pixels and any(near) and len(pixels) > 20


def test_png(visitor):
    name, content = taken(visitor, "png")
    assert re.fullmatch(r"the-dog-sleeps\.en-fr@[0-9a-f]{12}\.beam5\.png", name)
    parts = list(chunks(content))
    width, height = struct.unpack(">II", parts[0][1][:8])
    assert [width, height] == [3 * side for side in size_of_the_figure(visitor)]
    (text,) = [part for kind, part in parts if kind == b"iTXt"]
    assert text.startswith(b"Description\0\0\0\0\0")
    expect_origin(json.loads(text.removeprefix(b"Description\0\0\0\0\0")))


def test_svg(visitor):
    _, content = taken(visitor, "svg")
    drawing = ElementTree.fromstring(content)
    space = "{http://www.w3.org/2000/svg}"
    texts = {"".join(element.itertext()) for element in drawing.iter(f"{space}text")}
    grid = grid_of(translate(SENTENCE).sentences[0], 0, WORDS)
    assert {*grid.sources, *grid.targets} <= texts
    expect_origin(json.loads(drawing.find(f"{space}metadata").text))


def test_pdf(visitor):
    _, content = taken(visitor, "pdf")
    assert content.startswith(b"%PDF-1.4")
    table = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", content)[1])
    assert content[table:].startswith(b"xref\n0 7\n")
    starts = [int(row[:10]) for row in content[table:].split(b"\n")[3:9]]
    assert all(content[start:].startswith(b"%d 0 obj" % number) for number, start in enumerate(starts, 1))
    width, height, length = map(int, re.search(rb"/Width (\d+) /Height (\d+) .*/Length (\d+)", content).groups())
    packed = content[content.index(b"stream\n", starts[4]) + 7 :][:length]
    pixels = zlib.decompress(packed)
    assert len(pixels) == 3 * width * height
    assert is_drawn({pixels[place : place + 3] for place in range(0, len(pixels), 3)})
    title, subject = re.search(rb"/Title <feff([0-9a-f]*)> /Subject <feff([0-9a-f]*)>", content).groups()
    assert bytes.fromhex(title.decode()).decode("utf-16-be") == translate(SENTENCE).sentences[0].source
    expect_origin(json.loads(bytes.fromhex(subject.decode()).decode("utf-16-be")))


def test_html_draws_the_same_figure_without_a_server(visitor, tmp_path):
    drawn = visitor.evaluate(DRAWN)
    name, content = taken(visitor, "html")
    path = tmp_path / name
    path.write_bytes(content)
    visitor.goto(path.as_uri())
    visitor.wait_for_selector(".plotly-graph-div .heatmaplayer")
    again = visitor.evaluate(DRAWN.replace("#figure .heat-graph", ".plotly-graph-div"))
    assert again == drawn


@pytest.mark.parametrize("form", [form for form in FORMS if form not in ("html", "json")])
def test_other_forms_come_as_python_writes_them(visitor, form):
    name, content = taken(visitor, form)
    assert name.endswith(FORMS[form][0])
    if form != "npz":
        assert content.decode()


def test_json_opens_again_as_the_same_picture(visitor, tmp_path):
    visitor.locator("#figure .sentences button").nth(1).click()
    visitor.get_by_text(ENGLISH["pieces"], exact=True).click()
    expect_heatmap(visitor, translate(SENTENCE).sentences[1], View())
    name, content = taken(visitor, "json")
    *_, expected = load("en-fr").stream(SENTENCE, SearchConfig(n_best=5))
    assert read_json(content).translation == expected
    path = tmp_path / name
    path.write_bytes(content)
    opened(visitor)
    visitor.set_input_files("#open-file", path)
    expect_heatmap(visitor, translate(SENTENCE).sentences[1], View())
    assert visitor.text_content("#target") == translate(SENTENCE).target
    assert visitor.input_value("#source textarea") == SENTENCE
    path.write_text("{}")
    visitor.set_input_files("#open-file", path)
    visitor.locator("#notices p", has_text="This is no saved translation").wait_for()
