"""The tab Train without a server: asks and what answers them."""

import asyncio
import json
import re
from types import SimpleNamespace
from typing import get_args

import gradio as gr
import numpy as np
import pytest
from packaging.requirements import Requirement
from starlette.requests import Request

from s2s.page import engine, train
from s2s.page.film import FILM
from s2s.page.limits import LIMITS
from s2s.page.messages import in_both_languages
from s2s.page.parts import ASSETS
from s2s.page.settings import PageSettings
from s2s.page.train import KINDS, MODEL_KINDS, respond, respond_with_model
from s2s.page.train_messages import TRAIN_FORMS
from s2s.page.train_scenes import job_scene
from s2s.page.train_words import TRAIN
from s2s.page.words import WORDS
from s2s.toys import Toy
from s2s.workshop import ends
from s2s.workshop.job import Job
from s2s.workshop.jobs import Jobs, Terms
from s2s.workshop.plan import LONGEST, Plan
from s2s.workshop.work import Bounds
from tests.processes import ROOT
from tests.workers import DONE, POINT

MARKUP = "<script>alert(1)</script>"


class Held:
    """Trainings that never begin: what the page asks for, and one training for `ada`."""

    def __init__(self, tmp_path):
        self.asked = []
        self.job = Job(Plan(), tmp_path)

    def __getattr__(self, name):
        def ask(visitor, *more):
            self.asked.append((name, visitor, *more))
            return self.job if visitor == "ada" else None

        return ask

    def place(self, job):
        return 3


@pytest.fixture
def jobs(monkeypatch, tmp_path):
    held = Held(tmp_path)
    monkeypatch.setattr(train, "JOBS", held)
    return held


def reply_to(visitor="ada", **values):
    found = json.loads(respond({"id": 5, **values}, visitor))
    assert found.pop("id") == 5
    return found


def test_what_is_asked_is_done_for_this_visitor_alone(jobs):
    reply_to(do="begin", toy="sort", cell="rnn", attention="none", size="large")
    reply_to(do="stop")
    reply_to(do="resume")
    reply_to("ben", do="look")
    assert jobs.asked == [
        ("start", "ada", Plan(toy="sort", cell="rnn", attention="none", size="large"), ""),
        ("stop", "ada"),
        ("resume", "ada"),
        ("look", "ben"),
    ]


def test_a_training_is_counted_for_the_address_that_the_gate_names(jobs):
    asked = SimpleNamespace(_data={"id": 1, "do": "begin"})
    headers = [(b"x-forwarded-for", b"192.0.2.1, 198.51.100.7")]
    scope = {"type": "http", "headers": headers, "client": ("127.0.0.1", 5)}
    train.ask(asked, gr.Request(Request(scope), session_hash="ada"))
    assert jobs.asked == [("start", "ada", Plan(), "198.51.100.7")]
    assert train.JOBS is jobs


def test_an_address_has_the_share_of_the_places_to_wait_that_it_has_everywhere():
    assert train.JOBS.terms.share == LIMITS.waiting_share


def test_a_look_gives_the_points_that_the_browser_has_not_yet(jobs):
    jobs.job.hear({"is": "begun", "updates": 100, "parameters": 7})
    for updates in (0, 10, 20):
        jobs.job.hear(POINT | {"updates": updates})
    job = reply_to(do="look", since=1)["job"]
    assert (job["phase"], job["since"], job["place"], job["updates"]) == ("training", 1, 3, 100)
    assert [point["updates"] for point in job["points"]] == [10, 20]
    trace = job["points"][0]["figure"]["data"][0]
    assert trace["z"] == POINT["attention"]
    assert reply_to("ben", do="look") == {"job": None}


def test_a_browser_that_has_more_points_than_there_are_is_told_how_many_to_keep(jobs):
    jobs.job.hear(POINT)
    job = reply_to(do="look", since=9)["job"]
    assert (job["since"], job["points"]) == (1, [])


def test_why_a_training_ended_is_told_in_both_languages(jobs):
    jobs.job.hear(DONE | {"why": ends.spent(90)})
    said = reply_to(do="look")["job"]["message"]
    assert "90 seconds of processor time" in said["en"]
    assert "90 秒处理器时间" in said["zh"]
    for sentence in (ends.BROKEN, ends.OUT_OF_MEMORY, ends.LATE, ends.KILLED, ends.overdue(300), ends.left(30)):
        assert in_both_languages(sentence)["zh"] != sentence


def test_who_begins_more_than_their_share_is_told_so_in_both_languages(monkeypatch):
    full = Jobs(Terms(at_work=0, waiting=2))
    monkeypatch.setattr(train, "JOBS", full)
    try:
        begin = {"id": 1, "do": "begin"}
        assert "job" in json.loads(respond(begin, "ada", "198.51.100.7"))
        said = json.loads(respond(begin, "ben", "198.51.100.7"))["message"]
    finally:
        full.close()
    assert said["en"].startswith("1 trainings from your address")
    assert "来自你的地址的 1 个训练" in said["zh"]


def laid_out():
    """The plain values that the browser gets of the tab."""

    # Without a running event loop Gradio makes several of its own and never closes them.
    async def build():
        with gr.Blocks(analytics_enabled=False) as page:
            train.build()
        return page

    (found,) = (block for block in asyncio.run(build()).blocks.values() if block.elem_id == "train")
    return found.props


def test_every_task_is_offered():
    assert list(laid_out()["choices"]["toy"]) == list(get_args(Toy))


def test_who_follows_the_readme_has_what_the_dates_need():
    def named(path):
        lines = (line.split("#")[0].strip() for line in (ROOT / path).read_text(encoding="utf-8").splitlines())
        return {each.name: each.specifier for each in map(Requirement, filter(None, lines))}

    (pinned,) = named("constraints.txt")["babel"]
    assert pinned.version in named("requirements.txt")["babel"]


