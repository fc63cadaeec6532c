"""From a recipe's files to what training reads: three splits and a piece model in one folder."""

import random
from dataclasses import dataclass
from pathlib import Path

from s2s.config import Recipe
from s2s.data import Pair, make_reversals, read_pairs, split_by_groups, write_pairs
from s2s.errors import DataError
from s2s.text import train_pieces

SPLITS = ("train", "valid", "test")


@dataclass(frozen=True)
class Prepared:
    """Where the prepared files of a recipe lie."""

    directory: Path

    @property
    def pieces(self) -> Path:
        """The piece model's file."""
        return self.directory / "text.spm"

    def split(self, name: str) -> list[Pair]:
        """The pairs of `train`, `valid` or `test`."""
        path = self.directory / f"{name}.tsv"
        if not path.is_file():
            raise DataError(f"{path} is missing: run `python -m s2s prepare RECIPE.toml` first")
        return read_pairs(path)


def prepared(recipe: Recipe) -> Prepared:
    """Where `prepare` puts the files of `recipe`."""
    return Prepared(Path(recipe.data.directory) / recipe.name)


def prepare(recipe: Recipe) -> dict[str, int]:
    """Split the recipe's pairs, learn its pieces from the training part alone, and write both.

    Returns:
        The number of pairs in each split.
    """
    place = prepared(recipe)
    if recipe.data.task == "reverse":
        pairs = make_reversals(recipe.data.pairs, recipe.data.seed)
    else:
        pairs = list(dict.fromkeys(pair for name in recipe.data.files for pair in read_pairs(Path(name))))
    splits = dict(zip(SPLITS, split_by_groups(pairs, recipe.data), strict=True))
    for name, part in splits.items():
        write_pairs(place.directory / f"{name}.tsv", part)
    sides = [side for pair in splits["train"] for side in pair]
    random.Random(recipe.data.seed).shuffle(sides)
    train_pieces(sides, recipe.text, place.pieces)
    for side, index in (("source", 0), ("target", 1)):
        lines = "".join(f"{pair[index]}\n" for pair in splits["test"])
        (place.directory / f"test.{side}.txt").write_text(lines, encoding="utf-8")
    return {name: len(part) for name, part in splits.items()}
