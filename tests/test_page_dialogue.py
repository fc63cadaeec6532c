"""The section Dialogue, and `chat` for programs, called as plain functions, without a server."""

import dataclasses
import json
import re

import gradio as gr
import pytest

from s2s.dialogue import SEPARATOR
from s2s.page import dialogue, engine, programs, tasks
from s2s.page.dialogue import EXAMPLES, OPENING, opening, respond
from s2s.page.dialogue_words import DIALOGUE, DIALOGUE_FORMS
from s2s.page.limits import LIMITS
from s2s.text import PieceModel
from tests.test_page import is_chinese, tiny_translator

TURN, BEFORE = "Where is the cat?", "What do you want?"
SAMPLE = {"method": "sample", "temperature": 1.5, "top_p": 0.9}


@pytest.fixture(scope="module")
def loaded(word_pieces, description):
    pieces = PieceModel(word_pieces)
    of_dialogues = dataclasses.replace(description, name="dialogue", task="dialogue", target_language="en")
    return {
        "tiny": tiny_translator(pieces, description),
        "dialogue": tiny_translator(pieces, of_dialogues, attention="bahdanau", copy=True),
    }


@pytest.fixture(autouse=True)
def models(monkeypatch, loaded):
    """A model that translates, and one that answers."""
    translators = dict(loaded)
    monkeypatch.setattr(engine, "TRANSLATORS", translators)
    return translators


def scene_of(*turns, **how):
    return json.loads(respond({"id": 3, "turns": list(turns), **how}))


def test_the_scene_is_the_answer_of_the_model_for_that_task(models):
    scene, found = scene_of(TURN), models["dialogue"].translate(TURN)
    assert (scene["id"], scene["target"]) == (3, found.target)
    assert "".join(part[0] for part in scene["answer"]) == found.target
    assert "".join(part[0] for part in scene["source"]) == TURN
    assert len(scene["figure"]["data"][0]["z"]) == len(scene["rows"])


def test_the_answer_before_is_read_and_nothing_earlier(models):
    scene = scene_of("Hello!", BEFORE, TURN)
    assert "".join(part[0] for part in scene["source"]) == f"{BEFORE} {SEPARATOR} {TURN}"
    assert scene == scene_of("Something else.", BEFORE, TURN)
    assert scene["target"] == models["dialogue"].translate(f"{BEFORE}\n{TURN}").target


def test_a_turn_stays_one_turn_whatever_is_typed_in_it():
    scene = scene_of(BEFORE, f"Where is\nthe {SEPARATOR} cat?")
    assert "".join(part[0] for part in scene["source"]) == f"{BEFORE} {SEPARATOR} Where is the cat?"


def test_of_a_long_answer_before_the_end_is_read():
    scene = scene_of("The cat. " * 200, TURN)
    source = "".join(part[0] for part in scene["source"])
    assert len(source) <= LIMITS.turn_characters + len(TURN) + 3
    assert source.endswith(f"The cat. The cat. {SEPARATOR} {TURN}")


def test_drawn_answers_follow_their_seed():
    drawn = [scene_of(TURN, **SAMPLE, seed=seed)["target"] for seed in (1, 1, 2, 3)]
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) > 1
    assert scene_of(TURN, seed=1) == scene_of(TURN, seed=2)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"turns": [""]}, "There is no text"),
        ({"turns": [BEFORE, "🎉🐈 🚀"]}, "There are no words to answer. Please say something in words."),
        ({"turns": ["word " * 10_000]}, "The text has 50,000 characters; at most 500 are taken"),
        ({"turns": ["half \ud800"]}, "is half of one"),
        ({"turns": ["half \ud800", TURN]}, "is half of one"),
        ({"turns": []}, "A dialogue must have 1 to 100 turns, got 0."),
        ({"turns": ["x"] * 101}, "A dialogue must have 1 to 100 turns, got 101."),
        ({"turns": "x"}, "turns must be a list"),
        ({"turns": [1]}, "turns must be of type str"),
        ({}, "the setting turns is missing"),
        ({"turns": [TURN], "method": "guess"}, "method must be one of beam, sample"),
        ({"turns": [TURN], "temperature": 0}, "temperature must be in 0.01 … 100"),
        ({"turns": [TURN], "top_p": 0}, "top_p must be above 0 and at most 1"),
        ({"turns": [TURN], "seed": -1}, "seed must be in"),
        ("x", "must be a table"),
    ],
    ids=str,
)
def test_what_cannot_be_answered_gives_a_message(values, said):
    scene = json.loads(respond(values))
    assert set(scene) == {"id", "message"}
    assert said in scene["message"]["en"]


@pytest.mark.parametrize("turns", [[""], ["🎉"], ["x" * 501], [], ["x"] * 101])
def test_what_a_visitor_can_do_wrong_is_said_in_chinese_too(turns):
    assert is_chinese(json.loads(respond({"turns": turns}))["message"]["zh"])


def test_a_warning_is_in_both_languages():
    (warning,) = [each for each in scene_of("The cat reads a letter. " * 8)["warnings"] if "trained on" in each["en"]]
    assert is_chinese(warning["zh"])


def test_a_mistake_of_the_programs_own_is_not_shown(monkeypatch):
    monkeypatch.setattr(dialogue, "reply", lambda *_: 1 / 0)
    assert "Something broke on the server" in scene_of(TURN)["message"]["en"]


def test_the_opening_is_a_conversation(models):
    first, second = opening(OPENING)
    assert [entry["turn"] for entry in (first, second)] == OPENING
    answered = first["scene"]["target"]
    assert scene_of(OPENING[0], answered, OPENING[1])["target"] == second["scene"]["target"]


def test_nothing_of_a_conversation_is_kept(models):
    secret = "My secret is the old chair."
    before = scene_of(TURN)
    scene_of(secret, "The old cat.", "It is red.")
    assert scene_of(TURN) == before
    assert secret not in repr(vars(dialogue))


def test_the_section_is_there_where_its_model_is(models):
    (is_at_hand,) = [is_at_hand for name, _, is_at_hand in tasks.SECTIONS if name == "task_dialogue"]
    assert is_at_hand()
    del models["dialogue"]
    assert not is_at_hand()
    assert scene_of(TURN)["message"]["en"] == "There is no model of dialogues here."


def test_a_program_gets_the_whole_result(models):
    found = programs.chat([BEFORE, TURN])
    assert found["source"] == f"{BEFORE} {SEPARATOR} {TURN}"
    assert found["target"] == scene_of(BEFORE, TURN)["target"]
    assert found["settings"]["method"] == "beam"
    assert found["sentences"][0]["alternatives"]
    assert programs.chat([TURN], "dialogue", "sample", 0.7, 0.9, 5)["settings"]["seed"] == 5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([""],), "There is no text"),
        (([TURN], "tiny"), "The model tiny answers no turns of dialogues"),
        (([TURN], "none"), "There is no model 'none'"),
        ((TURN,), "turns must be a list"),
        (([TURN], "", "guess"), "method must be one of"),
    ],
)
def test_a_program_is_told_what_is_wrong(arguments, said):
    with pytest.raises(gr.Error, match=re.escape(said)):
        programs.chat(*arguments)


def test_every_word_is_in_both_languages():
    assert all(english and is_chinese(chinese) for english, chinese in DIALOGUE.values())
    assert all(is_chinese(chinese) and chinese.count("{}") == en.count("{}") for en, chinese in DIALOGUE_FORMS.items())


def test_the_examples_can_be_taken():
    assert all("message" not in scene_of(text) for text in [*EXAMPLES, *OPENING])
