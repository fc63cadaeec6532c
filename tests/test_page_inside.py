"""The tab Look inside without a server: asks and what answers them."""

import dataclasses
import json
import re

import numpy as np
import pytest

from s2s.checkpoint import Checkpoint
from s2s.inside.branches import Turn, grow
from s2s.inside.explanation import MOST_PIECES, explain
from s2s.inside.judgement import judge
from s2s.inside.surgery import effect, sharpen
from s2s.page import engine, inside
from s2s.page.inside import respond
from s2s.page.inside_asks import KINDS
from s2s.page.inside_messages import INSIDE_FORMS
from s2s.page.inside_words import INSIDE
from s2s.page.parts import ASSETS
from s2s.page.words import WORDS
from s2s.pieces import END
from s2s.result import END_PIECE
from s2s.text import PieceModel
from s2s.translator import Translator
from tests.tiny import tiny_model

TEXT = "We ate bread and cheese in Paris."
MARKUP = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def translators(word_pieces, letter_pieces, description):
    """Three models at work: `tiny` with attention, `plain` without, `letters` without words."""

    def translator(pieces, description, **changes):
        model = tiny_model(vocabulary_size=pieces.vocabulary_size, **changes)
        model.output_bias[END] += 3
        return Translator(Checkpoint(model, pieces, description), "123456789abc", engine="torch")

    words, letters = PieceModel(word_pieces), PieceModel(letter_pieces)
    return {
        "tiny": translator(words, description),
        "plain": translator(words, dataclasses.replace(description, name="plain"), attention="none"),
        "letters": translator(letters, dataclasses.replace(description, name="letters", source_language="letters")),
    }


@pytest.fixture(autouse=True)
def models(monkeypatch, translators):
    monkeypatch.setattr(engine, "TRANSLATORS", translators)
    inside._examples.cache_clear()
    inside._corpus.cache_clear()
    return translators


def ask(kept, **values):
    reply, kept = respond({"id": 5, **values}, kept)
    found = json.loads(reply)
    assert found["id"] == 5
    assert "message" not in found, found["message"]
    return found, kept


def begun(model="tiny", text=TEXT):
    return ask(None, do="begin", text=text, model=model)


def test_a_sentence_is_taken_apart(models):
    reply, kept = begun()
    sentence = models["tiny"].translate(TEXT, inside.CONFIG).sentences[0]
    assert kept[0].sentence == sentence
    assert reply["begun"] == {"text": TEXT, "sentences": [TEXT], "sentence": 0}
    assert "".join(part[0] for part in reply["translation"]["parts"]) == sentence.best.target
    np.testing.assert_allclose(reply["translation"]["figure"]["data"][0]["z"], sentence.best.attention, atol=1e-6)


def test_one_of_several_sentences_is_taken_apart():
    reply, kept = ask(None, do="begin", text="A dog runs. A cat sleeps.", model="tiny", sentence=1)
    assert reply["begun"]["sentences"] == ["A dog runs.", "A cat sleeps."]
    assert kept.source == "A cat sleeps."


def test_another_piece_grows_a_branch_that_an_address_grows_again(models):
    _, kept = begun()
    offered, _ = ask(kept, do="options", branch=0, step=1)
    options = offered["options"]["options"]
    assert len(options) == 10
    piece = next(option["piece"] for option in options if not option["is_here"] and not option["is_end"])
    reply, grown = ask(kept, do="write", branch=0, step=1, piece=piece)
    assert grown == grow(models["tiny"], kept, Turn(parent=0, step=1, pieces=(piece,)))
    assert reply["translation"]["number"] == 1
    assert [branch["kind"] for branch in reply["tree"]["branches"]] == ["own", "word"]
    assert len(kept) == 1  # the state of before is as it was
    again, regrown = ask(None, do="begin", text=TEXT, model="tiny", turns=reply["tree"]["turns"])
    assert regrown == grown
    assert again["translation"] == reply["translation"]


def test_a_typed_word_is_written():
    _, kept = begun()
    _, grown = ask(kept, do="write", branch=0, step=0, typed=" fromage ")
    assert grown[1].sentence.best.target.startswith("fromage")


@pytest.mark.parametrize(
    ("operation", "values", "expected"),
    [
        ("uniform", {}, lambda row: np.full_like(row, 1 / len(row))),
        ("temperature", {"amount": 0.5}, lambda row: sharpen(row, 0.5)),
        ("shift", {"amount": 1}, lambda row: np.roll(row, 1)),
        ("without", {"columns": [0]}, lambda row: np.where(np.arange(len(row)) == 0, 0, row) / row[1:].sum()),
        ("weight", {"columns": [2], "amount": 1}, lambda row: np.eye(len(row))[2]),
    ],
)
def test_an_operation_gives_the_row_and_says_what_it_did(models, operation, values, expected):
    _, kept = begun()
    row = kept[0].sentence.best.attention[1].astype(float)
    reply, grown = ask(kept, do="operate", branch=0, operation=operation, rows=[1], **values)
    np.testing.assert_allclose(reply["translation"]["figure"]["data"][0]["z"][1], expected(row), atol=1e-5)
    assert reply["effect"]["bits"] == effect(models["tiny"], grown, 1).divergence_bits
    assert reply["effect"]["step"] == 1
    back, _ = ask(grown, do="show", branch=0)
    assert back["translation"]["pieces"] == begun()[0]["translation"]["pieces"]


