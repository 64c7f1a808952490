"""Write a draft as one DuckDB file: an edition, complete on the disk before it takes its name."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from core.compute import Progress, quiet
from core.store.canonical import canonical
from core.store.fingerprint import of_canonical
from core.store.schema import LAYOUT, PIECE, REGION_KEYS, Draft, FeatureSet, Regions

#: Ending of a file that is being written; an import that was killed leaves one, and the next import removes it.
UNFINISHED = ".building"
#: Fields that hold several texts.
LISTS = ("levels", "settings", "competing", "sections", "locations", "members")
WRITING = {"threads": 1, "memory_limit": "512MB", "autoinstall_known_extensions": False}


def build(draft: Draft, path: Path, progress: Progress = quiet) -> str:
    """Write the edition to `path` and give its fingerprint; a file of that name is replaced in one step.

    The order is file, rename, folder, each flushed to the disk, so a power cut leaves the old name or the new file.
    Raises `Refused` when the draft breaks the rules of `core.store.checks`, `OSError` or `duckdb.Error` when the disk
    does not take the file; the unfinished file is removed then.
    """
    progress(0.0, "Checking the tables")
    clean = canonical(draft)
    identity = of_canonical(clean)
    write(clean, identity, path, progress)
    return identity


def write(clean: Draft, identity: str, path: Path, progress: Progress = quiet) -> None:
    """`build` for a draft that is in canonical form and whose fingerprint is known."""
    unfinished = path.with_name(f"{path.stem}.{os.getpid()}{UNFINISHED}")
    unfinished.unlink(missing_ok=True)
    try:
        with duckdb.connect(str(unfinished), config={**WRITING, "temp_directory": ""}) as connection:
            _Writer(connection).everything(clean, identity, progress)
            connection.execute("CHECKPOINT")
        flush(unfinished)
        progress(1.0, "Written")
        os.replace(unfinished, path)
        flush(path.parent)
    finally:
        for leftover in (unfinished, unfinished.with_name(unfinished.name + ".wal")):
            leftover.unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Wait until the file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _Writer:
    """The tables of an edition, each handed to DuckDB as one Arrow table. Names from the study are only ever cells."""

    def __init__(self, connection: duckdb.DuckDBPyConnection):
        self._connection = connection

    def everything(self, draft: Draft, identity: str, progress: Progress) -> None:
        steps = [
            ("Writing the dictionaries", lambda: self._dictionaries(draft, identity)),
            ("Writing the patients", lambda: self._patients(draft)),
            *(
                (f"Writing the features of {chosen.name}", lambda p=position, c=chosen: self._values(p, c, draft))
                for position, chosen in enumerate(draft.feature_sets)
            ),
            ("Writing mutations and panels", lambda: self._genomics(draft)),
            ("Writing the expression", lambda: self._expression(draft.expression)),
            ("Writing regions and doses", lambda: self._optional(draft)),
            ("Writing the report", lambda: self._report(draft)),
        ]
        for done, (text, step) in enumerate(steps):
            progress(0.1 + 0.9 * done / len(steps), text)
            step()

    def _dictionaries(self, draft: Draft, identity: str) -> None:
        study = {**dataclasses.asdict(draft.study), "layout": LAYOUT, "fingerprint": identity}
        study["imported_at"] = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        types = {"synthetic": pa.bool_(), "layout": pa.int32(), "imported_at": pa.timestamp("us")}
        self._table("study", {name: ([cell], types.get(name, pa.string())) for name, cell in study.items()})
        attributes = _records(draft.attributes, ("name", "label", "type", "unit", "levels", "role", "description"))
        self._table("attributes", {**_numbered("a", len(draft.attributes)), **attributes})
        endpoints = _records(draft.endpoints, ("name", "label", "time_unit", "origin", "competing"))
        self._table("endpoints", {**_positions(len(draft.endpoints)), **endpoints})
        heads = _records(draft.feature_sets, ("name", "label", "software", "roi", "modality", "scale", "settings"))
        self._table("feature_sets", {**_positions(len(draft.feature_sets)), **heads})
        self._features("features", draft.feature_sets)

    def _features(self, table: str, sets: Sequence[FeatureSet | Regions]) -> None:
        features = [feature for chosen in sets for feature in chosen.features]
        places = [(chosen.name, i) for chosen in sets for i in range(len(chosen.features))]
        columns = {
            "feature_set": ([name for name, _ in places], pa.string()),
            "position": ([i for _, i in places], pa.int32()),
            "piece": ([i // PIECE for _, i in places], pa.int32()),
            "column_name": ([f"f{i}" for _, i in places], pa.string()),
        }
        names = ("name", "label", "family", "filter", "ibsi", "unit")
        self._table(table, {**columns, **_records(features, names)})

    def _patients(self, draft: Draft) -> None:
        cells = {
            f"a{i}": (draft.patients[a.name].to_numpy(), pa.float64() if a.type == "number" else pa.string())
            for i, a in enumerate(draft.attributes)
        }
        self._table("patients", {"patient_id": (draft.patients.index, pa.string()), **cells})
        self._long("outcomes", draft.outcomes, time=pa.float64(), event=pa.int8())

    def _values(self, position: int, chosen: FeatureSet, draft: Draft) -> None:
        frame = draft.values[chosen.name]
        keys = {name: (frame.index.get_level_values(name), pa.string()) for name in ("patient_id", "setting")}
        self._pieces(f"values_{position}", keys, frame, "f")

    def _genomics(self, draft: Draft) -> None:
        self._long("mutations", draft.mutations, vaf=pa.float64())
        covered = [(panel, gene) for panel, genes in draft.panels.items() for gene in genes]
        self._pairs("panels", ("panel", "gene"), covered)
        self._pairs("patient_panels", ("patient_id", "panel"), list(draft.patient_panels.items()))
        self._long("gene_sets", draft.gene_sets)
        self._long("truth", draft.truth)

    def _expression(self, frame: pd.DataFrame) -> None:
        count = frame.shape[1]
        places = {**_positions(count), "piece": ([i // PIECE for i in range(count)], pa.int32())}
        places["column_name"] = ([f"g{i}" for i in range(count)], pa.string())
        self._table("genes", {**places, "gene": (list(frame.columns), pa.string())})
        self._pieces("expression", {"patient_id": (frame.index, pa.string())}, frame, "g")

    def _optional(self, draft: Draft) -> None:
        """Tables that only some studies have; an edition without them is as one from before there were any."""
        if draft.regions:
            heads = ("name", "label", "software", "modality", "sections", "locations", "members")
            self._table("regions", {**_positions(len(draft.regions)), **_records(draft.regions, heads)})
            self._features("region_features", draft.regions)
        for position, chosen in enumerate(draft.regions):
            frame = draft.region_values[chosen.name]
            keys = {name: (frame.index.get_level_values(name), pa.string()) for name in REGION_KEYS}
            self._pieces(f"region_values_{position}", keys, frame, "f")
        if draft.structures:
            heads = ("name", "label", "unit", "role")
            self._table("structures", {**_positions(len(draft.structures)), **_records(draft.structures, heads)})
            self._long("doses", draft.doses, dose_gy=pa.float64(), volume=pa.float64())

    def _report(self, draft: Draft) -> None:
        columns = _records(draft.report, ("code", "severity", "file", "column", "message", "remedy"))
        columns["count"] = ([finding.count for finding in draft.report], pa.int64())
        columns["rows"] = ([list(finding.rows) for finding in draft.report], pa.list_(pa.int64()))
        self._table("report", {**_positions(len(draft.report)), **columns})

    def _pieces(self, table: str, keys: dict, frame: pd.DataFrame, letter: str) -> None:
        """A wide matrix as tables of at most PIECE columns, the column numbers going on from piece to piece."""
        cells = frame.to_numpy(dtype="float64")
        for piece in range(max(1, -(-frame.shape[1] // PIECE))):
            numbers = range(piece * PIECE, min(frame.shape[1], (piece + 1) * PIECE))
            columns = {f"{letter}{i}": (np.ascontiguousarray(cells[:, i]), pa.float64()) for i in numbers}
            self._table(f"{table}_{piece}", {**keys, **columns})

    def _long(self, table: str, frame: pd.DataFrame, **types: pa.DataType) -> None:
        self._table(table, {name: (frame[name].to_numpy(), types.get(name, pa.string())) for name in frame.columns})

    def _pairs(self, table: str, names: Sequence[str], pairs: Sequence[tuple[str, str]]) -> None:
        self._table(table, {name: ([pair[i] for pair in pairs], pa.string()) for i, name in enumerate(names)})

    def _table(self, table: str, columns: Mapping[str, tuple[Iterable, pa.DataType]]) -> None:
        """Create and fill a table; its and its columns' names come from this file, never from a study."""
        arrays = {
            name: pa.array(np.asarray(cells) if isinstance(cells, pd.Index) else cells, type=kind, from_pandas=True)
            for name, (cells, kind) in columns.items()
        }
        self._connection.register("incoming", pa.table(arrays))
        self._connection.execute(f"CREATE TABLE {table} AS SELECT * FROM incoming")
        self._connection.unregister("incoming")


def _records(items: Sequence, names: Sequence[str]) -> dict[str, tuple[list, pa.DataType]]:
    """A column per field of these dataclasses; a tuple becomes a list of texts."""
    columns = {}
    for name in names:
        cells = [getattr(item, name) for item in items]
        lists = name in LISTS
        columns[name] = (
            [list(cell) for cell in cells] if lists else cells,
            pa.list_(pa.string()) if lists else pa.string(),
        )
    return columns


def _positions(count: int) -> dict[str, tuple[list, pa.DataType]]:
    return {"position": (list(range(count)), pa.int32())}


def _numbered(letter: str, count: int) -> dict[str, tuple[list, pa.DataType]]:
    return {**_positions(count), "column_name": ([f"{letter}{i}" for i in range(count)], pa.string())}
