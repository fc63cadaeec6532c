"""From a recipe's corpora to splits and pieces: held out is held out, and what was left out is said."""

import json
import shutil
import sys
import types
from dataclasses import replace
from pathlib import Path

import pytest

from s2s.config import TextConfig
from s2s.corpora import Pair, read_lines
from s2s.errors import ConfigError, DataError, TextError
from s2s.pieces import UNKNOWN
from s2s.prepare import Prepared, prepare
from s2s.recipe import Recipe
from s2s.recipe_sections import CorpusConfig, DataConfig, TrainingConfig
from s2s.splits import keys_of
from s2s.text import PieceModel
from tests.trainings import changed

SPLITS = ("train", "valid", "test")
NAMES = [*(f"{name}.tsv" for name in SPLITS), "text.spm", "test.source.txt", "test.target.txt", "prepared.json"]


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


@pytest.fixture
def corpus(tmp_path):
    """Writes a TSV file of some pairs: the corpus."""

    def write(name, pairs, **settings):
        path = tmp_path / f"{name}.tsv"
        path.write_text("".join(f"{pair[0]}\t{pair[1]}\n" for pair in pairs), encoding="utf-8")
        return CorpusConfig(file=str(path), **settings)

    return write


def of(recipe, *train, **data):
    """The recipe with these corpora."""
    return changed(recipe, "data", task="pairs", train=train, **data)


def numbered(first, last, word="word"):
    """Pairs of words that are told apart by letters."""
    return [Pair(f"{word} {chr(97 + n // 26)}{chr(97 + n % 26)}", f"mot {word} {n}") for n in range(first, last)]


def keys(pairs):
    return {key for pair in pairs for key in keys_of(pair)}


# --- splits ---


def test_the_splits_and_their_sizes_are_written(recipe):
    report = prepare(recipe)
    assert list(report.pairs.items()) == [("train", 48), ("valid", 5), ("test", 7)]
    assert report.remarks == []
    place = Prepared(recipe)
    assert sorted(path.name for path in place.directory.iterdir()) == sorted(NAMES)
    splits = [place.split(name) for name in SPLITS]
    assert [len(split) for split in splits] == [48, 5, 7]
    assert len({pair for split in splits for pair in split}) == 60


def test_the_test_split_is_there_line_by_line_too(recipe):
    prepare(recipe)
    place = Prepared(recipe)
    lines = [list(read_lines(place.directory / f"test.{side}.txt")) for side in ("source", "target")]
    assert [Pair(*sides) for sides in zip(*lines, strict=True)] == place.split("test")


def test_the_same_recipe_gives_the_same_files(recipe, tmp_path):
    other = changed(recipe, "data", directory=str(tmp_path / "again"))
    prepare(recipe)
    prepare(other)
    for name in NAMES:
        one, again = ((Prepared(made).directory / name).read_bytes() for made in (recipe, other))
        assert one == again


def test_pairs_of_several_files_are_joined_and_repeated_ones_dropped(recipe, corpus):
    pairs = numbered(0, 20)
    made = of(recipe, corpus("one", pairs[:12]), corpus("two", [*pairs[8:], pairs[0], pairs[15]]))
    assert sum(prepare(made).pairs.values()) == 20
    assert sorted(pair for name in SPLITS for pair in Prepared(made).split(name)) == sorted(pairs)


def test_the_corpora_stand_one_after_the_other_in_the_training_file(recipe, corpus):
    made = of(recipe, corpus("one", numbered(0, 30)), corpus("two", numbered(0, 30, "other"), weight=2.0))
    prepare(made)
    training = Prepared(made).training_data()
    split = Prepared(made).split("train")
    assert training.weights == [1.0, 2.0]
    assert sum(training.sizes) == len(split) == 48
    assert {pair.source[:5] for pair in split[: training.sizes[0]]} == {"word "}
    assert {pair.source[:5] for pair in split[training.sizes[0] :]} == {"other"}


def test_pairs_that_were_made_are_not_held_out(recipe, corpus):
    pairs = numbered(0, 30)
    made = of(recipe, corpus("real", pairs), corpus("made", [*numbered(0, 30, "made"), *pairs], held_out=False))
    prepare(made)
    assert {pair.source[:4] for name in ("valid", "test") for pair in Prepared(made).split(name)} == {"word"}
    assert Prepared(made).training_data().sizes == [18, 30]


