"""What the server keeps, says and writes down while strangers use it: over HTTP, in a process of its own."""

import http.client
import json
import re
import socket
import threading
from contextlib import closing

import pytest

from s2s.config import SearchConfig
from s2s.models import EMBEDDED
from s2s.page.limits import LIMITS
from s2s.translator import Translator
from tests.page_server import served, wait_for

MODEL = EMBEDDED / "reverse-tiny"
SECRET = "secret words"
CALL = "/gradio_api/call/translate"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with served(MODEL, tmp_path_factory.mktemp("trust") / "log", metrics_token="key", waiting=64) as page:
        yield page


@pytest.fixture(autouse=True)
def as_before(server):
    """Whatever was changed for a test is undone, and the next honest request is right."""
    yield
    server.tell("release")
    assert server.call("translate", "attention", "tiny", 2)[1]["target"] == "noitnetta"


def numbers(server, **headers):
    """What Prometheus is told, by name and labels."""
    answer = server.ask("GET", "/metrics", headers=headers)
    assert answer.status == 200
    lines = [line for line in answer.body.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def lines(server):
    """The lines of the log that are records."""
    return [json.loads(line) for line in server.logged.splitlines() if line.startswith("{")]


def test_it_lives_and_is_ready(server):
    assert server.ask("GET", "/healthz").json == {"status": "alive"}
    assert server.ask("GET", "/readyz").json == {"status": "ready"}


def test_the_numbers_grow_with_what_is_asked(server):
    before = numbers(server)
    server.call("translate", "abc", "tiny", 1)
    server.call("translate", "", "tiny", 1)
    server.ask("POST", CALL, b"{")
    after = numbers(server)
    for name in [
        's2s_tasks_total{outcome="done",task="translate"}',
        's2s_tasks_total{outcome="refused",task="translate"}',
        's2s_http_requests_total{door="POST call",status="400"}',
        's2s_task_seconds_count{task="translate"}',
    ]:
        assert after[name] - before.get(name, 0) >= 1, name
    assert after["process_resident_memory_bytes"] > 1e8
    assert after["s2s_tasks_at_work"] == 0
    assert after["s2s_waiting"] == 0


def test_the_numbers_are_for_this_machine_or_for_who_has_the_key(server):
    elsewhere = {"X-Forwarded-For": "10.0.0.1"}
    assert server.ask("GET", "/metrics", headers=elsewhere).status == 404
    assert server.ask("GET", "/metrics", headers=elsewhere | {"Authorization": "Bearer no"}).status == 404
    assert server.ask("GET", "/metrics", headers=elsewhere | {"Authorization": "Bearer key"}).status == 200
    assert server.ask("GET", "/healthz", headers=elsewhere).status == 200


def test_visitors_are_not_told_of_them(server):
    told = server.ask("GET", "/gradio_api/info").body + server.ask("GET", "/").body
    for name in (b"healthz", b"readyz", b"metrics"):
        assert name not in told


def test_an_error_of_the_servers_own_is_noted_and_nobody_is_told_more(server):
    server.tell("break_model")
    kind, told = server.call("translate", SECRET, "tiny", 1)
    assert kind == "error"
    assert "Something broke on the server" in str(told)
    assert SECRET not in str(told)
    wait_for(lambda: "RuntimeError" in server.logged)
    (noted,) = [line for line in lines(server) if line.get("where") == "translate" and "kind" in line]
    assert noted["kind"] == "RuntimeError"
    assert any("tiny_page.py" in place for place in noted["places"])
    assert numbers(server)['s2s_errors_total{kind="RuntimeError",where="translate"}'] >= 1


def test_the_log_has_times_and_sizes_and_nothing_that_a_visitor_wrote(server):
    words = ["quetzal", "xylophone", "ada/zugzwang"]
    server.call("translate", words[0], "tiny", 1)
    server.call("translate", words[0], words[1], 1)
    server.call("translate", {"a": words[0]}, [words[1]], words[2])
    server.call("align", words[0], words[1], words[2], "posterior")
    server.call("alternatives", words[0], [words[1]], "tiny", 5)
    number = server.tell("functions")["shelf fetch"]
    put = {"data": [None], "event_data": {"name": words[2]}, "fn_index": number, "session_hash": "a"}
    assert server.ask("POST", "/gradio_api/run/predict", put).status == 200
    server.ask("GET", f"/{words[0]}?{words[1]}")
    server.ask("POST", f"/gradio_api/call/{words[1]}", {"data": [words[0]]})
    server.ask("POST", CALL, words[0].encode())
    found = lines(server)
    tasks = [line for line in found if line["message"] == "task"]
    assert {"time", "seconds", "outcome", "model", "characters"} <= tasks[-1].keys() | tasks[-2].keys() | tasks[
        0
    ].keys()
    assert {"tiny", "another"} <= {line.get("model") for line in tasks}
    assert not [word for word in words if word in server.logged]
    assert "Traceback" not in server.logged


def test_who_closes_the_line_leaves_no_work_behind(server):
    server.tell("endless")
    event = server.ask("POST", CALL, {"data": ["abc", "tiny", 1]}).json["event_id"]
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=60)) as line:
        line.sendall(f"GET {CALL}/{event} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert line.recv(100)
        wait_for(lambda: server.tell("at_work") == 1)
    wait_for(lambda: server.tell("at_work") == 0)


def test_who_leaves_the_page_leaves_no_work_behind(server):
    server.tell("endless")
    join(server, "left", "abc")
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=60)) as line:
        line.sendall(b"GET /gradio_api/queue/data?session_hash=left HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert line.recv(100)
        wait_for(lambda: server.tell("at_work") == 1)
    wait_for(lambda: server.tell("at_work") == 0)


def join(server, session, text):
    number = server.tell("functions")["stage ask"]
    asked = {"number": 1, "text": text, "model": "tiny", "beam_size": 1}
    body = {"data": [], "event_data": asked, "fn_index": number, "session_hash": session, "trigger_id": None}
    assert server.ask("POST", "/gradio_api/queue/join", body).status == 200


def test_an_answer_that_nobody_fetches_is_not_kept(server):
    before = server.tell("limit", "unread_seconds", 0.0)
    try:
        for number in range(3):
            join(server, f"unread-{number}", "abc")
            server.ask("POST", CALL, {"data": ["abc", "tiny", 1]})
        wait_for(lambda: server.tell("kept")[1] == 0)
    finally:
        server.tell("limit", "unread_seconds", before)


def test_who_reads_more_slowly_than_the_model_writes_is_given_up(server):
    server.tell("endless")
    before = server.tell("limit", "unread_messages", 3)
    try:
        join(server, "slow", "abc")  # the page's answers are never fetched
        wait_for(lambda: server.tell("at_work") == 1)
        wait_for(lambda: server.tell("at_work") == 0)
        patience = server.tell("limit", "unread_seconds", 0.0)
        wait_for(lambda: server.tell("kept")[1] == 0)
        server.tell("limit", "unread_seconds", patience)
    finally:
        server.tell("limit", "unread_messages", before)


def test_what_a_visitor_asked_is_forgotten_after_the_visit(server):
    with closing(server.line()) as visit:
        visit.request("GET", "/gradio_api/heartbeat/visitor")
        assert visit.getresponse().read(5) == b"data:"
        join(server, "visitor", SECRET)
        server.ask("GET", "/gradio_api/queue/data?session_hash=visitor")
        assert server.tell("kept")[0] >= 1
        before = server.tell("limit", "session_seconds", 0.0)
        wait_for(lambda: server.tell("kept")[0] == 1)  # all others have left
    try:
        wait_for(lambda: server.tell("kept")[0] == 0)
    finally:
        server.tell("limit", "session_seconds", before)


def test_an_answer_is_not_slower_for_those_before(server):
    for _ in range(3):
        server.call("translate", "abc", "tiny", 1)
    remembered, worked_out = server.tell("statistics")
    assert (remembered, worked_out) == (1, {})


def test_programs_leave_nothing_behind_and_push_no_visitor_out(server):
    with closing(server.line()) as visit:
        visit.request("GET", "/gradio_api/heartbeat/visitor")
        assert visit.getresponse().read(5) == b"data:"
        join(server, "visitor", "abc")
        server.ask("GET", "/gradio_api/queue/data?session_hash=visitor")
        for _ in range(5):
            assert server.call("translate", "abc", "tiny", 1)[1]["target"] == "cba"
        wait_for(lambda: server.tell("kept")[0] == 1)
        show = {"number": 2, "shown": {"view": {"units": "pieces"}}}
        body = {"data": [None], "event_data": show, "fn_index": server.tell("functions")["stage show"]}
        server.ask("POST", "/gradio_api/queue/join", body | {"session_hash": "visitor"})
        told = server.ask("GET", "/gradio_api/queue/data?session_hash=visitor")
        assert b"cba" in told.body  # the visitor's answer is still there


def test_fifty_at_once_each_get_their_own_answer(server):
    letters = "abcdefghijklmnopqrstuvwxyz"
    texts = [letters[number % 26] * (1 + number // 26) + letters[number % 7 : number % 7 + 5] for number in range(50)]
    translator = Translator.load(MODEL)
    expected = {text: translator.translate(text, SearchConfig(beam_size=1)).target for text in texts}
    found = {}

    def visit(text):
        kind, answer = server.call("translate", text, "tiny", 1)
        found[text] = (kind, answer["source"], answer["target"])

    visitors = [threading.Thread(target=visit, args=(text,)) for text in texts]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert found == {text: ("complete", text, target) for text, target in expected.items()}


def test_sockets_that_say_nothing_keep_nobody_out(server):
    silent = [socket.create_connection(("127.0.0.1", server.port), timeout=60) for _ in range(300)]
    try:
        assert server.ask("GET", "/").status == 200
        assert server.call("translate", "abc", "tiny", 1)[0] == "complete"
    finally:
        for line in silent:
            line.close()


def test_no_more_streams_are_open_than_allowed(server):
    before = server.tell("limit", "streams", 2)
    try:
        with closing(server.line()) as first, closing(server.line()) as second:
            for number, visit in enumerate((first, second)):
                visit.request("GET", f"/gradio_api/heartbeat/visit{number}")
                assert visit.getresponse().status == 200
            answer = server.ask("GET", "/gradio_api/heartbeat/visit2")
            assert answer.status == 503
            assert "2 streams" in answer.json["detail"]
    finally:
        server.tell("limit", "streams", before)


def test_the_page_may_be_closed_while_a_body_is_on_its_way(server):
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as line:
        line.putrequest("POST", CALL)
        line.putheader("Content-Length", "100")
        line.endheaders()
        line.send(b"{")
    assert server.ask("GET", "/healthz").status == 200
    assert not re.search("Traceback|Exception", server.logged)


def test_the_limits_are_the_defaults_of_the_settings():
    from s2s.page.settings import PageSettings

    settings = PageSettings()
    assert (settings.workers, settings.waiting, settings.timeout_seconds, settings.visitor_models) == (
        LIMITS.workers,
        LIMITS.waiting,
        LIMITS.seconds,
        LIMITS.visitor_models,
    )
