"""ComBat inside the resampling: what a fold learns comes from its training rows, and unseen batches are named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, LeaveOneGroupOut, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.errors import NotEstimable, Refused
from core.stats.harmonise import fit_combat
from core.stats.harmonise_transformer import CombatStep


def made(seed=0, n=(40, 50, 30), p=8, sex=False):
    """Three centres that differ in level and spread; the outcome shows in the first half of the features."""
    chance = np.random.default_rng(seed)
    centre = np.repeat(list("ABC"), n)
    y = chance.integers(0, 2, len(centre))
    values = chance.normal(size=(len(centre), p)) + 0.9 * np.outer(y, np.arange(p) < p // 2)
    code = np.searchsorted(list("ABC"), centre)
    values = values * np.exp(0.4 * chance.normal(size=(3, p)))[code] + 2 * chance.normal(size=(3, p))[code]
    table = pd.DataFrame(values, columns=[f"f{i}" for i in range(p)])
    table["centre"], table["age"] = centre, chance.normal(60, 9, len(centre))
    if sex:
        table["sex"] = chance.choice(["female", "male"], len(centre))
    return table, y


NAMES = [f"f{i}" for i in range(8)]


def test_it_is_fit_combat_on_the_training_rows():
    table, y = made(sex=True)
    train = np.arange(len(table)) % 3 > 0
    step = CombatStep("centre", ("age", "sex")).fit(table[train], y[train])
    covariates = pd.DataFrame({"age": table["age"], "sex: male": (table["sex"] == "male").astype(float)})
    plain = fit_combat(table.loc[train, NAMES], table.loc[train, "centre"], covariates[train])
    expected = plain.transform(table.loc[~train, NAMES], table.loc[~train, "centre"], covariates[~train])
    found = step.transform(table[~train])
    np.testing.assert_allclose(found.to_numpy(), expected, rtol=1e-12)
    assert list(found.columns) == NAMES == list(step.get_feature_names_out()) and found.index.equals(
        table.index[~train]
    )


def test_held_out_rows_teach_nothing():
    """Whatever the held-out rows are, a fold learns the same; and each of them is transformed by itself."""
    table, y = made()
    train = np.arange(len(table)) % 4 > 0
    spoilt = table.copy()
    spoilt.loc[~train, NAMES] = 1e6 * np.random.default_rng(1).normal(size=((~train).sum(), 8))
    learnt, again = (CombatStep("centre").fit(each[train], y[train]).combat_ for each in (table, spoilt))
    np.testing.assert_array_equal(learnt.shift, again.shift)
    np.testing.assert_array_equal(learnt.ratio, again.ratio)
    step = CombatStep("centre").fit(table[train])
    held_out = table[~train]
    alone = [step.transform(held_out.iloc[[row]]).iloc[0] for row in range(len(held_out))]
    np.testing.assert_allclose(step.transform(held_out), alone, rtol=1e-12)


def test_cross_validation_fits_each_fold_on_its_training_rows(monkeypatch):
    table, y = made()
    seen = []
    fit = CombatStep.fit
    monkeypatch.setattr(CombatStep, "fit", lambda self, X, y=None: seen.append(tuple(X.index)) or fit(self, X, y))
    folds = StratifiedKFold(4, shuffle=True, random_state=0)
    model = make_pipeline(CombatStep("centre", ("age",)), StandardScaler(), LogisticRegression())
    scores = cross_val_score(model, table, y, cv=folds, scoring="roc_auc")
    assert [set(rows) for rows in seen] == [set(train) for train, _ in folds.split(table, y)]
    assert scores.mean() > 0.65


def test_a_left_out_centre_is_refused_or_passes_unchanged_and_is_counted():
    table, y = made()
    (train, test), *_ = LeaveOneGroupOut().split(table, y, table["centre"])
    with pytest.raises(Refused, match=r"No effect was learnt for: A \(40\). Learnt: B, C"):
        CombatStep("centre").fit(table.iloc[train], y[train]).transform(table.iloc[test])
    step = CombatStep("centre", unseen="pass").fit(table.iloc[train], y[train])
    np.testing.assert_array_equal(step.transform(table.iloc[test])[NAMES], table.iloc[test][NAMES])
    assert step.unseen_patients(table).to_dict() == {"A": 40}
    assert not step.transform(table.iloc[train])[NAMES].equals(table.iloc[train][NAMES])
    folds = LeaveOneGroupOut().split(table, y, table["centre"])
    model = make_pipeline(CombatStep("centre", unseen="pass"), StandardScaler(), LogisticRegression())
    assert np.isfinite(cross_val_score(model, table, y, cv=list(folds), scoring="roc_auc")).all()


def test_small_batches_and_gaps_are_refused_or_pass():
    table, y = made()
    table.loc[0, "centre"], table.loc[1, "centre"] = "D", None
    with pytest.raises(NotEstimable, match=r"Too few training patients to learn a batch from: D \(1\), no batch \(1\)"):
        CombatStep("centre").fit(table, y)
    step = CombatStep("centre", unseen="pass").fit(table, y)
    assert step.combat_.batches == ("A", "B", "C") and step.combat_.n == 118
    assert step.unseen_patients(table).to_dict() == {"(no batch)": 1, "D": 1}
    np.testing.assert_array_equal(step.transform(table)[NAMES].iloc[:2], table[NAMES].iloc[:2])
    one = table[table["centre"] == "A"]
    with pytest.raises(NotEstimable, match="one batch"):
        CombatStep("centre").fit(one)
    np.testing.assert_array_equal(CombatStep("centre", unseen="pass").fit_transform(one)[NAMES], one[NAMES])


def test_an_outcome_that_is_the_batch_is_refused():
    table, _ = made()
    with pytest.raises(NotEstimable, match="The outcome 'outcome' and the batch are nearly the same thing"):
        CombatStep("centre").fit(table, (table["centre"] == "A").to_numpy().astype(int))
    survival = np.array([(True, 1.0)] * len(table), dtype=[("event", bool), ("time", float)])
    assert CombatStep("centre").fit(table, survival).combat_.associations.empty


def test_columns_and_levels_that_the_fit_did_not_see_are_refused():
    table, _ = made(sex=True)
    step = CombatStep("centre", ("sex",)).fit(table)
    for spoilt, told in (
        (table.drop(columns="sex"), "no column sex"),
        (table.rename(columns={"f0": "f9"}), "not those of the fit"),
        (table.assign(sex="unknown"), "No training patient has sex unknown"),
        (table.assign(sex=None), "Patients lack: covariate 1|Patients lack"),
    ):
        with pytest.raises(Refused, match=told):
            step.transform(spoilt)
    with pytest.raises(Refused, match="neither refuse nor pass"):
        CombatStep("centre", unseen="guess").fit(table)


def test_it_keeps_the_conventions_of_scikit_learn():
    table, y = made(sex=True)
    step = CombatStep("centre", ("age",), mean_only=True)
    assert clone(step).get_params() == step.get_params()
    numbers = table[[*NAMES, "age"]].to_numpy()
    codes = np.column_stack([numbers, np.searchsorted(list("ABC"), table["centre"])])
    by_place = CombatStep(9, (8,)).fit_transform(codes)
    np.testing.assert_allclose(by_place, CombatStep("centre", ("age",)).fit_transform(table.drop(columns="sex")))
    mixed = table.to_numpy()  # an array of objects, numbers and words side by side
    np.testing.assert_allclose(
        CombatStep(8, (9, 10)).fit_transform(mixed).astype(float),
        CombatStep("centre", ("age", "sex")).fit_transform(table),
    )
    table = table.drop(columns="sex")
    model = make_pipeline(step, LogisticRegression(max_iter=1000))
    search = GridSearchCV(model, {"combatstep__mean_only": [True, False]}, cv=StratifiedKFold(3, shuffle=True)).fit(
        table, y
    )
    assert search.best_params_["combatstep__mean_only"] in (True, False)
    assert "combatstep" in repr(model) or "CombatStep" in repr(model)
    with pytest.raises(ValueError, match="no parameter"):
        step.set_params(batches="x")
