"""The command line and the checkpoints: damaged ones are named, all are listed."""

import json
import re
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from s2s.checkpoint import SUMMED
from s2s.manifest import write_manifest
from s2s.models import EMBEDDED, find_models
from tests.commands import refused


def cut(path, share=0.5):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


def change_weights(path, change):
    weights = load_file(path / "model.safetensors")
    change(weights)
    save_file(weights, path / "model.safetensors")
    write_manifest(path, SUMMED)


def change_config(path, **changes):
    values = json.loads((path / "config.json").read_text(encoding="utf-8"))
    (path / "config.json").write_text(json.dumps(values | changes), encoding="utf-8")
    write_manifest(path, SUMMED)


def shape_of(path):
    return json.loads((path / "config.json").read_text(encoding="utf-8"))["model"]


def change_pieces(path, content):
    (path / "text.spm").write_bytes(content)
    write_manifest(path, SUMMED)


DAMAGE = {
    "no folder": (shutil.rmtree, "there is no model folder .*damaged"),
    "no weights": (lambda path: (path / "model.safetensors").unlink(), "is no checkpoint: it lacks model.safetensors"),
    "no checksums": (lambda path: (path / "SHA256SUMS").unlink(), "is no checkpoint: it lacks SHA256SUMS"),
    "cut weights": (lambda path: cut(path / "model.safetensors"), "model.safetensors is damaged"),
    "empty weights": (lambda path: cut(path / "model.safetensors", 0), "model.safetensors is damaged"),
    "wrong shape": (
        lambda path: change_weights(path, lambda weights: weights.update(output_bias=torch.zeros(3))),
        r"output_bias has shape \[3\], expected",
    ),
    "a weight too few": (
        lambda path: change_weights(path, lambda weights: weights.pop("output_bias")),
        "missing weights: output_bias",
    ),
    "not a number": (
        lambda path: change_weights(path, lambda weights: weights["output_bias"].fill_(float("nan"))),
        "output_bias holds numbers that are not finite",
    ),
    "broken pieces": (lambda path: change_pieces(path, b"\xff" * 99), "text.spm is no SentencePiece model"),
    "cut pieces": (lambda path: cut(path / "text.spm"), r"text\.spm"),
    "empty pieces": (lambda path: change_pieces(path, b""), "text.spm is no SentencePiece model .it is empty"),
    "a cut config": (lambda path: cut(path / "config.json"), "config.json is damaged"),
    "another version": (lambda path: change_config(path, format_version=2), "has format_version 2"),
    "an unknown key": (lambda path: change_config(path, licens="x"), "unknown setting licens; did you mean licence"),
    "a shape beyond all memory": (
        lambda path: change_config(path, model=shape_of(path) | {"hidden_size": 2_000_000}),
        "does not fit config.json: that one describes 2 layers and more than",
    ),
    "a million layers": (
        lambda path: change_config(path, model=shape_of(path) | {"decoder_layers": 1_000_000}),
        "does not fit config.json: that one describes 1,000,001 layers",
    ),
    "another shape": (lambda path: change_config(path, model={"hidden_size": 7}), "hidden_size must be even"),
}


@pytest.mark.parametrize(("damage", "said"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_checkpoint_is_named_with_what_is_wrong(run, tiny_checkpoint, tmp_path, damage, said):
    path = tmp_path / "damaged"
    shutil.copytree(tiny_checkpoint, path)
    damage(path)
    message = refused(run("translate", "--model", path, stdin="A dog\n"))
    assert re.search(said, message)
    assert str(path) in message


def test_models_lists_every_checkpoint_the_default_first(run):
    code, output, said = run("models")
    assert (code, said) == (0, "")
    rows = [line.split("\t") for line in output.splitlines()]
    assert sorted(name for name, _, _ in rows) == sorted(path.parent.name for path in EMBEDDED.glob("*/config.json"))
    assert rows[0][:2] == ["en-fr", "en→fr"]
    assert all(text for _, _, text in rows)


def test_a_folder_that_is_no_checkpoint_is_left_out_and_the_log_says_why(tiny_checkpoint, tmp_path, caplog):
    for name in ("b", "en-fr", "a"):
        shutil.copytree(tiny_checkpoint, tmp_path / name)
    (tmp_path / "empty").mkdir()
    (tmp_path / "README.md").write_text("The models.", encoding="utf-8")
    assert list(find_models(tmp_path)) == ["en-fr", "a", "b"]
    (entry,) = caplog.records
    assert "empty is no checkpoint" in entry.getMessage()
    assert find_models(tmp_path / "nowhere") == {}
