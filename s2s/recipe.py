"""A recipe: one TOML file with everything that makes a checkpoint, or several side by side."""

import re
import tomllib
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path

from s2s.config import (
    AttentionKind,
    CellKind,
    ModelConfig,
    Task,
    TextConfig,
    from_plain,
    read_settings,
    require,
    require_choices,
)
from s2s.errors import ConfigError
from s2s.recipe_sections import DataConfig, ForcingSchedule, TrainingConfig

_NAME = re.compile(r"\w[\w.-]*")


@dataclass(frozen=True, kw_only=True)
class GridConfig:
    """Models that differ in two things alone: every cell with every attention kind."""

    cell: tuple[CellKind, ...]
    attention: tuple[AttentionKind, ...]

    def __post_init__(self) -> None:
        for name in ("cell", "attention"):
            values = getattr(self, name)
            require(
                bool(values) and len(set(values)) == len(values),
                f"grid.{name} must name one or more, each once; got {', '.join(values) or 'none'}",
            )


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One of a recipe's models, which differ in what their decoders are fed in training and in nothing else."""

    name: str
    teacher_forcing: float
    forcing_schedule: ForcingSchedule = "linear"
    """Both instead of those of `training`."""

    def __post_init__(self) -> None:
        require_choices(self)
        require(_NAME.fullmatch(self.name) is not None, f"variants.name must be that of a folder, got {self.name!r}")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One TOML file: everything that makes a checkpoint, or several side by side."""

    name: str
    description: str = ""
    task: Task = "text"
    """What the model is for; how the test is scored follows from it. That sources are sounds, `data.audio` says."""
    data: DataConfig
    text: TextConfig = field(default_factory=TextConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    grid: GridConfig | None = None
    """If there is one, a model is trained for each of its cells; `model` says what they share."""
    variants: tuple[Variant, ...] = ()
    """If there are some, a model is trained for each."""
    part_of: str = ""
    """The recipe of several models that this is one of: they share what is prepared."""

    def __post_init__(self) -> None:
        require_choices(self)
        require(
            _NAME.fullmatch(self.name) is not None,
            f"name must be that of a folder (letters, digits, and -_. inside), got {self.name!r}",
        )
        names = [variant.name for variant in self.variants]
        require(len(set(names)) == len(names), f"variants need different names, got {', '.join(names)}")
        require(self.grid is None or not names, "a recipe has a grid or variants, not both")
        require(self.task != "speech", "task = speech follows from data.audio: leave it out, and name sounds there")
        require(
            (self.model.frame_size is not None) == bool(self.data.audio),
            "model.frame_size and data.audio belong together: a model reads frames of sounds, or pieces of texts; got "
            f"frame_size = {self.model.frame_size} and audio = {self.data.audio!r}",
        )
        sampling = self.training.piece_sampling
        require(
            sampling == 0 or self.text.piece_kind == "unigram",
            f"training.piece_sampling = {sampling} needs text.piece_kind = unigram, got {self.text.piece_kind}",
        )
        require(
            self.training.guided_attention == 0 or self.model.pyramid_layers == 0 or bool(self.data.audio),
            "training.guided_attention needs pieces that the encoder reads one by one: set model.pyramid_layers = 0",
        )
        require(
            self.training.guided_attention == 0 or self.model.attention != "none",
            "training.guided_attention needs a model with attention, got attention = none",
        )
        require(
            self.training.guided_attention == 0
            or self.data.task == "digits"
            or any(corpus.links for corpus in self.data.train),
            "training.guided_attention needs a corpus with links, and none of data.train has any",
        )
        require(
            self.training.coverage_loss == 0 or self.model.attention != "none",
            "training.coverage_loss needs a model with attention, got attention = none",
        )

    @property
    def directory(self) -> Path:
        """The folder of its training."""
        return Path(self.training.directory) / self.part_of / self.name

    def cells(self) -> tuple["Recipe", ...]:
        """The recipes of the single models, of a recipe that makes several; else none."""
        alone = replace(self, grid=None, variants=(), part_of=self.name)
        models = tuple(
            replace(
                alone,
                name=variant.name,
                description=f"{self.description}: {variant.name}",
                training=replace(
                    self.training,
                    teacher_forcing=variant.teacher_forcing,
                    forcing_schedule=variant.forcing_schedule,
                ),
            )
            for variant in self.variants
        )
        if self.grid is None:
            return models
        return tuple(
            replace(
                alone,
                name=f"{cell}-{attention}",
                description=f"{self.description}: {cell}, {attention}",
                model=replace(self.model, cell=cell, attention=attention),
            )
            for cell, attention in product(self.grid.cell, self.grid.attention)
        )


def load_recipe(path: Path, settings: tuple[str, ...] = ()) -> Recipe:
    """Read a recipe; `settings` are `section.key=value` texts (values in TOML) that replace what the file says."""
    if not path.is_file():
        raise ConfigError(f"there is no recipe {path}: name a TOML file, such as those in recipes/")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from None
    return from_plain(Recipe, read_settings(values, settings))
