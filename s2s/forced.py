"""Forced decoding: where a model looks while it is made to write given targets (teacher forcing, in batches)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from s2s.carried import mask, mask_pair, places
from s2s.data import pad
from s2s.errors import ConfigError, TextError
from s2s.text import END, check_text
from s2s.translator import Translator
from s2s.words import Words, words_of_text

BATCH_PAIRS = 64
"""Pairs read at once."""

WINDOW_BATCHES = 32
"""Batches' worth of pairs that are sorted by length at a time; nothing is given back before."""


@dataclass(frozen=True)
class ForcedPair:
    """A pair of texts, and where the model looks for each piece of the target."""

    source: Words
    """What stands between blanks, with the word of each of S pieces."""
    target: Words
    """The same for T pieces; the last one, `</s>`, is nobody's."""
    attention: np.ndarray
    """Weights [T, S]."""


@dataclass(frozen=True)
class _Side:
    ids: list[int]
    words: Words


EMPTY = ForcedPair(Words((), ()), Words((), ()), np.zeros((0, 0), np.float32))
"""A pair with a side without pieces."""


def force(translator: Translator, sources: Sequence[str], targets: Sequence[str]) -> Iterator[ForcedPair]:
    """Force each target to be written for its source, and give the attention, in the order of the pairs.

    A pair with an empty side gives `EMPTY`.

    Raises:
        ConfigError: the model has no attention.
        TextError: a text is too long or holds what is no text; the message names it by its line, from 1.
    """
    if translator.model.config.attention == "none":
        raise ConfigError(f"{translator.description.name} has no attention, which links come from: take another model")
    size = BATCH_PAIRS * WINDOW_BATCHES
    for start in range(0, len(sources), size):
        numbers = range(start, min(start + size, len(sources)))
        pairs = {number: _pair(translator, sources[number], targets[number], number + 1) for number in numbers}
        filled = [number for number, (source, target) in pairs.items() if source.ids and target.ids]
        filled.sort(key=lambda number: [len(side.ids) for side in pairs[number]])
        found: dict[int, ForcedPair] = {}
        for first in range(0, len(filled), BATCH_PAIRS):
            part = filled[first : first + BATCH_PAIRS]
            found.update(zip(part, _batch(translator, [pairs[number] for number in part]), strict=True))
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
    ids, spans = translator.pieces.encode_spans(masked)
    if len(ids) > translator.limits.pieces:
        most = translator.limits.pieces
        raise TextError(f"line {line}, {text:.20}…: this has {len(ids):,} pieces; at most {most:,} are taken.")
    at = places(masked, carried)
    return _Side(ids, words_of_text(text, [(at[begin], at[end]) for begin, end in spans]))


@torch.inference_mode()
def _batch(translator: Translator, pairs: Sequence[tuple[_Side, _Side]]) -> Iterator[ForcedPair]:
    source, mask = pad([side.ids for side, _ in pairs])
    target, _ = pad([[*side.ids, END] for _, side in pairs])
    _, attention = translator.model(*(tensor.to(translator.device) for tensor in (source, mask, target)))
    for (first, second), weights in zip(pairs, attention.float().cpu().numpy(), strict=True):
        forced = Words(second.words.texts, (*second.words.of_pieces, None))
        yield ForcedPair(first.words, forced, weights[: len(second.ids) + 1, : len(first.ids)])
