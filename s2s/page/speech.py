"""The section Speech of the tab More tasks: a recording, what was heard, and where the model listened for each word.

The browser sends a sound file, or names a sample; nothing of it is kept. It gets back what the model was given, as a
wav of 8,000 samples a second, so that what is played is what was heard.
"""

import base64
import io
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr
import soundfile

from s2s.audio import RATE, Samples, log_mel, read_audio
from s2s.config import SearchConfig, require
from s2s.errors import AudioError, ConfigError
from s2s.figures_speech import speech_figure
from s2s.models import EMBEDDED
from s2s.page import engine, records
from s2s.page.messages import in_both_languages
from s2s.page.parts import part
from s2s.page.replies import reply_to
from s2s.page.request import file_content
from s2s.transcriber import Transcriber

MOST_BYTES = 8_000_000
"""Of a sound file: 30 seconds in the best quality have 6 MB."""
LONGEST_NAME = 80
CONFIG = SearchConfig(beam_size=5, alternatives=0)


def listen(event: gr.EventData) -> str:
    """Answer what the browser asks for."""
    return respond(event._data)


def respond(asked: Any) -> str:
    """Answer an ask: `id`, which is given back, and `sample`, a number, or `name` and `content`, a file in base64.

    Returns:
        JSON: what was heard with its figure and its sound, or a message if the sound was refused.
    """
    return reply_to(asked, lambda values: _heard(*_read(values)))


def _read(asked: Any) -> tuple[str, Path | bytes]:
    """The name of a sound, and where it is or what is in it."""
    require(isinstance(asked, dict), "The request must hold a sound.")
    if "sample" in asked:
        files, number = samples(), asked["sample"]
        found = isinstance(number, int) and 0 <= number < len(files)
        require(found, f"There is no sample {number!r:.20}.")
        return files[number].name, files[number]
    name, content = asked.get("name"), asked.get("content")
    require(isinstance(name, str) and isinstance(content, str), "The request must hold a sound.")
    if len(content) > MOST_BYTES * 4 / 3 + 4:
        raise AudioError(f"The sound file is larger than {MOST_BYTES // 1_000_000} MB. Please cut it.")
    return name.strip()[:LONGEST_NAME] or "sound", file_content(content)


def _heard(name: str, content: Path | bytes) -> dict[str, Any]:
    sound = read_audio(content, name)
    limit = engine.SETTINGS.timeout_seconds
    with records.task("speech", seconds_of_sound=round(len(sound) / RATE)):
        found = _transcriber().transcribe(sound, CONFIG, name=name, time_limit_seconds=limit)
    heard = found.to_plain()
    heard.pop("hypotheses")  # what is drawn of them stands in the figure
    return {
        "heard": heard | {"warnings": [in_both_languages(warning) for warning in found.warnings]},
        "figure": speech_figure(log_mel(sound), found),
        "sound": _wav(sound),
    }


def _transcriber() -> Transcriber:
    for transcriber in engine.TRANSCRIBERS.values():
        return transcriber
    raise ConfigError("There is no model for speech here.")


def _wav(sound: Samples) -> str:
    content = io.BytesIO()
    soundfile.write(content, sound, RATE, format="WAV", subtype="PCM_16")
    return base64.b64encode(content.getvalue()).decode("ascii")


@cache
def samples() -> tuple[Path, ...]:
    """The recordings that lie beside the models."""
    return tuple(path for name in engine.TRANSCRIBERS for path in sorted((EMBEDDED / name).glob("sample-*.flac")))


def build() -> None:
    """Lay out the section, with the first sample already listened to."""
    files = samples()
    value = respond({"sample": 0}) if files else ""
    patience = engine.SETTINGS.timeout_seconds + 10
    desk = part("speech", value, samples=len(files), patience_seconds=patience, most_bytes=MOST_BYTES)
    desk.ask(listen, None, desk, api_visibility="private", show_progress="hidden", trigger_mode="multiple")
