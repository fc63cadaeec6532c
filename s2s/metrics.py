"""Scores of what was written against references, each with its signature.

Of translations BLEU and chrF, by sacreBLEU (Post 2018); of what was heard the word error rate; of summaries ROUGE (Lin
2004), which is counted here: its usual library, rouge-score, is not maintained, and what it counts is little. The tests
hold both together. Of answers in a dialogue, which have no reference that they must be like, how varied they are.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

import numpy as np
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from s2s.config import Task, Tokenizer
from s2s.errors import DataError
from s2s.recipe_sections import DataConfig
from s2s.splits import plain
from s2s.words import ONE_WORD

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
    _check_sizes(hypotheses, references)
    # It warns of texts that look tokenised: without a tokeniser of its own they should be.
    bleu = BLEU(tokenize=tokenize, lowercase=lowercase, force=tokenize == "none")
    scores = []
    for name, metric in (("BLEU", bleu), ("chrF", CHRF(lowercase=lowercase))):
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
    hypotheses: Sequence[str],
    references: Sequence[str],
    config: DataConfig,
    task: Task = "text",
    resamples: int = BOOTSTRAP,
) -> list[Score]:
    """The scores of a recipe's task: the word error rate where sources are sounds, else those of `score_task`."""
    if config.audio:
        return [word_error_rate(hypotheses, references, resamples=resamples)]
    return score_task(
        task, hypotheses, references, tokenize=config.tokenize, lowercase=config.lowercase, resamples=resamples
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


def score_summaries(hypotheses: Sequence[str], references: Sequence[str]) -> list[Score]:
    """ROUGE-1, ROUGE-2 and ROUGE-L (Lin 2004), F1, 0 … 100, the mean over all, of hypotheses with one reference each.

    Words are runs of Latin letters and digits, without case and as they are (no stemming), as rouge-score has them.
    """
    _check_sizes(hypotheses, references)
    pairs = [
        (_rouge_words(hypothesis), _rouge_words(reference))
        for hypothesis, reference in zip(hypotheses, references, strict=True)
    ]
    scores = []
    for name, count in _ROUGE.items():
        values = [100 * f1(count(*pair), *(max(0, len(side) - (name == "ROUGE-2")) for side in pair)) for pair in pairs]
        band = 1.96 * stdev(values) / sqrt(len(values)) if len(values) > 1 else None
        scores.append(Score(name, fmean(values), band, "nrefs:1|F1|mean|case:lc|words:[a-z0-9]+|stems:no|version:1"))
    return scores


def _rouge_words(text: str) -> list[str]:
    return re.findall("[a-z0-9]+", text.lower())


def common_runs(one: Sequence[str], other: Sequence[str], size: int) -> int:
    """How many runs of `size` words both have, each as often as the one that has it less often."""
    first, second = (Counter(zip(*(words[at:] for at in range(size)), strict=False)) for words in (one, other))
    return (first & second).total()


def longest_common(one: Sequence[str], other: Sequence[str]) -> int:
    """Words of the longest sequence that stands in both, in this order, with or without gaps."""
    row = [0] * (len(other) + 1)
    for word in one:
        before = row
        row = [0]
        for place, found in enumerate(other):
            row.append(before[place] + 1 if word == found else max(before[place + 1], row[-1]))
    return row[-1]


def f1(common: int, one: int, other: int) -> float:
    """The harmonic mean of common / one and common / other; 0 where nothing is common."""
    return 2 * common / (one + other) if common else 0.0


_ROUGE: dict[str, Callable[[Sequence[str], Sequence[str]], int]] = {
    "ROUGE-1": lambda one, other: common_runs(one, other, 1),
    "ROUGE-2": lambda one, other: common_runs(one, other, 2),
    "ROUGE-L": longest_common,
}


GENERIC = 1000
"""An answer is generic if at least one source of so many gets it, and in any case two."""


def score_answers(answers: Sequence[str]) -> list[Score]:
    """How varied answers are, without references, each 0 … 100.

    distinct-1 and distinct-2: different words, or pairs of neighbouring words, a hundred words written (Li et al. 2016,
    section 5.1). generic: the share of answers that are given word for word to one source in a thousand, and at least
    twice. All are counted without case and punctuation, and depend on how many answers there are: compare those to the
    same sources only.

    Raises:
        DataError: there are no answers.
    """
    if not answers:
        raise DataError("expected at least one answer, found none")
    texts = [plain(answer) for answer in answers]
    words = [text.split() for text in texts]
    total = max(1, sum(map(len, words)))
    kinds = [{run for row in words for run in zip(*(row[at:] for at in range(size)), strict=False)} for size in (1, 2)]
    fewest = max(2, -(-len(texts) // GENERIC))
    generic = sum(count for count in Counter(texts).values() if count >= fewest)
    signature = f"nrefs:0|answers:{len(texts)}|case:lc|punctuation:no|version:1"
    return [
        *(Score(f"distinct-{size}", 100 * len(kind) / total, None, signature) for size, kind in enumerate(kinds, 1)),
        Score("generic", 100 * generic / len(texts), None, signature.replace("|case", f"|least:{fewest}|case")),
    ]


def score_task(
    task: Task,
    hypotheses: Sequence[str],
    references: Sequence[str],
    *,
    tokenize: Tokenizer = "13a",
    lowercase: bool = False,
    resamples: int = BOOTSTRAP,
) -> list[Score]:
    """The scores that are usual for a task: before BLEU and chrF, ROUGE of a summary, and how varied answers are."""
    scores = score_corpus(hypotheses, references, tokenize=tokenize, lowercase=lowercase, resamples=resamples)
    if task == "summarization":
        return [*score_summaries(hypotheses, references), *scores]
    return [*score_answers(hypotheses), *scores] if task == "dialogue" else scores


def _check_sizes(hypotheses: Sequence[str], references: Sequence[str]) -> None:
    if len(hypotheses) != len(references) or not hypotheses:
        raise DataError(
            f"expected as many references as sources, and at least one: found {len(references)} references "
            f"for {len(hypotheses)} sources"
        )


def bucket_of(source: str) -> int:
    """The index of the length bucket of a source, by its words: each character of a script without blanks is one."""
    words = len(ONE_WORD.findall(source))
    return next(index for index, (_, last) in enumerate(LENGTH_BUCKETS) if last is None or words <= last)


def bucket_name(index: int) -> str:
    """The words of a length bucket, such as 6-10 or >30."""
    first, last = LENGTH_BUCKETS[index]
    return f"{first}-{last}" if last else f">{first - 1}"
