"""The training loop: the same seed gives the same weights, whichever thread is faster; no loss is made of nothing."""

import copy
import itertools
import threading

import numpy as np
import pytest
import torch

from s2s import data
from s2s.augment import AUGMENTATIONS
from s2s.corpora import Pair
from s2s.errors import ConfigError, DataError, TrainingError
from s2s.pieces import PADDING
from s2s.prepare import Prepared, prepare
from s2s.training import Trainer, trainer
from s2s.training.schedule import learning_rate_factor
from tests.trainings import CPU, assert_equal_weights, changed, reversals, sentences, train

objective = trainer.objective


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    made = reversals(tmp_path_factory.mktemp("data"))
    assert prepare(made).pairs == {"train": 220, "valid": 20, "test": 20}
    return made


@pytest.fixture(scope="module")
def uninterrupted(recipe, tmp_path_factory):
    trainer = Trainer(recipe, CPU)
    train(trainer, tmp_path_factory.mktemp("runs") / "state.safetensors")
    return trainer


def test_the_loss_falls(recipe, tmp_path):
    longer = changed(recipe, "model", hidden_size=32, dropout=0.0)
    longer = changed(longer, "training", max_epochs=5, learning_rate=3e-2, validate_updates=15, label_smoothing=0.0)
    trainer = Trainer(longer, CPU)
    losses = train(trainer, tmp_path / "state.safetensors")
    assert len(losses) == trainer.total_updates
    assert np.mean(losses[-5:]) < 0.75 * np.mean(losses[:5])
    history = trainer.progress.history
    assert history[-1]["validation_loss"] < history[0]["validation_loss"]
    assert history[-1]["updates"] == trainer.progress.updates
    assert trainer.finished


def test_a_validation_tells_the_mean_of_the_losses_since_the_one_before(recipe, tmp_path):
    trainer = Trainer(recipe, CPU)
    losses = train(trainer, tmp_path / "state.safetensors")
    history, updates = trainer.progress.history, recipe.training.validate_updates
    parts = [losses[start : start + updates] for start in range(0, len(losses), updates)]
    assert [entry["updates"] for entry in history] == list(np.cumsum([len(part) for part in parts]))
    for entry, part in zip(history, parts, strict=True):
        assert entry["training_loss"] == pytest.approx(np.mean(part), abs=1e-4)


def test_an_update_is_a_step_of_adamw_along_the_mean_gradient_of_its_pieces(recipe, monkeypatch):
    recipe = changed(changed(recipe, "model", dropout=0.0), "training", gradient_norm=0.5, precision="float32")
    config, trained, batches = recipe.training, Trainer(recipe, CPU), []

    def look(model, batch, generator, **options):
        batches.append(batch)
        return objective(model, batch, generator, **options)

    monkeypatch.setattr(trainer, "objective", look)
    plain = copy.deepcopy(trained.model)
    optimizer = torch.optim.AdamW(plain.parameters(), weight_decay=config.weight_decay)
    for update in range(5):
        loss = trained.update()
        tokens = sum(int(batch.target_mask.sum()) for batch in batches)
        expected = sum(objective(plain, batch, None, label_smoothing=0.1) for batch in batches) / tokens
        optimizer.zero_grad()
        expected.backward()
        torch.nn.utils.clip_grad_norm_(plain.parameters(), 0.5)
        optimizer.param_groups[0]["lr"] = 2e-2 * learning_rate_factor(update, trained.total_updates, 3)
        optimizer.step()
        batches.clear()
        assert loss == pytest.approx(float(expected.detach()), rel=1e-4)
    for one, other in zip(trained.model.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)


def test_the_same_seed_gives_the_same_weights(recipe, uninterrupted, tmp_path):
    again = Trainer(recipe, CPU)
    train(again, tmp_path / "state.safetensors")
    assert_equal_weights(uninterrupted, again)


def test_another_seed_gives_other_weights(recipe):
    other = Trainer(changed(recipe, "training", seed=2), CPU)
    assert not torch.equal(other.model.embedding.weight, Trainer(recipe, CPU).model.embedding.weight)


# --- threads ---


