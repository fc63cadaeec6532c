"""The processes of trainings.

One that has loaded PyTorch and all else forks for each of them, which then begins at once.
"""

import multiprocessing
import os
import sys
import threading
from typing import Any

from s2s.workshop.work import LOWEST

PROCESSES: Any = multiprocessing.get_context(
    "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
)

LOADED = ["s2s.workshop.work", "torch._dynamo"]
"""What the first one has loaded; the second is what PyTorch's optimisers load when one is first built."""

PROCESSES.set_forkserver_preload(LOADED)


def warm_up() -> None:
    """Start the first one, in the background and at the priority of trainings."""
    threading.Thread(target=_load, daemon=True).start()


def _load() -> None:
    if sys.platform == "linux":  # there a thread has a priority of its own, which its processes inherit
        os.nice(LOWEST)
    PROCESSES.Process(target=_nothing, daemon=True).start()


def _nothing() -> None:
    """What the first process does."""
