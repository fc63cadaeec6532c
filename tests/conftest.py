"""What every test may use."""

import contextlib
import io
import os
import sys

import pytest
from hypothesis import settings

from tests.chromium import find_chromium

# The same examples in every run, and no clock: a busy machine is no failure.
settings.register_profile("tests", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("tests")


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items):
    for item in items:
        if "chromium_path" in item.fixturenames:
            item.add_marker(pytest.mark.browser)


def pytest_runtest_setup(item):
    if item.get_closest_marker("gpu"):
        import torch

        if not torch.cuda.is_available():
            pytest.skip("no CUDA on this machine")


@pytest.fixture(scope="session")
def chromium_path():
    """The browser of the page tests and of kaleido; without one: skipped, but a failure on CI."""
    path = find_chromium()
    if path is None:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say("no Chromium found: run `python tests/chromium.py`, or install chromium or Google Chrome")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BROWSER_PATH", str(path))  # where kaleido looks first
        yield path


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    """Small tensors gain nothing from more, and one thread gives the same bits every time."""
    import s2s  # noqa: F401 (before torch: it says how OpenMP waits)

    import torch  # isort: skip

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def letter_pieces(tmp_path_factory):
    """The file of a piece model of the letters a to z, without bytes."""
    from s2s.config import TextConfig
    from s2s.text import train_pieces

    path = tmp_path_factory.mktemp("letters") / "text.spm"
    train_pieces(["abcdefghijklmnopqrstuvwxyz"] * 2, TextConfig(piece_kind="char", vocabulary_size=64), path)
    return path


@pytest.fixture(scope="session")
def word_pieces(tmp_path_factory):
    """The file of a piece model of parts of words and bytes."""
    from s2s.config import TextConfig
    from s2s.text import train_pieces
    from tests.tiny import SENTENCES

    path = tmp_path_factory.mktemp("words") / "text.spm"
    train_pieces(SENTENCES, TextConfig(piece_kind="bpe", vocabulary_size=340), path)
    return path


@pytest.fixture(scope="session")
def description():
    """What a tiny checkpoint says of itself."""
    from s2s.checkpoint import Description

    return Description(
        name="tiny",
        description="Random weights",
        source_language="en",
        target_language="fr",
        training_length=20,
        licence="CC0-1.0",
        scores={"BLEU": {"value": 1.5, "signature": "nrefs:1"}},
        training={"updates": 0},
    )


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory, word_pieces, description):
    """A checkpoint folder with random weights, not to be written to."""
    from tests.tiny import save_tiny

    return save_tiny(tmp_path_factory.mktemp("checkpoint") / "tiny", word_pieces, description)


@pytest.fixture
def full_disk():
    """A context in which no file can grow beyond some bytes."""
    resource = pytest.importorskip("resource")

    @contextlib.contextmanager
    def limited(size):
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return limited


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs the command line in this process: exit code, standard output, standard error."""

    from s2s.cli import main

    def call(*arguments, stdin=""):
        content = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))
        monkeypatch.setattr(sys, "argv", ["s2s", *map(str, arguments)])
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = ended.code or 0
        return code, *capsys.readouterr()

    return call
