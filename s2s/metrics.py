"""Scores of translations against references (sacreBLEU, Post 2018), each with its signature."""

from collections.abc import Sequence
from dataclasses import dataclass

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from s2s.config import Tokenizer
from s2s.errors import DataError

BOOTSTRAP = 1000
"""Resamples behind a confidence band (Koehn 2004)."""

LENGTH_BUCKETS = ((1, 5), (6, 10), (11, 15), (16, 20), (21, 30), (31, None))
"""Source lengths in words, first and last."""


@dataclass(frozen=True)
class Score:
    """One score of a corpus, with the signature that makes it comparable."""

    name: str
    value: float
    band: float | None
    """Half the width of the 95 % confidence band; None if there is none."""
    signature: str

    def __str__(self) -> str:
        band = "" if self.band is None else f" ± {self.band:.1f}"
        return f"{self.value:.1f}{band}"


def score_corpus(
    hypotheses: Sequence[str],
    references: Sequence[str],
    *,
    tokenize: Tokenizer = "13a",
    lowercase: bool = False,
    resamples: int = BOOTSTRAP,
) -> list[Score]:
    """BLEU (Papineni 2002) and chrF (Popović 2015), both 0 … 100, of hypotheses with one reference each.

    `resamples` for the confidence band; 1 asks for none.

    Where no hypothesis has four words, BLEU is undefined and left out.
    """
    if len(hypotheses) != len(references) or not hypotheses:
        raise DataError(
            f"expected as many references as sources, and at least one: found {len(references)} references "
            f"for {len(hypotheses)} sources"
        )
    scores = []
    for name, metric in (("BLEU", BLEU(tokenize=tokenize, lowercase=lowercase)), ("chrF", CHRF(lowercase=lowercase))):
        try:
            score = metric.corpus_score(list(hypotheses), [list(references)], n_bootstrap=resamples)
        except TypeError:
            # sacreBLEU cannot average its resamples where some of them match nothing at all: no band then.
            score = metric.corpus_score(list(hypotheses), [list(references)], n_bootstrap=1)
        if name == "chrF" or score.totals[-1] > 0:
            band = float(score._ci) if score._ci >= 0 else None
            value = min(float(score.score), 100.0)  # sacreBLEU's logarithms make a little more of a perfect one
            scores.append(Score(name, value, band, str(metric.get_signature())))
    return scores


def bucket_of(source: str) -> int:
    """The index of the length bucket of a source, by whitespace words."""
    words = len(source.split())
    return next(index for index, (_, last) in enumerate(LENGTH_BUCKETS) if last is None or words <= last)


def bucket_name(index: int) -> str:
    """The words of a length bucket, such as 6-10 or >30."""
    first, last = LENGTH_BUCKETS[index]
    return f"{first}-{last}" if last else f">{first - 1}"
