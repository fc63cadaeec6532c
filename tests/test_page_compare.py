"""The tab Compare without a server: two models, a test set, twins and a grid."""

import dataclasses
import json
import re

import numpy as np
import pytest

from s2s.checkpoint import Checkpoint
from s2s.config import SearchConfig
from s2s.exposure import Exposure, Fed, Gap, Share, write_exposure
from s2s.grid import Cell, Grid, LengthScore, write_grid
from s2s.page import cells, compare, compare_exposure, compare_grid, compare_test, engine
from s2s.page.cells import Cells, name_of
from s2s.page.compare_words import COMPARE, COMPARE_FORMS
from s2s.page.messages import BROKE
from s2s.page.parts import ASSETS
from s2s.page.words import WORDS
from s2s.pieces import END
from s2s.text import PieceModel
from s2s.translator import Translator
from s2s.view import View, grid_of
from tests.tiny import SENTENCES, save_tiny, tiny_model

TEXT = "The cat sleeps. A dog runs."
MARKUP = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def translators(word_pieces, description):
    """Four models at work: two alike but for their weights, one without attention, one that reads German."""

    def translator(name, language="en", **changes):
        pieces = PieceModel(word_pieces)
        model = tiny_model(vocabulary_size=pieces.vocabulary_size, **changes)
        model.output_bias[END] += 3
        described = dataclasses.replace(description, name=name, source_language=language)
        return Translator(Checkpoint(model, pieces, described), "123456789abc", engine="torch")

    found = [translator("tiny"), translator("wild", seed=1), translator("plain", attention="none")]
    return {each.description.name: each for each in [*found, translator("german", "de")]}


@pytest.fixture(scope="module")
def grid_folder(tmp_path_factory, word_pieces, description):
    """A tiny grid with made-up figures."""
    folder = tmp_path_factory.mktemp("grid")
    measured = []
    for cell, attention in (("gru", "none"), ("gru", "bahdanau"), ("rnn", "luong-dot")):
        name = f"{cell}-{attention}"
        save_tiny(
            folder / name, word_pieces, dataclasses.replace(description, name=name), attention=attention, cell=cell
        )
        lengths = [LengthScore(words=words, sentences=200, joined=9, bleu=5.0, band=1.0) for words in ("1-5", "6-10")]
        measured.append(
            Cell(
                name=name,
                cell=cell,
                attention=attention,
                parameters=5,
                bleu=2.0,
                chrf=3.0,
                milliseconds=1.0,
                minutes=1.0,
                updates=2,
                seed=1,
                by_length=tuple(lengths),
            )
        )
    write_grid(
        folder,
        Grid(source_language="en", target_language="fr", test_pairs=7, signature="x", cells=tuple(measured)),
    )
    return folder


@pytest.fixture(autouse=True)
def models(monkeypatch, translators):
    monkeypatch.setattr(engine, "TRANSLATORS", translators)
    monkeypatch.setattr(engine, "CELLS", Cells(Translator.load))
    return translators


@pytest.fixture
def grid(grid_folder):
    engine.CELLS.open(grid_folder)
    return engine.CELLS.grid


@pytest.fixture(scope="module")
def fed_folder(tmp_path_factory, word_pieces, description):
    """Two tiny models that were fed differently, with made-up figures."""
    folder = tmp_path_factory.mktemp("fed")
    share = Share(value=0.5, low=0.4, high=0.6)
    gaps = tuple(Gap(place=place, pairs=9, right=share, other=share, loss=share) for place in (0, 1, 2))
    found = []
    for seed, name in enumerate(("always", "half")):
        described = dataclasses.replace(description, name=name)
        save_tiny(folder / name, word_pieces, described, seed=seed, share_pieces=True)
        fed = {"teacher_forcing": 1 - seed / 2, "forcing_schedule": "constant", "parameters": 5, "minutes": 1.0}
        scores = {"updates": 2, "seed": 1, "bleu": 2.0, "band": 0.5, "exact_match": 0.1}
        found.append(Fed(name=name, **fed, **scores, own=gaps, mistake=gaps))
    languages = {"source_language": "en", "target_language": "fr"}
    write_exposure(folder, Exposure(**languages, test_pairs=9, signature="x", models=tuple(found)))
    return folder


@pytest.fixture
def fed(fed_folder):
    engine.CELLS.open_exposure(fed_folder)
    return engine.CELLS.exposure