def test_a_text_that_the_parent_has_seen_on_either_side_is_not_held_out(recipe, corpus):
    pairs = numbered(0, 40)
    seen = corpus("seen", [(pairs[0].source.upper(), "x"), *((pair.target, "y!") for pair in pairs[1:20])])
    made = of(recipe, corpus("pairs", pairs), seen=(seen,))
    prepare(made)
    held_out = {pair for name in ("valid", "test") for pair in Prepared(made).split(name)}
    assert len(held_out) == 12
    assert held_out <= set(pairs[20:])


@pytest.mark.parametrize("given", [("valid", "test"), ("valid",), ("test",), ()])
def test_no_text_of_a_held_out_pair_is_seen_in_training(recipe, corpus, given):
    """Whether corpora are given for the held-out splits, so that training is streamed, or pairs are drawn."""
    pairs = numbered(0, 60)
    held = {
        "valid": [Pair("WORD aa!", "new"), Pair("new", "Mot, word 1."), *numbered(100, 110)],
        "test": [pairs[2], *numbered(110, 120)],
    }
    made = of(
        recipe,
        corpus("one", pairs[:40]),
        corpus("two", [*pairs[40:], Pair("other", "mot word 1"), Pair("word ac?", "other")], weight=0.5),
        **{name: (corpus(name, held[name]),) for name in given},
    )
    report = prepare(made)
    train, valid, test = (Prepared(made).split(name) for name in SPLITS)
    assert train
    assert not keys(train) & keys([*valid, *test])
    for name in given:
        assert Prepared(made).split(name) == held[name]
    assert report.pairs == {"train": len(train), "valid": len(valid), "test": len(test)}
    if len(given) == 2:
        assert len(train) == 62 - 5
        assert report.remarks == ["left out 5 training pairs with a text of the held-out splits"]


def test_training_corpora_are_streamed_where_both_held_out_splits_are_given(recipe, corpus, monkeypatch):
    library = types.ModuleType("datasets")
    read, written = [], []

    def load_dataset(name, subset, *, split, streaming):
        assert streaming
        for number, pair in enumerate(numbered(0, 200)):
            read.append(number)
            yield {"x": pair.source, "y": pair.target}

    library.load_dataset = load_dataset
    monkeypatch.setitem(sys.modules, "datasets", library)
    made = of(
        recipe,
        CorpusConfig(hub="owner/name", source="x", target="y"),
        valid=(corpus("valid", numbered(0, 3, "other")),),
        test=(corpus("test", numbered(3, 6, "other")),),
    )

    def line_of(pair):
        written.append(len(read))
        return f"{pair.source}\t{pair.target}\n"

    monkeypatch.setattr("s2s.prepare._line", line_of)
    assert prepare(made).pairs == {"train": 200, "valid": 3, "test": 3}
    assert written[6:] == list(range(1, 201))  # a pair is written before the next one is read


def test_links_come_with_their_training_pairs(recipe, corpus, tmp_path):
    pairs = numbered(0, 30)
    (tmp_path / "links").write_text("".join(f"0-{n % 3} 1-1\n" for n in range(30)), encoding="utf-8")
    made = of(recipe, corpus("one", pairs, links=str(tmp_path / "links")))
    prepare(made)
    expected = {pair[:2]: f"0-{n % 3} 1-1" for n, pair in enumerate(pairs)}
    train = Prepared(made).training_data().part(0, 0, {})
    assert train
    assert all(pair.links == expected[pair[:2]] for pair in train)
    assert all(pair.links == "" for pair in Prepared(made).split("valid"))


# --- what is left out is said ---


def test_skipped_lines_are_counted_and_named_by_corpus(recipe, corpus):
    broken = [*numbered(0, 20), ("", "empty"), ("x" * 100, "long"), ("also", "")]
    made = of(recipe, corpus("good", numbered(20, 40)), corpus("bad", broken), faulty_lines="skip", max_characters=50)
    report = prepare(made)
    assert sum(report.pairs.values()) == 40
    (remark,) = report.remarks
    assert remark.endswith(
        "bad.tsv: left out 2 × an empty side (line 21, 23); 1 × a side of more than 50 characters (line 22)"
    )
    notes = json.loads((Prepared(made).directory / "prepared.json").read_text(encoding="utf-8"))
    assert notes["remarks"] == report.remarks


def test_a_faulty_line_stops_the_preparation_unless_told_otherwise(recipe, corpus):
    made = of(recipe, corpus("bad", [*numbered(0, 20), ("", "empty")]))
    with pytest.raises(DataError, match=r"bad\.tsv, line 21: an empty side"):
        prepare(made)
    assert not Prepared(made).directory.exists()


def test_a_missing_file_is_named(recipe, tmp_path):
    with pytest.raises(DataError, match=r"none\.tsv"):
        prepare(of(recipe, CorpusConfig(file=str(tmp_path / "none.tsv"))))


