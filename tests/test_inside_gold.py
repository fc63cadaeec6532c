"""Gold links: the file is sound, and a rule finds the links that it says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from s2s import inside
from s2s.alignment import AlignmentScore, GoldPair, read_gold
from s2s.errors import ConfigError
from s2s.inside.gold import GoldExample, gold_examples, links_by, score_rule
from s2s.translator import Translator
from tests.tiny import save_tiny

FILES = sorted(Path(inside.__file__).parent.glob("gold-*.tsv"))
GOLD = Path(inside.__file__).parent / "gold-en-fr.tsv"
WEIGHTS = np.array([[0.6, 0.3, 0.1], [0.5, 0.4, 0.1], [0.0, 0.1, 0.2]])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_gold_file_is_sound(file):
    gold = read_gold(file)
    assert (gold.repeated, gold.out_of_range) == (0, 0)
    assert len(gold.pairs) >= 20
    for pair in gold.pairs:
        assert pair.sure
        assert {source for source, _ in pair.possible} == set(range(len(pair.source.split()))), pair.source
        assert {target for _, target in pair.possible} == set(range(len(pair.target.split()))), pair.target


def test_a_rule_says_which_cells_are_links():
    assert links_by(WEIGHTS, "argmax") == {(0, 0), (0, 1)}  # most of the last row rests on no word
    assert links_by(WEIGHTS, "threshold", 0.3) == {(0, 0), (1, 0), (0, 1), (1, 1)}
    assert links_by(WEIGHTS, "intersection") == {(0, 0)}
    for rule in ("argmax", "threshold", "intersection"):
        assert links_by(WEIGHTS[:0], rule) == frozenset()
    for threshold in (0, 1.1, float("nan")):
        with pytest.raises(ConfigError, match="above 0 and at most 1"):
            links_by(WEIGHTS, "threshold", threshold)


def test_a_rule_is_scored_over_all_examples():
    pair = GoldPair("a b c", "x y z", frozenset({(0, 0), (1, 1)}), frozenset({(0, 0), (1, 1), (0, 1)}))
    example = GoldExample(pair=pair, weights={"attention": WEIGHTS, "posterior": WEIGHTS[::-1]})
    # found (0, 0) and (0, 1), both possible; of two sure links one is found
    assert score_rule((example,), "argmax") == AlignmentScore(error_rate=0.25, precision=1.0, recall=0.5)
    # found (0, 1) and (0, 2), of which the first is possible and none sure
    other = AlignmentScore(error_rate=0.75, precision=0.5, recall=0.0)
    assert score_rule((example,), "argmax", weighing="posterior") == other


def test_a_model_of_these_languages_writes_the_gold_targets(tiny_checkpoint):
    found = gold_examples(Translator.load(tiny_checkpoint, "cpu", "torch"))
    assert [example.pair for example in found] == read_gold(GOLD).pairs
    for example in found:
        assert list(example.weights) == ["attention", "posterior"]
        for weights in example.weights.values():
            assert weights.shape == (len(example.pair.target.split()), len(example.pair.source.split()))
            assert (weights.sum(axis=1) <= 1 + 1e-5).all()


def test_a_model_of_the_other_direction_has_the_pairs_turned(tmp_path, word_pieces, description):
    other = replace(description, source_language="fr", target_language="en")
    found = gold_examples(Translator.load(save_tiny(tmp_path / "other", word_pieces, other), "cpu", "torch"))
    for example, pair in zip(found, read_gold(GOLD).pairs, strict=True):
        assert (example.pair.source, example.pair.target) == (pair.target, pair.source)
        assert {(there, here) for here, there in example.pair.sure} == pair.sure
        assert {(there, here) for here, there in example.pair.possible} == pair.possible
        assert example.weights["attention"].shape == (len(pair.source.split()), len(pair.target.split()))


@pytest.mark.parametrize(
    ("name", "share"),
    [("en-fr", 0.7), ("fr-en", 0.7), ("en-de", 0.7), ("de-en", 0.7), ("en-zh", 0.7), ("zh-en", 0.8)],
)
def test_once_a_word_is_known_its_source_is_found_more_often(name, share):
    examples = gold_examples(Translator.load(f"checkpoints/{name}", "cpu", "torch"))
    before, after = (score_rule(examples, "argmax", weighing=weighing) for weighing in ("attention", "posterior"))
    assert after.error_rate < share * before.error_rate


def test_other_models_have_no_gold(tmp_path, letter_pieces, word_pieces, description):
    other = replace(description, source_language="letters")
    assert gold_examples(Translator.load(save_tiny(tmp_path / "a", letter_pieces, other), "cpu", "torch")) == ()
    without = save_tiny(tmp_path / "b", word_pieces, description, attention="none")
    assert gold_examples(Translator.load(without, "cpu", "torch")) == ()
