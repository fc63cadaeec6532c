"""The encoder, and the decoder's state before the first step, as graphs: in 32 bits, since each runs once a source."""

import numpy as np
from onnx import TensorProto

from s2s.config import ModelConfig
from s2s.engine.cells import Weights, read_sequence
from s2s.engine.graph import Array, Graph, Value


def encoder_graph(config: ModelConfig, weights: Weights) -> Graph:
    """Reads a batch of sources.

    Its inputs are `source`, ids [B, S] or frames [B, S, F], and `lengths` [B]; its outputs are the `states` [B, S', M],
    `last`, where the reading ended [B, M], and, of an attention kind that projects the states, the `keys` [B, S', A].
    S' is S, halved and rounded up by each layer of a pyramid.
    """
    graph = Graph("encode")
    states = _embedded(graph, config, weights)
    lengths = graph.input("lengths", "B", dtype=TensorProto.INT32)
    for number in range(config.encoder_layers):
        if number >= config.encoder_layers - config.pyramid_layers:
            states, lengths = _neighbours(graph, config, states), _halved(graph, lengths)
        directions = ["forwards", "backwards"] if config.bidirectional else ["forwards"]
        layers = [f"encoder.layers.{number}.{direction}.layer" for direction in directions]
        both, end = read_sequence(graph, config.cell, weights, layers, states, lengths)
        states = graph.reshape(graph.transpose(both, 0, 2, 1, 3), 0, 0, config.hidden_size)  # [S, B, M]
    states = graph.transpose(states, 1, 0, 2)
    graph.output(states=states, last=graph.reshape(graph.transpose(end, 1, 0, 2), 0, config.hidden_size))
    projection = key_projection(config, weights)
    if projection is not None:
        graph.output(keys=graph.linear(states, *projection))
    return graph


def _neighbours(graph: Graph, config: ModelConfig, states: Value) -> Value:
    """States [S, B, M], zeros beyond the end of a row, side by side with the next one: [S/2, B, 2 M]."""
    odd = graph.apply("Mod", graph.sizes(states, 0, 1), graph.constant([2]))
    more = graph.concat(graph.constant([0, 0, 0]), odd, graph.constant([0, 0]))  # rows at the end of the first axis
    even = graph.apply("Pad", states, more)
    pairs = graph.reshape(even, -1, 2, graph.sizes(states, 1, 2), config.hidden_size)
    return graph.reshape(graph.transpose(pairs, 0, 2, 1, 3), 0, 0, 2 * config.hidden_size)


def _halved(graph: Graph, lengths: Value) -> Value:
    """Half of the `lengths` [B], rounded up."""
    one, two = (graph.constant(np.array([number], np.int32)) for number in (1, 2))
    return graph.apply("Div", graph.add(lengths, one), two)


def _embedded(graph: Graph, config: ModelConfig, weights: Weights) -> Value:
    """The source as the lowest layer reads it, [S, B, E]."""
    if config.frame_size is None:
        ids = graph.transpose(graph.input("source", "B", "S", dtype=TensorProto.INT64), 1, 0)
        return graph.lookup(embedded_pieces(config, weights), ids)
    frames = graph.transpose(graph.input("source", "B", "S", config.frame_size), 1, 0, 2)
    return graph.linear(frames, weights["frames.weight"], weights["frames.bias"])


def embedded_pieces(config: ModelConfig, weights: Weights) -> Array:
    """Every piece as a recurrent layer reads it, [V, E]."""
    pieces: Array = weights["embedding.weight"] * config.embedding_size**0.5
    return pieces


def key_projection(config: ModelConfig, weights: Weights) -> tuple[Array, Array | None] | None:
    """The matrix [A, M] and the bias [A] that make keys of states; None where the states are the keys, or unused."""
    home = "decoder.attention"
    match config.attention:
        case "none" | "luong-dot" | "scaled-dot":
            return None
        case "luong-general":
            return weights[f"{home}.key.weight"], None
        case "luong-concat":
            return weights[f"{home}.both.weight"][:, -config.hidden_size :], None
        case "bahdanau" | "location":
            return weights[f"{home}.key.weight"], weights[f"{home}.key.bias"]


def start_graph(config: ModelConfig, weights: Weights) -> Graph:
    """From `last` [B, M]: `state_0` …, of each decoder layer before the first step, s_0 = tanh(W c)."""
    graph = Graph("start")
    last = graph.input("last", "B", config.hidden_size)
    for number in range(config.decoder_layers):
        bridge = f"decoder.bridges.{number}"
        first = graph.tanh(graph.linear(last, weights[f"{bridge}.weight"], weights[f"{bridge}.bias"]))
        graph.output(**{f"state_{number}": first})
    return graph
