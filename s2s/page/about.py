"""About: what one sees here, the chapter, the models with their scores and licences, and how programs ask them."""

from s2s import __version__
from s2s.page import chapter
from s2s.page.parts import part, said
from s2s.page.programs import models


def build() -> None:
    """Lay out the screen (drawn by assets/about.js)."""
    part("about", said(models()), version=__version__, chapter=chapter.address())
