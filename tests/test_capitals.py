"""TEXT IN CAPITALS is read without them, and its translation is written in them; A Text In Title Case as a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.capitals import is_in_capitals, without_title_case
from s2s.constraints import Constraints
from s2s.figures import attention_figure
from s2s.models import EMBEDDED
from s2s.page.scene import word_spans
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


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("The Old Man Lives In Paris.", "The old man lives in Paris."),
        ("Where Is The Station?", "Where is the station?"),
        ("When I Go Home, Tom Speaks English", "When I go home, Tom speaks English"),
        ("The Cat and the Dog Are Here", "The cat and the dog are here"),
        ("I met Will.", "I met Will."),
        ("I think that Mary Is Here", "I think that Mary Is Here"),
        ("Is Tom in Paris?", "Is Tom in Paris?"),
        (
            "My Dog Sleeps <B>Here</B> https://Example.org/My_Dog",
            "My dog sleeps <B>here</B> https://Example.org/My_Dog",
        ),
        ("OK", "OK"),
        ("", ""),
        ("我 Think", "我 Think"),
    ],
)
def test_title_case_is_read_as_a_sentence(text, sentence):
    pieces = PieceModel(EMBEDDED / "en-fr" / "text.spm")
    assert pieces.read(text) == pieces.read(sentence)


def test_a_model_without_placeholders_reads_what_looks_like_one_as_it_stands(word_pieces):
    pieces = PieceModel(word_pieces)
    assert pieces.read("the ⟦0⟧ cat").text == "the ⟦0⟧ cat"


@given(st.text(), st.booleans())
def test_what_is_no_title_stays_and_nothing_but_capitals_changes(text, answer):
    found = without_title_case(text, lambda word: len(word[0].lower()) == 1 and answer)
    assert found.lower() == text.lower()
    assert answer or found == text


def test_words_of_a_title_stand_where_they_were_typed():
    translator = Translator.load(EMBEDDED / "en-fr")
    text = "The Old Man Pays $5 To Tom"
    (sentence,) = translator.translate(text).sentences
    assert [text[begin:end] for begin, end in word_spans(sentence, translator.pieces)] == text.split()


def test_characters_that_are_spelled_in_bytes_are_unknown(word_pieces):
    pieces = PieceModel(word_pieces)
    assert pieces.read("cat 漢字 漢").unknown == "漢字"
    assert pieces.read("the cat").unknown == ""
