"""Forms for programs: JSON, CSV, NumPy, word links."""

import csv
import io
import json

import numpy as np

from s2s.alignment import links_of
from s2s.alignment import to_pharaoh as write_links
from s2s.downloads.picture import Picture
from s2s.errors import DataError
from s2s.words import merge_attention, words_of_pieces


def to_json(picture: Picture) -> str:
    """The whole result as in Python and in the API, with what is shown of it; `read_json` reads it."""
    values = picture.translation.to_plain() | {"shown": picture.shown()}
    return json.dumps(values, ensure_ascii=False, indent=1)


def to_csv(picture: Picture) -> str:
    """The weights as a table, the origin in comments before it; the shortest numbers that name the same float32."""
    grid, file = picture.grid(), io.StringIO()
    for name, value in picture.origin().items():
        file.write(f"# {name}: {json.dumps(value, ensure_ascii=False)}\n")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["", *grid.sources])
    writer.writerows([name, *map(str, row)] for name, row in zip(grid.targets, grid.weights, strict=True))
    return file.getvalue()


def to_npz(picture: Picture) -> bytes:
    """NumPy arrays without pickle: `attention` [T, S], `source`, `target`, `log_probs`, and `origin` as JSON."""
    grid, file = picture.grid(), io.BytesIO()
    np.savez_compressed(
        file,
        attention=grid.weights,
        source=np.array(grid.sources),
        target=np.array(grid.targets),
        log_probs=np.array(picture.hypothesis.log_probs),
        origin=np.array(json.dumps(picture.origin(), ensure_ascii=False)),
    )
    return file.getvalue()


def to_pharaoh(picture: Picture) -> str:
    """One line a sentence, `0-0 1-2`: each target word and the source word that it looks at most, from 0.

    The form has no room for an origin: the file's name has it.
    """
    lines = []
    for sentence in picture.translation.sentences:
        attention = sentence.best.attention
        if attention is None:
            raise DataError(f"The model {picture.translation.model} has no attention, which links come from.")
        source, target = words_of_pieces(sentence.source_pieces), words_of_pieces(sentence.best.target_pieces)
        lines.append(write_links(links_of(merge_attention(attention, source, target))))
    return "".join(f"{line}\n" for line in lines)
