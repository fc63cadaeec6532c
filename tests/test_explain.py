"""Gradient × input and leave-one-out are what their formulas say, and agreement is Spearman's."""

import numpy as np
import pytest
import torch

from s2s import explain
from s2s.errors import ConfigError, TextError
from s2s.explain import Agreement, gradient_times_input, leave_one_out, own_attention, shares, spearman
from s2s.inside import explanation
from s2s.inside.explanation import agreements
from s2s.model.seq2seq import shifted
from s2s.pieces import END
from s2s.translator import Translator
from tests.searches import stepped
from tests.tiny import random_rows, tiny_model

SHAPES = [
    {"attention": "luong-general"},
    {"attention": "bahdanau", "cell": "lstm", "encoder_layers": 2, "decoder_layers": 2},
    {"attention": "location", "wiring": "input-feeding", "bidirectional": False},
    {"attention": "luong-dot", "cell": "rnn", "wiring": "input-feeding"},
]
SOURCE, TARGET = random_rows(5, 3)
TARGET = [*TARGET, END]


@pytest.fixture(params=SHAPES, ids=lambda shape: "-".join(map(str, shape.values())))
def model(request):
    return tiny_model(**request.param).double()


def log_probs_of(model, embedded):
    """Of the pieces of TARGET, [T], for one source that is embedded already."""
    target = torch.tensor([TARGET])
    memory = model.read(embedded[None], torch.ones(1, len(embedded), dtype=torch.bool))
    features, _, _ = model.decoder(model.embed(shifted(target)), model.start(memory), memory)
    return model.logits(features)[0].log_softmax(dim=-1)[range(len(TARGET)), TARGET]


def test_gradient_times_input_is_the_slope_along_the_embedding(model):
    found = gradient_times_input(model, SOURCE, TARGET)
    embedded, width = model.embed(torch.tensor(SOURCE)), 1e-5
    for position in range(len(SOURCE)):
        factor = torch.ones(len(SOURCE), 1, dtype=torch.double)
        factor[position] += width
        slope = (log_probs_of(model, embedded * factor) - log_probs_of(model, embedded * (2 - factor))) / (2 * width)
        np.testing.assert_allclose(found[:, position], slope, atol=1e-6)


def test_leave_one_out_is_the_loss_without_the_piece(model):
    found = leave_one_out(model, SOURCE, TARGET)
    whole = stepped(model, SOURCE, TARGET)[0][range(len(TARGET)), TARGET]
    for position in range(len(SOURCE)):
        rest = SOURCE[:position] + SOURCE[position + 1 :]
        without = stepped(model, rest, TARGET)[0][range(len(TARGET)), TARGET]
        np.testing.assert_allclose(found[:, position], whole - without, atol=1e-6)


def test_the_attention_is_that_of_each_step(model):
    np.testing.assert_allclose(own_attention(model, SOURCE, TARGET), stepped(model, SOURCE, TARGET)[1], atol=1e-6)


def test_small_batches_give_the_same(model, monkeypatch):
    both = [method(model, SOURCE, TARGET) for method in (gradient_times_input, leave_one_out)]
    monkeypatch.setattr(explain, "MOST_NUMBERS", 1)
    for method, expected in zip((gradient_times_input, leave_one_out), both, strict=True):
        np.testing.assert_allclose(method(model, SOURCE, TARGET), expected, atol=1e-9)


def test_a_model_is_not_changed_and_keeps_no_gradients(model):
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with torch.inference_mode(mode=False):
        gradient_times_input(model, SOURCE, TARGET)
    assert all(parameter.grad is None for parameter in model.parameters())
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_the_only_piece_has_all_the_influence(model):
    found = shares(leave_one_out(model, SOURCE[:1], TARGET))
    assert found.tolist() == [[1.0]] * len(TARGET)


def test_a_model_without_attention_or_pieces_is_refused():
    for shape, said in (({"attention": "none"}, "no attention"), ({"frame_size": 3}, "frames")):
        for method in (own_attention, gradient_times_input, leave_one_out):
            with pytest.raises(ConfigError, match=said):
                method(tiny_model(**shape), SOURCE, TARGET)


def test_shares_have_no_sign_and_add_up_to_one():
    found = shares(np.array([[1.0, -3.0], [0.0, 0.0]]))
    assert found.tolist() == [[0.25, 0.75], [0.5, 0.5]]


def test_rank_correlation_of_known_rows():
    one = np.array([[1, 2, 3, 4], [1, 2, 3, 4], [1, 1, 2, 3], [5, 5, 5, 5]], dtype=float)
    other = np.array([[10, 20, 30, 40], [4, 3, 2, 1], [1, 2, 3, 4], [1, 2, 3, 4]], dtype=float)
    found = spearman(one, other)
    # 1 - 6 Σ d² / (n (n² - 1)) without ties; with them Pearson's formula of the mean ranks
    assert found[:2].tolist() == [1, -1]
    assert found[2] == pytest.approx(np.corrcoef([1.5, 1.5, 3, 4], [1, 2, 3, 4])[0, 1])
    assert np.isnan(found[3])


def test_agreement_counts_every_step_alike():
    one, other = np.array([[0.7, 0.2, 0.1]]), np.array([[0.1, 0.2, 0.7], [0.6, 0.3, 0.1]])
    found = Agreement.of([(one, one), (other, other[:, ::-1])])
    assert found == Agreement(spearman=pytest.approx(-1 / 3), top_1=pytest.approx(1 / 3), steps=3)
    assert np.isnan(Agreement.of([(np.ones((2, 1)), np.ones((2, 1)))]).spearman)


@pytest.fixture(scope="module", params=["torch", "onnx"])
def translator(request, tiny_checkpoint):
    return Translator.load(tiny_checkpoint, "cpu", request.param)


def test_a_sentence_and_a_corpus_are_explained_whatever_engine_is_at_work(translator):
    found = []
    for text in ("We ate bread.", "A dog runs."):
        sentence = translator.translate(text).sentences[0]
        found.append(explanation.explain(translator, sentence.source_pieces, sentence.best.target_pieces))
        for weights in (found[-1].attention, found[-1].gradient, found[-1].left_out):
            assert weights.shape == (len(sentence.best.target_pieces), len(sentence.source_pieces))
            np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-5)
        np.testing.assert_allclose(found[-1].attention, sentence.best.attention, atol=0.05)  # 8 bits
    whole, each = agreements(found), [agreements([one]) for one in found]
    for place in range(3):
        steps = [one[place].steps for one in each]
        assert whole[place].steps == sum(steps)
        expected = sum(n * one[place].top_1 for n, one in zip(steps, each, strict=True)) / sum(steps)
        assert whole[place].top_1 == pytest.approx(expected)


def test_a_sentence_that_is_too_long_is_refused(translator):
    pieces = ["▁a"] * (explanation.MOST_PIECES + 1)
    with pytest.raises(TextError, match=f"{len(pieces)} pieces on a side"):
        explanation.explain(translator, pieces, pieces)
