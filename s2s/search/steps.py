"""The steps of a search: all hypotheses of a batch at once; sentences that are done leave it.

What has a number for each piece of the vocabulary, and the decoder's state, stay where the model lies. All else is
small, and NumPy is several times as quick with it than PyTorch is.
"""

import zlib
from collections.abc import Collection, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from s2s.config import SearchConfig
from s2s.engine import Engine
from s2s.pieces import START
from s2s.search.beams import Beams, Choice
from s2s.search.choice import best_of_beam, drawn, greatest, likeliest, renewed
from s2s.search.deadline import Deadline
from s2s.search.loops import loop_limits
from s2s.search.rows import Rows
from s2s.search.rules import NO_RULES, Guide, Rules
from s2s.search.scoring import Array, Numbers
from s2s.search.trace import Trace


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
    progress = Progress(engine, config, mask.device)
    trace = progress.join(source, mask, rules)
    while trace.sentences:
        if deadline is not None:
            deadline.check()
        progress.step()
        yield trace


class Progress:
    """A search at work: the sentences that are still searched, and their hypotheses.

    Sentences may join and leave it between two steps. Each is found as if it were alone: it has its own count of steps,
    and an engine's rows do not influence each other.
    """

    def __init__(self, engine: Engine, config: SearchConfig, device: torch.device) -> None:
        """Have nothing to search yet; `device` is where the sources will lie."""
        self._engine, self._config, self._device = engine, config, device
        self._guide = Guide(config)
        self._traces: list[Trace] = []  # in the order of their rows
        self._rows: Rows | None = None

    @property
    def hypotheses(self) -> int:
        """How many the next step will have."""
        return 0 if self._rows is None else len(self._rows) * self._config.beam_size

    def join(self, source: Tensor, mask: Tensor, rules: Sequence[Rules] = ()) -> Trace:
        """Read sources, and begin an empty hypothesis for each place of their beams; their trace.

        Args:
            source: ids [B, S] or frames [B, S, F].
            mask: [B, S], True at real pieces or frames.
            rules: those of each sentence, or nothing.
        """
        config, beam = self._config, self._config.beam_size
        memory = self._engine.encode(source, mask)
        state = tuple(part.repeat_interleave(beam, 0) for part in self._engine.start(memory))
        lengths, rules = memory.mask.sum(dim=1).tolist(), rules or [NO_RULES] * len(source)
        limits = [config.limit(length, each.prefix_length) for length, each in zip(lengths, rules, strict=True)]
        self._guide.join(rules, loop_limits(source, mask, config.max_repeats))
        looking_at = memory.mask.numpy(force=True) if config.coverage_penalty else None
        rows = Rows(
            memory=memory,
            state=state,
            previous=torch.full((len(lengths) * beam,), START, device=self._device),
            beams=Beams.start(len(lengths), config, looking_at),
            steps=np.zeros(len(lengths), np.int64),
            limits=np.array(limits),
            uniforms=_uniforms(source, mask, max(limits), config) if config.method == "sample" else None,
        )
        self._rows = rows if self._rows is None else self._rows.joined(rows, self._engine.config.looks_back)
        self._traces.append(Trace(lengths, limits, config))
        return self._traces[-1]

    def step(self, left: Collection[Trace] = ()) -> None:
        """Write one more piece of every hypothesis; sentences that are done leave, and those whose trace has `left`."""
        assert self._rows is not None
        rows, config = self._rows, self._config
        memory = self._guide.memory(rows.memory, rows.steps, config.beam_size)
        found, attention, state, generated = self._engine.step(rows.previous, rows.state, memory)
        whole: Numbers = found.numpy() if found.device.type == "cpu" else found  # the same numbers
        log_probs = whole.reshape(len(rows), config.beam_size, -1)
        weights, shares = (
            None if part is None else part.numpy(force=True).reshape(len(rows), config.beam_size, *part.shape[1:])
            for part in (attention, generated)
        )
        self._guide.exclude(log_probs, rows.beams.history, rows.steps)
        top = greatest(log_probs, max(config.beam_size, config.alternatives))
        changed = self._guide.constrain(log_probs, rows.beams.history, rows.steps)
        choice = self._choice(rows, log_probs, top if changed is None else renewed(top, log_probs, changed))
        continued = choice.rows()
        beams = rows.beams.extended(choice, continued, weights)
        order, first = beams.order(config), 0
        for trace in self._traces:
            trace.record(first, order, choice, weights, shares, *top)
            first += trace.sentences
        places = self._still_searched(beams, left)
        self._rows = rows.moved(state, beams, choice.tokens, continued, places) if self._traces else None

    def _choice(self, rows: Rows, log_probs: Numbers, best: tuple[Array, Array]) -> Choice:
        ids, values = best
        beam = self._config.beam_size
        if rows.uniforms is not None:
            return drawn(log_probs, rows.uniforms[np.arange(len(rows)), rows.steps], rows.beams, self._config)
        if beam == 1:
            return likeliest(ids, values)
        return best_of_beam(ids[..., :beam], values[..., :beam], rows.beams, self._config)

    def _still_searched(self, beams: Beams, left: Collection[Trace]) -> Array | None:
        """Let sentences leave that are done, or whose trace has `left`; the places of the others, None if all stay."""
        assert self._rows is not None
        stopping = beams.ended.all(axis=1) | (self._rows.limits <= self._rows.steps + 1)
        return self._select(~stopping, left) if left or stopping.any() else None

    def _select(self, going_on: Array, left: Collection[Trace]) -> Array:
        """Keep those that are `going_on` [A] and whose trace has not `left`; their places."""
        first = 0
        for trace in self._traces:
            behind = first + trace.sentences
            if trace in left:
                going_on[first:behind] = False
            if not going_on[first:behind].all():
                trace.select(going_on[first:behind])
            first = behind
        self._traces = [trace for trace in self._traces if trace.sentences]
        places = np.flatnonzero(going_on)
        self._guide.select(places)
        return places


def _uniforms(source: Tensor, mask: Tensor, steps: int, config: SearchConfig) -> Array:
    """Random numbers [B, T, K] that depend on the seed and on the sentence, and on nothing beside it in the batch."""
    rows = []
    for sentence, real in zip(source.numpy(force=True), mask.numpy(force=True), strict=True):
        generator = np.random.default_rng([config.seed, zlib.crc32(sentence[real].tobytes())])
        rows.append(generator.random((steps, config.beam_size), dtype=np.float32))
    return np.stack(rows)
