"""Training: the same seed gives the same weights, however it is interrupted and whichever thread is faster."""

import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from s2s import training
from s2s.config import DataConfig, ModelConfig, Recipe, TextConfig, TrainingConfig
from s2s.data import Batch, pad
from s2s.errors import DataError, TrainingError
from s2s.prepare import prepare
from s2s.training import Trainer, learning_rate_factor, smoothed_loss
from tests.tiny import random_rows, teacher_forced, tiny_model

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    """Words to spell backwards, and a model that learns from them in a second."""
    made = Recipe(
        name="tiny",
        data=DataConfig(
            source_language="letters",
            target_language="letters",
            task="reverse",
            directory=str(tmp_path_factory.mktemp("data")),
            pairs=260,
            valid_pairs=20,
            test_pairs=20,
        ),
        text=TextConfig(piece_kind="char", vocabulary_size=64),
        model=ModelConfig(embedding_size=8, hidden_size=16, dropout=0.1),
        training=TrainingConfig(
            max_epochs=2,
            batch_tokens=400,
            learning_rate=2e-2,
            warmup_updates=3,
            validate_updates=5,
            average_decay=0.8,
            save_minutes=1e9,
        ),
    )
    assert prepare(made) == {"train": 220, "valid": 20, "test": 20}
    return made


def train(trainer, state, updates=None, watch=lambda loss: None):
    """Train to the end, or for some updates; the loss of each."""
    losses = []

    def on_update(loss):
        losses.append(loss)
        watch(loss)
        return len(losses) != updates

    trainer.run(state, on_update, lambda: None)
    return losses


def assert_equal_weights(one, other):
    for name in ("model", "average"):
        weights, others = (getattr(trainer, name).state_dict() for trainer in (one, other))
        assert all(torch.equal(value, others[key]) for key, value in weights.items())


def place(trainer):
    """The progress of a trainer but for its times."""
    progress = trainer.progress
    return progress.updates, progress.epoch, progress.batch, progress.target_tokens


@pytest.fixture(scope="module")
def uninterrupted(recipe, tmp_path_factory):
    trainer = Trainer(recipe, CPU)
    train(trainer, tmp_path_factory.mktemp("runs") / "state.safetensors")
    return trainer


def test_the_loss_falls(recipe, tmp_path):
    longer = replace(
        recipe,
        model=replace(recipe.model, hidden_size=32, dropout=0.0),
        training=replace(recipe.training, max_epochs=6, learning_rate=3e-2, label_smoothing=0.0),
    )
    trainer = Trainer(longer, CPU)
    losses = train(trainer, tmp_path / "state.safetensors")
    assert len(losses) == trainer.total_updates
    assert np.mean(losses[-5:]) < 0.75 * np.mean(losses[:5])
    history = trainer.progress.history
    assert history[-1]["validation_loss"] < history[0]["validation_loss"]
    assert history[-1]["updates"] == trainer.progress.updates
    assert trainer.finished


def test_the_same_seed_gives_the_same_weights(recipe, uninterrupted, tmp_path):
    again = Trainer(recipe, CPU)
    train(again, tmp_path / "state.safetensors")
    assert_equal_weights(uninterrupted, again)


def test_another_seed_gives_other_weights(recipe):
    other = Trainer(replace(recipe, training=replace(recipe.training, seed=2)), CPU)
    assert not torch.equal(other.model.embedding.weight, Trainer(recipe, CPU).model.embedding.weight)


@pytest.mark.parametrize("epoch_end", [False, True])
def test_resumed_training_equals_uninterrupted_training(recipe, uninterrupted, tmp_path, epoch_end):
    first = Trainer(recipe, CPU)
    updates = first.epoch_updates if epoch_end else 4
    train(first, tmp_path / "state.safetensors", updates)
    assert first.progress.updates == updates
    resumed = Trainer(recipe, CPU)
    resumed.load(tmp_path / "state.safetensors")
    assert place(resumed) == place(first)
    assert_equal_weights(first, resumed)
    train(resumed, tmp_path / "state.safetensors")
    assert_equal_weights(resumed, uninterrupted)
    assert place(resumed) == place(uninterrupted)


def test_a_training_killed_after_a_save_resumes_from_there(recipe, uninterrupted, tmp_path):
    first = Trainer(recipe, CPU)

    def save_and_die(loss):
        if first.progress.updates == 6:
            first.save(tmp_path / "state.safetensors")
        if first.progress.updates == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(first, tmp_path / "other.safetensors", watch=save_and_die)
    resumed = Trainer(recipe, CPU)
    resumed.load(tmp_path / "state.safetensors")
    train(resumed, tmp_path / "state.safetensors")
    assert_equal_weights(resumed, uninterrupted)


