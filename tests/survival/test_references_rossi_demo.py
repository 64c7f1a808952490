"""Every method of the Survival page against R on two more cohorts: `rossi` with its tied weeks, and the demonstration.

The numbers are those of tests/reference/survival/rossi_demo.R; `demo.csv` is derived from the demonstration study by
tests/reference/survival/demo_table.py, and a test here keeps the two from drifting apart.
"""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from core.stats.multiplicity import ADJUSTMENTS
from core.survival.cox import cox_model
from core.survival.curves import SurvivalCurves, kaplan_meier
from core.survival.hazard import hazard_per_sd, hazard_ratio
from core.survival.linear_rank import ASYMPTOTIC
from core.survival.logrank import logrank
from core.survival.pairs import pairwise
from core.survival.rmst import restricted_mean
from core.survival.stratified import stratified_logrank
from core.survival.trend import logrank_trend
from core.survival.weighted import peto_peto, weighted_logrank
from tests.reference.survival import demo_table
from tests.survival.cohorts import demo, outcome, reference, rossi

SETS = {
    "rossi_aid": (rossi, "fin"),
    "rossi_before": (rossi, "before"),
    "rossi_all": (rossi, "all"),
    "demo_hpv": (lambda: demo("os"), "hpv_status"),
    "demo_stage": (lambda: demo("os"), "stage"),
    "demo_subsite": (lambda: demo("pfs"), "subsite"),
    "demo_tp53": (lambda: demo("pfs"), "tp53"),
}
GROUPED = [name for name in SETS if name != "rossi_all"]
ORDERS = {"demo_stage": ["I", "II", "III", "IV"], "rossi_before": ["0 to 1", "2 to 4", "5 or more"]}


def rows(table: str, name: str) -> pd.DataFrame:
    """What R gave for one set."""
    return reference(f"rossi_demo_{table}.csv").query("set == @name")


def asked(name: str):
    """Outcome, labels and the whole table of one set."""
    make, column = SETS[name]
    frame = make()
    return outcome(frame, "weeks" if name.startswith("rossi") else "months"), frame[column], frame


@cache
def curves(name: str) -> SurvivalCurves:
    return kaplan_meier(*asked(name)[:2])


@pytest.mark.parametrize(("file", "text"), [("DEMO", demo_table.text), ("ROSSI", demo_table.rossi_text)])
def test_the_tables_are_what_their_script_makes_today(file, text):
    assert getattr(demo_table, file).read_text() == text()


@pytest.mark.parametrize("name", SETS)
def test_curves_and_their_bands(name):
    expected = rows("curves", name)
    assert [curve.group for curve in curves(name).curves] == sorted(expected["group"].unique())
    for curve in curves(name).curves:
        theirs, ours = expected[expected["group"] == curve.group], curve.steps.iloc[1:]
        for column in ("time", "at_risk", "events", "censored"):
            assert ours[column].tolist() == theirs[column].tolist()
        for column in ("survival", "lower", "upper"):
            np.testing.assert_allclose(ours[column], theirs[column], rtol=0, atol=1e-10, err_msg=column)


@pytest.mark.parametrize("name", SETS)
def test_medians_and_median_follow_up(name):
    expected = rows("medians", name).set_index("group")
    for curve in curves(name).curves:
        row = expected.loc[curve.group]
        assert (curve.n, curve.n_events) == (row["n"], row["events"])
        ours = (curve.median, curve.median_lower, curve.median_upper, curve.follow_up_median)
        theirs = row[["median", "lower", "upper", "follow_up"]].astype(float)
        np.testing.assert_allclose(np.array(ours, dtype=float), theirs, rtol=1e-14)


@pytest.mark.parametrize("name", SETS)
def test_rates_at_fixed_times(name):
    expected = rows("rates", name)
    times = sorted(expected["time"].unique())
    ours = curves(name).rates(times).dropna(subset="survival")
    assert ours["group"].tolist() == expected["group"].tolist()
    for column in ("time", "at_risk", "survival", "lower", "upper"):
        np.testing.assert_allclose(ours[column], expected[column], rtol=0, atol=1e-10, err_msg=column)


