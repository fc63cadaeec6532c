"""Whatever comes from outside is taken, or refused with a message for people; nothing else ever happens.

Run as it is, this takes little of the time of the other tests. `python benchmarks/fuzz.py` runs the same with 100,000
inputs to the functions and 5,000 requests.
"""

import os
from contextlib import suppress
from urllib.parse import quote

import gradio as gr
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from s2s.documents import read_document
from s2s.downloads import read_json
from s2s.errors import S2SError
from s2s.hub import parse_name
from s2s.models import EMBEDDED
from s2s.page import bodies, engine, files, inside, messages, programs, translate
from s2s.page.hosts import Hosts
from s2s.page.refusal import RefusalError
from s2s.text import check_text
from s2s.translator import Translator
from tests import fuzzing
from tests.page_server import served

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "40"))
REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "40"))
GROWTH_MEGABYTES = 60

IS_SAME = "FUZZ_ANEW" not in os.environ
"""Whether the same inputs are made every time: not in the long run."""

fuzzed = settings(derandomize=IS_SAME, max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), deadline=None)
asked_for = settings(derandomize=IS_SAME, max_examples=REQUESTS, suppress_health_check=list(HealthCheck), deadline=None)


@pytest.fixture(scope="module", autouse=True)
def tiny():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "TRANSLATORS", {"tiny": Translator.load(EMBEDDED / "reverse-tiny")})
        yield


@fuzzed
@given(fuzzing.texts)
def test_a_text(text):
    try:
        assert check_text(text, 2_000).strip()
    except S2SError as error:
        assert_for_people(str(error))


def assert_for_people(message):
    told = messages.in_both_languages(message)
    assert told["en"] == message
    assert "Traceback" not in message
    assert len(message) < 2_000


@fuzzed
@given(fuzzing.asked)
def test_a_request_of_the_first_screen(values):
    for scene, _ in translate.answer(values):
        scene.encode()  # no half characters leave the server
        assert "<" not in scene
    assert '"phase": "done"' in scene or '"phase": "failed"' in scene


@fuzzed
@given(fuzzing.values | fuzzing.wishes)
def test_a_wish_of_the_first_screen(values):
    *_, (_, kept) = translate.answer({"number": 1, "text": "abc", "model": "tiny", "beam_size": 2})
    translate.look(kept, values)
    translate.save_as(kept, values)
    translate.load(values)


@fuzzed
@given(st.lists(fuzzing.asks, max_size=3))
def test_asks_of_look_inside(asks):
    reply, kept = inside.respond({"do": "begin", "text": "abcd", "model": "tiny"}, None)
    for values in asks:
        reply, kept = inside.respond(values, kept)
        assert messages.BROKE not in reply
        reply.encode()


@fuzzed
@given(fuzzing.files | fuzzing.values)
def test_a_file(values):
    *_, last = files.progress(values)
    assert '"phase": "done"' in last or '"phase": "failed"' in last
    last.encode()


@fuzzed
@given(
    st.sampled_from(["a.txt", "a.csv", "a.tsv", "a.srt"]), st.binary(max_size=200) | fuzzing.texts.map(fuzzing.encoded)
)
def test_the_content_of_a_file(name, content):
    try:
        document = read_document(name, content)
        document.written({segment.line: "x" for segment in document.segments})
    except S2SError as error:
        assert_for_people(str(error))


@fuzzed
@given(fuzzing.texts | fuzzing.values.map(fuzzing.body_of).map(bytes.decode) | st.binary(max_size=80))
def test_a_saved_translation(content):
    with pytest.raises(S2SError) as caught:
        read_json(content)
    assert_for_people(str(caught.value))


@fuzzed
@given(fuzzing.texts)
def test_a_name_on_the_hub(text):
    try:
        name = str(parse_name(text))
    except S2SError:
        return
    assert ".." not in name
    assert name.count("/") - name.partition("@")[2].count("/") == 1


@fuzzed
@given(fuzzing.values, fuzzing.values, fuzzing.values, fuzzing.values)
def test_what_programs_ask(first, second, third, fourth):
    for function, given_values in [
        (programs.translate, (first, second, third)),
        (programs.alternatives, (first, second, third, fourth)),
        (programs.align, (first, second, third, fourth)),
        (programs.translate, ("abc", "tiny", third)),
        (programs.alternatives, ("abc", second, "tiny", fourth)),
        (programs.align, (first, "abc", "tiny", fourth)),
        (programs.align, (first, "abc", "tiny", "posterior")),
    ]:
        told = ""
        try:
            function(*given_values)
        except gr.Error as error:
            told = error.message
        assert told != messages.BROKE, given_values
        assert_for_people(told)


