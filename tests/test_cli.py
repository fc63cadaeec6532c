"""The command line: one line in, one line out, and every mistake of the user one clear message."""

import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from s2s.cli import main
from s2s.config import SearchConfig
from s2s.models import EMBEDDED, find_models
from s2s.result import Translation
from s2s.training import Trainer
from s2s.translator import Translator
from tests.processes import ROOT, start
from tests.scripted import byte_piece, let_write
from tests.tiny import SENTENCES


@pytest.fixture(scope="module")
def translator(tiny_checkpoint):
    return Translator.load(tiny_checkpoint)


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs the command line in this process: exit code, standard output, standard error."""

    def call(*arguments, stdin=""):
        content = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))
        monkeypatch.setattr(sys, "argv", ["s2s", *map(str, arguments)])
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = ended.code or 0
        return code, *capsys.readouterr()

    return call


def refused(answer):
    """The one line that tells the user of a mistake."""
    code, output, said = answer
    assert code == 2, said
    assert output == ""
    assert said.startswith("s2s: ")
    assert said.endswith("\n")
    assert said.count("\n") == 1
    return said


# --- translate ---


LINES = [SENTENCES[5], "", SENTENCES[0], "   ", *SENTENCES[1:5], ""]


def test_every_line_in_is_one_line_out_and_blank_lines_stay(run, tiny_checkpoint, translator):
    code, output, said = run("translate", "--model", tiny_checkpoint, stdin="\n".join(LINES))
    assert (code, said) == (0, "")
    lines = output.split("\n")
    assert lines.pop() == ""
    assert lines == [translator.translate(line).target if line.strip() else "" for line in LINES[:-1]]


@pytest.mark.parametrize("batch_size", [1, 2, 64])
def test_lines_keep_their_order_whatever_the_batch_size(run, tiny_checkpoint, translator, batch_size):
    numbers = [str(number) * (1 + number % 7) for number in range(40)]
    arguments = "--model", tiny_checkpoint, "--beam-size", 1, "--batch-size", batch_size
    code, output, _ = run("translate", *arguments, stdin="\n".join(numbers))
    assert code == 0
    greedy = SearchConfig(beam_size=1)
    assert output.splitlines() == [translator.translate(line, greedy).target for line in numbers]


def test_line_ends_of_windows_are_no_part_of_the_text(run, tiny_checkpoint):
    unix = run("translate", "--model", tiny_checkpoint, stdin="A dog\n\nA cat\n")
    assert run("translate", "--model", tiny_checkpoint, stdin="A dog\r\n\r\nA cat\r\n") == unix
    assert unix[1].count("\n") == 3


@pytest.mark.parametrize("end", ["\n", ""])
def test_the_last_line_needs_no_end(run, tiny_checkpoint, translator, end):
    _, output, _ = run("translate", "--model", tiny_checkpoint, stdin="A dog" + end)
    assert output == translator.translate("A dog").target + "\n"


def test_nothing_in_is_nothing_out(run, tiny_checkpoint):
    assert run("translate", "--model", tiny_checkpoint) == (0, "", "")


def test_a_line_end_that_the_model_spells_does_not_break_the_line(run, tiny_checkpoint, translator, monkeypatch):
    pieces = translator.pieces
    let_write(
        monkeypatch, [*pieces.encode("A"), byte_piece(pieces, 0x0A), byte_piece(pieces, 0x0D), *pieces.encode("B")]
    )
    code, output, _ = run("translate", "--model", tiny_checkpoint, stdin="A dog\nA cat\n")
    assert code == 0
    assert output.count("\n") == 2


def test_json_is_one_translation_a_line(run, tiny_checkpoint, translator):
    code, output, _ = run("translate", "--model", tiny_checkpoint, "--json", stdin="\n".join(LINES))
    assert code == 0
    lines = output.splitlines()
    assert len(lines) == len(LINES) - 1
    for line, text in zip(lines, LINES, strict=False):
        values = json.loads(line)
        assert set(values) == {
            *("source", "target", "sentences", "model", "revision", "settings", "warnings", "timing_ms")
        }
        translation = Translation.from_json(line)
        assert translation.source == text.strip()
        assert len(translation.sentences) == bool(text.strip())
        assert translation.revision == translator.revision
        for sentence in values["sentences"]:
            rows = np.array(sentence["attention"])
            assert rows.shape == (len(sentence["target_pieces"]), len(sentence["source_pieces"]))
            np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-4)
            assert len(sentence["log_probs"]) == len(sentence["alternatives"]) == len(rows)


def test_several_hypotheses_stand_best_first_behind_the_number_of_their_line(run, tiny_checkpoint, translator):
    code, output, _ = run("translate", "--model", tiny_checkpoint, "--n-best", 3, stdin="A dog\n\nA cat\n")
    assert code == 0
    rows = [line.split(" ||| ") for line in output.splitlines()]
    assert [number for number, _, _ in rows] == ["0"] * 3 + ["2"] * 3
    scores = [float(score) for _, _, score in rows]
    assert scores[:3] == sorted(scores[:3], reverse=True)
    best = translator.translate("A cat").sentences[0].best
    assert rows[3][1:] == [best.target, f"{best.score:.4f}"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"A dog\nA cat \xff\n", "line 2 is not UTF-8 text"),
        (b"A dog\nA\xed\xa0\x80\n", "line 2 is not UTF-8 text"),
        (b"A\0dog\n", "line 1: Character 2 is NUL"),
        (b"\n" + b"word " * 200_000, "line 2: The text has 1,000,000 characters; at most 2,000 are taken."),
    ],
    ids=["not UTF-8", "a lone surrogate", "NUL", "a megabyte"],
)
def test_a_line_that_is_no_text_is_named_by_its_number(run, tiny_checkpoint, content, said):
    assert said in refused(run("translate", "--model", tiny_checkpoint, stdin=content))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--n-best", 6], "n_best must be in 1 … beam_size (5), got 6"),
        (["--n-best", 0], "n_best must be in 1"),
        (["--beam-size", 0], "beam_size must be in 1 … 64, got 0"),
        (["--beam-size", 1000], "beam_size must be in 1 … 64, got 1000"),
        (["--device", "toaster"], "the device 'toaster' cannot be used"),
    ],
)
def test_a_wrong_number_or_device_is_refused(run, tiny_checkpoint, arguments, said):
    assert said in refused(run("translate", "--model", tiny_checkpoint, *arguments, stdin="A dog\n"))


@pytest.mark.parametrize(
    "arguments",
    [["translate"], ["translate", "--model", "x", "--batch-size", "0"], ["tranlate"], ["evaluate", "--tokenize", "x"]],
)
def test_a_command_that_is_not_one_shows_its_usage(run, arguments):
    code, output, said = run(*arguments)
    assert (code, output) == (2, "")
    assert "Usage: " in said
    assert "Traceback" not in said


# --- damaged checkpoints ---


def cut(path, share=0.5):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


def change_weights(path, change):
    weights = load_file(path / "model.safetensors")
    change(weights)
    save_file(weights, path / "model.safetensors")


def change_config(path, **changes):
    values = json.loads((path / "config.json").read_text(encoding="utf-8"))
    (path / "config.json").write_text(json.dumps(values | changes), encoding="utf-8")


DAMAGE = {
    "no folder": (shutil.rmtree, "there is no model folder .*damaged"),
    "no weights": (lambda path: (path / "model.safetensors").unlink(), "is no checkpoint: it lacks model.safetensors"),
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
    "broken pieces": (lambda path: (path / "text.spm").write_bytes(b"\xff" * 99), "text.spm is no SentencePiece model"),
    "cut pieces": (lambda path: cut(path / "text.spm"), r"text\.spm"),
    "empty pieces": (lambda path: cut(path / "text.spm", 0), "text.spm is no SentencePiece model .it is empty"),
    "a cut config": (lambda path: cut(path / "config.json"), "config.json is damaged"),
    "another version": (lambda path: change_config(path, format_version=2), "has format_version 2"),
    "an unknown key": (lambda path: change_config(path, licens="x"), "unknown setting licens; did you mean licence"),
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


# --- evaluate ---


EN_FR = EMBEDDED / "en-fr"  # random weights write hardly a word, and BLEU wants four


@pytest.fixture
def corpus(tmp_path):
    """Sources of three lengths and references; the options that name them."""
    english = ["I love you.", "Where is it?", *SENTENCES[:2], "", *(" ".join(SENTENCES[:2]) for _ in range(3))]
    french = ["Je t'aime.", "Où est-ce ?", *SENTENCES[2:4], "", *(" ".join(SENTENCES[2:4]) for _ in range(3))]
    (tmp_path / "source.txt").write_text("".join(f"{line}\n" for line in english), encoding="utf-8")
    (tmp_path / "reference.txt").write_text("".join(f"{line}\n" for line in french), encoding="utf-8")
    return ["--source", tmp_path / "source.txt", "--reference", tmp_path / "reference.txt", "--beam-size", 1]


def test_scores_are_written_with_signature_band_and_length_buckets(run, corpus):
    code, output, said = run("evaluate", "--model", EN_FR, *corpus)
    assert (code, said) == (0, "")
    bleu, chrf, *buckets = output.splitlines()
    assert re.fullmatch(r"BLEU [\d.]+ ± [\d.]+  nrefs:1\|bs:1000\|.*tok:13a.*", bleu)
    assert re.fullmatch(r"chrF [\d.]+ ± [\d.]+  nrefs:1\|bs:1000\|.*", chrf)
    short, middle, long = buckets
    assert re.match(r" +1-5 words, 3 sentences: .*chrF [\d.]+", short)
    assert re.match(r" +6-10 words, 2 sentences: .*chrF [\d.]+", middle)
    assert re.match(r" *11-15 words, 3 sentences: BLEU [\d.]+.*  chrF [\d.]+", long)


def test_scores_as_json_hold_the_same(run, corpus):
    code, output, _ = run("evaluate", "--model", EN_FR, *corpus, "--json", "--tokenize", "none", "--lowercase")
    assert code == 0
    values = json.loads(output)
    assert [score["name"] for score in values["scores"]] == ["BLEU", "chrF"]
    for score in values["scores"]:
        assert 0 <= score["value"] <= 100
        assert score["band"] is None or score["band"] >= 0
        assert "case:lc" in score["signature"]
    assert "tok:none" in values["scores"][0]["signature"]
    buckets = [(bucket["words"], bucket["sentences"]) for bucket in values["by_length"]]
    assert buckets == [("1-5", 3), ("6-10", 2), ("11-15", 3)]


def test_a_weak_model_is_scored_too(run, corpus):
    corpus[3].write_text("Je t'aime.\n" + "zzz\n" * 7, encoding="utf-8")
    code, output, _ = run("evaluate", "--model", EN_FR, *corpus)
    assert code == 0
    assert "BLEU" in output


def test_a_perfect_translation_scores_a_hundred(run, corpus):
    _, written, _ = run("translate", "--model", EN_FR, *corpus[4:], stdin=corpus[1].read_bytes())
    corpus[3].write_text(written, encoding="utf-8")
    _, output, _ = run("evaluate", "--model", EN_FR, *corpus, "--json")
    bleu, chrf = json.loads(output)["scores"]
    assert bleu["value"] == pytest.approx(100)
    assert chrf["value"] == pytest.approx(100)


def test_files_of_different_length_are_refused(run, corpus):
    corpus[3].write_text("One line\n", encoding="utf-8")
    assert "found 1 references for 8 sources" in refused(run("evaluate", "--model", EN_FR, *corpus))


@pytest.mark.parametrize("content", [None, b"a\xff\n"], ids=["missing", "not UTF-8"])
def test_a_file_that_cannot_be_read_is_named(run, corpus, content):
    path = corpus[1]
    path.unlink()
    if content:
        path.write_bytes(content)
    assert re.search(
        f"there is no file {path}|{path}, line 1 is not UTF-8 text", refused(run("evaluate", "--model", EN_FR, *corpus))
    )


# --- plot ---


def test_plot_writes_the_figure_and_prints_the_translation(run, tiny_checkpoint, translator, tmp_path):
    path = tmp_path / "figure.html"
    code, output, said = run("plot", "--model", tiny_checkpoint, "--text", "A <b>dog</b>", "--output", path)
    assert (code, said) == (0, "")
    assert output == translator.translate("A <b>dog</b>").target + "\n"
    assert "Plotly.newPlot(" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "There is no text"),
        ("a\udcff", "Character 2 is half of one"),  # how Python reads a byte that is no UTF-8
        ("a\0", "Character 2 is NUL"),
        ("a" * 1_000_000, "1,000,000 characters"),
        ("a\nb", "one sentence makes one figure; got 2 lines"),
    ],
    ids=["empty", "half a character", "NUL", "a megabyte", "two lines"],
)
def test_plot_refuses_what_is_no_sentence(run, tiny_checkpoint, tmp_path, text, said):
    arguments = "--text", text, "--output", tmp_path / "figure.html"
    assert said in refused(run("plot", "--model", tiny_checkpoint, *arguments))
    assert list(tmp_path.iterdir()) == []


def test_plot_refuses_an_unknown_ending(run, tiny_checkpoint, tmp_path):
    arguments = "--text", "A dog", "--output", tmp_path / "figure.jpg"
    assert ".html, .png, .svg or .pdf; got 'figure.jpg'" in refused(run("plot", "--model", tiny_checkpoint, *arguments))


def test_plot_says_that_a_file_cannot_be_written(run, tiny_checkpoint, tmp_path):
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    path = tmp_path / "file" / "figure.html"
    assert str(path) in refused(run("plot", "--model", tiny_checkpoint, "--text", "A dog", "--output", path))


# --- models ---


def test_models_lists_every_checkpoint_the_default_first(run):
    code, output, said = run("models")
    assert (code, said) == (0, "")
    rows = [line.split("\t") for line in output.splitlines()]
    assert sorted(name for name, _, _ in rows) == sorted(path.name for path in EMBEDDED.iterdir() if path.is_dir())
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


# --- prepare and train ---


RECIPE = """
name = "backwards"
description = "Spells backwards"
[data]
source_language = "letters"
target_language = "letters"
task = "reverse"
pairs = 300
valid_pairs = 10
test_pairs = 10
licence = "CC0-1.0"
[text]
piece_kind = "char"
vocabulary_size = 64
[model]
embedding_size = 8
hidden_size = 8
[training]
max_epochs = 2
batch_tokens = 256
warmup_updates = 2
validate_updates = 1000
"""


@pytest.fixture
def recipe(tmp_path):
    """A recipe, and the settings that keep its files in this test's folder."""
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE, encoding="utf-8")
    return [path, "--set", f"data.directory={tmp_path / 'data'}", "--set", f"training.directory={tmp_path / 'runs'}"]


