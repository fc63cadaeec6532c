"""The noisy channel: a model of the other direction has a say in what comes first."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.channel import in_order, is_asked
from s2s.config import SearchConfig
from s2s.constraints import Constraints
from s2s.forced import reading_back
from s2s.page.words import WORDS
from s2s.pieces import END
from s2s.result import END_PIECE, Hypothesis, Sentence, TreeNode
from s2s.translator import Translator
from tests.tiny import save_tiny, step_by_step

WIDE = SearchConfig(beam_size=4, n_best=4, tree=True)
TEXTS = ["The cat sleeps.", "WE ATE BREAD", "A dog! The cat.", "a", "Paris 2024: a@b.org 😀"]


@pytest.fixture(scope="module")
def models(tmp_path_factory, word_pieces, description):
    """Two of opposite directions, with other weights."""
    folder = tmp_path_factory.mktemp("channel")
    back = replace(description, source_language="fr", target_language="en")
    forth = save_tiny(folder / "en-fr", word_pieces, description)
    other = save_tiny(folder / "fr-en", word_pieces, back, seed=7)
    return Translator.load(forth, "cpu", "torch"), Translator.load(other, "cpu", "torch")


@pytest.fixture
def asking(models, monkeypatch):
    """The one, asking the other."""
    one, other = models
    monkeypatch.setattr(one, "read_back", reading_back(other))
    return one


def plain_log_probs(translator, source, target):
    """Of the pieces of a target, step by step."""
    pieces = translator.pieces
    ids = [*pieces.encode(target), END]
    log_probs, _ = step_by_step(translator.model, [pieces.encode(source)], [ids])
    return [float(log_probs[0, step, piece]) for step, piece in enumerate(ids)]


def test_reading_back_is_forced_decoding_by_the_other_model(models):
    _, other = models
    targets = ["Le chat dort.", "Un chien", "Où est la gare ?", "Un chien"]
    sources = ["The cat sleeps.", "A dog runs.", "a", ""]
    found = reading_back(other)(sources, targets)
    for source, target, log_probs in zip(sources[:3], targets, found, strict=False):
        np.testing.assert_allclose(log_probs, plain_log_probs(other, target, source), atol=1e-4)
    assert found[3] == ()


def test_what_cannot_be_read_back_says_nothing(models):
    read_back = reading_back(models[1])
    assert read_back(["a", "a"], ["", "word " * 2_000]) == [(), ()]


@pytest.mark.parametrize("text", TEXTS)
def test_the_order_is_that_of_the_formula(models, asking, text):
    _, other = models
    for sentence in asking.translate(text, WIDE).sentences:
        alone = plain_beam(models, sentence)
        assert {each.target for each in alone} == {each.target for each in sentence.hypotheses}
        scores = []
        for each in sentence.hypotheses:
            if each.read_back is None:  # there is nothing to read
                assert not other.pieces.encode(each.target)
                continue
            source, target = sentence.source, each.target
            if sentence.in_capitals:
                source, target = source.lower(), target.lower()
            (told,) = reading_back(other)([source], [target])
            assert each.read_back == pytest.approx(told, abs=1e-4)
            assert each.score == pytest.approx(sum(each.log_probs) + 0.5 * sum(told), abs=1e-3)
            scores.append((each.target_pieces[-1:] != (END_PIECE,), -each.score))
        assert scores == sorted(scores)


def plain_beam(models, sentence):
    """What the search finds of a sentence when nobody is asked."""
    config = replace(WIDE, read_back=0.0)
    (found,) = models[0].translate(sentence.source, config).sentences
    assert all(each.read_back is None for each in found.hypotheses)
    return found.hypotheses


@pytest.mark.parametrize("text", TEXTS)
def test_a_stream_a_batch_and_a_plain_call_agree(asking, text):
    config = SearchConfig(beam_size=3, n_best=2)
    whole = asking.translate(text, config)
    *_, streamed = asking.stream(text, config)
    (batched, _) = asking.translate_batch([text, "The old chair."], config)
    for other in (streamed, batched):
        assert other.target == whole.target
        for one, two in zip(whole.sentences, other.sentences, strict=True):
            assert [each.target for each in one.hypotheses] == [each.target for each in two.hypotheses]
            assert len(one.hypotheses) == 2
            assert one.best.score == pytest.approx(two.best.score, abs=1e-3)


def test_while_it_is_written_nobody_is_asked(asking):
    *steps, last = asking.stream("The cat sleeps.", WIDE)
    assert all(step.sentences[0].best.read_back is None for step in steps)
    assert last.sentences[0].best.read_back is not None


def test_a_greedy_or_drawn_target_is_not_read_back(models, monkeypatch):
    one, _ = models
    monkeypatch.setattr(one, "read_back", lambda sources, targets: pytest.fail("it was asked"))
    for config in (SearchConfig(beam_size=1), SearchConfig(method="sample"), SearchConfig(read_back=0.0)):
        assert not is_asked(config)
        assert one.translate("The cat sleeps.", config).target
        *_, last = one.stream("The cat sleeps.", config)
        assert last.target
    assert one.score("The cat sleeps.", "Le chat dort.").target == "Le chat dort."


def test_a_given_beginning_stays(asking):
    translation = asking.translate("The cat sleeps.", WIDE, Constraints(prefix="Un chien"))
    assert all(each.target.startswith("Un chien") for each in translation.sentences[0].hypotheses)


# --- the order alone ---


def sentence_of(rows):
    """One hypothesis for each (log-probability, read back, finished)."""
    hypotheses = tuple(
        Hypothesis(
            target=str(number),
            target_pieces=("▁x", END_PIECE if finished else "▁y"),
            log_probs=(log_prob, 0.0),
            score=log_prob / 2,
            attention=None,
        )
        for number, (log_prob, _, finished) in enumerate(rows)
    )
    tree = tuple(TreeNode(piece="▁x", log_prob=-1.0, parent=None, rank=rank) for rank in (None, *range(len(rows))))
    return Sentence(source="s", source_pieces=("▁s",), hypotheses=hypotheses, tree=tree)


log_probs = st.floats(-20, 0)
rows = st.lists(st.tuples(log_probs, st.none() | log_probs, st.booleans()), min_size=1, max_size=6)


@given(rows=rows, weight=st.floats(0.1, 10), most=st.integers(1, 8))
def test_the_order_holds_all_and_keeps_the_best(rows, weight, most):
    config = SearchConfig(beam_size=8, n_best=most, read_back=weight)
    told = [() if back is None else (back / 2, back / 2) for _, back, _ in rows]
    (found,) = in_order([sentence_of(rows)], config, lambda sources, targets: told)

    def place(number):
        log_prob, back, finished = rows[number]
        return back is None, not finished, -(log_prob / 2 if back is None else log_prob + weight * back)

    order = [int(each.target) for each in found.hypotheses]
    assert len(order) == len(set(order)) == min(most, len(rows))
    assert [place(number) for number in order] == sorted(place(number) for number in range(len(rows)))[: len(order)]
    for number, each in zip(order, found.hypotheses, strict=True):
        assert each.read_back == (told[number] or None)
    ranks = {node.rank: old for old, node in enumerate(found.tree[1:])}
    assert found.tree[0].rank is None
    assert [ranks[new] for new in range(len(order))] == order


def test_sentences_are_told_together_and_apart():
    asked = []

    def read_back(sources, targets):
        asked.append((list(sources), list(targets)))
        return [(-float(target),) for target in targets]

    both = [sentence_of([(-1.0, 0, True), (-1.5, 0, True)]), sentence_of([(-9.0, 0, True)])]
    found = in_order(both, SearchConfig(beam_size=2, n_best=2, read_back=0.1), read_back)
    assert asked == [(["s", "s", "s"], ["0", "1", "0"])]
    assert [[each.target for each in sentence.hypotheses] for sentence in found] == [["0", "1"], ["0"]]
    assert math.isclose(found[0].hypotheses[1].score, -1.6)


def test_the_page_says_what_the_sign_means():
    assert all("↩" in text for text in WORDS["versions_help_back"])
