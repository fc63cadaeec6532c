"""Reasons to doubt a translation, from plain results."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.doubts import (
    NAMED_WORDS,
    REPEATS,
    TOLD,
    UNLIKELY,
    UNREAD,
    UNTOLD,
    confidence,
    find_doubts,
    is_repetitive,
    repeats,
)
from s2s.doubts import unread_words as unread
from s2s.page.messages import in_both_languages
from s2s.result import END_PIECE, Hypothesis, Sentence

PIECES = st.lists(st.sampled_from(["▁a", "b", "▁the", ",", "."]), max_size=30)


def sentence_of(source, target, weights=None, log_prob=-0.1):
    """A finished sentence of words; `weights` is what each source word gets over all steps."""
    source_pieces = tuple("▁" + word for word in source.split())
    target_pieces = (*("▁" + word for word in target.split()), END_PIECE)
    attention = None
    if weights is not None:
        attention = np.tile(np.array(weights, dtype=np.float32) / len(target_pieces), (len(target_pieces), 1))
    best = Hypothesis(
        target=target,
        target_pieces=target_pieces,
        log_probs=(log_prob,) * len(target_pieces),
        score=log_prob,
        attention=attention,
    )
    return Sentence(source=source, source_pieces=source_pieces, hypotheses=(best,))


def doubts(sentence, longest=99, limit=99, **options):
    return list(find_doubts(sentence, longest=longest, limit=limit, **options))


def test_a_good_translation_is_not_doubted():
    assert doubts(sentence_of("I love you", "je t'aime", [1, 1, 1])) == []


def test_every_doubt_says_why_and_what_to_try():
    sentence = sentence_of("one two three", "un un un un", [2, 0.1, 2.9], log_prob=-2.0)
    found = doubts(sentence, longest=2, limit=99, unknown="漢")
    assert len(found) == 5
    for doubt in found:
        assert doubt.endswith((".", "漢"))
        assert in_both_languages(doubt)["zh"] != doubt
    assert "14%" in found[2]
    assert "“two”" in found[4]


def test_what_a_complete_translation_needs_is_not_said_before():
    sentence = sentence_of("one two", "un un un un", [0, 5], log_prob=-3.0)
    best = sentence.best
    partial = Hypothesis(
        target=best.target,
        target_pieces=best.target_pieces[:-1],
        log_probs=best.log_probs[:-1],
        score=-3.0,
        attention=best.attention[:-1],
    )
    unfinished = Sentence(source="one two", source_pieces=sentence.source_pieces, hypotheses=(partial,))
    assert doubts(unfinished) == []
    assert len(doubts(unfinished, limit=len(partial.target_pieces))) == 4
    assert len(doubts(sentence)) == 3


@pytest.mark.parametrize(("probability", "said"), [(UNLIKELY + 0.01, False), (UNLIKELY - 0.01, True)])
def test_a_translation_is_unsure_below_the_threshold(probability, said):
    sentence = sentence_of("a", "b", log_prob=math.log(probability))
    assert confidence(sentence.best) == pytest.approx(probability)
    assert any("unsure" in doubt for doubt in doubts(sentence)) == said


@pytest.mark.parametrize(
    ("source", "target", "repetitive"),
    [
        ("hello", "bonjour bonjour bonjour", True),
        ("hello hello hello", "bonjour bonjour bonjour", False),
        ("hello hello hello hello", "bonjour bonjour bonjour bonjour bonjour", True),
        ("very very good", "très très bon", False),
        ("I do not know", "je ne sais pas , je ne sais pas , je ne sais pas", True),
        ("who", "qui est là maintenant et qui est là demain ou qui est là", True),
        ("Wait", "attends . . . .", False),
        ("", "", False),
    ],
)
def test_repetition_is_what_the_source_does_not_have(source, target, repetitive):
    sentence = sentence_of(source, target)
    assert is_repetitive(sentence.best.target_pieces, sentence.source_pieces) == repetitive
    assert any("several times" in doubt for doubt in doubts(sentence)) == repetitive


@given(PIECES)
def test_nothing_repeats_more_than_its_source(pieces):
    assert not is_repetitive(pieces, pieces)
    assert not is_repetitive([*pieces, END_PIECE], pieces)


@given(st.lists(st.sampled_from(["▁a", "b", "▁the"]), min_size=1, max_size=5), st.integers(1, 6))
def test_what_is_written_so_often_is_counted(phrase, times):
    assert repeats(phrase * times) >= times
    assert is_repetitive(phrase * times, ["▁x"]) == (repeats(phrase * times) >= REPEATS)


@given(PIECES)
def test_there_are_no_more_repeats_than_pieces(pieces):
    assert repeats(pieces) <= len(pieces)


def test_unread_words_are_whole_and_bare():
    sentence = sentence_of("Well, “everybody” left to go", "a b", [0.5, 0.1, 1.5, 0, 0.9])
    assert unread(sentence) == ["everybody"]  # `to` is short
    pieces = Sentence(
        source="unknown words",
        source_pieces=("▁un", "known", "▁word", "s", "."),
        hypotheses=sentence_of("a b c d e", "x", [0.19, 0.19, 0.1, 0.05, 0.04]).hypotheses,
    )
    assert unread(pieces) == ["words"]  # the pieces of `unknown` have 0.38 together


def test_only_some_unread_words_are_named_and_each_once():
    words = "alpha beta gamma alpha delta epsilon zeta eta theta"
    assert unread(sentence_of(words + " read", "x", [0] * 9 + [2])) == ["alpha", "beta", "gamma", "delta", "epsilon"]
    assert NAMED_WORDS == 5


def read_back(sentence, *probabilities):
    best = replace(sentence.best, read_back=tuple(map(math.log, probabilities)))
    return replace(sentence, hypotheses=(best,))


def test_a_word_that_can_be_told_again_is_not_left_out():
    sentence = sentence_of("hardly anybody knows", "x", [1, 0, 0])
    assert unread(read_back(sentence, 0.9, 0.9, 0.1, 0.9)) == ["knows"]
    assert unread(read_back(sentence, 0.9, TOLD - 0.01, TOLD, 0.9)) == ["anybody"]
    assert unread(read_back(sentence, 0.9, 0.9, 0.9)) == ["anybody", "knows"]  # of other pieces than the source's


@pytest.mark.parametrize(("probability", "said"), [(UNTOLD * 0.9, True), (UNTOLD * 1.1, False)])
def test_a_translation_is_doubted_from_which_the_source_cannot_be_told(probability, said):
    sentence = sentence_of("one two", "un deux", [1, 1])
    found = doubts(read_back(sentence, *[probability] * 3))
    assert [doubt.startswith("Read back") for doubt in found] == [True] * said
    assert all(in_both_languages(doubt)["zh"] != doubt for doubt in found)
    unsure = read_back(sentence_of("one two", "un deux", [1, 1], log_prob=-3.0), *[probability] * 3)
    assert [doubt.startswith("The model is unsure") for doubt in doubts(unsure)] == [True]


def test_no_attention_and_given_attention_are_not_judged():
    assert doubts(sentence_of("nobody looks", "x", None)) == []
    assert doubts(sentence_of("nobody looks", "x", [0, 2]), is_own_attention=False) == []
    assert len(doubts(sentence_of("nobody looks", "x", [0, 2]))) == 1


@given(st.lists(st.floats(0, 3, width=32), min_size=1, max_size=12))
def test_a_word_is_unread_just_where_its_weights_say_so(weights):
    source = [f"word{number:x}" for number in range(len(weights))]
    sentence = sentence_of(" ".join(source), "x y", weights)
    sums = sentence.best.attention.sum(axis=0)
    assert unread(sentence) == [word for word, sum_ in zip(source, sums, strict=True) if sum_ < UNREAD][:NAMED_WORDS]


@given(PIECES, PIECES)
def test_a_target_is_repetitive_that_repeats_three_times_and_more_than_its_source(target, source):
    repetitive = repeats(target) >= max(REPEATS, repeats(source) + 1)
    assert is_repetitive(target, source) == is_repetitive([*target, END_PIECE], source) == repetitive
