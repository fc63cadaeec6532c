"""The noisy channel: of the translations that were found, those first from which the source can be told again.

A search orders by P(y | x), and what is likely after x may have lost half of it. A model of the other direction is
asked how likely the source x is after a translation y, by forced decoding; then the best y has the greatest

    log P(y | x) + λ log P(x | y)

This is Bayes' rule as machine translation began with it (Brown et al. 1993), with a direct model in place of a language
model of y (Li et al. 2016, section 4.2; Yee et al. 2019, equation 3).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from s2s.config import SearchConfig
from s2s.result import END_PIECE, Hypothesis, Sentence

ReadBack = Callable[[Sequence[str], Sequence[str]], list[tuple[float, ...]]]
"""The log-probabilities of the pieces of each source [R] after the target beside it; none after one that is empty."""


def is_asked(config: SearchConfig) -> bool:
    """Whether such a search has hypotheses to choose from, and a say for the other direction."""
    return config.read_back > 0 and config.beam_size > 1 and config.method == "beam"


def in_order(sentences: Sequence[Sentence], config: SearchConfig, read_back: ReadBack) -> list[Sentence]:
    """Sentences with their hypotheses in the order of the noisy channel.

    Those that came to their end stand first, and those that could not be read back last.

    Args:
        sentences: each with all hypotheses of its beam.
        config: how they were searched; it says λ, and how many hypotheses are kept.
        read_back: asks the other direction.
    """
    pairs = [(each.source, found.target, each.in_capitals) for each in sentences for found in each.hypotheses]
    forms = [(source.lower(), target.lower()) if small else (source, target) for source, target, small in pairs]
    told = iter(read_back([source for source, _ in forms], [target for _, target in forms]))
    return [_reordered(each, [next(told) for _ in each.hypotheses], config) for each in sentences]


def _reordered(sentence: Sentence, told: Sequence[tuple[float, ...]], config: SearchConfig) -> Sentence:
    found = [
        replace(each, read_back=back, score=sum(each.log_probs) + config.read_back * sum(back)) if back else each
        for each, back in zip(sentence.hypotheses, told, strict=True)
    ]
    order = sorted(range(len(found)), key=lambda rank: _place(found[rank]))
    ranks = {old: new for new, old in enumerate(order)}
    tree = tuple(node if node.rank is None else replace(node, rank=ranks[node.rank]) for node in sentence.tree)
    return replace(sentence, hypotheses=tuple(found[rank] for rank in order[: config.n_best]), tree=tree)


def _place(hypothesis: Hypothesis) -> tuple[bool, bool, float]:
    is_finished = hypothesis.target_pieces[-1:] == (END_PIECE,)
    return hypothesis.read_back is None, not is_finished, -hypothesis.score
