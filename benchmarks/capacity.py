"""How many requests a machine takes, what a million of them costs, and how long they take: computed from measurements.

Reads the last lines of several runs of benchmarks/load.py, equally long, with few visitors and with more. What one more
request needs of a core is the slope of the page's processor time over the requests, by least squares; what is there
without any (the start, idle work) is told beside it. The plan: a core gives the inverse of it in requests a second, of
which `--busy` are used, since arrivals come by chance; machines and their prices an hour are assumptions (`MACHINES`),
and `--price NAME=DOLLARS` changes one. The check: arrivals are simulated as a Poisson process of the measured rate and
share `--cores` among them (processor sharing); what each needs is exponential, for how it is distributed over requests
is not measured. The p95 of this is printed beside the measured one.

    for n in 20 60 120; do python benchmarks/load.py --minutes 1 --visitors $n | tail -1; done > load.jsonl
    python benchmarks/capacity.py load.jsonl [--busy 0.6] [--cores 1] [--price "2 cores=0.05"]

`--memory` prints what each checkpoint adds to a process instead.
"""

import argparse
import json
import math
import os
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

MACHINES = {"2 cores": (2, 4, 0.05), "4 cores": (4, 8, 0.10), "8 cores": (8, 16, 0.20)}
"""Cores, gigabytes, and dollars an hour: what a small virtual machine costs about; ask for your own price."""


def cost_of_a_million(dollars_an_hour: float, requests_a_second: float) -> float:
    """Dollars for a million requests at this rate."""
    return dollars_an_hour / (3600 * requests_a_second) * 1e6


def sojourns(arrivals: np.ndarray, needed: np.ndarray, cores: float) -> np.ndarray:
    """Seconds from arrival to end, [N]: those that are there at the same time share the cores, none has more than one.

    Args:
        arrivals: moments, rising, [N].
        needed: seconds of a core that each needs, [N].
        cores: how many there are.
    """
    left = needed.astype(float).copy()
    ended = np.zeros(len(arrivals))
    there: list[int] = []
    now, coming = 0.0, 0
    while there or coming < len(arrivals):
        speed = min(1.0, cores / max(1, len(there)))
        first = min(there, key=left.__getitem__, default=None)
        next_end = math.inf if first is None else now + left[first] / speed
        next_arrival = arrivals[coming] if coming < len(arrivals) else math.inf
        moment = min(next_end, next_arrival)
        left[there] -= (moment - now) * speed
        now = moment
        if next_arrival <= next_end:
            there.append(coming)
            coming += 1
        else:
            ended[first] = now
            there.remove(first)
    return ended - arrivals


def predicted_p95(rate: float, mean: float, cores: float, count: int = 5000, seed: int = 1) -> float:
    """The 95th hundredth of the seconds of requests that come at this rate and need `mean` seconds of a core."""
    chance = np.random.default_rng(seed)
    arrivals = np.cumsum(chance.exponential(1 / rate, count))
    return float(np.percentile(sojourns(arrivals, chance.exponential(mean, count), cores), 95))


def demand(runs: list[dict[str, float]]) -> tuple[float, float]:
    """Seconds of a core that one more request needs, and that a run needs without any."""
    requests = np.array([run["requests"] for run in runs])
    used = requests * [run["cpu_ms_a_request"] / 1000 for run in runs]
    slope, rest = np.polyfit(requests, used, 1)
    return float(slope), float(rest)


def plan(needed: float, busy: float, prices: dict[str, float]) -> None:
    """Print for each machine its rate and cost, where a request needs so many seconds of a core."""
    for name, (cores, gigabytes, dollars) in MACHINES.items():
        price = prices.get(name, dollars)
        rate = cores / needed * busy
        told = {
            "machine": name,
            "gigabytes": gigabytes,
            "dollars_an_hour": price,
            "busy": busy,
            "requests_a_second": round(rate, 1),
            "dollars_a_million": round(cost_of_a_million(price, rate), 2),
        }
        print(json.dumps(told))


def check(runs: list[dict[str, float]], needed: float, cores: float) -> None:
    """Print for each run the predicted and the measured 95th hundredth."""
    for run in runs:
        rate = run["requests"] / (60 * run["minutes"])
        told = {
            "visitors": run["visitors"],
            "requests_a_second": round(rate, 2),
            "busy": round(rate * needed / cores, 2),
            "p95_predicted": round(predicted_p95(rate, needed, cores), 3),
            "p95_measured": run["p95_seconds"],
        }
        print(json.dumps(told))


def memory() -> None:
    """Print what the program has in memory, and what each model that reads text adds to it."""
    from benchmarks.load import megabytes
    from s2s.models import EMBEDDED, find_models
    from s2s.translator import Translator

    before = megabytes(os.getpid())
    print(json.dumps({"megabytes_without_a_model": before}))
    kept = []
    for name, described in find_models().items():
        if described.task == "text":
            kept.append(Translator.load(EMBEDDED / name, "cpu"))
            after = megabytes(os.getpid())
            print(json.dumps({"model": name, "megabytes": round(after - before, 1)}))
            before = after


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="?", type=Path, help="lines of benchmarks/load.py, each of a whole run")
    parser.add_argument("--busy", type=float, default=0.6, help="share of a core's time that is used")
    parser.add_argument("--cores", type=float, default=1.0, help="that the measured server could use")
    parser.add_argument("--price", action="append", default=[], metavar="NAME=DOLLARS")
    parser.add_argument("--memory", action="store_true")
    options = parser.parse_args()
    if options.memory:
        memory()
        return
    if options.runs is None:
        parser.error("which runs? see --help")
    lines = [json.loads(line) for line in options.runs.read_text().splitlines()]
    runs = sorted((line for line in lines if "visitors" in line), key=lambda run: run["visitors"])
    if len({run["requests"] for run in runs}) < 2:
        parser.error(f"at least two runs with other numbers of visitors are needed, found {len(runs)}: see --help")
    prices = {name: float(value) for name, value in (text.split("=") for text in options.price)}
    needed, rest = demand(runs)
    print(json.dumps({"cpu_ms_one_more_request": round(1000 * needed, 1), "cpu_seconds_without_any": round(rest, 1)}))
    plan(needed, options.busy, prices)
    check(runs, needed, options.cores)


if __name__ == "__main__":
    main()
