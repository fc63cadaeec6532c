"""The steps of a search: all hypotheses of a batch at once; sentences that are done leave it."""

import zlib
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from s2s.config import SearchConfig
from s2s.engine import Engine
from s2s.search.choice import Beams, Choice, best_of_beam, drawn, likeliest
from s2s.search.deadline import Deadline
from s2s.search.rules import Guide, Rules
from s2s.search.scoring import coverage, length_penalty
from s2s.search.trace import Trace
from s2s.text import END, PADDING, START


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
    limits = torch.tensor(trace.limits, device=device)
    soonest = min(trace.limits)
    guide = Guide(config, rules, device)
    memory = engine.encode(source, mask)
    state = tuple(part.repeat_interleave(beam, 0) for part in engine.start(memory))
    uniforms = _uniforms(source, mask, limits, config) if config.method == "sample" else None
    active = torch.arange(len(lengths), device=device)
    beams = Beams.start(len(active), beam, alike=config.method == "beam", device=device)
    previous = torch.full((len(active) * beam,), START, device=device)
    history = previous.new_empty(len(active), beam, 0) if guide.reads_history else None
    looked = memory.states.new_zeros(len(active), beam, mask.shape[1]) if config.coverage_penalty else None
    guide.select(active)
    trace.select(active)
    step = 0
    while len(active):
        if deadline is not None:
            deadline.check()
        log_probs, attention, state = engine.step(previous, state, guide.memory(memory, step, beam))
        log_probs = log_probs.view(len(active), beam, -1)
        guide.exclude(log_probs, step)
        top = log_probs.topk(min(max(beam, config.alternatives), log_probs.shape[2]), dim=-1)
        ids, values = top.indices, top.values
        if guide.constrain(log_probs, history, step):
            values, ids = log_probs.topk(min(beam, log_probs.shape[2]), dim=-1)
        if uniforms is not None:
            choice = drawn(log_probs, uniforms[active, step], beams, config)
        elif beam == 1:
            choice = likeliest(ids, values)
        else:
            choice = best_of_beam(ids[..., :beam], values[..., :beam], beams, config)
        weights = None if attention is None else attention.view(len(active), beam, -1)
        if looked is not None and weights is not None:
            looked = _follow(looked + weights.masked_fill(beams.ended[..., None], 0.0), choice)
        history = None if history is None else torch.cat([_follow(history, choice), choice.tokens[..., None]], dim=2)
        beams = _after(beams, choice)
        order = _order(beams, looked, memory.mask, config)
        trace.record(order, choice, weights, top.indices, top.values)
        yield trace
        step += 1
        done = beams.ended.all(dim=1)
        if step >= soonest:
            done |= step >= limits[active]
        previous = choice.tokens.flatten()
        if not done.any():
            if choice.parents is not None:
                rows = (torch.arange(len(active), device=device)[:, None] * beam + choice.parents).flatten()
                state = tuple(part[rows] for part in state)
            continue
        kept = (~done).nonzero().squeeze(1)
        parents = torch.arange(beam, device=device) if choice.parents is None else choice.parents[kept]
        rows = (kept[:, None] * beam + parents).flatten()
        state, memory = tuple(part[rows] for part in state), memory.select(kept)
        active, beams, previous = active[kept], beams.select(kept), choice.tokens[kept].flatten()
        history = None if history is None else history[kept]
        looked = None if looked is None else looked[kept]
        guide.select(active)
        trace.select(active)


def _follow(values: Tensor, choice: Choice) -> Tensor:
    """What belongs to a hypothesis [A, K, X], after it was continued."""
    if choice.parents is None:
        return values
    return values.gather(1, choice.parents[..., None].expand(-1, -1, values.shape[2]))


def _after(beams: Beams, choice: Choice) -> Beams:
    if choice.tokens.shape[1] == 1:  # nothing to compare
        return beams._replace(ended=choice.tokens == END)
    sums, counts, ended = beams
    if choice.parents is not None:
        sums, counts, ended = (part.gather(1, choice.parents) for part in beams)
    sums = sums + choice.log_probs
    return Beams(sums, counts + (choice.tokens != PADDING), ended | (choice.tokens == END) | sums.isneginf())


def _order(beams: Beams, looked: Tensor | None, mask: Tensor, config: SearchConfig) -> Tensor | None:
    """The hypotheses of each sentence by falling score, [A, K]; None if they are in that order."""
    if config.beam_size == 1 or (config.method == "beam" and looked is None):
        return None
    scores = beams.sums / length_penalty(beams.counts.clamp(min=1), config)
    if looked is not None:
        scores = scores + config.coverage_penalty * coverage(looked, mask[:, None])
    return scores.argsort(dim=1, descending=True, stable=True)


def _uniforms(source: Tensor, mask: Tensor, limits: Tensor, config: SearchConfig) -> Tensor:
    """Random numbers [B, T, K] that depend on the seed and on the sentence, and on nothing beside it in the batch."""
    rows = []
    for sentence, real in zip(source.numpy(force=True), mask.numpy(force=True), strict=True):
        generator = np.random.default_rng([config.seed, zlib.crc32(sentence[real].tobytes())])
        rows.append(generator.random((int(limits.max()), config.beam_size), dtype=np.float32))
    return torch.from_numpy(np.stack(rows)).to(source.device)
