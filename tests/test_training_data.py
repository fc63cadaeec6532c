"""Prepared pairs on the disk: every pair as often as its weight says, part by part, in an order of the seed's."""

from collections import Counter

import pytest

from s2s import data
from s2s.corpora import Pair
from s2s.data import TrainingData
from s2s.errors import DataError
from s2s.toys import make_reversals

PAIRS = make_reversals(230, seed=3)
LINKED = [Pair(pair.source, pair.target, "0-0 1-1") for pair in PAIRS[200:]]


def lines(pairs):
    return "".join("\t".join(pair if pair.links else pair[:2]) + "\n" for pair in pairs)


@pytest.fixture
def opened(tmp_path):
    """Opens corpora as training data."""

    def open_corpora(*corpora, weights=None, seed=1):
        path = tmp_path / "train.tsv"
        path.write_text("".join(map(lines, corpora)), encoding="utf-8", newline="\n")
        return TrainingData(path, list(map(len, corpora)), weights or [1.0] * len(corpora), seed)

    return open_corpora


def epoch(training, number=0, augmentation=None):
    return [training.part(number, part, augmentation or {}) for part in range(training.parts)]


def counts(training, number=0):
    return Counter(pair for part in epoch(training, number) for pair in part)


def test_an_epoch_has_every_pair_once_with_its_links(opened):
    training = opened(PAIRS[:200], LINKED)
    assert training.parts == 1
    assert training.epoch_pairs == 230
    for number in (0, 1):
        assert counts(training, number) == Counter([*PAIRS[:200], *LINKED])


@pytest.mark.parametrize("size", [1, 7, 64, 229, 230, 231])
def test_the_parts_of_an_epoch_hold_every_pair_once_and_are_of_one_size(opened, monkeypatch, size):
    monkeypatch.setattr(data, "PART_PAIRS", size)
    training = opened(PAIRS)
    parts = epoch(training, 2)
    assert len(parts) == training.parts == -(-230 // size)
    assert Counter(pair for part in parts for pair in part) == Counter(PAIRS)
    assert max(map(len, parts)) <= size
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_each_epoch_divides_the_pairs_in_another_way(opened, monkeypatch):
    monkeypatch.setattr(data, "PART_PAIRS", 100)
    training = opened(PAIRS)
    assert set(training.part(0, 0, {})) != set(training.part(1, 0, {}))


def test_parts_follow_from_the_seed_alone(opened, monkeypatch):
    monkeypatch.setattr(data, "PART_PAIRS", 100)
    parts = epoch(opened(PAIRS, seed=5), 3)
    assert epoch(opened(PAIRS, seed=5), 3) == parts
    assert epoch(opened(PAIRS, seed=6), 3) != parts
    training = opened(PAIRS, seed=5)
    assert [training.part(3, part, {}) for part in (2, 0, 1)] == [parts[2], parts[0], parts[1]]


def test_a_weight_says_how_often_each_pair_is_seen(opened):
    one, two, three = PAIRS[:100], PAIRS[100:150], PAIRS[150:]
    training = opened(one, two, three, weights=[1.0, 2.0, 0.5])
    seen = counts(training)
    assert {seen[pair] for pair in one} == {1}
    assert {seen[pair] for pair in two} == {2}
    assert Counter(seen[pair] for pair in three) == {0: 40, 1: 40}
    assert training.epoch_pairs == 100 + 100 + 40 == seen.total()


def test_a_half_is_another_half_in_each_epoch_and_a_random_one(opened):
    training = opened(PAIRS, weights=[0.5])
    halves = [set(counts(training, number)) for number in range(6)]
    assert [len(half) for half in halves] == [115] * 6
    assert len({frozenset(half) for half in halves}) == 6
    assert len(set.union(*halves)) > 200


def test_a_weight_between_two_whole_ones_shows_all_pairs_and_some_of_them_again(opened):
    seen = counts(opened(PAIRS[:100], weights=[2.25]))
    assert Counter(seen.values()) == {2: 75, 3: 25}


@pytest.mark.parametrize(("part_pairs", "parts"), [(8, 1), (1, 8)])
def test_a_pair_seen_more_than_once_in_an_epoch_is_augmented_in_several_ways(opened, monkeypatch, part_pairs, parts):
    monkeypatch.setattr(data, "PART_PAIRS", part_pairs)
    training = opened([Pair("abcdefghijklmnop", "x")], weights=[8.0])
    written = [pair.source for part in epoch(training, 0, {"typos": 1.0}) for pair in part]
    assert (training.parts, len(written)) == (parts, 8)
    assert len(set(written)) > 3


def test_augmentation_follows_from_epoch_and_part_and_leaves_the_file_alone(opened, monkeypatch):
    monkeypatch.setattr(data, "PART_PAIRS", 100)
    training, shares = opened(PAIRS), {"typos": 0.5, "concatenate": 0.2}
    changed = epoch(training, 1, shares)
    assert changed == epoch(opened(PAIRS), 1, shares)
    assert changed != epoch(training, 1)
    assert [len(part) for part in changed] == [len(part) for part in epoch(training, 1)]
    assert counts(training, 1) == Counter(PAIRS)


def test_augmentation_differs_from_epoch_to_epoch(opened):
    training = opened([Pair("abcdefghijklmnop", "x")])
    written = {training.part(number, 0, {"typos": 1.0})[0].source for number in range(10)}
    assert len(written) > 3


def test_a_part_is_read_from_the_file_without_the_others(opened, monkeypatch):
    monkeypatch.setattr(data, "PART_PAIRS", 10)
    training = opened(PAIRS)
    read = []
    one_pair = TrainingData._pair
    monkeypatch.setattr(TrainingData, "_pair", lambda self, row: read.append(row) or one_pair(self, row))
    assert len(training.part(0, 3, {})) == 10
    assert len(read) == 10


def test_texts_come_back_as_they_were_written(opened):
    pairs = [Pair("a \u3000 b", "ç 日本 😀"), Pair("\\", "'\""), Pair("x" * 5000, "y", "0-0")]
    assert counts(opened(pairs)) == Counter(pairs)


def test_a_file_of_many_blocks_is_cut_at_its_lines(opened):
    pairs = [Pair(f"{number} " + "x" * 60_000, "y") for number in range(300)]  # more than a block of 16 MB
    training = opened(pairs)
    assert training.part(0, 0, {}) == pairs  # in the order of the file


@pytest.mark.parametrize("sizes", [[229], [231], [100, 131]])
def test_another_number_of_lines_than_was_prepared_is_named(opened, tmp_path, sizes):
    opened(PAIRS)
    with pytest.raises(DataError, match=rf"train\.tsv has 230 lines, expected {sum(sizes)}: run prepare again"):
        TrainingData(tmp_path / "train.tsv", sizes, [1.0] * len(sizes), 1)


def test_an_empty_file_is_named(tmp_path):
    (tmp_path / "train.tsv").touch()
    with pytest.raises(DataError, match=r"train\.tsv has 0 lines, expected 230: run prepare again"):
        TrainingData(tmp_path / "train.tsv", [230], [1.0], 1)


def test_a_corpus_of_which_nothing_was_left_is_no_obstacle(opened):
    assert counts(opened(PAIRS, [], weights=[1.0, 2.0])) == Counter(PAIRS)


def test_weights_that_leave_nothing_of_an_epoch_are_an_error(opened):
    with pytest.raises(DataError, match="weight"):
        opened(PAIRS, weights=[0.001]).part(0, 0, {})
