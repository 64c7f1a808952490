"""Classifiers learned from training patients alone: against glmnet and scikit-learn, leaks, and planted truth."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import matthews_corrcoef
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.errors import NotEstimable
from core.radiogenomics import invariance_tested as trials
from core.radiogenomics.invariance import INTERSECTION, SCREEN, UNION
from core.radiogenomics.invariance_arms import ARMS, PLAIN, PUBLISHED_GRID, SCREENED, Recipe, chosen
from core.radiogenomics.invariance_folds import centre_splits, mixed_splits, stratified_folds
from core.radiogenomics.invariance_learned import SETTLED, learned
from core.radiogenomics.invariance_path import fitted, penalties
from core.radiogenomics.invariance_screening import screened
from core.radiogenomics.mcc import drawn_again, matthews, matthews_of
from core.radiogenomics.trained import ready

REFERENCE = Path(__file__).resolve().parents[1] / "reference" / "invariance"


def drawn(seed, n=90, p=12, missing=0.0):
    """Two of the columns decide the class; the environments differ in nothing."""
    chance = np.random.default_rng(seed)
    x = chance.normal(size=(n, p)) * chance.uniform(0.1, 30, p) + chance.normal(size=p)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    y = (chance.random(n) < expit(1.5 * z[:, 0] - 1.5 * z[:, 1])).astype(float)
    x[chance.random(x.shape) < missing] = np.nan
    return y, x, np.array(list("abc"))[np.arange(n) % 3]


# --------------------------------------------------------------------------------------------------- the fit


def test_coefficients_are_those_of_glmnet():
    frame = pd.read_csv(REFERENCE / "wide.csv")
    theirs = pd.read_csv(REFERENCE / "coefficients.csv")
    y, x = frame["y"].to_numpy(dtype=float), frame.drop(columns="y").to_numpy()
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    grid = penalties(y, z)
    fits = list(fitted(y, z, grid[:40], SETTLED))
    for step, rows in theirs.groupby("step"):
        assert grid[step - 1] == pytest.approx(rows["lambda"].iloc[0], rel=1e-12)
        expected = np.zeros(90)
        known = rows[rows["column"] > 0]
        expected[known["column"] - 1] = known["coefficient"]
        beta, intercept = fits[step - 1]
        np.testing.assert_allclose(beta, expected, atol=1e-6)
        assert intercept == pytest.approx(rows["intercept"].iloc[0], abs=1e-6)


def test_probabilities_are_those_of_a_pipeline_of_scikit_learn():
    y, x, environment = drawn(3, missing=0.05)
    train, test = np.arange(60), np.arange(60, 90)
    found = learned(Recipe(arms=(PLAIN,), repeats=1), y[train], x[train], environment[train], seed=0)[PLAIN]
    model = LogisticRegression(
        l1_ratio=1, C=1 / (found.penalty * 60), solver="saga", tol=1e-9, max_iter=50_000, random_state=0
    )
    pipeline = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), model).fit(x[train], y[train])
    np.testing.assert_allclose(found.score(x[test]), pipeline.predict_proba(x[test])[:, 1], atol=1e-5)


@pytest.mark.parametrize("inside", [True, False])
def test_the_penalty_is_the_one_with_the_best_mean_correlation_over_the_folds(inside):
    """Everything again with scikit-learn, fold by fold and penalty by penalty, of the arm without a test."""
    y, x, environment = drawn(5, n=60, p=12)
    recipe = Recipe(arms=(SCREENED,), repeats=1, most=3, inside=inside)
    found = learned(recipe, y, x, environment, seed=4)[SCREENED]
    z = StandardScaler().fit_transform(x)
    outer = list(screened(y, z, most=3).columns)
    grid = penalties(y, z[:, outer])[::9]
    scores = np.zeros((3, len(grid)))
    for fold, (train, test) in enumerate(stratified_folds(y, np.random.default_rng([4, 2]))):
        scaler = StandardScaler().fit(x[train])
        inner, held = scaler.transform(x[train]), scaler.transform(x[test])
        columns = list(screened(y[train], inner, most=3).columns) if inside else outer
        for place, penalty in enumerate(grid):
            model = LogisticRegression(l1_ratio=1, C=1 / (penalty * len(train)), solver="saga", tol=1e-8, max_iter=9000)
            calls = model.fit(inner[:, columns], y[train]).predict_proba(held[:, columns])[:, 1] >= 0.5
            scores[fold, place] = matthews_corrcoef(y[test], calls)
    mean = scores.mean(axis=0)
    assert mean.max() <= found.mcc + 1e-9  # of every ninth penalty none is better than the best of all
    assert set(found.columns) == set(outer) and found.n_folds == 3
    best = penalties(y, z[:, outer])
    at = np.flatnonzero(best == found.penalty)
    assert len(at) == 1
    if at[0] % 9 == 0:
        assert mean[at[0] // 9] == pytest.approx(found.mcc)


def test_gaps_scale_and_constants_are_learned_from_training_alone():
    chance = np.random.default_rng(0)
    x = chance.normal(size=(40, 6))
    x[:, 1], x[:10, 2], x[:4, 3] = 7.0, np.nan, np.nan
    x[:, 4] = np.r_[np.zeros(38), 1, 2]  # 38 to 1, three distinct values among 40: nearly constant
    x[:, 5] = np.r_[np.zeros(36), 1, 1, 2, 3]  # 36 to 2 is no more than 19 to 1
    found = ready(x)
    assert found.columns.tolist() == [0, 3, 5] and (found.n_missing, found.n_constant) == (1, 2)
    z = found.of(x)
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(z.std(axis=0), 1, atol=1e-12)
    median = np.median(x[4:, 3])
    assert z[0, 1] == pytest.approx((median - np.r_[[median] * 4, x[4:, 3]].mean()) / found.deviations[1])
    with pytest.raises(NotEstimable, match="No feature varies"):
        ready(np.ones((9, 2)))


# ------------------------------------------------------------------------------------------------ who is seen


@settings(deadline=None, derandomize=True, max_examples=4)
@given(seed=st.integers(0, 500), inside=st.booleans())
def test_nothing_of_the_centre_left_out_reaches_its_classifier(seed, inside):
    y, x, environment = drawn(seed, n=75, missing=0.02)
    split = centre_splits(environment)[0]
    recipe = Recipe(repeats=1, inside=inside, most=4)
    one = trials.tested(recipe, y, x, environment, [split])[0]
    other_y, other_x = y.copy(), x.copy()
    other_y[split.test], other_x[split.test] = 1 - y[split.test], 1e6
    two = trials.tested(recipe, other_y, other_x, environment, [split])[0]
    for arm in ARMS:
        first, second = one.models[arm], two.models[arm]
        np.testing.assert_array_equal(first.columns, second.columns)
        np.testing.assert_array_equal(first.coefficients, second.coefficients)
        assert (first.intercept, first.why) == (second.intercept, second.why)


def test_as_published_the_values_of_the_centre_left_out_do():
    y, x, environment = drawn(2, n=75, missing=0.15)
    split = centre_splits(environment)[0]
    other = x.copy()
    other[split.test] += 50
    recipe = Recipe(arms=(PLAIN,), repeats=1, everybody=True)
    one, two = (trials.tested(recipe, y, values, environment, [split])[0].models[PLAIN] for values in (x, other))
    assert one.intercept != two.intercept


def test_splits_and_folds_share_out_everybody():
    y, _, environment = drawn(1, n=100)
    centres = centre_splits(environment)
    assert [split.name for split in centres] == ["a", "b", "c"]
    assert sorted(np.concatenate([split.test for split in centres])) == list(range(100))
    for split in mixed_splits(y, environment, 5, seed=3):
        assert sorted([*split.train, *split.test]) == list(range(100)) and abs(len(split.test) - 30) <= 1
        for name in "abc":
            for label in (0, 1):
                here = (environment == name) & (y == label)
                assert abs(here[split.test].sum() - 0.3 * here.sum()) < 1
    again = mixed_splits(y, environment, 5, seed=3)
    assert [split.test.tolist() for split in again] == [s.test.tolist() for s in mixed_splits(y, environment, 5, 3)]
    for train, test in stratified_folds(y, np.random.default_rng(0)):
        assert sorted([*train, *test]) == list(range(100))
        assert abs(y[test].sum() - y.sum() / 3) < 1


def test_the_same_seed_gives_the_same_answer():
    y, x, environment = drawn(8, n=60, p=9)
    recipe = Recipe(repeats=1, selection="stability", halves=3, most=3)
    splits = centre_splits(environment)[:1]
    first, second = (trials.tested(recipe, y, x, environment, splits, seed=7) for _ in range(2))
    for one, two in zip(first, second, strict=True):
        for arm in ARMS:
            np.testing.assert_array_equal(one.scores[arm], two.scores[arm])


# -------------------------------------------------------------------------------------------- what is selected


def moved(seed, n=140):
    """Columns 0 and 1 cause the class everywhere; column 2 follows it, and each centre has another way of doing so."""
    chance = np.random.default_rng(seed)
    environment = np.repeat(["a", "b", "c", "d"], n)
    cause, effect = {"a": 0.75, "b": 0.0, "c": -0.75, "d": 0.0}, {"a": 1.8, "b": 0.0, "c": -1.8, "d": -5.0}
    x = chance.normal(size=(4 * n, 5))
    x[:, 0] += [cause[name] for name in environment]
    y = (chance.random(4 * n) < expit(1.5 * x[:, 0] + 1.5 * x[:, 1])).astype(float)
    x[:, 2] = 2 * y + [effect[name] for name in environment] + chance.normal(size=4 * n)
    return y, x, environment


def test_a_feature_whose_meaning_changes_between_centres_is_in_no_accepted_set_and_costs_on_the_next_centre():
    y, x, environment = moved(0)
    split = next(split for split in centre_splits(environment) if split.name == "d")
    run = trials.tested(Recipe(repeats=1), y, x, environment, [split])[0]
    union, plain = run.models[UNION], run.models[PLAIN]
    assert {0, 1} <= set(union.columns) and 2 not in union.columns
    assert 0 in run.models[INTERSECTION].columns and set(run.models[INTERSECTION].columns) <= {0, 1}
    assert 2 in plain.used and 2 in run.models[SCREEN].columns and 2 in run.models[SCREENED].columns
    truth = y[split.test]
    wrong = {arm: np.mean((score >= 0.5) != (truth == 1)) for arm, score in run.scores.items()}
    assert wrong[UNION] < wrong[PLAIN] - 0.05 and wrong[SCREEN] == pytest.approx(wrong[SCREENED])


def test_a_closed_gate_gives_everybody_the_share_of_positives_and_says_so():
    chance = np.random.default_rng(1)
    environment = np.repeat(["a", "b", "c"], 60)
    y = (chance.random(180) < np.repeat([0.1, 0.5, 0.9], 60)).astype(float)
    x = chance.normal(size=(180, 5))
    found = learned(Recipe(repeats=1), y, x, environment, seed=0)
    for arm in (SCREEN, UNION, INTERSECTION):
        assert not len(found[arm].columns) and "rejected" in found[arm].why
        np.testing.assert_allclose(found[arm].score(x), y.mean(), rtol=1e-12)
        assert np.isnan(found[arm].penalty) and found[arm].n_folds == 0
    assert len(found[SCREENED].columns) == 5 and not found[SCREENED].why


def test_one_training_environment_has_nothing_to_compare():
    y, x, _ = drawn(0)
    found = chosen(Recipe(), y, x, np.repeat("a", len(y)), seed=0)
    assert "one environment, a" in found[SCREEN].why and not len(found[UNION].columns)
    assert len(found[SCREENED].columns) and len(found[PLAIN].columns) == x.shape[1]


def test_training_environments_of_two_patients_sit_the_test_out():
    y, x, environment = drawn(0)
    some = environment.copy().astype("<U9")
    some[:2] = "tiny"
    found = chosen(Recipe(), y, x, some, seed=0)
    assert not found[SCREEN].why and len(found[SCREEN].columns)


def test_a_screen_that_cannot_choose_is_a_reason_and_no_error():
    y = np.repeat([0.0, 1.0], 8)
    chance = np.random.default_rng(3)
    x = np.column_stack([chance.permutation(8) for _ in range(12)])
    x = np.vstack((x, x + 4)).astype(float)
    found = chosen(Recipe(most=1), y, (x - x.mean(axis=0)) / x.std(axis=0), np.tile(["a", "b"], 8), seed=0)
    assert "more than 1" in found[SCREEN].why and not len(found[SCREENED].columns) and len(found[PLAIN].columns) == 12


def test_too_few_of_a_class_to_tune_is_the_state_of_that_centre():
    y, x, environment = drawn(0, n=60)
    y = np.zeros(60)
    y[environment == "a"] = 1
    y[np.flatnonzero(environment == "b")[:2]] = 1
    runs = trials.tested(Recipe(arms=(PLAIN,), repeats=1), y, x, environment, centre_splits(environment))
    assert "40 patients train, 2 of them positive" in runs[0].state and not runs[0].scores
    assert not runs[1].state and runs[1].scores


def test_the_published_grid_has_penalties_that_keep_everything_out():
    y, x, environment = drawn(4, n=60)
    found = learned(Recipe(arms=(PLAIN,), repeats=1, grid=PUBLISHED_GRID), y, x, environment, seed=3)[PLAIN]
    grid = np.sort(2.0 ** np.random.default_rng([3, 1]).uniform(-10, 3, 100))
    assert found.penalty in grid and grid.min() >= 2.0**-10 and grid.max() <= 8


# --------------------------------------------------------------------------------------- Matthews' correlation


def test_matthews_is_that_of_the_paper_and_of_scikit_learn():
    assert matthews(2, 1, 3, 1)[0] == pytest.approx(5 / 12, rel=1e-12)
    chance = np.random.default_rng(0)
    y, calls = (chance.random(40) < 0.4).astype(float), chance.random((30, 40)) < 0.5
    calls[0], calls[1] = True, False
    theirs = [matthews_corrcoef(y, row) for row in calls]
    np.testing.assert_allclose(matthews_of(y, calls), theirs, atol=1e-12)
    assert matthews(3, 0, 0, 2)[1] and matthews(0, 3, 0, 0)[0] == 0


def test_samples_drawn_again_have_the_counts_of_a_bootstrap_of_patients():
    found = drawn_again(20, 10, 25, 5, 4000, seed=0)
    y, calls = np.r_[np.ones(30), np.zeros(30)], np.r_[np.ones(20), np.zeros(10), np.zeros(25), np.ones(5)]
    chance = np.random.default_rng(1)
    who = chance.integers(0, 60, (4000, 60))
    theirs = np.array([matthews_of(y[row], calls[row][None] == 1)[0] for row in who])
    assert found.mean() == pytest.approx(theirs.mean(), abs=0.01)
    np.testing.assert_allclose(np.percentile(found, [2.5, 97.5]), np.percentile(theirs, [2.5, 97.5]), atol=0.03)
