"""Make sure there is a Chromium for the browser tests: `python -m tests.browser.chromium`.

Takes one that exists, else Debian's package where this user may install it, else Playwright's own; exit 1 with what
to install when none of these works.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/snap/bin/chromium")
#: No sandbox, because root (as in CI) has none to start; no calls of Chromium's own to outside.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find() -> str | None:
    """The path of a Chromium that exists, or None."""
    chosen = os.environ.get("BROWSER_PATH")
    if chosen and Path(chosen).exists():
        return chosen
    on_path = [path for path in map(shutil.which, NAMES) if path]
    return next(iter([*on_path, *filter(os.path.exists, PLACES)]), None) or _playwrights_own()


def ensure() -> str | None:
    """A Chromium, installed when need be; None when that is not possible here."""
    found = find()
    if found:
        return found
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        quietly = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        _try(["apt-get", "update", "-qq"], quietly)
        _try(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core"], quietly)
        found = find()
    if not found:
        _try([sys.executable, "-m", "playwright", "install", "chromium"], dict(os.environ))
        found = find()
    return found


def _playwrights_own() -> str | None:
    """The browser that `playwright install` has put in its cache, when it has."""
    from playwright.sync_api import Error, sync_playwright

    try:
        with sync_playwright() as playwright:
            path = playwright.chromium.executable_path
    except Error:
        return None
    return path if path and Path(path).exists() else None


def _try(command: list[str], environment: dict[str, str]) -> None:
    """Run it; whether it helped is seen by looking for the browser again."""
    print("$", " ".join(command), flush=True)
    try:
        subprocess.run(command, env=environment, check=False, timeout=600)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(error, flush=True)


def main() -> int:
    path = ensure()
    if path is None:
        print("No Chromium was found, and none could be installed here. Install the package `chromium`")
        print("(Debian: apt-get install chromium), or Google Chrome, or set BROWSER_PATH to one, and run this again.")
        return 1
    print(f"Chromium: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
