"""What every test may use."""

import os

import pytest

from tests.chromium import find_chromium


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
