"""From the Hub to a folder: six requests for a whole checkpoint, none for one that is in the cache."""

import logging
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import HfApi, constants, hf_hub_url

from s2s.checkpoint import CARD, CONFIG, PIECES, SUMMED, WEIGHTS, read_config
from s2s.errors import CheckpointError, HubError, UnreachableError
from s2s.files import is_free, write_folder_whole
from s2s.hub.access import MEGABYTE, OWNER, Access
from s2s.hub.cache import Shelf
from s2s.hub.download import download
from s2s.hub.faults import explained
from s2s.hub.naming import HubName, parse_name
from s2s.manifest import MANIFEST, check_manifest

LOG = logging.getLogger(__name__)

LIMITS = {
    MANIFEST: 5 * MEGABYTE,
    CONFIG: 5 * MEGABYTE,
    PIECES: 5 * MEGABYTE,
    CARD: 5 * MEGABYTE,
    WEIGHTS: 200 * MEGABYTE,
}
"""Most bytes of each file, in the order in which they are fetched: what may be wrong with a checkpoint shows early."""

Progress = Callable[[int, int], None]
"""Is told the bytes that are here and those of the whole."""


@dataclass(frozen=True)
class _Listing:
    commit: str
    sizes: Mapping[str, int]
    """Bytes of each file that is needed, in the order of LIMITS."""

    @property
    def size(self) -> int:
        """Bytes of all of them."""
        return sum(self.sizes.values())


def fetch(name: str, *, newest: bool = False, access: Access = OWNER, progress: Progress | None = None) -> Path:
    """The folder of a checkpoint of the Hub, fetched if need be.

    What is in the cache needs no request, even if its branch has moved on since.

    Args:
        name: OWNER/NAME, or OWNER/NAME@REVISION (a branch, a tag or a commit).
        newest: ask where a branch stands now; the cache then only serves if the Hub does not answer.
        access: on whose behalf.
        progress: is told how many bytes have come.

    Returns:
        A folder in the cache, named after the commit, not to be written to. Load it soon: when the cache is full, what
        was not used for longest goes.

    Raises:
        HubError: there is no such checkpoint, it cannot be had, or is not sound; the message says which.
        UnreachableError: the Hub does not answer, and the checkpoint is not in the cache.
    """
    hub_name = parse_name(name)
    shelf = Shelf(hub_name, access)
    cached = shelf.find(shelf.commit())
    if cached and (hub_name.is_pinned or not newest):
        return cached
    try:
        with explained(hub_name, access):
            listing = _list_files(hub_name, access)
    except UnreachableError as error:
        if cached is None:
            raise UnreachableError(f"{error}; and {hub_name} is not in the cache") from None
        LOG.warning("%s as it was fetched before is used: %s", hub_name, error)
        return cached
    with explained(hub_name, access):
        folder = shelf.fill(
            listing.commit, listing.size, lambda partial: _fill(partial, listing, hub_name, access, progress)
        )
        shelf.remember(listing.commit)
    return folder


def pull(name: str, directory: Path, *, progress: Progress | None = None) -> str:
    """Copy the newest checkpoint of that name to `directory`, which must be new or empty; its commit.

    Raises:
        HubError: as `fetch`, or `directory` holds something.
    """
    if not is_free(directory):
        raise HubError(f"{directory.resolve()} is there already: name a new folder, or move that one away")
    folder = fetch(name, newest=True, progress=progress)
    with explained(parse_name(name)):
        write_folder_whole(directory, lambda new: [shutil.copyfile(path, new / path.name) for path in folder.iterdir()])
    return folder.name


def _list_files(name: HubName, access: Access) -> _Listing:
    found = HfApi(token=access.token).model_info(
        name.repository, revision=name.revision, files_metadata=True, timeout=constants.HF_HUB_ETAG_TIMEOUT
    )
    if not re.fullmatch("[0-9a-f]{40}", found.sha or "") or found.siblings is None:
        raise ValueError("it names no commit and no files")
    sizes = {file.rfilename: (file.lfs or file).size or 0 for file in found.siblings}
    missing = [file for file in (*SUMMED, MANIFEST) if file not in sizes]
    if missing:
        shown = ", ".join(sorted(sizes)[:8]) or "nothing"
        raise HubError(
            f"{name} is no checkpoint of this program: it lacks {', '.join(missing)} (found: {shown}). "
            "Those that `s2s push` made have all of them."
        )
    needed = {file: sizes[file] for file in LIMITS if file in sizes}
    for file, size in needed.items():
        limit = min(LIMITS[file], access.largest)
        if size > limit:
            most = f"at most {limit / MEGABYTE:.0f} MB are fetched"
            raise HubError(f"{file} of {name} has {size / MEGABYTE:,.1f} MB, and {most}")
    return _Listing(str(found.sha), needed)


def _fill(folder: Path, listing: _Listing, name: HubName, access: Access, progress: Progress | None) -> None:
    total, before = listing.size, 0  # bytes
    here = sum(path.stat().st_size for path in folder.iterdir())
    needed, free = total - here, shutil.disk_usage(folder).free
    if needed > free:
        sizes = f"{name} needs {needed / MEGABYTE:.1f} MB, and {folder.parent} has {free / MEGABYTE:.1f} MB left"
        raise HubError(f"the disk is full: {sizes}")
    for file, size in listing.sizes.items():
        url = hf_hub_url(name.repository, file, revision=listing.commit)
        for have in download(url, folder / file, size, access):
            if progress:
                progress(before + have, total)
        before += size
        if file == CONFIG:
            _check(lambda: read_config(folder / CONFIG), folder, name)
    _check(lambda: check_manifest(folder, SUMMED), folder, name)


def _check(check: Callable[[], object], folder: Path, name: HubName) -> None:
    try:
        check()
    except CheckpointError as error:
        shutil.rmtree(folder)
        raise HubError(f"what came as {name} cannot be used: {str(error).replace(f'{folder}/', '')}") from None
