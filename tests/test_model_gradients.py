"""What has a gradient of its own: a whole sequence of a GRU, and the score of additive attention."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from s2s.model import additive
from s2s.model.additive import additive_scores
from s2s.model.gru import gru

SIZES = st.integers(1, 5)


def drawn(*shape, kind=torch.float64):
    return torch.randn(*shape, dtype=kind, requires_grad=True)


def gradients(outputs, wanted):
    torch.manual_seed(1)
    return torch.autograd.grad(outputs, wanted, torch.randn_like(outputs))


@given(SIZES, SIZES, SIZES, SIZES)
def test_a_sequence_of_a_gru_and_its_gradients_are_those_of_pytorch(batch, steps, size, units):
    torch.manual_seed(0)
    layer = nn.GRU(size, units, batch_first=True).double()
    inputs, state = drawn(batch, steps, size), drawn(batch, units)
    wanted = [inputs, state, *layer.parameters()]
    expected, outputs = layer(inputs, state[None])[0], gru(inputs, state, layer.all_weights[0])
    torch.testing.assert_close(outputs, expected)
    torch.testing.assert_close(gradients(outputs, wanted), gradients(expected, wanted))


def test_a_gru_in_bfloat16_hardly_differs_and_keeps_its_state_in_float32():
    torch.manual_seed(0)
    layer, inputs, state = nn.GRU(16, 16, batch_first=True), drawn(4, 30, 16, kind=torch.float32), torch.zeros(4, 16)
    wanted = [inputs, *layer.parameters()]
    exact = gru(inputs, state, layer.all_weights[0])
    with torch.autocast("cpu", torch.bfloat16):
        outputs = gru(inputs, state, layer.all_weights[0])
    assert outputs.dtype == torch.float32
    torch.testing.assert_close(outputs, exact, atol=0.02, rtol=0)
    for quick, right in zip(gradients(outputs, wanted), gradients(exact, wanted), strict=True):
        assert quick.dtype == torch.float32
        assert torch.cosine_similarity(quick.flatten(), right.flatten(), dim=0) > 0.999


@pytest.mark.parametrize("at_a_time", [1, 40, 1 << 18])
@given(SIZES, SIZES, SIZES, SIZES)
def test_additive_scores_are_v_tanh_of_the_sum_however_many_are_taken_at_a_time(at_a_time, batch, steps, source, size):
    torch.manual_seed(0)
    wanted = [drawn(batch, steps, size), drawn(batch, source, size), drawn(size)]
    query, keys, vector = wanted
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(additive, "numbers_at_a_time", lambda device, every: at_a_time)
        scores = additive_scores(query, keys, vector)
        found = gradients(scores, wanted)
    expected = torch.tanh(query[:, :, None] + keys[:, None]) @ vector
    torch.testing.assert_close(scores, expected)
    torch.testing.assert_close(found, gradients(expected, wanted))


def test_additive_scores_in_bfloat16_are_summed_in_float32():
    torch.manual_seed(0)
    query, keys, vector = drawn(2, 3, 300), drawn(2, 4, 300), drawn(300)
    quick = [each.detach().to(torch.bfloat16) for each in (query, keys)]
    scores = additive_scores(*quick, vector.detach().float())
    assert scores.dtype == torch.float32
    exact = additive_scores(*(each.double() for each in quick), vector.detach().float().double())
    torch.testing.assert_close(scores.double(), exact, atol=1e-4, rtol=1e-5)