def test_corpora_of_which_all_is_held_out_are_an_error(recipe, corpus):
    same = (corpus("same", numbered(0, 20)),)
    with pytest.raises(DataError, match="no training pairs are left"):
        prepare(of(recipe, *same, valid=same, test=same))


def test_an_unknown_augmentation_is_named_before_anything_is_written(recipe):
    made = changed(recipe, "data", augmentation={"typo": 0.1})
    with pytest.raises(ConfigError, match="unknown augmentation typo"):
        prepare(made)
    assert not Prepared(made).directory.exists()


# --- pieces ---


def test_pieces_are_learnt_from_the_training_split_alone(recipe, corpus):
    made = of(recipe, corpus("one", [(chr(0x4E00 + n), chr(0x5E00 + n)) for n in range(30)]))
    prepare(made)
    pieces = PieceModel(Prepared(made).pieces)
    assert all(UNKNOWN not in pieces.encode(side) for pair in Prepared(made).split("train") for side in pair[:2])
    assert all(UNKNOWN in pieces.encode(side) for pair in Prepared(made).split("test") for side in pair[:2])


def test_pieces_are_learnt_from_every_corpus_whatever_its_weight(recipe, corpus):
    one = [(chr(0x4E00 + n), chr(0x5E00 + n)) for n in range(30)]
    two = [(chr(0x6E00 + n), chr(0x7E00 + n)) for n in range(30)]
    made = of(recipe, corpus("one", one, weight=0.1), corpus("two", two))
    made = replace(made, text=TextConfig(piece_kind="char", vocabulary_size=300, character_coverage=1.0))
    prepare(made)
    pieces = PieceModel(Prepared(made).pieces)
    assert all(UNKNOWN not in pieces.encode(side) for pair in Prepared(made).split("train") for side in pair[:2])


def test_pieces_that_cannot_be_learnt_are_an_error(recipe):
    with pytest.raises(TextError, match="no piece model of 8000 pieces can be learnt"):
        prepare(replace(recipe, text=TextConfig()))


def test_a_warm_start_brings_its_pieces(recipe, tiny_checkpoint):
    made = changed(recipe, "training", warm_start=str(tiny_checkpoint))
    prepare(made)
    assert Prepared(made).pieces.read_bytes() == (tiny_checkpoint / "text.spm").read_bytes()


def test_a_warm_start_without_a_checkpoint_is_named(recipe, tmp_path):
    made = changed(recipe, "training", warm_start=str(tmp_path / "nowhere"))
    with pytest.raises(ConfigError, match=r"training\.warm_start: there is no checkpoint with pieces at .*nowhere"):
        prepare(made)


# --- what training finds ---


def test_a_split_that_was_not_prepared_is_named(recipe):
    with pytest.raises(DataError, match=r"valid\.tsv is missing: run `python -m s2s prepare"):
        Prepared(recipe).split("valid")
    with pytest.raises(DataError, match=r"train\.tsv is missing"):
        Prepared(recipe).training_data()


def decisive(recipe, corpus):
    yield changed(recipe, "data", seed=2)
    yield changed(recipe, "data", valid_pairs=6)
    yield changed(recipe, "data", train=(*recipe.data.train, corpus("more", numbered(0, 2, "more"))))
    yield changed(recipe, "data", train=recipe.data.train[:1])
    yield changed(recipe, "data", train=recipe.data.train[::-1])
    yield changed(recipe, "data", test=(corpus("test", numbered(0, 2, "test")),))
    yield changed(recipe, "data", max_characters=100)
    yield changed(recipe, "data", faulty_lines="skip")
    yield changed(recipe, "data", source_language="de")
    yield replace(recipe, text=TextConfig(piece_kind="char", vocabulary_size=65))
    yield changed(recipe, "training", warm_start="elsewhere")


def test_settings_that_the_files_depend_on_may_not_change_after_they_are_made(recipe, corpus):
    made = of(recipe, corpus("one", numbered(0, 30)), corpus("two", numbered(0, 30, "other")))
    prepare(made)
    for other in decisive(made, corpus):
        with pytest.raises(DataError, match="prepared with other settings of data or text: run prepare again"):
            Prepared(other).training_data()


def test_settings_that_the_files_do_not_depend_on_may_change(recipe, corpus, tmp_path):
    one, two = corpus("one", numbered(0, 30)), corpus("two", numbered(0, 30, "other"))
    made = of(recipe, one, two)
    prepare(made)
    other = changed(
        made,
        "data",
        train=(replace(one, weight=3.0), replace(two, weight=0.5)),
        augmentation={"typos": 0.5},
        max_length=20,
        licence="CC0-1.0",
        attribution="me",
        lowercase=True,
        tokenize="none",
        directory=str(tmp_path / "moved"),
    )
    shutil.move(tmp_path / "prepared", tmp_path / "moved")
    other = replace(other, training=TrainingConfig(max_epochs=3, seed=9))
    assert Prepared(other).training_data().weights == [3.0, 0.5]


