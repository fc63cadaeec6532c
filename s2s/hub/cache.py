"""Checkpoints of the Hub on this disk: a folder a commit, which is there whole or not at all.

A cache of its own, beside the Hub client's: that one has no checksums, keeps nothing of an interrupted file, and needs
two requests for each.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from huggingface_hub import constants
from huggingface_hub.utils import WeakFileLock

from s2s.checkpoint import SUMMED
from s2s.errors import CheckpointError
from s2s.files import write_text_whole
from s2s.hub.naming import HubName
from s2s.manifest import check_manifest


def cache_directory() -> Path:
    """Where fetched checkpoints lie: in the folder that HF_HOME names."""
    return Path(constants.HF_HOME) / "s2s-attention"


class Shelf:
    """One repository in the cache: `refs/REVISION` holds a commit, `COMMIT/` a checkpoint."""

    def __init__(self, name: HubName) -> None:
        self.name = name
        self.directory = cache_directory() / name.repository.replace("/", "--")
        self._ref = self.directory / "refs" / quote(name.revision, safe="")

    def commit(self) -> str | None:
        """The commit that the name meant when it was last asked for."""
        if self.name.is_pinned:
            return self.name.revision
        return self._ref.read_text(encoding="utf-8") if self._ref.is_file() else None

    def find(self, commit: str | None) -> Path | None:
        """The whole and sound checkpoint of this commit, if it is here."""
        if commit is None or not (folder := self.directory / commit).is_dir():
            return None
        try:
            check_manifest(folder, SUMMED)
        except CheckpointError:
            return None
        return folder

    def remember(self, commit: str) -> None:
        """Note that the name means this commit."""
        if not self.name.is_pinned and self.commit() != commit:
            write_text_whole(self._ref, commit)

    def fill(self, commit: str, write: Callable[[Path], object]) -> Path:
        """The checkpoint of this commit, which `write` puts into a folder; that may hold what a broken-off try left."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with WeakFileLock(self.directory / ".lock"):
            if found := self.find(commit):  # by another process, meanwhile
                return found
            folder, partial = self.directory / commit, self.directory / f".{commit}.partial"
            for old in {folder, *self.directory.glob(".*.partial")} - {partial}:
                shutil.rmtree(old, ignore_errors=True)
            partial.mkdir(exist_ok=True)
            write(partial)
            return partial.replace(folder)
