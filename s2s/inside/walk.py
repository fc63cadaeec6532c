"""A given target step by step, with all that the model thinks at each step.

A search hands back weights and a few alternatives. Ranks, entropies, divergences and states need the distribution over
the whole vocabulary and the decoder's state, so the target is walked once more, with the engine that found it: a step
of one hypothesis costs little, and the numbers are those of the search.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from s2s.constraints import Constraints, check_beginnings, rules_of
from s2s.data import pad
from s2s.errors import TextError
from s2s.pieces import PADDING, START, UNKNOWN
from s2s.search import Rules
from s2s.search.scoring import Array
from s2s.text import Reading
from s2s.translator import Translator

NEVER_WRITTEN = (UNKNOWN, START, PADDING)
"""Pieces that no target holds, whatever their probability."""

BITS = 1 / np.log(2)
"""Bits in a natural unit of information."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Walk:
    """T steps of one target, and the source that it was written for."""

    tokens: Array
    """Ids of the pieces that were written, [T]."""
    log_probs: Array
    """Natural log-probabilities of every piece at every step, [T, V]."""
    attention: Array | None
    """Weights in use, [T, S]; None for a model without attention."""
    encoder_states: Array
    """[S, M], after reading each source piece (both directions side by side)."""
    decoder_states: Array
    """What the top layer of the decoder wrote before each target piece, [T, H]."""

    @property
    def surprisals(self) -> Array:
        """How little each piece was expected, in bits, [T]: 0 for what was certain, 1 for a toss of a coin."""
        bits: Array = -BITS * self._written[:, 0]
        return bits

    @property
    def ranks(self) -> Array:
        """The place of each piece among all that could be written, [T]: 1 for the likeliest."""
        possible = np.delete(self.log_probs, NEVER_WRITTEN, axis=1)
        ranks: Array = 1 + (possible > self._written).sum(axis=1)
        return ranks

    @property
    def entropies(self) -> Array:
        """How open each step was, in bits, [T]: 0 for certainty, log2 V if all pieces were equally likely."""
        return entropy(self.log_probs)

    @property
    def margins(self) -> Array:
        """By how much the likeliest piece of each step leads, in probability, [T]; near 0 the model was unsure."""
        possible = np.delete(self.log_probs, NEVER_WRITTEN, axis=1)
        second, first = np.partition(possible, [-2, -1], axis=1)[:, -2:].T
        lead: Array = np.exp(first) - np.exp(second)
        return lead

    @property
    def _written(self) -> Array:
        written: Array = np.take_along_axis(self.log_probs, self.tokens[:, None], axis=1)
        return written


@torch.inference_mode()
def walk(
    translator: Translator, source: str, pieces: Sequence[str], attention: Mapping[int, Sequence[float]] | None = None
) -> Walk:
    """Write `pieces` for one source sentence.

    Args:
        translator: the model at work.
        source: one sentence, as a result's `source` has it.
        pieces: T ≥ 1 target pieces, as `target_pieces` names them; they need not come to an end.
        attention: by step, weights [S] that are used instead of the model's own.

    Raises:
        TextError: there are no pieces or too many, one is none of the model's, or weights are wrong.
    """
    if not pieces:
        raise TextError("There is nothing to write. Please give a target of at least one piece.")
    reading = translator.read(source)
    rules = rules_of(Constraints(prefix_pieces=tuple(pieces), attention=attention or {}), translator.pieces, reading)
    check_beginnings([rules], translator.limits.pieces, None)
    return _steps(translator, reading, rules)


def _steps(translator: Translator, reading: Reading, rules: Rules) -> Walk:
    engine, device = translator.engine, translator.device
    source, mask = (tensor.to(device) for tensor in pad([reading.ids]))
    memory = engine.encode(source, mask)
    state, top = engine.start(memory), engine.config.decoder_layers - 1
    log_probs, weights, states = [], [], []
    for step, previous in enumerate([START, *rules.prefix[:-1]]):
        row = rules.attention.get(step)
        given = None if row is None else torch.as_tensor(row, device=device)[None]
        found, attention, state, _ = engine.step(
            torch.tensor([previous], device=device), state, memory._replace(given=given)
        )
        log_probs.append(found[0].numpy(force=True))
        weights += [] if attention is None else [attention[0].numpy(force=True)]
        states.append(state[top][0, : engine.config.hidden_size].numpy(force=True))
    return Walk(
        tokens=np.array(rules.prefix),
        log_probs=np.stack(log_probs),
        attention=np.stack(weights) if weights else None,
        encoder_states=memory.states[0].numpy(force=True),
        decoder_states=np.stack(states),
    )


def entropy(log_probs: Array) -> Array:
    """Entropies in bits, [...], of distributions [..., V] (Shannon 1948)."""
    log_probs = log_probs.astype(np.float64)
    bits: Array = -BITS * (np.exp(log_probs) * log_probs).sum(axis=-1)
    return bits


def divergence(before: Array, after: Array) -> Array:
    """How far distributions [..., V] moved, in bits: KL(before ‖ after) (Kullback & Leibler 1951); 0 for no change."""
    before, after = before.astype(np.float64), after.astype(np.float64)
    bits: Array = BITS * (np.exp(before) * (before - after)).sum(axis=-1)
    return np.maximum(bits, 0)
