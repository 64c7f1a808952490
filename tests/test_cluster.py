"""The same work on a Dask cluster on loopback: equal to threads, also when a worker is killed in the middle."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, is_dataclass
from pathlib import Path

import numpy as np
import pytest

from core.cluster import connection, pieces, work
from core.cluster.connection import ClusterUnavailable, connected
from core.compute import SCHEDULER, generators, in_threads, spread
from core.errors import Abandoned, NotEstimable, Problem, Refused
from core.transport import kmeans
from core.transport.beat import Beat
from core.transport.metric import hop_ground
from tests.transport.small_networks import random_densities, random_network

pytest.importorskip("distributed", reason="distributed is not installed: pip install -r requirements-dev.txt has it")

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Cluster:
    """A scheduler and its workers, each a process of its own without a nanny: a worker killed stays dead."""

    folder: Path
    processes: list[subprocess.Popen] = field(default_factory=list)
    workers: list[subprocess.Popen] = field(default_factory=list)
    address: str = ""

    def start(self, *arguments: str, cwd: Path = ROOT) -> subprocess.Popen:
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        environment.pop("PYTHONPATH", None)
        common = ("--host", "127.0.0.1", "--no-dashboard", "--dashboard-address", "127.0.0.1:0")
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments, *common], cwd=cwd, env=environment, stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    def start_scheduler(self) -> None:
        file = self.folder / "scheduler.json"
        self.start("distributed.cli.dask_scheduler", "--port", "0", "--scheduler-file", str(file))
        self.until(lambda: file.exists() and file.read_text().rstrip().endswith("}"))
        self.address = json.loads(file.read_text())["address"]

    def start_worker(self, cwd: Path = ROOT) -> None:
        options = ("--no-nanny", "--nthreads", "1", "--local-directory", str(self.folder))
        self.workers.append(self.start("distributed.cli.dask_worker", self.address, *options, cwd=cwd))

    def await_workers(self, count: int) -> None:
        self.until(lambda: len(connected(self.address).nthreads()) == count)

    def until(self, ready) -> None:
        end = time.monotonic() + 60
        while not ready():
            dead = [process for process in self.processes if process.poll() not in (None, -signal.SIGKILL)]
            assert not dead and time.monotonic() < end, (self.folder / "log").read_text()[-5000:]
            time.sleep(0.05)

    def stop(self) -> None:
        if self.address in connection._clients:
            connection._clients.pop(self.address).close(timeout=2)
        for process in reversed(self.processes):
            process.kill()
        for process in self.processes:
            process.wait(10)


def assert_same(one, other) -> None:
    """Equal to the last bit, through dataclasses, sequences and arrays."""
    assert type(one) is type(other)
    if is_dataclass(one):
        one, other = vars(one), vars(other)
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        one, other = list(one.values()), list(other.values())
    if isinstance(one, (list, tuple)):
        assert len(one) == len(other)
        for mine, theirs in zip(one, other, strict=True):
            assert_same(mine, theirs)
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype and one.tobytes() == other.tobytes()
    else:
        assert one == other


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[Cluster]:
    """A scheduler and two workers; a test that kills a worker starts another."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.start_scheduler()
        cluster.start_worker()
        cluster.start_worker()
        cluster.await_workers(2)
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def away(cluster, monkeypatch) -> Cluster:
    """The cluster, named in the environment and complete."""
    monkeypatch.setenv(SCHEDULER, cluster.address)
    cluster.await_workers(2)
    return cluster


def test_restarts_of_kmeans_are_the_same_on_the_cluster(away, monkeypatch):
    rng = np.random.default_rng(3)
    densities = random_densities(rng, 40, 12, groups=3)
    ground = hop_ground(12, random_network(rng, 12, 8))
    monkeypatch.setattr(kmeans, "in_threads", spread, raising=False)
    sent, send = [], pieces.on_cluster

    def counted(address, function, items, *rest):
        sent.append(len(items))
        return send(address, function, items, *rest)

    monkeypatch.setattr(pieces, "on_cluster", counted)
    monkeypatch.delenv(SCHEDULER)
    here = kmeans.wasserstein_kmeans(densities, ground, 3, restarts=8, seed=11)
    monkeypatch.setenv(SCHEDULER, away.address)
    assert_same(kmeans.wasserstein_kmeans(densities, ground, 3, restarts=8, seed=11), here)
    assert sent == [8]


