"""What a visitor chooses to train, and the recipe that it comes to."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from s2s.config import CellKind, ModelConfig, TextConfig, require_choices
from s2s.recipe import Recipe
from s2s.recipe_sections import CorpusConfig, DataConfig, TrainingConfig
from s2s.toys import Toy, answer

TrainedAttention = Literal["none", "bahdanau", "luong-dot", "luong-general", "luong-concat", "scaled-dot"]
"""All kinds but `location`, which is for speech and goes step by step."""

Size = Literal["small", "medium", "large"]

SIZES: dict[Size, tuple[int, int]] = {"small": (32, 96), "medium": (48, 160), "large": (64, 224)}
"""Units of the embedding and of a layer."""

LONGEST = 10
"""Letters of a string that is trained on."""

SPLITS = ("train", "valid", "test")

LETTERS_BUDGET, DATES_BUDGET = (40_000, 400), (20_000, 600)
"""Pairs of a whole training, each seen once, and target pieces of an update: some 30 s of a thread if it is small."""

HELD_OUT = 100
"""Pairs to look at on the way, and as many again at the end."""

EXAMPLES: dict[Toy, str] = {
    "reverse": "blacksmith",
    "sort": "blacksmith",
    "copy": "bl4ack7sm0it9h",
    "dates": "Tuesday, March 5th, 2024",
}
"""The source whose heatmap is watched; it is never trained on."""

ISO_DATE = "2024-03-05"
"""The right answer to that of the dates."""

WHAT: dict[Toy, str] = {
    "reverse": "Spells a word of Latin letters backwards",
    "sort": "Puts Latin letters in order",
    "copy": "Copies Latin letters without the digits between them",
    "dates": "Dates of five languages as ISO 8601",
}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One choice."""

    toy: Toy = "reverse"
    cell: CellKind = "gru"
    attention: TrainedAttention = "bahdanau"
    size: Size = "small"

    def __post_init__(self) -> None:
        require_choices(self)

    @property
    def name(self) -> str:
        """Of the checkpoint and its folder."""
        return f"{self.toy}-{self.cell}-{self.attention}-{self.size}"

    @property
    def example(self) -> str:
        """The source that is watched."""
        return EXAMPLES[self.toy]

    @property
    def most_written(self) -> int:
        """Pieces that the model may write for it: those of the right answer, its end, and one more."""
        right = ISO_DATE if self.toy == "dates" else answer(self.toy, self.example)
        return len(right) + 2

    @property
    def pairs(self) -> int:
        """To train on."""
        return self._budget[0]

    @property
    def _budget(self) -> tuple[int, int]:
        return DATES_BUDGET if self.toy == "dates" else LETTERS_BUDGET

    def recipe(self, directory: Path) -> Recipe:
        """The recipe, whose pairs lie in `directory` as train.tsv, valid.tsv and test.tsv."""
        embedding, hidden = SIZES[self.size]
        train, valid, test = (CorpusConfig(file=str(directory / f"{name}.tsv")) for name in SPLITS)
        return Recipe(
            name=self.name,
            description=WHAT[self.toy],
            data=DataConfig(
                source_language="dates" if self.toy == "dates" else "letters",
                target_language="iso" if self.toy == "dates" else "letters",
                directory=str(directory / "data"),
                licence="CC0-1.0",
                attribution="Pairs made by s2s.toys; no data of others.",
                train=(train,),
                valid=(valid,),
                test=(test,),
            ),
            text=TextConfig(piece_kind="char", vocabulary_size=256, character_coverage=1.0),
            model=ModelConfig(
                cell=self.cell, attention=self.attention, embedding_size=embedding, hidden_size=hidden, dropout=0.0
            ),
            training=TrainingConfig(
                directory=str(directory / "runs"),
                max_epochs=1,
                shards=1,
                batch_tokens=self._budget[1],
                precision="float32",  # in bfloat16 each new shape of a batch makes a kernel that stays: up to the bound
                learning_rate=6e-3,
                warmup_updates=100,
                label_smoothing=0.0,
                average_decay=0.99,
                validate_updates=50,
                save_minutes=60,  # it is saved when it stops
            ),
        )
