"""One training in a process of its own: the package's own trainer, which tells what a visitor sees of it.

What it tells is JSON through a pipe, one object a message, named by `is`: `begun`, `point` (again and again), `done`,
`failed`. Anything that comes back stops it; so does the end of the server, which closes the pipe. One that is stopped
before its first update has learnt nothing, and ends without a word.
"""

import json
import os
import random
import shutil
import signal
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch

from s2s.batch import translate_lines
from s2s.config import SearchConfig
from s2s.corpora import Pair
from s2s.errors import S2SError
from s2s.export import write_checkpoint
from s2s.glance import glance
from s2s.prepare import prepare
from s2s.toys import make_pairs
from s2s.training import Trainer
from s2s.translator import Translator
from s2s.workshop.ends import BROKEN, OUT_OF_MEMORY, spent
from s2s.workshop.plan import HELD_OUT, LONGEST, Plan

POINTS = 60
"""Times that a whole training tells how far it is."""

GREEDY = SearchConfig(beam_size=1, alternatives=0)

LENGTHS = range(3, LONGEST + 6)
"""Of the strings that are tried at the end; the longer ones have more letters than any that was trained on."""

TRIED = 12
"""Strings of each length."""

SHORT_OF_MEMORY = (
    "allocate memory",
    "bad_alloc",
    "Resource temporarily unavailable",
    "can't start new thread",
    "create a primitive",
)
"""What PyTorch, C++, the system, Python and oneDNN say: a thread takes memory too, and so does a kernel."""

LOWEST = 19
"""The priority of a training: what the processor does if it has nothing else to do."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What one training may take."""

    cpu_seconds: float = 90.0
    """Of a processor, from one press to the next; then it stops as if it had been told to."""
    memory_bytes: int = 1_000_000_000
    """Beside what the libraries take before it begins."""


def work(teller: Connection, plan: Plan, folder: Path, bounds: Bounds, resume: bool) -> None:
    """Train `plan` in `folder` until it is done or stopped, at the lowest priority; then write its checkpoint there.

    Args:
        teller: where to tell.
        plan: what to train.
        folder: for all its files; it is there.
        bounds: what it may take.
        resume: whether to go on from where it stopped.
    """
    _be_modest(bounds)
    try:
        _Work(teller, plan, folder, bounds).run(resume)
    except (EOFError, BrokenPipeError, ConnectionResetError):  # the server is no more: nobody else clears up
        shutil.rmtree(folder, ignore_errors=True)
    except Exception as error:
        short = isinstance(error, MemoryError) or any(sign in str(error) for sign in SHORT_OF_MEMORY)
        known = isinstance(error, S2SError)
        # Told before it is printed, for which there may be no memory.
        _tell(teller, {"is": "failed", "message": OUT_OF_MEMORY if short else str(error) if known else BROKEN})
        if not (short or known):
            traceback.print_exc()


def _be_modest(bounds: Bounds) -> None:
    if hasattr(os, "nice"):
        os.nice(LOWEST)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends this
    torch.set_num_threads(1)
    pages = Path("/proc/self/statm")
    if pages.exists():  # Linux; elsewhere the limit counts in another way, or there is none
        import resource

        mapped = int(pages.read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (mapped + bounds.memory_bytes,) * 2)


def _tell(teller: Connection, values: dict[str, Any]) -> None:
    teller.send_bytes(json.dumps(values).encode())


