"""The verbs that share a model. They load the Hub's client themselves, so that the other verbs need not wait for it."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from s2s.checkpoint import CARD, CONFIG, load_checkpoint, pieces_of
from s2s.cli.loading import download_bar
from s2s.engine import require_libraries
from s2s.errors import S2SError
from s2s.exposure import find_exposures
from s2s.files import is_free, write_folder_whole
from s2s.grid import find_grids
from s2s.models import EMBEDDED, find_models

if TYPE_CHECKING:
    from s2s.hub import Upload


def pull(
    name: Annotated[str, typer.Argument(help="OWNER/NAME on the Hugging Face Hub, or OWNER/NAME@REVISION.")],
    directory: Annotated[Path, typer.Argument(help="A new folder.")],
) -> None:
    """Fetch a checkpoint from the Hub: checked, and whole or not at all."""
    from s2s import hub

    with download_bar(name) as progress:
        commit = hub.pull(name, directory, progress=progress)
    print(f"{directory}\t{commit}")


def push(
    directory: Annotated[Path, typer.Argument(help="A checkpoint folder.")],
    name: Annotated[str, typer.Argument(help="OWNER/NAME on the Hugging Face Hub; it is made if need be.")],
    private: Annotated[bool, typer.Option("--private", help="Make a repository that only its owner sees.")] = False,
    revision: Annotated[str, typer.Option(help="The branch that gets the commit; it is made if need be.")] = "main",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go up; needs no network.")] = False,
) -> None:
    """Send a checkpoint to the Hub, with its card, as one commit."""
    from s2s import hub

    hub.HubName(name, revision)  # before a model is loaded for nothing
    upload = hub.prepare_upload(directory)
    if dry_run:
        _show(upload)
        return
    print(hub.push(upload, name, private=private, branch=revision))


def push_space(
    name: Annotated[str, typer.Argument(help="OWNER/NAME of the Space; it is made if need be.")],
    checkpoint: Annotated[
        list[Path] | None, typer.Option(help="A checkpoint folder that goes into it; by default all at hand.")
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="OWNER/NAME[@REVISION] on the Hub, which it fetches at its start.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="What it is called.")] = None,
    private: Annotated[bool, typer.Option("--private", help="Make a Space that only its owner sees.")] = False,
    hardware: Annotated[
        str | None, typer.Option(help="What a new Space runs on, as the Hub calls it; by default ZeroGPU.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Only write it to a new folder; needs no network.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go up; needs no network.")] = False,
) -> None:
    """Make the page a Space of the Hub: the files that it needs, and checkpoints, as one commit."""
    from s2s import hub

    hub.HubName(name)  # before models are loaded for nothing
    models = model or []
    if checkpoint:
        space = hub.prepare_space(checkpoint, models, title)
    else:
        space = hub.prepare_space(
            [EMBEDDED / each for each in find_models()], models, title, grids=[*find_grids(), *find_exposures()]
        )
    if dry_run:
        _show(space)
    elif output:
        hub.write_space(space, output)
        print(output)
    else:
        variables = {"S2S_MODELS": ",".join(models)} if models else {}
        print(hub.push_space(space, name, private=private, hardware=hardware or hub.HARDWARE, variables=variables))


def export(
    directory: Annotated[Path, typer.Argument(help="A checkpoint folder.")],
    output: Annotated[Path, typer.Argument(help="A new folder.")],
    exact: Annotated[bool, typer.Option("--exact", help="All weights in 32 bits; a step's have 8 otherwise.")] = False,
) -> None:
    """Write a checkpoint as ONNX files for programs without PyTorch: encode, start and step; the search is theirs."""
    require_libraries()
    from s2s.engine.graphs import write_graphs

    if not is_free(output):
        raise S2SError(f"{output.resolve()} is there already: name a new folder, or move that one away")
    model = load_checkpoint(directory).model

    def write(new: Path) -> None:
        write_graphs(model, new, quantized=not exact)
        for path in (pieces_of(directory), directory / CONFIG, directory / CARD):
            shutil.copyfile(path, new / path.name)

    write_folder_whole(output, write)
    for path in sorted(output.iterdir()):
        print(f"{path}\t{path.stat().st_size}")


def _show(upload: "Upload") -> None:
    for file, size in upload.sizes.items():
        print(f"{file}\t{size}")
    print(upload.metadata)
