"""The list of models on the page, and how the page asks them; without a server."""

import asyncio
import dataclasses
import pickle
import re
import threading
from types import SimpleNamespace

import gradio as gr
import pytest
import torch

from s2s.config import SearchConfig
from s2s.errors import S2SError, TextError
from s2s.page import engine, models
from s2s.page.models import Seen, add, listing, opened, refresh
from s2s.page.registry import Entry, Registry
from s2s.page.settings import PageSettings
from s2s.page.words import CHINESE, ENGLISH
from s2s.translator import Translator
from tests.test_registry import settle

TEXT = "A dog runs."
NOBODY = SimpleNamespace(headers={})
CHINESE_BROWSER = SimpleNamespace(headers={"accept-language": "zh-CN,zh;q=0.9,en;q=0.8"})


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


def parts(update):
    """By name: what a visitor has seen, the section, its list, the choice of models, the timer."""
    return dict(zip(("seen", "section", "rows", "choice", "timer"), update, strict=True))


def test_a_visitor_sees_every_model_and_the_list_rests_when_all_have_come(offered):
    shown = parts(opened(NOBODY))
    assert shown["seen"] == Seen((), ("tiny",))
    assert shown["section"].label == "Models"
    assert re.sub("<[^>]*>", "", shown["rows"]).split() == ["Random", "weights", "tiny", "Ready"]
    assert shown["choice"].choices == [("Random weights", "tiny")]
    assert not shown["timer"].active
    assert parts(refresh(shown["seen"], NOBODY))["choice"] == gr.skip()


def test_what_a_visitor_adds_joins_that_visitors_list_and_choice(offered):
    text, said, *update = add("ada/tiny", opened(NOBODY)[0], NOBODY)
    assert (text, said) == ("", "")
    shown = parts(update)
    assert shown["seen"].added == ("ada/tiny",)
    assert shown["timer"].active
    settle()
    shown = parts(refresh(shown["seen"], NOBODY))
    assert [value for _, value in shown["choice"].choices] == ["tiny", "ada/tiny"]
    assert not shown["timer"].active
    assert "ada/tiny" not in opened(NOBODY)[2]  # another visitor
    again = parts(add("ada/tiny", shown["seen"], NOBODY)[2:])
    assert again["seen"].added == ("ada/tiny",)


def test_what_cannot_be_added_gives_a_message_and_keeps_the_text(offered):
    text, said, *update = add("<b>x</b>", Seen(), NOBODY)
    assert text == "<b>x</b>"
    assert said.startswith("<p>&#x27;&lt;b&gt;x&lt;/b&gt;&#x27; is no name on the Hub")
    assert parts(update)["seen"].added == ()


def test_one_that_fails_says_why_and_the_heading_says_that_there_is_one(offered):
    update = add("ada/none", Seen(), NOBODY)[2:]
    settle()
    shown = parts(refresh(parts(update)["seen"], NOBODY))
    assert shown["section"].label == "Models · 1 not available"
    assert "The Hub has no model ada/none that everybody may see" in shown["rows"]
    assert shown["seen"].choice == ("tiny",)


def test_what_a_model_says_of_itself_is_shown_and_not_run():
    entries = [
        Entry(name="a/<b>", title="<script>alert(1)</script>", state="ready"),
        Entry(name="a/b", state="failed", reason="<img src=x onerror=alert(1)>"),
    ]
    html = listing(entries, ENGLISH)
    assert not re.search(r"<(?!/?(ul|li|b|code|span|p)\b)", html)
    assert "&lt;script&gt;" in html


def test_progress_is_a_share_that_a_screen_reader_can_read():
    html = listing([Entry(name="a/b", state="downloading", share=0.416)], ENGLISH)
    assert '<progress value="0.416" aria-label="Downloading"></progress> 42%' in html


def test_a_chinese_browser_gets_the_list_in_chinese(offered):
    shown = parts(opened(CHINESE_BROWSER))
    assert shown["section"].label == CHINESE["models"]
    assert CHINESE["model_ready"] in shown["rows"]


def built(monkeypatch, **settings):
    """The names of what is laid out with these settings."""
    monkeypatch.setattr(engine, "SETTINGS", dataclasses.replace(PageSettings(), **settings))

    async def build():
        with gr.Blocks(analytics_enabled=False) as page:
            models.build(gr.Dropdown())
        return page

    page = asyncio.run(build())  # without a running event loop Gradio makes several of its own and never closes them
    return {block.elem_id for block in page.blocks.values() if getattr(block, "elem_id", None)}


def test_the_list_is_there_if_it_can_change(monkeypatch):
    adding, names = {"add-model", "model-name", "add", "model-message"}, {"models", "model-list"}
    assert built(monkeypatch) == adding | names
    assert built(monkeypatch, visitor_models=0, models=("ada/tiny",)) == names
    assert built(monkeypatch, visitor_models=0) == set()


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
    devices = []
    monkeypatch.setattr(engine.Translator, "load", lambda *given: devices.append(given[1]))
    monkeypatch.setattr(engine, "SETTINGS", dataclasses.replace(engine.SETTINGS, device="cuda"))
    engine._load_later(tiny_checkpoint)
    monkeypatch.delenv("SPACES_ZERO_GPU")
    engine._load_later(tiny_checkpoint)
    assert devices == ["cpu", "cuda"]


@pytest.mark.gpu
def test_on_a_gpu_the_page_answers_as_on_the_cpu(offered, tiny_checkpoint):
    offered.offer("gpu", Translator.load(tiny_checkpoint, "cuda"))
    assert ask("gpu").target == ask("tiny").target
