"""The recurrent cells as graphs: a whole sequence for the encoder, a single step for the decoder.

PyTorch and ONNX keep the same gates in another order.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from s2s.config import CellKind
from s2s.engine.graph import Array, Graph, Value

Weights = Mapping[str, Array]
"""The weights of a model by their names in its state_dict."""

OPERATORS = {"rnn": "RNN", "lstm": "LSTM", "gru": "GRU"}
ONNX_ORDER = {"rnn": (0,), "lstm": (0, 3, 1, 2), "gru": (1, 0, 2)}
"""For each gate in ONNX's order, its place in PyTorch's."""
SIGMOIDS_FIRST = (0, 1, 3, 2)
"""Of an LSTM: input, forget, output; then the new cell, which is a tanh."""


def ordered(gates: Array, order: tuple[int, ...]) -> Array:
    """The rows of all gates, one gate after the other, in another order."""
    parts = np.split(gates, len(order))
    return np.concatenate([parts[place] for place in order])


def layer_weights(weights: Weights, layer: str, order: tuple[int, ...]) -> tuple[Array, Array, Array, Array]:
    """What a layer multiplies its inputs and its state with, W_ih and W_hh, and the biases of both, b_ih and b_hh."""
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    input_matrix, state_matrix, input_bias, state_bias = (ordered(weights[f"{layer}.{name}"], order) for name in names)
    return input_matrix, state_matrix, input_bias, state_bias


def read_sequence(
    graph: Graph, cell: CellKind, weights: Weights, directions: list[str], inputs: Value, lengths: Value
) -> tuple[Value, Value]:
    """Read sources from end to end, in each direction, from a zero state.

    Args:
        graph: to which the nodes are added.
        cell: of the layer.
        weights: of the model.
        directions: the names of what reads forwards and, if there is one, of what reads backwards.
        inputs: [S, B, input].
        lengths: real positions of each row, [B].

    Returns:
        states [S, directions, B, units], and where the reading ended, [directions, B, units].
    """
    rows = [layer_weights(weights, name, ONNX_ORDER[cell]) for name in directions]
    input_matrices = np.stack([row[0] for row in rows])
    state_matrices = np.stack([row[1] for row in rows])
    biases = np.stack([np.concatenate(row[2:]) for row in rows])
    # Of a GRU: the reset gate is applied to U h + b as in PyTorch, not to h.
    attributes: dict[str, Any] = {"linear_before_reset": 1} if cell == "gru" else {}
    constants = [graph.constant(values) for values in (input_matrices, state_matrices, biases)]
    states, last = graph.apply_several(
        OPERATORS[cell],
        2,
        inputs,
        *constants,
        lengths,
        hidden_size=state_matrices.shape[2],
        direction="bidirectional" if len(directions) == 2 else "forward",
        **attributes,
    )
    return states, last


def gate_order(cell: CellKind) -> tuple[int, ...]:
    """The order in which `recur` wants the gates, as places in PyTorch's."""
    return {"rnn": (0,), "lstm": SIGMOIDS_FIRST, "gru": (0, 1, 2)}[cell]


def recur(
    graph: Graph, cell: CellKind, size: int, from_input: Value, from_state: Value, parts: list[Value]
) -> list[Value]:
    """One step of a layer.

    Args:
        graph: to which the nodes are added.
        cell: of the layer.
        size: units of the layer, H.
        from_input: W_ih x + b_ih, [N, gates H], in `gate_order`.
        from_state: W_hh h + b_hh, [N, gates H].
        parts: the state, whose first part is the output h [N, H]; an LSTM's second one is the cell.

    Returns:
        the parts of the new state.
    """
    match cell:
        case "rnn":
            return [graph.tanh(graph.add(from_input, from_state))]
        case "lstm":
            return _recur_lstm(graph, size, graph.add(from_input, from_state), parts[1])
        case "gru":
            return [_recur_gru(graph, size, from_input, from_state, parts[0])]


def _recur_lstm(graph: Graph, size: int, gates: Value, before: Value) -> list[Value]:
    opening, new = graph.split(gates, 3 * size, size)
    take, forget, give = graph.split(graph.sigmoid(opening), size, size, size)
    after = graph.add(graph.multiply(forget, before), graph.multiply(take, graph.tanh(new)))
    return [graph.multiply(give, graph.tanh(after)), after]


def _recur_gru(graph: Graph, size: int, from_input: Value, from_state: Value, before: Value) -> Value:
    opening, new = graph.split(from_input, 2 * size, size)
    opening_state, new_state = graph.split(from_state, 2 * size, size)
    reset, update = graph.split(graph.sigmoid(graph.add(opening, opening_state)), size, size)
    new = graph.tanh(graph.add(new, graph.multiply(reset, new_state)))
    # n + z (h - n) is (1 - z) n + z h
    return graph.add(new, graph.multiply(update, graph.subtract(before, new)))
