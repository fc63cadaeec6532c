"""Another word: the model goes on from there, and what stood before stays as it was."""

import dataclasses
import json

import numpy as np
import pytest

from s2s.config import SearchConfig
from s2s.constraints import Constraints
from s2s.errors import ConfigError, DeadlineError, TextError
from s2s.inside.alternatives import UNSURE, options, unsure_steps, word_at
from s2s.inside.branches import MOST_BRANCHES, Branches, Turn, grow, grow_all, plant, typed_pieces
from s2s.inside.differences import Part, differences
from s2s.inside.walk import NEVER_WRITTEN, walk
from s2s.result import END_PIECE
from s2s.translator import Translator

SOURCE = "We ate bread and cheese in Paris."
STEP = 2


@pytest.fixture(scope="module", params=["torch", "onnx"])
def translator(request, tiny_checkpoint):
    return Translator.load(tiny_checkpoint, "cpu", request.param)


@pytest.fixture(scope="module")
def planted(translator):
    return plant(translator.translate(SOURCE))


def another(translator, branches, step=STEP, parent=0, rank=1):
    """A turn to another piece than the one that stands there."""
    pieces = branches[parent].sentence.best.target_pieces
    found = [option.piece for option in options(translator, SOURCE, pieces[:step])]
    return Turn(parent=parent, step=step, pieces=([piece for piece in found if piece != pieces[step]][rank - 1],))


def weights(branches, position=0):
    row = np.zeros(len(branches[0].sentence.source_pieces))
    row[position] = 1
    return tuple(row.tolist())


def test_a_tree_begins_with_the_models_own_translation(translator, planted):
    translation = translator.translate(SOURCE)
    assert [branch.sentence for branch in planted.branches] == list(translation.sentences)
    assert (planted.source, planted.config, planted.turns) == (SOURCE, SearchConfig(), ())


def test_the_model_goes_on_from_another_word_and_the_rows_before_stay(translator, planted):
    turn = another(translator, planted)
    grown = grow(translator, planted, turn)
    before, after = (branch.sentence.best for branch in grown.branches)
    assert after.target_pieces[: STEP + 1] == (*before.target_pieces[:STEP], *turn.pieces)
    np.testing.assert_allclose(after.attention[:STEP], before.attention[:STEP], atol=1e-5)
    np.testing.assert_allclose(after.log_probs[:STEP], before.log_probs[:STEP], atol=1e-5)
    wanted = Constraints(prefix_pieces=(*before.target_pieces[:STEP], *turn.pieces))
    assert after == translator.translate(SOURCE, constraints=wanted).sentences[0].best
    assert len(planted) == 1  # the old tree is as it was


def test_a_turn_twice_taken_is_one_branch(translator, planted):
    turn = another(translator, planted)
    grown = grow(translator, planted, turn)
    assert grow(translator, grown, turn) is grown
    assert grown.find(turn) == 1
    assert grown.find(dataclasses.replace(turn, step=0)) is None


def test_the_same_turns_grow_the_same_tree(translator, planted):
    grown = grow(translator, planted, another(translator, planted))
    grown = grow(translator, grown, another(translator, grown, step=1, parent=1))
    grown = grow(translator, grown, Turn(parent=1, step=STEP, attention={STEP: weights(planted)}))
    turns = [Turn.from_plain(json.loads(json.dumps(turn.to_plain()))) for turn in grown.turns]
    assert grow_all(translator, planted, turns, time_limit_seconds=60) == grown
    with pytest.raises(DeadlineError):
        grow_all(translator, planted, turns, time_limit_seconds=0)


def test_a_tree_goes_through_json(translator, planted):
    grown = grow(translator, planted, Turn(parent=0, step=1, attention={1: weights(planted)}))
    assert Branches.from_plain(json.loads(json.dumps(grown.to_plain()))) == grown


def test_given_weights_belong_to_the_pieces_that_are_kept(translator, planted):
    first, second = weights(planted, 0), weights(planted, 1)
    grown = grow(translator, planted, Turn(parent=0, step=1, attention={1: first, 2: second}))
    grown = grow(translator, grown, another(translator, grown, step=2, parent=1))
    assert grown.given(0) == {}
    assert grown.given(1) == {1: first, 2: second}
    assert grown.given(2) == {1: first}
    after = grown[2].sentence.best.attention
    assert after[1].tolist() == list(first)
    if len(after) > 2:
        assert after[2].tolist() != list(second)


