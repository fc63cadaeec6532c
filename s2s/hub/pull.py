"""From the Hub to a folder: six requests for a whole checkpoint, none for one that is in the cache."""

import logging
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx2
from huggingface_hub import HfApi, constants, get_session, hf_hub_url
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import build_hf_headers, hf_raise_for_status

from s2s.checkpoint import CARD, CONFIG, PIECES, SUMMED, WEIGHTS, read_config
from s2s.errors import CheckpointError, HubError, UnreachableError
from s2s.hub.cache import Shelf
from s2s.hub.faults import explained
from s2s.hub.naming import HubName, parse_name
from s2s.manifest import MANIFEST, check_manifest

LOG = logging.getLogger(__name__)

MEGABYTE = 1_000_000
LIMITS = {
    MANIFEST: 5 * MEGABYTE,
    CONFIG: 5 * MEGABYTE,
    PIECES: 5 * MEGABYTE,
    CARD: 5 * MEGABYTE,
    WEIGHTS: 200 * MEGABYTE,
}
"""Most bytes of each file, in the order in which they are fetched: what may be wrong with a checkpoint shows early."""
FRUITLESS_TRIES = 3
"""After so many in a row that brought no byte, a file is given up."""
PAUSE_SECONDS = 1.0
"""Between two of them."""

Progress = Callable[[int, int], None]
"""Is told the bytes that are here and those of the whole."""


@dataclass(frozen=True)
class _Listing:
    commit: str
    sizes: Mapping[str, int]
    """Bytes of each file that is needed, in the order of LIMITS."""


def fetch(name: str, *, newest: bool = False, progress: Progress | None = None) -> Path:
    """The folder of a checkpoint of the Hub, fetched if need be.

    What is in the cache needs no request, even if its branch has moved on since.

    Args:
        name: OWNER/NAME, or OWNER/NAME@REVISION (a branch, a tag or a commit).
        newest: ask where a branch stands now; the cache then only serves if the Hub does not answer.
        progress: is told how many bytes have come.

    Returns:
        A folder in the cache, named after the commit, not to be written to.

    Raises:
        HubError: there is no such checkpoint, it cannot be had, or is not sound; the message says which.
        UnreachableError: the Hub does not answer, and the checkpoint is not in the cache.
    """
    hub_name = parse_name(name)
    shelf = Shelf(hub_name)
    cached = shelf.find(shelf.commit())
    if cached and (hub_name.is_pinned or not newest):
        return cached
    try:
        with explained(hub_name):
            listing = _list_files(hub_name)
    except UnreachableError as error:
        if cached is None:
            raise UnreachableError(f"{error}; and {hub_name} is not in the cache") from None
        LOG.warning("%s as it was fetched before is used: %s", hub_name, error)
        return cached
    with explained(hub_name):
        folder = shelf.fill(listing.commit, lambda partial: _fill(partial, listing, hub_name, progress))
        shelf.remember(listing.commit)
    return folder


def pull(name: str, directory: Path, *, progress: Progress | None = None) -> str:
    """Copy the newest checkpoint of that name to `directory`, which must be new or empty; its commit.

    Raises:
        HubError: as `fetch`, or `directory` holds something.
    """
    directory = directory.resolve()
    if directory.exists() and not (directory.is_dir() and not any(directory.iterdir())):
        raise HubError(f"{directory} is there already: name a new folder, or move that one away")
    folder = fetch(name, newest=True, progress=progress)
    temporary = directory.with_name(f".{directory.name}.tmp")
    with explained(parse_name(name)):
        try:
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir(parents=True)
            for path in folder.iterdir():
                shutil.copyfile(path, temporary / path.name)
            if directory.exists():
                directory.rmdir()
            temporary.replace(directory)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    return folder.name


def _list_files(name: HubName) -> _Listing:
    found = HfApi().model_info(
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
        if size > LIMITS[file]:
            limit = f"at most {LIMITS[file] / MEGABYTE:.0f} MB are fetched"
            raise HubError(f"{file} of {name} has {size / MEGABYTE:,.1f} MB, and {limit}")
    return _Listing(str(found.sha), needed)


def _fill(folder: Path, listing: _Listing, name: HubName, progress: Progress | None) -> None:
    total, before = sum(listing.sizes.values()), 0  # bytes
    here = sum(path.stat().st_size for path in folder.iterdir())
    needed, free = total - here, shutil.disk_usage(folder).free
    if needed > free:
        sizes = f"{name} needs {needed / MEGABYTE:.1f} MB, and {folder.parent} has {free / MEGABYTE:.1f} MB left"
        raise HubError(f"the disk is full: {sizes}")
    for file, size in listing.sizes.items():
        url = hf_hub_url(name.repository, file, revision=listing.commit)
        for have in _download(url, folder / file, size):
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


def _download(url: str, path: Path, size: int) -> Iterator[int]:
    """Tell the bytes that are here until all are; goes on where an earlier try ended."""
    path.touch()
    have, fruitless = path.stat().st_size, 0
    yield have
    while have < size:
        before = have
        try:
            for have in _append(url, path, have, size):  # noqa: B020 (where it ended is where to go on)
                yield have
        except (httpx2.TransportError, HfHubHTTPError) as error:
            if isinstance(error, HfHubHTTPError) and error.response.status_code < 500:
                raise
            fruitless = fruitless + 1 if have == before else 0
            if fruitless == FRUITLESS_TRIES:
                raise
            time.sleep(PAUSE_SECONDS)
        else:
            if have < size:
                path.unlink()
                raise HubError(f"{path.name} ended after {have:,} bytes, and the Hub lists {size:,}: try again later")


def _append(url: str, path: Path, have: int, size: int) -> Iterator[int]:
    headers = build_hf_headers() | {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with get_session().stream("GET", url, headers=headers, timeout=constants.HF_HUB_DOWNLOAD_TIMEOUT) as response:
        hf_raise_for_status(response)
        if response.status_code != httpx2.codes.PARTIAL_CONTENT:
            have = 0
        with path.open("rb+") as file:
            file.seek(have)
            file.truncate()
            for chunk in response.iter_bytes():
                have += len(chunk)
                if have > size:
                    raise HubError(f"{path.name} has more than the {size:,} bytes that the Hub lists: it is not taken")
                file.write(chunk)
                yield have
