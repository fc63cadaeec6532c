"""The page: a sentence, its translation, and where the model looked."""

from s2s.page import quick_import  # noqa: F401 (before Gradio)
from s2s.page.launch import launch_page

__all__ = ["launch_page"]
