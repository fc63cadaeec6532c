"""Configuration: frozen dataclasses, read from TOML and JSON; a default stands here and nowhere else.

An unknown key fails and names the nearest known one.
"""

import dataclasses
import difflib
import tomllib
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from s2s.carried import MOST_PLACEHOLDERS
from s2s.errors import ConfigError

CellKind = Literal["rnn", "lstm", "gru"]
AttentionKind = Literal["none", "bahdanau", "luong-dot", "luong-general", "luong-concat", "scaled-dot", "location"]
WiringKind = Literal["stacked", "input-feeding"]
PieceKind = Literal["unigram", "bpe", "char"]
Tokenizer = Literal["13a", "zh", "none"]
SearchMethod = Literal["beam", "sample"]
LengthPenalty = Literal["average", "gnmt"]
Task = Literal["text", "summarization", "dialogue", "speech"]
"""A text in other words, such as a translation; a text in one line; the answer to a turn; the words of a sound."""
Precision = Literal["auto", "float32", "bfloat16", "float16"]
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
    placeholders: int = 0
    """So many addresses, numbers, emoji … of a sentence are carried over as they are (s2s/carried.py)."""

    def __post_init__(self) -> None:
        require_choices(self)
        require(self.vocabulary_size >= 8, f"vocabulary_size must be at least 8, got {self.vocabulary_size}")
        require(
            0.5 <= self.character_coverage <= 1,
            f"character_coverage must be in [0.5, 1], got {self.character_coverage}",
        )
        require(
            0 <= self.placeholders <= MOST_PLACEHOLDERS,
            f"placeholders must be in 0 … {MOST_PLACEHOLDERS}, got {self.placeholders}",
        )


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """The shape of one encoder-decoder."""

    vocabulary_size: int = 8000
    """Pieces in the joint vocabulary; the embedding table is shared by source, target and output."""
    cell: CellKind = "gru"
    attention: AttentionKind = "luong-general"
    """`none` gives the decoder the fixed context vector c instead (Cho et al. 2014)."""
    wiring: WiringKind = "stacked"
    """`stacked`: the first decoder layer does not see the context, which makes training fast. `input-feeding`: the
    textbook forms, in which the context enters the recurrence; they run step by step (s2s/model/decoder.py)."""
    location_filters: int = 10
    """Of `location` attention: how many filters read the weights of the step before (Chorowski 2015: 10)."""
    location_width: int = 31
    """Source positions that one filter sees, half of them on each side; 31 is a clause of text, 0.3 s of speech."""
    copy: bool = False
    """Whether a piece is either generated or copied from the source (pointer-generator, See et al. 2017)."""
    coverage: bool = False
    """Whether attention reads how much each source position was looked at so far (See et al. 2017, equation 11)."""
    frame_size: int | None = None
    """Numbers in a frame, for a source of continuous frames such as speech; None reads pieces."""
    embedding_size: int = 256
    hidden_size: int = 384
    """Units of a decoder layer, and of the encoder's states (both directions together)."""
    encoder_layers: int = 1
    decoder_layers: int = 1
    pyramid_layers: int = 0
    """So many encoder layers, the upper ones, read two neighbouring states of the layer below as one, and so halve the
    length (Chan 2016): for speech, of which a second has many frames."""
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
            0 <= self.pyramid_layers < self.encoder_layers,
            f"pyramid_layers must be in 0 … {self.encoder_layers - 1}, since the lowest of the encoder_layers "
            f"({self.encoder_layers}) reads every position; got {self.pyramid_layers}",
        )
        require(
            not self.bidirectional or self.hidden_size % 2 == 0,
            f"hidden_size must be even for a bidirectional encoder, got {self.hidden_size}",
        )
        require(
            not self.copy or (self.attention != "none" and self.frame_size is None),
            "copy = true needs something to point with and pieces to point at: any attention but none, in either "
            f"wiring, and no frame_size; got attention = {self.attention}, frame_size = {self.frame_size}",
        )
        require(
            not self.coverage or self.attention == "bahdanau",
            "coverage = true adds a term to Bahdanau's score: it goes with attention = bahdanau, in either wiring; got "
            f"attention = {self.attention}",
        )

    @property
    def looks_back(self) -> bool:
        """Whether a step of attention reads where those before it looked, which the decoder's state then holds last."""
        return self.attention == "location" or self.coverage


