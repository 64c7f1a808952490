"""Uno's c, Brier scores and areas with weights of censoring: against R, scikit-survival, and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import NotEstimable
from core.survival.blocks import learn
from core.survival.calibrated import calibrated
from core.survival.concordance import concordance
from core.survival.dynamic_auc import dynamic_auc
from core.survival.ipcw import Uncensored, brier, integrated_brier, uno
from tests.survival.ladders import drawn, patients_of, r


@pytest.fixture(scope="module")
def sim():
    frame = r("sim.csv")
    patients, x = patients_of(frame), frame[["x", "z"]].to_numpy()
    learned = learn(patients, x)
    return patients, x @ learned.slopes, learned


def test_areas_are_those_of_riskregression_and_of_the_sums_written_out(sim):
    patients, index, _ = sim
    theirs, hand = r("areas.csv"), r("hand.csv")
    found = dynamic_auc(
        (patients.time, patients.event), patients.time, patients.event, index, theirs["time"].to_numpy()
    )
    np.testing.assert_allclose(found, hand["area"], rtol=1e-6)
    np.testing.assert_allclose(found, theirs["auc"], rtol=1e-6)


def test_brier_scores_are_those_of_riskregression(sim):
    patients, index, learned = sim
    theirs = r("areas.csv")
    at = theirs["time"].to_numpy(float)
    uncensored = Uncensored.of(patients.time, patients.event)
    found = brier(patients.time, patients.event, learned.survival(index, at), at, uncensored)
    np.testing.assert_allclose(found, theirs["brier"], rtol=1e-6)


def test_scikit_survival_has_the_same_numbers(sim):
    from sksurv.metrics import concordance_index_ipcw, integrated_brier_score
    from sksurv.util import Surv

    patients, index, learned = sim
    both = Surv.from_arrays(patients.event, patients.time)
    uncensored = Uncensored.of(patients.time, patients.event)
    for until in (20.0, 47.0):
        theirs = concordance_index_ipcw(both, both, index, tau=until)[0]
        assert uno(patients.time, patients.event, index, uncensored, until) == pytest.approx(theirs, abs=1e-12)
    at = np.linspace(5, 45, 9)
    survival = learned.survival(index, at)
    theirs = integrated_brier_score(both, both, survival, at)
    assert integrated_brier(patients.time, patients.event, survival, at, uncensored) == pytest.approx(theirs, abs=1e-12)


def test_four_patients_by_hand():
    """Events at 1 and 3, censored at 2 and 4. G(3-) = 2/3; the pair (3, 4) counts (3/2)^2, the pairs of 1 count 1."""
    time, event = np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, False, True, False])
    uncensored = Uncensored.of(time, event)
    assert uncensored.before(np.array([1.0, 3.0])).tolist() == pytest.approx([1, 2 / 3])
    right, wrong = np.array([4.0, 3, 2, 1]), np.array([4.0, 3, 1, 2])
    assert uno(time, event, right, uncensored) == 1
    assert uno(time, event, wrong, uncensored) == pytest.approx(3 / (3 + 9 / 4))
    assert uno(time, event, wrong, uncensored, until=3.0) == 1
    found = dynamic_auc((time, event), time, event, wrong, np.array([3.0, 0.5, 9.0]))
    # Cases 1 (weight 1) and 3 (weight 3/2) against 4.
    assert found[0] == pytest.approx(1 / (1 + 3 / 2)) and np.isnan(found[1:]).all()


def test_censoring_at_the_time_of_an_event_comes_after_it():
    time, event = np.array([2.0, 2.0, 5.0]), np.array([True, False, True])
    assert Uncensored.of(time, event).after(np.array([2.0])).item() == pytest.approx(1 / 2)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_without_censoring_uno_is_harrell_and_a_monotone_risk_changes_nothing(seed):
    chance = np.random.default_rng(seed)
    time, event = chance.permutation(12).astype(float) + 1, np.ones(12, dtype=bool)
    risk = chance.integers(0, 5, 12).astype(float)
    uncensored = Uncensored.of(time, event)
    c = concordance(time, event, risk, np.zeros(12, int))
    assert uno(time, event, risk, uncensored) == pytest.approx(c, abs=1e-12)
    assert uno(time, event, np.exp(risk), uncensored) == pytest.approx(c, abs=1e-12)
    assert uno(time, event, -risk, uncensored) == pytest.approx(1 - c, abs=1e-12)


def test_calibration_in_fifths_is_that_of_survfit(sim):
    patients, index, learned = sim
    risk = 1 - learned.survival(index, np.array([24.0]))[:, 0]
    found = calibrated(patients, risk, index, 24.0)
    expected = r("calibration.csv")
    for group, theirs in zip(found.groups, expected.itertuples(), strict=True):
        assert group.n == theirs.n and group.predicted == pytest.approx(theirs.predicted, rel=1e-6)
        ours = (group.observed, group.lower, group.upper)
        assert ours == pytest.approx((theirs.observed, theirs.lower, theirs.upper), rel=1e-6)
    # On its own patients the slope of a maximum-likelihood index is 1.
    assert found.slope == pytest.approx(1, abs=1e-6)


def test_calibration_beyond_the_follow_up_or_with_few_events_is_a_state():
    patients, x = drawn(np.random.default_rng(0), 60)
    risk = np.full(60, 0.3)
    with pytest.raises(NotEstimable, match="nobody is followed longer"):
        calibrated(patients, risk, x[:, 0], 1000.0)
    with pytest.raises(NotEstimable, match="happened by the horizon"):
        calibrated(patients, risk, x[:, 0], 0.01)
    assert len(calibrated(patients, risk, x[:, 0], 30.0).groups) == 1
