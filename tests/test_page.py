"""The page's handlers, called as plain functions, without a server."""

import asyncio
import base64
import dataclasses
import itertools
import json
import re
import shutil

import gradio as gr
import numpy as np
import pytest

from s2s.checkpoint import Checkpoint
from s2s.config import SearchConfig
from s2s.errors import CheckpointError, ConfigError
from s2s.figures import NO_ATTENTION, attention_spec
from s2s.forced import reading_back
from s2s.models import EMBEDDED, find_models
from s2s.page import engine, launch, parts
from s2s.page.files import progress
from s2s.page.programs import alternatives, translate
from s2s.page.registry import Registry
from s2s.page.settings import PageSettings, read_settings
from s2s.page.translate import EXAMPLES, answer, load, look, save_as, settling
from s2s.page.words import CHINESE, ENGLISH, TRANSLATIONS, WORDS, word
from s2s.result import Translation
from s2s.text import PieceModel
from s2s.translator import Translator
from s2s.view import View
from tests.scripted import let_write
from tests.tiny import SENTENCES, tiny_model

UNCHANGED = gr.skip()
STRANGE = "<b>x</b></s>😀 中文 العربية &amp; ½"


def tiny_translator(pieces, description, **changes):
    model = tiny_model(vocabulary_size=pieces.vocabulary_size, **changes)
    return Translator(Checkpoint(model, pieces, description), "123456789abc")


@pytest.fixture(scope="module")
def loaded(word_pieces, description):
    pieces = PieceModel(word_pieces)
    return {
        "tiny": tiny_translator(pieces, dataclasses.replace(description, name="tiny")),
        "plain": tiny_translator(pieces, dataclasses.replace(description, name="plain"), attention="none"),
    }


@pytest.fixture(autouse=True)
def models(monkeypatch, loaded):
    """Two models at work: `tiny` with attention, `plain` without."""
    translators = dict(loaded)
    monkeypatch.setattr(engine, "TRANSLATORS", translators)
    monkeypatch.setattr("s2s.page.translate.PAUSE_SECONDS", 1000.0)
    return translators


@pytest.fixture
def every_step(monkeypatch):
    """A scene for every step, however quickly one follows the other."""
    monkeypatch.setattr("s2s.page.translate.PAUSE_SECONDS", 0.0)


def scenes_of(text, model="tiny", beam_size=5, **more):
    """All scenes of a request, and what is kept at its end."""
    updates = list(answer({"number": 7, "text": text, "model": model, "beam_size": beam_size, **more}))
    return [json.loads(scene) for scene, _ in updates], updates[-1][1]


def last_of(text, model="tiny", beam_size=5, **more):
    scenes, kept = scenes_of(text, model, beam_size, **more)
    return scenes[-1], kept


def expected_of(models, text, beam_size=5, model="tiny"):
    return models[model].translate(text, SearchConfig(beam_size=beam_size, n_best=beam_size))


def written(scene):
    return "".join(part[0] for part in scene["answer"])


WRONG_TEXTS = {
    "empty": ("", "There is no text"),
    "blank": (" \n\t\u3000", "There is no text"),
    "too long": ("a" * 2001, "2,001 characters; at most 2,000"),
    "a megabyte": ("word " * 200_000, "1,000,000 characters; at most 2,000"),
    "half a character": ("a\ud83d", "Character 2 is half of one"),
    "NUL": ("a\0b", "Character 2 is NUL"),
}
WRONG_BEAMS = [0, 11, -1, "x", "5", None, float("nan"), float("inf"), [5]]

wrong_texts = pytest.mark.parametrize(("text", "said"), WRONG_TEXTS.values(), ids=WRONG_TEXTS)


def refusal(values):
    """The one update of a refused request: its message; what is kept stays."""
    ((scene, kept),) = answer(values)
    assert kept == UNCHANGED
    values = json.loads(scene)
    assert values.keys() == {"phase", "number", "message"}
    assert values["phase"] == "failed"
    return values["message"]


@wrong_texts
def test_a_text_that_cannot_be_taken_gives_a_message_in_both_languages_and_changes_nothing_else(text, said):
    message = refusal({"number": 1, "text": text, "model": "tiny"})
    assert said in message["en"]
    assert is_chinese(message["zh"])