def pair(one="tiny", other="wild", beams=(5, 2)):
    sides = [{"model": name, "beam_size": beam} for name, beam in zip((one, other), beams, strict=True)]
    asked = {"number": 4, "text": TEXT, "one": sides[0], "other": sides[1]}
    return [json.loads(scene) for scene in compare.answer(asked)]


def test_both_answers_are_those_of_the_models_alone(models):
    *busy, done = pair()
    assert {scene["phase"] for scene in busy} <= {"busy"}
    assert (done["phase"], done["number"], done["asked"]) == ("done", 4, TEXT)
    for side, name, beam in zip(done["sides"], ("tiny", "wild"), (5, 2), strict=True):
        translation = models[name].translate(TEXT, SearchConfig(beam_size=beam))
        assert "".join(each[0] for each in side["answer"]) == translation.target
        assert (side["model"], side["beam_size"], side["phase"]) == (name, beam, "done")
        assert side["parameters"] == models[name].model.parameter_count()
        assert side["bleu"] == 1.5
        assert side["milliseconds"] > 0
        means = [value for sentence in translation.sentences for value in sentence.best.log_probs]
        assert side["probability"] == pytest.approx(np.exp(np.mean(means)), rel=1e-3)
        for figure, sentence in zip(side["figures"], translation.sentences, strict=True):
            expected = grid_of(sentence, 0, View(units="words")).weights
            np.testing.assert_allclose(figure["figure"]["data"][0]["z"], expected, atol=1e-4)
            assert (figure["figure"]["data"][0]["zmin"], figure["figure"]["data"][0]["zmax"]) == (0, 1)


def test_words_that_differ_are_marked_and_the_same_model_differs_in_nothing():
    sides = pair()[-1]["sides"]
    words = [[each[0] for each in side["answer"] if len(each) > 1] for side in sides]
    for side, mine in zip(sides, words, strict=True):
        assert len(side["differs"]) == len(mine)
    assert words[0] != words[1]
    assert any(sides[0]["differs"] + sides[1]["differs"])
    same = pair(other="tiny", beams=(2, 2))[-1]["sides"]
    assert not any(flag for side in same for flag in side["differs"])


def test_a_model_without_attention_has_no_weights_to_draw():
    one, other = pair(other="plain")[-1]["sides"]
    assert one["figures"][0]["figure"]["data"]
    assert other["figures"][0]["figure"]["data"] == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"other": {"model": "german"}}, "These models read different languages: tiny reads en, german reads de"),
        ({"text": " "}, "There is no text"),
        ({"text": 7}, "text must be of type str"),
        ({"one": {"model": "gone"}}, "There is no model 'gone'"),
        ({"one": {"model": "tiny", "beam_size": 99}}, "The beam size must be from 1 to 10, got 99"),
        ({"one": "tiny"}, "one must be a table"),
    ],
)
def test_what_is_wrong_is_said(change, said):
    asked = {"number": 2, "text": TEXT, "one": {"model": "tiny"}, "other": {"model": "wild"}, **change}
    (scene,) = (json.loads(each) for each in compare.answer(asked))
    assert (scene["phase"], scene["number"]) == ("failed", 2)
    assert said in scene["message"]["en"]
    assert json.loads(next(compare.answer("nonsense")))["phase"] == "failed"


def test_no_text_of_a_visitor_looks_like_markup():
    asked = {"number": 1, "text": MARKUP, "one": {"model": "tiny"}, "other": {"model": "wild"}}
    assert all("<" not in scene for scene in compare.answer(asked))


def score_set(**changes):
    asked = {"number": 6, "source": "\n".join(f"{each}\t{each}" for each in SENTENCES), "one": "tiny", "other": "wild"}
    return [json.loads(told) for told in compare_test.progress(asked | changes)]


def test_a_test_set_is_scored_with_progress(models):
    *busy, done = score_set(other_beam=1)
    assert [told["done"] for told in busy] == [0, len(SENTENCES)]
    assert done["phase"] == "done"
    assert sum(done["wins"]) == len(SENTENCES)
    first = done["csv"].splitlines()[1]
    assert models["tiny"].translate(SENTENCES[0]).target.split(",")[0] in first
    chrf = done["scores"][-1]
    assert chrf["name"] == "chrF"
    assert 0 < chrf["p_value"] <= 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"source": "no tab"}, "Line 1 of the test set has no source, tab and reference"),
        ({"other": "german"}, "These models read different languages"),
        ({"one": "gone"}, "There is no model"),
        ({"one_beam": 0}, "The beam size must be from 1 to 10"),
        ({"source": None}, "source must be of type str"),
    ],
)
def test_a_test_set_that_will_not_do_is_refused(changes, said):
    (told,) = score_set(**changes)
    assert (told["phase"], told["number"]) == ("failed", 6)
    assert said in told["message"]["en"]


