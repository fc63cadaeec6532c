"""The interface for programs, through Gradio's own client; it needs no browser."""

import json
import urllib.request

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from s2s.config import SearchConfig
from s2s.models import EMBEDDED
from s2s.result import Translation
from s2s.translator import Translator


@pytest.fixture(scope="module")
def client(server):
    client = Client(server, verbose=False)
    yield client
    client.close()


def ask(client, *arguments):
    return client.predict(*arguments, api_name="/translate")


def test_it_answers_with_the_whole_translation(client):
    values = ask(client, "I love you.\nWhere is it?", "en-fr", 3)
    expected = Translator.load(EMBEDDED / "en-fr").translate("I love you.\nWhere is it?", SearchConfig(beam_size=3))
    assert Translation.from_json(json.dumps(values)) == expected
    assert set(values) == set(expected.to_plain())
    for told, right in zip(values["sentences"], expected.to_plain()["sentences"], strict=True):
        assert told["attention"] == right["attention"]


def test_model_and_beam_have_defaults(client):
    values = ask(client, "I love you.")
    assert values["model"] == "en-fr"
    assert values["settings"]["beam_size"] == 5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["", "en-fr", 5], "There is no text"),
        (["word " * 200_000, "en-fr", 5], "at most 2,000"),
        (["a\0", "en-fr", 5], "NUL"),
        (["I love you.", "fr-en", 5], "There is no model 'fr-en'"),
        (["I love you.", "en-fr", 11], "The beam size must be from 1 to 10, got 11"),
        (["I love you.", "en-fr", "many"], "The beam size must be from 1 to 10, got 'many'"),
    ],
    ids=["empty", "a megabyte", "NUL", "model", "beam", "beam in words"],
)
def test_a_mistake_is_answered_with_what_is_wrong(client, arguments, said):
    with pytest.raises(AppError, match=said):
        ask(client, *arguments)
    assert ask(client, "I love you.", "en-fr", 1)["target"]


def test_a_value_of_another_kind_is_answered_with_what_is_wrong(client):
    with pytest.raises(AppError, match=r"^(?!The upstream Gradio app has raised an exception)"):
        ask(client, ["I love you."], ["en-fr"], 5)


def test_nothing_but_translate_is_offered(server):
    with urllib.request.urlopen(f"{server}/gradio_api/info") as answer:
        offered = json.load(answer)
    assert list(offered["named_endpoints"]) == ["/translate"]
    assert offered["unnamed_endpoints"] == {}
