"""The model card of a checkpoint: its README.md, with the Hub's metadata in front."""

from collections.abc import Sequence
from typing import NamedTuple

from s2s.audio import FRAME_SECONDS
from s2s.checkpoint import Description
from s2s.config import Task
from s2s.hub import complete_card
from s2s.metrics import Score


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
