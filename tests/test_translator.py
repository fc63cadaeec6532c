"""The facade: text in, Translation out."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

import numpy as np
import pytest

from s2s.config import SearchConfig
from s2s.constraints import Constraints
from s2s.doubts import UNLIKELY
from s2s.errors import CheckpointError, ConfigError, TextError
from s2s.intake import MAX_CHARACTERS, MAX_PIECES
from s2s.result import END_PIECE, Translation
from s2s.translator import Translator
from tests.tiny import SENTENCES, save_tiny

SEARCHES = [SearchConfig(beam_size=1), SearchConfig(beam_size=3, n_best=2)]
LONG = "The cat sleeps on the old chair and a dog runs through the green garden."


@pytest.fixture(scope="module", params=["none", "luong-general"])
def translator(request, tmp_path_factory, word_pieces, description):
    folder = tmp_path_factory.mktemp("translator") / request.param
    return Translator.load(save_tiny(folder, word_pieces, description, attention=request.param), "cpu")


@pytest.fixture(scope="module")
def speller(tmp_path_factory, letter_pieces, description):
    """Knows the letters a to z and nothing else."""
    return Translator.load(save_tiny(tmp_path_factory.mktemp("speller") / "tiny", letter_pieces, description), "cpu")


def plain(translation):
    """All of a translation but the time it took."""
    return json.loads(translation.to_json()) | {"timing_ms": 0}


def assert_same_but_for_rounding(one, other):
    assert one.target == other.target
    for before, after in zip(one.sentences, other.sentences, strict=True):
        assert before.source_pieces == after.source_pieces
        for first, second in zip(before.hypotheses, after.hypotheses, strict=True):
            assert first.target_pieces == second.target_pieces
            assert first.log_probs == pytest.approx(second.log_probs, abs=1e-4)
            if first.attention is not None:
                np.testing.assert_allclose(first.attention, second.attention, atol=1e-5)


@pytest.mark.parametrize("config", SEARCHES, ids=["greedy", "beam"])
def test_a_drained_stream_is_the_plain_call(translator, config):
    for text in (SENTENCES[0], "The cat\nA dog"):
        *_, last = translator.stream(text, config)
        assert plain(last) == plain(translator.translate(text, config))


@pytest.mark.parametrize("config", SEARCHES, ids=["greedy", "beam"])
def test_a_drained_stream_of_many_sentences_is_the_plain_call_but_for_rounding(translator, config):
    text = "The cat. A dog!\n\nMr. Paris? Yes."
    *_, last = translator.stream(text, config)
    assert_same_but_for_rounding(last, translator.translate(text, config))


@pytest.mark.parametrize("config", SEARCHES, ids=["greedy", "beam"])
def test_a_batch_gives_what_single_calls_give(translator, config):
    texts = [*SENTENCES[:4], "a", "The", "The cat. A dog! The cat.", " ".join(SENTENCES[:3]), "A dog!"]
    for text, translation in zip(texts, translator.translate_batch(texts, config), strict=True):
        assert translation.source == text
        assert_same_but_for_rounding(translation, translator.translate(text, config))


def test_blank_texts_in_a_batch_give_blank_translations(translator):
    blank, filled, also_blank = translator.translate_batch(["", SENTENCES[0], " \u3000"])
    assert blank.target == also_blank.target == ""
    assert blank.sentences == also_blank.sentences == ()
    assert_same_but_for_rounding(filled, translator.translate(SENTENCES[0]))
    assert translator.translate_batch([]) == []


def test_the_result_says_what_made_it(tiny_checkpoint):
    config = SearchConfig(beam_size=2, n_best=2)
    translation = Translator.load(tiny_checkpoint, "cpu", "torch").translate("The cat", config)
    assert translation.model == "tiny"
    digest = hashlib.sha256((tiny_checkpoint / "model.safetensors").read_bytes()).hexdigest()
    assert translation.revision == digest[:12]
    assert translation.settings == asdict(config) | {"engine": "torch"}
    assert translation.timing_ms > 0


@pytest.mark.parametrize("config", SEARCHES, ids=["greedy", "beam"])
def test_a_hypothesis_fits_together(translator, config):
    translation = translator.translate(SENTENCES[0], config)
    (sentence,) = translation.sentences
    assert sentence.source == SENTENCES[0]
    assert "".join(sentence.source_pieces) == "▁" + SENTENCES[0].replace(" ", "▁")
    assert translation.target == sentence.best.target
    assert len(sentence.hypotheses) == config.n_best
    scores = [hypothesis.score for hypothesis in sentence.hypotheses]
    assert scores == sorted(scores, reverse=True)
    for hypothesis in sentence.hypotheses:
        steps = len(hypothesis.target_pieces)
        assert len(hypothesis.log_probs) == len(hypothesis.alternatives) == steps
        assert hypothesis.score == pytest.approx(np.mean(hypothesis.log_probs))
        assert "</s>" not in hypothesis.target
        if translator.model.config.attention == "none":
            assert hypothesis.attention is None
        else:
            assert hypothesis.attention.shape == (steps, len(sentence.source_pieces))
            np.testing.assert_allclose(hypothesis.attention.sum(axis=1), 1, rtol=1e-5)


def test_a_result_is_strict_json_and_comes_back(translator):
    translation = translator.translate(SENTENCES[0])

    def refuse(constant):
        pytest.fail(f"{constant} is no JSON")

    json.loads(translation.to_json(), parse_constant=refuse)
    assert Translation.from_json(translation.to_json()) == translation


@pytest.mark.parametrize("beam_size", [1, 3, 64])
def test_a_result_of_a_small_vocabulary_is_strict_json(speller, beam_size):
    translation = speller.translate("abc", SearchConfig(beam_size=beam_size, alternatives=50))

    def refuse(constant):
        pytest.fail(f"{constant} is no JSON")

    json.loads(translation.to_json(), parse_constant=refuse)


def test_each_line_is_a_sentence_and_line_breaks_stay(translator):
    translation = translator.translate("The cat\n\n  A dog  \r\nParis", SearchConfig(beam_size=1))
    assert [sentence.source for sentence in translation.sentences] == ["The cat", "A dog", "Paris"]
    targets = [sentence.best.target for sentence in translation.sentences]
    assert translation.target == "\n".join([targets[0], "", *targets[1:]])
    for sentence in translation.sentences:
        assert sentence.best.target == translator.translate(sentence.source, SearchConfig(beam_size=1)).target


def test_a_line_is_translated_sentence_by_sentence(translator):
    greedy = SearchConfig(beam_size=1)
    translation = translator.translate("Mr. Paris sleeps.  The cat eats!\nA dog runs. Yes.", greedy)
    sources = [sentence.source for sentence in translation.sentences]
    assert sources == ["Mr. Paris sleeps.", "The cat eats!", "A dog runs.", "Yes."]
    targets = [sentence.best.target for sentence in translation.sentences]
    assert targets == [translator.translate(source, greedy).target for source in sources]
    assert translation.target == f"{targets[0]} {targets[1]}\n{targets[2]} {targets[3]}"
    assert Translation.from_json(translation.to_json()) == translation


def test_a_batch_searches_every_sentence_once_and_all_together(translator, monkeypatch):
    searched = []
    search = translator._search
    monkeypatch.setattr(translator, "_search", lambda lines, *rest: searched.append(lines) or search(lines, *rest))
    translator.translate_batch(["The cat. A dog.", "A dog.", "", "Paris? The cat."])
    assert searched == [["The cat.", "A dog.", "Paris?"]]


@pytest.mark.parametrize("beam_size", [1, 5, 64])
def test_many_sentences_are_searched_in_parts_of_like_lengths(translator, monkeypatch, beam_size):
    searched, traces = [], translator._traces

    def watched(sources, *rest):
        searched.append([len(source.ids) for source in sources])
        return traces(sources, *rest)

    monkeypatch.setattr(translator, "_traces", watched)
    texts = [f"{number} {SENTENCES[number % 3][: number % 9]}" for number in range(100)]
    config = SearchConfig(beam_size=beam_size, max_length=2)
    assert [translation.source for translation in translator.translate_batch(texts, config)] == [
        text.strip() for text in texts
    ]
    assert max(map(len, searched)) == max(1, 80 // beam_size)
    lengths = [length for part in searched for length in part]
    assert lengths == sorted(lengths)


@pytest.mark.parametrize("given", [{"prefix": "Le"}, {"prefix_pieces": ("▁",)}, {"attention": {}}])
def test_with_a_given_beginning_a_line_stays_one_sentence(translator, given):
    if "prefix_pieces" in given:
        given = {"prefix_pieces": translator.translate("The cat.").sentences[0].best.target_pieces[:1]}
    count = len(translator.translate("The cat. A dog.", constraints=Constraints(**given)).sentences)
    assert count == (2 if given == {"attention": {}} else 1)


def test_a_scored_line_stays_one_sentence(translator):
    assert len(translator.score("The cat. A dog.", "Le chat. Un chien.").sentences) == 1


def test_where_both_languages_are_one_only_lines_are_split(tmp_path, word_pieces, description):
    headlines = replace(description, target_language="en")
    translator = Translator.load(save_tiny(tmp_path / "tiny", word_pieces, headlines), "cpu")
    assert len(translator.translate("The cat. A dog.\nParis. Yes.").sentences) == 2


def test_chinese_sentences_have_no_blank_between_them(tmp_path, word_pieces, description):
    translator = Translator.load(
        save_tiny(tmp_path / "tiny", word_pieces, replace(description, target_language="zh")), "cpu"
    )
    translation = translator.translate("The cat. A dog.")
    assert translation.target == "".join(sentence.best.target for sentence in translation.sentences)


def test_a_mark_that_cannot_be_read_alone_stays_with_its_sentence(translator):
    assert len(translator.translate("The cat. A dog. \u200b").sentences) == 2


def test_a_translation_that_is_doubted_says_so_when_it_is_complete(translator):
    *partial, last = translator.stream(SENTENCES[0], SearchConfig(beam_size=1))
    (sentence,) = last.sentences
    unsure = np.exp(np.mean(sentence.best.log_probs)) < UNLIKELY
    assert any("unsure" in warning for warning in last.warnings) == unsure
    assert not any("unsure" in warning for translation in partial[:-1] for warning in translation.warnings)


def test_a_stream_finishes_one_sentence_before_the_next(translator):
    counts = [len(translation.sentences) for translation in translator.stream("The cat\nA dog")]
    assert counts == sorted(counts)
    assert {1, 2} == set(counts)


def test_blanks_around_and_within_a_text_do_not_matter(translator):
    one, other = translator.translate("  The   cat \n"), translator.translate("The cat")
    assert one.target == other.target
    assert one.sentences[0].source_pieces == other.sentences[0].source_pieces


REFUSED = [
    ("", "no text"),
    (" \n\t\u3000", "no text"),
    ("\u200b", "Nothing of this text can be read"),
    ("a\0b", "NUL"),
    ("a\ud800", "surrogate"),
    ("x" * (MAX_CHARACTERS + 1), "2,001 characters; at most 2,000"),
    ("x" * 2**20, "at most 2,000"),
    ("漢" * MAX_CHARACTERS, f"pieces; at most {MAX_PIECES:,}"),
]


@pytest.mark.parametrize(("text", "named"), REFUSED, ids=[repr(text[:5]) for text, _ in REFUSED])
def test_what_cannot_be_translated_is_an_error_with_its_reason(tiny_checkpoint, text, named):
    translator = Translator.load(tiny_checkpoint, "cpu")
    with pytest.raises(TextError, match=named):
        translator.translate(text)
    with pytest.raises(TextError, match=named):
        list(translator.stream(text))
    if text.strip():
        with pytest.raises(TextError, match=named):
            translator.translate_batch(["The cat", text])


@pytest.mark.parametrize("text", ["😀", "你好", "مرحبا بالعالم", "A</s>b", "<b>&amp;", "𝄞\u0301", "\u202eabc"])
def test_every_script_is_taken(tiny_checkpoint, text):
    translation = Translator.load(tiny_checkpoint, "cpu").translate(text)
    assert translation.source == text
    assert Translation.from_json(translation.to_json()) == translation


def test_a_text_of_unknown_pieces_alone_is_taken(speller):
    translation = speller.translate("漢字")
    assert set(translation.sentences[0].source_pieces) == {"<unk>"}
    assert len(translation.sentences[0].best.target_pieces) >= 1


def test_a_long_sentence_has_a_warning_of_its_own(tiny_checkpoint):
    translator = Translator.load(tiny_checkpoint, "cpu")
    translation = translator.translate(f"The cat\n{LONG}", SearchConfig(beam_size=1))
    short, long = translation.sentences
    said = f"This sentence has {len(long.source_pieces)} pieces; the model was trained on at most 20."
    assert any(warning.startswith(said) for warning in long.warnings)
    assert not any("trained on" in warning for warning in short.warnings)
    assert set(translation.warnings) == {*short.warnings, *long.warnings}
    assert translator.translate_batch([LONG], SearchConfig(beam_size=1))[0].warnings == long.warnings


@pytest.mark.parametrize("beam_size", [1, 3])
def test_an_answer_that_finds_no_end_has_a_warning(translator, beam_size):
    *partial, last = translator.stream(SENTENCES[0], SearchConfig(beam_size=beam_size, max_length=3))
    found_end = last.sentences[0].best.target_pieces[-1] == END_PIECE
    assert any("found no end and was stopped after 3 pieces" in text for text in last.warnings) != found_end
    assert not any("found no end" in text for translation in partial for text in translation.warnings)


def test_a_length_limit_is_kept(translator):
    translation = translator.translate(SENTENCES[0], SearchConfig(beam_size=2, max_length=3))
    assert len(translation.sentences[0].best.target_pieces) <= 3


def test_threads_at_once_equal_one_after_the_other(translator):
    config = SearchConfig(beam_size=2)
    one_by_one = [plain(translator.translate(text, config)) for text in SENTENCES]
    with ThreadPoolExecutor(3) as pool:
        together = [
            plain(translation) for translation in pool.map(lambda t: translator.translate(t, config), SENTENCES)
        ]
    assert together == one_by_one


def test_two_streams_in_turn_do_not_disturb_each_other(translator):
    one, other = (translator.stream(text) for text in SENTENCES[:2])
    rounds = list(zip(one, other, strict=False))
    *_, last = [rounds[-1][0], *one]
    assert plain(last) == plain(translator.translate(SENTENCES[0]))


def test_a_request_after_an_error_is_answered_as_before(translator):
    before = plain(translator.translate("The cat"))
    with pytest.raises(TextError):
        translator.translate("\0")
    translator_stream = translator.stream(SENTENCES[0])
    next(translator_stream)
    translator_stream.close()
    assert plain(translator.translate("The cat")) == before


def test_a_model_that_cannot_be_loaded_is_named(tmp_path, tiny_checkpoint):
    with pytest.raises(CheckpointError, match="nowhere"):
        Translator.load(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="'abacus'"):
        Translator.load(tiny_checkpoint, "abacus")
