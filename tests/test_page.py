"""The page's handlers, called as plain functions, without a server."""

import asyncio
import dataclasses
import itertools
import json

import gradio as gr
import numpy as np
import pytest

from s2s.checkpoint import Checkpoint
from s2s.config import SearchConfig
from s2s.errors import CheckpointError, ConfigError
from s2s.figures import NO_ATTENTION, label
from s2s.page import engine, launch
from s2s.page.registry import Registry
from s2s.page.settings import PageSettings, read_settings
from s2s.page.translate import EXAMPLES, answer, complete, draw, message, translate
from s2s.page.words import CHINESE, ENGLISH, TRANSLATIONS, WORDS, word
from s2s.result import Translation
from s2s.text import PieceModel
from s2s.translator import Translator
from tests.scripted import let_write
from tests.tiny import SENTENCES, tiny_model

UNCHANGED = gr.skip()
STRANGE = "<b>x</b></s>😀 中文 العربية &amp;"


def tiny_translator(pieces, description, **changes):
    model = tiny_model(vocabulary_size=pieces.vocabulary_size, **changes)
    return Translator(Checkpoint(model, pieces, description), "123456789abc")


@pytest.fixture(autouse=True)
def models(monkeypatch, word_pieces, description):
    """Two models at work: `tiny` with attention, `plain` without."""
    pieces = PieceModel(word_pieces)
    translators = {
        "tiny": tiny_translator(pieces, description),
        "plain": tiny_translator(pieces, dataclasses.replace(description, name="plain"), attention="none"),
    }
    monkeypatch.setattr(engine, "TRANSLATORS", translators)
    return translators


def last_update(text, model="tiny", beam_size=5):
    *_, update = answer(text, model, beam_size)
    return update


def z_of(figure):
    return np.array(figure.data[0].z, dtype=np.float32)


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


def refusal(text, model="tiny", beam_size=5):
    """The one update of a refused request: its message; all that stood on the page stays."""
    (update,) = answer(text, model, beam_size)
    target, said, *others = update
    assert [target, *others] == [UNCHANGED] * 5
    assert said.startswith("<p>")
    return said


@wrong_texts
def test_a_text_that_cannot_be_taken_gives_a_message_and_changes_nothing_else(text, said):
    assert said in refusal(text)


def test_a_wrong_model_gives_a_message_that_names_those_at_hand():
    assert "There is no model &#x27;other&#x27;. Please choose one of: tiny, plain." in refusal("A dog", "other")
    assert "There is no model None" in refusal("A dog", None)


def test_a_long_wrong_name_is_cut():
    assert len(refusal("A dog", "x" * 1_000_000)) < 300


@pytest.mark.parametrize("beam_size", WRONG_BEAMS, ids=repr)
def test_a_wrong_beam_size_gives_a_message(beam_size):
    assert "The beam size must be from 1 to 10, got" in refusal("A dog", beam_size=beam_size)


def test_markup_in_a_message_is_escaped():
    said = refusal("A dog", "<script>alert(1)</script>")
    assert "<script>" not in said
    assert "&lt;script&gt;" in said


def test_a_message_is_a_paragraph_a_line_and_nothing_for_none():
    assert message() == ""
    assert message("a < b", "c & d") == "<p>a &lt; b</p><p>c &amp; d</p>"


@pytest.mark.parametrize("beam_size", [1, 5, 10])
@pytest.mark.parametrize("text", ["A dog runs.", "A dog\n\nruns.", STRANGE, "\u202eA \u0301dog"])
def test_the_last_update_is_the_translators_answer(models, text, beam_size):
    target, said, chooser, figure, table, kept = last_update(text, beam_size=beam_size)
    expected = models["tiny"].translate(text, SearchConfig(beam_size=beam_size))
    assert kept == expected
    assert target == expected.target
    assert said == message(*expected.warnings)
    assert chooser.visible == (len(expected.sentences) > 1)
    assert np.array_equal(z_of(figure), expected.sentences[0].best.attention)
    for piece in [*expected.sentences[0].source_pieces, *expected.sentences[0].best.target_pieces]:
        assert f">{label(piece)}</th>" in table


