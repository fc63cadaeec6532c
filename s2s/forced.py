"""Forced decoding: how a model that is made to write given targets weighs their sources, in batches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch

from s2s.carried import mask, mask_pair, places
from s2s.data import pad
from s2s.errors import ConfigError, TextError
from s2s.posterior import posterior_attention
from s2s.punctuation import without_blanks
from s2s.text import END, check_text
from s2s.translator import Translator
from s2s.words import Words, words_of_text

Weighing = Literal["attention", "posterior"]
"""How the source is weighed for a piece: before it is written, as the model does it, or after (s2s/posterior.py)."""

BATCH_PAIRS: dict[Weighing, int] = {"attention": 64, "posterior": 8}
"""Pairs read at once."""

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
    size = BATCH_PAIRS[weighing]
    for start in range(0, len(sources), size * WINDOW_BATCHES):
        numbers = range(start, min(start + size * WINDOW_BATCHES, len(sources)))
        pairs = {number: _pair(translator, sources[number], targets[number], number + 1) for number in numbers}
        filled = [number for number, (source, target) in pairs.items() if source.ids and target.ids]
        filled.sort(key=lambda number: [len(side.ids) for side in pairs[number]])
        found: dict[int, ForcedPair] = {}
        for first in range(0, len(filled), size):
            part = filled[first : first + size]
            found.update(zip(part, _batch(translator, [pairs[number] for number in part], weighing), strict=True))
        yield from (found.get(number, EMPTY) for number in numbers)


def _pair(translator: Translator, source: str, target: str, line: int) -> tuple[_Side, _Side]:
    texts = [" ".join(text.split()) for text in (source, target)]
    for text in texts:
        try:
            if text:
                check_text(text, translator.limits.characters)
        except TextError as error:
            raise TextError(f"line {line}, {text:.20}…: {error}") from None
    count = translator.pieces.placeholders
    found = [mask(text, len(text))[1] if count else () for text in texts]
    carried = [thing for thing in found[0] if thing in found[1]][:count]  # as in training
    masked = mask_pair(texts[0], texts[1], count)
    first, second = (_side(translator, *side, carried, line) for side in zip(texts, masked, strict=True))
    return first, second


def _side(translator: Translator, text: str, masked: str, carried: Sequence[str], line: int) -> _Side:
    joined, kept = without_blanks(masked)  # as Chinese is read
    ids, spans = translator.pieces.encode_spans(joined)
    if len(ids) > translator.limits.pieces:
        most = translator.limits.pieces
        raise TextError(f"line {line}, {text:.20}…: this has {len(ids):,} pieces; at most {most:,} are taken.")
    at = places(masked, carried)
    return _Side(ids, words_of_text(text, [(at[kept[begin]], at[kept[end]]) for begin, end in spans]))


@torch.inference_mode()
def _batch(translator: Translator, pairs: Sequence[tuple[_Side, _Side]], weighing: Weighing) -> Iterator[ForcedPair]:
    source, mask = pad([side.ids for side, _ in pairs])
    target, _ = pad([[*side.ids, END] for _, side in pairs])
    batch = [tensor.to(translator.device) for tensor in (source, mask, target)]
    model = translator.model
    found = posterior_attention(model, *batch) if weighing == "posterior" else model(*batch)[1]
    for (first, second), weights in zip(pairs, found.float().cpu().numpy(), strict=True):
        forced = Words(second.words.texts, (*second.words.of_pieces, None))
        yield ForcedPair(first.words, forced, weights[: len(second.ids) + 1, : len(first.ids)])
