"""The encoder-decoder: recurrent layers, attention, encoder, decoder, and the whole.

Letters in shape comments: B batch, S source, T target, H hidden, E embedding, F numbers in a frame, A attention,
M memory, V vocabulary, K beam. Attention is always [batch, target, source].

Modules hold parameters only. What belongs to one request travels in arguments and results, so that many visitors can
share one model. Training differs from use in one argument: a random generator, from which dropout draws.
"""

from s2s.model.attention import Memory, State
from s2s.model.decoder import Decoder, build_decoder
from s2s.model.encoder import Encoder
from s2s.model.seq2seq import Prediction, Seq2Seq, check_source

__all__ = ["Decoder", "Encoder", "Memory", "Prediction", "Seq2Seq", "State", "build_decoder", "check_source"]
