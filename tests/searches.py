"""Searches of tiny models: what is found, whether it is the same, and toy rules."""

from functools import cache

import numpy as np
import pytest
import torch

from s2s.data import pad
from s2s.pieces import END
from s2s.search import Stem, search
from tests.tiny import tiny_model

SHAPES = [
    {"cell": "gru", "attention": "luong-general"},
    {"cell": "rnn", "attention": "none"},
    {"cell": "lstm", "attention": "location", "decoder_layers": 2},
    {"cell": "gru", "attention": "location", "wiring": "input-feeding"},
    {"cell": "lstm", "attention": "bahdanau", "wiring": "input-feeding", "encoder_layers": 2, "decoder_layers": 2},
    {"cell": "gru", "attention": "bahdanau", "decoder_layers": 2, "copy": True, "coverage": True},
]
METHODS = {
    "greedy": {"beam_size": 1},
    "beam": {"beam_size": 4},
    "sample": {"method": "sample", "beam_size": 3},
}
SPELLED = [b"", b"", b"", b"", b"a", b"b", b"c", b" ", b"ab", b"bc", b" a", b"cab", b"aaa", b"zz"]
"""What the 14 pieces of a tiny model may spell: special pieces nothing, and no piece a `z` alone."""


def named(shape):
    return "-".join(map(str, shape.values()))


def ending_model(**shape):
    """Some of its targets end by themselves, some at their limit."""
    model = tiny_model(**shape)
    model.output_bias[END] += 3.5
    return model


def drain(steps):
    *_, trace = steps
    return trace


def trace_of(model, sources, config, rules=()):
    return drain(search(model, *pad(sources), config, rules))


def found(model, sources, config, rules=()):
    """The hypotheses of each source, best first, those that are possible at all."""
    trace = trace_of(model, sources, config, rules)
    every = [[trace.hypothesis(row, rank) for rank in range(config.beam_size)] for row in range(len(sources))]
    return [[item for item in ranked if item.score > -np.inf] for ranked in every]


def assert_same(one, other):
    assert one.ids == other.ids
    assert one.score == pytest.approx(other.score, abs=1e-5)
    np.testing.assert_allclose(one.log_probs, other.log_probs, rtol=1e-4, atol=1e-5)
    assert (one.attention is None) == (other.attention is None)
    if one.attention is not None:
        np.testing.assert_allclose(one.attention, other.attention, rtol=1e-4, atol=1e-5)
    assert (one.generated is None) == (other.generated is None)
    if one.generated is not None:
        np.testing.assert_allclose(one.generated, other.generated, rtol=1e-4, atol=1e-5)
    assert [[id for id, _ in step] for step in one.alternatives] == [
        [id for id, _ in step] for step in other.alternatives
    ]


def stepped(model, source, target, given=None):
    """Log-probabilities [T, V] and attention [T, S] of one target, step by step, with attention given by step."""
    memory = model.encode(*pad([source]))
    state = model.start(memory)
    rows, weights = [], []
    for step, previous in enumerate([1, *target[:-1]]):  # <s> is 1
        row = (given or {}).get(step)
        here = memory._replace(given=None if row is None else torch.as_tensor(row)[None])
        log_probs, attention, state, _ = model.step(torch.tensor([previous]), state, here)
        rows.append(log_probs[0])
        weights.append(attention)
    return torch.stack(rows), None if weights[0] is None else torch.cat(weights)


def right_log_probs(log_probs, ids):
    return log_probs.gather(1, torch.tensor(ids)[:, None]).squeeze(1)


def stem_of(text, spelled=SPELLED):
    """The stem of `text`, by trying every way to spell it."""

    @cache
    def ways(rest):
        if not rest:
            return set(range(len(spelled)))
        fitting = [
            token for token, piece in enumerate(spelled) if piece and (rest.startswith(piece) or piece.startswith(rest))
        ]
        return {token for token in fitting if ways(rest[len(spelled[token]) :])}

    allowed = np.zeros((len(text) + 1, len(spelled)), bool)
    for written in range(len(text) + 1):
        allowed[written, sorted(ways(text[written:]))] = True
    return Stem(allowed, np.array([len(piece) for piece in spelled]))


def spell(ids, spelled=SPELLED):
    return b"".join(spelled[token] for token in ids)


def repeats(ids, size, start=0):
    """Whether an n-gram of `size` pieces that ends at `start` or behind it has stood in `ids` before."""
    grams = [tuple(ids[at : at + size]) for at in range(len(ids) - size + 1)]
    return any(gram in grams[:at] for at, gram in enumerate(grams) if at + size > start)


def holds(ids, phrase, start=0):
    """Whether `phrase` stands in `ids` and ends at `start` or behind it."""
    size = len(phrase)
    return any(tuple(ids[at : at + size]) == tuple(phrase) and at + size > start for at in range(len(ids) - size + 1))
