"""The models that a page offers: which are at work, which are on their way, and why one is not.

It knows nothing of Gradio. Models on their way come in threads of their own, so that those at work answer meanwhile.
What a visitor added is told to that visitor alone: each page keeps its names, and asks with them.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock, Semaphore, Thread
from typing import Literal

from s2s.config import Task
from s2s.errors import ConfigError, HubError, S2SError
from s2s.hub import DEFAULT_REVISION, OWNER, STRANGER, Access, fetch, parse_name
from s2s.models import is_hub_name
from s2s.page.limits import LIMITS
from s2s.translator import Translator

LOG = logging.getLogger(__name__)

PREFIX = "https://huggingface.co/"
"""What stands before a name in the address bar of a browser."""
GONE = "It made room for models that other visitors added. Add it again to use it."
BROKEN = "Something broke while it was loaded; the server's log says what."

State = Literal["waiting", "downloading", "ready", "failed"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What is told of one model."""

    name: str
    """By which it is asked: a folder's name, or OWNER/NAME on the Hub, with @REVISION if one was given."""
    title: str = ""
    """What it says of itself, once it is ready."""
    source_language: str = ""
    target_language: str = ""
    task: Task = "text"
    state: State = "waiting"
    share: float = 0.0
    """Of its bytes that are here, from 0 to 1."""
    reason: str = ""
    """Why it failed, for a visitor to read."""

    @property
    def is_loading(self) -> bool:
        """Whether it is still on its way."""
        return self.state in ("waiting", "downloading")


class Translators(Mapping[str, Translator]):
    """The models at work, by name, for any thread: who lists them sees what everybody is offered.

    One that a visitor added is not listed; who knows its name gets it.
    """

    def __init__(self) -> None:
        """Nothing is at work."""
        self._offered: dict[str, Translator] = {}
        self._added: dict[str, Translator] = {}

    def __getitem__(self, name: str) -> Translator:
        return self._offered[name] if name in self._offered else self._added[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._offered)

    def __len__(self) -> int:
        return len(self._offered)

    def offer(self, name: str, translator: Translator) -> None:
        """Put a model to work for everybody, for as long as the server runs."""
        self._offered = {**self._offered, name: translator}  # who is just listing them goes on with the others

    def add(self, name: str, translator: Translator) -> None:
        """Put a model to work for those who know its name."""
        self._added[name] = translator

    def drop(self, name: str) -> None:
        """Forget a model that was added; who is just using it goes on."""
        self._added.pop(name, None)


