"""What the server lets in, over HTTP as strangers reach it; and that each refusal leaves it as it was."""

import http.client
import json
import re
import socket
from contextlib import closing
from dataclasses import asdict

import pytest

from s2s.models import EMBEDDED
from s2s.page.doors import DOORS
from s2s.page.hosts import Hosts
from s2s.page.limits import LIMITS
from s2s.page.refusal import RefusalError
from tests.page_server import served, wait_for
from tests.processes import ROOT

TEXT = "attention"
MODEL = EMBEDDED / "reverse-tiny"
JOIN, CALL, RUN = "/gradio_api/queue/join", "/gradio_api/call/translate", "/gradio_api/run/predict"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with served(MODEL, tmp_path_factory.mktemp("gate") / "log", waiting=4) as page:
        yield page
        # After all that was asked, the next honest request is right, and nothing broke.
        kind, found = page.call("translate", TEXT, "tiny", 2)
        assert (kind, found["target"]) == ("complete", TEXT[::-1])
        assert "Traceback" not in page.logged
        assert '"error"' not in page.logged


@pytest.fixture
def limit(server):
    """Changes a limit of the server for one test."""
    before = []

    def change(name, value):
        before.append((name, server.tell("limit", name, value)))

    yield change
    for each in before:
        server.tell("limit", *each)


@pytest.fixture
def held(server):
    """Translations wait until this is called, or the test ends."""
    server.tell("hold")
    yield lambda: server.tell("release")
    server.tell("release")


def refused(answer, status):
    """The message of a refusal, which is there in both languages."""
    assert answer.status == status, answer.body[:300]
    told = answer.json
    assert told.keys() == {"detail", "zh"}
    assert re.search("[\u4e00-\u9fff]", told["zh"]), told
    return told["detail"]


CLOSED = [
    ("POST", "/gradio_api/upload"),
    ("GET", "/gradio_api/upload_progress?upload_id=1"),
    ("GET", "/gradio_api/file=/etc/passwd"),
    ("GET", "/gradio_api/file/etc/passwd"),
    ("GET", "/gradio_api/proxy=https://example.org/"),
    ("POST", "/gradio_api/component_server"),
    ("POST", "/gradio_api/process_recording"),
    ("POST", "/gradio_api/vibe-edit"),
    ("GET", "/gradio_api/vibe-code"),
    ("POST", "/login"),
    ("GET", "/gradio_api/token"),
    ("GET", "/gradio_api/deep_link?session_hash=x"),
    ("GET", "/gradio_api/runs"),
    ("GET", "/monitoring"),
    ("GET", "/monitoring/summary"),
    ("GET", "/gradio_api/dev/reload"),
    ("GET", "/gradio_api/stream/a/b/1/playlist.m3u8"),
    ("GET", "/gradio_api/openapi.json"),
    ("GET", "/openapi.json"),
    ("GET", "/docs"),
    ("GET", "/static/../../etc/passwd"),
    ("GET", "/static/%2e%2e/%2e%2e/etc/passwd"),
    ("GET", "/assets/..%2f..%2fetc/passwd"),
    ("GET", "/%00"),
    ("GET", "/custom_component/1/client/component/..%2f..%2fx"),
]


@pytest.mark.parametrize(("method", "path"), CLOSED, ids=[" ".join(each) for each in CLOSED])
def test_what_gradio_offers_beside_the_page_is_not_there(server, method, path):
    refused(server.ask(method, path, b"" if method == "POST" else None), 404)


def test_what_the_page_needs_is_there(server):
    for path in ["/", "/config", "/theme.css", "/gradio_api/info", "/static/js/iframeResizer.contentWindow.min.js"]:
        assert server.ask("GET", path).status == 200, path
    assert server.ask("HEAD", "/").status == 200
    page = server.ask("GET", "/").body.decode()
    for path in re.findall(r'(?:src|href)="(?:\./)?((?:seen|assets)/[^"]+)"', page):
        assert server.ask("GET", f"/{path}").status == 200, path


def test_another_method_is_told_which_there_are(server):
    assert "POST" in refused(server.ask("GET", JOIN), 405)
    assert "GET" in refused(server.ask("PUT", "/config", b"{}"), 405)


