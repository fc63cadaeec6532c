"""A model is named in one way everywhere: a folder, which wins, or OWNER/NAME[@REVISION] on the Hub."""

import ast
import io
import json
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from s2s.checkpoint import SUMMED
from s2s.cli import loading
from s2s.errors import CheckpointError, HubError, UnreachableError
from s2s.manifest import write_manifest
from s2s.models import is_hub_name
from s2s.translator import Translator
from tests.commands import refused
from tests.hub_double import stall
from tests.test_layers import PACKAGE

NAME = "ada/tiny"
TEXT = "A dog runs."


@pytest.fixture
def offered(hub, tiny_checkpoint):
    """The repository of a sound checkpoint."""
    return hub.offer(NAME, tiny_checkpoint)


def load(name, **options):
    return Translator.from_pretrained(name, device="cpu", engine="torch", **options)


def renamed(folder, copy, name):
    """A copy of a checkpoint that calls itself `name`, with right checksums."""
    shutil.copytree(folder, copy)
    config = json.loads((copy / "config.json").read_text(encoding="utf-8"))
    (copy / "config.json").write_text(json.dumps(config | {"name": name}), encoding="utf-8")
    write_manifest(copy, SUMMED)
    return copy


def test_a_model_of_the_hub_translates_as_its_folder_does_and_needs_no_second_request(hub, offered, tiny_checkpoint):
    expected = Translator.load(tiny_checkpoint, "cpu", "torch").translate(TEXT)
    assert load(NAME).translate(TEXT) == expected
    assert len(hub.requests) == 6
    hub.stop()
    hub.requests.clear()
    assert load(NAME).translate(TEXT) == expected
    assert hub.requests == []


def test_a_revision_may_be_named_in_both_ways(hub, offered, tiny_checkpoint, tmp_path):
    hub.offer(NAME, renamed(tiny_checkpoint, tmp_path / "other", "other"))
    first = next(iter(offered.commits))
    assert load(f"{NAME}@{first}").description.name == load(NAME, revision=first).description.name == "tiny"
    assert load(NAME).description.name == "other"
    with pytest.raises(HubError, match="is no revision"):
        load(f"{NAME}@main", revision=first)


def test_a_folder_wins_unless_a_revision_is_given(hub, offered, tiny_checkpoint, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    renamed(tiny_checkpoint, Path(NAME), "mine")
    assert load(NAME).description.name == "mine"
    assert hub.requests == []
    assert load(NAME, revision="main").description.name == "tiny"


def test_what_is_neither_is_named_as_both(hub):
    with pytest.raises(HubError, match="there is no folder ada/none, and the Hub has no model ada/none"):
        load("ada/none")
    hub.stop()
    with pytest.raises(UnreachableError, match=r"there is no folder ada/other, and the Hub at .* cannot be reached"):
        load("ada/other")


@pytest.mark.parametrize("name", ["tiny", "./ada/tiny", "../tiny", "/ada/tiny", "a/b/c", "models/ada/", ""])
def test_what_can_only_be_a_folder_asks_nobody(hub, name):
    assert not is_hub_name(name)
    with pytest.raises(CheckpointError, match=r"there is no model folder|is no checkpoint"):
        load(name)
    assert hub.requests == []


@pytest.mark.parametrize("name", ["ada/tiny", "Ada-1/tiny.v2_x", "ada/tiny@v1.0", "ada/tiny@feature/x"])
def test_what_may_be_a_model_of_the_hub(name):
    assert is_hub_name(name)


def test_what_has_come_is_told(hub, offered):
    seen = []
    load(NAME, progress=lambda here, total: seen.append((here, total)))
    assert seen[0][0] == 0
    assert seen[-1][0] == seen[-1][1]


@pytest.fixture
def lines(tmp_path):
    """A file of one line."""
    path = tmp_path / "lines.txt"
    path.write_text(f"{TEXT}\n", encoding="utf-8")
    return path


def test_every_verb_that_takes_a_model_takes_one_of_the_hub(hub, offered, run, lines, tmp_path):
    verbs = {
        "translate": [],
        "evaluate": ["--source", lines, "--reference", lines],
        "plot": ["--text", TEXT, "--output", tmp_path / "figure.html"],
        "align": ["--source", lines, "--target", lines, "--words"],
        "benchmark": ["--engine", "torch"],
    }
    for verb, arguments in verbs.items():
        code, output, said = run(verb, "--model", f"{NAME}@main", *arguments, stdin=f"{TEXT}\n")
        assert (code, said) == (0, ""), verb
        assert output
    assert len(hub.requests) == 6


def test_on_a_terminal_a_bar_shows_what_comes_and_a_folder_has_none(hub, offered, tiny_checkpoint, monkeypatch):
    screen = io.StringIO()
    monkeypatch.setattr(loading, "console", Console(file=screen, force_terminal=True, width=100))
    loading.load_translator(str(tiny_checkpoint), "cpu", "torch")
    assert "tiny" not in screen.getvalue()
    loading.load_translator(NAME, "cpu", "torch")
    assert NAME in screen.getvalue()


def test_a_command_refuses_in_one_line(hub, run, impatient):
    assert "there is no folder ada/none, and the Hub has no model" in refused(run("translate", "--model", "ada/none"))
    hub.faults["/revision/main"] = [stall()]
    with impatient():
        told = refused(run("translate", "--model", "ada/slow"))
    assert "stopped answering for ada/slow" in told


def test_a_folder_is_loaded_without_the_hubs_client():
    """What the command line imports when it starts, followed through the package, has no `s2s.hub` in it."""
    found, waiting = set(), ["s2s.cli"]
    while waiting:
        name = waiting.pop()
        place = PACKAGE.parent.joinpath(*name.split("."))
        files = [path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()]
        if name in found or not files:
            continue
        found.add(name)
        for node in ast.parse(files[0].read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom) and node.module:
                waiting += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            if isinstance(node, ast.Import):
                waiting += [alias.name for alias in node.names]
    assert "s2s.translator" in found
    assert not [name for name in found if name.startswith("s2s.hub")]
