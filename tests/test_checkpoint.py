"""Checkpoint folders: what was saved comes back; what is damaged is named."""

import json
import shutil
import subprocess

import pytest
import torch
from safetensors.torch import load_file, save_file

from s2s.checkpoint import SUMMED, load_checkpoint, pieces_of, read_description, save_checkpoint, standalone_files
from s2s.config import AttentionKind, CellKind, WiringKind
from s2s.errors import CheckpointError
from s2s.manifest import write_manifest
from tests.tiny import save_tiny, teacher_forced, tiny_model


@pytest.fixture
def folder(tiny_checkpoint, tmp_path):
    """A copy that a test may damage."""
    return shutil.copytree(tiny_checkpoint, tmp_path / "tiny")


def change_config(folder, change):
    path = folder / "config.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    change(values)
    path.write_text(json.dumps(values), encoding="utf-8")
    write_manifest(folder, SUMMED)


def change_weights(folder, change):
    weights = load_file(folder / "model.safetensors")
    change(weights)
    save_file(weights, folder / "model.safetensors")
    write_manifest(folder, SUMMED)


@pytest.mark.parametrize("cell", CellKind.__args__)
@pytest.mark.parametrize("kind", AttentionKind.__args__)
@pytest.mark.parametrize("wiring", WiringKind.__args__)
def test_a_model_comes_back_bit_for_bit(tmp_path, letter_pieces, description, cell, kind, wiring):
    model = tiny_model(vocabulary_size=30, cell=cell, attention=kind, wiring=wiring, encoder_layers=2)
    save_checkpoint(tmp_path / "new", model, letter_pieces, description, "")
    loaded = load_checkpoint(tmp_path / "new").model
    assert loaded.config == model.config
    assert loaded.state_dict().keys() == model.state_dict().keys()
    for name, value in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value)
    # Loaded weights may lie elsewhere in a cache line, which moves the last bit of a matrix product.
    torch.testing.assert_close(*(teacher_forced(each, [[4, 5, 6]], [[7, 8]])[0] for each in (model, loaded)))


def test_half_precision_comes_back_within_its_rounding(tmp_path, letter_pieces, description):
    model = tiny_model(vocabulary_size=30)
    save_checkpoint(tmp_path / "half", model, letter_pieces, description, "", "float16")
    save_checkpoint(tmp_path / "full", model, letter_pieces, description, "", "float32")
    for name, value in load_checkpoint(tmp_path / "half").model.state_dict().items():
        assert value.dtype == torch.float32
        torch.testing.assert_close(value, model.state_dict()[name], rtol=2**-11, atol=2**-24)
    half, full = ((tmp_path / name / "model.safetensors").stat().st_size for name in ("half", "full"))
    assert half < 0.7 * full


def test_8_bits_come_back_within_half_a_level_of_each_row_and_are_written_again_as_they_are(
    tmp_path, letter_pieces, description
):
    model = tiny_model(vocabulary_size=30, cell="lstm", attention="location")
    save_checkpoint(tmp_path / "small", model, letter_pieces, description, "", "int8")
    loaded = load_checkpoint(tmp_path / "small").model
    for name, value in model.state_dict().items():
        found = loaded.state_dict()[name]
        assert found.dtype == torch.float32
        if value.ndim < 2:
            torch.testing.assert_close(found, value, rtol=2**-11, atol=2**-24)
        else:
            level = value.flatten(1).abs().amax(dim=1) / 127
            assert ((found - value).flatten(1).abs() <= 0.5001 * level[:, None]).all()
    save_checkpoint(tmp_path / "again", loaded, letter_pieces, description, "", "int8")
    small, again = (load_file(tmp_path / name / "model.safetensors") for name in ("small", "again"))
    for name, value in small.items():
        torch.testing.assert_close(again[name], value, rtol=1e-6, atol=0)


