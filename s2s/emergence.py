"""How attention arises: one model at some moments of its training, and what it made of sentences (emergence.json)."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from s2s.config import from_plain, to_plain
from s2s.errors import CheckpointError, ConfigError
from s2s.files import write_text_whole
from s2s.result import Hypothesis, Sentence

FILE = "emergence.json"


@dataclass(frozen=True, kw_only=True)
class Glance:
    """What the model wrote for one sentence at one moment, greedily, and where it looked."""

    target: str
    pieces: tuple[str, ...]
    """Those of the target."""
    attention: tuple[tuple[float, ...], ...]
    """[T, S], each weight with three digits."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """The model after some updates; its averaged weights, as validation sees them."""

    updates: int
    seconds: float
    """Of training."""
    loss: float
    """On the validation pairs, in nats a piece."""
    bleu: float
    """Of greedy translations of some of them; 0 where nothing of four words matches."""
    glances: tuple[Glance, ...]
    """One for each sentence."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A sentence that was looked at again and again."""

    source: str
    pieces: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Emergence:
    """A whole training, as the page plays it."""

    name: str
    """Of the model."""
    updates: int
    """Of the whole training."""
    seed: int
    valid_pairs: int
    """Behind the loss."""
    translated: int
    """Of these: behind BLEU."""
    sentences: tuple[Watched, ...]
    moments: tuple[Moment, ...]

    def __post_init__(self) -> None:
        for moment in self.moments:
            if len(moment.glances) != len(self.sentences):
                raise ConfigError(
                    f"expected a glance at each of {len(self.sentences)} sentences after {moment.updates} updates, "
                    f"got {len(moment.glances)}"
                )

    def sentence(self, place: int, moment: Moment) -> Sentence:
        """A sentence as it stood at a moment."""
        watched, glance = self.sentences[place], moment.glances[place]
        hypothesis = Hypothesis(
            target=glance.target,
            target_pieces=glance.pieces,
            log_probs=(0.0,) * len(glance.pieces),
            score=0.0,
            attention=np.array(glance.attention, dtype=np.float32).reshape(len(glance.pieces), len(watched.pieces)),
        )
        return Sentence(source=watched.source, source_pieces=watched.pieces, hypotheses=(hypothesis,))


def load_emergence(directory: Path) -> Emergence | None:
    """What lies beside the models in `directory`, if anything does.

    Raises:
        CheckpointError: the file is damaged.
    """
    path = directory / FILE
    try:
        return from_plain(Emergence, json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, ConfigError) as error:
        raise CheckpointError(f"{path} is damaged ({error}): make it again with `python -m s2s emergence`") from None


def write_emergence(directory: Path, emergence: Emergence) -> None:
    """Put it beside the models, on one line: it is large, and no person reads it."""
    plain = json.dumps(to_plain(emergence), ensure_ascii=False, separators=(",", ":"))
    write_text_whole(directory / FILE, plain + "\n")
