"""The result: JSON both ways is the identity, the bits of the attention too."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from s2s.result import END_PIECE, Alternative, Hypothesis, Origin, Sentence, Translation, TreeNode

texts = st.text(max_size=8)
numbers = st.floats(allow_nan=False, allow_infinity=False)
weights = st.floats(0, 1, width=32)


origins = st.builds(
    Origin, generated=weights, copied=weights, places=st.lists(st.integers(0, 9), max_size=3).map(tuple)
)
places = st.none() | st.integers(0, 3)
nodes = st.builds(TreeNode, piece=texts, log_prob=numbers, parent=places, rank=places)


@st.composite
def hypotheses(draw, source_length):
    length = draw(st.integers(1, 3))
    alternative = st.builds(Alternative, piece=texts, log_prob=numbers)

    def each_step(values):
        return draw(st.lists(values, min_size=length, max_size=length).map(tuple))

    return Hypothesis(
        target=draw(texts),
        target_pieces=each_step(texts),
        log_probs=each_step(numbers),
        score=draw(numbers),
        attention=draw(st.none() | arrays.arrays(np.float32, (length, source_length), elements=weights)),
        alternatives=each_step(st.lists(alternative, max_size=2).map(tuple)),
        origins=draw(st.none() | st.lists(origins, min_size=length, max_size=length).map(tuple)),
        read_back=draw(st.none() | st.lists(numbers, max_size=3).map(tuple)),
    )


@st.composite
def sentences(draw):
    pieces = draw(st.lists(texts, min_size=1, max_size=3).map(tuple))
    return Sentence(
        source=draw(texts),
        source_pieces=pieces,
        hypotheses=draw(st.lists(hypotheses(len(pieces)), min_size=1, max_size=2).map(tuple)),
        warnings=draw(st.lists(texts, max_size=2).map(tuple)),
        tree=draw(st.lists(nodes, max_size=3).map(tuple)),
    )


translations = st.builds(
    Translation,
    source=texts,
    target=texts,
    sentences=st.lists(sentences(), max_size=2).map(tuple),
    model=texts,
    revision=texts,
    settings=st.dictionaries(texts, st.none() | st.integers() | numbers | texts, max_size=3),
    warnings=st.lists(texts, max_size=2).map(tuple),
    timing_ms=numbers,
)


@pytest.fixture
def translation():
    attention = np.array([[0.1, 0.9], [1 / 3, 2 / 3]], dtype=np.float32)
    best = Hypothesis(
        target="oui",
        target_pieces=("▁oui", END_PIECE),
        log_probs=(-0.5, -0.25),
        score=-0.375,
        attention=attention,
        alternatives=((Alternative(piece="▁oui", log_prob=-0.5),), ()),
    )
    other = Hypothesis(target="non", target_pieces=("▁non",), log_probs=(-1.0,), score=-1.0, attention=attention[:1])
    sentence = Sentence(source="yes", source_pieces=("▁ye", "s"), hypotheses=(best, other), warnings=("long",))
    return Translation(
        source="yes", target="oui", sentences=(sentence,), model="tiny", revision="0", settings={}, warnings=("long",)
    )


@settings(max_examples=30)
@given(translations)
def test_json_both_ways_changes_nothing(translation):
    again = Translation.from_json(translation.to_json())
    assert again == translation
    assert again.timing_ms == translation.timing_ms
    for one, other in zip(translation.sentences, again.sentences, strict=True):
        for before, after in zip(one.hypotheses, other.hypotheses, strict=True):
            assert (before.attention is None) == (after.attention is None)
            if before.attention is not None:
                assert after.attention.dtype == np.float32
                assert np.array_equal(before.attention, after.attention)
    assert again.to_json() == translation.to_json()


def test_json_is_one_line_that_names_weights_briefly(translation):
    text = translation.to_json()
    assert "\n" not in text
    assert "0.1, 0.9" in text


def test_json_keeps_every_script_readable(translation):
    assert "▁oui" in translation.to_json()


def test_the_best_hypothesis_stands_beside_the_source(translation):
    (sentence,) = json.loads(translation.to_json())["sentences"]
    assert sentence["target"] == "oui" == translation.sentences[0].best.target
    assert sentence["target_pieces"] == ["▁oui", "</s>"]
    assert sentence["attention"] == sentence["hypotheses"][0]["attention"]
    assert [item["target"] for item in sentence["hypotheses"]] == ["oui", "non"]


def test_the_keys_of_the_contract_are_there(translation):
    values = json.loads(translation.to_json())
    keys = ["source", "target", "sentences", "model", "revision", "settings", "warnings", "timing_ms"]
    assert list(values) == keys
    assert set(values["sentences"][0]) == {
        "source",
        "target",
        "source_pieces",
        "target_pieces",
        "attention",
        "log_probs",
        "score",
        "alternatives",
        "origins",
        "read_back",
        "hypotheses",
        "warnings",
        "carried",
        "in_capitals",
    }


def test_the_time_taken_makes_no_difference(translation):
    values = json.loads(translation.to_json()) | {"timing_ms": 5.0}
    assert Translation.from_json(json.dumps(values)) == translation
