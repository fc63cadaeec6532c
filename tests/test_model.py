"""The encoder-decoder: the textbook's formulas, and the laws that hold for every cell and every attention kind."""

import typing
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import nn

from s2s.config import AttentionKind
from s2s.data import pad
from s2s.model import Seq2Seq
from s2s.model.attention import Memory, build_attention
from s2s.model.encoder import Encoder
from s2s.model.recurrent import locked_dropout
from s2s.text import PADDING
from tests.tiny import FIRST_PIECE, random_rows, step_by_step, teacher_forced, tiny_model

CELLS = ["rnn", "lstm", "gru"]


def bahdanau_score(attention, query, state):
    """v · tanh(W q + U h), Bahdanau et al. 2015, A.1.2."""
    inner = attention["query.weight"] @ query + attention["key.weight"] @ state + attention["key.bias"]
    return sum(v * np.tanh(x) for v, x in zip(attention["vector.weight"][0], inner, strict=True))


def luong_dot_score(attention, query, state):
    """q · h, Luong et al. 2015, equation 8."""
    return sum(q * h for q, h in zip(query, state, strict=True))


def luong_general_score(attention, query, state):
    """q · W h, Luong et al. 2015, equation 8."""
    weight = attention["key.weight"]
    return sum(query[i] * weight[i, j] * state[j] for i in range(len(query)) for j in range(len(state)))


# A new attention kind gets its row here; the laws below then run for it.
SCORES = {"bahdanau": bahdanau_score, "luong-dot": luong_dot_score, "luong-general": luong_general_score}
KINDS = ["none", *SCORES]

every_cell = pytest.mark.parametrize("cell", CELLS)
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(
    params=[(1, True), (2, True), (1, False), (2, False)], ids=lambda p: f"{p[0]}-{'two' if p[1] else 'one'}"
)
def shape(request):
    layers, bidirectional = request.param
    return {"encoder_layers": layers, "decoder_layers": layers, "bidirectional": bidirectional}


def test_the_table_of_scores_has_every_attention_kind():
    assert set(KINDS) == set(typing.get_args(AttentionKind))


@every_cell
@every_kind
def test_teacher_forced_equals_step_by_step(cell, kind, shape):
    model = tiny_model(cell=cell, attention=kind, **shape)
    sources, targets = random_rows(5, 1, 3), random_rows(6, 4, 2, seed=1)
    log_probs, attention = teacher_forced(model, sources, targets)
    step_log_probs, step_attention = step_by_step(model, sources, targets)
    torch.testing.assert_close(log_probs, step_log_probs, rtol=1e-5, atol=1e-5)
    if kind == "none":
        assert attention is step_attention is None
    else:
        torch.testing.assert_close(attention, step_attention, rtol=1e-5, atol=1e-5)


@every_cell
@every_kind
def test_padding_changes_nothing(cell, kind, shape):
    model = tiny_model(cell=cell, attention=kind, **shape)
    sources, targets = random_rows(5, 1, 3), random_rows(2, 4, 6, seed=1)
    log_probs, attention = teacher_forced(model, sources, targets)
    for row, (source, target) in enumerate(zip(sources, targets, strict=True)):
        alone, alone_attention = teacher_forced(model, [source], [target])
        torch.testing.assert_close(log_probs[row, : len(target)], alone[0], rtol=1e-5, atol=1e-5)
        if attention is not None:
            real = attention[row, : len(target), : len(source)]
            torch.testing.assert_close(real, alone_attention[0], rtol=1e-5, atol=1e-5)


@every_kind
def test_what_stands_in_the_padding_does_not_matter(kind, shape):
    model = tiny_model(attention=kind, **shape)
    (source, mask), (target, _) = pad(random_rows(5, 1, 3)), pad(random_rows(4, 4, 4, seed=1))
    features, _ = model(source, mask, target)
    other_features, _ = model(source.masked_fill(~mask, FIRST_PIECE), mask, target)
    torch.testing.assert_close(features, other_features, rtol=0, atol=0)


