"""Constraints: what a user wants of a target is what the target is, or an error says why not."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.config import SearchConfig, TextConfig
from s2s.constraints import CUT_BYTES, Constraints, rules_of
from s2s.errors import S2SError, TextError
from s2s.intake import Limits
from s2s.pieces import train_pieces
from s2s.search import NO_RULES
from s2s.text import Reading
from s2s.translator import Translator
from tests.searches import METHODS, holds
from tests.tiny import SENTENCES, save_tiny

SOURCE = "We ate bread and cheese in Paris."
TEXTS = ["T", "The", "The c", "The cat", "The cat ", "Où est l", "a", ".", "PARIS", "You & me: 3 €", "Ελλ", "😀 👍🏽"]
GREEDY = SearchConfig(beam_size=1)
THREE = Reading([4, 5, 6], "")


@pytest.fixture(scope="module")
def unigram_pieces(tmp_path_factory):
    path = tmp_path_factory.mktemp("unigrams") / "text.spm"
    train_pieces(SENTENCES * 4, TextConfig(piece_kind="unigram", vocabulary_size=340), path)
    return path


def load(folder, pieces, description):
    return Translator.load(save_tiny(folder / "tiny", pieces, description), "cpu", "torch")


@pytest.fixture(scope="module")
def parts(tmp_path_factory, word_pieces, description):
    return load(tmp_path_factory.mktemp("parts"), word_pieces, description)


@pytest.fixture(scope="module")
def unigrams(tmp_path_factory, unigram_pieces, description):
    return load(tmp_path_factory.mktemp("unigram"), unigram_pieces, description)


@pytest.fixture(scope="module")
def speller(tmp_path_factory, letter_pieces, description):
    """Knows the letters a to z and nothing else."""
    return load(tmp_path_factory.mktemp("speller"), letter_pieces, description)


@pytest.fixture(params=["parts", "unigrams"])
def translator(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(params=METHODS)
def config(request):
    return SearchConfig(**METHODS[request.param], n_best=METHODS[request.param]["beam_size"])


def normal(translator, text):
    """The text as SentencePiece writes it."""
    return translator.pieces.decode(translator.pieces.encode(text))


def assert_begins(translator, translation, prefix):
    for hypothesis in translation.sentences[0].hypotheses:
        assert hypothesis.target.startswith(normal(translator, prefix)), (hypothesis.target, prefix)


def test_no_constraints_are_no_rules(translator):
    assert rules_of(Constraints(), translator.pieces, THREE) is NO_RULES
    assert not Constraints(banned=("cat",)).of_one_sentence


@pytest.mark.parametrize("prefix", TEXTS)
def test_a_target_begins_with_the_prefix(translator, config, prefix):
    translation = translator.translate(SOURCE, config, Constraints(prefix=prefix))
    assert len(translation.sentences[0].hypotheses) == config.n_best
    assert_begins(translator, translation, prefix)


def test_the_last_word_of_a_prefix_may_be_completed_and_the_others_may_not(translator):
    pieces = translator.pieces
    rules = rules_of(Constraints(prefix="The cat sl"), pieces, THREE)
    assert pieces.decode(rules.prefix) == "The cat"
    starts = {pieces.spelled[token] for token in np.flatnonzero(rules.stem.allowed[0])}
    assert starts
    assert all(b" sl".startswith(piece) or piece.startswith(b" sl") for piece in starts)
    assert any(len(piece) > 1 for piece in starts)


def test_a_blank_behind_a_prefix_ends_its_last_word(translator, config):
    for prefix in ("The ", "The\u3000", "The cat  "):
        translation = translator.translate(SOURCE, config, Constraints(prefix=prefix))
        for hypothesis in translation.sentences[0].hypotheses:
            assert hypothesis.target.split()[: len(prefix.split())] == prefix.split()


def test_a_blank_prefix_begins_nothing(translator):
    free = translator.translate(SOURCE, GREEDY)
    for prefix in (" ", "\n", "\u200b"):
        assert translator.translate(SOURCE, GREEDY, Constraints(prefix=prefix)).target == free.target


def test_long_text_without_blanks_is_cut_within_its_last_characters(translator, config):
    prefix = "我们在巴黎吃了面包和奶酪，" * 3
    rules = rules_of(Constraints(prefix=prefix), translator.pieces, THREE)
    assert len(rules.prefix) > 50
    assert CUT_BYTES <= len(rules.stem.allowed) - 1 <= CUT_BYTES + 16
    translation = translator.translate(" ".join(SENTENCES[:2]), config, Constraints(prefix=prefix))
    assert_begins(translator, translation, prefix)


@pytest.mark.parametrize("prefix", ["漢字漢字漢字漢字", "internationalisation"])
def test_a_short_sentence_leaves_room_for_its_whole_prefix(translator, config, prefix):
    assert_begins(translator, translator.translate("a", config, Constraints(prefix=prefix)), prefix)


def test_a_prefix_that_max_length_cuts_off_is_refused(translator):
    config = SearchConfig(max_length=3)
    with pytest.raises(TextError, match="max_length"):
        translator.translate(SOURCE, config, Constraints(prefix_pieces=("▁",) * 4))
    with pytest.raises(TextError, match="max_length"):
        translator.translate(SOURCE, config, Constraints(prefix="We ate bread and cheese in Paris"))
    with pytest.raises(TextError, match="max_length"):
        translator.translate(SOURCE, config, Constraints(prefix="漢字"))


@pytest.mark.parametrize("prefix", ["漢", "abc漢", "A", "ab c"])
def test_a_character_that_the_model_cannot_write_is_named(speller, prefix):
    with pytest.raises(TextError, match=f"cannot write '{prefix}'"):
        speller.translate("abc", GREEDY, Constraints(prefix=prefix))
    with pytest.raises(TextError, match=f"cannot write '{prefix}'"):
        speller.translate("abc", GREEDY, Constraints(banned=(prefix,)))


def test_letters_are_a_prefix_too(speller, config):
    for prefix in ("q", "xyz", "ab ", "abcdefghijklmnopqrstuvwxyzabc"):
        translation = speller.translate("abcdefghijkl", config, Constraints(prefix=prefix))
        assert_begins(speller, translation, prefix.strip())


@pytest.mark.parametrize("text", ["a\ud800b", "a\0b"])
@pytest.mark.parametrize("of", [lambda text: {"prefix": text}, lambda text: {"banned": (text,)}], ids=["prefix", "ban"])
def test_what_is_no_text_is_refused(parts, text, of):
    with pytest.raises(TextError):
        parts.translate(SOURCE, GREEDY, Constraints(**of(text)))


@pytest.mark.parametrize("prefix", ["x" * 101, "漢" * 20])
def test_a_prefix_has_the_limits_of_a_text(parts, monkeypatch, prefix):
    monkeypatch.setattr(parts, "limits", Limits(characters=100, pieces=50))
    with pytest.raises(TextError, match="at most"):
        parts.translate("a", GREEDY, Constraints(prefix=prefix))


def test_prefix_pieces_are_kept(translator, config):
    free = translator.translate(SOURCE, SearchConfig(beam_size=2)).sentences[0].best
    for count in (1, 3):
        pieces = free.target_pieces[:count]
        translation = translator.translate(SOURCE, config, Constraints(prefix_pieces=pieces))
        for hypothesis in translation.sentences[0].hypotheses:
            assert hypothesis.target_pieces[:count] == pieces
            assert hypothesis.log_probs[:count] == pytest.approx(free.log_probs[:count], abs=1e-4)


@pytest.mark.parametrize("pieces", [("</s>",), ("▁", "A", "</s>"), ("<unk>", "▁"), ("<s>",), ("<pad>", "▁")])
def test_special_pieces_are_kept_or_refused(parts, config, pieces):
    try:
        hypotheses = parts.translate(SOURCE, config, Constraints(prefix_pieces=pieces)).sentences[0].hypotheses
    except TextError as error:
        assert pieces[0] in str(error)  # noqa: PT017
    else:
        for hypothesis in hypotheses:
            assert hypothesis.target_pieces[: len(pieces)] == pieces
            assert pieces[-1] != "</s>" or hypothesis.target_pieces == pieces


REFUSED = [
    ({"prefix": "a", "prefix_pieces": ("a",)}, "given twice"),
    ({"prefix_pieces": ("</s>", "a")}, "no piece can follow"),
    ({"prefix_pieces": ("nonsense",)}, "no piece 'nonsense'"),
    ({"prefix_pieces": ("",)}, "no piece ''"),
    ({"prefix_pieces": ("\ud800",)}, "no piece"),
    ({"attention": {0: [1.0]}}, "source pieces; got 1 weights for step 0"),
    ({"attention": {0: []}}, "got 0 weights"),
    ({"attention": {7: [0.25] * 4 + [0.0] * 99}}, "got 103 weights for step 7"),
]


@pytest.mark.parametrize(("constraints", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_constraints_that_make_no_sense_are_refused(parts, constraints, said):
    with pytest.raises(TextError, match=said):
        parts.translate(SOURCE, GREEDY, Constraints(**constraints))
    with pytest.raises(TextError, match=said):
        next(parts.stream(SOURCE, GREEDY, Constraints(**constraints)))


@pytest.mark.parametrize(
    ("step", "row"),
    [
        (0, [2.0, -1.0, 0.0]),
        (0, [0.5, 0.4, 0.0]),
        (0, [0.9, 0.9, 0.9]),
        (2, [math.nan, 0.5, 0.5]),
        (0, [math.inf, 0.0, 0.0]),
        (-1, [1.0, 0.0, 0.0]),
        (0, [[1.0, 0.0, 0.0]]),
        (0, [0.0, 0.0, 0.0]),
        (0, ["a", "b", "c"]),
        (0, [[1.0], [0.0, 0.0], []]),
        (0, [None, 1.0, 0.0]),
    ],
)
def test_weights_that_are_none_are_refused(speller, step, row):
    with pytest.raises(TextError, match=r"weights|Attention is given"):
        speller.translate("abc", GREEDY, Constraints(attention={step: row}))


def test_given_attention_is_in_the_result(speller, config):
    row = [0.5, 0.0, 0.5]
    (sentence,) = speller.translate("abc", config, Constraints(attention={0: row, 1: np.array(row)})).sentences
    for hypothesis in sentence.hypotheses:
        np.testing.assert_array_equal(hypothesis.attention[:2], [row, row][: len(hypothesis.attention)])


@pytest.mark.parametrize("given", [{"prefix": "a"}, {"prefix_pieces": ("a",)}, {"attention": {0: [1.0, 0.0]}}])
def test_what_one_sentence_begins_with_cannot_be_given_for_several(parts, given):
    with pytest.raises(TextError, match="one sentence only, and these are 2 lines"):
        parts.translate("The cat\nA dog", GREEDY, Constraints(**given))


def test_banned_phrases_stand_in_no_line(translator, config):
    lines = "\n".join(SENTENCES[:3])
    free = translator.translate(lines, config)
    words = tuple(dict.fromkeys(word for s in free.sentences for word in s.best.target.split() if word.isascii()))[:4]
    assert words
    translation = translator.translate(lines, config, Constraints(banned=(*words, "", " ")))
    for sentence in translation.sentences:
        for hypothesis in sentence.hypotheses:
            ids = translator.pieces.ids(hypothesis.target_pieces)
            assert not any(holds(ids, translator.pieces.encode(word)) for word in words)


def test_when_all_is_banned_the_answer_is_empty_or_an_error(speller, config):
    for constraints in (
        Constraints(banned=tuple("abcdefghijklmnopqrstuvwxyz")),
        Constraints(prefix="c", banned=("c",)),
    ):
        try:
            speller.translate("abc", config, constraints)
        except S2SError as error:
            assert str(error)  # noqa: PT017


any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
common_text = st.text("The catou .éà", max_size=20)


@given(prefix=any_text | common_text, method=st.sampled_from(list(METHODS.values())), name=st.sampled_from("pu"))
def test_any_prefix_is_what_the_target_begins_with(parts, unigrams, prefix, method, name):
    translator = {"p": parts, "u": unigrams}[name]
    source = " ".join(SENTENCES[:2])  # long enough for what is spelled in bytes
    translation = translator.translate(source, SearchConfig(**method), Constraints(prefix=prefix))
    assert translation.sentences[0].best.target.startswith(normal(translator, prefix))


@given(
    constraints=st.fixed_dictionaries(
        {
            "prefix": st.text(st.characters(), max_size=6) | st.just(""),
            "prefix_pieces": st.just(()) | st.lists(st.sampled_from(["</s>", "▁", "a", "<0x41>", "?"])).map(tuple),
            "banned": st.lists(st.text(st.characters(), max_size=4), max_size=3).map(tuple),
            "attention": st.just({}) | st.dictionaries(st.integers(-1, 3), st.lists(st.floats(0, 1), max_size=3)),
        }
    ),
    settings=st.fixed_dictionaries({"no_repeat_ngram": st.integers(0, 2), "min_length": st.integers(1, 4)}),
    method=st.sampled_from(list(METHODS.values())),
)
def test_nothing_but_a_clear_error_is_raised(parts, constraints, settings, method):
    try:
        translation = parts.translate("a", SearchConfig(**method, **settings), Constraints(**constraints))
    except S2SError as error:
        assert str(error)  # noqa: PT017
    else:
        assert translation.sentences[0].hypotheses
