"""The chapter as the page shows it: all formulas, tables and pictures of the Markdown, no link that leads nowhere."""

import re
import shutil
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from s2s.chapter import CHAPTER, DOCS, chapter_files
from s2s.page import chapter
from s2s.page.doors import find_door
from s2s.page.formulas import mathml
from s2s.page.markdown import render

MATH = re.compile(r"<math .*?</math>", flags=re.DOTALL)
# Letters and signs of a formula of which no LaTeX was left over.
PLAIN = re.compile(r"[^\\{}_$&#]*")


def shown(text):
    return render(text, DOCS, "seen/here")


def words_of(markup):
    """The letters of a formula, as they follow one another."""
    return "".join(ElementTree.fromstring(markup).itertext())


def formulas_of(text):
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    blocks = re.findall(r"\$\$(.*?)\$\$", text, flags=re.DOTALL)
    text = re.sub(r"\$\$.*?\$\$|`[^`]*`", "", text, flags=re.DOTALL)
    return blocks, re.findall(r"\$([^$]+)\$", text)


@pytest.mark.parametrize("name", CHAPTER.values())
def test_every_formula_table_code_and_picture_of_the_text_is_shown(name):
    text = (DOCS / name).read_text(encoding="utf-8")
    html = shown(text)
    blocks, inline = formulas_of(text)
    formulas = MATH.findall(html)
    assert len(formulas) == len(blocks) + len(inline) > 40
    assert len([each for each in formulas if 'display="block"' in each]) == len(blocks)
    for formula in formulas:
        assert PLAIN.fullmatch(words_of(formula)), formula
    assert html.count("<table>") == len(re.findall(r"^\| ---", text, flags=re.MULTILINE))
    assert html.count("<pre") == text.count("```python")
    assert re.findall(r'<img src="seen/here/([^"]+)"', html) == re.findall(r"!\[.*?\]\((.*?)\)", text)
    assert "$" not in MATH.sub("", html)


@pytest.mark.parametrize("name", CHAPTER.values())
def test_links_lead_to_headings_of_the_text_or_to_its_other_language(name):
    html = shown((DOCS / name).read_text(encoding="utf-8"))
    anchors = re.findall(r'<h[2-5] id="([^"]+)"', html)
    assert len(anchors) == len(set(anchors))
    links = [unquote(link) for link in re.findall(r'<a href="#([^"]*)"', html)]
    assert html.count("<a ") == len(links)
    assert set(links) - {"chapter"} <= set(anchors)
    assert {"chapter"} < set(links)


@pytest.mark.parametrize(
    ("latex", "letters"),
    [
        (r"\frac{\exp(e_{ti})}{\sum_{j} \exp(e_{tj})}", "exp(eti)∑jexp(etj)"),
        (r"g_t \sim \mathrm{Bernoulli}(\varepsilon)", "gt∼Bernoulli(ε)"),
        (r"y_{<t} \mid x", "y<t∣x"),
        (r"q_t \cdot h_i / \sqrt{d}", "qt·hi/d"),
    ],
)
def test_a_formula_says_what_its_latex_says(latex, letters):
    assert words_of(mathml(latex)) == letters


def test_names_of_functions_have_space_but_not_before_a_bracket():
    tags = [[each.tag.split("}")[1] for each in row] for row in (row_of(r"E \log p"), row_of(r"E \tanh(c)"))]
    assert tags[0] == ["mi", "mspace", "mi", "mspace", "mi"]
    assert tags[1] == ["mi", "mspace", "mi", "mo", "mi", "mo"]


def row_of(latex):
    [row] = ElementTree.fromstring(mathml(latex))
    return row


def test_a_name_in_upright_letters_is_one_word():
    names = [each.text for each in ElementTree.fromstring(mathml(r"\mathrm{softmax}(x)")).iter() if each.text]
    assert names == ["softmax", "(", "x", ")"]


def test_what_is_small_has_no_space_around_its_signs():
    minus = next(each for each in ElementTree.fromstring(mathml("h_{i-1} - 1")).iter() if each.text == "−")
    assert (minus.get("lspace"), minus.get("rspace")) == ("0", "0")


def test_markup_in_the_text_is_text_and_links_elsewhere_are_words():
    html = shown("<b>x</b> [page](page.md) [code](../s2s/text.py) [off](https://example.org) [at](#a-b)")
    assert html == '<p>&lt;b&gt;x&lt;/b&gt; page code off <a href="#chapter-a-b">at</a></p>\n'


def test_headings_stand_below_those_of_the_page_and_have_anchors():
    html = shown("# Exposure bias, measured\n\n## 注意力的种类\n")
    assert html == '<h2 id="chapter-exposure-bias-measured">Exposure bias, measured</h2>\n' + (
        '<h3 id="chapter-注意力的种类">注意力的种类</h3>\n'
    )


def test_a_picture_has_its_size_before_it_comes():
    html = shown("![The share of right pieces](exposure.png)")
    assert re.search(r'alt="The share of right pieces" width="\d+" height="\d+" loading="lazy"', html)
    assert html.startswith("<figure>")


@pytest.fixture
def client():
    return TestClient(Starlette(routes=chapter.routes()))


def test_the_server_has_the_text_of_each_language_and_the_pictures_and_no_other_file(client):
    for language, words in (("en", "The encoder"), ("zh", "编码器")):
        answer = client.get(f"/{chapter.address()}/{language}.html")
        assert answer.status_code == 200
        assert words in answer.text
        assert "immutable" in answer.headers["cache-control"]
    picture = client.get(f"/{chapter.address()}/exposure.png")
    assert picture.content == (DOCS / "exposure.png").read_bytes()
    for name in ("page.png", "seq2seq.md", "trust.md", "fr.html", "%2e%2e%2fapp.py"):
        assert client.get(f"/{chapter.address()}/{name}").status_code == 404
    assert find_door("GET", f"/{chapter.address()}/en.html")[0].kind == "file"


def test_a_chapter_that_lacks_a_text_or_a_picture_is_not_offered(tmp_path):
    assert chapter_files(tmp_path / "no") == []
    for file in chapter_files():
        shutil.copy(file, tmp_path)
    whole = chapter_files(tmp_path)
    assert [file.name for file in whole[:2]] == list(CHAPTER.values())
    for file in whole:
        away = file.rename(tmp_path / "away")
        assert chapter_files(tmp_path) == []
        away.rename(file)
