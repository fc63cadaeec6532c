"""Checkpoints from the Hugging Face Hub, and to it.

Read access, naming, faults, card, cache, download, pull, push, space. The only importer of `huggingface_hub`. Its
variables hold here too: `HF_HOME` (the cache), `HF_TOKEN`, `HF_ENDPOINT`, `HF_HUB_OFFLINE`, `HF_HUB_DOWNLOAD_TIMEOUT`
(seconds without a byte).
"""

from s2s.hub.access import OWNER, STRANGER, Access
from s2s.hub.card import complete_card
from s2s.hub.naming import DEFAULT_REVISION, HubName, parse_name
from s2s.hub.pull import fetch, pull
from s2s.hub.push import Upload, prepare_upload, push
from s2s.hub.space import HARDWARE, prepare_space, push_space, write_space

__all__ = [
    "DEFAULT_REVISION",
    "HARDWARE",
    "OWNER",
    "STRANGER",
    "Access",
    "HubName",
    "Upload",
    "complete_card",
    "fetch",
    "parse_name",
    "prepare_space",
    "prepare_upload",
    "pull",
    "push",
    "push_space",
    "write_space",
]
