"""Runs app.py as a server of its own."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
START_TIMEOUT_SECONDS = 120
STOP_TIMEOUT_SECONDS = 10
POLL_SECONDS = 0.1


@contextmanager
def serving(log: Path, root: Path = ROOT, **settings: str) -> Iterator[str]:
    """The address of `root`/app.py, which runs in that folder with these environment variables and writes to `log`."""
    port = _free_port()
    own = {"S2S_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False", "PYTHONUNBUFFERED": "1"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=root,
            env=os.environ | own | settings,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_ready(address, process, log)
        yield address
    finally:
        _stop(process)


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def _wait_until_ready(address, process, log):
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not _answers(f"{address}/config"):
        told = log.read_text(errors="replace")[-2000:]
        if process.poll() is not None:
            pytest.fail(f"app.py ended with code {process.returncode} before it served:\n{told}")
        if time.monotonic() > deadline:
            pytest.fail(f"app.py did not answer within {START_TIMEOUT_SECONDS} s:\n{told}")
        time.sleep(POLL_SECONDS)


def _answers(address):
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy
    try:
        with direct.open(address, timeout=5) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _stop(process):
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
