"""Text to sentences and back."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.sentences import language_to_split, split_sentences

LANGUAGES = st.sampled_from([None, "en", "zh", "fr", "de", "es", "ja", "xx"])
TROUBLE = [
    *"aA .!?…\"'“”«»()[]。！？」』\t\u3000\u200b\0\u0301\u202e\x85\u2028\n",
    *["Mr.", "U.S.", "e.g.", "M.", "1.", "...", "😀", "http://a.b", "你好", "¿", "'s", "\r\n", "\n\n"],
]
TEXTS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(TROUBLE), max_size=40).map("".join))


def letters(line):
    return "".join(filter(str.isalnum, line))


# A bar stands where one sentence ends and the next begins.
CUT = {
    "en": [
        "Mr. Smith arrived. |He was late.",
        "U.S. troops left. |OK?",
        "I live in the U.S. |He lives in the U.K. |We met at 5 p.m. yesterday.",
        "Pi is 3.14. |Yes.",
        'He said "Stop." |Then he left.',
        "He said “Stop.” |Then he left.",
        '"|Where are you going?|" |he asked.| "|Home.|"',
        "My father says|: “|Her mother works in a hospital.|”",
        'He said|, "|I am tired. |I go home.|" |Then he left.',
        '"|I am tired|," |said Tom.',
        '"Hamlet" is a play.',
        "Wait... what?!",
        "See https://www.example.com/a.b?c=d. |Then go to example.org.",
        "Take fruit, e.g. this one, i.e. an apple. |Yes.",
        "Mrs. Jones met Prof. Lee, J. K. Rowling, etc. |They left.",
        "1. One thing. |2. Another thing.",
        "- One|\n- Two",
        "no punctuation at all here",
        "hello. |how are you? |fine",
        "Hello! |😀 How are you?",
        "Well done! |Good night! 😀",
        "Is it so?! |Really!!! |Yes.",
        "word " * 59 + "word.",
        "Node.js is fast. |Use it.",
        "Hello.\u200b",
    ],
    "de": [
        "Dr. Müller kommt um 3.30 Uhr. |Gut!",
        "Am 3. Mai kam er. |Es war z.B. kalt. |Er hat ca. 5 Euro.",
        "Das ist die Nr. 5. |Gut.",
        "Wo ist der Bahnhof? |Ich weiß es nicht!",
    ],
    "fr": [
        "M. Dupont est là. |Il attend.",
        "Mme Curie et M. Curie. |Mlle. Anne et le Dr. Martin.",
        "Où est-il ? |Je ne sais pas. |C.-à-d. non.",
        "Il dit| : « |Viens !| » |Puis il part.",
        "« |Je suis fatigué| », |dit-il.",
    ],
    "es": [
        "¿Dónde está? |No sé. |¡Hola! |El Sr. García vino.",
        "Vive en EE. UU. desde 1990. |Bien.",
    ],
    "zh": [
        "你好。|你叫什么名字？|我叫李明！",
        "“|你好。|”|他说。",
        "他问|：“|你去吗？|”“|去。|”",
        "我不知道……也许吧。|好的！",
        "价格是3.14元。|好吗?|好。",
        "你好。 |再见。",
    ],
}


@pytest.mark.parametrize(("language", "marked"), [(code, text) for code, texts in CUT.items() for text in texts])
def test_sentences_end_where_a_reader_says(language, marked):
    passage = split_sentences(marked.replace("|", ""), language)
    parts = [part.strip() for part in marked.split("|")]
    assert list(passage.sentences) == [part for part in parts if any(map(str.isalnum, part))]


@given(TEXTS, LANGUAGES)
def test_nothing_is_lost_and_no_sentence_is_blank(text, language):
    passage = split_sentences(text, language)
    assert passage.text == text
    for sentence in passage.sentences:
        assert sentence == sentence.strip() != ""
        assert len(sentence.splitlines()) == 1
    assert not any(map(str.isalnum, "".join(passage.separators)))


@given(TEXTS, LANGUAGES)
def test_a_sentence_is_not_split_again(text, language):
    for sentence in split_sentences(text, language).sentences:
        assert split_sentences(sentence, language).sentences == (sentence,)


@given(TEXTS, LANGUAGES)
def test_line_breaks_stay_where_they_are(text, language):
    passage = split_sentences(text.strip(), language)
    lines = [line.strip() for line in text.strip().splitlines()]
    joined = passage.join(passage.sentences, "en")
    assert list(map(letters, joined.split("\n"))) == (list(map(letters, lines)) or [""])


def test_the_blank_between_sentences_is_that_of_the_target():
    passage = split_sentences("Hi. Who are you?\n\nI am Tom.", "en")
    assert passage.join(["A.", "B?", "C."], "fr") == "A. B?\n\nC."
    assert passage.join(["甲。", "乙？", "丙。"], "zh-Hans") == "甲。乙？\n\n丙。"
    assert split_sentences("你好。你是谁？", "zh").join(["Hi.", "Who are you?"], "en") == "Hi. Who are you?"


def test_a_translation_that_is_not_complete_or_empty_leaves_no_blank():
    passage = split_sentences("One. Two. Three.\nFour.", "en")
    assert passage.join([]) == ""
    assert passage.join(["A."]) == "A."
    assert passage.join(["A.", ""]) == "A."
    assert passage.join(["A.", "", "C.", ""]) == "A. C."
    assert passage.join(["A.", "B.", "C.", "D."]) == "A. B. C.\nD."


@pytest.mark.parametrize(
    "unit", ["a", "A", ".", "!", "。", "…", '"', "“", "(", "a. ", "。”", "M. ", "1. ", "é.", "Hi. 😀 "]
)
def test_two_thousand_characters_take_no_time(unit):
    text = (unit * 2000)[:2000]
    started = time.process_time()
    for language in ("en", "zh", "fr"):
        split_sentences(text, language)
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    ("source", "target", "rules"),
    [
        ("en", "fr", "en"),
        ("zh-Hans", "en", "zh"),
        ("EN_gb", "de", "en"),
        ("ta", "en", "ta"),
        ("en", "en", None),  # a headline of a whole article
        ("letters", "letters", None),
        ("letters", "en", None),
        ("", "en", None),
    ],
)
def test_only_translations_between_languages_are_split(source, target, rules):
    assert language_to_split(source, target) == rules