def test_a_finished_training_has_nothing_left_to_do(recipe, uninterrupted, tmp_path):
    uninterrupted.save(tmp_path / "state.safetensors")
    resumed = Trainer(recipe, CPU)
    resumed.load(tmp_path / "state.safetensors")
    assert resumed.finished
    assert train(resumed, tmp_path / "state.safetensors") == []
    assert_equal_weights(resumed, uninterrupted)


def train_one_shard_after_the_other(recipe, state, monkeypatch, slow):
    """A training in which shard `slow` of each update waits until the other one is done."""
    trainer = Trainer(recipe, CPU)
    assert len(trainer.generators) == 2
    quick_is_done = threading.Event()

    def one_after_the_other(model, batch, smoothing, generator):
        if generator is trainer.generators[slow]:
            assert quick_is_done.wait(timeout=30)
            quick_is_done.clear()
        loss = smoothed_loss(model, batch, smoothing, generator)
        if generator is trainer.generators[1 - slow]:
            quick_is_done.set()
        return loss

    with monkeypatch.context() as patch:
        patch.setattr(training, "smoothed_loss", one_after_the_other)
        train(trainer, state)
    return trainer


@pytest.mark.parametrize("bfloat16", [False, True], ids=["float32", "bfloat16"])
def test_the_result_does_not_depend_on_which_thread_is_faster(recipe, tmp_path, monkeypatch, bfloat16):
    monkeypatch.setattr("s2s.device.has_fast_bfloat16", lambda device: bfloat16)
    together = Trainer(recipe, CPU)
    train(together, tmp_path / "state.safetensors")
    for slow in (0, 1):
        one = train_one_shard_after_the_other(recipe, tmp_path / "state.safetensors", monkeypatch, slow)
        assert_equal_weights(one, together)


@pytest.mark.gpu
def test_a_training_on_a_gpu_goes_on_after_a_stop(recipe, tmp_path):
    first = Trainer(recipe, torch.device("cuda"))
    train(first, tmp_path / "state.safetensors", 4)
    resumed = Trainer(recipe, torch.device("cuda"))
    resumed.load(tmp_path / "state.safetensors")
    assert_equal_weights(first, resumed)
    losses = train(resumed, tmp_path / "state.safetensors")
    assert np.isfinite(losses).all()
    assert resumed.finished


def test_an_epoch_sees_a_pair_once_and_the_next_one_in_another_company(recipe, tmp_path, monkeypatch):
    seen = []

    def look(model, batch, smoothing, generator):
        if generator is not None:
            seen.append([tuple(row) for row in batch.source.tolist()])
        return smoothed_loss(model, batch, smoothing, generator)

    monkeypatch.setattr(training, "smoothed_loss", look)
    trainer = Trainer(recipe, CPU)
    train(trainer, tmp_path / "state.safetensors")
    half = len(seen) // 2
    assert half == trainer.epoch_updates * len(trainer.generators)
    for epoch in (seen[:half], seen[half:]):
        rows = [row for batch in epoch for row in batch]
        assert len(set(rows)) == len(rows) > 0.8 * len(trainer.corpus.pairs)
    assert sorted(seen[:half]) != sorted(seen[half:])


def test_the_averaged_weights_follow_the_trained_ones(recipe, tmp_path):
    trainer = Trainer(recipe, CPU)
    followed = trainer.model.output_bias.detach().clone()

    def follow(loss):
        updates = trainer.progress.updates
        decay = min(0.8, (1 + updates) / (10 + updates))
        followed.mul_(decay).add_(trainer.model.output_bias.detach(), alpha=1 - decay)
        torch.testing.assert_close(trainer.average.output_bias, followed)

    train(trainer, tmp_path / "state.safetensors", watch=follow)
    assert not torch.equal(trainer.average.output_bias, trainer.model.output_bias)


@given(total=st.integers(1, 300), warmup=st.integers(0, 300))
def test_the_learning_rate_rises_in_a_line_and_falls_to_nothing(total, warmup):
    factors = [learning_rate_factor(update, total, warmup) for update in range(max(total, warmup) + 1)]
    rising, falling = factors[:warmup], factors[warmup:]
    assert rising == pytest.approx([(update + 1) / warmup for update in range(warmup)])
    assert falling == sorted(falling, reverse=True)
    assert falling[0] == 1 or warmup >= total
    assert all(0 <= factor <= 1 for factor in factors)
    if warmup < total:
        assert factors[total] == pytest.approx(0, abs=1e-12)
        assert learning_rate_factor((total + warmup) // 2, total, warmup) == pytest.approx(
            0.5, abs=2 / (total - warmup)
        )


@pytest.fixture
def full_precision(monkeypatch):
    monkeypatch.setattr("s2s.device.has_fast_bfloat16", lambda device: False)


