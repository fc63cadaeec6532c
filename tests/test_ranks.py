"""One training in several processes: the same curve, the same weights, the same ways to stop and go on."""

import json
import os
import signal
from dataclasses import replace

import pytest
import torch

from s2s.errors import TrainingError
from s2s.recipe import load_recipe
from s2s.training import Trainer, join_ranks, ranks
from s2s.training.ranks import ALONE, Ranks
from s2s.training.state import read_state
from tests.processes import finish, fork_ranks, start, wait_until
from tests.trainings import CPU, resumed, reversals, train, write_recipe

TORCHRUN = "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "s2s"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A recipe with two shards, and its files."""
    directory = tmp_path_factory.mktemp("prepared")
    return write_recipe(reversals(directory, shards=2, save_minutes=1e-9), directory / "tiny.toml")


def alone(recipe, directory):
    """The state of the same training in one process."""
    train(Trainer(recipe, CPU), directory / "alone.safetensors")
    return read_state(directory / "alone.safetensors", {})


def history(progress):
    """Without what a clock says."""
    return [{name: value for name, value in entry.items() if name != "seconds"} for entry in progress.history]


class Run:
    """The training of a recipe into a folder of its own, in two processes."""

    def __init__(self, recipe, directory, *settings):
        self.recipe, self.settings = recipe, settings
        self.directory, self.run, self.log = directory, directory / "tiny", directory / "log"
        self.state = self.run / "state.safetensors"

    @property
    def command(self):
        options = [f"training.directory={self.directory}", *self.settings]
        resume = ["--resume"] if self.state.exists() else []
        return ["train", self.recipe, *(part for option in options for part in ("--set", option)), *resume]

    def loaded(self):
        return load_recipe(self.recipe, self.settings)

    def fork(self, **accident):
        return fork_ranks(2, *self.command, log=self.log, **accident)

    def torchrun(self):
        return start(*self.command, module=TORCHRUN)

    def result(self):
        return read_state(self.state, {})


@pytest.fixture
def two(prepared, tmp_path):
    return lambda *settings: Run(prepared, tmp_path, *settings)


def assert_same(found, expected):
    """Bit by bit, and the same curve."""
    (tensors, progress), (others, other_progress) = found, expected
    assert history(progress) == history(other_progress)
    assert tensors.keys() == others.keys()
    assert all(torch.equal(tensor, others[name]) for name, tensor in tensors.items())


# --- with real processes ---


def test_two_processes_of_torchrun_train_what_one_does(two, tmp_path):
    """Bit by bit with as many shards as processes, for a sum of two numbers has one order only."""
    run = two()
    with run.torchrun() as process:
        output, said = (text.decode() for text in process.communicate())
    assert process.returncode == 0, said
    assert_same(run.result(), alone(run.loaded(), tmp_path))
    assert json.loads(output)["test_pairs"] == 20
    assert said.count("parameters, ") == 1  # one of them speaks
    assert "2 processes" in said
    assert {path.name for path in run.run.iterdir()} == {"state.safetensors", "checkpoint", "report.html"}


@pytest.mark.parametrize("told", [pytest.param(0, marks=pytest.mark.slow), 1], ids=["the first", "the other"])
def test_a_signal_to_one_process_stops_both_and_they_go_on_later(two, tmp_path, told):
    """What is random follows from seed, update and shard, whoever computes it: dropout, and the model's own words."""
    run = two("training.max_epochs=6", "training.teacher_forcing=0.3", "model.dropout=0.4")
    processes = run.fork()
    wait_until(run.state.exists, processes[0])
    os.kill(processes[told].pid, signal.SIGTERM)
    assert [finish(process) for process in processes] == [0, 0], run.log.read_text()
    assert f"Saved to {run.state}" in run.log.read_text().replace("\n", "")
    assert run.result()[1].updates < Trainer(run.loaded(), CPU).total_updates
    assert [finish(process) for process in run.fork()] == [0, 0], run.log.read_text()
    assert_same(run.result(), alone(run.loaded(), tmp_path))


@pytest.mark.parametrize("killed", [0, pytest.param(1, marks=pytest.mark.slow)], ids=["the first", "the other"])
def test_when_one_process_is_killed_the_other_one_ends_and_nothing_is_lost(two, tmp_path, killed):
    run = two("training.max_epochs=6")
    processes = run.fork()
    wait_until(run.state.exists, processes[0])
    processes[killed].kill()
    assert finish(processes[killed]) == -signal.SIGKILL
    assert finish(processes[1 - killed]) != 0
    assert [finish(process) for process in run.fork()] == [0, 0], run.log.read_text()
    assert_same(run.result(), alone(run.loaded(), tmp_path))


def test_a_training_of_one_process_goes_on_in_two_and_back(two, tmp_path):
    run = two("training.max_epochs=6")
    train(Trainer(run.loaded(), CPU), run.state, 3)
    processes = run.fork()
    wait_until(lambda: run.result()[1].updates > 4, processes[0])
    os.kill(processes[0].pid, signal.SIGTERM)
    assert [finish(process) for process in processes] == [0, 0], run.log.read_text()
    train(resumed(run.loaded(), run.state), run.state)
    assert_same(run.result(), alone(run.loaded(), tmp_path))


