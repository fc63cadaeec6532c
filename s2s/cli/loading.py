"""How the verbs load a model: from a folder, or from the Hub with a bar of what has come."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from s2s.checkpoint import Description
from s2s.compare import are_opposite
from s2s.engine import EngineKind
from s2s.errors import ConfigError
from s2s.forced import reading_back
from s2s.translator import Translator

console = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)


def load_translator(model: str, device: str | None = None, engine: EngineKind = "auto") -> Translator:
    """The model that `--model` names, a folder or one of the Hub; errors as `Translator.from_pretrained`."""
    with download_bar(model) as progress:
        return Translator.from_pretrained(model, device=device, engine=engine, progress=progress)


def load_with_reverse(model: str, reverse_model: str | None, device: str | None, engine: EngineKind) -> Translator:
    """The model that `--model` names, which asks the one that `--reverse-model` names, if that is given.

    Raises:
        ConfigError: that one does not go the other way; others as `load_translator`.
    """
    translator = load_translator(model, device, engine)
    if reverse_model is not None:
        reverse = load_translator(reverse_model, device, engine)
        check_opposite(translator.description, reverse.description)
        translator.read_back = reading_back(reverse)
    return translator


def check_opposite(one: Description, other: Description) -> None:
    """Raise a ConfigError unless the other model goes the other way."""
    if not are_opposite(one, other):
        raise ConfigError(
            f"--reverse-model must go from {one.target_language} to {one.source_language}, and {other.name} goes from "
            f"{other.source_language} to {other.target_language}"
        )


@contextmanager
def download_bar(name: str) -> Iterator[Callable[[int, int], None]]:
    """A function that shows how many bytes of how many have come; the bar appears when it is first called."""
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks: list[TaskID] = []

        def show(here: int, total: int) -> None:
            if not tasks:
                tasks.append(bar.add_task(name))
            bar.update(tasks[0], completed=here, total=total)

        yield show
