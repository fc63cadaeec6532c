"""The models of a page: each is ready, on its way, or says why not; what one visitor added, only that one is told."""

import threading

import pytest

from s2s.errors import ConfigError, HubError, S2SError
from s2s.hub import Access
from s2s.page import registry
from s2s.page.limits import Limits
from s2s.page.registry import BROKEN, GONE, Registry
from s2s.translator import Translator
from tests.hub_double import TOKEN, corrupt, hold, stall

TEXT = "A dog runs."
LARGE = "model.safetensors"
LONG = pytest.param("x" * 10**7, id="ten megabytes")
PATIENCE_SECONDS = 60


def load(folder):
    return Translator.load(folder, "cpu", "torch")


@pytest.fixture
def models(hub):
    """A registry; whatever it has begun ends with the test."""
    made = Registry(load, 2)
    yield made
    hub.stop()
    settle()


def settle(*names):
    """Wait until the models with these names, or all, are no longer on their way."""
    for thread in threading.enumerate():
        if thread.name.startswith("model ") and (not names or thread.name.removeprefix("model ") in names):
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive()


def states(models, *added):
    return {entry.name: entry.state for entry in models.catalogue(added)}


def at_work(models, *names):
    return [name for name in names if name in models.translators]


def reason(models, name):
    return {entry.name: entry.reason for entry in models.catalogue([name])}[name]


@pytest.fixture
def held(hub, tiny_checkpoint):
    """A model of which half has come; the rest comes when this event is set."""
    released, arrived = threading.Event(), threading.Event()
    fault = hold(released)

    def announce(handler, content):
        arrived.set()
        fault(handler, content)

    hub.offer("ada/held", tiny_checkpoint)
    hub.faults[f"ada/held/{LARGE}"] = [announce]
    released.arrived = arrived
    yield released
    released.set()


def test_models_come_in_the_background_and_each_says_how_it_is(hub, models, tiny_checkpoint, held):
    hub.offer("ada/tiny", tiny_checkpoint)
    models.offer("here", load(tiny_checkpoint))
    models.bring("ada/held")
    assert held.arrived.wait(PATIENCE_SECONDS)
    for source in ("ada/tiny", "ada/none", str(tiny_checkpoint)):
        models.bring(source)
    settle("ada/tiny", "ada/none", "tiny")
    found = {entry.name: entry for entry in models.catalogue()}
    assert list(found) == ["here", "ada/held", "ada/tiny", "ada/none", "tiny"]
    assert {name: entry.state for name, entry in found.items()} == {
        "here": "ready",
        "ada/held": "downloading",
        "ada/tiny": "ready",
        "ada/none": "failed",
        "tiny": "ready",
    }
    assert found["ada/none"].reason.startswith("the Hub has no model ada/none")
    ready = found["ada/tiny"]
    assert (ready.title, ready.source_language, ready.target_language) == ("Random weights", "en", "fr")
    assert 0 < found["ada/held"].share < 1
    held.set()
    settle()
    assert states(models)["ada/held"] == "ready"


def test_a_model_that_came_translates_as_its_folder_does(hub, models, tiny_checkpoint):
    hub.offer("ada/tiny", tiny_checkpoint)
    models.bring("ada/tiny@main")
    settle()
    assert models.translators["ada/tiny"].translate(TEXT) == load(tiny_checkpoint).translate(TEXT)


def test_those_that_wait_for_their_turn_say_so(hub, models, tiny_checkpoint, held, monkeypatch):
    monkeypatch.setattr(models, "_turns", threading.Semaphore(1))
    hub.offer("ada/tiny", tiny_checkpoint)
    models.bring("ada/held")
    assert held.arrived.wait(PATIENCE_SECONDS)
    models.bring("ada/tiny")
    assert states(models)["ada/tiny"] == "waiting"
    assert models.trouble("ada/tiny") == "The model ada/tiny is still on its way (0%). Please try again in a minute."
    held.set()
    settle()
    assert states(models) == {"ada/held": "ready", "ada/tiny": "ready"}


