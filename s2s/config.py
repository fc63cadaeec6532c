"""Configuration: frozen dataclasses, read from TOML and JSON; a default stands here and nowhere else.

An unknown key fails and names the nearest known one.
"""

import dataclasses
import difflib
import math
import re
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from s2s.errors import ConfigError

CellKind = Literal["rnn", "lstm", "gru"]
AttentionKind = Literal["none", "bahdanau", "luong-dot", "luong-general", "luong-concat", "scaled-dot", "location"]
WiringKind = Literal["stacked", "input-feeding"]
PieceKind = Literal["unigram", "bpe", "char"]
TaskKind = Literal["pairs", "reverse"]
Tokenizer = Literal["13a", "zh", "none"]
Precision = Literal["auto", "float32", "bfloat16", "float16"]
ForcingSchedule = Literal["constant", "linear", "inverse-sigmoid"]
T = TypeVar("T")


def require(condition: bool, message: str) -> None:
    """Raise a ConfigError with `message` unless `condition` holds."""
    if not condition:
        raise ConfigError(message)


def require_choices(config: Any) -> None:
    """Raise a ConfigError if a field whose type is a Literal holds none of its values."""
    for name, hint in typing.get_type_hints(type(config)).items():
        if typing.get_origin(hint) is Literal:
            known, value = typing.get_args(hint), getattr(config, name)
            require(value in known, f"{name} must be one of {', '.join(known)}, got {value!r}")


def require_seed(seed: int) -> None:
    """Raise a ConfigError if `seed` is none that every library takes."""
    require(0 <= seed < 2**31, f"seed must be in 0 … 2^31 - 1, got {seed}")


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
        require_choices(self)
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
    wiring: WiringKind = "stacked"
    """`stacked`: the first decoder layer does not see the context, which makes training fast. `input-feeding`: the
    textbook forms, in which the context enters the recurrence; they run step by step (s2s/model/decoder.py)."""
    location_filters: int = 10
    """Of `location` attention: how many filters read the weights of the step before (Chorowski 2015: 10)."""
    location_width: int = 31
    """Source positions that one filter sees, half of them on each side; 31 is a clause of text, 0.3 s of speech."""
    frame_size: int | None = None
    """Numbers in a frame, for a source of continuous frames such as speech; None reads pieces."""
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
        require_choices(self)
        sizes = ("vocabulary_size", "embedding_size", "hidden_size", "encoder_layers", "decoder_layers")
        for name in (*sizes, "location_filters"):
            require(getattr(self, name) >= 1, f"{name} must be at least 1, got {getattr(self, name)}")
        require(0 <= self.dropout < 1, f"dropout must be in [0, 1), got {self.dropout}")
        require(
            self.frame_size is None or self.frame_size >= 1,
            f"frame_size must be at least 1, or None for a source of pieces; got {self.frame_size}",
        )
        require(
            self.location_width >= 1 and self.location_width % 2 == 1,
            f"location_width must be odd, so that a filter has a middle: 1, 3, 5, …; got {self.location_width}",
        )
        require(
            not self.bidirectional or self.hidden_size % 2 == 0,
            f"hidden_size must be even for a bidirectional encoder, got {self.hidden_size}",
        )