def test_permutations_are_the_same_on_the_cluster_and_arrays_stay_writable(away):
    values, beat = np.random.default_rng(0).normal(size=(300, 40)), Beat(threading.Lock().acquire)

    def draw(rng: np.random.Generator) -> tuple[np.ndarray, bool]:
        beat()
        return np.corrcoef(rng.permutation(values, axis=0)[:20], values[:20])[0], values.flags.writeable

    told = []
    there = spread(draw, generators(7, 500), lambda share, text: told.append((threading.get_ident(), share, text)), "P")
    here = in_threads(draw, generators(7, 500))
    assert_same(there, here)
    assert all(answer.flags.writeable and inside for answer, inside in there)
    assert {(who, text) for who, _, text in told} == {(threading.get_ident(), "P")}
    assert told[-1][1] == 1 and [share for _, share, _ in told] == sorted(share for _, share, _ in told)


def test_what_a_function_captures_reaches_each_worker_once(away, tmp_path):
    def arrive(large: np.ndarray) -> Captured:
        (tmp_path / uuid.uuid4().hex).touch()
        return Captured(large)

    class Captured:
        def __init__(self, large: np.ndarray):
            self.large = large

        def __reduce__(self) -> tuple:
            return arrive, (self.large,)

    captured = Captured(np.arange(2_000_000.0))  # 16 MB, beyond what Dask warns of
    assert spread(lambda i: captured.large[i], range(1000)) == list(range(1000))
    assert 1 <= len(list(tmp_path.iterdir())) <= 2


def test_a_worker_killed_in_the_middle_changes_nothing(away):
    values = np.random.default_rng(2).normal(size=1_000_000)
    victim = away.workers.pop(0)

    def draw(rng: np.random.Generator) -> tuple[float, int]:
        time.sleep(0.02)
        return float(rng.choice(values, 500).mean()), os.getpid()

    def kill(share: float, text: str) -> None:
        if share > 0.2 and victim.poll() is None:
            victim.send_signal(signal.SIGKILL)

    there = spread(draw, generators(5, 100), kill)
    assert victim.wait(5) == -signal.SIGKILL
    assert [value for value, _ in there] == [value for value, _ in in_threads(draw, generators(5, 100))]
    assert {who for _, who in there} == {victim.pid, away.workers[0].pid}
    away.start_worker()
    away.await_workers(2)


def test_what_the_function_raises_arrives_as_itself(away):
    def fail(i: int) -> int:
        if i == 13:
            raise NotEstimable("Two patients.", "Widen the cohort.")
        return i

    with pytest.raises(NotEstimable) as caught:
        spread(fail, range(40))
    assert (caught.value.reason, caught.value.remedy) == ("Two patients.", "Widen the cohort.")
    assert "in fail" in caught.value.__notes__[0], "where it happened is kept"
    problems = (Problem("Unknown.", "age"), Problem("Empty."))

    def refuse(i: int) -> None:
        raise Refused(problems)

    with pytest.raises(Refused) as caught:
        spread(refuse, range(40))
    assert caught.value.problems == problems


def test_what_cannot_travel_is_said(away):
    class Odd(Exception):
        def __init__(self, first, second):
            super().__init__(first)

    def odd(i: int) -> None:
        raise Odd("odd", i)

    lock = threading.Lock()
    for function, error, words in (
        (lambda i: lock, TypeError, "lock"),
        (lambda i: threading.Lock(), RuntimeError, "cannot be sent"),
        (odd, RuntimeError, "odd"),
    ):
        with pytest.raises(error, match=words):
            spread(function, range(3))


