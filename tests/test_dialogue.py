"""Dialogues: what is read of one, how its pairs are made and held apart, how its answers are scored, and `chat`."""

import dataclasses
import itertools
import json
import math
import random
import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from s2s.augment import augment
from s2s.config import SearchConfig, TextConfig
from s2s.corpora import Pair, read_corpus
from s2s.dialogue import SEPARATOR, has_context, last_turn, one_turn, read_turns, with_context
from s2s.errors import ConfigError, DataError, TextError
from s2s.export import export_checkpoint
from s2s.metrics import score_answers
from s2s.perplexity import perplexity
from s2s.prepare import Prepared, prepare
from s2s.recipe import Recipe
from s2s.recipe_sections import CorpusConfig, DataConfig
from s2s.splits import split_by_groups
from s2s.training import Trainer
from s2s.translator import Translator
from tests.commands import refused
from tests.tiny import save_tiny

END = r"(?i)\bbye[.!]*$"
TALK = [
    ("Hello.", "Where to?"),
    ("To Bern.", "When?"),
    ("Now.", "Good bye!"),
    ("Hi!", "Where to?"),
    ("To Rome.", "Bye."),
    ("Is it late?", "Bye bye is no word."),
    ("Yes.", "When?"),
]
READ = [
    ("Hello.", "Where to?"),
    ("Where to? ⏎ To Bern.", "When?"),
    ("When? ⏎ Now.", "Good bye!"),
    ("Hi!", "Where to?"),
    ("Where to? ⏎ To Rome.", "Bye."),
    ("Is it late?", "Bye bye is no word."),
    ("Bye bye is no word. ⏎ Yes.", "When?"),
]
TURN, BEFORE = "Where is the cat?", "What do you want?"


@pytest.fixture
def corpus(tmp_path):
    """Writes pairs to a file: the corpus."""

    def write(pairs=TALK, name="talk", **settings):
        path = tmp_path / f"{name}.tsv"
        path.write_text("".join(f"{source}\t{target}\n" for source, target in pairs), encoding="utf-8")
        return CorpusConfig(file=str(path), **settings)

    return write


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory, word_pieces, description):
    """A tiny model that answers: random weights."""
    of_dialogues = dataclasses.replace(description, task="dialogue", target_language="en")
    shape = {"attention": "bahdanau", "copy": True, "decoder_layers": 2}
    return save_tiny(tmp_path_factory.mktemp("dialogue") / "tiny", word_pieces, of_dialogues, **shape)


@pytest.fixture(scope="module", params=["torch", "onnx"])
def translator(request, checkpoint):
    return Translator.load(checkpoint, engine=request.param)


# --- what is read ---


def test_the_last_turn_is_read_behind_the_one_before_it():
    assert read_turns("To Bern.") == "To Bern."
    assert read_turns("Where to?\nTo Bern.") == "Where to? ⏎ To Bern."
    assert read_turns("Hello.\r\n\r\n Where \t to?\n\nTo Bern.\n") == "Where to? ⏎ To Bern."
    assert read_turns("Hello. ⏎ Where to? ⏎ To Bern.") == "Where to? ⏎ To Bern."
    assert read_turns(" \n ⏎ ") == ""


@given(st.text(), st.text())
def test_what_is_read_is_read_again_as_it_is(one, other):
    source = read_turns(f"{one}\n{other}")
    assert read_turns(source) == source
    assert source.count(SEPARATOR) <= 1
    assert last_turn(source) == source.rpartition(f"{SEPARATOR} ")[2]


@given(st.text(), st.text())
def test_a_turn_is_one_and_stands_behind_the_other(turn, before):
    turn, before = one_turn(turn), one_turn(before)
    source = with_context(turn, before)
    assert SEPARATOR not in turn
    assert has_context(source) == bool(before)
    assert not turn or (read_turns(source), last_turn(source)) == (source, turn)


# --- corpora ---


def test_turns_stand_behind_the_answers_before_them_until_a_dialogue_ends(corpus):
    assert [pair[:2] for pair in read_corpus(corpus(dialogue_end=END), 100)] == READ
    assert [pair[:2] for pair in read_corpus(corpus(), 100)] == TALK


def test_a_turn_that_would_grow_too_long_stays_alone(corpus):
    longest = max(len(text) for pair in TALK for text in pair)
    assert [pair.source for pair in read_corpus(corpus(dialogue_end=END), longest)][-1] == "Yes."


