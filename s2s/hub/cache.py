"""Checkpoints of the Hub on this disk: a folder a commit, which is there whole or not at all.

A cache of its own, beside the Hub client's: that one has no checksums, keeps nothing of an interrupted file, and needs
two requests for each.
"""

import os
import re
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from huggingface_hub import constants
from huggingface_hub.utils import WeakFileLock

from s2s.checkpoint import SUMMED
from s2s.errors import CheckpointError, ConfigError
from s2s.files import write_text_whole
from s2s.hub.access import MEGABYTE, OWNER, Access
from s2s.hub.naming import HubName
from s2s.manifest import check_manifest

LIMIT = "S2S_CACHE_MEGABYTES"
"""The variable that says how large the cache may become."""
DEFAULT_MEGABYTES = 2_000
IN_USE_SECONDS = 60
"""What was used within this time stays: somebody is just fetching it, or loading it."""


def cache_directory(access: Access = OWNER) -> Path:
    """Where fetched checkpoints lie: in the folder that HF_HOME names."""
    return Path(constants.HF_HOME) / access.cache


class Shelf:
    """One repository in the cache: `refs/REVISION` holds a commit, `COMMIT/` a checkpoint."""

    def __init__(self, name: HubName, access: Access = OWNER) -> None:
        self.name = name
        self.directory = cache_directory(access) / name.repository.replace("/", "--")
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
        with suppress(OSError):  # a cache that may only be read serves too
            os.utime(folder)
        return folder

    def remember(self, commit: str) -> None:
        """Note that the name means this commit."""
        if not self.name.is_pinned and self.commit() != commit:
            write_text_whole(self._ref, commit)

    def fill(self, commit: str, size: int, write: Callable[[Path], object]) -> Path:
        """The checkpoint of this commit, which `write` puts into a folder; that may hold what a broken-off try left.

        Others make room for its `size` in bytes, if need be.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        with WeakFileLock(self.directory / ".lock"):
            if found := self.find(commit):  # by another process, meanwhile
                return found
            folder, partial = self.directory / commit, self.directory / f".{commit}.partial"
            for old in {folder, *self.directory.glob(".*.partial")} - {partial}:
                shutil.rmtree(old, ignore_errors=True)
            make_room(self.directory.parent, size, partial)
            partial.mkdir(exist_ok=True)
            write(partial)
            return partial.replace(folder)


def make_room(cache: Path, size: int, wanted: Path) -> None:
    """Remove checkpoints, those not used for longest first, until `size` bytes fit in for the one `wanted`."""
    there = [folder for folder in cache.glob("*/*") if folder != wanted and _is_checkpoint(folder)]
    found = {folder: _stats(folder) for folder in there}
    sizes = {folder: sum(each.st_size for each in stats) for folder, stats in found.items()}
    last_used = {folder: max((each.st_mtime for each in stats), default=0) for folder, stats in found.items()}
    too_much = sum(sizes.values()) + size - _limit()
    for folder in sorted(there, key=last_used.__getitem__):
        if too_much <= 0 or last_used[folder] > time.time() - IN_USE_SECONDS:
            return
        shutil.rmtree(folder, ignore_errors=True)
        too_much -= sizes[folder]


def _is_checkpoint(folder: Path) -> bool:
    return re.fullmatch(r"[0-9a-f]{40}|\.[0-9a-f]{40}\.partial", folder.name) is not None


def _stats(folder: Path) -> list[os.stat_result]:
    with suppress(OSError):  # another process made room too
        return [path.stat() for path in (folder, *folder.iterdir())]
    return []


def _limit() -> int:
    text = os.environ.get(LIMIT, "")
    if not text:
        return DEFAULT_MEGABYTES * MEGABYTE
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ConfigError(f"{LIMIT} must be a whole number of megabytes, got {text!r}")
    return int(text) * MEGABYTE
