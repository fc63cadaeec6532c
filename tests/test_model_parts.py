"""The parts of the model, one by one: settings, cells, dropout, encoder, attention."""

import pytest
import torch
from torch import nn

from s2s.config import ModelConfig, from_plain
from s2s.data import pad
from s2s.errors import ConfigError
from s2s.model import Encoder, Memory
from s2s.model.attention_kinds import Bahdanau, Coverage, Location, LuongConcat, LuongDot, LuongGeneral, ScaledDot
from s2s.model.recurrent import LockedDropout, Recurrent
from tests.tiny import CELLS, random_rows, tiny_model

every_cell = pytest.mark.parametrize("cell", CELLS)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"cell": "GRU"}, "cell must be one of rnn, lstm, gru, got 'GRU'"),
        ({"attention": "luong"}, "attention must be one of none, bahdanau, luong-dot, .*location, got 'luong'"),
        ({"wiring": "fed"}, "wiring must be one of stacked, input-feeding, got 'fed'"),
        ({"frame_size": 0}, "frame_size must be at least 1, or None for a source of pieces; got 0"),
        ({"location_filters": 0}, "location_filters must be at least 1, got 0"),
        ({"pyramid_layers": 1}, r"pyramid_layers must be in 0 … 0, .*encoder_layers \(1\).*got 1"),
        ({"pyramid_layers": -1}, "pyramid_layers must be in 0 … 0.*got -1"),
        ({"location_width": 4}, "location_width must be odd.*got 4"),
        ({"location_width": -1}, "location_width must be odd.*got -1"),
        ({"copy": True, "attention": "none"}, "copy = true needs something to point with.*any attention but none"),
        ({"copy": True, "frame_size": 3}, "copy = true needs.*no frame_size; got .* frame_size = 3"),
        (
            {"coverage": True},
            "coverage = true adds.*it goes with attention = bahdanau, in either wiring; got .*general",
        ),
        ({"coverage": True, "attention": "location"}, "goes with attention = bahdanau.*got attention = location"),
    ],
)
def test_a_model_that_cannot_be_is_refused_with_what_can(settings, named):
    with pytest.raises(ConfigError, match=named):
        ModelConfig(**settings)


def test_settings_from_before_there_were_wirings_and_frames_mean_stacked_pieces():
    old = {"vocabulary_size": 30, "cell": "gru", "attention": "bahdanau", "dropout": 0.0}
    config = from_plain(ModelConfig, old)
    assert (config.wiring, config.frame_size) == ("stacked", None)
    assert (config.copy, config.coverage) == (False, False)


@every_cell
def test_a_single_step_is_the_sequence_of_one(cell):
    layer = Recurrent(cell, 5, 4).requires_grad_(False)
    inputs, start = torch.randn(3, 6, 5), torch.randn(3, layer.state_size)
    outputs, last = layer(inputs, start)
    state, steps = start, []
    for x in inputs.split(1, dim=1):
        output, state = layer(x, state)
        assert torch.equal(output[:, 0], layer.output(state))
        steps.append(output)
    torch.testing.assert_close(torch.cat(steps, dim=1), outputs)
    torch.testing.assert_close(state, last)


def test_locked_dropout_is_the_same_at_each_step_and_keeps_the_mean():
    values = torch.ones(100, 4, 50)
    dropped = LockedDropout(0.3, torch.Generator().manual_seed(0))("here", values)
    assert torch.equal(dropped, dropped[:, :1].expand_as(dropped))
    assert float(dropped.mean()) == pytest.approx(1, abs=0.02)
    torch.testing.assert_close(dropped.unique(), torch.tensor([0, 1 / 0.7]))
    assert not torch.equal(dropped[0], dropped[1])


def test_locked_dropout_keeps_one_mask_for_each_place():
    dropout, values = LockedDropout(0.5, torch.Generator().manual_seed(0)), torch.ones(3, 4, 50)
    whole = dropout("here", values)
    assert torch.equal(dropout("here", values[:, :1]), whole[:, :1])
    assert not torch.equal(dropout("there", values), whole)


def test_locked_dropout_follows_its_generator():
    values = torch.ones(3, 2, 50)
    dropouts = [LockedDropout(0.5, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)]
    first, again, other = (dropout("here", values) for dropout in dropouts)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@every_cell
def test_a_bidirectional_encoder_reads_like_packed_sequences(cell):
    torch.manual_seed(0)
    encoder = Encoder(ModelConfig(cell=cell, embedding_size=6, hidden_size=8))
    values, lengths = torch.randn(3, 5, 6), torch.tensor([5, 1, 3])
    known = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[cell](6, 4, bidirectional=True, batch_first=True)
    with torch.no_grad():
        # Both name first what reads forwards, then what reads backwards.
        for weight, right in zip(known.parameters(), encoder.parameters(), strict=True):
            weight.copy_(right)
        states, last, _ = encoder(values, torch.arange(5) < lengths[:, None])
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