def is_chinese(message):
    return any("\u4e00" <= character <= "\u9fff" for character in message)


def test_a_wrong_model_gives_a_message_that_names_those_at_hand():
    said = refusal({"number": 1, "text": "A dog", "model": "other"})["en"]
    assert said == "There is no model 'other'. Please choose one of: tiny, plain."


def test_a_long_wrong_name_is_cut():
    assert len(refusal({"number": 1, "text": "A dog", "model": "x" * 1_000_000})["en"]) < 300


@pytest.mark.parametrize(
    "values",
    [
        None,
        "text",
        [],
        {},
        {"number": 1, "model": "tiny"},
        {"number": 1, "text": 5, "model": "tiny"},
        {"number": 1, "text": "A", "model": ["tiny"]},
        {"number": "1", "text": "A", "model": "tiny"},
        {"number": 1, "text": "A", "model": "tiny", "shown": {"sentence": -1}},
        {"number": 1, "text": "A", "model": "tiny", "shown": {"view": {"units": "letters"}}},
        {"number": 1, "text": "A", "model": "tiny", "shown": {"view": {"threshold": "much"}}},
        {"number": 1, "text": "A", "model": "tiny", "shown": 5},
        {"number": 1, "text": "A", "model": "tiny", "more": 1},
        *({"number": 1, "text": "A", "model": "tiny", "beam_size": beam} for beam in WRONG_BEAMS),
    ],
    ids=repr,
)
def test_whatever_else_comes_from_outside_is_refused_with_a_message_in_both_languages(values):
    message = refusal(values)
    assert message["en"]
    assert is_chinese(message["zh"])


def test_what_a_visitor_types_never_looks_like_markup_on_its_way():
    for scene, _ in answer({"number": 1, "text": "<script>alert(1)</script>", "model": "tiny"}):
        assert "<" not in scene
    assert "<" not in next(answer({"number": 1, "text": "A", "model": "<script>"}))[0]


@pytest.mark.parametrize(
    ("text", "beam_size"),
    [
        ("A dog runs.", 1),
        ("A dog runs.", 10),
        (" A dog\n\nruns. ", 5),
        (STRANGE, 2),
        ("\u202eA \u0301dog", 5),
        ('She said: "A dog runs," and "The cat," he said.', 5),
    ],
)
def test_the_last_scene_is_the_translators_answer(models, text, beam_size):
    scene, kept = last_of(text, beam_size=beam_size)
    expected = expected_of(models, text, beam_size)
    assert kept.translation == expected
    assert (scene["phase"], scene["number"], scene["asked"]) == ("done", 7, text)
    assert written(scene) == expected.target
    assert [warning["en"] for warning in scene["warnings"]] == list(expected.warnings)
    assert scene["figure"] == json.loads(json.dumps(attention_spec(expected.sentences[0], view=View(units="words"))))
    versions = [(each.target, pytest.approx(each.score), None) for each in expected.sentences[0].hypotheses]
    assert [tuple(each.values()) for each in scene["versions"]] == versions


def test_versions_that_were_read_back_say_how_likely_the_source_was_after_them(models, monkeypatch):
    monkeypatch.setattr(models["tiny"], "read_back", lambda sources, targets: [(-0.5, -1.5)] * len(targets))
    scene, kept = last_of("A dog runs.")
    hypotheses = kept.translation.sentences[0].hypotheses
    assert [each["read_back"] for each in scene["versions"]] == [-1.0] * len(hypotheses)
    for each, version in zip(hypotheses, scene["versions"], strict=True):
        assert version["score"] == pytest.approx(np.mean(each.log_probs))
        assert each.score == pytest.approx(sum(each.log_probs) - 1.0)
    scene, kept = last_of("A dog runs.", read_back=False)
    assert {each["read_back"] for each in scene["versions"]} == {None}
    assert kept.translation.settings["read_back"] == 0


