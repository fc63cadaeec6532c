"""Gradio is imported without the stubs that it writes beside its components, which take half of its time.

At every import it parses the source of each component and compares a `.pyi` file with it, for editors of Gradio's own
developers; a server has no use for them, and may have no right to write there.
"""

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any

MODULE, WRITER = "gradio.component_meta", "create_or_modify_pyi"


def _write_nothing(*_: Any) -> None:
    """Stands for Gradio's writer of stubs."""


class _WithoutStubs(MetaPathFinder):
    """Finds that one module, and takes its writer away as soon as it is loaded."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name != MODULE:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return spec
        load = spec.loader.exec_module

        def load_without(module: Any) -> None:
            load(module)
            if hasattr(module, WRITER):
                setattr(module, WRITER, _write_nothing)

        spec.loader.exec_module = load_without  # type: ignore[method-assign]
        return spec


if MODULE not in sys.modules:
    sys.meta_path.insert(0, _WithoutStubs())
