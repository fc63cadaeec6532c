"""The state of a training: one file, written whole, from which it goes on as if it had not stopped."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from s2s.config import to_plain
from s2s.errors import TrainingError
from s2s.files import write_whole
from s2s.recipe import Recipe

_DECISIVE = ("seed", "batch_tokens", "shards", "piece_sampling", "guided_attention", "coverage_loss")
"""Settings of a training that a resumed one must share; the others may change on the way."""
_FREE = ("directory", "licence", "attribution", "tokenize", "lowercase")
"""Settings of the data that may change."""


@dataclass
class Progress:
    """How far a training has come."""

    updates: int = 0
    epoch: int = 0
    part: int = 0
    """Parts of this epoch that are done."""
    batch: int = 0
    """Batches of this part that are done."""
    target_tokens: int = 0
    longest_source: int = 0
    """Pieces of the longest source seen."""
    seconds: float = 0.0
    loss: float = 0.0
    losses: int = 0
    """Sum and number of the losses since the last validation."""
    best: list[float] | None = None
    """The merit of the best validation so far."""
    stale: int = 0
    """Validations since then."""
    history: list[dict[str, float]] = field(default_factory=list)
    """One entry a validation: updates, seconds, training loss, validation loss, share of exact matches, scores."""


def decisive_settings(recipe: Recipe, fingerprint: str) -> dict[str, Any]:
    """What a training and its state must share, by name, as plain values: settings, and the prepared files."""
    sections: dict[str, Any] = json.loads(json.dumps(to_plain(recipe)))
    training, data = sections["training"], sections["data"]
    plain = {"the fingerprint of the prepared files": fingerprint}
    plain |= {f"model.{name}": value for name, value in sections["model"].items()}
    plain |= {f"text.{name}": value for name, value in sections["text"].items()}
    plain |= {f"data.{name}": value for name, value in data.items() if name not in _FREE}
    return plain | {f"training.{name}": training[name] for name in _DECISIVE}


def write_state(path: Path, tensors: Mapping[str, Tensor], progress: Progress, settings: Mapping[str, Any]) -> None:
    """Write a state to `path` in one step.

    Raises:
        TrainingError: it cannot be written; the state before it is kept.
    """
    metadata = {"progress": json.dumps(asdict(progress)), "settings": json.dumps(settings)}
    try:
        content = save(dict(tensors), metadata)  # its own way to a file leaves litter when it is killed
        for temporary in path.parent.glob(f".{path.name}.*.tmp"):  # of a process that was killed while it saved
            temporary.unlink(missing_ok=True)
        write_whole(path, lambda temporary: temporary.write_bytes(content))
    except (OSError, SafetensorError) as error:
        raise TrainingError(f"{path} cannot be written ({error}); the state before it is kept") from None


def read_state(path: Path, settings: Mapping[str, Any]) -> tuple[dict[str, Tensor], Progress]:
    """Read the state at `path`, which must share the decisive `settings`.

    Raises:
        TrainingError: it is missing, damaged, or of another recipe; the message says which setting differs.
    """
    if not path.is_file():
        raise TrainingError(f"there is nothing to resume: {path} is missing. Train without --resume first.")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata()
            progress = Progress(**json.loads(metadata["progress"]))
            found = json.loads(metadata["settings"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except (SafetensorError, OSError, ValueError, TypeError, KeyError) as error:
        raise TrainingError(f"{path} is damaged ({error}): move it away and start anew") from None
    for name, value in settings.items():
        if found.get(name) != value:
            raise TrainingError(
                f"{path} is the state of another training: there {name} was {found.get(name)!r}, here it is "
                f"{value!r}. Resume with its own recipe."
            )
    return tensors, progress


def pack(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The same tensors with `prefix` and a dot before their names."""
    return {f"{prefix}.{name}": tensor for name, tensor in tensors.items()}


def unpack(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Those tensors whose names start with `prefix` and a dot, without it."""
    start = prefix + "."
    return {name.removeprefix(start): tensor for name, tensor in tensors.items() if name.startswith(start)}