def train_one_shard_after_the_other(recipe, state, monkeypatch, slow):
    """A training in which shard `slow` of each update waits until the other one is done."""
    trained = Trainer(recipe, CPU)
    assert trained.shards == 2
    quick_is_done = threading.Event()
    gradient = Trainer._gradient

    def one_after_the_other(self, shard, batch):
        if shard == slow:
            assert quick_is_done.wait(timeout=60)
            quick_is_done.clear()
        result = gradient(self, shard, batch)
        if shard != slow:
            quick_is_done.set()
        return result

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_gradient", one_after_the_other)
        train(trained, state, 6)
    return trained


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_result_does_not_depend_on_which_thread_is_faster(recipe, tmp_path, monkeypatch, precision):
    monkeypatch.setattr("s2s.device._has_bfloat16", lambda: True)
    recipe = changed(recipe, "training", precision=precision)
    together = Trainer(recipe, CPU)
    train(together, tmp_path / "state.safetensors", 6)
    for slow in (0, 1):
        one = train_one_shard_after_the_other(recipe, tmp_path / "state.safetensors", monkeypatch, slow)
        assert_equal_weights(one, together)


def test_the_shards_of_an_update_and_the_updates_draw_different_numbers(recipe, tmp_path, monkeypatch):
    drawn = []

    def look(model, batch, generator, **options):
        drawn.append(generator.initial_seed())
        return objective(model, batch, generator, **options)

    monkeypatch.setattr(trainer, "objective", look)
    train(Trainer(recipe, CPU), tmp_path / "state.safetensors", 10)
    assert len(set(drawn)) == len(drawn) == 20


def test_float16_is_refused_without_cuda(recipe):
    with pytest.raises(ConfigError, match="precision float16 needs CUDA, this is cpu; use bfloat16 or auto"):
        Trainer(changed(recipe, "training", precision="float16"), CPU)


# --- the way through the data ---


def seen_in(recipe, state, monkeypatch, epochs):
    """What each update of each epoch sees: one list of sources a shard."""
    seen = [[] for _ in range(epochs)]
    trained = Trainer(recipe, CPU)

    def look(model, batch, generator, **options):
        if generator is not None:
            seen[trained.progress.epoch].append([tuple(row) for row in batch.source.tolist()])
        return objective(model, batch, generator, **options)

    monkeypatch.setattr(trainer, "objective", look)
    train(trained, state)
    return trained, seen


@pytest.mark.parametrize("part_pairs", [10**6, 60], ids=["one part", "four parts"])
def test_an_epoch_sees_a_pair_once_and_the_next_one_in_another_company(recipe, tmp_path, monkeypatch, part_pairs):
    monkeypatch.setattr(data, "PART_PAIRS", part_pairs)
    trained, seen = seen_in(recipe, tmp_path / "state.safetensors", monkeypatch, epochs=3)
    assert trained.data.parts == (1 if part_pairs > 220 else 4)
    for epoch in seen[:2]:
        rows = [row for batch in epoch for row in batch]
        assert len(set(rows)) == len(rows) > 0.6 * 220  # the last batches of a part may make no whole update
    assert sorted(seen[0]) != sorted(seen[1])


@pytest.mark.parametrize(("sampling", "ways"), [(0.0, 1), (0.01, 3)])
def test_sampled_pieces_cut_a_text_in_another_way_in_each_epoch(tmp_path, monkeypatch, sampling, ways):
    made = sentences(tmp_path, piece_sampling=sampling, batch_tokens=300, max_epochs=3)
    prepare(made)
    trained, seen = seen_in(made, tmp_path / "state.safetensors", monkeypatch, epochs=4)
    cuts = {}
    for epoch in seen[:3]:  # lengths vary, so that the last updates may reach into a fourth one
        for row in itertools.chain(*epoch):
            text = trained.pieces.decode(row)
            cuts.setdefault(text, []).append(tuple(piece for piece in row if piece != PADDING))
    assert set(cuts) <= {pair.source for pair in Prepared(made).split("train")}
    # The last batches of an epoch may make no whole update: of those texts that no epoch has left out.
    different = [len(set(rows)) for rows in cuts.values() if len(rows) == 3]
    assert max(different) == ways
    assert np.mean(different) > 0.8 * ways


def test_training_sees_augmented_pairs_and_validation_sees_none(recipe, tmp_path, monkeypatch):
    monkeypatch.setitem(AUGMENTATIONS, "shout", lambda pair, _: Pair(pair.source.upper(), pair.target.upper()))
    loud = changed(recipe, "data", augmentation={"shout": 1.0})
    trained, seen = seen_in(loud, tmp_path / "state.safetensors", monkeypatch, epochs=3)
    assert {trained.pieces.decode(row) for row in itertools.chain(*seen[0])} == {""}  # capitals have no pieces here
    assert all(trained.pieces.decode(source).islower() for source, _ in trained.validation.corpus.pairs)


