"""How long work is done: seeds that do not depend on who works, threads or a cluster, progress, and a way out."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")
Answer = TypeVar("Answer")
#: Called with the share done (0 to 1) and a short text; it may raise `Abandoned` to stop the work.
Progress = Callable[[float, str], None]
#: Names the Dask scheduler to which `spread` sends its work, as tcp://host:port.
SCHEDULER = "COHORTSCOPE_SCHEDULER"
_thread = threading.local()


def quiet(share: float, text: str = "") -> None:
    """Report nothing: the default progress."""


def part(progress: Progress, start: float, width: float) -> Progress:
    """A progress for one part of the work, which fills `width` of the whole from `start` on."""

    def tell(share: float, text: str = "") -> None:
        progress(start + width * share, text)

    return tell


@contextmanager
def alone() -> Iterator[None]:
    """Within it, this thread does its work itself: for a piece of work that is one among many already."""
    before = getattr(_thread, "alone", False)
    _thread.alone = True
    try:
        yield
    finally:
        _thread.alone = before


def workers() -> int:
    """How many threads to use: the cores this process may run on, at most four; one within `alone`."""
    if getattr(_thread, "alone", False):
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(4, cores))


@functools.cache
def one_blas_thread() -> None:
    """From now on matrix products take one thread each: several of ours would only wait for theirs.

    To be called once, where a program starts (a page's server, the command line); then results do not depend, in the
    last digit, on what ran before.
    """
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, "blas")


def generators(seed: int, count: int) -> list[np.random.Generator]:
    """`count` independent random generators from one seed, the same whatever runs them and in whatever order."""
    return [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(count)]


def in_threads(
    function: Callable[[Item], Answer], items: Iterable[Item], progress: Progress = quiet, text: str = ""
) -> list[Answer]:
    """`[function(item) for item in items]` in threads here, in order; worthwhile where the work releases the GIL.

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


def spread(
    function: Callable[[Item], Answer], items: Iterable[Item], progress: Progress = quiet, text: str = ""
) -> list[Answer]:
    """`in_threads`, or the same on the Dask cluster that COHORTSCOPE_SCHEDULER names: restarts, subsamples, draws.

    The answers do not depend on where they were worked out, provided that `function` changes nothing that it
    captures, that what it captures can be pickled (arrays; not a page, not a lock, not a `progress`), and that nobody
    uses an item afterwards: a generator that was sent away comes back unmoved. As with threads, the first exception
    ends the work and is raised as itself, and so does one raised by `progress`: pieces that have not started are then
    dropped. Raises `core.cluster.connection.ClusterUnavailable` when the cluster cannot do it. docs/deploying.md says
    how to start one.
    """
    todo: Sequence[Item] = list(items)
    address = os.environ.get(SCHEDULER, "").strip()
    if not address or len(todo) < 2 or getattr(_thread, "alone", False):
        return in_threads(function, todo, progress, text)
    from core.cluster.pieces import on_cluster

    return on_cluster(address, function, todo, progress, text)
