"""What a target must and must not hold: each rule makes the pieces that it forbids impossible."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import torch

from s2s.config import SearchConfig
from s2s.model import Memory
from s2s.pieces import END, PADDING, START, UNKNOWN
from s2s.search.loops import block_loops, forbid
from s2s.search.scoring import Array, Numbers

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
    at_most: Mapping[int, int] = field(default_factory=dict)
    """By id, how many times the target holds it at most, but for its prefix."""

    @property
    def may_join(self) -> bool:
        """Whether a sentence with them may join a search that is at work."""
        return not (self.prefix or self.stem or self.banned or self.attention)

    @property
    def prefix_length(self) -> int:
        """The most pieces that the prefix and the stem may take."""
        return len(self.prefix) + (0 if self.stem is None else len(self.stem.allowed) - 1)


NO_RULES = Rules()


class Guide:
    """The rules of a batch of sentences at work. `log_probs` are always [A, K, V], of the sentences still searched."""

    def __init__(self, config: SearchConfig) -> None:
        """Have no sentence yet."""
        self.config = config
        self._limited: tuple[Array, Array, Array] | None = None
        self._set([])
        self.limits: Array | None = None
        self._forced: list[tuple[int, int, Any]] = []
        self._ends: Numbers | None = None

    def join(self, rules: Sequence[Rules], limits: Array | None) -> None:
        """Take more sentences: the rules of each, and the `limits` of its loops."""
        if limits is not None:
            limits = np.maximum(limits, [each.repeats for each in rules])
            self.limits = limits if self.limits is None else np.concatenate([self.limits, limits])
        self._set([*self.rules, *rules])

    def select(self, places: Array) -> None:
        """These of the sentences are searched from now on."""
        self.limits = None if self.limits is None else self.limits[places]
        self._set([self.rules[place] for place in places.tolist()])

    def _set(self, rules: list[Rules]) -> None:
        self.rules = rules
        self._of = [(place, each) for place, each in enumerate(rules) if each is not NO_RULES]
        # Whether there may be a hypothesis that no piece is left for.
        self._may_block_all = self.config.no_repeat_ngram > 0 or any(each.banned or each.stem for _, each in self._of)

        if limited := [(place, each.at_most) for place, each in self._of if each.at_most]:
            ids = sorted({token for _, at_most in limited for token in at_most})
            most = [[at_most.get(token, np.inf) for token in ids] for _, at_most in limited]
            self._limited = np.array([place for place, _ in limited]), np.array(ids), np.array(most)
        else:
            self._limited = None

    def memory(self, memory: Memory, steps: Array, beam: int) -> Memory:
        """`memory` with the attention weights that are given for the `steps` [A] that its sentences are at."""
        given = [(at, rules.attention[steps[at]]) for at, rules in self._of if steps[at] in rules.attention]
        if not given:
            return memory
        weights = memory.states.new_full((len(memory.mask), beam, memory.mask.shape[1]), torch.nan)
        for place, row in given:
            weights[place] = 0.0
            weights[place, :, : len(row)] = torch.as_tensor(row, dtype=weights.dtype, device=weights.device)
        return memory._replace(given=weights.flatten(0, 1))

    def exclude(self, log_probs: Numbers, history: Array, steps: Array) -> None:
        """What no target holds: special pieces, an end that comes too early, what it has as often as it may.

        First keep what a prefix wants. The arguments are those of `constrain`.
        """
        ahead = [(at, rules.prefix[steps[at]]) for at, rules in self._of if steps[at] < len(rules.prefix)]
        self._forced = [(place, token, _copy(log_probs[place, :, token])) for place, token in ahead]
        self._ends = _copy(log_probs[..., END]) if self._may_block_all else None
        log_probs[..., UNKNOWN : START + 1] = IMPOSSIBLE
        log_probs[..., PADDING] = IMPOSSIBLE
        if self.config.min_length > min(steps.tolist()):
            log_probs[steps < self.config.min_length, :, END] = IMPOSSIBLE
        if self._limited is not None:
            places, ids, most = self._limited
            full = (history[places][..., None] == ids).sum(axis=2) >= most[:, None]  # [those, K, ids]
            sentences, hypotheses, which = full.nonzero()
            forbid(log_probs, places[sentences], hypotheses, ids[which])

    def constrain(self, log_probs: Numbers, history: Array, steps: Array) -> Array | None:
        """Apply every other rule, in place.

        Args:
            log_probs: [A, K, V].
            history: the pieces so far, [A, K, T], of each sentence as many as its `steps`, behind `<pad>` for those
                that others have more.
            steps: those that were taken, [A].

        Returns:
            The hypotheses, of all A K, for which anything may have changed; None if for none.
        """
        changed: Array | None = None
        if self.limits is not None:
            changed = block_loops(log_probs, history, self.limits)
        if self._ends is not None:
            self._block(log_probs, history, steps, self._ends)
        for place, token, wanted in self._forced:
            log_probs[place] = IMPOSSIBLE
            log_probs[place, :, token] = wanted
        if self._forced or self._ends is not None:
            changed = np.arange(log_probs.shape[0] * log_probs.shape[1])
        return changed

    def _block(self, log_probs: Numbers, history: Array, steps: Array, ends: Numbers) -> None:
        if self.config.no_repeat_ngram:
            block_repeats(log_probs, history, self.config.no_repeat_ngram)
        for place, rules in self._of:
            step = int(steps[place])
            if step >= len(rules.prefix):
                _apply(rules, log_probs[place], history[place, :, history.shape[2] - step :], step)
        # Where nothing is left that may be written, the target ends.
        stuck = (log_probs == IMPOSSIBLE).all(-1)
        log_probs[..., END][stuck] = ends[stuck]


def block_repeats(log_probs: Numbers, history: Array, size: int) -> None:
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
    forbid(log_probs, sentences, places, grams[at][:, -1])


def _apply(rules: Rules, log_probs: Numbers, history: Array, step: int) -> None:
    """The rules of one sentence: `log_probs` [K, V], `history` [K, step]."""
    if rules.stem is not None:
        written = rules.stem.sizes[history[:, len(rules.prefix) :]].sum(axis=1)
        allowed = rules.stem.allowed[np.minimum(written, len(rules.stem.allowed) - 1)]
        forbid(log_probs, *(~allowed).nonzero())
    for *before, last in rules.banned:
        if len(before) <= step:
            after = np.flatnonzero((history[:, step - len(before) :] == before).all(axis=1))
            forbid(log_probs, after, np.full_like(after, last))


def _copy(part: Numbers) -> Numbers:
    return part.copy() if isinstance(part, np.ndarray) else part.clone()
