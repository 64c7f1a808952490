"""Logistic regression, its score tests and forward selection against R; separation against a search over directions."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import NotEstimable
from core.radiogenomics.forward import forward
from core.radiogenomics.logistic import logistic, newton, scores, separates, with_intercept

R = Path(__file__).resolve().parents[1] / "reference" / "dose"
NAMES = ["age", "lwt", "smoke", "ptl", "ht", "ui", "ftv"]


def birthwt():
    table = pd.read_csv(R / "birthwt.csv")
    return table[NAMES].astype(float), table["low"].to_numpy()


def test_coefficients_errors_and_likelihoods_are_those_of_glm():
    table, low = birthwt()
    for _, rows in pd.read_csv(R / "logistic.csv").groupby("order"):
        found = logistic(table[list(rows["term"][1:])].to_numpy(), low == 1)
        np.testing.assert_allclose(found.coefficients, rows["coefficient"], rtol=1e-9)
        np.testing.assert_allclose(found.standard_errors, rows["se"], rtol=1e-8)
        assert found.log_likelihood == pytest.approx(rows["log_likelihood"].iloc[0], rel=1e-12)
        assert (found.n, found.n_events) == (189, 59)


def test_scores_are_those_of_add1_and_lead_the_same_way():
    table, low = birthwt()
    fits, added = pd.read_csv(R / "logistic.csv"), pd.read_csv(R / "scores.csv")
    ones = np.ones(len(low))
    for order, rows in added.groupby("order"):
        inside = list(fits.loc[fits["order"] == order, "term"][1:])
        z = (table - table.mean()) / table.std()
        columns = with_intercept(z[inside].to_numpy())
        beta = newton(columns, low.astype(float), ones)[0]
        found = scores(columns, low.astype(float), ones, beta, z[rows["candidate"]].to_numpy())
        np.testing.assert_allclose(found, rows["score"], rtol=1e-8)
    path = forward(table.to_numpy(), low.astype(float), ones, 5)
    assert [NAMES[place] for place in path.chosen] == list(fits.loc[fits["order"] == 5, "term"][1:])
    assert path.log_odds(table.to_numpy(), 5) == pytest.approx(
        with_intercept(table[[NAMES[place] for place in path.chosen]].to_numpy())
        @ fits.loc[fits["order"] == 5, "coefficient"].to_numpy(),
        rel=1e-7,
        abs=1e-9,
    )


@given(seed=st.integers(0, 10_000))
@settings(deadline=None, derandomize=True, max_examples=25)
def test_weights_are_patients_given_again_and_scale_does_not_matter(seed):
    chance = np.random.default_rng(seed)
    x = chance.normal(size=(60, 5))
    y = (chance.random(60) < 0.4).astype(float)
    weights = chance.integers(0, 3, 60).astype(float)
    path = forward(x, y, weights, 3)
    again = np.repeat(np.arange(60), weights.astype(int))
    repeated = forward(x[again], y[again], np.ones(len(again)), 3)
    scaled = forward(x * [1e-6, 1, 1e4, 3, 7] + [5, 0, 1e5, 0, -2], y, weights, 3)
    assert path.chosen == repeated.chosen == scaled.chosen
    np.testing.assert_allclose(path.log_odds(x, 3), repeated.log_odds(x, 3), atol=1e-8)
    # At the maximum, what is expected of the drawn patients equals what happened.
    fitted = 1 / (1 + np.exp(-path.log_odds(x, 3)))
    assert weights @ fitted == pytest.approx(weights @ y, rel=1e-8)


def test_what_adds_nothing_has_no_score_and_is_never_chosen():
    chance = np.random.default_rng(0)
    x = chance.normal(size=(80, 2))
    x = np.column_stack((x, x[:, 0] * 2 + 1, np.full(80, 0.1)))
    y = (chance.random(80) < 1 / (1 + np.exp(-x[:, 0]))).astype(float)
    path = forward(x, y, np.ones(80), 4)
    assert len(path.chosen) == 2 and path.chosen[0] in (0, 2) and path.separating == 0


def test_a_candidate_that_separates_is_passed_over_and_counted():
    chance = np.random.default_rng(0)
    y = np.repeat([0.0, 1.0], 30)
    x = np.column_stack((y * 2 + chance.random(60), y + chance.normal(size=60)))
    path = forward(x, y, np.ones(60), 2)
    assert path.chosen == (1,) and path.separating == 1


@given(seed=st.integers(0, 10_000), n=st.integers(6, 14))
@settings(deadline=None, derandomize=True, max_examples=60)
def test_separation_is_that_of_every_direction_tried(seed, n):
    """In a plane the sums that part two sets, if any, are found among the normals of lines through two points."""
    chance = np.random.default_rng(seed)
    x = chance.normal(size=(n, 2))
    event = np.arange(n) < n // 2
    turned = [(a - b)[::-1] * [1, -1] for i, a in enumerate(x) for b in x[:i]]
    along = np.array([*turned, *(-each for each in turned)]) @ x.T
    parted = (along[:, event].min(axis=1) >= along[:, ~event].max(axis=1) - 1e-12).any()
    assert separates(x, event) == parted


def test_states_have_names():
    chance = np.random.default_rng(0)
    x, event = chance.normal(size=(40, 2)), np.arange(40) < 20
    with pytest.raises(NotEstimable, match="separate"):
        logistic(x + event[:, None] * 9, event)
    with pytest.raises(NotEstimable, match="same for everybody"):
        logistic(np.column_stack((x, np.full(40, 0.1))), event)
    with pytest.raises(NotEstimable, match="follows from the others"):
        logistic(np.column_stack((x, x.sum(axis=1))), event)
    with pytest.raises(NotEstimable, match="0 of 40"):
        logistic(x, event & False)
