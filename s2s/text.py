"""How a sentence of one language is read, and one of the other written: what no piece is for is carried over."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from s2s.capitals import is_in_capitals, without_title_case
from s2s.carried import MOST_PLACEHOLDERS, mask, mask_as, placeholders, unmask
from s2s.chinese_names import Spelled, names_in_letters
from s2s.errors import TextError
from s2s.exclamations import is_exclaimed
from s2s.pieces import UNKNOWN, Vocabulary
from s2s.punctuation import LANGUAGES as FULL_WIDTH
from s2s.punctuation import full_width, without_blanks
from s2s.rare import RareWords
from s2s.traditional import simplified

LEAST_KNOWN = -17.0
"""Log-probability of a word that the pieces know: `listen` `s` has -13, `pe` `ter` for a name -19 (en-fr)."""


def check_text(text: str, max_characters: int) -> str:
    """Give `text` back without blanks around it, or raise a TextError that says what to change.

    Args:
        text: what a user gave.
        max_characters: the most that is taken.
    """
    if len(text) > max_characters:
        raise TextError(
            f"The text has {len(text):,} characters; at most {max_characters:,} are taken. Please shorten it."
        )
    for position, character in enumerate(text):
        if "\ud800" <= character <= "\udfff":
            code = f"U+{ord(character):04X}"
            raise TextError(f"Character {position + 1} is half of one (a lone surrogate, {code}). Please remove it.")
        if character == "\0":
            raise TextError(f"Character {position + 1} is NUL, which is no text. Please remove it.")
    text = text.strip()
    if not text:
        raise TextError("There is no text. Please type a sentence.")
    return text


class Reading(NamedTuple):
    """One sentence as a model reads it."""

    ids: list[int]
    text: str
    """What its pieces spell: with placeholders, and without capitals that say nothing."""
    carried: tuple[str, ...] = ()
    """What its placeholders stand for."""
    in_capitals: bool = False
    """Whether it was written in capitals, which were left aside."""
    unknown: str = ""
    """The characters that no piece is for, each one once."""
    places: tuple[int, ...] = ()
    """Where each character of the text before its placeholders, and its end, stands in the source; none if there."""

    def alike(self, text: str) -> str:
        """Text of its target, such as a beginning, in the form that the model writes."""
        masked = mask_as(text, self.carried)
        return masked.lower() if self.in_capitals else masked


NOTHING_READ = Reading([], "")
"""Of a source that is no text."""


class PieceModel(Vocabulary):
    """The pieces of a model, and how it reads and writes its languages with them."""

    def __init__(
        self, path: Path, source_language: str = "", target_language: str = "", ordinary: Iterable[str] = ()
    ) -> None:
        """Load the piece model at `path`; raise a CheckpointError if it is none.

        Args:
            path: of the file.
            source_language: says how names are told; and Chinese is read in simplified characters, without blanks.
            target_language: says how signs are written: in Chinese in full width.
            ordinary: words of many pieces that are not carried over as names: see `rare_words`.
        """
        super().__init__(path)
        self._rare = RareWords(self.encode, self.is_known, source_language, ordinary)
        self._is_chinese = source_language == "zh"
        self._signs_are_wide = target_language in FULL_WIDTH
        self._source_language = source_language
        self._translates = bool(source_language and target_language and source_language != target_language)

    @cached_property
    def placeholders(self) -> int:
        """How many different things of a sentence can be carried over."""
        known = self._processor.piece_to_id(placeholders(MOST_PLACEHOLDERS))
        return sum(token != UNKNOWN for token in known)

    @cached_property
    def placeholder_ids(self) -> tuple[int, ...]:
        """Their pieces."""
        return tuple(self._processor.piece_to_id(placeholders(self.placeholders)))

    def never_in_target(self, source: Reading) -> tuple[int, ...]:
        """The pieces that no translation of a source has: full stops, if it is an exclamation."""
        if not self._translates or not is_exclaimed(source.text, self._source_language):
            return ()
        return self._full_stops

    @cached_property
    def _full_stops(self) -> tuple[int, ...]:
        stops = {b".", "。".encode()}
        return tuple(token for token, text in enumerate(self.spelled) if text.strip() in stops)

    def read(self, text: str) -> Reading:
        """One sentence as a model reads it."""
        spelled = self._as_chinese(text) if self._is_chinese else Spelled(text)
        text = spelled.text
        masked, carried = mask(text, self.placeholders)
        plain = unmask(masked, (), complete=False)
        unknown = "".join(character for character in dict.fromkeys(plain) if not self.is_known(character))
        if is_in_capitals(plain):
            return Reading(self.encode(masked.lower()), masked.lower(), carried, True, unknown, spelled.places)
        if self.marks_words:
            text = without_title_case(masked, self._is_small)
            text = unmask(text, carried, complete=False) if carried else text
        words = {word for name in spelled.names for word in name.split()}
        masked, carried = mask(
            text, self.placeholders, lambda word, before: word in words or self._rare.is_carried(word, before)
        )
        return Reading(self.encode(masked), masked, carried, unknown=unknown, places=spelled.places)

    def _as_chinese(self, text: str) -> Spelled:
        """A text in simplified characters, without blanks between them, whose names can be carried over."""
        text, places = without_blanks(simplified(text))
        if not self.placeholders or self._signs_are_wide:
            return Spelled(text, places=tuple(places))
        spelled = names_in_letters(text, lambda text: self.encode_spans(text)[1], self.is_known)
        return spelled._replace(places=tuple(places[place] for place in spelled.places or range(len(text) + 1)))

    def _is_small(self, word: str) -> bool:
        """Whether a word is better known without its capital."""
        first = word[0].lower()
        small, large = self.log_prob(first + word[1:]), self.log_prob(word)
        return len(first) == 1 and small > max(large, LEAST_KNOWN)

    def rare_words(self, pairs: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """The words of some sources that would be carried over as names, but should not; none if nothing ever is."""
        return self._rare.ordinary_of(pairs) if self.placeholders else ()

    def write(self, ids: Sequence[int], source: Reading, *, complete: bool = True) -> str:
        """The text of some ids, in capitals and with what is carried over as `source` has it.

        All that is carried over is there if the text is `complete`. Signs stand as the language writes them.
        """
        text = self.decode(ids)
        text = full_width(text) if self._signs_are_wide else text
        text = text.upper() if source.in_capitals else text
        return unmask(text, source.carried, complete=complete) if self.placeholders else text
