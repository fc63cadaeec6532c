"""From a recipe's corpora to what training reads: three splits and a piece model in one folder."""

import hashlib
import json
import random
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import Any

from s2s.augment import check_augmentation
from s2s.checkpoint import pieces_of
from s2s.corpora import Faults, Pair, read_corpus
from s2s.data import Corpus, SpokenCorpus, TrainingData
from s2s.dates import make_dates
from s2s.digits import choose_clips, make_digits, read_names
from s2s.errors import ConfigError, DataError
from s2s.pieces import train_pieces
from s2s.recipe import Recipe
from s2s.recipe_sections import CorpusConfig, DataConfig
from s2s.sounds import Clips
from s2s.splits import keys_of, plain, split_by_groups
from s2s.text import PieceModel
from s2s.toys import make_reversals

PIECE_PAIRS = 1_000_000
"""Training pairs, drawn at random, from which pieces are learnt."""

NOTES = "prepared.json"
"""What was prepared, and from which settings; it is there only if all the other files are."""

_FREE = {"max_length", "augmentation", "licence", "attribution", "directory", "tokenize", "lowercase"}
"""Settings of a recipe's data that may change after `prepare`."""


@dataclass(frozen=True)
class Prepared:
    """Where the prepared files of a recipe lie."""

    recipe: Recipe

    @property
    def directory(self) -> Path:
        """Their folder."""
        return Path(self.recipe.data.directory) / (self.recipe.part_of or self.recipe.name)

    @property
    def pieces(self) -> Path:
        """The piece model's file."""
        return self.directory / "text.spm"

    @cached_property
    def clips(self) -> Clips | None:
        """The sounds that the sources name; None where they are texts.

        Raises:
            DataError: they cannot be read.
        """
        return Clips(Path(self.recipe.data.audio)) if self.recipe.data.audio else None

    def corpus(self, pairs: Sequence[Pair], pieces: PieceModel, *, sampling: float = 0.0, seed: int = 0) -> Corpus:
        """Pairs as a training reads them; errors as those of `Corpus` and `clips`."""
        length = self.recipe.data.max_length
        if self.clips is None:
            return Corpus(pairs, pieces, length, sampling=sampling, seed=seed)
        frames = 2**self.recipe.model.pyramid_layers
        return SpokenCorpus(
            pairs, pieces, length, clips=self.clips, frames_a_state=frames, sampling=sampling, seed=seed
        )

    def split(self, name: str) -> list[Pair]:
        """The pairs of `train`, `valid` or `test`."""
        corpus = CorpusConfig(file=str(self._existing(f"{name}.tsv")))
        return list(read_corpus(corpus, self.recipe.data.max_characters))

    def training_data(self) -> TrainingData:
        """The training pairs, on the disk.

        Raises:
            DataError: they are not prepared, not wholly, or with other settings.
        """
        path, data = self._existing("train.tsv"), self.recipe.data
        notes = self._existing(NOTES)
        try:
            content = json.loads(notes.read_text(encoding="utf-8"))
            settings, sizes, fingerprint = (content[key] for key in ("settings", "train_pairs", "fingerprint"))
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{notes} is damaged ({error}): run prepare again") from None
        if settings != _settings(self.recipe):
            raise DataError(f"{self.directory} was prepared with other settings of data or text: run prepare again")
        check_augmentation(data.augmentation)
        weights = [corpus.weight for corpus in data.train] or [1.0]
        return TrainingData(path, sizes, weights, data.seed, fingerprint)

    def _existing(self, name: str) -> Path:
        path = self.directory / name
        if not path.is_file():
            raise DataError(f"{path} is missing: run `python -m s2s prepare RECIPE.toml` first")
        return path


@dataclass
class Report:
    """What `prepare` did."""

    pairs: dict[str, int] = field(default_factory=dict)
    """In each split."""
    remarks: list[str] = field(default_factory=list)
    """What was left out, and why."""


