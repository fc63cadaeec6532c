"""A training that begins with the weights of another one."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from s2s.checkpoint import load_checkpoint
from s2s.config import ModelConfig, to_plain
from s2s.errors import TrainingError
from s2s.model import Seq2Seq
from s2s.text import PieceModel

OF_PIECES = ("embedding.weight", "output_bias")
"""The weights that have a row for each piece."""

FREE = ("dropout", "vocabulary_size", "copy", "coverage")
"""What a model may have otherwise than its parent."""


def warm_start(model: Seq2Seq, pieces: PieceModel, parent: Path, *, parent_pieces: bool) -> None:
    """Give `model` the weights of the checkpoint `parent`.

    Without the parent's pieces, a piece that the parent knows keeps its row; another one gets the mean of the rows of
    those that the parent cuts it into. What copying and coverage add to a parent without them begins at random.

    Raises:
        TrainingError: the parent's model has another shape, or `pieces` should be its own and are not.
        CheckpointError: the parent cannot be loaded.
    """
    loaded = load_checkpoint(parent)
    ours, theirs = model.config, loaded.model.config
    has_more = (theirs.copy and not ours.copy) or (theirs.coverage and not ours.coverage)
    if _shape(theirs) != _shape(ours) or has_more:
        raise TrainingError(
            f"training.warm_start: the model of {parent} has another shape than the recipe's:\n{theirs} against\n{ours}"
        )
    weights = model.state_dict() | loaded.model.state_dict()
    if pieces != loaded.pieces:
        if parent_pieces:
            raise TrainingError(f"training.warm_start: {parent} has other pieces than were prepared: run prepare again")
        cuts = _cuts(pieces, loaded.pieces)
        weights |= {name: _rows(weights[name], cuts) for name in OF_PIECES if name in weights}
    model.load_state_dict(weights)


def _shape(config: ModelConfig) -> dict[str, Any]:
    return {name: value for name, value in to_plain(config).items() if name not in FREE}


def _cuts(pieces: PieceModel, parent: PieceModel) -> list[list[int]]:
    """For each piece the ids that the parent writes it with."""
    names = pieces.pieces(range(pieces.vocabulary_size))
    known = {name: token for token, name in enumerate(parent.pieces(range(parent.vocabulary_size)))}
    return [[known[name]] if name in known else parent.encode(name.replace("▁", " ")) or [0] for name in names]


def _rows(weights: Tensor, cuts: list[list[int]]) -> Tensor:
    return torch.stack([weights[cut].mean(dim=0) for cut in cuts])
