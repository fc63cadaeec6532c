"""A description in one line: what is copied and what is generated, and what cannot be summed up."""

import dataclasses
import json
import math

import numpy as np
import pytest
import torch

from s2s.config import SearchConfig
from s2s.data import pad
from s2s.errors import TextError
from s2s.pieces import START
from s2s.result import Translation
from s2s.translator import Translator
from tests.tiny import save_tiny

TEXT = "The old cat sleeps on the old chair.\nIt reads a long letter! Où est la gare ?"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory, word_pieces, description):
    """A tiny model that sums up: random weights, with copying and coverage."""
    of_summaries = dataclasses.replace(description, task="summarization", target_language="en")
    shape = {"attention": "bahdanau", "copy": True, "coverage": True, "decoder_layers": 2}
    return save_tiny(tmp_path_factory.mktemp("headline") / "tiny", word_pieces, of_summaries, **shape)


@pytest.fixture(scope="module", params=["torch", "onnx"])
def translator(request, checkpoint):
    return Translator.load(checkpoint, engine=request.param)


def test_a_text_is_summed_up_as_a_whole_whatever_its_sentences_and_lines(translator):
    answer = translator.translate(TEXT)
    assert len(answer.sentences) == 1
    assert answer.source == answer.sentences[0].source == TEXT.replace("\n", " ")


def test_every_piece_says_how_much_of_it_was_copied_and_from_where(translator):
    hypothesis = (sentence := translator.translate(TEXT, SearchConfig(n_best=3)).sentences[0]).best
    assert hypothesis.origins is not None
    assert len(hypothesis.origins) == len(hypothesis.target_pieces)
    vocabulary = generator_of(translator, sentence.source, hypothesis.target_pieces)
    for piece, origin, log_prob, own in zip(
        hypothesis.target_pieces, hypothesis.origins, hypothesis.log_probs, vocabulary, strict=True
    ):
        places = [place for place, found in enumerate(sentence.source_pieces) if found == piece]
        assert list(origin.places) == places
        assert 0 <= origin.generated <= 1
        # What was not copied was generated: p_gen P_vocab(y) is the rest of P(y).
        expected = 1 - origin.generated * own / math.exp(log_prob)
        assert origin.copied == pytest.approx(expected, abs=0.05 if translator.engine_name == "onnx" else 2e-3)
        assert places or origin.copied == 0
    assert any(origin.copied > 0.1 for origin in hypothesis.origins)


def generator_of(translator, source, pieces):
    """P_vocab of each piece of a target, teacher-forced by the model itself."""
    ids = torch.tensor([translator.pieces.ids(list(pieces))])
    features, _ = translator.model(*pad([translator.read(source).ids]), ids)
    log_probs = translator.model.logits(features[..., :-1]).log_softmax(dim=-1)
    return log_probs.gather(2, ids[..., None]).exp().flatten().tolist()


def test_coverage_is_all_that_was_looked_at(translator):
    best = translator.translate(TEXT).sentences[0].best
    np.testing.assert_allclose(best.coverage.sum(), len(best.target_pieces), rtol=1e-4)
    assert dataclasses.replace(best, attention=None).coverage is None


def test_origins_come_back_from_json(translator):
    answer = translator.translate(TEXT)
    assert Translation.from_json(answer.to_json()) == answer
    plain = json.loads(answer.to_json())["sentences"][0]
    assert set(plain["origins"][0]) == {"generated", "copied", "places"}


def test_a_model_that_does_not_copy_has_no_origins(tiny_checkpoint):
    answer = Translator.load(tiny_checkpoint).translate("The cat sleeps.")
    assert answer.sentences[0].best.origins is None
    assert json.loads(answer.to_json())["sentences"][0]["origins"] is None


def test_a_prefix_and_a_stream_have_origins_too(translator):
    *_, last = translator.stream(TEXT, SearchConfig(beam_size=2))
    assert last.sentences[0].best.origins is not None
    assert len(last.sentences[0].best.origins) == len(last.sentences[0].best.target_pieces)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "There is no text"),
        (" \n\t ", "There is no text"),
        ("🎉🐈 🚀🚀", "There are no words in this text to sum up. Please give a description in words."),
        ("1989 + 2024 = ?", "There are no words in this text to sum up"),
        ("word " * 10_000, "The text has 50,000 characters; at most 2,000 are taken. Please shorten it."),
    ],
    ids=["empty", "blank", "emoji", "numbers", "10,000 words"],
)
def test_what_cannot_be_summed_up_is_refused_with_what_to_do(translator, text, said):
    with pytest.raises(TextError, match=said.replace("?", r"\?").replace("+", r"\+")):
        translator.translate(text)


def test_a_start_piece_is_never_copied(translator):
    assert START not in translator.pieces.ids(list(translator.translate(TEXT).sentences[0].best.target_pieces))