@every_cell
@pytest.mark.parametrize("kind", SCORES)
def test_attention_rows_sum_to_one_with_no_weight_on_padding(cell, kind):
    sources = random_rows(5, 1, 3)
    _, attention = teacher_forced(tiny_model(cell=cell, attention=kind), sources, random_rows(6, 6, 6, seed=1))
    assert attention.shape == (3, 6, 5)
    torch.testing.assert_close(attention.sum(dim=-1), torch.ones(3, 6))
    assert (attention >= 0).all()
    assert (attention.transpose(1, 2)[~pad(sources)[1]] == 0).all()


@every_cell
def test_no_attention_gives_no_weights_and_the_decoder_sees_the_fixed_context_alone(cell, shape):
    model = tiny_model(cell=cell, attention="none", **shape)
    memory = model.encode(*pad(random_rows(4)))

    def step(memory):
        return model.step(torch.tensor([5]), model.start(memory), memory)[:2]

    log_probs, weights = step(memory)
    assert weights is None
    other_states = memory._replace(states=torch.ones(1, 9, 8), mask=torch.ones(1, 9, dtype=torch.bool))
    assert torch.equal(step(other_states)[0], log_probs)
    assert not torch.allclose(step(memory._replace(last=memory.last + 1))[0], log_probs)


@pytest.mark.parametrize("kind", SCORES)
def test_weights_and_context_follow_the_paper(kind):
    torch.manual_seed(0)
    attention = build_attention(kind, 4, 4)
    states, query = torch.randn(2, 5, 4), torch.randn(2, 3, 4)
    mask = torch.tensor([[True] * 5, [True] * 2 + [False] * 3])
    with torch.no_grad():
        context, weights = attention(query, Memory(states, attention.project(states), mask, states[:, 0]))
    parameters = {name: value.double().numpy() for name, value in attention.state_dict().items()}
    for b, length in enumerate([5, 2]):
        h = states[b, :length].double().numpy()
        for t in range(3):
            q = query[b, t].double().numpy()
            e = np.exp([SCORES[kind](parameters, q, h[i]) for i in range(length)])
            a = e / e.sum()
            np.testing.assert_allclose(weights[b, t, :length], a, rtol=1e-4, atol=1e-6)
            np.testing.assert_allclose(context[b, t], sum(a[i] * h[i] for i in range(length)), rtol=1e-4, atol=1e-5)


@every_cell
def test_a_bidirectional_encoder_reads_like_packed_sequences(cell):
    torch.manual_seed(0)
    encoder = Encoder(tiny_model(cell=cell).config)
    values, lengths = torch.randn(3, 5, 6), torch.tensor([5, 1, 3])
    known = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[cell](6, 4, bidirectional=True, batch_first=True)
    with torch.no_grad():
        # Both name first what reads forwards, then what reads backwards.
        for weight, right in zip(known.parameters(), encoder.parameters(), strict=True):
            weight.copy_(right)
        states, last = encoder(values, torch.arange(5) < lengths[:, None])
        packed = nn.utils.rnn.pack_padded_sequence(values, lengths, batch_first=True, enforce_sorted=False)
        outputs, ends = known(packed)
    expected, _ = nn.utils.rnn.pad_packed_sequence(outputs, batch_first=True)
    ends = ends[0] if cell == "lstm" else ends
    for row, length in enumerate(lengths):
        torch.testing.assert_close(states[row, :length], expected[row, :length])
    torch.testing.assert_close(last, torch.cat([ends[0], ends[1]], dim=-1))


@every_cell
def test_the_fixed_context_is_where_the_reading_ended_in_each_direction(cell):
    lengths = [5, 1, 3]
    for bidirectional in (True, False):
        model = tiny_model(cell=cell, encoder_layers=2, bidirectional=bidirectional)
        memory = model.encode(*pad(random_rows(*lengths)))
        half = 4 if bidirectional else 8
        for row, length in enumerate(lengths):
            torch.testing.assert_close(memory.last[row, :half], memory.states[row, length - 1, :half])
            torch.testing.assert_close(memory.last[row, half:], memory.states[row, 0, half:])


