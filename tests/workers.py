"""What stands in for a training in tests of how trainings share a server: it obeys, and learns nothing."""

import json
import os
import signal
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
    "why": "",
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


def ready(teller, plan, folder, bounds, resume):
    """Is told to stop before it has learnt anything."""
    _tell(teller, {"is": "begun", "updates": 10, "parameters": 7})
    teller.recv_bytes()


def spent(teller, plan, folder, bounds, resume):
    """Stops by itself, and says why."""
    _tell(teller, {"is": "begun", "updates": 10, "parameters": 7})
    _tell(teller, DONE | {"why": "Its time is over."})


def deaf(teller, plan, folder, bounds, resume):
    """Does not stop."""
    _tell(teller, {"is": "begun", "updates": 10, "parameters": 7})
    while True:
        time.sleep(60)


def broken(teller, plan, folder, bounds, resume):
    """Ends without a word."""


def unsound(teller, plan, folder, bounds, resume):
    """Has a fault, after one more point."""
    _tell(teller, {"is": "begun", "updates": 10, "parameters": 7})
    _tell(teller, POINT | {"updates": 11})
    _tell(teller, {"is": "failed", "message": "the loss became nan"})


def killed(teller, plan, folder, bounds, resume):
    """Is ended by the system, as where memory runs short."""
    os.kill(os.getpid(), signal.SIGKILL)


def threadless(teller, plan, folder, bounds, resume):
    """Is ended by the C library, which has no memory for a thread of it."""
    os._exit(127)


def bound(teller, plan, folder, bounds, resume):
    """Goes in by the door of a real training, and tells there what it may take."""
    import resource

    import torch

    from s2s.workshop import work

    def run(self, resume):
        space, _ = resource.getrlimit(resource.RLIMIT_AS)
        mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        told = {"nice": os.nice(0), "threads": torch.get_num_threads(), "left": space - mapped}
        _tell(teller, {"is": "point", **told})

    torch.set_num_threads(2)
    work._Work.run = run
    work.work(teller, plan, folder, bounds, resume)
