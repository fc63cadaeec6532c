"""Files are written whole: under temporary names first, then renamed, so that no reader ever sees half of one."""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

Writer = Callable[[Path], object]
"""Fills the file or folder that it is given."""


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


def write_folder_whole(directory: Path, write: Writer) -> None:
    """Let `write` fill a folder beside `directory`, then put it there in one step, if nothing stands there."""
    directory = directory.resolve()
    temporary = directory.with_name(f".{directory.name}.tmp")
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        write(temporary)
        if directory.exists():
            directory.rmdir()
        temporary.replace(directory)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def is_free(directory: Path) -> bool:
    """Whether a new folder can be written there: nothing is there, or an empty folder."""
    return not directory.exists() or (directory.is_dir() and not any(directory.iterdir()))
