"""Attention beside links that a person drew: how much of an alignment it is.

The pairs of the `gold-*.tsv` were written and linked by this project's authors, for this page, and are given to the
public domain (CC0). Some say it in an order that a model does not expect. They are few: they show what the scores mean,
and do not measure a model. A word is what stands between blanks, in Chinese too.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from s2s.alignment import AlignmentScore, GoldPair, Links, links_of, read_gold, score_links
from s2s.errors import ConfigError
from s2s.forced import Weighing, force
from s2s.translator import Translator
from s2s.words import merge_attention

LinkRule = Literal["argmax", "threshold", "intersection"]
"""Which cells of the weights are links: the greatest of each target word; all from a threshold on; or the greatest of
their target word that are also the greatest of their source word."""

THRESHOLD = 0.25


@dataclass(frozen=True, eq=False, kw_only=True)
class GoldExample:
    """A pair with links by hand, and how a model that is made to write the target weighs the source."""

    pair: GoldPair
    weights: dict[Weighing, np.ndarray]
    """Each [target words, source words]; a row sums to 1 less what rests on no word."""


def gold_examples(translator: Translator) -> tuple[GoldExample, ...]:
    """The gold pairs of a model's two languages; none where there are no such pairs, or the model has no attention."""
    pairs = _pairs(translator.description.source_language, translator.description.target_language)
    if not pairs or translator.model.config.attention == "none":
        return ()
    sides = [pair.source for pair in pairs], [pair.target for pair in pairs]
    weights = {
        weighing: [
            merge_attention(each.weights, each.source, each.target) for each in force(translator, *sides, weighing)
        ]
        for weighing in get_args(Weighing)
    }
    return tuple(
        GoldExample(pair=pair, weights={weighing: found[number] for weighing, found in weights.items()})
        for number, pair in enumerate(pairs)
    )


def _pairs(source_language: str, target_language: str) -> list[GoldPair]:
    """The pairs of two languages, whichever of them is the source in the file."""
    for first, second in ((source_language, target_language), (target_language, source_language)):
        path = Path(__file__).parent / f"gold-{first}-{second}.tsv"
        if path.is_file():
            pairs = read_gold(path).pairs
            return pairs if first == source_language else [pair.turned() for pair in pairs]
    return []


def links_by(weights: np.ndarray, rule: LinkRule, threshold: float = THRESHOLD) -> Links:
    """The links (source, target) that weights [target, source] between words make.

    Raises:
        ConfigError: the threshold is no share.
    """
    if rule == "threshold":
        if not 0 < threshold <= 1:
            raise ConfigError(f"The threshold must be above 0 and at most 1, got {threshold}.")
        return frozenset(
            (int(source), int(target)) for target, source in zip(*np.nonzero(weights >= threshold), strict=True)
        )
    links = links_of(weights)
    if rule == "argmax" or not links:
        return links
    best = weights.argmax(axis=0).tolist()
    return frozenset((source, target) for source, target in links if best[source] == target)


def score_rule(
    examples: tuple[GoldExample, ...], rule: LinkRule, threshold: float = THRESHOLD, weighing: Weighing = "attention"
) -> AlignmentScore:
    """Precision, recall and alignment error rate of a rule over some examples."""
    found = [links_by(example.weights[weighing], rule, threshold) for example in examples]
    return score_links(found, [example.pair for example in examples])
