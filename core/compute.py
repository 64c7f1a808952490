"""How long work is done: seeds that do not depend on the number of workers, threads, progress, and a way out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")
Answer = TypeVar("Answer")
#: Called with the share done (0 to 1) and a short text; it may raise `Abandoned` to stop the work.
Progress = Callable[[float, str], None]


def quiet(share: float, text: str = "") -> None:
    """Report nothing: the default progress."""


def part(progress: Progress, start: float, width: float) -> Progress:
    """A progress for one part of the work, which fills `width` of the whole from `start` on."""

    def tell(share: float, text: str = "") -> None:
        progress(start + width * share, text)

    return tell


def workers() -> int:
    """How many threads to use: the cores this process may run on, at most four."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(4, cores))


def generators(seed: int, count: int) -> list[np.random.Generator]:
    """`count` independent random generators from one seed, the same whatever runs them and in whatever order."""
    return [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(count)]


def in_threads(
    function: Callable[[Item], Answer], items: Iterable[Item], progress: Progress = quiet, text: str = ""
) -> list[Answer]:
    """`[function(item) for item in items]` in threads, in order; worthwhile where the work releases the GIL.

    The first exception ends the work and is raised; items that have not started are dropped. `progress` is
    called in the calling thread, so it may touch a page.
    """
    todo: Sequence[Item] = list(items)
    if len(todo) < 2 or workers() == 1:
        answers = []
        for done, item in enumerate(todo, 1):
            answers.append(function(item))
            progress(done / len(todo), text)
        return answers
    pool = ThreadPoolExecutor(workers())
    try:
        futures = [pool.submit(function, item) for item in todo]
        waiting = set(futures)
        while waiting:
            finished, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in finished:
                future.result()
            progress(1 - len(waiting) / len(todo), text)
        return [future.result() for future in futures]
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