@fuzzed
@given(fuzzing.bodies)
def test_a_body(body):
    try:
        bodies.read_body(body)
    except RefusalError as refusal:
        refusal.response()


@fuzzed
@given(st.binary(max_size=40))
def test_a_host(host):
    with suppress(RefusalError):
        Hosts(()).check({b"host": host})


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with served(
        EMBEDDED / "reverse-tiny", tmp_path_factory.mktemp("fuzz") / "log", waiting=4, timeout_seconds=2
    ) as page:
        page.call("translate", "abc", "tiny", 1)
        before = page.megabytes
        yield page
        assert page.call("translate", "attention", "tiny", 1)[1]["target"] == "noitnetta"
        assert page.megabytes - before < GROWTH_MEGABYTES
        assert "Traceback" not in page.logged
        assert "an error of the server's own" not in page.logged


PATHS = st.one_of(
    st.sampled_from(
        [
            *(f"/gradio_api/{path}" for path in ("queue/join", "call/translate", "call/align", "call/alternatives")),
            *(f"/gradio_api/{path}" for path in ("call/models", "call/v2/translate", "run/predict", "run/translate")),
            *(
                f"/gradio_api/{path}"
                for path in ("cancel", "reset", "mcp/", "upload", "api/translate", "call/x", "info")
            ),
            "/",
            "/config",
            "/theme.css",
            "/static/x",
            "/healthz",
            "/readyz",
            "/metrics",
            "/gradio_api/heartbeat",
            "/gradio_api/queue/data?session_hash=x",
            "/gradio_api/startup-events",
            "/nothing",
        ]
    ),
    st.sampled_from(fuzzing.TRAVERSALS).map(lambda name: f"/static/{_quoted(name)}"),
    fuzzing.texts.map(lambda text: f"/{_quoted(text)}"),
    fuzzing.texts.map(lambda text: f"/gradio_api/queue/data?session_hash={_quoted(text)}"),
    fuzzing.texts.map(lambda text: f"/gradio_api/call/translate/{_quoted(text)}"),
    fuzzing.texts.map(lambda text: f"/config?x={_quoted(text)}"),
)
METHODS = st.sampled_from(["POST"] * 6 + ["GET"] * 4 + ["HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])


def _quoted(text):
    return quote(fuzzing.encoded(text))


def _joined(server, event):
    number = server.tell("functions")[event]
    return st.builds(
        lambda data, session: {"fn_index": number, "session_hash": "fuzz", "event_data": data, "data": session},
        {"stage ask": fuzzing.asked, "inside ask": fuzzing.asks, "files ask": fuzzing.files}.get(event, fuzzing.wishes),
        st.just([None] if event != "stage ask" and event != "files ask" and event != "stage reopen" else []),
    )


def _assert_clean(answer):
    assert answer.status < 500 or answer.status == 503, answer
    assert b"Traceback" not in answer.body
    assert b"site-packages" not in answer.body


@asked_for
@given(data=st.data())
def test_any_request(server, data):
    method, path = data.draw(METHODS), data.draw(PATHS)
    body = data.draw(fuzzing.bodies) if method not in ("GET", "HEAD") else None
    if method == "GET" and ("heartbeat/" in path or path.endswith("session_hash=x")):
        return  # these go on for as long as one listens
    _assert_clean(server.ask(method, path, body))


@asked_for
@given(data=st.data())
def test_any_values_for_a_program(server, data):
    counts = {"translate": 3, "alternatives": 4, "align": 4, "chat": 6, "models": 0}
    name, count = data.draw(st.sampled_from(list(counts.items())))
    given_values = data.draw(st.lists(fuzzing.values, min_size=count, max_size=count))
    answer = server.ask("POST", f"/gradio_api/call/{name}", {"data": given_values})
    _assert_clean(answer)
    if answer.status == 200:
        told = server.ask("GET", f"/gradio_api/call/{name}/{answer.json['event_id']}")
        _assert_clean(told)
        assert b"event: complete" in told.body or b"event: error" in told.body
        assert messages.BROKE.encode() not in told.body


@asked_for
@given(data=st.data())
def test_any_event_of_the_page(server, data):
    event = data.draw(
        st.sampled_from(["stage ask", "stage show", "stage take", "stage reopen", "inside ask", "files ask"])
    )
    answer = server.ask("POST", "/gradio_api/queue/join", data.draw(_joined(server, event)))
    _assert_clean(answer)
    if answer.status == 200:
        told = server.ask("GET", "/gradio_api/queue/data?session_hash=fuzz")
        _assert_clean(told)
        assert b"process_completed" in told.body
        assert b'"success":false' not in told.body, told.body[-2000:]
        assert messages.BROKE.encode() not in told.body
