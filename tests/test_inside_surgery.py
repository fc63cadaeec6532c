"""Attention surgery: the operations are what they say, and the model goes on with the weights that it was given."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.errors import ConfigError
from s2s.inside.branches import Turn, grow, plant
from s2s.inside.surgery import DIGITS, effect, operation, set_weight, sharpen, shift, swap, uniform, without
from s2s.translator import Translator
from tests.searches import SHAPES, named, stepped
from tests.tiny import save_tiny

SOURCE = "We ate bread and cheese in Paris."
STEP = 1

rows = st.lists(st.floats(1e-6, 1), min_size=2, max_size=9).map(lambda row: np.array(row) / sum(row))


def is_row(row):
    return (row >= 0).all() and row.sum() == pytest.approx(1)


@pytest.fixture(scope="module", params=["torch", "onnx"])
def translator(request, tiny_checkpoint):
    return Translator.load(tiny_checkpoint, "cpu", request.param)


@pytest.fixture(scope="module")
def planted(translator):
    return plant(translator.translate(SOURCE))


def changed_at(branches, step, row):
    changed = branches[0].sentence.best.attention.astype(float)
    changed[step] = row
    return changed


@given(rows, st.floats(0, 1), st.data())
def test_a_cell_gets_its_weight_and_the_others_share_the_rest(row, weight, data):
    position = data.draw(st.integers(0, len(row) - 1))
    found = set_weight(row, position, weight)
    assert is_row(found)
    assert found[position] == pytest.approx(weight)
    others = np.delete(row, position)
    np.testing.assert_allclose(np.delete(found, position), others / others.sum() * (1 - weight), atol=1e-9)


def test_a_cell_with_all_the_weight_leaves_the_rest_evenly():
    assert set_weight(np.array([1.0, 0.0, 0.0]), 0, 0.4).tolist() == pytest.approx([0.4, 0.3, 0.3])
    assert set_weight(np.array([1.0]), 0, 0.4).tolist() == [1]


@given(rows, st.floats(0.1, 10))
def test_sharpening_is_a_softmax_at_another_temperature(row, temperature):
    exponents = np.exp(np.log(row) / temperature - np.log(row).max() / temperature)
    np.testing.assert_allclose(sharpen(row, temperature), exponents / exponents.sum(), atol=1e-9)
    np.testing.assert_allclose(sharpen(row, 1), row, atol=1e-9)
    assert is_row(sharpen(row, temperature))


def test_a_low_temperature_sharpens_and_a_high_one_flattens():
    row = np.array([0.5, 0.3, 0.2])
    assert sharpen(row, 0.1).max() > 0.9
    assert np.ptp(sharpen(row, 10)) < 0.05
    assert sharpen(np.array([1.0, 1e-40]), 0.1).tolist() == [1, 0]


@given(rows, st.integers(-12, 12))
def test_shifting_turns_a_row_round(row, positions):
    assert shift(row, positions)[(2 + positions) % len(row)] == row[2 % len(row)]
    assert (shift(shift(row, positions), -positions) == row).all()


@given(rows, st.data())
def test_without_a_word_the_others_have_all_the_weight(row, data):
    positions = data.draw(st.sets(st.integers(0, len(row) - 1), max_size=len(row) - 1))
    found = without(row, sorted(positions))
    assert is_row(found)
    assert not found[sorted(positions)].any()
    kept = [place for place in range(len(row)) if place not in positions]
    np.testing.assert_allclose(found[kept], row[kept] / row[kept].sum())


def test_uniform_weights_are_all_alike_and_swapped_rows_change_places():
    weights = np.array([[0.7, 0.3], [0.2, 0.8], [0.5, 0.5]])
    assert (uniform(weights) == 0.5).all()
    assert swap(weights, 0, 1).tolist() == [[0.2, 0.8], [0.7, 0.3], [0.5, 0.5]]
    assert weights[0].tolist() == [0.7, 0.3]  # nothing is changed in place


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda row: set_weight(row, 0, 1.5), "a share from 0 to 1, got 1.5"),
        (lambda row: set_weight(row, 0, float("nan")), "a share from 0 to 1, got nan"),
        (lambda row: sharpen(row, 0.05), "must be in 0.1 … 10, got 0.05"),
        (lambda row: sharpen(row, float("nan")), "must be in 0.1 … 10, got nan"),
        (lambda row: without(row, [0, 1]), "nothing is left"),
    ],
)
def test_an_operation_that_makes_no_weights_is_refused(wrong, said):
    with pytest.raises(ConfigError, match=said):
        wrong(np.array([0.4, 0.6]))


def test_the_model_goes_on_with_the_weights_that_it_was_given(translator, planted):
    changed = planted[0].sentence.best.attention.astype(float)
    changed[STEP:] = uniform(changed[STEP:])
    turn = operation(planted, 0, changed)
    assert turn.step == STEP
    assert sorted(turn.attention) == list(range(STEP, len(changed)))
    grown = grow(translator, planted, turn)
    before, after = (branch.sentence.best for branch in grown.branches)
    assert after.target_pieces[:STEP] == before.target_pieces[:STEP]
    np.testing.assert_allclose(after.attention[:STEP], before.attention[:STEP], atol=1e-5)
    common = min(len(changed), len(after.attention))
    np.testing.assert_allclose(after.attention[STEP:common], changed[STEP:common], atol=10.0**-DIGITS)


def test_what_comes_back_after_surgery_is_the_original_piece_by_piece(translator, planted):
    changed = uniform(planted[0].sentence.best.attention.astype(float))
    grown = grow(translator, planted, operation(planted, 0, changed))
    assert grown[0].sentence.best == translator.translate(SOURCE).sentences[0].best


def test_the_divergence_is_that_of_the_whole_distributions(translator, planted):
    row = np.zeros(len(planted[0].sentence.source_pieces))
    row[-1] = 1
    grown = grow(translator, planted, operation(planted, 0, changed_at(planted, STEP, row)))
    found = effect(translator, grown, 1)
    source, target = (
        translator.pieces.ids(pieces)
        for pieces in (grown[1].sentence.source_pieces, grown[1].sentence.best.target_pieces[: STEP + 1])
    )
    own, given_one = (
        stepped(translator.model, source, target, given)[0][STEP].double()
        for given in (None, {STEP: row.astype(np.float32)})
    )
    expected = (own.exp() * (own - given_one)).sum() / np.log(2)
    tolerance = 1e-4 if translator.engine is translator.model else 0.05  # the engine onnx rounds to 8 bits
    assert found.step == STEP
    assert found.divergence_bits == pytest.approx(float(expected), abs=tolerance)
    assert found.divergence_bits > 0
    assert found.after != found.before
    assert [item.log_prob for item in found.after] == sorted((item.log_prob for item in found.after), reverse=True)


@pytest.mark.parametrize("shape", SHAPES, ids=named)
def test_every_kind_of_attention_can_be_operated_on(shape, tmp_path, word_pieces, description):
    translator = Translator.load(save_tiny(tmp_path / "tiny", word_pieces, description, **shape), "cpu", "torch")
    planted = plant(translator.translate(SOURCE))
    if shape["attention"] == "none":
        with pytest.raises(ConfigError, match="no attention"):
            operation(planted, 0, np.ones((1, 1)))
        return
    changed = shift(planted[0].sentence.best.attention.astype(float))
    grown = grow(translator, planted, operation(planted, 0, changed))
    assert effect(translator, grown, 1).divergence_bits > 0


def test_weights_that_change_nothing_are_refused(planted):
    own = planted[0].sentence.best.attention
    with pytest.raises(ConfigError, match="those that the model used"):
        operation(planted, 0, own)
    with pytest.raises(ConfigError, match="Expected weights of"):
        operation(planted, 0, own[:, 1:])


def test_the_models_own_translation_has_no_effect(translator, planted):
    with pytest.raises(ConfigError, match="nothing to be compared with"):
        effect(translator, planted, 0)


def test_a_second_operation_is_compared_with_the_first(translator, planted):
    grown = grow(
        translator,
        planted,
        operation(planted, 0, changed_at(planted, 0, uniform(planted[0].sentence.best.attention[0]))),
    )
    first = grown[1].sentence.best.attention.astype(float)
    last = len(first) - 1
    first[last] = shift(first[last])
    grown = grow(translator, grown, operation(grown, 1, first))
    assert grown[2].turn == Turn(parent=1, step=last, attention=grown[2].turn.attention)
    assert sorted(grown.given(2)) == [0, last]
    assert grown[2].sentence.best.attention[0].tolist() == pytest.approx(grown[1].sentence.best.attention[0].tolist())
    assert effect(translator, grown, 2).step == last
