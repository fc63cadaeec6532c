"""Addresses, numbers, emoji and markup: found, replaced by placeholders, put back."""

import json

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from s2s.carried import (
    FEWEST_TIMES,
    FEWEST_TRANSLATED,
    MOST_PLACEHOLDERS,
    mask,
    mask_as,
    mask_pair,
    may_begin,
    ordinary_words,
    placeholders,
    unmask,
)
from s2s.config import SearchConfig, TextConfig
from s2s.constraints import Constraints
from s2s.figures import attention_figure, attention_table
from s2s.pieces import train_pieces
from s2s.result import Translation
from s2s.text import PieceModel, Reading
from s2s.translator import Translator
from tests.scripted import let_write
from tests.tiny import SENTENCES, save_tiny

SPANS = [
    "https://example.org/a?b=1&c=%20#d",
    "http://localhost:7860",
    "www.example.com",
    "jane.doe+news@mail.example.org",
    "<b>",
    "</div>",
    '<a href="x">',
    "`ls -l | wc`",
    "@handle",
    "#topic",
    "25",
    "3.14",
    "1,000.50",
    "10:30",
    "10h30",
    "1 250",
    "1\u202f000\u202f000",
    "06 12 34 56 78",
    "+41 22 555",
    "0123-456-789",
    "1'250.50",
    "2024-05-01",
    "😀",
    "👍🏽",
    "👨‍👩‍👧",
    "🇫🇷",
    "1️⃣",
    "❤️",
]
PLAIN = ["", "plain text", "Don't!", "MP3", "4th", "a < b", "x@", "# 1st", "你好。", "©™", "www", "⟦x⟧", "it's 5pm"]
COUNTS = st.integers(0, MOST_PLACEHOLDERS)
TEXTS = st.lists(st.sampled_from([*SPANS, *PLAIN, " ", ". ", "⟦0⟧", "⟦7⟧"]) | st.text(max_size=8), max_size=8).map(
    "".join
)


@given(TEXTS | st.text(alphabet="aé你 .,!'-—1@#<`⟦www:/\ufe0f🇫🇷", max_size=12))
def test_the_same_is_found_where_words_are_looked_at_and_none_is_carried(text):
    assert mask(text, 10) == mask(text, 10, lambda word, may_begin: False)


@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("around", ["{}", "See {}, please.", "看{}。", "({})", "“{}”"])
def test_each_kind_is_found_as_a_whole(span, around):
    text = around.format(span)
    assert mask(text, 3) == (around.format("⟦0⟧"), (span,))


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_no_such_thing_stays(text):
    assert mask(text, 3) == (text, ())


def test_what_comes_twice_has_one_placeholder_and_what_is_too_much_stays():
    assert mask("1 and 2 and 1 and 3", 2) == ("⟦0⟧ and ⟦1⟧ and ⟦0⟧ and 3", ("1", "2"))


def test_words_are_carried_if_they_are_asked_for_in_the_order_of_the_text():
    asked = []

    def is_name(word, before):
        asked.append((word, may_begin(before)))
        return word in ("Priya", "Ng-Lee")

    text = "Priya's 2 cats met Ng-Lee. Later: “Priya left, MP3 www.x.org"
    assert mask(text, 9, is_name) == (
        "⟦0⟧'s ⟦1⟧ cats met ⟦2⟧. Later: “⟦0⟧ left, MP3 ⟦3⟧",
        ("Priya", "2", "Ng-Lee", "www.x.org"),
    )
    assert [word for word, begins in asked if begins] == ["Priya", "Later", "Priya"]
    assert mask("Mr Priya Ng-Lee saw Priya.", 9, is_name) == ("Mr ⟦0⟧ saw ⟦1⟧.", ("Priya Ng-Lee", "Priya"))
    assert mask_as("Priya Ng-Lee a vu Priya.", ("Priya Ng-Lee", "Priya")) == "⟦0⟧ a vu ⟦1⟧."
    assert mask_as("Ng-Lee et Priya, Priyanka", ("Priya", "2", "Ng-Lee")) == "⟦2⟧ et ⟦0⟧, Priyanka"


@given(text=TEXTS, letter=st.sampled_from("abcXYZé你"))
def test_what_was_replaced_comes_back(text, letter):
    masked, carried = mask(text, MOST_PLACEHOLDERS, lambda word, _: letter in word)
    if len(carried) < MOST_PLACEHOLDERS:
        assert unmask(masked, carried) == text
    masked, carried = mask(text, MOST_PLACEHOLDERS)
    if len(carried) < MOST_PLACEHOLDERS:
        assert unmask(masked, carried) == text


