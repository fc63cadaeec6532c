"""The drawn attention: the result's own numbers, its pieces as they are, and files that are whole or not there."""

import dataclasses
import json
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import kaleido
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kaleido._page_generator import PageGenerator

from s2s.errors import ConfigError, S2SError
from s2s.figures import NO_ATTENTION, attention_figure, attention_spec, attention_table, label, save_figure
from s2s.result import Hypothesis, Sentence

STRANGE = [
    "</s>",
    "<b>x</b>",
    "&amp;",
    "&",
    "😀",
    "中文",
    "العربية",
    "▁",
    "▁the",
    "",
    " ",
    "<0x0A>",
    "%{z}",
    "'\"",
    "a▁b",
]


def sentence(sources, targets, seed=0, attention=True):
    generator = np.random.default_rng(seed)

    def hypothesis():
        weights = generator.random((len(targets), len(sources)), dtype=np.float32)
        return Hypothesis(
            target=" ".join(targets),
            target_pieces=tuple(targets),
            log_probs=(-0.5,) * len(targets),
            score=-0.5,
            attention=weights / weights.sum(axis=1, keepdims=True) if attention else None,
        )

    return Sentence(
        source=" ".join(sources), source_pieces=tuple(sources), hypotheses=tuple(hypothesis() for _ in "ab")
    )


def heatmap(figure):
    (trace,) = figure.data
    assert trace.type == "heatmap"
    return trace


class Reader(HTMLParser):
    """The tags of some HTML, and the text between them as a person reads it."""

    def __init__(self, markup):
        super().__init__(convert_charrefs=True)
        self.tags, self.texts = [], [""]
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.texts.append("")

    def handle_data(self, data):
        self.texts[-1] += data


def shown(markup):
    """What a person reads of a piece's markup; no markup may be left in it."""
    reader = Reader(markup)
    assert reader.tags == []
    return reader.texts[0]


# Every character is common in one of these: markup, all scripts, blanks and marks of right-to-left text.
anything = st.text(
    st.one_of(st.sampled_from("<>&;/'\"%{}$▁ b#x1\u200f\u202e\u0301"), st.characters(codec="utf-8")), max_size=8
)
pieces = st.lists(st.one_of(st.sampled_from(STRANGE), anything), min_size=1, max_size=6)
few = settings(max_examples=25)  # Plotly takes 20 ms to check a figure


@few
@given(sources=pieces, targets=pieces)
def test_the_drawn_weights_are_the_result_s_bit_for_bit(sources, targets):
    drawn = sentence(sources, targets)
    for rank in (0, 1):
        weights = drawn.hypotheses[rank].attention
        z = heatmap(attention_figure(drawn, rank)).z
        assert np.array_equal(np.array(z, dtype=np.float32), weights)
        assert np.array_equal(np.array(z), weights.astype(np.float64))


def test_the_browser_gets_the_same_weights():
    drawn = sentence(["a", "b", "c"], ["d", "</s>"])
    (trace,) = json.loads(attention_figure(drawn).to_json())["data"]
    assert trace["z"] == drawn.best.attention.astype(np.float64).tolist()


@few
@given(sources=pieces, targets=pieces)
def test_the_ticks_are_the_pieces_in_their_order(sources, targets):
    layout = attention_figure(sentence(sources, targets)).layout
    for axis, expected in ((layout.xaxis, sources), (layout.yaxis, targets)):
        assert list(axis.tickvals) == list(range(len(expected)))
        for shown_name, piece in zip(axis.ticktext, expected, strict=True):
            assert (
                shown_name == label(piece)
                or shown(shown_name)[:-1] == shown(label(piece))[: len(shown(shown_name)) - 1]
            )


def test_a_piece_that_stands_twice_has_two_columns_and_two_rows():
    figure = attention_figure(sentence(["le", "le", "chat"], ["the", "the"]))
    assert list(figure.layout.xaxis.tickvals) == [0, 1, 2]
    assert list(figure.layout.xaxis.ticktext) == ["le", "le", "chat"]
    assert np.shape(heatmap(figure).z) == (2, 3)
    # Without names of their own, columns and rows stand at 0, 1, 2 …
    assert heatmap(figure).x is None
    assert heatmap(figure).y is None


def test_the_source_stands_on_top_and_the_target_runs_downwards():
    layout = attention_figure(sentence(["a", "b", "c"], ["d", "e"])).layout
    assert layout.xaxis.side == "top"
    assert layout.yaxis.range == (1.5, -0.5)
    assert layout.xaxis.range == (-0.5, 2.5)


def test_the_colour_scale_runs_from_no_weight_to_all_of_it():
    trace = heatmap(attention_figure(sentence(["a", "b"], ["c"])))
    assert (trace.zmin, trace.zmax) == (0, 1)