@pytest.mark.parametrize(
    "change",
    [
        lambda weights: weights.pop("embedding.weight.scale"),
        lambda weights: weights.update({"embedding.weight.scale": torch.ones(3)}),
    ],
    ids=["missing", "too few"],
)
def test_8_bits_without_their_scales_are_refused(tmp_path, letter_pieces, description, change):
    save_checkpoint(tmp_path / "small", tiny_model(vocabulary_size=30), letter_pieces, description, "", "int8")
    change_weights(tmp_path / "small", change)
    with pytest.raises(CheckpointError, match=r"embedding.weight is in 8 bits and lacks embedding.weight.scale"):
        load_checkpoint(tmp_path / "small")


def test_pieces_description_and_card_come_back(tiny_checkpoint, word_pieces, description):
    checkpoint = load_checkpoint(tiny_checkpoint)
    assert checkpoint.description == read_description(tiny_checkpoint) == description
    assert (tiny_checkpoint / "text.spm").read_bytes() == word_pieces.read_bytes()
    assert (tiny_checkpoint / "README.md").read_text(encoding="utf-8") == "# Tiny\n"
    assert checkpoint.pieces.decode(checkpoint.pieces.encode("The cat")) == "The cat"


def test_a_loaded_model_is_not_trained(tiny_checkpoint):
    assert not any(parameter.requires_grad for parameter in load_checkpoint(tiny_checkpoint).model.parameters())


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"there is no model folder .*nowhere"):
        load_checkpoint(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "text.spm", "SHA256SUMS"])
def test_a_missing_file_is_named_with_those_that_are_there(folder, name):
    (folder / name).unlink()
    with pytest.raises(CheckpointError, match=rf"lacks {name} \(found: .*README\.md"):
        load_checkpoint(folder)


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(
        CheckpointError, match=r"lacks config\.json, model\.safetensors, text\.spm, SHA256SUMS \(found: noth"
    ):
        load_checkpoint(tmp_path)


def test_a_folder_without_a_card_is_complete(folder):
    (folder / "README.md").unlink()
    assert load_checkpoint(folder)


@pytest.mark.parametrize("name", SUMMED)
def test_a_changed_byte_is_named_though_the_file_can_be_read(folder, name):
    path = folder / name
    content = path.read_bytes()
    path.write_bytes(
        content.replace(b"Random", b"Rendom") if name == "config.json" else content[:-1] + bytes([content[-1] ^ 1])
    )
    with pytest.raises(CheckpointError, match=rf"{name} is damaged: its sha256 is [0-9a-f]{{12}}…, SHA256SUMS says"):
        load_checkpoint(folder)


@pytest.mark.parametrize("change", [str.upper, lambda text: text[:-9], lambda text: text + text, lambda _: "\n"])
def test_a_damaged_manifest_is_named(folder, change):
    path = folder / "SHA256SUMS"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"SHA256SUMS is damaged .expected a sha256 and a name on each line, for"):
        load_checkpoint(folder)


def test_the_manifest_is_what_sha256sum_reads_and_writes(folder):
    checked = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=folder, capture_output=True)
    assert checked.returncode == 0, checked.stderr
    made = subprocess.run(["sha256sum", *SUMMED], cwd=folder, capture_output=True, check=True)
    (folder / "SHA256SUMS").write_bytes(made.stdout)
    assert load_checkpoint(folder)


def test_a_card_may_be_written_anew(folder):
    (folder / "README.md").write_text("# Mine", encoding="utf-8")
    assert load_checkpoint(folder)


@pytest.mark.parametrize(
    "damage", [lambda old: old[:-10], lambda old: old[:50], lambda _: b"", lambda _: b"PK\3\4" * 99]
)
def test_damaged_weights_are_named(folder, damage):
    path = folder / "model.safetensors"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CheckpointError, match=r"model\.safetensors is damaged: its sha256 is"):
        load_checkpoint(folder)
    write_manifest(folder, SUMMED)
    with pytest.raises(CheckpointError, match=r"model\.safetensors is damaged"):
        load_checkpoint(folder)


