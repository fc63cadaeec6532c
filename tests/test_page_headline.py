"""The section Headline, called as plain functions, without a server: what the browser is told."""

import dataclasses
import json

import numpy as np
import pytest

from s2s.page import engine, headline, tasks
from s2s.page.headline import EXAMPLES, respond
from s2s.page.headline_words import HEADLINE
from s2s.page.translate import _models
from s2s.text import PieceModel
from tests.test_page import is_chinese, tiny_translator

TEXT = "The old cat sleeps on the old chair.\nIt reads a long letter!"


@pytest.fixture(scope="module")
def loaded(word_pieces, description):
    pieces = PieceModel(word_pieces)
    summary = dataclasses.replace(description, name="headline", task="summarization", target_language="en")
    shape = {"attention": "bahdanau", "copy": True, "coverage": True}
    return {
        "tiny": tiny_translator(pieces, description),
        "headline": tiny_translator(pieces, summary, **shape),
        "plain": tiny_translator(pieces, summary, attention="bahdanau"),
    }


@pytest.fixture(autouse=True)
def models(monkeypatch, loaded):
    """A model that translates, and two that sum up, the second without copying."""
    translators = dict(loaded)
    monkeypatch.setattr(engine, "TRANSLATORS", translators)
    return translators


def scene_of(text=TEXT):
    return json.loads(respond({"id": 3, "text": text}))


def test_the_scene_is_the_summary_of_the_model_for_that_task(models):
    scene, found = scene_of(), models["headline"].translate(TEXT)
    assert (scene["id"], scene["model"]) == (3, "headline")
    assert "".join(part[0] for part in scene["answer"]) == found.target
    assert "".join(part[0] for part in scene["source"]) == TEXT.replace("\n", " ")


def test_every_word_says_how_much_of_it_was_copied_and_from_which_words(models):
    scene, best = scene_of(), models["headline"].translate(TEXT).sentences[0].best
    words = [part for part in scene["answer"] if len(part) == 3]
    assert len(scene["origins"]) >= len(words)
    sources = {part[2]: part[0] for part in scene["source"] if len(part) == 3}
    for origin in scene["origins"]:
        assert 0 <= origin["copied"] <= 1
        assert all(place in sources for place in origin["places"])
    mean = np.mean([origin.copied for origin in best.origins[:-1] or best.origins])
    assert np.mean([origin["copied"] for origin in scene["origins"]]) == pytest.approx(mean, abs=0.35)
    assert any(origin["places"] for origin in scene["origins"])


def test_coverage_is_that_of_all_words_together(models):
    scene, best = scene_of(), models["headline"].translate(TEXT).sentences[0].best
    assert sum(scene["coverage"]) == pytest.approx(len(best.target_pieces), rel=1e-2)
    assert len(scene["coverage"]) == len([part for part in scene["source"] if len(part) == 3])


def test_a_model_that_does_not_copy_is_shown_without_origins(models):
    del models["headline"]
    scene = scene_of()
    assert scene["model"] == "headline"
    assert scene["origins"] == []
    assert scene["weights"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "There is no text"),
        ("🎉🐈 🚀", "There are no words in this text to sum up"),
        ("word " * 10_000, "The text has 50,000 characters; at most 2,000 are taken"),
        (None, "text must be of type str"),
    ],
    ids=["empty", "emoji", "10,000 words", "no text"],
)
def test_what_cannot_be_summed_up_gives_a_message_in_both_languages(text, said):
    scene = scene_of(text)
    assert set(scene) == {"id", "message"}
    assert said in scene["message"]["en"]
    assert is_chinese(scene["message"]["zh"])


def test_a_request_that_is_none_gives_a_message():
    assert "must be a table" in json.loads(respond("x"))["message"]["en"]
    assert "text is missing" in json.loads(respond({"id": 1}))["message"]["en"]


def test_a_mistake_of_the_programs_own_is_not_shown(monkeypatch):
    monkeypatch.setattr(headline, "_summed_up", lambda _: 1 / 0)
    scene = scene_of("a secret")
    assert "Something broke on the server" in scene["message"]["en"]
    assert scene["id"] == 3


def test_a_long_text_says_that_it_is_longer_than_what_the_model_has_seen(models):
    (warning,) = [each for each in scene_of("The cat reads a letter. " * 20)["warnings"] if "trained on" in each["en"]]
    assert "trained on at most 20" in warning["en"]
    assert is_chinese(warning["zh"])


def test_models_of_another_task_are_not_offered_for_translation():
    assert [model["name"] for model in _models()] == ["tiny"]


def test_the_section_is_there_where_its_model_is(models):
    (is_at_hand,) = [is_at_hand for name, _, is_at_hand in tasks.SECTIONS if name == "task_headline"]
    assert is_at_hand()
    del models["headline"], models["plain"]
    assert not is_at_hand()
    assert engine.of_task("summarization") == ""


def test_every_word_is_in_both_languages():
    assert all(english and is_chinese(chinese) for english, chinese in HEADLINE.values())


def test_the_examples_can_be_taken():
    assert all(len(text) < 600 for text in EXAMPLES)
