"""The one form of a study that is fingerprinted and built: sorted rows, settled types, checked references.

Two importers that understood the same thing may hand over other row orders and column types (a whole number read as
1.0, a categorical). Here they become the same draft, so equal content gives an equal fingerprint and equal files.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.errors import Problem, Refused
from core.store import checks
from core.store.schema import (
    DOSES,
    GENE_SETS,
    MUTATIONS,
    OUTCOMES,
    REGION_KEYS,
    TRUTH,
    Attribute,
    Draft,
    FeatureSet,
    Finding,
    Regions,
)

#: The finding that says panels were widened for the patients concerned.
BEYOND_PANEL = "W251"


def canonical(draft: Draft) -> Draft:
    """The draft with rows sorted, columns in dictionary order, numbers as float64 and text as str or None.

    Half outcomes (no time or no event) are left out; every value of a category becomes a level; the gene of each
    mutation belongs to its patient's panel. Raises `Refused` naming every broken reference, without any cell value.
    """
    checks.refuse(checks.shape(draft))
    patients = _patients(draft)
    outcomes = _long(draft.outcomes, OUTCOMES, numbers=("time", "event"), what="outcomes").dropna(
        subset=["time", "event"]
    )
    mutations = _long(
        draft.mutations,
        ["gene", "patient_id", *(column for column in MUTATIONS if column not in ("gene", "patient_id"))],
        numbers=("vaf",),
        what="mutations",
    )[MUTATIONS]
    values = {chosen.name: _values(draft, chosen) for chosen in draft.feature_sets}
    expression = _expression(draft.expression)
    panels, patient_panels, widened = _panels(draft, mutations)
    clean = dataclasses.replace(
        draft,
        attributes=[_with_levels(attribute, patients[attribute.name]) for attribute in draft.attributes],
        patients=patients,
        outcomes=outcomes.reset_index(drop=True),
        values=values,
        mutations=mutations,
        panels=panels,
        patient_panels=patient_panels,
        expression=expression,
        gene_sets=_long(draft.gene_sets, GENE_SETS, what="gene sets"),
        truth=_long(draft.truth, TRUTH, what="truth"),
        region_values={chosen.name: _region_values(draft, chosen) for chosen in draft.regions},
        doses=_doses(draft.doses),
        report=draft.report + [finding for finding in widened if finding not in draft.report],
    )
    checks.refuse(checks.references(clean))
    return clean


def texts(cells: Sequence, what: str) -> np.ndarray:
    """Cells as str or None; a whole number that a table reader made a float is written without `.0`."""
    column = np.empty(len(cells), dtype=object)
    column[:] = [_text(cell) for cell in cells]
    try:
        "\n".join(cell for cell in column if cell is not None).encode()
    except UnicodeEncodeError as error:
        raise Refused([Problem("A text holds characters that are no Unicode text.", what)]) from error
    return column


def _text(cell: object) -> str | None:
    if isinstance(cell, str):
        return str(cell)
    if cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and cell != cell):
        return None
    return str(int(cell)) if isinstance(cell, (float, np.floating)) and float(cell).is_integer() else str(cell)


def _numbers(column: pd.Series, what: str) -> np.ndarray:
    try:
        cells = np.array(pd.to_numeric(column).to_numpy(dtype="float64", na_value=np.nan)) + 0.0  # -0.0 becomes 0.0
    except (ValueError, TypeError) as error:
        raise Refused([Problem("A numeric column holds text.", what)]) from error
    if np.isinf(cells).any():
        raise Refused([Problem("A numeric column holds infinite values.", what, "Make them missing.")])
    return cells


def _patients(draft: Draft) -> pd.DataFrame:
    index = pd.Index(texts(draft.patients.index, "patients"), name="patient_id", dtype=object)
    columns = {}
    for attribute in draft.attributes:
        cells = draft.patients[attribute.name]
        read = _numbers if attribute.type == "number" else texts
        columns[attribute.name] = read(cells, f"attribute {attribute.name}")
    return pd.DataFrame(columns, index=index).sort_index()


def _with_levels(attribute: Attribute, cells: pd.Series) -> Attribute:
    """A category whose levels name every value: those the importer ordered first, the others by name."""
    if attribute.type != "category":
        return attribute
    others = sorted(set(cells.dropna()) - set(attribute.levels))
    return dataclasses.replace(attribute, levels=(*attribute.levels, *others))


def _long(frame: pd.DataFrame, columns: Sequence[str], numbers: Sequence[str] = (), what: str = "") -> pd.DataFrame:
    """A long table with these columns, sorted by all of them."""
    clean = pd.DataFrame(
        {
            name: _numbers(frame[name], f"{what}, {name}") if name in numbers else texts(frame[name], f"{what}, {name}")
            for name in columns
        },
        columns=list(columns),
    )
    return clean.sort_values(list(columns), kind="stable", ignore_index=True)


def _values(draft: Draft, chosen: FeatureSet) -> pd.DataFrame:
    return _keyed(draft.values[chosen.name], chosen, ["patient_id", "setting"], f"feature set {chosen.name}")


def _region_values(draft: Draft, chosen: Regions) -> pd.DataFrame:
    return _keyed(draft.region_values[chosen.name], chosen, REGION_KEYS, f"regions {chosen.name}")


def _keyed(frame: pd.DataFrame, chosen: FeatureSet | Regions, keys: list[str], where: str) -> pd.DataFrame:
    """A table of features by several keys, sorted by them, its columns in dictionary order."""
    index = pd.MultiIndex.from_arrays(
        [texts(frame.index.get_level_values(level), where) for level in range(len(keys))], names=keys
    )
    columns = {name: _numbers(frame[name], f"{where}, {name}") for name in chosen.names}
    return pd.DataFrame(columns, index=index).sort_index()


def _doses(frame: pd.DataFrame) -> pd.DataFrame:
    """Tables in rising dose. At a dose given twice, a step of a cumulative table, the larger volume comes first."""
    clean = _long(frame, DOSES, numbers=("dose_gy", "volume"), what="doses")
    order = np.lexsort([-clean["volume"], clean["dose_gy"]])
    by_dose = clean.iloc[order].sort_values(["patient_id", "structure"], kind="stable")
    return by_dose.reset_index(drop=True)


def _expression(frame: pd.DataFrame) -> pd.DataFrame:
    if frame.shape[1] == 0:
        return pd.DataFrame(index=pd.Index([], name="patient_id", dtype=object))
    index = pd.Index(texts(frame.index, "expression"), name="patient_id", dtype=object)
    columns = {str(gene): _numbers(frame[gene], f"expression, {gene}") for gene in sorted(frame.columns, key=str)}
    return pd.DataFrame(columns, index=index).sort_index()


def _panels(draft: Draft, mutations: pd.DataFrame) -> tuple[dict, dict, list[Finding]]:
    """Panels such that mutated implies profiled, widened for nobody but the patients concerned."""
    panels = {name: tuple(sorted(set(map(str, genes)))) for name, genes in sorted(draft.panels.items())}
    of_patient = dict(sorted(draft.patient_panels.items()))
    widened = 0
    for patient, genes in mutations.groupby("patient_id", sort=True)["gene"]:
        panel = of_patient.get(patient, "")
        extra = sorted(set(genes) - set(panels.get(panel, ())))
        if extra:
            name = _widened_name(panel, extra)
            panels[name] = tuple(sorted({*panels.get(panel, ()), *extra}))
            of_patient[patient] = name
            widened += 1
    used = set(of_patient.values())
    finding = Finding(
        BEYOND_PANEL,
        "Patients have mutations in genes outside their panel; these genes count as profiled for them alone.",
        count=widened,
    )
    return {n: genes for n, genes in panels.items() if n in used}, of_patient, [finding] if widened else []


def _widened_name(panel: str, extra: Sequence[str]) -> str:
    name = f"{panel or 'no panel'} + {', '.join(extra)}"
    return name if len(name) <= 100 else f"{name[:80]} ... {hashlib.sha256(name.encode()).hexdigest()[:12]}"
