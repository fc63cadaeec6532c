"""Another word fed in place of a right one: what a model then writes, and how likely it finds the words that follow."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from s2s.config import SearchConfig, require
from s2s.constraints import Constraints, known_ids
from s2s.inside.alternatives import options
from s2s.result import END_PIECE, Hypothesis
from s2s.text import check_text
from s2s.translator import Translator
from s2s.words import words_of_pieces

GREEDY = SearchConfig(beam_size=1, alternatives=0)
TRIED, SHOWN = 16, 5
"""Pieces that are tried as the beginning of another word, and words that are offered."""


@dataclass(frozen=True, kw_only=True)
class After:
    """What one model makes of one mistake."""

    begin: str
    """What was right before it."""
    instead: str
    """The mistake."""
    rest: str
    """What the model writes behind both by itself, fed its own pieces."""
    words: tuple[str, ...]
    """The right words that should follow, and `</s>`."""
    right: tuple[float, ...]
    """How likely it finds each of them after the right ones before it: teacher forcing."""
    wrong: tuple[float, ...]
    """The same with the mistake among those before it."""


def feed_back(translator: Translator, source: str, target: str, word: int, instead: str) -> After:
    """Feed `instead` in place of a word of `target`.

    Args:
        translator: the model at work.
        source: one sentence.
        target: a translation of it that is taken for right.
        word: which word of it, from 0, as `words_of_pieces` counts them.
        instead: what is fed in its place.

    Raises:
        TextError: a text is empty, too long, or has characters that the model has no pieces for.
        ConfigError: the target has no such word.
    """
    given = translator.score(source, target).sentences[0].best
    first, last = _span(given, word)
    before, after = given.target_pieces[:first], given.target_pieces[last:]
    reading, pieces = translator.read(source), translator.pieces
    text = " ".join(check_text(instead, translator.limits.characters).split())
    fed = (*before, *pieces.pieces(known_ids(reading.alike(text), pieces)))
    # Each search only writes what it is given: the same pass as in training, step by step.
    wrong = translator.translate(source, GREEDY, Constraints(prefix_pieces=(*fed, *after))).sentences[0].best
    own = translator.translate(source, GREEDY, Constraints(prefix_pieces=fed)).sentences[0].best
    begin, known = (pieces.write(pieces.ids(part), reading, complete=False) for part in (before, fed))
    return After(
        begin=begin,
        instead=known[len(begin) :].strip(),
        rest=own.target.removeprefix(known),
        words=words_of_pieces(given.target_pieces, keep_end=True).texts[word + 1 :],
        right=_probabilities(given, last),
        wrong=_probabilities(wrong, len(fed)),
    )


def other_words(translator: Translator, source: str, target: str, word: int) -> list[str]:
    """Words that the model could have written in place of a word of `target`, likeliest first; errors as above."""
    given = translator.score(source, target).sentences[0].best
    first, _ = _span(given, word)
    here = words_of_pieces(given.target_pieces).texts[word]
    found = options(translator, source, given.target_pieces[:first], count=TRIED)
    words = [option.word for option in found if option.piece.startswith("▁") and option.word != here]
    return [each for each in dict.fromkeys(words) if each][:SHOWN]


def _span(hypothesis: Hypothesis, word: int) -> tuple[int, int]:
    """The first piece of a word, and the one behind it."""
    numbers = words_of_pieces(hypothesis.target_pieces).of_pieces
    require(word in set(numbers), f"The translation has no word {word + 1}.")
    first = numbers.index(word)
    return first, first + numbers.count(word)


def _probabilities(hypothesis: Hypothesis, first: int) -> tuple[float, ...]:
    """Of each word from the piece `first` on, the product of its pieces' probabilities; `</s>` is one too."""
    pieces: Sequence[str] = hypothesis.target_pieces[first:]
    assert pieces[-1] == END_PIECE
    numbers = words_of_pieces(pieces, keep_end=True).of_pieces
    sums = np.zeros(max(number or 0 for number in numbers) + 1)
    np.add.at(sums, np.array(numbers), hypothesis.log_probs[first:])
    return tuple(np.exp(sums).round(4).tolist())
