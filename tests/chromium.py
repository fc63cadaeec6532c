"""Finds the Chromium that the browser tests and the static figures need, or installs one.

As a script (`python tests/chromium.py`, called by `make test`) it installs what is missing. Where none can
be had it says so and lets the browser tests skip; on CI a skipped test would hide a fault, so there it fails.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PROGRAMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
APT_UPDATE = ["apt-get", "update"]
# The fonts are for Chinese: without them a screenshot shows boxes.
APT_INSTALL = ["apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-noto-cjk"]
PLAYWRIGHT_INSTALL = [sys.executable, "-m", "playwright", "install", "chromium"]
INSTALL_TIMEOUT_SECONDS = 900


def find_chromium() -> Path | None:
    """Return an installed Chromium or Chrome that starts, or None."""
    installed = (shutil.which(name) for name in PROGRAMS)
    return next((Path(path) for path in installed if path and _starts(path)), None) or _playwrights_own()


def install_chromium() -> Path | None:
    """Install one: Debian's package for root, else Playwright's own build."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root and shutil.which("apt-get"):
        _run(APT_UPDATE)  # an outdated list may still do
        _run(APT_INSTALL)
    return find_chromium() or (_run(PLAYWRIGHT_INSTALL) and find_chromium()) or None


def main() -> int:
    """Make sure that there is one; returns the exit code."""
    path = find_chromium() or install_chromium()
    if path:
        print(f"Browser tests use {path}")
        return 0
    print("No Chromium found and none could be installed: the browser tests cannot run.", file=sys.stderr)
    return 1 if os.environ.get("CI") else 0


def _starts(path: str) -> bool:
    # Ubuntu's chromium-browser is a stub that only asks for snap: being there is not enough.
    return _run([path, "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _playwrights_own() -> Path | None:
    from playwright.sync_api import sync_playwright  # starts a process: only when all else is missing

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.exists() else None


def _run(command: list[str], stdout: int | None = None, stderr: int | None = None) -> bool:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            timeout=INSTALL_TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"{command[0]}: {error}", file=sys.stderr)
        return False
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