def test_two_rows_change_places():
    _, kept = begun()
    before = kept[0].sentence.best.attention
    reply, _ = ask(kept, do="operate", branch=0, operation="swap", rows=[0, 1])
    np.testing.assert_allclose(reply["translation"]["figure"]["data"][0]["z"][0], before[1], atol=1e-5)


def test_a_slider_moved_once_more_replaces_its_branch():
    _, kept = begun()
    once = ask(kept, do="operate", branch=0, operation="temperature", rows=[1], amount=0.5)[1]
    twice = ask(once, do="operate", branch=0, operation="temperature", rows=[1], amount=2.0, again=True)[1]
    assert twice == ask(kept, do="operate", branch=0, operation="temperature", rows=[1], amount=2.0)[1]
    reply, back = ask(twice, do="operate", branch=0, operation="temperature", rows=[1], amount=1.0, again=True)
    assert back == kept
    assert reply["translation"]["number"] == 0


def test_every_node_of_the_beam_says_its_text(models):
    _, kept = begun()
    reply, _ = ask(kept, do="show", branch=0, sections=["beam"])
    nodes, sentence = reply["beam"]["nodes"], kept[0].sentence
    best = next(node for node in nodes if node["rank"] == 0)
    assert best["text"] == sentence.best.target
    assert best["score"] == pytest.approx(sentence.best.score)
    assert len(nodes) == len(sentence.tree) == len(reply["beam"]["figure"]["data"][-1]["x"])


def test_a_translation_of_ones_own_is_judged_word_by_word(models):
    _, kept = begun()
    reply, _ = ask(kept, do="judge", target="Le chat dort.")
    found = judge(models["tiny"], TEXT, "Le chat dort.")
    words = reply["judgement"]["words"]
    assert [word["word"] for word in words] == ["Le", "chat", "dort.", END_PIECE]
    assert sum(word["bits"] for word in words) == pytest.approx(sum(found.surprisals_bits))
    assert max(word["rank"] for word in words) == max(found.ranks)
    assert reply["judgement"]["parting"]["instead"]


def test_three_explanations_of_each_step(models):
    _, kept = begun()
    reply, _ = ask(kept, do="show", branch=0, sections=["explanation"])
    sentence = kept[0].sentence
    found = explain(models["tiny"], sentence.source_pieces, sentence.best.target_pieces)
    for told, right in zip(
        reply["explanation"]["weights"], (found.attention, found.gradient, found.left_out), strict=True
    ):
        np.testing.assert_allclose(told, right, atol=1e-5)
    assert [each["steps"] for each in reply["explanation"]["agreements"]] == [len(sentence.best.target_pieces)] * 3


def test_states_gold_and_corpus_are_shown():
    _, kept = begun()
    reply, _ = ask(kept, do="show", branch=0, sections=["states"])
    assert len(reply["states"]["encoder"]["data"][0]["x"]) == len(kept[0].sentence.source_pieces)
    reply, _ = ask(kept, do="gold", pair=2, rule="threshold", threshold=0.5)
    assert reply["gold"]["pair"] == 2
    assert len(reply["gold"]["pairs"]) >= 20
    assert all(0 <= share <= 1 for scores in reply["gold"]["scores"] for share in scores.values())


def test_the_corpus_is_that_of_the_gold_pairs(models, monkeypatch):
    monkeypatch.setattr(inside, "_examples", lambda model: inside.gold_examples(models[model])[:3])
    texts = [example.pair.source for example in inside._examples("tiny")]
    lengths = [len(models["tiny"].translate(text).sentences[0].best.target_pieces) for text in texts]
    reply, _ = ask(begun()[1], do="corpus")
    assert reply["corpus"]["sentences"] == sum(length <= MOST_PIECES for length in lengths)  # the others are left out
    monkeypatch.setattr(inside, "MOST_PIECES", 0)
    inside._corpus.cache_clear()
    assert "too long to be explained" in refusal(begun()[1], do="corpus")["en"]


def test_a_model_of_characters_is_pressed_character_by_character():
    reply, kept = begun("letters", "attention")
    pieces = [piece for piece in kept[0].sentence.best.target_pieces if piece != END_PIECE]
    assert [part[0] for part in reply["translation"]["parts"]] == pieces
    assert reply["translation"]["steps"] == list(range(len(pieces)))


