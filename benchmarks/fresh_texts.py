"""Sentences that some pairs have and others lack, for back-translation (Sennrich et al. 2016).

    python benchmarks/fresh_texts.py PAIRS.tsv.gz --without SEEN.tsv.gz HELD_OUT.tsv > english.txt
    python -m s2s translate --model checkpoints/en-fr < english.txt > french.txt
    paste french.txt english.txt > BACK.tsv

The first column of PAIRS, a sentence a line, each once, without those that stand in any column of the other files; case
and punctuation do not count. A model that learns from BACK.tsv reads what a model wrote and learns to write what people
wrote. The held-out splits of every model that may start from that one belong to --without (`data/NAME/valid.tsv`,
`test.tsv`): else its test would have been seen.
"""

import argparse
from pathlib import Path

from links import read_pairs
from peers import say

from s2s.splits import plain


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--without", type=Path, nargs="+", default=[])
    options = parser.parse_args()
    known = {plain(text) for path in options.without for pair in read_pairs(path) for text in pair} | {""}
    texts = dict.fromkeys(source for source, _ in read_pairs(options.pairs))
    fresh = [text for text in texts if plain(text) not in known]
    for text in fresh:
        print(text)
    say(f"# {len(fresh):,} of {len(texts):,} sentences")


if __name__ == "__main__":
    main()
