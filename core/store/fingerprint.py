"""The identity of a study's content: a SHA-256 that two machines agree on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import pandas as pd

from core.store.canonical import canonical
from core.store.schema import Draft

MISSING = b"\xff"  # cannot begin any UTF-8 text


def fingerprint(draft: Draft) -> str:
    """Hexadecimal SHA-256 over everything an analysis can see of the draft.

    The same whatever the order of rows, of genes in the expression table and of tables in a dictionary, whatever the
    column types they were read into, and whatever the report says. The order of attributes, levels, settings and
    features does count, because pages show it. Numbers enter as their eight IEEE bytes, so no printing is involved.
    Raises `Refused` when the draft breaks the rules of `core.store.checks`.
    """
    return of_canonical(canonical(draft))


def of_canonical(draft: Draft) -> str:
    """The fingerprint of a draft that is in canonical form already."""
    digest = _Digest()
    study = draft.study
    digest.texts("study", (study.id, study.name, study.description, study.source, study.licence, study.citation))
    digest.texts("synthetic", (str(bool(study.synthetic)),))
    for a in draft.attributes:
        digest.texts("attribute", (a.name, a.label, a.type, a.unit, a.role, a.description, *a.levels))
    for endpoint in draft.endpoints:
        digest.texts("endpoint", (endpoint.name, endpoint.label, endpoint.time_unit, endpoint.origin))
        if endpoint.competing:  # said only where there are some, so that editions without any keep their identity
            digest.texts("competing", (endpoint.name, *endpoint.competing))
    digest.frame("patients", draft.patients, keyed=True)
    digest.frame("outcomes", draft.outcomes)
    for chosen in draft.feature_sets:
        head = (chosen.name, chosen.label, chosen.software, chosen.roi, chosen.modality, chosen.scale)
        digest.texts("feature set", (*head, *chosen.settings))
        for f in chosen.features:
            digest.texts("feature", (f.name, f.label, f.family, f.filter, f.ibsi, f.unit))
        digest.frame("values", draft.values[chosen.name], keyed=True)
    digest.frame("mutations", draft.mutations)
    for panel, genes in draft.panels.items():
        digest.texts("panel", (panel, *genes))
    for patient, panel in draft.patient_panels.items():
        digest.texts("patient panel", (patient, panel))
    digest.frame("expression", draft.expression, keyed=True)
    digest.frame("gene sets", draft.gene_sets)
    digest.frame("truth", draft.truth)
    _optional(digest, draft)
    return digest.hexdigest()


def _optional(digest: _Digest, draft: Draft) -> None:
    """Tables that came into the format later, told only where a study has them: others keep their identity."""
    for chosen in draft.regions:
        digest.texts("regions", (chosen.name, chosen.label, chosen.software, chosen.modality, *chosen.members))
        digest.texts("sections", chosen.sections)
        digest.texts("locations", chosen.locations)
        for f in chosen.features:
            digest.texts("feature", (f.name, f.label, f.family, f.filter, f.ibsi, f.unit))
        digest.frame("region values", draft.region_values[chosen.name], keyed=True)
    for structure in draft.structures:
        digest.texts("structure", (structure.name, structure.label, structure.unit, structure.role))
    if draft.structures:
        digest.frame("doses", draft.doses)


class _Digest:
    """A hash in which every part says its kind and length, so that no two different contents read the same."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256(b"cohortscope study content 1")

    def texts(self, kind: str, cells: Iterable[str | None]) -> None:
        encoded = [MISSING if cell is None else cell.encode() for cell in cells]
        self._part(kind.encode())
        self._part(np.array([len(cell) for cell in encoded], dtype=">u8").tobytes())
        self._part(b"".join(encoded))

    def frame(self, kind: str, frame: pd.DataFrame, keyed: bool = False) -> None:
        """Column by column, after the index where it says whose the rows are; rows are in canonical order already."""
        self.texts(kind, [str(name) for name in frame.columns])
        for level in range(frame.index.nlevels if keyed else 0):
            self.texts("key", frame.index.get_level_values(level))
        for place in range(frame.shape[1]):
            column = frame.iloc[:, place]
            if column.dtype == "float64":
                cells = column.to_numpy()
                self._part(np.where(np.isnan(cells), np.nan, cells).astype(">f8").tobytes())
            else:
                self.texts("text", column)

    def hexdigest(self) -> str:
        return self._hash.hexdigest()

    def _part(self, data: bytes) -> None:
        self._hash.update(len(data).to_bytes(8, "big"))
        self._hash.update(data)