def p_agrees(test, theirs: float) -> None:
    """R's p is that of chi-square; by permutation it is near it, but for their own errors and small groups."""
    dof = getattr(test, "dof", 1)
    assert chi2.sf(test.statistic, dof) == pytest.approx(theirs, rel=1e-8)
    if test.p_method == ASYMPTOTIC:
        assert test.p == pytest.approx(theirs, rel=1e-8)
    else:
        assert test.p == pytest.approx(theirs, abs=0.03)


def agrees(test, expected: pd.DataFrame) -> None:
    """Statistic, p and the groups of a test are those of R; with small groups the p shown is one of permutation."""
    assert test.statistic == pytest.approx(expected["statistic"].iloc[0], abs=1e-8)
    p_agrees(test, expected["p"].iloc[0])
    assert test.dof == expected["dof"].iloc[0]
    by_group = expected.set_index("group")
    assert {group.group for group in test.groups} == set(by_group.index)
    for group in test.groups:
        row = by_group.loc[group.group]
        assert group.n == row["n"]
        assert group.observed == pytest.approx(row["observed"], abs=1e-8)
        assert group.expected == pytest.approx(row["expected"], abs=1e-8)


@pytest.mark.parametrize("name", GROUPED)
def test_the_log_rank_test(name):
    agrees(logrank(*asked(name)[:2]), rows("tests", name).query("kind == 'log-rank'"))


@pytest.mark.parametrize(("adjustment", "column"), [("Holm", "p_holm"), ("BH", "p_bh")])
@pytest.mark.parametrize("name", ["rossi_before", "demo_stage", "demo_subsite"])
def test_pairs_with_both_adjustments(name, adjustment, column):
    expected = rows("pairs", name)
    follow_up, labels, _ = asked(name)
    levels = sorted(labels.dropna().unique())
    pairs = pairwise(lambda two, progress: logrank(follow_up, two), labels, levels, adjustment)
    assert [(pair.first, pair.second) for pair in pairs] == list(
        zip(expected["first"], expected["second"], strict=True)
    )
    for pair, theirs in zip(pairs, expected.to_dict("records"), strict=True):
        assert pair.statistic == pytest.approx(theirs["statistic"], abs=1e-8)
        p_agrees(pair, theirs["p"])
    if all(pair.p_method == ASYMPTOTIC for pair in pairs):
        assert [pair.p_adjusted for pair in pairs] == pytest.approx(expected[column].tolist(), rel=1e-8)
    else:
        adjusted = ADJUSTMENTS[adjustment]([pair.p for pair in pairs])
        assert [pair.p_adjusted for pair in pairs] == pytest.approx(list(adjusted), rel=1e-12)


@pytest.mark.parametrize("name", GROUPED)
def test_weighted_tests(name):
    follow_up, labels, _ = asked(name)
    expected = rows("tests", name)
    agrees(peto_peto(follow_up, labels), expected.query("kind == 'FH 1 0'"))
    for gamma, kind in ((0, "FH 0 1"), (1, "FH 1 1")):
        theirs = expected[expected["kind"] == kind]
        assert theirs.empty == (labels.nunique() > 2)
        if len(theirs):
            agrees(weighted_logrank(follow_up, labels, gamma, 1), theirs)


@pytest.mark.parametrize("name", [name for name in GROUPED if name.startswith("demo")])
def test_the_test_stratified_by_centre(name):
    follow_up, labels, frame = asked(name)
    agrees(stratified_logrank(follow_up, labels, frame["centre"]), rows("tests", name).query("kind == 'by centre'"))


@pytest.mark.parametrize("name", ORDERS)
def test_the_trend_over_ordered_groups(name):
    follow_up, labels, _ = asked(name)
    agrees(logrank_trend(follow_up, labels, order=ORDERS[name]), rows("tests", name).query("kind == 'trend'"))


def ratio_agrees(estimate, row: pd.Series) -> None:
    for field in ("ratio", "lower", "upper", "p"):
        assert getattr(estimate, field) == pytest.approx(row[field], rel=1e-9), field


