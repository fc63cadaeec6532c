"""LaTeX to MathML, which browsers set and readers of screens say: latex2mathml, and what TeX does beyond it."""

from collections.abc import Iterator
from html import unescape
from xml.etree.ElementTree import Element, tostring

from latex2mathml.converter import convert_to_element

THIN = "0.167em"
"""What TeX puts beside the name of a function."""
OPERATORS = {"~": "∼", ";": ";", ":": ":"}
"""What latex2mathml takes for identifiers: as operators they have space around them. The first is `\\sim`."""
OPENING = frozenset("([{|")
SPACED = frozenset({"mo", "munder", "munderover"})
"""Elements that have space behind them anyway."""
SCRIPTED = frozenset({"msub", "msup", "msubsup", "munder", "munderover"})
"""Elements whose first part carries the others as indices and exponents."""


def mathml(latex: str, *, is_block: bool = False) -> str:
    """The markup of a formula, without the `$` around it."""
    root = convert_to_element(latex, display="block" if is_block else "inline")
    elements = list(root.iter())
    for element in elements:
        element.text = unescape(element.text or "")
    for element in elements:
        _mend(element)
    return tostring(root, encoding="unicode")


def _mend(element: Element) -> None:
    if element.tag == "mi" and element.text in OPERATORS:
        element.tag, element.text = "mo", OPERATORS[element.text]
    elif element.tag == "mover":
        element.set("accent", "true")
    elif element.tag == "mrow" and len(element) > 1 and all(each.get("mathvariant") == "normal" for each in element):
        name = Element("mi")  # of several letters, so upright
        name.text = "".join(each.text or "" for each in element)
        element[:] = [name]
    elif element.tag in SCRIPTED:  # TeX sets what is small without space
        for operator in (each for script in element[1:] for each in script.iter("mo")):
            operator.attrib |= {"lspace": "0", "rspace": "0"}
    elif element.tag == "mrow":
        element[:] = list(_spaced(list(element)))


def _spaced(row: list[Element]) -> Iterator[Element]:
    """The elements of a row, with space before and behind the names of functions; none before a bracket."""
    for place, element in enumerate(row):
        is_function = element.tag == "mi" and len(element.text or "") > 1
        if is_function and place and row[place - 1].tag not in SPACED:
            yield Element("mspace", width=THIN)
        yield element
        if is_function and row[place + 1 :] and row[place + 1].text not in OPENING:
            yield Element("mspace", width=THIN)
