"""Sound files to samples, samples to frames; what cannot be listened to is refused with what to do."""

import numpy as np
import pytest

from s2s.audio import BANDS, HOP, RATE, check_samples, frame_count, log_mel, read_audio
from s2s.errors import AudioError
from tests.sounds import file_of, noise, tone


def pitch(samples):
    """The strongest frequency, in hertz."""
    spectrum = np.abs(np.fft.rfft(samples))
    return np.argmax(spectrum) * RATE / len(samples)


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
def test_every_kind_of_file_at_every_rate_is_the_same_sound(kind, rate):
    samples = read_audio(file_of(tone(440, 0.5, rate), rate, kind))
    assert samples.dtype == np.float32
    assert len(samples) == pytest.approx(RATE / 2, abs=0.03 * RATE)  # a lossy kind adds a little silence
    assert pitch(samples) == pytest.approx(440, abs=4)
    assert np.abs(samples).max() == pytest.approx(0.3, abs=0.05)


def test_a_file_and_its_content_are_the_same(tmp_path):
    content = file_of(tone())
    (tmp_path / "tone.wav").write_bytes(content)
    assert np.array_equal(read_audio(tmp_path / "tone.wav"), read_audio(content))


def test_both_channels_are_heard():
    silent = np.zeros_like(tone(rate=48_000))
    for channels in ([tone(rate=48_000), silent], [silent, tone(rate=48_000)]):
        samples = read_audio(file_of(np.stack(channels, axis=1), 48_000))
        assert pitch(samples) == pytest.approx(440, abs=4)
        assert np.abs(samples).max() == pytest.approx(0.15, abs=0.02)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (file_of(np.zeros(RATE, np.float32)), "nothing to be heard in x.wav.*speak louder"),
        (file_of(tone(seconds=0.05)), r"x.wav lasts 0.05 seconds; at least 0.1"),
        (file_of(tone(seconds=60)), "x.wav is longer than 30 seconds. Please cut it"),
        (file_of(tone())[:30], "x.wav cannot be read as sound.*Please give a wav, flac, ogg or mp3 file"),
        (b"\x00\xff" * 4000, "x.wav cannot be read as sound"),
        (b"Just a text, named as if it were a sound.\n", "x.wav cannot be read as sound"),
        (b"", "x.wav cannot be read as sound"),
        (file_of(tone(rate=1_000), 1_000), "x.wav has 1,000 samples a second; 4,000 to 384,000 are taken"),
    ],
    ids=["silence", "0.05 s", "60 s", "cut off", "noise of bytes", "text", "empty", "slow"],
)
def test_what_cannot_be_listened_to_is_refused_with_what_to_do(content, said):
    with pytest.raises(AudioError, match=said):
        read_audio(content, "x.wav")


def test_thirty_seconds_are_taken_and_a_missing_file_is_named(tmp_path):
    assert len(read_audio(file_of(tone(seconds=30)))) == 30 * RATE
    with pytest.raises(AudioError, match=r"none.wav cannot be read as sound"):
        read_audio(tmp_path / "none.wav", "none.wav")


def test_samples_that_are_no_numbers_are_refused():
    broken = tone()
    broken[7] = np.nan
    with pytest.raises(AudioError, match="no numbers"):
        check_samples(broken)


@pytest.mark.parametrize("count", [1, HOP - 1, HOP, HOP + 1, 2 * HOP, 5 * HOP + 3, RATE])
def test_the_number_of_frames_is_known_before_they_are_made(count):
    assert log_mel(noise(1)[:count]).shape == (frame_count(count), BANDS)


def test_frames_do_not_depend_on_how_loud_a_sound_is():
    sound = np.concatenate([tone(), noise()])
    np.testing.assert_allclose(log_mel(sound), log_mel(sound / 50), atol=2e-4)


def test_frames_lie_between_silence_and_the_loudest():
    frames = log_mel(np.concatenate([np.zeros(RATE, np.float32), tone()]))
    assert frames.max() == 1
    assert frames.min() == -1
    assert (frames[: RATE // HOP - 2] == -1).all()


def test_a_higher_tone_is_loudest_in_a_higher_band():
    loudest = [int(log_mel(tone(hertz))[5].argmax()) for hertz in (200, 500, 1_000, 2_000, 3_500)]
    assert loudest == sorted(set(loudest))


def test_a_frame_hears_its_own_time_and_no_other():
    sound = np.zeros(RATE, np.float32)
    sound[40 * HOP + 10 : 41 * HOP] = noise(1)[: HOP - 10]
    heard = np.flatnonzero(log_mel(sound).max(axis=1) > -1)
    assert heard.tolist() == [39, 40]
