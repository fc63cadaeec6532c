"""A visitor's file: chosen, translated, saved."""

import pytest
from playwright.sync_api import expect

from s2s.page.words import ENGLISH
from tests.browser.test_translate import load, opened


@pytest.fixture
def visitor(page):
    """The page with the place for files open."""
    opened(page)
    page.click("#file-pane summary")
    return page


def expected(texts):
    return [translation.target for translation in load("en-fr").translate_batch(texts)]


def test_a_text_comes_back_translated_and_a_broken_line_is_named(visitor, tmp_path):
    path = tmp_path / "letter.txt"
    path.write_bytes(b"Good morning.\n\nI am \xff tired.\nI love you.\n")
    visitor.set_input_files("#file", path)
    with visitor.expect_download() as waiting:
        visitor.click("#file-go")
    assert waiting.value.suggested_filename == "letter.fr.txt"
    first, last = expected(["Good morning.", "I love you."])
    assert waiting.value.path().read_text(encoding="utf-8") == f"{first}\n\nI am \ufffd tired.\n{last}\n"
    said = visitor.locator("#file-pane [role=status] p")
    expect(said.first).to_have_text(ENGLISH["file_done"].format(name="letter.fr.txt", total=2))
    expect(said.last).to_have_text("3: byte 6 is no UTF-8")


def test_a_column_of_a_table_is_chosen(visitor, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text('id,"text"\n1,I love you.\n', encoding="utf-8")
    visitor.set_input_files("#file", path)
    visitor.select_option("#column", "text")
    with visitor.expect_download() as waiting:
        visitor.click("#file-go")
    (target,) = expected(["I love you."])
    assert waiting.value.path().read_text(encoding="utf-8") == f"id,text,translation\n1,I love you.,{target}\n"


def test_a_long_file_shows_its_progress_and_can_be_stopped(visitor, tmp_path):
    path = tmp_path / "long.txt"
    path.write_text("".join(f"I did not know that you had {n} dogs.\n" for n in range(5000)), encoding="utf-8")
    visitor.set_input_files("#file", path)
    visitor.click("#file-go")
    visitor.locator("#file-pane [role=status]", has_text="s left").wait_for()
    visitor.wait_for_function("document.querySelector('#file-pane progress').value > 0")
    visitor.click("#file-stop")
    visitor.get_by_text(ENGLISH["file_stopped"]).wait_for()
    # Another one can follow.
    path.write_text("I love you.", encoding="utf-8")
    visitor.set_input_files("#file", path)
    with visitor.expect_download() as waiting:
        visitor.click("#file-go")
    assert waiting.value.path().read_text(encoding="utf-8").splitlines() == expected(["I love you."])
