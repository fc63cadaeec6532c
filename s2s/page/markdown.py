"""Markdown of docs/ to HTML that stands in the page: formulas in MathML, wide things in frames that scroll."""

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.anchors.index import slugify
from mdit_py_plugins.dollarmath import dollarmath_plugin

from s2s.chapter import CHAPTER
from s2s.page.formulas import mathml

ANCHOR = "chapter"
"""The address of the chapter in the page, and what those of its headings begin with."""
QUOTATION = "— `"
"""How a paragraph begins that quotes a line of the package."""


def render(text: str, folder: Path, address: str) -> str:
    """The HTML of a Markdown text; HTML in it is shown as text.

    Headings are a level lower, below the page's own. Links lead to headings and to the other language; other files
    have no address that the page knows, so that a link to one is the words that it stands on.

    Args:
        text: Markdown with `$…$` and `$$…$$`.
        folder: where its pictures are.
        address: where the server has them.
    """
    markdown = MarkdownIt("js-default").use(dollarmath_plugin, allow_labels=False)
    markdown.use(anchors_plugin, max_level=4, slug_func=lambda title: f"{ANCHOR}-{slugify(title)}")
    for name, rule in RULES.items():
        markdown.add_render_rule(name, rule)
    tokens = markdown.parse(text)
    for place, token in enumerate(tokens):
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{int(token.tag[1:]) + 1}"
        elif token.type == "inline":
            token.children = list(_linked(token.children or []))
            _shape(tokens[place - 1], token, tokens[place + 1])
    return str(markdown.renderer.render(tokens, markdown.options, {"folder": folder, "address": address}))


def _shape(opening: Token, inline: Token, closing: Token) -> None:
    """A paragraph that is a picture, or quotes the package, says so."""
    if [child.type for child in inline.children or []] == ["image"]:
        opening.tag = closing.tag = "figure"
    elif inline.content.startswith(QUOTATION):
        opening.attrSet("class", "quotation")


def _linked(children: Sequence[Token]) -> Iterator[Token]:
    """The parts of a line with the links that lead somewhere in the page, and without the others."""
    languages = {name: language for language, name in CHAPTER.items()}
    leads = False
    for child in children:
        if child.type == "link_open":
            target = str(child.attrGet("href"))
            leads = target.startswith("#") or target in languages
            if target in languages:
                child.attrs = {"href": f"#{ANCHOR}", "hreflang": languages[target], "lang": languages[target]}
            elif leads:
                child.attrSet("href", f"#{ANCHOR}-{target[1:]}")
        if leads or child.type not in ("link_open", "link_close"):
            yield child


def _math_inline(self: Any, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    return mathml(tokens[place].content)


def _math_block(self: Any, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    return f'<div class="formula scroll">{mathml(tokens[place].content, is_block=True)}</div>\n'


def _fence(self: Any, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    return f'<pre class="scroll"><code>{escape(tokens[place].content)}</code></pre>\n'


def _table_open(self: Any, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    return '<div class="scroll"><table>\n'


def _table_close(self: Any, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    return "</table></div>\n"


def _image(self: Any, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    name, words = str(tokens[place].attrGet("src")), escape(tokens[place].content)
    width, height = _size(env["folder"] / name)
    return (
        f'<div class="scroll"><img src="{env["address"]}/{escape(name)}" alt="{words}" width="{width}" '
        f'height="{height}" loading="lazy"></div><figcaption aria-hidden="true">{words}</figcaption>'
    )


def _size(png: Path) -> tuple[int, int]:
    """Width and height of a picture (PNG specification, 11.2.1): its place is kept while it comes."""
    with png.open("rb") as file:
        head = file.read(24)
    return int.from_bytes(head[16:20]), int.from_bytes(head[20:24])


RULES = {
    "math_inline": _math_inline,
    "math_block": _math_block,
    "fence": _fence,
    "table_open": _table_open,
    "table_close": _table_close,
    "image": _image,
}
"""What is written otherwise than markdown-it does."""