@pytest.fixture
def broken(monkeypatch):
    """What every translation runs into is an error of the server's own, which may quote somebody's text."""

    def fail(*args, **kwargs):
        raise RuntimeError("a secret")

    for name in ("stream", "translate_batch"):
        monkeypatch.setattr(Translator, name, fail)


@pytest.mark.parametrize("ask", [pair, score_set])
def test_an_error_of_the_server_s_own_ends_the_wait_and_is_told_as_no_more_than_that(broken, ask):
    told = ask()[-1]
    assert (told["phase"], told["message"]["en"]) == ("failed", BROKE)
    assert told["number"] == {pair: 4, score_set: 6}[ask]
    assert "secret" not in json.dumps(told)


def test_a_cell_answers_with_the_first_sentence_as_its_model_does(grid, grid_folder):
    reply = json.loads(compare_grid.respond({"id": 3, "cell": "rnn-luong-dot", "text": TEXT}))
    translation = Translator.load(grid_folder / "rnn-luong-dot").translate("The cat sleeps.")
    assert reply["id"] == 3
    assert reply["cell"]["target"] == translation.target
    assert (reply["cell"]["sentence"], reply["cell"]["sentences"]) == ("The cat sleeps.", 2)
    expected = grid_of(translation.sentences[0], 0, View(units="words", end=False))
    assert reply["cell"]["drawn"]["sources"] == list(expected.sources)
    np.testing.assert_allclose(reply["cell"]["drawn"]["weights"], expected.weights, atol=6e-4)
    assert json.loads(compare_grid.respond({"id": 1, "cell": "gru-none", "text": TEXT}))["cell"]["drawn"] is None


def test_a_twin_marks_the_length_of_the_sentence(grid):
    reply = json.loads(compare_grid.respond({"id": 1, "twin": "gru-bahdanau", "text": "One two three four five six."}))
    twin = reply["twin"]
    assert (twin["plain"], twin["length"], twin["sentences"], twin["joined"]) == ("gru-none", "6-10", 400, 18)
    assert twin["figure"]["layout"]["shapes"][0]["x0"] == 1
    assert twin["csv"].startswith("model,words,")


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("One two. One two three four five six. One two three four.", "6-10"),  # together these are 12 words
        ("Dr. Who is here.\n1. One two three.", "1-5"),
        (" \n", ""),
        ("", ""),
        ("word " * 1000, ""),  # more than is taken: the curve is drawn all the same
    ],
)
def test_a_twin_marks_the_longest_sentence_since_models_are_given_them_one_by_one(grid, text, length):
    twin = json.loads(compare_grid.respond({"id": 1, "twin": "gru-bahdanau", "text": text}))["twin"]
    assert twin["length"] == length
    assert len(twin["figure"]["layout"]["shapes"]) == bool(length)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"id": 1, "cell": "gone", "text": TEXT}, "There is no model 'gone' in the grid"),
        ({"id": 1, "cell": "gru-none", "text": ""}, "There is no text"),
        ({"id": 1, "twin": "rnn-luong-dot"}, "There is no twin 'rnn-luong-dot'"),
        ({"id": 1}, "the setting cell is missing"),
        (None, "must be a table"),
    ],
)
def test_asks_of_the_grid_that_will_not_do_are_refused(grid, asked, said):
    assert said in json.loads(compare_grid.respond(asked))["message"]["en"]


def test_without_a_grid_it_says_so():
    reply = json.loads(compare_grid.respond({"id": 1, "cell": "gru-none", "text": TEXT}))
    assert reply["message"]["en"] == "This page has no grid of models."


LINE = "The cat sleeps."
MISTAKE = {"id": 3, "do": "mistake", "text": LINE, "target": "Le chat dort.", "word": 1, "instead": "chien"}


def test_a_sentence_goes_through_all_that_were_fed_differently(fed):
    reply = json.loads(compare_exposure.respond({"id": 2, "do": "answers", "text": f" {LINE}\n"}))
    assert (reply["id"], reply["text"], reply["right"]) == (2, LINE, None)
    for answer, model in zip(reply["answers"], fed.models, strict=True):
        target = engine.find(f"fed:{model.name}").translate(LINE, SearchConfig(beam_size=1)).target
        assert (answer["name"], answer["target"]) == (model.name, target)
        assert "".join(part[0] for part in answer["parts"]) == target


