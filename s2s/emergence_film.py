"""Trains a model and looks at it on the way: its loss, its BLEU, and what it makes of some sentences."""

import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from s2s.emergence import Emergence, Glance, Moment, Watched
from s2s.errors import ConfigError
from s2s.glance import glance
from s2s.recipe import Recipe
from s2s.training import Trainer
from s2s.training.validation import TRANSLATED

MOMENTS = 40
"""Before the first update, after the last one, and in between; more of them early, when more happens."""


def film(recipe: Recipe, sentences: Sequence[str], tell: Callable[[str], None] = lambda _: None) -> Emergence:
    """Train `recipe` from its beginning to its end, and look at `MOMENTS` moments of that.

    Nothing of the training is kept but what was seen: looking does not change it, so that its weights are those of
    `s2s train` with the same recipe.

    Args:
        recipe: of one model with attention; its data are prepared.
        sentences: what is looked at.
        tell: is told how far it is, a line a moment.

    Raises:
        ConfigError: the recipe is of several models, or its model has no attention; or there is no sentence.
        DataError, TrainingError: as `Trainer`.
    """
    if recipe.cells() or recipe.model.attention == "none":
        raise ConfigError("expected the recipe of one model with attention: name one of a grid's with --cell")
    if not sentences:
        raise ConfigError("there is no sentence to look at")
    camera = _Camera(recipe, sentences, tell)
    camera.look()
    with tempfile.TemporaryDirectory() as folder:
        camera.trainer.run(Path(folder) / "state.safetensors", camera.after_update, lambda: None)
    return camera.developed()


def moments_of(updates: int, count: int = MOMENTS) -> list[int]:
    """After which updates is looked: 0, the last, and others between that thin out as the square of their place."""
    return sorted({round(updates * (place / (count - 1)) ** 2) for place in range(count)})


class _Camera:
    def __init__(self, recipe: Recipe, sentences: Sequence[str], tell: Callable[[str], None]) -> None:
        # Only the camera validates, at its own moments.
        training = replace(recipe.training, validate_updates=sys.maxsize)
        self.trainer = Trainer(replace(recipe, training=training), torch.device("cpu"))
        self.sentences, self.tell = sentences, tell
        self.times = set(moments_of(self.trainer.total_updates))
        self.readings = [self.trainer.pieces.read(text) for text in sentences]
        self.moments: list[Moment] = []

    def after_update(self, _loss: float) -> bool:
        if self.trainer.progress.updates in self.times:
            self.look()
        return True

    def look(self) -> None:
        self.trainer.validate()
        progress = self.trainer.progress
        scores = progress.history[-1]
        moment = Moment(
            updates=progress.updates,
            seconds=round(progress.seconds, 1),
            loss=scores["validation_loss"],
            bleu=scores.get("BLEU", 0.0),
            glances=tuple(map(self._glance, range(len(self.sentences)))),
        )
        self.moments.append(moment)
        told = f"updates {moment.updates:,}  loss {moment.loss:.2f}  BLEU {moment.bleu:.1f}"
        self.tell(f"{told}  {moment.glances[0].target}")

    def _glance(self, place: int) -> Glance:
        longest = 3 * len(self.readings[place].ids) // 2
        best = glance(self.trainer.average, self.trainer.pieces, self.sentences[place], longest).best
        weights = [] if best.attention is None else best.attention.astype(float).round(3).tolist()
        return Glance(target=best.target, pieces=best.target_pieces, attention=tuple(map(tuple, weights)))

    def developed(self) -> Emergence:
        trainer, pieces = self.trainer, self.trainer.pieces
        valid_pairs = len(trainer.validation.pairs)
        return Emergence(
            name=trainer.recipe.name,
            updates=trainer.total_updates,
            seed=trainer.config.seed,
            valid_pairs=valid_pairs,
            translated=min(valid_pairs, TRANSLATED),
            sentences=tuple(
                Watched(source=text, pieces=tuple(pieces.pieces(reading.ids)))
                for text, reading in zip(self.sentences, self.readings, strict=True)
            ),
            moments=tuple(self.moments),
        )
