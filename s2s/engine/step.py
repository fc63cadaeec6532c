"""One step of the decoder as a graph: the wirings of s2s.model.decoder, and what they share."""

import numpy as np
from onnx import TensorProto

from s2s.config import ModelConfig
from s2s.engine.attention import attend, fixed_context
from s2s.engine.cells import Weights, gate_order, layer_weights, recur
from s2s.engine.encoder import embedded_pieces
from s2s.engine.graph import Array, Graph, Value


def step_graph(config: ModelConfig, weights: Weights, *, quantized: bool, signed: bool) -> Graph:
    """Predicts one more piece of each hypothesis.

    Its inputs are `previous` [N], the `state_0` … of s2s.model.decoder, [N, …], what its attention reads of a memory
    of B sentences, the `pieces` [B, S] of a model that copies, and `given` [B, K, S] or [1, 1, 1]. Its outputs are the
    `log_probs` [N, V]; the weights `attention` [B, K, S], if it has some; p_gen as `generated` [N], if it copies; and
    the new state, `next_0` …, without what attention that looks back hands on, which follows from those weights.
    """
    step = Step(config, weights, Graph("step", quantized=quantized, signed=signed))
    if config.wiring == "stacked":
        features = _stacked(step)
    elif config.attention in ("none", "bahdanau", "location"):
        features = _bahdanau(step)
    else:
        features = _luong(step)
    return step.finished(features)


