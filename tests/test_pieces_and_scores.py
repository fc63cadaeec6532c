"""What pieces spell, and what a model thinks of a given target."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.errors import TextError
from s2s.intake import Limits
from s2s.pieces import END, PADDING, START, UNKNOWN
from s2s.result import END_PIECE
from s2s.text import PieceModel
from s2s.translator import Translator
from tests.searches import right_log_probs
from tests.tiny import SENTENCES, save_tiny, teacher_forced


@pytest.fixture(scope="module")
def words(word_pieces):
    return PieceModel(word_pieces)


@pytest.fixture(scope="module")
def letters(letter_pieces):
    return PieceModel(letter_pieces)


@pytest.fixture(scope="module", params=["none", "luong-general", "location"])
def translator(request, tmp_path_factory, word_pieces, description):
    folder = tmp_path_factory.mktemp("scores") / request.param
    return Translator.load(save_tiny(folder, word_pieces, description, attention=request.param), "cpu", "torch")


@pytest.fixture(params=["words", "letters"])
def pieces(request):
    return request.getfixturevalue(request.param)


def test_ids_is_the_inverse_of_pieces(pieces):
    every = list(range(pieces.vocabulary_size))
    assert pieces.ids(pieces.pieces(every)) == every
    assert pieces.ids([]) == []


@pytest.mark.parametrize("piece", ["", "no piece", "▁▁▁", "<0x4>", "\0", "THE", "<0xzz>", "\ud800"])
def test_what_is_no_piece_is_named(words, piece):
    with pytest.raises(TextError, match="The model has no piece"):
        words.ids(["a", piece])


def test_what_every_piece_spells_is_known(pieces):
    assert len(pieces.spelled) == pieces.vocabulary_size
    assert [pieces.spelled[token] for token in (UNKNOWN, START, END, PADDING)] == [b""] * 4
    assert all(pieces.spelled[4:])


def test_bytes_are_spelled_as_themselves(words):
    for value in range(256):
        assert words.spelled[words.ids([f"<0x{value:02X}>"])[0]] == bytes([value])


@given(
    text=st.text(st.characters(exclude_categories=["Cs", "Zl", "Zp", "Cc"])) | st.text("The catsou .é😀漢", min_size=1)
)
def test_what_the_pieces_of_a_text_spell_is_the_text(words, text):
    ids = words.encode(text)
    spelled = b"".join(words.spelled[token] for token in ids).decode()
    assert spelled.removeprefix(" ") == words.decode(ids)


def test_words_are_marked_unless_pieces_are_letters(words, letters):
    assert words.marks_words
    assert not letters.marks_words


@pytest.mark.parametrize("target", [*SENTENCES[2:4], "a", "😀", "  Le   chat ", "<s>", "A</s>b"])
def test_a_score_is_the_mean_of_what_teacher_forcing_says_of_the_target(translator, target):
    ids = [*translator.pieces.encode(target), END]
    source = translator.pieces.encode(SENTENCES[0])
    translation = translator.score(SENTENCES[0], target)
    (hypothesis,) = translation.sentences[0].hypotheses
    assert hypothesis.target_pieces == (*translator.pieces.pieces(ids[:-1]), END_PIECE)
    assert translation.target == hypothesis.target == " ".join(target.split())
    log_probs, attention = teacher_forced(translator.model, [source], [ids])
    np.testing.assert_allclose(hypothesis.log_probs, right_log_probs(log_probs[0], ids), rtol=1e-4, atol=1e-5)
    assert hypothesis.score == pytest.approx(np.mean(hypothesis.log_probs))
    if attention is None:
        assert hypothesis.attention is None
    else:
        np.testing.assert_allclose(hypothesis.attention, attention[0], rtol=1e-4, atol=1e-5)
    assert [len(step) for step in hypothesis.alternatives] == [5] * len(ids)


def test_what_the_model_writes_itself_scores_as_when_it_wrote_it(translator):
    best = translator.translate(SENTENCES[4]).sentences[0].best
    ids = translator.pieces.ids(best.target_pieces)
    if translator.pieces.encode(best.target) == ids[:-1]:  # a model may cut its own words otherwise
        assert translator.score(SENTENCES[4], best.target).sentences[0].best.score == pytest.approx(
            best.score, abs=1e-4
        )


def test_a_target_of_unknown_characters_has_a_score(tmp_path, letter_pieces, description):
    speller = Translator.load(save_tiny(tmp_path / "tiny", letter_pieces, description), "cpu", "torch")
    (hypothesis,) = speller.score("abc", "漢a").sentences[0].hypotheses
    assert hypothesis.target_pieces == ("<unk>", "a", END_PIECE)
    assert np.isfinite(hypothesis.score)


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("", "a", "no text"),
        ("a", "", "no text"),
        ("a", " \n", "no text"),
        ("a", "\u200b", "Nothing of this text"),
        ("a", "b\0", "NUL"),
        ("a\ud800", "b", "surrogate"),
        ("a", "b\ud800", "surrogate"),
        ("a", "x" * 101, "101 characters; at most 100"),
        ("a", "漢" * 20, "pieces; at most 50"),
        ("The cat\nA dog", "Le chat", "one sentence"),
    ],
)
def test_what_cannot_be_scored_is_an_error_with_its_reason(translator, monkeypatch, source, target, said):
    monkeypatch.setattr(translator, "limits", Limits(characters=100, pieces=50))
    with pytest.raises(TextError, match=said):
        translator.score(source, target)
