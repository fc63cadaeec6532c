"""Pushing: only sound checkpoints go up, as one commit, with a card that the Hub can read."""

import json
import shutil
from pathlib import Path

import pytest
import yaml
from huggingface_hub import HfApi, ModelCard

from s2s.checkpoint import load_checkpoint, read_description, save_checkpoint
from s2s.errors import CheckpointError, HubError
from s2s.hub import complete_card, prepare_upload, pull, push
from s2s.models import EMBEDDED
from tests.commands import refused
from tests.hub_double import TOKEN, status
from tests.tiny import tiny_model

NAME = "ada/tiny"
CARD = "---\nlicense: cc0-1.0\n---\n\n# Tiny\n"


def contents(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def front(card):
    return yaml.safe_load(card.split("---\n")[1])


@pytest.fixture
def folder(tiny_checkpoint, tmp_path):
    """A checkpoint with a card that has a licence."""
    copy = shutil.copytree(tiny_checkpoint, tmp_path / "tiny")
    (copy / "README.md").write_text(CARD, encoding="utf-8")
    return copy


def test_what_was_pushed_is_pulled_byte_by_byte(hub, logged_in, tmp_path):
    for name in ("en-fr", "reverse-tiny"):
        push(prepare_upload(EMBEDDED / name), f"ada/{name}")
        pull(f"ada/{name}", tmp_path / name)
        assert contents(tmp_path / name) == contents(EMBEDDED / name)


def test_shared_pieces_go_up_with_each_checkpoint(hub, logged_in, tmp_path, letter_pieces, description):
    folder = tmp_path / "shelf" / "one"
    save_checkpoint(folder, tiny_model(vocabulary_size=30), letter_pieces, description, CARD, share_pieces=True)
    push(prepare_upload(folder), NAME)
    pull(NAME, tmp_path / "pulled")
    assert load_checkpoint(tmp_path / "pulled").pieces == load_checkpoint(folder).pieces
    assert (tmp_path / "pulled" / "text.spm").read_bytes() == letter_pieces.read_bytes()
    assert contents(tmp_path / "pulled")["model.safetensors"] == contents(folder)["model.safetensors"]


def test_all_files_go_up_in_one_commit_and_its_address_comes_back(hub, logged_in, folder):
    address = push(prepare_upload(folder), NAME)
    repository = hub.repositories[NAME]
    assert address == f"{hub.url}/{NAME}/commit/{repository.branches['main']}"
    assert repository.messages == ["", "Checkpoint tiny"]
    assert not repository.private
    sent = repository.commits[repository.branches["main"]]
    assert sent.keys() == contents(folder).keys() | {".gitattributes"}
    assert all(sent[file] == content for file, content in contents(folder).items() if file != "README.md")
    assert sum(request.endswith("/commit/main") for request in hub.requests) == 1
    assert (folder / "README.md").read_text(encoding="utf-8") == CARD


def test_a_second_push_is_a_second_commit_of_the_same_repository(hub, logged_in, folder):
    push(prepare_upload(folder), NAME)
    (folder / "README.md").write_text(CARD + "More.\n", encoding="utf-8")
    push(prepare_upload(folder), NAME)
    assert len(hub.repositories[NAME].commits) == 3


def test_a_private_repository_is_made_private(hub, logged_in, folder, tmp_path):
    push(prepare_upload(folder), NAME, private=True)
    assert hub.repositories[NAME].private
    assert pull(NAME, tmp_path / "mine")


def test_what_should_be_private_does_not_go_to_a_public_repository(hub, logged_in, folder):
    push(prepare_upload(folder), NAME)
    with pytest.raises(HubError, match="ada/tiny is there already, for all to see"):
        push(prepare_upload(folder), NAME, private=True)
    assert len(hub.repositories[NAME].messages) == 2


def test_a_branch_is_made_and_main_stays(hub, logged_in, folder, tmp_path):
    push(prepare_upload(folder), NAME, branch="next/1")
    repository = hub.repositories[NAME]
    assert list(repository.commits[repository.branches["main"]]) == [".gitattributes"]
    assert pull(f"{NAME}@next/1", tmp_path / "next") == repository.branches["next/1"]


def test_who_is_not_logged_in_is_told_how(hub, folder):
    with pytest.raises(
        HubError, match="you are not logged in to the Hub: log in with `hf auth login`, or set HF_TOKEN"
    ):
        push(prepare_upload(folder), NAME)
    assert hub.requests == []


def test_a_token_that_the_hub_does_not_know_is_named(hub, logged_in, folder):
    logged_in.write_text("hf_old", encoding="utf-8")
    with pytest.raises(HubError, match=r"the Hub does not know your token \(401\)"):
        push(prepare_upload(folder), NAME)


def test_a_name_of_others_is_refused(hub, logged_in, folder):
    hub.may_write = False
    with pytest.raises(
        HubError, match=r"your account may not do this with ada/tiny \(403\): use a token that may write"
    ):
        push(prepare_upload(folder), NAME)


def test_a_hub_that_is_switched_off_is_named(hub, logged_in, folder):
    hub.stop()
    with pytest.raises(HubError, match=f"the Hub at {hub.url} cannot be reached for {NAME}"):
        push(prepare_upload(folder), NAME)


def test_a_large_file_that_does_not_arrive_leaves_no_commit(hub, logged_in, folder):
    hub.faults["objects"] = [status(403), status(403)]
    with pytest.raises(HubError, match=r"your account may not do this with ada/tiny \(403\)"):
        push(prepare_upload(folder), NAME)
    assert len(hub.repositories[NAME].commits) == 1


def test_a_transfer_that_breaks_off_in_the_clients_own_code_is_named(hub, logged_in, folder, monkeypatch):
    def breaks(*_, **__):
        raise RuntimeError("around it") from OSError("Network error")  # as hf_xet says it

    monkeypatch.setattr(HfApi, "create_commit", breaks)
    with pytest.raises(HubError, match="the transfer of ada/tiny broke off: Network error"):
        push(prepare_upload(folder), NAME)


@pytest.mark.parametrize("name", ["tiny", "a/b/c", "ada/x--y"])
def test_what_is_no_name_is_refused_before_anything_is_read(run, tmp_path, name):
    assert "is no name on the Hub" in refused(run("push", tmp_path, name, "--dry-run"))


def test_a_damaged_checkpoint_does_not_go_up(folder):
    (folder / "text.spm").write_bytes(b"damage")
    with pytest.raises(CheckpointError, match=r"text\.spm is damaged"):
        prepare_upload(folder)


@pytest.mark.parametrize(
    ("card", "said"),
    [
        (None, r"has no README\.md: write one"),
        ("# Tiny\n", r"names no licence: add a line such as `license: apache-2.0`"),
        ("---\nlicense: [\n---\n# Tiny\n", r"the metadata in front of README\.md is not as the Hub wants it"),
        ("---\n- 1\n---\n# Tiny\n", r"the metadata in front of README\.md is not as the Hub wants it"),
        ("---\nlicense: mit\nmodel-index: 3\n---\n", r"the metadata in front of README\.md is not as the Hub wants it"),
    ],
)
def test_a_card_that_will_not_do_is_named(folder, card, said):
    (folder / "README.md").unlink()
    if card is not None:
        (folder / "README.md").write_text(card, encoding="utf-8")
    with pytest.raises(HubError, match=said):
        prepare_upload(folder)


def test_a_card_gets_what_it_lacks_and_keeps_what_it_has():
    description = read_description(EMBEDDED / "en-fr")
    card = "---\nlicense: mit\ntags:\n- mine\n---\n\n# A model\n\n---\nText.\n"
    made = complete_card(card, description, {"license": "other", "widget": [{"text": "Hi"}]})
    found = front(made)
    assert (found["license"], found["tags"], found["widget"]) == ("mit", ["mine"], [{"text": "Hi"}])
    assert found["language"] == ["en", "fr"]
    assert (found["pipeline_tag"], found["library_name"]) == ("translation", "s2s-attention")
    assert found["metrics"] == ["bleu", "chrf"]
    assert made.endswith("\n---\n\n# A model\n\n---\nText.\n")
    assert complete_card(made, description) == made


def test_a_card_without_metadata_keeps_its_text_and_is_no_fault(monkeypatch):
    monkeypatch.setattr("huggingface_hub.repocard.logger.warning", pytest.fail)
    made = complete_card("# A model\n", read_description(EMBEDDED / "en-fr"))
    assert made.startswith("---\nlanguage:\n- en\n- fr\n")
    assert made.endswith("\n---\n\n# A model\n")


@pytest.mark.parametrize("name", ["en-fr", "reverse-tiny"])
def test_the_cards_of_the_embedded_checkpoints_are_complete_and_have_the_scores_of_their_config(name):
    card = (EMBEDDED / name / "README.md").read_text(encoding="utf-8")
    description = read_description(EMBEDDED / name)
    assert complete_card(card, description) == card
    found = {result.metric_name: result.metric_value for result in ModelCard(card).data.eval_results}
    scores = {
        score["name"]: round(score["value"], 2) for score in description.scores.values() if isinstance(score, dict)
    }
    assert found == scores
    assert len(ModelCard(card).data.widget) == 3


def test_languages_that_the_hub_does_not_know_are_left_out():
    assert "language" not in front(complete_card("", read_description(EMBEDDED / "reverse-tiny")))


def test_a_dry_run_shows_files_and_metadata_and_asks_nobody(hub, run, folder):
    code, output, said = run("push", folder, NAME, "--dry-run")
    assert (code, said, hub.requests) == (0, "", [])
    rows = dict(line.split("\t") for line in output.splitlines() if "\t" in line)
    sizes = {file: str(len(content)) for file, content in contents(folder).items() if file != "README.md"}
    assert {file: size for file, size in rows.items() if file != "README.md"} == sizes
    assert int(rows["README.md"]) > len(CARD)
    assert "license: cc0-1.0" in output.splitlines()
    assert "pipeline_tag: translation" in output.splitlines()


def test_the_command_pushes_with_its_options(hub, logged_in, run, folder):
    code, output, _ = run("push", folder, NAME, "--private", "--revision", "next")
    assert code == 0
    repository = hub.repositories[NAME]
    assert output == f"{hub.url}/{NAME}/commit/{repository.branches['next']}\n"
    assert repository.private
    assert TOKEN not in output


def test_the_command_refuses_in_one_line(hub, run, folder):
    assert "you are not logged in" in refused(run("push", folder, NAME))
    assert "there is no model folder" in refused(run("push", folder / "nowhere", NAME))
    (folder / "config.json").write_text(json.dumps({"format_version": 2}), encoding="utf-8")
    assert "has format_version 2" in refused(run("push", folder, NAME))
