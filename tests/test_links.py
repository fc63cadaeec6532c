"""Word alignments of training pairs: words as between blanks, and what pieces hold of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.config import TextConfig
from s2s.links import piece_links, read_links, word_spans, words_of
from s2s.pieces import END, train_pieces
from s2s.text import PieceModel
from tests.tiny import SENTENCES

CHINESE = ["我想喝水。", "你好，世界！", "我们去Boston吧", "他有25本书"]


@pytest.fixture(scope="module", params=["unigram", "bpe"])
def pieces(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("links") / "text.spm"
    train_pieces([*SENTENCES, *CHINESE] * 4, TextConfig(piece_kind=request.param, vocabulary_size=360), path)
    return PieceModel(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It's a dog.", ["It's", "a", "dog."]),
        ("我想喝水。", ["我", "想", "喝", "水", "。"]),
        ("我们去Boston吧", ["我", "们", "去", "Boston", "吧"]),
        ("  two   blanks ", ["two", "blanks"]),
        ("", []),
    ],
)
def test_words_stand_between_blanks_and_chinese_characters_alone(text, words):
    assert [text[start:end] for start, end in word_spans(text)] == words


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        (["▁The", "▁c", "at", "▁", "<0xC3>", "<0xA9>", "."], [[0], [1], [1], [2], [2], [2], [2]]),
        (["c", "a", "▁", "b"], [[0], [0], [1], [1]]),
        (["▁我想", "喝", "<0xE6>", "<0xB0>", "<0xB4>", "吧。"], [[0, 1], [2], [3], [3], [3], [4, 5]]),
        (["▁one"], [[0]]),
        (["▁one", "▁"], [[0], [0]]),
        (["▁"], [[]]),
        ([], []),
    ],
)
def test_a_piece_holds_the_words_that_it_has_letters_of(pieces, words):
    assert list(map(list, words_of(pieces))) == words


@given(text=st.sampled_from([*SENTENCES, *CHINESE, "x", "😀 日本"]) | st.text("ab é我们 。,", max_size=12))
def test_all_words_of_a_text_are_found_in_its_pieces_in_their_order(pieces, text):
    found = words_of(pieces.pieces(pieces.encode(text)))
    assert sorted({word for words in found for word in words}) == list(range(len(word_spans(text))))
    assert [words.start for words in found] == sorted(words.start for words in found)


@pytest.mark.parametrize(
    ("source", "target", "links"),
    [
        ("The green garden", "Le jardin vert", "0-0 1-2 2-1"),
        ("We eat bread", "我们吃bread", "0-0 0-1 1-2 2-3"),
    ],
)
def test_links_between_words_are_links_between_their_pieces(pieces, source, target, links):
    rows, columns = pieces.encode(source), pieces.encode(target)
    words = [words_of(pieces.pieces(ids)) for ids in (rows, columns)]
    expected = [
        (row, column)
        for row in range(len(rows))
        for column in range(len(columns))
        if any(first in words[0][row] and second in words[1][column] for first, second in read_links(links))
    ]
    assert piece_links(links, pieces, rows, [*columns, END]) == expected != []


@pytest.mark.parametrize("links", ["", "3-0 0-3 99-99"])
def test_links_out_of_range_are_dropped(pieces, links):
    assert piece_links(links, pieces, pieces.encode("The green garden"), pieces.encode("Le jardin vert")) == []
