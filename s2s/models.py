"""The checkpoints at hand: the folders in `checkpoints/` beside the package, and those that a setting adds."""

import logging
import re
from pathlib import Path

from s2s.checkpoint import CONFIG, Description, read_description
from s2s.errors import CheckpointError

LOG = logging.getLogger(__name__)

EMBEDDED = Path(__file__).parents[1] / "checkpoints"
DEFAULT_MODEL = "en-fr"
DEFAULT_MODELS = {"zh": "en-zh"}
"""The models that the page opens with for visitors of some languages; the others get `DEFAULT_MODEL`."""


def find_models(directory: Path = EMBEDDED) -> dict[str, Description]:
    """Folder names and descriptions of the checkpoints in `directory`, the default one first.

    A folder that is no checkpoint is left out, and the log says why.
    """
    found = {}
    for path in sorted(directory.iterdir()) if directory.is_dir() else []:
        try:
            found[path.name] = read_description(path)
        except CheckpointError as error:
            if path.is_dir() and not any(path.glob(f"*/{CONFIG}")):  # as of a grid
                LOG.warning("left out: %s", error)
    return dict(sorted(found.items(), key=lambda item: item[0] != DEFAULT_MODEL))


def is_hub_name(text: str) -> bool:
    """Whether this may be a model of the Hub, OWNER/NAME or OWNER/NAME@REVISION; it may be a folder just as well."""
    return re.fullmatch(r"[A-Za-z0-9][\w.-]*/[\w.-]+(@.+)?", text, flags=re.ASCII) is not None
