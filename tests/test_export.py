"""From a finished training to a checkpoint: the best weights, scored once on texts that no training saw."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from s2s.checkpoint import load_checkpoint
from s2s.export import export_checkpoint
from s2s.model_card import model_card
from s2s.prepare import Prepared, prepare
from s2s.recipe_sections import CorpusConfig
from s2s.training import Trainer
from s2s.weights import restore, shrink
from tests.trainings import CPU, changed, reversals, sentences, train


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    made = reversals(tmp_path_factory.mktemp("data"), validate_updates=5)
    prepare(made)
    return made


@pytest.fixture(scope="module")
def trained(recipe, tmp_path_factory):
    trainer = Trainer(recipe, CPU)
    train(trainer, tmp_path_factory.mktemp("runs") / "state.safetensors")
    with torch.no_grad():
        trainer.best.output_bias.add_(torch.linspace(0, 1, trainer.best.config.vocabulary_size))  # not the average
    return trainer


def test_the_best_weights_are_exported_in_8_bits(trained, tmp_path):
    export_checkpoint(trained, tmp_path)
    weights = load_file(tmp_path / "checkpoint" / "model.safetensors")
    expected = shrink(restore(shrink(trained.best.state_dict(), "int8")), "int8")
    assert weights.keys() == expected.keys()
    for name, value in expected.items():
        assert torch.equal(weights[name], value), name
    assert load_checkpoint(tmp_path / "checkpoint").model.config == trained.model.config


def test_the_description_tells_how_the_training_went(trained, tmp_path):
    description = export_checkpoint(trained, tmp_path)
    facts = description.training
    assert facts["pairs"] == 220
    assert facts["updates"] == trained.total_updates
    assert facts["epochs"] == 2.0
    assert facts["hardware"] == "2 CPU threads"
    assert description.training_length == max(len(pair.source) for pair in Prepared(trained.recipe).split("train"))
    assert load_checkpoint(tmp_path / "checkpoint").description == description


def test_every_test_pair_is_scored_and_the_report_shows_some(trained, tmp_path):
    description = export_checkpoint(trained, tmp_path)
    assert description.scores["test_pairs"] == 20
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    for pair in Prepared(trained.recipe).split("test"):
        assert f"<tr><td>{pair.source}</td>" in page
        assert f"<td>{pair.target}</td></tr>" in page


def test_scores_are_counted_as_the_recipe_says(tmp_path):
    made = changed(sentences(tmp_path, batch_tokens=300, max_epochs=1), "data", tokenize="none", lowercase=True)
    prepare(made)
    trainer = Trainer(made, CPU)
    train(trainer, tmp_path / "state.safetensors", 1)
    scores = export_checkpoint(trainer, tmp_path).scores
    assert "case:lc" in scores["chrF"]["signature"]
    assert "BLEU" not in scores or "tok:none" in scores["BLEU"]["signature"]


def test_a_long_test_text_does_not_spoil_the_end_of_a_training(tmp_path):
    (tmp_path / "test.tsv").write_text("bamo " * 500 + "\tomab\nbamo\tomab\n", encoding="utf-8")
    made = sentences(tmp_path, batch_tokens=300, max_epochs=1)
    corpora = (CorpusConfig(file=str(tmp_path / "test.tsv")),)
    made = replace(made, data=replace(made.data, test=corpora, max_characters=10_000))
    prepare(made)
    trainer = Trainer(made, CPU)
    train(trainer, tmp_path / "state.safetensors", 1)
    assert export_checkpoint(trainer, tmp_path).scores["test_pairs"] == 2


def test_the_card_names_the_checkpoint_that_a_training_began_with(trained, tmp_path):
    description = export_checkpoint(trained, tmp_path)
    assert "begun with" not in (tmp_path / "checkpoint" / "README.md").read_text(encoding="utf-8")
    begun = replace(description, training=description.training | {"warm_start": "checkpoints/parent"})
    assert "begun with the weights of `checkpoints/parent`" in model_card(begun, [], [])
