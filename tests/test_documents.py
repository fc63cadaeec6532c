"""Files of text: what comes back is the file that was given, with its texts translated."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.documents import MOST_BYTES, Segment, read_document
from s2s.errors import DataError

SUBTITLES = """1
00:00:01,000 --> 00:00:02,500
Hello there.

2
00:00:03,000 --> 00:00:04,000
I love
you.

broken block
without times

3
00:00:05,000 --> 00:00:06,000
Good bye.
"""


def shouted(document):
    """All of a document in capitals."""
    return document.written({segment.line: segment.text.upper() for segment in document.segments})


def test_a_text_comes_back_line_by_line():
    document = read_document("a.TXT", "\ufeffOne.\r\n\r\n  Two.\nThree.".encode())
    assert document.segments == [Segment(1, "One."), Segment(3, "  Two."), Segment(4, "Three.")]
    assert shouted(document) == "ONE.\n\n  TWO.\nTHREE.\n"


def test_a_line_without_a_translation_stays_as_it_was():
    document = read_document("a.txt", b"One.\nTwo.\n")
    assert document.written({2: "Deux."}) == "One.\nDeux.\n"


def test_a_line_that_is_no_utf_8_is_named_and_the_others_are_taken():
    document = read_document("a.txt", b"One.\nTw\xff\nThree.")
    assert document.broken == {2: "byte 3 is no UTF-8"}
    assert [segment.line for segment in document.segments] == [1, 3]
    assert shouted(document) == "ONE.\nTw\ufffd\nTHREE.\n"


def test_subtitles_keep_their_numbers_and_times():
    document = read_document("a.srt", SUBTITLES.encode())
    assert document.segments == [Segment(3, "Hello there."), Segment(7, "I love you."), Segment(15, "Good bye.")]
    assert list(document.broken) == [10]
    assert "no line of times" in document.broken[10]
    expected = SUBTITLES.replace("Hello there.", "HELLO THERE.").replace("I love\nyou.", "I LOVE YOU.")
    assert shouted(document) == expected.replace("Good bye.", "GOOD BYE.")


TABLE = 'id,text,note\n1,One.,a\n2,"Two, and\nmore.",b\n\n3\n4,,c\n5,"Five ""5"".",d\n'


def test_a_table_gets_a_column_more():
    document = read_document("a.csv", TABLE.encode(), column="text")
    assert document.segments == [Segment(2, "One."), Segment(3, "Two, and\nmore."), Segment(8, 'Five "5".')]
    assert document.broken == {6: "there is no column 2: the row has 1"}
    rows = list(csv.reader(io.StringIO(shouted(document))))
    assert rows == [
        ["id", "text", "note", "translation"],
        ["1", "One.", "a", "ONE."],
        ["2", "Two, and\nmore.", "b", "TWO, AND\nMORE."],
        ["3", ""],
        ["4", "", "c", ""],
        ["5", 'Five "5".', "d", 'FIVE "5".'],
    ]


def test_tabs_separate_the_cells_of_a_tsv():
    document = read_document("a.tsv", b"a\tb\nx, y\tz\n")
    assert document.segments == [Segment(2, "x, y")]
    assert shouted(document) == "a\tb\ttranslation\nx, y\tz\tX, Y\n"


cells = st.text(st.sampled_from("ab ,\"\n'\té中"), max_size=6)


@given(rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=5))
def test_the_cells_of_any_table_stay_as_they_are(rows):
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([("first", "second"), *rows])
    try:
        document = read_document("a.csv", file.getvalue().encode())
    except DataError:
        assert not any(first.strip() for first, _ in rows)
        return
    kept = [list(row) for row in rows if any(cell.strip() for cell in row)]
    assert [row[:2] for row in csv.reader(io.StringIO(shouted(document)))][1:] == kept


@pytest.mark.parametrize(
    ("name", "content", "column", "said"),
    [
        ("a.exe", b"x", "", r"one of \.txt, \.csv, \.tsv, \.srt; got 'a\.exe'"),
        ("a", b"x", "", "got 'a'"),
        ("a.txt", b"x" * (MOST_BYTES + 1), "", "1,000,001 bytes; at most 1,000,000"),
        ("a.txt", b"\n \n", "", "There is no text in 'a.txt'"),
        ("a.txt", b"", "", "There is no text"),
        ("a.srt", b"no times", "", "There is no text"),
        ("a.csv", b"a,b\n1,2\n", "c", "There is no column 'c'. The file has: a, b"),
        ("a.csv", b"a,b\n", "", "There is no text"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_with_a_reason(name, content, column, said):
    with pytest.raises(DataError, match=said):
        read_document(name, content, column)
