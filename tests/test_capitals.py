"""TEXT IN CAPITALS is read without them, and its translation is written in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.capitals import is_in_capitals
from s2s.constraints import Constraints
from s2s.figures import attention_figure
from s2s.result import Translation
from s2s.text import PieceModel
from s2s.translator import Translator
from tests.tiny import SENTENCES

CAT = SENTENCES[0].lower()


@pytest.mark.parametrize("text", ["WHERE IS THE STATION?", "HELLO", "I AM 25!", "ÇA VA ?", "GRÜSS GOTT", "O.K., GO"])
def test_capitals_are_seen(text):
    assert is_in_capitals(text)


@pytest.mark.parametrize(
    "text", ["", "NATO", "I", "OK.", "A", "Hello", "I am", "你好", "25 + 3", "USA!", "I WANT this", "A 4"]
)
def test_names_in_capitals_and_other_text_are_no_text_in_capitals(text):
    assert not is_in_capitals(text)


@given(st.text())
def test_a_text_with_a_small_letter_is_never_in_capitals(text):
    if any(map(str.islower, text)):
        assert not is_in_capitals(text)


@pytest.fixture(scope="module")
def translator(tiny_checkpoint):
    return Translator.load(tiny_checkpoint, "cpu", "torch")


@pytest.mark.parametrize("text", [sentence for sentence in SENTENCES[:6] if sentence.lower() != sentence.upper()])
def test_capitals_are_translated_as_small_letters_are_and_written_in_capitals(translator, text):
    small, capitals = translator.translate(text.lower()), translator.translate(text.upper())
    assert capitals.sentences[0].source_pieces == small.sentences[0].source_pieces
    assert capitals.sentences[0].best.target_pieces == small.sentences[0].best.target_pieces
    assert capitals.target == small.target.upper()
    assert capitals.source == text.upper()
    assert Translation.from_json(capitals.to_json()) == capitals


def test_a_figure_shows_capitals_as_they_were_typed(translator):
    (sentence,) = translator.translate(SENTENCES[0].upper()).sentences
    figure = attention_figure(sentence)
    labels = [*figure.layout.xaxis.ticktext, *figure.layout.yaxis.ticktext]
    spelled = [label for label in labels if not label.startswith("&lt;")]  # no byte and no </s>
    assert spelled
    assert all(label == label.upper() for label in spelled)


def test_a_beginning_in_capitals_is_kept_in_capitals(translator):
    translation = translator.translate(SENTENCES[0].upper(), constraints=Constraints(prefix="LE CH"))
    assert translation.target.startswith("LE CH")


def test_a_given_target_in_capitals_is_scored_as_small_letters_are(translator):
    small, capitals = (translator.score(*texts) for texts in ((CAT, "le chat"), (CAT.upper(), "LE CHAT")))
    assert capitals.sentences[0].best.log_probs == small.sentences[0].best.log_probs


def test_characters_that_are_spelled_in_bytes_are_unknown(word_pieces):
    pieces = PieceModel(word_pieces)
    assert pieces.read("cat 漢字 漢").unknown == "漢字"
    assert pieces.read("the cat").unknown == ""