class Registry:
    """All models of one server. Any thread may call any method."""

    def __init__(self, load: Callable[[Path], Translator], most_added: int) -> None:
        """Offer nothing yet.

        Args:
            load: makes a model of a checkpoint folder.
            most_added: so many models that visitors added are at work at the same time; 0 allows none.
        """
        self.translators = Translators()
        """The models at work."""
        self.most_added = most_added
        self._load = load
        self._entries: dict[str, Entry] = {}
        self._added: dict[str, None] = {}
        """The names that visitors added, the one that was used last at the end."""
        self._lock = Lock()
        self._turns = Semaphore(LIMITS.models_at_once)

    def offer(self, name: str, translator: Translator) -> None:
        """Put a loaded model to work."""
        with self._lock:
            self._finish(name, translator)

    def refuse(self, folder: Path, error: S2SError) -> None:
        """Say that the model of a folder cannot be put to work, and why."""
        with self._lock:
            self._entries[folder.name] = Entry(name=folder.name)
        self._fail(folder.name, _without_place(error, folder))

    def bring(self, source: str) -> None:
        """Load a folder, or a model of the Hub, OWNER/NAME or OWNER/NAME@REVISION, in the background.

        Raises:
            ConfigError: there is a model of that name already.
        """
        is_folder = Path(source).is_dir() or not is_hub_name(source)
        folder = Path(source).resolve() if is_folder else None
        name = folder.name if folder else source.removesuffix(f"@{DEFAULT_REVISION}")
        with self._lock:
            if name in self._entries:
                raise ConfigError(f"there is a model {name} already, so {source} needs another name")
            self._entries[name] = Entry(name=name)
        self._start(name, folder, OWNER, self._turns)

    def add(self, text: str) -> str:
        """Fetch a model of the Hub for a visitor, in the background; one that is here or coming is left alone.

        Only what everybody may see on the Hub is fetched, up to the size that `s2s.hub.STRANGER` allows.

        Args:
            text: OWNER/NAME or OWNER/NAME@REVISION, as a visitor typed it.

        Returns:
            The name by which the model is asked.

        Raises:
            S2SError: it is no such name, or none can be added now; the message is for the visitor.
        """
        if self.most_added == 0:
            raise S2SError("No models can be added to this page.")
        name = str(parse_name(text.strip().removeprefix(PREFIX)[: LIMITS.model_name]))
        with self._lock:
            if name in self._entries and not (name in self._added and self._entries[name].state == "failed"):
                return name
            if sum(self._entries[other].is_loading for other in self._added) >= LIMITS.models_at_once:
                most = LIMITS.models_at_once
                raise HubError(f"{most} models are being fetched, which is the most. Please try again in a minute.")
            self._entries[name] = Entry(name=name)
            self._added.setdefault(name)
        self._start(name, None, STRANGER, nullcontext())
        return name

    def catalogue(self, added: Iterable[str] = ()) -> list[Entry]:
        """What is told of the models that everybody is offered, and of those with the names `added`."""
        with self._lock:
            offered = {name: entry for name, entry in self._entries.items() if name not in self._added}
            own = [name for name in dict.fromkeys(added) if name not in offered]
            gone = [Entry(name=name, state="failed", reason=GONE) for name in own if name not in self._entries]
            return [*offered.values(), *(self._entries[name] for name in own if name in self._entries), *gone]

    def note_use(self, name: str) -> None:
        """A model is asked: of those that visitors added, the others are dropped before it."""
        with self._lock:
            self._touch(name)

    def trouble(self, name: str) -> str | None:
        """Why a model that everybody is offered cannot be asked, for a visitor to read."""
        found = next((entry for entry in self.catalogue() if entry.name == name), None)
        if found is None or found.state == "ready":
            return None
        if found.is_loading:
            return f"The model {name} is still on its way ({found.share:.0%}). Please try again in a minute."
        return f"The model {name} cannot be used: {found.reason}"

    def _start(self, name: str, folder: Path | None, access: Access, turn: AbstractContextManager[object]) -> None:
        Thread(target=self._run, args=(name, folder, access, turn), name=f"model {name}", daemon=True).start()

    def _run(self, name: str, folder: Path | None, access: Access, turn: AbstractContextManager[object]) -> None:
        try:
            with turn:
                place = folder or fetch(name, access=access, progress=lambda *counts: self._note(name, *counts))
                translator = self._load(place)
        except S2SError as error:
            self._fail(name, _without_place(error, folder) if folder else str(error))
        except Exception:
            LOG.exception("the model %s cannot be loaded", self._logged(name))
            self._fail(name, BROKEN)
        else:
            with self._lock:
                self._finish(name, translator)

    def _logged(self, name: str) -> str:
        return "of a visitor" if name in self._added else name

    def _note(self, name: str, here: int, total: int) -> None:
        with self._lock:
            self._entries[name] = replace(self._entries[name], state="downloading", share=here / total)

    def _fail(self, name: str, reason: str) -> None:
        if name in self._added:  # a visitor reads why; what strangers type stays out of the log
            LOG.warning("a model that a visitor wanted cannot be used")
        else:
            LOG.warning("the model %s cannot be used: %s", name, reason)
        with self._lock:
            self._entries[name] = replace(self._entries[name], state="failed", reason=reason)
            self._drop_added("failed", LIMITS.model_failures)

    def _finish(self, name: str, translator: Translator) -> None:
        described = translator.description
        title = (described.description or described.name)[: LIMITS.model_title]
        languages = described.source_language[: LIMITS.model_title], described.target_language[: LIMITS.model_title]
        (self.translators.add if name in self._added else self.translators.offer)(name, translator)
        self._entries[name] = Entry(
            name=name,
            title=title,
            source_language=languages[0],
            target_language=languages[1],
            task=described.task,
            state="ready",
            share=1.0,
        )
        self._touch(name)
        self._drop_added("ready", self.most_added)

    def _touch(self, name: str) -> None:
        if name in self._added:
            del self._added[name]
            self._added[name] = None

    def _drop_added(self, state: State, most: int) -> None:
        names = [name for name in self._added if self._entries[name].state == state]
        for name in names[: max(0, len(names) - most)]:
            del self._added[name], self._entries[name]
            self.translators.drop(name)


def _without_place(error: S2SError, folder: Path) -> str:
    """What it says, for a visitor, who is not told where on the machine the folder lies."""
    return str(error).replace(f"{folder.parent}/", "")