def test_a_beam_size_of_one_is_greedy_search(models):
    greedy = models["tiny"].translate("A dog runs.", SearchConfig(beam_size=1))
    assert last_update("A dog runs.", beam_size=1)[0] == greedy.target
    assert last_update("A dog runs.", beam_size=1.0)[5].settings["beam_size"] == 1


def test_while_it_is_written_only_the_text_changes_and_an_old_message_goes():
    *streamed, _ = answer("A dog runs.\nA cat sleeps.", "tiny", 5)
    assert streamed
    for target, said, *others in streamed:
        assert isinstance(target, str)
        assert said == ""
        assert others == [UNCHANGED] * 4


def test_no_text_is_sent_twice_while_it_is_written():
    *streamed, _ = (update[0] for update in answer("A dog runs.\nA cat sleeps.", "tiny", 5))
    assert all(before != after for before, after in itertools.pairwise(streamed))


def test_greedy_text_only_grows(models, monkeypatch):
    let_write(monkeypatch, models["tiny"].pieces.encode(SENTENCES[2]))
    streamed = [update[0] for update in answer("A dog runs.", "tiny", 1)]
    assert streamed[-1] == SENTENCES[2]
    assert len(streamed) > 5
    assert all(after.startswith(before) for before, after in itertools.pairwise(streamed))


def test_a_character_spelled_in_bytes_is_shown_when_it_is_whole(models, monkeypatch):
    let_write(monkeypatch, models["tiny"].pieces.encode("Le 😀 dort"))
    streamed = [update[0] for update in answer("A dog runs.", "tiny", 1)]
    assert streamed[-1] == "Le 😀 dort"
    assert not [text for text in streamed if "\ufffd" in text]


def test_each_sentence_of_several_lines_can_be_chosen(models):
    text = "A dog runs.\n\n<i>A cat</i> sleeps on the old chair of her brother.\nA dog runs."
    _, _, chooser, _, _, kept = last_update(text)
    assert chooser.visible
    assert chooser.value == 0
    labels, numbers = zip(*chooser.choices, strict=True)
    assert numbers == (0, 1, 2)
    assert labels == ("1. A dog runs.", "2. <i>A cat</i> sleeps on the old chair of ", "3. A dog runs.")
    for number in numbers:
        figure, table = draw(kept, number)
        chosen = kept.sentences[number]
        assert np.array_equal(z_of(figure), chosen.best.attention)
        assert list(figure.layout.xaxis.ticktext) == [label(piece) for piece in chosen.source_pieces]
        assert f">{label(chosen.source_pieces[-1])}</th>" in table
    assert np.array_equal(
        z_of(draw(kept, 1)[0]), models["tiny"].translate(text.split("\n")[2]).sentences[0].best.attention
    )


@pytest.mark.parametrize("number", [-1, 3, 99])
def test_a_sentence_that_is_not_there_changes_nothing(number):
    kept = last_update("A\nB\nC")[5]
    assert draw(kept, number) == (UNCHANGED, UNCHANGED)
    assert draw(None, 0) == (UNCHANGED, UNCHANGED)


def test_the_warnings_of_an_answer_stand_in_the_message(models, description):
    kept = last_update("A dog runs " * 10)[5]
    assert len(kept.sentences[0].source_pieces) > description.training_length
    _, said, *_ = complete(kept)
    assert said == "".join(f"<p>{warning}</p>" for warning in kept.warnings)
    assert f"at most {description.training_length}" in said


def test_a_model_without_attention_shows_a_note_instead_of_weights():
    _, _, _, figure, table, kept = last_update("A dog runs.", "plain")
    assert figure.data == ()
    assert "no attention" in figure.layout.annotations[0].text
    assert NO_ATTENTION in table
    assert kept.sentences[0].best.attention is None