@pytest.mark.parametrize("door", [door for door in DOORS if door.most_bytes], ids=lambda door: door.path.pattern)
def test_no_door_takes_more_than_its_limit(server, door):
    path = {"ask": JOIN, "call": CALL, "direct": RUN, "talk": "/gradio_api/cancel"}[door.kind]
    path = "/gradio_api/mcp/" if "mcp" in door.path.pattern else path
    said = refused(server.ask("POST", path, b"{}", {"Content-Length": str(door.most_bytes + 1)}), 413)
    assert f"{door.most_bytes:,} bytes" in said


def test_a_body_that_does_not_say_how_long_it_is_ends_at_the_limit(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    with closing(connection):
        chunks = iter([b"x" * 16_000] * (LIMITS.body_bytes // 16_000 + 1))
        connection.request("POST", CALL, chunks, encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
        answer = connection.getresponse()
        assert answer.status == 413
        assert f"{LIMITS.body_bytes:,} bytes" in json.load(answer)["detail"]


def test_a_body_that_does_not_come_is_not_waited_for(server, limit):
    limit("body_seconds", 0.05)
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as line:
        line.sendall(f"POST {CALL} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n".encode())
        assert b" 408 " in line.recv(65536).split(b"\r\n")[0]


def test_a_long_address_is_refused(server):
    said = refused(server.ask("GET", "/config?" + "x" * LIMITS.address_bytes), 414)
    assert f"{LIMITS.address_bytes:,}" in said


WRONG_BODIES = {
    "nothing": (b"", 400),
    "no JSON": (b"{", 400),
    "no object": (b"[1]", 400),
    "no UTF-8": (b'{"data": ["\xff"]}', 400),
    "NaN alone": (b"NaN", 400),
    "NaN inside": (b'{"data": [[NaN], 2, 3]}', 400),
    "a number beyond all numbers": (b'{"data": [1, 2, 3], "": [-1e400]}', 400),
    "very deep": (b'{"data": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", 400),
    "deep": (json.dumps({"data": json.loads("[" * 50 + "]" * 50)}).encode(), 400),
    "no data": (b"{}", 422),
    "data is no list": (b'{"data": "x"}', 422),
    "too few": (b'{"data": ["x"]}', 422),
    "too many": (b'{"data": [1, 2, 3, 4]}', 422),
    "another session": (b'{"data": [1, 2, 3], "session_hash": "../x"}', 400),
    "a session of a kind": (b'{"data": [1, 2, 3], "session_hash": {"a": 1}}', 400),
    "an event of a kind": (b'{"data": [1, 2, 3], "event_id": 5}', 422),
}


@pytest.mark.parametrize(("body", "status"), WRONG_BODIES.values(), ids=WRONG_BODIES)
def test_a_body_that_is_wrong_is_refused_with_what_it_should_be(server, body, status):
    refused(server.ask("POST", CALL, body), status)


def test_a_function_that_is_not_there_is_refused_with_those_that_are(server):
    assert "translate, alternatives, align, chat, models" in refused(
        server.ask("POST", "/gradio_api/call/nothing", {"data": []}), 404
    )
    for number in [99, -1, "1", None, 1.0, True, 2]:  # the last one has no function of Python's
        body = {"data": [], "fn_index": number, "session_hash": "abc"}
        refused(server.ask("POST", JOIN, body), 404)
        refused(server.ask("POST", RUN, body), 404)


def test_nobody_passes_by_the_queue(server):
    for way in ("run", "api"):
        said = refused(server.ask("POST", f"/gradio_api/{way}/translate", {"data": [TEXT, "tiny", 2]}), 404)
        assert "/gradio_api/call/translate" in said
        number = server.tell("functions")["translate"]
        body = {"data": [TEXT, "tiny", 2], "fn_index": number}
        refused(server.ask("POST", f"/gradio_api/{way}/predict", body), 404)


def test_named_values_are_taken_too(server):
    event = server.ask("POST", "/gradio_api/call/v2/translate", {"text": TEXT, "beam_size": 1}).json["event_id"]
    assert server.ask("GET", f"/gradio_api/call/v2/translate/{event}").status == 200
    said = refused(server.ask("POST", "/gradio_api/call/v2/translate", {"words": TEXT}), 422)
    assert "text, model, beam_size" in said
    refused(server.ask("POST", "/gradio_api/call/v2/translate", {"text": TEXT, "more": 1}), 422)


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/queue/data?session_hash=nobody",
        "/gradio_api/call/translate/" + "0" * 32,
        "/gradio_api/call/v2/translate/" + "0" * 32,
    ],
)
def test_an_answer_that_is_not_there_is_refused(server, path):
    assert "ask again" in refused(server.ask("GET", path), 404)


def test_a_stream_without_a_session_is_refused(server):
    for query in [
        "",
        "?session_hash=",
        "?session_hash=a&session_hash=b",
        "?session_hash=%00",
        "?session_hash=" + "x" * 99,
    ]:
        refused(server.ask("GET", f"/gradio_api/queue/data{query}"), 400)


def test_the_table_of_the_documentation_is_that_of_the_server():
    text = (ROOT / "docs" / "trust.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| ([\d,.]+) \|", text, re.MULTILINE))
    assert told == {name: f"{value:,}".removesuffix(".0") for name, value in asdict(LIMITS).items()}


HOSTS = {
    "localhost:7860": True,
    "127.0.0.1": True,
    "[::1]:80": True,
    "192.168.0.7:7860": True,
    "page.localhost": True,
    "example.org": True,
    "a.example.net": True,
    "example.net": False,
    "evil.example": False,
    "example.org.evil.example": False,
    "127.0.0.1.evil.example": False,
    "": False,
}


@pytest.mark.parametrize(("host", "known"), HOSTS.items())
@pytest.mark.parametrize("header", [b"host", b"x-forwarded-host"])
def test_the_server_answers_to_its_own_names_alone(header, host, known):
    hosts = Hosts(["example.org", "*.example.net"])
    if known:
        hosts.check({header: host.encode()})
    else:
        with pytest.raises(RefusalError, match="S2S_HOSTS"):
            hosts.check({header: host.encode()})
    Hosts(["*"]).check({header: host.encode()})


def test_a_page_of_somebody_else_cannot_have_its_name_mean_this_server(server):
    refused(server.ask("GET", "/", headers={"Host": "evil.example"}), 421)
    refused(server.ask("GET", "/", headers={"X-Forwarded-Host": "evil.example"}), 421)


def test_every_answer_says_how_it_may_be_used(server):
    for path in ["/", "/config", "/nothing", "/healthz", "/theme.css"]:
        headers = server.ask("GET", path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "microphone=(self)" in headers["permissions-policy"]
        assert "frame-ancestors" in headers["content-security-policy"]
        assert "x-frame-options" not in headers  # a Space is shown in a frame


def test_the_scripts_of_the_page_carry_a_number_that_no_other_answer_has(server):
    seen = set()
    for _ in range(2):
        answer = server.ask("GET", "/")
        (nonce,) = re.findall(r"'nonce-([\w-]+)'", answer.headers["content-security-policy"])
        scripts = re.findall(rb"<script\b[^>]*>", answer.body)
        assert len(scripts) > 5
        assert all(f'nonce="{nonce}"'.encode() in script for script in scripts)
        assert "https://huggingface.co" in answer.headers["content-security-policy"]
        seen.add(nonce)
    assert len(seen) == 2


def test_when_all_places_are_taken_the_next_one_is_told_how_many_there_are(server, held):
    events = [ask_from(server, f"10.0.0.{number}") for number in range(LIMITS.workers)]
    wait_for(lambda: server.tell("waiting") == 0)
    events += [ask_from(server, f"10.0.1.{number}") for number in range(4)]
    answer = ask_from(server, "10.0.2.1")
    assert refused(answer, 503).startswith("4 requests are waiting")
    assert answer.headers["retry-after"] == "5"
    assert server.ask("GET", "/readyz").status == 503
    assert server.ask("GET", "/healthz").status == 200
    held()
    for event in events:
        kind, found = server.finish(event)
        assert (kind, found["target"]) == ("complete", TEXT[::-1])
    assert server.ask("GET", "/readyz").status == 200


def test_one_address_cannot_take_all_places(server, held):
    events = [ask_from(server, "10.0.0.1") for _ in range(LIMITS.workers)]
    wait_for(lambda: server.tell("waiting") == 0)
    events += [ask_from(server, "10.0.0.1") for _ in range(2)]
    assert refused(ask_from(server, "10.0.0.1"), 429).startswith("2 requests from your address")
    refused(ask_from(server, "1.2.3.4, 10.0.0.1"), 429)  # what a client writes there itself is not believed
    events.append(ask_from(server, "10.0.0.2"))
    held()
    assert all(server.finish(event)[0] == "complete" for event in events)


def ask_from(server, address):
    return server.ask("POST", CALL, {"data": [TEXT, "tiny", 2]}, {"X-Forwarded-For": address})
