"""The list of models on the page, and how the page asks them; without a server."""

import dataclasses
import json
import pickle
import threading

import gradio as gr
import pytest
import torch

from s2s.config import SearchConfig
from s2s.errors import S2SError, TextError
from s2s.page import engine, models
from s2s.page.registry import Registry
from s2s.translator import Translator
from tests.test_registry import settle

TEXT = "A dog runs."


def load(folder):
    return Translator.load(folder, "cpu", "torch")


@pytest.fixture(autouse=True)
def offered(hub, monkeypatch, tiny_checkpoint):
    """The page's models: `tiny` at work, `ada/tiny` on the Hub."""
    made = Registry(load, 2)
    made.offer("tiny", load(tiny_checkpoint))
    hub.offer("ada/tiny", tiny_checkpoint)
    monkeypatch.setattr(engine, "TRANSLATORS", made.translators)
    monkeypatch.setattr(engine, "MODELS", made)
    monkeypatch.setattr(engine, "IS_OPEN", threading.Event())
    yield made
    hub.stop()
    settle()


def ask(model, text=TEXT):
    *_, last = engine.stream(model, text, SearchConfig())
    return last


def test_a_model_that_was_added_is_asked_by_its_name(offered):
    name = engine.add("ada/tiny")
    settle()
    assert ask(name) == ask("tiny")


def test_why_a_model_cannot_be_asked_is_said_and_no_visitors_model_is_named(offered):
    offered.bring("ada/none")
    engine.add("ada/tiny")
    settle()
    with pytest.raises(S2SError, match="The model ada/none cannot be used: the Hub has no model ada/none"):
        ask("ada/none")
    with pytest.raises(S2SError, match=r"^There is no model 'x'\. Please choose one of: tiny\.$"):
        ask("x")


def test_the_models_of_the_setting_come_in_the_background(monkeypatch, offered):
    monkeypatch.setattr(engine, "SETTINGS", dataclasses.replace(engine.SETTINGS, models=("ada/tiny", "ada/none")))
    engine.open_to_visitors()
    settle()
    assert [(entry.name, entry.state) for entry in engine.catalogue()] == [
        ("tiny", "ready"),
        ("ada/tiny", "ready"),
        ("ada/none", "failed"),
    ]


def told(value):
    """What the browser is told: the entries by name, and the message."""
    values = json.loads(value)
    return {entry["name"]: entry for entry in values["entries"]}, values.get("message")


def test_a_visitor_is_told_of_every_model(offered):
    entries, message = told(models.look(()))
    assert entries == {
        "tiny": {
            "name": "tiny",
            "title": "Random weights",
            "source": "en",
            "target": "fr",
            "task": "text",
            "state": "ready",
            "share": 1.0,
            "reason": {"en": "", "zh": ""},
        }
    }
    assert message is None
    assert "message" not in json.loads(models.look(()))  # one that stands there stays


def test_what_a_visitor_adds_is_told_to_that_visitor_alone(offered):
    added, value = models.put((), {"name": "ada/tiny"})
    assert added == ("ada/tiny",)
    assert told(value)[0]["ada/tiny"]["state"] in ("waiting", "downloading", "ready")
    settle()
    entries, _ = told(models.look(added))
    assert (entries["ada/tiny"]["state"], entries["ada/tiny"]["title"]) == ("ready", "Random weights (ada/tiny)")
    assert list(told(models.look(()))[0]) == ["tiny"]
    assert models.put(added, {"name": "ada/tiny"})[0] == added


@pytest.mark.parametrize(
    "values", [{"name": "<b>x</b>"}, {"name": None}, {}, None, [], {"name": ["ada/tiny"]}, "x" * 10]
)
def test_what_cannot_be_added_gives_a_message_in_both_languages(offered, values):
    added, value = models.put((), values)
    entries, message = told(value)
    assert added == ()
    assert list(entries) == ["tiny"]
    assert "is no name on the Hub" in message["en"]
    assert "<" not in value


def test_one_that_fails_says_why(offered):
    added, _ = models.put((), {"name": "ada/none"})
    settle()
    entry = told(models.look(added))[0]["ada/none"]
    assert entry["state"] == "failed"
    assert entry["reason"]["en"] == "the Hub has no model ada/none that everybody may see: check the name"


