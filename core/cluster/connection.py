"""The one connection of this process to a Dask scheduler."""

from __future__ import annotations

import atexit
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.errors import CohortscopeError

if TYPE_CHECKING:
    from distributed import Client

#: How long to wait for the scheduler's answer.
_CONNECT_SECONDS = 5.0
_clients: dict[str, Client] = {}
_connecting = threading.Lock()


class ClusterUnavailable(CohortscopeError):
    """The cluster that COHORTSCOPE_SCHEDULER names cannot do the work; the text says what to do."""


def connected(address: str) -> Client:
    """This process's one client of the scheduler at `address`; a new one when the last was lost."""
    try:
        import dask
        from distributed import Client
    except ImportError as error:
        raise ClusterUnavailable(
            "COHORTSCOPE_SCHEDULER is set but the package distributed is not installed. Install it with "
            "pip install -r requirements-cluster.txt, or unset the variable to work here."
        ) from error
    if not re.fullmatch(r"(tcp|tls)://[^/\s]+:\d+", address):
        raise ClusterUnavailable(
            f"COHORTSCOPE_SCHEDULER is {address!r}, which is no address of a scheduler. Give tcp://host:port."
        )
    with _connecting:
        client = _clients.get(address)
        if client is not None and client.status == "running":
            return client
        if client is not None:
            atexit.unregister(client.close)
            _clients.pop(address).close(timeout=1)
        # The function is sent once, however large; Dask's advice on sending large things is for its own users.
        dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TB"})
        try:
            client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False, name="cohortscope")
        except (OSError, ValueError, TimeoutError) as error:
            raise ClusterUnavailable(
                f"No scheduler answers at {address} (COHORTSCOPE_SCHEDULER). Start it with dask scheduler, or unset "
                "the variable to work here."
            ) from error
        _clients[address] = client
        atexit.register(client.close, timeout=1)
        return client


@contextmanager
def unless_lost(client: Client) -> Iterator[None]:
    """Pass over what a lost connection makes of a message: the loss itself shows in the client's status."""
    try:
        yield
    except OSError:
        time.sleep(0.2)
    except Exception:
        if client.status == "running":
            raise


def threads(client: Client) -> int:
    """How many pieces of work the cluster can do at once; 0 when it has no worker or is lost."""
    found: dict[str, int] = {}
    with unless_lost(client):
        found = client.nthreads()
    return sum(found.values())
