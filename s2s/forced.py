"""Forced decoding: how a model that is made to write given targets weighs their sources, and how likely they are."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeVar

import numpy as np
import torch
from torch import Tensor

from s2s.carried import mask, mask_pair, places
from s2s.channel import ReadBack
from s2s.data import pad
from s2s.errors import ConfigError, TextError
from s2s.model.seq2seq import shifted
from s2s.pieces import END
from s2s.posterior import posterior_attention
from s2s.punctuation import without_blanks
from s2s.text import check_text
from s2s.translator import Translator
from s2s.words import Words, words_of_text

Weighing = Literal["attention", "posterior"]
"""How the source is weighed for a piece: before it is written, as the model does it, or after (s2s/posterior.py)."""

BATCH_PAIRS: dict[Weighing, int] = {"attention": 64, "posterior": 8}
"""Pairs read at once."""

BATCH_READ_BACK = 16
"""The same for log-probabilities: few, since there is one for each piece of the vocabulary."""

WINDOW_BATCHES = 32
"""Batches' worth of pairs that are sorted by length at a time; nothing is given back before."""


@dataclass(frozen=True)
class ForcedPair:
    """A pair of texts, and how the model weighs the one for each piece of the other."""

    source: Words
    """What stands between blanks, with the word of each of S pieces."""
    target: Words
    """The same for T pieces; the last one, `</s>`, is nobody's."""
    weights: np.ndarray
    """Of the source pieces for each target piece, [T, S]; a row sums to 1."""


@dataclass(frozen=True)
class _Side:
    ids: list[int]
    words: Words


_Pair = tuple[_Side, _Side]
_Found = TypeVar("_Found")

EMPTY = ForcedPair(Words((), ()), Words((), ()), np.zeros((0, 0), np.float32))
"""A pair with a side without pieces."""


def force(
    translator: Translator, sources: Sequence[str], targets: Sequence[str], weighing: Weighing = "attention"
) -> Iterator[ForcedPair]:
    """Force each target to be written for its source, and weigh the source, in the order of the pairs.

    A pair with an empty side gives `EMPTY`.

    Raises:
        ConfigError: the model has no attention.
        TextError: a text is too long or holds what is no text; the message names it by its line, from 1.
    """
    if translator.model.config.attention == "none":
        raise ConfigError(f"{translator.description.name} has no attention, which links come from: take another model")

    def pair(number: int) -> _Pair:
        return _pair(translator, sources[number], targets[number], f"line {number + 1}")

    def weigh(pairs: Sequence[_Pair]) -> Iterator[ForcedPair]:
        return _weighed(translator, pairs, weighing)

    found = _in_batches(len(sources), BATCH_PAIRS[weighing], pair, weigh)
    return (each or EMPTY for each in found)


def reading_back(reverse: Translator) -> ReadBack:
    """Asks a model of the other direction how likely sources are after their targets.

    A target that is empty or too long for it has no log-probabilities.
    """

    def read_back(sources: Sequence[str], targets: Sequence[str]) -> list[tuple[float, ...]]:
        def pair(number: int) -> _Pair | None:
            try:
                return _pair(reverse, targets[number], sources[number], f"hypothesis {number + 1}")
            except TextError:
                return None

        found = _in_batches(len(sources), BATCH_READ_BACK, pair, partial(_log_probs, reverse))
        return [each or () for each in found]

    return read_back


def _in_batches(
    count: int,
    size: int,
    pair: Callable[[int], _Pair | None],
    force_batch: Callable[[Sequence[_Pair]], Iterator[_Found]],
) -> Iterator[_Found | None]:
    """What is found of each of `count` pairs, in their order, though `size` of like lengths are forced at once.

    None of a pair that is none or has an empty side.
    """
    for start in range(0, count, size * WINDOW_BATCHES):
        numbers = range(start, min(start + size * WINDOW_BATCHES, count))
        pairs = {number: made for number in numbers if (made := pair(number)) and made[0].ids and made[1].ids}
        order = sorted(pairs, key=lambda number: [len(side.ids) for side in pairs[number]])
        found: dict[int, _Found] = {}
        for first in range(0, len(order), size):
            part = order[first : first + size]
            found.update(zip(part, force_batch([pairs[number] for number in part]), strict=True))
        yield from (found.get(number) for number in numbers)


def _pair(translator: Translator, source: str, target: str, where: str) -> _Pair:
    texts = [" ".join(text.split()) for text in (source, target)]
    for text in texts:
        try:
            if text:
                check_text(text, translator.limits.characters)
        except TextError as error:
            raise TextError(f"{where}, {text:.20}…: {error}") from None
    count = translator.pieces.placeholders
    found = [mask(text, len(text))[1] if count else () for text in texts]
    carried = [thing for thing in found[0] if thing in found[1]][:count]  # as in training
    masked = mask_pair(texts[0], texts[1], count)
    first, second = (_side(translator, *side, carried, where) for side in zip(texts, masked, strict=True))
    return first, second


def _side(translator: Translator, text: str, masked: str, carried: Sequence[str], where: str) -> _Side:
    joined, kept = without_blanks(masked)  # as Chinese is read
    ids, spans = translator.pieces.encode_spans(joined)
    if len(ids) > translator.limits.pieces:
        most = translator.limits.pieces
        raise TextError(f"{where}, {text:.20}…: this has {len(ids):,} pieces; at most {most:,} are taken.")
    at = places(masked, carried)
    return _Side(ids, words_of_text(text, [(at[kept[begin]], at[kept[end]]) for begin, end in spans]))


def _tensors(translator: Translator, pairs: Sequence[_Pair]) -> tuple[Tensor, Tensor, Tensor]:
    """Sources [B, S], their mask, and targets [B, T]."""
    source, mask = pad([side.ids for side, _ in pairs])
    target, _ = pad([[*side.ids, END] for _, side in pairs])
    return source.to(translator.device), mask.to(translator.device), target.to(translator.device)


@torch.inference_mode()
def _log_probs(translator: Translator, pairs: Sequence[_Pair]) -> Iterator[tuple[float, ...]]:
    """Of the pieces of each target, `</s>` included, step by step: in 8 bits that is quicker than at once in 32."""
    source, mask, target = _tensors(translator, pairs)
    memory = translator.engine.encode(source, mask)
    state, columns = translator.engine.start(memory), []
    for previous, written in zip(shifted(target).unbind(dim=1), target.unbind(dim=1), strict=True):
        log_probs, _, state, _ = translator.engine.step(previous, state, memory)
        columns.append(log_probs.gather(1, written[:, None]))
    for (_, side), row in zip(pairs, torch.cat(columns, dim=1).tolist(), strict=True):
        yield tuple(row[: len(side.ids) + 1])


@torch.inference_mode()
def _weighed(translator: Translator, pairs: Sequence[_Pair], weighing: Weighing) -> Iterator[ForcedPair]:
    batch, model = _tensors(translator, pairs), translator.model
    found = posterior_attention(model, *batch) if weighing == "posterior" else model(*batch)[1]
    for (first, second), weights in zip(pairs, found.float().cpu().numpy(), strict=True):
        forced = Words(second.words.texts, (*second.words.of_pieces, None))
        yield ForcedPair(first.words, forced, weights[: len(second.ids) + 1, : len(first.ids)])
