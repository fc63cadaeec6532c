"""Gradio is imported without writing stubs beside its components."""

import importlib.util
import sys
import types
from importlib.machinery import PathFinder

import gradio
import pytest

from s2s.page.quick_import import _WithoutStubs

NAME = "gradio.component_meta"
SOURCE = "class Component(metaclass=ComponentMeta):\n    EVENTS = []\n\n    def __init__(self):\n        pass\n"


@pytest.mark.parametrize(("finder", "stubs"), [(_WithoutStubs(), 0), (PathFinder, 1)], ids=["ours", "Python's"])
def test_a_component_writes_no_stub(finder, stubs, tmp_path, monkeypatch):
    spec = finder.find_spec(NAME, gradio.__path__)
    meta = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(meta)
    place = tmp_path / "component.py"
    place.write_text(SOURCE)
    module = types.ModuleType("component")
    module.__dict__.update(__file__=str(place), ComponentMeta=meta.ComponentMeta)
    monkeypatch.setitem(sys.modules, "component", module)
    exec(compile(SOURCE, place, "exec"), module.__dict__)
    assert len(list(tmp_path.glob("*.pyi"))) == stubs


def test_no_other_module_is_found():
    assert _WithoutStubs().find_spec("gradio.components", gradio.__path__) is None
