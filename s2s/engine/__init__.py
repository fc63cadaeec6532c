"""What computes a model's numbers: PyTorch itself, or ONNX Runtime with weights of 8 bits, which is quicker on a CPU.

Both look the same from outside, and to both a request is arguments and results. The graphs of ONNX Runtime are made in
memory from a model's weights; a checkpoint holds nothing of them. Read graph, cells, attention, encoder, step, graphs,
runtime.

Letters in shape comments are those of s2s.model: B batch, S source, H hidden, E embedding, F numbers in a frame,
A attention, M memory, V vocabulary, K beam; and N = B K, all hypotheses of a batch.
"""

import importlib.util
from typing import Literal, Protocol

from torch import Tensor

from s2s.config import ModelConfig, require
from s2s.model import Memory, Prediction, Seq2Seq, State

__all__ = ["Engine", "EngineKind", "build_engine", "require_libraries"]

EngineKind = Literal["auto", "torch", "onnx"]

LIBRARIES = ("onnx", "onnxruntime")


class Engine(Protocol):
    """What a search needs of a model; `s2s.model.Seq2Seq` says what each member takes and gives."""

    @property
    def config(self) -> ModelConfig:
        """The shape of the model."""

    def encode(self, source: Tensor, mask: Tensor) -> Memory:
        """Read a batch of sources, ids [B, S] or frames [B, S, F], into a memory."""

    def start(self, memory: Memory) -> State:
        """The decoder's state before the first step, each tensor [B, …]."""

    def step(self, previous: Tensor, state: State, memory: Memory) -> Prediction:
        """From the pieces `previous` [N]: log_probs [N, V], attention [N, S] or None, the new state, and p_gen [N]."""


def build_engine(model: Seq2Seq, name: EngineKind = "auto") -> Engine:
    """What computes `model`.

    Args:
        model: read, never changed.
        name: `torch` is the model itself, on its device; `onnx` is ONNX Runtime on one thread of the CPU, with the
            decoder's weights in 8 bits; `auto` is `onnx` where its libraries are installed and the model lies on the
            CPU, else `torch`.

    Raises:
        ConfigError: there is no engine of that name, or ONNX Runtime is not installed, or the model lies elsewhere.
    """
    require(name in ("auto", "torch", "onnx"), f"engine must be one of auto, torch, onnx, got {name!r}")
    device = model.output_bias.device.type
    if name == "torch" or (name == "auto" and (_missing() or device != "cpu")):
        return model
    require_libraries(", or choose torch")
    require(device == "cpu", f"the engine onnx computes on the CPU, this model lies on {device}: choose torch")
    from s2s.engine.runtime import OnnxEngine  # its libraries take half a second to load

    return OnnxEngine(model)


def require_libraries(otherwise: str = "") -> None:
    """Raise a ConfigError if a library of the engine onnx is missing; `otherwise` says what else can be done."""
    missing = _missing()
    require(
        not missing,
        f"the engine onnx needs {' and '.join(missing)}: run `pip install {' '.join(missing)}`{otherwise}",
    )


def _missing() -> list[str]:
    return [library for library in LIBRARIES if importlib.util.find_spec(library) is None]
