"""Two models beside each other: streams in turn, words that differ, and a test set that both translate."""

import csv
import io
import json
from dataclasses import replace

import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from s2s.compare import check_sources, check_targets, differing, side_by_side
from s2s.config import SearchConfig
from s2s.corpora import Pair
from s2s.errors import ConfigError, DataError, S2SError
from s2s.figures_compare import lengths_csv, lengths_figure
from s2s.grid import Cell, LengthScore
from s2s.paired import MOST_PAIRS, compare_targets, read_test_set
from s2s.translator import Translator
from tests.commands import refused
from tests.tiny import SENTENCES, save_tiny

PAIRS = [Pair(sentence, f"{sentence[:-1]} and more.") for sentence in SENTENCES]


@pytest.fixture(scope="module")
def two(tmp_path_factory, word_pieces, description):
    """Two tiny models of random weights."""
    folder = tmp_path_factory.mktemp("two")
    for seed, name in enumerate(("one", "other")):
        save_tiny(folder / name, word_pieces, replace(description, name=name), seed=seed)
    return [folder / "one", folder / "other"]


def test_two_streams_take_turns_and_end_as_they_would_alone(two):
    text = "The cat sleeps. A dog runs."
    translators = [Translator.load(folder) for folder in two]
    configs = [SearchConfig(beam_size=1), SearchConfig(beam_size=3)]
    streams = [translator.stream(text, config) for translator, config in zip(translators, configs, strict=True)]
    seen = list(side_by_side(*streams))
    assert seen[0][1] is None  # the first one takes the first step
    assert seen[1][0] is seen[0][0]
    for place, (translator, config) in enumerate(zip(translators, configs, strict=True)):
        alone = [each.target for each in translator.stream(text, config)]
        targets = [sides[place].translation.target for sides in seen if sides[place]]
        assert list(dict.fromkeys(targets)) == list(dict.fromkeys(alone))
        spent = [sides[place].milliseconds for sides in seen if sides[place]]
        assert spent == sorted(spent)
        assert seen[-1][place].is_done
        assert seen[-1][place].translation.sentences == translator.translate(text, config).sentences


def test_what_a_stream_raises_is_raised(two):
    translator = Translator.load(two[0])
    with pytest.raises(S2SError, match="There is no text"):
        list(side_by_side(translator.stream("Good."), translator.stream(" ")))


def test_words_that_the_other_translation_has_not_are_marked():
    assert differing(["a", "b", "c"], ["a", "x", "c", "d"]) == ([False, True, False], [False, True, False, True])
    assert differing([], ["a"]) == ([], [True])
    assert differing(["a"], ["a"]) == ([False], [False])


def test_models_of_other_languages_are_refused(description):
    german, spanish = (replace(description, name="x", source_language=each) for each in ("de", "es"))
    check_sources(description, replace(description, target_language="de"))
    with pytest.raises(ConfigError, match=r"different languages: x reads de, x reads es\. Please choose two"):
        check_sources(german, spanish)
    with pytest.raises(ConfigError, match=r"tiny writes fr, tiny writes de\. One reference cannot serve both"):
        check_targets(description, replace(description, target_language="de"))


def test_a_test_set_is_read_from_one_file_or_two():
    expected = [Pair("a b", "c"), Pair("d", "e")]
    assert read_test_set("\ufeffa b\tc\td\nd\te\n") == expected
    assert read_test_set("a b\r\nd\r\n", "c\ne") == expected


@pytest.mark.parametrize(
    ("source", "reference", "said"),
    [
        ("", "", "Line 1 of the test set has no source, tab and reference"),
        ("a\tb\nc", "", "Line 2 of the test set has no source, tab and reference"),
        ("a\n\nc", "b\nd\ne", "Line 2 of the test set has no source"),
        ("a\nb", "c", r"do not belong together: 2 sources and 1 references"),
        ("a\tb\n" * (MOST_PAIRS + 1), "", "has 501 pairs; at most 500 are taken"),
        ("é" * 500_001, "b", "has 1,000,003 bytes; at most 1,000,000 are taken"),
        ("a" * 2001 + "\tb", "", "Line 1 of the test set has more than 2,000 characters"),
    ],
)
def test_a_test_set_that_will_not_do_is_refused(source, reference, said):
    with pytest.raises(DataError, match=said):
        read_test_set(source, reference)


