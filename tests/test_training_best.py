"""Which weights are kept, when a training stops early, and where it may start from."""

from dataclasses import replace

import pytest
import torch

from s2s.checkpoint import Checkpoint, Description, load_checkpoint, save_checkpoint
from s2s.config import SearchConfig
from s2s.errors import DataError, TextError, TrainingError
from s2s.pieces import UNKNOWN
from s2s.prepare import Prepared, prepare
from s2s.training import Trainer
from s2s.training.objective import objective
from s2s.training.validation import Validation, merit
from s2s.translator import Translator
from tests.trainings import CPU, assert_equal_trainings, changed, resumed, reversals, sentences, train


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    made = reversals(tmp_path_factory.mktemp("data"), validate_updates=2, max_epochs=3)
    prepare(made)
    return made


@pytest.fixture
def scores(monkeypatch):
    """Lets the validations find these numbers, one after the other."""

    def script(*found):
        numbers = iter(found)
        monkeypatch.setattr(
            Validation, "look", lambda *_: {"validation_loss": 9.0, "exact_match": 0.0, "BLEU": next(numbers)}
        )

    return script


def averages(trainer):
    """The averaged weights at each validation from now on."""
    kept, validate = [], trainer.validate

    def validated():
        kept.append({name: value.clone() for name, value in trainer.average.state_dict().items()})
        validate()

    trainer.validate = validated
    return kept


def is_same(state, other):
    return all(torch.equal(value, other[name]) for name, value in state.items())


# --- the best weights ---


@pytest.mark.parametrize(
    ("found", "best"),
    [((1, 5, 3, 4, 2), 1), ((5, 4, 3, 2, 1), 0), ((1, 2, 3, 4, 5), 4), ((2, 7, 7, 7, 1), 1), ((0, 0, 0, 0, 0), 0)],
)
def test_the_weights_of_the_best_validation_are_kept(recipe, scores, tmp_path, found, best):
    scores(*map(float, found))
    trainer = Trainer(recipe, CPU)
    kept = averages(trainer)
    train(trainer, tmp_path / "state.safetensors", 2 * len(found))
    assert is_same(trainer.best.state_dict(), kept[best])
    assert sum(is_same(trainer.best.state_dict(), state) for state in kept) == 1
    assert trainer.progress.best == [max(found), -9.0]


def test_the_best_weights_are_those_that_are_exported_and_resumed(recipe, scores, tmp_path):
    scores(1.0, 5.0, *[2.0] * 99)
    trainer, state = Trainer(recipe, CPU), tmp_path / "state.safetensors"
    train(trainer, state)
    assert_equal_trainings(resumed(recipe, state), trainer)
    assert not is_same(trainer.best.state_dict(), trainer.average.state_dict())


def test_without_bleu_a_smaller_loss_is_better():
    assert merit({"validation_loss": 2.0}) > merit({"validation_loss": 3.0})
    assert merit({"validation_loss": 3.0, "BLEU": 2.0}) > merit({"validation_loss": 2.0, "BLEU": 1.0})


def test_where_bleu_is_the_same_a_smaller_loss_is_better():
    assert merit({"validation_loss": 2.0, "BLEU": 0.0}) > merit({"validation_loss": 3.0, "BLEU": 0.0})


# --- what a validation looks at ---


@pytest.fixture
def looking(recipe):
    """A trainer whose average is not its model."""
    trainer = Trainer(recipe, CPU)
    for _ in range(6):
        trainer.update()
    return trainer


def test_a_validation_looks_at_the_averaged_weights(looking):
    looking.validate()
    (entry,) = looking.progress.history
    corpus = looking.validation.corpus

    def loss_of(model):
        with torch.no_grad():
            batches = (corpus.batch([index]) for index in range(len(corpus.pairs)))
            return sum(float(objective(model, batch, None)) for batch in batches) / corpus.target_tokens

    assert entry["validation_loss"] == pytest.approx(loss_of(looking.average), abs=2e-4)
    assert abs(loss_of(looking.model) - loss_of(looking.average)) > 0.01


def test_a_validation_compares_what_is_written_greedily_with_the_references(looking, monkeypatch):
    pairs = looking.validation.pairs

    def write(self, model, chunk):
        assert model is looking.average
        return [pair.target if pairs.index(pair) < 5 else "zzz" for pair in chunk]

    monkeypatch.setattr(Validation, "_translate", write)
    looking.validate()
    entry = looking.progress.history[-1]
    assert entry["exact_match"] == 5 / 20
    assert 0 < entry["chrF"] < 100
    monkeypatch.setattr(Validation, "_translate", lambda self, model, chunk: [pair.target.upper() for pair in chunk])
    looking.validate()
    assert looking.progress.history[-1]["chrF"] < 10
    looking.validation.config = replace(looking.validation.config, lowercase=True)
    looking.validate()
    assert looking.progress.history[-1]["chrF"] == pytest.approx(100)


