"""The hypotheses of a search: what is known of each, and how it grows."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from s2s.config import SearchConfig
from s2s.search.scoring import coverage, length_penalty
from s2s.text import END, PADDING


class Choice(NamedTuple):
    """One more piece of each hypothesis; `<pad>`, with log-probability 0, where it had ended before."""

    parents: Tensor | None  # [A, K], which hypothesis was continued; None: each one
    tokens: Tensor  # [A, K]
    log_probs: Tensor  # [A, K]


class Beams(NamedTuple):
    """The hypotheses of the A sentences that are still searched, K of each."""

    sums: Tensor  # [A, K], log-probability
    counts: Tensor  # [A, K], pieces, as floats
    ended: Tensor  # [A, K], True after `</s>`, and where there is no hypothesis
    history: Tensor | None = None  # [A, K, T], the pieces so far, if a rule reads them
    looked: Tensor | None = None  # [A, K, S], how much each source piece was looked at, if that counts

    @classmethod
    def start(cls, sentences: int, beam: int, alike: bool, device: torch.device) -> "Beams":
        """Empty hypotheses; if all of a beam are `alike`, there is only the first of each."""
        sums = torch.zeros(sentences, beam, device=device)
        if alike:
            sums[:, 1:] = -torch.inf
        return cls(sums, torch.zeros_like(sums), sums.isneginf())

    def select(self, rows: Tensor) -> "Beams":
        """Those of some sentences."""
        return self._each(lambda part: part[rows])

    def _each(self, change: Callable[[Tensor], Tensor]) -> "Beams":
        history, looked = (None if part is None else change(part) for part in (self.history, self.looked))
        return Beams(change(self.sums), change(self.counts), change(self.ended), history, looked)

    def extended(self, choice: Choice, weights: Tensor | None) -> "Beams":
        """With one more piece each; `weights` [A, K, S] are what the hypotheses before it looked at."""
        tokens, looked = choice.tokens, self.looked
        if looked is not None and weights is not None:
            looked = looked + weights.masked_fill(self.ended[..., None], 0.0)
        before, parents = self._replace(looked=looked), choice.parents
        if parents is not None:
            before = before._each(lambda part: _of_parents(part, parents))
        if before.history is not None:
            before = before._replace(history=torch.cat([before.history, tokens[..., None]], dim=2))
        if tokens.shape[1] == 1:  # nothing to compare
            return before._replace(ended=tokens == END)
        sums = before.sums + choice.log_probs
        ended = before.ended | (tokens == END) | sums.isneginf()
        return before._replace(sums=sums, counts=before.counts + (tokens != PADDING), ended=ended)

    def order(self, config: SearchConfig, mask: Tensor) -> Tensor | None:
        """The hypotheses of each sentence by falling score, [A, K]; None if they are in that order."""
        if self.sums.shape[1] == 1 or (config.method == "beam" and self.looked is None):
            return None
        scores = self.sums / length_penalty(self.counts.clamp(min=1), config)
        if self.looked is not None:
            scores = scores + config.coverage_penalty * coverage(self.looked, mask[:, None])
        return scores.argsort(dim=1, descending=True, stable=True)


def _of_parents(values: Tensor, parents: Tensor) -> Tensor:
    """What belongs to each parent, [A, K] or [A, K, X]."""
    places = parents if values.ndim == 2 else parents[..., None].expand(-1, -1, values.shape[2])
    return values.gather(1, places)