def test_scores_are_those_of_sacrebleu_and_wins_follow_the_sentences():
    good = [pair.target for pair in PAIRS]
    bad = [text[:12] if number % 2 else text for number, text in enumerate(good)]
    worse = [*bad[:-1], "nothing"]
    found = compare_targets(PAIRS, worse, good)
    references = [pair.target for pair in PAIRS]
    for score, metric in zip(found.scores, (BLEU(), CHRF()), strict=True):
        assert score.one == pytest.approx(metric.corpus_score(worse, [references]).score)
        assert score.other == pytest.approx(metric.corpus_score(good, [references]).score)
        assert score.p_value < 0.05
        assert "bs:1000" in score.signature
    assert [score.name for score in found.scores] == ["BLEU", "chrF"]
    assert (found.one_wins, found.other_wins) == (0, len(PAIRS) // 2)
    one, other = found.largest(2)
    assert one == []
    assert other[0].one == "nothing"
    assert other[0].difference >= other[1].difference > 0


def test_what_is_the_same_is_no_difference():
    same = [pair.target for pair in PAIRS]
    found = compare_targets(PAIRS, same, same)
    assert (found.one_wins, found.other_wins) == (0, 0)
    assert all(score.p_value > 0.9 for score in found.scores)


def test_where_bleu_is_undefined_chrf_stands_alone():
    found = compare_targets(PAIRS, ["x"] * len(PAIRS), ["y"] * len(PAIRS))
    assert [score.name for score in found.scores] == ["chrF"]


def test_the_table_has_every_row_and_no_formula():
    pairs = [Pair("=1+1", 'He said "go", twice.')]
    rows = list(csv.reader(io.StringIO(compare_targets(pairs, ["@x"], ["y"]).to_csv())))
    assert rows[0] == ["source", "reference", "one", "other", "chrF one", "chrF other"]
    assert rows[1][:4] == ["'=1+1", 'He said "go", twice.', "'@x", "y"]


def write(tmp_path, name, lines):
    path = tmp_path / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_the_command_compares(run, two, tmp_path):
    files = ["--source", write(tmp_path, "source", SENTENCES), "--reference", write(tmp_path, "reference", SENTENCES)]
    code, output, said = run("compare", "--model", two[0], "--other", two[1], *files, "--json")
    assert code == 0, said
    found = json.loads(output)
    assert [row["source"] for row in found["rows"]] == SENTENCES
    assert found["rows"][0]["one"] == Translator.load(two[0]).translate(SENTENCES[0]).target
    assert sum(found["wins"].values()) == len(SENTENCES)
    code, output, _ = run("compare", "--model", two[0], "--other", two[0], "--other-beam-size", 1, *files)
    assert code == 0
    assert "chrF" in output.splitlines()[0]
    assert f"{two[0]} is better" in output


def test_the_command_refuses_what_cannot_be_compared(run, two, tmp_path, word_pieces, description):
    german = save_tiny(tmp_path / "de", word_pieces, replace(description, name="de", target_language="de"))
    files = ["--source", write(tmp_path, "source", ["a"]), "--reference", write(tmp_path, "reference", ["b"])]
    assert "One reference cannot serve both" in refused(run("compare", "--model", two[0], "--other", german, *files))


def cell(name, attention, *scores):
    return Cell(
        name=name,
        cell="gru",
        attention=attention,
        parameters=1,
        bleu=1.0,
        chrf=1.0,
        milliseconds=1.0,
        minutes=1.0,
        updates=1,
        seed=1,
        by_length=tuple(
            LengthScore(words=words, sentences=200, joined=joined, bleu=bleu, band=band)
            for words, joined, bleu, band in scores
        ),
    )


PLAIN = cell("gru-none", "none", ("1-5", 0, 30.0, 2.0), ("6-10", 0, 12.0, 1.0), (">30", 200, None, None))
ATTENDING = cell("gru-bahdanau", "bahdanau", ("1-5", 0, 31.0, 2.0), ("6-10", 0, 25.0, 1.0), (">30", 200, 0.5, 1.0))


def test_the_curve_shows_both_models_their_bands_and_the_visitors_length():
    figure = lengths_figure(PLAIN, ATTENDING, "6-10")
    bands, lines = figure["data"][::2], figure["data"][1::2]
    assert [line["name"] for line in lines] == ["gru-none", "gru-bahdanau"]
    assert lines[0]["x"] == ["1-5", "6-10"]  # undefined is left out
    assert lines[1]["y"] == [31.0, 25.0, 0.5]
    assert bands[1]["y"] == [33.0, 26.0, 1.5, 0.0, 24.0, 29.0]  # never below 0
    assert {line["line"]["dash"] for line in lines} == {"dash", "solid"}
    (mark,) = figure["layout"]["shapes"]
    assert (mark["x0"], mark["x1"]) == (1, 1)
    assert lengths_figure(PLAIN, ATTENDING)["layout"]["shapes"] == []


def test_the_curves_data_can_be_taken_away():
    rows = list(csv.DictReader(io.StringIO(lengths_csv([PLAIN, ATTENDING]))))
    assert len(rows) == 6
    assert rows[4] == {
        "model": "gru-bahdanau",
        "words": "6-10",
        "sentences": "200",
        "joined": "0",
        "BLEU": "25.0",
        "band": "1.0",
    }
