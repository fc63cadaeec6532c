"""Pairs from where they lie: read as they are, line by line, and no faulty line passed over in silence."""

import gzip
import sys
import types

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.corpora import Faults, Pair, read_corpus, read_lines
from s2s.errors import ConfigError, DataError
from s2s.recipe_sections import CorpusConfig
from s2s.toys import make_reversals

PAIRS = make_reversals(200, seed=3)


def read(faults=None, max_characters=2000, **corpus):
    named = {name: str(value) for name, value in corpus.items()}
    return list(read_corpus(CorpusConfig(**named), max_characters, faults))


@pytest.fixture
def pairs_file(tmp_path):
    """Writes pairs.tsv: its path."""

    def write(content):
        path = tmp_path / "pairs.tsv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def two_files(tmp_path):
    """Writes one file a side: the settings that name them."""

    def write(source, target, **others):
        contents = {"source": source, "target": target, **others}
        for name, content in contents.items():
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return {name: tmp_path / name for name in contents}

    return write


# --- what is there ---


def test_pairs_come_as_they_stand_in_their_file(pairs_file):
    assert read(file=pairs_file("a b\tç d\n日本\t😀\n")) == [("a b", "ç d", ""), ("日本", "😀", "")]


def test_blanks_line_ends_and_further_columns_are_left_aside(pairs_file):
    path = pairs_file(b" a \t b \tCC-BY\t\xff\r\nc\td")
    assert read(file=path) == [("a", "b", ""), ("c", "d", "")]


@pytest.mark.parametrize("break_", ["\u2028", "\r", "\x0b", "\x85", "\u2028\u2029"])
def test_a_line_end_of_another_kind_inside_a_side_is_a_blank(pairs_file, break_):
    ((source, _, _),) = read(file=pairs_file(f"a{break_}b\tc\n"))
    assert source.split() == ["a", "b"]
    assert len(source.splitlines()) == 1


def test_a_gzipped_file_reads_like_a_plain_one(tmp_path):
    path = tmp_path / "pairs.tsv.gz"
    path.write_bytes(gzip.compress("a\té\n".encode()))
    assert read(file=path) == [("a", "é", "")]


@pytest.mark.parametrize("packed", [False, True])
def test_two_files_are_read_side_by_side(tmp_path, packed):
    ending = ".gz" if packed else ""
    for name, lines in (("en", "a\nb c\n"), ("fr", "x\ty\r\nz")):
        content = gzip.compress(lines.encode()) if packed else lines.encode()
        (tmp_path / (name + ending)).write_bytes(content)
    pairs = read(source=tmp_path / f"en{ending}", target=tmp_path / f"fr{ending}")
    assert pairs == [("a", "x y", ""), ("b c", "z", "")]


def test_links_stand_beside_their_pairs(two_files, pairs_file, tmp_path):
    (tmp_path / "links").write_text("0-0 1-2 \n\n 10-3\r\n", encoding="utf-8")
    expected = [("a", "b", "0-0 1-2"), ("c", "d", ""), ("e", "f", "10-3")]
    assert read(file=pairs_file("a\tb\nc\td\ne\tf\n"), links=tmp_path / "links") == expected
    assert read(**two_files("a\nc\ne\n", "b\nd\nf\n"), links=tmp_path / "links") == expected


def test_a_reversed_corpus_has_its_sides_and_links_turned(two_files):
    corpus = CorpusConfig(
        reverse=True, **{k: str(v) for k, v in two_files("a b\nc\n", "d e f\ng\n", links="0-0 1-2\n\n").items()}
    )
    assert list(read_corpus(corpus, 99)) == [("d e f", "a b", "0-0 2-1"), ("g", "c", "")]


def test_a_tag_stands_before_each_source_and_links_move_with_it(two_files):
    named = {name: str(path) for name, path in two_files("a b\n", "c\n", links="1-0\n").items()}
    assert list(read_corpus(CorpusConfig(tag="to fr:", **named), 99)) == [("to fr: a b", "c", "3-0")]
    assert list(read_corpus(CorpusConfig(tag="de:", reverse=True, **named), 99)) == [("de: c", "a b", "1-1")]


