"""From a folder to the Hub: a sound checkpoint, its card with metadata, one commit."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, ModelCard, get_token
from huggingface_hub.errors import LocalTokenNotFoundError

from s2s.checkpoint import CARD, load_checkpoint, standalone_files
from s2s.errors import HubError
from s2s.hub.card import complete_card, read_metadata
from s2s.hub.faults import explained
from s2s.hub.naming import DEFAULT_REVISION, HubName


@dataclass(frozen=True)
class Upload:
    """What is about to go to the Hub."""

    name: str
    contents: Mapping[str, Path | bytes]
    """The file of each name in the repository, or its content."""
    metadata: str
    """What the Hub reads from the card, YAML."""

    @property
    def sizes(self) -> dict[str, int]:
        """Bytes of each file."""
        return {
            name: len(content) if isinstance(content, bytes) else content.stat().st_size
            for name, content in self.contents.items()
        }


def prepare_upload(directory: Path) -> Upload:
    """Read what goes to the Hub from a checkpoint folder; needs no network.

    Raises:
        CheckpointError: the checkpoint cannot be loaded, so nobody else could either.
        HubError: its card is missing, is malformed, or names no licence.
    """
    description = load_checkpoint(directory).description
    path = directory / CARD
    if not path.is_file():
        raise HubError(
            f"{directory} has no {CARD}: write one that says what the model does and begins with a line ---, "
            "a line `license: …`, and a line ---"
        )
    card = complete_card(path.read_text(encoding="utf-8"), description)
    if not read_metadata(card).get("license"):
        raise HubError(
            f"{path} names no licence: add a line such as `license: apache-2.0` between the lines --- at its top"
        )
    return Upload(description.name, standalone_files(directory) | {CARD: card.encode()}, ModelCard(card).data.to_yaml())


def push(upload: Upload, repository: str, *, private: bool = False, branch: str = DEFAULT_REVISION) -> str:
    """Send a checkpoint to the Hub as one commit; repository and branch are made if need be.

    Args:
        upload: what `prepare_upload` gave.
        repository: OWNER/NAME.
        private: whether only its owner sees a repository that is made.
        branch: where the commit goes.

    Returns:
        The address of the commit.

    Raises:
        HubError: not logged in, not allowed, or the Hub refused; the message says which.
    """
    name, hub = HubName(repository, branch), HfApi()
    with explained(name):
        if get_token() is None:
            raise LocalTokenNotFoundError
        hub.create_repo(repository, private=private or None, exist_ok=True)
        if private and not hub.model_info(repository).private:
            raise HubError(
                f"{repository} is there already, for all to see: make it private on the Hub, or push without --private"
            )
        if branch != DEFAULT_REVISION:
            hub.create_branch(repository, branch=branch, exist_ok=True)
        commit = hub.create_commit(
            repository, additions(upload), commit_message=f"Checkpoint {upload.name}", revision=branch
        )
    return str(commit.commit_url)


def additions(upload: Upload) -> list[CommitOperationAdd | CommitOperationDelete]:
    """What a commit does to bring all files of an upload."""
    return [CommitOperationAdd(path_in_repo=file, path_or_fileobj=content) for file, content in upload.contents.items()]
