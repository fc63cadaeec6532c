"""What the environment says about the page: variables with the prefix S2S_, listed in the README."""

import os
from dataclasses import dataclass
from typing import get_args

from s2s.engine import EngineKind
from s2s.errors import ConfigError
from s2s.page.limits import LIMITS


@dataclass(frozen=True, kw_only=True)
class PageSettings:
    """Settings of one server."""

    port: int = 7860
    """S2S_PORT: where the page is."""
    device: str | None = None
    """S2S_DEVICE: cpu, cuda or mps; by default the best there is."""
    engine: EngineKind = "auto"
    """S2S_ENGINE: torch or onnx; by default the quickest there is."""
    workers: int = LIMITS.workers
    """S2S_WORKERS: requests at work at the same time."""
    waiting: int = LIMITS.waiting
    """S2S_WAITING: requests that may wait; more are told to come back later."""
    timeout_seconds: float = LIMITS.seconds
    """S2S_TIMEOUT_SECONDS: a request ends after this time."""
    models: tuple[str, ...] = ()
    """S2S_MODELS: folders and models of the Hub, with commas between, offered beside those in `checkpoints/`."""
    visitor_models: int = LIMITS.visitor_models
    """S2S_VISITOR_MODELS: models of the Hub that visitors add are at work at the same time; 0 allows none."""
    hosts: tuple[str, ...] = ()
    """S2S_HOSTS: names that the server answers to, with commas between, beside this machine's own; `*` for all."""
    metrics_token: str = ""
    """S2S_METRICS_TOKEN: with it, other machines may ask for `/metrics`; without, this machine alone."""
    trainings: int = 2
    """S2S_TRAIN: toy models that visitors train at the same time, each in a process of its own; 0 switches it off."""
    grid: str | None = None
    """S2S_GRID: the folder of a measured grid; by default the one in `checkpoints/`, if there is one."""


def read_settings() -> PageSettings:
    """The settings of this environment; a value of the wrong kind raises a ConfigError that names it."""
    return PageSettings(
        port=int(_number("S2S_PORT", PageSettings.port, 1, 65535)),
        device=os.environ.get("S2S_DEVICE") or None,
        engine=_engine(os.environ.get("S2S_ENGINE") or "auto"),
        workers=int(_number("S2S_WORKERS", PageSettings.workers, 1, 256)),
        waiting=int(_number("S2S_WAITING", PageSettings.waiting, 1, 100_000)),
        timeout_seconds=_number("S2S_TIMEOUT_SECONDS", PageSettings.timeout_seconds, 0.1, 3600),
        models=_names("S2S_MODELS"),
        visitor_models=int(_number("S2S_VISITOR_MODELS", PageSettings.visitor_models, 0, 100)),
        hosts=tuple(map(str.lower, _names("S2S_HOSTS"))),
        metrics_token=os.environ.get("S2S_METRICS_TOKEN", ""),
        trainings=int(_number("S2S_TRAIN", PageSettings.trainings, 0, 64)),
        grid=os.environ.get("S2S_GRID") or None,
    )


def _names(name: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, os.environ.get(name, "").split(","))))


def _engine(name: str) -> EngineKind:
    for known in get_args(EngineKind):
        if name == known:
            return known  # type: ignore[no-any-return]
    raise ConfigError(f"S2S_ENGINE must be one of {', '.join(get_args(EngineKind))}, got {name!r}")


def _number(name: str, default: float, lowest: float, highest: float) -> float:
    text = os.environ.get(name, "")
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    whole = isinstance(default, int)
    if not lowest <= value <= highest or (whole and value != int(value)):
        fraction = ", without a fraction" if whole else ""
        raise ConfigError(f"{name} must be a number from {lowest:g} to {highest:g}{fraction}, got {text!r}")
    return value
