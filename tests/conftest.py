"""What every test may use."""

import contextlib
import io
import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from tests.chromium import find_chromium

PAGE_TESTS = Path(__file__).parent / "browser"

# The same examples in every run, and no clock: a busy machine is no failure.
settings.register_profile("tests", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("tests")


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items):
    for item in items:
        if "chromium_path" in item.fixturenames:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Of several processes one has all of a file, and all files of the page: one server for all."""
    from xdist.scheduler import LoadFileScheduling

    page = PAGE_TESTS.relative_to(config.rootpath).as_posix()

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid):
            return page if nodeid.startswith(f"{page}/") else super()._split_scope(nodeid)

    return Together(config, log)


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
    from s2s.pieces import train_pieces

    path = tmp_path_factory.mktemp("letters") / "text.spm"
    train_pieces(["abcdefghijklmnopqrstuvwxyz"] * 2, TextConfig(piece_kind="char", vocabulary_size=64), path)
    return path


@pytest.fixture(scope="session")
def word_pieces(tmp_path_factory):
    """The file of a piece model of parts of words and bytes."""
    from s2s.config import TextConfig
    from s2s.pieces import train_pieces
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


@pytest.fixture(scope="session")
def _hub_session():
    """The client's connections; a new set of them takes a tenth of a second."""
    from huggingface_hub import close_session

    yield
    close_session()


@pytest.fixture
def hub(_hub_session, monkeypatch, tmp_path_factory):
    """A Hub of this test alone, with an empty cache and no account (tests/hub_double.py)."""
    from huggingface_hub import constants

    from s2s.hub.download import download
    from tests.hub_double import Double

    double, home = Double(), tmp_path_factory.mktemp("hub")
    template = double.url + "/{repo_id}/resolve/{revision}/{filename}"
    settings = {
        "ENDPOINT": double.url,
        "HUGGINGFACE_CO_URL_TEMPLATE": template,
        "HF_HOME": str(home),
        "HF_TOKEN_PATH": str(home / "token"),
        "HF_HUB_DOWNLOAD_TIMEOUT": 60,
        "HF_HUB_ETAG_TIMEOUT": 60,
        "HF_HUB_DISABLE_XET": True,
        "HF_HUB_DISABLE_TELEMETRY": True,
    }
    for name, value in settings.items():
        monkeypatch.setattr(constants, name, value)
    monkeypatch.setattr(sys.modules[download.__module__], "PAUSE_SECONDS", 0.01)
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    yield double
    double.stop()


@pytest.fixture
def impatient(hub):
    """A context in which a Hub that says nothing for some seconds is given up; a busy machine is slow, too."""
    from huggingface_hub import constants

    @contextlib.contextmanager
    def limited(seconds=0.2):
        with pytest.MonkeyPatch.context() as patch:
            for name in ("HF_HUB_DOWNLOAD_TIMEOUT", "HF_HUB_ETAG_TIMEOUT"):
                patch.setattr(constants, name, seconds)
            yield

    return limited


@pytest.fixture
def logged_in(hub):
    """The file of the token that the Hub of this test knows."""
    from huggingface_hub import constants

    from tests.hub_double import TOKEN

    path = Path(constants.HF_TOKEN_PATH)
    path.write_text(TOKEN, encoding="utf-8")
    return path
