"""The steps of a search: all hypotheses of a batch at once; sentences that are done leave it.

What has a number for each piece of the vocabulary, and the decoder's state, stay tensors where the model lies. All else
is small, and NumPy is several times as quick with it.
"""

import zlib
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from s2s.config import SearchConfig
from s2s.engine import Engine
from s2s.search.beams import Beams, Choice
from s2s.search.choice import best_of_beam, drawn, greatest, likeliest
from s2s.search.deadline import Deadline
from s2s.search.loops import loop_limits
from s2s.search.rules import Guide, Rules
from s2s.search.scoring import Array
from s2s.search.trace import Trace
from s2s.text import START


@torch.inference_mode()
def search(
    engine: Engine,
    source: Tensor,
    mask: Tensor,
    config: SearchConfig = SearchConfig(),
    rules: Sequence[Rules] = (),
    deadline: Deadline | None = None,
) -> Iterator[Trace]:
    """Search targets for a batch of sources; yields the trace, always the same one, after every step.

    Args:
        engine: the model at work.
        source: ids [B, S] or frames [B, S, F].
        mask: [B, S], True at real pieces or frames.
        config: how to search.
        rules: those of each sentence, or nothing.
        deadline: when the search gives up.

    Raises:
        DeadlineError: the time is over.
    """
    progress = Progress(engine, source, mask, config, rules)
    while len(progress.active):
        if deadline is not None:
            deadline.check()
        choice = progress.extend()
        yield progress.trace
        progress.go_on(choice)


class Progress:
    """A search at work: the sentences that are still searched, and their hypotheses."""

    def __init__(
        self, engine: Engine, source: Tensor, mask: Tensor, config: SearchConfig, rules: Sequence[Rules]
    ) -> None:
        """Read the sources, and begin an empty hypothesis for each place of their beams."""
        self._memory = engine.encode(source, mask)
        lengths, device = self._memory.mask.sum(dim=1).tolist(), mask.device
        prefixes = [each.prefix_length for each in rules] or [0] * len(lengths)
        limits = [config.limit(*each) for each in zip(lengths, prefixes, strict=True)]
        self.trace = Trace(lengths, limits, config)
        self.active = np.arange(len(lengths))
        self._engine, self._config, self._step = engine, config, 0
        self._limits = np.array(limits)
        self._state = tuple(part.repeat_interleave(config.beam_size, 0) for part in engine.start(self._memory))
        self._previous = torch.full((len(lengths) * config.beam_size,), START, device=device)
        self._guide = Guide(config, rules, loop_limits(source, mask, config.max_repeats), device)
        self._guide.select(self.active)
        looking_at = self._memory.mask.numpy(force=True) if config.coverage_penalty else None
        self._beams = Beams.start(len(lengths), config, looking_at, self._guide.reads_history)
        self._uniforms = _uniforms(source, mask, max(limits), config) if config.method == "sample" else None

    def extend(self) -> Choice:
        """Write one more piece of every hypothesis."""
        step, config = self._step, self._config
        memory = self._guide.memory(self._memory, step, config.beam_size)
        log_probs, attention, self._state, generated = self._engine.step(self._previous, self._state, memory)
        log_probs = log_probs.view(len(self.active), config.beam_size, -1)
        weights = None if attention is None else attention.view(*log_probs.shape[:2], -1).numpy(force=True)
        shares = None if generated is None else generated.view(log_probs.shape[:2]).numpy(force=True)
        self._guide.exclude(log_probs, step)
        top = greatest(log_probs, max(config.beam_size, config.alternatives))
        changed = self._guide.constrain(log_probs, self._beams.history, step)
        choice = self._choice(log_probs, greatest(log_probs, config.beam_size) if changed else top)
        self._beams = self._beams.extended(choice, weights)
        self.trace.record(self._beams.order(config), choice, weights, shares, *top)
        return choice

    def _choice(self, log_probs: Tensor, best: tuple[Array, Array]) -> Choice:
        ids, values = best
        beam = self._config.beam_size
        if self._uniforms is not None:
            return drawn(log_probs, self._uniforms[self.active, self._step], self._beams, self._config)
        if beam == 1:
            return likeliest(ids, values)
        return best_of_beam(ids[..., :beam], values[..., :beam], self._beams, self._config)

    def go_on(self, choice: Choice) -> None:
        """Hand what was chosen to the next step; sentences that are done leave."""
        self._step += 1
        done = self._beams.ended.all(axis=1) | (self._limits[self.active] <= self._step)
        places = None
        if done.any():
            places = np.flatnonzero(~done)
            self.active = self.active[places]
            if not len(places):
                return
            self._beams = self._beams.select(places)
            self._memory = self._memory.select(torch.from_numpy(places).to(self._previous.device))
            self._guide.select(self.active)
            self.trace.select(self.active)
        rows = choice.rows(places)
        if rows is not None:
            at = torch.from_numpy(rows).to(self._previous.device)
            self._state = tuple(part.index_select(0, at) for part in self._state)
        tokens = choice.tokens if places is None else choice.tokens[places]
        self._previous = torch.from_numpy(tokens.reshape(-1)).to(self._previous.device)


def _uniforms(source: Tensor, mask: Tensor, steps: int, config: SearchConfig) -> Array:
    """Random numbers [B, T, K] that depend on the seed and on the sentence, and on nothing beside it in the batch."""
    rows = []
    for sentence, real in zip(source.numpy(force=True), mask.numpy(force=True), strict=True):
        generator = np.random.default_rng([config.seed, zlib.crc32(sentence[real].tobytes())])
        rows.append(generator.random((steps, config.beam_size), dtype=np.float32))
    return np.stack(rows)
