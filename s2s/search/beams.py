"""The hypotheses of a search: what is known of each, and how it grows."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from s2s.config import SearchConfig
from s2s.pieces import END, PADDING
from s2s.search.scoring import Array, coverage, length_penalty


class Choice(NamedTuple):
    """One more piece of each hypothesis; `<pad>`, with log-probability 0, where it had ended before."""

    parents: Array | None  # [A, K], which hypothesis was continued; None: each one
    tokens: Array  # [A, K]
    log_probs: Array  # [A, K]

    def rows(self) -> Array | None:
        """Which of the A K hypotheses before were continued, [A, K]; None if each one was."""
        if self.parents is None:
            return None
        sentences, beam = self.tokens.shape
        rows: Array = self.parents + np.arange(0, sentences * beam, beam)[:, None]
        return rows


class Beams(NamedTuple):
    """The hypotheses of the A sentences that are still searched, K of each."""

    sums: Array  # [A, K], log-probability
    counts: Array  # [A, K], pieces, as floats
    ended: Array  # [A, K], True after `</s>`, and where there is no hypothesis
    history: Array  # [A, K, T], the pieces so far
    looked: Array | None  # [A, K, S], how much each source piece was looked at, if that counts
    mask: Array | None  # [A, S], True at real source pieces, if that counts

    @classmethod
    def start(cls, sentences: int, config: SearchConfig, mask: Array | None) -> "Beams":
        """Empty hypotheses: of a beam search one a sentence, else as many as are drawn."""
        sums = np.zeros((sentences, config.beam_size), np.float32)
        if config.method == "beam":
            sums[:, 1:] = -np.inf
        history = np.empty((*sums.shape, 0), np.int64)
        looked = None if mask is None else np.zeros((*sums.shape, mask.shape[1]), np.float32)
        return cls(sums, np.zeros_like(sums), sums == -np.inf, history, looked, mask)

    def select(self, places: Array) -> "Beams":
        """Those of some sentences."""
        chosen = self._each(lambda part: part[places])
        return chosen if self.mask is None else chosen._replace(mask=self.mask[places])

    def joined(self, other: "Beams", source_length: int) -> "Beams":
        """Those of both, for sources of `source_length` S; a shorter history stands behind `<pad>`."""
        looked = mask = None
        steps = int(max(self.counts.max(), other.counts.max()))  # one that has not ended has a piece of each step
        history = _stacked(self.history[..., ::-1], other.history[..., ::-1], steps, PADDING)[..., ::-1]
        if self.looked is not None and other.looked is not None:
            looked = _stacked(self.looked, other.looked, source_length, 0)
        if self.mask is not None and other.mask is not None:
            mask = _stacked(self.mask, other.mask, source_length, 0)
        sums, counts, ended = (np.concatenate(parts) for parts in zip(self[:3], other[:3], strict=True))
        return Beams(sums, counts, ended, history, looked, mask)

    def _each(self, change: Callable[[Array], Array]) -> "Beams":
        looked = None if self.looked is None else change(self.looked)
        sums, counts, ended, history = (change(part) for part in (self.sums, self.counts, self.ended, self.history))
        return Beams(sums, counts, ended, history, looked, self.mask)

    def extended(self, choice: Choice, rows: Array | None, weights: Array | None) -> "Beams":
        """With one more piece each; `rows` are the choice's, `weights` [A, K, S] what those before it looked at."""
        before, tokens = self, choice.tokens
        if self.looked is not None and weights is not None:
            before = self._replace(looked=self.looked + np.where(self.ended[..., None], np.float32(0), weights))
        if rows is not None:
            before = before._each(lambda part: part.reshape(rows.size, *part.shape[2:]).take(rows, axis=0))
        history = np.concatenate([before.history, tokens[..., None]], axis=2)
        sums = before.sums + choice.log_probs
        ended = before.ended | (tokens == END) | (sums == -np.inf)
        return Beams(sums, before.counts + (tokens != PADDING), ended, history, before.looked, self.mask)

    def order(self, config: SearchConfig) -> Array | None:
        """The hypotheses of each sentence by falling score, [A, K]; None if they are in that order."""
        if self.sums.shape[1] == 1 or (config.method == "beam" and self.looked is None):
            return None
        scores = self.sums / length_penalty(np.maximum(self.counts, 1), config)
        if self.looked is not None and self.mask is not None:
            scores = scores + config.coverage_penalty * coverage(self.looked, self.mask[:, None])
        order: Array = np.argsort(-scores, axis=1, kind="stable")
        return order


def _stacked(one: Array, other: Array, length: int, padding: int) -> Array:
    """Rows of both, with a last axis of `length`: cut, or padded behind."""
    stacked = np.full((len(one) + len(other), *one.shape[1:-1], length), padding, one.dtype)
    for rows, part in ((slice(None, len(one)), one), (slice(len(one), None), other)):
        kept = part[..., :length]
        stacked[rows, ..., : kept.shape[-1]] = kept
    return stacked
