"""Searches by replicas, with calls that stay in this process: all that Ray's part (test_replicas_ray.py) is not for."""

import asyncio
import pickle
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event, Thread

import pytest

from s2s import replicas
from s2s.config import SearchConfig
from s2s.constraints import Constraints
from s2s.errors import ConfigError, DeadlineError, S2SError, TextError
from s2s.page.messages import in_both_languages
from s2s.replicas.asking import ATTEMPTS, UNREACHABLE, BrokenError, LostError, RemoteSearch
from s2s.replicas.replica import Replica
from s2s.search import Deadline
from s2s.translator import Translator
from tests.tiny import SENTENCES

CONFIGS = {
    "greedy": SearchConfig(beam_size=1),
    "beam": SearchConfig(beam_size=4, n_best=4, tree=True),
    "sample": SearchConfig(method="sample", beam_size=2),
}


class Process:
    """A replica and its loop; what passes is copied, as between processes."""

    def __init__(self, folder):
        self.loop = asyncio.new_event_loop()
        self.thread = Thread(target=self.loop.run_forever)
        self.thread.start()
        self.replica = Replica({"tiny": folder}, "torch", 8)
        self.dies_after = []
        self.calls = []

    def begin(self, *asked):
        answers = self.replica.search(*pickle.loads(pickle.dumps(asked)))
        self.calls.append(Call(self.loop, answers, self.dies_after.pop(0) if self.dies_after else None))
        return self.calls[-1]

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


class Call:
    """A request to it, which is lost after so many answers."""

    def __init__(self, loop, answers, left):
        self.loop, self.answers, self.left = loop, answers, left
        self.is_cancelled = False

    def next(self, seconds):
        if self.left == 0:
            raise LostError
        self.left = None if self.left is None else self.left - 1
        self.waiting = asyncio.run_coroutine_threadsafe(self._next(), self.loop)
        return pickle.loads(pickle.dumps(self.waiting.result(seconds)))

    async def _next(self):
        return await anext(self.answers, None)

    def cancel(self):
        self.is_cancelled = True
        asyncio.run_coroutine_threadsafe(self.answers.aclose(), self.loop).result()


@pytest.fixture
def process(tiny_checkpoint):
    with closing(Process(tiny_checkpoint)) as process:
        yield process


@pytest.fixture
def here(tiny_checkpoint):
    """The same model, searched in this process."""
    return Translator.load(tiny_checkpoint, "cpu", "torch")


@pytest.fixture
def notes():
    return []


@pytest.fixture
def remote(tiny_checkpoint, process, notes):
    translator = Translator.load(tiny_checkpoint, "cpu", "torch")
    translator.search = RemoteSearch("tiny", process.begin, notes.append).search
    return translator


def plain(translation):
    return translation.to_plain() | {"timing_ms": 0}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_a_replica_finds_what_is_found_here(here, remote, config):
    text = " ".join(SENTENCES[:2])
    assert plain(remote.translate(text, config)) == plain(here.translate(text, config))
    *_, there = remote.stream(text, config)
    *_, last = here.stream(text, config)
    assert plain(there) == plain(last)


def test_constraints_hold_there_too(here, remote):
    constraints = Constraints(prefix="Le ch", banned=("dort",))
    translation = remote.translate(SENTENCES[0], constraints=constraints)
    assert translation.target.startswith("Le ch")
    assert plain(translation) == plain(here.translate(SENTENCES[0], constraints=constraints))


def test_many_at_once_get_their_own(here, remote):
    config = SearchConfig(beam_size=3)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: remote.translate(text, config), SENTENCES))
    assert [each.target for each in found] == [here.translate(text, config).target for text in SENTENCES]


def test_the_news_of_a_trace_have_the_rows_of_its_own_sentences_alone(here):
    config = SearchConfig(beam_size=3, tree=True)
    sources = [here.read(text) for text in SENTENCES]
    *_, trace = here._traces(sources, config, Constraints(), None)
    copy = trace.since(0)
    assert all(len(step.tokens) == (step.places >= 0).sum() for step in copy.steps)
    assert [copy.tree(row) for row in range(len(sources))] == [trace.tree(row) for row in range(len(sources))]
    again = trace.until(2).since(0).extended(trace.since(2))
    assert [again.hypothesis(row).ids for row in range(len(sources))] == [
        trace.hypothesis(row).ids for row in range(len(sources))
    ]


