"""The checkpoints that are shipped: whole, described, small, and as good as their recipe promises."""

import json
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from s2s.config import SearchConfig
from s2s.dates import make_dates
from s2s.emergence import load_emergence
from s2s.exposure import find_exposures, load_exposure
from s2s.grid import find_grids, load_grid
from s2s.hub.card import HUB_TASKS
from s2s.models import DEFAULT_MODEL, EMBEDDED, find_models
from s2s.page.translate import EXAMPLES
from s2s.recipe import load_recipe
from s2s.result import END_PIECE
from s2s.toys import make_reversals
from s2s.transcriber import Transcriber
from s2s.translator import Translator
from tests import both_ways

RECIPES = Path(__file__).parents[1] / "recipes"
SEVERAL = [*find_exposures(), *find_grids()]
"""Folders of several models that share their pieces."""
NAMES = sorted(path.name for path in EMBEDDED.iterdir() if path.is_dir() and path not in SEVERAL)
MEGABYTE = 1_000_000
LIMITS = {
    "dates": (MEGABYTE, MEGABYTE),
    "de-en": (10_000_000, 12 * MEGABYTE),
    "dialogue": (7_000_000, 12 * MEGABYTE),
    "digits": (MEGABYTE, 2 * MEGABYTE),
    "en-de": (10_000_000, 12 * MEGABYTE),
    "en-fr": (10_000_000, 12 * MEGABYTE),
    "en-zh": (10_000_000, 12 * MEGABYTE),
    "fr-en": (10_000_000, 12 * MEGABYTE),
    "headline": (7_000_000, 12 * MEGABYTE),
    "reverse-tiny": (MEGABYTE, MEGABYTE),
    "zh-en": (10_000_000, 12 * MEGABYTE),
}
"""Most parameters, most bytes of the folder."""

every_checkpoint = pytest.mark.parametrize("name", NAMES)
every_text_checkpoint = pytest.mark.parametrize("name", [name for name in NAMES if name != "digits"])
HEARD = {
    "sample-1.flac": "three seven one",
    "sample-2.flac": "five zero nine four",
    "sample-3.flac": "two eight eight six",
}
"""What is said in the recordings that are shipped beside `digits`."""


@cache
def load(name):
    return Translator.load(EMBEDDED / name)


def front_matter(name):
    """Keys and values of the YAML in front of a model card; this much YAML needs no library."""
    card = (EMBEDDED / name / "README.md").read_text(encoding="utf-8")
    front, _, body = card.removeprefix("---\n").partition("\n---\n")
    assert card.startswith("---\n")
    assert body.strip()
    return dict(re.findall(r"^([a-z_]+): *(.*)$", front, flags=re.MULTILINE)), body


def test_the_shipped_checkpoints_are_those_with_limits_here():
    assert set(NAMES) == set(LIMITS)
    assert list(find_models()) == [DEFAULT_MODEL, *(name for name in NAMES if name != DEFAULT_MODEL)]


@every_checkpoint
def test_it_loads_under_its_own_name_and_has_a_recipe(name):
    translator = load(name)
    recipe = load_recipe(RECIPES / f"{name}.toml")
    assert translator.description.name == recipe.name == name
    assert translator.description.description == recipe.description
    made = {"vocabulary_size": translator.pieces.vocabulary_size}
    assert vars(translator.model.config) == vars(recipe.model) | made


@every_checkpoint
def test_it_is_small(name):
    parameters, size = LIMITS[name]
    assert load(name).model.parameter_count() <= parameters
    assert sum(path.stat().st_size for path in (EMBEDDED / name).iterdir()) <= size


@every_checkpoint
def test_its_folder_holds_its_five_files_and_nothing_else(name):
    files = {"README.md", "SHA256SUMS", "config.json", "model.safetensors", "text.spm"}
    assert {path.name for path in (EMBEDDED / name).iterdir()} == files | (set(HEARD) if name == "digits" else set())


@every_checkpoint
def test_its_card_has_the_hubs_metadata_and_a_licence(name):
    front, _ = front_matter(name)
    assert front["license"] == "apache-2.0"
    description = load(name).description
    assert front["pipeline_tag"] == HUB_TASKS[description.task]
    assert description.licence
    assert description.attribution


@every_checkpoint
def test_its_card_shows_its_scores_with_their_signatures(name):
    _, body = front_matter(name)
    scores = [score for score in load(name).description.scores.values() if isinstance(score, dict)]
    assert scores
    for score in scores:
        assert re.match(r"nrefs:[01]\|", score["signature"])
        assert "version:" in score["signature"]
        (row,) = re.findall(rf"^\| {score['name']} \|.*$", body, flags=re.MULTILINE)
        assert f"{score['value']:.1f}" in row
        assert score["signature"] in row.replace("\\|", "|")


@every_checkpoint
def test_the_tables_of_its_card_have_as_many_cells_in_every_row(name):
    _, body = front_matter(name)
    for table in re.findall(r"(?:^\|.*\n)+", body, flags=re.MULTILINE):
        cells = [len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()]
        assert len(set(cells)) == 1, table


