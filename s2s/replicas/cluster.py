"""The replicas as one deployment of Ray Serve, on this machine alone; the only importer of Ray.

Of Ray Serve it has the processes, their restart, and the choice of one with few requests. The page asks through a
deployment handle, never over HTTP, and no port of Serve's own is opened.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread

import ray
from ray import serve
from ray.exceptions import RayError
from ray.serve.exceptions import RayServeException
from ray.serve.handle import DeploymentResponseGenerator
from torch import Tensor

from s2s.config import SearchConfig
from s2s.engine import EngineKind
from s2s.errors import S2SError
from s2s.replicas.asking import LostError
from s2s.replicas.replica import Answer, Replica
from s2s.search import Rules

NAME = "s2s"
STORE_BYTES = 100_000_000
"""Shared memory for what is too large to travel in a message; answers are a few kilobytes."""
QUIET = {"log_level": "WARNING", "enable_access_log": False}


class Cluster:
    """Ray with one deployment, from its making until `close`."""

    def __init__(self, count: int, folders: Mapping[str, Path], engine: EngineKind, at_once: int) -> None:
        """Start it; `start_replicas` says what with."""
        self._place = tempfile.TemporaryDirectory(prefix="s2s-", ignore_cleanup_errors=True)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="replicas", daemon=True)
        self._thread.start()
        try:
            ray.init(
                address="local",  # never one that happens to run here
                num_cpus=count,
                num_gpus=0,
                object_store_memory=STORE_BYTES,
                include_dashboard=False,
                log_to_driver=False,
                _temp_dir=self._place.name,
            )
            serve.start(proxy_location="Disabled", logging_config=QUIET)
            deployment = serve.deployment(
                num_replicas=count,
                max_ongoing_requests=at_once,
                ray_actor_options={"num_cpus": 1},
                health_check_period_s=1,
                graceful_shutdown_timeout_s=5,
                max_constructor_retry_count=3,
                logging_config=QUIET,
            )(Replica)
            handle = serve.run(deployment.bind(folders, engine, at_once), name=NAME, route_prefix=None)
        except Exception as error:  # of many kinds, plain ones too
            self.close()
            raise S2SError(f"the replicas cannot be started: {error}") from None
        self._handle = handle.options(stream=True)

    def begin(
        self, model: str, source: Tensor, mask: Tensor, config: SearchConfig, rules: Sequence[Rules]
    ) -> "RayCall":
        """Have a replica with few requests begin."""
        return RayCall(self._handle.search.remote(model, source, mask, config, rules), self._loop)

    def close(self) -> None:
        """End all processes; once more does nothing."""
        if ray.is_initialized():
            with suppress(RayError, RayServeException):
                serve.shutdown()
            ray.shutdown()
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
        self._place.cleanup()


class RayCall:
    """A `Call` through a handle: awaited in the loop of the cluster, since waiting there can have an end."""

    def __init__(self, response: DeploymentResponseGenerator, loop: asyncio.AbstractEventLoop) -> None:
        """Wait for `response`."""
        self._response, self._loop = response, loop

    def next(self, seconds: float | None) -> Answer | None:
        """As `Call.next`."""
        answer = asyncio.run_coroutine_threadsafe(_next(self._response), self._loop)
        try:
            return answer.result(seconds)
        except TimeoutError:
            answer.cancel()
            raise
        except (RayError, RayServeException):
            raise LostError from None  # the errors of a request come as values

    def cancel(self) -> None:
        """As `Call.cancel`."""
        self._response.cancel()


async def _next(answers: AsyncIterator[Answer]) -> Answer | None:
    return await anext(answers, None)
