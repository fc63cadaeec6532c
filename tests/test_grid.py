"""A measured grid: what stands beside its models is what they do."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from s2s import grid_scores
from s2s.alignment import links_of, read_gold, score_links
from s2s.checkpoint import load_checkpoint
from s2s.corpora import Pair
from s2s.errors import CheckpointError, ConfigError
from s2s.forced import force
from s2s.grid import find_grids, load_grid, write_grid
from s2s.hub import prepare_space
from s2s.lengths import group_by_length
from s2s.metrics import LENGTH_BUCKETS, bucket_name, bucket_of, score_corpus
from s2s.models import EMBEDDED, find_models
from s2s.translator import Translator
from s2s.words import merge_attention
from tests.commands import refused
from tests.tiny import SENTENCES, save_tiny

PAIRS = [Pair(one, other) for one in [*SENTENCES, "Le chat dort."] for other in SENTENCES[:2]]
SIZE = 8
GOLD = Path(__file__).parents[1] / "s2s" / "inside" / "gold-en-fr.tsv"


@pytest.fixture(scope="module")
def models(tmp_path_factory, word_pieces, description):
    """Three models of a grid, of random weights, not measured."""
    directory = tmp_path_factory.mktemp("grid") / "tiny"
    for cell, attention in (("gru", "none"), ("gru", "bahdanau"), ("rnn", "luong-dot")):
        facts = {"parameters": 3, "minutes": 0.5, "updates": 7, "seed": 1}
        scores = {"test_pairs": 4, **{name: {"value": 1.5, "signature": "nrefs:1"} for name in ("BLEU", "chrF")}}
        described = replace(description, name=f"{cell}-{attention}", training=facts, scores=scores)
        save_tiny(directory / described.name, word_pieces, described, cell=cell, attention=attention, share_pieces=True)
    return directory


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Sources and references of the test, a sentence a line."""
    directory = tmp_path_factory.mktemp("test")
    for side, name in enumerate(("source", "reference")):
        (directory / name).write_text("".join(f"{pair[side]}\n" for pair in PAIRS), encoding="utf-8")
    return ["--source", directory / "source", "--reference", directory / "reference"]


@pytest.fixture(scope="module")
def measured(models, files):
    """The folder of the models, with grid.json."""
    from s2s.cli.comparing import grid

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grid_scores, "LEAST", SIZE)
        grid(models, files[1], files[3], GOLD)
    return models


def test_every_bucket_has_its_pairs_and_says_how_many_were_joined():
    groups = group_by_length(PAIRS, 20)
    assert [group.words for group in groups] == ["1-5", "6-10", "11-15", "16-20", "21-30", ">30"]
    for index, group in enumerate(groups):
        assert {bucket_of(pair.source) for pair in group.pairs} == {index}
        natural = [pair for pair in group.pairs if pair in PAIRS]
        assert group.joined == len(group.pairs) - len(natural)
        assert len(group.pairs) == (20 if index else len(natural))
    longest = max(len(pair.source.split()) for pair in groups[-1].pairs)
    assert longest <= 40


def test_a_joined_pair_is_whole_pairs_on_both_sides():
    pairs = [Pair(f"a{number} b c", f"A{number}") for number in range(50)]
    for group in group_by_length(pairs, 30)[1:]:
        for pair in group.pairs:
            numbers = [word[1:] for word in pair.source.split() if word.startswith("a")]
            assert pair.target.split() == [f"A{number}" for number in numbers]
            assert len(numbers) > 1


def test_groups_follow_the_seed_and_a_bucket_that_nothing_fits_is_left_out():
    assert group_by_length(PAIRS, 10, seed=3) == group_by_length(PAIRS, 10, seed=3)
    assert group_by_length(PAIRS, 10, seed=3) != group_by_length(PAIRS, 10, seed=4)
    twelve = [Pair("w " * 12, "v")]
    assert [group.words for group in group_by_length(twelve, 5)] == ["11-15", "21-30", ">30"]


def test_buckets_have_the_names_that_evaluate_prints():
    names = [bucket_name(index) for index in range(len(LENGTH_BUCKETS))]
    assert names == ["1-5", "6-10", "11-15", "16-20", "21-30", ">30"]


def test_what_is_measured_is_what_the_models_do(measured):
    grid = load_grid(measured)
    assert [cell.name for cell in grid.cells] == ["rnn-luong-dot", "gru-none", "gru-bahdanau"]
    gold = read_gold(GOLD)
    assert (grid.source_language, grid.target_language, grid.test_pairs) == ("en", "fr", 4)
    assert grid.gold_pairs == len(gold.pairs)
    for cell in grid.cells:
        config = load_checkpoint(measured / cell.name).model.config
        assert (cell.cell, cell.attention) == (config.cell, config.attention)
        assert (cell.bleu, cell.chrf, cell.parameters, cell.minutes, cell.seed) == (1.5, 1.5, 3, 0.5, 1)
        assert cell.milliseconds > 0
        assert [score.words for score in cell.by_length] == ["1-5", "6-10", "11-15", "16-20", "21-30", ">30"]
        translator = Translator.load(measured / cell.name)
        if cell.attention == "none":
            assert cell.error_rate is None
        else:
            sides = [pair.source for pair in gold.pairs], [pair.target for pair in gold.pairs]
            found = [
                links_of(merge_attention(each.weights, each.source, each.target)) for each in force(translator, *sides)
            ]
            assert cell.error_rate == pytest.approx(score_links(found, gold.pairs).error_rate, abs=1e-4)
    group = group_by_length(PAIRS, SIZE)[-1]
    translator = Translator.load(measured / "rnn-luong-dot")
    translator.splits_by = None
    written = [translator.translate(pair.source).target for pair in group.pairs]
    scores = {score.name: score.value for score in score_corpus(written, [pair.target for pair in group.pairs])}
    last = grid.find("rnn-luong-dot").by_length[-1]
    assert (last.sentences, last.joined) == (len(group.pairs), group.joined)
    assert (last.bleu or 0) == pytest.approx(scores.get("BLEU", 0), abs=0.3)  # batches move the last bits of a weight