def test_a_model_without_attention_can_still_take_another_word():
    reply, kept = begun("plain")
    assert reply["translation"]["figure"]["data"] == []
    ask(kept, do="options", branch=0, step=0)
    for values in (
        {"do": "operate", "branch": 0, "operation": "uniform", "rows": [0]},
        {"do": "show", "branch": 0, "sections": ["explanation"]},
    ):
        assert "no attention" in refusal(kept, **values)["en"]


def refusal(kept, **values):
    reply, after = respond({"id": 1, **values}, kept)
    assert after is kept
    return json.loads(reply)["message"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"do": "options", "branch": 0, "step": 99}, "steps 0 to"),
        ({"do": "options", "branch": 7, "step": 0}, "There is no branch 7"),
        ({"do": "options", "branch": 0, "step": True}, "step must be of type int"),
        ({"do": "write", "branch": 0, "step": 0}, "There is no text"),
        ({"do": "write", "branch": 0, "step": 0, "piece": MARKUP}, "has no piece"),
        ({"do": "operate", "branch": 0, "operation": "melt", "rows": [0]}, "operation must be one of"),
        ({"do": "operate", "branch": 0, "operation": "uniform", "rows": []}, "numbered from 0"),
        ({"do": "operate", "branch": 0, "operation": "uniform", "rows": [-1]}, "numbered from 0"),
        ({"do": "operate", "branch": 0, "operation": "swap", "rows": [0]}, "Two rows"),
        ({"do": "operate", "branch": 0, "operation": "weight", "rows": [0], "columns": [99]}, "numbered from 0"),
        ({"do": "operate", "branch": 0, "operation": "temperature", "rows": [0], "amount": 11}, "must be in 0.1"),
        ({"do": "show", "branch": 0, "sections": ["cellar"]}, "sections must be one of beam, explanation, states"),
        ({"do": "judge", "target": ""}, "There is no text"),
        ({"do": "gold", "rule": "luck"}, "rule must be one of"),
        ({"do": "gold", "rule": "threshold", "threshold": 0}, "above 0"),
        ({"do": "begin", "text": "", "model": "tiny"}, "There is no text"),
        ({"do": "begin", "text": "a", "model": MARKUP}, "There is no model"),
        ({"do": "begin", "text": TEXT, "model": "tiny", "turns": [{"parent": 4, "step": 0}]}, "There is no branch 4"),
        ({"do": "begin", "text": TEXT, "model": "tiny", "turns": [{}]}, "A branch is described"),
        ({"do": "dance"}, "An ask does one of"),
        ({"text": "a"}, "An ask does one of"),
        ({"do": "judge", "target": "a", "colour": 1}, "unknown setting colour"),
    ],
    ids=lambda value: json.dumps(value)[:60] if isinstance(value, dict) else "",
)
def test_what_cannot_be_asked_is_refused_and_nothing_is_lost(values, said):
    _, kept = begun()
    assert said in refusal(kept, **values)["en"]


@pytest.mark.parametrize(
    "values", [None, [], "x", 5, {"do": ["begin"]}, {"do": "show", "id": "1", "branch": 0}], ids=repr
)
def test_what_is_no_ask_is_refused(values):
    reply, kept = respond(values, None)
    assert json.loads(reply)["message"]["en"]
    assert kept is None


def test_nothing_can_be_asked_before_there_is_a_sentence():
    for kind in set(KINDS) - {"begin"}:
        values = {"options": {"branch": 0, "step": 0}, "write": {"branch": 0, "step": 0}, "show": {"branch": 0}}
        more = {"operate": {"branch": 0, "operation": "uniform", "rows": [0]}, "judge": {"target": "a"}}
        said = refusal(None, do=kind, **(values | more).get(kind, {}))
        assert "There is no sentence yet" in said["en"]
        assert "还没有句子" in said["zh"]


def test_languages_without_gold_say_so():
    _, kept = begun("letters", "attention")
    for kind in ("gold", "corpus"):
        assert "no sentences linked by hand" in refusal(kept, do=kind)["en"]


def test_every_word_that_the_modules_say_is_there_in_both_languages():
    said = set()
    for path in ASSETS.glob("inside*.js"):
        said |= set(
            re.findall(r'(?:say\(|")"?(inside_[a-z_0-9]+|(?<=say\(")[a-z_]+)"', path.read_text(encoding="utf-8"))
        )
    assert said - set(WORDS) <= {"inside_views"}
    for english, chinese in INSIDE.values():
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", chinese)), english


def test_chinese_messages_say_as_much_as_english_ones():
    for english, chinese in INSIDE_FORMS.items():
        assert chinese.count("{}") <= english.count("{}")
