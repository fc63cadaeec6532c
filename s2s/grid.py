"""A grid of small models that differ in cell and attention alone, and what was measured of each (grid.json)."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from s2s.config import AttentionKind, CellKind, from_plain, require_choices, to_plain
from s2s.errors import CheckpointError, ConfigError
from s2s.files import write_text_whole
from s2s.models import EMBEDDED

FILE = "grid.json"
FIRST_TWIN = "gru-bahdanau"
"""The cell of Cho et al. (2014) with the attention of Bahdanau et al. (2015): what the textbook begins with."""
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class LengthScore:
    """BLEU on sources of some lengths."""

    words: str
    """Such as 16-20."""
    sentences: int
    joined: int
    """Of these: made of several held-out pairs, since there are too few as long as that."""
    bleu: float | None
    """None where it is undefined: no target of four words."""
    band: float | None
    """Half the width of its 95 % bootstrap band."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One model of a grid, as it was measured."""

    name: str
    """Its folder."""
    cell: CellKind
    attention: AttentionKind
    parameters: int
    bleu: float | None
    """On the held-out pairs."""
    chrf: float
    error_rate: float | None = None
    """AER on links that people drew, from 0 to 1; None without attention, or without such links."""
    milliseconds: float
    """Of one sentence, the median, as the page searches."""
    minutes: float
    updates: int
    seed: int
    by_length: tuple[LengthScore, ...] = ()

    def __post_init__(self) -> None:
        require_choices(self)


@dataclass(frozen=True, kw_only=True)
class Grid:
    """All models of a grid."""

    source_language: str
    target_language: str
    test_pairs: int
    """Held-out pairs behind BLEU and chrF."""
    signature: str
    """Of BLEU."""
    gold_pairs: int = 0
    """Pairs with links behind the error rate."""
    cells: tuple[Cell, ...]

    def find(self, name: str) -> Cell:
        """The cell of that name; a ConfigError names those that there are."""
        for cell in self.cells:
            if cell.name == name:
                return cell
        known = ", ".join(cell.name for cell in self.cells)
        raise ConfigError(f"There is no model {name!r:.80} in the grid. Please choose one of: {known}.")

    def twins(self) -> list[tuple[Cell, Cell]]:
        """Pairs of models, the first one without attention, that differ in nothing else and were measured by length."""
        known = [cell for cell in self.cells if cell.by_length]
        plain = {cell.cell: cell for cell in known if cell.attention == "none"}
        return [(plain[cell.cell], cell) for cell in known if cell.attention != "none" and cell.cell in plain]

    def twin(self, name: str = "") -> tuple[Cell, Cell]:
        """The model of that name, after the one without attention; without a name, the textbook's if it is there.

        Raises:
            ConfigError: no such model was measured by length beside its twin.
        """
        twins = {attending.name: (plain, attending) for plain, attending in self.twins()}
        found = twins.get(name or FIRST_TWIN) or (None if name else next(iter(twins.values()), None))
        if found is None:
            known = ", ".join(twins) or "none"
            raise ConfigError(f"There is no twin {name!r:.80} that was measured by length. Those that were: {known}.")
        return found


def load_grid(directory: Path) -> Grid:
    """What was measured of the grid in `directory`.

    Raises:
        CheckpointError: grid.json is missing or damaged, or names a model that is not there.
    """
    return load_measured(directory, FILE, Grid, "grid", lambda grid: [cell.name for cell in grid.cells])


def load_measured(directory: Path, file: str, kind: type[T], verb: str, names: Callable[[T], list[str]]) -> T:
    """What was measured of the models that lie side by side in `directory`.

    Args:
        directory: above the models.
        file: its name there.
        kind: what it holds.
        verb: of the command line, which writes it.
        names: gives the folders of the models that it holds.

    Raises:
        CheckpointError: the file is missing or damaged, or names a model that is not there.
    """
    path = directory / file
    try:
        found = from_plain(kind, json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise CheckpointError(
            f"{path} is missing: `python -m s2s {verb} {directory} --source FILE --reference FILE` measures and "
            "writes it"
        ) from None
    except (OSError, ValueError, ConfigError) as error:
        raise CheckpointError(f"{path} is damaged ({error}): measure the models again") from None
    missing = [name for name in names(found) if Path(name).name != name or not (directory / name).is_dir()]
    if missing:
        raise CheckpointError(f"{path} names models that are not there: {', '.join(missing)}")
    return found


def write_grid(directory: Path, grid: Grid) -> None:
    """Put what was measured beside the models."""
    write_text_whole(directory / FILE, json.dumps(to_plain(grid), indent=1, ensure_ascii=False) + "\n")


def find_grids(directory: Path = EMBEDDED) -> list[Path]:
    """The folders in `directory` that hold a measured grid."""
    return sorted(path.parent for path in directory.glob(f"*/{FILE}"))


def table(cells: Sequence[Cell]) -> list[str]:
    """A line for each model, its values between tabs, with a head."""
    head = "model\tBLEU\tchrF\tAER\tparameters\tms\tminutes\tupdates\tseed"
    return [head, *("\t".join(_values(cell)) for cell in cells)]


def _values(cell: Cell) -> list[str]:
    scores = [_percent(cell.bleu), _percent(cell.chrf), _percent(cell.error_rate and 100 * cell.error_rate)]
    numbers = [cell.parameters, cell.milliseconds, cell.minutes, cell.updates, cell.seed]
    return [cell.name, *scores, *map(str, numbers)]


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
