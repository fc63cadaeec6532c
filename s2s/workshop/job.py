"""One visitor's training as the server sees it: what its process has told, and the model that it left."""

import io
import threading
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Literal

from s2s.translator import Translator
from s2s.workshop.plan import Plan

Phase = Literal["waiting", "starting", "training", "finishing", "stopped", "finished", "failed"]
AT_WORK: tuple[Phase, ...] = ("starting", "training", "finishing")
ENDED: tuple[Phase, ...] = ("stopped", "finished")


@dataclass(frozen=True)
class Worker:
    """The process at work, and the pipe to it."""

    process: BaseProcess
    teller: Connection
    began: float = field(default_factory=time.monotonic)
    attended: threading.Event = field(default_factory=threading.Event)
    """Set when it has ended and is cleared up."""


@dataclass(eq=False)
class Job:
    """One training."""

    plan: Plan
    folder: Path
    """Of all its files."""
    address: str = ""
    """Where it was begun from; nothing if that is this machine."""
    phase: Phase = "waiting"
    asked: float = field(default_factory=time.monotonic)
    """When its visitor asked for it last."""
    used: float = field(default_factory=time.monotonic)
    """When it was last begun, stopped, ended, or its model asked or taken: merely to look at it does not count."""
    updates: int = 0
    """Of a whole training; 0 until that is known."""
    parameters: int = 0
    points: list[dict[str, Any]] = field(default_factory=list)
    """How far it was at some moments, in order."""
    kept: int = 0
    """Of these points, those before it went on last."""
    result: dict[str, Any] = field(default_factory=dict)
    """What the model can do, once the training has ended or was stopped."""
    message: str = ""
    """What went wrong, or why it stopped by itself."""
    worker: Worker | None = None
    stopped: float | None = None
    """When the process was told to end."""
    reason: str = ""
    """Why it was; nothing if the visitor wished it."""

    @cached_property
    def translator(self) -> Translator:
        """The model that was trained."""
        return Translator.load(self.folder / "checkpoint", "cpu", "torch")

    def begin_anew(self) -> None:
        """Forget how it ended, because it goes on."""
        self.phase, self.message, self.kept = "waiting", "", len(self.points)
        self.__dict__.pop("translator", None)

    def fall_back(self, message: str) -> None:
        """End without a new model: as after the last stop, if there was one, and else in vain."""
        self.message = message
        if self.result:
            self.phase = "stopped"
            del self.points[self.kept :]
        else:
            self.phase = "failed"

    def hear(self, told: Mapping[str, Any]) -> None:
        """Take in what the process tells."""
        values = {name: value for name, value in told.items() if name != "is"}
        match told["is"]:
            case "begun":
                self.phase, self.updates, self.parameters = "training", values["updates"], values["parameters"]
            case "point":
                self.points.append(values)
            case "finishing":
                self.phase = "finishing"
            case "done":
                finished, why = values.pop("finished"), values.pop("why")
                self.phase, self.message = ("finished", "") if finished else ("stopped", why or self.reason)
                self.result = values
            case "failed":
                self.fall_back(values["message"])

    def archive(self) -> bytes:
        """The checkpoint folder as a zip file."""
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
            for path in sorted((self.folder / "checkpoint").iterdir()):
                file.write(path, f"{self.plan.name}/{path.name}")
        return content.getvalue()
