"""The README's commands and code run as they stand there."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from s2s.hub import cache
from s2s.page import settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [line.strip() for line in README.splitlines() if re.match(r"    (echo|\.venv).* -m s2s ", line)]
QUICK = [line for line in COMMANDS if " train " not in line and " prepare " not in line]


def run(command, **options):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False, **options)


@pytest.mark.parametrize("name", ["search.md", "alignment.md", "page.md", "inside.md", "compare.md", "train-tab.md"])
def test_the_python_lines_of_a_guide_run_one_after_the_other(name):
    guide = (ROOT / "docs" / name).read_text(encoding="utf-8")
    code = re.findall(r"```python\n(.*?)```", guide, flags=re.DOTALL)
    done = run([sys.executable, "-c", "\n".join(code)])
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_the_python_lines_run_as_they_stand():
    [code] = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    done = run([sys.executable, "-c", code])
    assert done.returncode == 0, done.stderr
    assert len(code.strip().splitlines()) <= 6
    assert "[[" in done.stdout


@pytest.mark.parametrize("command", QUICK)
def test_a_command_runs_as_it_stands(command, tmp_path):
    command = command.replace(".venv/bin/python", sys.executable).replace("exports/", f"{tmp_path}/")
    done = run(["bash", "-c", command])
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    if "--json" in command:
        [sentence] = json.loads(done.stdout)["sentences"]
        assert len(sentence["attention"]) == len(sentence["target_pieces"])
        assert all(abs(sum(row) - 1) < 1e-4 for row in sentence["attention"])


def test_every_recipe_that_is_named_exists():
    for name in re.findall(r"recipes/[a-z-]+\.toml", README):
        assert (ROOT / name).is_file(), name


def test_the_make_targets_exist():
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert set(re.findall(r"^    make ([a-z-]+)", README, flags=re.MULTILINE)) <= set(targets)


def test_the_file_tree_names_every_module():
    rooms = {
        path.name for path in (ROOT / "s2s").iterdir() if not path.name.startswith("__") and path.name != "py.typed"
    }
    named = set(re.findall(r"^    s2s/([a-z0-9_.]+?)/? ", README, flags=re.MULTILINE))
    assert named == rooms


def test_the_settings_table_names_every_variable():
    source = "".join(Path(module.__file__).read_text(encoding="utf-8") for module in (settings, cache))
    assert set(re.findall(r"`(S2S_[A-Z_]+)`", README)) == set(re.findall(r"S2S_[A-Z_]+[A-Z]", source))


@pytest.mark.parametrize(
    "pattern",
    [
        r"^    (?:make|echo|\.venv).*",
        r"^    (?:app\.py|\S+/(?:\w+\.py)?) ",
        r"^\| \[?`\w[\w-]+`",
        r"[\d.,]+ (?:M|MB|±|%)(?![\d])",
        r"\]\(((?:docs|recipes|checkpoints|examples)/[\w/.-]+)\)",
    ],
    ids=["commands", "files", "tables", "figures", "links"],
)
def test_the_chinese_readme_says_the_same(pattern):
    english, chinese = (
        sorted(name.replace(".zh", "") for name in re.findall(pattern, text, flags=re.MULTILINE))
        for text in (README, (ROOT / "README.zh.md").read_text(encoding="utf-8"))
    )
    assert english == chinese != []


def test_the_pictures_exist():
    for name in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README):
        assert (ROOT / name).is_file(), name
