"""`export`: what ONNX Runtime makes of the files alone is what the model says, and nothing is written over."""

import json

import numpy as np
import onnxruntime
import pytest
import torch

from s2s.checkpoint import load_checkpoint
from s2s.models import EMBEDDED
from s2s.pieces import END, START
from tests.commands import refused

NAME = "reverse-tiny"
GRAPHS = ("encode", "start", "step")


def opened(folder):
    return [onnxruntime.InferenceSession(folder / f"{name}.onnx") for name in GRAPHS]


def greedy(folder, source, steps=30):
    """Ids that follow each other, and the log-probabilities [T, V] behind them, with nothing but the files."""
    encode, start, step = opened(folder)
    memory = dict(zip((each.name for each in encode.get_outputs()), encode.run(None, source), strict=True))
    fed = memory | {"mask": np.ones(source["source"].shape, bool), "given": np.full((1, 1, 1), np.nan, np.float32)}
    wanted = {each.name for each in step.get_inputs()}
    state, ids, rows = start.run(None, {"last": memory["last"]}), [START], []
    while ids[-1] != END and len(ids) <= steps:
        fed |= {"previous": np.array(ids[-1:])} | {f"state_{number}": part for number, part in enumerate(state)}
        found = step.run(None, {name: value for name, value in fed.items() if name in wanted})
        named = dict(zip((each.name for each in step.get_outputs()), found, strict=True))
        state = [value for name, value in named.items() if name.startswith("next_")]
        rows.append(named["log_probs"][0])
        ids.append(int(rows[-1].argmax()))
    return ids[1:], np.stack(rows)


@pytest.mark.parametrize("exact", [True, False])
def test_the_files_alone_write_what_the_model_writes(run, tmp_path, exact):
    code, told, _ = run("export", EMBEDDED / NAME, tmp_path / "new", *(["--exact"] if exact else []))
    assert code == 0
    sizes = {path: int(size) for path, size in (line.split("\t") for line in told.splitlines())}
    names = [f"{graph}.onnx" for graph in GRAPHS]
    assert sizes == {
        str(path): path.stat().st_size
        for path in (tmp_path / "new" / name for name in (*names, "text.spm", "config.json", "README.md"))
    }
    checkpoint = load_checkpoint(EMBEDDED / NAME)
    source = np.array([checkpoint.pieces.encode("attention")])
    ids, log_probs = greedy(tmp_path / "new", {"source": source, "lengths": np.array([source.size], np.int32)})
    assert checkpoint.pieces.decode(ids) == "noitnetta"
    model = checkpoint.model.eval()
    with torch.inference_mode():
        mask = torch.ones(source.shape, dtype=torch.bool)
        features, _ = model(torch.from_numpy(source), mask, torch.tensor([ids]))
        expected = model.logits(features).log_softmax(dim=-1)[0].numpy()
    np.testing.assert_allclose(log_probs, expected, atol=1e-4 if exact else 0.5)
    np.testing.assert_allclose(np.exp(log_probs), np.exp(expected), atol=1e-4 if exact else 0.05)


def test_nothing_is_written_over(run, tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert "name a new folder" in refused(run("export", EMBEDDED / NAME, tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_damaged_checkpoint_leaves_nothing(run, tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "config.json").write_text(json.dumps({}), encoding="utf-8")
    assert "is no checkpoint" in refused(run("export", tmp_path / "old", tmp_path / "new"))
    assert not (tmp_path / "new").exists()
