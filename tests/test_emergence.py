"""How attention arises: a training that is looked at on its way is the same training."""

import dataclasses
import json

import numpy as np
import pytest

from s2s.config import to_plain
from s2s.emergence import FILE, Glance, Watched, load_emergence, write_emergence
from s2s.emergence_film import MOMENTS, film, moments_of
from s2s.errors import CheckpointError, ConfigError
from s2s.page import compare_emergence, engine
from s2s.page.cells import Cells
from s2s.prepare import prepare
from s2s.training import Trainer
from s2s.view import View, grid_of
from tests.commands import refused
from tests.test_cli_grid import GRID
from tests.test_cli_training import RECIPE
from tests.trainings import CPU, reversals

WORDS = ("abc", "hello")


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    made = reversals(tmp_path_factory.mktemp("watched"))
    prepare(made)
    return made


@pytest.fixture(scope="module")
def watched(recipe):
    return film(recipe, WORDS)


def test_moments_thin_out_from_before_the_first_update_to_the_last():
    moments = moments_of(4300)
    assert (moments[0], moments[-1], len(moments)) == (0, 4300, MOMENTS)
    steps = np.diff(moments)
    assert (steps > 0).all()
    assert (np.diff(steps) >= -1).all()  # rounding moves each by less than one
    assert moments_of(3) == [0, 1, 2, 3]


def test_looking_changes_nothing_of_the_training(recipe, watched, tmp_path):
    trainer = Trainer(
        dataclasses.replace(recipe, training=dataclasses.replace(recipe.training, validate_updates=1000)), CPU
    )
    trainer.run(tmp_path / "state", lambda _: True, lambda: None)
    last = trainer.progress.history[-1]
    assert (watched.updates, watched.seed) == (trainer.total_updates, recipe.training.seed)
    assert (watched.moments[-1].updates, watched.moments[-1].loss) == (last["updates"], last["validation_loss"])


def test_each_moment_has_what_the_model_writes_and_where_it_looks(watched):
    assert [moment.updates for moment in watched.moments] == moments_of(watched.updates)
    assert [sentence.source for sentence in watched.sentences] == list(WORDS)
    for moment in watched.moments:
        for place, (sentence, glance) in enumerate(zip(watched.sentences, moment.glances, strict=True)):
            weights = watched.sentence(place, moment).best.attention
            assert weights.shape == (len(glance.pieces), len(sentence.pieces))
            np.testing.assert_allclose(weights.sum(axis=1), 1, atol=5e-4 * len(sentence.pieces))
            assert glance.target.replace(" ", "") == "".join(glance.pieces).replace("▁", "").removesuffix("</s>")
    losses = [moment.loss for moment in watched.moments]
    assert losses[-1] < losses[0]


def test_what_was_written_comes_back_and_what_is_damaged_is_named(watched, tmp_path):
    assert load_emergence(tmp_path) is None
    write_emergence(tmp_path, watched)
    assert load_emergence(tmp_path) == watched
    plain = to_plain(watched)
    plain["moments"][2]["glances"] = plain["moments"][2]["glances"][:1]
    (tmp_path / FILE).write_text(json.dumps(plain), encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"expected a glance at each of 2 sentences after .*, got 1"):
        load_emergence(tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda recipe: dataclasses.replace(recipe, model=dataclasses.replace(recipe.model, attention="none")), "with"),
        (lambda recipe: recipe, "there is no sentence to look at"),
    ],
)
def test_what_cannot_be_watched_is_refused(recipe, change, said):
    with pytest.raises(ConfigError, match=said):
        film(change(recipe), [])


def test_the_command_watches_one_model_of_a_grid(run, tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE + GRID, encoding="utf-8")
    (tmp_path / "words.txt").write_text("abc\n", encoding="utf-8")
    recipe = [path, "--set", f"data.directory={tmp_path / 'data'}"]
    assert run("prepare", *recipe)[0] == 0
    arguments = ["emergence", *recipe, "--source", tmp_path / "words.txt", "--directory", tmp_path]
    assert "name one of a grid's with --cell" in refused(run(*arguments))
    said = refused(run(*arguments, "--cell", "gru-none"))
    assert "the recipe makes no model 'gru-none'; it makes: rnn-none, rnn-bahdanau, lstm-none, lstm-bahdanau" in said
    code, output, said = run(*arguments, "--cell", "lstm-bahdanau")
    assert (code, output) == (0, f"{tmp_path / FILE}\n"), said
    found = load_emergence(tmp_path)
    assert (found.name, len(found.moments)) == ("lstm-bahdanau", len(said.splitlines()))


@pytest.fixture
def page(monkeypatch, watched):
    monkeypatch.setattr(engine, "CELLS", Cells(lambda _: None))
    engine.CELLS.emergence = watched
    return watched


def test_the_page_gets_every_moment_of_a_sentence_in_room_that_stays(page):
    reply = json.loads(compare_emergence.respond({"id": 5, "sentence": 1}))
    assert (reply["id"], reply["sentence"], reply["source"]) == (5, 1, "hello")
    assert len(reply["moments"]) == len(page.moments)
    final = grid_of(page.sentence(1, page.moments[-1]), 0, View(units="words", end=False))
    rows = len(final.targets) + compare_emergence.SPARE_ROWS
    for moment, drawn in zip(page.moments, reply["moments"], strict=True):
        assert (drawn["updates"], drawn["loss"], drawn["bleu"]) == (moment.updates, moment.loss, moment.bleu)
        expected = grid_of(page.sentence(1, moment), 0, View(units="words", end=False)).weights
        weights = drawn["figure"]["data"][0]["z"]
        assert len(weights) == min(len(expected), rows)
        np.testing.assert_allclose(weights, expected[: len(weights)], atol=1e-6)
    sizes = [[drawn["figure"]["layout"][side] for side in ("width", "height")] for drawn in reply["moments"]]
    assert sizes == [sizes[0]] * len(sizes)


def test_of_what_a_beginner_writes_on_and_on_the_beginning_is_drawn(page):
    def glance(words):
        attention = tuple((round(1 - row / 20, 2), round(row / 20, 2)) for row in range(words))
        return Glance(target="x " * words, pieces=("▁x",) * words, attention=attention)

    watched = Watched(source="a b", pieces=("▁a", "▁b"))
    moments = [dataclasses.replace(page.moments[0], glances=(glance(words),)) for words in (9, 2)]
    engine.CELLS.emergence = dataclasses.replace(page, sentences=(watched,), moments=tuple(moments))
    first, last = json.loads(compare_emergence.respond({"id": 1, "sentence": 0}))["moments"]
    assert first["target"].split() == ["x"] * 9
    np.testing.assert_allclose(first["figure"]["data"][0]["z"], glance(4).attention, atol=1e-6)
    assert len(last["figure"]["data"][0]["z"]) == 2
    assert first["figure"]["layout"]["height"] == last["figure"]["layout"]["height"]


@pytest.mark.parametrize("asked", [{"id": 1, "sentence": 2}, {"id": 1, "sentence": -1}])
def test_a_sentence_that_is_not_there_is_refused(page, asked):
    message = json.loads(compare_emergence.respond(asked))["message"]
    assert message["en"] == f"This page has no training with a sentence {asked['sentence']}."
    assert message["zh"] != message["en"]