@given(source=TEXTS, target=TEXTS, count=COUNTS)
def test_a_training_pair_has_the_same_placeholders_on_both_sides(source, target, count):
    masked = mask_pair(source, target, count)
    for mark in placeholders(count):
        if mark not in source + target:
            assert (mark in masked[0]) == (mark in masked[1])
    carried = [span for span in mask(source, MOST_PLACEHOLDERS)[1] if span in mask(target, MOST_PLACEHOLDERS)[1]]
    if len(carried) < min(count, MOST_PLACEHOLDERS) and not any(mark in source + target for mark in placeholders(10)):
        assert tuple(unmask(side, carried, complete=False) for side in masked) == (source, target)


def test_nothing_is_lost_where_the_model_forgets_and_nothing_comes_where_it_makes_up():
    assert unmask("Bonjour ⟦4⟧!", ("😀", "25")) == "Bonjour! 😀 25"
    assert unmask("Bonjour", ("😀",), complete=False) == "Bonjour"
    assert unmask("", ("😀",)) == "😀"


@pytest.mark.parametrize(
    "unit", ["http://", ".", "1.", "a@", "<a", "`", "#", "\u200d", "😀\u200d", "a.b-", "w", "⟦", "@"]
)
def test_long_nonsense_takes_no_long_time(unit):
    text = unit * 20_000
    assert isinstance(mask(text, 5)[0], str)  # in seconds, not in hours


@pytest.fixture(scope="module")
def pieces(tmp_path_factory):
    path = tmp_path_factory.mktemp("carried") / "text.spm"
    train_pieces(SENTENCES * 4, TextConfig(vocabulary_size=340, placeholders=4), path)
    return path


def test_a_piece_model_reads_and_writes_what_is_carried(pieces, word_pieces):
    carrying, plain, text = PieceModel(pieces), PieceModel(word_pieces), "The 😀 https://x.org/y cat 25."
    reading = carrying.read(text)
    ids = reading.ids
    assert carrying.placeholders == 4
    assert reading.carried == ("😀", "https://x.org/y", "25")
    assert [piece for piece in carrying.pieces(ids) if "⟦" in piece] == placeholders(3)
    assert carrying.write(ids, reading) == text
    (first,) = carrying.ids(["⟦0⟧"])
    assert carrying.write(ids[: ids.index(first)], reading, complete=False) == "The "
    assert plain.placeholders == 0
    assert plain.read(text)[:3] == (plain.encode(text), text, ())
    assert plain.write(plain.encode("⟦0⟧"), Reading([], "")) == "⟦0⟧"


def test_rare_names_and_letters_that_a_model_has_not_learnt_are_carried(pieces):
    carrying = PieceModel(pieces)
    assert carrying.read("The cat Grunel sleeps on the 漢字 chair.").carried == ("Grunel", "漢字")
    assert carrying.read("Grunel sleeps. The grunel sleeps.").carried == ("Grunel",)
    assert carrying.read("THE CAT GRUNEL SLEEPS.").carried == ()


def test_ordinary_words_are_told_from_names_by_how_they_stand_inside_sentences():
    lines = ["Grunel sleeps, said grunel.", "The grunel and Tarlen.", "Tarlen, tarlen."] * FEWEST_TIMES
    assert {"grunel", "the", "sleeps", "said", "and"} & ordinary_words(lines) == {"grunel", "sleeps", "said", "and"}
    assert "tarlen" not in ordinary_words(lines)  # inside a sentence it has a capital as often
    assert ordinary_words(lines[: 3 * FEWEST_TIMES - 3]) >= {"grunel"}
    assert not ordinary_words(["a b"] * (FEWEST_TIMES - 1))


def test_an_ordinary_rare_word_is_no_name_where_a_sentence_begins(pieces):
    known = PieceModel(pieces).rare_words([("The tarlen sleeps on the chair.", "")] * FEWEST_TIMES)
    assert "tarlen" in known
    assert "the" not in known  # it is no rare one
    carrying = PieceModel(pieces, ordinary=known)
    assert PieceModel(pieces).read("Tarlen sleeps.").carried == ("Tarlen",)
    assert carrying.read("Tarlen sleeps.").carried == ()
    assert carrying.read("The cat Tarlen sleeps.").carried == ("Tarlen",)
    assert carrying.read("Tarnel sleeps.").carried == ("Tarnel",)


