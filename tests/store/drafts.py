"""Tiny valid studies for everyone's tests: every kind of table, and every kind of gap in them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.store.schema import (
    DOSES,
    GENE_SETS,
    MUTATIONS,
    OUTCOMES,
    REGION_KEYS,
    TRUTH,
    Attribute,
    Draft,
    Endpoint,
    Feature,
    FeatureSet,
    Finding,
    Regions,
    Structure,
    Study,
)

PANELS = {"small panel": ("TP53", "CDKN2A"), "large panel": ("TP53", "CDKN2A", "PIK3CA", "NOTCH1", "HRAS")}
EXPRESSED = ("CD8A", "GZMB", "MKI67", "VEGFA", "TP53")


def small_draft(seed: int = 0, n: int = 40) -> Draft:
    """A valid study of `n` (at least 8) patients `P001` ...

    Half of the patients have expression; three quarters were measured under "standard", half also under "sharp";
    the last sixth was not profiled for mutations; HPV, smoking, age and one feature have missing cells; the last two
    patients have no progression-free survival.
    """
    random = np.random.default_rng(seed)
    ids = pd.Index([f"P{i + 1:03d}" for i in range(n)], name="patient_id", dtype=object)
    attributes, patients = _patients(random, ids)
    feature_set, values = _features(random, ids)
    patient_panels = {
        patient: "large panel" if i % 3 else "small panel" for i, patient in enumerate(ids[: n - max(1, n // 6)])
    }
    return Draft(
        study=Study(
            id="small",
            name="Small study",
            description="A study for tests",
            source="made by the tests",
            licence="CC0",
            citation="nobody, 2026",
            synthetic=True,
        ),
        attributes=attributes,
        patients=patients,
        endpoints=[
            Endpoint("os", "Overall survival", "months", "diagnosis"),
            Endpoint("pfs", "Progression-free survival", "days", "diagnosis"),
        ],
        outcomes=_outcomes(random, ids),
        feature_sets=[feature_set],
        values={feature_set.name: values},
        mutations=_mutations(random, patient_panels),
        panels=dict(PANELS),
        patient_panels=patient_panels,
        expression=pd.DataFrame(
            random.normal(8, 2, (n // 2, len(EXPRESSED))), index=ids[: n // 2], columns=list(EXPRESSED)
        ),
        gene_sets=pd.DataFrame(
            [
                ("T cells", "cytotoxic", "CD8A"),
                ("T cells", "cytotoxic", "GZMB"),
                ("Proliferation", "cell cycle", "MKI67"),
            ],
            columns=GENE_SETS,
        ),
        truth=pd.DataFrame([("stable family", "glcm", "yes")], columns=TRUTH),
        report=[
            Finding("W208", "Missing in some patients.", "patients.csv", "hpv_status", 3, (2, 9, 16), "Nothing to do."),
            Finding("I301", "The endpoint os was recognised.", "patients.csv"),
        ],
    )


def _patients(random: np.random.Generator, ids: pd.Index) -> tuple[list[Attribute], pd.DataFrame]:
    n = len(ids)
    subsites = ("oropharynx", "larynx", "oral cavity")
    smoking = ("never", "former smoker", "current smoker")
    attributes = [
        Attribute("subsite", "Subsite", "category", levels=subsites, role="subsite"),
        Attribute("hpv_status", "HPV status", "category", levels=("negative", "positive"), role="hpv"),
        Attribute("smoking status", "Smoking status", "category", levels=smoking),
        Attribute("age", "Age at diagnosis", "number", "years", role="age"),
        Attribute("sex", "Sex", "category", levels=("female", "male"), role="sex"),
        Attribute("remark", "Remark", "text", description="Free text"),
    ]
    patients = pd.DataFrame(
        {
            "subsite": [subsites[i % 3] for i in range(n)],
            "hpv_status": [
                None if i % 7 == 1 else ("negative", "positive")[int(random.random() < 0.4)] for i in range(n)
            ],
            "smoking status": [None if i % 5 == 4 else smoking[random.integers(3)] for i in range(n)],
            "age": np.where(np.arange(n) % 11 == 3, np.nan, random.normal(62, 9, n).round(1)),
            "sex": [("male", "female")[int(random.random() < 0.3)] for _ in range(n)],
            "remark": [None if i else "first patient" for i in range(n)],
        },
        index=ids,
    )
    return attributes, patients.astype({name: object for name in patients if name != "age"})


def _outcomes(random: np.random.Generator, ids: pd.Index) -> pd.DataFrame:
    rows = []
    for i, patient in enumerate(ids):
        months = round(float(random.exponential(30)) + 0.5, 1)
        rows.append((patient, "os", months, float(random.random() < 0.5)))
        if i < len(ids) - 2:
            rows.append((patient, "pfs", round(months * 20), float(random.random() < 0.7)))
    return pd.DataFrame(rows, columns=OUTCOMES)


def _features(random: np.random.Generator, ids: pd.Index) -> tuple[FeatureSet, pd.DataFrame]:
    n = len(ids)
    names = [
        ("original_shape_MeshVolume", "shape", "mm3"),
        ("original_firstorder_Mean", "firstorder", "HU"),
        ("original_firstorder_Entropy", "firstorder", ""),
        ("original_glcm_Contrast", "glcm", ""),
        ("original_glcm_Correlation", "glcm", ""),
        ("original_ngtdm_Coarseness", "ngtdm", ""),
    ]
    features = tuple(
        Feature(name, name.rsplit("_", 1)[1], family, "original", "", unit) for name, family, unit in names
    )
    feature_set = FeatureSet(
        "ct", "CT of the primary tumour", "PyRadiomics", "GTV", "CT", "raw", ("standard", "sharp"), features
    )
    standard = [(patient, "standard") for patient in ids[: 3 * n // 4]]
    sharp = [(patient, "sharp") for patient in ids[: n // 2]]
    shared = random.normal(size=(n, 1))
    cells = shared + 0.7 * random.normal(size=(n, len(names)))
    cells = np.vstack(
        [cells[: len(standard)], cells[: len(sharp)] + 0.3 * random.normal(size=(len(sharp), len(names)))]
    )
    cells[2, 3] = np.nan
    index = pd.MultiIndex.from_tuples(standard + sharp, names=["patient_id", "setting"])
    return feature_set, pd.DataFrame(cells, index=index, columns=[name for name, _, _ in names])


def _mutations(random: np.random.Generator, patient_panels: dict[str, str]) -> pd.DataFrame:
    rates = {"TP53": 0.6, "CDKN2A": 0.3, "PIK3CA": 0.25, "NOTCH1": 0.2}  # HRAS is profiled and never mutated
    rows = []
    for i, (patient, panel) in enumerate(patient_panels.items()):
        for gene in PANELS[panel]:
            if i == 0 or random.random() < rates.get(gene, 0):
                vaf = float("nan") if len(rows) % 4 == 3 else round(float(random.uniform(0.05, 0.9)), 3)
                rows.append((patient, f"{patient}-T1", gene, "Missense_Mutation", f"p.R{i + 1}H", vaf, "somatic"))
    rows.append((next(iter(patient_panels)), "P001-T1", "TP53", "Nonsense_Mutation", "p.Q10*", 0.31, "germline"))
    return pd.DataFrame(rows, columns=MUTATIONS)


def regional_draft(seed: int = 0, n: int = 12) -> Draft:
    """The small study with paired regions of its first patients (2 sections of 2 pairs) and dose tables.

    The second patient lacks a pair, and one cell is missing. The parotid is in cm3 and cumulative, the target in per
    cent and differential.
    """
    draft = small_draft(seed, n)
    random = np.random.default_rng(seed)
    regions = Regions(
        "lung",
        "Lung regions",
        "made by the tests",
        "CT",
        ("upper", "base"),
        ("left", "apical right"),
        ("peripheral", "central"),
        (Feature("mean", "Mean", "firstorder"), Feature("fractal", "Fractal dimension", "fractal")),
    )
    rows = [
        (patient, section, location, member)
        for i, patient in enumerate(draft.patients.index[: n // 2])
        for section in regions.sections
        for location in regions.locations
        for member in regions.members
        if not (i == 1 and section == "base" and location == "left")
    ]
    values = pd.DataFrame(
        random.normal(size=(len(rows), 2)),
        index=pd.MultiIndex.from_tuples(rows, names=REGION_KEYS),
        columns=list(regions.names),
    )
    values.iloc[0, 1] = np.nan
    doses = [
        (patient, structure, kind, dose, volume)
        for i, patient in enumerate(draft.patients.index[:4])
        for structure, kind, table in (
            ("parotid", "cumulative", ((0, 20 + i), (20, 20 + i), (20, 9), (40 + i, 0))),
            ("target", "differential", ((68, 10), (70, 80), (72, 10))),
        )
        for dose, volume in table
    ]
    draft.regions, draft.region_values = [regions], {"lung": values}
    draft.structures = [
        Structure("parotid", "Parotid", "cm3", "organ at risk"),
        Structure("target", "Target", "percent", "target"),
    ]
    draft.doses = pd.DataFrame(doses, columns=DOSES)
    return draft
