"""What the server sends beside Gradio: our files, early and once."""

import asyncio
import json
import re

import pytest

from s2s.page import serving
from s2s.page.parts import ASSETS
from s2s.page.words import CHINESE, ENGLISH

PAGE = b"<!doctype html><html><head><title>x</title></head></html>"


async def inner(scope, receive, send):
    """A server that reads all of a body and answers with its length, or with a page."""
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length, more = length + len(message.get("body", b"")), message.get("more_body", False)
    body = PAGE if scope["path"] == "/" else str(length).encode()
    size = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": size})
    await send({"type": "http.response.body", "body": body[:5], "more_body": True})
    await send({"type": "http.response.body", "body": body[5:]})


def ask(app, path="/x", method="GET", parts=(b"",), headers=()):
    """Status, headers and body of an answer; None without one."""
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts[:-1]]
    messages.append({"type": "http.request", "body": parts[-1], "more_body": False})
    sent = []

    async def receive():
        return messages.pop(0) if messages else await asyncio.Event().wait()  # nothing more comes

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "path": path, "root_path": "", "method": method, "headers": list(headers)}
    asyncio.run(app(scope, receive, send))
    if not sent:
        return None
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), body


def test_the_markup_stands_at_the_start_of_the_head_and_the_length_is_right():
    status, headers, body = ask(serving.EarlyHead(inner, "<link>"), "/")
    assert status == 200
    assert body == PAGE.replace(b"<head>", b"<head><link>")
    assert b"script-src" in headers[b"content-security-policy"]
    assert headers[b"content-length"] == str(len(body)).encode()


def test_other_answers_stay_as_they_are():
    assert ask(serving.EarlyHead(inner, "<link>"))[2] == b"0"


def test_every_file_that_the_head_names_is_served_and_may_be_kept():
    (route,) = serving.routes()
    names = re.findall(r'(?:href|src)="([^"]+)"', serving.head())
    assert [name.rsplit("/", 1)[1] for name in names] == [
        *serving.STYLES,
        "early.js",
        "answers.js",
        "main.js",
        "plotly.min.js",
    ]
    for name in names:
        assert f"/{name}".startswith(f"{route.path}/")
        status, headers, body = ask(route.app, f"/{name.rsplit('/', 1)[1]}")
        assert status == 200
        assert b"immutable" in headers[b"cache-control"]
        assert len(body) > 100


@pytest.mark.parametrize("path", ["/../parts.py", "/..%2fparts.py", "//etc/passwd", "/nothing.js"])
def test_nothing_else_is_served(path):
    from starlette.exceptions import HTTPException

    (route,) = serving.routes()
    with pytest.raises(HTTPException) as caught:
        ask(route.app, path)
    assert caught.value.status_code == 404


def test_the_words_of_both_languages_are_in_the_head():
    [words] = re.findall(r'<script type="application/json" id="words">([^<]*)</script>', serving.head())
    assert json.loads(words) == {"en": ENGLISH, "zh": CHINESE}


def test_every_module_imports_files_that_there_are_and_every_word_that_is_said_exists():
    for path in ASSETS.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r'from "\./([^"]+)"', text):
            assert (ASSETS / name).is_file(), f"{path.name}: {name}"
        for name in re.findall(r'\bsay\("([^"]+)"', text):
            assert name in ENGLISH, f"{path.name}: {name}"
