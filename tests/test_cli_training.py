"""The command line: `prepare` and `train`."""

import json
import re
import shutil
import signal
import sys

import pytest

from s2s.training import Trainer
from tests.commands import refused, refused_late

RECIPE = """
name = "backwards"
description = "Spells backwards"
[data]
source_language = "letters"
target_language = "letters"
task = "reverse"
pairs = 300
valid_pairs = 10
test_pairs = 10
licence = "CC0-1.0"
[text]
piece_kind = "char"
vocabulary_size = 64
[model]
embedding_size = 8
hidden_size = 8
[training]
max_epochs = 2
batch_tokens = 256
warmup_updates = 2
validate_updates = 1000
"""


@pytest.fixture
def recipe(tmp_path):
    """A recipe, and the settings that keep its files in this test's folder."""
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE, encoding="utf-8")
    return [path, "--set", f"data.directory={tmp_path / 'data'}", "--set", f"training.directory={tmp_path / 'runs'}"]


@pytest.fixture
def prepared(run, recipe):
    assert run("prepare", *recipe)[0] == 0
    return recipe


def test_prepare_writes_three_splits_and_the_pieces(run, recipe, tmp_path):
    code, output, _ = run("prepare", *recipe)
    assert (code, output) == (0, "train\t280\nvalid\t10\ntest\t10\n")
    names = {path.name for path in (tmp_path / "data" / "backwards").iterdir()}
    splits = {"train.tsv", "valid.tsv", "test.tsv", "test.source.txt", "test.target.txt"}
    assert names == splits | {"text.spm", "prepared.json"}


def test_prepare_says_what_was_left_out_apart_from_the_sizes(run, recipe, tmp_path):
    (tmp_path / "pairs.tsv").write_text("".join(f"{n:03}\t{n}\n" for n in range(50)) + "x\n\ty\n", encoding="utf-8")
    (tmp_path / "test.tsv").write_text("[a]\t001.\n", encoding="utf-8")
    corpora = [
        *("--set", f"data.train=[{{file='{tmp_path / 'pairs.tsv'}'}}]", "--set", "data.task=pairs"),
        *("--set", f"data.test=[{{file='{tmp_path / 'test.tsv'}'}}]"),
    ]
    assert "pairs.tsv, line 51: expected source, tab, target" in refused(run("prepare", *recipe, *corpora))
    code, output, said = run("prepare", *recipe, *corpora, "--set", "data.faulty_lines=skip")
    assert (code, output) == (0, "train\t40\nvalid\t10\ntest\t1\n")
    assert said == (
        f"{tmp_path / 'pairs.tsv'}: left out 1 × expected source, tab, target (line 51); 1 × an empty side (line 52)\n"
    )


def test_a_recipe_becomes_a_checkpoint_that_translates(run, prepared, tmp_path):
    code, output, said = run("train", *prepared)
    assert code == 0, said
    checkpoint = tmp_path / "runs" / "backwards" / "checkpoint"
    scores = json.loads(output)
    assert scores["test_pairs"] == 10
    assert scores["chrF"]["signature"].startswith("nrefs:1")
    report = tmp_path / "runs" / "backwards" / "report.html"
    assert f"The checkpoint is {checkpoint}, the report {report}." in said.replace("\n", "")
    assert "Test split: 10 pairs" in report.read_text(encoding="utf-8")
    assert (checkpoint / "README.md").read_text(encoding="utf-8").startswith("---\n")
    code, output, _ = run("translate", "--model", checkpoint, stdin="abc\n\nxyz\n")
    assert code == 0
    assert output.count("\n") == 3


def stop_after(monkeypatch, updates, number):
    """Send this process a signal while it trains."""
    update = Trainer.update

    def updated(trainer):
        if trainer.progress.updates == updates - 1:
            signal.raise_signal(number)
        return update(trainer)

    monkeypatch.setattr(Trainer, "update", updated)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "terminate"])
def test_a_stopped_training_goes_on_as_if_it_had_not_been(run, prepared, tmp_path, monkeypatch, number):
    weights = tmp_path / "runs" / "backwards" / "checkpoint" / "model.safetensors"
    state = tmp_path / "runs" / "backwards" / "state.safetensors"
    run("train", *prepared)
    uninterrupted = weights.read_bytes()
    shutil.rmtree(tmp_path / "runs")
    handler = signal.getsignal(number)
    with monkeypatch.context() as patch:
        stop_after(patch, 7, number)
        code, output, said = run("train", *prepared)
    assert (code, output) == (0, "")
    assert f"Saved to {state}. Go on with --resume." in said.replace("\n", "")
    assert not weights.exists()
    assert signal.getsignal(number) is handler
    assert run("train", *prepared, "--resume")[0] == 0
    assert weights.read_bytes() == uninterrupted


def test_a_training_is_not_begun_anew_over_its_state(run, prepared, tmp_path):
    state = tmp_path / "runs" / "backwards" / "state.safetensors"
    state.parent.mkdir(parents=True)
    state.write_bytes(b"hours of work")
    assert f"{state} is there already: go on with --resume" in refused(run("train", *prepared))
    assert state.read_bytes() == b"hours of work"


def test_there_must_be_something_to_resume(run, prepared):
    assert "there is nothing to resume" in refused(run("train", *prepared, "--resume"))


def test_a_damaged_state_is_named(run, prepared, tmp_path):
    state = tmp_path / "runs" / "backwards" / "state.safetensors"
    state.parent.mkdir(parents=True)
    state.write_bytes(b"no state")
    assert str(state) in refused(run("train", *prepared, "--resume"))


