"""A checkpoint is a folder: config.json, model.safetensors, text.spm, SHA256SUMS, README.md. Never pickle.

Several checkpoints with the same pieces may share one text.spm, which then lies in the folder above theirs.

Loading checks every checksum, name, shape and number, and says which is wrong.
"""

import json
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from s2s.config import ModelConfig, Task, from_plain, to_plain
from s2s.errors import CheckpointError, ConfigError
from s2s.files import Writer, write_together, write_whole
from s2s.manifest import MANIFEST, check_manifest, manifest_of
from s2s.model import Seq2Seq
from s2s.text import PieceModel
from s2s.weights import NumberFormat, restore, shrink

FORMAT_VERSION = 1
CONFIG, WEIGHTS, PIECES, CARD = "config.json", "model.safetensors", "text.spm", "README.md"
SUMMED = (CONFIG, PIECES, WEIGHTS)
"""The files that have a checksum: those that a model is made of."""
SHARED_PIECES = f"../{PIECES}"
"""What the manifest calls the piece model of several checkpoints."""
SLACK = 10_000_000
"""So many weights may be missing until the names and shapes of all are compared."""
MOST_LAYERS = 100


@dataclass(frozen=True, kw_only=True)
class Description:
    """What config.json says beside the model's shape."""

    name: str
    task: Task = "text"
    """What the model is for, and so what a source is. How it computes does not depend on it."""
    description: str = ""
    source_language: str
    target_language: str
    training_length: int
    """Pieces of the longest sentence, or frames of the longest sound, that the model was trained on."""
    ordinary: str = ""
    """Rare words of its training sources, in lower case with blanks between, that are no names (`PieceModel`)."""
    licence: str = ""
    attribution: str = ""
    scores: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    """Updates, epochs, minutes, tokens a second: how the weights were made."""


@dataclass(frozen=True)
class Checkpoint:
    """A loaded model with its pieces and its description."""

    model: Seq2Seq
    pieces: PieceModel
    description: Description


def save_checkpoint(
    directory: Path,
    model: Seq2Seq,
    pieces: Path,
    description: Description,
    card: str,
    number_format: NumberFormat = "float32",
    *,
    share_pieces: bool = False,
) -> None:
    """Write a checkpoint folder: all of its files, or none.

    Args:
        directory: made if need be.
        model: its weights are rounded to `number_format`.
        pieces: the piece model's file, copied.
        description: what the config says beside the model's shape.
        card: the model card, Markdown.
        number_format: `float16` halves the size, `int8` halves it again.
        share_pieces: whether the piece model lies in the folder above, for the checkpoints beside this one too.

    Raises:
        CheckpointError: it cannot be written, or the checkpoints beside it share other pieces.
    """
    config = {"format_version": FORMAT_VERSION, **to_plain(description), "model": to_plain(model.config)}
    weights = shrink(model.state_dict(), number_format)
    try:
        contents = {
            SHARED_PIECES if share_pieces else PIECES: pieces.read_bytes(),
            CONFIG: (json.dumps(config, indent=2, ensure_ascii=False) + "\n").encode(),
            WEIGHTS: save(weights, {"format": "pt"}),
        }
        files = {MANIFEST: manifest_of(contents).encode(), CARD: card.encode(), **contents}
        if share_pieces:
            _share(directory.parent / PIECES, files.pop(SHARED_PIECES))
        writers: dict[str, Writer] = {name: partial(_write, content=content) for name, content in files.items()}
        write_together(directory, writers)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"the checkpoint {directory} cannot be written: {error}") from None


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _share(path: Path, pieces: bytes) -> None:
    if not path.exists():
        write_whole(path, partial(_write, content=pieces))
    elif path.read_bytes() != pieces:
        raise CheckpointError(f"{path} has other pieces than this model: write the checkpoint to another folder")


def standalone_files(directory: Path) -> dict[str, Path | bytes]:
    """The files of a checkpoint that make it one anywhere, by name: the file of each, or its content.

    Shared pieces are among them, and the manifest then says so.
    """
    files: dict[str, Path | bytes] = {name: directory / name for name in (CONFIG, WEIGHTS)}
    manifest = (directory / MANIFEST).read_text(encoding="utf-8").replace(SHARED_PIECES, PIECES)
    return {**files, PIECES: pieces_of(directory), MANIFEST: manifest.encode()}


def pieces_of(directory: Path) -> Path:
    """The piece model of a checkpoint: in its folder, or in the one above."""
    own = directory / PIECES
    return own if own.is_file() else directory.parent / PIECES


def pieces_as(path: Path, description: Description) -> PieceModel:
    """The piece model at `path`, which reads and writes as a checkpoint of this description does."""
    languages = description.source_language, description.target_language
    return PieceModel(path, *languages, description.ordinary.split())


