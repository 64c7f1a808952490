"""What the methods of the Survival page find in 150 patients: a hazard ratio of 2.5 in at least nine of ten cohorts."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from core.compute import generators
from core.survival.cutpoint import searched_cut
from core.survival.outcome import Outcome
from core.survival.stratified import stratified_logrank
from core.survival.trend import logrank_trend
from core.survival.weighted import weighted_logrank
from tests.survival.cohorts import drawn, many_drawn, names
from tests.survival.quick_p import restricted_p, screened

LEVEL, RUNS = 0.05, 200
HIGHER = np.log(2.5)


@cache
def cohorts() -> tuple[tuple[int, np.random.Generator, Outcome, np.ndarray], ...]:
    """The number of the run, a generator for what a method draws itself, the follow-up, and the groups of 75."""
    made = []
    for run, chance in enumerate(generators(91, RUNS)):
        follow_up, groups = drawn(chance, (75, 75), (0.0, HIGHER))
        made.append((run, np.random.default_rng(run), follow_up, groups))
    return tuple(made)


def of_the_rank_test(run, chance, follow_up, groups):
    return weighted_logrank(follow_up, groups).p


def of_early_weights(run, chance, follow_up, groups):
    return weighted_logrank(follow_up, groups, rho=1).p


def of_the_stratified_test(run, chance, follow_up, groups):
    return stratified_logrank(follow_up, groups, np.arange(150) % 3).p


def of_the_hazard_ratio(run, chance, follow_up, groups):
    return screened(follow_up, (groups == "g1")[:, None].astype(float))["wald_p"][0]


def of_restricted_means(run, chance, follow_up, groups):
    return restricted_p([follow_up], 75, until=24)[0]


def of_the_searched_cut(run, chance, follow_up, groups):
    """The number is higher in everybody of the second group; nobody says where the border is."""
    values = chance.uniform(size=150) + (groups == "g1")
    return searched_cut(follow_up, values, permutations=199, resamples=0, seed=run).p_corrected


def of_a_screen(run, chance, follow_up, groups):
    """q of the planted feature beside 99 that say nothing."""
    return screened(follow_up, np.column_stack([groups == "g1", chance.normal(size=(150, 99))]).astype(float))["q"][0]


METHODS = (
    of_the_rank_test,
    of_early_weights,
    of_the_stratified_test,
    of_the_hazard_ratio,
    of_restricted_means,
    of_the_searched_cut,
    of_a_screen,
)


@pytest.mark.parametrize("p", METHODS, ids=lambda method: method.__name__)
def test_two_groups(p):
    found = np.mean([p(*each) <= LEVEL for each in cohorts()])
    assert found >= 0.9, found


def test_a_rise_to_two_and_a_half_over_four_groups():
    sizes, steps = (38, 37, 38, 37), tuple(HIGHER * np.arange(4) / 3)
    p = [logrank_trend(*each, order=names(sizes)).p for each in many_drawn(sizes, 92, RUNS, steps)]
    assert np.mean(np.array(p) <= LEVEL) >= 0.9


def test_of_what_a_screen_calls_found_at_most_five_per_cent_is_false():
    """10 of 200 features are planted; the mean share of false ones among those with q <= 0.05, over 100 cohorts."""
    false, found = [], []
    for chance in generators(94, 100):
        values = chance.normal(size=(150, 200))
        time = chance.exponential(20 * np.exp(-0.5 * values[:, :10].sum(axis=1)))
        limit = chance.uniform(10, 90, 150)
        q = screened(Outcome.of(np.minimum(time, limit), time <= limit, "months"), values)["q"].to_numpy()
        called = q <= LEVEL
        false.append(called[10:].sum() / max(called.sum(), 1))
        found.append(called[:10].mean())
    assert np.mean(false) <= LEVEL + 2.576 * np.std(false, ddof=1) / np.sqrt(len(false))
    assert np.mean(found) > 0.2
