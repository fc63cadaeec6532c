"""Pairs to batches: whole epochs, nearly equal lengths together, the same order every time, links where they belong."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from s2s.config import TextConfig
from s2s.corpora import Pair
from s2s.data import Corpus, pad
from s2s.errors import DataError
from s2s.pieces import END, PADDING, train_pieces
from s2s.text import PieceModel
from s2s.toys import make_reversals
from tests.tiny import SENTENCES

PAIRS = make_reversals(200, seed=3)


@pytest.fixture(scope="module")
def letters(letter_pieces):
    return PieceModel(letter_pieces)


@pytest.fixture(scope="module")
def words(word_pieces):
    return PieceModel(word_pieces)


@pytest.fixture(scope="module")
def unigrams(tmp_path_factory):
    path = tmp_path_factory.mktemp("unigrams") / "text.spm"
    train_pieces(SENTENCES * 4, TextConfig(piece_kind="unigram", vocabulary_size=340), path)
    return PieceModel(path)


@pytest.fixture(scope="module")
def corpus(letters):
    return Corpus(PAIRS, letters, 60)


@given(seed=st.integers(0, 2**32), tokens=st.integers(20, 400))
def test_every_pair_appears_once_in_an_epoch_within_the_budget(corpus, seed, tokens):
    batches = corpus.batches(tokens, seed)
    assert sorted(index for batch in batches for index in batch) == list(range(len(PAIRS)))
    for batch in batches:
        assert len(batch) * max(len(corpus.pairs[index][1]) for index in batch) <= tokens


@given(seed=st.integers(0, 2**32), tokens=st.integers(20, 400), together=st.integers(2, 4))
def test_batches_that_stand_together_have_about_the_same_length(corpus, seed, tokens, together):
    batches = corpus.batches(tokens, seed, together)
    assert sorted(index for batch in batches for index in batch) == list(range(len(PAIRS)))
    lengths = [sorted(len(corpus.pairs[index][1]) for index in batch) for batch in batches]
    whole = len(batches) - len(batches) % together
    groups = sorted(
        [length for batch in lengths[start : start + together] for length in batch]
        for start in range(0, whole, together)
    )
    for shorter, longer in itertools.pairwise(groups):
        assert max(shorter) <= min(longer)


def test_a_pair_longer_than_the_budget_gets_a_batch_of_its_own(corpus):
    for tokens in (0, 1):
        batches = corpus.batches(tokens, seed=0)
        assert all(len(batch) == 1 for batch in batches)
        assert len(batches) == len(PAIRS)


def test_the_order_follows_from_the_seed_alone(corpus, letters):
    assert corpus.batches(100, seed=5) == Corpus(PAIRS, letters, 60).batches(100, seed=5)
    assert corpus.batches(100, seed=5) != corpus.batches(100, seed=6)


def test_the_number_of_batches_is_the_same_in_every_epoch(corpus):
    assert len({len(corpus.batches(100, seed)) for seed in range(10)}) == 1


def test_a_batch_holds_its_pairs_padded_on_the_right(corpus, letters):
    indices = [3, 8, 5]
    batch = corpus.batch(indices)
    for row, index in enumerate(indices):
        source, target, _ = PAIRS[index]
        assert batch.source[row][batch.source_mask[row]].tolist() == letters.encode(source)
        assert batch.target[row][batch.target_mask[row]].tolist() == [*letters.encode(target), END]
    assert batch.source[~batch.source_mask].eq(PADDING).all()
    assert batch.target[~batch.target_mask].eq(PADDING).all()
    assert corpus.tokens(indices) == int(batch.target_mask.sum())
    assert batch.links is None


def test_the_pieces_of_a_corpus_are_counted(corpus):
    assert corpus.target_tokens == sum(len(pair.target) + 1 for pair in PAIRS)
    assert corpus.longest_source == max(len(pair.source) for pair in PAIRS)


@given(st.lists(st.lists(st.integers(4, 9), min_size=1, max_size=6), min_size=1, max_size=5))
def test_padding_comes_after_the_real_ids(rows):
    ids, mask = pad(rows)
    assert ids.shape == mask.shape == (len(rows), max(map(len, rows)))
    for row, (padded, real) in zip(rows, zip(ids.tolist(), mask.tolist(), strict=True), strict=True):
        blanks = ids.shape[1] - len(row)
        assert padded == row + [PADDING] * blanks
        assert real == [True] * len(row) + [False] * blanks


def test_long_and_empty_pairs_are_left_out_and_counted(letters):
    sides = [("abc", "abcd"), ("abcdef", "a"), ("a", "abcde"), ("\u200b", "a"), ("a", "\u200b"), ("abcde", "abcd")]
    corpus = Corpus([Pair(*pair) for pair in sides], letters, 5)
    assert corpus.skipped == 4
    assert [len(source) for source, _ in corpus.pairs] == [3, 5]
    assert corpus.target_tokens == 5 + 5


@pytest.mark.parametrize("pairs", [[Pair("abc", "abc")], []])
def test_a_corpus_without_a_fitting_pair_is_an_error(letters, pairs):
    with pytest.raises(DataError, match=f"none of {len(pairs)} pairs has between 1 and 2 pieces"):
        Corpus(pairs, letters, 2)


# --- links ---


LINKED = [
    Pair("The cat sleeps", "Le chat dort", "0-0 1-1 2-2"),
    Pair("A dog", "Un chien court", ""),
    Pair("She reads", "Elle lit", "0-1 1-0 7-0 0-9"),
]


def spans(pieces, text):
    """For each word, the places of its pieces."""
    words, places = [], iter(range(1000))
    for word in text.split():
        words.append([next(places) for _ in pieces.encode(word)])
    return words


def test_each_piece_of_a_linked_word_looks_at_every_piece_of_its_partner(words):
    batch = Corpus(LINKED, words, 60).batch([2, 0, 1])
    assert batch.links.shape == (3, batch.target.shape[1], batch.source.shape[1])
    for row, index in enumerate([2, 0, 1]):
        source, target, links = LINKED[index]
        expected = np.zeros(batch.links.shape[1:])
        for link in links.split():
            one, other = map(int, link.split("-"))
            if one < len(source.split()) and other < len(target.split()):
                places = spans(words, source)[one]
                expected[np.ix_(spans(words, target)[other], places)] = 1 / len(places)
        np.testing.assert_allclose(batch.links[row], expected, rtol=1e-6)


def test_a_row_of_links_sums_to_one_or_nothing_and_none_is_on_padding(words):
    batch = Corpus(LINKED, words, 60).batch([0, 1, 2])
    sums = batch.links.sum(dim=-1)
    assert torch.logical_or((sums - 1).abs() < 1e-6, sums == 0).all()
    assert not batch.links[1].any()
    assert not batch.links[~batch.target_mask].any()
    assert not batch.links.transpose(1, 2)[~batch.source_mask].any()


def test_a_word_linked_to_two_words_looks_at_both_alike(letters):
    corpus = Corpus([Pair("a", "b", "0-0")], letters, 60)
    assert corpus.batch([0]).links[0, :, 0].tolist() == [1.0, 0.0]  # the end is linked to nothing


def test_links_stay_with_their_pairs_when_others_are_left_out(words):
    long = Pair("word " * 50, "mot " * 50, "0-0")
    corpus = Corpus([long, LINKED[0], long, LINKED[2]], words, 20)
    assert torch.equal(corpus.batch([0, 1]).links, Corpus([LINKED[0], LINKED[2]], words, 20).batch([0, 1]).links)


def test_a_batch_moves_to_a_device_as_a_whole(corpus, words):
    for batch in (corpus.batch([0, 1]), Corpus(LINKED, words, 60).batch([0, 1])):
        moved = batch.to(torch.device("meta"))
        for name in ("source", "source_mask", "target", "target_mask", "links"):
            one, other = getattr(batch, name), getattr(moved, name)
            assert (one is None) == (other is None)
            if one is not None:
                assert (other.device.type, other.shape, other.dtype) == ("meta", one.shape, one.dtype)


# --- subword regularisation ---


def test_sampled_pieces_follow_the_seed_and_spell_the_same_texts(unigrams):
    pairs = [Pair(one, other) for one, other in zip(SENTENCES, SENTENCES[::-1], strict=True)]
    one, again, other = (Corpus(pairs, unigrams, 200, sampling=0.2, seed=seed).pairs for seed in (1, 1, 2))
    assert one == again != other
    for rows in (one, other):
        spelled = [(unigrams.decode(source), unigrams.decode(target)) for source, target in rows]
        assert spelled == [pair[:2] for pair in pairs]
        assert all(target[-1] == END for _, target in rows)


def test_two_sides_of_the_same_text_are_cut_in_different_ways(unigrams):
    corpus = Corpus([Pair(text, text) for text in SENTENCES], unigrams, 200, sampling=0.2, seed=1)
    assert any(source != target[:-1] for source, target in corpus.pairs)


def test_links_fit_the_sampled_pieces(unigrams):
    corpus = Corpus([Pair("The cat", "Le chat", "0-0 1-1")], unigrams, 200, sampling=0.1, seed=3)
    source, target = corpus.pairs[0]
    links = corpus.batch([0]).links[0]
    assert links.sum(dim=-1).tolist() == pytest.approx([1.0] * (len(target) - 1) + [0.0])
    marks = [piece.startswith("▁") for piece in unigrams.pieces(source)]
    assert marks.count(True) == 2
    second = marks.index(True, 1)
    assert not links[0, second:].any()
    assert not links[len(target) - 2, :second].any()
