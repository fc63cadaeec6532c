"""Attention after a piece is known: Bayes' rule over the source positions."""

import numpy as np
import pytest
import torch

from s2s.data import pad
from s2s.posterior import posterior_attention
from tests import naive
from tests.tiny import SHAPES, name_of, pad_sources, random_rows, random_sources, states_of, teacher_forced, tiny_model

every_looking_gru = pytest.mark.parametrize(
    "shape", [each for each in SHAPES if each["cell"] == "gru" and each["attention"] != "none"], ids=name_of
)


def posterior_of(model, sources, targets):
    return posterior_attention(model, *pad_sources(sources), pad(targets)[0])


@every_looking_gru
def test_it_is_bayes_rule(shape):
    model = tiny_model(**shape).double()
    sources, targets = random_sources(model, 5, 1), random_rows(3, 2, seed=1)
    found = posterior_of(model, sources, targets)
    for row, (source, target) in enumerate(zip(sources, targets, strict=True)):
        right = naive.posterior(model, source, target)
        np.testing.assert_allclose(found[row, : len(target), : states_of(model, source)], right, atol=1e-5)


@every_looking_gru
def test_rows_sum_to_one_with_no_weight_on_padding(shape):
    model = tiny_model(**shape)
    sources = random_sources(model, 5, 1, 3)
    found = posterior_of(model, sources, random_rows(4, 3, 2, seed=1))
    torch.testing.assert_close(found.sum(dim=-1), torch.ones(found.shape[:2]))
    for row, source in enumerate(sources):
        assert (found[row, :, states_of(model, source) :] == 0).all()


@pytest.mark.parametrize("rows", [1, 7])
def test_how_many_are_taken_at_once_changes_nothing(monkeypatch, rows):
    model = tiny_model(attention="bahdanau")
    batch = random_rows(5, 1, 3), random_rows(4, 3, 2, seed=1)
    whole = posterior_of(model, *batch)
    monkeypatch.setattr("s2s.posterior.ROWS", rows)
    torch.testing.assert_close(posterior_of(model, *batch), whole)


def test_where_the_context_says_nothing_it_is_the_attention():
    model = tiny_model(attention="luong-general", wiring="stacked", decoder_layers=1)
    model.decoder.combine.weight[:, model.config.hidden_size :] = 0  # features = tanh(W [o; c]) without c
    batch = random_rows(5, 4), random_rows(4, 4, seed=1)
    torch.testing.assert_close(posterior_of(model, *batch), teacher_forced(model, *batch)[1])