def test_traditional_characters_are_rewritten_on_request(pairs_file):
    path = str(pairs_file("I love books.\t我愛書。\n"))
    assert list(read_corpus(CorpusConfig(file=path), 99)) == [("I love books.", "我愛書。", "")]
    assert list(read_corpus(CorpusConfig(file=path, simplified=True), 99)) == [("I love books.", "我爱书。", "")]


def test_nothing_is_read_before_it_is_asked_for(pairs_file):
    path = pairs_file("a\tb\nno tab\n")
    pairs = read_corpus(CorpusConfig(file=str(path)), 2000)
    assert next(pairs) == Pair("a", "b")
    with pytest.raises(DataError, match="line 2"):
        next(pairs)


def test_an_empty_file_has_no_pairs(pairs_file):
    assert read(file=pairs_file("")) == []


# --- faulty lines ---


FAULTY = {
    "no tab": (b"no tab", "expected source, tab, target"),
    "blank": (b"", "expected source, tab, target"),
    "no source": (b"\tx", "an empty side"),
    "no target": (b"x\t \tlicence", "an empty side"),
    "line ends alone": ("\u2028\tx".encode(), "an empty side"),
    "broken UTF-8": (b"\xff\tx", "not UTF-8 text"),
    "half a character": (b"x\t\xed\xa0\x80", "not UTF-8 text"),
    "UTF-16": ("ab\tc".encode("utf-16"), "not UTF-8 text"),
    "long source": (b"x" * 51 + b"\ty", "a side of more than 50 characters"),
    "long target": (b"x\t" + b"y" * 51, "a side of more than 50 characters"),
}


@pytest.mark.parametrize(("line", "fault"), FAULTY.values(), ids=FAULTY)
def test_a_faulty_line_is_refused_with_its_file_and_number(pairs_file, line, fault):
    path = pairs_file(b"a\tb\n" + line + b"\nc\td\n")
    with pytest.raises(DataError, match=rf'pairs\.tsv, line 2: {fault}; found .*faulty_lines = "skip"'):
        read(file=path, max_characters=50)


@pytest.mark.parametrize(("line", "fault"), FAULTY.values(), ids=FAULTY)
def test_a_faulty_line_is_skipped_counted_and_named_on_request(pairs_file, line, fault):
    faults = Faults()
    pairs = read(faults, 50, file=pairs_file(b"a\tb\n" + line + b"\nc\td\n" + line + b"\n"))
    assert pairs == [("a", "b", ""), ("c", "d", "")]
    assert str(faults) == f"2 × {fault} (line 2, 4)"


def test_a_side_may_be_as_long_as_the_limit(pairs_file):
    assert read(file=pairs_file("x" * 50 + "  \t" + "é" * 50), max_characters=50)


@pytest.mark.parametrize("links", ["0", "0-", "-0", "a-b", "0-0 1:1", "0-0-0", "0--1", "٣-٣", "\xff"])
def test_links_that_are_none_are_refused_or_skipped(pairs_file, tmp_path, links):
    path = pairs_file("a\tb\nc\td\n")
    (tmp_path / "links").write_bytes(b"0-0\n" + links.encode("utf-8") + b"\n")
    corpus = {"file": path, "links": tmp_path / "links"}
    with pytest.raises(DataError, match=r"pairs\.tsv, line 2: links that are not like 0-0 1-2"):
        read(**corpus)
    faults = Faults()
    assert read(faults, **corpus) == [("a", "b", "0-0")]
    assert str(faults) == "1 × links that are not like 0-0 1-2 (line 2)"


@pytest.mark.parametrize("links", ["0-0\t1-1", "9" * 5000 + "-0"])
def test_links_are_fit_for_the_prepared_file(pairs_file, tmp_path, links):
    (tmp_path / "links").write_text(links + "\n", encoding="utf-8")
    faults = Faults()
    for pair in read(faults, file=pairs_file("a b\tc d\n"), links=tmp_path / "links"):
        assert "\t" not in pair.links
        assert all(int(number) < 10**9 for link in pair.links.split() for number in link.split("-"))


def test_nul_is_no_text(pairs_file):
    faults = Faults()
    assert read(faults, file=pairs_file(b"a\0b\tc\nd\te\n")) == [("d", "e", "")]
    assert sum(faults.kinds.values()) == 1


