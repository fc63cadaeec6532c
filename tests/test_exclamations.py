"""Exclamations: told from commands, and translated as exclamations."""

import pytest

from s2s.config import SearchConfig
from s2s.exclamations import is_exclaimed
from s2s.translator import Translator


@pytest.mark.parametrize(
    ("language", "source", "exclaimed"),
    [
        ("en", "The train is late!", True),
        ("en", "Come here!", True),  # English has no such habit
        ("en", "The train is late.", False),
        ("en", "Mr. Smith is late!", False),
        ("zh", "我们走吧！", True),
        ("zh", "我们走。吧！", False),
        ("fr", "L'ours est là !", True),
        ("fr", "« Nous partons ! »", True),
        ("fr", "Ferme la porte !", False),
        ("de", "Das ist ja toll!!!", True),
        ("de", "Mach die Tür zu!", False),
        ("de", "!", False),
        ("", "A b!", True),
    ],
)
def test_what_is_exclaimed(language, source, exclaimed):
    assert is_exclaimed(source, language) is exclaimed


@pytest.mark.parametrize(
    ("model", "source"), [("fr-en", "Mon frère joue du piano !"), ("de-en", "Mein Bruder spielt Klavier!")]
)
@pytest.mark.parametrize("beam_size", [1, 5])
def test_an_exclamation_stays_one(model, source, beam_size):
    translator = Translator.load(f"checkpoints/{model}", "cpu")
    loud, calm = (
        translator.translate(text, SearchConfig(beam_size=beam_size)).target
        for text in (source, f"{source.rstrip(' !')}.")
    )
    assert calm.endswith(".")
    assert loud == f"{calm[:-1]}!"
