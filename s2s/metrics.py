"""Scores of translations against references (sacreBLEU, Post 2018), and of what was heard, each with its signature."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from s2s.config import Tokenizer
from s2s.errors import DataError
from s2s.recipe import DataConfig

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


def score_pairs(
    hypotheses: Sequence[str], references: Sequence[str], config: DataConfig, resamples: int = BOOTSTRAP
) -> list[Score]:
    """The scores of a recipe's task: the word error rate where sources are sounds, else BLEU and chrF."""
    if config.audio:
        return [word_error_rate(hypotheses, references, resamples=resamples)]
    return score_corpus(
        hypotheses, references, tokenize=config.tokenize, lowercase=config.lowercase, resamples=resamples
    )


def word_error_rate(hypotheses: Sequence[str], references: Sequence[str], *, resamples: int = BOOTSTRAP) -> Score:
    """WER in percent: words that must be changed, added or left out, of a hundred words of the references.

    Words stand between blanks. `resamples` of whole lines for the confidence band; 1 asks for none.

    Raises:
        DataError: the lines are not as many as the references, or the references have no words.
    """
    if len(hypotheses) != len(references) or not any(text.split() for text in references):
        raise DataError(
            f"expected as many references as hypotheses, and at least one word in them: found {len(references)} "
            f"references for {len(hypotheses)} hypotheses"
        )
    pairs = [(one.split(), other.split()) for one, other in zip(hypotheses, references, strict=True)]
    errors = np.array([edit_distance(*pair) for pair in pairs])
    words = np.array([len(reference) for _, reference in pairs])
    band = None
    if resamples > 1:
        drawn = np.random.default_rng(1).integers(0, len(pairs), (resamples, len(pairs)))
        rates = 100 * errors[drawn].sum(axis=1) / np.maximum(1, words[drawn].sum(axis=1))
        band = float(np.diff(np.quantile(rates, (0.025, 0.975)))[0] / 2)
    rate = 100 * float(errors.sum()) / float(words.sum())
    return Score("WER", rate, band, f"nrefs:1|bs:{resamples}|seed:1|case:mixed|tok:blanks|version:1")


def edit_distance(one: Sequence[str], other: Sequence[str]) -> int:
    """How many items must be changed, added or left out to make the other of one (Levenshtein 1966)."""
    row = list(range(len(other) + 1))
    for number, item in enumerate(one, 1):
        before, row[0] = row[0], number
        for place, wanted in enumerate(other, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (item != wanted))
    return row[-1]


def bucket_of(source: str) -> int:
    """The index of the length bucket of a source, by whitespace words."""
    words = len(source.split())
    return next(index for index, (_, last) in enumerate(LENGTH_BUCKETS) if last is None or words <= last)
