"""German words: forms, compounds, and what stands before a noun."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.nouns import is_after_determiner, is_formed, not_formed_of_others

KNOWN = {"regen", "schirm", "haus", "katze", "schlafen", "freund", "ehrlich", "arzt", "liebe", "brief"}
WORDS = st.lists(st.text(alphabet="abens", min_size=1, max_size=12), max_size=12)


def known(word):
    return word in KNOWN


@pytest.mark.parametrize(
    "word",
    [
        "haus",  # known
        *("katzen", "freundinnen", "briefe", "hauses"),  # with an ending
        *("schlaf", "schlafe", "schlafst"),  # of a verb
        *("regenschirm", "regenschirme", "hauskatze", "hauskatzenfreund"),  # compounds
        *("liebesbrief", "katzenhaus", "freundeshaus"),  # with something between the parts
        *("ehrlichkeit", "freundschaft", "freundschaften"),  # derived
        "regen-haus",
    ],
)
def test_forms_and_compounds_of_known_words_are_formed(word):
    assert is_formed(word, known)


@pytest.mark.parametrize("word", ["okonkwo", "schirmokonkwo", "regenx", "hausxkatze", "haus-okonkwo", "ab", "schaft"])
def test_what_has_an_unknown_part_is_not(word):
    assert not is_formed(word, known)


@given(WORDS, WORDS)
def test_what_is_kept_forms_all_and_nothing_of_it_is_formed_of_shorter_ones(words, others):
    kept = not_formed_of_others(words, lambda word: word in others)
    assert kept == sorted(set(kept))
    assert set(kept) <= set(words)
    assert all(is_formed(word, {*kept, *others}.__contains__) for word in words)
    for word in kept:
        shorter = {one for one in kept if len(one) < len(word)}
        assert not is_formed(word, {*shorter, *others}.__contains__)


@pytest.mark.parametrize("before", ["Das ist eine ", "Der ", "mit meinem\u00a0", "im ", "zwei ", "Das ", "ihre "])
def test_behind_an_article_stands_a_noun(before):
    assert is_after_determiner(before)


@pytest.mark.parametrize(
    "before", ["", " ", "mit ", "Das ist eine", "eine, ", "meine Freundin ", "der-", "Ist das ", "Kennt ihr "]
)
def test_elsewhere_a_name_may_stand(before):
    assert not is_after_determiner(before)
