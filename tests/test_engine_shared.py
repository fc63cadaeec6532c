"""Requests that share an engine find what each would find alone, and their steps are computed together."""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from s2s.config import SearchConfig
from s2s.engine.runtime import OnnxEngine
from s2s.engine.shared import SharedEngine
from s2s.errors import S2SError
from s2s.search import Rules
from tests.searches import METHODS, assert_same, ending_model, found, named
from tests.searches import SHAPES as SEARCHED
from tests.tiny import random_rows

SOURCES = [random_rows(*lengths, seed=seed) for seed, lengths in enumerate([(5,), (2, 7), (1,), (3, 3, 6), (9,)])]
every_shape = pytest.mark.parametrize("shape", SEARCHED, ids=named)


class Counting:
    """An engine that notes how many rows each step has."""

    def __init__(self, engine):
        self.config, self.encode, self.start = engine.config, engine.encode, engine.start
        self.engine, self.rows = engine, []

    def step(self, previous, state, memory):
        self.rows.append(len(previous))
        return self.engine.step(previous, state, memory)


def at_once(shared, tasks):
    """What the tasks give, whose first steps are all asked for before any is computed."""
    with ThreadPoolExecutor(len(tasks)) as threads:
        with shared._turn:
            answers = [threads.submit(task) for task in tasks]
            while len(shared._waiting) < len(tasks):
                time.sleep(0)  # let the threads come
        return [answer.result() for answer in answers]


@every_shape
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("build", [lambda model: model, OnnxEngine], ids=["torch", "onnx"])
def test_requests_at_once_find_what_each_finds_alone(shape, method, build):
    engine = build(ending_model(**shape))
    config = SearchConfig(**METHODS[method], n_best=METHODS[method]["beam_size"], max_length=12)
    counting = Counting(engine)
    shared = SharedEngine(counting)
    answers = at_once(shared, [partial(found, shared, sources, config) for sources in SOURCES])
    assert counting.rows[0] == sum(map(len, SOURCES)) * config.beam_size
    for sources, answer in zip(SOURCES, answers, strict=True):
        for one, other in zip(answer, found(engine, sources, config), strict=True):
            for hypothesis, expected in zip(one, other, strict=True):
                assert_same(hypothesis, expected)


def test_each_step_is_noted_with_its_requests_and_rows():
    model, noted = ending_model(cell="gru", attention="bahdanau"), []
    shared = SharedEngine(model, lambda *counts: noted.append(counts))
    config = SearchConfig(beam_size=2, max_length=3)
    at_once(shared, [partial(found, shared, sources, config) for sources in SOURCES])
    assert noted[0] == (len(SOURCES), 2 * sum(map(len, SOURCES)))


def test_beams_of_different_sizes_and_given_attention_do_not_mix():
    model = ending_model(cell="gru", attention="bahdanau")
    shared = SharedEngine(model)
    given = [Rules(attention={0: [1.0, 0, 0, 0, 0], 2: [0, 0, 0.5, 0.5, 0]})]
    asked = [(SOURCES[0], SearchConfig(beam_size=beam, n_best=beam), rules) for beam in (1, 3) for rules in (given, ())]
    answers = at_once(shared, [partial(found, shared, *each) for each in asked])
    for each, answer in zip(asked, answers, strict=True):
        for one, other in zip(answer[0], found(model, *each)[0], strict=True):
            assert_same(one, other)


def test_an_error_comes_to_all_who_asked_together_and_to_nobody_later():
    model = ending_model(cell="gru", attention="bahdanau")
    shared = SharedEngine(model)
    step, model.step = model.step, _broken
    config = SearchConfig(beam_size=1)

    def attempt(sources):
        with pytest.raises(S2SError, match="no memory is left"):
            found(shared, sources, config)

    at_once(shared, [partial(attempt, sources) for sources in SOURCES])
    model.step = step
    assert found(shared, SOURCES[0], config)[0][0].ids == found(model, SOURCES[0], config)[0][0].ids


def _broken(*asked):
    raise S2SError("no memory is left")
