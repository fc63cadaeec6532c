"""Command lines in processes of their own: started, watched and killed."""

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PATIENCE_SECONDS = 60
"""After which a process that does nothing is a failure; far more than the slowest machine needs."""

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["s2s.cli", "torch._dynamo"])  # so that each process starts in no time


def start(*arguments: object, module: tuple[str, ...] = ("s2s",), **options) -> subprocess.Popen:
    """Start `python -m s2s ARGUMENTS`, or another module, with pipes, as people do; `with` waits for its end."""
    return subprocess.Popen(
        [sys.executable, "-m", *module, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


def fork(*arguments: object, log: Path, **accident) -> ForkServerProcess:
    """Start the command line in a process that has its modules loaded already; it writes to `log`.

    An accident may happen to it, see `Accident`.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")  # for the server, which the first process starts
        told = [*map(str, arguments)], str(log), Accident(**accident)
        process = _FORKS.Process(target=_run, args=told, daemon=True)
        process.start()
    return process


def fork_ranks(size: int, *arguments: object, log: Path, **accident) -> list[ForkServerProcess]:
    """Start one training in `size` processes, as torchrun does."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(size)}
    places = [address | {"RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(size)]
    return [fork(*arguments, log=log, environment=place, **accident) for place in places]


@dataclass(frozen=True)
class Accident:
    """What is different for a forked process."""

    half_saves: int = 0
    """It is killed while it writes the state for that time, with half of the file on the disk."""
    file_size: int = 0
    """None of its files can grow beyond so many bytes."""
    environment: dict[str, str] = field(default_factory=dict)
    """Further environment variables."""


def _run(arguments: list[str], log: str, accident: Accident) -> None:
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.environ |= accident.environment
    if accident.half_saves:
        _die_at_save(accident.half_saves)
    if accident.file_size:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (accident.file_size, accident.file_size))
    from s2s.cli import main

    sys.argv = ["s2s", *arguments]
    main()


def _die_at_save(number: int) -> None:
    from s2s.training import state

    write_whole, saves = state.write_whole, []

    def write_half(path, write):
        def write_and_die(temporary):
            write(temporary)
            saves.append(path)
            if len(saves) == number:
                os.truncate(temporary, temporary.stat().st_size // 2)
                os.kill(os.getpid(), signal.SIGKILL)

        write_whole(path, write_and_die)

    state.write_whole = write_half


def wait_until(condition: Callable[[], object], process: subprocess.Popen | ForkServerProcess) -> None:
    """Wait until `condition` holds, or the process ends, whichever comes first."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    running = process.is_alive if isinstance(process, ForkServerProcess) else lambda: process.poll() is None
    while running() and not condition():
        assert time.monotonic() < deadline, f"{process} did nothing for {PATIENCE_SECONDS} seconds"
        time.sleep(0.001)


def finish(process: ForkServerProcess) -> int:
    """Wait for the end of a forked process: its exit code, negative for a signal."""
    process.join(PATIENCE_SECONDS)
    assert process.exitcode is not None, f"{process} did not end within {PATIENCE_SECONDS} seconds"
    return process.exitcode