def test_the_words_of_the_source_are_found_in_the_box():
    text = "  The cat sleeps\non a <b>chair</b>. 😀 https://example.org/x?y=1 猫"
    scene, _ = last_of(text, beam_size=1)
    for number, _, begin, end in scene["source_words"]:
        assert text[begin:end].strip() == text[begin:end] != ""
        grid_words = [each for each in scene["source_words"] if each[0] == number]
        assert [each[1] for each in grid_words] == list(range(len(grid_words)))
    assert [text[begin:end] for _, _, begin, end in scene["source_words"]][:3] == ["The", "cat", "sleeps"]


def test_a_text_in_capitals_lights_up_as_any_other():
    text = "THE CAT SLEEPS ON THE OLD CHAIR."
    scene, kept = last_of(text, beam_size=1)
    (sentence,) = kept.translation.sentences
    assert sentence.in_capitals
    assert [text[begin:end] for _, _, begin, end in scene["source_words"]] == text.split()
    assert written(scene) == kept.translation.target == kept.translation.target.upper()
    assert [part[2] for part in scene["answer"] if len(part) == 4]


def test_each_word_of_the_answer_has_the_probability_of_its_pieces(models):
    scene, kept = last_of("A dog runs.\nA cat sleeps.")
    words = [part for part in scene["answer"] if len(part) == 4]
    assert {part[1] for part in words} <= {0, 1}
    for number, sentence in enumerate(kept.translation.sentences):
        mine = [part for part in words if part[1] == number]
        assert [part[2] for part in mine] == sorted(part[2] for part in mine)
        assert all(0 <= part[3] <= 1 for part in mine)
        total = np.exp(sum(sentence.best.log_probs[:-1] if len(sentence.best.log_probs) > 1 else [0]))
        if len(mine) and sentence.best.target_pieces[-1] == "</s>":
            assert np.prod([part[3] for part in mine]) == pytest.approx(total, rel=0.05, abs=1e-3)


def test_while_it_is_written_rows_come_one_after_the_other(models, monkeypatch, every_step):
    let_write(monkeypatch, models["tiny"].pieces.encode(SENTENCES[2]))
    scenes, _ = scenes_of("A dog runs.", beam_size=1)
    assert [scene["phase"] for scene in scenes] == ["busy"] * (len(scenes) - 1) + ["done"]
    assert written(scenes[-1]) == SENTENCES[2]
    assert len(scenes) > 5
    for before, after in itertools.pairwise(scenes[:-1]):
        assert written(after).startswith(written(before))
        assert len(before["rows"]) <= len(after["rows"])
        assert before["figure"]["layout"]["xaxis"] == after["figure"]["layout"]["xaxis"]
        assert before["figure"]["layout"]["margin"] == after["figure"]["layout"]["margin"]
        assert before["columns"] == after["columns"]


def test_words_around_speech_can_be_pressed_too(models, monkeypatch):
    let_write(monkeypatch, models["tiny"].pieces.encode(SENTENCES[2]))
    scene, _ = last_of('A dog said: "The cat," he ran.', beam_size=1)
    cat = SENTENCES[2].rstrip(".")
    assert written(scene) == f"{cat} : « {cat} », {cat[0].lower()}{cat[1:]}."
    words = [part for part in scene["answer"] if len(part) == 4]
    assert [tuple(part[1:3]) for part in words] == [(sentence, word) for sentence in range(3) for word in range(7)]
    assert [part[0].casefold().strip(" .") for part in words] == 3 * cat.casefold().split()


def test_scenes_are_not_sent_faster_than_they_can_be_drawn():
    scenes, _ = scenes_of("A dog runs.\nA cat sleeps.")
    assert [scene["phase"] for scene in scenes] == ["busy", "done"]


def test_a_character_spelled_in_bytes_is_shown_when_it_is_whole(models, monkeypatch, every_step):
    let_write(monkeypatch, models["tiny"].pieces.encode("Le 😀 dort"))
    scenes, _ = scenes_of("A dog runs.", beam_size=1)
    assert written(scenes[-1]) == "Le 😀 dort"
    assert not [scene for scene in scenes if "\ufffd" in written(scene)]


