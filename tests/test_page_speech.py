"""What the page answers to a sound, without a browser."""

import base64
import json

import numpy as np
import pytest

from s2s.audio import RATE, log_mel, read_audio
from s2s.models import EMBEDDED
from s2s.page import engine, speech, tasks
from s2s.transcriber import Transcriber
from s2s.translator import Translator
from tests.sounds import file_of, tone


@pytest.fixture(scope="module")
def transcriber():
    return Transcriber(Translator.load(EMBEDDED / "digits"))


@pytest.fixture(autouse=True)
def _at_hand(monkeypatch, transcriber):
    monkeypatch.setattr(engine, "TRANSCRIBERS", {"digits": transcriber})
    speech.samples.cache_clear()
    yield
    speech.samples.cache_clear()


def ask(**values):
    return json.loads(speech.respond({"id": 7, **values}))


def file(content):
    return {"name": "x.wav", "content": base64.b64encode(content).decode()}


def test_a_sample_is_answered_with_words_figure_and_sound(transcriber):
    reply = ask(sample=1)
    path = speech.samples()[1]
    found = transcriber.transcribe_file(path)
    assert reply["id"] == 7
    assert reply["heard"]["target"] == found.target
    assert [word["text"] for word in reply["heard"]["words"]] == found.target.split()
    assert "hypotheses" not in reply["heard"]
    heard = read_audio(base64.b64decode(reply["sound"]))
    np.testing.assert_allclose(heard, read_audio(path), atol=1e-3)


def test_spectrogram_and_attention_lie_on_one_time_axis(transcriber):
    reply = ask(sample=0)
    spectrogram, attention = reply["figure"]["data"]
    sound = read_audio(speech.samples()[0])
    np.testing.assert_allclose(spectrogram["z"], log_mel(sound).T, atol=1e-3)
    assert spectrogram["xaxis"] == attention["xaxis"] == "x"
    assert (attention["x0"], attention["dx"]) == (transcriber.column_seconds / 2, transcriber.column_seconds)
    np.testing.assert_allclose(np.sum(attention["z"], axis=1), 1, atol=1e-2)
    layout = reply["figure"]["layout"]
    assert layout["xaxis"]["range"] == [0, reply["heard"]["seconds"]]
    assert layout["yaxis2"]["ticktext"] == reply["heard"]["target"].split()


@pytest.mark.parametrize(
    ("asked", "english", "chinese"),
    [
        (file(b"no sound"), "x.wav cannot be read as sound", "x.wav 无法作为声音读取"),
        (file(file_of(np.zeros(RATE, np.float32))), "nothing to be heard in x.wav", "x.wav 里听不到声音"),
        (file(file_of(tone(seconds=0.05))), "x.wav lasts 0.05 seconds", "x.wav 只有 0.05 秒"),
        (file(file_of(tone(seconds=60))), "x.wav is longer than 30 seconds", "x.wav 超过 30 秒"),
        ({"name": "x.wav", "content": "§§"}, "did not arrive whole", "没有完整送达"),
        ({"name": "x.wav", "content": "A" * 11_000_000}, "larger than 8 MB", "大于 8 MB"),
        ({"sample": 99}, "no sample 99", "没有样例 99"),
        ({"sample": "0"}, "no sample '0'", "没有样例 '0'"),
        ({"name": 3, "content": None}, "must hold a sound", "必须有声音"),
    ],
)
def test_what_cannot_be_listened_to_is_refused_in_both_languages(asked, english, chinese):
    reply = ask(**asked)
    assert reply.keys() == {"id", "message"}
    assert english in reply["message"]["en"]
    assert chinese in reply["message"]["zh"]


@pytest.mark.parametrize("asked", [None, 3, "text", []])
def test_an_ask_that_is_none_is_refused(asked):
    assert "must hold a sound" in json.loads(speech.respond(asked))["message"]["en"]


def test_stereo_of_48_000_samples_is_heard():
    sound = np.repeat(read_audio(speech.samples()[0]), 6)
    reply = ask(**file(file_of(np.stack([sound, sound], axis=1), 48_000)))
    assert reply["heard"]["target"] == "three seven one"


def test_the_tab_is_there_if_a_model_for_it_is_at_hand(monkeypatch):
    assert tasks.has_tasks()
    monkeypatch.setattr(engine, "TRANSCRIBERS", {})
    assert not tasks.has_tasks()
    assert (
        "no model for speech" in ask(name="x.wav", content=base64.b64encode(file_of(tone())).decode())["message"]["en"]
    )
