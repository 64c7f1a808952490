"""The real program in a real browser: one server and one Chromium per worker, a fresh reader per test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.walk import Visitor, chromium, serving


@pytest.fixture(scope="session")
def store_folder(tmp_path_factory) -> Path:
    """Where the server of this worker keeps its studies; a test module may say otherwise."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="session")
def server(store_folder, tmp_path_factory) -> Iterator[str]:
    """The address of a running server of this worker."""
    with serving(store_folder, tmp_path_factory.mktemp("server") / "server.log") as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def visit(browser, request) -> Iterator[Callable[..., Visitor]]:
    """`visit(address, width=..., dark=...)`: a reader with a fresh browser context.

    Afterwards no page may have logged an error or asked another host for anything, unless the test has emptied those
    lists because it meant to.
    """
    readers: list[Visitor] = []

    def visitor(address: str, **how) -> Visitor:
        readers.append(Visitor(browser, address, **how))
        return readers[-1]

    yield visitor
    failed = getattr(request.node, "failed", False)
    for reader in readers:
        if failed:
            print(f"--- {reader.page.url} says:\n{reader.text()}")
            print("console errors:", *reader.errors, sep="\n  ")
        reader.context.close()
    for reader in readers:
        assert failed or not reader.errors, "\n".join(reader.errors)
        assert failed or not reader.outside, "\n".join(reader.outside)


@pytest.fixture
def reader(visit, server) -> Visitor:
    """A reader of this worker's server at desktop width: `reader.open("Cohort?study=demo")`."""
    return visit(server)


@pytest.fixture
def phone(visit, server) -> Visitor:
    """A reader with a narrow screen."""
    return visit(server, width=390)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call":
        item.failed = report.failed
    return report