def test_what_stands_in_a_turn_is_no_separator(corpus):
    pairs = read_corpus(corpus([("a ⏎ b", "c⏎d"), ("e", "f")], dialogue_end=END), 100)
    assert [pair[:2] for pair in pairs] == [("a b", "c d"), ("c d ⏎ e", "f")]


@given(st.lists(st.integers(0, 20), min_size=1, max_size=3, unique=True))
def test_shares_of_a_corpus_are_parts_of_it_by_whole_dialogues(tmp_path_factory, places):
    path = tmp_path_factory.mktemp("shares") / "talk.tsv"
    talks = [(f"{word} {number}", "Bye." if word == "last" else f"{word}!") for number in range(60) for word in WORDS]
    path.write_text("".join(f"{source}\t{target}\n" for source, target in talks), encoding="utf-8")
    bounds = [0.0, *(place / 20 for place in sorted(places) if 0 < place < 20), 1.0]
    parts = [read(path, share) for share in itertools.pairwise(bounds)]
    everything = read(path, (0.0, 1.0))
    assert sorted(row for part in parts for row in part) == sorted(everything)
    for part in parts:
        numbers = [re.findall(r"\d+", row[0])[-1] for row in part]
        assert all(numbers.count(number) == len(WORDS) for number in numbers)


WORDS = ("first", "middle", "last")


def read(path, share):
    return [pair[:2] for pair in read_corpus(CorpusConfig(file=str(path), dialogue_end=END, share=share), 100)]


def test_a_share_is_about_as_large_as_it_says(corpus):
    pairs = [(f"turn {number}", f"answer {number}") for number in range(2000)]
    assert 320 < len(list(read_corpus(corpus(pairs, share=(0.5, 0.7)), 100))) < 480


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"share": (0.5, 0.5)}, "share must be two numbers in 0 … 1, the smaller one first; got [0.5, 0.5]"),
        ({"share": (0.5,)}, "share must be two numbers"),
        ({"share": (0, 1.1)}, "share must be two numbers"),
        ({"dialogue_end": "(bye"}, "dialogue_end is no regular expression"),
        ({"dialogue_end": "bye", "reverse": True}, "can neither be turned round"),
        ({"dialogue_end": "bye", "links": "x"}, "nor have links"),
    ],
    ids=str,
)
def test_a_corpus_that_cannot_be_read_so_is_refused(settings, said):
    with pytest.raises(ConfigError, match=re.escape(said)):
        CorpusConfig(file="x", **settings)


# --- held apart ---


def test_with_shared_targets_sources_alone_are_held_apart():
    pairs = [Pair(f"turn {number}", "Yes.") for number in range(20)] + [Pair("Turn, 0!", "No.")]
    train, (held_out,) = split_by_groups(pairs, [5], 1, shared_targets=True)
    assert len(held_out) in (5, 6)
    assert sorted([*train, *held_out]) == list(range(21))
    assert (0 in held_out) == (20 in held_out)
    with pytest.raises(DataError, match="too few"):
        split_by_groups(pairs[:20], [5], 1)


@pytest.fixture
def recipe(tmp_path, corpus):
    """A recipe of dialogues, with test dialogues of its own."""
    train = [(f"word {number}", f"answer {number % 5}") for number in range(60)] + [("Hello.", "Where to?")]
    return Recipe(
        name="talk",
        task="dialogue",
        data=DataConfig(
            source_language="en",
            target_language="en",
            directory=str(tmp_path / "prepared"),
            train=(corpus(train, "train", dialogue_end="answer 4"),),
            valid=(corpus(TALK, "valid", dialogue_end=END, share=(0, 0.9)),),
            test=(corpus(TALK, "test", dialogue_end=END),),
            shared_targets=True,
        ),
        text=TextConfig(vocabulary_size=300, piece_kind="bpe"),
    )


def test_answers_of_the_test_stay_in_training_and_its_sources_do_not(recipe):
    report = prepare(recipe)
    train, test = (Prepared(recipe).split(name) for name in ("train", "test"))
    assert [pair[:2] for pair in test] == READ
    assert "Hello." not in {pair.source for pair in train}  # it stands alone in both
    assert "left out 1 training pairs" in report.remarks[0]
    kept = dataclasses.replace(recipe, data=dataclasses.replace(recipe.data, test=(recipe.data.train[0],)))
    with pytest.raises(DataError, match="no training pairs are left"):
        prepare(kept)


# --- augmentation ---


