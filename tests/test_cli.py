"""The command line: one line in, one line out, and every mistake of the user one clear message."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from s2s.config import SearchConfig
from s2s.forced import reading_back
from s2s.result import Translation
from s2s.translator import Translator
from tests.commands import refused
from tests.processes import ROOT, start
from tests.scripted import byte_piece, let_write
from tests.tiny import SENTENCES, save_tiny


@pytest.fixture(scope="module")
def translator(tiny_checkpoint):
    return Translator.load(tiny_checkpoint)


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


def test_hypotheses_are_read_back_by_a_model_of_the_other_direction(run, tmp_path, word_pieces, description):
    forth = save_tiny(tmp_path / "forth", word_pieces, description)
    turned = replace(description, source_language="fr", target_language="en")
    back = save_tiny(tmp_path / "back", word_pieces, turned, seed=3)
    _, output, _ = run(
        "translate", "--model", forth, "--reverse-model", back, "--n-best", 3, "--engine", "torch", stdin="A dog\n"
    )
    asking = Translator.load(forth, engine="torch")
    asking.read_back = reading_back(Translator.load(back, engine="torch"))
    (sentence,) = asking.translate("A dog", SearchConfig(n_best=3)).sentences
    assert output.splitlines() == [f"0 ||| {each.target} ||| {each.score:.4f}" for each in sentence.hypotheses]
    code, _, said = run("translate", "--model", forth, "--reverse-model", forth, stdin="A dog\n")
    assert code == 2
    assert "--reverse-model must go from fr to en, and tiny goes from en to fr" in said


def test_several_hypotheses_of_a_line_are_of_the_whole_line(run, tiny_checkpoint, translator):
    line = "A dog. A cat!"
    _, output, _ = run("translate", "--model", tiny_checkpoint, "--n-best", 2, stdin=f"{line}\n")
    one, other = translator.translate(line, SearchConfig(n_best=2)).sentences
    assert output.splitlines() == [
        f"0 ||| {first.target} {second.target} ||| {(first.score + second.score) / 2:.4f}"
        for first, second in zip(one.hypotheses, other.hypotheses, strict=True)
    ]


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