def test_a_name_that_the_pairs_translate_is_none_to_carry_over(pieces):
    pairs = [("The dog Tanler sleeps in Tarlen.", "Le chien Tanler dort à Tarles.")] * FEWEST_TRANSLATED
    known = PieceModel(pieces).rare_words(pairs)
    assert "Tarlen" in known
    assert "Tanler" not in known
    assert PieceModel(pieces, ordinary=known).read("Tarlen. The cat Tarlen, the cat Tanler.").carried == ("Tanler",)
    assert "Tarlen" not in PieceModel(pieces).rare_words(pairs[1:])


def test_german_nouns_are_no_names_unless_the_words_are_known(pieces):
    text, german = "The cat Tarlen sleeps on the 漢字 chair.", PieceModel(pieces, "de")
    assert PieceModel(pieces, "fr").read(text).carried == ("Tarlen", "漢字")
    assert german.read(text).carried == ("漢字",)
    assert german == PieceModel(pieces)
    known = german.rare_words(
        [("Der Tisnel in Tarlen tarnelt.", "The thing in Tarlen sleeps."), ("Tarlen.", "Tarlen.")]
    )
    assert {"tisnel", "tarnelt"} <= set(known)
    assert "tarlen" not in known
    telling = PieceModel(pieces, "de", ordinary=known)
    assert telling.read("Tarlen in the Tisnels, ein Tanlers, the Tisneltarnelt and Tanlers.").carried == (
        "Tarlen",
        "Tanlers",
    )


@pytest.fixture(scope="module")
def translator(tmp_path_factory, pieces, description):
    return Translator.load(save_tiny(tmp_path_factory.mktemp("carrying") / "tiny", pieces, description), "cpu", "torch")


def test_a_translation_holds_what_is_carried_wherever_the_model_puts_it(translator, monkeypatch):
    ids = translator.pieces.encode("Le chat ⟦1⟧, ⟦0⟧")
    let_write(monkeypatch, ids)
    text = "The cat @anna 25"
    *begun, whole = translator.stream(text)
    sentence = whole.sentences[0]
    assert whole.target == "Le chat 25, @anna"
    assert sentence.carried == ("@anna", "25")
    assert [sentence.written(piece) for piece in sentence.source_pieces][-3:] == ["@anna", "▁", "25"]
    assert "⟦1⟧" in sentence.best.target_pieces
    assert not any("⟦" in translation.target for translation in begun)
    assert Translation.from_json(whole.to_json()) == whole
    let_write(monkeypatch, translator.pieces.encode("Le chat ⟦3⟧"))
    assert translator.translate(text).target == "Le chat @anna 25"


@pytest.mark.parametrize(
    ("text", "times"), [("The cat @anna 25", (1, 1, 0)), ("The cat @anna @anna 25", (2, 1, 0)), ("The cat", (6, 0, 0))]
)
@pytest.mark.parametrize("beam_size", [1, 3])
def test_nothing_is_carried_over_more_often_than_it_stands_there(tmp_path, pieces, description, text, times, beam_size):
    translator = Translator.load(save_tiny(tmp_path / "tiny", pieces, description), "cpu", "torch")
    marks = placeholders(3)
    translator.model.output_bias[translator.pieces.ids(marks)] += torch.tensor([90.0, 80.0, 70.0])
    config = SearchConfig(beam_size=beam_size, max_length=6, max_repeats=0)
    written = translator.translate(text, config).sentences[0].best.target_pieces
    assert tuple(written.count(mark) for mark in marks) == times


def test_what_is_carried_is_known_to_a_prefix_and_to_a_given_target(translator):
    text = "The cat https://x.org/y"
    begun = translator.translate(text, constraints=Constraints(prefix="Chat https://x.org/y et "))
    assert begun.target.startswith("Chat https://x.org/y et")
    scored = translator.score(text, "Le https://x.org/y")
    assert scored.target == "Le https://x.org/y"
    assert scored.sentences[0].best.target_pieces[-2:] == ("⟦0⟧", "</s>")


def test_a_figure_shows_what_is_carried(translator):
    sentence = translator.score("The cat <b> 25", "Le 25 <b>").sentences[0]
    figure = json.loads(attention_figure(sentence).to_json())
    assert {"&lt;b&gt;", "25"} <= set(figure["layout"]["xaxis"]["ticktext"])
    assert {"&lt;b&gt;", "25"} <= set(figure["layout"]["yaxis"]["ticktext"])
    assert "⟦" not in json.dumps(figure, ensure_ascii=False) + attention_table(sentence)
