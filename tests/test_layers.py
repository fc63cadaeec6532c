"""The one way through the package: a module imports only what lies before it (CONTRIBUTING, 'Order')."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "s2s"
ORDER = [
    "errors",
    "files",
    "capitals",
    "carried",
    "nouns",
    "rare",
    "traditional",
    "chinese_names",
    "exclamations",
    "punctuation",
    "config",
    "recipe_sections",
    "recipe",
    "result",
    "pieces",
    "text",
    "words",
    "repeats",
    "transcription",
    "links",
    "quotations",
    "sentences",
    "documents",
    "language",
    "dialogue",
    "doubts",
    "audio",
    "corpora",
    "sounds",
    "digits",
    "dates",
    "toys",
    "names",
    "augment",
    "splits",
    "data",
    "memory",
    "device",
    "model",
    "engine",
    "search",
    "constraints",
    "weights",
    "manifest",
    "checkpoint",
    "replicas",
    "models",
    "grid",
    "exposure",
    "emergence",
    "chapter",
    "hub",
    "metrics",
    "lengths",
    "alignment",
    "prepare",
    "training",
    "explain",
    "channel",
    "intake",
    "readout",
    "glance",
    "translator",
    "transcriber",
    "batch",
    "posterior",
    "forced",
    "perplexity",
    "grid_scores",
    "exposure_scores",
    "emergence_film",
    "inside",
    "compare",
    "paired",
    "benchmark",
    "report",
    "model_card",
    "export",
    "workshop",
    "view",
    "colours",
    "figures",
    "figures_inside",
    "figures_speech",
    "figures_compare",
    "figures_exposure",
    "downloads",
    "page",
    "watch",
    "cli",
]
# Quick to import, for a caller that has no use for torch: they see only one another.
LIGHT = {
    "errors",
    "files",
    "capitals",
    "carried",
    "nouns",
    "rare",
    "traditional",
    "chinese_names",
    "exclamations",
    "punctuation",
    "config",
    "recipe_sections",
    "recipe",
    "result",
    "pieces",
    "text",
    "words",
    "repeats",
    "links",
    "quotations",
    "sentences",
    "language",
    "doubts",
    "view",
    "colours",
    "figures",
}
ONLY_IMPORTER = {
    "huggingface_hub": "hub",
    "gradio": "page",
    "onnx": "engine",
    "onnxruntime": "engine",
    "ray": "replicas",
}
# The door may name whatever it offers.
DOOR = [PACKAGE / "__init__.py", PACKAGE / "__main__.py"]
MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if path not in DOOR]


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path):
    """Absolute dotted names of all imports, those inside functions too."""
    folder = ("s2s", *path.relative_to(PACKAGE).parent.parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = folder[: len(folder) - node.level + 1] if node.level else ()
            module = ".".join([*base, *filter(None, [node.module])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def complaints(path):
    room = room_of(path)
    for name in imports_of(path):
        if name == "s2s.__version__":
            continue
        top, inner = [*name.split("."), ""][:2]
        if ONLY_IMPORTER.get(top, room) != room:
            yield f"{room} imports {top}: only {ONLY_IMPORTER[top]} may"
        if room in LIGHT and (top == "torch" or (top == "s2s" and inner not in LIGHT)):
            yield f"{room} imports {name}: it must stay free of torch"
        if top == "s2s" and (inner not in ORDER or ORDER.index(inner) > ORDER.index(room)):
            yield f"{room} imports {name}: it does not lie before it"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_what_lies_before_it(path):
    assert room_of(path) in ORDER, f"{path.name} has no place in ORDER yet"
    assert not list(complaints(path))
