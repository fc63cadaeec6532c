"""How far attention agrees with gradient × input and with leave-one-out, over a corpus.

    python benchmarks/explanation.py --model checkpoints/en-fr --limit 200 < source.txt

Each line of standard input is translated, and every step of its best hypothesis is explained three times
(s2s/explain.py). `spearman` is the mean rank correlation of the rows, `top 1` the share of steps at which both weigh
the same source piece most. Beside it stands how far the two other explanations agree with each other: attention can
hardly do better.
"""

import argparse
import sys

from peers import emit, say

from s2s.errors import S2SError
from s2s.inside.explanation import agreements, explain
from s2s.translator import Translator


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--limit", type=int, default=200, help="sentences at most")
    options = parser.parse_args()
    translator = Translator.load(options.model, "cpu")
    lines = [line.strip() for line in sys.stdin if line.strip()][: options.limit]
    found = []
    for translation in translator.translate_batch(lines):
        for sentence in translation.sentences:
            try:
                found.append(explain(translator, sentence.source_pieces, sentence.best.target_pieces))
            except S2SError as error:
                say(f"left out: {sentence.source:.60}: {error}")
    for name, agreement in agreements(found)._asdict().items():
        settings = {"model": options.model, "sentences": len(found), "steps": agreement.steps}
        task = name.replace("_", " ", 1).replace("left_out", "leave-one-out")
        emit("s2s", task, "spearman", agreement.spearman, "-1 to 1", **settings)
        emit("s2s", task, "top 1", 100 * agreement.top_1, "%", **settings)


if __name__ == "__main__":
    main()
