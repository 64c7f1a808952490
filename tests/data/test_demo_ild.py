"""The second demonstration study holds together, is the same everywhere, and holds what was planted in it."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest

from core.store.canonical import canonical
from core.store.fingerprint import fingerprint
from core.store.paired import paired
from core.store.schema import Draft
from data.demo_ild import FINGERPRINT, demo_ild

#: Of all values, written to six digits. It changes when the study is changed on purpose, and never by itself.
CONTENT = "048b48d9703decfc678e0ccd47783878ea1eeacb13ebe206458f8532eece1636"
MINOR = {"C/C": 0, "C/T": 1, "T/T": 2, "G/G": 0, "G/T": 1}


@pytest.fixture(scope="module")
def draft() -> Draft:
    return demo_ild()


@pytest.fixture(scope="module")
def truth(draft):
    """Kind -> item -> value."""
    return {kind: rows.set_index("item")["value"] for kind, rows in draft.truth.groupby("kind")}


@pytest.fixture(scope="module")
def differences(draft) -> pd.DataFrame:
    return draft.values["lung_difference"].droplevel("setting")


def alleles(draft: Draft, name: str, patients) -> pd.Series:
    return draft.patients[name].map(MINOR).reindex(patients).astype(float)


def test_it_is_the_same_every_time_and_everywhere(draft):
    digest = hashlib.sha256()
    for table in (draft.patients, draft.outcomes, draft.region_values["lung"], *draft.values.values()):
        digest.update(table.to_csv(lineterminator="\n").encode())
    assert digest.hexdigest() == CONTENT


def test_the_fingerprint_that_stores_are_compared_with_is_the_right_one(draft):
    assert fingerprint(draft) == FINGERPRINT


def test_it_says_that_it_is_synthetic(draft):
    assert draft.study.id == "demo_ild" and draft.study.synthetic
    assert draft.study.name.startswith("Synthetic demonstration data")
    for attribute in draft.attributes:
        assert attribute.role != "genotype" or "invented" in attribute.label


def test_it_is_a_sound_draft_with_as_many_as_promised(draft):
    clean = canonical(draft)
    assert [finding.code for finding in clean.report] == ["I300"]
    assert len(draft.patients) == 160 and draft.patients.index.is_unique
    (lung,) = draft.regions
    assert len(lung.features) == 31 and len(lung.sections) == 3 and len(lung.locations) == 6
    sizes = {family: sum(f.family == family for f in lung.features) for family in ("firstorder", "fractal", "laws")}
    assert sizes == {"firstorder": 13, "fractal": 6, "laws": 12}
    table = paired(draft.region_values["lung"], lung)
    by_patient = table.groupby("patient_id").size()
    assert len(by_patient) == 156 and by_patient.max() == 18 and by_patient.min() == 12, (
        "some sections were not scanned"
    )
    assert 0.95 < len(table) / (156 * 18) < 0.99, "some pairs could not be placed"
    assert not table.isna().any(axis=None)
    missing = draft.patients.isna().sum()
    assert missing[missing > 0].to_dict() == {"fvc_percent": 6, "tollip_like": 7, "muc5b_like": 5}


def test_values_of_a_region_do_not_contradict_each_other(draft):
    order = ("Minimum", "Quantile05", "Quantile30", "Median", "Quantile70", "Quantile95", "Maximum")
    rising = [f"firstorder_{name}" for name in order]
    cells = draft.region_values["lung"][rising].to_numpy()
    assert (np.diff(cells, axis=1) >= 0).all()
    assert draft.region_values["lung"][["firstorder_StandardDeviation", "fractal_Lacunarity"]].min(axis=None) > 0


@pytest.mark.parametrize("name", ["tollip_like", "muc5b_like"])
def test_genotypes_are_in_hardy_weinberg_proportions(draft, truth, name):
    from scipy.stats import chisquare

    counts = draft.patients[name].map(MINOR).value_counts().reindex([0, 1, 2], fill_value=0)
    share = float(truth["minor allele frequency"][name])
    expected = np.array([(1 - share) ** 2, 2 * share * (1 - share), share**2]) * counts.sum()
    assert chisquare(counts, expected).pvalue > 0.05
    (attribute,) = (a for a in draft.attributes if a.name == name)
    assert [MINOR[level] for level in attribute.levels] == [0, 1, 2]


def test_the_planted_differences_and_no_others_go_with_the_tollip_like_snp(draft, truth, differences):
    from scipy.stats import false_discovery_control, spearmanr

    planted = truth["difference by tollip_like, SD per minor allele"].astype(float)
    for name, expected in (("tollip_like", set(planted.index)), ("muc5b_like", set())):
        count = alleles(draft, name, differences.index)
        known = count.notna()
        tests = {each: spearmanr(count[known], differences.loc[known, each]) for each in differences}
        q = dict(zip(tests, false_discovery_control([one.pvalue for one in tests.values()]), strict=True))
        assert {each for each, value in q.items() if value < 0.05} == expected
        for each in expected:
            assert np.sign(tests[each].statistic) == np.sign(planted[each])


def test_survival_goes_with_the_planted_difference_more_in_carriers(draft, truth, differences):
    from lifelines import CoxPHFitter

    (name,) = truth["prognostic difference"].index
    z = (differences[name] - differences[name].mean()) / differences[name].std()
    carrier = (alleles(draft, "tollip_like", z.index) > 0).where(alleles(draft, "tollip_like", z.index).notna())
    design = pd.DataFrame(
        {
            f"{name} difference, per SD, in non-carriers": z,
            "tollip_like carrier": carrier.astype(float),
            f"{name} difference, per SD, further in carriers": z * carrier.astype(float),
            "fvc_percent, per 10 %": draft.patients["fvc_percent"] / 10,
            "age, per 10 years": draft.patients["age"] / 10,
        }
    )
    outcome = draft.outcomes.set_index("patient_id")[["time", "event"]]
    fit = CoxPHFitter().fit(design.join(outcome, how="inner").dropna(), "time", "event").summary
    planted = truth["log hazard ratio"].astype(float)
    assert set(fit.index) == set(planted.index)
    off = (fit["coef"] - planted[fit.index]) / fit["se(coef)"]
    assert (off.abs() < 2.5).all()
    assert fit.loc[f"{name} difference, per SD, further in carriers", "p"] < 0.01


def test_differences_are_free_of_what_a_centre_adds(draft, differences):
    centre = draft.patients["centre"].reindex(differences.index)
    gap = {}
    for name in ("lung_mean", "lung_difference"):
        table = draft.values[name].droplevel("setting")
        z = (table - table.mean()) / table.std()
        gap[name] = (z[centre == "B"].mean() - z[centre == "A"].mean()).mean()
    assert gap["lung_mean"] > 0.4 and abs(gap["lung_difference"]) < 0.15
