"""A translation of your own: what the model thinks of it, piece by piece; and the states on the way."""

import numpy as np
import pytest

from s2s.config import SearchConfig
from s2s.errors import TextError
from s2s.inside.alternatives import options
from s2s.inside.judgement import judge
from s2s.inside.states import project, state_paths
from s2s.inside.walk import walk
from s2s.models import EMBEDDED
from s2s.translator import Translator

SOURCE, TARGET = "We ate bread and cheese in Paris.", "Le chat dort sur la vieille chaise."


@pytest.fixture(scope="module", params=["torch", "onnx"])
def translator(request, tiny_checkpoint):
    return Translator.load(tiny_checkpoint, "cpu", request.param)


def test_surprisal_and_rank_are_those_of_the_forced_pieces(translator):
    found = judge(translator, SOURCE, TARGET)
    best = found.sentence.best
    assert best.target == TARGET
    assert sum(found.surprisals_bits) == pytest.approx(-sum(best.log_probs) / np.log(2), rel=1e-4)
    for step, alternatives in enumerate(best.alternatives):
        if found.ranks[step] <= len(alternatives) and step:
            assert alternatives[found.ranks[step] - 1].piece == best.target_pieces[step]
    np.testing.assert_allclose(best.attention.sum(axis=1), 1, atol=1e-5)


def test_the_first_place_where_the_model_would_have_said_something_else(translator):
    found = judge(translator, SOURCE, TARGET)
    pieces = found.sentence.best.target_pieces
    assert found.ranks[: found.parting] == (1,) * found.parting
    assert found.ranks[found.parting] > 1
    assert found.preferred == options(translator, SOURCE, pieces[: found.parting])[0]
    assert found.preferred.piece != pieces[found.parting]


def test_the_models_own_greedy_translation_is_what_it_would_have_said():
    speller = Translator.load(EMBEDDED / "reverse-tiny", "cpu")
    assert speller.translate("attention", SearchConfig(beam_size=1)).target == "noitnetta"
    found = judge(speller, "attention", "noitnetta")
    assert (found.parting, found.preferred) == (None, None)
    assert set(found.ranks) == {1}
    found = judge(speller, "attention", "noitnexxa")
    assert (found.parting, found.preferred.piece) == (6, "t")


def test_an_empty_translation_is_refused(translator):
    with pytest.raises(TextError, match="There is no text"):
        judge(translator, SOURCE, "  ")
    with pytest.raises(TextError, match="one sentence only"):
        judge(translator, "A dog.\nA cat.", TARGET)


def test_a_projection_keeps_what_lies_in_a_plane():
    angles = np.linspace(0, 5, 9)
    flat = np.stack([3 * np.cos(angles), np.sin(angles)], axis=1)
    space = np.linalg.qr(np.random.default_rng(1).normal(size=(7, 7)))[0][:2]
    found = project((flat @ space + 2).astype(np.float32))
    distances = [np.linalg.norm(points[:, None] - points[None], axis=2) for points in (flat, found.points)]
    np.testing.assert_allclose(*distances, atol=1e-5)
    assert sum(found.shares) == pytest.approx(1)
    assert found.shares[0] > found.shares[1]
    np.testing.assert_allclose(found.points.mean(axis=0), 0, atol=1e-6)


def test_the_sign_of_a_projection_does_not_depend_on_chance():
    states = np.random.default_rng(2).normal(size=(6, 4))
    np.testing.assert_allclose(project(states).points, project(-states).points)
    assert (
        np.take_along_axis(project(states).points, np.abs(project(states).points).argmax(axis=0)[None], 0) > 0
    ).all()


@pytest.mark.parametrize("count", [1, 2])
def test_a_few_states_are_projected_too(count):
    found = project(np.eye(5)[:count])
    assert found.points.shape == (count, 2)
    assert np.isfinite(found.points).all()
    assert found.shares == pytest.approx((count - 1, 0))


def test_there_is_one_point_a_piece(translator):
    best = translator.translate(SOURCE).sentences[0].best
    encoder, decoder = state_paths(walk(translator, SOURCE, best.target_pieces))
    assert len(encoder.points) == len(translator.pieces.encode(SOURCE))
    assert len(decoder.points) == len(best.target_pieces)