def test_every_part_of_what_is_kept_can_be_looked_at_in_every_way(models):
    text = "A dog runs.\n\n<i>A cat</i> sleeps on the old chair of her brother."
    _, kept = last_of(text)
    expected = expected_of(models, text)
    for number, rank, units, end in itertools.product([0, 1], [0, 2], ["words", "pieces"], [True, False]):
        view = View(units=units, end=end, scale="log")
        shown = {"sentence": number, "rank": rank, "view": dataclasses.asdict(view)}
        scene = json.loads(look(kept, {"number": 8, "shown": shown}))
        assert scene["figure"] == json.loads(json.dumps(attention_spec(expected.sentences[number], rank, view)))
        assert scene["shown"] == shown
        assert len(scene["rows"]) == len(scene["figure"]["data"][0]["z"])
        assert len(scene["columns"]) == len(scene["figure"]["layout"]["xaxis"]["ticktext"])


def test_what_is_not_there_is_shown_as_the_last_one_that_is():
    _, kept = last_of("A\nB\nC")
    scene = json.loads(look(kept, {"number": 8, "shown": {"sentence": 99, "rank": 99}}))
    assert (scene["shown"]["sentence"], scene["shown"]["rank"]) == (2, 4)
    assert look(None, {"number": 8}) == UNCHANGED


@pytest.mark.parametrize(
    "values", [None, 5, {"shown": 5}, {"shown": {"sentence": "x"}}, {"shown": {"rank": -1}}], ids=repr
)
def test_a_wrong_look_gives_a_message(values):
    _, kept = last_of("A")
    assert json.loads(look(kept, values))["phase"] == "failed"


def test_letters_are_shown_as_pieces_whatever_is_wished(models, letter_pieces, description, monkeypatch):
    letters = tiny_translator(PieceModel(letter_pieces), dataclasses.replace(description, name="letters"))
    monkeypatch.setitem(models, "letters", letters)
    scene, _ = last_of("abc", "letters")
    assert (scene["units"], scene["has_words"]) == ("pieces", False)
    assert scene["shown"]["view"]["units"] == "words"  # still wished for the next model
    assert scene["columns"] == [0, 0, 0]


def test_a_model_without_attention_shows_a_note_instead_of_weights():
    scene, kept = last_of("A dog runs.", "plain")
    assert scene["figure"]["data"] == []
    assert NO_ATTENTION.split(":")[0] in scene["figure"]["layout"]["annotations"][0]["text"]
    assert scene["rows"] == scene["columns"] == scene["weights"] == []
    assert kept.translation.sentences[0].best.attention is None


def test_what_is_said_to_the_browser_has_no_markup_and_can_be_encoded():
    values = {"name": "\ud83d.txt <b>", "text": "你好 😀"}
    told = parts.said(values)
    assert "<" not in told
    assert json.loads(told.encode().decode()) == values


def test_a_link_to_another_revision_is_said_to_be_one():
    scene, _ = last_of("A dog runs.", revision="000000000000")
    assert "made with revision 000000000000" in scene["warnings"][0]["en"]
    assert scene["warnings"][0]["zh"] != scene["warnings"][0]["en"]
    scene, _ = last_of("A dog runs.", revision="123456789abc")
    assert not [warning for warning in scene["warnings"] if "revision" in warning["en"]]


def test_another_language_is_offered_if_a_model_reads_it(models, description):
    text = "Je ne savais pas que tu savais nager, mon ami."
    assert "guess" not in last_of(text)[0]  # no model reads French
    models["back"] = tiny_translator(
        models["tiny"].pieces, dataclasses.replace(description, name="back", source_language="fr", target_language="en")
    )
    assert last_of(text)[0]["guess"] == "fr"
    assert "guess" not in last_of("I did not know that you could swim, my friend.")[0]


def test_over_the_time_limit_there_is_a_message_and_what_was_kept_stays(monkeypatch):
    monkeypatch.setattr(engine, "SETTINGS", dataclasses.replace(engine.SETTINGS, timeout_seconds=1e-6))
    *_, (scene, kept) = answer({"number": 1, "text": "A dog runs.", "model": "tiny"})
    assert "This took longer than 1e-06 seconds and was stopped." in json.loads(scene)["message"]["en"]
    assert kept == UNCHANGED
    with pytest.raises(gr.Error, match="This took longer"):
        translate("A dog runs.", "tiny")