@few
@given(sources=pieces, targets=pieces)
def test_pointing_at_a_cell_names_its_source_target_and_weight(sources, targets):
    trace = heatmap(attention_figure(sentence(sources, targets)))
    for row, target in enumerate(targets):
        for column, source in enumerate(sources):
            assert [shown(text) for text in trace.customdata[row][column]] == [source, target]
    assert trace.hovertemplate == "%{customdata[1]} ← %{customdata[0]}: %{z:.1%}<extra></extra>"


@given(piece=st.one_of(st.sampled_from(STRANGE), anything))
def test_a_label_reads_as_the_piece_without_its_word_mark(piece):
    without = piece.replace("▁", " ").strip()
    assert shown(label(piece)) == (without or piece.strip() or "␣")


@pytest.mark.parametrize(
    ("piece", "markup"),
    [
        ("</s>", "&lt;/s&gt;"),
        ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
        ("&amp;", "&amp;amp;"),
        ("▁the", "the"),
        ("▁", "▁"),
        ("", "␣"),
        ("中文", "中文"),
        ("العربية", "العربية"),
        ("😀", "😀"),
    ],
)
def test_a_label_is_safe_markup(piece, markup):
    assert label(piece) == markup


@few
@given(sources=pieces, targets=pieces)
def test_the_table_holds_pieces_and_whole_per_cents_and_nothing_else(sources, targets):
    drawn = sentence(sources, targets)
    reader = Reader(attention_table(drawn))
    assert set(reader.tags) <= {"table", "thead", "tbody", "tr", "th", "td"}
    cells = [text for tag, text in zip(["", *reader.tags], reader.texts, strict=True) if tag in ("th", "td")]
    expected = ["", *(shown(label(piece)) for piece in sources)]
    for piece, row in zip(targets, drawn.best.attention, strict=True):
        expected += [shown(label(piece)), *(f"{100 * weight:.0f}" for weight in row)]
    assert cells == expected


def test_numbers_in_the_cells_are_whole_per_cents_and_only_where_they_fit():
    few, many = sentence(["a"] * 14, ["b"]), sentence(["a"] * 15, ["b"])
    (written,) = heatmap(attention_figure(few)).text
    (weights,) = few.best.attention
    assert list(written) == [f"{100 * weight:.0f}" if weight >= 0.1 else "" for weight in weights]
    assert heatmap(attention_figure(many)).text is None


@pytest.mark.parametrize("count", [1, 5, 14, 40, 60, 100])
def test_every_name_that_is_written_has_room_for_itself(count):
    layout = attention_figure(sentence(["word"] * count, ["mot"] * count)).layout
    for axis, pixels in (
        (layout.xaxis, layout.width - layout.margin.l - layout.margin.r),
        (layout.yaxis, layout.height - layout.margin.t - layout.margin.b),
    ):
        steps = np.diff(axis.tickvals)
        assert len(set(steps)) <= 1  # evenly thinned
        assert axis.tickvals[0] == 0
        if count > 1:
            assert steps[0] * pixels / count >= layout.font.size
    assert list(layout.yaxis.tickvals) == list(range(count))  # every word that was written can be read
    assert layout.width <= 1120


def test_while_it_is_written_nothing_moves_but_the_new_rows():
    whole = sentence(["a", "b", "c"], ["d", "e", "f", "a long last word"])
    specs = [attention_spec(start_of(whole, rows), rows=6) for rows in range(5)]
    fixed = [{key: spec["layout"][key] for key in ("width", "height", "margin", "xaxis")} for spec in specs]
    assert fixed == [fixed[0]] * 5
    assert {tuple(spec["layout"]["yaxis"]["range"]) for spec in specs} == {(5.5, -0.5)}
    for rows, spec in enumerate(specs):
        assert spec["data"][0]["z"] == specs[-1]["data"][0]["z"][:rows]
        assert spec["layout"]["yaxis"]["ticktext"] == specs[-1]["layout"]["yaxis"]["ticktext"][:rows]
    final = attention_spec(whole)["layout"]
    assert final["height"] - final["margin"]["t"] - final["margin"]["b"] == pytest.approx(
        (fixed[0]["height"] - final["margin"]["t"] - final["margin"]["b"]) * 4 / 6
    )
    assert final["margin"] == fixed[0]["margin"]


def start_of(whole, rows):
    """A sentence as it stands when some pieces of its target are written."""
    hypothesis = whole.best
    cut = dataclasses.replace(
        hypothesis,
        target_pieces=hypothesis.target_pieces[:rows],
        log_probs=hypothesis.log_probs[:rows],
        attention=hypothesis.attention[:rows],
    )
    return dataclasses.replace(whole, hypotheses=(cut,))


def test_what_is_written_from_right_to_left_is_drawn_so():
    english, arabic = ["the", "cat", "sleeps"], ["القطة", "تنام"]
    plain = attention_figure(sentence(english, ["le", "chat"])).layout
    assert (plain.xaxis.range, plain.yaxis.side) == ((-0.5, 2.5), "left")
    target = attention_figure(sentence(english, arabic)).layout
    assert (target.xaxis.range, target.yaxis.side) == ((-0.5, 2.5), "right")
    assert target.margin.r > target.margin.l
    source = attention_figure(sentence(arabic, english)).layout
    assert (source.xaxis.range, source.yaxis.side) == ((1.5, -0.5), "left")