@dataclass(frozen=True, kw_only=True)
class SearchConfig:
    """How one request is searched; never stored in a checkpoint."""

    method: SearchMethod = "beam"
    """`beam` keeps the best hypotheses; `sample` draws `beam_size` of them."""
    beam_size: int = 5
    """Hypotheses kept at each step; a beam of 1 is greedy search."""
    n_best: int = 1
    """Hypotheses given back, best first; at most `beam_size`."""
    alternatives: int = 5
    """Most likely pieces recorded at each step."""
    tree: bool = False
    """Whether every piece that was tried is given back."""
    min_length: int = 1
    """Pieces that stand at least before `</s>`."""
    max_length: int | None = None
    """Pieces of a hypothesis; None allows twice the source and ten more, after a prefix."""
    length_penalty: LengthPenalty = "average"
    """How hypotheses of different lengths are compared: divided by length^α, or `gnmt`, by ((5 + length) / 6)^α."""
    length_exponent: float = 1.0
    """The α of the length penalty; 0 compares plain log-probabilities, which favours short targets."""
    coverage_penalty: float = 0.0
    """Weight β of the penalty on source pieces that were not looked at (Wu et al. 2016); it orders the hypotheses."""
    read_back: float = 0.5
    """Weight λ of how likely the source is after a target, which orders the hypotheses of a beam where a model of the
    other direction is at hand (s2s/channel.py); 0 does not ask it."""
    no_repeat_ngram: int = 0
    """So many pieces never stand in a target twice in the same order; 0 allows all."""
    max_repeats: int = 2
    """Times that the same pieces follow each other in a target, from 2, or as often as in its source; 0 allows all."""
    temperature: float = 1.0
    """Of `sample`: below 1 keeps to likely pieces, above 1 dares more."""
    top_k: int = 0
    """Of `sample`: only so many likeliest pieces are drawn from; 0 means all."""
    top_p: float = 1.0
    """Of `sample`: only the fewest likeliest pieces that hold this share of the probability are drawn from."""
    seed: int = 1
    """Of `sample`: the same one draws the same targets."""

    def __post_init__(self) -> None:
        require_choices(self)
        require_seed(self.seed)
        require(1 <= self.beam_size <= 64, f"beam_size must be in 1 … 64, got {self.beam_size}")
        require(
            1 <= self.n_best <= self.beam_size,
            f"n_best must be in 1 … beam_size ({self.beam_size}), got {self.n_best}",
        )
        require(0 <= self.alternatives <= 50, f"alternatives must be in 0 … 50, got {self.alternatives}")
        require(self.min_length >= 1, f"min_length must be at least 1, got {self.min_length}")
        require(
            self.max_length is None or self.max_length >= self.min_length,
            f"max_length must be at least min_length ({self.min_length}), got {self.max_length}",
        )
        for name in ("length_exponent", "coverage_penalty", "read_back"):
            value = getattr(self, name)
            require(0 <= value <= 10, f"{name} must be in 0 … 10, got {value}")
        for name in ("no_repeat_ngram", "max_repeats", "top_k"):
            require(getattr(self, name) >= 0, f"{name} must be at least 0, got {getattr(self, name)}")
        require(self.max_repeats != 1, "max_repeats must be at least 2, or 0 for no limit, got 1")
        require(0.01 <= self.temperature <= 100, f"temperature must be in 0.01 … 100, got {self.temperature}")
        require(0 < self.top_p <= 1, f"top_p must be above 0 and at most 1, got {self.top_p}")

    def limit(self, source_length: int, prefix_length: int = 0) -> int:
        """Pieces that a hypothesis may have, the prefix and `</s>` included."""
        return self.max_length or max(2 * source_length + 10, self.min_length + 1) + prefix_length


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
            shown = key if str(key).isprintable() else f"{key!r:.80}"
            raise ConfigError(f"unknown setting {where}{shown}{hint}")
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


def read_settings(values: dict[str, Any], settings: Iterable[str]) -> dict[str, Any]:
    """`values` with what `settings`, texts such as section.key=value (values in TOML), say instead."""
    for setting in settings:
        _replace(values, setting)
    return values


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
