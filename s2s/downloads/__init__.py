"""A translation as a file to take away, and back. Pure functions: no server, no PyTorch.

Every file names the model, its revision and the settings that it comes from.
"""

from collections.abc import Callable
from typing import NamedTuple

from s2s.downloads.data_forms import to_csv, to_json, to_npz, to_pharaoh
from s2s.downloads.paper_forms import html_frame, to_html, to_latex
from s2s.downloads.picture import Picture, file_stem
from s2s.downloads.reading import read_json
from s2s.errors import DataError

__all__ = ["FORMS", "File", "Picture", "file_stem", "html_frame", "read_json", "save"]


class File(NamedTuple):
    """A file to be saved by whoever asked for it."""

    name: str
    media_type: str
    content: bytes


FORMS: dict[str, tuple[str, str, Callable[[Picture], str | bytes]]] = {
    "html": ("html", "text/html", to_html),
    "json": ("json", "application/json", to_json),
    "csv": ("csv", "text/csv", to_csv),
    "npz": ("npz", "application/octet-stream", to_npz),
    "pharaoh": ("pharaoh.txt", "text/plain", to_pharaoh),
    "latex": ("tex", "application/x-tex", to_latex),
}
"""Name of a form: the ending of its files, their media type, and what writes them. PNG, SVG and PDF are made where
the picture is drawn: in the browser, or by `s2s.figures.save_figure`."""


def save(picture: Picture, form: str, write: Callable[[Picture], str | bytes] | None = None) -> File:
    """The file of one form; `json` and `pharaoh` hold all sentences, the others the one that `picture` shows.

    Args:
        picture: what is saved.
        form: one of `FORMS`.
        write: what writes it instead, such as `html_frame`.

    Raises:
        DataError: there is no such form, or nothing to save in it.
    """
    if form not in FORMS:
        raise DataError(f"A file's form is one of {', '.join(FORMS)}; got {form!r:.80}.")
    ending, media_type, usual = FORMS[form]
    content = (write or usual)(picture)
    return File(f"{file_stem(picture)}.{ending}", media_type, content.encode() if isinstance(content, str) else content)
