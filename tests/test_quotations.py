"""Speech in quotation marks: cut out of its sentence, and told in the marks of another language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.quotations import PAIRS, find_retold, speech_parts
from s2s.sentences import split_sentences

SIGNS = [*'"“”„«»「」『』:,.!?：，。 aA', "é", "Tom", "你", "\n", "...", " said "]


@pytest.mark.parametrize(
    "line",
    [
        "He spelled the word “cat” for me.",
        '"Hamlet" is a play.',
        'He called it "the end."',
        'I like "A," "B," and "C."',
        '"" said nobody',
        'He said: "',
        'It is 5" long, and 6" wide.',
        'They cried: "!"',
    ],
)
def test_what_is_only_called_something_stays_in_its_sentence(line):
    assert speech_parts(line) == []


@given(st.lists(st.sampled_from(SIGNS), max_size=30).map("".join))
def test_parts_stand_in_the_line_and_only_signs_between_them(line):
    rest = 0
    for part in speech_parts(line):
        assert part == part.strip()
        assert any(map(str.isalnum, part))
        at = line.index(part, rest)
        assert not any(map(str.isalnum, line[rest:at]))
        rest = at + len(part)


def retold(text, language, targets=None, source_language="en"):
    passage = split_sentences(text, source_language)
    return passage.join(list(passage.sentences) if targets is None else targets, language)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", 'A: "B." C, "D? E!" "F," g.'),
        ("fr", "A : « B. » C, « D? E! » « F », g."),
        ("de-AT", "A: „B.“ C, „D? E!“ „F“, g."),
        ("zh-Hans", "A：“B.”C，“D?E!”“F，”g."),
        ("ja", "A：「B.」C、「D?E!」「F、」g."),
        ("es", 'A: "B." C, "D? E!" "F," g.'),
    ],
)
@pytest.mark.parametrize(("first", "last"), PAIRS)
def test_marks_and_signs_are_those_of_the_target(language, told, first, last):
    text = f"A: {first}B.{last} C, {first}D? E!{last} {first}F,{last} g."
    assert retold(text, language) == told
    assert retold(text.replace(f",{last}", f"{last},"), language) == told


def test_a_sentence_before_speech_loses_its_full_stop():
    assert retold('He said: "Yes." No.', "fr", ["Il a dit.", "Oui.", "Non."]) == "Il a dit : « Oui. » Non."


def test_there_is_no_comma_beside_another_end():
    assert retold("„Komm!“, sagte er.", "en", ["Come!", "he said."], "de") == '"Come!" he said.'
    assert retold('"Come," he said.', "fr", ["Viens !", "dit-il."]) == "« Viens ! » dit-il."
    assert retold('"Come," he said.', "de", ["Komm!", "sagte er."]) == "„Komm!“, sagte er."
    assert retold('He said: "Come!".', "fr", ["Il dit", "Viens !"]) == "Il dit : « Viens ! »"
    assert retold('He said: "I come".', "fr", ["Il dit", "Je viens."]) == "Il dit : « Je viens »."


def test_what_goes_on_after_speech_begins_with_a_small_letter():
    assert retold('"No," he said.', "fr", ["Non.", "Il a dit."]) == "« Non », il a dit."
    assert retold("“不，”他说。", "en", ["No.", "He said."], "zh") == '"No," he said.'
    assert retold("“不。”他说。", "en", ["No.", "He said."], "zh") == '"No." He said.'
    for kept in ("I said.", "I'd say.", "Tom said."):  # and a name that the source has
        assert retold('"Non", dit Tom.', "en", ["No.", kept], "fr") == f'"No," {kept}'
    assert retold('"No." He left.', "fr", ["Non.", "Il partit."]) == "« Non. » Il partit."
    assert retold('"Home," I said.', "fr", ["maison", "J'ai dit."]) == "« Maison », j'ai dit."


def test_a_part_of_the_sentences_ends_without_marks():
    passage = split_sentences('He said: "Yes. No." Then', "en")
    assert [passage.join(["A.", "B.", "C.", "D"][:count], "en") for count in range(5)] == [
        "",
        "A.",
        'A: "B.',
        'A: "B. C.',
        'A: "B. C." D',
    ]


def test_a_translation_is_found_in_the_whole():
    assert find_retold("« Non », il a dit.", "Il a dit.") == (9, 18)
    assert find_retold("« Non », il a dit.", "Non.") == (2, 5)
    assert find_retold("a. a.", "a.", 1) == (3, 5)
    assert find_retold("a", "b") == (-1, -1)
    assert find_retold("a", "") == (-1, -1)


@given(st.lists(st.sampled_from(SIGNS), max_size=30).map("".join), st.sampled_from(["en", "fr", "de", "zh", "es"]))
def test_any_text_can_be_told(text, language):
    passage = split_sentences(text, "en")
    for target in ("Yes!", "no."):
        told = passage.join([target] * len(passage.sentences), language)
        assert told.casefold().count(target[:-1].casefold()) >= len(passage.sentences)
