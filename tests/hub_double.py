"""A small Hugging Face Hub on 127.0.0.1: the parts of its API that the client uses, with faults to order."""

import base64
import hashlib
import json
import re
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

TOKEN = "hf_double"
PATIENCE_SECONDS = 10
"""After which a stalled answer ends by itself."""

Fault = Callable[["Handler", bytes], None]
"""Answers instead of the double; it is given the rest of the file."""


@dataclass
class Repository:
    """Commits by hash, in their order, and where each branch stands."""

    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    private: bool = False
    gated: bool = False
    made_with: dict = field(default_factory=dict)
    """What it was asked to be when it was made."""
    variables: dict[str, str] = field(default_factory=dict)
    """Of a Space."""

    def commit(self, files: dict[str, bytes], branch: str = "main", message: str = "") -> str:
        told = hashlib.sha1(repr((len(self.commits), sorted(files))).encode()).hexdigest()
        self.commits[told] = files
        self.branches[branch] = told
        self.messages.append(message)
        return told

    def find(self, revision: str) -> str | None:
        found = self.branches.get(revision, revision)
        return found if found in self.commits else None


class Double:
    """The server: `start`, `stop`, what lies on it, what it was asked, and the faults of its next answers."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        """By name; that of a Space begins with spaces/."""
        self.requests: list[str] = []
        self.tokens: set[str | None] = set()
        """What the requests said of the account."""
        self.faults: dict[str, list[Fault]] = {}
        """By the end of a path, a file or OWNER/NAME/FILE: what happens to the next requests, one after the other."""
        self.objects: dict[str, bytes] = {}
        self.told_elsewhere: list[dict[str, str]] = []
        """Headers of the requests that were sent on to another host."""
        self.may_write = True
        self.stopped = threading.Event()
        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.double = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if not self.stopped.is_set():
            self.stopped.set()
            self._server.shutdown()
            self._server.server_close()

    def offer(self, name: str, folder: Path, **changes: bytes | None) -> Repository:
        """Put the files of `folder` into a new repository; a change of None leaves one out."""
        files = {path.name: path.read_bytes() for path in folder.iterdir()} | changes
        repository = self.repositories.setdefault(name, Repository())
        repository.commit({file: content for file, content in files.items() if content is not None})
        return repository

    def downloads(self) -> list[str]:
        """Names of the files that were asked for."""
        return [path.rpartition("/")[2] for path in self.requests if "/resolve/" in path]


class Server(ThreadingHTTPServer):
    """Says nothing of clients that go away."""

    daemon_threads = True

    def handle_error(self, *given: object) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(*given)


class Handler(BaseHTTPRequestHandler):
    """Answers one request after the other of a connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer takes 40 ms

    @property
    def double(self) -> Double:
        return self.server.double

    def parse_request(self) -> bool:
        if self.double.stopped.is_set():  # on a connection that is still open
            self.close_connection = True
            return False
        return super().parse_request()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def answer(self, content: bytes | dict | list, status: int = 200, **headers: str) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.head(len(body), status, **headers)
        if self.command != "HEAD":
            self.wfile.write(body)

    def head(self, length: int, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def refuse(self, status: int, code: str = "", message: str = "refused") -> None:
        self.answer({"error": message}, status, X_Error_Code=code, X_Error_Message=message)

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.double.requests.append(f"{self.command} {path}")
        self.double.tokens.add(self.headers.get("Authorization"))
        for end, faults in self.double.faults.items():
            if path.endswith(end) and faults and "/resolve/" not in path:
                return faults.pop(0)(self, b"")
        if found := re.fullmatch(r"/api/(?:models/|(?=spaces/))((?:spaces/)?[^/]+/[^/]+)(?:/revision/(.+))?", path):
            return self.show(found[1], unquote(found[2] or "main"))
        if path.startswith("/elsewhere/"):
            self.double.told_elsewhere.append(dict(self.headers))
            return self.answer(self.double.objects[path.rpartition("/")[2]])
        if found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            return self.give(found[1], unquote(found[2]), unquote(found[3]))
        return self.refuse(404, "RepoNotFound")

    do_HEAD = do_GET  # noqa: N815 (the server calls it so)

    def visible(self, name: str) -> Repository | None:
        repository = self.double.repositories.get(name)
        known = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        if repository is None or (repository.private and not known):
            self.refuse(404 if known else 401, "RepoNotFound", "Repository not found")
            return None
        if repository.gated:
            self.refuse(403, "GatedRepo", "Access to this model is restricted")
            return None
        return repository

    def show(self, name: str, revision: str) -> None:
        if (repository := self.visible(name)) is None:
            return
        commit = repository.find(revision)
        if commit is None:
            return self.refuse(404, "RevisionNotFound")
        files = [
            {"rfilename": file, "size": len(content)}
            | ({"lfs": {"size": len(content), "sha256": "", "pointerSize": 130}} if len(content) > 10_000 else {})
            for file, content in repository.commits[commit].items()
        ]
        self.answer({"id": name, "modelId": name, "sha": commit, "private": repository.private, "siblings": files})

    def give(self, name: str, revision: str, file: str) -> None:
        if (repository := self.visible(name)) is None:
            return
        commit = repository.find(revision)
        if commit is None or file not in repository.commits[commit]:
            return self.refuse(404, "EntryNotFound" if commit else "RevisionNotFound")
        content, start = repository.commits[commit][file], 0
        if asked := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "")):
            start = int(asked[1])
        if faults := self.double.faults.get(f"{name}/{file}") or self.double.faults.get(file):
            return faults.pop(0)(self, content[start:])
        headers = {"X_Repo_Commit": commit, "ETag": f'"{hashlib.sha1(content).hexdigest()}"'}
        if start:
            headers["Content_Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self.answer(content[start:], 206 if start else 200, **headers)

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        self.double.requests.append(f"{self.command} {path}")
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if path == "/api/validate-yaml":
            return self.answer({"errors": [], "warnings": []})
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.refuse(401, message="Invalid credentials in Authorization header")
        if not self.double.may_write:
            return self.refuse(403, message="You have no rights here")
        if path == "/api/repos/create":
            return self.create(json.loads(body))
        found = re.fullmatch(r"/(?:api/)?(?:models/)?((?:spaces/)?[^/]+/[^/]+)/([^/]+)/?(.*)", path)
        name, kind, revision = found.groups()
        if name.endswith(".git"):
            return self.promise(json.loads(body))
        repository = self.double.repositories[name]
        if kind == "variables":
            told = json.loads(body)
            repository.variables[told["key"]] = told["value"]
            return self.answer({told["key"]: {"key": told["key"], "value": told["value"]}})
        if kind == "preupload":
            modes = {file["path"]: "lfs" if file["size"] > 10_000 else "regular" for file in json.loads(body)["files"]}
            files = [{"path": file, "uploadMode": mode, "shouldIgnore": False} for file, mode in modes.items()]
            return self.answer({"files": files})
        if kind == "branch":
            repository.branches[unquote(revision)] = repository.branches["main"]
            return self.answer({})
        return self.commit(name, repository, unquote(revision), [json.loads(line) for line in body.splitlines()])

    def create(self, told: dict) -> None:
        name = f"{told['organization']}/{told['name']}"
        if told.get("type") == "space":
            name = f"spaces/{name}"
        there = name in self.double.repositories
        if not there:
            self.double.repositories[name] = Repository(private=told.get("visibility") == "private", made_with=told)
            self.double.repositories[name].commit({".gitattributes": b""})
        self.answer({"url": f"{self.double.url}/{name}"}, 409 if there else 200)

    def promise(self, told: dict) -> None:
        """Large files: where to put them."""
        objects = [
            {**each, "actions": {"upload": {"href": f"{self.double.url}/objects/{each['oid']}"}}}
            for each in told["objects"]
        ]
        self.answer({"transfer": "basic", "objects": objects})

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if faults := self.double.faults.get("objects"):
            return faults.pop(0)(self, content)
        self.double.objects[hashlib.sha256(content).hexdigest()] = content
        self.answer(b"")

    def commit(self, name: str, repository: Repository, revision: str, lines: list[dict]) -> None:
        files = dict(repository.commits[repository.branches[revision]])
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            if line["key"] == "lfsFile":
                files[value["path"]] = self.double.objects[value["oid"]]
            if line["key"] == "deletedFile":
                del files[value["path"]]
        told = repository.commit(files, revision, lines[0]["value"]["summary"])
        self.answer({"commitUrl": f"{self.double.url}/{name}/commit/{told}", "commitOid": told})


def cut(share: float = 0.5) -> Fault:
    """The connection breaks after this share of the rest."""

    def fault(handler: Handler, content: bytes) -> None:
        handler.head(len(content), 206 if "Range" in handler.headers else 200)
        handler.wfile.write(content[: int(len(content) * share)])
        handler.close_connection = True

    return fault


def stall(share: float = 0.5) -> Fault:
    """This share of the rest comes, then nothing."""

    def fault(handler: Handler, content: bytes) -> None:
        handler.head(max(len(content), 9), 206 if "Range" in handler.headers else 200)
        handler.wfile.write(content[: int(len(content) * share)])
        handler.double.stopped.wait(PATIENCE_SECONDS)
        handler.close_connection = True

    return fault


def hold(released: threading.Event) -> Fault:
    """Half of the rest comes, and the other half when the test says so."""

    def fault(handler: Handler, content: bytes) -> None:
        handler.head(len(content), 206 if "Range" in handler.headers else 200)
        handler.wfile.write(content[: len(content) // 2])
        handler.wfile.flush()
        while not released.wait(0.05) and not handler.double.stopped.is_set():
            pass
        handler.wfile.write(content[len(content) // 2 :])

    return fault


def corrupt(handler: Handler, content: bytes) -> None:
    """As many bytes, one of them another."""
    handler.answer(content[:-1] + bytes([content[-1] ^ 1]))


def longer(handler: Handler, content: bytes) -> None:
    """More bytes than were listed."""
    handler.answer(content + b"\0" * 100_000)


def shorter(handler: Handler, content: bytes) -> None:
    """Fewer bytes than were listed, and the answer says so."""
    handler.answer(content[:-5])


def elsewhere(handler: Handler, content: bytes) -> None:
    """The file lies on another host, as large files of the Hub do."""
    handler.double.objects["rest"] = content
    port = handler.server.server_port
    handler.answer(b"", 302, Location=f"http://localhost:{port}/elsewhere/rest")


def status(code: int) -> Fault:
    """The server refuses."""
    return lambda handler, _: handler.refuse(code)
