"""The models of a measured grid: each is loaded when it is first asked, and so many are kept.

It knows nothing of Gradio. Their names begin with `grid:`, which no model of the Hub can have.
"""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from s2s.grid import Cell, Grid, load_grid
from s2s.translator import Translator

PREFIX = "grid:"
MOST_KEPT = 16
"""Models at work at the same time; of more, the one that was not used for longest goes."""


class Cells:
    """The grid of one server, if it has one. Any thread may call any method."""

    def __init__(self, load: Callable[[Path], Translator]) -> None:
        """There is no grid yet; `load` makes a model of a checkpoint folder."""
        self.grid: Grid | None = None
        self._folders: dict[str, Path] = {}
        self._load = lru_cache(MOST_KEPT)(load)

    def open(self, directory: Path) -> None:
        """Offer the grid in `directory`; raises as `load_grid`."""
        self.grid = load_grid(directory)
        self._folders = {name_of(cell): directory / cell.name for cell in self.grid.cells}

    def get(self, name: str) -> Translator | None:
        """The model of that name, loaded if need be; None if the grid has none.

        Raises:
            CheckpointError: its folder is damaged.
        """
        return self._load(self._folders[name]) if name in self._folders else None


def name_of(cell: Cell) -> str:
    """The name by which a cell is asked."""
    return PREFIX + cell.name
