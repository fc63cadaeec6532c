"""Sources that are sounds: a line of text names the clips that are heard, and what is done with them.

    1.08x 14dB 3_theo_14.wav 0.20s 7_theo_22.wav

A word that ends in `s` is a pause in seconds; one in `x` plays all faster and higher or, below 1, slower and lower; one
in `dB` lets noise be heard, so much quieter than the clips. Everything else is the name of a clip. Such lines are
sources of pairs as texts are: they are split, shuffled and augmented in the same way. The same line always makes the
same sound.
"""

import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soxr

from s2s.audio import HOP, RATE, Frames, Samples, frame_count, log_mel, read_audio
from s2s.errors import AudioError, DataError

_ORDER = re.compile(r"(-?\d+(?:\.\d+)?)(s|x|dB)")
PAUSE, SPEED, NOISE = "s", "x", "dB"


class Score(NamedTuple):
    """What a line says."""

    parts: tuple[str | float, ...]
    """Names of clips, and seconds of pauses."""
    speed: float
    noise: float | None
    """Decibels by which noise is quieter than the clips; None is no noise."""


def read_score(line: str) -> Score:
    """Take a line apart."""
    parts: list[str | float] = []
    speed, noise = 1.0, None
    for word in line.split():
        order = _ORDER.fullmatch(word)
        if order is None:
            parts.append(word)
        elif order[2] == PAUSE:
            parts.append(float(order[1]))
        elif order[2] == SPEED:
            speed = float(order[1])
        else:
            noise = float(order[1])
    if not 0.25 <= speed <= 4:
        raise DataError(f"a speed must be in 0.25x … 4x, got {speed}x in {line[:80]!r}")
    return Score(tuple(parts), speed, noise)


class Clips:
    """The sounds that lines name: the files of a folder, or of a tar file."""

    def __init__(self, place: Path) -> None:
        """Read all sounds at `place`: `audio` of a recipe's data.

        Raises:
            DataError: there is nothing, or it holds a file that is no sound.
        """
        self.place = place
        self._samples: dict[str, Samples] = {}
        for name, content in _files(place):
            try:
                self._samples[name] = read_audio(content, name)
            except AudioError as error:
                raise DataError(f"{place}: {error}") from None
        if not self._samples:
            raise DataError(f"{place} holds no sounds (.wav, .flac, .ogg, .mp3): name a folder or a tar file that does")

    @property
    def names(self) -> list[str]:
        """Of all clips, in order."""
        return sorted(self._samples)

    def play(self, line: str) -> Samples:
        """The samples of what a line says.

        Raises:
            DataError: it names a clip that is not there.
        """
        score = read_score(line)
        parts = [self._clip(part) if isinstance(part, str) else _silence(part) for part in score.parts]
        samples = np.concatenate([_silence(0), *parts])
        if score.speed != 1:
            samples = np.asarray(soxr.resample(samples, RATE * score.speed, RATE), dtype=np.float32)
        return samples if score.noise is None else samples + _noise(samples, score.noise, zlib.crc32(line.encode()))

    def frames(self, line: str) -> Frames:
        """The log-mel frames [S, F] of what a line says."""
        return log_mel(self.play(line))

    def length(self, line: str) -> int:
        """About how many frames a line has, give or take one; quicker than making them."""
        score = read_score(line)
        return frame_count(round(sum(map(self._samples_of, score.parts)) / score.speed))

    def spans(self, line: str) -> list[tuple[int, int]]:
        """For each clip of a line the frame with which it begins, and the one before which it ends."""
        score, begin = read_score(line), 0
        found = []
        for part in score.parts:
            end = begin + self._samples_of(part)
            if isinstance(part, str):
                found.append((round(begin / score.speed) // HOP, round(end / score.speed) // HOP))
            begin = end
        return found

    def _samples_of(self, part: str | float) -> int:
        return len(self._clip(part)) if isinstance(part, str) else int(part * RATE)

    def _clip(self, name: str) -> Samples:
        if name not in self._samples:
            raise DataError(f"there is no clip {name} in {self.place}; such as: {', '.join(self.names[:3])}")
        return self._samples[name]


def _silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), np.float32)


def _noise(samples: Samples, decibels: float, seed: int) -> Samples:
    """Noise that is `decibels` quieter than `samples`, of a colour between white and brown."""
    generator = np.random.default_rng(seed)
    length = 1 << max(1, len(samples) - 1).bit_length()  # powers of two are quick
    spectrum = np.fft.rfft(generator.standard_normal(length, dtype=np.float32))
    spectrum /= np.arange(1, len(spectrum) + 1, dtype=np.float32) ** np.float32(generator.uniform(0, 1))
    noise = np.fft.irfft(spectrum, length)[: len(samples)]
    power = np.mean(samples**2) / max(float(np.mean(noise**2)), 1e-20)
    return np.asarray(noise * np.sqrt(power) * 10 ** (-decibels / 20), dtype=np.float32)


def _files(place: Path) -> Iterator[tuple[str, bytes]]:
    kinds = (".wav", ".flac", ".ogg", ".mp3")
    try:
        if place.is_dir():
            for path in sorted(place.rglob("*")):
                if path.suffix.lower() in kinds:
                    yield path.relative_to(place).as_posix(), path.read_bytes()
            return
        with tarfile.open(place) as archive:
            for member in archive:
                content = archive.extractfile(member) if member.name.lower().endswith(kinds) else None
                if content is not None:
                    yield member.name.removeprefix("./"), content.read()
    except (OSError, tarfile.TarError, EOFError, zlib.error) as error:
        raise DataError(f"the sounds {place} cannot be read: {error}") from None