def test_a_wrong_shape_is_named(folder):
    change_weights(folder, lambda weights: weights.update(output_bias=torch.zeros(3)))
    with pytest.raises(CheckpointError, match=r"model\.safetensors: output_bias has shape \[3\], expected \[340\]"):
        load_checkpoint(folder)


def test_a_missing_weight_is_named(folder):
    change_weights(folder, lambda weights: weights.pop("output_bias"))
    with pytest.raises(
        CheckpointError, match=r"model\.safetensors .*missing weights: output_bias; unknown weights: none"
    ):
        load_checkpoint(folder)


def test_an_extra_weight_is_named(folder):
    change_weights(folder, lambda weights: weights.update(bonus=torch.zeros(3)))
    with pytest.raises(CheckpointError, match=r"model\.safetensors .*missing weights: none; unknown weights: bonus"):
        load_checkpoint(folder)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_named(folder, value):
    change_weights(folder, lambda weights: weights["output_bias"].fill_(value))
    with pytest.raises(CheckpointError, match=r"model\.safetensors: output_bias holds numbers that are not finite"):
        load_checkpoint(folder)


@pytest.mark.parametrize("content", [b"", b"no piece model"])
def test_a_broken_piece_model_is_named(folder, content):
    (folder / "text.spm").write_bytes(content)
    write_manifest(folder, SUMMED)
    with pytest.raises(CheckpointError, match=r"text\.spm"):
        load_checkpoint(folder)


def test_pieces_of_another_model_are_named(folder, letter_pieces):
    shutil.copy(letter_pieces, folder / "text.spm")
    write_manifest(folder, SUMMED)
    with pytest.raises(CheckpointError, match=r"text\.spm has 30 pieces, config\.json says 340"):
        load_checkpoint(folder)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"3",
        b"{}",
        b"\xff\xfe",
        b'{"format_version": 1}',
        b"[" * 100_000,
    ],
    ids=lambda content: repr(content[:20]),
)
def test_a_damaged_config_is_named(folder, content):
    (folder / "config.json").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"config\.json"):
        load_checkpoint(folder)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda values: values["model"].update(cell="transformer"), r"model\.cell must be one of"),
        (lambda values: values["model"].update(hidden_size="8"), r"model\.hidden_size must be of type int"),
        (lambda values: values["model"].update(hiden_size=8), "did you mean hidden_size"),
        (lambda values: values["model"].update(hidden_size=0), "hidden_size must be at least 1"),
        (lambda values: values.update(scores=3), "scores must be a table"),
        (lambda values: values.update(model=3), "model must be a table"),
        (lambda values: values.pop("name"), "name is missing"),
        (lambda values: values.update(training_length="20"), "training_length must be of type int"),
    ],
)
def test_a_wrong_value_in_the_config_is_named(folder, change, named):
    change_config(folder, change)
    with pytest.raises(CheckpointError, match=rf"config\.json.*{named}"):
        load_checkpoint(folder)


def test_a_newer_format_is_named(folder):
    change_config(folder, lambda values: values.update(format_version=2))
    with pytest.raises(CheckpointError, match=r"config\.json has format_version 2, this program reads 1"):
        load_checkpoint(folder)


def test_a_newer_format_is_named_though_it_has_other_keys(folder):
    (folder / "config.json").write_text('{"format_version": 2, "layers": []}', encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"config\.json has format_version 2, this program reads 1"):
        load_checkpoint(folder)


def test_a_config_of_another_shape_does_not_fit_the_weights(folder):
    change_config(folder, lambda values: values["model"].update(hidden_size=16))
    with pytest.raises(CheckpointError, match=r"model\.safetensors: .* has shape .*, expected"):
        load_checkpoint(folder)


def test_a_checkpoint_that_cannot_be_written_is_an_error(tmp_path, letter_pieces, description):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(CheckpointError, match="cannot be written"):
        save_tiny(tmp_path / "file" / "new", letter_pieces, description)


