"""A page with a tiny model in a process of its own (tests/tiny_page.py), asked over HTTP as strangers ask."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.processes import ROOT

PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Answer:
    """What came of a request."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body's value."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Served:
    """A page that is being served."""

    port: int
    process: subprocess.Popen[str]
    log: Path

    def tell(self, command: str, *values: object) -> Any:
        """Have the process do something (tests/tiny_page.py)."""
        self.process.stdin.write(json.dumps([command, *values]) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def ask(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        """One request; a body that is no bytes is sent as JSON."""
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        kind = {} if content is None else {"Content-Type": "application/json"}
        with closing(self.line()) as line:
            line.request(method, path, content, {**kind, **(headers or {})})
            answer = line.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, told, answer.read())

    def line(self) -> http.client.HTTPConnection:
        """A connection."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)

    def call(self, name: str, *values: object) -> tuple[str, Any]:
        """Ask a program's function as its documentation says: `complete` or `error`, and what it gives."""
        return self.finish(self.ask("POST", f"/gradio_api/call/{name}", {"data": list(values)}))

    def finish(self, asked: Answer) -> tuple[str, Any]:
        """What comes of a call that was let in."""
        assert asked.status == 200, asked.body
        blocks = self.ask("GET", f"/gradio_api/call/any/{asked.json['event_id']}").body.decode().strip().split("\n\n")
        told = [[line.split(": ", 1)[-1] for line in block.split("\n")] for block in blocks]
        kind, data = next(each for each in reversed(told) if each[0] in ("complete", "error"))
        return kind, json.loads(data)[0] if kind == "complete" else json.loads(data)

    @property
    def logged(self) -> str:
        """All that was written to the log."""
        return self.log.read_text(errors="replace")

    @property
    def cpu_seconds(self) -> float:
        """Processor time that the process has used: what a start takes, however busy the machine is."""
        values = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def megabytes(self) -> float:
        """Memory of the process."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def served(checkpoint: Path, log: Path, port: int = 0, **settings: object) -> Iterator[Served]:
    """The page with the model in the folder `checkpoint`, and with these settings; it writes to `log`."""
    port = port or _free_port()
    with (
        log.open("w") as output,
        subprocess.Popen(
            [sys.executable, "-m", "tests.tiny_page", str(checkpoint), json.dumps({"port": port, **settings})],
            cwd=ROOT,
            env=os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout.readline() == '"ready"\n', log.read_text()[-3000:]
            yield Served(port, process, log)
        finally:
            process.kill()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until `condition` holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
