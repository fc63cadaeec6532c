"""Exposure bias: what is measured beside the models is what they do, one piece after the other."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from s2s import exposure_scores
from s2s.checkpoint import load_checkpoint
from s2s.config import SearchConfig
from s2s.constraints import Constraints
from s2s.corpora import Pair
from s2s.errors import CheckpointError, ConfigError, TextError
from s2s.exposure import find_exposures, load_exposure
from s2s.exposure_scores import BEHIND, gaps, measure
from s2s.figures_exposure import exposure_csv, exposure_figure
from s2s.hub import prepare_space
from s2s.inside.mistake import feed_back, other_words
from s2s.models import EMBEDDED, find_models
from s2s.pieces import END
from s2s.recipe import Recipe, Variant, load_recipe
from s2s.translator import Translator
from tests.commands import refused
from tests.test_cli_training import RECIPE
from tests.tiny import SENTENCES, save_tiny

PAIRS = [Pair(one, other) for one in SENTENCES for other in SENTENCES[:3]]
FED = {"half": (0.5, "constant"), "always": (1.0, "linear"), "scheduled": (0.0, "inverse-sigmoid")}
VARIANTS = """
[[variants]]
name = "always"
teacher_forcing = 1.0

[[variants]]
name = "half"
teacher_forcing = 0.5
forcing_schedule = "constant"
"""
SOURCE, TARGET = "The cat sleeps on the old chair.", "Le chat dort sur la vieille chaise."


@pytest.fixture(scope="module")
def models(tmp_path_factory, word_pieces, description):
    """Three models of random weights, not measured."""
    directory = tmp_path_factory.mktemp("exposure") / "tiny"
    for seed, (name, (share, schedule)) in enumerate(FED.items()):
        facts = {"minutes": 0.5, "updates": 7, "seed": 1, "teacher_forcing": share, "forcing_schedule": schedule}
        scores = {"exact_match": 0.25, "BLEU": {"value": 1.5, "band": 0.3, "signature": "nrefs:1"}}
        described = replace(description, name=name, training=facts, scores=scores)
        save_tiny(directory / name, word_pieces, described, seed=seed, share_pieces=True)
    return directory


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Sources and references of the test, a sentence a line."""
    directory = tmp_path_factory.mktemp("test")
    for side, name in enumerate(("source", "reference")):
        (directory / name).write_text("".join(f"{pair[side]}\n" for pair in PAIRS), encoding="utf-8")
    return ["--source", directory / "source", "--reference", directory / "reference"]


@pytest.fixture(scope="module")
def measured(models, files):
    """The folder of the models, with exposure.json."""
    from s2s.cli.comparing import exposure

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exposure_scores, "LEAST", 5)
        exposure(models, files[1], files[3])
    return models


@pytest.fixture(scope="module")
def translator(models):
    return Translator.load(models / "half", engine="torch")


def forced(translator, pair):
    """What the model says of a given target, step by step."""
    return translator.score(pair.source, pair.target).sentences[0].best


def test_variants_differ_in_what_they_are_fed_alone(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE + VARIANTS, encoding="utf-8")
    whole = load_recipe(path)
    always, half = whole.cells()
    assert (always.name, half.name, half.part_of) == ("always", "half", "backwards")
    assert (half.training.teacher_forcing, half.training.forcing_schedule) == (0.5, "constant")
    assert (half.data, half.text, half.model) == (whole.data, whole.text, whole.model)
    assert replace(half.training, teacher_forcing=1.0, forcing_schedule="linear") == always.training == whole.training
    assert half.cells() == ()