def test_over_the_time_limit_there_is_a_message_and_the_old_figure_stays(monkeypatch):
    monkeypatch.setattr(engine, "SETTINGS", dataclasses.replace(engine.SETTINGS, timeout_seconds=1e-6))
    *streamed, (target, said, *others) = answer("A dog runs.", "tiny", 5)
    assert "This took longer than 1e-06 seconds and was stopped." in said
    assert [target, *others] == [UNCHANGED] * 5
    assert len(streamed) <= 1
    with pytest.raises(gr.Error, match="This took longer"):
        translate("A dog runs.", "tiny")


def test_the_interface_for_programs_gives_the_translators_answer(models):
    values = translate("A dog\nruns.", "tiny", 3)
    expected = models["tiny"].translate("A dog\nruns.", SearchConfig(beam_size=3))
    assert values | {"timing_ms": 0} == expected.to_plain() | {"timing_ms": 0}
    assert Translation.from_json(json.dumps(values)) == expected


@wrong_texts
def test_the_interface_for_programs_raises_the_same_message(text, said):
    with pytest.raises(gr.Error, match=said):
        translate(text, "tiny")


@pytest.mark.parametrize("beam_size", WRONG_BEAMS, ids=repr)
def test_the_interface_for_programs_refuses_a_wrong_beam_size(beam_size):
    with pytest.raises(gr.Error, match="The beam size must be from 1 to 10"):
        translate("A dog", "tiny", beam_size)


def test_the_interface_for_programs_refuses_a_wrong_model():
    with pytest.raises(gr.Error, match="There is no model 'other'"):
        translate("A dog", "other")


@pytest.mark.parametrize(("text", "model"), [(5, "tiny"), (["A"], "tiny"), ("A", ["tiny"]), ("A", {})])
def test_the_interface_for_programs_names_a_value_of_another_kind(text, model):
    with pytest.raises(gr.Error):
        translate(text, model)


def test_every_word_has_both_languages():
    for name, words in WORDS.items():
        assert len(words) == 2, name
        assert all(isinstance(text, str) and text.strip() == text != "" for text in words), name
    assert ENGLISH.keys() == CHINESE.keys() == WORDS.keys()


def test_every_chinese_word_is_chinese_and_no_english_one_is():
    def is_chinese(text):
        return any("\u4e00" <= character <= "\u9fff" for character in text)

    assert not [name for name, text in ENGLISH.items() if is_chinese(text)]
    assert [name for name, text in CHINESE.items() if not is_chinese(text)] == []


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
}
NO_NUMBERS = ("device", "engine", "models")


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
    values = ("1234", "cpu", "torch", "2", "10", "2.5", "ada/en-fr, models/x,", "0")
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


@pytest.mark.parametrize("name", ["S2S_PORT", "S2S_WORKERS", "S2S_WAITING", "S2S_VISITOR_MODELS"])
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
    expected = models["tiny"].translate(EXAMPLES["en"][0])
    assert by_name["source"].value == EXAMPLES["en"][0]
    assert by_name["target"].value == expected.target
    assert by_name["heat"].value is not None
    assert [value for _, value in by_name["model"].choices] == ["tiny", "plain"]
    named = {"model", "source", "target", "go", "stop", "message", "examples", "sentence", "heat", "numbers"}
    assert named | {"settings", "beam"} <= set(by_name)


def test_only_one_name_is_offered_to_programs():
    public = [
        function.api_name
        for function in built_page().fns.values()
        if function.api_visibility == "public" and function.api_name
    ]
    assert public == ["translate"]


def test_a_model_of_any_language_can_be_hosted(monkeypatch, models, description):
    german = dataclasses.replace(description, source_language="de", target_language="eo")
    monkeypatch.setattr(engine, "TRANSLATORS", {"de-eo": tiny_translator(models["tiny"].pieces, german)})
    page = built_page()
    labels = {block.elem_id: block.label for block in page.blocks.values() if isinstance(block, gr.Textbox)}
    assert (labels["source"], labels["target"]) == ("de", "eo")