@pytest.fixture
def prepared(run, recipe):
    assert run("prepare", *recipe)[0] == 0
    return recipe


def test_prepare_writes_three_splits_and_the_pieces(run, recipe, tmp_path):
    code, output, _ = run("prepare", *recipe)
    assert (code, output) == (0, "train\t280\nvalid\t10\ntest\t10\n")
    names = {path.name for path in (tmp_path / "data" / "backwards").iterdir()}
    splits = {"train.tsv", "valid.tsv", "test.tsv", "test.source.txt", "test.target.txt"}
    assert names == splits | {"text.spm", "prepared.json"}


def test_prepare_says_what_was_left_out_apart_from_the_sizes(run, recipe, tmp_path):
    (tmp_path / "pairs.tsv").write_text("".join(f"{n:03}\t{n}\n" for n in range(50)) + "x\n\ty\n", encoding="utf-8")
    (tmp_path / "test.tsv").write_text("[a]\t001.\n", encoding="utf-8")
    corpora = [
        *("--set", f"data.train=[{{file='{tmp_path / 'pairs.tsv'}'}}]", "--set", "data.task=pairs"),
        *("--set", f"data.test=[{{file='{tmp_path / 'test.tsv'}'}}]"),
    ]
    assert "pairs.tsv, line 51: expected source, tab, target" in refused(run("prepare", *recipe, *corpora))
    code, output, said = run("prepare", *recipe, *corpora, "--set", "data.faulty_lines=skip")
    assert (code, output) == (0, "train\t40\nvalid\t10\ntest\t1\n")
    assert said == (
        f"{tmp_path / 'pairs.tsv'}: left out 1 × expected source, tab, target (line 51); 1 × an empty side (line 52)\n"
    )


