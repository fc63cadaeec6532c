"""What a target must and must not hold: each rule makes the pieces that it forbids impossible."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from s2s.config import SearchConfig
from s2s.model import Memory
from s2s.search.loops import block_loops
from s2s.search.scoring import Array
from s2s.text import END, PADDING, START, UNKNOWN

IMPOSSIBLE = -torch.inf


class Stem(NamedTuple):
    """A beginning that the pieces after the prefix have to spell: a word that is cut, of O bytes."""

    allowed: Array  # [O + 1, V], the pieces that may follow when so many bytes are written
    sizes: Array  # [V], bytes of each piece


@dataclass(frozen=True, eq=False, kw_only=True)
class Rules:
    """What holds for the target of one sentence."""

    prefix: tuple[int, ...] = ()
    """The ids that it begins with; a last `</s>` makes it the whole target."""
    stem: Stem | None = None
    banned: tuple[tuple[int, ...], ...] = ()
    """Ids that never stand one after the other."""
    attention: Mapping[int, np.ndarray] = field(default_factory=dict)
    """By step, weights [S] to use instead of the model's own."""
    repeats: int = 0
    """Times that the same pieces follow each other in the beginning, so that they may in the target."""

    @property
    def prefix_length(self) -> int:
        """The most pieces that the prefix and the stem may take."""
        return len(self.prefix) + (0 if self.stem is None else len(self.stem.allowed) - 1)


NO_RULES = Rules()


class Guide:
    """The rules of a batch of sentences at work. `log_probs` are always [A, K, V], of the sentences still searched."""

    def __init__(
        self, config: SearchConfig, rules: Sequence[Rules], limits: Array | None, device: torch.device
    ) -> None:
        """Take the rules of each sentence, none at all standing for no rules, and the `limits` of its loops."""
        self.config = config
        self.rules = rules
        self.limits = limits
        if limits is not None and rules:
            self.limits = np.maximum(limits, [each.repeats for each in rules])
        self.may_block_all = config.no_repeat_ngram > 0 or any(each.banned or each.stem for each in rules)
        self.reads_history = limits is not None or self.may_block_all
        self._forced: list[tuple[int, int, Tensor]] = []
        self._of: list[tuple[int, Rules]] = []
        self._ends: Tensor | None = None
        self._limits: Array | None = None
        self._never = torch.tensor([UNKNOWN, START, PADDING], device=device)
        self._not_yet = torch.tensor([UNKNOWN, START, PADDING, END], device=device)

    def select(self, active: Array) -> None:
        """These sentences are searched from now on."""
        self._limits = None if self.limits is None else self.limits[active]
        if self.rules:
            places = enumerate(active.tolist())
            self._of = [(place, self.rules[row]) for place, row in places if self.rules[row] is not NO_RULES]

    def memory(self, memory: Memory, step: int, beam: int) -> Memory:
        """`memory` with the attention weights that are given for `step`."""
        given = [(place, rules.attention[step]) for place, rules in self._of if step in rules.attention]
        if not given:
            return memory
        weights = memory.states.new_full((len(memory.mask), beam, memory.mask.shape[1]), torch.nan)
        for place, row in given:
            weights[place] = 0.0
            weights[place, :, : len(row)] = torch.as_tensor(row, dtype=weights.dtype, device=weights.device)
        return memory._replace(given=weights.flatten(0, 1))

    def exclude(self, log_probs: Tensor, step: int) -> None:
        """What no target holds: special pieces, and an end that comes too early. First keep what a prefix wants."""
        ahead = [(place, rules.prefix[step]) for place, rules in self._of if step < len(rules.prefix)]
        self._forced = [(place, token, log_probs[place, :, token].clone()) for place, token in ahead]
        self._ends = log_probs[..., END].clone() if self.may_block_all else None
        pieces = self._not_yet if step < self.config.min_length else self._never
        log_probs.index_fill_(2, pieces, IMPOSSIBLE)

    def constrain(self, log_probs: Tensor, history: Array | None, step: int) -> bool:
        """Apply every other rule, in place; `history` [A, K, step] holds the pieces so far, if `reads_history`.

        Returns:
            Whether anything was changed.
        """
        changed = bool(self._forced)
        if history is not None and self._limits is not None:
            changed |= block_loops(log_probs, history, self._limits)
        if history is not None and self._ends is not None:
            self._block(log_probs, history, step, self._ends)
            changed = True
        for place, token, wanted in self._forced:
            log_probs[place] = IMPOSSIBLE
            log_probs[place, :, token] = wanted
        return changed

    def _block(self, log_probs: Tensor, history: Array, step: int, ends: Tensor) -> None:
        if self.config.no_repeat_ngram:
            block_repeats(log_probs, history, self.config.no_repeat_ngram)
        for place, rules in self._of:
            if step >= len(rules.prefix):
                _apply(rules, log_probs[place], history[place], step)
        # Where nothing is left that may be written, the target ends.
        stuck = log_probs.amax(dim=-1) == IMPOSSIBLE
        log_probs[..., END] = torch.where(stuck, ends, log_probs[..., END])


def block_repeats(log_probs: Tensor, history: Array, size: int) -> None:
    """Forbid each piece that would make `size` pieces stand in a target twice (Paulus et al. 2018, 2.5).

    Args:
        log_probs: [A, K, V], changed in place.
        history: the pieces so far, [A, K, T].
        size: pieces of an n-gram.
    """
    length = history.shape[2]
    if length < size:
        return
    grams = np.lib.stride_tricks.sliding_window_view(history, size, axis=2)  # [A, K, T - size + 1, size]
    same = (grams[..., :-1] == history[:, :, None, length - size + 1 :]).all(axis=-1)
    sentences, places, _ = at = same.nonzero()
    _forbid(log_probs, sentences, places, grams[at][:, -1])


def _forbid(log_probs: Tensor, *at: Array) -> None:
    if len(at[0]):
        log_probs[tuple(torch.from_numpy(part).to(log_probs.device) for part in at)] = IMPOSSIBLE


def _apply(rules: Rules, log_probs: Tensor, history: Array, step: int) -> None:
    """The rules of one sentence: `log_probs` [K, V], `history` [K, step]."""
    if rules.stem is not None:
        written = rules.stem.sizes[history[:, len(rules.prefix) :]].sum(axis=1)
        allowed = rules.stem.allowed[np.minimum(written, len(rules.stem.allowed) - 1)]
        log_probs.masked_fill_(torch.from_numpy(~allowed).to(log_probs.device), IMPOSSIBLE)
    for *before, last in rules.banned:
        if len(before) <= step:
            after = np.flatnonzero((history[:, step - len(before) :] == before).all(axis=1))
            _forbid(log_probs, after, np.full_like(after, last))