SOURCES, TARGETS = random_rows(4, 2, 3), random_rows(3, 5, 1, seed=1)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_smoothed_loss_is_the_cross_entropy_with_the_smoothed_target(full_precision, smoothing):
    model = tiny_model()
    log_probs, _ = teacher_forced(model, SOURCES, TARGETS)
    expected = 0.0
    for rows, target in zip(log_probs.numpy(), TARGETS, strict=True):
        for step, piece in enumerate(target):
            wanted = np.full(14, smoothing / 14)
            wanted[piece] += 1 - smoothing
            expected -= float(wanted @ rows[step])
    loss = smoothed_loss(model, Batch(*pad(SOURCES), *pad(TARGETS)), smoothing, None)
    assert float(loss) == pytest.approx(expected, rel=1e-5)


def test_the_loss_of_a_batch_is_the_sum_of_those_of_its_pairs(full_precision):
    model = tiny_model()
    alone = [
        float(smoothed_loss(model, Batch(*pad([source]), *pad([target])), 0.1, None))
        for source, target in zip(SOURCES, TARGETS, strict=True)
    ]
    together = smoothed_loss(model, Batch(*pad(SOURCES), *pad(TARGETS)), 0.1, None)
    assert float(together) == pytest.approx(sum(alone), rel=1e-5)


def test_a_loss_that_is_no_number_stops_with_advice(recipe, tmp_path):
    trainer = Trainer(recipe, CPU)
    train(trainer, tmp_path / "state.safetensors", 2)
    before = (tmp_path / "state.safetensors").read_bytes()
    with torch.no_grad():
        trainer.model.output_bias.fill_(float("nan"))
    with pytest.raises(TrainingError, match=r"loss became nan at update 3: lower training\.learning_rate"):
        train(trainer, tmp_path / "state.safetensors")
    assert (tmp_path / "state.safetensors").read_bytes() == before


def test_a_folder_that_cannot_be_written_is_an_error(recipe, tmp_path):
    (tmp_path / "runs").write_text("in the way", encoding="utf-8")
    with pytest.raises(TrainingError, match="cannot be written"):
        train(Trainer(recipe, CPU), tmp_path / "runs" / "state.safetensors", 1)


def test_a_full_disk_keeps_the_state_before(recipe, tmp_path, full_disk):
    trainer, state = Trainer(recipe, CPU), tmp_path / "state.safetensors"
    train(trainer, state, 1)
    before = state.read_bytes()
    with full_disk(1000), pytest.raises(TrainingError, match=r"cannot be written .*the state before it is kept"):
        train(trainer, state, 1)
    assert [path.name for path in tmp_path.iterdir()] == [state.name]
    assert state.read_bytes() == before


def test_nothing_to_resume_is_an_error(recipe, tmp_path):
    with pytest.raises(TrainingError, match=r"there is nothing to resume: .*state\.safetensors is missing"):
        Trainer(recipe, CPU).load(tmp_path / "state.safetensors")


@pytest.mark.parametrize("size", [0, 100, -100])
def test_a_damaged_state_is_named(recipe, tmp_path, size):
    state = tmp_path / "state.safetensors"
    train(Trainer(recipe, CPU), state, 1)
    state.write_bytes(state.read_bytes()[:size])
    with pytest.raises(TrainingError, match=r"state\.safetensors"):
        Trainer(recipe, CPU).load(state)


@pytest.mark.parametrize(
    "change",
    [
        lambda recipe: replace(recipe, model=replace(recipe.model, hidden_size=24)),
        lambda recipe: replace(recipe, model=replace(recipe.model, attention="bahdanau")),
        lambda recipe: replace(recipe, training=replace(recipe.training, shards=3)),
    ],
    ids=["hidden_size", "attention", "shards"],
)
def test_a_state_of_another_recipe_is_named(recipe, tmp_path, change):
    state = tmp_path / "state.safetensors"
    train(Trainer(recipe, CPU), state, 1)
    with pytest.raises(TrainingError, match=r"state\.safetensors"):
        Trainer(change(recipe), CPU).load(state)


def test_too_few_batches_for_the_shards_are_an_error(recipe):
    with pytest.raises(TrainingError, match="fewer batches than shards"):
        Trainer(replace(recipe, training=replace(recipe.training, batch_tokens=10**6)), CPU)


def test_a_training_without_prepared_data_says_what_to_do(recipe):
    with pytest.raises(DataError, match=r"never prepared.* is missing: run `python -m s2s prepare"):
        Trainer(replace(recipe, name="never prepared"), CPU)


def test_a_validation_source_without_pieces_does_not_stop_the_training(recipe, tmp_path):
    trainer = Trainer(recipe, CPU)
    trainer.valid_pairs.append(("\u200b", "a"))
    train(trainer, tmp_path / "state.safetensors", recipe.training.validate_updates)
    assert len(trainer.progress.history) == 1