@pytest.mark.parametrize("answers", [0, 1])
def test_a_request_whose_replica_dies_is_asked_again_and_shows_nothing_twice(here, remote, process, notes, answers):
    process.dies_after = [answers, answers]
    traces = remote._traces([remote.read(SENTENCES[0])], SearchConfig(), Constraints(), None)
    shown = [len(trace.steps) for trace in traces]
    assert shown == sorted(set(shown))
    assert (notes, len(process.calls)) == (["retried", "retried"], 3)

    process.dies_after = [answers, answers]
    *_, last = remote.stream(SENTENCES[0])
    assert plain(last) == plain(here.translate(SENTENCES[0]))


def test_what_loses_every_replica_ends_with_a_message(remote, process, notes):
    process.dies_after = [0] * ATTEMPTS
    with pytest.raises(S2SError, match="cannot be reached"):
        remote.translate(SENTENCES[0])
    assert notes == ["retried"] * (ATTEMPTS - 1) + ["given up"]
    assert in_both_languages(UNREACHABLE)["zh"] != UNREACHABLE


class Silent:
    """A call that nobody answers."""

    is_cancelled = False

    def next(self, seconds):
        Event().wait(seconds)
        raise TimeoutError

    def cancel(self):
        self.is_cancelled = True


def test_a_request_that_nobody_answers_ends_in_time(here):
    silent = Silent()
    here.search = RemoteSearch("tiny", lambda *asked: silent).search
    with pytest.raises(DeadlineError, match=r"longer than 0\.01 seconds"):
        here.translate(SENTENCES[0], time_limit_seconds=0.01)
    assert silent.is_cancelled


def test_who_leaves_stops_the_search(remote, process):
    config = SearchConfig(beam_size=2, min_length=400, max_length=400)
    stream = remote.stream(SENTENCES[0], config)
    next(stream)
    stream.close()
    assert process.calls[0].is_cancelled
    lanes = process.replica._searches["tiny"].__self__._lanes
    process.replica._threads.shutdown()  # a step that was at work has ended
    assert not lanes


def test_a_user_error_is_the_same_here_and_there(remote, process):
    def refuse(*asked):
        raise TextError("Nothing of this text can be read by the model. Please type letters or words.")
        yield

    process.replica._searches["tiny"] = refuse
    with pytest.raises(TextError, match="Nothing of this text"):
        remote.translate(SENTENCES[0])


def test_what_breaks_there_is_logged_without_what_it_says_and_not_asked_again(remote, process, notes, caplog):
    def break_down(*asked):
        raise KeyError("secret text")
        yield

    process.replica._searches["tiny"] = break_down
    with pytest.raises(BrokenError, match="KeyError") as caught:
        remote.translate(SENTENCES[0])
    [record] = caplog.records
    assert record.values["kind"] == "KeyError"
    assert "break_down" in record.values["places"][-1]
    assert "secret" not in f"{record.values} {caught.value}"
    assert (len(process.calls), notes) == (1, [])


def test_a_time_that_is_over_asks_nobody_for_more(remote):
    sources = remote.read(SENTENCES[0])
    with pytest.raises(DeadlineError):
        list(remote._traces([sources], SearchConfig(), Constraints(), Deadline(-1)))


def test_without_ray_one_message_says_how_to_install_it(run, monkeypatch):
    monkeypatch.setattr(replicas, "find_spec", lambda name: None)
    code, _, error = run("serve", "--replicas", "2")
    assert code == 2
    assert "pip install 'ray[serve]" in error
    assert len(error.strip().splitlines()) == 1


@pytest.mark.parametrize("count", [-1, 65])
def test_a_count_that_cannot_be_is_refused(count, tiny_checkpoint):
    with pytest.raises(ConfigError, match="replicas must be in 1 … 64"):
        replicas.start_replicas(count, {"tiny": tiny_checkpoint}, "torch", 1)
