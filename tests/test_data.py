"""Pairs to batches: honest splits, whole epochs, the same order every time."""

import gzip
import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from s2s.config import DataConfig
from s2s.data import Corpus, make_reversals, pad, read_lines, read_pairs, split_by_groups, write_pairs
from s2s.errors import DataError
from s2s.text import END, PADDING, PieceModel

PAIRS = make_reversals(200, seed=3)


@pytest.fixture(scope="module")
def letters(letter_pieces):
    return PieceModel(letter_pieces)


@pytest.fixture(scope="module")
def corpus(letters):
    return Corpus(PAIRS, letters, 60)


def split_config(valid, test, seed=1):
    return DataConfig(
        source_language="a", target_language="b", task="reverse", valid_pairs=valid, test_pairs=test, seed=seed
    )


def test_pairs_come_back_from_their_file(tmp_path):
    pairs = [("a b", "ç d"), ("日本", "😀\u2028x"), ("a", "e\rf")]
    write_pairs(tmp_path / "new" / "pairs.tsv", pairs)
    assert read_pairs(tmp_path / "new" / "pairs.tsv") == pairs


def test_blanks_line_ends_and_further_columns_are_left_aside(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_bytes(b" a \t b \tCC-BY\tmore\r\nc\td")
    assert read_pairs(path) == [("a", "b"), ("c", "d")]


def test_a_gzipped_file_reads_like_a_plain_one(tmp_path):
    path = tmp_path / "pairs.tsv.gz"
    path.write_bytes(gzip.compress("a\té\n".encode()))
    assert read_pairs(path) == [("a", "é")]


@pytest.mark.parametrize("line", ["no tab", "\tno source", "no target\t", "no target\t \tlicence", ""])
def test_a_bad_line_is_named_by_its_number(tmp_path, line):
    path = tmp_path / "pairs.tsv"
    path.write_text(f"a\tb\nc\td\n{line}\ne\tf\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"pairs\.tsv, line 3: expected source, tab, target"):
        read_pairs(path)


def test_broken_utf8_is_named(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_bytes(b"a\tb\n\xff\tc\n")
    with pytest.raises(DataError, match=r"pairs\.tsv cannot be read"):
        read_pairs(path)


PACKED = gzip.compress("".join(f"{source}\t{target}\n" for source, target in PAIRS).encode())


@pytest.mark.parametrize(
    "content",
    [
        b"a\tb\n",
        PACKED[:-20],
        PACKED[:-8] + b"\0" * 8,
        PACKED[:200] + b"\xff" * 50 + PACKED[250:],
    ],
    ids=["not gzip", "truncated", "wrong checksum", "damaged"],
)
def test_a_broken_gzip_file_is_named(tmp_path, content):
    path = tmp_path / "pairs.tsv.gz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"pairs\.tsv\.gz"):
        read_pairs(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"none\.tsv"):
        read_pairs(tmp_path / "none.tsv")


def test_lines_are_split_at_line_feeds_alone(tmp_path):
    path = tmp_path / "lines.txt"
    path.write_bytes("a\u2028b\r\n\nc\x0bd".encode())
    assert list(read_lines(path)) == ["a\u2028b", "", "c\x0bd"]


@pytest.mark.parametrize("content", [b"a\n\xff\n", None])
def test_lines_that_cannot_be_read_are_an_error(tmp_path, content):
    path = tmp_path / "lines.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=r"lines\.txt"):
        list(read_lines(path))


def test_reversals_are_different_reversed_and_repeatable():
    assert len(set(PAIRS)) == len(PAIRS) == 200
    assert all(target == source[::-1] for source, target in PAIRS)
    assert make_reversals(200, seed=3) == PAIRS
    assert make_reversals(200, seed=4) != PAIRS


side = st.text("aAbB.! ", min_size=1, max_size=3)
some_pairs = st.lists(st.tuples(side, side), min_size=1, max_size=40)


def plain(text):
    return re.sub("[.! ]+", " ", text.lower()).strip()


@given(some_pairs, st.integers(1, 8), st.integers(1, 8), st.integers(0, 3))
def test_splits_share_no_side_and_lose_no_pair(pairs, valid, test, seed):
    try:
        splits = split_by_groups(pairs, split_config(valid, test, seed))
    except DataError:
        return
    assert sorted(pair for split in splits for pair in split) == sorted(pairs)
    for index in (0, 1):
        sides = [{plain(pair[index]) for pair in split} for split in splits]
        assert sum(map(len, sides)) == len(set.union(*sides))


def test_held_out_splits_have_at_least_their_size_and_follow_the_seed():
    train, valid, test = split_by_groups(PAIRS, split_config(20, 30))
    assert (len(train), len(valid), len(test)) == (150, 20, 30)
    assert split_by_groups(PAIRS, split_config(20, 30)) == (train, valid, test)
    assert split_by_groups(PAIRS, split_config(20, 30, seed=2)) != (train, valid, test)


def test_too_few_pairs_to_hold_out_are_an_error():
    with pytest.raises(DataError, match=r"200 pairs are too few to hold out 100 \+ 100"):
        split_by_groups(PAIRS, split_config(100, 100))


@given(seed=st.integers(0, 2**32), tokens=st.integers(20, 400))
def test_every_pair_appears_once_in_an_epoch_within_the_budget(corpus, seed, tokens):
    batches = corpus.batches(tokens, seed)
    assert sorted(index for batch in batches for index in batch) == list(range(len(PAIRS)))
    for batch in batches:
        assert len(batch) * max(len(corpus.pairs[index][1]) for index in batch) <= tokens


def test_a_pair_longer_than_the_budget_gets_a_batch_of_its_own(corpus):
    batches = corpus.batches(1, seed=0)
    assert all(len(batch) == 1 for batch in batches)
    assert len(batches) == len(PAIRS)


def test_the_order_follows_from_the_seed_alone(corpus, letters):
    assert corpus.batches(100, seed=5) == Corpus(PAIRS, letters, 60).batches(100, seed=5)
    assert corpus.batches(100, seed=5) != corpus.batches(100, seed=6)


def test_the_number_of_batches_is_the_same_in_every_epoch(corpus):
    assert len({len(corpus.batches(100, seed)) for seed in range(10)}) == 1


def test_a_batch_holds_its_pairs_padded_on_the_right(corpus, letters):
    batch = corpus.batch([3, 8, 5])
    for row, index in enumerate([3, 8, 5]):
        source, target = PAIRS[index]
        assert batch.source[row][batch.source_mask[row]].tolist() == letters.encode(source)
        assert batch.target[row][batch.target_mask[row]].tolist() == [*letters.encode(target), END]
    assert batch.source[~batch.source_mask].eq(PADDING).all()
    assert batch.target[~batch.target_mask].eq(PADDING).all()
    moved = batch.to(torch.device("cpu"))
    assert torch.equal(moved.target, batch.target)


@given(st.lists(st.lists(st.integers(4, 9), min_size=1, max_size=6), min_size=1, max_size=5))
def test_padding_comes_after_the_real_ids(rows):
    ids, mask = pad(rows)
    assert ids.shape == mask.shape == (len(rows), max(map(len, rows)))
    for row, (padded, real) in zip(rows, zip(ids.tolist(), mask.tolist(), strict=True), strict=True):
        blanks = ids.shape[1] - len(row)
        assert padded == row + [PADDING] * blanks
        assert real == [True] * len(row) + [False] * blanks


def test_long_and_empty_pairs_are_left_out_and_counted(letters):
    pairs = [("abc", "abcd"), ("abcdef", "a"), ("a", "abcde"), ("\u200b", "a"), ("a", "\u200b"), ("abcde", "abcd")]
    corpus = Corpus(pairs, letters, 5)
    assert corpus.skipped == 4
    assert [len(source) for source, _ in corpus.pairs] == [3, 5]
    assert corpus.target_tokens == 5 + 5


def test_a_corpus_without_a_fitting_pair_is_an_error(letters):
    with pytest.raises(DataError, match="none of 1 pairs has between 1 and 2 pieces"):
        Corpus([("abc", "abc")], letters, 2)