def test_a_turn_that_stands_alone_gets_some_answer_before_it():
    pairs = [Pair(f"turn {number}", f"answer {number}") for number in range(100)] + [Pair("a ⏎ b", "c")]
    changed = augment(pairs, {"context": 1.0}, random.Random(1))
    answers = {pair.target for pair in pairs}
    for before, after in zip(pairs[:-1], changed[:-1], strict=True):
        context, separator, turn = after.source.partition(f" {SEPARATOR} ")
        assert separator
        assert context in answers
        assert (turn, after.target) == before[:2]
    assert changed[-1] == pairs[-1]
    assert augment(pairs, {"context": 0.0}, random.Random(1)) == pairs
    linked = Pair("a b", "c", "0-0")
    assert augment([linked], {"context": 1.0}, random.Random(1)) == [linked]


# --- scores ---


def scores_of(answers):
    return {score.name: score.value for score in score_answers(answers)}


def test_answers_are_varied_by_their_words_and_pairs_of_words():
    found = scores_of(["a b c", "A b!", "b"])
    assert found["distinct-1"] == pytest.approx(100 * 3 / 6)
    assert found["distinct-2"] == pytest.approx(100 * 2 / 6)
    assert scores_of(["a", "b"])["distinct-2"] == 0
    assert scores_of(["...", "?"]) == {"distinct-1": 0, "distinct-2": 0, "generic": 100}


def test_an_answer_that_is_given_again_and_again_is_generic():
    assert scores_of(["Yes.", "yes", "No.", "Maybe."])["generic"] == 50
    assert scores_of(["Yes.", "No."])["generic"] == 0
    many = [f"answer {number}" for number in range(4997)] + ["Yes."] * 3
    assert scores_of(many)["generic"] == 0  # three of five thousand are fewer than one in a thousand
    assert scores_of([*many, "Yes.", "yes"])["generic"] == 0  # five of 5,002 are
    assert scores_of([*many[5:], *["Yes."] * 5])["generic"] == pytest.approx(100 * 8 / 5000)


@given(st.lists(st.text("ab .", max_size=6), min_size=1, max_size=20))
def test_all_shares_are_percentages_whatever_the_order(answers):
    found = scores_of(answers)
    assert all(0 <= value <= 100 for value in found.values())
    assert scores_of(answers[::-1]) == found


def test_no_answers_have_no_scores():
    with pytest.raises(DataError, match="at least one answer"):
        score_answers([])


def test_perplexity_is_that_of_the_pieces_of_all_targets(checkpoint):
    translator = Translator.load(checkpoint, engine="torch")
    pairs = [Pair(TURN, "On the old chair."), Pair(f"{BEFORE} ⏎ {TURN}", "It sleeps!"), Pair(TURN, "")]
    log_probs = [
        log_prob
        for source, target, _ in pairs[:2]
        for log_prob in translator.score(source, target).sentences[0].best.log_probs
    ]
    found = perplexity(translator, pairs)
    assert found.value == pytest.approx(math.exp(-sum(log_probs) / len(log_probs)), rel=1e-4)
    assert f"pieces:{translator.pieces.vocabulary_size}|pairs:2" in found.signature
    assert perplexity(translator, pairs[::-1]).value == pytest.approx(found.value, rel=1e-5)


# --- the facade ---


def test_a_dialogue_is_read_by_its_lines_and_answered_once(translator):
    answer = translator.translate(f"Hello!\n{BEFORE}\n{TURN}")
    assert len(answer.sentences) == 1
    assert answer.source == answer.sentences[0].source == f"{BEFORE} ⏎ {TURN}"
    assert answer.target == translator.translate(f"{BEFORE} ⏎ {TURN}").target
    (batched,) = translator.translate_batch([f"{BEFORE} ⏎ {TURN}"])
    assert batched.target == answer.target


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "There is no text"),
        ("🎉🐈 🚀", "There are no words to answer. Please say something in words."),
        (f"{BEFORE}\n🎉", "There are no words to answer."),
        ("word " * 10_000, "The text has 50,000 characters; at most 2,000 are taken"),
    ],
    ids=["empty", "emoji", "emoji behind an answer", "10,000 words"],
)
def test_what_cannot_be_answered_is_refused_with_what_to_do(translator, text, said):
    with pytest.raises(TextError, match=re.escape(said)):
        translator.translate(text)


def test_numbers_can_be_answered(translator):
    assert translator.translate(f"{BEFORE}\n11:30").source.endswith("11:30")


