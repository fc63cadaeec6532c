"""Scores: a beam that is wide enough finds what an exhaustive search finds, under every way to compare."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from s2s.config import SearchConfig
from s2s.pieces import END
from s2s.search.beams import Beams
from s2s.search.choice import best_of_beam, greatest, likeliest, renewed
from tests.searches import SHAPES, ending_model, found, named
from tests.tiny import FIRST_PIECE, random_rows, teacher_forced, tiny_model

MAX_LENGTH = 3
SCORES = [
    {"length_exponent": 0.0},
    {"length_exponent": 0.5},
    {"length_exponent": 1.0},
    {"length_exponent": 2.0},
    {"length_penalty": "gnmt", "length_exponent": 0.6},
    {"length_penalty": "gnmt", "length_exponent": 1.0},
    {"coverage_penalty": 0.5},
    {"length_penalty": "gnmt", "length_exponent": 0.6, "coverage_penalty": 0.5},
    {"length_exponent": 0.0, "coverage_penalty": 5.0},
]


def expected_score(log_probs, attention, length_penalty="average", length_exponent=1.0, coverage_penalty=0.0):
    """s(Y, X) = log P(Y|X) / lp(Y) + cp(X; Y), as Wu et al. 2016 write it in equation 14, or with lp(Y) = |Y|^α."""
    length = len(log_probs)
    gnmt = (5 + length) ** length_exponent / (5 + 1) ** length_exponent
    score = sum(log_probs) / (gnmt if length_penalty == "gnmt" else length**length_exponent)
    if attention is not None:
        score += coverage_penalty * sum(np.log(min(looked, 1.0)) for looked in attention.sum(axis=0))
    return score


def all_targets(pieces):
    """Every target of at most `MAX_LENGTH` pieces: ended ones, and unended ones of just that length."""
    for length in range(1, MAX_LENGTH + 1):
        for ids in itertools.product(pieces, repeat=length):
            yield (*ids, END) if length < MAX_LENGTH else ids


def exhaustive(model, source, scores):
    """The score of every target."""
    targets = list(all_targets(range(FIRST_PIECE, model.config.vocabulary_size)))
    log_probs, attention = teacher_forced(model, [source] * len(targets), [list(ids) for ids in targets])
    return {
        ids: expected_score(
            [float(log_probs[row, step, token]) for step, token in enumerate(ids)],
            None if attention is None else attention[row, : len(ids)].numpy().astype(float),
            **scores,
        )
        for row, ids in enumerate(targets)
    }


@pytest.mark.parametrize("scores", SCORES, ids=named)
@pytest.mark.parametrize("shape", SHAPES, ids=named)
def test_a_wide_beam_finds_what_an_exhaustive_search_finds(shape, scores):
    model = tiny_model(1, vocabulary_size=7, **shape)  # three pieces beside the special ones
    config = SearchConfig(beam_size=64, max_length=MAX_LENGTH, max_repeats=0, **scores)
    sources = random_rows(4, 2, vocabulary_size=7)
    for source, ranked in zip(sources, found(model, sources, config), strict=True):
        expected = exhaustive(model, source, scores)
        assert len(ranked) == len(expected) == 3 + 9 + 27
        for item in ranked:
            assert item.score == pytest.approx(expected[tuple(item.ids)], abs=1e-5)
        wanted = sorted(expected.values(), reverse=True)
        assert [item.score for item in ranked] == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("scores", SCORES, ids=named)
@pytest.mark.parametrize("method", ["beam", "sample"])
def test_hypotheses_come_by_falling_score_however_long_they_are(method, scores):
    model = ending_model(attention="bahdanau")
    config = SearchConfig(method=method, beam_size=6, **scores)
    sources = random_rows(5, 1, 3, 8)
    ranks = found(model, sources, config)
    assert len({len(item.ids) for ranked in ranks for item in ranked}) > 3
    for source, ranked in zip(sources, ranks, strict=True):
        assert [item.score for item in ranked] == sorted((item.score for item in ranked), reverse=True)
        for item in ranked:
            assert item.attention.shape == (len(item.ids), len(source))
            assert item.score == pytest.approx(expected_score(item.log_probs, item.attention, **scores), abs=1e-4)


def test_a_small_exponent_likes_short_targets_and_a_large_one_long_ones():
    lengths = [
        sum(
            len(ranked[0].ids)
            for ranked in found(
                ending_model(), random_rows(5, 1, 3, 8), SearchConfig(beam_size=8, length_exponent=exponent)
            )
        )
        for exponent in (0.0, 1.0, 3.0)
    ]
    assert lengths[0] < lengths[1] < lengths[2]


@given(
    seed=st.integers(0, 10_000),
    sentences=st.integers(1, 4),
    width=st.integers(1, 5),
    scores=st.sampled_from(SCORES),
)
def test_a_beam_of_one_takes_the_likeliest_piece(seed, sentences, width, scores):
    random, config = np.random.default_rng(seed), SearchConfig(beam_size=1, **scores)
    log_probs = -np.sort(random.random((sentences, 1, width), dtype=np.float32))
    ids = random.integers(FIRST_PIECE, 99, (sentences, 1, width))
    beams = Beams.start(sentences, config, None)
    beams = beams._replace(sums=-random.random((sentences, 1)), counts=random.integers(9, size=(sentences, 1)) * 1.0)
    greedy, best = likeliest(ids, log_probs), best_of_beam(ids, log_probs, beams, config)
    np.testing.assert_array_equal(greedy.tokens, best.tokens)
    np.testing.assert_array_equal(greedy.log_probs, best.log_probs)
    assert not best.parents.any()


@given(
    rows=arrays(np.float32, (2, 3, 7), elements=st.sampled_from([-np.inf, -3, -2, -1, 0])),
    count=st.integers(1, 9),
    kind=st.sampled_from([np.array, torch.tensor]),
)
def test_the_greatest_are_found_in_order_and_nothing_is_changed(rows, count, kind):
    values = kind(rows)
    places, found = greatest(values, count)
    count = min(count, 7)
    assert places.shape == found.shape == (2, 3, count)
    np.testing.assert_array_equal(found, -np.sort(-rows, axis=-1)[..., :count])
    np.testing.assert_array_equal(values, rows)
    possible = found > -np.inf
    np.testing.assert_array_equal(np.take_along_axis(rows, places, -1)[possible], found[possible])
    for row, counts in zip(places.reshape(6, -1), possible.reshape(6, -1), strict=True):
        assert len(set(row[counts])) == counts.sum()


@given(
    rows=arrays(np.float32, (2, 3, 7), elements=st.floats(-9, 0, width=32), unique=True),
    changed=st.sets(st.integers(0, 5), min_size=1),
    count=st.integers(1, 9),
    kind=st.sampled_from([np.array, torch.tensor]),
)
def test_what_has_changed_is_sought_again(rows, changed, count, kind):
    values = kind(rows)
    before = greatest(values, count)
    kept = [part.copy() for part in before]
    values.reshape(6, 7)[sorted(changed)] = kind(rows.reshape(6, 7)[sorted(changed), ::-1].copy())
    after = renewed(before, values, np.array(sorted(changed)))
    for part, expected in zip((*after, *before), (*greatest(values, count), *kept), strict=True):
        np.testing.assert_array_equal(part, expected)