@every_checkpoint
def test_its_config_is_plain_json_with_its_training(name):
    values = json.loads((EMBEDDED / name / "config.json").read_text(encoding="utf-8"))
    assert values["format_version"] == 1
    assert values["training"]["parameters"] == load(name).model.parameter_count()
    assert values["training"]["updates"] > 0


@every_text_checkpoint
def test_the_page_has_examples_for_it_that_raise_no_warning(name):
    translator = both_ways.load(name)
    examples = EXAMPLES.get(name) or EXAMPLES[translator.description.source_language]
    for translation in translator.translate_batch(examples):
        assert translation.target
        assert translation.warnings == ()


@every_text_checkpoint
@pytest.mark.parametrize("beam_size", [1, 5])
def test_every_row_of_its_attention_sums_to_one(name, beam_size):
    best = load(name).translate("I love you.", SearchConfig(beam_size=beam_size)).sentences[0].best
    np.testing.assert_allclose(best.attention.sum(axis=1), 1, atol=1e-4)
    assert len(best.attention) == len(best.target_pieces)


def test_the_models_that_teacher_forcing_tells_apart_are_small_and_those_of_their_recipe():
    (folder,) = find_exposures()
    recipe = load_recipe(RECIPES / "forcing.toml")
    found = load_exposure(folder)
    assert folder.name == recipe.name
    assert [model.name for model in found.models] == [cell.name for cell in recipe.cells()]
    assert found.test_pairs >= 500
    for cell, model in zip(recipe.cells(), found.models, strict=True):
        translator = load(f"{folder.name}/{model.name}")
        made = {"vocabulary_size": translator.pieces.vocabulary_size}
        assert vars(translator.model.config) == vars(cell.model) | made
        assert translator.model.parameter_count() == model.parameters <= MEGABYTE
        assert translator.description.training["teacher_forcing"] == model.teacher_forcing
        assert (translator.description.licence, translator.description.attribution) != ("", "")
        assert {path.name for path in (folder / model.name).iterdir()} == {
            "README.md",
            "SHA256SUMS",
            "config.json",
            "model.safetensors",
        }
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) <= 3.5 * MEGABYTE


def test_the_models_of_the_grid_are_small_and_differ_in_cell_and_attention_alone():
    (folder,) = find_grids()
    recipe, grid = load_recipe(RECIPES / "grid.toml"), load_grid(folder)
    cells = {cell.name: cell for cell in recipe.cells()}
    assert folder.name == recipe.name
    assert {cell.name for cell in grid.cells} == set(cells)
    assert len(cells) == 15
    for measured in grid.cells:
        translator = load(f"{folder.name}/{measured.name}")
        made = {"vocabulary_size": translator.pieces.vocabulary_size}
        assert vars(translator.model.config) == vars(cells[measured.name].model) | made
        assert translator.model.parameter_count() == measured.parameters <= 3 * MEGABYTE
        assert (measured.seed, measured.updates) == (recipe.training.seed, grid.cells[0].updates)
        files = list((folder / measured.name).iterdir())
        assert {path.name for path in files} == {"README.md", "SHA256SUMS", "config.json", "model.safetensors"}
        assert sum(path.stat().st_size for path in files) <= 3 * MEGABYTE
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) <= 40 * MEGABYTE


def test_without_attention_more_is_lost_the_longer_a_sentence_is():
    """The claim of the textbook, for each pair of twins: the longer the sentences, the less is left without attention.

    The gap in BLEU grows too, but with the cell rnn, which loses long sentences even with attention.
    """
    (folder,) = find_grids()
    twins = load_grid(folder).twins()
    assert len(twins) == 12
    for pair in twins:
        plain, attending = ([score.bleu or 0.0 for score in cell.by_length] for cell in pair)
        assert all(score.sentences >= 200 for cell in pair for score in cell.by_length)
        left = [one / other for one, other in zip(plain, attending, strict=True)]
        assert left == sorted(left, reverse=True)
        gaps = [other - one for one, other in zip(plain, attending, strict=True)]
        assert pair[0].cell == "rnn" or gaps[0] < gaps[1] < min(gaps[2:])


def test_what_is_published_of_the_grid_was_measured():
    (folder,) = find_grids()
    text = (RECIPES.parent / "docs" / "results.md").read_text(encoding="utf-8")
    grid = load_grid(folder)
    assert grid.signature in text
    for cell in grid.cells:
        whole, lengths = re.findall(rf"^\| `{cell.name}` \|(.*)\|$", text, flags=re.MULTILINE)
        aer = "–" if cell.error_rate is None else f"{100 * cell.error_rate:.1f} %"
        size, time = f"{cell.parameters / MEGABYTE:.2f} M", (f"{cell.milliseconds:.1f}", f"{cell.minutes:.0f}")
        values = f"{cell.bleu:.1f}", f"{cell.chrf:.1f}", aer, size, *time
        assert tuple(each.strip() for each in whole.split("|")) == values
        bands = tuple(f"{score.bleu:.1f} ± {score.band:.1f}" for score in cell.by_length)
        assert tuple(each.strip() for each in lengths.split("|")) == bands