def test_a_recipe_becomes_a_checkpoint_that_translates(run, prepared, tmp_path):
    code, output, said = run("train", *prepared)
    assert code == 0, said
    checkpoint = tmp_path / "runs" / "backwards" / "checkpoint"
    scores = json.loads(output)
    assert scores["test_pairs"] == 10
    assert scores["chrF"]["signature"].startswith("nrefs:1")
    report = tmp_path / "runs" / "backwards" / "report.html"
    assert f"The checkpoint is {checkpoint}, the report {report}." in said.replace("\n", "")
    assert "Test split: 10 pairs" in report.read_text(encoding="utf-8")
    assert (checkpoint / "README.md").read_text(encoding="utf-8").startswith("---\n")
    code, output, _ = run("translate", "--model", checkpoint, stdin="abc\n\nxyz\n")
    assert code == 0
    assert output.count("\n") == 3


def stop_after(monkeypatch, updates, number):
    """Send this process a signal while it trains."""
    update = Trainer.update

    def updated(trainer):
        if trainer.progress.updates == updates - 1:
            signal.raise_signal(number)
        return update(trainer)

    monkeypatch.setattr(Trainer, "update", updated)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "terminate"])
def test_a_stopped_training_goes_on_as_if_it_had_not_been(run, prepared, tmp_path, monkeypatch, number):
    weights = tmp_path / "runs" / "backwards" / "checkpoint" / "model.safetensors"
    state = tmp_path / "runs" / "backwards" / "state.safetensors"
    run("train", *prepared)
    uninterrupted = weights.read_bytes()
    shutil.rmtree(tmp_path / "runs")
    handler = signal.getsignal(number)
    with monkeypatch.context() as patch:
        stop_after(patch, 7, number)
        code, output, said = run("train", *prepared)
    assert (code, output) == (0, "")
    assert f"Saved to {state}. Go on with --resume." in said.replace("\n", "")
    assert not weights.exists()
    assert signal.getsignal(number) is handler
    assert run("train", *prepared, "--resume")[0] == 0
    assert weights.read_bytes() == uninterrupted


