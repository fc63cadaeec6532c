"""Text to pieces and back: one SentencePiece model for source and target (Kudo & Richardson 2018)."""

import io
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import sentencepiece

from s2s.capitals import is_in_capitals, without_title_case
from s2s.carried import MOST_PLACEHOLDERS, mask, mask_as, placeholders, unmask
from s2s.chinese_names import Spelled, names_in_letters
from s2s.config import TextConfig
from s2s.errors import CheckpointError, TextError
from s2s.exclamations import is_exclaimed
from s2s.punctuation import LANGUAGES as FULL_WIDTH
from s2s.punctuation import full_width, without_blanks
from s2s.rare import RareWords
from s2s.traditional import simplified

UNKNOWN, START, END, PADDING = 0, 1, 2, 3
"""Ids of `<unk>`, `<s>`, `</s>` and `<pad>`, the same in every vocabulary."""

_SPECIAL_PIECES = 4

LEAST_KNOWN = -17.0
"""Log-probability of a word that the pieces know: `listen` `s` has -13, `pe` `ter` for a name -19 (en-fr)."""

CUTS = 8
"""Ways to cut a sentence that are drawn from."""


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


def train_pieces(sentences: Iterable[str], config: TextConfig, path: Path) -> None:
    """Learn a piece model from `sentences` and write it to `path`.

    Case is kept. Characters without a piece are spelled in bytes, so that no text is unknown; a model of single
    characters has no bytes and no mark before the first word.
    """
    model = io.BytesIO()
    single = config.piece_kind == "char"
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(sentences),
            model_writer=model,
            model_type=config.piece_kind,
            vocab_size=config.vocabulary_size,
            character_coverage=config.character_coverage,
            byte_fallback=not single,
            add_dummy_prefix=not single,
            hard_vocab_limit=not single,
            normalization_rule_name="nmt_nfkc",
            unk_id=UNKNOWN,
            bos_id=START,
            eos_id=END,
            pad_id=PADDING,
            user_defined_symbols=placeholders(config.placeholders),
            num_threads=1,  # the same pieces on every machine
            minloglevel=2,
        )
    except (RuntimeError, OSError) as error:
        reason = str(error).strip().splitlines()[-1]
        raise TextError(f"no piece model of {config.vocabulary_size} pieces can be learnt: {reason}") from None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.getvalue())


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