@pytest.mark.parametrize("kind", [LuongDot, ScaledDot])
def test_a_dot_product_of_different_sizes_is_refused_with_the_kinds_that_can(kind):
    with pytest.raises(ConfigError, match="got 4 and 6: choose luong-general, luong-concat or bahdanau"):
        kind(4, 6)


@pytest.mark.parametrize("kind", [Bahdanau, Coverage, LuongGeneral, LuongConcat, lambda *sizes: Location(*sizes, 2, 3)])
def test_queries_and_states_may_have_different_sizes(kind):
    torch.manual_seed(0)
    attention, states = kind(4, 6), torch.randn(2, 5, 6)
    memory = Memory(states, attention.project(states), torch.ones(2, 5, dtype=torch.bool), states[:, 0])
    context, weights, _ = attention(torch.randn(2, 3, 4), memory, attention.start(memory))
    assert (context.shape, weights.shape) == ((2, 3, 6), (2, 3, 5))


def test_location_sees_where_the_step_before_looked():
    torch.manual_seed(0)
    attention, states = Location(4, 4, 2, 3).requires_grad_(False), torch.randn(1, 1, 4).expand(1, 6, 4)
    memory = Memory(states, attention.project(states), torch.ones(1, 6, dtype=torch.bool), states[:, 0])
    before = torch.eye(6)[2][None]
    _, weights, (after,) = attention(torch.randn(1, 1, 4), memory, (before,))
    # All states are alike: what differs, differs by the place alone, and the filters see one position on each side.
    far = weights[0, 0, [0, 4, 5]]
    torch.testing.assert_close(far, far[:1].expand(3))
    assert not torch.isclose(weights[0, 0, [1, 2, 3]], far[:1]).any()
    assert torch.equal(after, weights[:, 0])


def test_location_has_looked_at_the_first_position_before_it_begins():
    memory = tiny_model(attention="location").encode(*pad(random_rows(4, 2)))
    (before,) = tiny_model(attention="location").decoder.attention.start(memory)
    assert before.tolist() == [[1, 0, 0, 0], [1, 0, 0, 0]]


def test_coverage_is_the_sum_of_all_weights_before_and_moves_attention_by_it_alone():
    torch.manual_seed(0)
    attention, states = Coverage(4, 4).requires_grad_(False), torch.randn(1, 1, 4).expand(1, 5, 4)
    memory = Memory(states, attention.project(states), torch.ones(1, 5, dtype=torch.bool), states[:, 0])
    (before,) = attention.start(memory)
    assert before.tolist() == [[0] * 5]
    _, weights, (after,) = attention(torch.randn(1, 1, 4), memory, (before,))
    torch.testing.assert_close(weights, torch.full((1, 1, 5), 0.2))  # all states are alike, and nothing was looked at
    torch.testing.assert_close(after, weights[:, 0])
    looked = torch.tensor([[0.0, 2.0, 0.0, 0.5, 2.0]])
    _, weights, (after,) = attention(torch.randn(1, 3, 4), memory, (looked,))
    torch.testing.assert_close(weights[0, 0, 1], weights[0, 0, 4])
    assert len(set(weights[0, 0, [0, 1, 3]].tolist())) == 3
    torch.testing.assert_close(after, looked + weights.sum(dim=1))


def test_what_is_copied_adds_up_over_equal_pieces_and_writes_no_other():
    model = tiny_model(attention="bahdanau", copy=True)
    model.decoder.gate.bias.fill_(-1e3)  # it always copies
    log_probs, weights, _, generated = step_of(model, [5, 9, 5])
    assert generated.tolist() == [0]
    torch.testing.assert_close(log_probs.exp()[0, [5, 9]], torch.stack([weights[0, [0, 2]].sum(), weights[0, 1]]))
    assert float(log_probs.exp().sum()) == pytest.approx(1)
    model.decoder.gate.bias.fill_(1e3)  # it never does
    log_probs, _, _, generated = step_of(model, [5, 9, 5])
    assert generated.tolist() == [1]
    plain = tiny_model(attention="bahdanau")
    plain.load_state_dict({name: value for name, value in model.state_dict().items() if "gate" not in name})
    torch.testing.assert_close(log_probs, step_of(plain, [5, 9, 5]).log_probs)


def step_of(model, source):
    memory = model.encode(*pad([source]))
    return model.step(torch.tensor([7]), model.start(memory), memory)
