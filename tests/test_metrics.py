"""Scores: known values, and signatures that say how they were made."""

import pytest

from s2s.errors import DataError
from s2s.metrics import bucket_of, edit_distance, score_corpus, word_error_rate

REFERENCES = ["The cat sat on a mat .", "A dog ran home ."]


def scores_of(hypotheses, references, **options):
    return {score.name: score for score in score_corpus(hypotheses, references, **options)}


def test_a_perfect_translation_scores_100():
    scores = scores_of(REFERENCES, REFERENCES)
    assert {name: score.value for name, score in scores.items()} == pytest.approx({"BLEU": 100, "chrF": 100})


def test_nothing_in_common_scores_0():
    assert [score.value for score in score_corpus(["x y z x"], ["The cat sat down"])] == [0, 0]


def test_bleu_is_left_out_where_no_text_has_four_words():
    assert list(scores_of(["the cat"], ["the cat"])) == ["chrF"]


def test_bleu_is_the_geometric_mean_of_the_precisions():
    # 1 to 4 words in a row of `the cat sat on the mat`: 5/6, 3/5, 2/4 and 1/3 of them stand in the reference.
    expected = 100 * (5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25
    assert scores_of(["the cat sat on the mat"], ["the cat sat on a mat"])["BLEU"].value == pytest.approx(expected)


def test_bleu_is_taken_over_the_corpus_in_any_order():
    hypotheses = ["The cat sat on the mat .", "A dog walked home ."]
    forwards = scores_of(hypotheses, REFERENCES)
    backwards = scores_of(hypotheses[::-1], REFERENCES[::-1])
    assert forwards["BLEU"].value == pytest.approx(backwards["BLEU"].value)
    assert 0 < forwards["BLEU"].value < forwards["chrF"].value < 100


def test_case_counts_unless_it_is_told_not_to():
    shouted = [reference.upper() for reference in REFERENCES]
    assert scores_of(shouted, REFERENCES)["BLEU"].value < 50
    assert scores_of(shouted, REFERENCES, lowercase=True)["BLEU"].value == pytest.approx(100)


def test_chinese_is_cut_into_characters_when_asked():
    hypotheses, references = ["我今天去学校上课 。 。 。"], ["我今天去学校看书 ！ ！ ！"]
    assert scores_of(hypotheses, references, tokenize="none")["BLEU"].value == 0
    assert scores_of(hypotheses, references, tokenize="zh")["BLEU"].value > 30


def test_a_signature_says_how_the_score_was_made():
    scores = scores_of(REFERENCES, REFERENCES, tokenize="zh", lowercase=True)
    for part in ("nrefs:1", "case:lc", "tok:zh", "version:"):
        assert part in scores["BLEU"].signature
    assert "case:lc" in scores["chrF"].signature
    assert "tok:13a" in scores_of(REFERENCES, REFERENCES)["BLEU"].signature


def test_the_same_corpus_gives_the_same_scores_and_bands():
    hypotheses = ["The cat sat on the mat .", "A dog walked home ."]
    scores = score_corpus(hypotheses, REFERENCES)
    assert score_corpus(hypotheses, REFERENCES) == scores
    assert all(score.band > 0 for score in scores)


def test_one_resample_gives_the_same_scores_without_bands():
    for quick, full in zip(
        score_corpus(REFERENCES, REFERENCES[::-1], resamples=1), score_corpus(REFERENCES, REFERENCES[::-1]), strict=True
    ):
        assert quick.value == full.value
        assert quick.band is None


@pytest.mark.parametrize(("hypotheses", "references"), [([], []), (["a"], []), (["a"], ["a", "b"])])
def test_texts_that_do_not_pair_up_are_an_error(hypotheses, references):
    with pytest.raises(DataError, match=f"found {len(references)} references for {len(hypotheses)} sources"):
        score_corpus(hypotheses, references)


@pytest.mark.parametrize(("words", "bucket"), [(0, 0), (1, 0), (5, 0), (6, 1), (10, 1), (30, 4), (31, 5), (500, 5)])
def test_a_source_falls_into_the_bucket_of_its_length(words, bucket):
    assert bucket_of("word " * words) == bucket


# --- the word error rate ---


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [("", "", 0), ("a b", "a b", 0), ("a", "b", 1), ("a b c", "a c", 1), ("", "a b", 2), ("b a", "a b", 2)],
)
def test_the_edit_distance_counts_changes_additions_and_omissions(one, other, edits):
    assert edit_distance(one.split(), other.split()) == edits == edit_distance(other.split(), one.split())


def test_the_word_error_rate_counts_over_all_lines():
    score = word_error_rate(["one two", "three"], ["one two", "three four five"])
    assert (score.name, score.value) == ("WER", pytest.approx(100 * 2 / 5))
    assert score.band is not None
    assert word_error_rate(["one"], ["one"]).value == 0
    assert word_error_rate(["a a a"], ["b"]).value == 300
    assert word_error_rate(["one"], ["one"], resamples=1).band is None


@pytest.mark.parametrize(("hypotheses", "references"), [([], []), (["a"], []), (["a"], [" "])])
def test_a_word_error_rate_needs_words_to_compare_with(hypotheses, references):
    with pytest.raises(DataError, match="at least one word"):
        word_error_rate(hypotheses, references)