@every_cell
@every_kind
def test_gradients_agree_with_finite_differences(cell, kind):
    model = tiny_model(cell=cell, attention=kind, encoder_layers=2, decoder_layers=2, dropout=0.3).double()
    model.requires_grad_(True)
    (source, source_mask), (target, target_mask) = pad(random_rows(4, 2)), pad(random_rows(3, 5, seed=1))

    def loss():
        features, _ = model(source, source_mask, target, torch.Generator().manual_seed(0))
        log_probs = model.logits(features[target_mask]).log_softmax(dim=-1)
        return -log_probs.gather(1, target[target_mask][:, None]).sum()

    gradients = torch.autograd.grad(loss(), list(model.parameters()))
    generator, width = torch.Generator().manual_seed(1), 1e-3
    for (name, parameter), gradient in zip(model.named_parameters(), gradients, strict=True):
        direction = torch.randn(parameter.shape, generator=generator, dtype=torch.double)
        direction /= direction.norm()
        with torch.no_grad():
            parameter += width * direction
            above = loss()
            parameter -= 2 * width * direction
            below = loss()
            parameter += width * direction
        slope = float((above - below) / (2 * width))
        assert slope == pytest.approx(float((gradient * direction).sum()), rel=1e-2, abs=1e-3), name


def test_locked_dropout_is_the_same_at_each_step_and_keeps_the_mean():
    values = torch.ones(100, 4, 50)
    dropped = locked_dropout(values, 0.3, torch.Generator().manual_seed(0))
    assert torch.equal(dropped, dropped[:, :1].expand_as(dropped))
    assert float(dropped.mean()) == pytest.approx(1, abs=0.02)
    torch.testing.assert_close(dropped.unique(), torch.tensor([0, 1 / 0.7]))
    assert not torch.equal(dropped[0], dropped[1])


def test_locked_dropout_follows_its_generator():
    values = torch.ones(3, 2, 50)
    first, again, other = (locked_dropout(values, 0.5, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@every_kind
def test_nothing_is_dropped_without_a_generator(kind):
    sources, targets = random_rows(4, 2), random_rows(3, 5, seed=1)
    with_dropout, without = tiny_model(attention=kind, dropout=0.9), tiny_model(attention=kind, dropout=0.0)
    used, _ = teacher_forced(with_dropout.train(), sources, targets)
    expected, _ = teacher_forced(without, sources, targets)
    assert torch.equal(used, expected)
    trained, _ = with_dropout(*pad(sources), pad(targets)[0], torch.Generator().manual_seed(0))
    assert not torch.allclose(with_dropout.logits(trained).log_softmax(dim=-1), expected)


@every_cell
@every_kind
def test_two_threads_at_once_equal_one_after_the_other(cell, kind):
    model = tiny_model(cell=cell, attention=kind, encoder_layers=2, decoder_layers=2)
    requests = [([random_rows(3 + n % 5, seed=n)[0]], [random_rows(6, seed=n + 50)[0]]) for n in range(12)]
    one_by_one = [step_by_step(model, *request)[0] for request in requests]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda request: step_by_step(model, *request)[0], requests))
    assert all(torch.equal(*pair) for pair in zip(one_by_one, together, strict=True))


@every_kind
def test_a_selected_memory_is_that_of_the_selected_sources(kind):
    model = tiny_model(attention=kind)
    rows = random_rows(4, 4, 4)
    memory = model.encode(*pad(rows)).select(torch.tensor([2, 0, 2]))
    expected = model.encode(*pad([rows[2], rows[0], rows[2]]))
    for part, right in zip(memory, expected, strict=True):
        torch.testing.assert_close(part, right)


def test_source_target_and_output_share_one_table():
    model = tiny_model(vocabulary_size=50)
    names = [name for name, value in model.named_parameters() if 50 in value.shape]
    assert set(names) == {"output_bias", "embedding.weight"}
    assert model.parameter_count() == sum(value.numel() for value in model.state_dict().values())


def test_padding_is_embedded_as_zero_in_a_new_model():
    assert (Seq2Seq(tiny_model().config).embedding.weight[PADDING] == 0).all()