def test_a_saved_translation_opens_as_the_picture_that_it_was(models):
    _, kept = last_of("A dog runs.\nA cat sleeps.")
    shown = {"sentence": 1, "rank": 2, "view": {"units": "pieces", "end": False, "scale": "log", "threshold": 0.3}}
    before = json.loads(look(kept, {"number": 8, "shown": shown}))
    download, stage = save_as(kept, {"number": 8, "form": "json", "shown": shown})
    assert stage == UNCHANGED
    file = json.loads(download)
    scene, reopened = load({"number": 9, "text": bytes_of(file).decode()})
    after = json.loads(scene)
    assert after.pop("opened")
    assert (before.pop("number"), after.pop("number")) == (8, 9)
    assert before == after
    assert reopened.translation == kept.translation


def bytes_of(file):
    return base64.b64decode(file["content"])


def test_a_saved_translation_of_a_model_that_is_not_here_opens_too(models):
    _, kept = last_of("A dog runs.")
    file = json.loads(save_as(kept, {"number": 8, "form": "json"})[0])
    del models["tiny"]
    scene = json.loads(load({"number": 9, "text": bytes_of(file).decode()})[0])
    assert scene["model"] == "tiny"
    assert scene["source_words"] == []
    assert scene["rows"]


@pytest.mark.parametrize("values", [None, {}, {"text": "{}"}, {"text": "[" * 100_000}, {"number": "x", "text": "{}"}])
def test_what_is_no_saved_translation_gives_a_message(values):
    scene, kept = load(values)
    assert json.loads(scene)["phase"] == "failed"
    assert kept == UNCHANGED


@pytest.mark.parametrize("values", [None, {"form": "exe"}, {"form": "csv", "shown": 5}], ids=repr)
def test_a_file_that_cannot_be_made_gives_a_message(values):
    _, kept = last_of("A dog runs.")
    download, scene = save_as(kept, values)
    assert download == UNCHANGED
    assert json.loads(scene)["phase"] == "failed"
    assert save_as(None, values) == (UNCHANGED, UNCHANGED)


def test_the_interface_for_programs_gives_the_translators_answer(models):
    values = translate("A dog\nruns.", "tiny", 3)
    expected = models["tiny"].translate("A dog\nruns.", SearchConfig(beam_size=3))
    assert values | {"timing_ms": 0} == expected.to_plain() | {"timing_ms": 0}
    assert Translation.from_json(json.dumps(values)) == expected


def file_of(content, name="a.txt", **more):
    encoded = base64.b64encode(content).decode()
    return [
        json.loads(told) for told in progress({"number": 3, "name": name, "content": encoded, "model": "tiny", **more})
    ]


def test_a_file_is_translated_line_by_line(models, monkeypatch):
    monkeypatch.setattr("s2s.page.files.LINES_AT_ONCE", 2)
    lines = ["A dog runs.", "", "A" * 3000, "A cat sleeps.", "A\0", "A dog runs."]
    told = file_of("\n".join(lines).encode() + b"\n\xff\n", beam_size=2)
    assert [(each["phase"], each["done"], each["total"]) for each in told] == [
        ("busy", 0, 5),
        ("busy", 2, 5),
        ("busy", 4, 5),
        ("done", 5, 5),
    ]
    assert told[0]["seconds_left"] is None
    assert told[1]["seconds_left"] > 0
    written = bytes_of(told[-1]).decode().split("\n")
    expected = [models["tiny"].translate(text, SearchConfig(beam_size=2)).target for text in (lines[0], lines[3])]
    assert (written[0], written[3], written[5]) == (expected[0], expected[1], expected[0])
    assert written[1:3] == lines[1:3]
    assert told[-1]["name"] == "a.fr.txt"
    assert [line for line, _ in told[-1]["broken"]] == [3, 5, 7]
    assert all(is_chinese(reason["zh"]) for _, reason in told[-1]["broken"])
    assert told[-1]["broken_count"] == 3


