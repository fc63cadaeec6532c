"""One step of the decoder as a graph: the wirings of s2s.model.decoder, and what they share."""

from onnx import TensorProto

from s2s.config import ModelConfig
from s2s.engine.attention import attend, fixed_context
from s2s.engine.cells import Weights, gate_order, layer_weights, recur
from s2s.engine.encoder import embedded_pieces
from s2s.engine.graph import Array, Graph, Value


def step_graph(config: ModelConfig, weights: Weights, *, quantized: bool) -> Graph:
    """Predicts one more piece of each hypothesis.

    Its inputs are `previous` [N], the `state_0` … of s2s.model.decoder, [N, …], what its attention reads of a memory
    of B sentences, and `given` [B, K, S] or [1, 1, 1]. Its outputs are the log_probs [N, V]; the weights [B, K, S], if
    it has attention; and the new state, without what `location` attention hands on, which is those weights.
    """
    step = Step(config, weights, quantized)
    if config.wiring == "stacked":
        features = _stacked(step)
    elif config.attention in ("none", "bahdanau", "location"):
        features = _bahdanau(step)
    else:
        features = _luong(step)
    return step.finished(features)


class Step:
    """A step in the making: the state so far, and what a wiring puts together."""

    def __init__(self, config: ModelConfig, weights: Weights, quantized: bool) -> None:
        """Begin with what a step is given."""
        self.config = config
        self.graph = Graph("step", quantized=quantized)
        self.layers = range(config.decoder_layers)
        self._weights = weights
        self._pieces = embedded_pieces(config, weights)
        self._previous = self.graph.input("previous", "N", dtype=TensorProto.INT64)
        self._states = [self._layer_state(number) for number in self.layers]
        self._attention: list[Value] = []
        self._attentional: list[Value] = []

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
        before = self.other_state("N", "S") if self.config.attention == "location" else None
        context, weights = attend(self.graph, self.config, self._weights, query, before)
        self._attention = [weights]
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

    def combine(self, *values: Value) -> Value:
        """The features tanh(W [values; y]), [N, E]; y is the piece, which only some wirings read here."""
        matrix, bias = self._weights["decoder.combine.weight"], self._weights["decoder.combine.bias"]
        width = len(values) * self.config.hidden_size
        return self.graph.tanh(self._linear(values, matrix[:, :width], bias, matrix[:, width:]))

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
        states = [graph.concat(*parts) for parts in self._states]
        graph.output(graph.apply("LogSoftmax", logits, axis=-1), *self._attention, *states, *self._attentional)
        return graph


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
