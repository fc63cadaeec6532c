"""What goes wrong around the server: it is killed, its model's files vanish, the disk is full."""

import http.client
import shutil
import signal
import socket
import threading
import time
from contextlib import closing, suppress
from itertools import cycle

import pytest

from s2s.models import EMBEDDED
from s2s.page import engine
from s2s.page.translate import answer, save_as
from s2s.translator import Translator
from tests.page_server import served, wait_for

MODEL = EMBEDDED / "reverse-tiny"
BACK_SECONDS = 15


def test_killed_under_load_it_is_back_and_answers_the_same(tmp_path):
    stop, answers = threading.Event(), []

    def visit(page):
        while not stop.is_set():
            with suppress(OSError, http.client.HTTPException):
                answers.append(page.call("translate", "attention", "tiny", 2)[1]["target"])

    with served(MODEL, tmp_path / "first") as page:
        visitors = [threading.Thread(target=visit, args=(page,)) for _ in range(4)]
        for visitor in visitors:
            visitor.start()
        wait_for(lambda: len(answers) >= 8)
        page.process.send_signal(signal.SIGKILL)
        page.process.wait()
        stop.set()
        for visitor in visitors:
            visitor.join()
    with served(MODEL, tmp_path / "second", port=page.port) as again:
        assert again.cpu_seconds < BACK_SECONDS  # not by the clock: a busy machine is no failure
        assert again.ask("GET", "/readyz").status == 200
        assert again.ask("GET", "/").status == 200  # a permalink is this address and what stands behind its #
        assert again.call("translate", "attention", "tiny", 2)[1]["target"] == "noitnetta"
    assert set(answers) == {"noitnetta"}


def test_a_model_whose_files_vanish_goes_on(tmp_path):
    folder = shutil.copytree(MODEL, tmp_path / "model")
    with served(folder, tmp_path / "log") as page:
        shutil.rmtree(folder)
        assert page.call("translate", "attention", "tiny", 2)[1]["target"] == "noitnetta"
        assert page.ask("GET", "/readyz").status == 200


@pytest.mark.parametrize("form", ["csv", "json", "html", "latex"])
def test_a_full_disk_keeps_no_file_from_being_taken_away(form, full_disk, monkeypatch):
    monkeypatch.setattr(engine, "TRANSLATORS", {"tiny": Translator.load(MODEL)})
    with full_disk(0):
        *_, (_, kept) = answer({"number": 1, "text": "abc", "model": "tiny"})
        download, _ = save_as(kept, {"number": 2, "form": form})
    assert '"content"' in download


def test_a_clock_that_jumps_ends_no_request(monkeypatch):
    monkeypatch.setattr(engine, "TRANSLATORS", {"tiny": Translator.load(MODEL)})
    days = cycle([0.0, 4e9])
    monkeypatch.setattr(time, "time", lambda: next(days))
    *_, (scene, _) = answer({"number": 1, "text": "attention", "model": "tiny"})
    assert '"phase": "done"' in scene
    assert "noitnetta" in scene


@pytest.mark.slow
def test_ten_thousand_sockets_that_say_nothing_keep_nobody_out(tmp_path):
    resource = pytest.importorskip("resource")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    count = min(10_000, most - 500)
    with served(MODEL, tmp_path / "log") as page:
        silent = []
        try:
            for _ in range(count):
                silent.append(socket.create_connection(("127.0.0.1", page.port), timeout=60))
            with closing(page.line()):
                assert page.ask("GET", "/healthz").status == 200
                assert page.call("translate", "attention", "tiny", 2)[1]["target"] == "noitnetta"
        finally:
            for line in silent:
                line.close()
