"""One replica: the models in a process of their own. It knows nothing of Ray, which only calls it."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, cast

import torch
from torch import Tensor

from s2s.checkpoint import load_checkpoint
from s2s.config import SearchConfig
from s2s.engine import EngineKind, build_engine
from s2s.errors import S2SError
from s2s.search import Rules, SharedSearch, Trace


class Broken(NamedTuple):
    """An error that is the program's own: its kind and where it arose, since what it says may be a visitor's."""

    kind: str
    places: list[str]


Answer = Trace | S2SError | Broken
"""The steps that are new; or an error, as a value: raised through Ray it would come in another form, and be logged."""


class Replica:
    """Searches for many requests at the same time, those for the same model together (`SharedSearch`)."""

    def __init__(self, folders: Mapping[str, Path], engine: EngineKind, at_once: int) -> None:
        """Load the checkpoint of each model, by name; take so many requests at the same time."""
        torch.set_num_threads(1)  # as on the page: steps are small, and the replicas share the machine
        device = torch.device("cpu")
        models = {name: load_checkpoint(folder, device).model for name, folder in folders.items()}
        self._searches = {name: SharedSearch(build_engine(model, engine)).search for name, model in models.items()}
        self._threads = ThreadPoolExecutor(at_once)

    async def search(
        self, model: str, source: Tensor, mask: Tensor, config: SearchConfig, rules: Sequence[Rules]
    ) -> AsyncIterator[Answer]:
        """What `SharedSearch.search` finds, each time the steps that were not given before.

        Its steps are taken in threads, so that this process's loop is free; who cancels it stops the search.
        """
        traces = cast(Generator[Trace, None, None], self._searches[model](source, mask, config, rules))
        known = 0
        while True:
            step = self._threads.submit(next, traces, None)
            try:
                trace = await asyncio.wrap_future(step)
            except Exception as error:
                yield error if isinstance(error, S2SError) else _broken(error)
                return
            except asyncio.CancelledError:
                step.add_done_callback(lambda _: traces.close())  # a generator at work cannot be closed
                raise
            if trace is None:
                return
            try:
                yield trace.since(known)
            except GeneratorExit:
                traces.close()
                raise
            known = len(trace.steps)


def _broken(error: Exception) -> Broken:
    places = traceback.extract_tb(error.__traceback__)[-8:]
    return Broken(type(error).__name__, [f"{each.filename}:{each.lineno} {each.name}" for each in places])
