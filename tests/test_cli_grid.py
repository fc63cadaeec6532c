"""The command line: a recipe with a grid, which becomes a model for each of its cells."""

import json
import shutil
import signal
from dataclasses import replace

import pytest

from s2s.checkpoint import load_checkpoint
from s2s.errors import ConfigError
from s2s.recipe import GridConfig, load_recipe
from tests.commands import refused, refused_late
from tests.test_cli_training import RECIPE, stop_after

GRID = """
[grid]
cell = ["rnn", "lstm"]
attention = ["none", "bahdanau"]
"""
NAMES = ["rnn-none", "rnn-bahdanau", "lstm-none", "lstm-bahdanau"]


@pytest.fixture
def recipe(tmp_path):
    """A recipe with a grid, and the settings that keep its files in this test's folder."""
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE + GRID, encoding="utf-8")
    return [path, "--set", f"data.directory={tmp_path / 'data'}", "--set", f"training.directory={tmp_path / 'runs'}"]


@pytest.fixture
def prepared(run, recipe):
    assert run("prepare", *recipe)[0] == 0
    return recipe


def read_weights(runs):
    return {path.parent.name: path.read_bytes() for path in runs.glob("backwards/checkpoint/*/model.safetensors")}


def test_the_cells_differ_in_cell_and_attention_alone(recipe):
    whole = load_recipe(recipe[0])
    cells = whole.cells()
    assert [cell.name for cell in cells] == NAMES
    assert {cell.part_of for cell in cells} == {"backwards"}
    shapes = [(cell.model.cell, cell.model.attention) for cell in cells]
    assert shapes == [("rnn", "none"), ("rnn", "bahdanau"), ("lstm", "none"), ("lstm", "bahdanau")]
    for cell in cells:
        assert (cell.data, cell.text, cell.training) == (whole.data, whole.text, whole.training)
        assert replace(cell.model, cell="gru", attention="none") == replace(whole.model, cell="gru", attention="none")
        assert cell.cells() == ()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"cell": (), "attention": ("none",)}, r"grid\.cell must name one or more, each once; got none"),
        ({"cell": ("rnn", "rnn"), "attention": ("none",)}, r"each once; got rnn, rnn"),
    ],
)
def test_a_grid_without_cells_or_with_one_twice_is_refused(values, said):
    with pytest.raises(ConfigError, match=said):
        GridConfig(**values)


def test_an_unknown_attention_kind_is_named(run, recipe):
    said = refused(run("train", *recipe, "--set", 'grid.attention=["luong"]'))
    assert "grid.attention must be one of none, bahdanau" in said


def test_every_cell_becomes_a_checkpoint_above_shared_pieces(run, prepared, tmp_path):
    code, output, said = run("train", *prepared)
    assert code == 0, said
    assert len(output.splitlines()) == len(NAMES)
    folder = tmp_path / "runs" / "backwards"
    assert {path.name for path in (folder / "checkpoint").iterdir()} == {*NAMES, "text.spm"}
    for name in NAMES:
        checkpoint = load_checkpoint(folder / "checkpoint" / name)
        assert f"{checkpoint.model.config.cell}-{checkpoint.model.config.attention}" == name
        assert checkpoint.description.training["seed"] == 1
        assert (folder / name / "report.html").is_file()
        card = (folder / "checkpoint" / name / "README.md").read_text(encoding="utf-8")
        assert "`recipes/backwards.toml`" in card
        assert f"--model checkpoints/backwards/{name}" in card
    updates = {load_checkpoint(folder / "checkpoint" / name).description.training["updates"] for name in NAMES}
    assert len(updates) == 1
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"backwards"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "terminate"])
def test_a_stopped_grid_goes_on_where_it_was_and_leaves_out_what_is_finished(
    run, prepared, tmp_path, monkeypatch, number
):
    runs = tmp_path / "runs"
    run("train", *prepared)
    uninterrupted = read_weights(runs)
    for name in NAMES[1:]:
        shutil.rmtree(runs / "backwards" / "checkpoint" / name)
        shutil.rmtree(runs / "backwards" / name)
    with monkeypatch.context() as patch:
        stop_after(patch, 5, number)
        code, output, said = run("train", *prepared, "--resume")
    assert (code, output) == (0, "")
    assert "rnn-none is finished" in said
    assert f"Saved to {runs / 'backwards' / 'rnn-bahdanau' / 'state.safetensors'}. Go on with --resume." in said
    assert not (runs / "backwards" / "lstm-none").exists()
    code, output, said = run("train", *prepared, "--resume")
    assert code == 0, said
    assert len(output.splitlines()) == 3
    assert read_weights(runs) == uninterrupted


def test_a_checkpoint_that_was_not_written_to_its_end_is_written_again(run, prepared, tmp_path):
    settings = ["--set", 'grid.cell=["rnn"]', "--set", 'grid.attention=["none"]']
    run("train", *prepared, *settings)
    (before,) = read_weights(tmp_path / "runs").values()
    (tmp_path / "runs" / "backwards" / "checkpoint" / "rnn-none" / "model.safetensors").unlink()
    code, _, said = run("train", *prepared, *settings, "--resume")
    assert code == 0, said
    assert "is finished" not in said
    assert read_weights(tmp_path / "runs") == {"rnn-none": before}


def test_a_grid_that_was_begun_is_not_begun_again_unasked(run, prepared, tmp_path):
    run("train", *prepared)
    said = refused(run("train", *prepared))
    assert "rnn-none/state.safetensors is there already: go on with --resume" in said


def test_a_finished_cell_of_another_recipe_is_not_taken_for_this_ones(run, prepared):
    run("train", *prepared)
    said = refused_late(run("train", *prepared, "--resume", "--set", "model.hidden_size=10"))
    assert "there model.hidden_size was 8, here it is 10" in said


def test_a_grid_can_be_resumed_before_it_was_begun(run, prepared, tmp_path):
    code, output, said = run("train", *prepared, "--resume", "--set", 'grid.cell=["rnn"]')
    assert code == 0, said
    assert all(json.loads(line)["test_pairs"] == 10 for line in output.splitlines())
    assert set(read_weights(tmp_path / "runs")) == {"rnn-none", "rnn-bahdanau"}