def test_a_hub_that_stalls_or_damages_fails_that_model_alone(hub, models, tiny_checkpoint, impatient):
    for name in ("ada/slow", "ada/bad", "ada/tiny"):
        hub.offer(name, tiny_checkpoint)
    hub.faults["/ada/slow/revision/main"] = [stall()]
    with impatient():
        models.bring("ada/slow")
        settle()
    hub.faults["text.spm"] = [corrupt]
    models.bring("ada/bad")
    settle()
    models.bring("ada/tiny")
    settle()
    assert states(models) == {"ada/slow": "failed", "ada/bad": "failed", "ada/tiny": "ready"}
    assert "stopped answering" in reason(models, "ada/slow")
    assert "text.spm is damaged" in reason(models, "ada/bad")
    assert models.trouble("ada/bad").startswith("The model ada/bad cannot be used: what came as ada/bad")
    assert models.trouble("ada/tiny") is models.trouble("ada/none") is None


def test_the_reason_of_a_folder_tells_no_path(models, tmp_path):
    (tmp_path / "empty").mkdir()
    models.bring(str(tmp_path / "empty"))
    models.bring(str(tmp_path / "nowhere"))
    settle()
    assert reason(models, "empty").startswith("empty is no checkpoint: it lacks")
    assert reason(models, "nowhere").startswith("there is no model folder nowhere")
    assert str(tmp_path) not in repr(models.catalogue())


def test_two_of_one_name_are_refused(models, tiny_checkpoint):
    models.offer("tiny", load(tiny_checkpoint))
    with pytest.raises(ConfigError, match=f"there is a model tiny already, so {tiny_checkpoint} needs another name"):
        models.bring(str(tiny_checkpoint))


def test_what_breaks_in_the_program_is_logged_and_not_told(hub, tiny_checkpoint, caplog):
    def broken(folder):
        raise ZeroDivisionError(str(folder))

    models = Registry(broken, 1)
    models.bring(str(tiny_checkpoint))
    settle()
    assert reason(models, "tiny") == BROKEN
    assert "ZeroDivisionError" in caplog.text


def test_a_visitor_adds_a_model_and_only_that_visitor_is_told(hub, models, tiny_checkpoint):
    hub.offer("ada/tiny", tiny_checkpoint)
    assert models.add(" ada/tiny@main\n") == models.add("https://huggingface.co/ada/tiny") == "ada/tiny"
    settle()
    assert states(models) == {}
    assert states(models, "ada/tiny") == {"ada/tiny": "ready"}
    assert list(models.translators) == list(models.translators.values()) == []
    assert "ada/none" not in models.translators
    assert models.translators["ada/tiny"].translate(TEXT).target


def test_a_model_that_is_here_or_coming_is_fetched_once(hub, models, tiny_checkpoint, held):
    for _ in range(3):
        assert models.add("ada/held") == "ada/held"
    held.set()
    settle()
    models.add("ada/held")
    settle()
    assert len(hub.requests) == 6
    models.offer("ada/own", load(tiny_checkpoint))
    assert models.add("ada/own") == "ada/own"
    assert states(models, "ada/own") == {"ada/own": "ready"}
    assert list(models.translators) == ["ada/own"]


@pytest.mark.parametrize("text", ["", "tiny", "a/b/c", "../x", "ada/x y", "<b>/x", "https://x/y", "ada/x@", LONG])
def test_what_is_no_name_is_refused_at_once(hub, models, text):
    with pytest.raises(HubError, match=r"is no name on the Hub|is no revision") as refused:
        models.add(text)
    assert len(str(refused.value)) < 1000
    assert hub.requests == []
    assert models.catalogue() == []


WRONG = {
    "missing": ({}, "the Hub has no model ada/bert that everybody may see"),
    "other files": (
        {"SHA256SUMS": None, "text.spm": None, "pytorch_model.bin": b"pickle"},
        "is no checkpoint of this program: it lacks text.spm, SHA256SUMS",
    ),
    "another config": (
        {"config.json": b'{"architectures": ["BertModel"]}'},
        "config.json was not made by this program",
    ),
}


@pytest.mark.parametrize(("changes", "said"), WRONG.values(), ids=WRONG)
def test_a_model_of_another_program_is_named_before_its_weights_come(hub, models, tiny_checkpoint, changes, said):
    if changes:
        hub.offer("ada/bert", tiny_checkpoint, **changes)
    models.add("ada/bert")
    settle()
    assert said in reason(models, "ada/bert")
    assert LARGE not in hub.downloads()
    assert hub.tokens == {None}


