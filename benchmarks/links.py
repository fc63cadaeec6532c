"""Word alignments of pairs, for guided attention, made by eflomal (Östling & Tiedemann 2016).

    python -m venv ENV && ENV/bin/pip install eflomal
    python benchmarks/links.py PAIRS.tsv.gz --eflomal ENV/bin/eflomal-align > LINKS

A line out for each line in: `0-0 1-2`, words as between blanks (a Chinese character is one by itself), for the
`links` of that corpus in a recipe. eflomal itself aligns words and signs (`you` and `.` of `you.`). A link of a sign
counts only for words that have no letters, or the last words of all sentences would be linked. eflomal compiles its
core, so that it needs a C compiler; its links differ a little from run to run.
"""

import argparse
import gzip
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

from peers import say

from s2s.alignment import Links, Symmetrization, symmetrize, to_pharaoh
from s2s.links import word_spans
from s2s.words import WITHOUT_BLANKS

TOKEN = re.compile(rf"[{WITHOUT_BLANKS}]|[^\W{WITHOUT_BLANKS}]+['’]?|[^\w\s]")
METHODS = get_args(Symmetrization)

Texts = tuple[Sequence[str], Sequence[str]]
"""The tokens of a pair."""


def run_eflomal(program: Path, pairs: Sequence[Texts]) -> list[tuple[Links, Links]]:
    """Links between the tokens of each pair, forward and backward; none where a side is empty."""
    filled = [row for row, pair in enumerate(pairs) if all(pair)]
    found = [(frozenset[tuple[int, int]](), frozenset[tuple[int, int]]())] * len(pairs)
    with tempfile.TemporaryDirectory() as folder:
        source, target, forward, backward = (Path(folder) / name for name in ("source", "target", "to", "fro"))
        for side, path in enumerate((source, target)):
            lines = (" ".join(pairs[row][side]) for row in filled)
            path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        subprocess.run([program, "--overwrite", "-s", source, "-t", target, "-f", forward, "-r", backward], check=True)
        for row, *lines in zip(filled, read_links(forward), read_links(backward), strict=True):
            found[row] = lines[0], lines[1]
    return found


def read_links(path: Path) -> Iterator[Links]:
    for line in path.read_text(encoding="ascii").splitlines():
        ends = (link.split("-") for link in line.split())
        yield frozenset((int(source), int(target)) for source, target in ends)


def words_of_tokens(text: str) -> list[int | None]:
    """For each token the word that it stands for; None for a sign at a word with letters."""
    words: list[int | None] = []
    for number, (start, end) in enumerate(word_spans(text)):
        word = text[start:end]
        has_letters = bool(re.search(r"\w", word))
        words += [None if has_letters and not re.match(r"\w", token) else number for token in TOKEN.findall(word)]
    return words


def word_links(links: Links, source: str, target: str) -> Links:
    """Links between the tokens of two texts as links between their words."""
    sides = words_of_tokens(source), words_of_tokens(target)
    found = ((sides[0][first], sides[1][second]) for first, second in links)
    return frozenset((first, second) for first, second in found if first is not None and second is not None)


def read_pairs(path: Path) -> list[list[str]]:
    """Source and target of each line of a TSV file, plain or gzip'd; empty texts where a line is none."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="\n") as file:
        return [[*line.rstrip("\r\n").split("\t"), "", ""][:2] for line in file]


def tokens(pair: Sequence[str]) -> Texts:
    source, target = (TOKEN.findall(" ".join(side.split())) for side in pair)
    return source, target


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--eflomal", type=Path, required=True)
    parser.add_argument("--symmetrize", choices=METHODS, default="grow-diag-final-and")
    options = parser.parse_args()
    pairs = read_pairs(options.pairs)
    found = run_eflomal(options.eflomal, [tokens(pair) for pair in pairs])
    for (source, target), directions in zip(pairs, found, strict=True):
        print(to_pharaoh(word_links(symmetrize(*directions, options.symmetrize), source, target)))
    say(f"# {len(pairs):,} lines")


if __name__ == "__main__":
    main()
