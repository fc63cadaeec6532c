"""The verbs that make a model."""

import json
from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.console import Console

from s2s.checkpoint import WEIGHTS
from s2s.cli.options import DeviceOption
from s2s.corpora import read_lines
from s2s.emergence import FILE, write_emergence
from s2s.emergence_film import film
from s2s.errors import S2SError
from s2s.prepare import Prepared
from s2s.prepare import prepare as prepare_files
from s2s.recipe import Recipe, load_recipe
from s2s.training import Ranks, Trainer, check_state, join_ranks
from s2s.watch import watch_training

console = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)

RecipeArgument = Annotated[Path, typer.Argument(help="A TOML file, such as those in recipes/.")]
SetOption = Annotated[list[str] | None, typer.Option("--set", help="section.key=value, instead of the recipe's.")]


def prepare(recipe: RecipeArgument, settings: SetOption = None) -> None:
    """Split a recipe's pairs into training, validation and test, and learn its pieces."""
    report = prepare_files(load_recipe(recipe, tuple(settings or ())))
    for remark in report.remarks:
        console.print(remark)
    for split, pairs in report.pairs.items():
        print(f"{split}\t{pairs}")


def train(
    recipe: RecipeArgument,
    settings: SetOption = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last saved state.")] = False,
    device: DeviceOption = None,
) -> None:
    """Train a recipe and write its checkpoint and report; Ctrl-C saves, --resume goes on.

    A recipe with a grid trains one model after the other; --resume leaves out those that are finished.
    """
    loaded = load_recipe(recipe, tuple(settings or ()))
    models = loaded.cells() or (loaded,)
    begun = next((state for state in map(_state_of, models) if state.exists()), None)
    if begun and not resume:
        raise S2SError(f"{begun} is there already: go on with --resume, or move it away to start anew")
    with join_ranks(device) as (ranks, place):
        for each in models:
            if not _train(each, resume, ranks, place):
                return


def emergence(
    recipe: RecipeArgument,
    source: Annotated[Path, typer.Option(help="Sentences that are looked at on the way, one a line.")],
    directory: Annotated[Path, typer.Option(help="The folder beside whose models emergence.json is put.")],
    settings: SetOption = None,
    cell: Annotated[str | None, typer.Option(help="Which model of a recipe that makes several.")] = None,
) -> None:
    """Train one model and write what it made of some sentences on the way: how its attention arose."""
    loaded = load_recipe(recipe, tuple(settings or ()))
    if cell is not None:
        models = {each.name: each for each in loaded.cells()}
        if cell not in models:
            raise S2SError(f"the recipe makes no model {cell!r}; it makes: {', '.join(models) or 'one alone'}")
        loaded = models[cell]
    write_emergence(directory, film(loaded, list(read_lines(source)), console.print))
    print(directory / FILE)


def _state_of(recipe: Recipe) -> Path:
    return recipe.directory / "state.safetensors"


def _train(recipe: Recipe, resume: bool, ranks: Ranks, device: torch.device) -> bool:
    """Train one model and write its checkpoint; whether it came to its end."""
    from s2s.export import checkpoint_of, export_checkpoint  # figures and the Hub's client: only this verb waits

    directory, state = recipe.directory, _state_of(recipe)
    checkpoint = checkpoint_of(recipe, directory)
    if recipe.part_of and (checkpoint / WEIGHTS).exists():  # the file that is put there last
        check_state(state, recipe, Prepared(recipe).training_data().fingerprint)
        if ranks.is_first:
            console.print(f"{recipe.name} is finished: {checkpoint}")
        return True
    # Of a grid, the cells after the last one that was begun are not begun yet.
    going_on = resume and (state.exists() or not recipe.part_of)
    trainer = Trainer(recipe, device, ranks, state=state if going_on else None)
    watch_training(trainer, state, console)
    if not ranks.is_first:
        return trainer.finished
    if not trainer.finished:
        console.print(f"Saved to {state}. Go on with --resume.")
        return False
    description = export_checkpoint(trainer, directory)
    print(json.dumps(description.scores), flush=True)
    console.print(f"The checkpoint is {checkpoint}, the report {directory / 'report.html'}.")
    return True
