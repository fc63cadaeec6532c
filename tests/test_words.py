"""Pieces and words: every word of a text has its pieces, whatever normalisation does, and weights are kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.text import PieceModel
from s2s.words import Words, merge_attention, renormalize, words_of_pieces, words_of_text
from tests.tiny import SENTENCES

TEXTS = st.text("The cat dormé.,'’½¨ﬁ①ﷺ漢字かกำ😀👍🏽 　\u00a0\u2009\t\u0301\u200b\u00ad▁", min_size=1, max_size=40)
PIECES = st.lists(
    st.sampled_from(
        ["▁", "▁the", "▁a", "s", ".", "</s>", "<unk>", "<0xE6>", "<0xBC>", "<0xA2>", "<0x41>", "<0x0A>", "漢", "เ", "่า"]
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def pieces(word_pieces):
    return PieceModel(word_pieces)


@pytest.fixture(scope="module")
def letters(letter_pieces):
    return PieceModel(letter_pieces)


@st.composite
def grouped(draw, size):
    """Words of `size` pieces, some of them nobody's, some words without pieces."""
    count = draw(st.integers(0, 5))
    numbers = draw(st.lists(st.integers(0, count - 1) if count else st.none(), min_size=size, max_size=size))
    nobodys = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    return Words(
        tuple(map(str, range(count))),
        tuple(None if nobody else number for number, nobody in zip(sorted(numbers, key=str), nobodys, strict=True)),
    )


def weights_of(rows, columns, seed=0):
    return np.random.default_rng(seed).dirichlet(np.ones(columns), size=rows).astype(np.float32)


# --- words of pieces ---


@pytest.mark.parametrize(
    ("pieces", "texts", "numbers"),
    [
        ([], [], []),
        (["▁The", "▁c", "at", ".", "</s>"], ["The", "cat."], [0, 1, 1, 1, None]),
        (["The", "▁c"], ["The", "c"], [0, 1]),
        (["▁", "x", "▁y"], ["x", "y"], [0, 0, 1]),
        (["▁", "▁", "x"], ["x"], [0, 0, 0]),
        (["▁a", "▁"], ["a"], [0, 0]),
        (["▁", "</s>"], [""], [0, None]),
        (["▁a", "<0xC3>", "<0xA9>", "b"], ["aéb"], [0, 0, 0, 0]),
        (["▁", "<0xF0>", "<0x9F>", "<0x98>", "<0x80>", "!"], ["😀!"], [0] * 6),
        (["▁a", "<0xC3>", "<0xC3>", "<0xA9>"], ["a\ufffdé"], [0] * 4),
        (["▁a", "<0xC3>", "▁b"], ["a\ufffd", "b"], [0, 0, 1]),
        (["▁a", "<0x0A>", "b"], ["a", "b"], [0, 1, 1]),
        (["▁我", "今天", "去", "。"], ["我", "今天", "去", "。"], [0, 1, 2, 3]),
        (["▁", "<0xE6>", "<0xBC>", "<0xA2>", "<0xE5>", "<0xAD>", "<0x97>"], ["漢", "字"], [0, 0, 0, 0, 1, 1, 1]),
        (["▁iPhone", "が", "ある", "▁OK"], ["iPhone", "が", "ある", "OK"], [0, 1, 2, 3]),
        (["▁กิน", "ข้า", "ว"], ["กิน", "ข้า", "ว"], [0, 1, 2]),
        (["▁กิน", "\u0e49", "ว"], ["กิน\u0e49", "ว"], [0, 0, 1]),
        (["▁a", "<unk>", "▁<unk>"], ["a⁇", "<unk>"], [0, 0, 1]),
        (["s", "t", "r"], ["str"], [0, 0, 0]),
    ],
)
def test_pieces_make_words(pieces, texts, numbers):
    assert words_of_pieces(pieces) == Words(tuple(texts), tuple(numbers))


def test_the_end_is_a_word_where_it_is_wanted():
    words = words_of_pieces(["▁The", "cat", "</s>"], keep_end=True)
    assert words == Words(("Thecat", "</s>"), (0, 0, 1))
    assert words_of_pieces(["</s>", "▁a", "</s>"], keep_end=True).texts == ("</s>", "a", "</s>")
    assert words_of_pieces(["</s>", "a"], keep_end=True).texts == ("</s>", "a")


@given(pieces=PIECES)
def test_every_piece_but_the_end_belongs_to_a_word_and_none_is_passed_over(pieces):
    texts, numbers = words_of_pieces(pieces)
    assert [number is None for number in numbers] == [piece == "</s>" for piece in pieces]
    owned = [number for number in numbers if number is not None]
    assert owned == sorted(owned)
    assert set(owned) == set(range(len(texts)))