def _settings(recipe: Recipe) -> dict[str, Any]:
    """The settings that the prepared files depend on, as plain values."""
    data = {name: value for name, value in asdict(recipe.data).items() if name not in _FREE}
    data["train"] = [{**corpus, "weight": None} for corpus in data["train"]]
    plain = {"data": data, "text": asdict(recipe.text), "warm_start": _piece_parent(recipe)}
    return dict(json.loads(json.dumps(plain)))


def _piece_parent(recipe: Recipe) -> str:
    """The checkpoint folder that the pieces come from, if any."""
    return recipe.training.warm_start if recipe.training.parent_pieces else ""


def prepare(recipe: Recipe) -> Report:
    """Split the recipe's pairs, learn its pieces from the training part alone, and write both.

    No text of the held-out splits stays in the training part, compared without case and punctuation. The files of an
    earlier preparation are replaced when all new ones are written.

    Raises:
        DataError: a corpus is missing, damaged or too small, or the files cannot be written; the message says which.
        TextError: no piece model can be learnt.
    """
    check_augmentation(recipe.data.augmentation)
    place = Prepared(recipe).directory
    new = place.with_name(f".{place.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    try:
        new.mkdir(parents=True)
        report = _prepare(recipe, new)
        place.mkdir(exist_ok=True)
        (place / NOTES).unlink(missing_ok=True)
        for path in sorted(new.iterdir(), key=lambda path: path.name == NOTES):  # the notes last
            path.replace(place / path.name)
    except OSError as error:
        raise DataError(f"{place} cannot be written ({error}); make room or choose another data.directory") from None
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return report


def _prepare(recipe: Recipe, place: Path) -> Report:
    data, report = recipe.data, Report()
    held_out: dict[str, list[Pair]] = {}
    for name in ("valid", "test"):
        held_out[name] = list(_read(getattr(data, name), data, report))
        if getattr(data, name) and not held_out[name]:
            raise DataError(f"the corpora of data.{name} hold no pair")
    if data.task == "digits":
        train, held_out["valid"], held_out["test"] = _digits(data)
        corpora: Sequence[Iterable[Pair]] = [train]
    elif data.valid and data.test and data.task == "pairs":
        corpora = [_read([corpus], data, report) for corpus in data.train]
    else:
        corpora = _split(_all_pairs(data, report), held_out, data, report)
    for name, pairs in held_out.items():
        _write(place / f"{name}.tsv", map(_line, pairs))
        report.pairs[name] = len(pairs)
    for index, side in enumerate(("source", "target")):
        _write(place / f"test.{side}.txt", (f"{pair[index]}\n" for pair in held_out["test"]))
    keys = partial(keys_of, shared_targets=data.shared_targets)
    apart = [] if data.task == "digits" else held_out.values()  # digits come again in any string; no clip does
    taken = {key for pairs in apart for pair in pairs for key in keys(pair)}
    sizes = _write_training(place / "train.tsv", corpora, lambda pair: taken.isdisjoint(keys(pair)), report)
    _learn_pieces(recipe, place, sizes)
    digest = hashlib.sha256()
    for name in ("train.tsv", "text.spm"):
        with (place / name).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    notes = {
        "settings": _settings(recipe),
        "train_pairs": sizes,
        "fingerprint": digest.hexdigest(),
        "remarks": report.remarks,
    }
    _write(place / NOTES, [json.dumps(notes, indent=2, ensure_ascii=False), "\n"])
    report.pairs = {"train": sum(sizes), **report.pairs}
    return report


def _write(path: Path, parts: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(parts)


def _read(corpora: Iterable[CorpusConfig], data: DataConfig, report: Report) -> Iterator[Pair]:
    for corpus in corpora:
        faults = Faults() if data.faulty_lines == "skip" else None
        yield from read_corpus(corpus, data.max_characters, faults)
        if faults is not None and faults.kinds:
            report.remarks.append(f"{corpus.file or corpus.hub or corpus.source}: left out {faults}")


def _all_pairs(data: DataConfig, report: Report) -> list[list[Pair]]:
    """The pairs of each corpus in memory; a pair that stood before is dropped."""
    if data.task == "reverse":
        return [make_reversals(data.pairs, data.seed)]
    if data.task == "dates":
        return [make_dates(data.pairs, data.seed)]
    seen: set[tuple[str, str]] = set()
    corpora = []
    for corpus in data.train:
        pairs = list(_read([corpus], data, report))
        fresh = [pair for pair in pairs if not (pair[:2] in seen or seen.add(pair[:2]))]  # type: ignore[func-returns-value]
        corpora.append(fresh)
    return corpora


def _digits(data: DataConfig) -> list[list[Pair]]:
    """The strings of each split: train, valid, test."""
    clips = choose_clips(read_names(Clips(Path(data.audio)).names), data.test_speakers)
    counts = {"train": data.pairs, "valid": data.valid_pairs, "test": data.test_pairs}
    return [make_digits(clips[name], count, data.seed + place) for place, (name, count) in enumerate(counts.items())]


def _split(
    corpora: list[list[Pair]], held_out: dict[str, list[Pair]], data: DataConfig, report: Report
) -> list[list[Pair]]:
    """Hold out groups of pairs for the splits that have no corpus of their own; the training pairs of each corpus."""
    sizes = {name: getattr(data, f"{name}_pairs") for name in ("valid", "test") if not getattr(data, name)}
    whole = [index for index, corpus in enumerate(data.train) if not corpus.held_out]
    numbered = [(pair, index) for index, pairs in enumerate(corpora) if index not in whole for pair in pairs]
    seen = {plain(text) for pair in _read(data.seen, data, report) for text in pair[:2]}
    train, splits = split_by_groups(
        [pair for pair, _ in numbered],
        list(sizes.values()),
        data.seed,
        seen,
        families=data.families,
        shared_targets=data.shared_targets,
    )
    held_out.update(zip(sizes, ([numbered[row][0] for row in rows] for rows in splits), strict=True))
    kept: list[list[Pair]] = [pairs if index in whole else [] for index, pairs in enumerate(corpora)]
    for row in train:
        pair, index = numbered[row]
        kept[index].append(pair)
    return kept


def _write_training(
    path: Path, corpora: Sequence[Iterable[Pair]], is_free: Callable[[Pair], bool], report: Report
) -> list[int]:
    """Write train.tsv, one corpus after the other, without what is held out; the size of each corpus."""
    sizes, dropped = [], 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for pairs in corpora:
            size = 0
            for pair in pairs:
                if is_free(pair):
                    file.write(_line(pair))
                    size += 1
                else:
                    dropped += 1
            sizes.append(size)
    if not sum(sizes):
        raise DataError("no training pairs are left: the corpora are empty, or all of their texts are held out")
    if dropped:
        report.remarks.append(f"left out {dropped:,} training pairs with a text of the held-out splits")
    return sizes


def _learn_pieces(recipe: Recipe, place: Path, sizes: list[int]) -> None:
    path = place / "text.spm"
    if _piece_parent(recipe):
        parent = pieces_of(Path(_piece_parent(recipe)))
        if not parent.is_file():
            raise ConfigError(f"training.warm_start: there is no checkpoint with pieces at {_piece_parent(recipe)}")
        shutil.copyfile(parent, path)
        return
    data = TrainingData(place / "train.tsv", sizes, [1.0] * len(sizes), recipe.data.seed)
    pairs = (pair for part in range(data.parts) for pair in data.part(0, part, {}))
    read = slice(1, 2) if recipe.data.audio else slice(0, 2)  # a sound is no text to learn pieces from
    sides = [side for pair in islice(pairs, PIECE_PAIRS) for side in pair[read]]
    random.Random(recipe.data.seed).shuffle(sides)
    train_pieces(sides, recipe.text, path)


def _line(pair: Pair) -> str:
    return "\t".join(pair if pair.links else pair[:2]) + "\n"
