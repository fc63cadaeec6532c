"""What replicas behind Ray Serve bring and cost (s2s/replicas), and what a killed one does to those who ask.

Threads ask for one sentence after the other and read the answer as it grows, as the page's workers do: with the search
of their own process (`here`), with one replica, and with two. Each way has a process of its own, and they are measured
in turn, round after round, so that a busy machine is as busy for all; targets must be the same everywhere. Then one of
two replicas is killed (kill -9) under the same load: how many requests failed, how many were asked again, and after
how many seconds Ray Serve had two that run. Prints a JSON line for each way, with the memory of all its processes, and
one for the kill. Processor time is what a request costs, in the process that asks and in all of them, whoever else uses
the machine; the rest depends on who does. Needs the extra `replicas`.

    python benchmarks/replicas.py [CHECKPOINT] [--at-once 16] [--seconds 10] [--rounds 3]
"""

import argparse
import json
import multiprocessing
import os
import signal
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.load import SENTENCES, cpu_seconds, megabytes

WAYS = {"here": 0, "1 replica": 1, "2 replicas": 2}
BEAM = 5
PATIENCE_SECONDS = 60
REPLICA = b"ray::ServeReplica:s2s"


class Way:
    """One way of searching, with what was noted of its requests."""

    def __init__(self, checkpoint: str, replicas: int, at_once: int) -> None:
        """Load the model, and start the replicas if there are to be some."""
        import s2s  # noqa: F401, I001 (before torch: it sets how OpenMP threads wait)
        import torch

        from s2s.replicas import RemoteSearch, start_replicas
        from s2s.search import SharedSearch
        from s2s.translator import Translator

        torch.set_num_threads(1)
        self.at_once = at_once
        self.losses: Counter[str] = Counter()
        self.cluster = start_replicas(replicas, {"model": Path(checkpoint)}, "auto", at_once) if replicas else None
        self.translator = Translator.load(checkpoint, "cpu")
        if self.cluster is None:
            self.translator.search = SharedSearch(self.translator.engine).search
        else:
            note = lambda outcome: self.losses.update([outcome])  # noqa: E731
            self.translator.search = RemoteSearch("model", self.cluster.begin, note).search

    def load(self, seconds: float) -> list[tuple[str, float, str]]:
        """Ask without a pause for so long: each text, the seconds that it took, and its target or error."""
        from s2s.config import SearchConfig

        config = SearchConfig(beam_size=BEAM, n_best=BEAM)  # as the page asks
        ends = time.monotonic() + seconds

        def visitor(number: int) -> list[tuple[str, float, str]]:
            told = []
            while time.monotonic() < ends:
                text = SENTENCES[(number + len(told)) % len(SENTENCES)]
                begun = time.monotonic()
                try:
                    *_, last = self.translator.stream(text, config, time_limit_seconds=PATIENCE_SECONDS)
                    found = last.target
                except Exception as error:
                    found = f"{type(error).__name__}"
                told.append((text, time.monotonic() - begun, found))
            return told

        with ThreadPoolExecutor(self.at_once) as pool:
            return [each for told in pool.map(visitor, range(self.at_once)) for each in told]

    def killed(self, seconds: float) -> tuple[list[tuple[str, float, str]], dict[str, object]]:
        """The same load, with one replica killed after a third of it; and what became of it."""
        told: dict[str, object] = {}

        def kill() -> None:
            time.sleep(seconds / 3)
            os.kill(next(iter(replica_processes())), signal.SIGKILL)
            begun = time.monotonic()
            for wanted in (1, 2):
                while running() != wanted and time.monotonic() - begun < PATIENCE_SECONDS:
                    time.sleep(0.1)
                told[f"seconds_until_{wanted}_run"] = round(time.monotonic() - begun, 1)

        self.losses.clear()
        killer = Thread(target=kill)
        killer.start()
        results = self.load(seconds)
        killer.join()
        return results, told | dict(self.losses)