class PieceModel:
    """Splits text into pieces of a fixed vocabulary and joins them again."""

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
        self._rare = RareWords(self.encode, self._is_known, source_language, ordinary)
        self._is_chinese = source_language == "zh"
        self._signs_are_wide = target_language in FULL_WIDTH
        self._source_language = source_language
        self._translates = bool(source_language and target_language and source_language != target_language)
        try:
            content = path.read_bytes()
            if not content:
                raise RuntimeError("it is empty")
            self._processor = sentencepiece.SentencePieceProcessor(model_proto=content)
        except (OSError, RuntimeError) as error:
            reason = str(error).strip().splitlines()[-1]
            raise CheckpointError(f"{path} is no SentencePiece model ({reason}). Fetch the checkpoint again.") from None
        self._content = content
        self.vocabulary_size: int = self._processor.get_piece_size()
        self._log_probs = np.array([self._processor.get_score(token) for token in range(self.vocabulary_size)])
        special = [getattr(self._processor, f"{name}_id")() for name in ("unk", "bos", "eos", "pad")]
        if special != [UNKNOWN, START, END, PADDING]:
            raise CheckpointError(
                f"{path} numbers <unk>, <s>, </s>, <pad> as {special}, expected "
                f"{[UNKNOWN, START, END, PADDING]}: it was not made by `python -m s2s prepare`."
            )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PieceModel) and self._content == other._content

    def __hash__(self) -> int:
        return hash(self._content)

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

    def encode(self, text: str) -> list[int]:
        """The ids of the pieces of one sentence."""
        ids: list[int] = self._processor.encode(text)
        return ids

    def read(self, text: str) -> Reading:
        """One sentence as a model reads it."""
        spelled = self._as_chinese(text) if self._is_chinese else Spelled(text)
        text = spelled.text
        masked, carried = mask(text, self.placeholders)
        plain = unmask(masked, (), complete=False)
        unknown = "".join(character for character in dict.fromkeys(plain) if not self._is_known(character))
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
        spelled = names_in_letters(text, lambda text: self.encode_spans(text)[1], self._is_known)
        return spelled._replace(places=tuple(places[place] for place in spelled.places or range(len(text) + 1)))

    def _is_small(self, word: str) -> bool:
        """Whether a word is better known without its capital."""
        first = word[0].lower()
        small, large = (self._log_probs[self.encode(form)].sum() for form in (first + word[1:], word))
        return len(first) == 1 and bool(small > max(large, LEAST_KNOWN))

    def rare_words(self, pairs: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """The words of some sources that would be carried over as names, but should not; none if nothing ever is."""
        return self._rare.ordinary_of(pairs) if self.placeholders else ()

    def encode_spans(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """The ids of the pieces of one sentence, and from which characters of `text` each comes: begin and end."""
        found = self._processor.encode(text, return_type="offset_mapping")
        return found["ids"], found["offsets"]

    def sample(self, texts: Sequence[str], alpha: float, seed: int) -> list[list[int]]:
        """The ids of the pieces of many sentences, each cut in a random way (subword regularisation, Kudo 2018, 3.2).

        A cut x of the `CUTS` likeliest ones is drawn with probability P(x)^α / Σ P(x')^α. SentencePiece has a sampler
        of its own, but it draws otherwise in every process, so that no training could be resumed exactly.

        Args:
            texts: the sentences.
            alpha: the smaller, the wilder; 0 cuts every sentence the likeliest way, as `encode` does.
            seed: the same one gives the same pieces.

        Raises:
            TextError: the pieces are not `unigram` ones, so that there is one way only.
        """
        if alpha == 0:
            rows: list[list[int]] = self._processor.encode(list(texts))
            return rows
        noise = np.random.default_rng(seed).gumbel(size=(len(texts), CUTS))  # the largest sum is a draw (Gumbel 1954)
        try:
            found = self._processor.nbest_encode(list(texts), nbest_size=CUTS)
        except RuntimeError:
            raise TextError(
                "words can be cut in several ways by `unigram` pieces only, and these are of another kind: "
                "set training.piece_sampling = 0"
            ) from None
        rows = []
        for cuts, drawn in zip(found, noise, strict=True):
            log_probs = [self._log_probs[cut].sum() for cut in cuts]
            rows.append(cuts[int(np.argmax(alpha * np.array(log_probs) + drawn[: len(cuts)]))])
        return rows

    def decode(self, ids: Sequence[int]) -> str:
        """The text of some ids, one line; special pieces have none."""
        text: str = self._processor.decode([token for token in ids if token >= _SPECIAL_PIECES])
        return " ".join(text.splitlines())

    def write(self, ids: Sequence[int], source: Reading, *, complete: bool = True) -> str:
        """The text of some ids, in capitals and with what is carried over as `source` has it.

        All that is carried over is there if the text is `complete`. Signs stand as the language writes them.
        """
        text = self.decode(ids)
        text = full_width(text) if self._signs_are_wide else text
        text = text.upper() if source.in_capitals else text
        return unmask(text, source.carried, complete=complete) if self.placeholders else text

    def _is_known(self, character: str) -> bool:
        """Whether there is a piece for a character; asked of every one that is read, so that answers are kept."""
        known = self._known.get(character)
        if known is None:
            ids = self.encode(character)
            known = self._known[character] = not any(
                token == UNKNOWN or self._processor.is_byte(token) for token in ids
            )
        return known

    @cached_property
    def _known(self) -> dict[str, bool]:
        return {}

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """The pieces of some ids; `▁` marks the start of a word."""
        names = self._names
        return [names[token] for token in ids]

    def ids(self, pieces: Sequence[str]) -> list[int]:
        """The ids of some pieces; raise a TextError if one is none of the model's."""
        for piece in pieces:
            if piece not in self._ids:
                raise TextError(f"The model has no piece {piece!r:.80}. Please take pieces from one of its results.")
        return [self._ids[piece] for piece in pieces]

    @cached_property
    def _names(self) -> list[str]:
        return [self._processor.id_to_piece(token) for token in range(self.vocabulary_size)]

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {piece: token for token, piece in enumerate(self.pieces(range(self.vocabulary_size)))}

    @cached_property
    def spelled(self) -> list[bytes]:
        """What each piece adds to a text, in UTF-8, with a blank for `▁`; nothing for special pieces."""
        texts = (piece.replace("▁", " ").encode() for piece in self.pieces(range(self.vocabulary_size)))
        return [
            bytes([int(text[3:5], 16)]) if self._processor.is_byte(token) else b"" if token < _SPECIAL_PIECES else text
            for token, text in enumerate(texts)
        ]

    @property
    def marks_words(self) -> bool:
        """Whether `▁` marks the start of words; pieces that are single characters do without."""
        return any(text.startswith(b" ") for text in self.spelled)
