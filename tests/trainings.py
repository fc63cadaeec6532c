"""Small trainings: words to spell backwards, or sentences of invented words; and what compares two trainings."""

import json
import random
from dataclasses import asdict, replace
from pathlib import Path

import torch

from s2s.config import ModelConfig, TextConfig, to_plain
from s2s.prepare import prepare
from s2s.recipe import Recipe
from s2s.recipe_sections import CorpusConfig, DataConfig, TrainingConfig
from s2s.training import Trainer

CPU = torch.device("cpu")
NOUNS = ("bamo", "delu", "figo", "hiru", "kano", "lemi", "posa", "tavi")
VERBS = ("runs", "eats", "sees", "sings")


def reversals(directory: Path, **training) -> Recipe:
    """A recipe of words to spell backwards, and a model that learns from them in a second; not yet prepared."""
    return Recipe(
        name="tiny",
        data=DataConfig(
            source_language="letters",
            target_language="letters",
            task="reverse",
            directory=str(directory),
            pairs=260,
            valid_pairs=20,
            test_pairs=20,
        ),
        text=TextConfig(piece_kind="char", vocabulary_size=64),
        model=ModelConfig(embedding_size=8, hidden_size=16, dropout=0.1),
        training=TrainingConfig(
            **{
                "directory": str(directory / "runs"),
                "max_epochs": 2,
                "batch_tokens": 400,
                "learning_rate": 2e-2,
                "warmup_updates": 3,
                "validate_updates": 5,
                "average_decay": 0.8,
                "save_minutes": 1e9,
            }
            | training
        ),
    )


def sentences(directory: Path, **training) -> Recipe:
    """A recipe of sentences of words with links, cut into `unigram` pieces; not yet prepared."""
    write_corpus(directory / "pairs.tsv", 120, links=directory / "pairs.links")
    recipe = reversals(directory)
    corpus = CorpusConfig(file=str(directory / "pairs.tsv"), links=str(directory / "pairs.links"))
    return replace(
        recipe,
        data=replace(recipe.data, task="pairs", train=(corpus,), valid_pairs=10, test_pairs=10),
        text=TextConfig(piece_kind="unigram", vocabulary_size=320),
        training=replace(recipe.training, **training),
    )


def write_corpus(path: Path, count: int, *, links: Path | None = None, seed: int = 0) -> list[tuple[str, str]]:
    """Write different sentences and their word-by-word reversals as a TSV file, and their links."""
    generator = random.Random(seed)
    pairs: dict[tuple[str, str], str] = {}
    while len(pairs) < count:
        words = [generator.choice(NOUNS), generator.choice(VERBS), *generator.choices(NOUNS, k=generator.randint(1, 4))]
        last = len(words) - 1
        pair = " ".join(words).capitalize() + ".", " ".join(words[::-1]).upper() + "."
        pairs[pair] = " ".join(f"{number}-{last - number}" for number in range(last + 1))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{source}\t{target}\n" for source, target in pairs), encoding="utf-8")
    if links is not None:
        links.write_text("".join(f"{line}\n" for line in pairs.values()), encoding="utf-8")
    return list(pairs)


def write_recipe(recipe: Recipe, path: Path) -> Path:
    """Write a recipe as TOML, and prepare it."""
    lines = [f"name = {json.dumps(recipe.name)}"]
    for section in ("data", "text", "model", "training"):
        values = to_plain(getattr(recipe, section))
        corpora = {name: values.pop(name, ()) for name in ("train", "valid", "test")}
        shares = values.pop("augmentation", {})
        lines.append(f"[{section}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in values.items() if value is not None]
        lines += [f"augmentation.{kind} = {share}" for kind, share in shares.items()]
        for name, found in corpora.items():
            for corpus in found:
                lines += [f"[[{section}.{name}]]", *(f"{key} = {json.dumps(value)}" for key, value in corpus.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    prepare(recipe)
    return path


def changed(recipe: Recipe, section: str, **values) -> Recipe:
    """The recipe with other values in one of its sections."""
    return replace(recipe, **{section: replace(getattr(recipe, section), **values)})


def train(trainer: Trainer, state: Path, updates: int | None = None, watch=lambda loss: None) -> list[float]:
    """Train to the end, or for some updates; the loss of each."""
    losses: list[float] = []

    def on_update(loss: float) -> bool:
        losses.append(loss)
        watch(loss)
        return len(losses) != updates

    trainer.run(state, on_update, lambda: None)
    return losses


def resumed(recipe: Recipe, state: Path) -> Trainer:
    """A new trainer that goes on from `state`."""
    return Trainer(recipe, CPU, state=state)


def assert_equal_weights(one: Trainer, other: Trainer) -> None:
    """Bit by bit: the trained weights, their average and the best ones."""
    for name in ("model", "average", "best"):
        weights, others = (getattr(trainer, name).state_dict() for trainer in (one, other))
        assert all(torch.equal(value, others[key]) for key, value in weights.items()), name


def assert_equal_trainings(one: Trainer, other: Trainer) -> None:
    """Bit by bit: the weights, and the progress but for its times."""
    assert_equal_weights(one, other)
    assert place(one) == place(other)


def place(trainer: Trainer) -> dict:
    """The progress of a trainer but for its times."""
    progress = asdict(trainer.progress)
    del progress["seconds"]
    progress["history"] = [{name: entry[name] for name in entry if name != "seconds"} for entry in progress["history"]]
    return progress
