"""Greedy search: the most likely piece at each step."""

from collections.abc import Iterator

import numpy as np
import torch

from s2s.config import SearchConfig
from s2s.model import Memory, Seq2Seq
from s2s.search.trace import Step, Trace, predict
from s2s.text import END, PADDING, START


def greedy_search(model: Seq2Seq, memory: Memory, config: SearchConfig) -> Iterator[Trace]:
    """Write the most likely piece until every sentence has ended; sentences that end leave the batch."""
    lengths = memory.mask.sum(dim=1).tolist()
    limits = torch.tensor([config.limit(length) for length in lengths], device=memory.mask.device)
    batch = len(lengths)
    trace = Trace(lengths, np.zeros((batch, 1), dtype=np.int64))
    alive = torch.arange(batch, device=memory.mask.device)
    previous = torch.full_like(alive, START)
    state = model.start(memory)
    while len(alive):
        first = not trace.steps
        log_probs, attention, state = predict(model, previous, state, memory, first)
        top = log_probs.topk(max(config.alternatives, 1), dim=-1)
        previous = top.indices[:, 0]
        rows = alive.numpy(force=True)

        def spread(values: torch.Tensor, blank: float, rows: np.ndarray = rows) -> np.ndarray:
            part = values.numpy(force=True)
            whole = np.full((batch, 1, *part.shape[1:]), blank, dtype=part.dtype)
            whole[rows, 0] = part
            return whole

        trace.steps.append(
            Step(
                parents=np.zeros((batch, 1), dtype=np.int64),
                tokens=spread(previous, PADDING),
                log_probs=spread(top.values[:, 0], 0.0),
                attention=None if attention is None else spread(attention, 0.0),
                top_ids=spread(top.indices[:, : config.alternatives], PADDING),
                top_log_probs=spread(top.values[:, : config.alternatives], 0.0),
            )
        )
        yield trace
        going_on = (previous != END) & (len(trace.steps) < limits[alive])
        if not going_on.all():
            kept = going_on.nonzero().squeeze(1)
            alive, previous, memory = alive[kept], previous[kept], memory.select(kept)
            state = tuple(part[kept] for part in state)
