"""The models at work behind the page, and the one function that asks them."""

from collections.abc import Callable, Iterator

import spaces
import torch

from s2s.config import SearchConfig
from s2s.errors import CheckpointError, S2SError
from s2s.models import EMBEDDED, find_models
from s2s.page.settings import PageSettings, read_settings
from s2s.result import Translation
from s2s.translator import Translator

SETTINGS: PageSettings = read_settings()
TRANSLATORS: dict[str, Translator] = {}
"""By name, the default one first. ZeroGPU runs requests in forks of this process, so they are loaded before."""


def load_models() -> None:
    """Load all checkpoints at hand."""
    # Steps of one sentence are small: one thread is quicker than two, and visitors do not slow each other.
    torch.set_num_threads(1)
    for name in find_models():
        TRANSLATORS[name] = Translator.load(EMBEDDED / name, SETTINGS.device, SETTINGS.engine)
    if not TRANSLATORS:
        raise CheckpointError(f"there is no model in {EMBEDDED}: train one and copy its folder there")


def translator(name: str) -> Translator:
    """The model called `name`; an S2SError names those at hand if there is none."""
    if not isinstance(name, str) or name not in TRANSLATORS:
        raise S2SError(f"There is no model {name!r:.80}. Please choose one of: {', '.join(TRANSLATORS)}.")
    return TRANSLATORS[name]


def _stream(model: str, text: str, config: SearchConfig) -> Iterator[Translation]:
    """The translation so far, after every step.

    Raises:
        S2SError: the text or the model's name is wrong, or the time is over; the message is for the visitor.
    """
    if not isinstance(text, str):
        raise S2SError(f"The text must be a string, got {text!r:.80}.")
    yield from translator(model).stream(text, config, time_limit_seconds=SETTINGS.timeout_seconds)


stream: Callable[[str, str, SearchConfig], Iterator[Translation]] = spaces.GPU(duration=20)(_stream)
"""The same on a GPU where the host lends one for a call (ZeroGPU); elsewhere it is the function itself."""
