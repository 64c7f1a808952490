"""What the tests of several analyses ask: made once for each worker, and never published into."""

from __future__ import annotations

import pytest

from core.store.library import Library


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Library:
    """A library that holds the demonstration study and nothing else."""
    from data.demo import demo as draft

    library = Library(tmp_path_factory.mktemp("demo"))
    library.publish(draft())
    return library
