"""Centres left out one by one, and a model that is carried away as text."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from core.errors import NotEstimable, Refused
from core.prediction.centres import leave_one_centre_out
from core.prediction.frozen import frozen, thawed
from core.prediction.nested import Table, learn
from core.prediction.recipe import FOREST, LASSO, Recipe
from core.stats.roc import auc
from tests.prediction.made import patients

RECIPE = Recipe(folds=3, inner=3, repeats=1)


def test_each_centre_is_predicted_by_the_others():
    table = patients(n=90, p=8)
    centre = np.array(["north", "south", "west"])[np.arange(90) % 3]
    found = leave_one_centre_out(table, centre, RECIPE)
    assert found.table["centre"].tolist() == ["north", "south", "west"] and found.n_estimated == 3
    weights, areas = [], []
    for row in found.table.itertuples():
        held = centre == row.centre
        plain = learn(table.of(~held), RECIPE, RECIPE.seed).probability(table.of(held))
        np.testing.assert_array_equal(found.probability[held], plain)
        own = auc(table.y[held], plain)
        assert (row.auc, row.lower, row.upper) == (own.auc, own.lower, own.upper)
        assert row.auc == pytest.approx(roc_auc_score(table.y[held], plain))
        assert (row.n, row.n_train) == (30, 60)
        weights.append(own.n_positive * (own.n - own.n_positive))
        areas.append(own.auc)
    assert found.within == pytest.approx(np.average(areas, weights=weights))
    assert found.within_lower < found.within < found.within_upper
    assert found.pooled.auc == pytest.approx(roc_auc_score(table.y, found.probability))


def test_centres_without_an_answer_have_their_state():
    table = patients(n=90, p=6)
    y, rows = table.y, np.arange(90)
    centre = np.where(rows < 45, "large", "other").astype(object)
    centre[np.flatnonzero(~y)[:6]] = "healthy"
    centre[np.flatnonzero(y)[:3]] = "few"
    centre[np.flatnonzero(~y)[6:14]] = "few"
    found = leave_one_centre_out(table, centre, RECIPE).table.set_index("centre")
    assert found.loc["healthy", "state"] == "one class only (none positive)"
    assert found.loc["few", "state"] == "too few of a class (at least 5 are needed)"
    assert np.isnan(found.loc["healthy", "auc"]) and 0 < found.loc["healthy", "mean"] < 1
    assert found.loc["large", "state"] == "estimated"
    rarely = y & (np.cumsum(y) <= 24)
    nearly_all = np.where(y, np.where(np.cumsum(y) <= 30, "rich", "poor"), "poor").astype(object)
    assert rarely.sum() == 24
    without = leave_one_centre_out(table, nearly_all, RECIPE).table.set_index("centre")
    assert without.loc["rich", "state"].startswith("nothing could be learnt without it")


def test_a_single_centre_and_harmonised_ones_are_states():
    table = patients(n=60)
    with pytest.raises(NotEstimable, match="one centre"):
        leave_one_centre_out(table, ["a"] * 60, RECIPE)
    labels = np.array(["a", "b"])[np.arange(60) % 2]
    with pytest.raises(NotEstimable, match="has not seen"):
        leave_one_centre_out(Table(table.x, table.y, labels), labels, RECIPE)


@pytest.mark.parametrize(
    "recipe", [RECIPE, Recipe(classifier=LASSO, inner=3), Recipe(inner=3, gaussian=True, best=5, redundant=0.9)]
)
def test_a_frozen_model_comes_back_from_its_text_and_predicts_the_same(recipe):
    table, other = patients(n=70, p=9, missing=0.05), patients(n=40, p=9, seed=9, missing=0.1)
    names = [f"feature {place}" for place in range(9)]
    model = learn(table, recipe, 0)
    kept = frozen(model, names, recipe, {"study": "made"})
    again = thawed(json.loads(json.dumps(kept.plain())))
    frame = pd.DataFrame(other.x, columns=names)[names[::-1]]  # by name, in whatever order
    expected = model.probability(other)
    np.testing.assert_allclose(kept.probability(frame), expected, rtol=1e-10)
    np.testing.assert_array_equal(again.probability(frame), kept.probability(frame))
    assert again.about["study"] == "made" and again.thresholds == kept.thresholds
    assert by_hand(kept.plain(), frame.iloc[0]) == pytest.approx(expected[0], rel=1e-10)


def by_hand(plain: dict, patient: pd.Series) -> float:
    """The formula of the file, in plain arithmetic."""
    odds = plain["intercept"]
    for row in plain["features"]:
        x = patient[row["feature"]]
        x = row["median"] if math.isnan(x) else x
        if "power" in row:
            u, power = (x - row["first_centre"]) / row["first_scale"], row["power"]
            x = ((1 + u) ** power - 1) / power if u >= 0 else -((1 - u) ** (2 - power) - 1) / (2 - power)
        odds += row["weight"] * (x - row["centre"]) / row["scale"]
    return 1 / (1 + math.exp(-odds))


def test_what_is_no_formula_is_not_frozen_and_what_is_no_model_is_refused():
    table = patients(n=60, p=5)
    recipe = Recipe(classifier=FOREST)
    with pytest.raises(NotEstimable, match="no formula"):
        frozen(learn(table, recipe, 0), list("abcde"), recipe, {})
    batch = np.array(["a", "b"])[np.arange(60) % 2].astype(object)
    with pytest.raises(NotEstimable, match="harmonised"):
        frozen(learn(Table(table.x, table.y, batch), RECIPE, 0), list("abcde"), RECIPE, {})
    for text in ({}, [], {"kind": "something"}, {"kind": "cohortscope frozen classifier", "layout": 1, "features": 3}):
        with pytest.raises(Refused, match="no frozen classifier"):
            thawed(text)
