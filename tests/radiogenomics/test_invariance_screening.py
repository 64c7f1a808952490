"""The screens before the test of invariance: against glmnet, by their definitions, and their states."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from core.errors import NotEstimable, Refused
from core.radiogenomics.invariance_path import _penalised, path
from core.radiogenomics.invariance_screening import LASSO, STABILITY, screened

REFERENCE = Path(__file__).resolve().parents[1] / "reference" / "invariance"


def wide():
    frame = pd.read_csv(REFERENCE / "wide.csv")
    return frame["y"].to_numpy(), frame.drop(columns="y").to_numpy()


def drawn(seed, n=60, p=25):
    """Columns 0 and 1 decide the class."""
    chance = np.random.default_rng(seed)
    x = chance.normal(size=(n, p))
    return (chance.random(n) < expit(2 * x[:, 0] - 2 * x[:, 1])).astype(int), x


def standardised(x):
    return (x - x.mean(axis=0)) / x.std(axis=0)


def test_the_path_has_as_many_columns_as_glmnets_at_each_penalty():
    y, x = wide()
    theirs = pd.read_csv(REFERENCE / "path.csv")["non_zero"].tolist()
    walk = path(y.astype(float), standardised(x))
    assert [len(next(walk)) for _ in range(39)] == theirs[1:]


def test_the_lasso_screen_is_that_of_glmnet():
    theirs = pd.read_csv(REFERENCE / "screen.csv")["column"] - 1
    y, x = wide()
    found = screened(y, x)
    assert found.columns == tuple(theirs) and found.selection == LASSO
    assert (found.n_candidates, found.n_copies, found.n_constant) == (90, 0, 0)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(seed=st.integers(0, 10_000), share=st.floats(0.02, 0.9))
def test_a_fit_is_the_optimum_also_between_columns_that_are_nearly_alike(seed, share):
    """The gradient is the penalty with its sign where a coefficient is not zero, and within it elsewhere."""
    chance = np.random.default_rng(seed)
    n, p = 30, int(chance.integers(2, 40))
    x = chance.normal(size=(n, 4))[:, chance.integers(0, 4, p)] + 10.0 ** chance.uniform(-4, 1) * chance.normal(
        size=(n, p)
    )
    z, y = standardised(x), (chance.random(n) < expit(x[:, 0])).astype(float)
    if y.sum() in (0, n):
        return
    penalty = share * np.abs(z.T @ (y - y.mean())).max() / n
    beta, intercept = _penalised(y, z, penalty, np.zeros(p), 0.0)
    error = y - expit(intercept + z @ beta)
    gradient = z.T @ error / n
    assert abs(error.mean()) < 1e-8
    np.testing.assert_allclose(gradient[beta != 0], penalty * np.sign(beta[beta != 0]), rtol=1e-5)
    assert np.abs(gradient).max() <= penalty * (1 + 1e-5)


def test_steps_of_the_path_are_those_of_scikit_learn():
    from sklearn.linear_model import LogisticRegression

    y, x = drawn(3)
    z = standardised(x)
    first = np.abs(z.T @ (y - y.mean())).max() / len(y)
    for place, active in enumerate(path(y.astype(float), z), 1):
        if place not in (5, 15, 25):
            continue
        penalty = first * 1e-4 ** (place / 99)
        model = LogisticRegression(l1_ratio=1, C=1 / (penalty * len(y)), solver="saga", tol=1e-8, max_iter=20_000)
        model.fit(z, y)
        np.testing.assert_array_equal(np.flatnonzero(np.abs(model.coef_[0]) > 1e-4), active)
        if place == 25:
            break


def test_the_lasso_screen_is_the_last_collection_that_is_small_enough():
    y, x = wide()
    z = standardised(x)
    for most in (2, 3, 5):
        at = {}
        for active in path(y.astype(float), z):
            at.setdefault(len(active), set()).update(active.tolist())
            if len(active) > 2 * most:
                break
        collected, kept = set(), set()
        for size in sorted(at):
            collected = collected | at[size]
            kept = collected if len(collected) <= most else kept
        assert set(screened(y, x, most=most).columns) == kept


def test_the_stability_screen_counts_halves():
    y, x = wide()
    chance = np.random.default_rng(7)
    counts = np.zeros(90, dtype=int)
    for _ in range(6):
        who = chance.permutation(len(y))[:35]
        collected = set()
        for active in path(y[who].astype(float), standardised(x[who])):
            collected |= set(active.tolist())
            if len(collected) >= 8:
                break
        counts[list(collected)] += 1
    found = screened(y, x, selection=STABILITY, halves=6, seed=7)
    assert found.counts == tuple(counts[list(found.columns)])
    left = np.setdiff1d(np.arange(90), found.columns)
    assert len(found.columns) == 8 and counts[left].max() <= min(found.counts)
    assert (found.halves, found.n_halves, found.seed) == (6, 6, 7)
    ties = [column for column in range(90) if counts[column] == min(found.counts)]
    strength = np.abs(standardised(x).T @ (y - y.mean()))
    taken = [column for column in ties if column in found.columns]
    assert min(strength[taken]) >= max((strength[column] for column in ties if column not in taken), default=0)


@pytest.mark.parametrize("selection", [LASSO, STABILITY])
def test_what_decides_the_class_is_kept(selection):
    for seed in range(4):
        y, x = drawn(seed, n=90)
        assert {0, 1} <= set(screened(y, x, selection=selection, halves=8).columns)


@settings(deadline=None, derandomize=True, max_examples=10)
@given(seed=st.integers(0, 1000), selection=st.sampled_from([LASSO, STABILITY]))
def test_neither_units_nor_the_order_of_columns_nor_the_names_of_classes_matter(seed, selection):
    y, x = drawn(seed, n=40, p=14)
    chance = np.random.default_rng(seed)
    order = chance.permutation(14)
    moved = (x * chance.uniform(0.01, 100, 14) * chance.choice([-1, 1], 14) + 3)[:, order]
    options = {"selection": selection, "most": 4, "halves": 4}
    first = screened(y, x, **options)
    assert set(order[list(screened(1 - y, moved, **options).columns)]) == set(first.columns)
    assert first == screened(y, x, **options) or first.columns == screened(y, x, **options).columns


def test_the_seed_decides_the_halves():
    y, x = wide()
    options = {"selection": STABILITY, "halves": 3}
    first, again, other = (screened(y, x, seed=seed, **options) for seed in (1, 1, 2))
    assert (first.columns, first.counts) == (again.columns, again.counts)
    assert (first.columns, first.counts) != (other.columns, other.counts)


def test_constant_columns_and_copies_are_not_tried():
    y, x = drawn(1)
    more = np.column_stack((x, np.full(60, 4.0), 2 - 3 * x[:, 0], x[:, 5]))
    found = screened(y, more)
    assert (found.n_candidates, found.n_constant, found.n_copies) == (28, 1, 2)
    assert found.columns == screened(y, x).columns


def test_where_few_are_given_all_are_taken():
    y, x = drawn(2, p=5)
    found = screened(y, np.column_stack((x, np.ones(60))))
    assert found.columns == (0, 1, 2, 3, 4) and found.selection == ""


def test_a_half_of_one_class_is_left_out_and_said():
    chance = np.random.default_rng(0)
    x = chance.normal(size=(16, 12))
    y = np.array([1, 1] + [0] * 14)
    found = screened(y, x, selection=STABILITY, halves=20)
    assert 0 < found.n_halves < 20 and max(found.counts) <= found.n_halves
    assert len(found.columns) <= 8


def test_one_class_and_columns_that_do_not_vary_are_named_states():
    y, x = drawn(0)
    with pytest.raises(NotEstimable, match="one class"):
        screened(np.ones(60), x)
    with pytest.raises(NotEstimable, match="No column varies"):
        screened(y, np.ones((60, 3)))


def test_a_first_step_that_lets_in_too_many_is_a_named_state():
    y = np.repeat([0, 1], 8)
    chance = np.random.default_rng(3)
    x = np.column_stack([chance.permutation(8) for _ in range(12)] * 2).reshape(8, 24)[:, :12]
    x = np.vstack((x, x + 4))  # every column has the same correlation with the class
    with pytest.raises(NotEstimable, match="more than 1"):
        screened(y, x, most=1)


@pytest.mark.parametrize(
    "options", [{"selection": "boosting"}, {"most": 9}, {"most": 0}, {"halves": 0}, {"y": [0, 1]}, {"y": [0.5] * 60}]
)
def test_what_makes_no_sense_is_refused(options):
    y, x = drawn(0)
    options = dict(options)
    with pytest.raises(Refused):
        screened(options.pop("y", y), x, **options)
    with pytest.raises(Refused):
        screened(y, np.where(x > 2, np.nan, x))