def test_an_unknown_augmentation_is_named_by_the_training_too(recipe):
    prepare(recipe)
    with pytest.raises(ConfigError, match="unknown augmentation typo"):
        Prepared(changed(recipe, "data", augmentation={"typo": 0.1})).training_data()


def test_a_corpus_without_a_pair_of_its_own_is_no_obstacle(recipe, corpus):
    pairs = numbered(0, 30)
    made = of(recipe, corpus("one", pairs), corpus("two", pairs))
    assert sum(prepare(made).pairs.values()) == 30
    assert sum(Prepared(made).training_data().sizes) == 18


@pytest.mark.parametrize("name", ["valid", "test"])
def test_a_held_out_corpus_without_pairs_is_an_error(recipe, corpus, name):
    with pytest.raises(DataError, match=name):
        prepare(of(recipe, corpus("one", numbered(0, 30)), **{name: (corpus("empty", []),)}))


@pytest.mark.parametrize("content", ["", "{", "{}", "[]"])
def test_damaged_notes_ask_for_another_preparation(recipe, content):
    prepare(recipe)
    (Prepared(recipe).directory / "prepared.json").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match="run prepare again"):
        Prepared(recipe).training_data()


def test_a_folder_that_cannot_be_written_is_an_error(recipe, tmp_path):
    (tmp_path / "prepared").write_text("in the way", encoding="utf-8")
    with pytest.raises(DataError, match=r"prepared.* cannot be written"):
        prepare(recipe)


def test_a_full_disk_is_an_error_and_keeps_what_was_prepared(recipe, full_disk):
    prepare(recipe)
    before = {path.name: path.read_bytes() for path in Prepared(recipe).directory.iterdir()}
    with full_disk(100), pytest.raises(DataError, match=r"cannot be written .*make room or choose another"):
        prepare(changed(recipe, "data", pairs=80))
    assert {path.name: path.read_bytes() for path in Prepared(recipe).directory.iterdir()} == before


@pytest.mark.parametrize("step", ["_write_training", "_learn_pieces", "_write"])
def test_a_preparation_that_was_broken_off_leaves_the_one_before(recipe, corpus, monkeypatch, step):
    made = of(recipe, corpus("one", numbered(0, 30)))
    prepare(made)
    before = {path.name: path.read_bytes() for path in Prepared(made).directory.iterdir()}
    corpus("one", numbered(10, 40))

    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"s2s.prepare.{step}", die)
        with pytest.raises(KeyboardInterrupt):
            prepare(made)
    assert {path.name: path.read_bytes() for path in Prepared(made).directory.iterdir()} == before
    assert [path.name for path in Prepared(made).directory.parent.iterdir()] == ["tiny"]


@pytest.mark.parametrize("files", range(len(NAMES)))
def test_old_and_new_files_are_never_trained_on_together(recipe, corpus, monkeypatch, files):
    made = of(recipe, corpus("one", numbered(0, 30)))
    prepare(made)
    corpus("one", numbered(10, 40))
    replace_file, left = Path.replace, iter(range(files))

    def replace_some(path, target):
        if next(left, None) is None:
            raise KeyboardInterrupt
        replace_file(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace_some)
        with pytest.raises(KeyboardInterrupt):
            prepare(made)
    with pytest.raises(DataError, match=r"prepared\.json is missing: run `python -m s2s prepare"):
        Prepared(made).training_data()
    prepare(made)
    assert len(Prepared(made).training_data().part(0, 0, {})) == 18


def test_what_a_killed_preparation_left_is_no_obstacle(recipe):
    litter = Prepared(recipe).directory.with_name(".tiny.new")
    litter.mkdir(parents=True)
    (litter / "train.tsv").write_text("half a", encoding="utf-8")
    prepare(recipe)
    assert not litter.exists()
    assert sorted(path.name for path in Prepared(recipe).directory.iterdir()) == sorted(NAMES)


def test_a_made_task_may_be_validated_on_given_corpora(recipe, corpus):
    held = {name: (corpus(name, [("aaaa", "aaaa"), ("bbbb", "bbbb")]),) for name in ("valid", "test")}
    assert prepare(changed(recipe, "data", **held)).pairs == {"train": 60, "valid": 2, "test": 2}
