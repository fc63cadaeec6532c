"""What a checkpoint on the Hub is called: OWNER/NAME, or OWNER/NAME@REVISION."""

import re
from dataclasses import dataclass

from huggingface_hub.utils import HFValidationError, validate_repo_id

from s2s.errors import HubError

DEFAULT_REVISION = "main"


@dataclass(frozen=True)
class HubName:
    """A repository of the Hub at a branch, a tag or a commit."""

    repository: str
    revision: str = DEFAULT_REVISION

    def __post_init__(self) -> None:
        try:
            validate_repo_id(self.repository)
        except HFValidationError:
            valid = False
        else:
            valid = self.repository.count("/") == 1
        if not valid:
            raise HubError(
                f"{self.repository!r} is no name on the Hub: expected OWNER/NAME, such as ada/en-fr, of letters, "
                "digits and - _ . (none of them first or last, no two together)"
            )
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/+-]{0,199}", self.revision):
            raise HubError(
                f"{self.revision!r} is no revision: expected a branch, a tag or a commit, as in OWNER/NAME@v1.0"
            )

    @property
    def is_pinned(self) -> bool:
        """Whether the revision is a whole commit hash, which always means the same files."""
        return re.fullmatch(r"[0-9a-f]{40}", self.revision) is not None

    def __str__(self) -> str:
        return self.repository if self.revision == DEFAULT_REVISION else f"{self.repository}@{self.revision}"


def parse_name(text: str) -> HubName:
    """Read OWNER/NAME or OWNER/NAME@REVISION.

    Raises:
        HubError: it is neither.
    """
    repository, at, revision = text.partition("@")
    return HubName(repository, revision) if at else HubName(repository)
