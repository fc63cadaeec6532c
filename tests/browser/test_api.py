"""The interface for programs, through Gradio's own client, and the code that the page shows for it."""

import ast
import asyncio
import json
import os
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from s2s.config import SearchConfig
from s2s.forced import force
from s2s.result import Translation
from s2s.words import merge_attention
from tests import both_ways
from tests.browser.test_translate import ask as ask_page
from tests.browser.test_translate import opened, translate

load = partial(both_ways.load, "en-fr")


@pytest.fixture(scope="module")
def client(server):
    client = Client(server, verbose=False)
    yield client
    client.close()


def ask(client, *arguments):
    return client.predict(*arguments, api_name="/translate")


def test_it_answers_with_the_whole_translation(client):
    values = ask(client, "I love you.\nWhere is it?", "en-fr", 3)
    expected = load().translate("I love you.\nWhere is it?", SearchConfig(beam_size=3))
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
        (["I love you.", "fr-zh", 5], "There is no model 'fr-zh'"),
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


def test_only_the_five_functions_are_offered_and_say_what_they_take(server):
    with urllib.request.urlopen(f"{server}/gradio_api/info") as answer:
        offered = json.load(answer)
    assert list(offered["named_endpoints"]) == ["/translate", "/alternatives", "/align", "/chat", "/models"]
    assert offered["unnamed_endpoints"] == {}
    parameters = {
        name: [parameter["parameter_name"] for parameter in endpoint["parameters"]]
        for name, endpoint in offered["named_endpoints"].items()
    }
    assert parameters == {
        "/translate": ["text", "model", "beam_size"],
        "/alternatives": ["text", "beginning", "model", "count"],
        "/align": ["source", "target", "model", "weighing"],
        "/chat": ["turns", "model", "method", "temperature", "top_p", "seed"],
        "/models": [],
    }


def test_alternatives_to_a_piece_and_what_follows_each(client):
    best = load().translate("I love you.", SearchConfig(beam_size=1)).sentences[0].best
    found = client.predict("I love you.", list(best.target_pieces[:1]), "en-fr", 10, api_name="/alternatives")
    assert len(found["alternatives"]) == 10
    assert found["target_pieces"] == list(best.target_pieces)
    assert found["alternatives"][0]["piece"] == best.target_pieces[1]
    log_probs = [each["log_prob"] for each in found["alternatives"]]
    assert log_probs == sorted(log_probs, reverse=True)
    other = [best.target_pieces[0], found["alternatives"][1]["piece"]]
    assert client.predict("I love you.", other, api_name="/alternatives")["target_pieces"][:2] == other
    first = client.predict("I love you.", api_name="/alternatives")["alternatives"]
    assert first[0]["piece"] == best.target_pieces[0]


def test_links_between_the_words_of_a_pair(client):
    found = client.predict("I love you.", "Je t'aime.", "en-fr", api_name="/align")
    assert (found["source_words"], found["target_words"]) == (["I", "love", "you."], ["Je", "t'aime."])
    assert [len(row) for row in found["weights"]] == [3, 3]
    assert [0, 0] in found["links"]
    assert all(source < 3 and target < 2 for source, target in found["links"])
    before = client.predict("I love you.", "Je t'aime.", "en-fr", "attention", api_name="/align")
    (pair,) = force(load(), ["I love you."], ["Je t'aime."])
    np.testing.assert_allclose(before["weights"], merge_attention(pair.weights, pair.source, pair.target), atol=1e-4)
    assert before["weights"] != found["weights"]


def test_the_models_at_hand(client):
    found = client.predict(api_name="/models")
    assert [model["name"] for model in found][:1] == ["en-fr"]
    assert (found[0]["source_language"], found[0]["target_language"]) == ("en", "fr")
    assert found[0]["revision"] == load().revision


@pytest.mark.parametrize(
    ("arguments", "name", "said"),
    [
        (["I love you.", ["nosuchpiece"]], "/alternatives", "has no piece"),
        (["I love you.", ["▁Je", "</s>"]], "/alternatives", "nothing follows"),
        (["I love you.", [], "en-fr", 51], "/alternatives", "from 1 to 50, got 51"),
        (["A\nB", ["▁Je"]], "/alternatives", "one sentence only"),
        (["I love you.", [], "fr-xx"], "/alternatives", "There is no model"),
        (["", "Je"], "/align", "empty"),
        (["I", "a" * 3000], "/align", "at most 2,000"),
        (["I", "xq " * 80], "/align", "at most 100 are weighed"),
        (["I", "Je", "en-fr", "guess"], "/align", "must be one of attention, posterior, got 'guess'"),
    ],
)
def test_a_mistake_in_another_function_is_answered_with_what_is_wrong(client, arguments, name, said):
    with pytest.raises(AppError, match=said):
        client.predict(*arguments, api_name=name)


def over_mcp(server, do):
    """What `do` gives, with a session of MCP's own client at the page."""

    async def visit():
        address = f"{server}/gradio_api/mcp/"
        async with streamable_http_client(address) as (reading, writing, _), ClientSession(reading, writing) as session:
            await session.initialize()
            return await do(session)

    with ThreadPoolExecutor(1) as thread:  # Playwright's event loop runs in this one
        return thread.submit(asyncio.run, visit()).result()


def test_the_five_functions_are_tools_over_mcp(server):
    tools = over_mcp(server, lambda session: session.list_tools()).tools
    assert {tool.name for tool in tools} == {"translate", "alternatives", "align", "chat", "models"}
    (told,) = (tool for tool in tools if tool.name == "translate")
    assert set(told.inputSchema["properties"]) == {"text", "model", "beam_size"}
    assert "at most 2,000 characters" in told.inputSchema["properties"]["text"]["description"]
    answer = over_mcp(server, lambda session: session.call_tool("translate", {"text": "I love you.", "beam_size": 3}))
    assert not answer.isError
    expected = load().translate("I love you.", SearchConfig(beam_size=3))
    told = ast.literal_eval(answer.content[0].text)  # Gradio writes values as Python does
    assert Translation.from_json(json.dumps(told)) == expected


def test_a_mistake_over_mcp_is_answered_with_what_is_wrong(server):
    answer = over_mcp(server, lambda session: session.call_tool("translate", {"text": "", "model": "en-fr"}))
    assert answer.isError
    assert "There is no text" in answer.content[0].text


def printed(command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, **options).stdout


def test_the_code_on_the_page_asks_for_what_is_on_the_screen(page):
    text = "It's a \"good\" day, isn't it? $HOME `x` \\ 日本"
    opened(page)
    ask_page(page, text)
    expected = translate(text).target
    page.wait_for_function("target => document.querySelector('#target').textContent === target", arg=expected)
    page.locator("body:not(.busy)").wait_for()
    page.click("#code summary")
    code = {}
    for language in ("curl", "Python", "JavaScript"):
        page.locator("#code .choice").get_by_text(language, exact=True).click()
        code[language] = page.inner_text("#code-text")
    assert expected == printed([sys.executable, "-c", code["Python"]]).strip()
    answer = printed(["bash", "-c", code["curl"]], env=os.environ | {"no_proxy": "127.0.0.1"})
    assert json.loads(answer.split("data: ")[-1])[0]["target"] == expected
    script = code["JavaScript"].replace("console.log(result.target);", "return result.target;")
    assert page.evaluate(f"async () => {{ {script} }}") == expected