def test_a_name_that_is_too_long_is_cut_and_stands_whole_in_the_hover_text():
    long = "Donaudampfschifffahrtsgesellschaft"
    figure = attention_figure(sentence([long, "a"], ["b", long]))
    for axis, place in ((figure.layout.xaxis, 0), (figure.layout.yaxis, 1)):
        assert axis.ticktext[place].endswith("…")
        assert long.startswith(axis.ticktext[place][:-1])
    assert heatmap(figure).customdata[1][0] == [long, long]


def test_without_attention_there_is_a_plain_note_and_no_plot():
    drawn = sentence(["a"], ["b"], attention=False)
    figure = attention_figure(drawn)
    assert figure.data == ()
    (note,) = figure.layout.annotations
    assert "".join(Reader(note.text.replace("<br>", " ")).texts) == NO_ATTENTION
    assert not figure.layout.xaxis.visible
    assert not figure.layout.yaxis.visible
    assert Reader(attention_table(drawn)).texts == ["", NO_ATTENTION]


FIGURE = attention_figure(sentence(["▁the", "<b>x</b>", "中文"], ["▁le", "</s>"]))


def test_an_html_file_stands_alone(tmp_path):
    path = tmp_path / "new" / "figure.HTML"
    save_figure(FIGURE, path)
    page = path.read_text(encoding="utf-8")
    assert "Plotly.newPlot(" in page
    assert "plotly.js v" in page  # the library itself, not an address
    assert "<script src=" not in page
    assert "cdn" not in page.split("Plotly.newPlot(")[-1]
    assert [path.name for path in path.parent.iterdir()] == ["figure.HTML"]


def test_saving_leaves_the_figure_as_it_is(tmp_path):
    before = FIGURE.to_json()
    save_figure(FIGURE, tmp_path / "figure.html")
    assert FIGURE.to_json() == before


def test_a_png_has_twice_the_figure_s_pixels(chromium_path, tmp_path):
    save_figure(FIGURE, tmp_path / "figure.png")
    content = (tmp_path / "figure.png").read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert content.endswith(b"IEND\xaeB`\x82")
    size = [int.from_bytes(content[start : start + 4], "big") for start in (16, 20)]
    assert size == [2 * FIGURE.layout.width, 2 * FIGURE.layout.height]


def test_an_svg_shows_the_pieces_as_they_are(chromium_path, tmp_path):
    save_figure(FIGURE, tmp_path / "figure.svg")
    drawing = ElementTree.parse(tmp_path / "figure.svg").getroot()
    texts = {"".join(element.itertext()) for element in drawing.iter("{http://www.w3.org/2000/svg}text")}
    assert {"the", "<b>x</b>", "中文", "le", "</s>"} <= texts


def test_a_pdf_is_whole(chromium_path, tmp_path):
    save_figure(FIGURE, tmp_path / "figure.pdf")
    content = (tmp_path / "figure.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")


def test_the_page_that_draws_a_static_figure_asks_nobody_outside(tmp_path, monkeypatch):
    asked = {}
    monkeypatch.setattr(kaleido, "calc_fig_sync", lambda *_figure, **given: asked.update(given) or b"drawn")
    save_figure(FIGURE, tmp_path / "figure.svg")
    page = PageGenerator(**asked["kopts"]).generate_index()
    assert set(re.findall(r'src="(\w+):', page)) == {"file"}


@pytest.mark.parametrize("name", ["figure.jpg", "figure", "figure.html.gz", ".png"])
def test_another_ending_is_refused_with_those_that_are_known(tmp_path, name):
    with pytest.raises(ConfigError, match=r"\.html, \.png, \.svg or \.pdf; got"):
        save_figure(FIGURE, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_browser_that_fails_is_named_and_leaves_no_file(tmp_path, monkeypatch):
    def fail(*_args, **_options):
        raise RuntimeError("Kaleido requires Google Chrome\nand many more words")

    monkeypatch.setattr(kaleido, "calc_fig_sync", fail)
    with pytest.raises(S2SError, match=r"needs kaleido .* \(Kaleido requires Google Chrome\).*\.html") as caught:
        save_figure(FIGURE, tmp_path / "figure.png")
    assert "many more words" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_browser_that_fails_without_a_word_is_still_named(tmp_path, monkeypatch):
    def fail(*_args, **_options):
        raise RuntimeError

    monkeypatch.setattr(kaleido, "calc_fig_sync", fail)
    with pytest.raises(S2SError, match="needs kaleido"):
        save_figure(FIGURE, tmp_path / "figure.svg")


def test_a_full_disk_keeps_the_old_file_and_leaves_no_half_one(tmp_path, full_disk):
    path = tmp_path / "figure.html"
    path.write_text("old", encoding="utf-8")
    with full_disk(1024), pytest.raises((OSError, S2SError)):
        save_figure(FIGURE, path)
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]
