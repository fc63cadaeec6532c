"""Which heatmap of a translation is meant, and what is said of where it comes from."""

import re
from dataclasses import asdict, dataclass, field
from typing import Any

from s2s.errors import DataError
from s2s.result import Hypothesis, Sentence, Translation
from s2s.view import Grid, View, grid_of


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One sentence of a translation, one of its hypotheses, and how it is looked at."""

    translation: Translation
    number: int = 0
    """Of the sentence."""
    rank: int = 0
    view: View = field(default_factory=View)

    @property
    def sentence(self) -> Sentence:
        """The sentence with its hypotheses."""
        return self.translation.sentences[self.number]

    @property
    def hypothesis(self) -> Hypothesis:
        """The one that is meant."""
        return self.sentence.hypotheses[self.rank]

    def grid(self) -> Grid:
        """Its weights; a DataError if the model has none."""
        grid = grid_of(self.sentence, self.rank, self.view)
        if grid is None:
            raise DataError(f"The model {self.translation.model} has no attention: there are no weights to save.")
        return grid

    def shown(self) -> dict[str, Any]:
        """What of the translation is meant, as plain values."""
        return {"sentence": self.number, "rank": self.rank, "view": asdict(self.view)}

    def origin(self) -> dict[str, Any]:
        """Where the picture comes from, as plain values."""
        translation = self.translation
        return {
            "source": self.sentence.source,
            "target": self.hypothesis.target,
            "model": translation.model,
            "revision": translation.revision,
            "settings": dict(translation.settings),
            "shown": self.shown(),
        }


def file_stem(picture: Picture) -> str:
    """The start of a file's name: the first words, the model with its revision, and the beam."""
    translation = picture.translation
    words = re.sub(r"\W+", "-", picture.sentence.source[:40]).strip("-").lower() or "attention"
    model = re.sub(r"[^\w.-]+", "-", translation.model)
    return f"{words}.{model}@{translation.revision}.beam{translation.settings.get('beam_size', 1)}"
