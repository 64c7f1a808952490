"""Screens of features against a genotype: R, cases by hand, properties, and what a useless feature gets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, mannwhitneyu, norm, ttest_ind

from core.errors import NotEstimable, Refused
from core.radiogenomics.family_auc import family_auc
from core.radiogenomics.genotype import ADDITIVE, DOMINANT, RECESSIVE, genotype, mutation
from core.radiogenomics.genotype_screen import CONSTANT, ESTIMATED, FEW, GIVEN, SEPARATED, genotype_screen
from core.radiogenomics.held_out_auc import held_out_auc
from core.radiogenomics.left_out import deal
from core.radiogenomics.ordinal import fits
from core.radiogenomics.score_test import score_tests
from core.stats.roc import auc

FOLDER = Path(__file__).parents[1] / "reference" / "genotype"
PATIENTS = pd.read_csv(FOLDER / "patients.csv", float_precision="round_trip")
MODELS = pd.read_csv(FOLDER / "models.csv", float_precision="round_trip")
FEATURES = PATIENTS.filter(regex="^f_")
COVARIATES = PATIENTS[["age", "sex"]]


def coded(coding: str = DOMINANT):
    return genotype(PATIENTS["alleles"].astype(str), ("0", "1", "2"), coding, "rs1")


def of(n: int, carriers: int, coding: str = DOMINANT):
    """The first patients are carriers."""
    alleles = pd.Series(np.where(np.arange(n) < carriers, "1", "0"))
    return genotype(alleles, ("0", "1", "2"), coding)


@pytest.mark.parametrize("adjusted", [False, True])
def test_odds_ratios_areas_and_p_are_those_of_r(adjusted):
    theirs = MODELS[MODELS["adjusted"] == adjusted].set_index("feature")
    found = genotype_screen(FEATURES, coded(), COVARIATES if adjusted else None, repeats=0)
    table = found.table.set_index("column")
    assert (table["state"] == ESTIMATED).all()
    assert (table["n"] == theirs["n"]).all()
    assert (table["n_carriers"] == theirs["n_carriers"]).all()
    np.testing.assert_allclose(np.log(table["odds_ratio"]), theirs["log_or"], rtol=1e-7)
    half = np.log(table["or_upper"] / table["or_lower"]) / 2
    np.testing.assert_allclose(half, 1.959963984540054 * theirs["error"], rtol=1e-7)
    np.testing.assert_allclose(table["chi_square"], theirs["chi_square"], rtol=1e-7)
    np.testing.assert_allclose(table["p"], theirs["p"], rtol=1e-7)
    np.testing.assert_allclose(table["auc"], theirs["auc"], rtol=1e-12)
    if not adjusted:
        np.testing.assert_allclose(table["p"], theirs["t_test_p"], rtol=1e-9)


@pytest.mark.parametrize("adjusted", [False, True])
def test_numbers_of_alleles_are_the_proportional_odds_model_of_r(adjusted):
    theirs = MODELS[MODELS["adjusted"] == adjusted].set_index("feature")
    found = genotype_screen(FEATURES, coded(ADDITIVE), COVARIATES if adjusted else None, repeats=0)
    table = found.table.set_index("column")
    # polr stops earlier than we do.
    np.testing.assert_allclose(np.log(table["odds_ratio"]), theirs["po_log_or"], rtol=2e-3, atol=2e-5)
    half = np.log(table["or_upper"] / table["or_lower"]) / 2
    np.testing.assert_allclose(half, 1.959963984540054 * theirs["po_error"], rtol=1e-3)
    assert "proportional-odds" in found.test
    if not adjusted:
        np.testing.assert_allclose(table["p"], theirs["spearman_p"], rtol=1e-9)


def test_no_likelihood_of_r_is_higher():
    columns = FEATURES[["f_moved", "f_null"]].to_numpy()
    x = (columns - columns.mean(axis=0)) / columns.std(axis=0, ddof=1)
    found = fits(x, PATIENTS["alleles"].to_numpy(), np.ones_like(x), np.empty((len(x), 0)))
    theirs = MODELS[~MODELS["adjusted"]].set_index("feature").loc[["f_moved", "f_null"], "po_log_likelihood"]
    assert found.settled.all()
    assert (found.value >= theirs.to_numpy() - 1e-9).all()
    np.testing.assert_allclose(found.value, theirs, atol=1e-6)


def test_unadjusted_p_is_students_test_of_the_ranks_and_near_mann_whitneys():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(60, 1)).round(1)
    y = (np.arange(60) < 17).astype(int)
    ours = score_tests(x, y, np.empty((60, 0)))
    theirs = ttest_ind(x[y == 1, 0], x[y == 0, 0])
    assert ours.p[0] == pytest.approx(theirs.pvalue, rel=1e-10)
    ranked = genotype_screen(pd.DataFrame(x), of(60, 17), repeats=0).table
    exact = mannwhitneyu(x[y == 1, 0], x[y == 0, 0], method="asymptotic", use_continuity=False)
    assert ranked["p"][0] == pytest.approx(exact.pvalue, rel=0.05)
    assert ranked["auc"][0] == pytest.approx(exact.statistic / (17 * 43), abs=1e-12)


def test_a_table_of_two_by_two_has_the_odds_ratio_of_its_counts():
    # 6 of 10 carriers and 4 of 20 others have the sign: 6 * 16 / (4 * 4) = 6.
    sign = pd.DataFrame({"sign": np.r_[np.ones(6), np.zeros(4), np.ones(4), np.zeros(16)]})
    row = genotype_screen(sign, of(30, 10), repeats=0).table.iloc[0]
    assert row.odds_ratio ** (1 / row.sd) == pytest.approx(6, rel=1e-9)
    assert row.auc == pytest.approx((6 * 16 + 0.5 * (6 * 4 + 4 * 16)) / 200)
    # Rao's statistic of a table is Pearson's: 30 (6 * 16 - 4 * 4)^2 / (10 * 20 * 10 * 20).
    assert row.chi_square == pytest.approx(30 * 80**2 / 40_000)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 100), st.floats(-50, 50), st.booleans())
def test_scale_and_origin_of_a_feature_change_nothing_and_its_sign_turns_it(seed, scale, shift, turned):
    rng = np.random.default_rng(seed)
    x = pd.DataFrame(rng.normal(size=(40, 3)).round(2))
    sign = -1 if turned else 1
    one = genotype_screen(x, of(40, 13), folds=4, repeats=2).table
    two = genotype_screen(sign * scale * x + shift, of(40, 13), folds=4, repeats=2).table
    np.testing.assert_allclose(two["p"], one["p"], rtol=1e-6)
    np.testing.assert_allclose(np.log(two["odds_ratio"]), sign * np.log(one["odds_ratio"]), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(two["auc"], 1 - one["auc"] if turned else one["auc"], atol=1e-12)
    np.testing.assert_allclose(two["held_out"], one["held_out"], atol=1e-12)


def test_swapping_carriers_and_others_turns_the_odds_ratio():
    swapped = genotype(PATIENTS["alleles"].gt(0).map({True: "A", False: "B"}), ("A", "B"))
    one = genotype_screen(FEATURES, coded(), COVARIATES, repeats=0).table
    two = genotype_screen(FEATURES, swapped, COVARIATES, repeats=0).table
    np.testing.assert_allclose(two["odds_ratio"], 1 / one["odds_ratio"], rtol=1e-7)
    np.testing.assert_allclose(two["auc"], 1 - one["auc"], atol=1e-12)
    np.testing.assert_allclose(two["p"], one["p"], rtol=1e-8)


def test_useless_features_are_found_as_often_as_they_should_and_their_intervals_hold_one_half():
    rng = np.random.default_rng(11)
    n, f, sex = 90, 1000, pd.DataFrame({"sex": np.tile(["f", "m", "m"], 30)})
    x = np.exp(rng.normal(size=(n, f)))  # long tails
    table = genotype_screen(pd.DataFrame(x), of(n, 12), repeats=0).table
    adjusted = genotype_screen(pd.DataFrame(x), of(n, 12), sex, repeats=0).table
    low, high = binom.ppf([0.005, 0.995], f, 0.05)
    for p in (table["p"], adjusted["p"]):
        assert low <= (p < 0.05).sum() <= high
    held = ((table["lower"] <= 0.5) & (table["upper"] >= 0.5)).sum()
    # DeLong's interval is known to be a little short with few carriers: 93 % to 97 % of them here.
    assert 0.93 * f <= held <= 0.97 * f


def test_an_interval_made_from_left_out_scores_would_not_hold():
    """Why the interval shown is that of the feature itself."""
    rng = np.random.default_rng(3)
    n, f = 90, 200
    carrier = (np.arange(n) < 30).astype(int)
    x = rng.normal(size=(n, f))
    scores = np.zeros((n, f))
    for _ in range(4):
        dealt = deal(carrier, 5, rng)
        for fold in range(5):
            rows = dealt == fold
            fitted = fits(x, carrier, np.broadcast_to((~rows)[:, None], x.shape) * 1.0, np.empty((n, 0)), 1e-6)
            scores[rows] += 1 / (1 + np.exp(-(fitted.cuts[:, 0] + x[rows] * fitted.slope)))
    theirs = [auc(carrier, column) for column in scores.T]
    ours = [auc(carrier, column) for column in x.T]
    lacking = [np.mean([not each.lower <= 0.5 <= each.upper for each in side]) for side in (theirs, ours)]
    assert lacking[0] > 0.15 > 0.1 > lacking[1]
    assert np.mean([each.auc for each in theirs]) < 0.49


def test_intervals_hold_the_area_of_a_feature_that_is_moved():
    rng = np.random.default_rng(5)
    n, f, moved = 120, 800, 0.8
    x = rng.normal(size=(n, f)) + moved * (np.arange(n) < 40)[:, None]
    table = genotype_screen(pd.DataFrame(x), of(n, 40), repeats=0).table
    true = norm.cdf(moved / 2**0.5)
    held = ((table["lower"] <= true) & (table["upper"] >= true)).sum()
    assert 0.93 * f <= held <= 0.97 * f


def test_left_out_patients_of_a_useless_feature_are_ranked_by_chance_and_not_below():
    rng = np.random.default_rng(7)
    carrier = (np.arange(60) < 20).astype(int)
    found = held_out_auc(rng.normal(size=(60, 400)), carrier, np.empty((60, 0)), repeats=3)
    # 400 features with a spread of 0.1 each
    assert found.auc.mean() == pytest.approx(0.5, abs=0.02)


def test_areas_in_left_out_patients_are_those_of_scikit_learn_fold_by_fold():
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(2)
    carrier = (np.arange(50) < 18).astype(int)
    x, others = rng.normal(size=(50, 2)) + 0.5 * carrier[:, None], rng.normal(size=(50, 1))
    ours = held_out_auc(x, carrier, others, folds=3, repeats=2, seed=9)
    chance, theirs, shared = np.random.default_rng(9), [], []
    for _ in range(2):
        dealt = deal(carrier, 3, chance)
        for fold in range(3):
            inside = dealt != fold
            areas = []
            for columns in (x[:, [0]], x[:, [1]], None):
                both = others if columns is None else np.hstack((columns, others))
                model = LogisticRegression(C=1e10, tol=1e-10, max_iter=1000).fit(both[inside], carrier[inside])
                areas.append(roc_auc_score(carrier[~inside], model.decision_function(both[~inside])))
            theirs.append(areas[:2])
            shared.append(areas[2])
    np.testing.assert_allclose(ours.auc, np.mean(theirs, axis=0), atol=1e-12)
    assert ours.shared_auc == pytest.approx(np.mean(shared), abs=1e-12)


def test_the_direction_of_one_feature_is_the_sign_of_its_fitted_slope():
    rng = np.random.default_rng(8)
    carrier = (np.arange(40) < 12).astype(int)
    x = rng.normal(size=(40, 300)).round(1)
    weights = (rng.random((40, 300)) < 0.8).astype(float)
    fitted = fits(x, carrier, weights, np.empty((40, 0)))
    assert fitted.settled.all()
    means = [np.average(x, axis=0, weights=weights * part[:, None]) for part in (carrier, 1 - carrier)]
    assert (np.sign(fitted.slope.round(9)) == np.sign((means[0] - means[1]).round(9))).all()


def test_the_seed_decides_the_folds_and_nothing_else():
    one = genotype_screen(FEATURES, coded(), repeats=3, seed=1).table
    two = genotype_screen(FEATURES, coded(), repeats=3, seed=2).table
    again = genotype_screen(FEATURES, coded(), repeats=3, seed=1).table
    pd.testing.assert_frame_equal(one, again)
    assert (one["held_out"] != two["held_out"]).any()
    same = ["p", "q", "auc", "odds_ratio"]
    pd.testing.assert_frame_equal(one[same], two[same])


def test_every_column_without_a_number_says_why():
    n = 40
    rng = np.random.default_rng(0)
    x = pd.DataFrame({"fine": rng.normal(size=n), "flat": 1.0, "apart": np.where(np.arange(n) < 12, 5.0, 0.0)})
    x["apart"] += rng.normal(size=n) * 0.1
    x["gone"] = np.nan
    x["rare"] = np.where(np.arange(n) < 9, np.nan, x["fine"])
    x["age"] = rng.normal(size=n)
    x["infinite"] = np.where(np.arange(n) == 3, np.inf, x["fine"])
    found = genotype_screen(x, of(n, 12), pd.DataFrame({"years": x["age"] * 2 + 1}), folds=4, repeats=1)
    table = found.table.set_index("column")
    states = {"fine": ESTIMATED, "flat": CONSTANT, "apart": SEPARATED, "gone": FEW, "rare": FEW, "age": GIVEN}
    assert table["state"].to_dict() == states | {"infinite": ESTIMATED}
    assert table.loc["apart", "p"] < 1e-4
    assert table.loc["apart", ["odds_ratio", "or_lower", "or_upper"]].isna().all()
    assert table.loc["apart", "held_out"] == 1.0
    assert table.loc[["flat", "gone", "rare", "age"], ["p", "q", "odds_ratio", "held_out"]].isna().all(axis=None)
    assert found.n_tests == 3
    assert table.loc["infinite", "n"] == n - 1


def test_covariates_that_separate_carriers_are_a_named_state():
    centre = pd.DataFrame({"centre": np.where(np.arange(40) < 12, "A", np.where(np.arange(40) % 2, "A", "B"))})
    x = pd.DataFrame({"x": np.random.default_rng(0).normal(size=40)})
    with pytest.raises(NotEstimable, match="centre: B"):
        genotype_screen(x, of(40, 12), centre, repeats=1)
    # Only among the patients who have the feature.
    partly = pd.DataFrame({"centre": np.where(np.arange(40) == 3, "B", centre["centre"])})
    x["holed"] = np.where(np.arange(40) == 3, np.nan, x["x"])
    table = genotype_screen(x, of(40, 12), partly, folds=3, repeats=1).table
    assert table["state"].tolist() == [ESTIMATED, "not estimable (what is adjusted for separates the groups)"]
    assert table.loc[1, ["p", "odds_ratio", "held_out"]].isna().all()


def test_left_out_patients_are_counted_and_constant_covariates_named():
    alleles = PATIENTS["alleles"].astype(str).where(np.arange(len(PATIENTS)) > 5, None)
    covariates = COVARIATES.assign(one="same").astype({"age": float})
    covariates.loc[10:14, "age"] = np.nan
    found = genotype_screen(FEATURES, genotype(alleles, ("0", "1", "2")), covariates, repeats=0)
    assert (found.n_no_genotype, found.n_no_covariate, found.n) == (6, 5, len(PATIENTS) - 11)
    assert found.adjust == ("age", "sex", "one")


def test_fewer_carriers_than_folds_leave_only_the_areas_in_left_out_patients_out():
    found = genotype_screen(pd.DataFrame({"x": np.arange(30.0)}), of(30, 6), folds=10)
    assert found.no_held_out
    assert "6" in found.no_held_out
    assert found.table["held_out"].isna().all()
    assert found.table["p"].notna().all()


@pytest.mark.parametrize("carriers", [0, 1, 4, 28, 30])
def test_too_few_of_a_group_is_a_named_state(carriers):
    with pytest.raises(NotEstimable, match="at least 5"):
        of(30, carriers)


def test_refuses_what_cannot_be_a_genotype_and_tables_of_other_patients():
    with pytest.raises(NotEstimable, match="two or three"):
        genotype(pd.Series(["0"] * 20), ("0",))
    with pytest.raises(NotEstimable, match="two or three"):
        genotype(pd.Series(list("abcd") * 5), tuple("abcd"))
    with pytest.raises(NotEstimable):
        genotype(pd.Series([None] * 20), ("0", "1"))
    with pytest.raises(NotEstimable, match="such as '3'"):
        genotype(pd.Series([0.0, 1.0, 2.0, 3.0] * 5), ("0", "1", "2"))
    with pytest.raises(Refused, match="other patients"):
        genotype_screen(FEATURES.iloc[::-1], coded())
    with pytest.raises(Refused, match="no numbers"):
        genotype_screen(PATIENTS[["sex"]], coded())
    with pytest.raises(NotEstimable, match="no feature"):
        genotype_screen(FEATURES.iloc[:, :0], coded())
    with pytest.raises(NotEstimable, match="adjusted for"):
        genotype_screen(FEATURES, coded(), pd.DataFrame({"gone": [np.nan] * len(FEATURES)}))


def test_codings_name_carriers_by_the_place_of_their_level():
    alleles = pd.Series(["AA"] * 8 + ["AG"] * 7 + ["GG"] * 6 + [None])
    dominant, recessive, additive = (
        genotype(alleles, ("AA", "AG", "GG"), coding) for coding in (DOMINANT, RECESSIVE, ADDITIVE)
    )
    assert (dominant.n_carriers, recessive.n_carriers, additive.n_carriers) == (13, 6, 13)
    assert additive.codes.value_counts().to_dict() == {0.0: 8, 1.0: 7, 2.0: 6}
    assert dominant.sizes == (8, 7, 6)
    assert dominant.n_unknown == 1
    profiled = mutation(pd.Series(["mutated"] * 6 + ["wild type"] * 5 + ["not profiled"] * 3), "EGFR")
    assert (profiled.n, profiled.n_carriers, profiled.n_unknown) == (11, 6, 3)


def test_numbers_of_alleles_may_come_as_numbers():
    found = genotype(pd.Series([0.0, 1.0, 2.0, np.nan] * 5), ("0", "1", "2"))
    assert (found.n_carriers, found.n_unknown) == (10, 5)


def test_a_family_is_fitted_without_its_left_out_patients():
    n = 80
    rng = np.random.default_rng(4)
    x = pd.DataFrame(rng.normal(size=(n, 4)), columns=list("abcd"))
    useless = family_auc(x, of(n, 30), repeats=1, folds=3)
    assert useless.lower < 0.5 < useless.upper
    x["a"] += 2 * (np.arange(n) < 30)
    x.loc[::8, "b"] = np.nan
    found = family_auc(x, of(n, 30), repeats=2, folds=3, seed=3)
    assert found.lower > 0.5
    assert found.weights["feature"][0] == "a"
    assert (found.n, found.n_carriers, found.n_features, found.n_imputed) == (n, 30, 4, 10)
    assert found.penalties["n"].sum() == 6
    assert family_auc(x, of(n, 30), repeats=2, folds=3, seed=3).auc == found.auc


def test_a_family_without_features_or_patients_is_a_named_state():
    x = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 3)))
    with pytest.raises(NotEstimable, match="two features"):
        family_auc(x[[0]], of(30, 10))
    with pytest.raises(NotEstimable, match="folds"):
        family_auc(x, of(30, 6), folds=10)
