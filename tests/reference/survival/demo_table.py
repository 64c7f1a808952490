"""Writes demo.csv, the patients of the demonstration study as one table for R, and rossi.csv as lifelines has it.

Run at the top of the checkout: python -m tests.reference.survival.demo_table

Times in months; empty where not known. `tp53` is empty for patients who were not profiled for it, and says "mutated"
for a mutation of the tumour. Volume (mm3) and entropy are those of the standard reconstruction.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from core.vocabulary import MUTATED, WILD_TYPE
from data.demo import demo

DEMO, ROSSI = (Path(__file__).with_name(name) for name in ("demo.csv", "rossi.csv"))
ATTRIBUTES = ["subsite", "hpv_status", "stage", "age", "sex", "centre"]
FEATURES = {"volume": "original_shape_MeshVolume", "entropy": "original_glcm_JointEntropy"}


def table() -> pd.DataFrame:
    """A row per patient of the demonstration study; `patient` counts them from 1."""
    draft = demo()
    found = draft.patients[ATTRIBUTES].copy()
    for endpoint in ("os", "pfs"):
        rows = draft.outcomes.query("endpoint == @endpoint").set_index("patient_id").reindex(found.index)
        found[f"{endpoint}_months"], found[f"{endpoint}_event"] = rows["time"], rows["event"]
    profiled = [patient for patient, panel in draft.patient_panels.items() if "TP53" in draft.panels[panel]]
    mutations = draft.mutations.query("gene == 'TP53' and origin != 'germline'")
    found["tp53"] = pd.Series(WILD_TYPE, index=profiled, dtype=object)
    found.loc[found.index.isin(mutations["patient_id"]), "tp53"] = MUTATED
    measured = draft.values["ct"].xs("standard", level="setting").reindex(found.index)
    for short, feature in FEATURES.items():
        found[short] = measured[feature]
    found.insert(0, "patient", range(1, len(found) + 1))
    return found.reset_index(drop=True)


def text() -> str:
    """The table as it stands in demo.csv."""
    return table().to_csv(index=False, lineterminator="\n")


def rossi_text() -> str:
    """432 convicts followed for 52 weeks after release (Rossi, Berk and Lenihan 1980, ISBN 0-12-598240-1)."""
    from lifelines.datasets import load_rossi

    return load_rossi().to_csv(index=False, lineterminator="\n")


if __name__ == "__main__":
    DEMO.write_text(text())
    ROSSI.write_text(rossi_text())
