"""The page as a Space of the Hub: exactly the files that it runs on, and some checkpoints, in one commit."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import yaml
from huggingface_hub import CommitOperationDelete, HfApi, SpaceHardware, get_token
from huggingface_hub.errors import LocalTokenNotFoundError

from s2s.chapter import chapter_files
from s2s.checkpoint import CARD, Description, load_checkpoint, standalone_files
from s2s.errors import HubError
from s2s.exposure import FILE as EXPOSURE
from s2s.exposure import load_exposure
from s2s.files import is_free, write_folder_whole
from s2s.grid import load_grid
from s2s.hub.card import read_metadata
from s2s.hub.faults import explained
from s2s.hub.naming import HubName, parse_name
from s2s.hub.push import Upload, additions

ROOT = Path(__file__).parents[2]
ENTRY, REQUIREMENTS, LICENCE = "app.py", "requirements.txt", "LICENSE"
ASSETS = "s2s/page/assets"
TORCH = "torch==2.11.0"
"""The newest one that ZeroGPU lists."""
HARDWARE = "zero-a10g"
"""ZeroGPU, which free accounts may ask for."""
OURS = ("s2s/", "checkpoints/", "docs/")
"""Folders of a Space that hold nothing else than what is sent there."""


def prepare_space(
    checkpoints: Sequence[Path],
    models: Sequence[str] = (),
    title: str | None = None,
    root: Path = ROOT,
    grids: Sequence[Path] = (),
) -> Upload:
    """Gather what a Space needs; needs no network.

    Args:
        checkpoints: folders that go into the Space, so that it answers at once.
        models: those of the Hub that it fetches when it has started, OWNER/NAME or OWNER/NAME@REVISION.
        title: what the Space is called; by default as in README.md.
        root: where app.py is.
        grids: folders of models that were measured together, which go along for the tab Compare.

    Raises:
        CheckpointError: a checkpoint or a grid cannot be loaded.
        HubError: this program was installed without app.py, or there is no checkpoint, or two have the same name.
    """
    missing = [name for name in (ENTRY, REQUIREMENTS, LICENCE, CARD) if not (root / name).is_file()]
    if missing:
        raise HubError(f"{root} lacks {', '.join(missing)}: run this in a copy of the whole repository")
    names = [folder.resolve().name for folder in checkpoints]
    if not names or len(set(names)) < len(names):
        raise HubError(
            f"a Space needs one checkpoint or more, each with a name of its own; got {', '.join(names) or 'none'}"
        )
    described = {name: load_checkpoint(folder).description for name, folder in zip(names, checkpoints, strict=True)}
    card = _card(root, described, [parse_name(model) for model in models], title)
    contents: dict[str, Path | bytes] = {
        CARD: card.encode(),
        ENTRY: root / ENTRY,
        REQUIREMENTS: _requirements((root / REQUIREMENTS).read_text(encoding="utf-8")).encode(),
        LICENCE: root / LICENCE,
    }
    modules = modules_of(root / ENTRY, root)
    assets = (path for path in (root / ASSETS).rglob("*") if path.is_file())
    files = {*modules, *data_of(modules, root), *assets, *chapter_files(root / "docs")}
    contents |= {path.relative_to(root).as_posix(): path for path in sorted(files - {root / ENTRY})}
    for name, folder in zip(names, checkpoints, strict=True):
        there = standalone_files(folder) | ({CARD: folder / CARD} if (folder / CARD).is_file() else {})
        contents |= {f"checkpoints/{name}/{file}": content for file, content in there.items()}
    for folder in grids:
        contents |= {
            f"checkpoints/{folder.name}/{path.relative_to(folder).as_posix()}": path for path in _files(folder)
        }
    return Upload(title or str(read_metadata(card)["title"]), contents, card.split("---\n")[1])


def _files(measured: Path) -> list[Path]:
    """All files of models that were measured together and can be loaded."""
    found = load_exposure(measured).models if (measured / EXPOSURE).is_file() else load_grid(measured).cells
    models = [measured / model.name for model in found]
    for folder in models:
        load_checkpoint(folder)
    return [path for folder in (measured, *models) for path in sorted(folder.iterdir()) if path.is_file()]


def write_space(space: Upload, directory: Path) -> None:
    """Write the Space to a folder, which must be new or empty; `python app.py` runs it there.

    Raises:
        HubError: the folder holds something, or cannot be written.
    """
    if not is_free(directory):
        raise HubError(f"{directory.resolve()} is there already: name a new folder, or move that one away")

    def write(new: Path) -> None:
        for name, content in space.contents.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).write_bytes(content if isinstance(content, bytes) else content.read_bytes())

    try:
        write_folder_whole(directory, write)
    except OSError as error:
        raise HubError(f"the Space cannot be written to {directory}: {error}") from None


def push_space(
    space: Upload,
    repository: str,
    *,
    private: bool = False,
    hardware: str = HARDWARE,
    variables: Mapping[str, str] | None = None,
) -> str:
    """Send a Space to the Hub as one commit; it is made if need be. What it no longer needs is removed.

    Args:
        space: what `prepare_space` gave.
        repository: OWNER/NAME.
        private: whether only its owner sees a Space that is made.
        hardware: what a Space that is made runs on, as the Hub calls it.
        variables: the Space's environment, such as S2S_MODELS.

    Returns:
        The address of the Space.

    Raises:
        HubError: not logged in, not allowed, or the Hub refused; the message says which.
    """
    name, hub = HubName(repository), HfApi()
    if hardware not in list(SpaceHardware):
        raise HubError(f"{hardware!r} is no hardware of the Hub: expected one of {', '.join(SpaceHardware)}")
    with explained(name):
        if get_token() is None:
            raise LocalTokenNotFoundError
        address = hub.create_repo(
            repository,
            repo_type="space",
            space_sdk="gradio",
            space_hardware=SpaceHardware(hardware),
            private=private or None,
            exist_ok=True,
        )
        found = hub.space_info(repository)
        if private and not found.private:
            raise HubError(f"the Space {repository} is there already, for all to see: make it private on the Hub first")
        there = [file.rfilename for file in found.siblings or []]
        stale = [file for file in there if file.startswith(OURS) and file not in space.contents]
        for key, value in (variables or {}).items():
            hub.add_space_variable(repository, key, value)
        operations = additions(space) + [CommitOperationDelete(path_in_repo=file) for file in stale]
        hub.create_commit(repository, operations, commit_message=space.name, repo_type="space")
    return str(address)


def modules_of(path: Path, root: Path) -> set[Path]:
    """The files of the package that a file needs: itself, what it imports, what that imports, and so on."""
    found, waiting = set[Path](), [path]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting.extend(_imported(path, root))
    return found


def data_of(modules: Iterable[Path], root: Path) -> set[Path]:
    """What lies beside modules of the package and is read by them: no Python."""
    folders = {path.parent for path in modules} - {root}
    files = (path for folder in folders for path in folder.iterdir() if path.is_file())
    return {path for path in files if path.suffix not in (".py", ".pyc", ".typed")}


def _imported(path: Path, root: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            parts = name.split(".")
            for length in range(1, len(parts) + 1):
                place = root.joinpath(*parts[:length])
                yield from (file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file())


def _requirements(text: str) -> str:
    pinned, found = re.subn(r"(?m)^torch\b.*$", TORCH, text)
    if found != 1:
        raise HubError(f"{REQUIREMENTS} must name torch on one line, found {found}")
    return pinned


def _card(root: Path, described: Mapping[str, Description], models: Sequence[HubName], title: str | None) -> str:
    head = read_metadata((root / CARD).read_text(encoding="utf-8"))
    head |= {"title": title or head["title"]} | ({"models": [name.repository for name in models]} if models else {})
    rows = [
        f"| `{name}` | {each.description or each.name} | {each.licence} | {each.attribution} |"
        for name, each in described.items()
    ]
    return (
        f"---\n{yaml.safe_dump(head, sort_keys=False, allow_unicode=True)}---\n\n# {head['title']}\n\n"
        "Type a sentence, watch a small recurrent encoder–decoder translate it, and see which source words it looked "
        "at for each word it wrote.\n\n| model in this Space | what it does | licence of its data | source |\n"
        "| --- | --- | --- | --- |\n" + "\n".join(rows) + "\n"
    )