class _Work:
    def __init__(self, teller: Connection, plan: Plan, folder: Path, bounds: Bounds) -> None:
        self.teller, self.plan, self.folder, self.bounds = teller, plan, folder, bounds
        self.recipe = plan.recipe(folder)
        self.state = folder / "state.safetensors"
        self.losses: list[float] = []
        self.loss: float | None = None
        self.why = ""

    def run(self, resume: bool) -> None:
        probes = probe_pairs(self.plan)
        if not resume:
            self._prepare(probes)
        self.trainer = Trainer(self.recipe, torch.device("cpu"), state=self.state if resume else None)
        self.every = max(1, self.trainer.total_updates // POINTS)
        _tell(
            self.teller,
            {
                "is": "begun",
                "updates": self.trainer.total_updates,
                "parameters": self.trainer.model.parameter_count(),
            },
        )
        if not resume:
            self._point()
        if self.teller.poll():
            self.teller.recv_bytes()  # it is a stop, unless the server is no more
            return
        self.trainer.run(self.state, self._on_update, lambda: None)
        _tell(self.teller, {"is": "finishing"})
        history = self.trainer.progress.history
        if not history or history[-1]["updates"] < self.trainer.progress.updates:
            self.trainer.validate()
            self.trainer.save(self.state)
        self._point()
        self._finish(probes)

    def _prepare(self, probes: Sequence[Pair]) -> None:
        made = make_pairs(self.plan.toy, self.plan.pairs + 2 * HELD_OUT, self.recipe.data.seed, (1, LONGEST))
        random.Random(self.recipe.data.seed).shuffle(made)
        splits = {"valid": made[:HELD_OUT], "test": made[HELD_OUT : 2 * HELD_OUT]}
        tried = {pair.source for pair in probes} | {self.plan.example}
        splits["train"] = [pair for pair in made[2 * HELD_OUT :] if pair.source not in tried]
        for name, pairs in splits.items():
            lines = (f"{pair.source}\t{pair.target}\n" for pair in pairs)
            (self.folder / f"{name}.tsv").write_text("".join(lines), encoding="utf-8")
        prepare(self.recipe)

    def _on_update(self, loss: float) -> bool:
        self.losses.append(loss)
        if self.trainer.progress.updates % self.every == 0:
            self._point()
        if self.teller.poll():
            return False
        if time.process_time() >= self.bounds.cpu_seconds:
            self.why = spent(self.bounds.cpu_seconds)
        return not self.why

    def _point(self) -> None:
        """Tell how far it is, and what the model makes of the example now."""
        progress = self.trainer.progress
        history = progress.history
        sentence = glance(self.trainer.average, self.trainer.pieces, self.plan.example, self.plan.most_written)
        best = sentence.best
        if self.losses:  # else what was told last is still so
            self.loss = round(sum(self.losses) / len(self.losses), 4)
            self.losses.clear()
        _tell(
            self.teller,
            {
                "is": "point",
                "updates": progress.updates,
                "seconds": round(progress.seconds, 1),
                "loss": self.loss,
                "exact": history[-1]["exact_match"] if history else None,
                "source_pieces": sentence.source_pieces,
                "target": best.target,
                "target_pieces": best.target_pieces,
                "log_probs": [round(each, 3) for each in best.log_probs],
                "attention": None if best.attention is None else best.attention.astype(float).round(3).tolist(),
            },
        )

    def _finish(self, probes: Sequence[Pair]) -> None:
        """Write the checkpoint, and tell what it can do."""
        written = write_checkpoint(self.trainer, self.folder)
        translator = Translator.load(self.folder / "checkpoint", "cpu", "torch")
        found = translate_lines(translator, [pair.source for pair in probes], GREEDY)
        right: dict[int, int] = {}
        for pair, translation in zip(probes, found, strict=True):
            right[len(pair.target)] = right.get(len(pair.target), 0) + (translation.target == pair.target)
        _tell(
            self.teller,
            {
                "is": "done",
                "finished": self.trainer.finished,
                "why": self.why,
                "exact": written.description.scores["exact_match"],
                "test_pairs": written.description.scores["test_pairs"],
                "trained_length": LONGEST if right else None,
                "by_length": [{"length": length, "right": count, "tried": TRIED} for length, count in right.items()],
                "samples": written.samples[:12],
            },
        )


def probe_pairs(plan: Plan) -> list[Pair]:
    """Strings of each length, the shortest first, also longer than those that are trained on; none for dates."""
    if plan.toy == "dates":
        return []
    return [pair for length in LENGTHS for pair in make_pairs(plan.toy, TRIED, 1_000 + length, (length, length))]
