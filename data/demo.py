"""The embedded demonstration study: synthetic head-and-neck patients whose truth is known, because it was planted.

Seeded and the same on every machine: draws are uniform and normal numbers from PCG64 (one stream for each part, so
that a change to one leaves the others as they were), there is no linear algebra, and values are kept to six digits.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from core.store.schema import OUTCOMES, TRUTH, Attribute, Draft, Endpoint, Finding, Study
from data import demo_doses as doses
from data import demo_genomics as genomics
from data import demo_imaging as ct
from data.seeded import kept, stream

SEED = 2021
#: Of the study as built; a store that holds another one builds it anew (tests/data/test_demo.py keeps it true).
FINGERPRINT = "05b3874a09d5ec00b3b40dc188b98b4f21db833eb73414acbde2443c8adaf199"
PATIENTS, IMAGED, PAIRED, EXPRESSED = 240, 225, 80, 180

SUBSITES = {"oropharynx": 88, "oral cavity": 58, "larynx": 54, "hypopharynx": 22, "nasopharynx": 18}
CENTRES = dict(zip(ct.CENTRES, (0.45, 0.32, 0.23), strict=True))
HPV_POSITIVE = {"oropharynx": 0.66, "oral cavity": 0.06, "larynx": 0.06, "hypopharynx": 0.05, "nasopharynx": 0.1}
HPV_UNTESTED = {"oropharynx": 0.04, "oral cavity": 0.16, "larynx": 0.2, "hypopharynx": 0.2, "nasopharynx": 0.1}
FEMALE = {"oropharynx": 0.18, "oral cavity": 0.38, "larynx": 0.14, "hypopharynx": 0.12, "nasopharynx": 0.3}
#: Odds of the three planted imaging clusters.
CLUSTERS = {
    "HPV-positive": (0.76, 0.14, 0.10),
    "oropharynx": (0.30, 0.40, 0.30),
    "oral cavity": (0.10, 0.72, 0.18),
    "larynx": (0.10, 0.18, 0.72),
    "hypopharynx": (0.10, 0.18, 0.72),
    "nasopharynx": (0.40, 0.30, 0.30),
}
T_CUTS, N_CUTS = (-0.85, 0.05, 0.75), (-0.25, 0.15, 1.5)
STAGES = ("I", "II", "III", "IV")

#: Planted log hazard ratios, the same for death and for progression; times are Weibull, so hazards are proportional.
LOG_HAZARD_RATIOS = {"hpv_status = positive": -0.9, "stage, per level": 0.4, "cluster = 3": 0.8, "TP53 = mutated": 0.6}
WEIBULL_SHAPE, SCALE_DEATH, SCALE_PROGRESSION = 1.15, 235.0, 250.0


def demo() -> Draft:
    """The demonstration study with its truth table: 240 patients, 225 of them imaged, always the same."""
    patients = _patients(_stream("patients"))
    hpv = patients["hpv"].to_numpy()
    carriers = genomics.mutated(_stream("mutated"), hpv)
    activity = genomics.activities(_stream("activities"), hpv)
    order = np.argsort(_stream("imaged").random(PATIENTS), kind="stable")
    imaged = np.isin(np.arange(PATIENTS), order[:IMAGED])
    at_a = [i for i in order[:IMAGED] if patients["centre"].iloc[i] == "A"]
    paired = np.isin(np.arange(PATIENTS), at_a[:PAIRED])
    images = ct.imaging(_stream("imaging"), patients, activity, imaged, paired)
    measured = np.isin(np.arange(PATIENTS), np.argsort(_stream("measured").random(PATIENTS), kind="stable")[:EXPRESSED])
    profiled = genomics.panels(_stream("panels"), patients)
    shown = _shown(_stream("shown"), patients)
    treated = doses.irradiated(_stream("doses"), _stream("dose outcomes"), shown["treatment"] != SURGERY)
    return Draft(
        study=_study(),
        attributes=[*_attributes(), *doses.ATTRIBUTES],
        patients=shown.join(treated.outcomes),
        endpoints=[
            Endpoint("os", "Overall survival", "months", "diagnosis"),
            Endpoint("pfs", "Progression-free survival", "months", "diagnosis"),
            Endpoint("ttp", "Time to progression", "months", "diagnosis", competing=("os",)),
        ],
        outcomes=_outcomes(_stream("outcomes"), patients, carriers["TP53"]),
        feature_sets=[images.feature_set],
        values={images.feature_set.name: kept(images.values)},
        mutations=genomics.mutations(_stream("mutations"), carriers, patients.index, profiled),
        panels=dict(genomics.PANELS),
        patient_panels=profiled,
        expression=kept(genomics.expression(_stream("expression"), activity, patients.index, measured)),
        gene_sets=genomics.gene_sets(),
        structures=list(doses.STRUCTURES),
        doses=treated.rows,
        truth=pd.DataFrame([*_truth(patients, images), *doses.truth()], columns=TRUTH),
        report=[Finding("I300", "These data were drawn by a program; no patient is behind them.", "data/demo.py")],
    )


def _stream(part: str) -> np.random.Generator:
    return stream(SEED, part)


def _study() -> Study:
    return Study(
        id="demo",
        name="Synthetic demonstration data: head and neck",
        description=(
            f"{PATIENTS} invented head-and-neck patients at three centres, with CT features under two reconstructions, "
            "mutations, expression, dose tables and survival. What was planted is in the truth table."
        ),
        source="Drawn by data/demo.py; no patient is behind these data",
        licence="CC0-1.0",
        citation="Cohortscope, synthetic demonstration data",
        synthetic=True,
    )


def _attributes() -> list[Attribute]:
    return [
        Attribute("subsite", "Subsite", "category", levels=tuple(SUBSITES), role="subsite"),
        Attribute("hpv_status", "HPV status", "category", levels=("negative", "positive"), role="hpv"),
        Attribute("t_stage", "T stage", "category", levels=("T1", "T2", "T3", "T4"), role="t_stage"),
        Attribute("n_stage", "N stage", "category", levels=("N0", "N1", "N2", "N3"), role="n_stage"),
        Attribute(
            "stage", "Overall stage", "category", levels=STAGES, role="stage", description="From T and N, as in AJCC 7"
        ),
        Attribute("age", "Age at diagnosis", "number", "years", role="age"),
        Attribute("sex", "Sex", "category", levels=("female", "male"), role="sex"),
        Attribute("smoking_pack_years", "Smoking", "number", "pack-years"),
        Attribute("centre", "Centre", "category", levels=ct.CENTRES, role="centre"),
        Attribute("treatment", "Treatment", "category", levels=_TREATMENTS, role="treatment"),
    ]


SURGERY = "surgery"
_TREATMENTS = (SURGERY, "surgery and radiotherapy", "radiotherapy", "chemoradiotherapy")


def _patients(random: np.random.Generator) -> pd.DataFrame:
    """Everything true of the patients, known or not: a row each, with `hpv` (bool), `cluster` and `volume`."""
    index = pd.Index([f"DEMO-{i:03d}" for i in range(1, PATIENTS + 1)], name="patient_id", dtype=object)
    subsite = np.repeat(list(SUBSITES), list(SUBSITES.values()))[np.argsort(random.random(PATIENTS), kind="stable")]
    hpv = random.random(PATIENTS) < _each(HPV_POSITIVE, subsite)
    female = random.random(PATIENTS) < _each(FEMALE, subsite)
    centre = np.array(list(CENTRES))[_drawn(random, np.tile(list(CENTRES.values()), (PATIENTS, 1)))]
    kind = np.where(hpv, "HPV-positive", subsite)
    cluster = 1 + _drawn(random, np.array([CLUSTERS[k] for k in kind]))
    volume = random.standard_normal(PATIENTS)
    t = np.searchsorted(T_CUTS, 0.8 * volume + 0.6 * random.standard_normal(PATIENTS))
    n = np.searchsorted(N_CUTS, random.standard_normal(PATIENTS) + np.where(hpv, 0.5, 0) - 0.9 * (subsite == "larynx"))
    age = np.clip(62.5 - 4.5 * hpv + 9.5 * random.standard_normal(PATIENTS), 27, 89).round()
    smoker = random.random(PATIENTS) < np.where(hpv, 0.5, 0.86)
    packs = np.where(smoker, np.clip(38 - 14 * hpv + 17 * random.standard_normal(PATIENTS), 2, 110).round(), 0.0)
    return pd.DataFrame(
        {
            "subsite": subsite,
            "hpv": hpv,
            "t": t,
            "n": n,
            "stage": np.where((t == 3) | (n >= 2), 3, np.where(n == 1, 2, t)),
            "age": age,
            "female": female,
            "smoking_pack_years": packs,
            "centre": centre,
            "cluster": cluster,
            "volume": volume,
        },
        index=index,
    )


def _each(by: dict[str, float], keys: np.ndarray) -> np.ndarray:
    return np.array([by[key] for key in keys])


def _drawn(random: np.random.Generator, shares: np.ndarray) -> np.ndarray:
    """A level number for each row of `shares` (n x levels, rows summing to 1)."""
    upto = np.cumsum(shares, axis=1)[:, :-1]
    return (random.random(len(shares))[:, None] > upto).sum(axis=1)


def _shown(random: np.random.Generator, patients: pd.DataFrame) -> pd.DataFrame:
    """The table of attributes as a study would have it: HPV untested in some, smoking not asked, N stage unknown."""
    untested = random.random(PATIENTS) < _each(HPV_UNTESTED, patients["subsite"])
    unasked = random.random(PATIENTS) < 0.08
    no_n = np.isin(np.arange(PATIENTS), np.argsort(random.random(PATIENTS), kind="stable")[:4])
    advanced, mouth = patients["stage"] >= 2, patients["subsite"] == "oral cavity"
    # Index into the treatments: surgery for the mouth, radiation elsewhere, and more of it when advanced.
    usual = np.where(mouth, np.where(advanced, 1, 0), np.where(advanced, 3, 2))
    treated = np.where(random.random(PATIENTS) < 0.12, (usual + 1) % 4, usual)
    stage = np.array(STAGES, dtype=object)[patients["stage"]]
    columns = {
        "subsite": patients["subsite"],
        "hpv_status": np.where(untested, None, np.where(patients["hpv"], "positive", "negative")),
        "t_stage": [f"T{t + 1}" for t in patients["t"]],
        "n_stage": [None if gone else f"N{n}" for n, gone in zip(patients["n"], no_n, strict=True)],
        "stage": np.where(no_n, None, stage),
        "age": patients["age"],
        "sex": np.where(patients["female"], "female", "male"),
        "smoking_pack_years": patients["smoking_pack_years"].where(~unasked),
        "centre": patients["centre"],
        "treatment": np.array(_TREATMENTS, dtype=object)[treated],
    }
    frame = pd.DataFrame(columns, index=patients.index)
    return frame.astype({a.name: float if a.type == "number" else object for a in _attributes()})


def _outcomes(random: np.random.Generator, patients: pd.DataFrame, tp53: np.ndarray) -> pd.DataFrame:
    """Months to death, to progression or death, and to progression that death may forestall, cut by the end of
    follow-up; some patients were never followed."""
    ratio = LOG_HAZARD_RATIOS
    risk = (
        ratio["hpv_status = positive"] * patients["hpv"]
        + ratio["stage, per level"] * patients["stage"]
        + ratio["cluster = 3"] * (patients["cluster"] == 3)
        + ratio["TP53 = mutated"] * tp53
    ).to_numpy()
    death, progression = (
        scale * (-np.log(1 - random.random(PATIENTS)) * np.exp(-risk)) ** (1 / WEIBULL_SHAPE)
        for scale in (SCALE_DEATH, SCALE_PROGRESSION)
    )
    followed = 14 + 86 * random.random(PATIENTS)
    lost = np.argsort(random.random(PATIENTS), kind="stable")
    unknown = {"os": set(lost[:3].tolist()), "pfs": set(lost[:8].tolist()), "ttp": set(lost[:8].tolist())}
    courses = (
        ("os", death, followed),
        ("pfs", np.minimum(death, progression), followed),
        ("ttp", progression, np.minimum(death, followed)),
    )
    rows = []
    for endpoint, time, end in courses:
        for i, patient in enumerate(patients.index):
            if i not in unknown[endpoint]:
                months = max(round(float(min(time[i], end[i])), 1), 0.1)
                rows.append((patient, endpoint, months, float(time[i] <= end[i])))
    return pd.DataFrame(rows, columns=OUTCOMES)


def _truth(patients: pd.DataFrame, images: ct.Imaging) -> Iterator[tuple[str, str, str]]:
    """What was planted, as text: kind, item, value."""
    for family in ct.FAMILIES:
        yield "family", family, "stable" if family in ct.STABLE else "unstable"
    for planted in ct.planted():
        yield "feature family", planted.feature.name, planted.family
        if planted.parent.startswith(planted.family):
            yield "edge", planted.feature.name, planted.parent
    yield from (("volume surrogate", name, ct.VOLUME) for name in ct.surrogates())
    yield "cluster family", ct.CLUSTER_FAMILY, "the network that the clusters live on"
    yield from (("cluster", str(patient), str(cluster)) for patient, cluster in patients["cluster"].items())
    yield from (("log hazard ratio", item, f"{value:g}") for item, value in LOG_HAZARD_RATIOS.items())
    deaths_per_progression = (SCALE_PROGRESSION / SCALE_DEATH) ** WEIBULL_SHAPE
    yield "share of first events", "ttp before os", f"{1 / (1 + deaths_per_progression):.4g}"
    yield from (("driver pathway", pathway, family) for pathway, family in ct.DRIVERS.items())
    yield "HPV pathway", genomics.HPV_PATHWAY, f"{genomics.HPV_RAISES:g}"
    yield from (("batch shift, SD", family, f"{size:g}") for family, size in ct.BATCH.items())
    for centre in ct.CENTRES[1:]:
        for name in images.shifts:
            yield "batch shift", f"{centre}: {name}", f"{images.shifts.loc[centre, name]:.4g}"
            yield "batch scale", f"{centre}: {name}", f"{images.scales.loc[centre, name]:.4g}"
    for gene, (negative, positive) in genomics.FREQUENCIES.items():
        yield "mutation frequency, HPV-negative", gene, f"{negative:g}"
        yield "mutation frequency, HPV-positive", gene, f"{positive:g}"
