"""One file of the Hub to this disk: goes on where it ended when it is cut, and takes no more than was listed."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
from huggingface_hub import constants, get_session
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import build_hf_headers, hf_raise_for_status

from s2s.errors import HubError
from s2s.hub.access import Access

FRUITLESS_TRIES = 3
"""After so many in a row that brought no byte, a file is given up."""
PAUSE_SECONDS = 1.0
"""Between two of them."""


def download(url: str, path: Path, size: int, access: Access) -> Iterator[int]:
    """Tell the bytes that are here until all are; goes on where an earlier try ended.

    Raises:
        HubError: the file has more or fewer bytes than `size`.
        HfHubHTTPError, httpx2.TransportError: the Hub refuses, or does not answer any more.
    """
    path.touch()
    have, fruitless = path.stat().st_size, 0
    yield have
    while have < size:
        before = have
        try:
            for have in _append(url, path, have, size, access):  # noqa: B020 (where it ended is where to go on)
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


def _append(url: str, path: Path, have: int, size: int, access: Access) -> Iterator[int]:
    headers = build_hf_headers(token=access.token) | {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
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