@pytest.mark.parametrize("name", GROUPED)
def test_hazard_ratios_of_groups(name):
    # R puts the groups in the order of the alphabet, save for TP53.
    reference_group = "wild type" if name == "demo_tp53" else None
    result = hazard_ratio(*asked(name)[:2], reference=reference_group)
    expected, whole = rows("cox", name).set_index("name"), rows("cox_models", name).iloc[0]
    assert (result.n, result.n_events) == (whole["n"], whole["n_events"])
    assert result.overall_p == pytest.approx(whole["lr_p"], rel=1e-9)
    others = [level for level in result.levels if level.group != result.reference]
    assert len(others) == len(expected)
    for level in others:
        ratio_agrees(level.estimate, expected.loc[f"group{level.group}"])


@pytest.mark.parametrize(
    ("name", "make", "column"),
    [
        ("rossi_age_sd", rossi, "age"),
        ("rossi_prio_sd", rossi, "prio"),
        ("demo_volume_sd", lambda: demo("os"), "volume"),
        ("demo_entropy_sd", lambda: demo("pfs"), "entropy"),
    ],
)
def test_the_hazard_ratio_per_standard_deviation(name, make, column):
    frame = make()
    result = hazard_per_sd(outcome(frame), frame[column])
    whole = rows("cox_models", name).iloc[0]
    assert (result.n, result.n_events) == (whole["n"], whole["n_events"])
    ratio_agrees(result.estimate, rows("cox", name).iloc[0])


MODELS = {
    "rossi_many": (rossi, ["fin", "age", "race", "wexp", "mar", "paro", "prio"], {}),
    "demo_many": (
        lambda: demo("os"),
        ["age", "sex", "hpv_status", "stage", "volume", "tp53"],
        {"references": {"tp53": "wild type"}},
    ),
    "demo_centre": (lambda: demo("pfs"), ["age", "hpv_status", "subsite", "entropy"], {"strata": "centre"}),
}


@pytest.mark.parametrize("name", MODELS)
def test_models_of_several_covariates(name):
    make, covariates, options = MODELS[name]
    frame, options = make(), dict(options)
    if "strata" in options:
        options["strata"] = frame[options["strata"]]
    result = cox_model(outcome(frame), frame[covariates], **options)
    whole, expected = rows("cox_models", name).iloc[0], rows("cox", name)
    assert (result.n, result.n_events, result.lr_dof) == (whole["n"], whole["n_events"], whole["lr_dof"])
    assert result.log_likelihood == pytest.approx(whole["log_likelihood"], rel=1e-10)
    assert result.lr_statistic == pytest.approx(whole["lr_statistic"], rel=1e-8)
    assert result.lr_p == pytest.approx(whole["lr_p"], rel=1e-6)
    assert result.c_index == pytest.approx(whole["concordance"], abs=1e-10)
    assert [row.term + row.level for row in result.rows] == expected["name"].tolist()
    for ours, theirs in zip(result.rows, expected.itertuples(), strict=True):
        for field in ("coefficient", "standard_error", "ratio", "lower", "upper", "p"):
            assert getattr(ours, field) == pytest.approx(getattr(theirs, field), rel=1e-9), (ours.term, field)


RESTRICTED = reference("rossi_demo_rmst.csv")


@pytest.mark.parametrize(("name", "until"), sorted(set(zip(RESTRICTED["set"], RESTRICTED["until"], strict=True))))
def test_restricted_means_and_their_differences(name, until):
    expected = rows("rmst", name).query("until == @until").set_index("group")
    result = restricted_mean(*asked(name)[:2], until=until)
    assert [group.group for group in result.groups] == list(expected.index)
    for group in result.groups:
        row = expected.loc[group.group]
        assert (group.n, group.n_events_by_limit) == (row["n"], row["events"])
        assert group.mean == pytest.approx(row["mean"], rel=1e-10)
        assert group.standard_error == pytest.approx(row["se"], rel=1e-10)
    differences = rows("rmst_differences", name).query("until == @until").set_index("group")
    assert len(result.differences) == len(differences)
    for one in result.differences:
        row = differences.loc[one.group]
        assert one.reference == row["reference"]
        assert one.difference == pytest.approx(row["difference"], abs=1e-10)
        assert one.p is not None or "events by then" in one.note
        if one.p is not None:
            ours = (one.standard_error, one.lower, one.upper, one.p)
            np.testing.assert_allclose(ours, row[["se", "lower", "upper", "p"]].astype(float), rtol=1e-8)
