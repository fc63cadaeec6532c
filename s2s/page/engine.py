"""The models at work behind the page, and the one function that asks them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import spaces
import torch

from s2s.compare import are_opposite
from s2s.config import SearchConfig, Task, require
from s2s.device import lends_gpu
from s2s.errors import CheckpointError, S2SError
from s2s.exposure import find_exposures
from s2s.forced import reading_back
from s2s.grid import find_grids
from s2s.models import EMBEDDED, find_models
from s2s.page import records
from s2s.page.cells import Cells
from s2s.page.leaving import check_awaited
from s2s.page.registry import Entry, Registry
from s2s.page.settings import PageSettings, read_settings
from s2s.replicas import RemoteSearch, start_replicas
from s2s.result import Translation
from s2s.search import SharedSearch
from s2s.text import check_text
from s2s.transcriber import Transcriber
from s2s.translator import Translator

if TYPE_CHECKING:
    from s2s.replicas.cluster import Cluster

SETTINGS: PageSettings = read_settings()


def share(translator: Translator) -> Translator:
    """Let requests that are at work at the same time be rows of one search; a lent GPU is there for one at a time."""
    if translator.device.type == "cpu" or not lends_gpu():
        translator.search = SharedSearch(translator.engine, records.note_step).search
    return translator


def _load_later(folder: Path) -> Translator:
    # A thread of its own cannot put a model onto a lent GPU, and a fork would not have what came after it.
    return share(Translator.load(folder, "cpu" if lends_gpu() else SETTINGS.device, SETTINGS.engine))


MODELS = Registry(_load_later, SETTINGS.visitor_models)
TRANSLATORS: Mapping[str, Translator] = MODELS.translators
"""The models at work, by name, the default one first; one that a visitor added is there and not listed."""


TRANSCRIBERS: dict[str, Transcriber] = {}
"""Those that listen, by name."""
CELLS = Cells(lambda folder: Translator.load(folder, "cpu", SETTINGS.engine))
"""The models of a grid, and those that were fed differently, for comparison: small, so that the CPU will do."""


IS_OPEN = Event()
"""Whether visitors may come: to what the page asks before, such as its examples, no host lends a GPU."""


CLUSTERS: list["Cluster"] = []
"""The replicas, if there are any."""


def load_models(replicas: int = 0) -> None:
    """Load all checkpoints at hand, but for damaged ones, and look for small models to compare.

    Args:
        replicas: so many processes search for those that read text; by default this one does.

    Raises:
        S2SError: there is no checkpoint, or the replicas cannot be started.
    """
    if replicas:
        _start_replicas(replicas)
    # Steps of one sentence are small: one thread is quicker than two, and visitors do not slow each other.
    torch.set_num_threads(1)
    for name in find_models():
        try:
            translator = Translator.load(EMBEDDED / name, "cpu" if CLUSTERS else SETTINGS.device, SETTINGS.engine)
        except CheckpointError as error:
            MODELS.refuse(EMBEDDED / name, error)
            continue
        if translator.description.task == "speech":
            TRANSCRIBERS[name] = Transcriber(translator)
        elif CLUSTERS:
            translator.search = RemoteSearch(name, CLUSTERS[0].begin, records.note_replica).search
            MODELS.offer(name, translator)
        else:
            MODELS.offer(name, share(translator))
    for name, translator in TRANSLATORS.items():
        if other := _opposite(name):
            translator.read_back = reading_back(TRANSLATORS[other])
    for directory in [SETTINGS.grid] if SETTINGS.grid else find_grids()[:1]:
        CELLS.open(Path(directory))
    for directory in find_exposures()[:1]:
        CELLS.open_exposure(directory)
    if not TRANSLATORS:
        raise CheckpointError(f"there is no model in {EMBEDDED} that can be used: train one and copy its folder there")


def _opposite(name: str) -> str:
    """The name of the first model at work that goes the other way; empty if there is none."""
    described = TRANSLATORS[name].description
    names = (other for other, found in TRANSLATORS.items() if are_opposite(described, found.description))
    return next((other for other in names if other != name), "")


def _start_replicas(count: int) -> None:
    require(SETTINGS.device in (None, "cpu"), f"replicas compute on the CPU, S2S_DEVICE is {SETTINGS.device}: unset it")
    folders = {name: EMBEDDED / name for name, described in find_models().items() if described.task != "speech"}
    CLUSTERS.append(start_replicas(count, folders, SETTINGS.engine, SETTINGS.workers))


def close() -> None:
    """End the replicas, if there are any."""
    while CLUSTERS:
        CLUSTERS.pop().close()


def open_to_visitors() -> None:
    """Begin to load the models that S2S_MODELS names, in the background: the page is built, and has its examples.

    Raises:
        ConfigError: two models have the same name.
    """
    IS_OPEN.set()
    for source in SETTINGS.models:
        MODELS.bring(source)


def catalogue(added: Iterable[str] = ()) -> list[Entry]:
    """What is told of the models that everybody is offered, and of those that a visitor added."""
    return MODELS.catalogue(added)


def add(text: str) -> str:
    """Fetch a model of the Hub for a visitor, in the background; the name by which it is asked.

    Raises:
        S2SError: the text names no model of the Hub, or none can be added now; the message is for the visitor.
    """
    return MODELS.add(text)


def stream(model: str, text: str, config: SearchConfig) -> Iterator[Translation]:
    """The translation so far, after every step.

    Raises:
        S2SError: the text or the model's name is wrong, or the time is over; the message is for the visitor.
        LeftError: the visitor has left.
    """
    if not isinstance(text, str):
        raise S2SError(f"The text must be a string, got {text!r:.80}.")
    with records.task("translate", model=shown_name(model), characters=len(text), beam_size=config.beam_size):
        for translation in _stream(model, text, config):
            check_awaited()
            yield translation


def _stream(model: str, text: str, config: SearchConfig) -> Iterator[Translation]:
    translator = find(model)
    if IS_OPEN.is_set() and _is_on_lent_gpu(translator):
        yield from _stream_from_lent_gpu(model, check_text(text, translator.limits.characters), config)
    else:
        yield from at_hand(model).stream(text, config, time_limit_seconds=SETTINGS.timeout_seconds)


def _stream_from_lent_gpu(model: str, text: str, config: SearchConfig) -> Iterator[Translation]:
    for found in _on_lent_gpu(model, text, config):
        if isinstance(found, S2SError):
            raise found
        yield found


def find(model: object) -> Translator:
    """The model at work with this name.

    Raises:
        S2SError: there is none, it is still on its way, or it cannot be used; the message is for the visitor.
    """
    name = model if isinstance(model, str) else ""
    if translator := TRANSLATORS.get(name):
        MODELS.note_use(name)
        return translator
    if cell := CELLS.get(name):
        return cell
    offered = f"Please choose one of: {', '.join(TRANSLATORS)}."
    raise S2SError(MODELS.trouble(name) or f"There is no model {model!r:.80}. {offered}")


def of_task(task: Task) -> str:
    """The name of the first model at work for this task; empty if there is none."""
    names = (name for name, translator in TRANSLATORS.items() if translator.description.task == task)
    return next(names, "")


def shown_name(model: object) -> str:
    """How a model is called in the records: one that a visitor added or made up has no name there."""
    return model if isinstance(model, str) and model in list(TRANSLATORS) else "another"


def at_hand(model: object) -> Translator:
    """The model to compute with in this very process; raises as `find`.

    Where a GPU is lent for single calls, the model waits on it for them, and a copy on the CPU does the rest.
    """
    translator = find(model)
    return _on_cpu(str(model)) if _is_on_lent_gpu(translator) else translator


def _is_on_lent_gpu(translator: Translator) -> bool:
    return lends_gpu() and translator.device.type == "cuda"


@cache
def _on_cpu(name: str) -> Translator:
    translator = share(Translator.load(EMBEDDED / name, "cpu", SETTINGS.engine))
    if other := _opposite(name):
        # The other one is loaded when it is first asked: each of the two waits for the other.
        translator.read_back = lambda sources, targets: reading_back(_on_cpu(other))(sources, targets)
    return translator


def _lent_seconds(model: str, text: str, config: SearchConfig) -> int:
    return 5 + len(text) // 100  # the shorter, the earlier it is this visitor's turn


def _in_fork(model: str, text: str, config: SearchConfig) -> Iterator[Translation | S2SError]:
    # Of an error that is raised there the visitor would see the kind alone, so it is handed over as a value.
    seconds = min(SETTINGS.timeout_seconds, _lent_seconds(model, text, config))
    try:
        yield from TRANSLATORS[model].stream(text, config, time_limit_seconds=seconds)
    except S2SError as error:
        yield error


_on_lent_gpu: Callable[[str, str, SearchConfig], Iterator[Translation | S2SError]] = spaces.GPU(duration=_lent_seconds)(
    _in_fork
)
"""The same in a fork of this process that has the GPU, on ZeroGPU; elsewhere it is the function itself."""
