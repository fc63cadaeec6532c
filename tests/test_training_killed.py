"""Nothing is lost: a training that was killed, told to stop, or out of disk ends as if nothing had happened."""

import os
import random
import shutil
import signal

import pytest
import torch
from safetensors.torch import load_file

from s2s.recipe import load_recipe
from s2s.training import Trainer
from s2s.training.state import read_state
from tests.processes import finish, fork, start, wait_until
from tests.trainings import CPU, changed, reversals, sentences, write_recipe


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A recipe that saves after each of its updates, and its files."""
    directory = tmp_path_factory.mktemp("prepared")
    recipe = reversals(directory, save_minutes=1e-9, validate_updates=7, max_epochs=4)
    return write_recipe(recipe, directory / "tiny.toml")


def files(run):
    """What a training leaves: the bytes of its checkpoint and the tensors of its state."""
    return (run / "checkpoint" / "model.safetensors").read_bytes(), load_file(run / "state.safetensors")


def assert_same_end(run, other):
    (weights, state), (other_weights, other_state) = files(run), files(other)
    assert weights == other_weights
    assert state.keys() == other_state.keys()
    assert all(torch.equal(tensor, other_state[name]) for name, tensor in state.items())


class Training:
    """The training of a recipe into a folder of its own, again and again."""

    def __init__(self, recipe, directory):
        directory.mkdir(exist_ok=True)
        self.recipe, self.directory = recipe, directory
        self.run, self.log = directory / "tiny", directory / "log"
        self.state = self.run / "state.safetensors"

    @property
    def command(self):
        settings = "--set", f"training.directory={self.directory}"
        return "train", self.recipe, *settings, *(["--resume"] if self.state.exists() else [])

    def fork(self, **options):
        return fork(*self.command, log=self.log, **options)

    def updates(self):
        return read_state(self.state, {})[1].updates

    def wait_for_saves(self, count, process):
        """Wait until the state was replaced so often, or the process ended."""
        seen = {self._version()}
        wait_until(lambda: seen.add(self._version()) or len(seen) > count, process)

    def _version(self):
        try:
            status = self.state.stat()
        except FileNotFoundError:
            return None
        return status.st_ino, status.st_mtime_ns


@pytest.fixture
def training(prepared, tmp_path):
    return Training(prepared, tmp_path / "runs")


@pytest.fixture(scope="module")
def uninterrupted(prepared, tmp_path_factory):
    whole = Training(prepared, tmp_path_factory.mktemp("whole"))
    assert finish(whole.fork()) == 0, whole.log.read_text()
    return whole


def kill_again_and_again(training, moments):
    updates = []
    for saves in moments:
        process = training.fork()
        training.wait_for_saves(saves, process)
        process.kill()
        assert finish(process) == -signal.SIGKILL, training.log.read_text()
        updates.append(training.updates())
    return updates


def test_a_training_killed_at_any_moment_ends_as_if_it_had_not_been(training, uninterrupted):
    generator = random.Random(1)
    updates = kill_again_and_again(training, [generator.randint(1, 5) for _ in range(4)])
    assert updates == sorted(updates)
    assert 0 < updates[0] < updates[-1] < uninterrupted.updates()
    assert finish(training.fork()) == 0, training.log.read_text()
    assert "Traceback" not in training.log.read_text()
    assert_same_end(training.run, uninterrupted.run)


def test_whatever_is_drawn_at_random_is_drawn_again_by_another_process(tmp_path):
    """No process has the generators of the one before."""
    recipe = sentences(
        tmp_path,
        batch_tokens=500,
        save_minutes=1e-9,
        piece_sampling=0.2,
        teacher_forcing=0.3,
        guided_attention=0.5,
    )
    recipe = changed(recipe, "data", augmentation={"typos": 0.3, "concatenate": 0.2})
    path = write_recipe(recipe, tmp_path / "tiny.toml")
    whole, again = Training(path, tmp_path / "whole"), Training(path, tmp_path / "again")
    assert finish(whole.fork()) == 0, whole.log.read_text()
    kill_again_and_again(again, [2, 3])
    assert finish(again.fork()) == 0, again.log.read_text()
    assert_same_end(again.run, whole.run)


@pytest.mark.slow
def test_a_training_killed_after_nearly_each_update_ends_as_if_it_had_not_been(training, uninterrupted):
    """The same with whole command lines, which take seconds to start."""
    while not training.state.exists() or training.updates() < uninterrupted.updates() - 2:
        with start(*training.command) as process:
            training.wait_for_saves(1, process)
            process.kill()
            process.communicate()
        assert process.returncode == -signal.SIGKILL
    assert finish(training.fork()) == 0
    assert_same_end(training.run, uninterrupted.run)


def test_a_training_killed_while_it_saves_keeps_the_state_before(training, uninterrupted):
    for saves, expected in ((1, 0), (3, 2), (1, 2), (2, 3)):
        process = training.fork(half_saves=saves)
        assert finish(process) == -signal.SIGKILL, training.log.read_text()
        assert (training.updates() if training.state.exists() else 0) == expected
    assert finish(training.fork()) == 0, training.log.read_text()
    assert_same_end(training.run, uninterrupted.run)


def test_no_half_written_state_stays_for_ever(training):
    for _ in range(2):
        finish(training.fork(half_saves=1))
    finish(training.fork())
    assert {path.name for path in training.run.iterdir()} == {"state.safetensors", "checkpoint", "report.html"}


def test_nothing_that_a_kill_in_the_middle_of_a_save_leaves_stays_for_ever(tmp_path):
    """The file of the safetensors library too: a state of 20 MB, which takes its time."""
    recipe = changed(reversals(tmp_path, save_minutes=1e-9, max_epochs=1), "model", hidden_size=512)
    training = Training(write_recipe(recipe, tmp_path / "tiny.toml"), tmp_path / "runs")

    def litter():
        return list(training.run.glob(".*"))

    for _ in range(20):
        process = training.fork()
        wait_until(litter, process)
        process.kill()
        finish(process)
        if litter():
            break
    assert litter()
    finish(training.fork())
    assert litter() == []


def test_a_training_that_is_told_to_stop_saves_says_so_and_goes_on_later(training, uninterrupted):
    with start(*training.command) as process:
        training.wait_for_saves(2, process)
        process.send_signal(signal.SIGTERM)
        output, said = (text.decode() for text in process.communicate())
    assert (process.returncode, output) == (0, ""), said
    assert f"Saved to {training.state}. Go on with --resume." in said.replace("\n", "")
    assert "Traceback" not in said
    assert 2 <= training.updates() < uninterrupted.updates()
    assert not (training.run / "checkpoint").exists()
    assert finish(training.fork()) == 0, training.log.read_text()
    assert_same_end(training.run, uninterrupted.run)


def test_a_finished_training_is_exported_again_on_request(training, uninterrupted):
    shutil.copytree(uninterrupted.run, training.run)
    before, _ = files(training.run)
    shutil.rmtree(training.run / "checkpoint")
    assert finish(training.fork()) == 0, training.log.read_text()
    assert files(training.run)[0] == before


def test_two_trainings_of_one_recipe_do_not_meet(uninterrupted):
    """Each has its own state; a new one does not begin over an old one."""
    command = [part for part in uninterrupted.command if part != "--resume"]
    process = fork(*command, log=uninterrupted.directory / "again")
    assert finish(process) == 2
    said = (uninterrupted.directory / "again").read_text()
    assert said.startswith("s2s: ")
    assert "is there already: go on with --resume" in said


# --- disks ---


def test_a_full_disk_ends_a_training_with_a_message_and_the_last_state(training, uninterrupted):
    size = uninterrupted.state.stat().st_size
    process = training.fork()
    training.wait_for_saves(3, process)
    process.kill()
    finish(process)
    updates, before = training.updates(), training.state.read_bytes()
    training.log.unlink()
    assert finish(training.fork(file_size=size // 2)) == 2
    said = training.log.read_text()
    assert "Traceback" not in said
    (message,) = (line for line in said.splitlines() if line.startswith("s2s: "))
    assert f"{training.state} cannot be written" in message
    assert "the state before it is kept" in message
    assert training.state.read_bytes() == before
    assert [path.name for path in training.run.iterdir()] == ["state.safetensors"]
    assert training.updates() == updates


def test_a_state_is_on_the_disk_before_it_takes_the_place_of_the_one_before(prepared, tmp_path, monkeypatch):
    steps, fsync, replace = [], os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda file: steps.append("fsync") or fsync(file))
    monkeypatch.setattr(os, "replace", lambda *names: steps.append("replace") or replace(*names))
    Trainer(load_recipe(prepared), CPU).save(tmp_path / "state.safetensors")
    assert steps[:2] == ["fsync", "replace"]