def test_kinds_of_faults_are_told_apart_and_only_the_first_lines_of_each_are_named(pairs_file):
    faults = Faults()
    path = pairs_file(b"x\n" * 3 + b"\ty\n" + b"x\n" * 1200 + b"\xff\ty\n")
    assert read(faults, file=path) == []
    assert str(faults) == (
        "1,203 × expected source, tab, target (line 1, 2, 3, 5, 6, …); 1 × an empty side (line 4); "
        "1 × not UTF-8 text (line 1205)"
    )


def test_a_corpus_without_faults_says_nothing(pairs_file):
    faults = Faults()
    read(faults, file=pairs_file("a\tb\n"))
    assert (str(faults), len(faults.kinds)) == ("", 0)


lines = st.lists(st.binary(max_size=12).filter(lambda line: b"\n" not in line), max_size=12)


@given(lines=lines)
def test_whatever_bytes_a_file_has_each_line_is_a_pair_or_a_fault(tmp_path_factory, lines):
    path = tmp_path_factory.mktemp("bytes") / "pairs.tsv"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    faults = Faults()
    pairs = read(faults, 8, file=path)
    assert len(pairs) + sum(faults.kinds.values()) == len(lines)
    for pair in pairs:
        assert all(0 < len(side) <= 8 and side == side.strip() for side in pair[:2])
        assert all("\t" not in side and len(side.splitlines()) == 1 for side in pair[:2])


# --- faulty files ---


@pytest.mark.parametrize("faults", [None, Faults()], ids=["refuse", "skip"])
def test_files_of_different_lengths_are_an_error_whatever_is_done_with_faulty_lines(two_files, faults):
    sides = two_files("a\nb\nc\n", "x\ny\n")
    with pytest.raises(DataError, match=r"source and .*target must have the same number of lines.* before line 3"):
        read(faults, **sides)
    with pytest.raises(DataError, match=r"links must have the same number of lines.* before line 2"):
        read(faults, **two_files("a\nb\n", "x\ny\n", links="0-0\n"))
    with pytest.raises(DataError, match=r"links must have the same number of lines.* before line 3"):
        read(faults, **two_files("a\nb\n", "x\ny\n", links="0-0\n\n0-0\n"))


PACKED = gzip.compress("".join(f"{pair.source}\t{pair.target}\n" for pair in PAIRS).encode())
BROKEN = {
    "not gzip": b"a\tb\n",
    "truncated": PACKED[:-20],
    "wrong checksum": PACKED[:-8] + b"\0" * 8,
    "damaged": PACKED[:200] + b"\xff" * 50 + PACKED[250:],
}


@pytest.mark.parametrize("faults", [None, Faults()], ids=["refuse", "skip"])
@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_gzip_file_is_named(tmp_path, content, faults):
    path = tmp_path / "pairs.tsv.gz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"pairs\.tsv\.gz cannot be read after line \d+"):
        read(faults, file=path)


@pytest.mark.parametrize("missing", ["file", "source", "target", "links"])
def test_a_missing_file_is_named(two_files, pairs_file, tmp_path, missing):
    sides = {"file": pairs_file("a\tb\n")} if missing in ("file", "links") else two_files("a\n", "b\n")
    with pytest.raises(DataError, match=r"there is no file .*nowhere"):
        read(**sides | {missing: tmp_path / "nowhere"})


def test_a_file_that_breaks_off_is_named_with_its_last_whole_line(tmp_path):
    path = tmp_path / "pairs.tsv.gz"
    path.write_bytes(BROKEN["not gzip"])
    with pytest.raises(DataError, match=r"cannot be read after line 0: Not a gzipped file"):
        read(file=path)
    path.write_bytes(PACKED[:-4])  # the checksum stands at the end
    with pytest.raises(DataError, match="cannot be read after line 200: "):
        read(file=path)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(DataError, match="there is no file"):
        read(file=tmp_path)


def test_lines_are_split_at_line_feeds_alone(tmp_path):
    path = tmp_path / "lines.txt"
    path.write_bytes("a\u2028b\r\n\nc\x0bd".encode())
    assert list(read_lines(path)) == ["a\u2028b", "", "c\x0bd"]