@pytest.mark.parametrize(
    ("names", "more", "said"),
    [
        (["a", "a"], "", "variants need different names, got a, a"),
        (["../a"], "", r"variants\.name must be that of a folder, got '\.\./a'"),
        (["a"], '[grid]\ncell = ["gru"]\nattention = ["none"]\n', "a recipe has a grid or variants, not both"),
    ],
)
def test_variants_that_will_not_do_are_refused(tmp_path, names, more, said):
    path = tmp_path / "recipe.toml"
    tables = "".join(f'[[variants]]\nname = "{name}"\nteacher_forcing = 1.0\n' for name in names)
    path.write_text(RECIPE + tables + more, encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        load_recipe(path)


def test_a_recipe_with_variants_becomes_a_checkpoint_for_each_that_says_what_it_was_fed(run, tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE + VARIANTS, encoding="utf-8")
    recipe = [path, "--set", f"data.directory={tmp_path / 'data'}", "--set", f"training.directory={tmp_path / 'runs'}"]
    assert run("prepare", *recipe)[0] == 0
    code, _, said = run("train", *recipe)
    assert code == 0, said
    folder = tmp_path / "runs" / "backwards" / "checkpoint"
    assert {path.name for path in folder.iterdir()} == {"always", "half", "text.spm"}
    for name, share in (("always", 1.0), ("half", 0.5)):
        assert load_checkpoint(folder / name).description.training["teacher_forcing"] == share


def test_all_places_at_once_are_what_a_step_after_the_other_finds(translator):
    found = measure(translator, PAIRS)
    greedy = SearchConfig(beam_size=1, alternatives=1, max_repeats=0)
    for row, pair in enumerate(PAIRS):
        given = forced(translator, pair)
        likeliest = [step[0].piece for step in given.alternatives]
        right = [float(one == other) for one, other in zip(likeliest, given.target_pieces, strict=True)]
        assert found.given[row, : len(right)].tolist() == right
        assert np.isnan(found.given[row, len(right) :]).all()
        written = translator.translate(pair.source, greedy).sentences[0].best.target_pieces
        own = [float(written[place : place + 1] == (piece,)) for place, piece in enumerate(given.target_pieces)]
        assert found.own[row, : len(own)].tolist() == own


def test_the_first_piece_is_as_right_whatever_is_fed_later(translator):
    found = measure(translator, PAIRS)
    np.testing.assert_array_equal(found.given[:, 0], found.own[:, 0])


def test_what_is_likely_behind_a_mistake_is_what_forcing_it_says(translator):
    found = measure(translator, PAIRS)
    pieces = translator.pieces
    for row, pair in enumerate(PAIRS):
        given = forced(translator, pair)
        length = len(given.target_pieces)
        behind = int((~np.isnan(found.after_right[row])).sum())
        place = next(
            at
            for at in range(length - 1)
            if np.allclose(
                np.exp(given.log_probs[at + 1 : at + 1 + BEHIND]),
                found.after_right[row, : min(BEHIND, length - at - 1)],
                atol=1e-5,
            )
            and behind == min(BEHIND, length - at - 1)
        )
        ranked = [other.piece for other in given.alternatives[place]]
        wrong = next(piece for piece in ranked if piece not in (given.target_pieces[place], "</s>", "<unk>", "<pad>"))
        fed = (*given.target_pieces[:place], wrong, *given.target_pieces[place + 1 :])
        after = translator.translate(pair.source, SearchConfig(beam_size=1), Constraints(prefix_pieces=fed))
        log_probs = after.sentences[0].best.log_probs[place + 1 :][:BEHIND]
        np.testing.assert_allclose(found.after_wrong[row, : len(log_probs)], np.exp(log_probs), atol=1e-5)
    assert pieces.ids(["</s>"]) == [END]


def test_bands_hold_their_value_and_equal_sides_lose_nothing():
    generator = np.random.default_rng(0)
    right = generator.random((300, 4))
    right[200:, 2:] = np.nan
    found = gaps(right, right, 20)
    assert [(gap.place, gap.pairs) for gap in found] == [(0, 300), (1, 300), (2, 300), (3, 200), (4, 200)]
    for gap in found:
        assert gap.right == gap.other
        assert gap.right.low < gap.right.value < gap.right.high
        assert (gap.loss.low, gap.loss.value, gap.loss.high) == (0, 0, 0)
    assert found[0].right.value == pytest.approx(np.nanmean(right), abs=1e-4)
    less = gaps(right, 0.5 * right, 20)[0]
    assert less.loss.value == pytest.approx(0.5 * less.right.value, abs=1e-4)


def test_a_place_that_few_reach_is_not_measured_by_itself():
    right = np.full((150, 2), 0.5)
    right[99:, 1] = np.nan
    assert [gap.place for gap in gaps(right, right, 20)] == [0, 1]


def test_the_command_writes_what_is_measured_and_shows_it(run, measured):
    code, output, said = run("exposure", measured)
    assert code == 0, said
    head, *rows = [line.split("\t") for line in output.splitlines()]
    assert head[:5] == ["model", "measure", "place", "pairs", "right"]
    assert list(dict.fromkeys(row[0] for row in rows)) == ["always", "half", "scheduled"]
    found = load_exposure(measured)
    for model in found.models:
        values = measure(Translator.load(measured / model.name, engine="torch"), PAIRS)
        whole = model.own[0]
        assert (whole.place, whole.pairs) == (0, len(PAIRS))
        assert whole.right.value == pytest.approx(np.nanmean(values.given), abs=1e-4)
        assert whole.other.value == pytest.approx(np.nanmean(values.own), abs=1e-4)
        assert model.mistake[0].other.value == pytest.approx(np.nanmean(values.after_wrong), abs=1e-4)
        assert [model.name, "own", "all", str(len(PAIRS)), f"{100 * whole.right.value:.1f}"] in [
            row[:5] for row in rows
        ]
    _, output, _ = run("exposure", measured, "--json")
    assert json.loads(output) == json.loads((measured / "exposure.json").read_text(encoding="utf-8"))


def test_mistakes_of_the_command_are_named(run, models, measured, files, tmp_path):
    assert "exposure.json is missing: `python -m s2s exposure" in refused(run("exposure", tmp_path))
    assert "--source and --reference belong together" in refused(run("exposure", models, *files[:2]))
    assert f"there is no checkpoint in {tmp_path}" in refused(run("exposure", tmp_path, *files))
    other = shutil.copytree(models.parent / "tiny", tmp_path / "other")
    values = json.loads((other / "exposure.json").read_text(encoding="utf-8"))
    values["models"][0]["name"] = "../always"
    (other / "exposure.json").write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"names models that are not there: \.\./always"):
        load_exposure(other)