def test_a_training_is_not_begun_anew_over_its_state(run, prepared, tmp_path):
    state = tmp_path / "runs" / "backwards" / "state.safetensors"
    state.parent.mkdir(parents=True)
    state.write_bytes(b"hours of work")
    assert f"{state} is there already: go on with --resume" in refused(run("train", *prepared))
    assert state.read_bytes() == b"hours of work"


def test_there_must_be_something_to_resume(run, prepared):
    assert "there is nothing to resume" in refused(run("train", *prepared, "--resume"))


def test_a_damaged_state_is_named(run, prepared, tmp_path):
    state = tmp_path / "runs" / "backwards" / "state.safetensors"
    state.parent.mkdir(parents=True)
    state.write_bytes(b"no state")
    assert str(state) in refused(run("train", *prepared, "--resume"))


def test_the_state_of_another_model_is_named(run, prepared, tmp_path, monkeypatch):
    stop_after(monkeypatch, 2, signal.SIGINT)
    run("train", *prepared)
    changed = [*prepared, "--set", "model.hidden_size=12", "--resume"]
    assert "state.safetensors" in refused(run("train", *changed))


def test_training_before_preparing_says_what_to_do(run, recipe):
    assert "s2s prepare" in refused(run("train", *recipe))


@pytest.mark.parametrize("verb", ["prepare", "train"])
@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("model.hiden_size=8", "unknown setting model.hiden_size; did you mean hidden_size?"),
        ("modell.cell=gru", "unknown setting modell; did you mean model?"),
        ("model.hidden_size=big", "model.hidden_size must be of type int, got 'big'"),
        ("model.cell=cnn", "model.cell must be one of rnn, lstm, gru, got 'cnn'"),
        ("model.hidden_size=7", "hidden_size must be even"),
        ("model.hidden_size", "a setting must look like section.key=value"),
        ("data.task=pairs", "data.train is empty"),
        ("data.train=[{fil='x'}]", "unknown setting data.train.fil; did you mean file?"),
        ("training.patience=0", "patience must be at least 1"),
        ("name.x=1", "name"),
    ],
)
def test_a_wrong_setting_is_named(run, recipe, verb, setting, said):
    assert said in refused(run(verb, *recipe, "--set", setting))