def test_the_command_shows_what_was_measured(run, measured):
    code, output, said = run("grid", measured)
    assert code == 0, said
    head, *rows = output.splitlines()
    assert head == "model\tBLEU\tchrF\tAER\tparameters\tms\tminutes\tupdates\tseed"
    assert [row.split("\t")[0] for row in rows] == ["rnn-luong-dot", "gru-none", "gru-bahdanau"]
    assert rows[1].split("\t")[1:5] == ["1.5", "1.5", "-", "3"]
    code, output, _ = run("grid", measured, "--json")
    assert json.loads(output) == json.loads((measured / "grid.json").read_text(encoding="utf-8"))


def test_the_command_draws_twins_by_length(run, measured, tmp_path):
    code, _, said = run("grid", measured, "--output", tmp_path / "twins.html")
    assert code == 0, said
    drawn = (tmp_path / "twins.html").read_text(encoding="utf-8")
    assert '"name":"gru-none"' in drawn
    assert '"name":"gru-bahdanau"' in drawn
    said = refused(run("grid", measured, "--output", tmp_path / "twins.html", "--twin", "rnn-luong-dot"))
    assert "There is no twin 'rnn-luong-dot' that was measured by length. Those that were: gru-bahdanau." in said


def test_a_grid_that_was_not_measured_says_how(run, models, tmp_path):
    copy = shutil.copytree(models, tmp_path / "copy", ignore=shutil.ignore_patterns("grid.json"))
    assert "grid.json is missing: `python -m s2s grid" in refused(run("grid", copy))


def test_mistakes_of_the_command_are_named(run, models, files, tmp_path):
    assert "--source and --reference belong together" in refused(run("grid", models, *files[:2]))
    assert f"there is no checkpoint in {tmp_path}" in refused(run("grid", tmp_path, *files))
    (tmp_path / "short").write_text("one line\n", encoding="utf-8")
    assert "expected as many references as sources" in refused(run("grid", models, *files[:3], tmp_path / "short"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda values: values.pop("cells"), "the setting cells is missing"),
        (lambda values: values["cells"][0].update(cell="tree"), "cells.cell must be one of rnn, lstm, gru"),
        (lambda values: values["cells"][0].update(name="../gru-none"), "names models that are not there: ../gru-none"),
        (lambda values: values["cells"][0].update(name="gone"), "names models that are not there: gone"),
    ],
)
def test_a_damaged_file_is_named(measured, tmp_path, change, said):
    copy = shutil.copytree(measured, tmp_path / "copy")
    values = json.loads((copy / "grid.json").read_text(encoding="utf-8"))
    change(values)
    (copy / "grid.json").write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"grid\.json") as raised:
        load_grid(copy)
    assert said in str(raised.value)


def test_twins_differ_in_attention_alone(measured):
    grid = load_grid(measured)
    assert [(one.name, other.name) for one, other in grid.twins()] == [("gru-none", "gru-bahdanau")]
    assert grid.twin() == grid.twin("gru-bahdanau") == grid.twins()[0]
    unmeasured = replace(grid, cells=tuple(replace(cell, by_length=()) for cell in grid.cells))
    assert unmeasured.twins() == []
    with pytest.raises(ConfigError, match=r"Those that were: none\."):
        unmeasured.twin()
    with pytest.raises(
        ConfigError, match=r"There is no model 'lstm-none' in the grid\. Please choose one of: rnn-luong-dot, "
    ):
        grid.find("lstm-none")


def test_a_written_grid_comes_back(measured, tmp_path):
    copy = shutil.copytree(measured, tmp_path / "copy")
    grid = replace(load_grid(measured), gold_pairs=5)
    write_grid(copy, grid)
    assert load_grid(copy) == grid


def test_a_space_takes_the_whole_grid_along(measured):
    space = prepare_space([EMBEDDED / "reverse-tiny"], grids=[measured])
    files = {path.relative_to(measured).as_posix() for path in measured.rglob("*") if path.is_file()}
    there = {name for name in space.contents if name.startswith("checkpoints/tiny/")}
    assert there == {f"checkpoints/tiny/{file}" for file in files}
    assert {"checkpoints/tiny/text.spm", "checkpoints/tiny/grid.json"} <= there


def test_a_grid_is_found_and_is_no_model_by_itself(measured, caplog):
    assert find_grids(measured.parent) == [measured]
    assert find_models(measured.parent) == {}
    assert not caplog.records
