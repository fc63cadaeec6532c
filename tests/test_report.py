"""The report of a training: curves, scores and samples, as they were, in one page that needs no network."""

import json
import re
from html.parser import HTMLParser

import pytest

from s2s.checkpoint import Description
from s2s.metrics import Score
from s2s.report import training_curves, write_report

HISTORY = [
    {
        "updates": 500,
        "seconds": 90.0,
        "training_loss": 5.1234,
        "validation_loss": 4.5,
        "exact_match": 0.0,
        "chrF": 8.25,
    },
    {
        "updates": 1000,
        "seconds": 180.0,
        "training_loss": 3.75,
        "validation_loss": 3.375,
        "exact_match": 0.01,
        "BLEU": 12.34,
        "chrF": 30.5,
    },
]
SCORES = [Score("BLEU", 41.75, 1.25, "nrefs:1|case:mixed|tok:13a"), Score("chrF", 60.04, None, "nrefs:1|<chr>")]
SAMPLES = [
    ("A <b>dog</b> & a cat", "Un <script>alert(1)</script>", 'Un "chien"'),
    ("</table><img src=x onerror=alert(1)>", "", "日本 😀"),
]


@pytest.fixture(scope="module")
def described():
    return Description(
        name="en-fr <2>",
        description="English & <i>French</i>",
        source_language="en",
        target_language="fr",
        training_length=60,
        scores={"test_pairs": 3000},
        training={
            "pairs": 123456,
            "updates": 7890,
            "epochs": 4.5,
            "minutes": 61.4,
            "target_tokens_per_second": 4321,
            "parameters": 6_543_210,
            "hardware": "2 CPU threads",
        },
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory, described):
    path = tmp_path_factory.mktemp("report") / "runs" / "report.html"
    write_report(path, described, HISTORY, SCORES, SAMPLES)
    return path.read_text(encoding="utf-8")


class Reader(HTMLParser):
    """What a browser would make of a page: its elements, its text without that of scripts, and its tables."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.text, self.scripts, self.cells = [], "", [], []
        self._inside = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style", "td", "th"):
            self._inside.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag):
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data):
        if self._inside[-1:] == ["script"]:
            self.scripts.append(data)
        elif self._inside[-1:] != ["style"]:
            self.text += data
            if self._inside:
                self.cells[-1] += data


@pytest.fixture(scope="module")
def reader(page):
    return Reader(page)


def plotted(reader):
    """The traces of the curves, by name, as the page's script draws them."""
    (call,) = (script for script in reader.scripts if "Plotly.newPlot(" in script and len(script) < 1_000_000)
    start = call.index("[", call.index("Plotly.newPlot("))
    traces, _ = json.JSONDecoder().raw_decode(call[start:])
    return {trace["name"]: trace for trace in traces}


def test_the_curves_hold_what_the_history_says(reader):
    traces = plotted(reader)
    assert set(traces) == {"training loss", "validation loss", "BLEU", "chrF"}
    assert traces["training loss"]["y"] == [5.1234, 3.75]
    assert traces["validation loss"]["y"] == [4.5, 3.375]
    assert traces["BLEU"]["y"] == [None, 12.34]
    assert traces["chrF"]["y"] == [8.25, 30.5]
    for trace in traces.values():
        assert trace["x"] == [1.5, 3.0]
        assert trace["text"] == ["500 updates", "1,000 updates"]


def test_losses_and_scores_have_axes_of_their_own():
    figure = training_curves(HISTORY)
    axes = {trace.name: trace.yaxis for trace in figure.data}
    assert axes["training loss"] == axes["validation loss"] != axes["BLEU"] == axes["chrF"]
    assert [annotation.text for annotation in figure.layout.annotations] == ["loss, nats a piece", "validation scores"]
    assert figure.layout.xaxis.title.text == figure.layout.xaxis2.title.text == "minutes"


def test_a_training_without_a_validation_has_empty_curves():
    assert all(len(trace.x) == 0 for trace in training_curves([]).data)


def test_the_scores_stand_with_their_bands_and_signatures(reader):
    cells = reader.cells
    row = cells.index("BLEU")
    assert cells[row : row + 3] == ["BLEU", "41.8 ± 1.2", "nrefs:1|case:mixed|tok:13a"]
    assert cells[row + 3 : row + 6] == ["chrF", "60.0", "nrefs:1|<chr>"]
    assert "Test split: 3,000 pairs" in reader.text


def test_the_samples_stand_as_they_were_written_and_nothing_of_them_runs(reader, page):
    assert reader.cells[-6:] == [text for sample in SAMPLES for text in sample]
    tags = [tag for tag, _ in reader.elements]
    assert "b" not in tags
    assert "i" not in tags
    assert "img" not in tags
    assert "alert(1)" not in "".join(reader.scripts)
    assert page.count("</html>") == 1


def test_the_facts_of_the_training_are_told(reader):
    for fact in (
        "English & <i>French</i>",
        "6.5 M parameters",
        "123,456 pairs",
        "4.5 epochs",
        "7,890 updates in 61 minutes",
        "4,321 target tokens a second on 2 CPU threads",
    ):
        assert fact in reader.text
    assert reader.text.count("en-fr <2>") == 2  # title and heading


def test_the_page_asks_for_nothing_from_outside(reader, page):
    for tag, attributes in reader.elements:
        assert tag not in ("link", "iframe", "object", "embed", "base", "form"), tag
        for name in ("src", "href", "srcset", "data", "action", "poster"):
            assert name not in attributes, (tag, name)
    styles = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert not any("url(" in style or "@import" in style for style in styles)
    bundle = max(reader.scripts, key=len)
    assert len(bundle) > 1_000_000  # plotly.js itself
    for script in reader.scripts:
        if script != bundle:
            assert not re.search(r"https?://(?!plot\.ly\b)", script), script[:200]


def test_the_page_says_what_it_is(page):
    assert page.startswith('<!doctype html><html lang="en"><meta charset="utf-8">')
    assert '<meta name="viewport" content="width=device-width">' in page
