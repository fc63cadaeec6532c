"""Search: what is found is what the model says, whatever stands beside it in the batch."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from s2s.config import SearchConfig
from s2s.data import pad
from s2s.pieces import END, PADDING, START, UNKNOWN
from s2s.search import search
from tests.searches import assert_same
from tests.tiny import FIRST_PIECE, random_rows, teacher_forced, tiny_model

SHAPES = [
    {"cell": "gru", "attention": "luong-general"},
    {"cell": "lstm", "attention": "bahdanau", "encoder_layers": 2, "decoder_layers": 2},
    {"cell": "rnn", "attention": "none"},
    {"cell": "gru", "attention": "luong-dot", "decoder_layers": 2, "bidirectional": False},
    {"cell": "lstm", "attention": "location", "decoder_layers": 2},
    {"cell": "gru", "attention": "location", "wiring": "input-feeding"},
    {"cell": "rnn", "attention": "luong-concat", "wiring": "input-feeding", "decoder_layers": 2},
]
SOURCES = random_rows(5, 1, 3, 8)
BEAMS = [1, 4]
WIDER_THAN_THE_VOCABULARY = 20


@pytest.fixture(params=SHAPES, ids=lambda shape: "-".join(map(str, shape.values())))
def model(request):
    model = tiny_model(**request.param)
    model.output_bias[END] += 3.5  # some end by themselves, some at the limit
    return model


def drain(steps):
    *_, trace = steps
    return trace


def found(model, sources, config=SearchConfig(), ranks=1):
    """The best hypotheses of each source, those that are possible at all."""
    trace = drain(search(model, *pad(sources), config))
    all_ranks = [[trace.hypothesis(row, rank) for rank in range(ranks)] for row in range(len(sources))]
    return [[item for item in ranked if item.score > -np.inf] for ranked in all_ranks]


def test_greedy_takes_the_likeliest_piece_at_each_step(model):
    for source, (best,) in zip(SOURCES, found(model, SOURCES, SearchConfig(beam_size=1, max_repeats=0)), strict=True):
        log_probs = teacher_forced(model, [source], [best.ids])[0][0]
        log_probs[:, [UNKNOWN, START, PADDING]] = -np.inf
        log_probs[0, END] = -np.inf
        assert log_probs.argmax(dim=-1).tolist() == best.ids


@pytest.mark.parametrize("beam_size", BEAMS)
def test_batched_equals_single(model, beam_size):
    config = SearchConfig(beam_size=beam_size)
    together = found(model, SOURCES, config, ranks=beam_size)
    for source, ranked in zip(SOURCES, together, strict=True):
        (alone,) = found(model, [source], config, ranks=beam_size)
        assert len(ranked) == len(alone)
        for one, other in zip(ranked, alone, strict=True):
            assert_same(one, other)


@pytest.mark.parametrize("beam_size", BEAMS)
def test_padding_changes_nothing(model, beam_size):
    ids, mask = pad(SOURCES)
    config = SearchConfig(beam_size=beam_size)
    wider = [torch.nn.functional.pad(part, (0, 4), value=value) for part, value in ((ids, PADDING), (mask, False))]
    plain, padded = drain(search(model, ids, mask, config)), drain(search(model, *wider, config))
    for row in range(len(SOURCES)):
        assert_same(plain.hypothesis(row), padded.hypothesis(row))


@pytest.mark.parametrize("beam_size", BEAMS)
def test_every_step_of_the_stream_adds_one_piece_at_most(model, beam_size):
    for steps, trace in enumerate(search(model, *pad(SOURCES), SearchConfig(beam_size=beam_size)), 1):
        assert len(trace.steps) == steps
        assert all(1 <= len(trace.hypothesis(row).ids) <= steps for row in range(len(SOURCES)))


def test_greedy_streams_the_beginnings_of_its_result(model):
    config = SearchConfig(beam_size=1)
    ((best,),) = found(model, SOURCES[:1], config)
    for step, trace in enumerate(search(model, *pad(SOURCES[:1]), config), 1):
        assert trace.hypothesis(0).ids == best.ids[:step]


@pytest.mark.parametrize("beam_size", [*BEAMS, WIDER_THAN_THE_VOCABULARY])
def test_log_probs_are_the_teacher_forced_ones_and_score_is_their_mean(model, beam_size):
    for source, ranked in zip(
        SOURCES, found(model, SOURCES, SearchConfig(beam_size=beam_size), beam_size), strict=True
    ):
        for item in ranked:
            log_probs, attention = teacher_forced(model, [source], [item.ids])
            right = log_probs[0].gather(1, torch.tensor(item.ids)[:, None]).squeeze(1)
            np.testing.assert_allclose(item.log_probs, right, rtol=1e-4, atol=1e-5)
            assert item.score == pytest.approx(np.mean(item.log_probs))
            if attention is None:
                assert item.attention is None
            else:
                np.testing.assert_allclose(item.attention, attention[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("beam_size", BEAMS)
def test_attention_has_one_row_a_piece_that_sums_to_one(model, beam_size):
    for source, ranked in zip(
        SOURCES, found(model, SOURCES, SearchConfig(beam_size=beam_size), beam_size), strict=True
    ):
        for item in ranked:
            if item.attention is not None:
                assert item.attention.shape == (len(item.ids), len(source))
                np.testing.assert_allclose(item.attention.sum(axis=1), 1, rtol=1e-5)


def test_hypotheses_are_different_and_the_best_comes_first(model):
    for ranked in found(model, SOURCES, SearchConfig(beam_size=8), ranks=8):
        scores = [item.score for item in ranked]
        assert scores == sorted(scores, reverse=True)
        assert len({tuple(item.ids) for item in ranked}) == len(ranked) > 1


def all_targets(pieces, max_length):
    """Every target of at most `max_length` pieces: ended ones, and unended ones of just that length."""
    for length in range(1, max_length + 1):
        for ids in itertools.product(pieces, repeat=length):
            if length < max_length:
                yield [*ids, END]
            else:
                yield list(ids)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "-".join(map(str, shape.values())))
def test_a_wide_beam_finds_what_an_exhaustive_search_finds(shape, seed):
    model = tiny_model(seed, vocabulary_size=7, **shape)  # three pieces beside the special ones
    max_length = 3
    targets = list(all_targets(range(FIRST_PIECE, 7), max_length))
    assert len(targets) == 3 + 9 + 27
    (source,) = random_rows(4, seed=seed, vocabulary_size=7)
    log_probs, _ = teacher_forced(model, [source] * len(targets), targets)
    scores = {
        tuple(ids): float(np.mean([rows[step, token] for step, token in enumerate(ids)]))
        for ids, rows in zip(targets, log_probs.numpy(), strict=True)
    }
    expected = sorted(scores, key=scores.get, reverse=True)
    (ranked,) = found(model, [source], SearchConfig(beam_size=64, max_length=max_length, max_repeats=0), ranks=64)
    assert [tuple(item.ids) for item in ranked] == expected
    assert [item.score for item in ranked] == pytest.approx([scores[ids] for ids in expected], abs=1e-5)


@pytest.mark.parametrize("beam_size", BEAMS)
def test_lengths_stay_within_their_limits(model, beam_size):
    model.output_bias[END] = -100.0  # never ends by itself
    for max_length in (1, 2, 7):
        config = SearchConfig(beam_size=beam_size, max_length=max_length)
        for (best,) in found(model, SOURCES, config):
            assert len(best.ids) == max_length
            assert not best.finished
    for source, (best,) in zip(SOURCES, found(model, SOURCES, SearchConfig(beam_size=beam_size)), strict=True):
        assert len(best.ids) == 2 * len(source) + 10


@pytest.mark.parametrize("beam_size", BEAMS)
def test_a_target_has_a_piece_before_its_end(model, beam_size):
    model.output_bias[END] = 100.0
    for ranked in found(model, SOURCES, SearchConfig(beam_size=beam_size), beam_size):
        for item in ranked:
            assert item.ids[0] >= FIRST_PIECE
        assert ranked[0].ids[1:] == [END]
        assert ranked[0].finished


@pytest.mark.parametrize("beam_size", BEAMS)
def test_special_pieces_are_never_written_however_likely(model, beam_size):
    model.output_bias[[UNKNOWN, START, PADDING]] = 10.0
    for ranked in found(model, SOURCES, SearchConfig(beam_size=beam_size, alternatives=5), beam_size):
        for item in ranked:
            written = {*item.ids, *(id for step in item.alternatives for id, _ in step)}
            assert not written & {UNKNOWN, START, PADDING}
            assert END not in item.ids[:-1]


@pytest.mark.parametrize("beam_size", BEAMS)
def test_alternatives_are_the_likeliest_pieces_of_their_step(model, beam_size):
    for source, ranked in zip(
        SOURCES, found(model, SOURCES, SearchConfig(beam_size=beam_size, alternatives=3)), strict=True
    ):
        (best,) = ranked
        log_probs = teacher_forced(model, [source], [best.ids])[0][0]
        log_probs[:, [UNKNOWN, START, PADDING]] = -np.inf
        log_probs[0, END] = -np.inf
        top = log_probs.topk(3, dim=-1)
        assert [[id for id, _ in step] for step in best.alternatives] == top.indices.tolist()
        values = [[log_prob for _, log_prob in step] for step in best.alternatives]
        np.testing.assert_allclose(values, top.values, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("beam_size", BEAMS)
def test_no_alternatives_are_given_when_none_are_asked_for(model, beam_size):
    for (best,) in found(model, SOURCES, SearchConfig(beam_size=beam_size, alternatives=0)):
        assert best.alternatives == [[] for _ in best.ids]


@pytest.mark.parametrize("beam_size", [*BEAMS, WIDER_THAN_THE_VOCABULARY])
def test_alternatives_are_at_most_the_pieces_that_may_be_written(model, beam_size):
    for (best,) in found(model, SOURCES, SearchConfig(beam_size=beam_size, alternatives=50)):
        assert len(best.alternatives) == len(best.ids)
        for step in best.alternatives:
            assert {id for id, _ in step} <= {END, *range(FIRST_PIECE, 14)}
            assert all(log_prob > -np.inf for _, log_prob in step)


def test_threads_at_once_equal_one_after_the_other(model):
    def one(source):
        return found(model, [source], SearchConfig(beam_size=3))[0][0]

    sources = [random_rows(2 + seed % 5, seed=seed)[0] for seed in range(6)]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(one, sources))
    for source, item in zip(sources, together, strict=True):
        assert_same(item, one(source))
