"""Models that were fed differently in training, and how surely each goes on after its own pieces (exposure.json).

In training a decoder is fed right pieces, in use its own: what it loses by that is called exposure bias (Ranzato 2016).
"""

import json
from dataclasses import dataclass
from pathlib import Path

from s2s.config import to_plain
from s2s.files import write_text_whole
from s2s.grid import load_measured
from s2s.models import EMBEDDED
from s2s.recipe_sections import ForcingSchedule

FILE = "exposure.json"


@dataclass(frozen=True, kw_only=True)
class Share:
    """A mean between 0 and 1 with its 95 % bootstrap band; of a difference, between -1 and 1."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Gap:
    """One measure of the right piece, after right pieces and after others."""

    place: int
    """From 1; 0 for all places together."""
    pairs: int
    """Of the test: those that are long enough."""
    right: Share
    other: Share
    loss: Share
    """`right` less `other`, the band for the same sentences."""


@dataclass(frozen=True, kw_only=True)
class Fed:
    """One of the models, as it was measured."""

    name: str
    """Its folder."""
    teacher_forcing: float
    forcing_schedule: ForcingSchedule
    """What it was fed in training, as in its recipe."""
    parameters: int
    minutes: float
    updates: int
    seed: int
    bleu: float
    band: float
    """Half the width of its 95 % bootstrap band."""
    exact_match: float
    own: tuple[Gap, ...]
    """By place in the target: how often the right piece is its likeliest, fed the right pieces or its own."""
    mistake: tuple[Gap, ...]
    """By pieces behind one place: how likely the right piece is, after the right or the likeliest wrong one there."""


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """All models that differ in what they were fed."""

    source_language: str
    target_language: str
    test_pairs: int
    signature: str
    """Of BLEU."""
    models: tuple[Fed, ...]


def load_exposure(directory: Path) -> Exposure:
    """What was measured of the models in `directory`.

    Raises:
        CheckpointError: exposure.json is missing or damaged, or names a model that is not there.
    """
    return load_measured(directory, FILE, Exposure, "exposure", lambda found: [model.name for model in found.models])


def write_exposure(directory: Path, exposure: Exposure) -> None:
    """Put what was measured beside the models."""
    write_text_whole(directory / FILE, json.dumps(to_plain(exposure), ensure_ascii=False) + "\n")


def find_exposures(directory: Path = EMBEDDED) -> list[Path]:
    """The folders in `directory` that hold such models, measured."""
    return sorted(path.parent for path in directory.glob(f"*/{FILE}"))


def table(exposure: Exposure) -> list[str]:
    """What was measured, a line for each model, measure and place, its values between tabs, with a head."""
    head = "model\tmeasure\tplace\tpairs\tright\tother\tloss\tlow\thigh"
    return [head, *(line for model in exposure.models for line in _lines(model))]


def _lines(model: Fed) -> list[str]:
    return [
        "\t".join([model.name, measure, str(gap.place or "all"), str(gap.pairs), *map(_percent, _shares(gap))])
        for measure, gaps in (("own", model.own), ("mistake", model.mistake))
        for gap in gaps
    ]


def _shares(gap: Gap) -> list[float]:
    return [gap.right.value, gap.other.value, gap.loss.value, gap.loss.low, gap.loss.high]


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"
