"""Scores: known values, and signatures that say how they were made."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.errors import DataError
from s2s.metrics import (
    bucket_of,
    edit_distance,
    longest_common,
    score_corpus,
    score_summaries,
    score_task,
    word_error_rate,
)

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


@pytest.mark.parametrize(("tokenize", "warned"), [("13a", True), ("none", False)])
def test_texts_that_are_tokenised_are_warned_of_where_they_will_be_again(caplog, tokenize, warned):
    texts = ["a dog ran home ."] * 101
    score_corpus(texts, texts, tokenize=tokenize, resamples=1)
    assert ("forgot to detokenize" in caplog.text) == warned


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
    assert bucket_of("字" * words) == bucket
    assert bucket_of("字" * (words // 2) + " word" * (words - words // 2)) == bucket


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


# --- ROUGE ---

# What rouge-score 0.1.2 gives for these, without stemming: hypothesis, reference, ROUGE-1, ROUGE-2, ROUGE-L.
WORKED = [
    ("the cat sat on the mat", "the cat was on the mat", 0.833333, 0.6, 0.833333),
    ("Fast, light-weight HTTP server", "lightweight and fast HTTP/1.1 server (daemon)", 0.461538, 0.0, 0.461538),
    ("a a a b", "a b a", 0.857143, 0.4, 0.571429),
    ("same", "same", 1.0, 0.0, 1.0),
    ("nothing", "alike here", 0.0, 0.0, 0.0),
    ("", "empty", 0.0, 0.0, 0.0),
    ("one two three four", "four three two one", 1.0, 0.0, 0.25),
    ("Übung macht den Meister", "übung macht meister", 0.857143, 0.4, 0.857143),
]


@pytest.mark.parametrize(("hypothesis", "reference", "one", "two", "longest"), WORKED)
def test_rouge_is_what_the_usual_library_gives(hypothesis, reference, one, two, longest):
    scores = {score.name: score.value / 100 for score in score_summaries([hypothesis], [reference])}
    assert scores == pytest.approx({"ROUGE-1": one, "ROUGE-2": two, "ROUGE-L": longest}, abs=1e-6)


def test_rouge_of_a_corpus_is_the_mean_with_a_band():
    hypotheses, references = [row[0] for row in WORKED], [row[1] for row in WORKED]
    for score, place in zip(score_summaries(hypotheses, references), (2, 3, 4), strict=True):
        values = [100 * row[place] for row in WORKED]
        assert score.value == pytest.approx(sum(values) / len(values), abs=1e-4)
        assert 0 < score.band < 50
        assert score.signature.startswith("nrefs:1|F1|mean|")
    assert all(score.band is None for score in score_summaries(["one"], ["one"]))


@given(*[st.lists(st.sampled_from("abc"), max_size=7)] * 2)
def test_the_longest_common_sequence_is_the_longest_of_all(one, other):
    def is_within(part, whole):
        rest = iter(whole)
        return all(word in rest for word in part)

    every = [part for size in range(len(one) + 1) for part in combinations(one, size)]
    assert longest_common(one, other) == max(len(part) for part in every if is_within(part, other))


def test_summaries_have_rouge_before_the_other_scores():
    texts = ["small and fast web server"], ["fast and small web server"]
    assert [score.name for score in score_task("summarization", *texts)] == [
        "ROUGE-1",
        "ROUGE-2",
        "ROUGE-L",
        "BLEU",
        "chrF",
    ]
    assert score_task("text", *texts) == score_corpus(*texts)


def test_summaries_without_references_are_refused():
    with pytest.raises(DataError, match="found 1 references for 2 sources"):
        score_summaries(["a", "b"], ["a"])
