"""Sounds for tests: beeps that stand for digits, each of a pitch of its own; files of any kind."""

import io

import numpy as np
import soundfile

from s2s.audio import RATE


def tone(hertz=440.0, seconds=0.5, rate=RATE, loudness=0.3):
    """A pure tone, float32."""
    time = np.arange(round(seconds * rate)) / rate
    return (loudness * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def noise(seconds=0.5, loudness=0.1, seed=0):
    """White noise, float32."""
    return (loudness * np.random.default_rng(seed).standard_normal(round(seconds * RATE))).astype(np.float32)


def file_of(samples, rate=RATE, kind="WAV"):
    """What a sound file of these samples holds."""
    content = io.BytesIO()
    soundfile.write(content, samples, rate, format=kind)
    return content.getvalue()


def write_digits(directory, speakers=("ann", "bob"), numbers=range(16), digits=range(3)):
    """Clips that are named as those of the Free Spoken Digit Dataset: beeps, of another pitch for each digit."""
    directory.mkdir(parents=True, exist_ok=True)
    for place, speaker in enumerate(speakers):
        for digit in digits:
            for number in numbers:
                samples = tone(400 + 700 * digit + 40 * place, 0.12 + 0.005 * (number % 5))
                (directory / f"{digit}_{speaker}_{number}.wav").write_bytes(file_of(samples))
    return directory
