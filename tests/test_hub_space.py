"""A Space: exactly the files that the page runs on, sent as one commit; the folder runs by itself."""

import re

import pytest
import yaml

from s2s.chapter import chapter_files
from s2s.errors import CheckpointError, HubError
from s2s.hub import prepare_space, push_space, write_space
from s2s.hub.space import ROOT, TORCH, modules_of
from s2s.models import EMBEDDED
from tests.commands import refused
from tests.hub_double import TOKEN, status

NAME = "ada/seen"
PAGE = f"spaces/{NAME}"
TINY = EMBEDDED / "reverse-tiny"


@pytest.fixture(scope="module")
def space():
    return prepare_space([TINY], ["ada/en-fr", "ada/fr-en@next"])


def front(content):
    return yaml.safe_load(content.decode().split("---\n")[1])


def sent(hub):
    repository = hub.repositories[PAGE]
    return repository.commits[repository.branches["main"]]


def test_it_holds_what_the_page_needs_and_nothing_else(space):
    names = set(space.contents)
    assert {
        "README.md",
        "app.py",
        "requirements.txt",
        "LICENSE",
        "s2s/page/launch.py",
        "s2s/translator.py",
        "s2s/inside/gold-en-fr.tsv",
    } <= names
    assert {f"checkpoints/reverse-tiny/{path.name}" for path in TINY.iterdir()} <= names
    assets = {path.relative_to(ROOT).as_posix() for path in (ROOT / "s2s/page/assets").rglob("*.*")}
    assert assets <= names
    chapter = {path.relative_to(ROOT).as_posix() for path in chapter_files()}
    assert {"docs/seq2seq.md", "docs/seq2seq.zh.md", "docs/exposure.png"} <= chapter
    assert {name for name in names if name.startswith("docs/")} == chapter
    assert not [name for name in names if re.match(r"s2s/(cli|benchmark)|tests|\.", name)]
    assert not [name for name in names if "__pycache__" in name]


def test_its_header_is_what_the_hub_wants(space):
    head = front(space.contents["README.md"])
    assert {key: head[key] for key in ("sdk", "app_file", "license", "sdk_version", "python_version")} == {
        "sdk": "gradio",
        "app_file": "app.py",
        "license": "apache-2.0",
        "sdk_version": "6.31.0",
        "python_version": "3.12.12",
    }
    assert head["models"] == ["ada/en-fr", "ada/fr-en"]
    assert len(head["short_description"]) <= 60
    assert "| `reverse-tiny` | Spells a word" in space.contents["README.md"].decode()


def test_torch_is_the_one_that_zerogpu_lists_and_the_rest_stays(space):
    ours, theirs = (
        (ROOT / "requirements.txt").read_text(encoding="utf-8"),
        space.contents["requirements.txt"].decode(),
    )
    changed = [pair for pair in zip(ours.splitlines(), theirs.splitlines(), strict=True) if pair[0] != pair[1]]
    assert changed == [("torch>=2.8,<2.14", TORCH)]
    assert re.fullmatch(r"torch==2\.\d+\.\d+", TORCH)


def test_what_a_file_needs_is_followed_through_the_package():
    needed = {path.relative_to(ROOT).as_posix() for path in modules_of(ROOT / "s2s/files.py", ROOT)}
    assert needed == {"s2s/files.py"}
    assert "s2s/engine/runtime.py" in {path.relative_to(ROOT).as_posix() for path in modules_of(ROOT / "app.py", ROOT)}


def test_it_goes_up_as_one_commit(hub, logged_in, space):
    assert push_space(space, NAME) == f"{hub.url}/spaces/{NAME}"
    repository = hub.repositories[PAGE]
    assert repository.messages == ["", "Seq2Seq, seen"]
    made = repository.made_with
    assert (made["type"], made["sdk"], made["hardware"]) == ("space", "gradio", "zero-a10g")
    there = sent(hub)
    for file, content in space.contents.items():
        assert there[file] == (content if isinstance(content, bytes) else content.read_bytes()), file
    assert there.keys() - space.contents.keys() == {".gitattributes"}
    assert repository.variables == {}


