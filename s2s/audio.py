"""Sound: a file of any common kind to samples, and samples to log-mel frames.

Samples are numbers in [-1, 1], `RATE` a second, one channel. A frame says how much there is of each of `BANDS` pitches
during 32 ms; a new one begins every 16 ms. 8,000 samples a second is what a telephone carries: enough for words.
"""

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from s2s.errors import AudioError

Samples = npt.NDArray[np.float32]
Frames = npt.NDArray[np.float32]

RATE = 8_000
WINDOW, HOP = 256, 128
"""Samples of a frame, and from one frame's begin to the next one's."""
FRAME_SECONDS = HOP / RATE
BANDS = 40
LOWEST_HERTZ, HIGHEST_HERTZ = 60.0, RATE / 2
RANGE = 6.0
"""Powers of ten between the loudest and what counts as silence: 60 dB."""

SHORTEST_SECONDS, LONGEST_SECONDS = 0.1, 30.0
QUIETEST = 1e-3
"""The largest number of a sound in which nothing can be heard: -60 dB."""
MOST_RATE, LEAST_RATE = 384_000, 4_000

KINDS = "wav, flac, ogg or mp3"


def read_audio(content: Path | bytes, name: str = "the file") -> Samples:
    """The samples of a sound file: its channels averaged, resampled to `RATE`.

    Args:
        content: a file, or what is in it.
        name: what messages call it.

    Raises:
        AudioError: it is no sound file, or it is damaged, too short, too long or silent; the message says which.
    """
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    try:
        with soundfile.SoundFile(source) as file:
            rate = file.samplerate
            if not LEAST_RATE <= rate <= MOST_RATE:
                raise AudioError(
                    f"{name} has {rate:,} samples a second; {LEAST_RATE:,} to {MOST_RATE:,} are taken. "
                    "Please save it with 16,000 or 44,100."
                )
            # One sample more than may be, so that a longer file is known without being read to its end.
            channels = file.read(int(LONGEST_SECONDS * rate) + 1, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError) as error:
        raise AudioError(
            f"{name} cannot be read as sound ({_reason(error)}). Please give a {KINDS} file of at most "
            f"{LONGEST_SECONDS:.0f} seconds."
        ) from None
    samples = check_samples(channels.mean(axis=1), rate, name)
    return samples if rate == RATE else np.asarray(soxr.resample(samples, rate, RATE), dtype=np.float32)


def _reason(error: Exception) -> str:
    return (getattr(error, "error_string", "") or str(error)).strip().rstrip(".")


def check_samples(samples: Samples, rate: int = RATE, name: str = "the sound") -> Samples:
    """Give samples back, or raise an AudioError that says why they cannot be listened to.

    Args:
        samples: [N], of one channel.
        rate: samples a second.
        name: what messages call them.
    """
    seconds = len(samples) / rate
    if not np.isfinite(samples).all():
        raise AudioError(f"{name} holds samples that are no numbers. Please record it again.")
    if seconds > LONGEST_SECONDS:
        raise AudioError(f"{name} is longer than {LONGEST_SECONDS:.0f} seconds. Please cut it.")
    if seconds < SHORTEST_SECONDS:
        raise AudioError(
            f"{name} lasts {seconds:.2f} seconds; at least {SHORTEST_SECONDS} are needed for a word. "
            "Please record a little longer."
        )
    if np.abs(samples).max() < QUIETEST:
        raise AudioError(f"There is nothing to be heard in {name}. Is the microphone on? Please speak louder.")
    return samples


def log_mel(samples: Samples) -> Frames:
    """Frames [S, `BANDS`] in [-1, 1]: 1 is the loudest of this sound, -1 is 60 dB below it or less.

    The logarithm of the power in each band (Davis & Mermelstein 1980, before the cosine transform). The loudest is the
    measure, so that it does not matter how loud a microphone is set, and quiet noise counts as silence.
    """
    count = frame_count(len(samples))
    padded = np.pad(samples[: count * HOP], (0, WINDOW))
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][:count]
    power = np.abs(np.fft.rfft(windows * HANN, axis=1)) ** 2
    levels = np.log10(np.maximum(power @ FILTERS.T, 1e-12))
    loudest = levels.max()
    return np.asarray(1 + 2 * np.maximum(levels - loudest, -RANGE) / RANGE, dtype=np.float32)


def frame_count(samples: int) -> int:
    """How many frames `log_mel` makes of so many samples."""
    return max(1, samples // HOP)


def _mel(hertz: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Hertz as steps that sound alike (O'Shaughnessy 1987)."""
    return np.asarray(2595 * np.log10(1 + np.asarray(hertz) / 700), dtype=np.float64)


def _triangles() -> npt.NDArray[np.float32]:
    """For each band the share of each frequency that it hears, [BANDS, WINDOW / 2 + 1]: triangles, even in mel."""
    hertz = np.fft.rfftfreq(WINDOW, 1 / RATE)
    edges = np.linspace(_mel(LOWEST_HERTZ), _mel(HIGHEST_HERTZ), BANDS + 2)
    mel = _mel(hertz)
    rising = (mel[None, :] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - mel[None, :]) / (edges[2:] - edges[1:-1])[:, None]
    return np.asarray(np.maximum(0, np.minimum(rising, falling)), dtype=np.float32)


def _centres() -> npt.NDArray[np.float64]:
    mel = np.linspace(_mel(LOWEST_HERTZ), _mel(HIGHEST_HERTZ), BANDS + 2)[1:-1]
    return np.asarray(700 * (10 ** (mel / 2595) - 1), dtype=np.float64)


BAND_HERTZ = _centres()
"""The pitch in the middle of each band."""
HANN = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
FILTERS = _triangles()
