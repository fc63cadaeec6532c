"""The language that a text is most likely written in: an offer, never a decision."""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

LANGUAGES = ("en", "zh", "fr", "de", "es")

SURE = 0.8
"""Probability below which no language is named."""

_KANA_OR_HANGUL = re.compile("[\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9d\u1100-\u11ff\uac00-\ud7af]")
_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_NO_WORDS = re.compile(r"https?://\S+|\S+@\S+|[\d_]+")


def guess(text: str) -> str | None:
    """`en`, `zh`, `fr`, `de` or `es`; None where the text leaves it open, or is in another script.

    The first call loads the model, 5 MB.
    """
    letters = _NO_WORDS.sub(" ", text).strip()
    if _KANA_OR_HANGUL.search(letters):
        return None
    chinese = len(_CHINESE.findall(letters))
    latin = sum(1 for character in letters if character < "\u0250" and character.isalpha())
    if 2 * chinese > latin:  # a character is about as much as half a word
        return "zh" if 2 * chinese >= sum(map(str.isalpha, letters)) else None
    if 2 * latin < sum(map(str.isalpha, letters)):
        return None
    language, probability = _identifier().classify(letters)
    return language if probability >= SURE and language in LANGUAGES else None


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # takes a moment; most callers do without it

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([*LANGUAGES])
    return identifier