def test_what_a_validation_writes_is_what_a_greedy_search_finds(looking):
    description = Description(name="x", source_language="a", target_language="b", training_length=9)
    translator = Translator(Checkpoint(looking.average, looking.pieces, description), "x")
    pairs = looking.validation.pairs
    written = looking.validation._translate(looking.average, pairs)
    greedy = SearchConfig(beam_size=1)
    assert written == [translator.translate(pair.source, greedy).target for pair in pairs]


# --- patience ---


@pytest.mark.parametrize(
    ("patience", "found", "best"),
    [(1, (1, 5, 4), 1), (2, (1, 5, 4, 5), 1), (3, (1, 5, 4, 4, 6, 6, 6, 6), 4), (1, (0, 0), 0)],
)
def test_a_training_stops_after_so_many_validations_without_a_better_score(
    recipe, scores, tmp_path, patience, found, best
):
    scores(*map(float, found))
    trainer = Trainer(changed(recipe, "training", patience=patience), CPU)
    kept = averages(trainer)
    losses = train(trainer, tmp_path / "state.safetensors")
    assert len(trainer.progress.history) == len(found)
    assert len(losses) == 2 * len(found) < trainer.total_updates
    assert trainer.finished
    assert is_same(trainer.best.state_dict(), kept[best])


def test_a_training_that_stopped_early_is_saved_and_stays_finished(recipe, scores, tmp_path):
    scores(5.0, 4.0, *[9.0] * 99)
    patient, state = changed(recipe, "training", patience=1), tmp_path / "state.safetensors"
    trainer = Trainer(patient, CPU)
    train(trainer, state)
    again = resumed(patient, state)
    assert again.finished
    assert train(again, state) == []
    assert_equal_trainings(again, trainer)


def test_more_patience_goes_on_where_less_stopped(recipe, scores, tmp_path):
    scores(5.0, *[4.0] * 99)
    state = tmp_path / "state.safetensors"
    train(Trainer(changed(recipe, "training", patience=1), CPU), state)
    again = resumed(changed(recipe, "training", patience=None), state)
    assert not again.finished


def test_without_patience_a_training_goes_to_its_end(recipe, scores, tmp_path):
    scores(5.0, *[1.0] * 99)
    trainer = Trainer(recipe, CPU)
    assert len(train(trainer, tmp_path / "state.safetensors")) == trainer.total_updates


# --- warm start ---


@pytest.fixture(scope="module")
def parent(recipe, tmp_path_factory):
    """The checkpoint of a training of letters."""
    trainer = Trainer(recipe, CPU)
    directory = tmp_path_factory.mktemp("parent")
    train(trainer, directory / "state.safetensors", 4)
    description = Description(name="parent", source_language="a", target_language="b", training_length=9)
    save_checkpoint(directory / "checkpoint", trainer.model, Prepared(recipe).pieces, description, "# Parent\n")
    return directory / "checkpoint"


def warm(recipe, parent, directory):
    """The recipe with a start from `parent`, prepared at `directory`."""
    made = changed(changed(recipe, "training", warm_start=str(parent)), "data", directory=str(directory))
    prepare(made)
    return made


def test_a_warm_start_begins_with_the_weights_and_pieces_of_its_parent(recipe, parent, tmp_path):
    made = warm(recipe, parent, tmp_path)
    trainer, weights = Trainer(made, CPU), load_checkpoint(parent).model.state_dict()
    for model in (trainer.model, trainer.average, trainer.best):
        assert is_same(model.state_dict(), weights)
    assert Prepared(made).pieces.read_bytes() == (parent / "text.spm").read_bytes()
    assert trainer.progress.updates == 0


def test_a_warm_start_may_add_copying_and_coverage_and_may_not_lose_them(recipe, parent, tmp_path):
    begun = load_checkpoint(parent).model.state_dict()
    more = changed(warm(recipe, parent, tmp_path), "model", copy=True)
    weights = Trainer(more, CPU).model.state_dict()
    assert is_same({name: weights[name] for name in begun}, begun)
    assert set(weights) - set(begun) == {"decoder.gate.weight", "decoder.gate.bias"}
    trainer = Trainer(more, CPU)
    description = Description(name="copier", source_language="a", target_language="b", training_length=9)
    save_checkpoint(tmp_path / "copier", trainer.model, Prepared(more).pieces, description, "# Copier\n")
    with pytest.raises(TrainingError, match="has another shape than the recipe's"):
        Trainer(warm(recipe, tmp_path / "copier", tmp_path), CPU)


