"""Configuration: frozen dataclasses, read from TOML and JSON; a default stands here and nowhere else.

An unknown key fails and names the nearest known one.
"""

import dataclasses
import difflib
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from s2s.errors import ConfigError

CellKind = Literal["rnn", "lstm", "gru"]
AttentionKind = Literal["none", "bahdanau", "luong-dot", "luong-general"]
PieceKind = Literal["unigram", "bpe", "char"]
TaskKind = Literal["pairs", "reverse"]
T = TypeVar("T")


def require(condition: bool, message: str) -> None:
    """Raise a ConfigError with `message` unless `condition` holds."""
    if not condition:
        raise ConfigError(message)


@dataclass(frozen=True, kw_only=True)
class TextConfig:
    """How text becomes pieces (SentencePiece, Kudo & Richardson 2018)."""

    vocabulary_size: int = 8000
    """Pieces in the joint vocabulary of source and target."""
    piece_kind: PieceKind = "unigram"
    """`unigram` (Kudo 2018), `bpe` (Sennrich 2016) or single characters."""
    character_coverage: float = 0.9995
    """Share of the characters that get a piece of their own; the others are spelled in bytes."""

    def __post_init__(self) -> None:
        require(self.vocabulary_size >= 8, f"vocabulary_size must be at least 8, got {self.vocabulary_size}")
        require(
            0.5 <= self.character_coverage <= 1,
            f"character_coverage must be in [0.5, 1], got {self.character_coverage}",
        )


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """The shape of one encoder-decoder."""

    vocabulary_size: int = 8000
    """Pieces in the joint vocabulary; the embedding table is shared by source, target and output."""
    cell: CellKind = "gru"
    attention: AttentionKind = "luong-general"
    """`none` gives the decoder the fixed context vector c instead (Sutskever 2014, Cho 2014)."""
    embedding_size: int = 256
    hidden_size: int = 384
    """Units of a decoder layer, and of the encoder's states (both directions together)."""
    encoder_layers: int = 1
    decoder_layers: int = 1
    bidirectional: bool = True
    """Whether the encoder also reads from right to left, with half of the units for each direction."""
    dropout: float = 0.2
    """Share of units dropped in training; one mask a sentence, the same at each step (Gal & Ghahramani 2016)."""

    def __post_init__(self) -> None:
        for name in ("vocabulary_size", "embedding_size", "hidden_size", "encoder_layers", "decoder_layers"):
            require(getattr(self, name) >= 1, f"{name} must be at least 1, got {getattr(self, name)}")
        require(0 <= self.dropout < 1, f"dropout must be in [0, 1), got {self.dropout}")
        require(
            not self.bidirectional or self.hidden_size % 2 == 0,
            f"hidden_size must be even for a bidirectional encoder, got {self.hidden_size}",
        )


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """Where the pairs come from, and how they are split."""

    source_language: str
    target_language: str
    task: TaskKind = "pairs"
    """`pairs` reads `files`; `reverse` makes random strings and their reversals."""
    files: tuple[str, ...] = ()
    """TSV files, plain or gzip'd: source, tab, target; further columns are left aside."""
    directory: str = "data"
    """Where `prepare` writes train.tsv, valid.tsv, test.tsv and the piece model."""
    pairs: int = 100_000
    """Pairs to make, for a made task."""
    valid_pairs: int = 2_000
    test_pairs: int = 2_000
    """Least size of the held-out splits; whole groups are held out (rows that share a source or a target)."""
    max_length: int = 60
    """Pieces of a side; longer training pairs are left out, and counted."""
    licence: str = ""
    attribution: str = ""
    """Both are copied into the model card."""
    seed: int = 1

    def __post_init__(self) -> None:
        require(
            self.task != "pairs" or len(self.files) > 0,
            "data.files is empty: name at least one TSV file of pairs, or choose a made task (data.task)",
        )
        for name in ("pairs", "valid_pairs", "test_pairs", "max_length"):
            require(getattr(self, name) >= 1, f"{name} must be at least 1, got {getattr(self, name)}")


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """How long and how a model is trained."""

    directory: str = "runs"
    """Where the resumable state and the log are kept."""
    max_epochs: int = 10
    batch_tokens: int = 1600
    """Target pieces of one update, all shards together."""
    shards: int = 2
    """Parts of an update that are computed side by side, each on one thread of the CPU."""
    learning_rate: float = 1.5e-3
    """The highest one, reached after the warm-up; it then falls along a cosine."""
    warmup_updates: int = 400
    weight_decay: float = 0.01
    label_smoothing: float = 0.1
    gradient_norm: float = 1.0
    """Gradients longer than this are scaled down (Pascanu 2013)."""
    average_decay: float = 0.998
    """The saved weights are a moving average of the trained ones, with this decay an update."""
    validate_updates: int = 1000
    """Updates between two looks at the validation pairs."""
    save_minutes: float = 3.0
    seed: int = 1

    def __post_init__(self) -> None:
        for name in ("max_epochs", "batch_tokens", "shards", "validate_updates"):
            require(getattr(self, name) >= 1, f"{name} must be at least 1, got {getattr(self, name)}")
        for name in ("learning_rate", "gradient_norm", "save_minutes"):
            require(getattr(self, name) > 0, f"{name} must be above 0, got {getattr(self, name)}")
        for name in ("label_smoothing", "average_decay"):
            require(0 <= getattr(self, name) < 1, f"{name} must be in [0, 1), got {getattr(self, name)}")


