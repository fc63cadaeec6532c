"""The three graphs of a model, in memory or as files that ONNX Runtime opens without this package."""

from functools import partial
from pathlib import Path

from s2s.engine.encoder import encoder_graph, start_graph
from s2s.engine.graph import Graph
from s2s.engine.step import step_graph
from s2s.files import write_together
from s2s.model import Seq2Seq


def graphs_of(model: Seq2Seq, *, quantized: bool, signed: bool = False) -> dict[str, Graph]:
    """The graphs `encode`, `start` and `step` of a model; `quantized` ones hold the weights of a step in 8 bits.

    Those are `signed` or, so that they are right on every CPU, unsigned.
    """
    weights = {name: value.detach().float().numpy() for name, value in model.state_dict().items()}
    return {
        "encode": encoder_graph(model.config, weights),
        "start": start_graph(model.config, weights),
        "step": step_graph(model.config, weights, quantized=quantized, signed=signed),
    }


def write_graphs(model: Seq2Seq, directory: Path, *, quantized: bool = True) -> None:
    """Write encode.onnx, start.onnx and step.onnx to `directory`, each with its weights."""
    graphs = graphs_of(model, quantized=quantized).items()
    write_together(directory, {f"{name}.onnx": partial(_write, graph=graph) for name, graph in graphs})


def _write(path: Path, graph: Graph) -> None:
    path.write_bytes(graph.whole())
