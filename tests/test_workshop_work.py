"""One training of a visitor as its process does it, with few pairs: what it tells, and what it leaves."""

import json
import multiprocessing

import pytest

from s2s.checkpoint import load_checkpoint
from s2s.errors import DataError, TrainingError
from s2s.recipe import Recipe
from s2s.toys import answer
from s2s.workshop import plan as plan_module
from s2s.workshop import work as work_module
from s2s.workshop.ends import BROKEN, OUT_OF_MEMORY
from s2s.workshop.plan import EXAMPLES, LONGEST, Plan
from s2s.workshop.work import LENGTHS, TRIED, Bounds, probe_pairs, work


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(plan_module, "LETTERS_BUDGET", (500, 400))
    monkeypatch.setattr(work_module, "_be_modest", lambda bounds: None)  # this process has other things to do
    monkeypatch.setattr(work_module, "TRIED", 2)


class Ear:
    """The pipe of a training in this process; it says stop after some points."""

    def __init__(self, points=1000):
        self.told, self.points = [], points

    def send_bytes(self, content):
        self.told.append(json.loads(content))

    def poll(self):
        return self.count("point") >= self.points

    def recv_bytes(self):
        return b"stop"

    def count(self, kind):
        return sum(message["is"] == kind for message in self.told)


UNBOUND = Bounds(cpu_seconds=1e9)
PLAN = Plan()


def trained(folder, plan=PLAN, resume=False, bounds=UNBOUND, **how):
    ear = Ear(**how)
    work(ear, plan, folder, bounds, resume)
    return ear


def test_it_tells_how_far_it_is_and_leaves_a_checkpoint(tmp_path):
    ear = trained(tmp_path)
    kinds = [message["is"] for message in ear.told]
    assert (kinds[0], kinds[-3:]) == ("begun", ["finishing", "point", "done"])
    points = [message for message in ear.told if message["is"] == "point"]
    assert (points[0]["updates"], points[0]["loss"]) == (0, None)
    assert points[-1]["updates"] == ear.told[0]["updates"]
    assert points[-1]["exact"] is not None
    for point in points:
        assert point["source_pieces"] == list(EXAMPLES["reverse"])
        assert len(point["attention"]) == len(point["target_pieces"]) <= PLAN.most_written
        assert all(abs(sum(row) - 1) < 0.01 for row in point["attention"])
    done = ear.told[-1]
    assert done["finished"] is True
    assert [each["length"] for each in done["by_length"]] == list(LENGTHS)
    assert all(right == answer("reverse", source) for source, _, right in done["samples"])
    checkpoint = load_checkpoint(tmp_path / "checkpoint")
    assert checkpoint.model.parameter_count() == ear.told[0]["parameters"]
    assert checkpoint.description.scores["exact_match"] == done["exact"]


def test_stopped_it_leaves_a_checkpoint_and_goes_on_to_the_same_end(tmp_path):
    for name in ("whole", "cut"):
        (tmp_path / name).mkdir()
    whole = trained(tmp_path / "whole")
    first = trained(tmp_path / "cut", points=3)
    assert (first.told[-1]["finished"], first.told[-1]["why"]) == (False, "")
    before, last = [message for message in first.told if message["is"] == "point"][-2:]
    assert before["updates"] == last["updates"] > 0
    assert before["loss"] == last["loss"] > 0  # nothing is new, so it is as it was
    assert (tmp_path / "cut" / "checkpoint" / "model.safetensors").is_file()
    second = trained(tmp_path / "cut", resume=True)
    assert second.told[-1]["finished"] is True
    ends = [[message for message in ear.told if message["is"] == "point"][-1] for ear in (whole, second)]
    assert ends[0]["updates"] == ends[1]["updates"]
    assert ends[0]["attention"] == ends[1]["attention"]


def test_without_attention_there_is_none_to_tell(tmp_path):
    ear = trained(tmp_path, Plan(attention="none"), points=2)
    assert {message["attention"] for message in ear.told if message["is"] == "point"} == {None}


def test_over_its_time_it_stops_as_if_told_to(tmp_path):
    ear = trained(tmp_path, bounds=Bounds(cpu_seconds=0))
    assert ear.told[-1]["is"] == "done"
    assert ear.told[-1]["finished"] is False
    assert "0 seconds of processor time were used up" in ear.told[-1]["why"]


def test_stopped_before_the_first_update_it_ends_without_a_word(tmp_path):
    ear = trained(tmp_path, points=0)
    assert [message["is"] for message in ear.told] == ["begun", "point"]
    assert not (tmp_path / "checkpoint").exists()


@pytest.mark.parametrize("toy", ["reverse", "sort", "copy"])
def test_what_is_tried_and_watched_was_never_trained_on(toy, tmp_path):
    plan = Plan(toy=toy)
    trained(tmp_path, plan, points=1)
    splits = {
        name: [line.split("\t") for line in (tmp_path / f"{name}.tsv").read_text().splitlines()]
        for name in ("train", "valid", "test")
    }
    seen = {source for source, _ in splits["train"]}
    others = [source for name in ("valid", "test") for source, _ in splits[name]]
    others += [plan.example, *(pair.source for pair in probe_pairs(plan))]
    assert seen.isdisjoint(others)
    assert max(len(target) for _, target in splits["train"]) == LONGEST < max(LENGTHS)


def test_the_probes_are_so_many_of_each_length(monkeypatch):
    monkeypatch.setattr(work_module, "TRIED", TRIED)
    lengths = [len(pair.target) for pair in probe_pairs(Plan(toy="copy"))]
    assert {length: lengths.count(length) for length in LENGTHS} == dict.fromkeys(LENGTHS, TRIED)
    assert probe_pairs(Plan(toy="dates")) == []


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (TrainingError("the loss became nan"), "the loss became nan"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 byte"), OUT_OF_MEMORY),
        (RuntimeError("std::bad_alloc"), OUT_OF_MEMORY),
        (RuntimeError("could not create a primitive"), OUT_OF_MEMORY),
        (RuntimeError("can't start new thread"), OUT_OF_MEMORY),
        (DataError("no piece model can be learnt: Resource temporarily unavailable"), OUT_OF_MEMORY),
        (MemoryError(), OUT_OF_MEMORY),
        (ValueError("secret path /home/ada"), BROKEN),
    ],
)
def test_faults_are_told_in_words_for_a_visitor(fault, said, tmp_path, monkeypatch, capsys):
    def fail(self, loss):
        raise fault

    monkeypatch.setattr(work_module._Work, "_on_update", fail)
    assert trained(tmp_path).told[-1] == {"is": "failed", "message": said}
    assert ("secret" in capsys.readouterr().err) == (said == BROKEN)  # for the server's log alone


def test_when_the_server_is_no_more_its_files_go(tmp_path):
    ours, theirs = multiprocessing.Pipe()
    ours.close()
    folder = tmp_path / "folder"
    folder.mkdir()
    work(theirs, Plan(), folder, Bounds(), False)
    assert not folder.exists()


@pytest.mark.parametrize("size", ["small", "medium", "large"])
def test_every_choice_makes_a_recipe(size, tmp_path):
    for toy in EXAMPLES:
        recipe = Plan(toy=toy, size=size).recipe(tmp_path)
        assert recipe.training.precision == "float32"  # alike everywhere, and within the bound of memory
        assert isinstance(recipe, Recipe)
        assert recipe.name == f"{toy}-gru-bahdanau-{size}"
