"""The translators that came along as the page has them: each asks the one of the other direction."""

from functools import cache

from s2s.forced import reading_back
from s2s.models import EMBEDDED
from s2s.translator import Translator


@cache
def alone(model: str) -> Translator:
    """A translator that asks nobody."""
    return Translator.load(EMBEDDED / model)


@cache
def load(model: str) -> Translator:
    """A translator that asks the other one, if there is one."""
    translator = Translator.load(EMBEDDED / model)
    other = "-".join(reversed(model.split("-")))
    if other != model and (EMBEDDED / other).is_dir():
        translator.read_back = reading_back(alone(other))
    return translator
