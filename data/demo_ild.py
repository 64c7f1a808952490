"""The second embedded demonstration study: synthetic patients with pulmonary fibrosis and paired lung regions.

It follows the rules of `data/demo.py`: a stream of random numbers for each part, no linear algebra, six digits. It is a
study of its own because in one with the head-and-neck patients every denominator would be of two diseases.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from core.store.paired import derived
from core.store.schema import OUTCOMES, TRUTH, Attribute, Draft, Endpoint, Finding, Study
from data import demo_regions as regional
from data.seeded import kept, stream

SEED = 2022
#: Of the study as built; a store that holds another one builds it anew (tests/data/test_demo_ild.py keeps it true).
FINGERPRINT = "f8c2abd1b7bdb04bf53cc2091812b695580a1b040f1d8bb3712b6aced0151af9"
PATIENTS, UNIMAGED = 160, 4
#: Invented polymorphisms: minor allele, its frequency, and the calls that failed. In Hardy-Weinberg proportions.
TOLLIP, MUC5B = "tollip_like", "muc5b_like"
FREQUENCIES = {TOLLIP: 0.2, MUC5B: 0.36}
LEVELS = {TOLLIP: ("C/C", "C/T", "T/T"), MUC5B: ("G/G", "G/T", "T/T")}
UNTYPED = {TOLLIP: 7, MUC5B: 5}
SMOKING = ("never", "former", "current")

#: The difference (peripheral minus central) that survival depends on. It does not go with either SNP.
PROGNOSTIC = "fractal_FineBoxCountingDimension"
#: Planted log hazard ratios. The difference counts per standard deviation, more in carriers of the TOLLIP-like allele.
LOG_HAZARD_RATIOS = {
    f"{PROGNOSTIC} difference, per SD, in non-carriers": 0.3,
    f"{TOLLIP} carrier": 0.5,
    f"{PROGNOSTIC} difference, per SD, further in carriers": 0.8,
    "fvc_percent, per 10 %": -0.2,
    "age, per 10 years": 0.25,
}
WEIBULL_SHAPE, SCALE_DEATH = 1.2, 58.0


def demo_ild() -> Draft:
    """The study with its truth table: 160 patients, 156 of them imaged, always the same."""
    patients = _patients(stream(SEED, "patients"))
    alleles = {name: _alleles(stream(SEED, name), share) for name, share in FREQUENCIES.items()}
    order = np.argsort(stream(SEED, "imaged").random(PATIENTS), kind="stable")
    imaged = np.isin(np.arange(PATIENTS), order[UNIMAGED:])
    lungs = regional.lungs(stream(SEED, "regions"), patients, alleles[TOLLIP], imaged)
    values = kept(lungs.values)
    made = derived(regional.REGIONS, values)
    return Draft(
        study=_study(),
        attributes=_attributes(),
        patients=_shown(stream(SEED, "shown"), patients, alleles),
        endpoints=[Endpoint("os", "Overall survival", "months", "CT")],
        # Of several streams one in which chance does not add a further interaction, with the SNP that has no effect.
        outcomes=_outcomes(stream(SEED, "courses"), patients, alleles[TOLLIP] > 0, lungs.differences[PROGNOSTIC]),
        feature_sets=[one for one, _ in made],
        values={one.name: kept(table) for one, table in made},
        regions=[regional.REGIONS],
        region_values={regional.REGIONS.name: values},
        truth=pd.DataFrame(list(_truth()), columns=TRUTH),
        report=[Finding("I300", "These data were drawn by a program; no patient is behind them.", "data/demo_ild.py")],
    )


def _study() -> Study:
    return Study(
        id="demo_ild",
        name="Synthetic demonstration data: pulmonary fibrosis",
        description=(
            f"An interstitial-lung sub-cohort of {PATIENTS} invented patients: 31 CT features in 18 pairs of lung "
            "regions, two invented polymorphisms and survival. What was planted is in the truth table."
        ),
        source="Drawn by data/demo_ild.py; no patient is behind these data",
        licence="CC0-1.0",
        citation="Cohortscope, synthetic demonstration data",
        synthetic=True,
    )


def _attributes() -> list[Attribute]:
    invented = "Invented; minor allele T, in Hardy-Weinberg proportions"
    return [
        Attribute("age", "Age at CT", "number", "years", role="age"),
        Attribute("sex", "Sex", "category", levels=("female", "male"), role="sex"),
        Attribute("fvc_percent", "FVC, of predicted", "number", "%"),
        Attribute("smoking", "Smoking", "category", levels=SMOKING),
        Attribute("centre", "Centre", "category", levels=tuple(regional.CENTRE_SHIFT), role="centre"),
        Attribute(
            TOLLIP,
            "TOLLIP-like SNP (invented)",
            "category",
            levels=LEVELS[TOLLIP],
            role="genotype",
            description=invented,
        ),
        Attribute(
            MUC5B, "MUC5B-like SNP (invented)", "category", levels=LEVELS[MUC5B], role="genotype", description=invented
        ),
    ]


def _patients(random: np.random.Generator) -> pd.DataFrame:
    """Everything true of the patients but their genes: a row each, with `severity` (a standard score)."""
    index = pd.Index([f"ILD-{i:03d}" for i in range(1, PATIENTS + 1)], name="patient_id", dtype=object)
    severity = random.standard_normal(PATIENTS)
    female = random.random(PATIENTS) < 0.27
    smoked = random.random(PATIENTS)
    return pd.DataFrame(
        {
            "severity": severity,
            "age": np.clip(67 + 8 * random.standard_normal(PATIENTS), 42, 86).round(),
            "sex": np.where(female, "female", "male"),
            "fvc_percent": np.clip(72 - 10 * severity + 11 * random.standard_normal(PATIENTS), 35, 115).round(),
            "smoking": np.where(smoked < 0.32, "never", np.where(smoked < 0.93, "former", "current")),
            "centre": np.where(random.random(PATIENTS) < 0.6, "A", "B"),
        },
        index=index,
    )


def _alleles(random: np.random.Generator, share: float) -> np.ndarray:
    """(n,) minor alleles of two independent draws: Hardy-Weinberg proportions."""
    return (random.random((PATIENTS, 2)) < share).sum(axis=1)


def _shown(random: np.random.Generator, patients: pd.DataFrame, alleles: dict[str, np.ndarray]) -> pd.DataFrame:
    """The table as a study would have it: some patients were not genotyped, some never blew."""
    frame = patients.drop(columns="severity")
    frame["fvc_percent"] = frame["fvc_percent"].mask(random.random(PATIENTS) < 0.03)
    for name, counts in alleles.items():
        untyped = np.argsort(random.random(PATIENTS), kind="stable")[: UNTYPED[name]]
        calls = np.array(LEVELS[name], dtype=object)[counts]
        calls[untyped] = None
        frame[name] = calls
    return frame.astype({a.name: float if a.type == "number" else object for a in _attributes()})


def _outcomes(
    random: np.random.Generator, patients: pd.DataFrame, carrier: np.ndarray, difference: pd.Series
) -> pd.DataFrame:
    """Months to death, cut by the end of follow-up; two patients were never followed."""
    alone, gene, together, fvc, age = LOG_HAZARD_RATIOS.values()
    z = difference.to_numpy()
    risk = alone * z + carrier * (gene + together * z)
    risk = risk + fvc * (patients["fvc_percent"].to_numpy() - 72) / 10 + age * (patients["age"].to_numpy() - 67) / 10
    death = SCALE_DEATH * (-np.log(1 - random.random(PATIENTS)) * np.exp(-risk)) ** (1 / WEIBULL_SHAPE)
    followed = 24 + 72 * random.random(PATIENTS)
    lost = set(np.argsort(random.random(PATIENTS), kind="stable")[:2].tolist())
    rows = [
        (patient, "os", max(round(float(min(death[i], followed[i])), 1), 0.1), float(death[i] <= followed[i]))
        for i, patient in enumerate(patients.index)
        if i not in lost
    ]
    return pd.DataFrame(rows, columns=OUTCOMES)


def _truth() -> Iterator[tuple[str, str, str]]:
    """What was planted, as text: kind, item, value."""
    yield from (("feature family", feature.name, feature.family) for feature in regional.FEATURES)
    yield from (("minor allele frequency", name, f"{share:g}") for name, share in FREQUENCIES.items())
    for name, size in regional.GENOTYPE_SHIFTS.items():
        yield f"difference by {TOLLIP}, SD per minor allele", name, f"{size:g}"
    yield f"difference by {MUC5B}", "all features", "none"
    yield "prognostic difference", PROGNOSTIC, f"more so in carriers of {TOLLIP}"
    yield from (("log hazard ratio", item, f"{value:g}") for item, value in LOG_HAZARD_RATIOS.items())
    for centre, size in regional.CENTRE_SHIFT.items():
        yield "centre shift of both regions, SD", centre, f"{size:g}"
