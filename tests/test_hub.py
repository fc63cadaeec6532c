"""Pulling: only whole, sound checkpoints arrive; every fault is named; what is here is not asked for."""

import json
import re
import shutil
from contextlib import nullcontext
from pathlib import Path

import pytest
from huggingface_hub import constants

from s2s.checkpoint import SUMMED, load_checkpoint
from s2s.errors import HubError, UnreachableError
from s2s.hub import fetch, parse_name, pull
from s2s.hub.cache import cache_directory
from s2s.manifest import write_manifest
from tests.commands import refused
from tests.hub_double import TOKEN, corrupt, cut, elsewhere, longer, shorter, stall, status
from tests.processes import start, wait_until

NAME = "ada/tiny"
FILES = ["SHA256SUMS", "config.json", "text.spm", "README.md", "model.safetensors"]
LARGE = "model.safetensors"


def contents(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


@pytest.fixture
def offered(hub, tiny_checkpoint):
    """The repository of a sound checkpoint."""
    return hub.offer(NAME, tiny_checkpoint)


def changed(folder, tmp_path, **values):
    """A copy of a checkpoint with other values in its config, and right checksums."""
    copy = shutil.copytree(folder, tmp_path / "changed")
    config = json.loads((copy / "config.json").read_text(encoding="utf-8"))
    (copy / "config.json").write_text(json.dumps(config | values), encoding="utf-8")
    write_manifest(copy, SUMMED)
    return copy


def test_a_checkpoint_arrives_byte_by_byte_in_six_requests_pinned_to_one_commit(
    hub, offered, tiny_checkpoint, tmp_path
):
    commit = pull(NAME, tmp_path / "new")
    assert contents(tmp_path / "new") == contents(tiny_checkpoint)
    assert load_checkpoint(tmp_path / "new")
    assert commit == offered.branches["main"]
    assert hub.requests[0] == f"GET /api/models/{NAME}/revision/main"
    assert hub.requests[1:] == [f"GET /{NAME}/resolve/{commit}/{file}" for file in FILES]


def test_only_the_needed_files_are_fetched(hub, tiny_checkpoint):
    hub.offer(NAME, tiny_checkpoint, **{"pytorch_model.bin": b"pickle", "train.py": b"import os"})
    assert sorted(path.name for path in fetch(NAME).iterdir()) == sorted(FILES)


def test_a_card_may_be_missing_or_written_anew(hub, tiny_checkpoint, tmp_path):
    hub.offer(NAME, tiny_checkpoint, **{"README.md": None})
    pull(NAME, tmp_path / "bare")
    hub.offer(NAME, tiny_checkpoint, **{"README.md": b"# Another\n"})
    pull(NAME, tmp_path / "other")
    assert not (tmp_path / "bare" / "README.md").exists()
    assert (tmp_path / "other" / "README.md").read_bytes() == b"# Another\n"


@pytest.mark.parametrize("name", [NAME, f"{NAME}@main", f"{NAME}@{{commit}}"])
def test_what_is_in_the_cache_needs_no_request(hub, offered, name):
    name = name.format(commit=offered.branches["main"])
    folder = fetch(name)
    hub.requests.clear()
    assert fetch(name) == folder
    hub.stop()
    assert fetch(name) == folder
    assert hub.requests == []


def test_a_commit_that_came_under_its_branch_needs_no_request(hub, offered):
    folder = fetch(NAME)
    hub.requests.clear()
    assert fetch(f"{NAME}@{offered.branches['main']}") == folder
    assert hub.requests == []


def test_pull_asks_where_a_branch_stands_and_fetches_what_is_new(hub, offered, tiny_checkpoint, tmp_path):
    pull(NAME, tmp_path / "old")
    hub.requests.clear()
    pull(NAME, tmp_path / "same")
    assert len(hub.requests) == 1
    moved = hub.offer(NAME, changed(tiny_checkpoint, tmp_path, name="moved")).branches["main"]
    assert fetch(NAME).name != moved
    assert pull(NAME, tmp_path / "moved") == moved
    assert fetch(NAME).name == moved
    assert load_checkpoint(tmp_path / "moved").description.name == "moved"


def test_pull_uses_the_cache_where_the_hub_does_not_answer_and_says_so(hub, offered, tmp_path, caplog):
    pull(NAME, tmp_path / "first")
    hub.faults["/revision/main"] = [status(503)]
    pull(NAME, tmp_path / "second")
    hub.stop()
    pull(NAME, tmp_path / "third")
    assert contents(tmp_path / "first") == contents(tmp_path / "second") == contents(tmp_path / "third")
    assert [f"{NAME} as it was fetched before is used" in record.getMessage() for record in caplog.records] == [
        True
    ] * 2


def test_a_branch_that_moves_between_two_files_gives_the_commit_that_was_listed(
    hub, offered, tiny_checkpoint, tmp_path
):
    first, other = offered.branches["main"], changed(tiny_checkpoint, tmp_path, name="moved")

    def move(here, total):
        if offered.branches["main"] == first:
            hub.offer(NAME, other)

    folder = fetch(NAME, progress=move)
    assert folder.name == first
    assert contents(folder) == contents(tiny_checkpoint)


def test_a_damaged_cache_is_fetched_again(hub, offered, tiny_checkpoint):
    folder = fetch(NAME)
    (folder / "text.spm").write_bytes(b"damage")
    assert contents(fetch(NAME)) == contents(tiny_checkpoint)


def test_tags_and_branches_with_a_slash_are_found(hub, offered, tiny_checkpoint):
    offered.commit(contents(tiny_checkpoint), "feature/x")
    assert fetch(f"{NAME}@feature/x").name == offered.branches["feature/x"]


@pytest.mark.parametrize(("faults", "asked"), [([cut(), cut()], 3), ([status(503), cut()], 3), ([cut(0), cut(0)], 3)])
def test_a_broken_download_goes_on_where_it_ended(hub, offered, tiny_checkpoint, faults, asked):
    hub.faults[LARGE] = list(faults)
    assert contents(fetch(NAME)) == contents(tiny_checkpoint)
    assert hub.downloads().count(LARGE) == asked


def test_a_stalled_download_goes_on_where_it_ended(hub, offered, tiny_checkpoint, impatient):
    hub.faults[LARGE] = [stall()]
    with impatient(1):
        assert contents(fetch(NAME)) == contents(tiny_checkpoint)
    assert hub.downloads().count(LARGE) >= 2


def test_an_interrupted_download_leaves_nothing_that_loads_and_goes_on_later(hub, offered, tiny_checkpoint, tmp_path):
    hub.faults[LARGE] = [cut(0.5)]

    def interrupt(here, total):
        if LARGE in hub.downloads() and here > total / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(NAME, tmp_path / "new", progress=interrupt)
    assert list(tmp_path.glob("*new*")) == []
    assert [path.name for path in cache_directory().glob("*/[!.]*")] == []
    hub.requests.clear()
    seen = []
    pull(NAME, tmp_path / "new", progress=lambda here, total: seen.append((here, total)))
    assert hub.downloads() == [LARGE]
    assert contents(tmp_path / "new") == contents(tiny_checkpoint)
    assert seen == sorted(seen)
    assert seen[-1] == (seen[0][1],) * 2


def test_progress_begins_at_nothing_and_ends_with_all(offered, tiny_checkpoint):
    seen = []
    fetch(NAME, progress=lambda *numbers: seen.append(numbers))
    total = sum(map(len, contents(tiny_checkpoint).values()))
    assert seen[0] == (0, total)
    assert seen[-1] == (total, total)


FAULTS = {
    "stalled": ([stall(0)] * 9, UnreachableError, "stopped answering for ada/tiny"),
    "cut": ([cut(0)] * 9, UnreachableError, "cannot be reached for ada/tiny"),
    "503": ([status(503)] * 9, UnreachableError, r"out of order \(503\)"),
    "429": ([status(429)], HubError, r"too many requests from here \(429\)"),
    "403": ([status(403)], HubError, r"your account may not do this with ada/tiny \(403\)"),
    "404": ([status(404)], HubError, r"\(404\)"),
    "416": ([status(416)], HubError, r"\(416\)"),
    "changed": ([corrupt], HubError, r"what came as ada/tiny cannot be used: {file} is damaged: its sha256 is"),
    "longer": ([longer], HubError, "{file} has more than the [0-9,]+ bytes that the Hub lists"),
    "shorter": ([shorter], HubError, "{file} ended after [0-9,]+ bytes, and the Hub lists"),
}


@pytest.mark.parametrize("file", [LARGE, "text.spm"])
@pytest.mark.parametrize(("faults", "kind", "said"), FAULTS.values(), ids=FAULTS)
def test_a_fault_of_a_file_is_named_leaves_nothing_and_does_not_stay(
    hub, offered, tiny_checkpoint, tmp_path, impatient, file, faults, kind, said
):
    hub.faults[file] = list(faults)
    patience = impatient() if "stopped answering" in said else nullcontext()
    with patience, pytest.raises(kind, match=said.replace("{file}", re.escape(file))):
        pull(NAME, tmp_path / "new")
    assert not (tmp_path / "new").exists()
    assert [path for path in cache_directory().glob("*/[!.]*") if path.is_dir()] == []
    hub.faults.clear()
    pull(NAME, tmp_path / "new")
    assert contents(tmp_path / "new") == contents(tiny_checkpoint)


@pytest.mark.parametrize("file", ["SHA256SUMS", "config.json"])
def test_a_changed_byte_is_found_in_the_small_files_too(hub, offered, file):
    hub.faults[file] = [corrupt]
    with pytest.raises(HubError, match=f"what came as ada/tiny cannot be used: {file} is damaged"):
        fetch(NAME)


LISTING_FAULTS = {
    "stalled": (stall(), UnreachableError, "stopped answering .*; and ada/tiny is not in the cache"),
    "500": (status(500), UnreachableError, r"out of order \(500\)"),
    "429": (status(429), HubError, "too many requests"),
    "a log-in page": (lambda handler, _: handler.answer(b"<html>"), HubError, "does not speak as the Hub does"),
    "no commit": (lambda handler, _: handler.answer({"id": NAME}), HubError, "does not speak as the Hub does"),
    "an outward path": (
        lambda handler, _: handler.answer({"id": NAME, "sha": "../../x", "siblings": []}),
        HubError,
        "does not speak as the Hub does",
    ),
}


@pytest.mark.parametrize(("fault", "kind", "said"), LISTING_FAULTS.values(), ids=LISTING_FAULTS)
def test_a_fault_of_the_hub_is_named(hub, offered, impatient, fault, kind, said):
    hub.faults["/revision/main"] = [fault]
    patience = impatient() if "stopped answering" in said else nullcontext()
    with patience, pytest.raises(kind, match=said):
        fetch(NAME)


def test_a_missing_repository_is_named_and_logging_in_is_offered_to_a_stranger(hub, logged_in):
    with pytest.raises(HubError, match=r"the Hub has no model ada/none: .* with your account; ask its owner"):
        fetch("ada/none")
    logged_in.unlink()
    with pytest.raises(HubError, match=r"the Hub has no model ada/none: .* without an account; log in with `hf auth"):
        fetch("ada/none")


def test_a_private_repository_is_only_for_its_owner(hub, offered, logged_in):
    offered.private = True
    assert fetch(NAME)
    shutil.rmtree(cache_directory())
    logged_in.unlink()
    with pytest.raises(HubError, match="it is private and not seen without an account"):
        fetch(NAME)


def test_a_repository_that_went_private_is_not_taken_from_the_cache_by_pull(hub, offered, tmp_path):
    pull(NAME, tmp_path / "before")
    offered.private = True
    with pytest.raises(HubError, match="the Hub has no model ada/tiny"):
        pull(NAME, tmp_path / "after")


def test_a_gated_repository_says_where_to_accept(hub, offered):
    offered.gated = True
    with pytest.raises(HubError, match=f"ada/tiny is given out on conditions: accept them at {hub.url}/ada/tiny"):
        fetch(NAME)


@pytest.mark.parametrize("revision", ["nowhere", "0" * 40])
def test_a_missing_revision_is_named(hub, offered, revision):
    with pytest.raises(HubError, match=f"ada/tiny has no revision {revision}: .*/ada/tiny/tree/main lists"):
        fetch(f"{NAME}@{revision}")


@pytest.mark.parametrize("file", [name for name in FILES if name != "README.md"])
def test_a_missing_file_is_named_before_anything_is_fetched(hub, tiny_checkpoint, file):
    hub.offer(NAME, tiny_checkpoint, **{file: None})
    with pytest.raises(HubError, match=rf"ada/tiny is no checkpoint of this program: it lacks {file} \(found: "):
        fetch(NAME)
    assert hub.downloads() == []


def test_the_hub_switched_off_or_forbidden_is_named(hub, offered, monkeypatch):
    hub.stop()
    with pytest.raises(UnreachableError, match=f"{hub.url} cannot be reached for {NAME} .*is not in the cache"):
        fetch(NAME)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(UnreachableError, match=r"HF_HUB_OFFLINE forbids .*is not in the cache"):
        fetch(NAME)


def test_a_newer_format_is_named_before_the_weights_are_fetched(hub, tiny_checkpoint, tmp_path):
    hub.offer(NAME, changed(tiny_checkpoint, tmp_path, format_version=2))
    with pytest.raises(HubError, match=r"config.json has format_version 2, this program reads 1"):
        fetch(NAME)
    assert LARGE not in hub.downloads()


def test_a_config_of_another_program_is_named(hub, tiny_checkpoint):
    hub.offer(NAME, tiny_checkpoint, **{"config.json": b'{"architectures": ["BertModel"]}'})
    with pytest.raises(
        HubError, match=r"what came as ada/tiny cannot be used: config.json was not made by this program: it has no f"
    ):
        fetch(NAME)
    assert LARGE not in hub.downloads()


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_too_large_is_not_fetched(hub, offered, monkeypatch, file):
    monkeypatch.setitem(fetch.__globals__["LIMITS"], file, 1)
    with pytest.raises(HubError, match=f"{file} of ada/tiny has .* MB, and at most 0 MB are fetched"):
        fetch(NAME)
    assert hub.downloads() == []


def test_a_disk_without_room_is_named_before_and_while_it_is_written(
    hub, offered, tiny_checkpoint, full_disk, monkeypatch
):
    with full_disk(20_000), pytest.raises(HubError, match=f"the disk is full: free some space for {NAME}"):
        fetch(NAME)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100, 99, 1))
        with pytest.raises(HubError, match="the disk is full: ada/tiny needs"):
            fetch(NAME)
    assert contents(fetch(NAME)) == contents(tiny_checkpoint)


