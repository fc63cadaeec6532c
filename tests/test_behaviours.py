"""The behaviour suite itself: right translations pass it; an echo, silence, a loop and a fixed answer do not."""

import re
from dataclasses import replace
from functools import cache
from itertools import permutations
from pathlib import Path

import pytest

from s2s import augment, names
from s2s.intake import MAX_CHARACTERS
from s2s.result import END_PIECE, Hypothesis, Sentence, Translation
from s2s.text import check_text
from tests.behaviours import BEHAVIOURS, Direction, run
from tests.behaviours import words as tables
from tests.behaviours.checks import ends_by_itself, is_loop, likeness, words

QUICK = [replace(behaviour, cases=cache(behaviour.cases)) for behaviour in BEHAVIOURS]
BY_NAME = {behaviour.name: behaviour for behaviour in QUICK}
GUIDE = Path(__file__).parents[1] / "docs" / "behaviours.md"
PHRASEBOOKS = Path(__file__).parents[1] / "recipes" / "phrasebook"

DIRECTIONS = [Direction(*pair) for pair in permutations(tables.LANGUAGES, 2)]
SHIPPED = [Direction(*pair.split("-")) for pair in ("en-fr", "fr-en", "en-de", "de-en", "en-zh", "zh-en")]
every_direction = pytest.mark.parametrize("direction", DIRECTIONS, ids="-".join)
shipped_directions = pytest.mark.parametrize("direction", SHIPPED, ids="-".join)


def said(source, target, *warnings):
    return Translation(
        source=source, target=target, sentences=(), model="said", revision="", settings={}, warnings=warnings
    )


def rates(direction, answer):
    """The share of cases that each behaviour passes where `answer` writes the targets."""
    outcomes = run(QUICK, direction, lambda texts: [said(text, *answer(text)) for text in texts])
    return {name: sum(item.passed for item in found) / len(found) for name, found in outcomes.items()}


def right_answers(direction):
    """The reference of every text; with a warning where there is nothing to translate."""
    answers = {}
    for behaviour in QUICK:
        warnings = () if behaviour.has_meaning else ("unsure",)
        for case in behaviour.cases(direction):
            for line in filter(None, (case.line, case.plain)):
                answers[line.source] = (line.reference, *warnings)
    return answers


@every_direction
def test_there_are_at_least_25_behaviours_with_20_different_cases_each(direction):
    counts = {}
    for behaviour in QUICK:
        cases = behaviour.cases(direction)
        assert len({case.line.source for case in cases}) == len(cases), behaviour.name
        assert all(case.plain is None or case.plain.source != case.line.source for case in cases), behaviour.name
        counts[behaviour.name] = len(cases)
    assert {name: count for name, count in counts.items() if 0 < count < 20} == {}
    assert sum(count > 0 for count in counts.values()) >= 25


@every_direction
def test_every_text_is_one_that_a_translator_takes(direction):
    for behaviour in QUICK:
        for text in (text for case in behaviour.cases(direction) for text in case.sources):
            check_text(text, MAX_CHARACTERS)
            assert "{" not in text


@shipped_directions
def test_the_cases_are_the_same_every_time(direction):
    assert all(behaviour.cases(direction) == behaviour.cases(direction) for behaviour in BEHAVIOURS)


def test_the_names_are_different():
    assert len(BY_NAME) == len(BEHAVIOURS)


@every_direction
def test_right_translations_pass_everything(direction):
    answers = right_answers(direction)
    assert {name: rate for name, rate in rates(direction, lambda text: answers[text]).items() if rate < 1} == {}


@every_direction
def test_every_answer_that_is_listed_is_accepted(direction):
    for behaviour in (BY_NAME["single words"], BY_NAME["greetings"]):
        for case in behaviour.cases(direction):
            for answer in (said(case.line.source, text) for text in case.accepted):
                assert behaviour.passes(case, answer, answer), answer


@shipped_directions
def test_an_echo_passes_where_letters_without_a_meaning_are_to_be_kept_and_almost_nowhere_else(direction):
    found = rates(direction, lambda text: (text,))
    assert found.pop("nonsense letters") == 1
    assert {name: rate for name, rate in found.items() if rate > 0.05} == {}


@shipped_directions
@pytest.mark.parametrize("answer", ["", "?", "la la la la la la", "好好好好好好"])
def test_silence_a_mark_and_a_loop_pass_nothing(direction, answer):
    assert {name: rate for name, rate in rates(direction, lambda _: (answer,)).items() if rate > 0} == {}


@shipped_directions
def test_right_translations_that_start_anew_pass_nothing(direction):
    answers = right_answers(direction)
    found = rates(direction, lambda text: (6 * f"{answers[text][0]} ",))
    assert {name: rate for name, rate in found.items() if rate > 0} == {}