def test_a_private_model_of_the_host_is_not_given_to_a_visitor(hub, models, logged_in, tiny_checkpoint):
    hub.offer("ada/secret", tiny_checkpoint).private = True
    models.add("ada/secret")
    settle()
    assert "that everybody may see" in reason(models, "ada/secret")
    models = Registry(load, 1)
    models.bring("ada/secret")
    settle()
    assert states(models) == {"ada/secret": "ready"}
    assert hub.tokens == {None, f"Bearer {TOKEN}"}


def test_a_model_that_is_too_large_for_a_visitor_is_refused(hub, models, tiny_checkpoint, monkeypatch):
    hub.offer("ada/tiny", tiny_checkpoint)
    monkeypatch.setattr(registry, "STRANGER", Access(False, 10_000, "visitors"))
    models.add("ada/tiny")
    settle()
    assert "at most 0 MB are fetched" in reason(models, "ada/tiny")


def test_one_that_failed_can_be_added_again(hub, models, tiny_checkpoint):
    models.add("ada/late")
    settle()
    assert states(models, "ada/late") == {"ada/late": "failed"}
    hub.offer("ada/late", tiny_checkpoint)
    models.add("ada/late")
    settle()
    assert states(models, "ada/late") == {"ada/late": "ready"}


def test_the_one_that_was_not_used_for_longest_makes_room(hub, models, tiny_checkpoint):
    names = [f"ada/{letter}" for letter in "abc"]
    for name in names:
        hub.offer(name, tiny_checkpoint)
    models.offer("here", load(tiny_checkpoint))
    for name in names[:2]:
        models.add(name)
        settle()
    models.note_use(names[0])
    in_use = models.translators[names[1]]
    models.add(names[2])
    settle()
    assert at_work(models, *names, "here") == ["ada/a", "ada/c", "here"]
    assert states(models, *names) == {"here": "ready", "ada/a": "ready", "ada/c": "ready", "ada/b": "failed"}
    assert reason(models, "ada/b") == GONE
    assert in_use.translate(TEXT).target  # whoever is just using it goes on
    models.add("ada/b")
    settle()
    assert states(models, "ada/b")["ada/b"] == "ready"


def test_one_that_came_late_is_not_the_first_to_go(hub, models, tiny_checkpoint, held):
    for name in ("ada/b", "ada/c"):
        hub.offer(name, tiny_checkpoint)
    models.add("ada/held")
    assert held.arrived.wait(PATIENCE_SECONDS)
    for name in ("ada/b", "ada/c"):
        models.add(name)
        settle(name)
    held.set()
    settle()
    assert at_work(models, "ada/b", "ada/c", "ada/held") == ["ada/c", "ada/held"]


def test_only_some_failures_are_remembered(hub, models, monkeypatch):
    monkeypatch.setattr(registry, "LIMITS", Limits(model_failures=2))
    names = [f"ada/{letter}" for letter in "abc"]
    for name in names:
        models.add(name)
        settle()
    assert reason(models, names[0]) == GONE
    assert all("the Hub has no model" in reason(models, name) for name in names[1:])


def test_while_several_are_on_their_way_no_more_are_taken(hub, models, tiny_checkpoint, held, monkeypatch):
    monkeypatch.setattr(registry, "LIMITS", Limits(models_at_once=1))
    models.add("ada/held")
    assert held.arrived.wait(PATIENCE_SECONDS)
    with pytest.raises(HubError, match="1 models are being fetched, which is the most"):
        models.add("ada/other")
    held.set()
    settle()
    assert models.add("ada/other")


def test_adding_can_be_switched_off(hub):
    models = Registry(load, 0)
    with pytest.raises(S2SError, match="No models can be added to this page"):
        models.add("ada/tiny")
    assert hub.requests == []


def test_many_threads_at_once_begin_one_fetch(hub, models, tiny_checkpoint):
    hub.offer("ada/tiny", tiny_checkpoint)
    barrier = threading.Barrier(8)

    def ask():
        barrier.wait()
        models.add("ada/tiny")
        models.catalogue(["ada/tiny"])
        models.note_use("ada/tiny")

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    settle()
    assert len(hub.requests) == 6
    assert at_work(models, "ada/tiny")
