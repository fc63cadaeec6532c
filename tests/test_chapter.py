"""The chapter: its code runs, what it quotes of the package stands there, and its two languages say the same."""

import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest

from s2s.exposure import find_exposures, load_exposure
from s2s.grid import find_grids, load_grid

ROOT = Path(__file__).parents[1]
TEXTS = {name: (ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("seq2seq.md", "seq2seq.zh.md")}
QUOTED = re.compile(r"^— `([^`]+)`(?: in\s|，见\s)\s*\[`(s2s/[\w/.]+)`\]\(\.\./([\w/.]+)\)", flags=re.MULTILINE)


def code_of(text):
    return re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)


@pytest.mark.parametrize("name", TEXTS)
def test_every_quoted_line_stands_in_the_file_that_is_named(name):
    quoted = QUOTED.findall(TEXTS[name])
    assert len(quoted) == len(re.findall(r"^— ", TEXTS[name], flags=re.MULTILINE)) >= 13
    for line, shown, linked in quoted:
        assert shown == linked
        assert line in (ROOT / linked).read_text(encoding="utf-8"), (line, linked)


@pytest.mark.parametrize("name", TEXTS)
def test_every_formula_that_stands_alone_is_followed_by_its_line(name):
    blocks = TEXTS[name].split("\n\n")
    followed = [(block, after) for block, after in itertools.pairwise(blocks) if block.startswith("$$")]
    assert len(followed) >= 11
    assert [block for block, after in followed if not QUOTED.match(after)] == []


def test_its_code_runs_as_it_stands():
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(code_of(TEXTS["seq2seq.md"]))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    promised = re.findall(r"(torch\.Size\(.*?\)|True)$", "\n".join(code_of(TEXTS["seq2seq.md"])), flags=re.MULTILINE)
    assert done.stdout.splitlines()[: len(promised)] == promised


def test_both_languages_have_the_same_code_formulas_and_figures():
    english, chinese = TEXTS.values()
    bare = [re.sub(r"\s+#.*|f\".*\"", "", "\n".join(code_of(text))) for text in (english, chinese)]
    assert bare[0] == bare[1]
    rows = r"^\| >?[\d–]+ \|.*", r"^\| `(?:rnn|gru|lstm)` \| \d.*"
    for pattern in (r"\$\$.*\$\$", *rows, r"^— `[^`]+`", r"^## |^### "):
        found = [re.findall(pattern, text, flags=re.MULTILINE) for text in (english, chinese)]
        assert found[0] == found[1] != []


@pytest.mark.parametrize("name", TEXTS)
def test_every_linked_file_exists(name):
    for target in re.findall(r"\]\(([^)#:]+)\)", TEXTS[name]):
        assert (ROOT / "docs" / target).resolve().is_file(), target


def test_its_scores_are_those_of_the_results():
    results = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    for words, *scores in re.findall(r"^\| ([\d–]+) \| ([\d.]+) \| ([\d.]+) \| (\d+ %) \|", TEXTS["seq2seq.md"], re.M):
        row = re.search(rf"^\| {words} \| .*$", results, flags=re.MULTILINE)
        assert row, words
        assert all(score in row[0] for score in scores)


@pytest.mark.parametrize("name", TEXTS)
def test_its_exposure_bias_is_that_which_was_measured(name):
    (folder,) = find_exposures()
    for model in load_exposure(folder).models:
        whole = model.own[0]
        shares = whole.right.value, whole.other.value, whole.loss.value, whole.loss.low, whole.loss.high
        right, other, *loss = (f"{100 * share:.1f}" for share in shares)
        (row,) = re.findall(rf"^\| `{model.name}` \|.*$", TEXTS[name], flags=re.MULTILINE)
        assert re.findall(r"\d+\.\d", row) == [f"{model.bleu:.1f}", f"{model.band:.1f}", right, other, *loss]
    first = load_exposure(folder).models[0].mistake[1]
    assert all(f"{100 * share.value:.1f} %" in TEXTS[name] for share in (first.right, first.other))


@pytest.mark.parametrize("name", TEXTS)
def test_its_twins_are_those_that_were_measured(name):
    (folder,) = find_grids()
    plain, attending = load_grid(folder).twin()
    pattern = r"^\| (>?[\d–]+) \| ([\d.]+) ± ([\d.]+) \| ([\d.]+) ± ([\d.]+) \| ([\d.]+) \| (\d+ %) \|$"
    assert re.findall(pattern, TEXTS[name], flags=re.MULTILINE) == [
        (
            one.words.replace("-", "–"),
            *(f"{value:.1f}" for value in (one.bleu, one.band, other.bleu, other.band, one.bleu - other.bleu)),
            f"{100 * other.bleu / one.bleu:.0f} %",
        )
        for one, other in zip(attending.by_length, plain.by_length, strict=True)
    ]


@pytest.mark.parametrize("name", TEXTS)
def test_its_table_of_kinds_is_that_which_was_measured(name):
    (folder,) = find_grids()
    for cell, measured in itertools.groupby(load_grid(folder).cells, key=lambda each: each.cell):
        (row,) = re.findall(rf"^\| `{cell}` \| \d.*$", TEXTS[name], flags=re.MULTILINE)
        scores = (
            f"{each.bleu:.1f}" + ("" if each.error_rate is None else f" ({100 * each.error_rate:.0f} %)")
            for each in measured
        )
        assert row == f"| `{cell}` | {' | '.join(scores)} |"
