"""Replicas behind Ray Serve: two of them, one of which is killed."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from importlib.util import find_spec
from itertools import cycle, islice
from pathlib import Path

import pytest

from s2s.config import SearchConfig
from s2s.errors import DeadlineError
from s2s.replicas import RemoteSearch, start_replicas
from s2s.translator import Translator
from tests.tiny import SENTENCES

# Ray warns of much that is its own.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(find_spec("ray") is None, reason="needs the extra `replicas`"),  # and nobody imports it before
]

CONFIG = SearchConfig(beam_size=4, n_best=4)
LONG = SearchConfig(beam_size=4, n_best=4, min_length=100, max_length=100)
"""So long that replicas are at work when one is killed."""
ENDLESS = SearchConfig(beam_size=4, n_best=4, min_length=100_000, max_length=100_000)
"""Nobody waits for its end."""
WORKERS = 8


@pytest.fixture(scope="module")
def cluster(tiny_checkpoint):
    with closing(start_replicas(2, {"tiny": tiny_checkpoint}, "auto", WORKERS)) as cluster:
        yield cluster


@pytest.fixture
def here(tiny_checkpoint):
    return Translator.load(tiny_checkpoint, "cpu")


@pytest.fixture
def notes():
    return []


@pytest.fixture
def remote(cluster, tiny_checkpoint, notes):
    translator = Translator.load(tiny_checkpoint, "cpu")
    translator.search = RemoteSearch("tiny", cluster.begin, notes.append).search
    return translator


def last_of(translator, config=CONFIG) -> Callable[[str], str]:
    def ask(text):
        *_, last = translator.stream(text, config, time_limit_seconds=120)
        return last.target

    return ask


def replica_processes() -> list[int]:
    """The processes of this machine that Ray calls replicas of ours."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes().startswith(b"ray::ServeReplica:s2s"):
                found.append(int(path.parent.name))
        except OSError:
            continue  # it has just ended
    return found


def test_two_replicas_find_what_is_found_here(here, remote, notes):
    asked = list(islice(cycle(SENTENCES), 40))
    with ThreadPoolExecutor(WORKERS) as pool:
        assert list(pool.map(last_of(remote), asked)) == list(map(last_of(here), asked))
    assert notes == []


def test_all_are_answered_when_one_of_two_is_killed(here, remote, notes):
    asked = list(islice(cycle(SENTENCES), 60))
    expected = {text: last_of(here, LONG)(text) for text in SENTENCES}
    with ThreadPoolExecutor(WORKERS) as pool:
        answers = pool.map(last_of(remote, LONG), asked)
        found = list(islice(answers, 20))
        os.kill(replica_processes()[0], signal.SIGKILL)
        found += answers
    assert found == [expected[text] for text in asked]
    assert set(notes) == {"retried"}


def test_a_time_limit_ends_a_request_and_nothing_else(here, remote, notes):
    with pytest.raises(DeadlineError):
        list(remote.stream(SENTENCES[0], ENDLESS, time_limit_seconds=0.2))
    assert last_of(remote)(SENTENCES[1]) == last_of(here)(SENTENCES[1])
    assert notes == []


def test_who_leaves_gives_the_place_back(here, remote, notes):
    visits = [remote.stream(text, ENDLESS, time_limit_seconds=120) for text in islice(cycle(SENTENCES), 2 * WORKERS)]
    with ThreadPoolExecutor(len(visits)) as pool:
        list(pool.map(next, visits))  # each place of both replicas is taken
    for visit in visits:
        visit.close()
    asked = list(islice(cycle(SENTENCES), 2 * WORKERS))
    with ThreadPoolExecutor(len(asked)) as pool:
        assert list(pool.map(last_of(remote), asked)) == list(map(last_of(here), asked))
    assert notes == []
