"""Tiny models with large random weights: quick, and far from uniform, so that what differs is seen."""

import itertools
from pathlib import Path
from typing import get_args

import torch

from s2s.checkpoint import Description, save_checkpoint
from s2s.config import AttentionKind, CellKind, ModelConfig, WiringKind
from s2s.data import pad
from s2s.model import Seq2Seq
from s2s.pieces import END, START
from s2s.text import PieceModel

FIRST_PIECE = 4
"""The ids before it are special."""

CELLS, KINDS, WIRINGS = get_args(CellKind), get_args(AttentionKind), get_args(WiringKind)

SHAPES = [
    {
        "cell": cell,
        "attention": kind,
        "wiring": wiring,
        "encoder_layers": layers,
        "decoder_layers": layers,
        "bidirectional": bidirectional,
        "frame_size": frame_size,
        "pyramid_layers": pyramid,
    }
    for cells, layers, bidirectional, frame_size, pyramid in [
        *itertools.product([CELLS], [1, 2], [True, False], [None], [0]),
        (["gru"], 1, True, 3, 0),
        (["gru", "lstm"], 3, True, 3, 2),
    ]
    for cell, kind, wiring in itertools.product(cells, KINDS, WIRINGS)
]
"""Every cell with every attention kind in every wiring, one layer or two, one direction or both; then with frames, and
a pyramid of them."""

COPYING = [{"attention": kind, "copy": True} for kind in KINDS if kind != "none"]
COVERING = [{"attention": "bahdanau", "coverage": True, "copy": copy} for copy in (False, True)]
SHAPES += [
    {
        "cell": cell,
        "wiring": wiring,
        "encoder_layers": layers,
        "decoder_layers": layers,
        "bidirectional": True,
        "frame_size": None,
        **more,
    }
    for cell, wiring, layers, more in itertools.product(CELLS, WIRINGS, [1, 2], COPYING + COVERING)
]
"""And every cell and wiring with copying, for every kind that can point, and with coverage, for the one that has it."""


def name_of(shape: dict) -> str:
    """The name of one of the `SHAPES` in a report."""
    layers, directions = shape["encoder_layers"], "two" if shape["bidirectional"] else "one"
    source = "pieces" if shape["frame_size"] is None else "frames"
    more = "".join(f"-{name}" for name in ("copy", "coverage") if shape.get(name))
    return f"{shape['cell']}-{shape['attention']}-{shape['wiring']}-{layers}-{directions}-{source}{more}"


SENTENCES = [
    "The cat sleeps on the old chair.",
    "A dog runs through the green garden.",
    "Le chat dort sur la vieille chaise.",
    "Un chien court dans le jardin vert.",
    "Où est la gare, s'il vous plaît ?",
    "We ate bread and cheese in Paris.",
    "Nous avons mangé du pain et du fromage à Paris.",
    "She reads a long letter from her brother.",
]


def tiny_model(seed: int = 0, **changes) -> Seq2Seq:
    """A model of random weights; `changes` are fields of its ModelConfig."""
    shape = {"vocabulary_size": 14, "embedding_size": 6, "hidden_size": 8, "dropout": 0.0, "location_width": 3}
    model = Seq2Seq(ModelConfig(**shape | changes)).requires_grad_(False)
    generator = torch.Generator().manual_seed(seed)
    for parameter in model.parameters():
        parameter.normal_(std=0.7, generator=generator)
    return model


def random_rows(*lengths: int, seed: int = 0, vocabulary_size: int = 14) -> list[list[int]]:
    """Rows of random ids of these lengths, none of them special."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randint(FIRST_PIECE, vocabulary_size, (length,), generator=generator).tolist() for length in lengths]


def random_sources(model: Seq2Seq, *lengths: int, seed: int = 0) -> list:
    """Sources of these lengths as `model` reads them: ids, or frames [S, F]."""
    size = model.config.frame_size
    if size is None:
        return random_rows(*lengths, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    dtype = next(model.parameters()).dtype
    return [torch.randn(length, size, generator=generator, dtype=dtype) for length in lengths]


def states_of(model: Seq2Seq, source) -> int:
    """How many states the encoder of `model` writes for a source."""
    return -(-len(source) // 2**model.config.pyramid_layers)


def pad_sources(sources: list):
    """Ids [B, S] or frames [B, S, F], and their mask [B, S]."""
    if not isinstance(sources[0], torch.Tensor):
        return pad(sources)
    _, mask = pad([[FIRST_PIECE] * len(source) for source in sources])
    return torch.nn.utils.rnn.pad_sequence(sources, batch_first=True), mask


def teacher_forced(model: Seq2Seq, sources: list, targets: list[list[int]]):
    """Log-probabilities [B, T, V] and attention [B, T, S] or None, all steps at once."""
    source, mask = pad_sources(sources)
    features, attention = model(source, mask, pad(targets)[0])
    return model.log_probs(features, attention, source), attention


def step_by_step(model: Seq2Seq, sources: list, targets: list[list[int]]):
    """The same as `teacher_forced`, one step after the other."""
    memory = model.encode(*pad_sources(sources))
    state = model.start(memory)
    previous = torch.full((len(sources),), START)
    rows, weights = [], []
    for following in pad(targets)[0].unbind(dim=1):
        log_probs, attention, state, _ = model.step(previous, state, memory)
        rows.append(log_probs)
        weights.append(attention)
        previous = following
    return torch.stack(rows, dim=1), None if weights[0] is None else torch.stack(weights, dim=1)


def save_tiny(directory: Path, pieces: Path, description: Description, share_pieces: bool = False, **changes) -> Path:
    """A checkpoint of a tiny model at `directory`, which is given back; its targets end after a few pieces."""
    model = tiny_model(vocabulary_size=PieceModel(pieces).vocabulary_size, **changes)
    model.output_bias[END] = 5.5
    save_checkpoint(directory, model, pieces, description, "# Tiny\n", share_pieces=share_pieces)
    return directory
