"""Files are written whole: under temporary names first, then renamed, so that no reader ever sees half of one."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

Writer = Callable[[Path], object]
"""Fills the file that it is given."""


def write_together(directory: Path, writers: Mapping[str, Writer]) -> None:
    """Write some files of `directory`, by name; none takes its place before all of them are written."""
    directory.mkdir(parents=True, exist_ok=True)
    temporaries = {name: directory / f".{name}.{os.getpid()}.tmp" for name in writers}
    try:
        for name, write in writers.items():
            _write(temporaries[name], write)
        for name, temporary in temporaries.items():
            os.replace(temporary, directory / name)
    finally:
        for temporary in temporaries.values():
            temporary.unlink(missing_ok=True)


def _write(path: Path, write: Writer) -> None:
    path.touch()
    mode = path.stat().st_mode  # what this user's new files have; some libraries make theirs private
    write(path)
    path.chmod(mode)
    with path.open("rb+") as file:
        os.fsync(file.fileno())  # the content is on the disk before the name is, whatever the power does


def write_whole(path: Path, write: Writer) -> None:
    """Let `write` fill a temporary file beside `path`, then put it in the place of `path` in one step."""
    write_together(path.parent, {path.name: write})


def write_text_whole(path: Path, text: str) -> None:
    """Write `text` as UTF-8 to `path` in one step."""
    write_whole(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))
