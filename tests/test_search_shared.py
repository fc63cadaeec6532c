"""Requests that share a search find what each would find alone; they join it, leave it and wait for places in it."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from threading import Event

import pytest
import torch

from s2s.config import SearchConfig
from s2s.constraints import Constraints
from s2s.data import pad
from s2s.engine.runtime import OnnxEngine
from s2s.errors import DeadlineError, S2SError
from s2s.pieces import END
from s2s.search import Deadline, Rules, SharedSearch, search, shared
from s2s.search.steps import Progress
from s2s.translator import Translator
from tests.searches import METHODS, assert_same, drain, ending_model, found, named
from tests.searches import SHAPES as SEARCHED
from tests.tiny import SENTENCES, random_rows, save_tiny

CPU = torch.device("cpu")
SOURCES = [random_rows(*lengths, seed=seed) for seed, lengths in enumerate([(5,), (2, 7), (1,), (3, 3, 6), (9,), (4,)])]
CONFIGS = {
    **METHODS,
    "coverage": {"beam_size": 3, "coverage_penalty": 0.7},
    "rules": {"beam_size": 3, "no_repeat_ngram": 2, "min_length": 4, "max_repeats": 0},
}
every_shape = pytest.mark.parametrize("shape", SEARCHED, ids=named)


class Counting:
    """An engine that notes how many hypotheses each step has, and does something before each."""

    def __init__(self, engine, before=lambda steps: None):
        self.config, self.encode, self.start = engine.config, engine.encode, engine.start
        self.engine, self.before, self.rows = engine, before, []

    def step(self, previous, state, memory):
        self.rows.append(len(previous))
        self.before(len(self.rows))
        return self.engine.step(previous, state, memory)


def a_model():
    return ending_model(cell="gru", attention="bahdanau")


def endless_model():
    """Its targets end at their limit alone."""
    model = a_model()
    model.output_bias[END] = -100
    return model


def sharing(engine):
    return SharedSearch(engine).search


def hypotheses_of(trace, sentences, config):
    every = [[trace.hypothesis(row, rank) for rank in range(config.beam_size)] for row in range(sentences)]
    return [[item for item in ranked if item.score > -torch.inf] for ranked in every]


def joining_rules(number):
    """Of every other request: rules with which it may join a search."""
    return [Rules(at_most={5: 1, 6: 0, 7: number})] * len(SOURCES[number]) if number % 2 else ()


def assert_all_same(answer, expected):
    for one, other in zip(answer, expected, strict=True):
        for hypothesis, right in zip(one, other, strict=True):
            assert_same(hypothesis, right)


@every_shape
@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("build", [lambda model: model, OnnxEngine], ids=["torch", "onnx"])
def test_sentences_that_join_a_search_at_work_are_found_as_if_alone(shape, name, build):
    engine = build(ending_model(**shape))
    config = SearchConfig(**CONFIGS[name], max_length=12)
    traces, left = [], set()
    with torch.inference_mode():
        progress = Progress(engine, config, CPU)
        for number, sources in enumerate(SOURCES):
            traces.append(progress.join(*pad(sources), joining_rules(number)))
            if number == 4:
                left = {traces[3]}  # in the middle of the others
            progress.step(left)
        while progress.hypotheses:
            progress.step()
    assert len(traces[3].steps) <= 2
    for number in (0, 1, 2, 4, 5):
        answer = hypotheses_of(traces[number], len(SOURCES[number]), config)
        assert_all_same(answer, found(engine, SOURCES[number], config, joining_rules(number)))


def test_what_is_shown_stays_as_it_is_while_the_search_goes_on():
    config = SearchConfig(beam_size=3, n_best=3, max_length=12)
    model = endless_model()
    steps = search(model, *pad(SOURCES[1]), config)
    early = next(islice(steps, 4, None)).until(5)
    before = hypotheses_of(early, 2, config)
    whole = drain(steps)
    assert_all_same(hypotheses_of(early, 2, config), before)
    assert_all_same(before, hypotheses_of(drain(search(model, *pad(SOURCES[1]), config)).until(5), 2, config))
    assert len(whole.hypothesis(0).ids) == 12


def at_once(engine, asks):
    """What each of `asks` (sources, config, rules) finds; no step is taken before all have come."""
    counting = Counting(engine)
    ours = SharedSearch(counting)
    expected = sum(len(sources) for sources, _, rules in asks if all(each.may_join for each in rules))
    everybody = Event()

    def wait_for_all(steps):
        while not everybody.is_set():
            if sum(lane.load for lanes in list(ours._lanes.values()) for lane in lanes) == expected:
                everybody.set()
            time.sleep(0)

    counting.before = wait_for_all

    def one(ask):
        sources, config, rules = ask
        return hypotheses_of(drain(ours.search(*pad(sources), config, rules)), len(sources), config)

    with ThreadPoolExecutor(len(asks)) as threads:
        answers = list(threads.map(one, asks))
    assert not ours._lanes  # nothing is kept
    return answers, counting.rows


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("build", [lambda model: model, OnnxEngine], ids=["torch", "onnx"])
def test_requests_at_once_find_what_each_finds_alone(method, build):
    engine = build(a_model())
    config = SearchConfig(**METHODS[method], n_best=METHODS[method]["beam_size"], max_length=12)
    asks = [(sources, config, joining_rules(number)) for number, sources in enumerate(SOURCES)]
    answers, rows = at_once(engine, asks)
    assert max(rows) > 3 * config.beam_size
    for ask, answer in zip(asks, answers, strict=True):
        assert_all_same(answer, found(engine, *ask))


def test_other_settings_and_rules_of_their_own_do_not_mix():
    engine = a_model()
    given = [Rules(attention={0: [1.0, 0, 0, 0, 0], 2: [0, 0, 0.5, 0.5, 0]})]
    configs = [
        SearchConfig(beam_size=beam, n_best=beam, max_length=length) for beam, length in ((1, 9), (3, 9), (3, 5))
    ]
    asks = [(SOURCES[0], config, rules) for config in configs for rules in (given, ())]
    answers, rows = at_once(engine, asks)
    assert max(rows) == 3
    for ask, answer in zip(asks, answers, strict=True):
        assert_all_same(answer, found(engine, *ask))


def test_short_sources_do_not_stand_beside_long_ones():
    engine, config = a_model(), SearchConfig(beam_size=2, max_length=4)
    asks = [(random_rows(length), config, ()) for length in (5, 60, 70, 120, 300)]
    answers, rows = at_once(engine, asks)
    assert max(rows) <= 4  # the first two, and the next two
    for ask, answer in zip(asks, answers, strict=True):
        assert_all_same(answer, found(engine, *ask))


def test_a_request_that_is_alone_waits_for_nobody():
    counting = Counting(a_model())
    steps = sharing(counting)(*pad(SOURCES[0]), SearchConfig(beam_size=2, max_length=9))
    next(steps)
    assert counting.rows == [2]


def test_one_who_looks_on_is_shown_the_first_step_the_last_and_few_between():
    counting = Counting(endless_model())
    config = SearchConfig(beam_size=2, max_length=200)
    shown = [len(trace.steps) for trace in sharing(counting)(*pad(SOURCES[0]), config)]
    assert (shown[0], shown[-1], len(counting.rows)) == (1, 200, 200)
    assert shown == sorted(set(shown))
    assert len(shown) < 200


def test_places_are_bounded_and_those_who_wait_come_in_turn(monkeypatch):
    monkeypatch.setattr(shared, "usable_cores", lambda: 1)
    monkeypatch.setattr(shared, "most_hypotheses", lambda device: 8)
    engine, config = endless_model(), SearchConfig(beam_size=2, max_length=6)
    answers, rows = at_once(engine, [(random_rows(4, seed=seed), config, ()) for seed in range(11)])
    assert max(rows) == 8
    assert sum(rows) == 11 * 2 * 6  # nothing was searched twice or in vain
    for seed, answer in enumerate(answers):
        assert_all_same(answer, found(engine, random_rows(4, seed=seed), config))


def test_a_search_is_filled_first_and_then_each_core_has_one(monkeypatch):
    monkeypatch.setattr(shared, "usable_cores", lambda: 2)
    monkeypatch.setattr(shared, "most_hypotheses", lambda device: 3)
    ours, kind, loads = SharedSearch(a_model()), shared.Kind(SearchConfig(beam_size=1), 64, CPU), []
    for _ in range(9):
        ours._lane(kind, 1).enter(shared.Ask(*pad(SOURCES[0]), (), None, None))
        loads.append([lane.load for lane in ours._lanes[kind]])
    assert loads[2:] == [[3], [3, 1], [3, 2], [3, 3], [4, 3], [4, 4], [5, 4]]


def test_a_request_of_many_sentences_takes_no_places_from_others(monkeypatch):
    monkeypatch.setattr(shared, "most_hypotheses", lambda device: 8)
    counting = Counting(a_model())
    ours = SharedSearch(counting)
    steps = ours.search(*pad(random_rows(3, 4, 5)), SearchConfig(beam_size=1, max_length=9))
    next(steps)
    assert not ours._lanes
    assert counting.rows == [3]


def test_who_leaves_takes_the_sentences_along_and_the_last_one_ends_the_search():
    counting = Counting(endless_model())
    ours, config = SharedSearch(counting), SearchConfig(beam_size=2, max_length=400)
    one, other = (ours.search(*pad(SOURCES[number]), config) for number in (0, 4))
    next(one)
    next(other)
    assert counting.rows == [2, 4]
    one.close()
    assert len(next(other).steps) > 2
    assert counting.rows[:4] == [2, 4, 4, 2]
    taken = len(counting.rows)
    other.close()
    assert len(counting.rows) == taken < 400
    assert not ours._lanes


def test_each_has_a_time_of_its_own_while_it_waits_for_a_place_too(monkeypatch):
    monkeypatch.setattr(shared, "most_hypotheses", lambda device: 1)
    monkeypatch.setattr(shared, "usable_cores", lambda: 1)
    model, config = endless_model(), SearchConfig(beam_size=1, max_length=300)
    ours = SharedSearch(model)
    first = ours.search(*pad(SOURCES[0]), config, deadline=Deadline(60))
    next(first)
    waiting = ours.search(*pad(SOURCES[4]), config, deadline=Deadline(0.001))
    with pytest.raises(DeadlineError, match=r"longer than 0\.001 seconds"):
        next(waiting)
    assert len(drain(first).hypothesis(0).ids) == 300
    with pytest.raises(DeadlineError):
        drain(ours.search(*pad(SOURCES[0]), config, deadline=Deadline(0.001)))
    assert not ours._lanes


def test_an_error_comes_to_all_who_share_the_search_and_to_nobody_later():
    model, config = endless_model(), SearchConfig(beam_size=1, max_length=9)
    ours = SharedSearch(model)
    asks = [ours.search(*pad(sources), config) for sources in SOURCES[:2]]
    for ask in asks:
        next(ask)
    step, model.step = model.step, _broken
    for ask in asks:
        with pytest.raises(S2SError, match="no memory is left"):
            next(ask)
    model.step = step
    assert not ours._lanes
    assert_same(drain(ours.search(*pad(SOURCES[0]), config)).hypothesis(0), found(model, SOURCES[0], config)[0][0])


def test_a_source_that_cannot_be_read_is_an_error_of_its_own_request():
    model, config = endless_model(), SearchConfig(beam_size=1, max_length=20)
    ours = SharedSearch(model)
    good = ours.search(*pad(SOURCES[0]), config)
    next(good)
    with pytest.raises(S2SError, match=r"reads ids"):
        next(ours.search(torch.zeros(1, 3, 2), torch.ones(1, 3, dtype=torch.bool), config))
    assert_same(drain(good).hypothesis(0), found(model, SOURCES[0], config)[0][0])


def _broken(*asked):
    raise S2SError("no memory is left")


def test_each_step_is_noted_with_its_requests_and_hypotheses():
    noted = []
    ours = SharedSearch(endless_model(), lambda *counts: noted.append(counts))
    one, other = (ours.search(*pad(SOURCES[number]), SearchConfig(beam_size=2, max_length=9)) for number in (0, 1))
    next(one)
    next(other)
    drain(one)
    drain(other)
    assert noted[:2] == [(1, 2), (2, 6)]
    assert len(noted) == 10


LONG = " ".join(["The cat sleeps on the old chair and"] * 8)
TEXTS = [*SENTENCES[:4], " ".join(SENTENCES[5:7]), "Paris.", LONG]
WAYS = [
    (SearchConfig(beam_size=5, n_best=5, max_length=20), Constraints()),
    (SearchConfig(beam_size=1, max_length=30), Constraints()),
    (SearchConfig(beam_size=2, alternatives=0, length_penalty="gnmt", max_length=20), Constraints()),
    (SearchConfig(method="sample", beam_size=2, seed=3, max_length=20), Constraints()),
    (SearchConfig(beam_size=2, max_length=20), Constraints(banned=("cat", "chien"))),
]


@pytest.mark.parametrize(
    ("engine", "requests"),
    [("onnx", 200), *(pytest.param(engine, 1000, marks=pytest.mark.slow) for engine in ("torch", "onnx"))],
)
def test_mixed_requests_of_fifty_visitors_are_answered_as_if_each_was_alone(
    engine, requests, tmp_path, word_pieces, description
):
    folder = save_tiny(tmp_path / "tiny", word_pieces, description, attention="bahdanau")
    translator, alone = (Translator.load(folder, "cpu", engine) for _ in range(2))
    ours = SharedSearch(translator.engine)
    translator.search = ours.search
    kinds = [(text, *way) for way in WAYS for text in TEXTS]
    expected = [list(alone.stream(*kind))[-1] for kind in kinds]
    seen = Counter()

    def ask(number):
        kind = number * 11 % len(kinds)
        steps = translator.stream(*kinds[kind], time_limit_seconds=600)
        if number % 10 == 0:  # leaves after the first step
            assert next(steps).source == expected[kind].source
            steps.close()
            seen["left"] += 1
            return
        for last in steps:
            assert last.source == expected[kind].source
            for sentence, right in zip(last.sentences, expected[kind].sentences, strict=False):
                assert sentence.source_pieces == right.source_pieces
        assert_same_answer(last, expected[kind], exactly=engine == "onnx")
        seen[kind] += 1

    with ThreadPoolExecutor(50) as visitors:
        list(visitors.map(ask, range(requests)))
    assert (seen.pop("left"), sum(seen.values()), len(seen)) == (requests // 10, requests * 9 // 10, len(kinds))
    assert not ours._lanes


def assert_same_answer(one, other, *, exactly):
    assert (one.target, one.warnings) == (other.target, other.warnings)
    for sentence, right in zip(one.sentences, other.sentences, strict=True):
        for hypothesis, expected in zip(sentence.hypotheses, right.hypotheses, strict=True):
            assert hypothesis.target_pieces == expected.target_pieces
            assert hypothesis.log_probs == pytest.approx(expected.log_probs, abs=0 if exactly else 1e-4)
            limit = 0 if exactly else 1e-4
            assert abs(hypothesis.attention - expected.attention).max() <= limit
            assert [[each.piece for each in step] for step in hypothesis.alternatives] == [
                [each.piece for each in step] for step in expected.alternatives
            ]