def test_four_shards_in_two_processes_are_summed_in_another_order(two, tmp_path):
    """Equal but for rounding, which grows from update to update."""
    run = two("training.shards=4")
    assert [finish(process) for process in run.fork()] == [0, 0], run.log.read_text()
    (tensors, progress), (expected, expected_progress) = run.result(), alone(run.loaded(), tmp_path)
    for entry, other in zip(history(progress), history(expected_progress), strict=True):
        assert entry["training_loss"] == pytest.approx(other["training_loss"], abs=1e-3)
        assert entry["validation_loss"] == pytest.approx(other["validation_loss"], abs=1e-3)
    for name, tensor in tensors.items():
        if name.startswith("model."):
            torch.testing.assert_close(tensor, expected[name], rtol=1e-4, atol=1e-5)


def test_shards_that_cannot_be_shared_out_end_all_processes_with_a_message(two):
    run = two("training.shards=3")
    assert [finish(process) for process in run.fork()] == [2, 2]
    said = run.log.read_text()
    assert said.count("s2s: training.shards (3) must be a multiple of the number of processes (2)") == 2
    assert "Traceback" not in said
    assert not run.run.exists()


def test_a_process_that_cannot_save_says_so_and_ends_the_other_one(two):
    run = two()
    codes = [finish(process) for process in run.fork(file_size=20_000)]
    said = run.log.read_text()
    assert codes[0] == 2
    assert codes[1] != 0
    assert f"s2s: {run.state} cannot be written" in said


@pytest.mark.slow
def test_torchrun_hands_a_signal_on(two, tmp_path):
    """It ends with an error of its own; the state is what counts."""
    run = two("training.max_epochs=6")
    with run.torchrun() as process:
        wait_until(run.state.exists, process)
        process.send_signal(signal.SIGTERM)
        said = process.communicate()[1].decode()
    assert f"Saved to {run.state}" in said.replace("\n", "")
    with run.torchrun() as process:
        process.communicate()
    assert process.returncode == 0
    assert_same(run.result(), alone(run.loaded(), tmp_path))


# --- by themselves ---


@pytest.mark.parametrize(("shards", "size"), [(2, 1), (2, 2), (6, 2), (6, 3), (4, 4)])
def test_the_ranks_share_all_shards_and_no_shard_twice(shards, size):
    shares = [Ranks(rank, size).share(range(shards)) for rank in range(size)]
    assert sorted(shard for share in shares for shard in share) == list(range(shards))
    assert {len(share) for share in shares} == {shards // size}


def test_the_first_rank_alone_speaks():
    assert [Ranks(rank, 3).is_first for rank in range(3)] == [True, False, False]
    assert ALONE.is_first


@pytest.mark.parametrize(("shards", "size"), [(3, 2), (1, 2), (4, 3)])
def test_shards_that_cannot_be_shared_out_are_an_error(prepared, shards, size):
    recipe = load_recipe(prepared)
    recipe = replace(recipe, training=replace(recipe.training, shards=shards))
    with pytest.raises(
        TrainingError, match=rf"training\.shards \({shards}\) must be a multiple of the number of processes \({size}\)"
    ):
        Trainer(recipe, CPU, Ranks(0, size))


def test_alone_there_is_nothing_to_sum():
    one = torch.tensor([1.0, 2.0])
    ALONE.sum([one])
    assert one.tolist() == [1.0, 2.0]
    assert ALONE.any(True, CPU)
    assert not ALONE.any(False, CPU)


def test_a_sum_over_the_ranks_is_one_message_in_place(monkeypatch):
    messages = []

    def all_reduce(tensor):
        messages.append(tensor.clone())
        tensor *= 2

    monkeypatch.setattr(ranks.distributed, "all_reduce", all_reduce)
    tensors = [torch.tensor(1.0), torch.arange(6.0).view(2, 3).t(), torch.ones(0), torch.tensor([7.0])]
    expected = [2 * tensor for tensor in tensors]
    Ranks(0, 2).sum(tensors)
    assert len(messages) == 1
    assert all(torch.equal(tensor, other) for tensor, other in zip(tensors, expected, strict=True))


def test_a_flag_of_any_rank_counts(monkeypatch):
    monkeypatch.setattr(ranks.distributed, "all_reduce", lambda tensor: tensor.add_(1))
    assert Ranks(0, 2).any(False, CPU)


@pytest.mark.parametrize("size", [None, "1"])
def test_without_torchrun_there_is_one_rank(monkeypatch, size):
    if size:
        monkeypatch.setenv("WORLD_SIZE", size)
    else:
        monkeypatch.delenv("WORLD_SIZE", raising=False)
    with join_ranks("cpu") as (found, device):
        assert (found, device) == (ALONE, CPU)


def test_a_group_is_left_even_after_an_error(monkeypatch):
    for name, value in (("WORLD_SIZE", "1x"), ("RANK", "0"), ("LOCAL_RANK", "0")):
        monkeypatch.setenv(name, value.strip("x") if name != "WORLD_SIZE" else "2")
    calls = []
    monkeypatch.setattr(ranks.distributed, "init_process_group", lambda backend: calls.append(backend))
    monkeypatch.setattr(ranks.distributed, "destroy_process_group", lambda: calls.append("left"))

    def fail():
        with join_ranks("cpu") as (found, _):
            assert found == Ranks(0, 2)
            raise TrainingError("no disk")

    with pytest.raises(TrainingError, match="no disk"):
        fail()
    assert calls == ["gloo", "left"]


@pytest.mark.parametrize("size", ["2", "two"])
def test_half_of_torchruns_environment_is_named(monkeypatch, size):
    monkeypatch.delenv("RANK", raising=False)
    monkeypatch.setenv("WORLD_SIZE", size)
    with pytest.raises(TrainingError, match="WORLD_SIZE"), join_ranks("cpu"):
        pass
