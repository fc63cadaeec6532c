"""A training in the terminal: what is said, and, on request, what TensorBoard gets."""

import io
import sys
import types

import pytest
from rich.console import Console

from s2s import watch
from s2s.errors import ConfigError
from s2s.prepare import prepare
from s2s.training import Trainer
from s2s.training.ranks import Ranks
from s2s.watch import watch_training
from tests.trainings import CPU, changed, place, reversals


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    made = reversals(tmp_path_factory.mktemp("data"))
    prepare(made)
    return made


def watched(trainer, state, **options):
    """What is written to a terminal as wide as a screen."""
    console = Console(file=io.StringIO(), width=200, **options)
    watch_training(trainer, state, console)
    return console.file.getvalue()


def test_a_training_tells_its_size_and_each_of_its_validations(recipe, tmp_path):
    trainer = Trainer(changed(recipe, "training", precision="float32"), CPU)
    said = watched(trainer, tmp_path / "state.safetensors")
    assert f"tiny: {trainer.model.parameter_count():,} parameters, 220 pairs an epoch (0 of 220 left out" in said
    assert f"{trainer.total_updates:,} updates, cpu in float32\n" in said
    for entry in trainer.progress.history:
        assert f"updates {entry['updates']}  " in said
        assert f"validation loss {entry['validation_loss']}" in said
    assert said.count("validation loss") == len(trainer.progress.history) > 1
    assert f"{trainer.total_updates}/{trainer.total_updates}" in said


def test_pairs_that_are_left_out_are_counted(recipe, tmp_path):
    short = changed(recipe, "data", max_length=10)
    trainer = Trainer(short, CPU)
    assert trainer.corpus.skipped > 0
    said = watched(trainer, tmp_path / "state.safetensors")
    assert f"({trainer.corpus.skipped} of 220 left out as too long)" in said


def test_only_the_first_of_several_processes_speaks(recipe, tmp_path, monkeypatch):
    monkeypatch.setattr("s2s.training.ranks.distributed.all_reduce", lambda tensor: None)
    trainer = Trainer(recipe, CPU, Ranks(1, 2))
    assert watched(trainer, tmp_path / "state.safetensors") == ""
    assert not (tmp_path / "state.safetensors").exists()
    assert "2 processes" in watched(Trainer(recipe, CPU, Ranks(0, 2)), tmp_path / "state.safetensors")


# --- TensorBoard ---


@pytest.fixture
def writers(monkeypatch):
    """A TensorBoard library that keeps what it is told."""
    made = []

    class SummaryWriter:
        def __init__(self, directory):
            self.directory, self.values, self.flushed = directory, [], 0
            made.append(self)

        def add_scalar(self, name, value, updates):
            self.values.append((name, value, updates))
            self.flushed = 0

        def flush(self):
            self.flushed += 1

        def close(self):
            self.flush()

    library = types.ModuleType("torch.utils.tensorboard")
    library.SummaryWriter = SummaryWriter
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", library)
    return made


def test_tensorboard_gets_losses_and_scores(recipe, tmp_path, writers, monkeypatch):
    monkeypatch.setattr(watch, "LOGGED_UPDATES", 4)
    trainer = Trainer(changed(recipe, "training", tensorboard=True), CPU)
    watched(trainer, tmp_path / "runs" / "state.safetensors")
    (writer,) = writers
    assert writer.directory == str(tmp_path / "runs" / "tensorboard")
    assert writer.flushed
    steps = [updates for name, _, updates in writer.values if name == "loss"]
    assert steps == list(range(4, trainer.total_updates + 1, 4))
    assert [updates for name, _, updates in writer.values if name == "target_tokens_per_second"] == steps
    for entry in trainer.progress.history:
        for name in set(entry) - {"updates", "seconds"}:
            assert (name, entry[name], entry["updates"]) in writer.values
    assert not {"updates", "seconds"} & {name for name, _, _ in writer.values}


def test_tensorboard_changes_nothing_in_the_training(recipe, tmp_path, writers):
    quiet, loud = Trainer(recipe, CPU), Trainer(changed(recipe, "training", tensorboard=True), CPU)
    for trainer in (quiet, loud):
        watched(trainer, tmp_path / "state.safetensors")
    assert place(quiet) == place(loud)


def test_without_being_asked_nothing_is_logged(recipe, tmp_path, writers, monkeypatch):
    monkeypatch.setattr(Trainer, "run", lambda *_: None)
    watched(Trainer(recipe, CPU), tmp_path / "state.safetensors")
    assert writers == []


def test_one_process_alone_logs(recipe, tmp_path, writers, monkeypatch):
    monkeypatch.setattr("s2s.training.ranks.distributed.all_reduce", lambda tensor: None)
    logged = changed(recipe, "training", tensorboard=True)
    watched(Trainer(logged, CPU, Ranks(1, 2)), tmp_path / "state.safetensors")
    assert writers == []


def test_a_missing_tensorboard_is_named_before_the_first_update(recipe, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    trainer = Trainer(changed(recipe, "training", tensorboard=True), CPU)
    with pytest.raises(ConfigError, match="needs the `tensorboard` library: pip install tensorboard"):
        watched(trainer, tmp_path / "state.safetensors")
    assert trainer.progress.updates == 0
