"""The one place that knows devices and number formats."""

import os
import time
from contextlib import AbstractContextManager
from functools import cache

import torch
from torch import Tensor

from s2s.config import Precision
from s2s.errors import ConfigError


def choose_device(name: str | None = None) -> torch.device:
    """The device called `name`, or the best one that is there: CUDA, Apple's MPS, CPU."""
    if name is None:
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f"the device {name!r} cannot be used ({reason}); try cpu") from None
    return device


def lends_gpu() -> bool:
    """Whether this host lends a GPU for single calls (ZeroGPU of the Hub's Spaces).

    A call then runs in a fork of this process. What is to be on the GPU there is put onto `cuda` by the main thread
    before the first call, without touching CUDA: the host's library keeps it until then. No other thread can do that.
    """
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")


def usable_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether matrix products in bfloat16 are quicker there than in float32; a CPU is asked by measuring it, once.

    A CPU may have the instructions and yet be slower with them: an Intel Xeon without AMX takes nearly twice as long.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    if device.type != "cpu" or not _has_bfloat16():
        return False
    exact = torch.ones(512, 512)
    rounded = exact.bfloat16()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # two of a process that has just begun may be on one core, and wait for each other
    times = [(_seconds_of_product(exact), _seconds_of_product(rounded)) for _ in range(5)]
    torch.set_num_threads(threads)
    return 1.2 * min(in_bfloat16 for _, in_bfloat16 in times) < min(in_float32 for in_float32, _ in times)


def _has_bfloat16() -> bool:
    """Whether the CPU has instructions for products in bfloat16."""
    return bool(torch.cpu._is_avx512_bf16_supported())


def _seconds_of_product(matrix: Tensor) -> float:
    started = time.perf_counter()
    torch.mm(matrix, matrix)
    return time.perf_counter() - started


def number_format(device: torch.device, precision: Precision) -> torch.dtype:
    """The number format of a training's matrix products; `auto` is bfloat16 where that is quicker, else float32.

    Raises:
        ConfigError: the device has no such products.
    """
    if precision == "float16" and device.type != "cuda":
        raise ConfigError(f"precision float16 needs CUDA, this is {device.type}; use bfloat16 or auto")
    if precision == "bfloat16" and device.type == "cpu" and not _has_bfloat16():
        raise ConfigError("precision bfloat16 needs a CPU with AVX-512 BF16, which this one lacks; use auto")
    if precision == "auto":
        precision = "bfloat16" if has_fast_bfloat16(device) else "float32"
    return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[precision]


def autocast(device: torch.device, number_format: torch.dtype) -> AbstractContextManager[object]:
    """Matrix products in `number_format`."""
    # One cache of converted weights serves all threads, and the first that is done empties it: so none.
    return torch.autocast(
        device.type,
        number_format,
        enabled=number_format != torch.float32,
        cache_enabled=False,
    )


def most_hypotheses(device: torch.device) -> int:
    """How many are searched together there: with more, a CPU is not quicker and needs more memory."""
    return 80 if device.type == "cpu" else 1024


def numbers_at_a_time(device: torch.device, every: int) -> int:
    """How many numbers should go through several operations together: on a CPU those its cache holds, else `every`."""
    return min(every, 1 << 18) if device.type == "cpu" else every  # a megabyte in float32
