"""What is looked at of a result: rows still sum to 1, and nothing of the result is lost on the way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.colours import DARK, LIGHT, colour_at, colour_stops
from s2s.errors import ConfigError
from s2s.result import END_PIECE, Hypothesis, Sentence
from s2s.view import View, grid_of, is_right_to_left

SOURCE = ("▁I", "▁did", "n", "'", "t", "▁know", ".")
TARGET = ("▁Je", "▁ne", "▁sa", "vais", "▁pas", ".", END_PIECE)


def sentence(source=SOURCE, target=TARGET, seed=0, attention=True):
    weights = np.random.default_rng(seed).random((len(target), len(source)), dtype=np.float32)
    hypothesis = Hypothesis(
        target="",
        target_pieces=tuple(target),
        log_probs=(-0.5,) * len(target),
        score=-0.5,
        attention=weights / weights.sum(axis=1, keepdims=True) if attention else None,
    )
    return Sentence(source="", source_pieces=tuple(source), hypotheses=(hypothesis,))


def test_pieces_are_shown_as_the_result_has_them():
    grid = grid_of(sentence())
    assert grid.sources == SOURCE
    assert grid.targets == TARGET
    assert np.array_equal(grid.weights, sentence().best.attention)
    assert grid.source_words == (0, 1, 1, 1, 1, 2, 2)
    assert grid.target_words == (0, 1, 2, 2, 3, 3, 4)


def test_in_words_source_pieces_are_added_and_target_pieces_averaged():
    grid = grid_of(sentence(), view=View(units="words"))
    assert grid.sources == ("I", "didn't", "know.")
    assert grid.targets == ("Je", "ne", "savais", "pas.", END_PIECE)
    weights = sentence().best.attention
    assert grid.weights[2, 1] == pytest.approx(weights[2:4, 1:5].sum() / 2)
    assert grid.weights[4, 0] == pytest.approx(weights[6, 0])
    assert grid.source_words == (0, 1, 2)
    assert grid.target_words == (0, 1, 2, 3, 4)


@pytest.mark.parametrize("units", ["pieces", "words"])
def test_without_its_end_there_is_no_row_or_column_of_it(units):
    grid = grid_of(sentence(source=(*SOURCE, END_PIECE)), view=View(units=units, end=False))
    assert END_PIECE not in grid.sources + grid.targets
    assert grid.weights.shape == (len(grid.targets), len(grid.sources))
    with_end = grid_of(sentence(source=(*SOURCE, END_PIECE)), view=View(units=units))
    assert grid.source_words == with_end.source_words[:-1]
    assert grid.target_words == with_end.target_words[:-1]


pieces = st.lists(st.sampled_from(["▁the", "cat", "▁", "中", "😀", "<0xE4>", "'", END_PIECE]), min_size=1, max_size=8)


@given(source=pieces, target=pieces, units=st.sampled_from(["pieces", "words"]), end=st.booleans())
def test_a_row_sums_to_one_or_looked_at_nothing_that_is_shown(source, target, units, end):
    grid = grid_of(sentence(source, target), view=View(units=units, end=end))
    assert grid.weights.shape == (len(grid.targets), len(grid.sources))
    assert len(grid.source_words) == len(grid.sources)
    assert len(grid.target_words) == len(grid.targets)
    for total in grid.weights.sum(axis=1):
        assert total == pytest.approx(1, abs=1e-5) or (total == 0 and not end)


def test_a_model_without_attention_has_no_grid():
    assert grid_of(sentence(attention=False)) is None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"units": "letters"}, "units must be one of pieces, words"),
        ({"scale": "rainbow"}, "scale must be one of linear, log, threshold"),
        ({"threshold": 1.5}, "threshold must be in 0 … 1"),
        ({"threshold": float("nan")}, "threshold must be in 0 … 1"),
        ({"end": "yes"}, "end must be true or false"),
    ],
)
def test_a_wrong_view_is_named(values, said):
    with pytest.raises(ConfigError, match=said):
        View(**values)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["the"], False),
        (["▁", "...", "القطة"], True),
        (["שלום"], True),
        (["123", "!"], False),
        ([], False),
        (["中"], False),
    ],
)
def test_the_first_letter_says_from_where_a_text_is_written(texts, expected):
    assert is_right_to_left(texts) == expected


def lightness(colour):
    """CIE L* of a colour."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 116 * luminance ** (1 / 3) - 16


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_the_colours_are_evenly_spaced_in_lightness(colours):
    steps = np.diff([lightness(colour) for colour in colours])
    assert np.allclose(steps, steps.mean(), atol=0.5)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("scale", ["linear", "log", "threshold"])
def test_every_scale_runs_from_the_ground_to_the_last_colour(scale, dark):
    stops = colour_stops(View(scale=scale), dark)
    colours = DARK if dark else LIGHT
    positions = [position for position, _ in stops]
    assert positions == sorted(positions)
    assert (stops[0], stops[-1]) == ((0.0, colours[0]), (1.0, colours[-1]))


def test_the_log_scale_tells_small_weights_apart_and_the_threshold_leaves_them_out():
    def seen(scale, weight):
        return abs(lightness(colour_at(colour_stops(View(scale=scale, threshold=0.2)), weight)) - 100)

    assert seen("log", 0.01) > 25 > 5 > seen("linear", 0.01)
    assert seen("threshold", 0.19) == pytest.approx(0, abs=0.1)
    assert seen("threshold", 0.21) == pytest.approx(seen("linear", 0.21), abs=0.5)