def test_a_folder_that_cannot_be_made_is_named(hub, offered, tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(HubError, match="ada/tiny cannot be written to the disk"):
        pull(NAME, tmp_path / "file" / "new")


def test_a_folder_that_holds_something_is_left_alone(hub, offered, tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(HubError, match="is there already: name a new folder"):
        pull(NAME, tmp_path)
    assert hub.requests == []
    (tmp_path / "empty").mkdir()
    assert pull(NAME, tmp_path / "empty")


@pytest.mark.parametrize("text", ["tiny", "a/b/c", "../x", "ada/..", "ada/", "/ada", "a da/x", "ada/x--y", "", "@main"])
def test_what_is_no_name_is_refused(text):
    with pytest.raises(HubError, match="is no name on the Hub: expected OWNER/NAME"):
        parse_name(text)


@pytest.mark.parametrize("revision", ["", "..", "-x", "a b", "x" * 300, "a@b"])
def test_what_is_no_revision_is_refused(revision):
    with pytest.raises(HubError, match="is no revision: expected a branch, a tag or a commit"):
        parse_name(f"{NAME}@{revision}")


def test_a_file_may_lie_on_another_host_and_that_one_does_not_see_the_token(hub, offered, logged_in, tiny_checkpoint):
    hub.faults[LARGE] = [elsewhere]
    assert contents(fetch(NAME)) == contents(tiny_checkpoint)
    (headers,) = hub.told_elsewhere
    assert TOKEN not in repr(headers)


def test_the_command_says_where_the_checkpoint_is_and_which_commit(hub, offered, run, tmp_path):
    code, output, said = run("pull", NAME, tmp_path / "new")
    assert (code, output, said) == (0, f"{tmp_path / 'new'}\t{offered.branches['main']}\n", "")


def test_the_command_refuses_in_one_line(hub, run, tmp_path):
    assert "the Hub has no model ada/none" in refused(run("pull", "ada/none", tmp_path / "new"))
    assert "is no name on the Hub" in refused(run("pull", "none", tmp_path / "new"))


def test_a_killed_process_leaves_nothing_that_loads_and_the_next_one_ends_the_work(
    hub, offered, tiny_checkpoint, run, tmp_path, monkeypatch
):
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("HF_HOME", constants.HF_HOME)
    hub.faults[LARGE] = [stall()]
    with start("pull", NAME, tmp_path / "new") as process:
        wait_until(lambda: LARGE in hub.downloads(), process)
        process.kill()
    assert not (tmp_path / "new").exists()
    assert [path for path in cache_directory().glob("*/[!.]*") if path.is_dir()] == []
    hub.requests.clear()
    code, _, said = run("pull", NAME, tmp_path / "new")
    assert (code, hub.downloads()) == (0, [LARGE]), said
    assert contents(tmp_path / "new") == contents(tiny_checkpoint)
