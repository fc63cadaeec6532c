"""Strings of digits: what is heard is what is written, and no recording is in two splits."""

import random
from collections import Counter

import pytest

from s2s.augment import AUGMENTATIONS
from s2s.digits import LONGEST, WORDS, choose_clips, make_digits, read_names
from s2s.errors import DataError
from s2s.sounds import read_score

SPEAKERS = ("ann", "bob")
NAMES = [f"{digit}_{speaker}_{number}.wav" for digit in range(10) for speaker in SPEAKERS for number in range(20)]
CLIPS = read_names(NAMES)


def heard(pair):
    return [part for part in read_score(pair.source).parts if isinstance(part, str)]


def test_splits_share_no_clip_and_have_every_speaker():
    chosen = choose_clips(CLIPS, [])
    names = {split: {clip.name for clip in clips} for split, clips in chosen.items()}
    assert sum(map(len, names.values())) == len(set.union(*names.values())) == len(NAMES)
    assert all({clip.speaker for clip in clips} == set(SPEAKERS) for clips in chosen.values())


def test_a_speaker_of_the_test_is_heard_in_nothing_else():
    chosen = choose_clips(CLIPS, ["bob"])
    assert {clip.name for clip in chosen["test"]} == {name for name in NAMES if "_bob_" in name}
    assert {clip.speaker for split in ("train", "valid") for clip in chosen[split]} == {"ann"}


def test_a_speaker_who_is_not_there_and_too_few_clips_are_named():
    with pytest.raises(DataError, match=r"no speaker carol; known: ann, bob"):
        choose_clips(CLIPS, ["carol"])
    with pytest.raises(DataError, match="no clip is left for train"):
        choose_clips(CLIPS, SPEAKERS)
    with pytest.raises(DataError, match=r"named like 7_theo_22.wav, found hello.wav"):
        read_names(["hello.wav"])


def test_the_words_are_the_digits_of_the_clips_of_one_speaker():
    for pair in make_digits(CLIPS, 60, seed=1):
        clips = read_names(heard(pair))
        assert pair.target == " ".join(WORDS[clip.digit] for clip in clips)
        assert len({clip.speaker for clip in clips}) == 1
        assert pair.links == " ".join(f"{number}-{number}" for number in range(len(clips)))


def test_every_length_comes_as_often_and_the_seed_alone_decides():
    pairs = make_digits(CLIPS, 60, seed=1)
    assert Counter(len(heard(pair)) for pair in pairs) == dict.fromkeys(range(1, LONGEST + 1), 10)
    assert make_digits(CLIPS, 60, seed=1) == pairs != make_digits(CLIPS, 60, seed=2)
    assert {len(heard(pair)) for pair in make_digits(CLIPS, 8, seed=1, lengths=(9,))} == {9}


@pytest.mark.parametrize(("kind", "field"), [("speed", "speed"), ("noise", "noise")])
def test_augmentation_of_sounds_changes_how_they_are_played_and_not_what_is_said(kind, field):
    pair = make_digits(CLIPS, 6, seed=1)[5]
    changed = AUGMENTATIONS[kind](pair, random.Random(1))
    before, after = read_score(pair.source), read_score(changed.source)
    assert after.parts == before.parts
    assert getattr(after, field) != getattr(before, field)
    assert (changed.target, changed.links) == (pair.target, pair.links)