@pytest.mark.parametrize("content", [b"a\n\xff\n", None])
def test_lines_that_cannot_be_read_are_an_error(tmp_path, content):
    path = tmp_path / "lines.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=r"lines\.txt"):
        list(read_lines(path))


# --- data sets of the Hub ---


@pytest.fixture
def hub(monkeypatch):
    """A `datasets` library whose one data set has these rows; it keeps what it was asked for, and what was read."""
    library = types.ModuleType("datasets")
    library.rows, library.asked, library.given = [], [], []

    def load_dataset(*arguments, **options):
        library.asked.append((arguments, options))
        for row in library.rows:
            if isinstance(row, Exception):
                raise row
            library.given.append(row)
            yield row

    library.load_dataset = load_dataset
    monkeypatch.setitem(sys.modules, "datasets", library)
    return library


OPUS = {"hub": "owner/opus", "source": "translation.en", "target": "translation.fr"}


def test_a_hub_data_set_is_streamed_by_its_columns(hub):
    hub.rows = [{"id": 1, "translation": {"en": " a ", "fr": "b"}}, {"id": 2, "translation": {"en": "c", "fr": "d"}}]
    pairs = read_corpus(CorpusConfig(**OPUS, hub_split="validation"), 2000)
    assert next(pairs) == Pair("a", "b")
    assert len(hub.given) == 1
    assert list(pairs) == [("c", "d", "")]
    assert hub.asked == [(("owner/opus", None), {"split": "validation", "streaming": True})]


def test_a_subset_of_a_hub_data_set_is_asked_for_by_its_name(hub):
    list(read_corpus(CorpusConfig(**OPUS, hub_subset="en-fr"), 2000))
    assert hub.asked == [(("owner/opus", "en-fr"), {"split": "train", "streaming": True})]


def test_columns_need_not_be_nested(hub):
    hub.rows = [{"text": "a", "translation": "b"}]
    assert read(hub="owner/name", source="text", target="translation") == [("a", "b", "")]


def test_tabs_and_line_ends_inside_a_hub_row_are_blanks(hub):
    hub.rows = [{"x": "one\ttwo\nthree\r\nfour", "y": "\n\tfive\n"}]
    assert read(hub="owner/name", source="x", target="y") == [("one two three four", "five", "")]


def test_a_faulty_hub_row_is_refused_or_skipped_too(hub):
    hub.rows = [{"x": "a", "y": "b"}, {"x": " ", "y": "c"}]
    corpus = {"hub": "owner/name", "source": "x", "target": "y"}
    with pytest.raises(DataError, match="owner/name, line 2: an empty side"):
        read(**corpus)
    faults = Faults()
    assert read(faults, **corpus) == [("a", "b", "")]
    assert str(faults) == "1 × an empty side (line 2)"


def test_a_hub_row_without_a_text_is_faulty(hub):
    hub.rows = [{"x": None, "y": "b"}, {"x": "a", "y": "b"}]
    faults = Faults()
    assert read(faults, hub="owner/name", source="x", target="y") == [("a", "b", "")]


@pytest.mark.parametrize("name", ["translation.de", "translation.en.x", "sentence"])
def test_a_column_that_is_not_there_names_those_that_are(hub, name):
    hub.rows = [{"id": 1, "translation": {"en": "a", "fr": "b"}}]
    with pytest.raises(DataError, match=rf"no column {name}; its columns: id, translation"):
        read(**OPUS | {"target": name})


@pytest.mark.parametrize("error", [FileNotFoundError("no such set"), ValueError("bad split"), ConnectionError("down")])
def test_a_data_set_that_cannot_be_read_is_named(hub, error):
    hub.rows = [{"translation": {"en": "a", "fr": "b"}}, error]
    with pytest.raises(DataError, match=f"owner/opus cannot be read from the Hub: {error}"):
        read(**OPUS)


def test_without_the_library_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(ConfigError, match="need the `datasets` library: pip install datasets"):
        read(**OPUS)


# --- the made task ---


def test_reversals_are_different_reversed_and_repeatable():
    assert len(set(PAIRS)) == len(PAIRS) == 200
    assert all(target == source[::-1] for source, target, _ in PAIRS)
    assert make_reversals(200, seed=3) == PAIRS
    assert make_reversals(200, seed=4) != PAIRS
