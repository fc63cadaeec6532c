"""Scheduled sampling: right pieces and the model's own, mixed as asked for."""

import itertools

import pytest
import torch

from s2s.data import pad
from tests.test_model import assert_close, every_kind, every_shape, every_wiring, seeded
from tests.tiny import FIRST_PIECE, pad_sources, random_rows, random_sources, tiny_model

OWN = 7
"""The piece that a `sure` model writes whatever it reads."""


def sure(**shape):
    model = tiny_model(**shape)
    model.output_bias[OWN] = 1e3
    return model


@every_shape
def test_with_right_pieces_alone_it_is_teacher_forcing(shape):
    model = tiny_model(**shape, dropout=0.4)
    batch = *pad_sources(random_sources(model, 5, 1, 3)), pad(random_rows(4, 3, 2, seed=1))[0]
    for right, found in zip(model(*batch, seeded()), model.free_running(*batch, 1.0, seeded()), strict=True):
        assert right is found is None or torch.allclose(found, right, rtol=1e-5, atol=1e-5)


@every_kind
@every_wiring
def test_without_right_pieces_it_reads_what_it_wrote(kind, wiring):
    model = sure(attention=kind, wiring=wiring, dropout=0.4)
    source, mask = pad(random_rows(5, 1, 3))
    target, written = torch.full((3, 6), FIRST_PIECE), torch.full((3, 6), OWN)
    for right, found in zip(
        model(source, mask, written, seeded()), model.free_running(source, mask, target, 0.0, seeded()), strict=True
    ):
        assert right is found is None or torch.allclose(found, right, rtol=1e-5, atol=1e-5)


@every_kind
@every_wiring
def test_gradients_are_those_of_the_sequence_that_was_fed(kind, wiring):
    model = sure(attention=kind, wiring=wiring).requires_grad_(True)
    source, mask = pad(random_rows(5, 3))
    parameters = [part for name, part in model.named_parameters() if name != "output_bias"]
    fed, _ = model(source, mask, torch.full((2, 4), OWN))
    ran, _ = model.free_running(source, mask, torch.full((2, 4), FIRST_PIECE), 0.0, seeded())
    for one, other in zip(
        *(torch.autograd.grad(features.square().sum(), parameters) for features in (ran, fed)), strict=True
    ):
        assert_close(one, other, tolerance=1e-4)


@pytest.mark.parametrize("gold_share", [0.3, 0.8])
def test_each_row_and_step_gets_the_right_piece_with_the_given_probability(gold_share):
    model, rows = sure(wiring="input-feeding"), 2000
    source, mask = pad(random_rows(5))
    right = random_rows(4, seed=1)[0]
    assert OWN not in right
    batch = source.expand(rows, -1), mask.expand(rows, -1), torch.tensor([right]).expand(rows, -1)
    features, _ = model.free_running(*batch, gold_share, seeded())
    for own in itertools.product([True, False], repeat=3):  # what was fed after the first step
        fed = [OWN if mine else piece for mine, piece in zip(own, right, strict=False)] + right[3:]
        expected, _ = model(source, mask, torch.tensor([fed]))
        found = torch.isclose(features, expected, rtol=1e-4, atol=1e-5).all(dim=-1).all(dim=-1)
        probability = torch.tensor([1 - gold_share if mine else gold_share for mine in own]).prod()
        assert float(found.float().mean()) == pytest.approx(float(probability), abs=0.03)


def test_own_pieces_are_drawn_from_the_model_s_distribution():
    model, rows = tiny_model(), 4000
    model.output_bias /= 2
    source, mask = pad(random_rows(5))
    first, _ = model(source, mask, torch.tensor([[FIRST_PIECE]]))
    probabilities = model.logits(first[0, 0]).softmax(dim=-1)
    target = torch.full((rows, 2), FIRST_PIECE)
    features, _ = model.free_running(source.expand(rows, -1), mask.expand(rows, -1), target, 0.0, seeded())
    for piece, probability in enumerate(probabilities):
        expected, _ = model(source, mask, torch.tensor([[piece, FIRST_PIECE]]))
        found = torch.isclose(features[:, 1], expected[:, 1], rtol=1e-4, atol=1e-5).all(dim=-1)
        assert float(found.float().mean()) == pytest.approx(float(probability), abs=0.03)
    assert int((probabilities > 0.05).sum()) > 2  # else nothing was seen


def test_the_same_generator_draws_the_same():
    model = tiny_model(dropout=0.3)
    batch = *pad(random_rows(5, 3)), pad(random_rows(6, 4, seed=1))[0]
    features, again, other = (model.free_running(*batch, 0.5, seeded(seed))[0] for seed in (0, 0, 1))
    assert torch.equal(features, again)
    assert not torch.allclose(features, other)
