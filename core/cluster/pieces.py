"""Work in pieces: sent out, gathered in order, and sent again where it was lost."""

from __future__ import annotations

import operator
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import TYPE_CHECKING

from core.cluster.connection import ClusterUnavailable, connected, threads, unless_lost
from core.cluster.work import Work, edition
from core.compute import Progress

if TYPE_CHECKING:
    from distributed import Client

#: Pieces per worker thread, so that slow ones even out and little is lost with a worker; never fewer than the least.
_PIECES_PER_THREAD, _LEAST_PIECES = 8, 32
#: How often the rest is sent again after the scheduler was lost.
_ATTEMPTS = 3
#: How long to wait for a worker when there is none, and how often to look.
_WORKERLESS_SECONDS, _LOOK_SECONDS = 15.0, 2.0


def on_cluster(address: str, function: Callable, items: Sequence, progress: Progress, text: str) -> list:
    """`[function(item) for item in items]`, in order, by the workers of the scheduler at `address`.

    `function` travels as a task of its own, once to each worker that needs it, and the scheduler can repeat it: what
    it captures outlives any worker. Pieces of a lost worker are done again elsewhere. When the scheduler itself is
    lost, the pieces not yet answered are sent again over a new connection. Raises what `function` or `progress`
    raises, `ClusterUnavailable` when there is no scheduler, no worker, or workers that run something else.
    """
    progress(0.0, text)
    pieces = _pieces(items, threads(connected(address)))
    answers: dict[int, list] = {}

    def tell() -> None:
        progress(sum(map(len, answers.values())) / len(items), text)

    for _ in range(_ATTEMPTS):
        rest = {number: piece for number, piece in enumerate(pieces) if number not in answers}
        _work_through(connected(address), Work(function, edition()), rest, answers, tell)
        if len(answers) == len(pieces):
            return [answer for number in range(len(pieces)) for answer in answers[number]]
    raise ClusterUnavailable(
        f"The scheduler at {address} was lost {_ATTEMPTS} times during this work. See its log, or unset "
        "COHORTSCOPE_SCHEDULER to work here."
    )


def _pieces(items: Sequence, hands: int) -> list[Sequence]:
    count = min(len(items), max(_LEAST_PIECES, _PIECES_PER_THREAD * hands))
    bounds = [len(items) * i // count for i in range(count + 1)]
    return [items[bounds[i] : bounds[i + 1]] for i in range(count)]


def _work_through(client: Client, work: Work, pieces: dict[int, Sequence], answers: dict, tell: Callable) -> None:
    """Fill `answers` by the pieces' numbers; some stay out when the connection is lost."""
    pool = client.get_executor(pure=False)
    try:
        numbers = _sent(client, pool, work, pieces)
        waiting, looked, staffed = set(numbers), time.monotonic(), time.monotonic()
        while waiting and client.status == "running":
            finished, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in sorted(finished, key=numbers.__getitem__):
                if not future.cancelled():
                    answers[numbers.pop(future)] = _opened(future)
            tell()
            if time.monotonic() >= looked + _LOOK_SECONDS:
                looked = time.monotonic()
                staffed = _staffed(client, staffed)
    except BaseException:
        with unless_lost(client):
            pool.shutdown(wait=False)
        raise


def _sent(client: Client, pool: Executor, work: Work, pieces: dict[int, Sequence]) -> dict[Future, int]:
    """The pieces' numbers by what will come of them.

    Everything is packed here and opened by the tasks themselves: a worker that cannot read it then says so, while one
    that cannot read a message breaks down.
    """
    from distributed.protocol.pickle import dumps, loads

    packed, parcels = dumps(work), {number: dumps(piece) for number, piece in pieces.items()}
    with unless_lost(client):
        held = client.submit(loads, packed, pure=False)
        return {pool.submit(operator.call, held, parcel): number for number, parcel in parcels.items()}
    return {}


def _opened(future: Future) -> list:
    from distributed import KilledWorker
    from distributed.protocol.pickle import loads

    try:
        parcel = future.result()
    except KilledWorker as error:
        raise ClusterUnavailable(
            "One piece of this work took several workers down with it, most often for want of memory. Give workers "
            "more memory or fewer threads, or unset COHORTSCOPE_SCHEDULER to work here."
        ) from error
    except Exception as error:  # `Work` lets nothing out: it did not come to run
        raise ClusterUnavailable(
            f"A worker could not take up the work ({type(error).__name__}: {error}). Start workers in the program's "
            "folder with the packages of requirements.txt."
        ) from error
    outcome = loads(parcel)
    if outcome.error is not None:
        raise outcome.error
    return outcome.answers


def _staffed(client: Client, before: float) -> float:
    """When the cluster last had a worker; raises when that is too long ago."""
    if threads(client) or client.status != "running":
        return time.monotonic()
    if time.monotonic() - before < _WORKERLESS_SECONDS:
        return before
    raise ClusterUnavailable(
        f"The scheduler at {client.scheduler.address} has no worker. Start one in the program's folder: "
        f"PYTHONPATH=. dask worker {client.scheduler.address} --nthreads 1"
    )
