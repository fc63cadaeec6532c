"""What the Hub and its client complain about, said so that a person can mend it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from huggingface_hub import constants, get_token
from huggingface_hub.errors import (
    DisabledRepoError,
    GatedRepoError,
    HfHubHTTPError,
    LocalTokenNotFoundError,
    OfflineModeIsEnabled,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from s2s.errors import HubError, UnreachableError
from s2s.hub.access import OWNER, Access
from s2s.hub.naming import HubName

LOG_IN = "log in with `hf auth login`, or set HF_TOKEN"
DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def explained(name: HubName, access: Access = OWNER) -> Iterator[None]:
    """Turn what the client raises inside into one HubError about `name`."""
    try:
        yield
    except Exception as error:
        found = _explain(error, name, access)
        if found is None:
            raise
        raise found from None


def _explain(error: BaseException | None, name: HubName, access: Access) -> HubError | None:
    match error:
        case LocalTokenNotFoundError():
            return HubError(f"you are not logged in to the Hub: {LOG_IN}")
        case HfHubHTTPError():
            return _refusal(error, name, access)
        case OfflineModeIsEnabled():
            return UnreachableError(
                f"HF_HUB_OFFLINE forbids to ask the Hub for {name}: unset it, or use a model folder"
            )
        case httpx2.TimeoutException():
            return UnreachableError(
                f"the Hub at {constants.ENDPOINT} stopped answering for {name}: try again later; what has come so far "
                "is kept (HF_HUB_DOWNLOAD_TIMEOUT sets the seconds to wait)"
            )
        case httpx2.HTTPError():
            return UnreachableError(
                f"the Hub at {constants.ENDPOINT} cannot be reached for {name} ({str(error) or type(error).__name__}): "
                "check the network, or use a model folder"
            )
        case OSError() if error.errno in DISK_ERRORS:
            return HubError(f"the disk is full: free some space for {name} ({error})")
        case OSError() if error.errno is not None:
            return HubError(f"{name} cannot be written to the disk: {error}")
        case OSError():  # of the Hub's own way to move large files (Xet)
            return UnreachableError(f"the transfer of {name} broke off: {error}. Try again later")
        case ValueError() | KeyError() | TypeError():
            return HubError(
                f"what answers at {constants.ENDPOINT} does not speak as the Hub does "
                f"({type(error).__name__}: {error}): check HF_ENDPOINT, or the log-in page of your network"
            )
        case RuntimeError():  # around what broke an upload
            return _explain(error.__cause__, name, access)
    return None


def _refusal(error: HfHubHTTPError, name: HubName, access: Access) -> HubError:
    status, url = error.response.status_code, f"{constants.ENDPOINT}/{name.repository}"
    if access.token is False and isinstance(error, GatedRepoError | RepositoryNotFoundError):
        return HubError(f"the Hub has no model {name.repository} that everybody may see: check the name")
    if isinstance(error, GatedRepoError):
        return HubError(f"{name} is given out on conditions: accept them at {url}, then {LOG_IN}")
    if isinstance(error, RepositoryNotFoundError):
        seen = "with your account; ask its owner for access" if get_token() else f"without an account; {LOG_IN}"
        return HubError(f"the Hub has no model {name.repository}: check the name, or it is private and not seen {seen}")
    if isinstance(error, RevisionNotFoundError):
        return HubError(
            f"{name.repository} has no revision {name.revision}: {url}/tree/main lists its branches and tags"
        )
    if isinstance(error, RemoteEntryNotFoundError):
        return HubError(f"{name} lacks a file that the Hub has just listed: try again ({error.response.url})")
    if isinstance(error, DisabledRepoError):
        return HubError(f"the Hub has disabled {name.repository}: see {url}")
    if status == 401:
        return HubError(f"the Hub does not know your token (401): {LOG_IN}")
    if status == 403:
        return HubError(
            f"your account may not do this with {name.repository} (403): use a token that may write there, or a name "
            "of your own"
        )
    if status == 429:
        return HubError(f"the Hub got too many requests from here (429): try again in some minutes, or {LOG_IN}")
    if status >= 500:
        return UnreachableError(f"the Hub is out of order ({status}) and gives no {name}: try again later")
    said = error.server_message or str(error).splitlines()[0]
    return HubError(f"the Hub refused {name} ({status}): {said}")
