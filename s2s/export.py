"""From a finished training to a checkpoint: translate the test split once, score it, write it with its model card."""

import copy
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

from s2s.batch import translate_lines
from s2s.checkpoint import Checkpoint, Description, pieces_as, save_checkpoint
from s2s.config import SearchConfig
from s2s.intake import Limits
from s2s.metrics import Score, score_pairs
from s2s.model_card import model_card
from s2s.perplexity import perplexity
from s2s.recipe import Recipe
from s2s.report import write_report
from s2s.sounds import Clips
from s2s.training import Trainer
from s2s.transcriber import Transcriber
from s2s.translator import Translator
from s2s.weights import NumberFormat, restore, shrink

NO_LIMITS = Limits(characters=sys.maxsize, pieces=sys.maxsize)
"""A test split is taken as it is."""

NUMBER_FORMAT: NumberFormat = "int8"
EXPORT_SEARCH = SearchConfig(beam_size=5, alternatives=0)
LINES = 16
"""Sounds that are listened to at once."""


class Written(NamedTuple):
    """What a checkpoint was found to do when it was written."""

    description: Description
    scores: list[Score]
    samples: list[tuple[str, str, str]]
    """Source, what the model wrote, reference: all of the test split."""


def checkpoint_of(recipe: Recipe, directory: Path) -> Path:
    """Where the checkpoint of a training in `directory` lies; those of a grid lie side by side, above their pieces."""
    return directory.parent / "checkpoint" / recipe.name if recipe.part_of else directory / "checkpoint"


def export_checkpoint(trainer: Trainer, directory: Path) -> Description:
    """Write the checkpoint of a training, and a report.

    Args:
        trainer: a finished training.
        directory: `directory`/report.html becomes the report; `checkpoint_of` says where the checkpoint lies.
    """
    written = write_checkpoint(trainer, directory)
    history, samples = trainer.progress.history, written.samples[:30]
    write_report(directory / "report.html", written.description, history, written.scores, samples)
    return written.description


def write_checkpoint(trainer: Trainer, directory: Path) -> Written:
    """Write the best averaged weights in 8 bits, with their scores on the test split and a model card.

    What is scored is what is written: the rounded weights.

    Args:
        trainer: a training that has validated at least once.
        directory: `directory`/checkpoint becomes the checkpoint.
    """
    recipe, progress = trainer.recipe, trainer.progress
    clips = trainer.files.clips
    description = Description(
        name=recipe.name,
        task=recipe.task if clips is None else "speech",
        description=recipe.description,
        source_language=recipe.data.source_language,
        target_language=recipe.data.target_language,
        training_length=progress.longest_source,
        licence=recipe.data.licence,
        attribution=recipe.data.attribution,
        training={
            "pairs": sum(trainer.data.sizes),
            "updates": progress.updates,
            "epochs": round(progress.updates / trainer.epoch_updates, 1),
            "minutes": round(progress.seconds / 60, 1),
            "target_tokens_per_second": round(progress.target_tokens / progress.seconds),
            "parameters": trainer.model.parameter_count(),
            "seed": recipe.training.seed,
            "teacher_forcing": recipe.training.teacher_forcing,
            "forcing_schedule": recipe.training.forcing_schedule,
            "recipe": recipe.part_of or recipe.name,
            "hardware": _hardware(trainer),
            "warm_start": recipe.training.warm_start,
            "datasets": sorted({corpus.hub for corpus in recipe.data.train if corpus.hub}),
        },
    )
    if clips is None:
        known = trainer.pieces.rare_words([pair[:2] for pair in trainer.files.split("train")])
        description = replace(description, ordinary=" ".join(known))
    pieces = pieces_as(trainer.files.pieces, description)
    test = [pair for pair in trainer.files.split("test") if pieces.read(pair.source).ids]
    model = copy.deepcopy(trainer.best)
    model.load_state_dict(restore(shrink(model.state_dict(), NUMBER_FORMAT)))
    translator = Translator(Checkpoint(model, pieces, description), "training", NO_LIMITS, engine="torch")
    sources = [pair.source for pair in test]
    if clips is None:
        hypotheses = [translation.target for translation in translate_lines(translator, sources, EXPORT_SEARCH)]
    else:
        hypotheses = list(_listen(Transcriber(translator), clips, sources))
    scores = score_pairs(hypotheses, [pair.target for pair in test], recipe.data, recipe.task)
    if recipe.task == "dialogue":
        scores = [perplexity(translator, test), *scores]
    exact = sum(hypothesis == pair.target for hypothesis, pair in zip(hypotheses, test, strict=True)) / len(test)
    described = {score.name: asdict(score) for score in scores}
    description.scores.update(test_pairs=len(test), exact_match=round(exact, 4), **described)
    samples = [(pair.source, written, pair.target) for pair, written in zip(test, hypotheses, strict=True)]
    card = model_card(description, scores, samples[:5])
    save_checkpoint(
        checkpoint_of(recipe, directory),
        model,
        trainer.files.pieces,
        description,
        card,
        NUMBER_FORMAT,
        share_pieces=bool(recipe.part_of),
    )
    return Written(description, scores, samples)


def _listen(transcriber: Transcriber, clips: Clips, lines: Sequence[str]) -> Iterator[str]:
    """What is heard in lines of s2s/sounds.py, some at a time."""
    for start in range(0, len(lines), LINES):
        sounds = [clips.play(line) for line in lines[start : start + LINES]]
        yield from (found.target for found in transcriber.transcribe_batch(sounds, EXPORT_SEARCH))


def _hardware(trainer: Trainer) -> str:
    count, device = trainer.shards, "CPU thread" if trainer.device.type == "cpu" else "GPU"
    return f"{count} {device}{'s' * (count > 1)}"