def test_the_state_of_another_model_is_named(run, prepared, tmp_path, monkeypatch):
    stop_after(monkeypatch, 2, signal.SIGINT)
    run("train", *prepared)
    changed = [*prepared, "--set", "model.hidden_size=12", "--resume"]
    assert "state.safetensors" in refused(run("train", *changed))


def test_training_before_preparing_says_what_to_do(run, recipe):
    assert "s2s prepare" in refused(run("train", *recipe))


@pytest.mark.parametrize("verb", ["prepare", "train"])
@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("model.hiden_size=8", "unknown setting model.hiden_size; did you mean hidden_size?"),
        ("modell.cell=gru", "unknown setting modell; did you mean model?"),
        ("model.hidden_size=big", "model.hidden_size must be of type int, got 'big'"),
        ("model.cell=cnn", "model.cell must be one of rnn, lstm, gru, got 'cnn'"),
        ("model.hidden_size=7", "hidden_size must be even"),
        ("model.hidden_size", "a setting must look like section.key=value"),
        ("data.task=pairs", "data.train is empty"),
        ("data.train=[{fil='x'}]", "unknown setting data.train.fil; did you mean file?"),
        ("training.patience=0", "patience must be at least 1"),
        ("name.x=1", "name"),
    ],
)
def test_a_wrong_setting_is_named(run, recipe, verb, setting, said):
    assert said in refused(run(verb, *recipe, "--set", setting))


@pytest.mark.parametrize("verb", ["prepare", "train"])
def test_an_unknown_augmentation_is_named(run, prepared, verb):
    said = refused(run(verb, *prepared, "--set", "data.augmentation.typo=0.1"))
    assert "unknown augmentation typo; known: lowercase, " in said


def test_settings_changed_after_preparing_ask_for_another_preparation(run, prepared):
    said = refused(run("train", *prepared, "--set", "data.pairs=200"))
    assert "prepared with other settings of data or text: run prepare again" in said


def test_float16_is_refused_on_a_cpu(run, prepared, tmp_path):
    said = refused(run("train", *prepared, "--device", "cpu", "--set", "training.precision=float16"))
    assert "precision float16 needs CUDA, this is cpu" in said
    assert not (tmp_path / "runs").exists()


def test_tensorboard_without_its_library_is_refused(run, prepared, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    said = refused_late(run("train", *prepared, "--set", "training.tensorboard=true"))
    assert "training.tensorboard needs the `tensorboard` library: pip install tensorboard" in said


def test_a_training_that_diverges_stops_with_advice_and_keeps_its_state(run, prepared, tmp_path, monkeypatch):
    state = tmp_path / "runs" / "backwards" / "state.safetensors"
    with monkeypatch.context() as patch:
        stop_after(patch, 3, signal.SIGINT)
        run("train", *prepared)
    before = state.read_bytes()
    wild = ["--resume", "--set", "training.learning_rate=1e30", "--set", "training.gradient_norm=1e30"]
    assert re.search(
        r"s2s: the (loss|gradient) became (nan|inf) at update \d+: lower training.learning_rate",
        refused_late(run("train", *prepared, *wild)),
    )
    assert state.read_bytes() == before
    assert run("train", *prepared, "--resume")[0] == 0


def test_a_folder_that_cannot_be_written_is_named(run, prepared, tmp_path):
    (tmp_path / "runs").write_text("in the way", encoding="utf-8")
    assert f"{tmp_path / 'runs' / 'backwards'}" in refused_late(run("train", *prepared))


def test_prepare_names_a_folder_that_cannot_be_written(run, recipe, tmp_path):
    (tmp_path / "data").write_text("in the way", encoding="utf-8")
    assert f"{tmp_path / 'data' / 'backwards'} cannot be written" in refused(run("prepare", *recipe))


def test_a_report_that_cannot_be_written_is_named(run, prepared, full_disk):
    with full_disk(1_000_000):  # plotly.js alone has four times as much
        assert "report.html" in refused_late(run("train", *prepared))


def test_whoever_may_read_one_file_of_a_checkpoint_may_read_all(run, prepared, tmp_path):
    run("train", *prepared)
    files = list((tmp_path / "runs" / "backwards" / "checkpoint").iterdir())
    assert len({path.stat().st_mode for path in files}) == 1


def test_paths_are_said_as_they_are(run, prepared, tmp_path, monkeypatch):
    directory = tmp_path / "runs [old] of a name that is longer than a line of a terminal that is eighty columns wide"
    stop_after(monkeypatch, 2, signal.SIGINT)
    _, _, said = run("train", *prepared, "--set", f"training.directory={directory}")
    assert f"Saved to {directory / 'backwards' / 'state.safetensors'}. Go on with --resume.\n" in said


@pytest.mark.parametrize("name", ["", "..", "../elsewhere", "{tmp_path}/elsewhere"])
def test_a_name_that_is_no_folder_is_refused(run, recipe, tmp_path, name):
    assert "name" in refused(run("prepare", *recipe, "--set", f"name='{name.format(tmp_path=tmp_path)}'"))


@pytest.mark.parametrize("content", [None, b"name = [", b"name = '\xff'", b"name = 'x'"])
@pytest.mark.parametrize("verb", ["prepare", "train"])
def test_a_wrong_recipe_is_named(run, recipe, verb, content):
    recipe[0].unlink()
    if content:
        recipe[0].write_bytes(content)
    assert re.search(r"there is no recipe|is not valid TOML|setting [\w.]+ is missing", refused(run(verb, *recipe)))