@shipped_directions
def test_a_fixed_answer_fails_where_the_answer_has_to_say_what_the_source_says(direction):
    """It is the same for every text, so that invariance alone does not see it, nor does length."""
    fixed = BY_NAME["long sentences"].cases(direction)[2].line.reference
    found = rates(direction, lambda _: (fixed,))
    blind = {"long sentences", "repeated words"} | {
        behaviour.name for behaviour in QUICK if behaviour.kind == "INV" and not behaviour.name.startswith("another")
    }
    assert {name: rate for name, rate in found.items() if name not in blind and rate > 0.05} == {}


@shipped_directions
def test_what_has_to_be_held_is_missed(direction):
    """Right translations without the number, the name, the address or the word that is asked for."""
    answers, holds = right_answers(direction), {}
    for case in (case for behaviour in QUICK for case in behaviour.cases(direction)):
        for text in case.sources:
            holds[text] = [*holds.get(text, []), *case.holds]
    found = rates(
        direction,
        lambda text: (re.sub("|".join(holds[text]) or "$^", "", answers[text][0], flags=re.IGNORECASE),),
    )
    holding = {
        behaviour.name for behaviour in QUICK if behaviour.cases(direction)[:1] and behaviour.cases(direction)[0].holds
    }
    assert len(holding) > 20
    assert {name: found[name] for name in holding if found[name] > 0} == {}


@shipped_directions
def test_negation_fails_if_it_is_lost_and_if_it_is_everywhere(direction):
    plain = {
        line.source: case.plain.reference
        for case in BY_NAME["negation"].cases(direction)
        for line in (case.line, case.plain)
    }
    negated = {
        line.source: case.line.reference
        for case in BY_NAME["negation"].cases(direction)
        for line in (case.line, case.plain)
    }
    for answers in (plain, negated):
        assert rates(direction, lambda text, answers=answers: (answers.get(text, ""),))["negation"] == 0


def test_training_has_never_seen_the_things_of_the_suite():
    things = [*tables.EMOJI, *tables.ADDRESSES, *tables.MAILBOXES, *tables.HANDLES]
    assert not set(things) & set(augment.THINGS)
    assert not {name[0] for name in tables.CHINESE_FAMILIES} & {name[0] for name in names.SURNAMES}
    assert not set("".join(name[:2] for name in tables.CHINESE_GIVEN)) & {name[0] for name in names.GIVEN}


def test_every_text_is_asked_once():
    asked = []

    def translate(texts):
        asked.extend(texts)
        return [said(text, "") for text in texts]

    run(QUICK, Direction("en", "fr"), translate)
    assert len(asked) == len(set(asked)) > 900


def test_words_are_without_case_and_marks_and_chinese_ones_are_characters():
    assert words("L’EAU, c'est  Bon ! ２") == ["l", "eau", "c", "est", "bon", "2"]
    assert words("我有3本书。") == ["我", "有", "3", "本", "书"]
    assert likeness(words("a b c d"), words("d b x a")) == 0.75
    assert likeness([], []) == 0


def test_a_loop_is_what_comes_back_more_often_than_in_the_source():
    assert is_loop("a", "the cat and the dog and the dog")
    assert not is_loop("a b, a b", "the cat, the cat")
    assert not is_loop("a", "nous nous voyons")
    assert is_loop("a", "nous nous nous voyons")
    assert is_loop("书", "好的好的好的")
    assert not is_loop("书", "一个一个")
    assert not is_loop("very very very good", "très très très très bon")
    assert is_loop("very very very good", "très très très très très bon")


def test_a_sentence_without_an_end_does_not_end_by_itself():
    for pieces, ends in [(("▁a", END_PIECE), True), (("▁a",), False), ((), False)]:
        best = Hypothesis(target="a", target_pieces=pieces, log_probs=(), score=0.0, attention=None)
        sentence = Sentence(source="a", source_pieces=("▁a",), hypotheses=(best,))
        assert ends_by_itself(replace(said("a", "a"), sentences=(sentence,))) is ends


def test_the_guide_names_every_behaviour_with_what_it_asks():
    rows = re.findall(r"^\| (.+?) \| (MFT|INV|DIR) \| (.+) \|$", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert rows == [(behaviour.name, behaviour.kind, behaviour.asks) for behaviour in BEHAVIOURS]


@shipped_directions
def test_no_phrasebook_teaches_a_case_but_greetings_and_single_words(direction):
    taught = set()
    for path in PHRASEBOOKS.glob("*.tsv"):
        taught |= {bare(text) for line in path.read_text(encoding="utf-8").splitlines() for text in line.split("\t")}
    asked = {
        bare(line.source): behaviour.name
        for behaviour in QUICK
        if behaviour.name not in ("greetings", "single words")
        for case in behaviour.cases(direction)
        for line in filter(None, (case.line, case.plain))
    }
    assert {text: name for text, name in asked.items() if text in taught} == {}


def bare(text):
    return text.lower().strip(" .?!。？！")
