"""Read one edition of a study: read-only, locked down, a cursor per call, every value bound.

DuckDB gives wrong answers when threads share one connection, and one cursor per call gives none (tests/store). A
second connection to the same path in one process must have the same settings, so there is one per edition.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import duckdb
import numpy as np
import pandas as pd

from core.errors import CohortscopeError, Problem, Refused
from core.store.catalogue import read_catalogue
from core.store.paired import paired
from core.store.schema import LAYOUT, MUTATED, NOT_PROFILED, PIECE, REGION_KEYS, WILD_TYPE, Catalogue

#: Applied to every connection before its configuration is locked. Files and network are out of reach of any query.
LOCKED_DOWN = {
    "threads": 1,
    "memory_limit": "1GB",
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
    "temp_directory": "",
    "lock_configuration": True,
}


#: What says whose the rows of a wide table are.
KEY = ("patient_id",)


class Condition(Protocol):
    """Anything that can say itself as SQL over `patients p`: a cohort, or one part of it."""

    def sql(self, catalogue: Catalogue) -> tuple[str, list[Any]]: ...


class Store:
    """One edition of one study. Every method returns a fresh pandas object, ordered by patient."""

    def __init__(self, path: Path, notice: str = ""):
        self.path = Path(path)
        self.notice = notice  # why this edition was opened although a newer one exists; shown above the page
        try:
            self._connection = duckdb.connect(str(path), read_only=True, config=LOCKED_DOWN)
            layout = self._rows("SELECT layout FROM study")[0][0]
        except (duckdb.Error, IndexError) as error:
            raise CohortscopeError(f"The edition {self.path.name} cannot be read; import the study again.") from error
        if layout > LAYOUT:
            raise CohortscopeError(f"The edition {self.path.name} was written by a newer Cohortscope; update this one.")

    def close(self) -> None:
        self._connection.close()

    # ---------------------------------------------------------------- the dictionaries

    @cached_property
    def catalogue(self) -> Catalogue:
        """Everything that may be asked of this edition."""
        return read_catalogue(self._rows, self._frame)

    @property
    def fingerprint(self) -> str:
        return self.catalogue.fingerprint

    # ---------------------------------------------------------------- patients

    def count(self, cohort: Condition) -> int:
        """How many patients the cohort has."""
        where, values = cohort.sql(self.catalogue)
        return int(self._rows(f"SELECT count(*) FROM patients p WHERE {where}", values)[0][0])

    def ids(self, cohort: Condition) -> list[str]:
        """The patients of the cohort, in order."""
        where, values = cohort.sql(self.catalogue)
        return [row[0] for row in self._rows(f"SELECT patient_id FROM patients p WHERE {where} ORDER BY 1", values)]

    def patients(self, cohort: Condition, attributes: Sequence[str] | None = None) -> pd.DataFrame:
        """Index patient_id, a column per attribute: numbers as float, categories and text as str or None."""
        names = list(self.catalogue.attributes) if attributes is None else list(attributes)
        columns = "".join(f", p.{self.catalogue.column(name)}" for name in names)
        where, values = cohort.sql(self.catalogue)
        frame = self._frame(f"SELECT patient_id{columns} FROM patients p WHERE {where} ORDER BY 1", values)
        frame = frame.set_index("patient_id")
        frame.columns = names
        for name in names:
            number = self.catalogue.attributes[name].type == "number"
            frame[name] = (
                frame[name].astype("float64") if number else frame[name].astype(object).where(frame[name].notna(), None)
            )
        return frame

    def outcomes(self, cohort: Condition, endpoint: str) -> pd.DataFrame:
        """Index patient_id (every patient of the cohort), columns time (in its unit) and event; NaN if unknown."""
        self._known(endpoint, self.catalogue.endpoints, "endpoint")
        where, values = cohort.sql(self.catalogue)
        frame = self._frame(
            f"SELECT p.patient_id, o.time, o.event FROM patients p LEFT JOIN outcomes o "
            f"ON o.patient_id = p.patient_id AND o.endpoint = ? WHERE {where} ORDER BY 1",
            [endpoint, *values],
        )
        return frame.set_index("patient_id").astype("float64")

    # ---------------------------------------------------------------- features, genes

    def features(
        self, cohort: Condition, feature_set: str, setting: str | None = None, names: Iterable[str] | None = None
    ) -> pd.DataFrame:
        """Index patient_id, a float column per feature: the patients of the cohort measured under `setting`.

        With `setting` None the set's first setting is read. `names` keeps only those features, in that order.
        """
        self._known(feature_set, self.catalogue.feature_sets, "feature set")
        chosen = self.catalogue.feature_sets[feature_set]
        setting = chosen.settings[0] if setting is None else setting
        self._known(setting, chosen.settings, "setting")
        wanted = chosen.names if names is None else tuple(names)
        known = set(chosen.names)
        for name in wanted:
            self._known(name, known, "feature")
        where, values = cohort.sql(self.catalogue)
        position = list(self.catalogue.feature_sets).index(feature_set)
        place = {
            name: (piece, column)
            for name, piece, column in self._rows(
                "SELECT name, piece, column_name FROM features WHERE feature_set = ?", [feature_set]
            )
        }
        return self._wide(f"values_{position}", wanted, place, f"AND t.setting = ? WHERE {where}", [setting, *values])

    def regions(self, cohort: Condition, name: str, features: Iterable[str] | None = None) -> pd.DataFrame:
        """Index (patient_id, section, location), columns (feature, region): a row per pair, in the study's order.

        `features` keeps only those, in that order.
        """
        self._known(name, self.catalogue.regions, "paired regions")
        chosen = self.catalogue.regions[name]
        wanted = chosen.names if features is None else tuple(features)
        for feature in wanted:
            self._known(feature, chosen.names, "feature")
        if not wanted:
            raise Refused([Problem("No feature was named.", f"regions {name}", "Choose some.")])
        position = list(self.catalogue.regions).index(name)
        place = {each: (i // PIECE, f"f{i}") for i, each in enumerate(chosen.names)}
        where, values = cohort.sql(self.catalogue)
        table = f"region_values_{position}"
        return paired(self._wide(table, wanted, place, f"WHERE {where}", values, REGION_KEYS), chosen)

    def dvh(self, cohort: Condition, structure: str) -> pd.DataFrame:
        """patient_id, dose_gy, volume, kind: the dose-volume tables of one structure, each in rising dose.

        `volume` is in the unit of the structure (`catalogue.structures`), and `kind` differential or cumulative.
        """
        self._known(structure, self.catalogue.structures, "structure with doses")
        where, values = cohort.sql(self.catalogue)
        return self._frame(
            "SELECT p.patient_id, d.dose_gy, d.volume, d.kind FROM patients p JOIN doses d USING (patient_id) "
            f"WHERE d.structure = ? AND ({where}) ORDER BY p.patient_id, d.dose_gy, d.volume DESC",
            [structure, *values],
        )

    def expression(self, cohort: Condition, genes: Iterable[str] | None = None) -> pd.DataFrame:
        """Index patient_id (patients with expression only), a float column per gene."""
        wanted = self.catalogue.expression_genes if genes is None else tuple(genes)
        place = {
            gene: (piece, column) for gene, piece, column in self._rows("SELECT gene, piece, column_name FROM genes")
        }
        for gene in wanted:
            self._known(gene, place, "expressed gene")
        where, values = cohort.sql(self.catalogue)
        return self._wide("expression", wanted, place, f"WHERE {where}", values)

    def _wide(
        self, table: str, wanted: Sequence[str], place: dict, tail: str, values: list, keys: Sequence[str] = KEY
    ) -> pd.DataFrame:
        """Read numbered columns over the pieces of a wide table and give them their names back."""
        frames = []
        for piece in sorted({place[name][0] for name in wanted}):
            names = [name for name in wanted if place[name][0] == piece]
            columns = ", ".join([*(f"t.{key}" for key in keys), *(f"t.{place[name][1]}" for name in names)])
            query = f"SELECT {columns} FROM patients p JOIN {table}_{piece} t ON t.patient_id = p.patient_id {tail}"
            cells = self._columns(f"{query} ORDER BY {', '.join(f't.{key}' for key in keys)}", values)
            index = [np.asarray(cells.pop(0), dtype=object) for _ in keys]
            matrix = np.empty((len(index[0]), len(cells)), order="F")
            for j, column in enumerate(cells):
                matrix[:, j] = np.ma.filled(column, np.nan)
            one = len(keys) == 1
            labels = pd.Index(index[0], name=keys[0]) if one else pd.MultiIndex.from_arrays(index, names=keys)
            frames.append(pd.DataFrame(matrix, index=labels, columns=names, copy=False))
        if not frames:
            return pd.DataFrame(index=pd.Index([], name="patient_id", dtype=object))
        return pd.concat(frames, axis=1)[list(wanted)]

    def mutation_status(self, cohort: Condition, genes: Sequence[str] | None = None) -> pd.DataFrame:
        """Index patient_id (every patient of the cohort), a column per gene: mutated, wild type or not profiled.

        Mutated means in the tumour: a germline variant alone leaves the tumour's gene wild type.
        """
        wanted = list(self.catalogue.mutation_genes if genes is None else genes)
        known = set(self.catalogue.mutation_genes)
        for gene in wanted:
            self._known(gene, known, "gene")
        where, values = cohort.sql(self.catalogue)
        patients = self.ids(cohort)
        cells = np.full((len(patients), len(wanted)), NOT_PROFILED, dtype=object)
        column = {gene: j for j, gene in enumerate(wanted)}
        covered: dict[str, list[int]] = {}  # per panel: an exome times a cohort is too many pairs to fetch
        for panel, gene in self._rows("SELECT panel, gene FROM panels WHERE list_contains(?, gene)", [wanted]):
            covered.setdefault(panel, []).append(column[gene])
        panel_of = dict(self._rows("SELECT patient_id, panel FROM patient_panels"))
        for i, patient in enumerate(patients):
            cells[i, covered.get(panel_of.get(patient), [])] = WILD_TYPE
        row = {patient: i for i, patient in enumerate(patients)}
        mutated = self._rows(
            f"SELECT DISTINCT p.patient_id, m.gene FROM patients p JOIN mutations m USING (patient_id) "
            f"WHERE m.origin <> 'germline' AND list_contains(?, m.gene) AND ({where})",
            [wanted, *values],
        )
        for patient, gene in mutated:
            cells[row[patient], column[gene]] = MUTATED
        return pd.DataFrame(cells, index=pd.Index(patients, name="patient_id"), columns=wanted)

    def mutations(self, cohort: Condition) -> pd.DataFrame:
        """Every mutation of the cohort, one row each, as the study lists them."""
        where, values = cohort.sql(self.catalogue)
        return self._frame(
            f"SELECT m.* FROM patients p JOIN mutations m USING (patient_id) WHERE {where} "
            "ORDER BY m.patient_id, m.gene, m.protein_change, m.sample_id",
            values,
        )

    def presence(self, cohort: Condition) -> pd.DataFrame:
        """Index patient_id, boolean columns per kind of data, set of features or regions, structure, endpoint."""
        where, values = cohort.sql(self.catalogue)
        columns = ["p.patient_id"]
        for position, _ in enumerate(self.catalogue.feature_sets):
            columns.append(f"p.patient_id IN (SELECT patient_id FROM values_{position}_0)")
        for position, _ in enumerate(self.catalogue.regions):
            columns.append(f"p.patient_id IN (SELECT patient_id FROM region_values_{position}_0)")
        dosed = "p.patient_id IN (SELECT patient_id FROM doses WHERE structure = ?)"
        columns += [dosed] * len(self.catalogue.structures)
        columns.append("p.patient_id IN (SELECT patient_id FROM patient_panels)")
        if self.catalogue.expression_genes:
            columns.append("p.patient_id IN (SELECT patient_id FROM expression_0)")
        columns += ["p.patient_id IN (SELECT patient_id FROM outcomes WHERE endpoint = ?)"] * len(
            self.catalogue.endpoints
        )
        frame = self._frame(
            f"SELECT {', '.join(columns)} FROM patients p WHERE {where} ORDER BY 1",
            [*self.catalogue.structures, *self.catalogue.endpoints, *values],
        )
        names = [f"features: {name}" for name in self.catalogue.feature_sets]
        names += [f"regions: {name}" for name in self.catalogue.regions]
        names += [f"doses: {name}" for name in self.catalogue.structures] + ["mutations"]
        names += ["expression"] if self.catalogue.expression_genes else []
        names += [f"endpoint: {name}" for name in self.catalogue.endpoints]
        frame = frame.set_axis(["patient_id", *names], axis=1).set_index("patient_id")
        return frame.astype(bool)

    def gene_sets(self) -> dict[str, tuple[str, ...]]:
        """Name of each gene set and its genes."""
        frame = self._frame("SELECT name, gene FROM gene_sets ORDER BY name, gene")
        return {name: tuple(group) for name, group in frame.groupby("name")["gene"]}

    def report(self) -> pd.DataFrame:
        """What the import found odd, and what was done about it."""
        return self._frame(
            'SELECT code, severity, file, "column", count, rows, message, remedy FROM report ORDER BY position'
        )

    def truth(self) -> pd.DataFrame:
        """What a synthetic study planted: kind, item, value. Empty for real studies."""
        return self._frame("SELECT kind, item, value FROM truth ORDER BY ALL")

    # ---------------------------------------------------------------- asking

    def _known(self, name: str, among: Iterable[str], kind: str) -> None:
        if name not in among:
            raise Refused([Problem(f"The study {self.catalogue.study.id} has no {kind} {name!r}.")])

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple]:
        with self._connection.cursor() as cursor:
            return cursor.execute(query, list(values)).fetchall()

    def _columns(self, query: str, values: Sequence[Any] = ()) -> list[np.ndarray]:
        """The columns as (masked) arrays: three times as fast as a data frame when there are hundreds with gaps."""
        with self._connection.cursor() as cursor:
            return list(cursor.execute(query, list(values)).fetchnumpy().values())

    def _frame(self, query: str, values: Sequence[Any] = ()) -> pd.DataFrame:
        with self._connection.cursor() as cursor:
            return cursor.execute(query, list(values)).df()
