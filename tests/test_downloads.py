"""Files of a translation: opened again, they hold what the result says, and where it comes from."""

import csv
import dataclasses
import io
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from s2s.alignment import links_of
from s2s.colours import colour_at, colour_stops
from s2s.downloads import FORMS, Picture, read_json, save
from s2s.downloads.paper_forms import PLOTLY_GOES_HERE, html_frame, latex
from s2s.errors import DataError
from s2s.figures import attention_figure
from s2s.result import Hypothesis, Sentence, Translation
from s2s.view import View
from s2s.words import merge_attention, words_of_pieces

SETTINGS = {"beam_size": 3, "engine": "torch"}
HOSTILE = '</script><b>x</b> & 100 % $_{#}~^\\ "q",\n中文 😀'


def sentence(source_pieces, target_pieces, seed, attention=True):
    generator = np.random.default_rng(seed)

    def hypothesis():
        weights = generator.random((len(target_pieces), len(source_pieces)), dtype=np.float32)
        return Hypothesis(
            target="".join(target_pieces[:-1]).replace("▁", " ").strip(),
            target_pieces=tuple(target_pieces),
            log_probs=tuple(-generator.random(len(target_pieces))),
            score=-0.5,
            attention=weights / weights.sum(axis=1, keepdims=True) if attention else None,
        )

    return Sentence(
        source="".join(source_pieces).replace("▁", " ").strip(),
        source_pieces=tuple(source_pieces),
        hypotheses=(hypothesis(), hypothesis()),
    )


def translation(attention=True):
    sentences = (
        sentence(["▁I", "▁love", "▁y", "ou", "."], ["▁Je", "▁t", "'", "aime", ".", "</s>"], 1, attention),
        sentence(["▁" + HOSTILE, "▁b"], ["▁" + HOSTILE, "</s>"], 2, attention),
    )
    return Translation(
        source=" ".join(each.source for each in sentences),
        target=" ".join(each.best.target for each in sentences),
        sentences=sentences,
        model="ada/en-fr",
        revision="0123456789ab",
        settings=SETTINGS,
    )


VIEWS = [View(), View(units="words", end=False, scale="log"), View(units="words", scale="threshold", threshold=0.3)]
PICTURES = [
    Picture(translation=translation(), number=number, rank=rank, view=view)
    for number, rank, view in [(0, 0, VIEWS[0]), (0, 1, VIEWS[1]), (1, 0, VIEWS[0]), (1, 1, VIEWS[2])]
]
pictures = pytest.mark.parametrize("picture", PICTURES, ids=["first", "words", "hostile", "hostile words"])


@pictures
@pytest.mark.parametrize("form", FORMS)
def test_every_file_names_model_revision_and_beam(picture, form):
    file = save(picture, form)
    assert re.fullmatch(r"[\w-]+\.ada-en-fr@0123456789ab\.beam3\.[a-z.]+", file.name)
    if form not in ("npz", "pharaoh"):
        text = file.content.decode()
        for said in ("ada/en-fr", "0123456789ab", "beam_size"):
            assert said in text


@pictures
def test_json_is_read_again_as_the_same_picture(picture):
    again = read_json(save(picture, "json").content)
    assert again.translation == picture.translation
    assert (again.number, again.rank, again.view) == (picture.number, picture.rank, picture.view)
    drawn = [attention_figure(each.sentence, each.rank, each.view).to_json() for each in (picture, again)]
    assert drawn[0] == drawn[1]


def test_json_of_the_interface_for_programs_is_read_too():
    values = translation().to_plain()
    again = read_json(json.dumps(values))
    assert again.translation == translation()
    assert (again.number, again.rank, again.view) == (0, 0, View())


def spoiled(change):
    values = json.loads(save(PICTURES[0], "json").content)
    change(values)
    return json.dumps(values)


def first_hypothesis(values):
    return values["sentences"][0]["hypotheses"][0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "JSONDecodeError"),
        ("[]", "no saved translation"),
        ("{}", "KeyError: 'sentences'"),
        (b"\xff\xfe\xff", "no saved translation"),
        ("[" * 100_000, "no saved translation"),
        (spoiled(lambda values: values.update(sentences=[])), "no sentences"),
        (spoiled(lambda values: values.update(model=5)), "a text is none"),
        (spoiled(lambda values: values.update(settings=[])), "no table"),
        (spoiled(lambda values: values["shown"].update(sentence=7)), "IndexError"),
        (spoiled(lambda values: values["shown"].update(rank=-1)), "before the first"),
        (spoiled(lambda values: values["shown"]["view"].update(units="x")), "units must be one of"),
        (spoiled(lambda values: values["sentences"][0].update(hypotheses=[])), "no hypothesis"),
        (spoiled(lambda values: first_hypothesis(values)["attention"].pop()), "no table of 6 by 5"),
        (
            spoiled(lambda values: first_hypothesis(values)["attention"][0].__setitem__(0, float("nan"))),
            "between 0 and 1",
        ),
        (spoiled(lambda values: first_hypothesis(values)["log_probs"].append(0)), "not the same number"),
        (spoiled(lambda values: first_hypothesis(values).update(score="x")), "a number is none"),
    ],
)
def test_what_is_no_saved_translation_is_refused_with_a_reason(content, said):
    with pytest.raises(DataError, match=r"This is no saved translation: .*Please choose") as caught:
        read_json(content)
    assert said in str(caught.value)


