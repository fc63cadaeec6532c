"""Made dates: each text says its date, whichever language wrote it."""

from datetime import date

import pytest

from s2s.dates import make_dates

PAIRS = make_dates(4000, seed=1)


def test_every_target_is_a_date_and_every_source_stands_there_once():
    assert len({pair.source for pair in PAIRS}) == len(PAIRS) == 4000
    assert {date.fromisoformat(pair.target).isoformat() for pair in PAIRS} == {pair.target for pair in PAIRS}


def test_the_same_seed_gives_the_same_dates():
    assert make_dates(50, seed=3) == make_dates(50, seed=3) != make_dates(50, seed=4)


def test_the_numbers_of_a_text_are_those_of_its_date():
    for source, target, _ in PAIRS:
        numbers = {int(number) for number in "".join(c if c.isascii() and c.isdigit() else " " for c in source).split()}
        year, month, day = map(int, target.split("-"))
        assert numbers <= {year, year % 100, month, day}, (source, target)


@pytest.mark.parametrize(
    "part",
    [
        "March",
        "mars",
        "März",
        "marzo",
        "年3月",
        "三月",
        "Mar ",
        "1er ",
        "1st",
        "22nd",
        "3rd",
        "el ",
        "den ",
        "the ",
        "/24",
    ],
)
def test_every_language_and_form_is_there(part):
    assert any(part in source for source, _, _ in PAIRS)


def test_a_date_in_chinese_characters_is_read_as_one():
    twenty = [source for source, target, _ in PAIRS if target.endswith("-20") and "二十" in source]
    assert all(source[-3:] in ("二十日", "二十号") for source in twenty)
    assert not any("十〇" in source or "一十" in source for source, *_ in PAIRS)
