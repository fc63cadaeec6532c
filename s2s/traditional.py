"""Traditional Chinese characters, read as the simplified ones that the models have learnt (OpenCC)."""

from collections.abc import Callable
from functools import cache


def simplified(text: str) -> str:
    """A text in simplified characters, one for one, so that each stands where its like stood."""
    return "".join(map(_simplified, text))


@cache
def converter() -> Callable[[str], str]:
    """OpenCC from traditional to simplified, which looks at whole phrases, and may change how long a text is."""
    from opencc import OpenCC  # for the first Chinese text

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert


@cache
def _simplified(character: str) -> str:
    if character < "\u3400":
        return character
    found = converter()(character)
    return found if len(found) == 1 else character
