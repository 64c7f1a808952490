"""A reader with a real browser, for claims about what a reader waits for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.claim import Absent
from benchmarks.process import children, command
from tests.browser import walk
from tests.browser.chromium import find

#: Notes when something last changed on the page, and when the reader last pressed Ctrl and Enter.
WATCH = """
window.pressed = window.changed = 0;
addEventListener("keydown", event => {
    if (event.key === "Enter" && event.ctrlKey) window.pressed = window.changed = performance.now();
}, true);
new MutationObserver(() => { window.changed = performance.now(); }).observe(
    document.querySelector("[data-testid=stMain]"),
    {subtree: true, childList: true, characterData: true, attributes: true});
"""


@contextmanager
def browser() -> Iterator[object]:
    """A headless Chromium; raises `Absent` where there is none."""
    try:
        import playwright  # noqa: F401 - only to say in words when it is not installed
    except ImportError:
        raise Absent("Playwright is not installed: pip install -r requirements-dev.txt") from None
    if find() is None:
        raise Absent("There is no Chromium here: run python -m tests.browser.chromium")
    with walk.chromium() as found:
        yield found


def server_pid(address: str) -> int:
    """The process of the server at an address that `walk.serving` gave."""
    port = address.rpartition(":")[2]
    return next(pid for pid in children() if f"--server.port={port}" in command(pid))
