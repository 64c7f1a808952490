"""The first start: both demonstration studies, one of them alone, what is old anew, and a store that takes nothing."""

from __future__ import annotations

import dataclasses

import pytest

from core.store.first_start import EMBEDDED, ensure_demo, has_demo
from core.store.library import Library
from core.store.publish import StoreUnavailable
from data.demo_ild import FINGERPRINT, demo_ild


def test_what_is_missing_or_old_is_built_and_nothing_else(tmp_path):
    library = Library(tmp_path / "store")
    old = demo_ild()
    old.study = dataclasses.replace(old.study, description="As an earlier version made it.")
    library.publish(old)
    assert not has_demo(library)
    shares = []
    ensure_demo(library, lambda share, text="": shares.append(share), names=["demo_ild"])
    assert [entry.id for entry in library.studies()] == ["demo_ild"] and not has_demo(library)
    assert library.editions("demo_ild")[0].fingerprint == FINGERPRINT and len(library.editions("demo_ild")) == 2
    assert shares == sorted(shares)
    ensure_demo(library)
    assert {entry.id for entry in library.studies()} == set(EMBEDDED) and has_demo(library)
    assert len(library.editions("demo_ild")) == 2, "what is there is not built again"


def test_a_store_that_takes_nothing_costs_no_making(tmp_path, monkeypatch):
    def made(name):
        raise AssertionError(f"{name} was made for a store that cannot keep it")

    monkeypatch.setattr("core.store.first_start.import_module", made)
    (tmp_path / "store").write_text("a file, no folder")
    with pytest.raises(StoreUnavailable):
        ensure_demo(Library(tmp_path / "store"))
