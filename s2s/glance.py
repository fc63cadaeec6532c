"""What a model that is still learning writes, and where it looks."""

from s2s.config import SearchConfig
from s2s.data import pad
from s2s.model import Seq2Seq
from s2s.readout import read_sentence
from s2s.result import Sentence
from s2s.search import search
from s2s.text import PieceModel


def glance(model: Seq2Seq, pieces: PieceModel, text: str, longest: int) -> Sentence:
    """Translate `text` greedily, up to so many pieces: a model that knows nothing yet writes on and on."""
    source = pieces.read(text)
    config = SearchConfig(beam_size=1, alternatives=0, max_length=longest)
    *_, trace = search(model, *pad([source.ids]), config)
    return read_sentence(text, source, trace, 0, config, pieces)
