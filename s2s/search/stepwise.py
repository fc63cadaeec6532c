"""Greedy search: the most likely piece at each step."""

from collections.abc import Iterator

import torch

from s2s.config import SearchConfig
from s2s.model import Memory, Seq2Seq
from s2s.search.trace import Trace, predict
from s2s.text import END, START


def greedy_search(model: Seq2Seq, memory: Memory, config: SearchConfig) -> Iterator[Trace]:
    """Write the most likely piece until every sentence has ended; sentences that end leave the batch."""
    trace = Trace.start(memory, beam=1)
    limits = torch.tensor([config.limit(length) for length in trace.source_lengths], device=memory.mask.device)
    active = torch.arange(len(limits), device=memory.mask.device)
    previous = torch.full_like(active, START)
    state = model.start(memory)
    while len(active):
        log_probs, attention, state = predict(model, previous, state, memory, first=not trace.steps)
        top = log_probs.topk(min(max(config.alternatives, 1), log_probs.shape[1]), dim=-1)
        previous = top.indices[:, 0]
        only = torch.zeros_like(active)[:, None]
        trace.record(
            active,
            order=only,
            parents=only,
            tokens=previous[:, None],
            log_probs=top.values[:, :1],
            attention=None if attention is None else attention[:, None],
            top_ids=top.indices[:, None, : config.alternatives],
            top_log_probs=top.values[:, None, : config.alternatives],
        )
        yield trace
        going_on = (previous != END) & (len(trace.steps) < limits[active])
        if not going_on.all():
            kept = going_on.nonzero().squeeze(1)
            active, previous, memory = active[kept], previous[kept], memory.select(kept)
            state = tuple(part[kept] for part in state)