class Step:
    """A step in the making: the state so far, and what a wiring puts together."""

    def __init__(self, config: ModelConfig, weights: Weights, graph: Graph) -> None:
        """Begin with what a step is given."""
        self.config = config
        self.graph = graph
        self.layers = range(config.decoder_layers)
        self._weights = weights
        self._pieces = embedded_pieces(config, weights)
        self._previous = self.graph.input("previous", "N", dtype=TensorProto.INT64)
        self._states = [self._layer_state(number) for number in self.layers]
        self._attention: Value | None = None
        self._attentional: list[Value] = []
        self._gate: Value | None = None

    def _layer_state(self, number: int) -> list[Value]:
        sizes = [self.config.hidden_size] * (2 if self.config.cell == "lstm" else 1)
        return self.graph.split(self.graph.input(f"state_{number}", "N", sum(sizes)), *sizes)

    def other_state(self, *shape: str | int) -> Value:
        """What a step hands to the next beside the states of its layers."""
        return self.graph.input(f"state_{len(self.layers)}", *shape)

    def output(self, number: int) -> Value:
        """What a layer wrote last, [N, H]: a step ago until it moves."""
        return self._states[number][0]

    def look(self, query: Value) -> Value:
        """The context [N, M] for a query [N, H]."""
        if self.config.attention == "none":
            return fixed_context(self.graph, self.config, self._previous)
        before = self.other_state("N", "S") if self.config.looks_back else None
        context, weights = attend(self.graph, self.config, self._weights, query, before)
        self._attention = weights
        return context

    def move(self, number: int, *values: Value) -> Value:
        """One step of a layer, which reads `values`, the lowest one the piece before them; its output [N, H]."""
        order = gate_order(self.config.cell)
        layer = f"decoder.layers.{number}.layer"
        input_matrix, state_matrix, input_bias, state_bias = layer_weights(self._weights, layer, order)
        pieces = self.config.embedding_size if number == 0 else 0
        from_input = self._linear(values, input_matrix[:, pieces:], input_bias, input_matrix[:, :pieces])
        from_state = self.graph.linear(self.output(number), state_matrix, state_bias)
        size, state = self.config.hidden_size, self._states[number]
        self._states[number] = recur(self.graph, self.config.cell, size, from_input, from_state, state)
        return self.output(number)

    def combine(self, output: Value, context: Value) -> Value:
        """The features tanh(W [output; context; y]), [N, E]; y is the piece, which only some wirings read here."""
        if self.config.copy:
            self._gate = self._read("decoder.gate", context, output)  # in the order of their weights
        return self.graph.tanh(self._read("decoder.combine", output, context))

    def _read(self, layer: str, *values: Value) -> Value:
        """W [values; y] + b; y is the piece, as far as W is wide enough for it."""
        matrix, bias = self._weights[f"{layer}.weight"], self._weights[f"{layer}.bias"]
        width = len(values) * self.config.hidden_size
        return self._linear(values, matrix[:, :width], bias, matrix[:, width:])

    def _linear(self, values: tuple[Value, ...], matrix: Array, bias: Array, piece_matrix: Array) -> Value:
        """The sum matrix @ [values] + piece_matrix @ y + bias; y is looked up, already multiplied."""
        graph = self.graph
        if piece_matrix.shape[1] == 0:
            return graph.linear(graph.concat(*values), matrix, bias)
        table = self._pieces @ piece_matrix.T
        table += bias
        from_piece = graph.lookup(table, self._previous)
        return graph.add(from_piece, graph.linear(graph.concat(*values), matrix)) if values else from_piece

    def hand_on(self, attentional: Value) -> None:
        """Let the next step read Luong's vector [N, E] too."""
        self._attentional = [attentional]

    def finished(self, features: Value) -> Graph:
        """The whole graph, once `features` [N, E] are known."""
        graph = self.graph
        logits = graph.linear(features, self._weights["embedding.weight"], self._weights["output_bias"])
        generated: Value | None = None
        if self._gate and self._attention:
            log_probs, generated = self._mixed(logits, self._attention, self._gate)
        else:
            log_probs = graph.apply("LogSoftmax", logits, axis=-1)
        found = {"log_probs": log_probs, "attention": self._attention, "generated": generated}
        graph.output(**{name: value for name, value in found.items() if value})
        states = [graph.concat(*parts) for parts in self._states]
        graph.output(**{f"next_{number}": state for number, state in enumerate([*states, *self._attentional])})
        return graph

    def _mixed(self, logits: Value, attention: Value, gate: Value) -> tuple[Value, Value]:
        """The log_probs [N, V] of generating or copying, and p_gen [N]."""
        graph = self.graph
        # σ(g) and 1 - σ(g), each [N, 1]; the library's own σ is wrong by half where it is near 0.
        shares = graph.apply("Softmax", graph.concat(gate, graph.subtract(gate, gate)), axis=-1)
        generated, copied = graph.split(shares, 1, 1)
        pieces = graph.input("pieces", "B", "S", dtype=TensorProto.INT64)
        length = graph.sizes(pieces, 1, 2)
        spread = graph.apply("Expand", graph.unsqueeze(pieces, 1), graph.sizes(attention, 0, 3))
        ids, weights = graph.reshape(spread, -1, length), graph.reshape(attention, -1, length)  # [N, S]
        vocabulary = graph.multiply(graph.apply("Softmax", logits, axis=-1), generated)
        pointed = graph.multiply(weights, copied)
        both = graph.apply("ScatterElements", vocabulary, ids, pointed, axis=1, reduction="add")
        above_0 = graph.apply("Max", both, graph.constant(np.float32(np.finfo(np.float32).tiny)))
        return graph.apply("Log", above_0), graph.reshape(generated, -1)


def _stacked(step: Step) -> Value:
    """The context enters above the first layer."""
    output = step.move(0)
    context = step.look(output)
    for number in step.layers[1:]:
        output = step.move(number, output, context)
    return step.combine(output, context)


def _bahdanau(step: Step) -> Value:
    """Look, then move."""
    context = step.look(step.output(-1))
    output = step.move(0, context)
    for number in step.layers[1:]:
        output = step.move(number, output, context)
    return step.combine(output, context)


def _luong(step: Step) -> Value:
    """Move, then look."""
    output = step.move(0, step.other_state("N", step.config.embedding_size))
    for number in step.layers[1:]:
        output = step.move(number, output)
    features = step.combine(output, step.look(output))
    step.hand_on(features)
    return features