@pytest.fixture
def lent(monkeypatch, offered):
    """A host that lends a GPU for a call, which is this CPU: all that comes back has been pickled, and of an error
    only its kind comes, as from the process of ZeroGPU (spaces 0.51, zero/wrappers.py)."""
    translator, asked = engine.TRANSLATORS["tiny"], []
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    engine.IS_OPEN.set()
    monkeypatch.setattr(translator, "device", torch.device("cuda"))

    def call(*arguments):
        asked.append(engine._lent_seconds(*arguments))
        translator.device = torch.device("cpu")
        try:
            for found in engine._in_fork(*pickle.loads(pickle.dumps(arguments))):
                yield pickle.loads(pickle.dumps(found))
        except Exception as error:
            raise gr.Error(type(error).__name__) from None
        finally:
            translator.device = torch.device("cuda")

    monkeypatch.setattr(engine, "_on_lent_gpu", call)
    return asked


def test_on_a_lent_gpu_the_steps_stream_and_the_time_asked_for_is_short(lent, tiny_checkpoint):
    expected = [found.target for found in load(tiny_checkpoint).stream(TEXT, SearchConfig())]
    assert [found.target for found in engine.stream("tiny", TEXT, SearchConfig())] == expected
    ask("tiny", "word " * 100)
    assert lent == [5, 9]


def test_what_the_page_asks_before_it_is_open_is_computed_on_the_cpu(lent, monkeypatch, tiny_checkpoint):
    monkeypatch.setattr(engine, "EMBEDDED", tiny_checkpoint.parent)
    engine.IS_OPEN.clear()
    assert ask("tiny") == Translator.load(tiny_checkpoint, "cpu").translate(TEXT)
    assert lent == []


def test_a_mistake_is_told_in_full_though_another_process_found_it(lent, monkeypatch):
    monkeypatch.setattr(engine, "SETTINGS", dataclasses.replace(engine.SETTINGS, timeout_seconds=1e-6))
    with pytest.raises(S2SError, match="This took longer than 1e-06 seconds"):
        ask("tiny")


@pytest.mark.parametrize("text", ["", "word " * 200_000])
def test_no_gpu_is_asked_for_with_a_text_that_cannot_be_taken(lent, text):
    with pytest.raises(TextError):
        ask("tiny", text)
    assert lent == []


def test_a_model_that_came_later_computes_on_the_cpu_of_such_a_host(lent, monkeypatch, tiny_checkpoint):
    devices, translator = [], load(tiny_checkpoint)
    monkeypatch.setattr(engine.Translator, "load", lambda *given: devices.append(given[1]) or translator)
    monkeypatch.setattr(engine, "SETTINGS", dataclasses.replace(engine.SETTINGS, device="cuda"))
    engine._load_later(tiny_checkpoint)
    monkeypatch.delenv("SPACES_ZERO_GPU")
    engine._load_later(tiny_checkpoint)
    assert devices == ["cpu", "cuda"]


@pytest.mark.parametrize(
    ("device", "host", "shares"),
    [("cpu", "", True), ("cuda", "", True), ("cpu", "true", True), ("cuda", "true", False)],
)
def test_requests_share_a_search_but_not_on_a_gpu_that_is_lent_to_one_of_them(
    device, host, shares, monkeypatch, tiny_checkpoint
):
    monkeypatch.setenv("SPACES_ZERO_GPU", host)
    translator, noted = load(tiny_checkpoint), []
    expected = translator.translate(TEXT)
    translator.device = torch.device(device)
    monkeypatch.setattr(engine.records, "note_step", lambda *counts: noted.append(counts))
    engine.share(translator)
    translator.device = torch.device("cpu")
    assert translator.translate(TEXT) == expected
    assert bool(noted) == shares


@pytest.mark.gpu
def test_on_a_gpu_the_page_answers_as_on_the_cpu(offered, tiny_checkpoint):
    offered.offer("gpu", engine.share(Translator.load(tiny_checkpoint, "cuda")))
    assert ask("gpu").target == ask("tiny").target
