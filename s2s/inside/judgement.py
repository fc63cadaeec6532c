"""A translation of your own: what the model thinks of each piece of it, and where it would have gone another way."""

from dataclasses import dataclass

from s2s.inside.alternatives import Option, options
from s2s.inside.walk import walk
from s2s.result import Sentence
from s2s.translator import Translator


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A given target, as the model sees it (forced decoding)."""

    sentence: Sentence
    """The pair: pieces, attention, log-probabilities and score."""
    surprisals_bits: tuple[float, ...]
    """How little each of T pieces was expected: 0 for what was certain, one more each time it is half as likely."""
    ranks: tuple[int, ...]
    """The place of each piece among all that could stand there, from 1, [T]."""
    parting: int | None
    """The first step at which another piece was likelier; None if the model would have written just this, greedily."""
    preferred: Option | None
    """What the model would have written there."""


def judge(translator: Translator, source: str, target: str) -> Judgement:
    """What the model thinks of `target` as the translation of one sentence.

    Raises:
        TextError: a text is empty, too long, or holds what is no text, or `source` is several lines.
    """
    (sentence,) = translator.score(source, target).sentences
    pieces = sentence.best.target_pieces
    walked = walk(translator, sentence.source, pieces)
    ranks = tuple(walked.ranks.tolist())
    parting = next((step for step, rank in enumerate(ranks) if rank > 1), None)
    preferred = None
    if parting is not None:
        (preferred,) = options(translator, sentence.source, pieces[:parting], count=1)
    return Judgement(
        sentence=sentence,
        surprisals_bits=tuple(walked.surprisals.tolist()),
        ranks=ranks,
        parting=parting,
        preferred=preferred,
    )
