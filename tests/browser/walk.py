"""Walk a running Cohortscope in headless Chromium: what the tests and the screenshots both do."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import TimeoutError as WaitedInVain

from tests.browser.chromium import FLAGS, find

ROOT = Path(__file__).resolve().parents[2]
QUIET = "[data-testid=stApp][data-test-script-state=notRunning]"
#: Placeholders, spinners, and charts whose script is still on its way.
WAITING = "[data-testid=stSkeleton], [data-testid=stSpinner], [data-testid=stPlotlyChart]:not(:has(.main-svg))"
HEIGHT = 1000


@contextmanager
def serving(store: Path, log: Path, app: Path = ROOT / "app.py") -> Iterator[str]:
    """A server of its own on a free port of this machine; gives its address without a closing slash."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(app), f"--server.port={port}", "--server.headless=true"]
    environment = os.environ | {"COHORTSCOPE_STORE": str(store), "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health", server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    path = find()
    if path is None:
        raise RuntimeError("there is no Chromium: run `python -m tests.browser.chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """One reader with a browser window of their own: opens pages, and keeps what went wrong on them."""

    def __init__(self, browser: Browser, address: str, width: int = 1280, dark: bool = False, **context):
        scheme = "dark" if dark else "light"
        size = {"width": width, "height": HEIGHT}
        self.address = address
        self.context = browser.new_context(viewport=size, color_scheme=scheme, accept_downloads=True, **context)
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.outside: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))
        self.page.on("request", self._requested)

    def open(self, path: str = "", timeout: float = 60) -> Page:
        """Go to a path, as from a link, and wait until the page has come to rest."""
        self.page.goto(f"{self.address}/{path.lstrip('/')}", wait_until="domcontentloaded", timeout=timeout * 1000)
        return self.settled(timeout)

    def settled(self, timeout: float = 60) -> Page:
        """Wait until the page has come to rest: nothing runs, nothing is still on its way, every chart is drawn."""
        end = time.monotonic() + timeout
        try:
            self.page.wait_for_selector(QUIET, timeout=timeout * 1000)
            calm = 0
            while calm < 3:
                calm = calm + 1 if self._at_rest() else 0
                if time.monotonic() > end:
                    raise AssertionError(f"not at rest after {timeout:g} s; the page says:\n{self.text()}")
                self.page.wait_for_timeout(60)
        except WaitedInVain:
            raise AssertionError(f"still running after {timeout:g} s; the page says:\n{self.text()}") from None
        return self.page

    def screenshot(self, file: Path, whole: bool = True) -> Path:
        """A picture of the page, as tall as what is on it."""
        file.parent.mkdir(parents=True, exist_ok=True)
        if whole:  # Streamlit scrolls inside the window, so the window is made as tall as its contents.
            height = self.page.evaluate(
                "Math.max(...[...document.querySelectorAll('[data-testid=stMainBlockContainer],"
                "[data-testid=stSidebarContent]')].map(each => each.scrollHeight), 400)"
            )
            self.page.set_viewport_size({"width": self.page.viewport_size["width"], "height": min(height + 60, 12000)})
            self.settled()
        self.page.screenshot(path=file)
        if whole:
            self.page.set_viewport_size({"width": self.page.viewport_size["width"], "height": HEIGHT})
        return file

    def text(self) -> str:
        """What the page says."""
        return self.page.inner_text("body")

    def _at_rest(self) -> bool:
        return bool(self.page.locator(QUIET).count()) and not self.page.locator(WAITING).count()

    def _heard(self, message) -> None:
        if message.type != "error":
            return
        where = (message.location or {}).get("url", "")
        # Below a page's path Streamlit first looks for its own routes there; both are found at the root.
        if "404" in message.text and where.endswith(("/_stcore/health", "/_stcore/host-config")):
            return
        self.errors.append(f"{message.text} {where}".strip())

    def _requested(self, request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != urlsplit(self.address).netloc:
            self.outside.append(request.url)


def _wait_for(address: str, server: subprocess.Popen, log: Path, patience: float = 60) -> None:
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the server did not start; it says:\n{log.read_text(errors='replace')}")
