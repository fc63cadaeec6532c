"""Beginnings: every method keeps them, and goes on from them as if it had written them itself."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from s2s.config import SearchConfig
from s2s.data import pad
from s2s.pieces import END, PADDING, START, UNKNOWN
from s2s.search import NO_RULES, Rules, search
from tests.searches import (
    METHODS,
    SHAPES,
    assert_same,
    ending_model,
    found,
    named,
    right_log_probs,
    spell,
    stem_of,
)
from tests.tiny import random_rows, teacher_forced, tiny_model

SOURCES = random_rows(5, 1, 3, 8, 2)
PREFIXES = [(5,), (), (4, 9, 4, 4), (7, UNKNOWN, START, 6), (13, 12)]
WHOLE = [(5, 5, END), (END,), (UNKNOWN, START, 9, 9, 12, END), (13, 4, END), (6, END)]


@pytest.fixture(params=SHAPES, ids=named)
def model(request):
    return ending_model(**request.param)


@pytest.fixture(params=METHODS)
def method(request):
    return METHODS[request.param]


def beginning(prefixes):
    return [Rules(prefix=tuple(prefix)) if prefix else NO_RULES for prefix in prefixes]


def test_every_method_keeps_the_prefix_of_each_sentence(model, method):
    config = SearchConfig(**method)
    plain = found(model, SOURCES, config)
    for row, ranked in enumerate(found(model, SOURCES, config, beginning(PREFIXES))):
        assert ranked
        for item in ranked:
            assert tuple(item.ids[: len(PREFIXES[row])]) == PREFIXES[row]
            assert not {UNKNOWN, START, PADDING} & set(item.ids[len(PREFIXES[row]) :])
        if not PREFIXES[row]:
            for one, other in zip(ranked, plain[row], strict=True):
                assert_same(one, other)


@pytest.mark.parametrize("prefixes", [PREFIXES, WHOLE], ids=["begun", "whole"])
def test_what_is_said_of_a_prefix_is_what_teacher_forcing_says(model, method, prefixes):
    every = found(model, SOURCES, SearchConfig(**method, alternatives=4), beginning(prefixes))
    for source, prefix, ranked in zip(SOURCES, prefixes, every, strict=True):
        for item in ranked:
            if prefix[-1:] == (END,):
                assert tuple(item.ids) == prefix
                assert item.finished
            log_probs, attention = teacher_forced(model, [source], [item.ids])
            np.testing.assert_allclose(item.log_probs, right_log_probs(log_probs[0], item.ids), rtol=1e-4, atol=1e-5)
            if attention is not None:
                np.testing.assert_allclose(item.attention, attention[0], rtol=1e-4, atol=1e-5)
            log_probs[..., [UNKNOWN, START, PADDING]] = -torch.inf
            log_probs[:, 0, END] = -torch.inf
            likeliest = log_probs[0].topk(4).indices.tolist()
            assert [[id for id, _ in step] for step in item.alternatives] == likeliest


@pytest.mark.parametrize("beam_size", [1, 2, 3, 4, 5, 8, 14, 40, 64])
def test_a_whole_target_gives_one_hypothesis_to_a_beam(beam_size):
    for prefix, ranked in zip(
        WHOLE, found(tiny_model(), SOURCES, SearchConfig(beam_size=beam_size), beginning(WHOLE)), strict=True
    ):
        assert [tuple(item.ids) for item in ranked] == [prefix]


@pytest.mark.parametrize("beam_size", [2, 3, 5, 8, 40])
def test_every_step_of_a_prefix_shows_the_prefix_so_far_and_nothing_else(beam_size):
    for step, trace in enumerate(
        search(tiny_model(), *pad(SOURCES[:1]), SearchConfig(beam_size=beam_size), [Rules(prefix=(5, 5, 6, 7, END))]), 1
    ):
        every = [trace.hypothesis(0, rank) for rank in range(beam_size)]
        assert [item.ids for item in every if item.score > -np.inf] == [[5, 5, 6, 7, END][:step]]
        assert [node.token for node in trace.tree(0)] == [5, 5, 6, 7, END][:step]
        assert [node.rank for node in trace.tree(0)] == [None] * (step - 1) + [0]


@pytest.mark.parametrize("min_length", [1, 6])
def test_a_prefix_may_end_before_the_least_length(model, method, min_length):
    every = found(model, SOURCES, SearchConfig(**method, min_length=min_length), beginning(WHOLE))
    assert [tuple(ranked[0].ids) for ranked in every] == WHOLE


def test_greedy_goes_on_from_its_own_beginning_as_before(model):
    config = SearchConfig(beam_size=1, max_length=12)
    before = found(model, SOURCES, config)
    for length in (1, 2, 5, 12):
        prefixes = [best.ids[:length] for (best,) in before]
        for (one,), (other,) in zip(found(model, SOURCES, config, beginning(prefixes)), before, strict=True):
            assert_same(one, other)


def test_a_prefix_keeps_the_attention_of_the_run_that_it_comes_from(model, method):
    before = [ranked[0] for ranked in found(model, SOURCES, SearchConfig(**METHODS["beam"]))]
    prefixes = [best.ids[:4] for best in before]
    for best, ranked in zip(before, found(model, SOURCES, SearchConfig(**method), beginning(prefixes)), strict=True):
        for item in ranked:
            np.testing.assert_allclose(item.log_probs[:4], best.log_probs[:4], atol=1e-5)
            if best.attention is not None:
                np.testing.assert_allclose(item.attention[:4], best.attention[:4], atol=1e-5)


STEMS = [b"a", b"", b" ab", b"abcab ", b"aabz"]


def test_every_method_spells_the_stem_of_each_sentence(model, method):
    rules = [Rules(stem=stem_of(text)) if text else NO_RULES for text in STEMS]
    plain = found(model, SOURCES, SearchConfig(**method))
    for row, ranked in enumerate(found(model, SOURCES, SearchConfig(**method), rules)):
        assert ranked
        for item in ranked:
            assert spell(item.ids).startswith(STEMS[row])
        if not STEMS[row]:
            assert [item.ids for item in ranked] == [item.ids for item in plain[row]]


def test_a_stem_stands_behind_its_prefix(model, method):
    rules = [Rules(prefix=prefix, stem=stem_of(b"abc")) for prefix in PREFIXES]
    for prefix, ranked in zip(PREFIXES, found(model, SOURCES, SearchConfig(**method), rules), strict=True):
        for item in ranked:
            assert tuple(item.ids[: len(prefix)]) == prefix
            assert spell(item.ids[len(prefix) :]).startswith(b"abc")


def test_the_piece_that_completes_a_stem_may_go_beyond_it(model, method):
    model.output_bias[11] += 20.0  # "cab"
    for ranked in found(model, SOURCES, SearchConfig(**method), [Rules(stem=stem_of(b"ac"))] * len(SOURCES)):
        assert ranked[0].ids[:2] == [4, 11]


def test_a_stem_is_never_begun_with_what_cannot_complete_it(model, method):
    spelled = [b"", b"", b"", b"", b"a", b"b", b"c", b"d", b"ab", b"bzz", b"e", b"f", b"g", b"h"]
    model.output_bias[8] += 20.0  # "ab", after which no piece writes "z"
    for ranked in found(model, SOURCES, SearchConfig(**method), [Rules(stem=stem_of(b"abz", spelled))] * len(SOURCES)):
        for item in ranked:
            assert item.ids[:2] == [4, 9]


def test_no_end_comes_within_a_stem(model, method):
    model.output_bias[END] = 100.0
    if model.decoder.gate is not None:
        model.decoder.gate.bias.fill_(100.0)  # it does not copy what stands in the source instead
    for ranked in found(model, SOURCES, SearchConfig(**method), [Rules(stem=stem_of(b"abcabc"))] * len(SOURCES)):
        for item in ranked:
            assert spell(item.ids).startswith(b"abcabc")
            assert item.finished


@given(data=st.data(), text=st.binary(min_size=1, max_size=8).map(lambda raw: bytes(97 + byte % 3 for byte in raw)))
def test_any_text_that_can_be_spelled_is_spelled_by_every_method(data, text):
    piece = st.lists(st.sampled_from([b"a", b"b", b"c"]), min_size=1, max_size=3).map(b"".join)
    spelled = [b""] * 4 + data.draw(st.lists(piece, min_size=10, max_size=10))
    stem = stem_of(text, spelled)
    assume(stem.allowed[0].any())
    rules = [NO_RULES, Rules(prefix=(5, 6), stem=stem, repeats=len(text))]
    method = data.draw(st.sampled_from(list(METHODS.values())))
    _, ranked = found(ending_model(), SOURCES[:2], SearchConfig(**method), rules)
    assert ranked
    for item in ranked:
        assert spell(item.ids[2:], spelled).startswith(text)
