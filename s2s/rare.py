"""Words that a model's pieces do not know: names, and words in letters of their own. They are carried over."""

from collections.abc import Callable, Iterable, Sequence

from s2s.carried import may_begin, names_said_otherwise, ordinary_words, words_said_otherwise
from s2s.nouns import NOUNS_IN_CAPITALS, is_after_determiner, is_formed, not_formed_of_others

FEWEST_INSIDE, FEWEST_AT_BEGIN = 2, 3
"""Pieces of a rare name inside a sentence, and where one begins."""

SHORTEST_WORD = 4
"""Letters of a piece that is a word by itself, and no mere syllable."""


class RareWords:
    """Tells which words of a source are carried over."""

    def __init__(
        self,
        encode: Callable[[str], list[int]],
        is_known: Callable[[str], bool],
        source_language: str,
        ordinary: Iterable[str],
    ) -> None:
        """Tell by the pieces.

        Args:
            encode: gives the ids of the pieces of a word.
            is_known: says whether there is a piece for a character.
            source_language: says what a capital makes of a word: where every noun has one, it makes a name only of
                what is neither an `ordinary` word nor formed of them, so that none are told without these.
            ordinary: words of many pieces that are no names, in lower case, and names that have a translation: what
                `ordinary_of` gave.
        """
        self._encode, self._is_known = encode, is_known
        self._ordinary = frozenset(ordinary)
        self._nouns_have_capitals = source_language in NOUNS_IN_CAPITALS
        self._names_are_told = not self._nouns_have_capitals or bool(self._ordinary)

    def is_carried(self, word: str, before: str) -> bool:
        """Whether a word of a source is none of the model's: one in letters that it does not know, or a rare name.

        A name has a capital and is cut into pieces, also without its capital: two of them, or three where a sentence
        may begin, since there any rare word has a capital, and it is none of the ordinary ones. Where all nouns have
        a capital, it is nowhere one of these, nor formed of them, and stands behind no article or its like.

        Args:
            word: as it stands there.
            before: the text before it.
        """
        if not all(map(self._is_known, word)):
            return True
        if not self._names_are_told or not word[:1].isupper():
            return False
        begins = may_begin(before)
        if not self._is_rare(word, FEWEST_AT_BEGIN if begins else FEWEST_INSIDE):
            return False
        if self._nouns_have_capitals:
            return not (is_after_determiner(before) or is_formed(word.lower(), self._is_word))
        return word not in self._ordinary and not (begins and word.lower() in self._ordinary)

    def ordinary_of(self, pairs: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """The words of some sources that would be carried over as names, but should not; in order.

        In lower case, those that are no names, where a sentence begins with them; where all nouns have a capital,
        anywhere. With their capital, names that the pairs translate.
        """
        if self._nouns_have_capitals:
            words = {word for word in words_said_otherwise(pairs) if self._is_rare(word.capitalize(), FEWEST_INSIDE)}
            return tuple(not_formed_of_others(words, self._is_word))
        words = ordinary_words(source for source, _ in pairs)
        rare = {word for word in words if self._is_rare(word.capitalize(), FEWEST_AT_BEGIN)}
        return tuple(
            sorted(rare | {name for name in names_said_otherwise(pairs) if self._is_rare(name, FEWEST_INSIDE)})
        )

    def _is_rare(self, word: str, fewest: int) -> bool:
        return all(len(self._encode(form)) >= fewest for form in (word, word.lower()))

    def _is_word(self, word: str) -> bool:
        """Whether a word, in lower case, is an ordinary one, or a single piece that is a word by itself."""
        if word in self._ordinary:
            return True
        return len(word) >= SHORTEST_WORD and any(len(self._encode(form)) == 1 for form in (word, word.capitalize()))
