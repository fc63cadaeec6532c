"""How good the headlines are: ROUGE of models beside the first words of each description.

    OMP_NUM_THREADS=1 python benchmarks/headline.py --model checkpoints/headline --model runs/nocopy/headline/checkpoint

The baseline takes, of each description, as many first words as the first model wrote for it: summaries of news are hard
put to beat it (See et al. 2017, section 6). One JSON line for each model and one for the baseline; for a model that
copies also how much of what it wrote was copied, and how often a headline has a piece that its source lacks.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from s2s.batch import translate_lines
from s2s.config import SearchConfig
from s2s.corpora import read_lines
from s2s.metrics import score_summaries
from s2s.result import END_PIECE, Translation
from s2s.translator import Translator


def lead_words(source: str, count: int) -> str:
    """The first `count` words of a text, or all, if it has fewer."""
    return " ".join(source.split()[:count])


def scored(name: str, headlines: Sequence[str], references: Sequence[str]) -> dict[str, Any]:
    """The scores of some headlines, each with half of its 95 % band, and how long they are."""
    scores = score_summaries(headlines, references)
    values = {
        score.name: [round(score.value, 2), None if score.band is None else round(score.band, 2)] for score in scores
    }
    words = sum(len(headline.split()) for headline in headlines) / len(headlines)
    return {"name": name, **values, "words": round(words, 2), "pairs": len(headlines)}


def copied(found: Sequence[Translation]) -> dict[str, float]:
    """Of all pieces written: the share that copying gave, the mean p_gen, and the share that stands in the source."""
    best = [translation.sentences[0].best for translation in found]
    origins = [
        origin
        for hypothesis in best
        for piece, origin in zip(hypothesis.target_pieces, hypothesis.origins or (), strict=False)
        if piece != END_PIECE
    ]
    if not origins:
        return {}
    means = {
        "copied": sum(origin.copied for origin in origins),
        "p_gen": sum(origin.generated for origin in origins),
        "in_source": sum(bool(origin.places) for origin in origins),
    }
    return {name: round(total / len(origins), 3) for name, total in means.items()}


def main() -> None:
    """Score the models and the baseline."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="append", required=True, help="a checkpoint folder; several are compared")
    parser.add_argument("--data", type=Path, default=Path("data/headline"), help="where `prepare` wrote the test")
    parser.add_argument("--beam-size", type=int, default=5)
    options = parser.parse_args()
    sources, references = (list(read_lines(options.data / f"test.{side}.txt")) for side in ("source", "target"))
    config = SearchConfig(beam_size=options.beam_size, alternatives=0)
    lengths: list[int] = []
    for name in options.model:
        found = list(translate_lines(Translator.load(name), sources, config))
        headlines = [translation.target for translation in found]
        lengths = lengths or [len(headline.split()) for headline in headlines]
        print(json.dumps(scored(name, headlines, references) | copied(found)), flush=True)
    leads = [lead_words(source, length) for source, length in zip(sources, lengths, strict=True)]
    print(json.dumps(scored("first words", leads, references)))


if __name__ == "__main__":
    main()
