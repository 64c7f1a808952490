"""Newton's method on separated data: reported, never an exception."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.survival.design import NOT_CONVERGED
from core.survival.efron import RiskSums, maximise
from core.survival.hazard import SEPARATION
from core.survival.outcome import Outcome
from core.survival.screen import survival_screen


def separated(seed):
    """A handful of patients whose covariates are in order of time, binary or of odd scale: often no maximum."""
    chance = np.random.default_rng(seed)
    n, k = chance.integers(6, 30), chance.integers(1, 6)
    x = chance.normal(size=(n, k)) * np.exp(chance.normal(size=k) * chance.integers(0, 3))
    if seed % 3 == 0:
        x = (x > 1).astype(float)
    if seed % 3 == 1:
        x[:, 0] = np.arange(n)
    sd = x.std(axis=0)
    x = (x - x.mean(axis=0)) / np.where(sd > 0, sd, 1)
    time = np.arange(n) if seed % 2 else chance.integers(0, 6, n)
    return time.astype(float), chance.random(n) < 0.7, x


@pytest.mark.parametrize("seed", [317, 340, 1394, 2777])
def test_information_that_overflows_is_flat_and_not_an_exception(seed):
    """At these seeds the information became infinite, of which no eigenvalues exist."""
    time, event, x = separated(seed)
    sums = RiskSums.of(time, event, np.zeros(len(time), dtype=int))
    z = np.ascontiguousarray(x[sums.order])
    found = maximise(sums, z[:, -1:], z[:, :-1], np.zeros(x.shape[1] - 1))
    assert found.flat[0] and not found.converged[0]


@given(st.integers(0, 100_000))
@settings(deadline=None, derandomize=True, max_examples=100)
def test_every_fit_ends_as_a_maximum_as_flat_or_unfinished(seed):
    time, event, x = separated(seed)
    if not event.any():
        return
    sums = RiskSums.of(time, event, np.zeros(len(time), dtype=int))
    z = np.ascontiguousarray(x[sums.order])
    found = maximise(sums, z[:, -1:], z[:, :-1], np.zeros(x.shape[1] - 1))
    assert not (found.converged & found.flat).any()
    if found.converged[0]:
        beta = np.append(found.others[:, 0], found.coefficient)
        _, gradient, _ = sums.likelihood(beta[:, None], z[:, -1:], z[:, :-1])
        assert np.abs(gradient).max() < 1e-5


@pytest.mark.parametrize("adjusted", [False, True])
def test_a_screen_of_separating_features_states_them(adjusted):
    chance = np.random.default_rng(0)
    n = 24
    time, event = np.arange(1.0, n + 1), chance.random(n) < 0.8
    features = pd.DataFrame({"order": -time, "late": time > 18, "power": np.exp(-time), "noise": chance.normal(size=n)})
    adjust = pd.DataFrame({f"a{i}": chance.normal(size=n) for i in range(4)}) if adjusted else None
    screen = survival_screen(Outcome.of(time, event, "months"), features.astype(float), adjust=adjust)
    states = screen.table.set_index("feature")["state"]
    assert states["order"] == SEPARATION and states["power"] in (SEPARATION, NOT_CONVERGED)
    assert states["noise"] == "estimated"