def test_a_second_push_removes_what_is_no_longer_needed_and_leaves_the_rest(hub, logged_in, space):
    push_space(space, NAME)
    repository = hub.repositories[PAGE]
    extra = {"checkpoints/old/config.json": b"{}", "s2s/old.py": b"", "notes.md": b"mine"}
    repository.commit(sent(hub) | extra)
    push_space(space, NAME, variables={"S2S_MODELS": "ada/en-fr"})
    assert sent(hub).keys() - space.contents.keys() == {".gitattributes", "notes.md"}
    assert repository.variables == {"S2S_MODELS": "ada/en-fr"}


def test_a_private_space_is_made_private_and_a_public_one_is_not_taken_for_it(hub, logged_in, space):
    push_space(space, NAME, private=True, hardware="cpu-basic")
    assert hub.repositories[PAGE].private
    assert hub.repositories[PAGE].made_with["hardware"] == "cpu-basic"
    hub.repositories[PAGE].private = False
    with pytest.raises(HubError, match=f"the Space {NAME} is there already, for all to see"):
        push_space(space, NAME, private=True)
    assert len(hub.repositories[PAGE].messages) == 2


def test_hardware_that_the_hub_does_not_have_is_named(hub, logged_in, space):
    with pytest.raises(HubError, match="'abacus' is no hardware of the Hub: expected one of cpu-basic, "):
        push_space(space, NAME, hardware="abacus")
    assert hub.requests == []


def test_what_the_hub_refuses_is_named_and_leaves_no_commit(hub, space, logged_in):
    hub.faults["objects"] = [status(403)] * 9
    with pytest.raises(HubError, match=rf"your account may not do this with {NAME} \(403\)"):
        push_space(space, NAME)
    assert len(hub.repositories[PAGE].messages) == 1
    hub.may_write = False
    with pytest.raises(HubError, match=r"\(403\)"):
        push_space(space, NAME)
    logged_in.unlink()
    with pytest.raises(HubError, match="you are not logged in to the Hub"):
        push_space(space, NAME)
    hub.stop()


@pytest.mark.parametrize("checkpoints", [[], [TINY, TINY]])
def test_checkpoints_need_names_of_their_own(checkpoints):
    with pytest.raises(HubError, match="a Space needs one checkpoint or more, each with a name of its own"):
        prepare_space(checkpoints)


def test_a_damaged_checkpoint_does_not_go_up(tmp_path):
    with pytest.raises(CheckpointError, match="is no checkpoint"):
        prepare_space([tmp_path])


def test_without_the_whole_repository_it_says_what_is_missing(tmp_path):
    with pytest.raises(HubError, match=f"{tmp_path} lacks app.py, requirements.txt, LICENSE, README.md: run this in"):
        prepare_space([TINY], root=tmp_path)


def test_a_folder_that_holds_something_is_left_alone(space, tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(HubError, match="is there already: name a new folder"):
        write_space(space, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_that_cannot_be_written_leaves_nothing(space, tmp_path, full_disk):
    with full_disk(20_000), pytest.raises(HubError, match=f"the Space cannot be written to {tmp_path / 'new'}"):
        write_space(space, tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_shows_every_file_with_its_size_and_asks_nobody(hub, run):
    code, output, said = run("push-space", NAME, "--checkpoint", TINY, "--title", "Words", "--dry-run")
    assert (code, said, hub.requests) == (0, "", [])
    rows = dict(line.split("\t") for line in output.splitlines() if "\t" in line)
    assert rows["checkpoints/reverse-tiny/model.safetensors"] == str((TINY / "model.safetensors").stat().st_size)
    assert rows["app.py"] == str((ROOT / "app.py").stat().st_size)
    assert "title: Words" in output.splitlines()


def test_the_command_pushes_with_its_options(hub, logged_in, run):
    arguments = ["--checkpoint", TINY, "--model", "ada/en-fr", "--model", "ada/fr-en@next", "--private"]
    code, output, _ = run("push-space", NAME, *arguments)
    assert (code, output) == (0, f"{hub.url}/spaces/{NAME}\n")
    assert hub.repositories[PAGE].private
    assert hub.repositories[PAGE].variables == {"S2S_MODELS": "ada/en-fr,ada/fr-en@next"}
    assert TOKEN not in output


def test_the_command_refuses_in_one_line(hub, run, tmp_path):
    assert "is no name on the Hub" in refused(run("push-space", "seen", "--dry-run"))
    assert "is no name on the Hub" in refused(
        run("push-space", NAME, "--checkpoint", TINY, "--model", "x", "--dry-run")
    )
    assert "there is no model folder" in refused(run("push-space", NAME, "--checkpoint", tmp_path / "no", "--dry-run"))