def test_attention_arises_in_the_training_that_was_watched():
    (folder,) = find_grids()
    found = load_emergence(folder)
    assert found is not None
    assert (folder / "emergence.json").stat().st_size <= 5 * MEGABYTE
    largest = [
        [max(map(max, glance.attention)) if glance.attention else 0.0 for glance in moment.glances]
        for moment in found.moments
    ]
    assert all(early < 0.3 for early in largest[0])
    assert all(late > 0.6 for late in largest[-1])
    assert found.moments[-1].bleu > 10 > found.moments[0].bleu
    assert found.moments[-1].loss < found.moments[0].loss / 2


def test_english_becomes_french():
    translation = load("en-fr").translate("I love you.")
    (sentence,) = translation.sentences
    assert translation.target.strip()
    assert translation.target != "I love you."
    assert sentence.best.target_pieces[-1] == END_PIECE
    assert set("".join(sentence.source_pieces)) >= set("Iloveyou.")
    french = load("en-fr").translate("The cat is in the house.").target.lower().split()
    assert {"le", "la", "chat", "maison", "dans", "est"} & set(french)


def test_a_rare_name_is_carried_over_and_ordinary_words_are_not():
    read = load("en-fr").pieces.read
    assert read("My friend Priya lives in Boston with Oluwaseun.").carried == ("Priya", "Oluwaseun")
    for text in ("The Teacher Speaks English.", "I'm sorry. Don't go on Tuesday!", "Tom and Mary are in Paris."):
        assert read(text).carried == ()
    assert "Priya" in load("en-fr").translate("My friend Priya lives in Boston.").target


def test_names_of_countries_are_translated():
    assert load("fr-en").translate("Il habite en Allemagne.").target == "He lives in Germany."
    for name, text in [("en-zh", "I live in Germany with Priya."), ("en-de", "We went to Venice with Priya.")]:
        assert load(name).pieces.read(text).carried == ("Priya",)


def test_rare_names_are_told_from_german_nouns():
    read = load("de-en").pieces.read
    assert read("Meine Freundin Priya wohnt mit Oluwaseun in Abuja.").carried == ("Priya", "Oluwaseun", "Abuja")
    assert read("Szczepański wohnt hier.").carried == ("Szczepański",)
    for text in (
        "Wir brauchen Regenschirme, Bahnhofsuhren und Zahnärztinnen.",
        "Verschwinde! Freitags gibt es Apfelkuchen.",
        "Tom und Maria sind in Boston.",
        "Das ist eine Dürreperiode.",
    ):
        assert read(text).carried == ()
    assert "Priya" in load("de-en").translate("Meine Freundin Priya wohnt in Boston.").target


def test_dates_are_read_in_every_form():
    recipe = load_recipe(RECIPES / "dates.toml").data
    known = {pair.source for pair in make_dates(recipe.pairs, recipe.seed)}
    unseen = [pair for pair in make_dates(800, recipe.seed + 1000) if pair.source not in known][:400]
    assert len(unseen) == 400
    greedy = SearchConfig(beam_size=1, alternatives=0)
    translations = load("dates").translate_batch([pair.source for pair in unseen], greedy)
    exact = sum(found.target == pair.target for found, pair in zip(translations, unseen, strict=True))
    assert exact >= 0.995 * len(unseen)


@pytest.mark.parametrize("engine", ["onnx", "torch"])
def test_the_samples_of_spoken_digits_are_heard_without_a_doubt(engine):
    transcriber = Transcriber(Translator.load(EMBEDDED / "digits", engine=engine))
    for name, said in HEARD.items():
        path = EMBEDDED / "digits" / name
        assert path.stat().st_size < 30_000
        found = transcriber.transcribe_file(path)
        assert (found.target, found.warnings) == (said, ())
        begins = [word.begin_seconds for word in found.words]
        assert begins == sorted(begins)


def test_the_card_of_the_samples_names_where_they_come_from():
    _, body = front_matter("digits")
    assert all(name in body for name in HEARD)
    assert "CC BY-SA 4.0" in body


def test_letters_are_spelled_backwards_looking_at_the_right_one():
    recipe = load_recipe(RECIPES / "reverse-tiny.toml").data
    known = set(make_reversals(recipe.pairs, recipe.seed))
    unseen = [pair for pair in make_reversals(1_200, recipe.seed + 1000) if pair not in known][:1_000]
    assert len(unseen) == 1_000
    greedy = SearchConfig(beam_size=1, alternatives=0)
    translations = load("reverse-tiny").translate_batch([pair.source for pair in unseen], greedy)
    exact = letters = right = 0
    for pair, translation in zip(unseen, translations, strict=True):
        best = translation.sentences[0].best
        exact += best.target == pair.target
        looked_at = best.attention.argmax(axis=1)[:-1]  # without the row of the end
        expected = best.attention.shape[1] - 1 - np.arange(len(looked_at))
        letters += len(looked_at)
        right += int((looked_at == expected).sum())
    assert exact >= 990
    assert right >= 0.95 * letters
