"""ComBat fitted on training patients, what it refuses, and whether it takes too little or too much."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import NotEstimable, Refused
from core.stats import harmonise_priors
from core.stats.harmonise import fit_combat
from core.stats.harmonise_loss import overcorrection
from core.stats.harmonise_panel import batch_panel, batch_variance, principal_components

REFERENCE = Path(__file__).parents[1] / "reference" / "harmonise"
NAMES = [f"f{place}" for place in range(1, 10)]
PATIENTS = pd.read_csv(REFERENCE / "patients.csv")
GAPS = pd.read_csv(REFERENCE / "gaps.csv")[NAMES]
COMBAT = pd.read_csv(REFERENCE / "combat.csv")
MOD = PATIENTS[["age", "idh"]]


@pytest.mark.parametrize("case", COMBAT["case"].unique())
def test_equals_sva(case):
    values = (GAPS if "gaps" in case else PATIENTS[NAMES]).copy()
    if case == "flat":
        values.loc[PATIENTS["batch3"] == "B", "f4"] = 7.0
    batch = PATIENTS["batch2" if "two" in case else "batch3"]
    protected = MOD if "mod" in case or case == "flat" else None
    fit = fit_combat(values, batch, protected, "nonparametric" not in case, "mean only" in case)
    expected = COMBAT.loc[COMBAT["case"] == case, NAMES].to_numpy()
    found = fit.transform(values, batch, protected)
    np.testing.assert_allclose(found / np.nanstd(expected, axis=0), expected / np.nanstd(expected, axis=0), atol=1e-10)
    assert dict(fit.left_alone) == ({"f4": "one value in batch B"} if case == "flat" else {})
    assert fit.n_missing == np.isnan(values.to_numpy()).sum()


def made(n=(40, 60, 50), p=12, seed=0, effect=1.0, share=(0.3, 0.5, 0.7), truth=0.5):
    """Patients of batches that differ in level and spread, in half of whose features a mutation shows."""
    chance = np.random.default_rng(seed)
    batch = np.repeat(list("ABCDEF")[: len(n)], n)
    code = np.repeat(range(len(n)), n)
    mutated = (chance.random(len(code)) < np.array(share)[code]).astype(float)
    spread = np.exp(effect * 0.3 * chance.normal(size=(len(n), p)))[code]
    values = chance.normal(size=(len(code), p)) * spread + effect * chance.normal(size=(len(n), p))[code]
    values += truth * np.outer(mutated, np.arange(p) % 2)
    return values, batch, mutated


def test_held_out_patients_get_the_effects_of_the_training_patients_and_change_nothing():
    values, batch, mutated = made()
    train = np.arange(len(batch)) % 3 > 0
    fit = fit_combat(values[train], batch[train], mutated[train])
    held_out = fit.transform(values[~train], batch[~train], mutated[~train])
    alone = [
        fit.transform(values[[row]], batch[[row]], mutated[[row]])[0] for row in np.flatnonzero(~train)
    ]  # nobody stands beside them
    np.testing.assert_allclose(held_out, alone, rtol=1e-13)
    # By the formula of the paper, from the training patients by hand.
    row = np.flatnonzero(~train)[-1]
    expected = fit.level + (mutated[row] - mutated[train].mean()) / mutated[train].std() * fit.effects[0]
    place = fit.batches.index(batch[row])
    standard = (values[row] - expected) / fit.spread
    by_hand = (standard - fit.shift[place]) / np.sqrt(fit.ratio[place]) * fit.spread + expected
    np.testing.assert_allclose(held_out[-1], by_hand, rtol=1e-12)
    assert (fit.n, fit.counts, fit.few) == (100, (26, 40, 34), ())


def test_batches_of_held_out_patients_become_alike_and_a_fit_leaves_its_input_as_it_was():
    values, batch, _ = made(n=(300, 300), share=(0.5, 0.5), effect=1.5)
    before, train = values.copy(), np.arange(600) % 2 == 0
    fit = fit_combat(values[train], batch[train])
    held_out = fit.transform(values[~train], batch[~train])
    np.testing.assert_array_equal(values, before)
    panel = batch_panel(values[~train], held_out, batch[~train], held_out=True)
    assert panel.before.median > 0.3 and abs(panel.after.median) < 0.02
    assert panel.before.n_tests == panel.after.n_tests == 12
    trained = batch_panel(values[train], fit.transform(values[train], batch[train]), batch[train])
    assert trained.after.n_tests == 0 and trained.after.table["p"].isna().all()
    assert trained.after.table["r2"].max() < 0.01 < trained.before.table["r2"].median()


def test_level_and_spread_are_equal_in_large_batches():
    values, batch, _ = made(n=(3000, 4000), p=10, share=(0.5, 0.5), truth=0)
    harmonised = fit_combat(values, batch).transform(values, batch)
    parts = [harmonised[batch == name] for name in "AB"]
    np.testing.assert_allclose(parts[0].mean(axis=0), parts[1].mean(axis=0), atol=0.005)
    np.testing.assert_allclose(parts[0].std(axis=0), parts[1].std(axis=0), rtol=0.01)
    assert np.ptp([values[batch == name].std(axis=0) for name in "AB"], axis=0).max() > 0.3


def test_without_a_batch_effect_little_changes_and_a_second_time_changes_less():
    values, batch, _ = made(n=(150, 150), p=60, effect=0, share=(0.5, 0.5))
    once = fit_combat(values, batch).transform(values, batch)
    assert np.abs(once - values).max() < 0.35
    assert np.sqrt(((once - values) ** 2).mean()) < 0.06
    values, batch, _ = made()
    fit = fit_combat(values, batch)
    once = fit.transform(values, batch)
    np.testing.assert_array_equal(once, fit.transform(values, batch))
    twice = fit_combat(once, batch).transform(once, batch)
    assert np.linalg.norm(twice - once) < 0.05 * np.linalg.norm(once - values)


@settings(deadline=None, derandomize=True, max_examples=25)
@given(
    seed=st.integers(0, 10_000),
    gaps=st.booleans(),
    protect=st.booleans(),
    parametric=st.booleans(),
    mean_only=st.booleans(),
)
def test_the_order_of_patients_and_features_and_the_units_do_not_matter(seed, gaps, protect, parametric, mean_only):
    values, batch, mutated = made(n=(12, 15, 20), p=6, seed=seed, share=(0.5, 0.5, 0.5))
    chance = np.random.default_rng(seed)
    mutated[:2], mutated[12:14], mutated[27:29] = (0, 1), (0, 1), (0, 1)
    if gaps:
        values[chance.random(values.shape) < 0.05] = np.nan
    covariate = mutated if protect else None

    def harmonised(values, rows):
        moved = None if covariate is None else covariate[rows]
        fit = fit_combat(values, batch[rows], moved, parametric, mean_only)
        return fit.transform(values, batch[rows], moved)

    rows, columns = chance.permutation(len(values)), chance.permutation(6)
    expected = harmonised(values, np.arange(len(values)))[rows][:, columns]
    np.testing.assert_allclose(harmonised(values[rows][:, columns], rows), expected, rtol=1e-8, atol=1e-8)
    scale, level = 10 ** chance.uniform(-3, 3, 6), chance.uniform(-5, 5, 6)
    turned = harmonised(values[rows][:, columns] * scale + level, rows)
    np.testing.assert_allclose((turned - level) / scale, expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(np.isnan(expected), np.isnan(values[rows][:, columns]))


def test_what_cannot_be_harmonised_is_left_as_it_is_and_named():
    values, batch, mutated = made(p=8)
    values[:, 0] = 3.3
    values[batch == "B", 1] = 0.1
    values[np.flatnonzero(batch == "A")[1:], 2] = np.nan
    values[:, 3] = 2 * mutated + (batch == "C")
    values[batch == "C", 4] = np.nan
    table = pd.DataFrame(values, columns=list("abcdefgh"))
    fit = fit_combat(table, batch, mutated)
    assert dict(fit.left_alone) == {
        "a": "one value in batch A",
        "b": "one value in batch B",
        "c": "1 of 40 patients known in batch A",
        "d": "nothing left beside batches and covariates",
        "e": "0 of 50 patients known in batch C",
    }
    found = fit.transform(table, batch, mutated)
    np.testing.assert_array_equal(found[:, :5], values[:, :5])
    assert np.isfinite(found[:, 5:]).all()
    np.testing.assert_allclose(
        found[:, 5:], fit_combat(values[:, 5:], batch, mutated).transform(values[:, 5:], batch, mutated)
    )


def test_a_feature_known_only_where_covariate_and_batch_are_one_is_left_alone():
    values, batch, mutated = made(n=(40, 40), share=(0.5, 0.5))
    values[(batch == "A") != (mutated == 1), 0] = np.nan
    fit = fit_combat(values, batch, mutated)
    assert list(fit.left_alone) == ["feature 1"]
    assert "not told apart" in fit.left_alone["feature 1"]


def test_a_batch_of_one_patient_is_refused_by_name_unless_only_means_are_moved():
    values, batch, _ = made(n=(20, 1, 30), share=(0.5,) * 3)
    with pytest.raises(
        NotEstimable, match=r"One patient has no spread: B. Batches: A \(20\), B \(1\), C \(30\)"
    ) as state:
        fit_combat(values, batch)
    assert "Leave such a batch out" in state.value.remedy
    fit = fit_combat(values, batch, mean_only=True)
    assert np.isfinite(fit.transform(values, batch)).all() and fit.few == ("B",)


def test_questions_these_patients_cannot_answer_are_states():
    values, batch, mutated = made()
    with pytest.raises(NotEstimable, match=r"All patients are of one batch: A \(40\)"):
        fit_combat(values[:40], batch[:40])
    with pytest.raises(NotEstimable, match="There is no patient"):
        fit_combat(values[:0], batch[:0])
    with pytest.raises(NotEstimable, match="Of 1 features, 1 can be harmonised"):
        fit_combat(values[:, :1], batch)
    with pytest.raises(NotEstimable, match="4 patients do not determine 2 batches and 2 covariates"):
        fit_combat(values[38:42], batch[38:42], np.random.default_rng(0).normal(size=(4, 2)))
    copies = values[:, :1] * np.array([1.0, 2.0, 4.0])
    with pytest.raises(NotEstimable, match="All 3 features have the same spread"):
        fit_combat(copies, batch)
    with pytest.raises(NotEstimable, match="'covariate 1' has one value in all 150 patients"):
        fit_combat(values, batch, np.ones(150))
    with pytest.raises(NotEstimable, match="'covariate 1', 'covariate 2' determine each other"):
        fit_combat(values, batch, np.column_stack([mutated, 3 - 2 * mutated]))


def test_an_iteration_without_an_end_is_a_state(monkeypatch):
    values, batch, _ = made()
    monkeypatch.setattr(harmonise_priors, "MOST_STEPS", 1)
    with pytest.raises(NotEstimable, match="did not settle in 1 steps"):
        fit_combat(values, batch)


def test_batch_and_covariate_that_are_one_are_refused_in_words():
    values, batch, mutated = made()
    in_c = pd.DataFrame({"age": mutated, "scanner": (batch == "C") * 1.0})
    with pytest.raises(
        NotEstimable, match=r"The covariate 'scanner' follows from the batch.*A \(40\), B \(60\), C \(50\)"
    ):
        fit_combat(values, batch, in_c)
    mixed = pd.DataFrame({"one": mutated, "two": mutated + 2.0 * (batch == "C")})
    with pytest.raises(NotEstimable, match="A combination of the covariates 'one', 'two' follows from the batch"):
        fit_combat(values, batch, mixed)
    nearly = (batch == "C") * 1.0
    nearly[[0, 60, 140]] = 1 - nearly[[0, 60, 140]]
    with pytest.raises(
        NotEstimable, match=r"The covariate 'covariate 1' and the batch are nearly the same thing: corr"
    ):
        fit_combat(values, batch, nearly)
    assert fit_combat(values, batch, nearly, limit=0.99).associations["association"][0] > 0.9


def test_an_outcome_is_checked_for_confounding_and_never_fitted():
    values, batch, mutated = made()
    arm = np.where(batch == "C", "treated", "control")
    with pytest.raises(
        NotEstimable, match=r"The outcome 'arm' and the batch are nearly the same thing: Cramer's V 1.00"
    ):
        fit_combat(values, batch, outcome={"arm": arm})
    plain, checked = fit_combat(values, batch), fit_combat(values, batch, outcome=mutated)
    np.testing.assert_array_equal(plain.transform(values, batch), checked.transform(values, batch))
    # A number of two levels has the correlation ratio that its category has as Cramer's V; gaps are left out.
    words = np.where(mutated == 1, "yes", "no").astype(object)
    words[:5] = None
    number = np.where(np.arange(150) < 5, np.nan, mutated)
    rows = fit_combat(values, batch, outcome={"w": words, "n": number, "same": [1.0] * 150}).associations
    assert rows["measure"].tolist() == ["Cramer's V", "correlation ratio", "correlation ratio"]
    assert rows["n"].tolist() == [145, 145, 150] and np.isnan(rows["association"][2])
    assert rows["association"][0] == pytest.approx(rows["association"][1], abs=1e-12)


def test_inputs_that_do_not_fit_are_refused():
    values, batch, mutated = made()
    table = pd.DataFrame(values).rename(columns=lambda place: f"g{place}")
    fit = fit_combat(table, batch, pd.DataFrame({"idh": mutated}))
    new = np.where(np.arange(150) < 3, "Z", batch)
    with pytest.raises(Refused, match=r"No effect was learnt for: Z \(3\). Learnt: A, B, C.*Fit on patients of these"):
        fit.transform(table, new, mutated)
    with pytest.raises(Refused, match="11 features are given, and the fit has 12"):
        fit.transform(values[:, 1:], batch, mutated)
    with pytest.raises(Refused, match="'g11' stands where the fit has 'g0'"):
        fit.transform(table.iloc[:, ::-1], batch, mutated)
    with pytest.raises(Refused, match="0 covariates are given, and the fit has 1"):
        fit.transform(table, batch)
    with pytest.raises(Refused, match=r"Patients lack: covariate 1 \(1\)"):
        fit.transform(table, batch, np.where(np.arange(150) == 2, np.nan, mutated))
    with pytest.raises(Refused, match="1 of 150 patients have no batch"):
        fit_combat(values, np.where(np.arange(150) == 2, None, batch.astype(object)))
    with pytest.raises(Refused, match="149 rows for 150 patients"):
        fit_combat(values, batch[1:])
    with pytest.raises(Refused, match="1 values are infinite"):
        fit_combat(np.where(np.arange(1800).reshape(150, 12) == 7, np.inf, values), batch)
    with pytest.raises(Refused, match="Not all values are numbers"):
        fit_combat(values, batch, pd.DataFrame({"sex": ["f", "m"] * 75}))
    with pytest.raises(Refused, match="A table has 2 dimensions, not 1"):
        fit_combat(values[:, 0], batch)


def test_the_nonparametric_fit_does_not_underflow_in_large_batches():
    values, batch, _ = made(n=(1500, 1500), p=10, share=(0.5, 0.5), effect=0.2)
    assert np.isfinite(fit_combat(values, batch, parametric=False).transform(values, batch)).all()


@pytest.mark.parametrize("case", ["plain", "adjusted", "gaps"])
def test_variance_by_batch_equals_nested_models_in_r(case):
    expected = pd.read_csv(REFERENCE / "variance.csv").query("case == @case").reset_index()
    values = GAPS if case == "gaps" else PATIENTS[NAMES]
    found = batch_variance(values, PATIENTS["batch3"], None if case == "plain" else MOD)
    for here, there in {"r2": "r2", "r2_adjusted": "adjusted", "f": "f", "p": "p", "q": "q"}.items():
        np.testing.assert_allclose(found.table[here], expected[there], rtol=1e-9)
    for column in ("n", "dof", "dof_residual"):
        assert found.table[column].tolist() == expected[column].tolist()
    assert found.counts.to_dict() == {"A": 8, "B": 14, "C": 21}


def test_variance_is_not_given_where_there_is_none():
    values, batch, _ = made(p=6)
    values[:, 0], values[:, 1] = 0.1, (batch == "B") * 2.0
    values[batch == "C", 2] = np.nan
    found = batch_variance(values, batch)
    rows = found.table
    assert rows["note"].tolist() == [
        "nothing varies beside the covariates",
        "nothing varies within batches",
        "100 known patients do not determine 3 batches and the covariates",
        *[""] * 3,
    ]
    assert rows.loc[1, "r2"] == 1 and rows.loc[[0, 2], "r2"].isna().all()
    assert rows["p"].notna().tolist() == [False] * 3 + [True] * 3 and found.n_tests == 3
    with pytest.raises(NotEstimable, match="follows from the batch"):
        batch_variance(values, batch, (batch == "A") * 1.0)
    with pytest.raises(Refused, match="differ in shape or in what is missing"):
        batch_panel(values, np.zeros_like(values), batch)


def test_the_p_values_are_uniform_without_an_effect():
    from scipy.stats import binom

    chance, runs = np.random.default_rng(20), 4000
    batch = np.repeat(["A", "B", "C"], [6, 11, 14])
    covariate = chance.normal(size=31) + (batch == "A")
    values = chance.normal(size=(31, runs)) + 2 * covariate[:, None]
    values[chance.random(values.shape) < 0.03] = np.nan
    found = batch_variance(values, batch, covariate)
    low, high = binom.ppf([0.005, 0.995], found.n_tests, 0.05)
    assert found.n_tests == runs and low <= (found.table["p"] < 0.05).sum() <= high
    assert abs(found.table["r2_adjusted"].mean()) < 0.005
    # The same for the association of an attribute within batches, whatever lies between them.
    values[:, 0] = covariate
    values += 5 * (batch == "B")[:, None]
    values[:, 1:] -= 2 * covariate[:, None]
    within = overcorrection(values, values, batch, covariate + 1e-3 * chance.normal(size=31))
    assert within.n_tests == runs
    assert low <= (within.table["p"] < 0.05).sum() - 1 <= high


@settings(deadline=None, derandomize=True, max_examples=25)
@given(seed=st.integers(0, 10_000), effect=st.floats(0, 3), scale=st.floats(1e-3, 1e3))
def test_shares_are_shares_and_do_not_depend_on_order_or_units(seed, effect, scale):
    values, batch, mutated = made(n=(8, 9, 12), p=4, seed=seed, effect=effect, share=(0.5,) * 3)
    mutated[:2] = 0, 1
    rows = np.random.default_rng(seed).permutation(29)
    found = batch_variance(values, batch, mutated).table
    turned = batch_variance(scale * values[rows] - 3, batch[rows], mutated[rows]).table
    numbers = ["r2", "r2_adjusted", "f", "p", "q"]
    np.testing.assert_allclose(found[numbers], turned[numbers], rtol=1e-6, atol=1e-8)
    assert found["r2"].between(0, 1).all() and (found["r2_adjusted"] <= found["r2"]).all()
    assert found["p"].between(0, 1).all() and (found["q"] >= found["p"]).all()


def test_components_equal_prcomp():
    expected = pd.read_csv(REFERENCE / "components.csv")
    found = principal_components(PATIENTS[NAMES], PATIENTS["batch3"])
    # R divides by n - 1; the sign of an axis is free.
    scores = expected[["PC1", "PC2"]].to_numpy() * np.sqrt(43 / 42)
    np.testing.assert_allclose(np.abs(found.scores), np.abs(scores), atol=1e-10)
    assert found.explained[0] == pytest.approx(expected["share1"][0], abs=1e-5)
    by_r2 = batch_variance(found.scores, PATIENTS["batch3"]).table["r2"]
    np.testing.assert_allclose(found.batch_share, by_r2, rtol=1e-9)
    wide = principal_components(PATIENTS[NAMES].iloc[:7], PATIENTS["batch3"][:7])
    left, lengths, _ = np.linalg.svd((lambda x: (x - x.mean(0)) / x.std(0))(PATIENTS[NAMES].to_numpy()[:7]))
    np.testing.assert_allclose(np.abs(wide.scores), np.abs(left[:, :2] * lengths[:2]), atol=1e-8)


def test_components_name_what_they_leave_out_and_need_two_features():
    values, batch, _ = made(p=4)
    values[0, 1], values[:, 3] = np.nan, 5.0
    found = principal_components(pd.DataFrame(values, columns=list("abcd")), batch)
    assert found.left_out == ("b", "d") and found.n_features == 2
    copies = principal_components(values[:, [0, 0]] * [1, 3], batch)
    assert copies.explained[0] == pytest.approx(1) and np.isnan(copies.batch_share[1])
    with pytest.raises(NotEstimable, match="150 patients with 1 features"):
        principal_components(values[:, [0, 1, 3]], batch)


@pytest.mark.parametrize("words", [False, True])
def test_overcorrection_is_found_where_it_was_planted(words):
    values, batch, mutated = made(n=(400, 400), p=30, share=(0.15, 0.75), truth=0.8)
    attribute = np.where(mutated == 1, "mutated", "wild type") if words else mutated
    unprotected = fit_combat(values, batch).transform(values, batch)
    protected = fit_combat(values, batch, mutated).transform(values, batch, mutated)
    lost, held = (overcorrection(values, after, batch, attribute) for after in (unprotected, protected))
    # Batch means made equal leave the share of the attribute's variance that lies within batches.
    share = 1 - np.corrcoef(mutated, batch == "A")[0, 1] ** 2
    assert lost.expected_if_unprotected == pytest.approx(share, rel=1e-9)
    assert 0.55 < share < 0.7 and lost.after == pytest.approx(share, abs=0.05)
    assert held.after == pytest.approx(1, abs=0.05)
    assert held.n_known == lost.n_known and 15 <= held.n_known <= 17
    rows = held.table
    assert (
        rows.loc[rows["known"], "effect_after"].notna().all() and rows.loc[~rows["known"], "effect_after"].isna().all()
    )
    assert lost.table["r2_after"][rows["known"]].mean() < rows["r2_after"][rows["known"]].mean()


def test_batches_that_were_never_told_apart_show_as_an_effect_beyond_the_true_one():
    values, batch, mutated = made(n=(400, 400), p=20, share=(0.2, 0.8), effect=0, truth=0.8)
    values += (batch == "B")[:, None] * 0.5
    found = overcorrection(values, values, batch, mutated)
    assert found.before == found.after > 1.2
    balanced = made(n=(400, 400), p=20, share=(0.5, 0.5), truth=0.8)
    after = fit_combat(*balanced[:2]).transform(*balanced[:2])
    assert overcorrection(balanced[0], after, *balanced[1:]).after == pytest.approx(1, abs=0.05)


def test_overcorrection_of_several_levels_and_of_patients_without_the_attribute():
    values, batch, mutated = made(n=(200, 250), p=10, share=(0.4, 0.6), truth=1)
    grade = np.where(mutated == 1, "II", np.where(np.arange(450) % 2, "III", "IV")).astype(object)
    grade[::10] = None
    full = pd.get_dummies(pd.Series(grade))[["II", "III"]].to_numpy(dtype=float)
    known = pd.notna(grade)
    fit = fit_combat(values[known], batch[known], full[known])
    after = values.copy()
    after[known] = fit.transform(values[known], batch[known], full[known])
    found = overcorrection(values, after, batch, grade)
    assert (found.n, found.n_left_out) == (405, 45)
    assert found.after == pytest.approx(1, abs=0.06)


def test_overcorrection_is_the_ratio_of_fitted_values_worked_out_one_feature_at_a_time():
    from scipy.stats import f as distribution

    values, batch, mutated = made(n=(9, 12), p=6, share=(0.4, 0.6), truth=3)
    values *= 10.0 ** np.arange(6)
    grade = np.where(mutated == 1, "II", np.where(np.arange(21) % 3, "III", "IV"))
    after = fit_combat(values, batch).transform(values, batch)
    found = overcorrection(values, after, batch, grade)
    levels = pd.get_dummies(grade)[["II", "III"]].to_numpy(dtype=float)
    one, batches = np.ones((21, 1)), pd.get_dummies(batch).to_numpy(dtype=float)

    def fitted(columns, y):
        return np.column_stack(columns) @ np.linalg.lstsq(np.column_stack(columns), y, rcond=None)[0]

    products = np.zeros(2)
    for feature in range(6):
        y = values[:, feature]
        slopes = np.linalg.lstsq(np.column_stack([batches, levels]), y, rcond=None)[0][2:]
        truth = levels @ slopes - (levels @ slopes).mean()
        left, less = (((y - fitted(columns, y)) ** 2).sum() for columns in ([batches, levels], [batches]))
        p = distribution.sf((less - left) / 2 / (left / 17), 2, 17)  # 21 patients, 2 batches, 2 indicators
        assert found.table["p"][feature] == pytest.approx(p, rel=1e-9)
        if found.table["known"][feature]:
            pooled = fitted([one, levels], after[:, feature])
            assert found.table["effect_after"][feature] == pytest.approx(pooled @ truth / (truth @ truth), rel=1e-9)
            products += np.array([pooled @ truth, truth @ truth]) / left
    assert found.n_known >= 3
    assert found.after == pytest.approx(products[0] / products[1], rel=1e-9)


def test_overcorrection_is_not_judged_by_what_is_not_known_to_be_there():
    values, batch, mutated = made(truth=0, seed=5)
    with pytest.raises(NotEstimable, match=r"None of 12 features.*150 patients"):
        overcorrection(values, values, batch, mutated)
    with pytest.raises(NotEstimable, match="does not vary enough"):
        overcorrection(values, values, batch, (batch == "A") * 1.0)
    with pytest.raises(NotEstimable, match="one batch"):
        overcorrection(values, values, ["A"] * 150, mutated)
    with pytest.raises(Refused, match="149 rows for 150 patients"):
        overcorrection(values, values, batch[1:], mutated)
    with pytest.raises(Refused, match="149 rows for 150 patients"):
        overcorrection(values, values, batch, mutated[1:])


def test_four_hospitals_of_gliomas(real_study):
    folder = real_study("glioma_arita")
    features = pd.read_csv(folder / "features.csv").set_index("patient_id")
    patients = pd.read_csv(folder / "patients.csv").set_index("patient_id").loc[features.index]
    centre, idh = patients["centre"], patients["idh_mutated"]
    fit = fit_combat(features, centre, outcome={"IDH": idh.astype(str)})
    assert (fit.n, fit.counts, len(fit.left_alone)) == (168, (61, 73, 10, 24), 2)
    harmonised = fit.transform(features, centre)
    panel = batch_panel(features, harmonised, centre)
    assert (panel.before.table["q"] < 0.05).sum() == 400 and panel.before.n_tests == 683
    assert panel.before.table["r2"].median() == pytest.approx(0.085, abs=0.001)
    assert panel.before.median == pytest.approx(0.068, abs=0.001) and panel.after.median < 0
    assert panel.after.table["r2"].median() < 0.003
    before, after = principal_components(features, centre), principal_components(harmonised, centre)
    assert before.batch_share[1] > 0.35 and after.batch_share.max() < 0.01
    judged = overcorrection(features, harmonised, centre, idh)
    assert judged.n_known == 53 and judged.after == pytest.approx(1.0, abs=0.05)
    # Learnt from one half of the patients, the effects are taken out of the other, though not all of them.
    train = np.random.default_rng(0).permutation(168) < 84
    half = fit_combat(features[train], centre[train])
    held_out = batch_panel(
        features[~train], half.transform(features[~train], centre[~train]), centre[~train], held_out=True
    )
    assert 0 < held_out.after.median < 0.5 * held_out.before.median