def test_a_file_that_is_too_large_is_not_read():
    with pytest.raises(DataError, match="at most 8,000,000 are read"):
        read_json(b" " * 8_000_001)


@pictures
def test_csv_holds_names_and_weights_and_its_origin_in_comments(picture):
    text = save(picture, "csv").content.decode()
    comments = [line for line in text.split("\n") if line.startswith("# ")]
    assert {json.loads(line.split(": ", 1)[1]) for line in comments if line.startswith("# model")} == {"ada/en-fr"}
    rows = list(csv.reader(io.StringIO(text[text.index("\n,") + 1 :])))
    grid = picture.grid()
    assert rows[0] == ["", *grid.sources]
    assert [row[0] for row in rows[1:]] == list(grid.targets)
    assert np.array_equal(np.array([row[1:] for row in rows[1:]], dtype=np.float32), grid.weights)


@pictures
def test_npz_opens_without_pickle(picture):
    with np.load(io.BytesIO(save(picture, "npz").content), allow_pickle=False) as arrays:
        grid = picture.grid()
        assert np.array_equal(arrays["attention"], grid.weights)
        assert arrays["source"].tolist() == list(grid.sources)
        assert arrays["target"].tolist() == list(grid.targets)
        assert np.allclose(arrays["log_probs"], picture.hypothesis.log_probs)
        assert json.loads(str(arrays["origin"])) == json.loads(json.dumps(picture.origin()))


def test_pharaoh_has_a_line_for_each_sentence():
    lines = save(PICTURES[0], "pharaoh").content.decode().splitlines()
    assert len(lines) == 2
    best = PICTURES[0].sentence.best
    source, target = words_of_pieces(PICTURES[0].sentence.source_pieces), words_of_pieces(best.target_pieces)
    links = links_of(merge_attention(best.attention, source, target))
    assert {tuple(map(int, link.split("-"))) for link in lines[0].split()} == links


class Reader(HTMLParser):
    """The text of a page outside of scripts, and its tags."""

    def __init__(self, markup):
        super().__init__(convert_charrefs=True)
        self.tags, self.text, self.described = [], "", ""
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if dict(attrs).get("name") == "description":
            self.described = dict(attrs)["content"]

    def handle_data(self, data):
        if self.tags[-1:] != ["script"]:
            self.text += data


@pictures
def test_html_stands_alone_and_nothing_that_was_typed_is_markup_in_it(picture):
    frame = html_frame(picture)
    assert frame.count(PLOTLY_GOES_HERE) == 1
    reader = Reader(frame.replace(PLOTLY_GOES_HERE, ""))
    assert "b" not in reader.tags
    assert reader.tags.count("script") == 2  # plotly.js, and the figure
    assert picture.sentence.source in reader.text
    assert json.loads(reader.described) == json.loads(json.dumps(picture.origin()))
    assert "src=" not in frame
    whole = save(picture, "html").content.decode()
    assert "plotly.js v" in whole
    assert PLOTLY_GOES_HERE not in whole


@pictures
def test_latex_has_a_cell_for_each_weight_in_the_colours_of_the_figure(picture):
    text = save(picture, "latex").content.decode()
    grid, stops = picture.grid(), colour_stops(picture.view)
    cells = re.findall(r"red,(\d+);green,(\d+);blue,(\d+)\}\] \((\d+),-(\d+)\) rectangle", text)
    assert len(cells) == grid.weights.size
    for red, green, blue, column, row in cells:
        colour = "#" + "".join(f"{int(value):02x}" for value in (red, green, blue))
        assert colour == colour_at(stops, float(grid.weights[int(row), int(column)]))
    body = text[text.index(r"\begin{document}") :]
    assert len(re.findall(r"\\node", body)) == sum(grid.weights.shape)
    for line in text[: text.index(r"\documentclass")].splitlines():
        assert line.startswith("% ")


def test_latex_reads_every_sign_as_itself():
    assert latex("a_b & 5 % {x} $ # ~ ^ \\ ▁") == (
        r"a\_b \& 5 \% \{x\} \$ \# \textasciitilde{} \textasciicircum{} \textbackslash{} \_"
    )


@pytest.mark.parametrize("form", ["csv", "npz", "latex", "pharaoh"])
def test_a_model_without_attention_has_no_weights_to_save(form):
    with pytest.raises(DataError, match="ada/en-fr has no attention"):
        save(Picture(translation=translation(attention=False)), form)


def test_a_model_without_attention_can_be_saved_whole():
    picture = Picture(translation=translation(attention=False))
    assert read_json(save(picture, "json").content).translation == picture.translation
    assert "This model has no attention" in html_frame(picture)


def test_another_form_is_refused_with_those_that_are_known():
    with pytest.raises(DataError, match="one of html, json, csv, npz, pharaoh, latex; got 'exe'"):
        save(PICTURES[0], "exe")


def test_a_name_of_nothing_but_signs_still_makes_a_file():
    odd = dataclasses.replace(PICTURES[0].sentence, source="?!", source_pieces=("▁?!",) * 5)
    changed = dataclasses.replace(PICTURES[0].translation, sentences=(odd,), model="../../x")
    assert save(Picture(translation=changed), "json").name == "attention...-..-x@0123456789ab.beam3.json"
