"""The ridge-penalised Cox model: one fit against coxph and lifelines, the choice of the penalty, and its states."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.compute import generators
from core.errors import NotEstimable, Refused
from core.survival.cox import cox_model
from core.survival.outcome import Outcome
from core.survival.partial import Patients
from core.survival.ridge import ridge_model
from core.survival.ridge_fit import GRID, cross_validated, derivatives, folds_of, likelihood, ridge_path
from tests.survival.cohorts import PRECISION, lung, outcome, veteran
from tests.survival.test_cox_model import r

SETS = {
    "lung": (lung, ["age", "sex", "ph.karno", "wt.loss"], None),
    "veteran_strata": (veteran, ["karno", "age", "diagtime"], "celltype"),
}


def patients_of(name):
    make, columns, strata = SETS[name]
    frame = make().dropna(subset=columns)
    codes = np.zeros(len(frame), int) if strata is None else pd.factorize(frame[strata])[0]
    return Patients(frame["time"].to_numpy(float), frame["event"].to_numpy() == 1, codes), frame[columns].to_numpy(
        float
    )


@pytest.mark.parametrize("name", SETS)
def test_a_fit_is_that_of_coxph_with_ridge(name):
    patients, x = patients_of(name)
    expected = r("ridge.csv").query("set == @name")
    for row, found in zip(expected.itertuples(), ridge_path(patients, x, expected["penalty"].tolist()), strict=True):
        theirs = r("ridge_coefficients.csv").query("set == @name and penalty == @row.penalty")["coefficient"]
        np.testing.assert_allclose(found.coefficients, theirs, rtol=1e-6)
        assert found.log_likelihood == pytest.approx(row.log_likelihood, rel=1e-10)
        assert found.dof == pytest.approx(row.dof, rel=1e-6)


@pytest.mark.parametrize("name", SETS)
def test_a_fit_is_that_of_lifelines(name):
    from lifelines import CoxPHFitter

    patients, x = patients_of(name)
    frame = pd.DataFrame((x - x.mean(axis=0)) / x.std(axis=0, ddof=1)).add_prefix("x")
    frame = frame.assign(time=patients.time, event=patients.event.astype(int), stratum=patients.stratum)
    strata = ["stratum"] if patients.stratum.any() else None
    frame = frame if strata else frame.drop(columns="stratum")
    model = CoxPHFitter(penalizer=25 / len(x)).fit(frame, "time", "event", strata=strata, fit_options=PRECISION)
    np.testing.assert_allclose(ridge_path(patients, x, [25])[0].coefficients, model.params_, rtol=1e-6)


def test_the_cross_validated_likelihood_is_its_definition():
    """Every fold by hand, with the likelihoods from derivatives; and a fold per patient is its sum over patients."""
    patients, x = patients_of("lung")
    fold = folds_of(patients, 4, np.random.default_rng(3))
    found = cross_validated(patients, x, 4, np.random.default_rng(3), [10.0, 100.0])
    by_hand = np.zeros(2)
    for left_out in range(4):
        inside = fold != left_out
        part = Patients(patients.time[inside], patients.event[inside], patients.stratum[inside])
        for place, fit in enumerate(ridge_path(part, x[inside], [10.0, 100.0])):
            both = [
                derivatives(each.sums, values[each.sums.order], fit.slopes)[0]
                for each, values in ((patients, x), (part, x[inside]))
            ]
            by_hand[place] += both[0] - both[1]
    np.testing.assert_allclose(found.likelihoods, by_hand, rtol=1e-12)
    assert np.bincount(fold[patients.event]).max() - np.bincount(fold[patients.event]).min() <= 1


@given(seed=st.integers(0, 10_000), penalty=st.floats(0.5, 500))
@settings(deadline=None, derandomize=True, max_examples=40)
def test_every_fit_is_a_maximum_also_with_more_columns_than_events(seed, penalty):
    chance = np.random.default_rng(seed)
    n, p = 30, int(chance.integers(1, 45))
    x = chance.normal(size=(n, p))
    time, event = np.ceil(chance.exponential(5, n)), chance.random(n) < 0.6
    if not event.any():
        return
    patients = Patients(time, event, chance.integers(0, 2, n))
    found, more = ridge_path(patients, x, [penalty, 2 * penalty])
    z = ((x - x.mean(axis=0)) / x.std(axis=0, ddof=1))[patients.sums.order]
    level, gradient, _ = derivatives(patients.sums, z, found.coefficients)
    np.testing.assert_allclose(gradient, penalty * found.coefficients, atol=1e-6)
    assert level == pytest.approx(likelihood(patients.sums, z, found.coefficients))
    assert more.coefficients @ more.coefficients <= found.coefficients @ found.coefficients + 1e-12
    assert 0 <= more.dof <= found.dof <= min(n, p) + 1e-9


def test_what_the_plain_fit_refuses_the_ridge_answers():
    chance = np.random.default_rng(2)
    n = 60
    wide = pd.DataFrame(chance.normal(size=(n, 70))).add_prefix("x")
    time = chance.exponential(10 * np.exp(-1.2 * wide["x0"]))
    follow_up = Outcome.of(time, np.ones(n), "months")
    with pytest.raises(NotEstimable) as state:
        cox_model(follow_up, wide)
    assert "ridge fit" in state.value.remedy
    result = ridge_model(follow_up, wide, seed=1)
    assert result.rows[0].ratio == max(row.ratio for row in result.rows) and result.n_columns == 70
    assert 0.5 < result.c_index_left_out < result.c_index and result.dof < 60
    stage = np.where(chance.random(n) < 0.2, "IV", "I")
    events = np.where(stage == "IV", 0, 1)
    table = pd.DataFrame({"stage": stage, "age": chance.normal(60, 8, n)})
    with pytest.raises(NotEstimable, match="separation") as state:
        cox_model(Outcome.of(time, events, "months"), table)
    assert "ridge fit" in state.value.remedy
    (row, age) = ridge_model(Outcome.of(time, events, "months"), table).rows
    assert 0 < row.ratio < 0.8 and row.sd is None and age.sd == pytest.approx(table["age"].std())


def test_noise_is_shrunken_to_nothing_and_said_so():
    """Of 20 cohorts of noise at least 12 keep less than 3 of 10 degrees of freedom; ranks left out are chance."""
    told, ranked = 0, []
    for chance in generators(6, 20):
        noise = pd.DataFrame(chance.normal(size=(80, 10))).add_prefix("x")
        result = ridge_model(Outcome.of(chance.exponential(9, 80), np.ones(80), "months"), noise, folds=5)
        told += result.dof < 3
        ranked.append(result.c_index_left_out)
    assert told >= 12
    assert abs(np.mean(ranked) - 0.5) < 0.04


def test_the_seed_decides_and_everything_is_counted():
    frame = lung()
    covariates, told = frame[["age", "group", "ecog", "wt.loss"]], []
    one, same, other = (
        ridge_model(outcome(frame), covariates, seed=seed, progress=lambda share, text="": told.append(share))
        for seed in (4, 4, 5)
    )
    pd.testing.assert_frame_equal(one.curve, same.curve)
    assert one.c_index_left_out == same.c_index_left_out
    assert not one.curve["cross_validated"].equals(other.curve["cross_validated"])
    assert told[-1] == 1.0
    assert one.penalty == one.curve.loc[one.curve["cross_validated"].idxmax(), "penalty"] and one.penalty in GRID
    assert (one.n, one.n_incomplete, one.n_columns) == (213, 15, 6)
    assert {term.term: term.n_missing for term in one.terms} == {"age": 0, "group": 0, "ecog": 1, "wt.loss": 14}
    assert one.terms[1].reference == "female" and one.terms[1].n_reference == (one.n - one.rows[1].n)
    assert any("reference" in note for note in one.notes) and "no interval" in one.no_interval
    path = one.path.query("term == 'age'").set_index("penalty")["coefficient"]
    assert path[one.penalty] == pytest.approx(one.rows[0].coefficient, rel=1e-9)


def test_states_and_refusals():
    frame = lung()
    with pytest.raises(NotEstimable, match="at least 10"):
        ridge_model(Outcome.of(range(1, 61), [1] * 9 + [0] * 51, "days"), frame[["age"]].iloc[:60])
    with pytest.raises(NotEstimable, match="is the same"):
        ridge_model(outcome(frame), frame[["age"]].assign(one=1.0))
    with pytest.raises(Refused, match="not a covariate"):
        ridge_model(outcome(frame), frame[["age"]], references={"sex": "male"})
    assert ridge_model(outcome(frame), frame[["age"]], strata=frame["inst"]).n_strata > 10
