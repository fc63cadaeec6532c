"""Pieces and the words that they make, and attention between words instead of pieces.

Plain values and numpy; no PyTorch. A result's `source_pieces`, `target_pieces` and `attention` are all that is needed:

    source, target = words_of_pieces(sentence.source_pieces), words_of_pieces(hypothesis.target_pieces)
    weights = renormalize(merge_attention(hypothesis.attention, source, target))  # [target.texts, source.texts]

Two kinds of words. `words_of_pieces` knows the pieces alone, and takes the pieces of scripts without blanks as words of
their own, for eyes. `words_of_text` has the text too, and finds exactly what stands between its blanks, for links.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

_BYTE = re.compile(r"<0x([0-9A-F]{2})>")
_SPECIAL = ("<s>", "</s>", "<pad>")
_BLANKS = set("\u061c\u200b\u200c\u200e\u200f\u2581\ufeff\ufffd")
"""What normalisation turns into blanks, beside those that Python knows."""

WITHOUT_BLANKS = (
    "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Tibetan, Burmese, Khmer
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"  # Japanese kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese characters
)
"""What stands between the brackets of a regular expression for the letters of scripts without blanks."""

_NO_BLANKS = re.compile(f"[{WITHOUT_BLANKS}]")
ONE_WORD = re.compile(rf"[{WITHOUT_BLANKS}]|[^\s{WITHOUT_BLANKS}]+")
"""What stands between blanks, or one letter of a script without them."""


class Words(NamedTuple):
    """The words of one side of a pair."""

    texts: tuple[str, ...]
    of_pieces: tuple[int | None, ...]
    """For each piece the number of its word, never falling; None for `</s>` and its like, which are nobody's."""


def words_of_pieces(pieces: Sequence[str], *, keep_end: bool = False) -> Words:
    """Group the pieces of one side into words, by the pieces alone.

    A word begins at `▁`. Around a piece of a script without blanks (Chinese, Japanese, Thai, …) one begins too: such a
    piece is a word of its own. The bytes of one character (`<0xE4> <0xBD> <0xA0>`) stay together.

    Args:
        pieces: as `source_pieces` and `target_pieces` name them.
        keep_end: take `</s>` for a word, so that nothing is lost.
    """
    texts: list[str] = []
    numbers: list[int | None] = []
    for piece, text in zip(pieces, spelled(pieces), strict=True):
        if piece in _SPECIAL:
            if keep_end:
                texts.append(piece)
            numbers.append(len(texts) - 1 if keep_end else None)
            continue
        if not texts or (texts[-1].strip() and _begins_word(texts[-1], text)):
            texts.append("")
        texts[-1] += text
        numbers.append(len(texts) - 1)
    if len(texts) > 1 and not texts[-1].strip():  # a `▁` that nothing follows belongs to the word before it
        texts.pop()
        numbers = [number if number is None else min(number, len(texts) - 1) for number in numbers]
    return Words(tuple(text.strip() for text in texts), tuple(numbers))


def _begins_word(word: str, spelled: str) -> bool:
    first = spelled[:1]
    if not first or unicodedata.category(first).startswith("M"):  # the rest of a character, or a mark on one
        return False
    return first.isspace() or word in _SPECIAL or bool(_NO_BLANKS.match(first) or _NO_BLANKS.match(word[-1]))


def spelled(pieces: Sequence[str]) -> list[str]:
    """What each piece spells, with a blank for `▁`; of a character in bytes, the first one spells all of it."""
    texts: list[str] = []
    first, character = 0, b""
    for number, piece in enumerate(pieces):
        match = _BYTE.fullmatch(piece)
        if match is None:
            texts.append("⁇" if piece == "<unk>" else piece.replace("▁", " "))
            character = b""
            continue
        byte = bytes.fromhex(match[1])
        if not (character and b"\x80" <= byte < b"\xc0"):  # in UTF-8, these go on with a character
            first, character = number, b""
        character += byte
        texts.append("")
        texts[first] = character.decode(errors="replace")
    return texts


def words_of_text(text: str, spans: Sequence[tuple[int, int]]) -> Words:
    """Find for each piece of a text the word that it comes from, where words are what stands between blanks.

    A word of which normalisation leaves nothing has no piece.

    Args:
        text: as its author wrote it.
        spans: of each piece, where it begins and ends in `text` (`PieceModel.encode_spans`).
    """
    found = [(match.start(), match.end(), match.group()) for match in re.finditer(r"\S+", text)]
    ends = [end for _, end, _ in found]
    numbers: list[int | None] = []
    for begin, end in spans:
        # The blanks before a word are part of its first piece; the first pieces of a character that normalisation
        # makes longer (½ is 1⁄2) have nothing else, and belong to what follows.
        letters = [place for place in range(begin, end) if not (text[place].isspace() or text[place] in _BLANKS)]
        number = bisect_right(ends, letters[-1] if letters else end)
        numbers.append(min(number, len(found) - 1))
    return Words(tuple(word for _, _, word in found), tuple(numbers))


def merge_attention(attention: np.ndarray, source: Words, target: Words) -> np.ndarray:
    """Merge the attention between pieces to one between words.

    The weights of a source word's pieces are added, the rows of a target word's pieces averaged, so that a row still
    sums to 1, less what rests on nobody's pieces.

    Args:
        attention: weights [T, S] between the pieces.
        source: of the S source pieces.
        target: of the T target pieces.

    Returns:
        Weights [words of target, words of source]; 0 for a word without pieces.
    """
    weights = np.asarray(attention, dtype=np.float32)
    sides = len(target.of_pieces), len(source.of_pieces)
    if weights.shape != sides:
        raise ValueError(f"expected attention of {sides} target and source pieces, got {weights.shape}")
    rows, columns = _membership(target), _membership(source)
    pieces = rows.sum(axis=1, keepdims=True)
    merged: np.ndarray = (rows / np.maximum(pieces, 1)) @ weights @ columns.T
    return merged


def _membership(words: Words) -> np.ndarray:
    """1 where a word has a piece, [words, pieces]."""
    membership = np.zeros((len(words.texts), len(words.of_pieces)), dtype=np.float32)
    for piece, word in enumerate(words.of_pieces):
        if word is not None:
            membership[word, piece] = 1
    return membership


def renormalize(weights: np.ndarray) -> np.ndarray:
    """Weights [T, S] whose rows sum to 1 again; a row of zeros stays."""
    sums = weights.sum(axis=1, keepdims=True)
    shares: np.ndarray = np.divide(weights, sums, out=np.zeros_like(weights), where=sums > 0)
    return shares