def test_a_chosen_end_ends_the_translation(translator, planted):
    grown = grow(translator, planted, Turn(parent=0, step=STEP, pieces=(END_PIECE,)))
    assert grown[1].sentence.best.target_pieces == (*planted[0].sentence.best.target_pieces[:STEP], END_PIECE)


@pytest.mark.parametrize(
    ("turn", "said"),
    [
        (Turn(parent=3, step=0), "There is no branch 3"),
        (Turn(parent=-1, step=0), "There is no branch -1"),
        (Turn(parent=0, step=99), "at a step from 0 to"),
        (Turn(parent=0, step=2, attention={1: (1.0,)}), "from step 2 on"),
    ],
)
def test_a_turn_that_does_not_fit_is_refused(translator, planted, turn, said):
    with pytest.raises(ConfigError, match=said):
        grow(translator, planted, turn)


@pytest.mark.parametrize(
    "values",
    [
        None,
        [],
        {},
        {"parent": 0},
        {"parent": "0", "step": 1},
        {"parent": 0, "step": True},
        {"parent": 0, "step": 1, "pieces": [2]},
        {"parent": 0, "step": 1, "attention": [[1]]},
        {"parent": 0, "step": 1, "attention": [["1", [1.0]]]},
        {"parent": 0, "step": 1, "attention": [[1, ["x"]]]},
        {"parent": 0, "step": 1, "attention": 5},
    ],
    ids=repr,
)
def test_what_describes_no_turn_is_refused(values):
    with pytest.raises(ConfigError, match=r"[Bb]ranch"):
        Turn.from_plain(values)


def test_a_tree_is_full_at_some_time(translator, planted):
    full = dataclasses.replace(planted, branches=planted.branches * MOST_BRANCHES)
    with pytest.raises(ConfigError, match=f"{MOST_BRANCHES} translations already"):
        grow(translator, full, another(translator, planted))


def test_a_tree_of_another_model_is_refused(translator, planted):
    with pytest.raises(ConfigError, match=r"are of other \("):
        grow(translator, dataclasses.replace(planted, model="other"), another(translator, planted))


def test_a_typed_word_is_written(translator, planted):
    sentence = planted[0].sentence
    pieces = typed_pieces(translator, SOURCE, "fromage")
    grown = grow(translator, planted, Turn(parent=0, step=STEP, pieces=pieces))
    kept = translator.pieces.decode(translator.pieces.ids(sentence.best.target_pieces[:STEP]))
    assert grown[1].sentence.best.target.startswith(f"{kept} fromage".strip())
    for text in ("", " ", "a\0"):
        with pytest.raises(TextError):
            typed_pieces(translator, SOURCE, text)


def test_the_options_are_the_likeliest_pieces(translator, planted):
    pieces = planted[0].sentence.best.target_pieces
    found = options(translator, SOURCE, pieces[:STEP])
    log_probs = walk(translator, SOURCE, pieces).log_probs[STEP]
    order = [token for token in np.argsort(-log_probs) if token not in NEVER_WRITTEN][:10]
    assert [option.piece for option in found] == translator.pieces.pieces(order)
    np.testing.assert_allclose([option.probability for option in found], np.exp(log_probs[order]), atol=1e-5)


def test_an_option_names_the_word_that_it_would_begin(translator, planted):
    pieces = planted[0].sentence.best.target_pieces[:STEP]
    for option in options(translator, SOURCE, pieces, count=4):
        greedy = translator.translate(
            SOURCE, SearchConfig(beam_size=1), Constraints(prefix_pieces=(*pieces, option.piece))
        )
        assert word_at(greedy.sentences[0].best.target_pieces, STEP).startswith(option.word)
        assert (option.word == "") == (option.piece == END_PIECE)


def test_no_translation_begins_with_its_end(translator):
    assert END_PIECE not in [option.piece for option in options(translator, SOURCE, [], count=340)]


def test_the_unsure_steps_are_those_with_a_small_lead(translator, planted):
    found = walk(translator, SOURCE, planted[0].sentence.best.target_pieces)
    unsure = unsure_steps(found)
    assert all((found.margins[step] < UNSURE) == (step in unsure) for step in range(len(found.tokens)))


def test_differences_are_named_word_by_word():
    one, other = differences(["Je", "ne", "savais", "pas", "."], ["Je", "savais", "bien", "."])
    assert one == (
        Part(("Je",), False),
        Part(("ne",), True),
        Part(("savais",), False),
        Part(("pas",), True),
        Part((".",), False),
    )
    assert other == (Part(("Je",), False), Part(("savais",), False), Part(("bien",), True), Part((".",), False))
    assert differences([], []) == ((), ())
