"""The verbs that make a model."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from s2s.cli.options import DeviceOption
from s2s.errors import S2SError
from s2s.prepare import prepare as prepare_files
from s2s.recipe import load_recipe
from s2s.training import Trainer, join_ranks
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
    """Train a recipe and write its checkpoint and report; Ctrl-C saves, --resume goes on."""
    from s2s.export import export_checkpoint  # figures and the Hub's client, which the other verbs need not wait for

    loaded = load_recipe(recipe, tuple(settings or ()))
    directory = Path(loaded.training.directory) / loaded.name
    state = directory / "state.safetensors"
    if state.exists() and not resume:
        raise S2SError(f"{state} is there already: go on with --resume, or move it away to start anew")
    with join_ranks(device) as (ranks, place):
        trainer = Trainer(loaded, place, ranks, state=state if resume else None)
        watch_training(trainer, state, console)
        if not ranks.is_first:
            return
        if not trainer.finished:
            console.print(f"Saved to {state}. Go on with --resume.")
            return
        description = export_checkpoint(trainer, directory)
    print(json.dumps(description.scores))
    console.print(f"The checkpoint is {directory / 'checkpoint'}, the report {directory / 'report.html'}.")
