"""The chapter of docs/: its text in both languages, and the pictures that stand in it."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
CHAPTER = {"en": "seq2seq.md", "zh": "seq2seq.zh.md"}
"""The file of each language."""

PICTURE = re.compile(r"!\[[^]]*\]\(([\w-]+\.png)\)")


def chapter_files(docs: Path = DOCS) -> list[Path]:
    """The files of the chapter: its texts, then their pictures; none unless all of them are there."""
    files = [docs / name for name in CHAPTER.values()]
    if not all(file.is_file() for file in files):
        return []
    names = {name for file in files for name in PICTURE.findall(file.read_text(encoding="utf-8"))}
    files += [docs / name for name in sorted(names)]
    return files if all(file.is_file() for file in files) else []
