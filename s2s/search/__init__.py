"""Search: from an encoded source to the best target found.

Each method is a generator that yields its growing trace after every step. Streaming reads the best hypothesis so far
out of it; a plain call drains it. What a search knows is ids and numbers, no text.
"""

from collections.abc import Iterator

import torch

from s2s.config import SearchConfig
from s2s.model import Seq2Seq
from s2s.search.beam import beam_search
from s2s.search.stepwise import greedy_search
from s2s.search.trace import Found, Trace

__all__ = ["Found", "Trace", "search"]


@torch.inference_mode()
def search(
    model: Seq2Seq, source: torch.Tensor, mask: torch.Tensor, config: SearchConfig = SearchConfig()
) -> Iterator[Trace]:
    """Search targets for a batch of sources, ids [B, S] with their mask; yields the trace after every step.

    A beam of one is greedy search.
    """
    method = greedy_search if config.beam_size == 1 else beam_search
    yield from method(model, model.encode(source, mask), config)
