"""From a recipe's files to splits and pieces."""

from dataclasses import replace

import pytest

from s2s.config import DataConfig, Recipe, TextConfig
from s2s.data import read_lines, read_pairs, write_pairs
from s2s.errors import DataError
from s2s.prepare import prepare, prepared
from s2s.text import UNKNOWN, PieceModel

NAMES = ["train.tsv", "valid.tsv", "test.tsv", "text.spm", "test.source.txt", "test.target.txt"]


@pytest.fixture
def recipe(tmp_path):
    return Recipe(
        name="tiny",
        data=DataConfig(
            source_language="en",
            target_language="fr",
            task="reverse",
            directory=str(tmp_path / "prepared"),
            pairs=60,
            valid_pairs=5,
            test_pairs=7,
        ),
        text=TextConfig(piece_kind="char", vocabulary_size=64),
    )


def from_files(recipe, *files):
    return replace(recipe, data=replace(recipe.data, task="pairs", files=tuple(map(str, files))))


def test_the_splits_and_their_sizes_are_written(recipe):
    assert prepare(recipe) == {"train": 48, "valid": 5, "test": 7}
    place = prepared(recipe)
    assert sorted(path.name for path in place.directory.iterdir()) == sorted(NAMES)
    splits = [place.split(name) for name in ("train", "valid", "test")]
    assert [len(split) for split in splits] == [48, 5, 7]
    assert len({pair for split in splits for pair in split}) == 60


def test_the_test_split_is_there_line_by_line_too(recipe):
    prepare(recipe)
    place = prepared(recipe)
    lines = [list(read_lines(place.directory / f"test.{side}.txt")) for side in ("source", "target")]
    assert list(zip(*lines, strict=True)) == place.split("test")


def test_the_same_recipe_gives_the_same_files(recipe, tmp_path):
    other = replace(recipe, data=replace(recipe.data, directory=str(tmp_path / "again")))
    prepare(recipe)
    prepare(other)
    for name in NAMES:
        one, again = ((prepared(made).directory / name).read_bytes() for made in (recipe, other))
        assert one == again


def test_pairs_of_several_files_are_joined_and_repeated_ones_dropped(recipe, tmp_path):
    pairs = [(f"word {letter}", f"mot {letter}") for letter in "abcdefghijklmnopqrst"]
    write_pairs(tmp_path / "one.tsv", pairs[:12])
    write_pairs(tmp_path / "two.tsv", [*pairs[8:], pairs[0]])
    made = from_files(recipe, tmp_path / "one.tsv", tmp_path / "two.tsv")
    assert sum(prepare(made).values()) == 20
    written = [
        pair for name in ("train", "valid", "test") for pair in read_pairs(prepared(made).directory / f"{name}.tsv")
    ]
    assert sorted(written) == pairs


def test_pieces_are_learnt_from_the_training_split_alone(recipe, tmp_path):
    pairs = [(chr(0x4E00 + n), chr(0x5E00 + n)) for n in range(30)]
    write_pairs(tmp_path / "pairs.tsv", pairs)
    made = from_files(recipe, tmp_path / "pairs.tsv")
    prepare(made)
    pieces = PieceModel(prepared(made).pieces)
    assert all(UNKNOWN not in pieces.encode(side) for pair in prepared(made).split("train") for side in pair)
    assert all(UNKNOWN in pieces.encode(side) for pair in prepared(made).split("test") for side in pair)


def test_a_missing_file_is_named(recipe, tmp_path):
    with pytest.raises(DataError, match=r"none\.tsv"):
        prepare(from_files(recipe, tmp_path / "none.tsv"))


def test_a_split_that_was_not_prepared_is_named(recipe):
    with pytest.raises(DataError, match=r"valid\.tsv is missing"):
        prepared(recipe).split("valid")
