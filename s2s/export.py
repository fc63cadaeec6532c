"""From a finished training to a checkpoint: translate the test split once, score it, write the model card."""

import copy
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

from s2s.audio import FRAME_SECONDS
from s2s.batch import translate_lines
from s2s.checkpoint import Checkpoint, Description, pieces_as, save_checkpoint
from s2s.config import SearchConfig, Task
from s2s.hub import complete_card
from s2s.metrics import Score, score_pairs
from s2s.perplexity import perplexity
from s2s.recipe import Recipe
from s2s.report import write_report
from s2s.sounds import Clips
from s2s.training import Trainer
from s2s.transcriber import Transcriber
from s2s.translator import Limits, Translator
from s2s.weights import NumberFormat, restore, shrink

NO_LIMITS = Limits(characters=sys.maxsize, pieces=sys.maxsize)
"""A test split is taken as it is."""

NUMBER_FORMAT: NumberFormat = "int8"
EXPORT_SEARCH = SearchConfig(beam_size=5, alternatives=0)
LINES = 16
"""Sounds that are listened to at once."""


class Wording(NamedTuple):
    """What a model card says in its own way for each kind of source."""

    use: str
    test: str
    limits: str


WORDINGS: dict[Task, Wording] = {
    "text": Wording(
        'echo "…" | python -m s2s translate --model checkpoints/{name}',
        "The test shares no source and no target sentence with the training pairs, compared without case and "
        "punctuation.",
        "Trained on sentences of at most {length} pieces, most of them far shorter and of the kind above; longer texts "
        "and other subjects are translated badly.",
    ),
    "summarization": Wording(
        'echo "…" | python -m s2s translate --model checkpoints/{name}',
        "The test shares no source, no target and no family of texts (s2s/splits.py) with the training pairs.",
        "Trained on texts of at most {length} pieces, most of them far shorter and of the kind above; longer texts and "
        "other subjects are summed up badly.",
    ),
    "dialogue": Wording(
        "python -m s2s chat --model checkpoints/{name}",
        "perplexity is that of the right answers, a piece of this model's vocabulary, `</s>` included (teacher "
        "forcing); distinct-1, distinct-2 and generic say how varied the answers are, and stand in docs/dialogue.md. "
        "The test is of other dialogues than the training pairs and shares no turn behind the same answer with them; "
        "answers may be the same.",
        "Trained on turns of at most {length} pieces with the answer before them, most of them far shorter and of the "
        "kind above: what it says of places, prices and times is made up, it books nothing, and it remembers nothing "
        "but the answer before.",
    ),
    "speech": Wording(
        "python -m s2s transcribe --model checkpoints/{name} FILE.wav",
        "WER is the word error rate in percent. No recording of the test is heard in training; the table below names "
        "those of its first lines.",
        "Trained on sounds of at most {seconds:.0f} seconds, joined from single recordings of the few speakers above: "
        "other voices, fluent speech and other words are heard badly.",
    ),
}


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
            "recipe": recipe.part_of or recipe.name,
            "hardware": _hardware(trainer),
            "warm_start": recipe.training.warm_start,
            "datasets": sorted({corpus.hub for corpus in recipe.data.train if corpus.hub}),
        },
    )
    if clips is None:
        known = trainer.pieces.rare_words(pair.source for pair in trainer.files.split("train"))
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


def model_card(description: Description, scores: Sequence[Score], samples: Sequence[tuple[str, str, str]]) -> str:
    """The README.md of a checkpoint: Markdown with the Hub's metadata in front."""
    training, length, wording = description.training, description.training_length, WORDINGS[description.task]
    name = description.name
    recipe = training.get("recipe", name)
    folder = name if recipe == name else f"{recipe}/{name}"
    rows = [f"| {score.name} | {score} | `{_cell(score.signature)}` |" for score in scores]
    lines = [
        f"# {name}",
        "",
        f"{description.description}. A recurrent encoder-decoder, "
        f"{training['parameters'] / 1e6:.1f} M parameters, weights in 8 bits.",
        "",
        "    " + wording.use.format(name=folder),
        "",
        "## Scores",
        "",
        f"On {description.scores['test_pairs']:,} held-out pairs, one reference each, beam 5, ± half of the 95 % band. "
        f"{wording.test} Exact matches: {100 * description.scores['exact_match']:.1f} %.",
        "",
        "| metric | value | signature |",
        "| --- | --- | --- |",
        *rows,
        "",
        "## Training",
        "",
        f"`recipes/{recipe}.toml`: {training['pairs']:,} pairs, {training['epochs']} epochs, "
        f"{training['updates']:,} updates in {training['minutes']:.0f} minutes on {training['hardware']} "
        f"({training['target_tokens_per_second']:,} target tokens a second){_beginning(training['warm_start'])}.",
        "",
        f"Data: {description.attribution} Licence of the data: {description.licence}. "
        "Licence of these weights: Apache-2.0.",
        "",
        "## Limits",
        "",
        f"{wording.limits.format(length=length, seconds=length * FRAME_SECONDS)} The model knows no facts, repeats the "
        "slants of its data, and is made for study, not for decisions. The attention shows where the decoder looked, "
        "not why it wrote what it wrote.",
        "",
        "## First lines of the test",
        "",
        "| source | model | reference |",
        "| --- | --- | --- |",
        *("| " + " | ".join(map(_cell, sample)) + " |" for sample in samples),
        "",
    ]
    examples = list(dict.fromkeys(source for source, _, _ in samples))[:3]
    given: dict[str, object] = {"license": "apache-2.0"}
    if description.task == "text":
        given["widget"] = [{"text": text} for text in examples]
    return complete_card("\n".join(lines), description, given)


def _beginning(parent: str) -> str:
    return f", begun with the weights of `{parent}` as they were then" if parent else ""


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")
