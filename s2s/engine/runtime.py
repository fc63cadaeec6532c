"""A model as ONNX Runtime computes it, on one thread of the CPU for each call."""

from functools import cache

import numpy as np
import onnxruntime
import torch
from torch import Tensor

from s2s.engine.graph import Array, Graph
from s2s.engine.graphs import graphs_of
from s2s.model import Memory, Prediction, Seq2Seq, State, check_source
from s2s.model.encoder import halved

WIDTH = 64
"""Numbers that every kernel multiplies in its widest registers."""
NONE_GIVEN = np.full((1, 1, 1), np.nan, np.float32)


class OnnxEngine:
    """Encodes, starts and steps as `Seq2Seq` does, with tensors of the CPU.

    It keeps nothing of a request, so that many threads may share one; while it computes, the others may run.
    """

    def __init__(self, model: Seq2Seq, *, quantized: bool = True) -> None:
        """Copy the weights of `model`: those of a step in 8 bits, or, if not `quantized`, in 32 as all others."""
        self.config = model.config
        graphs = graphs_of(model, quantized=quantized, signed=has_signed_products())
        self._encoder, self._starter, self._stepper = (
            open_session(graphs[name]) for name in ("encode", "start", "step")
        )
        read = [value.name for value in self._stepper.get_inputs()]
        self._memory_parts = [name for name in ("keys", "states", "mask", "last", "pieces") if name in read]
        self._has_attentional = f"state_{self.config.decoder_layers}" in read and not self.config.looks_back

    def encode(self, source: Tensor, mask: Tensor) -> Memory:
        """Read a batch of sources into a memory.

        Args:
            source: ids [B, S], or frames [B, S, F] for a model with a `frame_size`.
            mask: [B, S], True at real pieces or frames.

        Raises:
            S2SError: the source is not of the model's kind.
        """
        check_source(self.config, source, mask)
        source = source.long() if self.config.frame_size is None else source.float()
        lengths = mask.sum(dim=1, dtype=torch.int32)
        states, last, *keys = run(self._encoder, {"source": source.numpy(), "lengths": lengths.numpy()})
        if self.config.attention == "none":
            keys = [states[:, :, :0]]
        of_states, pieces = halved(mask, self.config.pyramid_layers), source if self.config.copy else None
        return Memory(states, keys[0] if keys else states, of_states, last, pieces)

    def start(self, memory: Memory) -> State:
        """The decoder's state before the first step, each tensor [B, …]."""
        layers = run(self._starter, {"last": memory.last.numpy()})
        if self.config.looks_back:
            looked = torch.zeros(memory.mask.shape)
            if self.config.attention == "location":
                looked[:, 0] = 1
            return *layers, looked
        if self._has_attentional:
            return *layers, torch.zeros(len(memory.last), self.config.embedding_size)
        return tuple(layers)

    def step(self, previous: Tensor, state: State, memory: Memory) -> Prediction:
        """Predict one more piece of each hypothesis.

        Args:
            previous: the pieces y_{t-1}, ids [N]; the N / B hypotheses of a sentence stand side by side.
            state: the decoder's state, each tensor [N, …].
            memory: the encoded source of B sentences.
        """
        feeds = {"previous": previous.numpy()}
        for number, part in enumerate(state):
            feeds[f"state_{number}"] = part.numpy()
        for name in self._memory_parts:
            feeds[name] = getattr(memory, name).numpy()
        if self.config.attention == "none":
            log_probs, *states = run(self._stepper, feeds)
            return Prediction(log_probs, None, tuple(states))
        batch, length = memory.mask.shape
        feeds["given"] = NONE_GIVEN if memory.given is None else memory.given.reshape(batch, -1, length).numpy()
        log_probs, weights, *states = run(self._stepper, feeds)
        attention, generated = weights.view(-1, length), states.pop(0) if self.config.copy else None
        if self.config.looks_back:
            states.append(state[-1] + attention if self.config.coverage else attention)
        return Prediction(log_probs, attention, tuple(states), generated)


@cache
def has_signed_products() -> bool:
    """Whether this CPU multiplies signed weights of 8 bits rightly; where it has AVX2 without VNNI, sums overflow."""
    graph = Graph("greatest", quantized=True, signed=True)
    graph.output(sums=graph.linear(graph.input("ones", "N", WIDTH), np.ones((WIDTH, WIDTH), np.float32)))
    session = open_session(graph)
    few_and_many = (run(session, {"ones": np.ones((rows, WIDTH), np.float32)})[0] for rows in (1, 16))
    return all(bool(((sums - WIDTH).abs() < 1).all()) for sums in few_and_many)


def open_session(graph: Graph) -> onnxruntime.InferenceSession:
    """Make ready to run a graph, on the thread that asks."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # hardly any shape comes twice, and a plan for each would stay
    options.enable_cpu_mem_arena = False  # what one large batch took would stay too
    options.log_severity_level = 3  # errors only
    weights = [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in graph.weights.values()]
    options.add_external_initializers(list(graph.weights), weights)
    return onnxruntime.InferenceSession(graph.serialized(), options, providers=["CPUExecutionProvider"])


def run(session: onnxruntime.InferenceSession, feeds: dict[str, Array]) -> list[Tensor]:
    """All outputs of a session, in their order."""
    return [torch.from_numpy(output) for output in session.run(None, feeds)]