@given(text=st.text("The catsou .é½😀\u0301'", min_size=1, max_size=40))
def test_words_of_pieces_are_what_stands_between_blanks_of_the_decoded_text(pieces, text):
    ids = pieces.encode(text)
    expected = pieces.decode(ids).split() or [""] * bool(ids)
    assert words_of_pieces(pieces.pieces(ids)).texts == tuple(expected)


# --- words of text ---


def found(model, text):
    ids, spans = model.encode_spans(text)
    assert ids == model.encode(text)
    return model.pieces(ids), words_of_text(text, spans)


@pytest.mark.parametrize(
    "text",
    [*SENTENCES, "  The   cat ", "a\u3000b\u00a0c", "½ cat ½", "¨a ´ b", "ﬁne ①② x", "▁x ▁ y", "漢字 😀! e\u0301"],
)
def test_the_pieces_of_a_word_are_those_of_the_word_alone(pieces, text):
    names, words = found(pieces, text)
    assert words.texts == tuple(text.split())
    for number, word in enumerate(words.texts):
        own = [name for name, owner in zip(names, words.of_pieces, strict=True) if owner == number]
        assert own == pieces.pieces(pieces.encode(word))


@given(text=TEXTS)
def test_every_piece_has_a_word_of_the_text_and_their_order_is_the_same(pieces, text):
    names, words = found(pieces, text)
    assert words.texts == tuple(text.split())
    assert len(names) == len(words.of_pieces)
    assert list(words.of_pieces) == sorted(words.of_pieces)
    assert all(0 <= number < len(words.texts) for number in words.of_pieces)


@given(text=st.lists(TEXTS.filter(lambda text: "\u200b" not in text)).map(" ".join))
def test_a_word_has_pieces_unless_normalisation_leaves_nothing_of_it(pieces, text):
    _, words = found(pieces, text)
    for number, word in enumerate(words.texts):
        assert (number in words.of_pieces) == bool(pieces.encode(word))


@given(text=st.text("abc é漢", min_size=1, max_size=20))
def test_letters_are_found_too(letters, text):
    names, words = found(letters, text)
    for name, owner in zip(names, words.of_pieces, strict=True):
        if name in "abc":
            assert name in words.texts[owner]


# --- attention ---


@given(st.data())
def test_weights_of_a_source_word_are_added_and_rows_of_a_target_word_averaged(data):
    rows, columns = data.draw(st.integers(1, 8)), data.draw(st.integers(1, 8))
    target, source = data.draw(grouped(rows)), data.draw(grouped(columns))
    weights = weights_of(rows, columns)
    merged = merge_attention(weights, source, target)
    assert merged.shape == (len(target.texts), len(source.texts))
    for t in range(merged.shape[0]):
        own = [row for row, word in enumerate(target.of_pieces) if word == t]
        for s in range(merged.shape[1]):
            theirs = [column for column, word in enumerate(source.of_pieces) if word == s]
            expected = np.mean([weights[row, theirs].sum() for row in own]) if own else 0
            assert merged[t, s] == pytest.approx(expected, abs=1e-6)


@given(source=PIECES.filter(len), target=PIECES.filter(len))
def test_merging_keeps_each_rows_sum_and_without_the_end_it_is_made_1_again(source, target):
    weights = weights_of(len(target), len(source))
    whole = merge_attention(weights, words_of_pieces(source, keep_end=True), words_of_pieces(target, keep_end=True))
    np.testing.assert_allclose(whole.sum(axis=1), 1, atol=1e-5)
    merged = merge_attention(weights, words_of_pieces(source), words_of_pieces(target))
    assert (merged.sum(axis=1) <= 1 + 1e-5).all()
    sums = renormalize(merged).sum(axis=1)
    np.testing.assert_allclose(sums, 1 if merged.shape[1] else 0, atol=1e-5)


def test_one_word_a_piece_changes_nothing():
    weights = weights_of(3, 4)
    each = [Words(tuple("abcd"[:size]), tuple(range(size))) for size in (4, 3)]
    np.testing.assert_allclose(merge_attention(weights, *each), weights, rtol=1e-6)


def test_a_row_of_zeros_stays_when_others_are_made_to_sum_to_1():
    np.testing.assert_array_equal(renormalize(np.float32([[0, 0], [0.1, 0.3]])), np.float32([[0, 0], [0.25, 0.75]]))


def test_attention_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"expected attention of \(1, 2\)"):
        merge_attention(np.ones((2, 1)), Words(("a",), (0, 0)), Words(("b",), (0,)))