@dataclass(frozen=True, kw_only=True)
class SearchConfig:
    """How one request is searched; never stored in a checkpoint."""

    beam_size: int = 5
    """Hypotheses kept at each step; 1 is greedy search."""
    n_best: int = 1
    """Hypotheses given back, best first; at most `beam_size`."""
    alternatives: int = 5
    """Most likely pieces recorded at each step."""
    max_length: int | None = None
    """Pieces of a hypothesis; None allows twice the source and ten more."""

    def __post_init__(self) -> None:
        require(1 <= self.beam_size <= 64, f"beam_size must be in 1 … 64, got {self.beam_size}")
        require(
            1 <= self.n_best <= self.beam_size,
            f"n_best must be in 1 … beam_size ({self.beam_size}), got {self.n_best}",
        )
        require(0 <= self.alternatives <= 50, f"alternatives must be in 0 … 50, got {self.alternatives}")
        require(
            self.max_length is None or self.max_length >= 1,
            f"max_length must be at least 1, got {self.max_length}",
        )

    def limit(self, source_length: int) -> int:
        """Pieces that a hypothesis for a source of `source_length` pieces may have, the end piece included."""
        return self.max_length or 2 * source_length + 10


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One TOML file: everything that makes a checkpoint."""

    name: str
    description: str = ""
    data: DataConfig
    text: TextConfig = field(default_factory=TextConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)


def to_plain(config: Any) -> dict[str, Any]:
    """A configuration as plain values, ready for JSON."""
    return dataclasses.asdict(config)


def from_plain(kind: type[T], values: Mapping[str, Any], where: str = "") -> T:
    """Build the dataclass `kind` from plain values; wrong keys and types raise a ConfigError that names them."""
    require(
        isinstance(values, Mapping), f"{where.rstrip('.') or 'the configuration'} must be a table, got {values!r:.80}"
    )
    hints = typing.get_type_hints(kind)
    fields = {item.name: item for item in dataclasses.fields(kind)}  # type: ignore[arg-type]
    for key in values:
        if key not in fields:
            near = difflib.get_close_matches(key, fields, n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; known: {', '.join(fields)}"
            raise ConfigError(f"unknown setting {where}{key}{hint}")
    for name, item in fields.items():
        no_default = item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
        require(name in values or not no_default, f"the setting {where}{name} is missing")
    return kind(**{key: _convert(value, hints[key], where + key) for key, value in values.items()})


def _convert(value: Any, hint: Any, where: str) -> Any:
    if dataclasses.is_dataclass(hint):
        return from_plain(typing.cast(type, hint), value, where + ".")
    origin, options = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        require(value in options, f"{where} must be one of {', '.join(options)}, got {value!r}")
        return value
    if origin is tuple:
        require(isinstance(value, list | tuple), f"{where} must be a list, got {value!r}")
        return tuple(_convert(item, options[0], where) for item in value)
    if origin is types.UnionType:
        return None if value is None else _convert(value, options[0], where)
    if origin is dict:
        require(isinstance(value, Mapping), f"{where} must be a table, got {value!r}")
        return dict(value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    right = isinstance(value, hint) and not (hint is int and isinstance(value, bool))
    require(right, f"{where} must be of type {hint.__name__}, got {value!r}")
    return value


def load_recipe(path: Path, settings: tuple[str, ...] = ()) -> Recipe:
    """Read a recipe; `settings` are `section.key=value` texts (values in TOML) that replace what the file says."""
    if not path.is_file():
        raise ConfigError(f"there is no recipe {path}: name a TOML file, such as those in recipes/")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from None
    for setting in settings:
        _replace(values, setting)
    return from_plain(Recipe, values)


def _replace(values: dict[str, Any], setting: str) -> None:
    name, equals, text = setting.partition("=")
    require(bool(equals), f"a setting must look like section.key=value, got {setting!r}")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text  # a bare word is a string
    *sections, key = name.strip().split(".")
    for section in sections:
        values = values.setdefault(section, {})
        require(isinstance(values, dict), f"{section} in {setting!r} is no section of settings")
    values[key] = value
