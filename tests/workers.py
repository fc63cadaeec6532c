"""What stands in for a training in tests of how trainings share a server: it obeys, and learns nothing."""

import json
import time
from pathlib import Path

POINT = {
    "is": "point",
    "updates": 10,
    "seconds": 0.1,
    "loss": 1.5,
    "exact": None,
    "source_pieces": ["a", "b"],
    "target": "b",
    "target_pieces": ["b", "</s>"],
    "log_probs": [-0.1, -0.2],
    "attention": [[0.25, 0.75], [0.5, 0.5]],
}
DONE = {
    "is": "done",
    "finished": False,
    "exact": 0.5,
    "test_pairs": 2,
    "trained_length": 10,
    "by_length": [{"length": 3, "right": 6, "tried": 12}],
    "samples": [["ab", "ba", "ba"], ["cd", "cd", "dc"]],
}


def _tell(teller, values):
    teller.send_bytes(json.dumps(values).encode())


def obedient(teller, plan, folder, bounds, resume):
    """Tells one point, and stops when it is told to."""
    _tell(teller, {"is": "begun", "updates": 20 if resume else 10, "parameters": 7})
    _tell(teller, POINT)
    teller.recv_bytes()
    (Path(folder) / "checkpoint").mkdir(exist_ok=True)
    (Path(folder) / "checkpoint" / "config.json").write_text("{}", encoding="utf-8")
    _tell(teller, DONE | {"finished": resume})


def deaf(teller, plan, folder, bounds, resume):
    """Does not stop."""
    _tell(teller, {"is": "begun", "updates": 10, "parameters": 7})
    while True:
        time.sleep(60)


def broken(teller, plan, folder, bounds, resume):
    """Ends without a word."""
