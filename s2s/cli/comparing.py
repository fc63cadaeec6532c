"""The verbs that put models beside each other."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from s2s.alignment import read_gold
from s2s.cli.options import JsonOption
from s2s.config import to_plain
from s2s.corpora import Pair, read_lines
from s2s.errors import ConfigError, DataError
from s2s.grid import load_grid, table, write_grid
from s2s.grid_scores import measure_grid

console = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)


def grid(
    directory: Annotated[Path, typer.Argument(help="A folder of checkpoints, as a recipe with a grid makes it.")],
    source: Annotated[Path | None, typer.Option(help="Held-out sources, one a line: measures the models anew.")] = None,
    reference: Annotated[Path | None, typer.Option(help="Their references, one a line.")] = None,
    gold: Annotated[Path | None, typer.Option(help="Pairs with links that people drew, for the error rate.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what was measured of the models of a grid; with --source and --reference, measure it and write grid.json."""
    if bool(source) != bool(reference):
        raise ConfigError("--source and --reference belong together: give both to measure, or none to show")
    if source and reference:
        pairs = read_pairs(source, reference)
        links = read_gold(gold) if gold else None
        write_grid(directory, measure_grid(directory, pairs, links, console.print))
    found = load_grid(directory)
    print(json.dumps(to_plain(found)) if as_json else "\n".join(table(found.cells)))


def read_pairs(source: Path, reference: Path) -> list[Pair]:
    """The pairs of two files, a sentence a line."""
    sources, references = list(read_lines(source)), list(read_lines(reference))
    if len(sources) != len(references) or not sources:
        raise DataError(
            f"expected as many references as sources, and at least one: {source} has {len(sources)} lines, "
            f"{reference} {len(references)}"
        )
    return [Pair(*pair) for pair in zip(sources, references, strict=True)]