def load_checkpoint(directory: Path, device: torch.device | None = None) -> Checkpoint:
    """Load a checkpoint folder onto `device` (the CPU by default), weights in float32.

    Raises:
        CheckpointError: a file is missing or damaged, or does not fit the others; the message names it.
    """
    _check_files(directory)
    model_config, description = read_config(directory / CONFIG)
    path = pieces_of(directory)
    check_manifest(directory, SUMMED if path.parent == directory else (CONFIG, SHARED_PIECES, WEIGHTS))
    pieces = pieces_as(path, description)
    if pieces.vocabulary_size != model_config.vocabulary_size:
        raise CheckpointError(
            f"{directory}: {PIECES} has {pieces.vocabulary_size} pieces, {CONFIG} says "
            f"{model_config.vocabulary_size}. The files belong to different models; fetch the checkpoint again."
        )
    weights = _read_weights(directory / WEIGHTS)
    _check_size(directory / WEIGHTS, weights, model_config)
    model = Seq2Seq(model_config)  # on the meta device it would need no memory, but a second of imports
    _check_weights(directory / WEIGHTS, weights, model)
    model.load_state_dict(weights, assign=True)
    model.requires_grad_(False)
    return Checkpoint(model.to(device or torch.device("cpu")), pieces, description)


def read_description(directory: Path) -> Description:
    """What a checkpoint folder says of itself, without loading its weights."""
    _check_files(directory)
    return read_config(directory / CONFIG)[1]


def _check_files(directory: Path) -> None:
    if not directory.is_dir():
        raise CheckpointError(
            f"there is no model folder {directory}. `python -m s2s models` lists those at hand; "
            "train one with `python -m s2s train RECIPE.toml`."
        )
    missing = [name for name in (CONFIG, WEIGHTS, PIECES, MANIFEST) if not (directory / name).is_file()]
    if missing and not (missing == [PIECES] and pieces_of(directory).is_file()):
        found = ", ".join(sorted(path.name for path in directory.iterdir())) or "nothing"
        raise CheckpointError(
            f"{directory} is no checkpoint: it lacks {', '.join(missing)} (found: {found}). "
            "Train one with `python -m s2s train RECIPE.toml`, or fetch one with `python -m s2s pull OWNER/NAME DIR`."
        )


def read_config(path: Path) -> tuple[ModelConfig, Description]:
    """What a config.json says of the model's shape, and the rest.

    Raises:
        CheckpointError: it is damaged, of another format, or has a wrong value; the message names it.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        version = values.pop("format_version", None)
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise CheckpointError(f"{path} is damaged ({error or 'empty'}). Fetch the checkpoint again.") from None
    if version is None:
        raise CheckpointError(f"{path} was not made by this program: it has no format_version.")
    if version != FORMAT_VERSION:
        raise CheckpointError(
            f"{path} has format_version {version}, this program reads {FORMAT_VERSION}. "
            "Update the program, or fetch a checkpoint of this version."
        )
    try:
        model = from_plain(ModelConfig, values.pop("model", None), "model.")
        return model, from_plain(Description, values)
    except ConfigError as error:
        raise CheckpointError(f"{path}: {error}") from None


def _read_weights(path: Path) -> dict[str, torch.Tensor]:
    try:
        return restore(load_file(path))
    except (SafetensorError, OSError, ValueError) as error:
        raise CheckpointError(f"{path} is damaged ({error}). Fetch the checkpoint again.") from None


def _check_size(path: Path, weights: dict[str, torch.Tensor], config: ModelConfig) -> None:
    """Refuse a config that asks for far more memory than the weights beside it, before the memory is taken."""
    hidden, embedding = config.hidden_size, config.embedding_size
    layers = config.encoder_layers + config.decoder_layers
    columns = config.vocabulary_size + (config.frame_size or 0) + hidden
    filters = config.location_filters * (config.location_width + hidden) if config.attention == "location" else 0
    gates = {"rnn": 1, "gru": 3, "lstm": 4}[config.cell]
    least = columns * embedding + layers * gates * hidden**2 // 2 + filters
    there = sum(value.numel() for value in weights.values())
    if least > there + SLACK or layers > MOST_LAYERS:
        raise CheckpointError(
            f"{path} does not fit {CONFIG}: that one describes {layers:,} layers and more than {least:,} weights, and "
            f"here are {there:,} weights. Fetch the checkpoint again."
        )


def _check_weights(path: Path, weights: dict[str, torch.Tensor], model: Seq2Seq) -> None:
    expected = model.state_dict()
    missing, extra = sorted(expected.keys() - weights.keys()), sorted(weights.keys() - expected.keys())
    if missing or extra:
        raise CheckpointError(
            f"{path} does not fit {CONFIG}: missing weights: {', '.join(missing) or 'none'}; "
            f"unknown weights: {', '.join(extra) or 'none'}."
        )
    for name, value in weights.items():
        if value.shape != expected[name].shape:
            raise CheckpointError(
                f"{path}: {name} has shape {list(value.shape)}, expected {list(expected[name].shape)}."
            )
        if not value.isfinite().all():
            raise CheckpointError(f"{path}: {name} holds numbers that are not finite. Fetch the checkpoint again.")
