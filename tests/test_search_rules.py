"""Lengths, n-grams, bans and given attention: every method keeps them, for each sentence of a batch its own."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from s2s.config import SearchConfig
from s2s.data import pad
from s2s.pieces import END
from s2s.search import NO_RULES, Rules, search
from s2s.search.rules import Guide, Stem
from tests.searches import (
    METHODS,
    SHAPES,
    assert_same,
    drain,
    ending_model,
    found,
    holds,
    named,
    repeats,
    right_log_probs,
    stem_of,
    stepped,
)
from tests.tiny import FIRST_PIECE, random_rows, tiny_model

SOURCES = random_rows(5, 1, 3, 8)
PIECES = range(FIRST_PIECE, 14)
PREFIXES = [(5, 5, 5), (), (4, 9, 4, 9, 4, 9, 4), (8,)]
BEGUN = [Rules(prefix=prefix) if prefix else NO_RULES for prefix in PREFIXES]
LOOKING = [shape for shape in SHAPES if shape["attention"] != "none"]


@pytest.fixture(params=SHAPES[:3], ids=named)
def model(request):
    return ending_model(**request.param)


@pytest.fixture(params=METHODS)
def method(request):
    return METHODS[request.param]


@pytest.mark.parametrize("min_length", [1, 3, 30])
@pytest.mark.parametrize("rules", [(), BEGUN], ids=["free", "begun"])
def test_a_target_that_wants_to_end_has_its_least_length(model, method, min_length, rules):
    model.output_bias[END] = 100.0
    every = found(model, SOURCES, SearchConfig(**method, min_length=min_length), rules)
    for prefix, ranked in zip(PREFIXES if rules else [()] * 4, every, strict=True):
        assert len(ranked[0].ids) == max(min_length, len(prefix)) + 1
        assert ranked[0].finished


@pytest.mark.parametrize("rules", [(), BEGUN], ids=["free", "begun"])
def test_a_target_without_an_end_has_its_greatest_length(model, method, rules):
    model.output_bias[END] = -100.0
    for ranked in found(model, SOURCES, SearchConfig(**method, max_length=9), rules):
        assert all(len(item.ids) == 9 and not item.finished for item in ranked)
    every = found(model, SOURCES, SearchConfig(**method), rules)
    for source, prefix, ranked in zip(SOURCES, PREFIXES if rules else [()] * 4, every, strict=True):
        assert all(len(item.ids) == 2 * len(source) + 10 + len(prefix) for item in ranked)


def test_a_prefix_may_be_as_long_as_a_target(model, method):
    for max_length in (1, 3):
        rules = [Rules(prefix=(5, 6, 7)[:max_length])] * len(SOURCES)
        for ranked in found(model, SOURCES, SearchConfig(**method, max_length=max_length), rules):
            assert {tuple(item.ids) for item in ranked} == {(5, 6, 7)[:max_length]}


@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("rules", [(), BEGUN], ids=["free", "begun"])
def test_no_ngram_is_written_twice(model, method, size, rules):
    model.output_bias[7] += 6.0  # it loops
    config = SearchConfig(**method, no_repeat_ngram=size, min_length=8)
    every = found(model, SOURCES, config, rules)
    for prefix, ranked in zip(PREFIXES if rules else [()] * 4, every, strict=True):
        assert ranked
        for item in ranked:
            assert tuple(item.ids[: len(prefix)]) == prefix
            assert not repeats(item.ids, size, start=len(prefix))


def test_a_model_that_loops_is_stopped(method):
    model = tiny_model()
    model.output_bias[7] = 50.0
    config = {**method, "max_length": 10}
    for looping, stopped in zip(
        found(model, SOURCES, SearchConfig(**config, max_repeats=0)),
        found(model, SOURCES, SearchConfig(**config, no_repeat_ngram=2)),
        strict=True,
    ):
        assert looping[0].ids == [7] * 10
        assert not any(holds(item.ids, (7, 7, 7)) for item in stopped)


def test_ngrams_that_never_repeat_are_no_matter(model, method):
    plain = found(model, SOURCES, SearchConfig(**method))
    for one, other in zip(plain, found(model, SOURCES, SearchConfig(**method, no_repeat_ngram=99)), strict=True):
        for before, after in zip(one, other, strict=True):
            assert_same(before, after)


def test_a_target_ends_where_nothing_is_left_to_write(model, method):
    model.output_bias[END] = -100.0
    for ranked in found(model, SOURCES, SearchConfig(**method, no_repeat_ngram=1, max_length=30)):
        for item in ranked:
            assert sorted(item.ids[:-1]) == list(PIECES)
            assert item.finished


def test_a_target_ends_before_its_least_length_where_nothing_is_left_to_write(method):
    config = SearchConfig(**method, no_repeat_ngram=1, min_length=20)
    for ranked in found(tiny_model(), SOURCES, config):
        assert ranked
        assert all(sorted(item.ids[:-1]) == list(PIECES) and item.finished for item in ranked)


def test_a_target_of_which_everything_is_banned_ends_at_once(method):
    banned = Rules(banned=tuple((piece,) for piece in PIECES))
    for (first, *_), free in zip(
        found(tiny_model(), SOURCES, SearchConfig(**method), [banned, NO_RULES, NO_RULES, banned]),
        (False, True, True, False),
        strict=True,
    ):
        assert (first.ids == [END]) != free


BANNED = [((7,), (9,)), (), ((7, 7), (5, 9, 4)), ((8,), (7, 9), (7, 7, 7))]


def test_what_is_banned_never_stands_in_the_sentence_it_is_banned_from(model, method):
    model.output_bias[[7, 9]] += 4.0
    config = SearchConfig(**method, min_length=8)
    plain = found(model, SOURCES, config)
    assert any(holds(plain[row][0].ids, phrase) for row, phrases in enumerate(BANNED) for phrase in phrases)
    rules = [Rules(banned=phrases) if phrases else NO_RULES for phrases in BANNED]
    for row, ranked in enumerate(found(model, SOURCES, config, rules)):
        for item in ranked:
            assert not any(holds(item.ids, phrase) for phrase in BANNED[row])
        if not BANNED[row]:
            assert [item.ids for item in ranked] == [item.ids for item in plain[row]]


LIMITED = [{7: 1, 9: 2}, {}, {7: 0}, {8: 3}]


def test_a_piece_stands_at_most_so_often_in_the_sentence_that_it_is_limited_in(model, method):
    model.output_bias[[7, 8, 9]] += 4.0
    config = SearchConfig(**method, min_length=8, max_repeats=0)
    plain = found(model, SOURCES, config)
    assert any(
        plain[row][0].ids.count(token) > most for row, limits in enumerate(LIMITED) for token, most in limits.items()
    )
    rules = [Rules(at_most=limits) if limits else NO_RULES for limits in LIMITED]
    for row, ranked in enumerate(found(model, SOURCES, config, rules)):
        for item in ranked:
            assert all(item.ids.count(token) <= most for token, most in LIMITED[row].items())
        if not LIMITED[row]:
            assert [item.ids for item in ranked] == [item.ids for item in plain[row]]


def test_a_prefix_may_hold_a_piece_more_often(method):
    model = tiny_model()
    model.output_bias[7] = 50.0
    rules = [Rules(prefix=(7, 8, 7), at_most={7: 1})] * len(SOURCES)
    for ranked in found(model, SOURCES, SearchConfig(**method, max_length=9), rules):
        assert all(item.ids[:3] == [7, 8, 7] and item.ids.count(7) == 2 for item in ranked)


def test_parts_of_a_banned_phrase_may_be_written(method):
    model = tiny_model()
    model.output_bias[7] = 50.0
    for size in (2, 3):
        rules = [Rules(banned=((7,) * size,))] * len(SOURCES)
        for ranked in found(model, SOURCES, SearchConfig(**method, max_length=5), rules):
            assert holds(ranked[0].ids, (7,) * (size - 1))
            assert not any(holds(item.ids, (7,) * size) for item in ranked)


def test_a_banned_phrase_that_a_prefix_begins_is_not_completed(method):
    model = tiny_model()
    model.output_bias[7] = 50.0
    rules = [Rules(prefix=(5, 6), banned=((5, 6, 7), (6, 7, 7)))] * len(SOURCES)
    for ranked in found(model, SOURCES, SearchConfig(**method), rules):
        for item in ranked:
            assert item.ids[:2] == [5, 6]
            assert item.ids[2] != 7


def weights(length, seed):
    row = np.random.default_rng(seed).random(length, dtype=np.float32)
    return row / row.sum()


@pytest.mark.parametrize("shape", LOOKING, ids=named)
def test_given_attention_is_used_where_it_is_given(shape, method):
    model, config = ending_model(**shape), SearchConfig(**method, min_length=5)
    given = [{0: weights(5, 1), 3: weights(5, 2)}, {}, {1: weights(3, 3)}, {}]
    rules = [Rules(attention=rows) if rows else NO_RULES for rows in given]
    plain = found(model, SOURCES, config)
    for row, ranked in enumerate(found(model, SOURCES, config, rules)):
        for item, before in zip(ranked, plain[row], strict=True):
            log_probs, attention = stepped(model, SOURCES[row], item.ids, given[row])
            np.testing.assert_allclose(item.log_probs, right_log_probs(log_probs, item.ids), rtol=1e-4, atol=1e-5)
            np.testing.assert_allclose(item.attention, attention, rtol=1e-4, atol=1e-5)
            for step, wanted in given[row].items():
                np.testing.assert_array_equal(item.attention[step], wanted)
            if not given[row]:
                assert_same(item, before)


def test_given_attention_moves_the_target_and_is_no_matter_without_attention(model, method):
    rules = [Rules(attention={step: np.eye(len(s), dtype=np.float32)[0] for step in range(9)}) for s in SOURCES]
    config = SearchConfig(**method)
    plain, moved = found(model, SOURCES, config), found(model, SOURCES, config, rules)
    same = [[item.log_probs for item in ranked] for ranked in plain] == [
        [item.log_probs for item in ranked] for ranked in moved
    ]
    assert same == (model.config.attention == "none")


def test_one_row_can_be_given_for_a_step_that_is_never_reached(model, method):
    config, rules = SearchConfig(**method, max_length=3), [Rules(attention={50: weights(len(s), 1)}) for s in SOURCES]
    for one, other in zip(found(model, SOURCES, config), found(model, SOURCES, config, rules), strict=True):
        assert [item.ids for item in one] == [item.ids for item in other]


piece = st.integers(FIRST_PIECE, 13)
rules_of_one = st.fixed_dictionaries(
    {
        "prefix": st.lists(piece, max_size=4).map(tuple),
        "stem": st.none() | st.lists(st.sampled_from([b"a", b"b", b" "]), min_size=1, max_size=4).map(b"".join),
        "banned": st.lists(st.lists(piece, min_size=1, max_size=3).map(tuple), max_size=2).map(tuple),
        "steps": st.sets(st.integers(0, 6), max_size=3),
    }
)


@given(
    each=st.lists(st.tuples(st.integers(1, 7), rules_of_one), min_size=2, max_size=4),
    shape=st.sampled_from(SHAPES),
    method=st.sampled_from(list(METHODS.values())),
    settings=st.fixed_dictionaries(
        {
            "no_repeat_ngram": st.integers(0, 3),
            "min_length": st.integers(1, 5),
            "coverage_penalty": st.sampled_from([0.0, 0.5]),
            "length_penalty": st.sampled_from(["average", "gnmt"]),
        }
    ),
)
def test_batched_equals_single_with_all_rules_together(each, shape, method, settings):
    model = ending_model(**shape)
    sources = [random_rows(length, seed=seed)[0] for seed, (length, _) in enumerate(each)]
    rules = [
        Rules(
            prefix=drawn["prefix"],
            stem=stem_of(drawn["stem"]) if drawn["stem"] else None,
            banned=tuple(phrase for phrase in drawn["banned"] if not {4, 5, 7} & set(phrase)),  # the stem needs these
            attention={step: weights(length, step) for step in drawn["steps"]},
        )
        for length, drawn in each
    ]
    config = SearchConfig(**method, **settings | {"no_repeat_ngram": settings["no_repeat_ngram"] and 2})
    for source, own, ranked in zip(sources, rules, found(model, sources, config, rules), strict=True):
        (alone,) = found(model, [source], config, [own])
        for one, other in zip(ranked, alone, strict=True):
            assert_same(one, other)
            assert not any(holds(one.ids, phrase, len(own.prefix)) for phrase in own.banned)


@pytest.mark.gpu
def test_every_rule_holds_on_a_gpu(model, method):
    rules = [Rules(prefix=(5,), stem=stem_of(b"ab"), banned=((7,),), attention={0: weights(5, 1)})]
    config = SearchConfig(**method, no_repeat_ngram=2)
    ((alone, *_),) = found(model, SOURCES[:1], config, rules)
    trace = drain(search(model.cuda(), *(part.cuda() for part in pad(SOURCES[:1])), config, rules))
    assert trace.hypothesis(0).ids == alone.ids


STEM = Stem(np.array([[True, False] * 7, [True] * 14]), np.arange(14) % 2)


@given(
    seed=st.integers(0, 10_000),
    steps=st.integers(0, 9),
    config=st.sampled_from(
        [{}, {"min_length": 4}, {"no_repeat_ngram": 1}, {"no_repeat_ngram": 2}, {"max_repeats": 0}, {"max_repeats": 3}]
    ),
    rules=st.sampled_from(
        [NO_RULES, Rules(prefix=(5, 6, 7)), Rules(banned=((4,), (5, 6))), Rules(stem=STEM), Rules(at_most={5: 1, 6: 0})]
    ),
)
def test_a_tensor_is_ruled_as_an_array_is(seed, steps, config, rules):
    random, config = np.random.default_rng(seed), SearchConfig(beam_size=3, **config)
    numbers = random.random((2, 3, 14), dtype=np.float32)
    history, steps = random.integers(FIRST_PIECE, 7, (2, 3, steps)), np.full(2, steps)
    ruled = []
    for log_probs in (numbers.copy(), torch.from_numpy(numbers.copy())):
        guide = Guide(config)
        guide.join([rules, NO_RULES], np.full(2, config.max_repeats) if config.max_repeats else None)
        guide.exclude(log_probs, history, steps)
        excluded = torch.as_tensor(log_probs).numpy().copy()
        changed = guide.constrain(log_probs, history, steps)
        differ = set(np.flatnonzero((excluded != np.asarray(log_probs)).any(axis=2)))
        assert differ <= set(() if changed is None else changed.tolist())
        ruled += [excluded, np.asarray(log_probs)]
    np.testing.assert_array_equal(ruled[0], ruled[2])
    np.testing.assert_array_equal(ruled[1], ruled[3])