@pytest.mark.parametrize("verb", ["prepare", "train"])
def test_an_unknown_augmentation_is_named(run, prepared, verb):
    said = refused(run(verb, *prepared, "--set", "data.augmentation.typo=0.1"))
    assert "unknown augmentation typo; known: lowercase, " in said


def test_settings_changed_after_preparing_ask_for_another_preparation(run, prepared):
    said = refused(run("train", *prepared, "--set", "data.pairs=200"))
    assert "prepared with other settings of data or text: run prepare again" in said


def refused_late(answer):
    """The one line, at the end, that tells the user of a mistake which came out in the middle of a training."""
    code, output, said = answer
    assert (code, output) == (2, "")
    assert "Traceback" not in said
    (line,) = (line for line in said.splitlines() if line.startswith("s2s: "))
    return line


def test_float16_is_refused_on_a_cpu(run, prepared, tmp_path):
    said = refused_late(run("train", *prepared, "--device", "cpu", "--set", "training.precision=float16"))
    assert "precision float16 needs CUDA, this is cpu" in said
    assert not (tmp_path / "runs").exists()


def test_tensorboard_without_its_library_is_refused(run, prepared, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    said = refused_late(run("train", *prepared, "--set", "training.tensorboard=true"))
    assert "training.tensorboard needs the `tensorboard` library: pip install tensorboard" in said


def test_a_training_that_diverges_stops_with_advice_and_keeps_its_state(run, prepared, tmp_path, monkeypatch):
    state = tmp_path / "runs" / "backwards" / "state.safetensors"
    with monkeypatch.context() as patch:
        stop_after(patch, 3, signal.SIGINT)
        run("train", *prepared)
    before = state.read_bytes()
    wild = ["--resume", "--set", "training.learning_rate=1e30", "--set", "training.gradient_norm=1e30"]
    assert re.search(
        r"s2s: the (loss|gradient) became (nan|inf) at update \d+: lower training.learning_rate",
        refused_late(run("train", *prepared, *wild)),
    )
    assert state.read_bytes() == before
    assert run("train", *prepared, "--resume")[0] == 0


def test_a_folder_that_cannot_be_written_is_named(run, prepared, tmp_path):
    (tmp_path / "runs").write_text("in the way", encoding="utf-8")
    assert f"{tmp_path / 'runs' / 'backwards'}" in refused_late(run("train", *prepared))


def test_prepare_names_a_folder_that_cannot_be_written(run, recipe, tmp_path):
    (tmp_path / "data").write_text("in the way", encoding="utf-8")
    assert f"{tmp_path / 'data' / 'backwards'} cannot be written" in refused(run("prepare", *recipe))


def test_a_report_that_cannot_be_written_is_named(run, prepared, full_disk):
    with full_disk(1_000_000):  # plotly.js alone has four times as much
        assert "report.html" in refused_late(run("train", *prepared))


def test_whoever_may_read_one_file_of_a_checkpoint_may_read_all(run, prepared, tmp_path):
    run("train", *prepared)
    files = list((tmp_path / "runs" / "backwards" / "checkpoint").iterdir())
    assert len({path.stat().st_mode for path in files}) == 1


def test_paths_are_said_as_they_are(run, prepared, tmp_path, monkeypatch):
    directory = tmp_path / "runs [old] of a name that is longer than a line of a terminal that is eighty columns wide"
    stop_after(monkeypatch, 2, signal.SIGINT)
    _, _, said = run("train", *prepared, "--set", f"training.directory={directory}")
    assert f"Saved to {directory / 'backwards' / 'state.safetensors'}. Go on with --resume.\n" in said


@pytest.mark.parametrize("name", ["", "..", "../elsewhere", "{tmp_path}/elsewhere"])
def test_a_name_that_is_no_folder_is_refused(run, recipe, tmp_path, name):
    assert "name" in refused(run("prepare", *recipe, "--set", f"name='{name.format(tmp_path=tmp_path)}'"))


@pytest.mark.parametrize("content", [None, b"name = [", b"name = '\xff'", b"name = 'x'"])
@pytest.mark.parametrize("verb", ["prepare", "train"])
def test_a_wrong_recipe_is_named(run, recipe, verb, content):
    recipe[0].unlink()
    if content:
        recipe[0].write_bytes(content)
    assert re.search(r"there is no recipe|is not valid TOML|setting [\w.]+ is missing", refused(run(verb, *recipe)))


# --- as people start it ---


def test_a_real_pipe_translates_line_by_line(tiny_checkpoint, translator):
    with start("translate", "--model", tiny_checkpoint) as process:
        output, said = process.communicate("A dog 😀\n\nA cat\n".encode())
    assert (process.returncode, said) == (0, b"")
    expected = [translator.translate("A dog 😀").target, "", translator.translate("A cat").target, ""]
    assert output.decode() == "\n".join(expected)


def test_a_mistake_ends_the_process_with_code_two_and_no_traceback(tmp_path):
    with start("translate", "--model", tmp_path / "nowhere") as process:
        output, said = process.communicate(b"A dog\n")
    assert (process.returncode, output) == (2, b"")
    assert said.decode().startswith("s2s: there is no model folder")
    assert b"Traceback" not in said


def test_a_reader_that_leaves_early_gives_no_traceback(tiny_checkpoint):
    with start("translate", "--model", tiny_checkpoint, "--beam-size", 1, "--batch-size", 1) as process:
        process.stdin.write(b"A dog\n" * 400)
        process.stdin.close()
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode in (0, 1)


@pytest.mark.parametrize(
    ("start", "port", "said"),
    [
        (["app.py"], "x", "S2S_PORT must be a number"),
        (["-m", "s2s", "serve"], None, "choose another one with S2S_PORT"),
    ],
    ids=["app.py", "serve"],
)
def test_a_page_that_cannot_start_says_why(start, port, said):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        environment = os.environ | {"S2S_PORT": port or str(taken.getsockname()[1])}
        done = subprocess.run(
            [sys.executable, *start],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
