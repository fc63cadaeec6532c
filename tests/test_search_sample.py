"""Sampling: what is drawn follows the model, and depends on the seed and on the sentence alone."""

import numpy as np
import pytest
import torch

from s2s.config import SearchConfig
from s2s.pieces import END, PADDING, START, UNKNOWN
from tests.searches import SHAPES, assert_same, ending_model, found, named, right_log_probs
from tests.tiny import random_rows, teacher_forced, tiny_model

SOURCES = random_rows(5, 1, 3, 8)
SEEDS = range(40)


def sampling(**changes):
    return SearchConfig(method="sample", **{"beam_size": 3, **changes})


@pytest.fixture(params=SHAPES, ids=named)
def model(request):
    return ending_model(**request.param)


def ids_of(every):
    return [[item.ids for item in ranked] for ranked in every]


def test_the_same_seed_draws_the_same_targets(model):
    for one, other in zip(found(model, SOURCES, sampling()), found(model, SOURCES, sampling()), strict=True):
        for before, after in zip(one, other, strict=True):
            assert_same(before, after)


def test_other_seeds_draw_other_targets(model):
    assert len({str(ids_of(found(model, SOURCES, sampling(seed=seed)))) for seed in range(5)}) == 5


def test_what_is_drawn_does_not_depend_on_the_batch(model):
    together = found(model, SOURCES, sampling(beam_size=5))
    backwards = found(model, SOURCES[::-1], sampling(beam_size=5))[::-1]
    for source, one, other in zip(SOURCES, together, backwards, strict=True):
        (alone,) = found(model, [source], sampling(beam_size=5))
        for items in zip(one, other, alone, strict=True):
            assert_same(items[0], items[1])
            assert_same(items[0], items[2])


def test_sentences_and_hypotheses_draw_for_themselves(model):
    model.output_bias[END] = -100.0
    every = ids_of(found(model, SOURCES, sampling(beam_size=6, temperature=3.0, max_length=8)))
    assert len({tuple(ids) for ranked in every for ids in ranked}) == len(SOURCES) * 6


@pytest.mark.parametrize("changes", [{"top_k": 1}, {"top_p": 1e-6}, {"top_k": 1, "temperature": 50.0}], ids=named)
def test_a_draw_from_the_likeliest_piece_alone_is_greedy(model, changes):
    greedy = found(model, SOURCES, SearchConfig(beam_size=1))
    for (best,), ranked in zip(greedy, found(model, SOURCES, sampling(**changes)), strict=True):
        for item in ranked:
            assert_same(best, item)


def test_the_coldest_draw_takes_the_likeliest_pieces(model):
    for ranked in found(model, SOURCES, sampling(temperature=0.01, max_repeats=0)):
        for item in ranked:
            likeliest = [step[0][1] for step in item.alternatives]
            # Which of two pieces that are nearly as likely is left to chance: e^-15 is none.
            np.testing.assert_allclose(item.log_probs, likeliest, atol=0.15)


def test_log_probs_are_the_models_own_whatever_was_drawn_from(model):
    config = sampling(temperature=2.5, top_k=7, top_p=0.8, no_repeat_ngram=2)
    for source, ranked in zip(SOURCES, found(model, SOURCES, config), strict=True):
        assert [item.score for item in ranked] == sorted((item.score for item in ranked), reverse=True)
        for item in ranked:
            log_probs, attention = teacher_forced(model, [source], [item.ids])
            np.testing.assert_allclose(item.log_probs, right_log_probs(log_probs[0], item.ids), rtol=1e-4, atol=1e-5)
            assert item.score == pytest.approx(np.mean(item.log_probs))
            if attention is not None:
                np.testing.assert_allclose(item.attention, attention[0], rtol=1e-4, atol=1e-5)


def first_pieces(log_probs, temperature=1.0, top_k=0, top_p=1.0):
    """The shares of the first pieces that should be drawn: numpy, one piece after the other."""
    shares = np.exp(log_probs.astype(float) / temperature)
    shares[[UNKNOWN, START, END, PADDING]] = 0
    shares /= shares.sum()
    order = np.argsort(-shares)
    kept, held = [], 0.0
    for piece in order[: top_k or None]:
        if held >= top_p * shares[order[: top_k or None]].sum():
            break
        kept.append(piece)
        held += shares[piece]
    wanted = np.zeros_like(shares)
    wanted[kept] = shares[kept] / shares[kept].sum()
    return wanted


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"temperature": 0.5},
        {"temperature": 4.0},
        {"top_k": 3},
        {"top_p": 0.7},
        {"temperature": 3.0, "top_k": 6},
        {"temperature": 3.0, "top_p": 0.6},
        {"temperature": 2.0, "top_k": 7, "top_p": 0.8},
    ],
    ids=named,
)
def test_pieces_are_drawn_as_often_as_the_model_says(changes):
    model = tiny_model(2)
    counts = np.zeros((len(SOURCES), 14))
    for seed in SEEDS:
        config = sampling(beam_size=64, max_length=1, alternatives=0, seed=seed, **changes)
        for row, ranked in enumerate(found(model, SOURCES, config)):
            np.add.at(counts[row], [item.ids[0] for item in ranked], 1)
    draws = len(SEEDS) * 64
    for source, drawn in zip(SOURCES, counts, strict=True):
        wanted = first_pieces(teacher_forced(model, [source], [[5]])[0][0, 0].numpy(), **changes)
        assert not drawn[wanted == 0].any()
        # Four standard deviations of a share; the rarest pieces are drawn a few times or never.
        assert (abs(drawn / draws - wanted) <= 4 * np.sqrt(wanted * (1 - wanted) / draws) + 2 / draws).all()


def test_later_pieces_are_drawn_as_often_as_the_model_says():
    model, source = tiny_model(2), SOURCES[0]
    pairs = torch.zeros(14, 14)
    for seed in SEEDS:
        (ranked,) = found(model, [source], sampling(beam_size=64, max_length=2, alternatives=0, seed=seed))
        for item in ranked:
            pairs[item.ids[0], item.ids[1]] += 1
    first = int(pairs.sum(dim=1).argmax())
    shares = teacher_forced(model, [source], [[first, 5]])[0][0, 1].exp()
    shares[[UNKNOWN, START, PADDING]] = 0
    shares /= shares.sum()
    draws = pairs[first].sum()
    assert draws > 500
    assert ((pairs[first] / draws - shares).abs() <= 4 * (shares * (1 - shares) / draws).sqrt() + 2 / draws).all()