@pytest.mark.parametrize(
    "values",
    [None, {}, *({"number": 1, "name": "a.txt", "content": text, "model": "tiny"} for text in ("?", "§§", "\ud800"))],
    ids=ascii,
)
def test_a_file_that_is_none_gives_a_message(values):
    (told,) = progress(values)
    assert json.loads(told)["phase"] == "failed"


def test_a_file_for_no_model_or_with_a_wrong_beam_gives_a_message():
    assert "There is no model" in file_of(b"A", model="none")[0]["message"]["en"]
    assert "The beam size" in file_of(b"A", beam_size=99)[0]["message"]["en"]
    assert "A file is one of" in file_of(b"A", name="a.exe")[0]["message"]["en"]


@wrong_texts
def test_the_interface_for_programs_raises_the_same_message(text, said):
    with pytest.raises(gr.Error, match=said):
        translate(text, "tiny")


@pytest.mark.parametrize("beam_size", WRONG_BEAMS, ids=repr)
def test_the_interface_for_programs_refuses_a_wrong_beam_size(beam_size):
    with pytest.raises(gr.Error, match="The beam size must be from 1 to 10"):
        translate("A dog", "tiny", beam_size)


def test_a_program_that_names_no_model_gets_the_first_one(models):
    assert translate("A dog runs.")["model"] == next(iter(models))


def test_the_interface_for_programs_refuses_a_wrong_model():
    with pytest.raises(gr.Error, match="There is no model 'other'"):
        translate("A dog", "other")


@pytest.mark.parametrize(("text", "model"), [(5, "tiny"), (["A"], "tiny"), ("A", ["tiny"]), ("A", {})])
def test_the_interface_for_programs_names_a_value_of_another_kind(text, model):
    with pytest.raises(gr.Error):
        translate(text, model)


@pytest.mark.parametrize("beginning", [True, 5, "A dog", {"A": 1}, [["A"]]])
def test_a_beginning_that_is_no_list_of_pieces_is_named(models, beginning):
    with pytest.raises(gr.Error, match="The beginning is a list of pieces"):
        alternatives("A dog runs.", beginning)


@pytest.mark.parametrize("count", [True, 0, 51, "3"])
def test_a_wrong_number_of_alternatives_is_named(models, count):
    with pytest.raises(gr.Error, match="The number of alternatives must be from 1 to 50"):
        alternatives("A dog runs.", None, "tiny", count)


SAME_IN_BOTH = {"compare_exposure_bleu", "comma", "compare_aer", "compare_p", "iso", "read_cell"}
"""Words that are signs alone."""


def test_every_word_has_both_languages():
    for name, words in WORDS.items():
        assert len(words) == 2, name
        assert all(isinstance(text, str) and text for text in words), name
        assert name == "comma" or all(text.strip() == text for text in words), name
        blanks = [sorted(re.findall(r"\{\w+\}", text)) for text in words]
        assert blanks[0] == blanks[1], name
    assert ENGLISH.keys() == CHINESE.keys() == WORDS.keys()


def test_every_chinese_word_is_chinese_and_no_english_one_is():
    def is_chinese(text):
        return any("\u4e00" <= character <= "\u9fff" for character in text)

    assert not [name for name, text in ENGLISH.items() if is_chinese(text)]
    assert {name for name, text in CHINESE.items() if not is_chinese(text)} == SAME_IN_BOTH


def test_gradio_knows_the_words_of_every_chinese_browser():
    translations = TRANSLATIONS.translations_dict
    assert translations["en"] == ENGLISH
    assert translations["zh"] == translations["zh-CN"] == CHINESE


def test_an_unknown_word_is_an_error():
    with pytest.raises(KeyError):
        word("no such word")


VARIABLES = {
    "port": "S2S_PORT",
    "device": "S2S_DEVICE",
    "engine": "S2S_ENGINE",
    "workers": "S2S_WORKERS",
    "waiting": "S2S_WAITING",
    "timeout_seconds": "S2S_TIMEOUT_SECONDS",
    "models": "S2S_MODELS",
    "visitor_models": "S2S_VISITOR_MODELS",
    "trainings": "S2S_TRAIN",
    "hosts": "S2S_HOSTS",
    "metrics_token": "S2S_METRICS_TOKEN",
    "grid": "S2S_GRID",
}
NO_NUMBERS = ("device", "engine", "models", "hosts", "metrics_token", "grid")


