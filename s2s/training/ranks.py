"""The processes of one training: the only place that knows of ranks.

`torchrun --nproc-per-node 2 -m s2s train RECIPE.toml` starts one process (rank) for each GPU, or for some cores of a
CPU. Each rank computes some of the shards of an update; the gradients are summed over all ranks (distributed data
parallel, Li 2020), so that every rank makes the same step.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed

from s2s.device import choose_device
from s2s.errors import ConfigError, TrainingError


@dataclass(frozen=True)
class Ranks:
    """Which of the processes this one is."""

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this is the process that validates, writes and speaks."""
        return self.rank == 0

    def share(self, items: Sequence[int]) -> list[int]:
        """The items that are this rank's to do."""
        return list(items[self.rank :: self.size])

    def sum(self, tensors: list[Tensor]) -> None:
        """Sum tensors over all ranks, in place: as one message, so that the wait is paid once."""
        if self.size == 1:
            return
        whole = torch.cat([tensor.flatten() for tensor in tensors])
        distributed.all_reduce(whole)
        parts = whole.split([tensor.numel() for tensor in tensors])
        torch._foreach_copy_(tensors, [part.view_as(tensor) for part, tensor in zip(parts, tensors, strict=True)])

    def any(self, flag: bool, device: torch.device) -> bool:
        """Whether the flag is set on any rank."""
        if self.size == 1:
            return flag
        count = torch.tensor(float(flag), device=device)
        distributed.all_reduce(count)
        return bool(count.item())


ALONE = Ranks()
"""One process, the usual case."""


@contextmanager
def join_ranks(device_name: str | None) -> Iterator[tuple[Ranks, torch.device]]:
    """Join the processes that torchrun has started, if it has, and choose this one's device.

    Raises:
        ConfigError: the device cannot be used.
        TrainingError: the environment is not one that torchrun makes.
    """
    device = choose_device(device_name)
    if os.environ.get("WORLD_SIZE", "1") == "1":
        yield ALONE, device
        return
    try:
        size, rank, local = (int(os.environ[name]) for name in ("WORLD_SIZE", "RANK", "LOCAL_RANK"))
    except (KeyError, ValueError):
        raise TrainingError(
            "WORLD_SIZE is set, but RANK and LOCAL_RANK beside it are not, or are no numbers: "
            "start several processes with torchrun, or unset WORLD_SIZE"
        ) from None
    if device.type == "cuda":
        if local >= torch.cuda.device_count():
            raise ConfigError(
                f"torchrun started more processes than there are GPUs ({torch.cuda.device_count()}): "
                "lower --nproc-per-node, or train with --device cpu"
            )
        device = torch.device("cuda", local)
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Ranks(rank, size), device
    finally:
        distributed.destroy_process_group()
