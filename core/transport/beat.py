"""Progress of work that runs in other threads."""

from __future__ import annotations

import threading
import time

from core.compute import Progress, quiet
from core.errors import Abandoned


class Beat:
    """Called often by work in any thread: ends it once the reader has abandoned it, shows life from the first thread.

    `tell` is the progress to give to whatever waits for the threads. Sent to another machine it is a beat that nobody
    watches: who waits there drops the work.
    """

    def __init__(self, progress: Progress, every_seconds: float = 0.2):
        self.progress, self.every_seconds = progress, every_seconds
        self.owner, self.stopped = threading.get_ident(), False
        self.share, self.text = 0.0, ""
        self.next = time.monotonic() + every_seconds

    def __reduce__(self) -> tuple:
        return Beat, (quiet, self.every_seconds)

    def tell(self, share: float, text: str = "") -> None:
        self.share, self.text = share, text
        try:
            self.progress(share, text)
        except BaseException:
            self.stopped = True
            raise

    def __call__(self) -> None:
        if self.stopped:
            raise Abandoned("This work was abandoned; nothing was changed.")
        if threading.get_ident() == self.owner and time.monotonic() >= self.next:
            self.next = time.monotonic() + self.every_seconds
            self.tell(self.share, self.text)
