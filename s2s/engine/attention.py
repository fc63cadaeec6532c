"""One step of attention as a graph: a_ti and c_t for the K hypotheses of each of B sentences."""

import numpy as np
from onnx import TensorProto

from s2s.config import ModelConfig
from s2s.engine.cells import Weights
from s2s.engine.graph import Graph, Value

HOME = "decoder.attention"


def fixed_context(graph: Graph, config: ModelConfig, previous: Value) -> Value:
    """The context [N, M] without attention: c of each sentence, for all of its hypotheses."""
    last = graph.input("last", "B", config.hidden_size)
    hypotheses = graph.reshape(previous, graph.sizes(last, 0, 1), -1, 1)
    repeated = graph.apply("Expand", graph.unsqueeze(last, 1), graph.sizes(hypotheses, 0, 3))
    return graph.reshape(repeated, -1, config.hidden_size)


def attend(
    graph: Graph, config: ModelConfig, weights: Weights, query: Value, before: Value | None
) -> tuple[Value, Value]:
    """Weigh every source position.

    Args:
        graph: to which the nodes are added, and the parts of the memory as its inputs.
        config: the shape of the model.
        weights: of the model.
        query: what the decoder asks with, [N, H].
        before: of attention that looks back, what the step before handed on, [N, S].

    Returns:
        the context [N, M] and the weights [B, K, S].
    """
    keys = graph.input("keys", "B", "S", config.hidden_size)
    states = graph.input("states", "B", "S", config.hidden_size)
    mask = graph.input("mask", "B", "S", dtype=TensorProto.BOOL)
    given = graph.input("given", "given B", "given K", "given S")
    scores = _scores(graph, config, weights, query, keys, before)
    seen = graph.apply("Where", graph.unsqueeze(mask, 1), scores, graph.constant(np.float32(-np.inf)))
    own = graph.apply("Softmax", seen, axis=-1)
    used = graph.apply("Where", graph.apply("IsNaN", given), own, given)
    return graph.reshape(graph.product(used, states), -1, config.hidden_size), used


def _scores(
    graph: Graph, config: ModelConfig, weights: Weights, query: Value, keys: Value, before: Value | None
) -> Value:
    """Scores [B, K, S]; s2s.model.attention_kinds says where each comes from."""
    size, batch = config.hidden_size, graph.sizes(keys, 0, 1)
    match config.attention:
        case "luong-dot" | "luong-general":
            return graph.product_transposed(graph.reshape(query, batch, -1, size), keys)
        case "scaled-dot":
            return graph.product_transposed(graph.reshape(query, batch, -1, size), keys, scale=size**-0.5)
        case "luong-concat":
            matrix = weights[f"{HOME}.both.weight"][:, :size]
        case _:
            matrix = weights[f"{HOME}.query.weight"]
    wanted = graph.reshape(graph.linear(query, matrix), batch, -1, 1, size)
    inner = graph.add(wanted, graph.unsqueeze(keys, 1))  # [B, K, S, A]
    if before is not None:
        inner = graph.add(inner, (_covered if config.coverage else _located)(graph, config, weights, keys, before))
    vector = graph.constant(weights[f"{HOME}.vector.weight"].T.copy())
    return graph.apply("Squeeze", graph.product(graph.tanh(inner), vector), graph.constant([-1]))


def _located(graph: Graph, config: ModelConfig, weights: Weights, keys: Value, before: Value) -> Value:
    """L f_t, [B, K, S, A]."""
    filters = graph.constant(weights[f"{HOME}.filters.weight"])
    reach = config.location_width // 2
    seen = graph.apply("Conv", graph.unsqueeze(before, 1), filters, pads=[reach, reach])  # [N, filters, S]
    matrix = graph.constant(weights[f"{HOME}.location.weight"].T.copy())
    located = graph.product(graph.transpose(seen, 0, 2, 1), matrix)
    batch, length = graph.sizes(keys, 0, 1), graph.sizes(keys, 1, 2)
    return graph.reshape(located, batch, -1, length, config.hidden_size)


def _covered(graph: Graph, config: ModelConfig, weights: Weights, keys: Value, before: Value) -> Value:
    """w_c c_t, [B, K, S, A]."""
    batch, length = graph.sizes(keys, 0, 1), graph.sizes(keys, 1, 2)
    looked = graph.reshape(before, batch, -1, length, 1)
    return graph.multiply(looked, graph.constant(weights[f"{HOME}.covered.weight"].T.copy()))
