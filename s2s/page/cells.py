"""The small models of a measured grid, and those that were fed differently: loaded when first asked, and so many kept.

It knows nothing of Gradio. Their names begin with `grid:` or `fed:`, which no model of the Hub can have.
"""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from s2s.emergence import Emergence, load_emergence
from s2s.exposure import Exposure, load_exposure
from s2s.grid import Cell, Grid, load_grid
from s2s.translator import Translator

PREFIX = "grid:"
FED_PREFIX = "fed:"
MOST_KEPT = 20
"""Models at work at the same time; of more, the one that was not used for longest goes."""


class Cells:
    """The small models of one server, if it has some. Any thread may call any method."""

    def __init__(self, load: Callable[[Path], Translator]) -> None:
        """There is none yet; `load` makes a model of a checkpoint folder."""
        self.grid: Grid | None = None
        self.emergence: Emergence | None = None
        self.exposure: Exposure | None = None
        self._folders: dict[str, Path] = {}
        self._load = lru_cache(MOST_KEPT)(load)

    def open(self, directory: Path) -> None:
        """Offer the grid in `directory`, and how one of its models learnt, if that lies there.

        Raises:
            CheckpointError: as `load_grid` and `load_emergence`.
        """
        self.grid, self.emergence = load_grid(directory), load_emergence(directory)
        self._folders |= {name_of(cell): directory / cell.name for cell in self.grid.cells}

    def open_exposure(self, directory: Path) -> None:
        """Offer the models in `directory`, which were fed differently; raises as `load_exposure`."""
        self.exposure = load_exposure(directory)
        self._folders |= {FED_PREFIX + model.name: directory / model.name for model in self.exposure.models}

    def get(self, name: str) -> Translator | None:
        """The model of that name, loaded if need be; None if there is none.

        Raises:
            CheckpointError: its folder is damaged.
        """
        return self._load(self._folders[name]) if name in self._folders else None


def name_of(cell: Cell) -> str:
    """The name by which a cell is asked."""
    return PREFIX + cell.name
