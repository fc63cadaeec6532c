"""The encoder-decoder: recurrent layers, attention, encoder, decoder, and the whole.

Letters in shape comments: B batch, S source, T target, H hidden, E embedding, A attention, M memory, V vocabulary,
K beam. Attention is always [batch, target, source].

Modules hold parameters only. What belongs to one request travels in arguments and results, so that many visitors can
share one model. Training differs from use in one argument: a random generator, from which dropout draws.
"""

from s2s.model.attention import Memory
from s2s.model.decoder import State
from s2s.model.seq2seq import Seq2Seq

__all__ = ["Memory", "Seq2Seq", "State"]
