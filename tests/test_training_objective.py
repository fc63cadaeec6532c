"""What is made small, against plain loops; and what changes from update to update."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from s2s.data import Batch, pad
from s2s.recipe_sections import TrainingConfig
from s2s.training import loss as loss_module
from s2s.training.loss import Copying, smoothed_cross_entropy
from s2s.training.objective import objective
from s2s.training.schedule import forcing_share, learning_rate_factor
from tests.tiny import random_rows, teacher_forced, tiny_model

SOURCES, TARGETS = random_rows(4, 2, 3), random_rows(3, 5, 1, seed=1)


def batch_of(sources, targets, links=None):
    return Batch(*pad(sources), *pad(targets), links)


def dice(seed=0):
    return torch.Generator().manual_seed(seed)


BATCH = batch_of(SOURCES, TARGETS)

# --- cross-entropy ---


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_smoothed_loss_is_the_cross_entropy_with_the_smoothed_target(smoothing):
    model = tiny_model()
    log_probs, _ = teacher_forced(model, SOURCES, TARGETS)
    expected = 0.0
    for rows, target in zip(log_probs.numpy(), TARGETS, strict=True):
        for step, piece in enumerate(target):
            wanted = np.full(14, smoothing / 14)
            wanted[piece] += 1 - smoothing
            expected -= float(wanted @ rows[step])
    loss = objective(model, BATCH, None, label_smoothing=smoothing)
    assert float(loss) == pytest.approx(expected, rel=1e-5)


def test_the_loss_of_a_batch_is_the_sum_of_those_of_its_pairs():
    model = tiny_model()
    alone = [
        float(objective(model, batch_of([source], [target]), None, label_smoothing=0.1))
        for source, target in zip(SOURCES, TARGETS, strict=True)
    ]
    together = objective(model, BATCH, None, label_smoothing=0.1)
    assert float(together) == pytest.approx(sum(alone), rel=1e-5)


@pytest.mark.parametrize("copying", [False, True])
def test_loss_and_gradients_are_the_same_however_many_rows_are_taken_at_a_time(monkeypatch, copying):
    torch.manual_seed(0)
    parts = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in [(11, 4), (9, 4), (9,)]]
    right, copied = torch.arange(11) % 9, None
    if copying:
        copied = Copying(torch.randn(11, dtype=torch.float64, requires_grad=True), torch.rand(11, dtype=torch.float64))
        parts.append(copied.gate)
    found = []
    for rows, numbers in [(1024, 10**6), (5, 10**6), (1024, 20), (5, 1)]:
        monkeypatch.setattr(loss_module, "ROWS", rows)
        monkeypatch.setattr(loss_module, "numbers_at_a_time", lambda device, every, numbers=numbers: numbers)
        loss = smoothed_cross_entropy(*parts[:3], right, 0.1, copied)
        found.append((loss.detach(), *torch.autograd.grad(loss, parts)))
    for other in found[1:]:
        torch.testing.assert_close(other, found[0])


def test_the_way_back_is_gone_once():
    features, weight, bias = (torch.randn(shape, requires_grad=True) for shape in [(3, 4), (9, 4), (9,)])
    loss = smoothed_cross_entropy(features, weight, bias, torch.tensor([0, 8, 3]), 0.1)
    torch.autograd.grad(loss, [features], retain_graph=True)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        torch.autograd.grad(loss, [features])


def test_bfloat16_gives_nearly_the_same_loss_in_float32():
    model = tiny_model()
    loss = objective(model, BATCH, None, number_format=torch.bfloat16)
    assert loss.dtype == torch.float32
    assert float(loss) == pytest.approx(float(objective(model, BATCH, None)), rel=0.02)


numbers = st.integers(1, 9)


@given(rows=numbers, width=numbers, pieces=numbers, smoothing=st.sampled_from([0.0, 0.1, 0.9]), block=numbers)
def test_the_fused_loss_and_its_gradients_are_those_of_the_plain_chain(rows, width, pieces, smoothing, block):
    generator = dice()
    parts = [torch.randn(*shape, generator=generator) * 3 for shape in ((rows, width), (pieces, width), (pieces,))]
    right = torch.randint(pieces, (rows,), generator=generator)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loss_module, "ROWS", block)
        found = [part.double().requires_grad_() for part in parts]
        loss = smoothed_cross_entropy(*found, right, smoothing)
        gradients = torch.autograd.grad(loss * 2.5, found)
    plain = [part.double().requires_grad_() for part in parts]
    expected = functional.cross_entropy(functional.linear(*plain), right, label_smoothing=smoothing, reduction="sum")
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(gradients, torch.autograd.grad(expected * 2.5, plain))


@given(rows=numbers, width=numbers, pieces=numbers, smoothing=st.sampled_from([0.0, 0.1, 0.9]), block=numbers)
def test_the_fused_loss_of_a_model_that_copies_is_that_of_the_plain_chain(rows, width, pieces, smoothing, block):
    generator = dice()
    shapes = (rows, width), (pieces, width), (pieces,), (rows,)
    parts = [torch.randn(*shape, generator=generator) for shape in shapes]
    copied = torch.rand(rows, generator=generator) * (torch.arange(rows) % 3 > 0)  # every third is not in the source
    parts = [part.double().requires_grad_() for part in (*parts, copied)]
    right = torch.randint(pieces, (rows,), generator=generator)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loss_module, "ROWS", block)
        loss = smoothed_cross_entropy(*parts[:3], right, smoothing, Copying(*parts[3:]))
    log_probs = functional.linear(*parts[:3]).log_softmax(dim=-1)
    share, vocabulary = parts[3].sigmoid(), log_probs.gather(1, right[:, None]).squeeze(1).exp()
    mixed = share * vocabulary + (1 - share) * parts[4]
    expected = -((1 - smoothing) * mixed.log() + smoothing * log_probs.mean(dim=1)).sum()
    torch.testing.assert_close(loss, expected, rtol=1e-9, atol=1e-9)
    for found, wanted in zip(torch.autograd.grad(loss, parts), torch.autograd.grad(expected, parts), strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("wiring", ["stacked", "input-feeding"])
@pytest.mark.parametrize("coverage", [False, True])
def test_the_loss_of_a_model_that_copies_is_that_of_its_distribution(wiring, coverage):
    model = tiny_model(attention="bahdanau", wiring=wiring, copy=True, coverage=coverage)
    log_probs, _ = teacher_forced(model, SOURCES, TARGETS)
    expected = -sum(float(rows[range(len(row)), row].sum()) for rows, row in zip(log_probs, TARGETS, strict=True))
    assert float(objective(model, BATCH, None)) == pytest.approx(expected, rel=1e-5)


def test_the_coverage_loss_is_what_is_looked_at_twice():
    model = tiny_model(attention="bahdanau", coverage=True)
    _, attention = teacher_forced(model, SOURCES, TARGETS)
    twice = 0.0
    for rows, source, target in zip(attention.double().numpy(), SOURCES, TARGETS, strict=True):
        covered = np.zeros(len(source))
        for weights in rows[: len(target), : len(source)]:
            twice += np.minimum(weights, covered).sum()
            covered += weights
    plain = float(objective(model, BATCH, None))
    assert float(objective(model, BATCH, None, coverage_loss=0.3)) == pytest.approx(plain + 0.3 * twice)
    assert float(objective(tiny_model(attention="none"), BATCH, None, coverage_loss=0.3)) > 0


def test_a_large_gate_and_what_is_nowhere_give_finite_losses():
    for gate in (-200.0, 200.0):
        parts = [torch.zeros(1, 2), torch.zeros(3, 2), torch.tensor([0.0, -500.0, 0.0]), torch.tensor([gate])]
        parts = [part.requires_grad_() for part in (*parts, torch.zeros(1))]
        loss = smoothed_cross_entropy(*parts[:3], torch.tensor([1]), 0.1, Copying(*parts[3:]))
        assert all(bool(part.isfinite().all()) for part in (loss, *torch.autograd.grad(loss, parts)))


def test_the_fused_loss_takes_large_scores_and_no_rows():
    weight, bias = torch.eye(3) * 1e4, torch.zeros(3)
    loss = smoothed_cross_entropy(torch.eye(3), weight, bias, torch.tensor([0, 1, 0]), 0.0)
    assert float(loss) == pytest.approx(1e4)
    assert float(smoothed_cross_entropy(torch.empty(0, 3), weight, bias, torch.empty(0, dtype=torch.long), 0.1)) == 0


# --- guided attention ---


LINKS = torch.zeros(3, 5, 4)
for place in [(0, 0, 1), (0, 1, 0), (0, 1, 3), (2, 0, 2)]:  # the second pair has none
    LINKS[place] = 1.0
LINKS /= LINKS.sum(dim=-1, keepdim=True).clamp(min=1)


def guided_term(model, links, **options):
    with_links = batch_of(SOURCES, TARGETS, links)
    plain = objective(model, BATCH, None)
    return float((objective(model, with_links, None, **options) - plain).detach())


@pytest.mark.parametrize("weight", [0.3, 2.0])
def test_the_guided_term_is_the_cross_entropy_between_links_and_attention(weight):
    model = tiny_model()
    _, attention = teacher_forced(model, SOURCES, TARGETS)
    expected = 0.0
    for row in range(3):
        for step in range(len(TARGETS[row])):
            for position in range(len(SOURCES[row])):
                link = float(LINKS[row, step, position])
                if link > 0:
                    expected -= link * np.log(float(attention[row, step, position]))
    assert expected > 0.5
    assert guided_term(model, LINKS, guided_attention=weight) == pytest.approx(weight * expected, rel=1e-4)


def test_rows_without_links_add_nothing():
    model = tiny_model().requires_grad_(True)
    assert guided_term(model, torch.zeros_like(LINKS), guided_attention=5.0) == 0
    assert guided_term(model, None, guided_attention=5.0) == 0
    assert guided_term(model, LINKS, guided_attention=0.0) == 0

    def gradient(batch, weight):
        loss = objective(model, batch, None, guided_attention=weight)
        return torch.autograd.grad(loss, model.embedding.weight)[0]

    unlinked = batch_of(SOURCES, TARGETS, torch.zeros_like(LINKS))
    assert torch.equal(gradient(unlinked, 5.0), gradient(BATCH, 0.0))
    assert gradient(batch_of(SOURCES, TARGETS, LINKS), 5.0).isfinite().all()


def test_a_link_to_where_no_attention_is_gives_a_finite_loss():
    links = torch.zeros(3, 5, 4)
    links[1, 0, 3] = 1.0  # the second source ends before
    model = tiny_model().requires_grad_(True)
    loss = objective(model, batch_of(SOURCES, TARGETS, links), None, guided_attention=1.0)
    assert loss.isfinite()
    assert all(gradient.isfinite().all() for gradient in torch.autograd.grad(loss, list(model.parameters())))


def test_attention_moves_to_its_links():
    model = tiny_model(seed=3).requires_grad_(True)
    batch = batch_of(SOURCES, TARGETS, LINKS)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)

    def on_the_links():
        with torch.no_grad():
            return float((teacher_forced(model, SOURCES, TARGETS)[1] * LINKS).sum() / LINKS.sum())

    before = on_the_links()
    for _ in range(40):
        optimizer.zero_grad()
        objective(model, batch, None, guided_attention=3.0).backward()
        optimizer.step()
    assert on_the_links() > max(0.4, before + 0.1)


def test_a_model_without_attention_has_nothing_to_guide():
    assert guided_term(tiny_model(attention="none"), LINKS, guided_attention=5.0) == 0


# --- scheduled sampling ---


def sampled(model, seed=0, **options):
    return float(objective(model, BATCH, dice(seed), **options))


def test_a_share_below_one_feeds_the_model_its_own_pieces_drawn_from_the_generator():
    model = tiny_model()
    right = sampled(model, forcing_share=1.0)
    assert sampled(model, seed=5, forcing_share=1.0) == right  # no dropout: nothing is drawn
    losses = [sampled(model, seed, forcing_share=0.0) for seed in range(8)]
    assert losses == [sampled(model, seed, forcing_share=0.0) for seed in range(8)]
    assert len(set(losses)) > 1
    assert right not in losses
    assert np.isfinite(losses).all()


def test_validation_is_always_fed_the_right_pieces():
    model = tiny_model(dropout=0.5)
    assert float(objective(model, BATCH, None, forcing_share=0.0)) == pytest.approx(
        float(objective(tiny_model(), BATCH, None))
    )


@pytest.mark.parametrize("wiring", ["stacked", "input-feeding"])
def test_the_guided_term_is_there_when_the_model_runs_freely(wiring):
    model = tiny_model(wiring=wiring)
    guided = batch_of(SOURCES, TARGETS, LINKS)
    options = {"forcing_share": 0.5}
    plain = float(objective(model, guided, dice(), **options))
    assert float(objective(model, guided, dice(), guided_attention=2.0, **options)) > plain + 0.5


# --- schedules ---


@given(total=st.integers(1, 300), warmup=st.integers(0, 300))
def test_the_learning_rate_rises_in_a_line_and_falls_to_nothing(total, warmup):
    factors = [learning_rate_factor(update, total, warmup) for update in range(max(total, warmup) + 1)]
    rising, falling = factors[:warmup], factors[warmup:]
    assert rising == pytest.approx([(update + 1) / warmup for update in range(warmup)])
    assert falling == sorted(falling, reverse=True)
    assert falling[0] == 1 or warmup >= total
    assert all(0 <= factor <= 1 for factor in factors)
    if warmup < total:
        assert factors[total] == pytest.approx(0, abs=1e-12)
        assert learning_rate_factor((total + warmup) // 2, total, warmup) == pytest.approx(
            0.5, abs=2 / (total - warmup)
        )


def shares(total, schedule, last):
    config = TrainingConfig(teacher_forcing=last, forcing_schedule=schedule)
    return [forcing_share(update, total, config) for update in range(total)]


lasts = st.floats(0, 1, exclude_max=True)


@given(total=st.integers(2, 300), last=lasts, schedule=st.sampled_from(["linear", "inverse-sigmoid"]))
def test_the_share_of_right_pieces_falls_from_one_to_its_end(total, last, schedule):
    found = shares(total, schedule, last)
    assert found[0] == pytest.approx(1)
    assert found[-1] == pytest.approx(last)
    assert found == sorted(found, reverse=True)
    assert all(last - 1e-12 <= share <= 1 + 1e-12 for share in found)


@given(total=st.integers(1, 50), last=st.floats(0, 1))
def test_a_constant_share_is_its_end_from_the_start(total, last):
    assert shares(total, "constant", last) == [last] * total


@pytest.mark.parametrize("schedule", ["constant", "linear", "inverse-sigmoid"])
def test_full_teacher_forcing_is_exactly_that_in_every_schedule(schedule):
    assert shares(50, schedule, 1.0) == [1.0] * 50


def test_linear_falls_evenly_and_the_inverse_sigmoid_slowly_quickly_slowly():
    linear, sigmoid = (-np.diff(shares(101, schedule, 0.2)) for schedule in ("linear", "inverse-sigmoid"))
    assert linear == pytest.approx(np.full(100, 0.008))
    assert sigmoid == pytest.approx(sigmoid[::-1])  # point-symmetric around the middle
    assert sigmoid[0] == sigmoid.min() < 0.008 < sigmoid.max() == pytest.approx(sigmoid[50])


def test_the_inverse_sigmoid_is_that_of_the_paper_stretched():
    k, total = 10.0, 201
    paper = np.array([k / (k + np.exp(2 * k * np.log(k) * x / k)) for x in np.linspace(0, 1, total)])
    stretched = (paper - paper[-1]) / (paper[0] - paper[-1])
    assert shares(total, "inverse-sigmoid", 0.0) == pytest.approx(stretched)


def test_updates_beyond_the_last_one_keep_its_share():
    config = TrainingConfig(teacher_forcing=0.25)
    assert forcing_share(1000, 10, config) == forcing_share(9, 10, config) == 0.25
    assert forcing_share(0, 1, config) == 1.0
