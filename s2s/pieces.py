"""Text to ids of pieces and back: one SentencePiece model for source and target (Kudo & Richardson 2018)."""

import io
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import sentencepiece

from s2s.carried import placeholders
from s2s.config import TextConfig
from s2s.errors import CheckpointError, TextError

UNKNOWN, START, END, PADDING = 0, 1, 2, 3
"""Ids of `<unk>`, `<s>`, `</s>` and `<pad>`, the same in every vocabulary."""

_SPECIAL_PIECES = 4

CUTS = 8
"""Ways to cut a sentence that are drawn from."""


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


class Vocabulary:
    """Splits text into pieces of a fixed vocabulary and joins them again."""

    def __init__(self, path: Path) -> None:
        """Load the piece model at `path`; raise a CheckpointError if it is none."""
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
        return isinstance(other, Vocabulary) and self._content == other._content

    def __hash__(self) -> int:
        return hash(self._content)

    def encode(self, text: str) -> list[int]:
        """The ids of the pieces of one sentence."""
        ids: list[int] = self._processor.encode(text)
        return ids

    def log_prob(self, text: str) -> float:
        """The log-probability of one sentence as the unigram model of its pieces has it."""
        return float(self._log_probs[self.encode(text)].sum())

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

    def is_known(self, character: str) -> bool:
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
