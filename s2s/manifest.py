"""The checksums of a checkpoint's files, in the form of `sha256sum`, so that anyone can check them with it.

The Hub's client checks sizes only. The model card has no checksum: people go on writing it, on the Hub too.
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from s2s.errors import CheckpointError
from s2s.files import write_text_whole

MANIFEST = "SHA256SUMS"


def manifest_of(contents: Mapping[str, bytes]) -> str:
    """The manifest of files with these names and contents."""
    return _lines({name: hashlib.sha256(content).hexdigest() for name, content in contents.items()})


def write_manifest(directory: Path, names: Collection[str]) -> None:
    """Write the manifest of these files of `directory`, as they are now."""
    write_text_whole(directory / MANIFEST, _lines({name: _sum_of(directory / name) for name in names}))


def check_manifest(directory: Path, names: Collection[str]) -> None:
    """Compare these files with their checksums; a name may begin with `../`.

    Raises:
        CheckpointError: a file is not what it was, or the manifest is; the message names it.
    """
    path = directory / MANIFEST
    try:
        lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
        rows = [re.fullmatch(r"([0-9a-f]{64}) [ *]((?:\.\./)?[\w.-]+)", line) for line in lines]
        expected = {row[2]: row[1] for row in rows if row}
        if len(expected) < len(rows) or expected.keys() != set(names):
            raise ValueError(f"expected a sha256 and a name on each line, for {', '.join(sorted(names))}")
        found = {name: _sum_of(directory / name) for name in names}
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} is damaged ({error}). Fetch the checkpoint again.") from None
    for name, checksum in found.items():
        if checksum != expected[name]:
            raise CheckpointError(
                f"{directory / name} is damaged: its sha256 is {checksum[:12]}…, {MANIFEST} says "
                f"{expected[name][:12]}…. Fetch the checkpoint again; or, if you changed it yourself, run "
                f"`sha256sum {' '.join(names)} > {MANIFEST}` in that folder."
            )


def _sum_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _lines(sums: Mapping[str, str]) -> str:
    return "".join(f"{checksum}  {name}\n" for name, checksum in sums.items())
