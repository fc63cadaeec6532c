"""Alignment error rate of a model's links on gold links, beside a statistical aligner.

    python benchmarks/alignment.py --model checkpoints/en-fr --gold enfr.tsv.gz [--reverse-model DIR] \
        [--eflomal BIN/eflomal-align --pairs train.tsv.gz]

The model is made to write each gold target; the weights of the source's pieces are merged into words, and each target
word is linked to the source word with the greatest one. `attention` are the weights before a word is written; `a step
later` takes the row of the next piece instead, `a step earlier` that of the one before: if either is better, the
attention does not describe the piece that its row is named after. `posterior` are the weights once the word is written
(s2s/posterior.py). Scores are in percent (Och & Ney 2003), over all pairs and over those with at most 20 words on each
side.

eflomal (Östling & Tiedemann 2016) is another program, in an environment of its own: `pip install eflomal`. It is
trained on the model's pairs, cut into words and signs, together with the gold texts themselves (not their links), which
it needs to align them. Its links differ a little from run to run.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import numpy as np
from links import read_pairs, run_eflomal, tokens
from peers import emit, say

from s2s.alignment import Gold, Links, links_of, read_gold, score_links, symmetrize, turned
from s2s.forced import ForcedPair, Weighing, force
from s2s.translator import Translator
from s2s.words import merge_attention

SHORT = 20
"""Words of a side, at most, of the short pairs."""

SHIFTS = {"attention, a step later": 1, "attention, a step earlier": -1}


def shifted_links(pair: ForcedPair, steps: int) -> Links:
    """Links where the row of a piece is the one `steps` later, or the nearest that there is."""
    rows = np.clip(np.arange(len(pair.weights)) + steps, 0, len(pair.weights) - 1)
    return links_of(merge_attention(pair.weights[rows], pair.source, pair.target))


def both_directions(name: str, forward: Sequence[Links], backward: Sequence[Links]) -> dict[str, list[Links]]:
    """The links of both directions, and what they make together."""
    pairs = list(zip(forward, backward, strict=True))
    return {
        f"{name}, backward": list(backward),
        f"{name}, intersection": [symmetrize(*pair, "intersection") for pair in pairs],
        f"{name}, grow-diag-final-and": [symmetrize(*pair, "grow-diag-final-and") for pair in pairs],
    }


def of_models(gold: Gold, model: str, reverse_model: str | None) -> dict[str, list[Links]]:
    forward = Translator.load(model, "cpu", "torch")
    backward = Translator.load(reverse_model, "cpu", "torch") if reverse_model else None
    sides = [pair.source for pair in gold.pairs], [pair.target for pair in gold.pairs]
    found: dict[str, list[Links]] = {}
    for weighing in get_args(Weighing):
        forced = list(force(forward, *sides, weighing))
        found[weighing] = [shifted_links(pair, 0) for pair in forced]
        if weighing == "attention":
            found |= {name: [shifted_links(pair, steps) for pair in forced] for name, steps in SHIFTS.items()}
        if backward:
            reverse = [turned(shifted_links(pair, 0)) for pair in force(backward, *sides[::-1], weighing)]
            found |= both_directions(weighing, found[weighing], reverse)
    return found


def of_eflomal(gold: Gold, program: Path, pairs: Path) -> dict[str, list[Links]]:
    rows = [tokens(pair) for pair in read_pairs(pairs)]
    rows += [(pair.source.split(), pair.target.split()) for pair in gold.pairs]
    found = run_eflomal(program, rows)[-len(gold.pairs) :]
    forward, backward = zip(*found, strict=True)
    return {"eflomal": list(forward), **both_directions("eflomal", forward, backward)}


def report(gold: Gold, name: str, found: Sequence[Links], settings: dict[str, str]) -> None:
    for most in (None, SHORT):
        rows = [
            row
            for row, pair in enumerate(gold.pairs)
            if most is None or max(len(pair.source.split()), len(pair.target.split())) <= most
        ]
        score = score_links([found[row] for row in rows], [gold.pairs[row] for row in rows])
        values = {"AER": score.error_rate, "precision": score.precision, "recall": score.recall}
        for metric, value in values.items():
            peer = name.partition(",")[0]
            emit(peer, "align", metric, 100 * value, "%", links=name, most_words=most, pairs=len(rows), **settings)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--reverse-model")
    parser.add_argument("--gold", type=Path, required=True)
    parser.add_argument("--eflomal", type=Path)
    parser.add_argument("--pairs", type=Path, help="what the model was trained on: TSV, gzip'd")
    options = parser.parse_args()
    if bool(options.eflomal) != bool(options.pairs):
        parser.error("--eflomal and --pairs belong together")
    gold = read_gold(options.gold)
    say(f"# {len(gold.pairs)} pairs; left out: {gold.repeated} repeated, {gold.out_of_range} links out of range")
    found = of_models(gold, options.model, options.reverse_model)
    if options.eflomal:
        found |= of_eflomal(gold, options.eflomal, options.pairs)
    for name, links in found.items():
        report(gold, name, links, {"model": options.model, "gold": options.gold.name})


if __name__ == "__main__":
    main()
