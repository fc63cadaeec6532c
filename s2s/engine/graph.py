"""A small language for ONNX graphs: a value is a name, and a method adds the node that computes it.

Products with weights are done in 8 bits where a graph is `quantized`. All that such a product reads lies in [-1, 1],
so one fixed scale fits every row of every batch, and no row changes what another one gets.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

Array = npt.NDArray[Any]
Value = str

OPSETS = {"": 21, "com.microsoft": 1}
IR_VERSION = 10
LEVELS = 127
"""Steps of 8 bits between 0 and 1."""
SMALL_BYTES = 1024
"""Constants below this stand in the model; larger ones are handed over beside it, uncopied."""
SMALLEST = np.float32(1e-30)
"""What counts as more than 0 in a weight."""
ZERO = np.uint8(128)
"""What stands for 0 where numbers are unsigned."""


class Graph:
    """A graph in the making; shapes in the methods' docstrings follow numpy."""

    def __init__(self, name: str, *, quantized: bool = False, signed: bool = False) -> None:
        """Begin an empty graph.

        Args:
            name: of the graph.
            quantized: whether it multiplies with weights in 8 bits and keeps tables in 16.
            signed: whether those 8 bits have a sign. The products are the same, and with AMX several times as quick;
                but some CPUs overflow (`runtime.has_signed_products`), so unsigned ones are for all.
        """
        self.quantized = quantized
        self.signed = signed
        self._name = name
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self.weights: dict[str, Array] = {}
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._in_8_bits: dict[Value, Value] = {}

    def input(self, name: str, *shape: str | int, dtype: int = TensorProto.FLOAT) -> Value:
        """What a run is given by this name; a word in `shape` stands for any number."""
        self._inputs.append(helper.make_tensor_value_info(name, dtype, shape))
        return name

    def output(self, **values: Value) -> None:
        """Give these values back, each by its name, after those before them."""
        for name, value in values.items():
            self._nodes.append(helper.make_node("Identity", [value], [name]))
            self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))

    def constant(self, values: Array | np.generic | list[int]) -> Value:
        """A value known now."""
        array, name = np.asarray(values), f"constant_{len(self._constants)}"
        if array.nbytes < SMALL_BYTES:
            self._constants.append(numpy_helper.from_array(array, name))
            return name
        place = onnx.StringStringEntryProto(key="location", value="memory")
        kind = helper.np_dtype_to_tensor_dtype(array.dtype)
        self._constants.append(
            TensorProto(
                name=name, data_type=kind, dims=array.shape, data_location=TensorProto.EXTERNAL, external_data=[place]
            )
        )
        self.weights[name] = np.ascontiguousarray(array)
        return name

    def apply(self, operator: str, *inputs: Value, domain: str = "", **attributes: Any) -> Value:
        """The single result of an operator."""
        return self.apply_several(operator, 1, *inputs, domain=domain, **attributes)[0]

    def apply_several(
        self, operator: str, results: int, *inputs: Value, domain: str = "", **attributes: Any
    ) -> list[Value]:
        """The first results of an operator."""
        names = [f"{operator}_{len(self._nodes)}_{number}" for number in range(results)]
        self._nodes.append(helper.make_node(operator, inputs, names, domain=domain, **attributes))
        return names

    def add(self, one: Value, other: Value) -> Value:
        """The sum of both."""
        return self.apply("Add", one, other)

    def subtract(self, one: Value, other: Value) -> Value:
        """What is left of `one` without `other`."""
        return self.apply("Sub", one, other)

    def multiply(self, one: Value, other: Value) -> Value:
        """Each number of one times that of the other."""
        return self.apply("Mul", one, other)

    def tanh(self, value: Value) -> Value:
        """The hyperbolic tangent."""
        return self.apply("Tanh", value)

    def sigmoid(self, value: Value) -> Value:
        """The logistic function."""
        return self.apply("Sigmoid", value)

    def concat(self, *values: Value) -> Value:
        """Values side by side along the last axis."""
        return values[0] if len(values) == 1 else self.apply("Concat", *values, axis=-1)

    def split(self, value: Value, *sizes: int) -> list[Value]:
        """Parts of these sizes along the last axis."""
        if len(sizes) == 1:
            return [value]
        return self.apply_several("Split", len(sizes), value, self.constant(list(sizes)), axis=-1)

    def transpose(self, value: Value, *axes: int) -> Value:
        """The axes in another order."""
        return self.apply("Transpose", value, perm=axes)

    def unsqueeze(self, value: Value, axis: int) -> Value:
        """A new axis of length 1."""
        return self.apply("Unsqueeze", value, self.constant([axis]))

    def sizes(self, value: Value, first: int, end: int) -> Value:
        """The lengths of the axes from `first` to before `end`."""
        return self.apply("Shape", value, start=first, end=end)

    def reshape(self, value: Value, *shape: int | Value) -> Value:
        """Another shape, of numbers and of `sizes`; -1 is what is left over, 0 keeps the axis at that place."""
        known = [part for part in shape if isinstance(part, int)]
        if len(known) == len(shape):
            return self.apply("Reshape", value, self.constant(known))
        parts = [part if isinstance(part, str) else self.constant([part]) for part in shape]
        return self.apply("Reshape", value, self.apply("Concat", *parts, axis=0))

    def product(self, left: Value, right: Value) -> Value:
        """The product left @ right, the same for each row of a batch."""
        return self.apply("MatMul", left, right)

    def product_transposed(self, left: Value, right: Value, scale: float = 1.0) -> Value:
        """The product left @ right^T times `scale`, the same for each row of a batch."""
        return self.apply("FusedMatMul", left, right, domain="com.microsoft", transB=1, alpha=scale)

    def linear(self, value: Value, matrix: Array, bias: Array | None = None) -> Value:
        """As PyTorch's Linear: `value` [..., in] @ `matrix` [out, in]^T + `bias` [out].

        In 8 bits where the graph is quantized: `value` must then lie in [-1, 1].
        """
        if self.quantized:
            return self._linear_in_8_bits(value, matrix, bias)
        result = self.product(value, self.constant(np.ascontiguousarray(matrix.T)))
        return result if bias is None else self.add(result, self.constant(bias))

    def _linear_in_8_bits(self, value: Value, matrix: Array, bias: Array | None) -> Value:
        scale, zero = self.constant(np.float32(1 / LEVELS)), self.constant(ZERO)
        if value not in self._in_8_bits:
            self._in_8_bits[value] = self.apply("QuantizeLinear", value, scale, zero)
        levels, scales = quantize(matrix)
        zeros = np.zeros(len(scales), np.int8)
        if not self.signed:
            levels, zeros = unsigned(levels), unsigned(zeros)
        weights = [self.constant(levels.T.copy()), scale, self.constant(scales), zero, self.constant(zeros)]
        added = "" if bias is None else self.constant(bias)
        return self.apply("MatMulIntegerToFloat", self._in_8_bits[value], *weights, added, domain="com.microsoft")

    def lookup(self, table: Array, ids: Value) -> Value:
        """The rows of `table` [V, out] that `ids` name."""
        if not self.quantized:
            return self.apply("Gather", self.constant(table), ids)
        half = self.constant(torch.from_numpy(table).half().numpy())  # numpy takes ten times as long
        return self.apply("Cast", self.apply("Gather", half, ids), to=TensorProto.FLOAT)

    def serialized(self) -> bytes:
        """The finished graph as an ONNX model, without its `weights`."""
        return self._serialized(self._constants)

    def whole(self) -> bytes:
        """The finished graph as an ONNX model that holds its weights."""
        whole = [
            numpy_helper.from_array(self.weights[each.name], each.name) if each.name in self.weights else each
            for each in self._constants
        ]
        return self._serialized(whole)

    def _serialized(self, constants: list[onnx.TensorProto]) -> bytes:
        graph = helper.make_graph(self._nodes, self._name, self._inputs, self._outputs, constants)
        opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
        model: bytes = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION).SerializeToString()
        return model


def quantize(matrix: Array) -> tuple[Array, Array]:
    """A matrix [out, in] in signed 8 bits, and what one level of each row is worth, [out]."""
    scales = np.maximum(np.abs(matrix).max(axis=1), SMALLEST) / LEVELS
    levels = np.clip(np.round(matrix / scales[:, None]), -LEVELS, LEVELS)
    return levels.astype(np.int8), scales


def unsigned(levels: Array) -> Array:
    """Signed numbers of 8 bits as unsigned ones, of which ZERO stands for 0."""
    return levels.view(np.uint8) ^ ZERO
