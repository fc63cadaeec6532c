"""Files are written whole or not at all."""

import pytest

from s2s.files import write_text_whole, write_together, write_whole


def fail_half_way(temporary):
    temporary.write_text("half", encoding="utf-8")
    raise OSError("no space left")


def test_a_file_is_written_with_its_folders(tmp_path):
    write_text_whole(tmp_path / "a" / "b" / "c.txt", "é\n")
    assert (tmp_path / "a" / "b" / "c.txt").read_bytes() == "é\n".encode()


def test_a_failed_write_keeps_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "c.txt"
    write_text_whole(path, "old")
    with pytest.raises(OSError, match="no space left"):
        write_whole(path, fail_half_way)
    assert [each.name for each in tmp_path.iterdir()] == ["c.txt"]
    assert path.read_text(encoding="utf-8") == "old"


def test_no_reader_sees_half_a_file(tmp_path):
    path = tmp_path / "c.txt"
    write_text_whole(path, "old")

    def look(temporary):
        temporary.write_text("ne", encoding="utf-8")
        assert path.read_text(encoding="utf-8") == "old"
        temporary.write_text("new", encoding="utf-8")

    write_whole(path, look)
    assert path.read_text(encoding="utf-8") == "new"


def test_files_that_belong_together_are_written_all_or_none(tmp_path):
    names = ["a.txt", "b.txt"]

    def write(text):
        return {name: lambda path: path.write_text(text, encoding="utf-8") for name in names}

    write_together(tmp_path, write("old"))
    with pytest.raises(OSError, match="no space left"):
        write_together(tmp_path, write("new") | {"c.txt": fail_half_way})
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == dict.fromkeys(names, "old")
    write_together(tmp_path, write("new"))
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == dict.fromkeys(names, "new")
