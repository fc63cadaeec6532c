"""The long fuzz run: 100,000 made-up inputs to the functions and 5,000 over HTTP, each run with other ones.

What is asked and what must hold stands in tests/test_fuzz.py and tests/fuzzing.py. An input that fails is printed by
Hypothesis with what repeats it.

    python benchmarks/fuzz.py [--inputs 100000] [--requests 5000] [--seed 1]
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

FUNCTION_TESTS, HTTP_TESTS = 11, 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    numbers = {
        "FUZZ_EXAMPLES": -(-options.inputs // FUNCTION_TESTS),
        "FUZZ_REQUESTS": -(-options.requests // HTTP_TESTS),
        "FUZZ_ANEW": 1,
    }
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "0", "-q", "tests/test_fuzz.py", f"--hypothesis-seed={options.seed}"],
        cwd=Path(__file__).parents[1],
        env=os.environ | {name: str(value) for name, value in numbers.items()},
    )
    sys.exit(ended.returncode)


if __name__ == "__main__":
    main()