def replica_processes() -> list[int]:
    """The processes of the replicas on this machine that belong to this one's Ray."""
    own = str(os.getpid()).encode()
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if (path / "cmdline").read_bytes().startswith(REPLICA) and own in ancestors(path):
                found.append(int(path.name))
        except OSError:
            continue
    return found


def ancestors(path: Path) -> list[bytes]:
    found = []
    while (parent := (path / "stat").read_bytes().rsplit(b")", 1)[1].split()[1]) not in (b"0", b"1"):
        found.append(parent)
        path = path.parent / parent.decode()
    return found


def running() -> int:
    """How many replicas Ray Serve says can be asked."""
    from ray import serve

    states = serve.status().applications["s2s"].deployments["Replica"].replica_states
    return sum(count for state, count in states.items() if str(getattr(state, "value", state)) == "RUNNING")


def family(pid: int) -> list[int]:
    """A process and all that came of it."""
    own = str(pid).encode()
    return [pid, *(int(path.name) for path in Path("/proc").glob("[0-9]*") if own in _or_none(path))]


def _or_none(path: Path) -> list[bytes]:
    try:
        return ancestors(path)
    except OSError:
        return []


def serve_way(line: Connection, checkpoint: str, replicas: int, at_once: int) -> None:
    """A process of its own: does what it is told, until that is nothing."""
    way = Way(checkpoint, replicas, at_once)
    line.send("ready")
    while (asked := line.recv()) is not None:
        name, seconds = asked
        line.send(getattr(way, name)(seconds))
    if way.cluster is not None:
        way.cluster.close()
    line.send("closed")


def summary(results: list[tuple[str, float, str]], seconds: float) -> dict[str, object]:
    taken = [each for _, each, _ in results]
    p50, p95 = np.percentile(taken, [50, 95]).round(3).tolist()
    return {
        "requests": len(results),
        "requests_a_second": round(len(results) / seconds, 1),
        "p50_seconds": p50,
        "p95_seconds": p95,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", nargs="?", default=str(Path(__file__).parents[1] / "checkpoints" / "en-fr"))
    parser.add_argument("--at-once", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    lines, processes, results = {}, {}, {name: [] for name in WAYS}
    for name, replicas in WAYS.items():
        lines[name], theirs = context.Pipe()
        arguments = theirs, options.checkpoint, replicas, options.at_once
        processes[name] = context.Process(target=serve_way, args=arguments)
        processes[name].start()
        begun = time.monotonic()
        lines[name].recv()
        print(json.dumps({"way": name, "seconds_to_start": round(time.monotonic() - begun, 1)}), flush=True)
    cpu = {name: np.zeros(2) for name in WAYS}
    for number in range(options.rounds + 1):
        for name, line in lines.items():
            pid = processes[name].pid
            all_of_them = family(pid)
            before = np.array([cpu_seconds(pid), sum(map(cpu_seconds, all_of_them))])
            line.send(("load", options.seconds if number else 2.0))
            told = line.recv()
            if number:  # the first is to warm up
                results[name] += told
                cpu[name] += np.array([cpu_seconds(pid), sum(map(cpu_seconds, all_of_them))]) - before
    expected = {text: target for text, _, target in results["here"]}
    for name, found in results.items():
        asking, whole = (1000 * cpu[name] / len(found)).round(1).tolist()
        told = {
            "way": name,
            "at_once": options.at_once,
            **summary(found, options.rounds * options.seconds),
            "cpu_ms_asking": asking,
            "cpu_ms_in_all": whole,
            "same": all(target == expected[text] for text, _, target in found),
            "megabytes": round(sum(map(megabytes, family(processes[name].pid)))),
            "load_average": round(os.getloadavg()[0], 1),
        }
        print(json.dumps(told), flush=True)
    lines["2 replicas"].send(("killed", 3 * options.seconds))
    found, told = lines["2 replicas"].recv()
    failed = Counter(target for text, _, target in found if target != expected[text])
    print(json.dumps({"way": "one of 2 killed", **summary(found, 3 * options.seconds), "failed": dict(failed), **told}))
    for name, line in lines.items():
        line.send(None)
        line.recv()
        processes[name].join()


if __name__ == "__main__":
    main()
