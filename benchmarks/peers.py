"""What the benchmarks share: jobs in processes of their own, interleaved rounds, a quiet machine, JSON lines, medians.

Only the standard library is loaded here, so that a peer's own Python can use this file too. A result is one line:

    {"peer", "task", "metric", "value", "unit", "config", "round", "foreign_cores"}

`foreign_cores` is what anything else on the machine used while the job ran, in cores; it is null where the system does
not say (it is read from /proc/stat). A round with more than 0.3 is marked, and left out of the median where the same
job has an undisturbed one. `--peers DIR` names a folder with the peers' own drivers (bench_opennmt.py,
bench_joeynmt.py) and their virtual environments (onmt/, joeynmt/).
"""

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

DISTURBED = 0.3
"""Foreign cores above which a round is marked."""

QUIET = 0.15
"""Foreign cores below which a job may start."""

Row = dict[str, Any]

ENVIRONMENT = dict(os.environ)
"""Of every job: as the user has it. Loading s2s changes how OpenMP threads wait, which a peer must not inherit."""


@dataclass(frozen=True)
class Job:
    """One command that prints result lines."""

    name: str
    command: Sequence[object]
    environment: dict[str, str] = field(default_factory=dict)


def emit(peer: str, task: str, metric: str, value: float, unit: str, **config: object) -> None:
    """Print one result line, from inside a job."""
    row = {"peer": peer, "task": task, "metric": metric, "value": round(value, 3), "unit": unit, "config": config}
    print(json.dumps(row, ensure_ascii=False), flush=True)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def child_seconds() -> float:
    """CPU seconds of the processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class ForeignCores:
    """Measures the cores that others use."""

    def __init__(self, own_seconds: Callable[[], float]) -> None:
        """Start; `own_seconds` is the CPU time that is not foreign."""
        self._own = own_seconds
        self._last = self._read()

    def lap(self) -> float | None:
        """Foreign cores since the start or the last lap."""
        before, self._last = self._last, self._read()
        busy, own, wall = (new - old for new, old in zip(self._last, before, strict=True))
        return round(max(0.0, (busy - own) / wall), 3) if busy == busy else None

    def _read(self) -> tuple[float, float, float]:
        try:
            with open("/proc/stat", encoding="ascii") as file:
                ticks = [int(part) for part in file.readline().split()[1:9]]
            busy = (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")
        except OSError:
            busy = float("nan")
        return busy, self._own(), time.perf_counter()


def wait_until_quiet(seconds: float) -> None:
    """Wait until others leave the machine alone, at most for `seconds`."""
    end = time.monotonic() + seconds
    meter = ForeignCores(time.process_time)
    while time.monotonic() < end:
        time.sleep(1.5)
        if (meter.lap() or 0.0) < QUIET:
            return


def run_job(job: Job, timeout_seconds: float) -> list[Row]:
    """Run a job to its end; its result lines, also said what went wrong if something did."""
    meter, started = ForeignCores(child_seconds), time.monotonic()
    command = [str(part) for part in job.command]
    environment = ENVIRONMENT | job.environment
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_seconds, env=environment)
        output, fault = done.stdout, done.stderr[-600:] if done.returncode else ""
    except subprocess.TimeoutExpired:
        output, fault = "", f"no end after {timeout_seconds:.0f} s"
    foreign = meter.lap()
    rows = [json.loads(line) for line in output.splitlines() if line.startswith('{"peer"')]
    for row in rows:
        row.update(peer=job.name, foreign_cores=foreign)
    mark = " DISTURBED" if (foreign or 0.0) > DISTURBED else ""
    say(f"# {job.name}: {time.monotonic() - started:.0f} s, foreign cores {foreign}{mark} {fault}")
    return rows


def run_rounds(jobs: Sequence[Job], rounds: int, wait_seconds: float, timeout_seconds: float) -> Iterator[Row]:
    """Result lines of all jobs, A B C in one round and C B A in the next, so that a drift meets all alike."""
    for number in range(rounds):
        for job in jobs if number % 2 == 0 else jobs[::-1]:
            wait_until_quiet(wait_seconds)
            for row in run_job(job, timeout_seconds):
                row["round"] = number
                print(json.dumps(row, ensure_ascii=False), flush=True)
                yield row


def summarize(rows: Sequence[Row]) -> list[Row]:
    """Median and spread of each peer and metric over its undisturbed rounds, or over all where there is none."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["peer"], row["metric"]), []).append(row)
    summary = []
    for (peer, metric), group in groups.items():
        calm = [row for row in group if (row["foreign_cores"] or 0.0) <= DISTURBED]
        values = [row["value"] for row in calm or group]
        entry = {"peer": peer, "metric": metric, "median": statistics.median(values), "unit": group[0]["unit"]}
        counts = {"rounds": len(values), "disturbed": len(group) - len(calm), "only_disturbed": not calm}
        summary.append(entry | {"min": min(values), "max": max(values)} | counts)
    return summary


def machine() -> Row:
    """What the numbers were taken on."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.processor()
    return {"machine": name, "cores": os.cpu_count(), "system": platform.platform(), "python": sys.version.split()[0]}


def versions(python: Path, package: str) -> dict[str, str]:
    """The versions of a package and of PyTorch in an environment."""
    code = f"from importlib.metadata import version; print(version({package!r}), version('torch'))"
    done = subprocess.run([str(python), "-c", code], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{python} cannot load {package}: {done.stderr.strip()[-300:]}")
    return dict(zip((package, "torch"), done.stdout.split(), strict=True))


def prepared_pairs(folder: Path, split: str) -> list[list[str]]:
    """Source and target text of each prepared pair."""
    text = (folder / f"{split}.tsv").read_text(encoding="utf-8")
    return [line.split("\t")[:2] for line in text.removesuffix("\n").split("\n")]


def prepared_rows(folder: Path, split: str, max_length: int) -> list[tuple[list[str], list[str]]]:
    """Source and target of each prepared pair as pieces, those within `max_length` (the target with its end piece)."""
    from s2s.text import PieceModel

    pieces = PieceModel(folder / "text.spm")
    pairs = prepared_pairs(folder, split)
    rows = [tuple(pieces.pieces(pieces.encode(side)) for side in pair) for pair in pairs]
    return [(source, target) for source, target in rows if 0 < len(source) <= max_length > len(target) > 0]


def write_peer_data(folder: Path, output: Path, max_length: int) -> list[tuple[list[str], list[str]]]:
    """Write the prepared pairs as the peers' drivers read them: pieces in plain text, a vocabulary for each.

    Returns:
        The training pairs as pieces, as `prepared_rows` gives them.
    """
    from s2s.text import PieceModel

    rows = {}
    for split, name in (("train", "train"), ("valid", "val"), ("test", "test")):
        rows[split] = prepared_rows(folder, split, max_length if split == "train" else sys.maxsize)
        for index, language in enumerate(("en", "de")):  # the drivers' names for source and target
            text = "".join(" ".join(row[index]) + "\n" for row in rows[split])
            (output / f"{name}.bpe.{language}").write_text(text, encoding="utf-8")
    pieces = PieceModel(folder / "text.spm")
    names = pieces.pieces(range(4, pieces.vocabulary_size))  # without <unk>, <s>, </s>, <pad>
    joeynmt = ["<unk>", "<pad>", "<s>", "</s>", *names]
    (output / "vocab.txt").write_text("".join(f"{name}\n" for name in joeynmt), encoding="utf-8")
    (output / "vocab.onmt").write_text("".join(f"{name}\t100\n" for name in names), encoding="utf-8")
    return rows["train"]
