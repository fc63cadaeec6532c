"""What the browser asks for: plain values from outside, checked before anything is done with them."""

import base64
from dataclasses import dataclass, field
from typing import Any

from s2s.config import SearchConfig, from_plain
from s2s.errors import ConfigError, DataError
from s2s.page.limits import LIMITS
from s2s.page.scene import Shown


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A text to be translated, and how."""

    number: int
    """Given back with every answer, so that the browser knows what it belongs to."""
    text: str
    model: str
    beam_size: int = 5
    read_back: bool = True
    """Whether a model of the other direction has a say, if there is one."""
    revision: str = ""
    """Of the model that a link was made with; empty if any will do."""
    shown: Shown = field(default_factory=Shown)

    @classmethod
    def from_plain(cls, values: Any) -> "Asked":
        """What the browser sent; a ConfigError names a value that is wrong."""
        asked = from_plain(cls, values)
        check_beam(asked.beam_size)
        return asked

    @property
    def config(self) -> SearchConfig:
        """All hypotheses of the beam are wanted: the page shows them as other versions."""
        weight = SearchConfig().read_back if self.read_back else 0
        return SearchConfig(beam_size=self.beam_size, n_best=self.beam_size, read_back=weight)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a visitor wants of the translation that is on the screen, or of a saved one."""

    number: int
    shown: Shown = field(default_factory=Shown)
    form: str = ""
    """Of a file."""
    text: str = ""
    """Of a saved translation."""

    @classmethod
    def from_plain(cls, values: Any) -> "Wish":
        """What the browser sent; a ConfigError names a value that is wrong."""
        return from_plain(cls, values)


def check_beam(value: Any) -> int:
    """A beam that the page allows, or a ConfigError."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 1 <= value <= LIMITS.beam_size:
        raise ConfigError(f"The beam size must be from 1 to {LIMITS.beam_size}, got {value!r:.80}.")
    return int(value)


def file_content(text: str) -> bytes:
    """What is in a file that came in base64; a DataError if it is not that."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:  # a binascii.Error too; characters beyond ASCII have only this
        raise DataError("The file did not arrive whole. Please try again.") from None