@pytest.fixture
def environment(monkeypatch):
    """Sets variables, after all of ours are gone."""
    for name in VARIABLES.values():
        monkeypatch.delenv(name, raising=False)
    return monkeypatch.setenv


def test_an_empty_environment_gives_the_defaults(environment):
    assert read_settings() == PageSettings()
    for name in VARIABLES.values():
        environment(name, "")
    assert read_settings() == PageSettings()


def test_every_setting_has_a_variable(environment):
    assert set(VARIABLES) == {field.name for field in dataclasses.fields(PageSettings)}
    values = (
        "1234",
        "cpu",
        "torch",
        "2",
        "10",
        "2.5",
        "ada/en-fr, models/x,",
        "0",
        "3",
        "Ada.Example,",
        "key",
        "runs/grid",
    )
    for name, value in zip(VARIABLES.values(), values, strict=True):
        environment(name, value)
    assert read_settings() == PageSettings(
        port=1234,
        device="cpu",
        engine="torch",
        workers=2,
        waiting=10,
        timeout_seconds=2.5,
        models=("ada/en-fr", "models/x"),
        visitor_models=0,
        trainings=3,
        hosts=("ada.example",),
        metrics_token="key",
        grid="runs/grid",
    )


@pytest.mark.parametrize("name", [name for field, name in VARIABLES.items() if field not in NO_NUMBERS])
@pytest.mark.parametrize("value", ["x", "nan", "inf", "-1", "0.01", "1e9", "１０x", "7860;"])
def test_a_wrong_number_is_named_with_its_variable(environment, name, value):
    environment(name, value)
    with pytest.raises(ConfigError, match=f"{name} must be a number from .* to .*, got '{value}'"):
        read_settings()


def test_an_engine_that_is_none_is_named_with_its_variable(environment):
    environment("S2S_ENGINE", "steam")
    with pytest.raises(ConfigError, match="S2S_ENGINE must be one of auto, torch, onnx, got 'steam'"):
        read_settings()


@pytest.mark.parametrize("name", ["S2S_PORT", "S2S_WORKERS", "S2S_WAITING", "S2S_VISITOR_MODELS", "S2S_TRAIN"])
def test_half_a_worker_is_refused(environment, name):
    environment(name, "2.5")
    with pytest.raises(ConfigError, match=name):
        read_settings()


def test_every_checkpoint_at_hand_is_loaded(monkeypatch, models):
    loaded, made = [], Registry(None, 0)
    monkeypatch.setattr(engine, "TRANSLATORS", made.translators)
    monkeypatch.setattr(engine, "MODELS", made)
    monkeypatch.setattr(engine, "find_models", lambda: dict.fromkeys(["b", "a"]))
    monkeypatch.setattr(engine.Translator, "load", lambda *given: loaded.append(given) or models["tiny"])
    monkeypatch.setattr(engine, "SETTINGS", PageSettings(device="cpu", engine="torch"))
    engine.load_models()
    assert list(made.translators) == ["b", "a"]
    assert loaded == [(engine.EMBEDDED / name, "cpu", "torch") for name in ("b", "a")]


def test_models_of_opposite_directions_read_each_other_back(monkeypatch, models, word_pieces, description):
    def model(name, seed, **languages):
        return tiny_translator(
            PieceModel(word_pieces), dataclasses.replace(description, name=name, **languages), seed=seed
        )

    made = Registry(None, 0)
    at_hand = {
        "en-fr": model("en-fr", 1),
        "fr-en": model("fr-en", 2, source_language="fr", target_language="en"),
        "en-de": model("en-de", 3, target_language="de"),
        "headline": model("headline", 4, target_language="en", task="summarization"),
    }
    monkeypatch.setattr(engine, "TRANSLATORS", made.translators)
    monkeypatch.setattr(engine, "MODELS", made)
    monkeypatch.setattr(engine, "find_models", lambda: dict.fromkeys(at_hand))
    monkeypatch.setattr(engine.Translator, "load", lambda folder, *given: at_hand[folder.name])
    engine.load_models()
    assert [name for name, each in at_hand.items() if each.read_back is not None] == ["en-fr", "fr-en"]
    for name, other in (("en-fr", "fr-en"), ("fr-en", "en-fr")):
        asked = at_hand[name].read_back(["a cat"], ["a dog"])
        assert asked == reading_back(at_hand[other])(["a cat"], ["a dog"])


