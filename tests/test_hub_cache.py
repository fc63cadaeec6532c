"""The cache has a limit: what was not used for longest goes first, and never what somebody is just using."""

import os
import shutil

import pytest

from s2s.errors import ConfigError, HubError
from s2s.hub import OWNER, STRANGER, Access, cache, fetch
from s2s.hub.cache import cache_directory
from tests.hub_double import TOKEN, cut

LARGE = "model.safetensors"


def size_of(folder):
    return sum(path.stat().st_size for path in folder.iterdir())


def age(folder, seconds):
    """Let a checkpoint look as if it had last been used so long ago."""
    for path in (*folder.iterdir(), folder):
        before = path.stat().st_mtime - seconds
        os.utime(path, (before, before))


@pytest.fixture
def names(hub, tiny_checkpoint):
    """Models of the Hub, all of the same size."""
    found = [f"ada/{letter}" for letter in "abc"]
    for name in found:
        hub.offer(name, tiny_checkpoint)
    return found


@pytest.fixture
def room_for(monkeypatch, tiny_checkpoint):
    """Sets the limit to so many checkpoints."""
    monkeypatch.setattr(cache, "MEGABYTE", size_of(tiny_checkpoint) + 20_000)  # the folder itself has a size too
    return lambda count: monkeypatch.setenv("S2S_CACHE_MEGABYTES", str(count))


def kept(names):
    return [name for name in names if list((cache_directory() / name.replace("/", "--")).glob("[0-9a-f]*"))]


def test_what_was_not_used_for_longest_makes_room(names, room_for):
    room_for(2)
    folders = [fetch(name) for name in names[:2]]
    age(folders[0], 1000)
    age(folders[1], 2000)
    fetch(names[2])
    assert kept(names) == [names[0], names[2]]


def test_what_is_used_again_stays(hub, names, room_for):
    room_for(2)
    for seconds, name in zip((3000, 2000), names[:2], strict=True):
        age(fetch(name), seconds)
    fetch(names[0])
    hub.requests.clear()
    fetch(names[2])
    assert kept(names) == [names[0], names[2]]
    assert fetch(names[1])  # it comes anew
    assert len(hub.requests) == 12


def test_what_somebody_is_just_using_stays_even_above_the_limit(names, room_for):
    room_for(0)
    folders = [fetch(name) for name in names]
    assert all(folder.is_dir() for folder in folders)
    for folder in folders:
        age(folder, 1000)
    fetch(f"{names[0]}@main")  # a hit removes nothing
    assert kept(names) == names


def test_what_a_broken_off_try_left_counts_and_goes(hub, names, room_for):
    room_for(1)
    hub.faults[LARGE] = [cut(0)] * 9
    with pytest.raises(HubError):
        fetch(names[0])
    hub.faults.clear()
    (partial,) = cache_directory().glob("*/.*.partial")
    age(partial, 1000)
    fetch(names[1])
    assert not partial.exists()


def test_without_a_limit_of_ones_own_there_is_one_of_2000_megabytes(names, monkeypatch):
    monkeypatch.delenv("S2S_CACHE_MEGABYTES", raising=False)
    monkeypatch.setattr(cache, "DEFAULT_MEGABYTES", 0)
    age(fetch(names[0]), 1000)
    fetch(names[1])
    assert kept(names) == [names[1]]


@pytest.mark.parametrize("value", ["x", "-1", "2.5", "1e3", "9" * 10])
def test_a_limit_that_is_none_is_named(names, monkeypatch, value):
    monkeypatch.setenv("S2S_CACHE_MEGABYTES", value)
    with pytest.raises(ConfigError, match=f"S2S_CACHE_MEGABYTES must be a whole number of megabytes, got '{value}'"):
        fetch(names[0])


def test_a_cache_that_may_only_be_read_serves(names, monkeypatch):
    folder = fetch(names[0])

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "utime", refuse)
    assert fetch(names[0]) == folder


def test_a_stranger_is_shown_what_everybody_may_see_and_the_account_stays_unsaid(hub, names, logged_in):
    hub.repositories[names[0]].private = True
    hub.repositories[names[1]].gated = True
    for name in names[:2]:
        with pytest.raises(HubError, match=f"the Hub has no model {name} that everybody may see: check the name"):
            fetch(name, access=STRANGER)
    fetch(names[2], access=STRANGER)
    assert hub.tokens == {None}
    fetch(names[0])
    assert hub.tokens == {None, f"Bearer {TOKEN}"}


def test_what_the_account_fetched_is_not_there_for_strangers(hub, names, logged_in):
    hub.repositories[names[0]].private = True
    assert fetch(names[0])
    with pytest.raises(HubError, match="that everybody may see"):
        fetch(names[0], access=STRANGER)
    assert fetch(names[1], access=STRANGER).parents[1] == cache_directory(STRANGER) != cache_directory(OWNER)
    shutil.rmtree(cache_directory(STRANGER))


def test_a_stranger_gets_less(hub, names):
    with pytest.raises(HubError, match=r"text.spm of ada/a has .* MB, and at most 0 MB are fetched"):
        fetch(names[0], access=Access(False, 10_000, STRANGER.cache))
    assert hub.downloads() == []