def test_the_example_comes_with_its_right_translation_and_a_mistake(fed):
    example = compare_exposure.EXAMPLE
    reply = json.loads(compare_exposure.respond({"id": 2, "do": "answers", "text": example["text"]}))
    assert "".join(part[0] for part in reply["right"]["parts"]) == example["target"]
    assert reply["right"]["mistake"] == example
    asked = {"id": 3, "do": "mistake", **example}
    assert "mistake" in json.loads(compare_exposure.respond(asked))


def test_a_mistake_is_fed_to_all(fed):
    rows = json.loads(compare_exposure.respond(MISTAKE))["mistake"]["rows"]
    assert [row["name"] for row in rows] == ["always", "half"]
    for row in rows:
        assert (row["begin"], row["instead"], row["words"]) == ("Le", "chien", ["dort.", "</s>"])
        assert len(row["right"]) == len(row["wrong"]) == 2
    asked = {name: value for name, value in MISTAKE.items() if name != "instead"} | {"do": "words"}
    assert "chat" not in json.loads(compare_exposure.respond(asked))["words"]


@pytest.mark.parametrize("measure", ["own", "mistake"])
def test_the_curve_comes_with_its_table(fed, measure):
    curve = json.loads(compare_exposure.respond({"id": 1, "do": "curve", "measure": measure, "stacked": True}))["curve"]
    assert (curve["measure"], len(curve["figure"]["data"])) == (measure, 8)
    assert curve["csv"].startswith("model,measure,place,")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (MISTAKE | {"word": 9}, "The translation has no word 10."),
        (MISTAKE | {"instead": ""}, "There is no text"),
        (MISTAKE | {"target": ""}, "There is no text"),
        (MISTAKE | {"text": "\ud800"}, "lone surrogate"),
        (MISTAKE | {"do": "dance"}, "Please ask for one of answers, words, mistake, curve; got 'dance'."),
        ({"id": 1, "do": ["answers"]}, "Please ask for one of"),
        ({"id": 1, "do": "curve", "measure": "x"}, "measure must be one of own, mistake"),
        (None, "Please ask for one of"),
    ],
)
def test_asks_for_mistakes_that_will_not_do_are_refused(fed, asked, said):
    message = json.loads(compare_exposure.respond(asked))["message"]
    assert said in message["en"]
    assert message["zh"] != message["en"] or "must be" in said


def test_without_such_models_it_says_so():
    message = json.loads(compare_exposure.respond(MISTAKE))["message"]
    assert message["en"] == "This page has no models that were fed differently."


def test_cells_are_loaded_when_they_are_asked_and_no_more_are_kept_than_allowed(monkeypatch, grid_folder):
    monkeypatch.setattr(cells, "MOST_KEPT", 2)
    loaded = []
    kept = Cells(lambda folder: loaded.append(folder.name) or Translator.load(folder))
    kept.open(grid_folder)
    assert loaded == []
    names = [name_of(cell) for cell in kept.grid.cells]
    first = kept.get(names[0])
    assert kept.get(names[0]) is first
    kept.get(names[1])
    kept.get(names[2])
    assert kept.get(names[0]) is not first
    assert loaded == [name.removeprefix("grid:") for name in (*names, names[0])]
    assert kept.get("grid:gone") is None


def test_a_cell_can_be_compared_with_any_model(grid):
    one, other = pair(other="grid:gru-bahdanau")[-1]["sides"]
    assert other["model"] == "grid:gru-bahdanau"
    assert one["model"] == "tiny"


def test_the_tab_opens_with_an_example_worked_by_twins_or_by_two_beams(grid_folder):
    text, both = compare._first()
    assert [each["model"] for each in both] == ["tiny", "tiny"]
    assert both[0] != both[1]
    assert text
    engine.CELLS.open(grid_folder)
    text, both = compare._first()
    assert [each["model"] for each in both] == ["grid:gru-none", "grid:gru-bahdanau"]
    assert text == compare.EXAMPLE


def test_every_word_that_the_modules_say_is_there_in_both_languages():
    said = set()
    for path in ASSETS.glob("compare*.js"):
        said |= set(re.findall(r'"(compare_[a-z_]+)"', path.read_text(encoding="utf-8")))
    assert said - set(WORDS) <= {"compare_test", "compare_views", "compare_exposure"}
    for english, chinese in COMPARE.values():
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", chinese)), english
    for english, chinese in COMPARE_FORMS.items():
        assert chinese.count("{}") == english.count("{}")
