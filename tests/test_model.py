"""The encoder-decoder: the laws that hold for every cell, attention kind, wiring and shape."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from s2s.config import ModelConfig
from s2s.data import pad
from s2s.errors import S2SError
from s2s.model import Seq2Seq
from s2s.pieces import PADDING
from tests import naive
from tests.tiny import (
    CELLS,
    FIRST_PIECE,
    KINDS,
    SHAPES,
    WIRINGS,
    name_of,
    pad_sources,
    random_rows,
    random_sources,
    states_of,
    step_by_step,
    teacher_forced,
    tiny_model,
)

every_shape = pytest.mark.parametrize("shape", SHAPES, ids=name_of)
# For laws of which a cell knows nothing.
every_gru_shape = pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape["cell"] == "gru"], ids=name_of)
every_kind = pytest.mark.parametrize("kind", KINDS)
every_wiring = pytest.mark.parametrize("wiring", WIRINGS)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def assert_close(one, other, tolerance=1e-5):
    torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance)


def test_every_attention_kind_has_its_formula_here():
    assert set(KINDS) == {"none", *naive.SCORES}


@every_shape
def test_log_probs_and_attention_are_those_of_the_papers_formulas(shape):
    model = tiny_model(**shape).double()
    sources, targets = random_sources(model, 5, 1), random_rows(3, 2, seed=1)
    log_probs, attention = teacher_forced(model, sources, targets)
    for row, (source, target) in enumerate(zip(sources, targets, strict=True)):
        right, right_attention = naive.predict(model, source, target)
        np.testing.assert_allclose(log_probs[row, : len(target)], right, rtol=1e-9, atol=1e-9)
        if shape["attention"] == "none":
            assert attention is right_attention is None
        else:
            found = attention[row, : len(target), : states_of(model, source)]
            np.testing.assert_allclose(found, right_attention, atol=1e-9)


@every_shape
def test_teacher_forced_equals_step_by_step(shape):
    model = tiny_model(**shape)
    sources, targets = random_sources(model, 5, 1, 3), random_rows(4, 3, 2, seed=1)
    log_probs, attention = teacher_forced(model, sources, targets)
    step_log_probs, step_attention = step_by_step(model, sources, targets)
    assert_close(log_probs, step_log_probs)
    if shape["attention"] == "none":
        assert attention is step_attention is None
    else:
        assert_close(attention, step_attention)


@every_shape
def test_padding_changes_nothing(shape):
    model = tiny_model(**shape)
    sources, targets = random_sources(model, 5, 1, 3), random_rows(2, 3, 4, seed=1)
    log_probs, attention = teacher_forced(model, sources, targets)
    for row, (source, target) in enumerate(zip(sources, targets, strict=True)):
        alone, alone_attention = teacher_forced(model, [source], [target])
        assert_close(log_probs[row, : len(target)], alone[0])
        if attention is not None:
            assert_close(attention[row, : len(target), : states_of(model, source)], alone_attention[0])


@every_gru_shape
def test_what_stands_in_the_padding_does_not_matter(shape):
    model = tiny_model(**shape)
    (source, mask), (target, _) = pad_sources(random_sources(model, 5, 1, 3)), pad(random_rows(4, 4, 4, seed=1))
    hidden = ~mask if source.ndim == 2 else ~mask[:, :, None]
    assert torch.equal(model(source, mask, target)[0], model(source.masked_fill(hidden, FIRST_PIECE), mask, target)[0])


@every_gru_shape
def test_attention_rows_sum_to_one_with_no_weight_on_padding(shape):
    model = tiny_model(**shape)
    sources = random_sources(model, 5, 1, 3)
    _, attention = teacher_forced(model, sources, random_rows(6, 6, 6, seed=1))
    if shape["attention"] != "none":
        mask = model.encode(*pad_sources(sources)).mask
        assert attention.shape == (3, 6, states_of(model, sources[0]))
        assert_close(attention.sum(dim=-1), torch.ones(3, 6))
        assert (attention >= 0).all()
        assert (attention.transpose(1, 2)[~mask] == 0).all()


@every_shape
def test_gradients_agree_with_finite_differences_and_reach_every_weight(shape):
    model = tiny_model(**shape, dropout=0.3).double().requires_grad_(True)
    source, mask = pad_sources(random_sources(model, 6, 3))
    target, target_mask = pad(random_rows(2, 3, seed=1))

    def loss():
        log_probs = model.log_probs(*model(source, mask, target, seeded()), source)[target_mask]
        return -log_probs.gather(1, target[target_mask][:, None]).sum()

    parameters = list(model.parameters())
    gradients = torch.autograd.grad(loss(), parameters)
    dead = [name for (name, _), part in zip(model.named_parameters(), gradients, strict=True) if not part.any()]
    assert not dead
    # One random direction moves every weight at once: a wrong gradient of any of them shows.
    directions = [torch.randn(part.shape, generator=seeded(1), dtype=torch.double) for part in parameters]
    width, values = 1e-6, []
    with torch.no_grad():
        for step in (width, -2 * width):
            torch._foreach_add_(parameters, directions, alpha=step)
            values.append(float(loss()))
    slope = sum(float((part * way).sum()) for part, way in zip(gradients, directions, strict=True))
    assert (values[0] - values[1]) / (2 * width) == pytest.approx(slope, rel=1e-5, abs=1e-5)


@every_gru_shape
def test_a_sequence_has_one_dropout_mask_however_long_it_is(shape):
    model = tiny_model(**shape, dropout=0.5)
    drawn = []
    for length in (1, 2, 7):
        generator = seeded()
        source, mask = pad_sources(random_sources(model, length, length))
        model(source, mask, pad(random_rows(length, length))[0], generator)
        drawn.append(generator.get_state())
    assert torch.equal(drawn[0], drawn[1])
    assert torch.equal(drawn[0], drawn[2])


@every_gru_shape
def test_the_generator_alone_decides_what_is_dropped(shape):
    model = tiny_model(**shape, dropout=0.5)
    batch = *pad_sources(random_sources(model, 4, 2)), pad(random_rows(3, 5, seed=1))[0]
    features, again, other, used = (model(*batch, generator)[0] for generator in (seeded(), seeded(), seeded(1), None))
    assert torch.equal(features, again)
    assert not torch.allclose(features, other)
    kept = tiny_model(**shape, dropout=0.0)
    assert torch.equal(used, kept(*batch)[0])
    assert torch.equal(used, kept(*batch, seeded())[0])


@every_wiring
@every_kind
def test_training_mode_changes_nothing(kind, wiring):
    model = tiny_model(attention=kind, wiring=wiring, dropout=0.9)
    batch = random_rows(4, 2), random_rows(3, 5, seed=1)
    assert torch.equal(teacher_forced(model.train(), *batch)[0], teacher_forced(model.eval(), *batch)[0])


@every_wiring
@every_kind
def test_two_threads_at_once_equal_one_after_the_other(kind, wiring):
    model = tiny_model(attention=kind, wiring=wiring, decoder_layers=2)
    requests = [([random_rows(3 + n % 5, seed=n)[0]], [random_rows(6, seed=n + 50)[0]]) for n in range(6)]
    one_by_one = [step_by_step(model, *request)[0] for request in requests]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda request: step_by_step(model, *request)[0], requests))
    assert all(torch.equal(*pair) for pair in zip(one_by_one, together, strict=True))


def side_by_side(kind, wiring, hypotheses):
    """A model, the memory of three sentences, and pieces and states of some hypotheses of each of them."""
    model = tiny_model(attention=kind, wiring=wiring, decoder_layers=2)
    memory = model.encode(*pad(random_rows(5, 3, 4)))
    generator = torch.Generator().manual_seed(1)
    count = 3 * hypotheses
    state = [part.repeat_interleave(hypotheses, 0) for part in model.start(memory)]
    state = tuple(part * torch.rand(count, 1, generator=generator) for part in state)
    return model, memory, torch.randint(FIRST_PIECE, 14, (count,), generator=generator), state


@every_wiring
@every_kind
def test_hypotheses_side_by_side_share_the_memory_of_their_sentence(kind, wiring):
    model, memory, pieces, state = side_by_side(kind, wiring, 4)
    shared = model.step(pieces, state, memory)
    repeated = model.step(pieces, state, memory.select(torch.arange(3).repeat_interleave(4)))
    for part, right in zip((*shared[:2], *shared[2]), (*repeated[:2], *repeated[2]), strict=True):
        assert part is right is None or torch.allclose(part, right, rtol=1e-5, atol=1e-5)


@every_wiring
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "none"])
def test_given_weights_are_used_instead_of_the_model_s_own(kind, wiring):
    model, memory, pieces, state = side_by_side(kind, wiring, 2)
    given = torch.full((6, 5), torch.nan)
    given[3] = torch.tensor([0.0, 1.0, 0.0, 0.0, 0.0])
    own = model.step(pieces, state, memory)
    log_probs, weights, *_ = model.step(pieces, state, memory._replace(given=given))
    assert torch.equal(weights[3], given[3])
    assert not torch.allclose(log_probs[3], own[0][3], atol=1e-3)
    others = [0, 1, 2, 4, 5]
    assert torch.equal(log_probs[others], own[0][others])
    assert torch.equal(weights[others], own[1][others])
    again = model.step(pieces, state, memory._replace(given=own[1]))
    assert torch.allclose(again[0], own[0], rtol=1e-5, atol=1e-6)


@every_wiring
@every_kind
def test_selected_rows_of_memory_and_state_go_on_as_those_sentences_would(kind, wiring):
    model = tiny_model(attention=kind, wiring=wiring, decoder_layers=2)
    sources, rows, pieces = random_rows(4, 4, 4), torch.tensor([2, 0, 2]), torch.tensor([5, 6, 7])
    memory = model.encode(*pad(sources))
    _, _, state, _ = model.step(pieces, model.start(memory), memory)
    chosen = model.step(pieces, tuple(part[rows] for part in state), memory.select(rows))

    alone = model.encode(*pad([sources[row] for row in rows]))
    _, _, state, _ = model.step(pieces[rows], model.start(alone), alone)
    expected = model.step(pieces, state, alone)
    for part, right in zip((*chosen[:2], *chosen[2]), (*expected[:2], *expected[2]), strict=True):
        assert part is right is None or torch.allclose(part, right, rtol=1e-5, atol=1e-5)


@every_wiring
@pytest.mark.parametrize("cell", CELLS)
def test_no_attention_sees_the_fixed_context_alone(cell, wiring):
    model = tiny_model(cell=cell, attention="none", wiring=wiring)
    memory = model.encode(*pad(random_rows(4)))

    def step(memory):
        return model.step(torch.tensor([5]), model.start(memory), memory)[:2]

    log_probs, weights = step(memory)
    assert weights is None
    other_states = memory._replace(states=torch.ones(1, 9, 8), mask=torch.ones(1, 9, dtype=torch.bool))
    assert torch.equal(step(other_states)[0], log_probs)
    assert not torch.allclose(step(memory._replace(last=memory.last + 1))[0], log_probs)


@every_wiring
@every_kind
def test_half_precision_training_keeps_the_weights_of_attention_in_float32(kind, wiring):
    model = tiny_model(attention=kind, wiring=wiring, decoder_layers=2).requires_grad_(True)
    for parameter in model.parameters():
        parameter.data /= 4
    batch = *pad(random_rows(4, 2)), pad(random_rows(3, 5, seed=1))[0]
    with torch.autocast("cpu", torch.bfloat16, cache_enabled=False):
        features, weights = model(*batch)
    right, right_weights = model(*batch)
    assert_close(features.float(), right, tolerance=3e-2)
    if weights is not None:
        assert weights.dtype == torch.float32
        assert_close(weights, right_weights, tolerance=3e-2)
    gradients = torch.autograd.grad(features.float().sum(), list(model.parameters()), allow_unused=True)
    assert all(part.isfinite().all() for part in gradients if part is not None)


def test_source_target_and_output_share_one_table():
    model = tiny_model(vocabulary_size=50)
    names = [name for name, value in model.named_parameters() if 50 in value.shape]
    assert set(names) == {"output_bias", "embedding.weight"}
    assert model.parameter_count() == sum(value.numel() for value in model.state_dict().values())


def test_padding_is_embedded_as_zero_in_a_new_model():
    assert (Seq2Seq(ModelConfig(vocabulary_size=14)).embedding.weight[PADDING] == 0).all()


@pytest.mark.parametrize(
    ("frame_size", "source", "length", "named"),
    [
        (None, torch.zeros(2, 5, 3), 5, r"reads ids \[B, S\].*got float32 \[2, 5, 3\]"),
        (None, torch.zeros(2, 5), 5, r"reads ids \[B, S\].*got float32 \[2, 5\]"),
        (None, torch.zeros(5, dtype=torch.long), 5, r"reads ids \[B, S\].*got int64 \[5\]"),
        (None, torch.zeros(2, 5, dtype=torch.long), 4, r"int64 \[2, 5\] with a mask \[2, 4\]"),
        (3, torch.zeros(2, 5, dtype=torch.long), 5, r"reads frames \[B, S, 3\].*got int64 \[2, 5\]"),
        (3, torch.zeros(2, 5, 4), 5, r"reads frames \[B, S, 3\].*got float32 \[2, 5, 4\]"),
        (3, torch.zeros(2, 5, 3, dtype=torch.long), 5, r"reads frames \[B, S, 3\].*got int64 \[2, 5, 3\]"),
        (3, torch.zeros(2, 5, 3), 4, r"float32 \[2, 5, 3\] with a mask \[2, 4\]"),
    ],
)
def test_a_source_of_the_wrong_kind_is_named(frame_size, source, length, named):
    model = tiny_model(frame_size=frame_size)
    with pytest.raises(S2SError, match=named):
        model.encode(source, torch.ones(2, length, dtype=torch.bool))
