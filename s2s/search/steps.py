"""The steps of a search: all hypotheses of a batch at once; sentences that are done leave it."""

import zlib
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from s2s.config import SearchConfig
from s2s.engine import Engine
from s2s.search.beams import Beams, Choice
from s2s.search.choice import best_of_beam, drawn, likeliest
from s2s.search.deadline import Deadline
from s2s.search.rules import Guide, Rules
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
    beam, device = config.beam_size, mask.device
    lengths = mask.sum(dim=1).tolist()
    prefixes = [each.prefix_length for each in rules] or [0] * len(lengths)
    trace = Trace(lengths, [config.limit(*each) for each in zip(lengths, prefixes, strict=True)], config)
    guide = Guide(config, rules, device)
    memory = engine.encode(source, mask)
    state = tuple(part.repeat_interleave(beam, 0) for part in engine.start(memory))
    active = torch.arange(len(lengths), device=device)
    guide.select(active)
    limits, soonest = torch.tensor(trace.limits, device=device), min(trace.limits)
    uniforms = _uniforms(source, mask, limits, config) if config.method == "sample" else None
    beams = Beams.start(len(active), beam, alike=config.method == "beam", device=device)
    previous = torch.full((len(active) * beam,), START, device=device)
    if guide.reads_history:
        beams = beams._replace(history=previous.new_empty(len(active), beam, 0))
    if config.coverage_penalty:
        beams = beams._replace(looked=memory.states.new_zeros(len(active), beam, mask.shape[1]))
    for step in range(max(trace.limits)):
        if deadline is not None:
            deadline.check()
        log_probs, attention, state = engine.step(previous, state, guide.memory(memory, step, beam))
        log_probs = log_probs.view(len(active), beam, -1)
        weights = None if attention is None else attention.view(len(active), beam, -1)
        guide.exclude(log_probs, step)
        top = log_probs.topk(min(max(beam, config.alternatives), log_probs.shape[2]), dim=-1)
        changed = guide.constrain(log_probs, beams.history, step)
        best = log_probs.topk(min(beam, log_probs.shape[2]), dim=-1) if changed else top
        if uniforms is not None:
            choice = drawn(log_probs, uniforms[active, step], beams, config)
        elif beam == 1:
            choice = likeliest(best.indices, best.values)
        else:
            choice = best_of_beam(best.indices[..., :beam], best.values[..., :beam], beams, config)
        beams = beams.extended(choice, weights)
        trace.record(beams.order(config, memory.mask), choice, weights, top.indices, top.values)
        yield trace
        done = beams.ended.all(dim=1)
        if step + 1 >= soonest:
            done |= step + 1 >= limits[active]
        kept = (~done).nonzero().squeeze(1) if done.any() else None
        if kept is not None:
            if not len(kept):
                return
            active, beams, memory = active[kept], beams.select(kept), memory.select(kept)
            guide.select(active)
            trace.select(active)
        rows = _rows(choice, kept)
        state = state if rows is None else tuple(part[rows] for part in state)
        previous = (choice.tokens if kept is None else choice.tokens[kept]).flatten()


def _rows(choice: Choice, kept: Tensor | None) -> Tensor | None:
    """Which of the A K hypotheses before `choice` go on, for the sentences `kept`; None if all do as they stand."""
    if choice.parents is None and kept is None:
        return None
    sentences, beam = choice.tokens.shape
    places = torch.arange(sentences, device=choice.tokens.device) if kept is None else kept
    parents = torch.arange(beam, device=choice.tokens.device) if choice.parents is None else choice.parents[places]
    return (places[:, None] * beam + parents).flatten()


def _uniforms(source: Tensor, mask: Tensor, limits: Tensor, config: SearchConfig) -> Tensor:
    """Random numbers [B, T, K] that depend on the seed and on the sentence, and on nothing beside it in the batch."""
    rows = []
    for sentence, real in zip(source.numpy(force=True), mask.numpy(force=True), strict=True):
        generator = np.random.default_rng([config.seed, zlib.crc32(sentence[real].tobytes())])
        rows.append(generator.random((int(limits.max()), config.beam_size), dtype=np.float32))
    return torch.from_numpy(np.stack(rows)).to(source.device)
