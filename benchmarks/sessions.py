"""The server's memory with a real study open in ten sessions."""

from __future__ import annotations

from benchmarks.browsing import browser, server_pid
from benchmarks.claim import Row, within
from benchmarks.process import resident_mb
from benchmarks.studies import library_with, scratch
from tests.browser.walk import Visitor, serving

SESSIONS = 10
PAGES = ("Cohort", "Survival", "Studies", "Reproducibility", "Clusters")


def ten_sessions(claim: str) -> Row:
    """Resident MB of the server and its children: ten readers, each with a cohort of their own, over all pages."""
    store = library_with("hn_tcia").folder
    with browser() as chromium, serving(store, scratch() / "server.log") as address:
        readers = [Visitor(chromium, address) for _ in range(SESSIONS)]
        largest = 0.0
        for i, reader in enumerate(readers):
            reader.open(f"{PAGES[i % len(PAGES)]}?v=1&study=hn_tcia&where=age >= {40 + i}", timeout=300)
            largest = max(largest, resident_mb(server_pid(address)))
        for reader in readers:
            reader.context.close()
    return within(claim, largest, 600, "MB", f"the largest seen; two sessions on each of {', '.join(PAGES)}")


CLAIMS = {"memory of the server with hn_tcia open in ten sessions": ten_sessions}
