"""The metadata of a model card: what the Hub shows beside a model, and finds it by."""

from collections.abc import Mapping
from typing import Any

from huggingface_hub import EvalResult, ModelCard, ModelCardData
from yaml import YAMLError

from s2s.checkpoint import CARD, Description
from s2s.config import Task
from s2s.errors import HubError

LIBRARY = "s2s-attention"
HUB_TASKS: dict[Task, str] = {
    "text": "translation",
    "summarization": "summarization",
    "dialogue": "text-generation",
    "speech": "automatic-speech-recognition",
}
"""What the Hub calls each task."""


def read_metadata(card: str) -> dict[str, Any]:
    """The metadata that stands in front of a model card.

    Raises:
        HubError: it is no YAML, or its results are not in the Hub's form.
    """
    if not card.lstrip().startswith("---"):
        return {}  # the Hub's library would warn
    try:
        found: dict[str, Any] = ModelCard(card).data.to_dict()
    except (YAMLError, ValueError, AttributeError, TypeError) as error:
        said = " ".join(str(error).split())
        raise HubError(f"the metadata in front of {CARD} is not as the Hub wants it: {said}") from None
    return found


def complete_card(card: str, description: Description, given: Mapping[str, Any] | None = None) -> str:
    """Put the metadata that a card lacks in front of it; what stands there already stays as it is.

    Args:
        card: Markdown, with or without metadata.
        description: where language, data sets and scores come from.
        given: further metadata, such as the licence.
    """
    there = read_metadata(card)
    lacking = {key: value for key, value in (_described(description) | dict(given or {})).items() if key not in there}
    if not lacking:
        return card
    front = ModelCardData(**(there | lacking)).to_yaml(line_break="\n")
    return f"---\n{front}\n---\n{ModelCard(card).text}" if there else f"---\n{front}\n---\n\n{card}"


def _described(description: Description) -> dict[str, Any]:
    languages = sorted({description.source_language, description.target_language} - {"speech"})
    task = HUB_TASKS[description.task]
    results = [
        EvalResult(
            task_type=task,
            dataset_type=description.name,
            dataset_name=f"held-out pairs of {description.name}",
            dataset_split="test",
            metric_type=score["name"].lower(),
            metric_name=score["name"],
            metric_value=round(score["value"], 2),
            metric_args={"signature": score.get("signature", "")},
        )
        for score in description.scores.values()
        if isinstance(score, dict) and {"name", "value"} <= score.keys()
    ]
    known: dict[str, Any] = ModelCardData(
        library_name=LIBRARY,
        pipeline_tag=task,
        language=languages if all(len(language) in {2, 3} for language in languages) else None,
        datasets=description.training.get("datasets") or None,
        metrics=[result.metric_type for result in results] or None,
        tags=["seq2seq", "attention", "recurrent"],
        model_name=description.name,
        eval_results=results or None,
    ).to_dict()
    known.pop("model_name", None)  # without results it would stay
    return known