def test_work_that_is_abandoned_stops_at_once(away, tmp_path):
    def work(i: int) -> None:
        (tmp_path / str(i)).touch()
        time.sleep(0.1)

    def leave(share: float, text: str) -> None:
        if share > 0:
            raise Abandoned("Enough.")

    begun = time.monotonic()
    with pytest.raises(Abandoned):
        spread(work, range(60), leave)
    assert time.monotonic() - begun < 5
    time.sleep(0.5)
    done = len(list(tmp_path.iterdir()))
    time.sleep(0.5)
    assert len(list(tmp_path.iterdir())) == done < 60, "pieces that had not started were dropped"


def test_work_within_work_stays_on_its_worker(away):
    def outer(i: int) -> list:
        os.environ["COHORTSCOPE_SCHEDULER"] = "tcp://127.0.0.1:1"
        return [*spread(lambda j: (i, j, threading.get_ident()), range(4)), threading.get_ident()]

    for answer in spread(outer, range(6)):
        assert {who for _, _, who in answer[:-1]} == {answer[-1]}
        assert [j for _, j, _ in answer[:-1]] == [0, 1, 2, 3]


def test_several_threads_share_one_client(away):
    expected = [i * i for i in range(50)]
    clients: list = []

    def ask(_: int) -> bool:
        answers = spread(lambda i: i * i, range(50))
        clients.append(connected(away.address))
        return answers == expected

    assert all(in_threads(ask, range(6)))
    assert len(set(map(id, clients))) == 1


def test_a_lost_connection_is_made_again(away):
    connected(away.address).close()
    assert spread(abs, [-1, -2]) == [1, 2]
    lost = []

    def lose(share: float, text: str) -> None:
        if share > 0.2 and not lost:
            lost.append(connected(away.address))
            lost[0].close()

    def work(i: int) -> int:
        time.sleep(0.01)
        return i * i

    assert spread(work, range(100), lose) == [i * i for i in range(100)]
    assert lost[0].status == "closed"


def test_a_worker_with_another_program_is_refused(away, monkeypatch):
    here = work.edition()
    monkeypatch.setattr(pieces, "edition", lambda: here | {"numpy": "1.0", "program": "other"})
    with pytest.raises(ClusterUnavailable, match=r"numpy [\d.]+ instead of 1\.0, program \w+ instead of other"):
        spread(abs, range(5))


def test_a_cluster_that_loses_everything_says_so(tmp_path, monkeypatch):
    """No worker, then one outside the program's folder, then no scheduler: each has its sentence."""
    monkeypatch.setattr(pieces, "_WORKERLESS_SECONDS", 0.5)
    monkeypatch.setattr(pieces, "_LOOK_SECONDS", 0.2)
    monkeypatch.setattr(connection, "_CONNECT_SECONDS", 1.0)
    cluster = Cluster(tmp_path)
    try:
        cluster.start_scheduler()
        monkeypatch.setenv(SCHEDULER, cluster.address)
        with pytest.raises(ClusterUnavailable, match=r"has no worker\. Start one in the program's folder"):
            spread(abs, range(5))
        cluster.start_worker(cwd=tmp_path)
        cluster.await_workers(1)
        with pytest.raises(ClusterUnavailable, match=r"No module named 'core'.* Start workers in the program's folder"):
            spread(abs, range(5))
        cluster.processes[0].kill()
        with pytest.raises(ClusterUnavailable, match=r"No scheduler answers at tcp://.* or unset the variable"):
            spread(abs, range(5))
    finally:
        cluster.stop()


def test_an_address_that_leads_nowhere_has_a_sentence(monkeypatch):
    monkeypatch.setattr(connection, "_CONNECT_SECONDS", 0.5)
    monkeypatch.setenv(SCHEDULER, "tcp://127.0.0.1:1")
    with pytest.raises(ClusterUnavailable, match="Start it with dask scheduler, or unset the variable"):
        spread(abs, range(5))
    monkeypatch.setenv(SCHEDULER, "localhost")
    with pytest.raises(ClusterUnavailable, match="Give tcp://host:port"):
        spread(abs, range(5))
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterUnavailable, match=r"pip install -r requirements-cluster\.txt"):
        spread(abs, range(5))