def test_the_length_of_an_epoch_is_known_before_its_parts_are_read(recipe, monkeypatch):
    one = Trainer(recipe, CPU).epoch_updates
    monkeypatch.setattr(data, "PART_PAIRS", 110)
    assert Trainer(recipe, CPU).epoch_updates == pytest.approx(one, abs=2)


@pytest.mark.parametrize(("weight", "share"), [(2.0, 2), (0.5, 0.5)])
def test_a_weight_makes_an_epoch_longer_or_shorter(tmp_path, weight, share):
    made = sentences(tmp_path, batch_tokens=200)
    prepare(made)
    plain = Trainer(made, CPU).epoch_updates
    (corpus,) = made.data.train
    weighted = changed(made, "data", train=(type(corpus)(file=corpus.file, links=corpus.links, weight=weight),))
    assert Trainer(weighted, CPU).epoch_updates == pytest.approx(share * plain, rel=0.25)


def test_the_longest_source_of_all_parts_is_remembered(recipe, tmp_path, monkeypatch):
    monkeypatch.setattr(data, "PART_PAIRS", 30)
    trained = Trainer(recipe, CPU)
    train(trained, tmp_path / "state.safetensors")
    assert trained.progress.longest_source == max(len(pair.source) for pair in Prepared(recipe).split("train"))


def test_too_few_batches_for_the_shards_are_an_error(recipe):
    with pytest.raises(TrainingError, match=r"fewer batches than shards \(2\): lower batch_tokens or shards"):
        Trainer(changed(recipe, "training", batch_tokens=10**6), CPU)


def test_a_training_without_prepared_data_says_what_to_do(recipe):
    with pytest.raises(DataError, match=r"elsewhere.* is missing: run `python -m s2s prepare"):
        Trainer(changed(recipe, "data", directory="elsewhere"), CPU)


# --- weights ---


def test_the_averaged_weights_follow_the_trained_ones(recipe, tmp_path):
    trained = Trainer(recipe, CPU)
    followed = trained.model.output_bias.detach().clone()

    def follow(loss):
        updates = trained.progress.updates
        decay = min(0.8, (1 + updates) / (10 + updates))
        followed.mul_(decay).add_(trained.model.output_bias.detach(), alpha=1 - decay)
        torch.testing.assert_close(trained.average.output_bias, followed)

    train(trained, tmp_path / "state.safetensors", watch=follow)
    assert not torch.equal(trained.average.output_bias, trained.model.output_bias)


def test_without_an_average_the_saved_weights_are_the_trained_ones(recipe, tmp_path):
    trained = Trainer(changed(recipe, "training", average_decay=0.0), CPU)
    train(trained, tmp_path / "state.safetensors", 4)
    assert torch.equal(trained.average.output_bias, trained.model.output_bias)


# --- a loss that is no number ---


def test_a_loss_that_is_no_number_stops_with_advice(recipe, tmp_path):
    trained = Trainer(recipe, CPU)
    train(trained, tmp_path / "state.safetensors", 2)
    before = (tmp_path / "state.safetensors").read_bytes()
    with torch.no_grad():
        trained.model.output_bias.fill_(float("nan"))
    with pytest.raises(TrainingError, match=r"loss became nan at update 3: lower training\.learning_rate"):
        train(trained, tmp_path / "state.safetensors")
    assert (tmp_path / "state.safetensors").read_bytes() == before


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_gradient_that_is_no_number_never_reaches_the_saved_weights(recipe, tmp_path, monkeypatch, number):
    state, gradient = tmp_path / "state.safetensors", Trainer._gradient
    trained = Trainer(recipe, CPU)

    def overflow(self, shard, batch):
        loss, gradients = gradient(self, shard, batch)
        if self.progress.updates == 2:
            gradients[0].view(-1)[0] = number
        return loss, gradients

    monkeypatch.setattr(Trainer, "_gradient", overflow)
    with pytest.raises(TrainingError, match=r"update 3: lower training\.learning_rate"):
        train(trained, state, 3)  # and saves as it stops


def test_a_validation_source_without_pieces_does_not_stop_the_training(recipe, tmp_path):
    trained = Trainer(recipe, CPU)
    trained.validation.pairs.append(trained.validation.pairs[0]._replace(source="\u200b"))
    train(trained, tmp_path / "state.safetensors", recipe.training.validate_updates)
    assert len(trained.progress.history) == 1