def test_what_a_training_may_take_is_told_as_the_terms_have_it(monkeypatch):
    monkeypatch.setattr(train, "JOBS", Jobs(Terms(wall_seconds=120, bounds=Bounds(cpu_seconds=45))))
    assert laid_out()["most"] == {"seconds": 45, "minutes": 2}
    for text in TRAIN["train_choose_help"]:
        assert {"{seconds}", "{minutes}"} <= set(re.findall(r"\{\w+\}", text))
        assert not re.search(r"\d", text)


def test_the_browser_knows_whether_anybody_may_train(monkeypatch):
    assert laid_out()["may_train"] is True
    monkeypatch.setattr(engine, "SETTINGS", PageSettings(trainings=0))
    assert laid_out()["may_train"] is False


def test_room_is_kept_for_what_may_be_written(jobs):
    heights = set()
    for pieces in (["b"], ["b", "a", "b", "</s>"]):
        jobs.job.hear(
            POINT | {"target_pieces": pieces, "log_probs": [0.0] * len(pieces), "attention": [[0.5, 0.5]] * len(pieces)}
        )
        heights.add(reply_to(do="look")["job"]["points"][-1]["figure"]["layout"]["height"])
    assert len(heights) == 1


def test_without_attention_a_note_stands_in_place_of_the_heatmap(jobs):
    jobs.job.hear(POINT | {"attention": None})
    figure = reply_to(do="look")["job"]["points"][0]["figure"]
    assert figure["data"] == []
    assert "no attention" in figure["layout"]["annotations"][0]["text"]


@pytest.mark.parametrize(
    "values",
    [
        None,
        {"do": "fly"},
        {"do": "begin", "toy": "chess"},
        {"do": "begin", "size": "huge"},
        {"do": "begin", "attention": "location"},
        {"do": "begin", "folder": "/etc"},
        {"do": "look", "since": "x"},
        {"do": "look", "id": MARKUP},
        {"do": "begin", "toy": MARKUP},
    ],
)
def test_whatever_else_comes_is_refused_in_both_languages(jobs, values):
    said = respond(values, "ada")
    assert set(json.loads(said)["message"]) == {"en", "zh"}
    assert "<" not in said
    assert not jobs.asked


def test_switched_off_nothing_is_trained(jobs, monkeypatch):
    monkeypatch.setattr(engine, "SETTINGS", PageSettings(trainings=0))
    said = reply_to(do="begin")["message"]
    assert said == {"en": "Training is switched off on this server.", "zh": "此服务器关闭了训练功能。"}
    assert not jobs.asked


def test_there_is_no_model_to_ask_before_one_is_trained():
    for values in ({"do": "try", "text": "abc"}, {"do": "take"}):
        said = json.loads(respond_with_model({"id": 1, **values}, "nobody"))["message"]
        assert "no training of yours" in said["en"]
        assert "你的训练" in said["zh"]


def test_the_film_is_of_a_whole_training_that_learnt_the_anti_diagonal():
    film = json.loads(FILM.read_text(encoding="utf-8"))
    assert FILM.stat().st_size < 5_000_000
    run = film["run"]
    assert Plan(**run["plan"]) == Plan()
    assert run["phase"] == "finished"
    assert run["result"]["exact"] >= 0.95
    first, last = run["points"][0], run["points"][-1]
    assert last["target"] == run["example"][::-1]
    weights = np.array(last["figure"]["data"][0]["z"])[: len(run["example"])]
    assert weights.argmax(axis=1).tolist() == list(range(len(run["example"])))[::-1]
    assert np.array(first["figure"]["data"][0]["z"]).max() < 0.5
    assert len({point["figure"]["layout"]["height"] for point in run["points"]}) == 1


def test_the_film_has_the_shape_of_what_is_told_today(tmp_path):
    job = Job(Plan(), tmp_path)
    job.hear(POINT)
    job.hear(DONE)
    run = json.loads(FILM.read_text(encoding="utf-8"))["run"]
    today = job_scene(job, 0, 0)
    assert run.keys() == today.keys()
    assert run["points"][0].keys() == today["points"][0].keys()
    assert run["result"].keys() == today["result"].keys()


def test_without_attention_long_words_fail_and_short_ones_do_not():
    lengths = json.loads(FILM.read_text(encoding="utf-8"))["lengths"]["reverse"]
    for kind, least, most in (("with", 0.9, 1.0), ("none", 0.0, 0.3)):
        trained = [each["right"] / each["tried"] for each in lengths[kind] if each["length"] <= LONGEST]
        assert trained[0] >= 0.9
        assert least <= trained[-1] <= most


def test_every_word_that_the_modules_say_is_there_in_both_languages():
    source = "".join(path.read_text(encoding="utf-8") for path in ASSETS.glob("train*.js"))
    assert set(re.findall(r'say\("([a-z_]+)"', source)) <= set(WORDS)
    for name in (*Plan.__dataclass_fields__, *(f"toy_{toy}_help" for toy in ("reverse", "sort", "copy", "dates"))):
        assert f"train_{name}" in TRAIN
    for phase in (
        "before",
        "waiting_next",
        "waiting",
        "starting",
        "training",
        "finishing",
        "stopped",
        "finished",
        "failed",
    ):
        assert f"train_{phase}" in TRAIN


def test_chinese_messages_say_as_much_as_english_ones():
    for english, chinese in TRAIN_FORMS.items():
        assert chinese.count("{}") == english.count("{}")


def test_every_kind_of_ask_is_known_by_one_name():
    assert not set(KINDS) & set(MODEL_KINDS)
