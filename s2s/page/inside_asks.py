"""What a visitor can ask in the tab Look inside, as the browser says it; whatever does not fit is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from s2s.config import from_plain, require, require_choices
from s2s.forced import Weighing
from s2s.inside.gold import THRESHOLD, LinkRule

Operation = Literal["weight", "temperature", "uniform", "shift", "without", "swap"]
T = TypeVar("T")
Section = Literal["beam", "explanation", "states"]


@dataclass(frozen=True, kw_only=True)
class Begin:
    """Take a sentence apart; with turns, the tree that an address names."""

    text: str
    model: str
    sentence: int = 0
    """Of a text of several."""
    turns: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Options:
    """What could stand at a step."""

    branch: int
    step: int


@dataclass(frozen=True, kw_only=True)
class Write:
    """Go on from another piece, or from a word that was typed."""

    branch: int
    step: int
    piece: str = ""
    typed: str = ""


@dataclass(frozen=True, kw_only=True)
class Operate:
    """Go on with other weights."""

    branch: int
    operation: Operation
    rows: tuple[int, ...]
    columns: tuple[int, ...] = ()
    """Source pieces: of the cell, or of the word that is left out."""
    amount: float = 0.0
    """The weight, the temperature, or how far to shift."""
    again: bool = False
    """Whether this is instead of the last branch: a slider was moved once more."""

    def __post_init__(self) -> None:
        require_choices(self)


@dataclass(frozen=True, kw_only=True)
class Show:
    """Look at a branch, and at some sections of it."""

    branch: int
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Judge:
    """What the model thinks of a translation of the visitor's own."""

    target: str


@dataclass(frozen=True, kw_only=True)
class Gold:
    """A pair with links by hand, and what a rule makes of the weights."""

    pair: int = 0
    weighing: Weighing = "attention"
    rule: LinkRule = "argmax"
    threshold: float = THRESHOLD

    def __post_init__(self) -> None:
        require_choices(self)


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """How far attention and other explanations agree over all gold sources."""


Ask = Begin | Options | Write | Operate | Show | Judge | Gold | Corpus
KINDS: dict[str, type[Ask]] = {
    "begin": Begin,
    "options": Options,
    "write": Write,
    "operate": Operate,
    "show": Show,
    "judge": Judge,
    "gold": Gold,
    "corpus": Corpus,
}


def read_ask(values: Any, kinds: Mapping[str, type[T]]) -> T:
    """What the browser asked, such as `{"do": "show", "branch": 1}`.

    Args:
        values: what came.
        kinds: the asks that there are, by their `do`.

    Raises:
        ConfigError: it is none; the message says why.
    """
    require(isinstance(values, dict), f"An ask is an object with a `do`, got {values!r:.80}.")
    rest = {name: value for name, value in values.items() if name != "do"}
    kind = values.get("do")
    require(isinstance(kind, str) and kind in kinds, f"An ask does one of {', '.join(kinds)}, got {kind!r:.80}.")
    return from_plain(kinds[kind], rest)
