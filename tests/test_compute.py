"""Work in threads: order, the first exception, progress where it was asked for, and a way out."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from core import compute
from core.compute import SCHEDULER, alone, generators, in_threads, spread, workers
from core.errors import Abandoned, NotEstimable
from core.transport.beat import Beat


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """No cluster, and two threads wherever the tests run."""
    monkeypatch.delenv(SCHEDULER, raising=False)
    monkeypatch.setattr(compute.os, "sched_getaffinity", lambda _: {0, 1}, raising=False)


@pytest.mark.parametrize("run", [in_threads, spread])
@pytest.mark.parametrize("count", [0, 1, 25])
def test_answers_come_in_order_whoever_ends_first(run, count):
    def slow_first(i: int) -> int:
        time.sleep(0.02 if i == 0 else 0)
        return i * i

    assert run(slow_first, iter(range(count))) == [i * i for i in range(count)]


@pytest.mark.parametrize("run", [in_threads, spread])
def test_the_first_exception_ends_the_work(run):
    begun = []

    def fail(i: int) -> None:
        begun.append(i)
        time.sleep(0.01)
        raise NotEstimable(f"No {i}.", "Widen the cohort.")

    with pytest.raises(NotEstimable, match=r"No \d+\. Widen"):
        run(fail, range(1000))
    assert len(begun) < 100


@pytest.mark.parametrize("run", [in_threads, spread])
def test_progress_is_told_in_the_calling_thread_and_may_abandon(run):
    told, begun = [], []

    def progress(share: float, text: str) -> None:
        told.append((threading.get_ident(), share, text))
        if len(told) == 3:
            raise Abandoned("Enough.")

    def work(i: int) -> None:
        begun.append(i)
        time.sleep(0.01)

    with pytest.raises(Abandoned):
        run(work, range(1000), progress, "Working")
    assert {(who, text) for who, _, text in told} == {(threading.get_ident(), "Working")}
    assert [share for _, share, _ in told] == sorted(share for _, share, _ in told)
    assert len(begun) < 100


def test_progress_ends_at_one():
    told = []
    spread(str, range(7), lambda share, text: told.append(share))
    assert told[-1] == 1


def test_alone_keeps_work_in_its_thread_even_when_a_cluster_is_named(monkeypatch):
    monkeypatch.setenv(SCHEDULER, "tcp://127.0.0.1:1")
    with alone():
        with alone():
            assert workers() == 1
        assert set(spread(lambda _: threading.get_ident(), range(5))) == {threading.get_ident()}
    assert workers() == 2


def test_generators_do_not_depend_on_who_uses_them_when():
    drawn = [rng.random(3) for rng in generators(5, 4)]
    assert np.array_equal(drawn, spread(lambda rng: rng.random(3), generators(5, 4)))
    assert np.array_equal(drawn[2], generators(5, 4)[2].random(3))


def test_a_beat_that_was_sent_away_is_quiet():
    def shown(share: float, text: str) -> None:
        raise AssertionError("Nobody watches on another machine.")

    beat = Beat(shown, 0.0)
    with pytest.raises(AssertionError):
        beat()
    beat = Beat(threading.Lock().acquire, 0.0)
    sent = pickle.loads(pickle.dumps(beat))
    sent()
    sent.tell(0.5)
    assert not sent.stopped


def test_threads_need_no_cluster_package():
    """The ground of everything is light: it imports neither Dask nor what the cluster needs."""
    command = (
        "import sys; from core.compute import spread; assert spread(str, range(9)) == list(map(str, range(9)));"
        "print(*[name for name in sys.modules if name.partition('.')[0] in ('dask', 'distributed', 'tornado')"
        " or name.startswith('core.cluster')])"
    )
    environment = {name: value for name, value in os.environ.items() if name != SCHEDULER}
    root = Path(__file__).resolve().parents[1]
    answer = subprocess.run(
        [sys.executable, "-c", command], cwd=root, env=environment, capture_output=True, text=True, timeout=60
    )
    assert answer.returncode == 0 and not answer.stdout.strip(), answer.stdout + answer.stderr
