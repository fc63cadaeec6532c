"""The examples run as they stand."""

import re
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_the_textbook_learns_and_prints_its_shapes(tmp_path):
    done = subprocess.run(
        [sys.executable, EXAMPLES / "textbook.py"], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith("torch")] == [
        "torch.Size([16, 20, 10])",
        "torch.Size([16, 20, 10])",
        "torch.Size([16, 20, 20])",
    ]
    losses = [float(loss) for loss in re.findall(r"loss (\d\.\d\d)$", done.stdout, flags=re.MULTILINE)]
    assert len(losses) == 2
    assert all(loss < 0.2 for loss in losses)  # a model that has learned nothing has 0.5


def test_the_textbook_fits_on_a_page():
    assert len((EXAMPLES / "textbook.py").read_text(encoding="utf-8").splitlines()) < 60
