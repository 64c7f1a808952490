"""The embedded demonstration study: built at the first start, reused at every later one."""

from __future__ import annotations

from core.compute import Progress, quiet
from core.errors import Refused
from core.store.library import Library

DEMO = "demo"


def has_demo(library: Library) -> bool:
    """Whether the store holds the demo study as this version of the program makes it."""
    from data.demo import FINGERPRINT

    try:
        return library.editions(DEMO)[0].fingerprint == FINGERPRINT
    except Refused:
        return False


def ensure_demo(library: Library, progress: Progress = quiet) -> None:
    """Build the demo study unless it is there.

    Raises what `Library.publish` raises; when another process is building it already, `ImportRunning`.
    """
    if has_demo(library):
        return
    from data.demo import demo

    progress(0.05, "Making the demonstration study")
    draft = demo()
    library.publish(draft, lambda share, text="": progress(0.4 + 0.6 * share, text))
