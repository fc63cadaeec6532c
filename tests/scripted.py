"""A model that writes what a test says."""

import sys
from collections.abc import Sequence

import pytest

from s2s.pieces import END
from s2s.search import Found
from s2s.text import PieceModel
from s2s.translator import Translator


def let_write(patch: pytest.MonkeyPatch, ids: Sequence[int]) -> None:
    """Whatever is translated now: the answer is these ids, one at each step, and `</s>`."""
    whole = [*ids, END]

    class Trace:
        limits = (sys.maxsize,) * 99

        def __init__(self, length):
            self.length = length

        def hypothesis(self, sentence, rank=0):
            return Found(whole[: self.length], [-1.0] * self.length, -1.0, None, [[]] * self.length)

    patch.setattr(Translator, "_traces", lambda *_: map(Trace, range(1, len(whole) + 1)))


def byte_piece(pieces: PieceModel, byte: int) -> int:
    """The id of the piece that is one byte."""
    return next(i for i in range(pieces.vocabulary_size) if pieces.pieces([i]) == [f"<0x{byte:02X}>"])