@dataclass(frozen=True, kw_only=True)
class CorpusConfig:
    """One set of pairs: a TSV file, or two files with a sentence a line, or a data set of the Hugging Face Hub."""

    file: str = ""
    """TSV, plain or gzip'd: source, tab, target; further columns are left aside."""
    source: str = ""
    target: str = ""
    """Two files, plain or gzip'd, with a sentence a line; with `hub`, the names of two columns (a.b: b inside a)."""
    hub: str = ""
    """OWNER/NAME of a data set; it is streamed (needs the `datasets` library)."""
    hub_split: str = "train"
    links: str = ""
    """Word alignments for guided attention: `0-0 1-2 …` for each pair, a line each (Pharaoh)."""
    weight: float = 1.0
    """How often each pair is seen in one epoch; 0.5 shows a random half of them."""

    def __post_init__(self) -> None:
        sides = bool(self.source) + bool(self.target)
        whole = (self.file and not self.hub and sides == 0) or (not self.file and sides == 2)
        require(
            bool(whole), "a corpus is either a file, or source and target, or hub with the columns source and target"
        )
        require(0 < self.weight <= 1000, f"weight must be above 0 and at most 1000, got {self.weight}")


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """Where the pairs come from, and how they are split."""

    source_language: str
    target_language: str
    task: TaskKind = "pairs"
    """`pairs` reads corpora; `reverse` makes random strings and their reversals."""
    train: tuple[CorpusConfig, ...] = ()
    valid: tuple[CorpusConfig, ...] = ()
    test: tuple[CorpusConfig, ...] = ()
    """The corpora. Without `valid` or `test`, some groups of the training pairs are held out, which needs memory;
    with both, training corpora are streamed and may be larger than memory."""
    faulty_lines: Literal["refuse", "skip"] = "refuse"
    """Whether a faulty line stops `prepare`, or is left out, counted and named."""
    max_characters: int = 2_000
    """Characters of a side; a longer line is faulty."""
    directory: str = "data"
    """Where `prepare` writes train.tsv, valid.tsv, test.tsv and the piece model."""
    pairs: int = 100_000
    """Pairs to make, for a made task."""
    valid_pairs: int = 2_000
    test_pairs: int = 2_000
    """Least size of the held-out splits; whole groups are held out (rows that share a source or a target)."""
    max_length: int = 60
    """Pieces of a side; longer training pairs are left out, and counted."""
    augmentation: dict[str, float] = field(default_factory=dict)
    """Share of the training pairs that each kind of augmentation changes, anew in every epoch (s2s/augment.py)."""
    tokenize: Tokenizer = "13a"
    lowercase: bool = False
    """How BLEU is counted on the held-out splits."""
    licence: str = ""
    attribution: str = ""
    """Both are copied into the model card."""
    seed: int = 1

    def __post_init__(self) -> None:
        require(
            self.task != "pairs" or len(self.train) > 0,
            "data.train is empty: name at least one corpus, such as [[data.train]] file = …, or choose a made task "
            "(data.task)",
        )
        require_choices(self)
        require_seed(self.seed)
        for name in ("pairs", "valid_pairs", "test_pairs", "max_length", "max_characters"):
            require(getattr(self, name) >= 1, f"{name} must be at least 1, got {getattr(self, name)}")


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """How long and how a model is trained."""

    directory: str = "runs"
    """Where the resumable state, the log and the checkpoint are kept."""
    warm_start: str = ""
    """A checkpoint folder to start from, with its pieces; the model must have the same shape."""
    max_epochs: int = 10
    patience: int | None = None
    """Validations without a better score after which the training stops early; None trains to the end."""
    batch_tokens: int = 1600
    """Target pieces of one update, with padding, all shards together."""
    shards: int = 2
    """Parts of an update that are computed side by side, each on one thread of the CPU."""
    precision: Precision = "auto"
    """Number format of the matrix products; `auto` is bfloat16 where that is quicker; float16 needs CUDA."""
    learning_rate: float = 1.5e-3
    """The highest one, reached after the warm-up; it then falls along a cosine."""
    warmup_updates: int = 400
    weight_decay: float = 0.01
    label_smoothing: float = 0.1
    gradient_norm: float = 1.0
    """Gradients longer than this are scaled down (Pascanu 2013)."""
    piece_sampling: float = 0.0
    """Subword regularisation: 0 always cuts words the likeliest way; else α of Kudo 2018, such as 0.3 (the smaller,
    the wilder). Needs `unigram` pieces."""
    teacher_forcing: float = 1.0
    """Share of the decoder's inputs that are the right pieces at the end of training; the others are the model's own
    (scheduled sampling, Bengio 2015), which needs a loop over the steps."""
    forcing_schedule: ForcingSchedule = "linear"
    """How that share falls from 1."""
    guided_attention: float = 0.0
    """Weight of the loss that pulls attention to the corpora's `links` (Chen 2016)."""
    average_decay: float = 0.998
    """The saved weights are a moving average of the trained ones, with this decay an update."""
    validate_updates: int = 1000
    """Updates between two looks at the validation pairs."""
    save_minutes: float = 3.0
    tensorboard: bool = False
    """Whether losses and scores are also written for TensorBoard (needs the `tensorboard` library)."""
    seed: int = 1

    def __post_init__(self) -> None:
        require_choices(self)
        require_seed(self.seed)
        for name in ("max_epochs", "batch_tokens", "shards", "validate_updates"):
            require(getattr(self, name) >= 1, f"{name} must be at least 1, got {getattr(self, name)}")
        require(self.patience is None or self.patience >= 1, f"patience must be at least 1, got {self.patience}")
        for name in ("learning_rate", "gradient_norm", "save_minutes"):
            value = getattr(self, name)
            require(0 < value < math.inf, f"{name} must be a number above 0, got {value}")
        for name in ("label_smoothing", "average_decay"):
            require(0 <= getattr(self, name) < 1, f"{name} must be in [0, 1), got {getattr(self, name)}")
        require(0 <= self.teacher_forcing <= 1, f"teacher_forcing must be in [0, 1], got {self.teacher_forcing}")
        for name in ("piece_sampling", "guided_attention", "weight_decay"):
            value = getattr(self, name)
            require(0 <= value < math.inf, f"{name} must be a number of at least 0, got {value}")


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

    def __post_init__(self) -> None:
        require(
            re.fullmatch(r"\w[\w.-]*", self.name) is not None,
            f"name must be that of a folder (letters, digits, and -_. inside), got {self.name!r}",
        )
        sampling = self.training.piece_sampling
        require(
            sampling == 0 or self.text.piece_kind == "unigram",
            f"training.piece_sampling = {sampling} needs text.piece_kind = unigram, got {self.text.piece_kind}",
        )
        require(
            self.training.guided_attention == 0 or self.model.attention != "none",
            "training.guided_attention needs a model with attention, got attention = none",
        )
        require(
            self.training.guided_attention == 0 or any(corpus.links for corpus in self.data.train),
            "training.guided_attention needs a corpus with links, and none of data.train has any",
        )


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
