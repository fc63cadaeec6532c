"""Measures exposure bias: the right piece after right ones, after the model's own, and after one mistake."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from s2s.checkpoint import CONFIG
from s2s.config import SearchConfig
from s2s.corpora import Pair
from s2s.data import pad
from s2s.errors import CheckpointError
from s2s.exposure import Exposure, Fed, Gap, Share
from s2s.pieces import END, PADDING, START, UNKNOWN
from s2s.search import search
from s2s.translator import Translator

GREEDY = SearchConfig(beam_size=1, alternatives=0, max_repeats=0)
"""Whatever the model likes best, loops too."""
BATCH_PAIRS = 64
PLACES = 20
"""Of a target, that are measured one by one."""
BEHIND = 8
"""Places behind a mistake."""
LEAST = 100
"""Pairs that reach a place; one that fewer reach is not measured by itself."""
RESAMPLES = 1_000
SEED = 1

Array = np.ndarray[Any, np.dtype[np.float64]]


class Measured(NamedTuple):
    """Of each pair a row, [N, T] or [N, BEHIND]; NaN where it has no such place."""

    given: Array
    """1 where the right piece is the likeliest after the right ones before it."""
    own: Array
    """1 where the model, fed its own pieces, writes the right one."""
    after_right: Array
    """Probability of the right piece 1, 2 … places behind one that is right."""
    after_wrong: Array
    """The same behind the likeliest wrong piece there, whereafter the right ones follow again."""


def measure_exposure(directory: Path, pairs: Sequence[Pair], tell: Callable[[str], None] = lambda _: None) -> Exposure:
    """Measure the checkpoints in `directory`, which differ in what they were fed in training.

    Args:
        directory: a folder of checkpoints.
        pairs: held-out pairs, the same for all models.
        tell: is told the name of each model before its turn.

    Raises:
        CheckpointError: there is no checkpoint, one is damaged, or its training does not say what it was fed.
    """
    folders = sorted(path.parent for path in directory.glob(f"*/{CONFIG}"))
    if not folders:
        raise CheckpointError(f"there is no checkpoint in {directory}: train a recipe with variants first")
    models = []
    for folder in folders:
        tell(folder.name)
        translator = Translator.load(folder)
        models.append(_fed(translator, folder.name, measure(translator, pairs)))
    described = translator.description
    scores = described.scores.get("BLEU", {})
    return Exposure(
        source_language=described.source_language,
        target_language=described.target_language,
        test_pairs=len(pairs),
        signature=scores.get("signature", ""),
        models=tuple(sorted(models, key=lambda model: (-model.teacher_forcing, model.forcing_schedule))),
    )


def _fed(translator: Translator, name: str, measured: Measured) -> Fed:
    training, scores = translator.description.training, translator.description.scores
    try:
        facts = {key: training[key] for key in ("teacher_forcing", "forcing_schedule", "minutes", "updates", "seed")}
        bleu, band, exact = scores["BLEU"]["value"], scores["BLEU"]["band"], scores["exact_match"]
    except KeyError as error:
        raise CheckpointError(f"the checkpoint {name} does not say its {error}: train a recipe with variants") from None
    return Fed(
        name=name,
        parameters=translator.model.parameter_count(),
        **facts,
        bleu=round(bleu, 2),
        band=round(band, 2),
        exact_match=exact,
        own=gaps(measured.given, measured.own, PLACES),
        mistake=gaps(measured.after_right, measured.after_wrong, BEHIND),
    )


def measure(translator: Translator, pairs: Sequence[Pair]) -> Measured:
    """How sure `translator` is of each right piece of `pairs`, whatever it is fed.

    The place of each mistake is drawn at random, the same for all models that share their pieces.
    """
    rows = [_ids(translator, pair) for pair in pairs]
    lengths = np.array([len(target) for _, target in rows])
    places = np.random.default_rng(SEED).integers(np.maximum(lengths - 1, 1))
    widths = (lengths.max(), lengths.max(), BEHIND, BEHIND)
    found = Measured(*(np.full((len(rows), width), np.nan) for width in widths))
    order = np.argsort(lengths, kind="stable")
    for numbers in np.split(order, range(BATCH_PAIRS, len(order), BATCH_PAIRS)):
        batch = _measure_batch(translator, [rows[number] for number in numbers], places[numbers])
        for whole, part in zip(found, batch, strict=True):
            whole[numbers, : part.shape[1]] = part
    return found


def _ids(translator: Translator, pair: Pair) -> tuple[list[int], list[int]]:
    source = translator.read(pair.source)
    return source.ids, [*translator.pieces.encode(source.alike(pair.target)), END]


@torch.inference_mode()
def _measure_batch(translator: Translator, rows: Sequence[tuple[list[int], list[int]]], places: Array) -> Measured:
    device = translator.device
    source, source_mask = (tensor.to(device) for tensor in pad([ids for ids, _ in rows]))
    target, target_mask = (tensor.to(device) for tensor in pad([ids for _, ids in rows]))
    log_probs = _foresee(translator, source, source_mask, target)
    given = log_probs.argmax(dim=-1) == target
    *_, trace = search(translator.model, source, source_mask, GREEDY)
    written = _cut([trace.hypothesis(row).ids for row in range(len(rows))], target.shape[1]).to(device)
    right = log_probs.gather(2, target[:, :, None])[:, :, 0].exp()
    at = torch.as_tensor(places, device=device)[:, None]
    fed = target.scatter(1, at, _likeliest_wrong(log_probs, target, at))
    wrong = _foresee(translator, source, source_mask, fed).gather(2, target[:, :, None])[:, :, 0].exp()
    behind = at + 1 + torch.arange(BEHIND, device=device)
    is_there = behind < target_mask.sum(dim=1, keepdim=True)
    behind = behind.clamp(max=target.shape[1] - 1)
    return Measured(
        _known(given, target_mask),
        _known(written == target, target_mask),
        _known(right.gather(1, behind), is_there),
        _known(wrong.gather(1, behind), is_there),
    )


def _foresee(translator: Translator, source: Tensor, mask: Tensor, fed: Tensor) -> Tensor:
    """Log-probabilities [B, T, V] of the piece at each place of `fed` [B, T], which the ones before it are fed of."""
    features, weights = translator.model(source, mask, fed)
    found: Tensor = translator.model.log_probs(features, weights, source)
    return found


def _likeliest_wrong(log_probs: Tensor, target: Tensor, at: Tensor) -> Tensor:
    """The likeliest piece at places `at` [B, 1] that is not the right one and could be written on from, [B, 1]."""
    (batch, _, size) = log_probs.shape
    there = log_probs.gather(1, at[:, :, None].expand(batch, 1, size))[:, 0].clone()
    there.scatter_(1, target.gather(1, at), -torch.inf)
    there[:, [UNKNOWN, START, END, PADDING]] = -torch.inf
    return there.argmax(dim=1, keepdim=True)


def _cut(rows: Sequence[list[int]], length: int) -> Tensor:
    """Ids [B, length], cut or padded."""
    return torch.tensor([(row + [PADDING] * length)[:length] for row in rows])


def _known(values: Tensor, mask: Tensor) -> Array:
    return values.double().masked_fill(~mask, torch.nan).cpu().numpy()


def gaps(right: Array, other: Array, places: int) -> tuple[Gap, ...]:
    """The means of all places together and of each of the first ones, with bands over resampled sentences.

    Args:
        right: a row for each sentence, a column for each place; NaN where there is none.
        other: the same after other pieces.
        places: how many are given one by one, if at least `LEAST` sentences reach them.
    """
    drawn = (
        np.random.default_rng(SEED)
        .multinomial(len(right), np.full(len(right), 1 / len(right)), RESAMPLES)
        .astype(float)
    )
    is_there = ~np.isnan(right)
    columns = [
        (0, slice(None)),
        *((place + 1, slice(place, place + 1)) for place in range(min(places, right.shape[1]))),
    ]
    found = []
    for place, column in columns:
        there = is_there[:, column].sum(axis=1, dtype=float)
        sums = [np.nansum(side[:, column], axis=1) for side in (right, other)]
        if (there > 0).sum() >= (LEAST if place else 1):
            shares = [_share(each, there, drawn) for each in (*sums, sums[0] - sums[1])]
            found.append(
                Gap(place=place, pairs=int((there > 0).sum()), right=shares[0], other=shares[1], loss=shares[2])
            )
    return tuple(found)


def _share(sums: Array, counts: Array, drawn: Array) -> Share:
    resampled = (drawn @ sums) / np.maximum(drawn @ counts, 1)
    low, high = np.percentile(resampled, [2.5, 97.5])
    return Share(value=_rounded(sums.sum() / counts.sum()), low=_rounded(low), high=_rounded(high))


def _rounded(value: float) -> float:
    return round(float(value), 4)
