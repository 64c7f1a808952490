"""How often each p-value of the Survival page is below 0.05 when nothing differs.

NULL has a row per p-value. Its rate in simulated cohorts must lie in the 99 % band of a binomial count with p = 0.05,
or below its upper end where the adjustment is built to stay below. HELD names the tests that do this for the rest.

The page's functions are asked themselves where they are quick; where a thousand answers would take long, quick_p.py is
asked, and the tests at the end hold the two together. Times are exponential; censoring is uniform and the same in all
groups, as every one of these tests supposes. Sizes are those at which the chi-square distribution is a good
approximation: in 60,000 cohorts of twice 75 patients the log-rank test rejected 5.2 %, with early weights 5.1 % and
with late weights 5.6 %; the smaller the groups, the more.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, chi2

import core.survival
from core.compute import generators
from core.stats.multiplicity import ADJUSTMENTS
from core.survival.cox import cox_model
from core.survival.cutpoint import searched_cut
from core.survival.hazard import hazard_per_sd, hazard_ratio
from core.survival.linear_rank import ASYMPTOTIC, PERMUTATION
from core.survival.logrank import logrank
from core.survival.outcome import Outcome
from core.survival.pairs import pairwise
from core.survival.rmst import restricted_mean
from core.survival.stratified import stratified_logrank
from core.survival.trend import logrank_trend
from core.survival.tried import tried_groupings
from core.survival.weighted import weighted_logrank
from tests.survival.cohorts import drawn, many_drawn, names
from tests.survival.held import is_there
from tests.survival.quick_p import areas, overall_p, pairs_p, restricted_p, screened

LEVEL, SEED = 0.05, 7
#: Of the runs, those that share a follow-up: so many covariates are drawn for each.
EACH = 50


def rank_test(test: Callable, sizes: tuple[int, ...], p_method: str, **options) -> Callable[[int], list[float]]:
    """p of a test of the log-rank family; `p_method` says where its p must have come from in every run."""

    def p_values(runs: int) -> list[float]:
        found = [test(*each, **options) for each in many_drawn(sizes, SEED, runs)]
        assert {each.p_method for each in found} == {p_method}
        return [each.p for each in found]

    return p_values


def within_centres(few: int, n: int, p_method: str, **options) -> Callable[[int], list[float]]:
    """The stratified test where the three centres differ in hazard and the groups do not, within centres."""

    def p_values(runs: int) -> list[float]:
        found = []
        for chance in generators(SEED, runs):
            centre, groups = np.arange(n) % 3, np.where(chance.permutation(n) < few, "few", "many")
            time, limit = chance.exponential(np.take([5, 15, 40], centre)), chance.uniform(10, 90, n)
            follow_up = Outcome.of(np.minimum(time, limit), time <= limit, "months")
            found.append(stratified_logrank(follow_up, groups, centre, **options))
        assert {each.p_method for each in found} == {p_method}
        return [each.p for each in found]

    return p_values


def smallest_of_pairs(adjustment: str, log_ratio: float = 0.0) -> Callable[[int], list[float]]:
    """Of all pairs of four groups, the smallest adjusted p among those that do not differ.

    The hazard of the last group is exp(log_ratio) times that of the others.
    """
    true = [place for place, pair in enumerate(combinations(range(4), 2)) if 3 not in pair or not log_ratio]

    def p_values(runs: int) -> list[float]:
        return [ADJUSTMENTS[adjustment](p)[true].min() for p in _pairs(runs, log_ratio)]

    return p_values


@cache
def _pairs(runs: int, log_ratio: float) -> list[list[float]]:
    return [pairs_p(*each, 4) for each in many_drawn((30,) * 4, SEED, runs, (0.0, 0.0, 0.0, log_ratio))]


def restricted(runs: int) -> np.ndarray:
    return restricted_p([follow_up for follow_up, _ in many_drawn((75, 75), SEED, runs)], 75, until=18)


def covariate(column: str, draw: Callable, adjusted: bool = False) -> Callable[[int], list[float]]:
    """p of Cox models of a covariate that `draw` makes, alone or beside age and volume."""

    def p_values(runs: int) -> list[float]:
        found = []
        for chance in generators(SEED, runs // EACH):
            follow_up, _ = drawn(chance, (120,))
            values = np.column_stack([draw(chance) for _ in range(EACH)])
            found.extend(screened(follow_up, values, others(chance) if adjusted else None)[column])
        return found

    return p_values


def others(chance: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame({"age": chance.normal(60, 9, 120), "volume": chance.exponential(size=120)})


def unequal_halves(chance: np.random.Generator) -> np.ndarray:
    return chance.permutation(np.repeat([0.0, 1.0], [80, 40]))


def proportional(runs: int) -> list[float]:
    """p of the test of proportional hazards of the smaller of two groups."""
    small, large = names((40, 80))[0], names((40, 80))[-1]
    fits = [hazard_ratio(*each, reference=large) for each in many_drawn((40, 80), SEED, runs)]
    return [next(level.estimate.ph_p for level in fit.levels if level.group == small) for fit in fits]


def number(chance: np.random.Generator) -> np.ndarray:
    return chance.exponential(size=120)


def all_groups(runs: int) -> list[float]:
    return [overall_p(*each) for each in many_drawn((40,) * 3, SEED, runs)]


def searched(runs: int) -> list[float]:
    """With 99 permutations a corrected p is at most 0.05 in 5 of 100 cases."""
    found = []
    for run, chance in enumerate(generators(SEED, runs)):
        follow_up, values = drawn(chance, (100,))[0], chance.normal(size=100)
        found.append(searched_cut(follow_up, values, permutations=99, resamples=0, seed=run).p_corrected)
    return found


def best_tried(runs: int) -> list[float]:
    """The smallest corrected p of three groupings, of which the second is made from the first."""
    found = []
    for run, chance in enumerate(generators(SEED, runs)):
        three = chance.permutation(np.arange(60) % 3)
        tries = {"3": three, "2": np.minimum(three, 1), "4": chance.permutation(np.arange(60) % 4)}
        tried = tried_groupings(drawn(chance, (60,))[0], tries, permutations=499, seed=run)
        found.append(tried.table["p_corrected"].min())
    return found


def first_of_screen(runs: int) -> list[float]:
    """The smallest q of 40 features, of which 20 resemble each other."""
    found = []
    for chance in generators(SEED, runs):
        values = chance.normal(size=(100, 40))
        values[:, :20] += 1.5 * chance.normal(size=(100, 1))
        found.append(screened(drawn(chance, (100,))[0], values)["q"].min())
    return found


@dataclass(frozen=True)
class Null:
    """`shows`: the fields of results that this is a simulation of; `bounded`: its rate may be below 0.05 by design."""

    shows: tuple[str, ...]
    p_values: Callable[[int], list[float]]
    runs: int = 600
    bounded: bool = False


RANK, PAIRS, RATIO = ("RankTest.p", "Verdict.p"), ("Pair.p_adjusted",), ("Ratio.p", "CoxRow.p")
NULL = {
    "log-rank": Null(RANK, rank_test(weighted_logrank, (60, 60), ASYMPTOTIC)),
    "log-rank, unequal groups": Null(RANK, rank_test(weighted_logrank, (40, 110), ASYMPTOTIC)),
    "log-rank, three groups": Null(RANK, rank_test(weighted_logrank, (50,) * 3, ASYMPTOTIC)),
    "log-rank, 7 and 30": Null(RANK, rank_test(logrank, (7, 30), PERMUTATION, permutations=199)),
    "log-rank, 5 and 80": Null(RANK, rank_test(logrank, (5, 80), PERMUTATION, permutations=199)),
    "log-rank, 6, 8 and 9": Null(RANK, rank_test(logrank, (6, 8, 9), PERMUTATION, permutations=199)),
    "early weights": Null(RANK, rank_test(weighted_logrank, (60, 60), ASYMPTOTIC, rho=1)),
    "late weights": Null(RANK, rank_test(weighted_logrank, (100, 100), ASYMPTOTIC, gamma=1)),
    "late weights, 7 and 40": Null(RANK, rank_test(weighted_logrank, (7, 40), PERMUTATION, gamma=1, permutations=199)),
    "stratified": Null(RANK, within_centres(60, 120, ASYMPTOTIC)),
    "stratified, 9 and 40": Null(RANK, within_centres(9, 49, PERMUTATION, permutations=99), 500),
    "trend": Null(RANK, rank_test(logrank_trend, (30,) * 4, ASYMPTOTIC, order=names((30,) * 4))),
    "trend, 7, 9 and 12": Null(
        RANK, rank_test(logrank_trend, (7, 9, 12), PERMUTATION, order=names((7, 9, 12)), permutations=199)
    ),
    "pairs by Holm": Null(PAIRS, smallest_of_pairs("Holm"), 600, bounded=True),
    "pairs by BH": Null(PAIRS, smallest_of_pairs("BH"), 600, bounded=True),
    "pairs by Holm, another differs": Null(PAIRS, smallest_of_pairs("Holm", 1.5), 400, bounded=True),
    "restricted means": Null(("MeanDifference.p",), restricted),
    "hazard ratio of a group": Null(RATIO, covariate("wald_p", unequal_halves)),
    "hazard ratio per standard deviation": Null(RATIO, covariate("wald_p", number)),
    "hazards of two groups proportional": Null(("Ratio.ph_p",), proportional, 600),
    "all groups, likelihood ratio": Null(("HazardRatio.overall_p", "CoxModel.lr_p"), all_groups, 500),
    "a covariate beside others, Wald": Null(("CoxRow.p",), covariate("wald_p", number, adjusted=True)),
    "a covariate beside others, likelihood ratio": Null(("CoxTerm.lr_p",), covariate("lr_p", number, adjusted=True)),
    "searched cut-point": Null(("SearchedCut.p_corrected",), searched),
    "best of the groupings tried": Null(("Tried.table",), best_tried, 500),
    "first of a screen": Null(("SurvivalScreen.table",), first_of_screen, 600, bounded=True),
}
HERE = "tests/survival/test_{}.py::test_{}"
#: p-values whose level another test holds. A pair's p is that of the tests above, and its adjustment is R's.
HELD = {
    "GrayTest.p": HERE.format("competing", "gray_p_is_uniform_under_the_null_and_small_when_the_cause_is_faster"),
    "Pair.p": HERE.format("null_rates", "the_quick_way_is_what_the_page_shows"),
    "MeanDifference.p_holm": "tests/stats/test_multiplicity.py::test_holm_is_the_closed_test_of_bonferroni",
    "ScoreTest.p": HERE.format("proportional", "p_is_uniform_where_hazards_are_proportional"),
    "CoxTerm.ph_p": HERE.format("proportional", "p_is_uniform_where_hazards_are_proportional"),
    "CoxModel.ph_global_p": HERE.format("proportional", "p_is_uniform_where_hazards_are_proportional"),
    "SplineCurve.nonlinear_p": HERE.format("cox_nulls", "every_p_of_a_model_of_nothing_is_uniform"),
    "Alone.lr_p": HERE.format("cox_nulls", "covariates_alone_and_the_wald_test_are_uniform_when_only_strata_differ"),
    "Step.p": HERE.format("ladder_nulls", "noise_has_a_uniform_likelihood_ratio_p"),
    "Step.p_adjusted": "tests/stats/test_multiplicity.py::test_holm_is_the_closed_test_of_bonferroni",
    "Quadrants.p": HERE.format("ladder_nulls", "the_p_of_quadrants_is_that_of_the_whole_procedure"),
}


def band(runs: int) -> tuple[float, float]:
    """Between these lie 99 % of the counts of p <= 0.05 when the p-values are what they say."""
    return tuple(binom.ppf([0.005, 0.995], runs, LEVEL))


@pytest.mark.parametrize("name", NULL)
def test_the_rate_of_false_positives(name):
    null = NULL[name]
    p = np.array(null.p_values(null.runs))
    assert p.shape == (null.runs,) and ((p > 0) & (p <= 1)).all()
    low, high = band(null.runs)
    found = int((p <= LEVEL).sum())
    assert (0 if null.bounded else low) <= found <= high, f"{found} of {null.runs}: {found / null.runs:.3f}"


def test_a_test_that_is_liberal_would_be_noticed():
    """The largest statistic of a search, read as if nothing had been searched."""
    naive = []
    for chance in generators(SEED, 200):
        curve = searched_cut(drawn(chance, (100,))[0], chance.normal(size=100), permutations=1, resamples=0).curve
        naive.append(chi2.sf(curve["chi_square"].max(), 1))
    assert (np.array(naive) <= LEVEL).sum() > 2 * band(200)[1]


def test_the_quick_way_is_what_the_page_shows():
    chance = np.random.default_rng(3)
    follow_up, groups = drawn(chance, (40, 30, 50))
    plain, shown = weighted_logrank(follow_up, groups), logrank(follow_up, groups)
    assert shown.p == pytest.approx(plain.p, rel=1e-9) and shown.p_method == plain.p_method == ASYMPTOTIC
    pairs = pairwise(lambda labels, progress: logrank(follow_up, labels), groups, names((1,) * 3))
    assert [pair.p for pair in pairs] == pytest.approx(pairs_p(follow_up, groups, 3), rel=1e-9)
    assert [pair.p_adjusted for pair in pairs] == ADJUSTMENTS["Holm"]([pair.p for pair in pairs]).tolist()
    assert hazard_ratio(follow_up, groups).overall_p == pytest.approx(overall_p(follow_up, groups), rel=1e-6)


def test_the_quick_restricted_means_are_what_the_page_shows():
    follow_up, groups = drawn(np.random.default_rng(4), (75, 75))
    difference = restricted_mean(follow_up, groups, until=18).differences[0]
    one, other = areas([follow_up], slice(0, 75), 18), areas([follow_up], slice(75, None), 18)
    assert difference.difference == pytest.approx(other[0][0] - one[0][0], rel=1e-9)
    assert difference.standard_error == pytest.approx(np.sqrt(one[1] + other[1])[0], rel=1e-9)
    assert difference.p == pytest.approx(restricted_p([follow_up], 75, 18)[0], rel=1e-9)


def test_the_quick_ratios_are_what_the_page_shows():
    chance = np.random.default_rng(5)
    follow_up, _ = drawn(chance, (120,))
    values, adjust = np.column_stack([unequal_halves(chance), number(chance)]), others(chance)
    alone, beside = screened(follow_up, values), screened(follow_up, values, adjust)
    ratio = hazard_ratio(follow_up, np.where(values[:, 0] == 1, "yes", "no")).levels[1].estimate
    assert ratio.p == pytest.approx(alone["wald_p"][0], rel=1e-5)
    assert hazard_per_sd(follow_up, values[:, 1]).estimate.p == pytest.approx(alone["wald_p"][1], rel=1e-5)
    model = cox_model(follow_up, adjust.assign(x=values[:, 1]))
    assert model.rows[2].p == pytest.approx(beside["wald_p"][1], rel=1e-6)
    assert model.terms[2].lr_p == pytest.approx(beside["lr_p"][1], rel=1e-6)


def fields_with_p() -> set[str]:
    """Every field of a result of core/survival that holds a p-value, and the tables that have such columns."""
    found = {"Tried.table", "SurvivalScreen.table"}
    for module in pkgutil.iter_modules(core.survival.__path__):
        loaded = importlib.import_module(f"core.survival.{module.name}")
        for kind in vars(loaded).values():
            if dataclasses.is_dataclass(kind) and kind.__module__ == loaded.__name__:
                found |= {f"{kind.__name__}.{name}" for name in vars(kind).get("__annotations__", {}) if _is_p(name)}
    return found


def _is_p(name: str) -> bool:
    return name == "p" or name.endswith("_p") or (name.startswith("p_") and name != "p_method")


def test_no_p_value_is_without_a_simulation():
    """Who adds a p-value to a result adds a row to NULL, or the test that simulates it to HELD."""
    assert fields_with_p() == {field for null in NULL.values() for field in null.shows} | set(HELD)


@pytest.mark.parametrize("test", HELD.values())
def test_what_is_held_elsewhere_is_there(test):
    assert is_there(test)
