"""Calling libraries that talk: what they warn of is found by our own checks and stated, so it is not printed."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import numpy as np

# The warning filters of Python belong to the whole process: two threads that set them at once would leave the wrong
# ones behind. So only one thread at a time is inside.
_one_at_a_time = Lock()


@contextmanager
def quietly(*categories: type[Warning]) -> Iterator[None]:
    """Ignore warnings of these categories inside the block, and restore numpy's floating point state after it.

    The second matters because lifelines switches numpy's warnings off for good when it is used; where it does not warn,
    `np.errstate()` alone is enough, and nobody waits.
    """
    with _one_at_a_time, warnings.catch_warnings(), np.errstate():
        for category in categories:
            warnings.simplefilter("ignore", category)
        yield
