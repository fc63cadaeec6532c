"""Searches by several processes: replicas of the models behind Ray Serve, for `serve --replicas N`.

A `Translator` has a `search`, which finds targets; here is one that has a replica find them. A request is a pure
function of its input, so one whose replica dies is asked for again. Read replica, asking, cluster.

Ray is the optional extra `replicas`: cluster.py alone imports it, when it is asked for.
"""

import os
import secrets
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from s2s.config import require
from s2s.engine import EngineKind
from s2s.replicas.asking import RemoteSearch

if TYPE_CHECKING:
    from s2s.replicas.cluster import Cluster

__all__ = ["MOST_REPLICAS", "RemoteSearch", "start_replicas"]

MOST_REPLICAS = 64


def start_replicas(count: int, folders: Mapping[str, Path], engine: EngineKind, at_once: int) -> "Cluster":
    """Start so many replicas on this machine, each with all models; returns when they can be asked.

    Args:
        count: processes.
        folders: the checkpoint of each model, by its name.
        engine: what computes them, on one thread of the CPU.
        at_once: requests that one replica takes at the same time.

    Raises:
        ConfigError: Ray Serve is not installed, or the count is none of 1 to `MOST_REPLICAS`.
        S2SError: the replicas do not come up.
    """
    require(1 <= count <= MOST_REPLICAS, f"replicas must be in 1 … {MOST_REPLICAS}, got {count}")
    require(
        find_spec("ray") is not None,
        "replicas need Ray Serve: run `pip install 'ray[serve]>=2.60,<3'`, or leave `--replicas` out",
    )
    os.environ |= {  # read when Ray is imported
        "RAY_USAGE_STATS_ENABLED": "0",  # nothing is told to anybody
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # by this alone its servers use 127.0.0.1 on every system
        "RAY_worker_niceness": "0",  # it would have its processes step back behind all others
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),  # no other program of this machine gets in
    }
    from s2s.replicas.cluster import Cluster

    return Cluster(count, folders, engine, at_once)
