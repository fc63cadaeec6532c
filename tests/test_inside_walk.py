"""A given target, walked step by step: all that the model thinks, and the same numbers as a search has."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.config import SearchConfig
from s2s.errors import TextError
from s2s.inside.walk import NEVER_WRITTEN, divergence, entropy, walk
from s2s.result import END_PIECE
from s2s.translator import Translator
from tests.searches import SHAPES, named, stepped
from tests.tiny import save_tiny

SOURCE = "We ate bread and cheese in Paris."
distributions = st.lists(st.floats(-20, 0), min_size=2, max_size=9).map(
    lambda scores: np.array(scores) - np.log(np.exp(scores).sum())
)


@pytest.fixture(params=SHAPES, ids=named)
def translator(request, tmp_path, word_pieces, description):
    return Translator.load(save_tiny(tmp_path / "tiny", word_pieces, description, **request.param), "cpu", "torch")


@pytest.fixture(scope="module", params=["torch", "onnx"])
def engine(request, tiny_checkpoint):
    return Translator.load(tiny_checkpoint, "cpu", request.param)


def target_pieces(translator, **changes):
    return translator.translate(SOURCE, SearchConfig(**changes)).sentences[0].best.target_pieces


def test_a_walk_is_the_model_step_by_step(translator):
    pieces = translator.pieces
    target = target_pieces(translator)
    found = walk(translator, SOURCE, target)
    log_probs, attention = stepped(translator.model, pieces.encode(SOURCE), pieces.ids(target))
    np.testing.assert_allclose(found.log_probs, log_probs, atol=1e-5)
    assert found.tokens.tolist() == pieces.ids(target)
    assert (found.attention is None) == (attention is None)
    if attention is not None:
        np.testing.assert_allclose(found.attention, attention, atol=1e-6)
    assert found.encoder_states.shape == (len(pieces.encode(SOURCE)), translator.model.config.hidden_size)
    assert found.decoder_states.shape == (len(target), translator.model.config.hidden_size)


def test_a_walk_has_the_numbers_of_a_search(engine):
    best = engine.translate(SOURCE).sentences[0].best
    found = walk(engine, SOURCE, best.target_pieces)
    written = np.take_along_axis(found.log_probs, found.tokens[:, None], axis=1)[:, 0]
    np.testing.assert_allclose(written, best.log_probs, atol=1e-5)
    np.testing.assert_allclose(found.attention, best.attention, atol=1e-5)


def test_given_weights_are_used_at_their_step(engine):
    target = target_pieces(engine)
    length = len(engine.pieces.encode(SOURCE))
    row = [0.0] * (length - 1) + [1.0]
    own, given_one = walk(engine, SOURCE, target), walk(engine, SOURCE, target, {1: row})
    assert given_one.attention[1].tolist() == row
    np.testing.assert_allclose(given_one.attention[0], own.attention[0], atol=1e-6)
    np.testing.assert_allclose(given_one.log_probs[0], own.log_probs[0], atol=1e-5)
    assert not np.allclose(given_one.log_probs[1], own.log_probs[1], atol=1e-3)


def test_ranks_surprisals_and_margins_are_read_from_the_distribution(engine):
    found = walk(engine, SOURCE, target_pieces(engine, beam_size=1))
    assert set(found.ranks[1:]) <= {1}  # greedy search takes the likeliest, but no end at once
    for step, token in enumerate(found.tokens):
        order = [place for place in np.argsort(-found.log_probs[step]) if place not in NEVER_WRITTEN]
        assert found.ranks[step] == order.index(token) + 1
        assert found.surprisals[step] == pytest.approx(-np.log2(np.exp(found.log_probs[step, token])), rel=1e-5)
        first, second = np.exp(found.log_probs[step, order[:2]])
        assert found.margins[step] == pytest.approx(first - second, abs=1e-6)
    np.testing.assert_allclose(found.entropies, entropy(found.log_probs))


def test_a_target_needs_a_piece_that_the_model_knows(engine):
    with pytest.raises(TextError, match="nothing to write"):
        walk(engine, SOURCE, [])
    with pytest.raises(TextError, match="no piece 'blorf'"):
        walk(engine, SOURCE, ["blorf"])
    with pytest.raises(TextError, match="ends a target"):
        walk(engine, SOURCE, [END_PIECE, END_PIECE])


@given(distributions)
def test_entropy_lies_between_certainty_and_all_alike(log_probs):
    assert -1e-9 <= entropy(log_probs) <= np.log2(len(log_probs)) + 1e-9


def test_entropy_and_divergence_of_known_distributions():
    half, quarter = np.log([0.5, 0.5]), np.log([0.25, 0.75])
    assert entropy(half) == pytest.approx(1)
    assert entropy(np.log([0.25] * 4)) == pytest.approx(2)
    assert divergence(half, quarter) == pytest.approx(0.5 * np.log2(2) + 0.5 * np.log2(2 / 3))
    assert divergence(half, half) == 0


@given(
    st.integers(2, 9).flatmap(lambda size: st.tuples(*[st.lists(st.floats(-20, 0), min_size=size, max_size=size)] * 2))
)
def test_a_divergence_is_never_below_zero(pair):
    one, other = (np.array(scores) - np.log(np.exp(scores).sum()) for scores in pair)
    assert divergence(one, other) >= 0
    assert divergence(one, one) == 0
