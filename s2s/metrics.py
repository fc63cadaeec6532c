"""Scores of translations against references (sacreBLEU, Post 2018), each with its signature."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from s2s.errors import DataError

Tokenizer = Literal["13a", "zh", "none"]


BOOTSTRAP = 1000
"""Resamples behind a confidence band (Koehn 2004)."""

LENGTH_BUCKETS = ((1, 5), (6, 10), (11, 15), (16, 20), (21, 30), (31, None))
"""Source lengths in words, first and last."""


@dataclass(frozen=True)
class Score:
    """One score of a corpus, with the signature that makes it comparable."""

    name: str
    value: float
    band: float
    """Half the width of the 95 % confidence band."""
    signature: str


def score_corpus(
    hypotheses: Sequence[str], references: Sequence[str], *, tokenize: Tokenizer = "13a", lowercase: bool = False
) -> list[Score]:
    """BLEU (Papineni 2002) and chrF (Popović 2015), both 0 … 100, of hypotheses with one reference each."""
    if len(hypotheses) != len(references) or not hypotheses:
        raise DataError(
            f"expected as many references as sources, and at least one: found {len(references)} references "
            f"for {len(hypotheses)} sources"
        )
    scores = []
    for metric in (BLEU(tokenize=tokenize, lowercase=lowercase), CHRF(lowercase=lowercase)):
        score = metric.corpus_score(list(hypotheses), [list(references)], n_bootstrap=BOOTSTRAP)
        name = {"BLEU": "BLEU", "CHRF": "chrF"}[type(metric).__name__]
        scores.append(Score(name, score.score, score._ci, str(metric.get_signature())))
    return scores


def bucket_of(source: str) -> int:
    """The index of the length bucket of a source, by whitespace words."""
    words = len(source.split())
    return next(index for index, (_, last) in enumerate(LENGTH_BUCKETS) if last is None or words <= last)
