"""Lines that name sounds: what they say is what is heard, the same one each time."""

import tarfile

import numpy as np
import pytest

from s2s.audio import RATE, log_mel
from s2s.errors import DataError
from s2s.sounds import Clips
from tests.sounds import file_of, tone


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("clips")
    (place / "inner").mkdir()
    for name, hertz in (("low.wav", 300), ("high.flac", 2_000), ("inner/middle.wav", 900)):
        (place / name).write_bytes(file_of(tone(hertz, 0.25), kind=name.rsplit(".")[-1]))
    (place / "README.txt").write_text("no sound")
    return place


@pytest.fixture(scope="module")
def clips(folder):
    return Clips(folder)


def power(samples):
    return float(np.mean(samples.astype(np.float64) ** 2))


def test_clips_and_pauses_follow_each_other(clips):
    samples = clips.play("0.10s low.wav 0.50s high.flac inner/middle.wav")
    assert len(samples) == round(1.35 * RATE)
    parts = np.split(samples, [round(at * RATE) for at in (0.1, 0.35, 0.85, 1.1)])
    assert [power(part) > 0.01 for part in parts] == [False, True, False, True, True]
    np.testing.assert_array_equal(parts[1], clips.play("low.wav"))


def test_a_folder_and_a_tar_file_of_it_hold_the_same(clips, folder, tmp_path):
    with tarfile.open(tmp_path / "clips.tar.gz", "w:gz") as archive:
        archive.add(folder, arcname=".")
    packed = Clips(tmp_path / "clips.tar.gz")
    assert packed.names == clips.names == ["high.flac", "inner/middle.wav", "low.wav"]
    np.testing.assert_array_equal(packed.play("low.wav"), clips.play("low.wav"))


def test_speed_makes_a_sound_shorter_and_higher(clips):
    plain, fast = clips.play("low.wav"), clips.play("1.50x low.wav")
    assert len(fast) == pytest.approx(len(plain) / 1.5, abs=2)
    assert np.argmax(np.abs(np.fft.rfft(fast, RATE))) == pytest.approx(450, abs=3)


def test_noise_is_as_much_quieter_as_the_line_says_and_always_the_same(clips):
    plain, loud, quiet = (clips.play(line) for line in ("low.wav", "10dB low.wav", "30dB low.wav"))
    for samples, decibels in ((loud, 10), (quiet, 30)):
        assert 10 * np.log10(power(plain) / power(samples - plain)) == pytest.approx(decibels, abs=0.1)
    np.testing.assert_array_equal(loud, clips.play("10dB low.wav"))
    assert not np.allclose(loud - plain, 10 * (quiet - plain))


@pytest.mark.parametrize("line", ["low.wav", "0.33s low.wav 0.21s high.flac", "0.87x 12dB low.wav high.flac 0.4s"])
def test_length_and_spans_are_known_without_playing(clips, line):
    frames = clips.frames(line)
    np.testing.assert_array_equal(frames, log_mel(clips.play(line)))
    assert abs(clips.length(line) - len(frames)) <= 1
    for (begin, end), (name, score) in zip(clips.spans(line), [(9, 300), (30, 2_000)], strict=False):
        assert 0 <= begin < end <= len(frames) + 1
        assert frames[begin + 1 : end - 1].max(axis=1).min() > 0, (name, score)


@pytest.mark.parametrize(
    ("line", "said"),
    [("gone.wav", "there is no clip gone.wav in .*such as: high.flac"), ("9x low.wav", "in 0.25x … 4x, got 9.0x")],
)
def test_a_line_that_cannot_be_played_says_why(clips, line, said):
    with pytest.raises(DataError, match=said):
        clips.play(line)


def test_a_place_without_sounds_or_with_a_broken_one_is_named(tmp_path):
    with pytest.raises(DataError, match=r"holds no sounds"):
        Clips(tmp_path)
    with pytest.raises(DataError, match=r"gone.tar cannot be read"):
        Clips(tmp_path / "gone.tar")
    (tmp_path / "broken.wav").write_text("no sound")
    with pytest.raises(DataError, match=r"broken.wav cannot be read as sound"):
        Clips(tmp_path)
