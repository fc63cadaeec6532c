"""The command line: `evaluate` and `plot`."""

import json
import re

import pytest

from s2s.models import EMBEDDED
from s2s.translator import Translator
from tests.commands import refused
from tests.tiny import SENTENCES


@pytest.fixture(scope="module")
def translator(tiny_checkpoint):
    return Translator.load(tiny_checkpoint)


# --- evaluate ---


EN_FR = EMBEDDED / "en-fr"  # random weights write hardly a word, and BLEU wants four


@pytest.fixture
def corpus(tmp_path):
    """Sources of three lengths and references; the options that name them."""
    english = ["I love you.", "Where is it?", *SENTENCES[:2], "", *(" ".join(SENTENCES[:2]) for _ in range(3))]
    french = ["Je t'aime.", "Où est-ce ?", *SENTENCES[2:4], "", *(" ".join(SENTENCES[2:4]) for _ in range(3))]
    (tmp_path / "source.txt").write_text("".join(f"{line}\n" for line in english), encoding="utf-8")
    (tmp_path / "reference.txt").write_text("".join(f"{line}\n" for line in french), encoding="utf-8")
    return ["--source", tmp_path / "source.txt", "--reference", tmp_path / "reference.txt", "--beam-size", 1]


def test_scores_are_written_with_signature_band_and_length_buckets(run, corpus):
    code, output, said = run("evaluate", "--model", EN_FR, *corpus)
    assert (code, said) == (0, "")
    bleu, chrf, *buckets = output.splitlines()
    assert re.fullmatch(r"BLEU [\d.]+ ± [\d.]+  nrefs:1\|bs:1000\|.*tok:13a.*", bleu)
    assert re.fullmatch(r"chrF [\d.]+ ± [\d.]+  nrefs:1\|bs:1000\|.*", chrf)
    short, middle, long = buckets
    assert re.match(r" +1-5 words, 3 sentences: .*chrF [\d.]+", short)
    assert re.match(r" +6-10 words, 2 sentences: .*chrF [\d.]+", middle)
    assert re.match(r" *11-15 words, 3 sentences: BLEU [\d.]+.*  chrF [\d.]+", long)


def test_a_model_of_the_other_direction_has_a_say(run, corpus, monkeypatch):
    def short_ones(reverse):
        return lambda sources, targets: [(-100.0 * len(target),) for target in targets]

    monkeypatch.setattr("s2s.cli.loading.reading_back", short_ones)
    options = ["--model", EN_FR, *corpus[:-1], 5]
    asking = [*options, "--reverse-model", EMBEDDED / "fr-en"]
    found = [run("evaluate", *given)[1] for given in (options, asking, [*asking, "--search", "read_back=0"])]
    assert found[0] == found[2] != found[1]


def test_scores_as_json_hold_the_same(run, corpus):
    code, output, _ = run("evaluate", "--model", EN_FR, *corpus, "--json", "--tokenize", "none", "--lowercase")
    assert code == 0
    values = json.loads(output)
    assert [score["name"] for score in values["scores"]] == ["BLEU", "chrF"]
    for score in values["scores"]:
        assert 0 <= score["value"] <= 100
        assert score["band"] is None or score["band"] >= 0
        assert "case:lc" in score["signature"]
    assert "tok:none" in values["scores"][0]["signature"]
    buckets = [(bucket["words"], bucket["sentences"]) for bucket in values["by_length"]]
    assert buckets == [("1-5", 3), ("6-10", 2), ("11-15", 3)]


def test_a_weak_model_is_scored_too(run, corpus):
    corpus[3].write_text("Je t'aime.\n" + "zzz\n" * 7, encoding="utf-8")
    code, output, _ = run("evaluate", "--model", EN_FR, *corpus)
    assert code == 0
    assert "BLEU" in output


def test_a_perfect_translation_scores_a_hundred(run, corpus):
    _, written, _ = run("translate", "--model", EN_FR, *corpus[4:], stdin=corpus[1].read_bytes())
    corpus[3].write_text(written, encoding="utf-8")
    _, output, _ = run("evaluate", "--model", EN_FR, *corpus, "--json")
    bleu, chrf = json.loads(output)["scores"]
    assert bleu["value"] == pytest.approx(100)
    assert chrf["value"] == pytest.approx(100)


def test_files_of_different_length_are_refused(run, corpus):
    corpus[3].write_text("One line\n", encoding="utf-8")
    assert "found 1 references for 8 sources" in refused(run("evaluate", "--model", EN_FR, *corpus))


@pytest.mark.parametrize("content", [None, b"a\xff\n"], ids=["missing", "not UTF-8"])
def test_a_file_that_cannot_be_read_is_named(run, corpus, content):
    path = corpus[1]
    path.unlink()
    if content:
        path.write_bytes(content)
    assert re.search(
        f"there is no file {path}|{path}, line 1 is not UTF-8 text", refused(run("evaluate", "--model", EN_FR, *corpus))
    )


# --- plot ---


def test_plot_writes_the_figure_and_prints_the_translation(run, tiny_checkpoint, translator, tmp_path):
    path = tmp_path / "figure.html"
    code, output, said = run("plot", "--model", tiny_checkpoint, "--text", "A <b>dog</b>", "--output", path)
    assert (code, said) == (0, "")
    assert output == translator.translate("A <b>dog</b>").target + "\n"
    assert "Plotly.newPlot(" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "There is no text"),
        ("a\udcff", "Character 2 is half of one"),  # how Python reads a byte that is no UTF-8
        ("a\0", "Character 2 is NUL"),
        ("a" * 1_000_000, "1,000,000 characters"),
        ("a\nb", "one sentence makes one figure; got 2"),
        ("A dog. A cat.", "one sentence makes one figure; got 2"),
    ],
    ids=["empty", "half a character", "NUL", "a megabyte", "two lines", "two sentences"],
)
def test_plot_refuses_what_is_no_sentence(run, tiny_checkpoint, tmp_path, text, said):
    arguments = "--text", text, "--output", tmp_path / "figure.html"
    assert said in refused(run("plot", "--model", tiny_checkpoint, *arguments))
    assert list(tmp_path.iterdir()) == []


def test_plot_refuses_an_unknown_ending(run, tiny_checkpoint, tmp_path):
    arguments = "--text", "A dog", "--output", tmp_path / "figure.jpg"
    assert ".html, .png, .svg or .pdf; got 'figure.jpg'" in refused(run("plot", "--model", tiny_checkpoint, *arguments))


def test_plot_says_that_a_file_cannot_be_written(run, tiny_checkpoint, tmp_path):
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    path = tmp_path / "file" / "figure.html"
    assert str(path) in refused(run("plot", "--model", tiny_checkpoint, "--text", "A dog", "--output", path))


# --- benchmark ---


def test_the_benchmark_times_both_searches(run, tiny_checkpoint):
    code, output, said = run("benchmark", "--model", tiny_checkpoint, "--engine", "torch", stdin="A dog\n\nA cat\n")
    assert code == 0, said
    greedy, beam = map(json.loads, output.splitlines())
    assert [greedy["beam_size"], beam["beam_size"]] == [1, 5]
    assert {greedy["engine"], beam["engine"]} == {"torch"}
    assert greedy["lines"] == 2
    assert greedy["milliseconds"] > 0
    assert greedy["lines_per_second"] > 0


def test_a_benchmark_needs_lines(run, tiny_checkpoint):
    assert "a benchmark needs lines to translate" in refused(run("benchmark", "--model", tiny_checkpoint, stdin=" \n"))
