"""Where the server has the chapter of docs/: its text as HTML, made when it is first asked for, and its pictures."""

import hashlib
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from s2s.chapter import CHAPTER, chapter_files
from s2s.page.markdown import render

FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
"""Another content has another address."""


@cache
def address() -> str:
    """The folder below the page's own address; empty if there is no chapter."""
    files = chapter_files()
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + file.read_bytes())
    return f"seen/{digest.hexdigest()[:16]}" if files else ""


def routes() -> list[BaseRoute]:
    """What answers `en.html`, `zh.html` and the names of the pictures there."""
    languages = {f"{language}.html": name for language, name in CHAPTER.items()}
    files = {file.name: file for file in chapter_files()}

    def answer(request: Request) -> Response:
        name = request.path_params["name"]
        if name in languages:
            return Response(_page(files[languages[name]]), media_type="text/html", headers=FOR_EVER)
        if name in files and name.endswith(".png"):
            return Response(files[name].read_bytes(), media_type="image/png", headers=FOR_EVER)
        return Response(status_code=404)

    return [Route(f"/{address()}/{{name}}", answer, include_in_schema=False)] if files else []


@cache
def _page(file: Path) -> str:
    return render(file.read_text(encoding="utf-8"), file.parent, address())