@pytest.mark.parametrize("written", ["nothing", "all but the weights"])
def test_a_failed_write_keeps_the_old_weights_and_leaves_nothing_half(
    tmp_path, letter_pieces, description, full_disk, written
):
    folder = save_tiny(tmp_path / "tiny", letter_pieces, description, hidden_size=128)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    size = {"nothing": 10, "all but the weights": len(before["text.spm"])}[written]
    assert len(before["model.safetensors"]) > size
    with full_disk(size), pytest.raises(CheckpointError, match="cannot be written"):
        save_tiny(folder, letter_pieces, description, hidden_size=128, seed=1)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_new_folder_without_its_weights_is_no_checkpoint(tmp_path, letter_pieces, description, full_disk):
    with full_disk(10), pytest.raises(CheckpointError):
        save_tiny(tmp_path / "tiny", letter_pieces, description)
    assert list((tmp_path / "tiny").iterdir()) == []
    with pytest.raises(CheckpointError):
        load_checkpoint(tmp_path / "tiny")


@pytest.fixture
def shelf(tmp_path, letter_pieces, description):
    """Two checkpoints that share their pieces."""
    for name, cell in (("one", "gru"), ("two", "rnn")):
        model = tiny_model(vocabulary_size=30, cell=cell)
        save_checkpoint(tmp_path / "shelf" / name, model, letter_pieces, description, "", share_pieces=True)
    return tmp_path / "shelf"


def test_checkpoints_side_by_side_share_their_pieces(shelf, letter_pieces):
    assert sorted(path.name for path in shelf.iterdir()) == ["one", "text.spm", "two"]
    assert sorted(path.name for path in (shelf / "one").iterdir()) == [
        "README.md",
        "SHA256SUMS",
        "config.json",
        "model.safetensors",
    ]
    assert pieces_of(shelf / "one") == shelf / "text.spm"
    one, two = (load_checkpoint(shelf / name) for name in ("one", "two"))
    assert one.pieces == two.pieces
    assert (one.model.config.cell, two.model.config.cell) == ("gru", "rnn")
    assert read_description(shelf / "two") == two.description
    checked = subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=shelf / "one", capture_output=True)
    assert checked.returncode == 0
    assert b"../text.spm: OK" in checked.stdout


def test_shared_pieces_that_were_changed_are_named_by_each_checkpoint(shelf):
    (shelf / "text.spm").write_bytes(b"x" + (shelf / "text.spm").read_bytes()[1:])
    for name in ("one", "two"):
        with pytest.raises(CheckpointError, match=r"text\.spm is damaged: its sha256 is"):
            load_checkpoint(shelf / name)


def test_a_checkpoint_with_pieces_of_its_own_takes_none_from_above(folder, letter_pieces):
    shutil.copyfile(letter_pieces, folder.parent / "text.spm")
    assert pieces_of(folder) == folder / "text.spm"
    load_checkpoint(folder)
    (folder / "text.spm").unlink()
    with pytest.raises(CheckpointError, match=r"SHA256SUMS is damaged"):
        load_checkpoint(folder)


def test_checkpoints_of_other_pieces_do_not_share_them(shelf, word_pieces, description):
    with pytest.raises(CheckpointError, match=r"text\.spm has other pieces than this model"):
        save_checkpoint(shelf / "three", tiny_model(), word_pieces, description, "", share_pieces=True)
    assert not (shelf / "three").exists()


def test_a_checkpoint_that_shares_its_pieces_stands_alone_elsewhere(shelf, tmp_path):
    (tmp_path / "alone").mkdir()
    for name, content in standalone_files(shelf / "one").items():
        (tmp_path / "alone" / name).write_bytes(content if isinstance(content, bytes) else content.read_bytes())
    alone, one = load_checkpoint(tmp_path / "alone"), load_checkpoint(shelf / "one")
    assert alone.pieces == one.pieces
    for name, value in one.model.state_dict().items():
        assert torch.equal(alone.model.state_dict()[name], value)
