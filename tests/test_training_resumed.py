"""A resumed training equals an uninterrupted one, bit by bit, whatever the recipe asks for; a state is its recipe's."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from s2s import data
from s2s.errors import TrainingError
from s2s.prepare import prepare
from s2s.training import Trainer
from tests.trainings import (
    CPU,
    assert_equal_trainings,
    assert_equal_weights,
    changed,
    place,
    resumed,
    reversals,
    sentences,
    train,
    write_corpus,
)


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    made = reversals(tmp_path_factory.mktemp("data"))
    prepare(made)
    return made


@pytest.fixture(scope="module")
def uninterrupted(recipe, tmp_path_factory):
    trainer = Trainer(recipe, CPU)
    train(trainer, tmp_path_factory.mktemp("runs") / "state.safetensors")
    return trainer


@pytest.mark.parametrize("epoch_end", [False, True])
def test_resumed_training_equals_uninterrupted_training(recipe, uninterrupted, tmp_path, epoch_end):
    state, first = tmp_path / "state.safetensors", Trainer(recipe, CPU)
    updates = first.epoch_updates if epoch_end else 4
    train(first, state, updates)
    assert first.progress.updates == updates
    again = resumed(recipe, state)
    assert_equal_trainings(again, first)
    train(again, state)
    assert_equal_trainings(again, uninterrupted)


@pytest.mark.slow
def test_a_training_stopped_after_every_update_equals_uninterrupted_training(recipe, uninterrupted, tmp_path):
    state = tmp_path / "state.safetensors"
    train(Trainer(recipe, CPU), state, 1)
    for _ in range(uninterrupted.total_updates):
        again = resumed(recipe, state)
        train(again, state, 1)
    assert again.finished
    assert_equal_trainings(again, uninterrupted)


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    """Sentences with links in `unigram` pieces."""
    made = sentences(tmp_path_factory.mktemp("words"), batch_tokens=500, validate_updates=5)
    prepare(made)
    return made


WISHES = {
    "piece sampling": {"piece_sampling": 0.2},
    "scheduled sampling": {"teacher_forcing": 0.5},
    "guided attention": {"guided_attention": 0.5},
    "patience": {"patience": 9, "learning_rate": 1e-9, "validate_updates": 2},
    "all of them": {
        "piece_sampling": 0.2,
        "teacher_forcing": 0.3,
        "forcing_schedule": "inverse-sigmoid",
        "guided_attention": 0.5,
        "patience": 9,
    },
}


@pytest.mark.parametrize("wishes", ["patience", "all of them"])
def test_whatever_is_drawn_at_random_is_drawn_again(words, tmp_path, monkeypatch, wishes):
    monkeypatch.setattr(data, "PART_PAIRS", 75)
    recipe = changed(words, "training", batch_tokens=400, **WISHES[wishes])
    augmentation = {"typos": 0.3, "concatenate": 0.2, "lowercase": 0.1}
    (corpus,) = recipe.data.train
    recipe = changed(recipe, "data", augmentation=augmentation, train=(replace(corpus, weight=1.5),))
    whole, state = Trainer(recipe, CPU), tmp_path / "state.safetensors"
    train(whole, tmp_path / "whole.safetensors")
    assert whole.data.parts == 2
    assert whole.progress.updates == whole.total_updates > 2 * 2 * 2  # of each part and epoch, some have one before
    stopped = Trainer(recipe, CPU)
    stopped.save(state)
    while not stopped.finished:
        stopped = resumed(recipe, state)
        train(stopped, state, 2)  # in the middle of a part, and at its end
    assert_equal_trainings(stopped, whole)


EFFECTS = {
    "smoothing": {"label_smoothing": 0.0},
    "decay": {"weight_decay": 0.5},
    "clipping": {"gradient_norm": 0.01},
    "a lower rate": {"learning_rate": 1e-2},
    "a longer warm-up": {"warmup_updates": 9},
    "a constant share": {"teacher_forcing": 0.5, "forcing_schedule": "constant"},
}


def test_every_wish_makes_a_difference(words, tmp_path):
    weights = {}
    for name, wish in {"none": {}, **WISHES, **EFFECTS}.items():
        trainer = Trainer(changed(words, "training", **wish), CPU)
        train(trainer, tmp_path / "state.safetensors", 2)
        weights[name] = trainer.model.output_bias.detach()
    for one, other in itertools.combinations(weights, 2):
        assert not torch.equal(weights[one], weights[other]), (one, other)


def test_a_training_killed_after_a_save_resumes_from_there(recipe, uninterrupted, tmp_path):
    first = Trainer(recipe, CPU)

    def save_and_die(loss):
        if first.progress.updates == 6:
            first.save(tmp_path / "state.safetensors")
        if first.progress.updates == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(first, tmp_path / "other.safetensors", watch=save_and_die)
    again = resumed(recipe, tmp_path / "state.safetensors")
    train(again, tmp_path / "state.safetensors")
    assert_equal_trainings(again, uninterrupted)


def test_a_state_of_the_start_is_a_start(recipe, uninterrupted, tmp_path):
    Trainer(recipe, CPU).save(tmp_path / "state.safetensors")
    again = resumed(recipe, tmp_path / "state.safetensors")
    train(again, tmp_path / "state.safetensors")
    assert_equal_trainings(again, uninterrupted)


def test_a_state_is_saved_when_it_is_due(recipe, tmp_path):
    state = tmp_path / "state.safetensors"
    trainer, saved = Trainer(changed(recipe, "training", save_minutes=1e-9), CPU), []

    def watch(loss):
        saved.append(state.exists() and resumed(recipe, state).progress.updates)
        return len(saved) < 4

    trainer.run(state, watch, lambda: None)
    assert saved == [False, 1, 2, 3]


def test_the_end_of_a_training_is_saved_even_if_it_is_not_due(recipe, uninterrupted, tmp_path):
    state = tmp_path / "state.safetensors"
    train(Trainer(recipe, CPU), state)
    again = resumed(recipe, state)
    assert again.finished
    assert train(again, state) == []
    assert_equal_trainings(again, uninterrupted)


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["auto", "float16"])
def test_a_training_on_a_gpu_goes_on_after_a_stop(recipe, tmp_path, precision):
    recipe, state, cuda = changed(recipe, "training", precision=precision), tmp_path / "state", torch.device("cuda")
    first = Trainer(recipe, cuda)
    train(first, state, 4)
    again = Trainer(recipe, cuda, state=state)
    assert_equal_weights(first, again)
    assert again.scaler.state_dict() == first.scaler.state_dict()
    losses = train(again, state)
    assert np.isfinite(losses).all()
    assert again.finished


# --- states that cannot be written or read ---


def test_a_folder_that_cannot_be_written_is_an_error(recipe, tmp_path):
    (tmp_path / "runs").write_text("in the way", encoding="utf-8")
    with pytest.raises(TrainingError, match="cannot be written"):
        train(Trainer(recipe, CPU), tmp_path / "runs" / "state.safetensors", 1)


def test_a_full_disk_keeps_the_state_before(recipe, uninterrupted, tmp_path, full_disk):
    trainer, state = Trainer(recipe, CPU), tmp_path / "state.safetensors"
    train(trainer, state, 3)
    before = state.read_bytes()
    with full_disk(1000), pytest.raises(TrainingError, match=r"cannot be written .*the state before it is kept"):
        train(trainer, state, 1)
    assert [path.name for path in tmp_path.iterdir()] == [state.name]
    assert state.read_bytes() == before
    again = resumed(recipe, state)
    train(again, state)
    assert_equal_trainings(again, uninterrupted)


def test_a_full_disk_is_freed_of_what_killed_saves_left(recipe, tmp_path, full_disk):
    litter = tmp_path / ".state.safetensors.99999.tmp"
    litter.write_bytes(b"half a state")
    with full_disk(1000), pytest.raises(TrainingError, match="cannot be written"):
        Trainer(recipe, CPU).save(tmp_path / "state.safetensors")
    assert not litter.exists()


def test_nothing_to_resume_is_an_error(recipe, tmp_path):
    with pytest.raises(TrainingError, match=r"there is nothing to resume: .*state\.safetensors is missing"):
        resumed(recipe, tmp_path / "state.safetensors")


@pytest.fixture
def state(recipe, tmp_path):
    """The state of a training after an update."""
    path = tmp_path / "state.safetensors"
    train(Trainer(recipe, CPU), path, 1)
    return path


@pytest.mark.parametrize("size", [0, 100, -100])
def test_a_damaged_state_is_named(recipe, state, size):
    state.write_bytes(state.read_bytes()[:size])
    with pytest.raises(TrainingError, match=r"state\.safetensors is damaged .*move it away and start anew"):
        resumed(recipe, state)


def test_a_file_of_other_tensors_is_no_state(recipe, state):
    save_file(load_file(state), state)
    with pytest.raises(TrainingError, match=r"state\.safetensors is damaged"):
        resumed(recipe, state)


CHANGES = {
    "model.hidden_size": ("model", {"hidden_size": 24}),
    "model.attention": ("model", {"attention": "bahdanau"}),
    "model.dropout": ("model", {"dropout": 0.5}),
    "training.shards": ("training", {"shards": 3}),
    "training.seed": ("training", {"seed": 2}),
    "training.batch_tokens": ("training", {"batch_tokens": 300}),
    "data.augmentation": ("data", {"augmentation": {"typos": 0.1}}),
    "data.max_length": ("data", {"max_length": 40}),
}


@pytest.mark.parametrize(("name", "change"), CHANGES.items(), ids=CHANGES)
def test_a_state_of_another_recipe_names_the_setting_that_differs(recipe, state, name, change):
    section, values = change
    ((key, value),) = values.items()
    here = getattr(getattr(recipe, section), key)
    with pytest.raises(TrainingError, match="is the state of another training") as caught:
        resumed(changed(recipe, section, **values), state)
    assert f"there {name} was {here!r}, here it is {value!r}. Resume with its own recipe." in str(caught.value)


def test_a_state_of_other_prepared_files_is_refused(tmp_path):
    made, state = sentences(tmp_path, batch_tokens=300), tmp_path / "state.safetensors"
    prepare(made)
    train(Trainer(made, CPU), state, 2)
    write_corpus(tmp_path / "pairs.tsv", 120, links=tmp_path / "pairs.links", seed=9)
    prepare(made)
    with pytest.raises(TrainingError, match=r"state of another training|prepared"):
        resumed(made, state)


@pytest.mark.parametrize(
    ("section", "values"),
    [
        ("training", {"learning_rate": 1e-3}),
        ("training", {"max_epochs": 3}),
        ("training", {"patience": 5}),
        ("training", {"save_minutes": 1.0}),
        ("training", {"validate_updates": 2}),
        ("data", {"licence": "CC0-1.0"}),
        ("data", {"lowercase": True}),
    ],
)
def test_other_settings_may_change_on_the_way(recipe, state, section, values):
    again = resumed(changed(recipe, section, **values), state)
    assert place(again)["updates"] == 1
    train(again, state, 1)
    assert again.progress.updates == 2


def test_more_epochs_may_follow_after_the_last_one(recipe, uninterrupted, tmp_path):
    uninterrupted.save(tmp_path / "state.safetensors")
    longer = resumed(changed(recipe, "training", max_epochs=3), tmp_path / "state.safetensors")
    assert not longer.finished
    losses = train(longer, tmp_path / "state.safetensors")
    assert len(losses) == longer.epoch_updates