def test_the_models_are_found_are_no_models_by_themselves_and_go_along_to_a_space(measured):
    assert find_exposures(measured.parent) == [measured]
    assert find_models(measured.parent) == {}
    space = prepare_space([EMBEDDED / "reverse-tiny"], grids=[measured])
    assert {"checkpoints/tiny/text.spm", "checkpoints/tiny/exposure.json"} <= set(space.contents)


def test_the_figure_and_the_table_have_the_numbers(measured):
    found = load_exposure(measured)
    figure = exposure_figure(found, "own")
    lines = [trace for trace in figure["data"] if trace["mode"] != "lines"]
    assert len(lines) == 6
    for model, (right, other) in zip(found.models, zip(lines[::2], lines[1::2], strict=True), strict=True):
        places = [gap for gap in model.own if gap.place]
        assert right["x"] == [gap.place for gap in places]
        assert right["y"] == [gap.right.value for gap in places]
        assert other["y"] == [gap.other.value for gap in places]
        assert (right["line"]["dash"], other["line"]["dash"]) == ("solid", "dash")
    assert [each["text"] for each in figure["layout"]["annotations"]] == [
        f"<b>{each.name}</b>" for each in found.models
    ]
    stacked = exposure_figure(found, "own", stacked=True)["layout"]
    assert stacked["yaxis"]["domain"][0] > stacked["yaxis2"]["domain"][1]
    assert figure["layout"]["xaxis"]["domain"][1] < figure["layout"]["xaxis2"]["domain"][0]
    rows = exposure_csv(found).splitlines()
    assert len(rows) == 1 + sum(len(model.own) + len(model.mistake) for model in found.models)


def test_what_a_model_goes_on_with_is_the_search_behind_the_mistake(translator):
    words = TARGET.split()
    found = feed_back(translator, SOURCE, TARGET, 2, "court vite")
    assert (found.begin, found.instead) == ("Le chat", "court vite")
    assert found.words == (*words[3:], "</s>")
    own = translator.translate(
        SOURCE,
        SearchConfig(beam_size=1),
        Constraints(prefix_pieces=tuple(translator.pieces.pieces(translator.pieces.encode("Le chat court vite")))),
    )
    assert f"Le chat court vite{found.rest}" == own.target
    fed = translator.score(SOURCE, "Le chat court vite sur la vieille chaise.").sentences[0].best
    assert np.prod(found.wrong) == pytest.approx(
        np.exp(sum(fed.log_probs[len(translator.pieces.encode("Le chat court vite")) :])), rel=1e-2, abs=1e-6
    )


def test_the_right_word_fed_back_changes_nothing(translator):
    found = feed_back(translator, SOURCE, TARGET, 4, "la")
    assert found.right == found.wrong
    given = forced(translator, Pair(SOURCE, TARGET))
    assert len(found.right) == len(found.words) == 4 - 1
    assert found.right[-1] == pytest.approx(np.exp(given.log_probs[-1]), abs=1e-4)


def test_other_words_are_none_that_stands_there(translator):
    found = other_words(translator, SOURCE, TARGET, 1)
    assert found
    assert "chat" not in found
    assert len(set(found)) == len(found) <= 5


@pytest.mark.parametrize(
    ("word", "instead", "error", "said"),
    [
        (7, "x", ConfigError, r"The translation has no word 8\."),
        (-1, "x", ConfigError, r"The translation has no word 0\."),
        (1, " ", TextError, "There is no text"),
    ],
)
def test_a_mistake_that_cannot_be_fed_is_named(translator, word, instead, error, said):
    with pytest.raises(error, match=said):
        feed_back(translator, SOURCE, TARGET, word, instead)


def test_the_recipe_trains_three_models_that_are_small_enough():
    recipe = load_recipe(EMBEDDED.parent / "recipes" / "forcing.toml")
    assert isinstance(recipe, Recipe)
    assert [(each.name, each.teacher_forcing, each.forcing_schedule) for each in recipe.variants] == [
        ("always", 1.0, "linear"),
        ("half", 0.5, "constant"),
        ("scheduled", 0.0, "inverse-sigmoid"),
    ]
    assert isinstance(recipe.variants[0], Variant)
