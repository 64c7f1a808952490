"""An edition is locked down, and threads that share it get right answers."""

from __future__ import annotations

import threading

import duckdb
import pandas as pd
import pytest

from core.compute import in_threads
from tests.store.reading import Everyone

REFUSED = (
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM read_parquet('../../x.parquet')",
    "SELECT * FROM glob('/*')",
    "COPY patients TO '{tmp}/out.csv'",
    "COPY (SELECT 1) TO '{tmp}/out.parquet'",
    "EXPORT DATABASE '{tmp}/out'",
    "ATTACH '{tmp}/other.duckdb'",
    "ATTACH ':memory:' AS other; COPY FROM DATABASE other TO other",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SELECT * FROM read_csv('https://example.org/x.csv')",
    "SET enable_external_access = true",
    "SET threads = 8",
    "RESET memory_limit",
    "PRAGMA database_size; SET lock_configuration = false",
    "INSERT INTO patients (patient_id) VALUES ('x')",
    "UPDATE patients SET a0 = 'x'",
    "DELETE FROM patients",
    "DROP TABLE patients",
    "CREATE TABLE x (y INT)",
    "ALTER TABLE patients ADD COLUMN z INT",
    "SELECT * FROM python_frame",
)


@pytest.mark.parametrize("statement", REFUSED)
def test_the_edition_is_locked_down(store, tmp_path, statement):
    python_frame = pd.DataFrame({"x": [1]})
    before = store.count(Everyone())
    with pytest.raises(duckdb.Error):
        store._rows(statement.format(tmp=tmp_path))
    assert len(python_frame) == 1 and list(tmp_path.iterdir()) == []
    assert store.count(Everyone()) == before


def test_eight_threads_on_one_store_get_right_answers(store):
    class Older:
        def __init__(self, age):
            self.age = age

        def sql(self, catalogue):
            return f"p.{catalogue.column('age')} >= ?", [self.age]

    ages = [40 + i % 40 for i in range(160)]
    column = store.patients(Everyone(), ["age"])["age"]
    expected = [list(column.index[column >= age]) for age in ages]
    answers: dict[int, list] = {}
    faults = []

    def ask(worker):
        for i in range(worker, len(ages), 8):
            cohort = Older(ages[i])
            ids = store.ids(cohort)
            if store.count(cohort) != len(ids) or list(store.features(cohort, "ct").index) != [
                p for p in ids if p in measured
            ]:
                faults.append(i)
            answers[i] = ids

    measured = set(store.features(Everyone(), "ct").index)
    threads = [threading.Thread(target=ask, args=(worker,)) for worker in range(8)]
    [thread.start() for thread in threads], [thread.join() for thread in threads]
    assert faults == []
    assert [answers[i] for i in range(len(ages))] == expected


def test_the_catalogue_is_made_once_however_many_ask_at_once(library):
    store = library.open("small")
    names = in_threads(lambda _: tuple(store.catalogue.attributes), range(8))
    assert len(set(names)) == 1


def test_results_are_fresh_objects(store):
    one = store.patients(Everyone())
    one.loc[:, "age"] = 0.0
    assert (store.patients(Everyone())["age"] != 0.0).all()


def test_mutation_status_follows_panel_and_mutation(store):
    status = store.mutation_status(Everyone())
    mutated = {(row.patient_id, row.gene) for row in store.mutations(Everyone()).itertuples()}
    panel_of = dict(store._rows("SELECT patient_id, panel FROM patient_panels"))
    covers = set(store._rows("SELECT panel, gene FROM panels"))
    for patient, row in status.iterrows():
        for gene, word in row.items():
            profiled = (panel_of.get(patient), gene) in covers
            expected = "mutated" if (patient, gene) in mutated else "wild type" if profiled else "not profiled"
            assert word == expected
    pd.testing.assert_frame_equal(store.mutation_status(Everyone(), ["HRAS", "TP53"]), status[["HRAS", "TP53"]])