def test_a_warm_start_goes_on_learning_and_leaves_its_parent_alone(recipe, parent, tmp_path):
    before = (parent / "model.safetensors").read_bytes()
    trainer = Trainer(warm(recipe, parent, tmp_path), CPU)
    train(trainer, tmp_path / "state.safetensors", 3)
    assert not is_same(trainer.model.state_dict(), load_checkpoint(parent).model.state_dict())
    assert (parent / "model.safetensors").read_bytes() == before


def test_a_warm_start_may_drop_another_share(recipe, parent, tmp_path):
    made = warm(changed(recipe, "model", dropout=0.5), parent, tmp_path)
    assert Trainer(made, CPU).model.config.dropout == 0.5


def test_a_warm_start_of_another_text_brings_its_own_vocabulary(parent, tmp_path):
    made = warm(sentences(tmp_path, batch_tokens=40), parent, tmp_path / "data")
    trainer = Trainer(made, CPU)
    assert trainer.model.config.vocabulary_size == load_checkpoint(parent).pieces.vocabulary_size


def test_a_warm_start_with_pieces_of_its_own_keeps_what_its_parent_knows(recipe, parent, tmp_path):
    # The parent knows letters; here the pieces are made of several.
    own = changed(sentences(tmp_path, batch_tokens=40), "training", parent_pieces=False)
    trainer, loaded = Trainer(warm(own, parent, tmp_path / "data"), CPU), load_checkpoint(parent)
    weights, known = loaded.model.state_dict(), loaded.pieces
    assert trainer.pieces != known
    for name, value in trainer.model.state_dict().items():
        if name not in ("embedding.weight", "output_bias"):
            assert torch.equal(value, weights[name]), name
            continue
        for token, piece in enumerate(trainer.pieces.pieces(range(trainer.pieces.vocabulary_size))):
            try:
                cut = known.ids([piece])
            except TextError:
                cut = known.encode(piece.replace("▁", " ")) or [UNKNOWN]
            torch.testing.assert_close(value[token], weights[name][cut].mean(dim=0))


@pytest.mark.parametrize("shape", [{"hidden_size": 24}, {"attention": "bahdanau"}, {"decoder_layers": 2}])
def test_a_warm_start_from_another_shape_is_refused(recipe, parent, tmp_path, shape):
    made = warm(changed(recipe, "model", **shape), parent, tmp_path)
    with pytest.raises(TrainingError, match=r"training\.warm_start: the model of .* has another shape") as caught:
        Trainer(made, CPU)
    ((name, value),) = shape.items()
    assert f"{name}={value!r}" in str(caught.value)


def test_another_parent_asks_for_another_preparation(recipe, parent, tmp_path):
    made = warm(recipe, parent, tmp_path)
    with pytest.raises(DataError, match="run prepare again"):
        Trainer(changed(made, "training", warm_start=""), CPU)


def test_a_warm_start_resumes_without_a_difference(recipe, parent, tmp_path):
    made, state = warm(recipe, parent, tmp_path), tmp_path / "state.safetensors"
    whole = Trainer(made, CPU)
    train(whole, tmp_path / "whole.safetensors", 6)
    train(Trainer(made, CPU), state, 3)
    again = resumed(made, state)
    train(again, state, 3)
    assert_equal_trainings(again, whole)


def test_a_resumed_training_no_longer_needs_its_parent(recipe, parent, tmp_path):
    made, state = warm(recipe, parent, tmp_path), tmp_path / "state.safetensors"
    train(Trainer(made, CPU), state, 3)
    hidden = parent.rename(parent.with_name("elsewhere"))
    try:
        assert resumed(made, state).progress.updates == 3
    finally:
        hidden.rename(parent)


def test_a_parent_that_was_trained_anew_asks_for_another_preparation(recipe, parent, tmp_path, letter_pieces):
    made = warm(recipe, parent, tmp_path)
    own = Prepared(made).pieces
    assert own.read_bytes() != letter_pieces.read_bytes()
    own.write_bytes(letter_pieces.read_bytes())  # as many pieces, in another order
    with pytest.raises((DataError, TrainingError)):
        Trainer(made, CPU)


def test_validation_translates_at_most_some_hundred_pairs(recipe, tmp_path, monkeypatch):
    monkeypatch.setattr("s2s.training.validation.TRANSLATED", 3)
    trainer = Trainer(recipe, CPU)
    seen = []
    translate = Validation._translate
    monkeypatch.setattr(
        Validation, "_translate", lambda self, model, pairs: seen.extend(pairs) or translate(self, model, pairs)
    )
    train(trainer, tmp_path / "state.safetensors", 2)
    assert seen == trainer.validation.pairs[:3]


def test_a_validation_without_a_fitting_pair_is_an_error(recipe):
    with pytest.raises(DataError, match="none of 20 pairs has between 1 and 1 pieces"):
        Trainer(replace(recipe, data=replace(recipe.data, max_length=1)), CPU)
