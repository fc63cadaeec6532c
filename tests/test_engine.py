"""The engines: ONNX Runtime gives what the model gives, in 32 bits to the last digits, in 8 bits nearly."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from s2s.config import ModelConfig
from s2s.engine import build_engine
from s2s.engine.runtime import OnnxEngine
from s2s.errors import ConfigError, S2SError
from s2s.model import Seq2Seq
from s2s.pieces import START
from tests.tiny import CELLS, KINDS, SHAPES, WIRINGS, name_of, pad_sources, random_rows, random_sources, tiny_model

DEEP_SHAPES = [shape for shape in SHAPES if shape["bidirectional"] and shape["encoder_layers"] == 2]


every_shape = pytest.mark.parametrize("shape", SHAPES, ids=name_of)
every_deep_shape = pytest.mark.parametrize("shape", DEEP_SHAPES, ids=name_of)
every_kind = pytest.mark.parametrize("kind", KINDS)
every_wiring = pytest.mark.parametrize("wiring", WIRINGS)


def assert_close(one, other, tolerance=1e-5):
    torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance)


def both(seed=0, quantized=False, **shape):
    """A tiny model, and its engine."""
    model = tiny_model(seed, **shape)
    return model, OnnxEngine(model, quantized=quantized)


def steps(engine, memory, targets, state=None, hypotheses=1):
    """Log-probabilities [N, T, V], attention [N, T, S] or None, and the last state, for targets of N hypotheses."""
    state = state or tuple(part.repeat_interleave(hypotheses, 0) for part in engine.start(memory))
    previous = torch.full((len(targets),), START)
    rows, weights = [], []
    for following in torch.tensor(targets).unbind(dim=1):
        log_probs, attention, state, _ = engine.step(previous, state, memory)
        rows.append(log_probs)
        weights.append(attention)
        previous = following
    return torch.stack(rows, dim=1), None if weights[0] is None else torch.stack(weights, dim=1), state


def assert_same_steps(one, other, tolerance=1e-5, attention_tolerance=1e-5):
    assert_close(one[0], other[0], tolerance)
    assert (one[1] is None) == (other[1] is None)
    if one[1] is not None:
        assert_close(one[1], other[1], attention_tolerance)
    for part, expected in zip(one[2], other[2], strict=True):
        assert_close(part, expected, tolerance)


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape.get("copy")], ids=name_of)
def test_what_is_generated_and_not_copied_is_what_the_model_says(shape):
    model, engine = both(**shape)
    source, mask = pad_sources(random_rows(5, 2))
    found, expected = (one.step(torch.tensor([5, 6, 7, 8]), *start(one, source, mask)) for one in (engine, model))
    assert_close(found.generated, expected.generated)
    assert_close(found.log_probs, expected.log_probs, 1e-4)


def start(engine, source, mask):
    """The state of two hypotheses of each sentence, and their memory."""
    memory = engine.encode(source, mask)
    return tuple(part.repeat_interleave(2, 0) for part in engine.start(memory)), memory


@every_shape
def test_in_32_bits_it_gives_what_the_model_gives(shape):
    model, engine = both(**shape)
    source, mask = pad_sources(random_sources(model, 5, 1, 3))
    memory, expected = engine.encode(source, mask), model.encode(source, mask)
    assert memory.keys.shape == expected.keys.shape
    assert torch.equal(memory.mask, expected.mask)
    assert_close(memory.states[memory.mask], expected.states[memory.mask])
    assert_close(memory.keys[memory.mask], expected.keys[memory.mask])
    assert_close(memory.last, expected.last)
    assert all(bool(part.isfinite().all()) for part in (memory.states, memory.keys))
    for part, expected_part in zip(engine.start(memory), model.start(expected), strict=True):
        assert_close(part, expected_part)
    targets = random_rows(4, 4, 4, seed=1)
    assert_same_steps(steps(engine, memory, targets), steps(model, expected, targets), 1e-4)


@every_deep_shape
def test_in_8_bits_it_gives_nearly_what_the_model_gives(shape):
    model, engine = both(quantized=True, **shape)
    source, mask = pad_sources(random_sources(model, 5, 1, 3))
    targets = random_rows(4, 4, 4, seed=1)
    log_probs, attention, _ = steps(engine, engine.encode(source, mask), targets)
    expected, expected_attention, _ = steps(model, model.encode(source, mask), targets)
    assert_close(log_probs.exp().sum(dim=-1), torch.ones(3, 4))
    assert float((log_probs - expected).abs().max()) < 0.3  # of weights far larger than trained ones
    assert float((log_probs - expected).abs().mean()) < 0.05
    if attention is not None:
        assert float((attention - expected_attention).abs().max()) < 0.1


@pytest.mark.parametrize("cell", CELLS)
def test_with_weights_of_a_usual_size_8_bits_are_close(cell):
    torch.manual_seed(0)
    config = ModelConfig(vocabulary_size=500, cell=cell, embedding_size=64, hidden_size=96, decoder_layers=2)
    model = Seq2Seq(config).requires_grad_(False)
    source, mask = pad_sources(random_rows(9, 4, vocabulary_size=500))
    targets = random_rows(8, 8, seed=1, vocabulary_size=500)
    engine = OnnxEngine(model)
    log_probs, attention, _ = steps(engine, engine.encode(source, mask), targets)
    expected, expected_attention, _ = steps(model, model.encode(source, mask), targets)
    assert float((log_probs - expected).abs().max()) < 0.02
    assert float((attention - expected_attention).abs().max()) < 0.005


@every_deep_shape
def test_in_8_bits_a_row_is_the_same_alone_and_in_a_batch(shape):
    _, engine = both(quantized=True, **shape)
    sources, targets = random_rows(5, 1, 3), random_rows(4, 4, 4, seed=1)
    log_probs, attention, state = steps(engine, engine.encode(*pad_sources(sources)), targets)
    for row, source in enumerate(sources):
        alone = steps(engine, engine.encode(*pad_sources([source])), [targets[row]])
        weights = None if attention is None else attention[row : row + 1, :, : len(source)]
        parts = [part[row : row + 1] for part in state]
        if engine.config.looks_back:
            parts[-1] = parts[-1][:, : len(source)]
        assert_same_steps(alone, (log_probs[row : row + 1], weights, parts))


@every_kind
@every_wiring
@pytest.mark.parametrize("quantized", [False, True])
def test_hypotheses_of_a_sentence_share_its_memory(kind, wiring, quantized):
    _, engine = both(attention=kind, wiring=wiring, quantized=quantized)
    memory = engine.encode(*pad_sources(random_rows(5, 2)))
    targets = random_rows(4, 4, 4, 4, 4, 4, seed=1)
    shared = steps(engine, memory, targets, hypotheses=3)
    repeated = memory.select(torch.tensor([0, 0, 0, 1, 1, 1]))
    assert_same_steps(shared, steps(engine, repeated, targets))


@every_kind
@every_wiring
def test_given_weights_are_used_where_they_are_numbers(kind, wiring):
    model, engine = both(attention=kind, wiring=wiring)
    source, mask = pad_sources(random_rows(5, 2))
    given = torch.full((4, 5), torch.nan)
    given[1] = torch.tensor([0.0, 0.5, 0.0, 0.5, 0.0])
    given[2, 1], given[3] = 0.25, torch.eye(5)[1]
    memories = [one.encode(source, mask)._replace(given=given) for one in (engine, model)]
    targets = random_rows(3, 3, 3, 3, seed=1)
    found = steps(engine, memories[0], targets, hypotheses=2)
    expected = steps(model, memories[1], targets, hypotheses=2)
    assert_same_steps(found, expected, 1e-4)
    if kind != "none":
        assert torch.equal(found[1][1], given[1].expand(3, 5))


@every_kind
@pytest.mark.parametrize("quantized", [False, True])
def test_attention_rows_sum_to_one_and_padding_weighs_nothing(kind, quantized):
    _, engine = both(attention=kind, quantized=quantized)
    source, mask = pad_sources(random_rows(6, 1, 4))
    _, attention, _ = steps(engine, engine.encode(source, mask), random_rows(3, 3, 3, seed=1))
    if kind == "none":
        assert attention is None
    else:
        assert_close(attention.sum(dim=-1), torch.ones(3, 3))
        assert bool((attention[~mask[:, None].expand_as(attention)] == 0).all())


@every_kind
@every_wiring
def test_sentences_may_leave_and_hypotheses_change_places(kind, wiring):
    model, engine = both(attention=kind, wiring=wiring)
    found = []
    for one in (engine, model):
        memory = one.encode(*pad_sources(random_rows(5, 2, 3)))
        *_, state = steps(one, memory, random_rows(2, 2, 2, seed=1))
        kept = torch.tensor([2, 0, 0])
        found.append(steps(one, memory.select(kept), random_rows(2, 2, 2, seed=2), tuple(part[kept] for part in state)))
    assert_same_steps(*found, 1e-4)


def test_tensors_may_be_views_and_of_other_types():
    _, engine = both(attention="bahdanau")
    source, mask = pad_sources(random_rows(5, 3))
    memory = engine.encode(source, mask)
    state, previous = engine.start(memory), torch.tensor([5, 6])
    spread = tuple(torch.stack([part, part], dim=-1)[..., 0] for part in state)
    views = memory._replace(states=memory.states.transpose(0, 1).contiguous().transpose(0, 1))
    assert torch.equal(engine.step(previous, state, memory)[0], engine.step(previous, spread, views)[0])
    assert torch.equal(engine.encode(source.int(), mask).states, memory.states)


def test_the_first_and_the_last_piece_and_a_source_of_one_are_read():
    model, engine = both(attention="location", wiring="input-feeding")
    for source in ([[0]], [[13]], [[0, 13]]):
        source, mask = torch.tensor(source), torch.ones(1, len(source[0]), dtype=torch.bool)
        results = [steps(one, one.encode(source, mask), [[0, 13, 13, 0]]) for one in (engine, model)]
        assert_same_steps(*results, 1e-4)


@pytest.mark.parametrize("rows", [1, 5, 16, 80])
@pytest.mark.parametrize("cell", CELLS)
def test_the_8_bits_that_this_cpu_is_quick_with_give_the_same_as_those_of_every_cpu(cell, rows, monkeypatch):
    model = tiny_model(cell=cell, hidden_size=64, embedding_size=64)
    for weight in model.state_dict().values():  # sums as large as they can be
        weight.copy_(torch.where(weight < 0, -1.0, 1.0))
    chosen = OnnxEngine(model)
    monkeypatch.setattr("s2s.engine.runtime.has_signed_products", lambda: False)
    common = OnnxEngine(model)
    source, targets = pad_sources(random_rows(*[4] * rows)), random_rows(*[4] * rows, seed=1)
    results = (steps(engine, engine.encode(*source), targets) for engine in (chosen, common))
    assert_same_steps(*results, tolerance=1e-4)


def test_a_column_of_zeros_stays_zero_in_8_bits():
    model = tiny_model()
    model.embedding.weight[7] = 0
    engine = OnnxEngine(model)
    memory = engine.encode(*pad_sources(random_rows(4)))
    log_probs, *_ = engine.step(torch.tensor([START]), engine.start(memory), memory)
    assert bool(log_probs.isfinite().all())


def test_two_threads_at_once_are_as_one_after_the_other():
    _, engine = both(attention="location", quantized=True)
    work = [(random_rows(5 + seed % 3, 2, seed=seed), random_rows(6, 6, seed=seed)) for seed in range(12)]

    def translate(job):
        sources, targets = job
        return steps(engine, engine.encode(*pad_sources(sources)), targets)

    expected = [translate(job) for job in work]
    with ThreadPoolExecutor(2) as pool:
        for found, wanted in zip(pool.map(translate, work), expected, strict=True):
            assert torch.equal(found[0], wanted[0])
            assert torch.equal(found[1], wanted[1])


def test_the_weights_of_the_model_stay_and_later_changes_of_them_do_not_matter():
    model = tiny_model()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    engine = OnnxEngine(model)
    source, mask = pad_sources(random_rows(4))
    states = engine.encode(source, mask).states
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    for parameter in model.parameters():
        parameter.zero_()
    assert torch.equal(engine.encode(source, mask).states, states)


@pytest.mark.parametrize(("size", "source"), [(None, torch.zeros(1, 4, 3)), (3, torch.zeros(1, 4, dtype=torch.long))])
def test_a_source_of_the_other_kind_is_refused_as_the_model_does(size, source):
    model, engine = both(frame_size=size)
    messages = []
    for one in (model, engine):
        with pytest.raises(S2SError) as refusal:
            one.encode(source, torch.ones(1, 4, dtype=torch.bool))
        messages.append(str(refusal.value))
    assert messages[0] == messages[1]


def test_the_best_engine_for_the_processor_is_chosen():
    model = tiny_model()
    assert isinstance(build_engine(model), OnnxEngine)
    assert isinstance(build_engine(model, "onnx"), OnnxEngine)
    assert build_engine(model, "torch") is model
    elsewhere = tiny_model().to("meta")
    assert build_engine(elsewhere) is elsewhere


@pytest.mark.parametrize("library", ["onnx", "onnxruntime"])
def test_without_its_libraries_an_engine_says_how_to_get_them(library, monkeypatch):
    monkeypatch.setitem(sys.modules, library, None)
    model = tiny_model()
    assert build_engine(model) is model
    with pytest.raises(ConfigError, match=f"needs {library}: run `pip install {library}`, or choose torch"):
        build_engine(model, "onnx")


def test_an_engine_that_cannot_be_is_refused():
    with pytest.raises(ConfigError, match="computes on the CPU, this model lies on meta: choose torch"):
        build_engine(tiny_model().to("meta"), "onnx")
    with pytest.raises(ConfigError, match="engine must be one of auto, torch, onnx, got 'tpu'"):
        build_engine(tiny_model(), "tpu")


def test_the_room_is_quick_to_enter():
    command = "import sys, s2s.engine; assert not {'onnx', 'onnxruntime'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", command], check=True)
