"""The one place that knows devices and number formats."""

from contextlib import AbstractContextManager

import torch

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


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether matrix products in bfloat16 are quicker there than in float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return device.type == "cpu" and bool(torch.cpu._is_avx512_bf16_supported())


def autocast(device: torch.device) -> AbstractContextManager[object]:
    """Matrix products in bfloat16 where that is quicker, in float32 elsewhere."""
    # One cache of converted weights serves all threads, and the first that is done empties it: so none.
    return torch.autocast(device.type, torch.bfloat16, enabled=has_fast_bfloat16(device), cache_enabled=False)