def test_a_damaged_checkpoint_is_named_and_the_others_are_at_work(monkeypatch, tmp_path):
    for name in ("bad", "good"):
        shutil.copytree(EMBEDDED / "reverse-tiny", tmp_path / name)
    with (tmp_path / "bad" / "model.safetensors").open("r+b") as file:
        file.truncate(1000)
    made = Registry(None, 0)
    monkeypatch.setattr(engine, "TRANSLATORS", made.translators)
    monkeypatch.setattr(engine, "MODELS", made)
    monkeypatch.setattr(engine, "EMBEDDED", tmp_path)
    monkeypatch.setattr(engine, "find_models", lambda: find_models(tmp_path))
    engine.load_models()
    assert list(made.translators) == ["good"]
    assert "bad/model.safetensors is damaged" in made.trouble("bad")
    assert str(tmp_path) not in repr(made.catalogue())


def test_without_any_checkpoint_there_is_a_clear_error(monkeypatch):
    monkeypatch.setattr(engine, "TRANSLATORS", {})
    monkeypatch.setattr(engine, "find_models", dict)
    with pytest.raises(CheckpointError, match=r"there is no model in .*checkpoints"):
        engine.load_models()


def built_page():
    # Without a running event loop Gradio makes several of its own and never closes them.
    async def build():
        return launch.build_page()

    return asyncio.run(build())


def test_the_page_opens_with_an_example_of_the_first_model_already_worked(models):
    page = built_page()
    by_name = {block.elem_id: block for block in page.blocks.values() if getattr(block, "elem_id", None)}
    scene = json.loads(by_name["stage"].value)
    assert by_name["source"].value == scene["asked"] == EXAMPLES["en"][0]
    assert written(scene) == expected_of(models, EXAMPLES["en"][0]).target
    offered = by_name["direction"].props["models"]
    assert [model["name"] for model in offered] == ["tiny", "plain"]
    parts = {"header", "direction", "answer", "notices", "examples", "figure", "settings", "stage"}
    assert parts | {"source", "go", "stop"} <= set(by_name)


def test_visitors_of_another_language_find_an_example_of_theirs_and_it_is_kept(monkeypatch, models):
    monkeypatch.setattr("s2s.page.translate.DEFAULT_MODELS", {"zh": "plain", "fr": "none-such"})
    page = built_page()
    (stage,) = [block for block in page.blocks.values() if getattr(block, "elem_id", None) == "stage"]
    assert set(stage.props["worked"]) == {"zh"}
    assert json.loads(stage.props["worked"]["zh"])["model"] == "plain"
    keep = settling({"zh": ("a scene", "what is kept")})
    assert keep(gr.EventData(None, "zh")) == "what is kept"
    assert keep(gr.EventData(None, ["zh"])) == keep(gr.EventData(None, "de")) == gr.skip()


def test_only_five_names_are_offered_to_programs():
    public = [
        function.api_name
        for function in built_page().fns.values()
        if function.api_visibility == "public" and function.api_name
    ]
    assert public == ["translate", "alternatives", "align", "chat", "models"]


def test_a_model_of_any_language_can_be_hosted(monkeypatch, models, description):
    other = dataclasses.replace(description, source_language="eo", target_language="la")
    monkeypatch.setattr(engine, "TRANSLATORS", {"eo-la": tiny_translator(models["tiny"].pieces, other)})
    page = built_page()
    (direction,) = [block for block in page.blocks.values() if getattr(block, "elem_id", None) == "direction"]
    assert [(model["source"], model["target"]) for model in direction.props["models"]] == [("eo", "la")]