def test_an_answer_is_doubted_where_something_speaks_against_it(translator):
    def warnings(text, **search):
        return " ".join(translator.translate(text, SearchConfig(**search)).warnings)

    assert "the model was trained on at most 20" in warnings("The cat reads a long letter. " * 8)
    assert "The model found no end and was stopped after 3 pieces. The answer" in warnings(
        TURN, min_length=3, max_length=3
    )
    assert "unsure" not in warnings(TURN)  # another answer would have done as well


# --- the command line ---


def test_turns_are_answered_behind_the_answers_before_them(run, checkpoint):
    code, output, said = run("chat", "--model", checkpoint, stdin=f"{BEFORE}\n{TURN}\n\n{TURN}\n")
    assert (code, said) == (0, "")
    translator = Translator.load(checkpoint)
    first = translator.translate(BEFORE).target
    assert output.splitlines() == [
        first,
        translator.translate(f"{first}\n{TURN}").target,
        "",
        translator.translate(TURN).target,
    ]


def test_drawn_answers_follow_the_settings(run, checkpoint):
    sample = ["--beam-size", 1, "--search", "method=sample", "--search", "temperature=1.5"]
    one, same, other = (
        run("chat", "--model", checkpoint, *sample, "--search", f"seed={seed}", stdin=f"{TURN}\n")[1]
        for seed in (1, 1, 2)
    )
    assert one == same != other


def test_what_cannot_be_answered_is_named_and_the_dialogue_goes_on(run, checkpoint):
    code, output, said = run("chat", "--model", checkpoint, "--json", stdin=f"{BEFORE}\n🎉\n{TURN}\n")
    assert code == 2
    assert said == "s2s: There are no words to answer. Please say something in words.\n"
    first, gap, last = output.split("\n")[:3]
    assert gap == ""
    assert json.loads(last)["source"] == f"{one_turn(json.loads(first)['target'])} ⏎ {TURN}"


def test_a_model_of_another_task_does_not_talk(run, tiny_checkpoint):
    said = refused(run("chat", "--model", tiny_checkpoint, stdin="Hello.\n"))
    assert "tiny is no model of dialogues: use `python -m s2s translate`" in said


def test_evaluate_gives_perplexity_and_how_varied_the_answers_are(run, checkpoint, tmp_path):
    (tmp_path / "source").write_text(f"{TURN}\n{BEFORE} ⏎ {TURN}\n", encoding="utf-8")
    (tmp_path / "reference").write_text("On the old chair.\nIt sleeps on it!\n", encoding="utf-8")
    files = ["--source", tmp_path / "source", "--reference", tmp_path / "reference"]
    code, output, _ = run("evaluate", "--model", checkpoint, *files, "--json")
    assert code == 0
    values = json.loads(output)
    names = [score["name"] for score in values["scores"]]
    assert names[:4] == ["perplexity", "distinct-1", "distinct-2", "generic"]
    assert all(score["name"] in ("BLEU", "chrF") for part in values["by_length"] for score in part["scores"])


# --- from end to end ---


def test_a_dialogue_is_prepared_trained_and_written_with_its_scores(recipe, tmp_path):
    shape = dataclasses.replace(recipe.model, attention="bahdanau", copy=True, embedding_size=8, hidden_size=8)
    brief = dataclasses.replace(recipe.training, directory=str(tmp_path / "runs"), max_epochs=1, batch_tokens=60)
    recipe = dataclasses.replace(recipe, model=shape, training=brief)
    prepare(recipe)
    trainer = Trainer(recipe, torch.device("cpu"))
    trainer.run(tmp_path / "state.safetensors", lambda _: True, lambda: None)
    export_checkpoint(trainer, tmp_path / "out")
    translator = Translator.load(tmp_path / "out" / "checkpoint", engine="torch")
    assert translator.description.task == "dialogue"
    scores = translator.description.scores
    test = [Pair(*pair) for pair in READ]
    assert scores["perplexity"]["value"] == pytest.approx(perplexity(translator, test).value, rel=1e-3)
    assert {"distinct-1", "distinct-2", "generic", "chrF"} <= set(scores)
    card = (tmp_path / "out" / "checkpoint" / "README.md").read_text(encoding="utf-8")
    assert "python -m s2s chat --model checkpoints/talk" in card
    assert "it books nothing" in card
    assert "pipeline_tag: text-generation" in card
