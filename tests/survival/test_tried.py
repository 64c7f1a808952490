"""Several groupings tried against survival: the correction costs nothing for copies and nearly Sidak for strangers."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import NotEstimable, Refused
from core.survival.compared import compared
from core.survival.logrank import logrank
from core.survival.outcome import Outcome
from core.survival.permutation import permutation_p
from core.survival.tried import tried_groupings


def cohort(seed: int, n: int = 80) -> tuple[Outcome, np.random.Generator]:
    rng = np.random.default_rng(seed)
    return Outcome.of(rng.exponential(size=n).round(2), rng.random(n) < 0.7, "months"), rng


def labels(rng: np.random.Generator, n: int, k: int) -> list[str]:
    return [f"cluster {label}" for label in rng.permutation(np.arange(n) % k) + 1]


def test_one_try_is_the_permutation_test():
    outcome, rng = cohort(1)
    groups = labels(rng, 80, 3)
    found = tried_groupings(outcome, {"3": groups}, permutations=500, seed=4)
    (row,) = found.table.to_dict("records")
    statistic, p = permutation_p(compared(outcome, groups), 500, seed=4)
    assert row["statistic"] == pytest.approx(statistic)
    assert row["p_permutation"] == row["p_corrected"] == p
    alone = logrank(outcome, groups)
    assert row["p"] == pytest.approx(alone.p) and row["method"] == alone.p_method and row["dof"] == alone.dof
    assert (found.n, found.n_events, found.n_tests) == (80, alone.n_events, 1)


def test_small_groups_have_the_p_that_the_panel_shows():
    outcome, rng = cohort(2, 24)
    groups = labels(rng, 24, 3)
    row = tried_groupings(outcome, {"3": groups}, seed=1).table.iloc[0]
    alone = logrank(outcome, groups, seed=1)
    assert row["method"] == alone.p_method == "permutation" and row["p"] == alone.p


def test_the_same_grouping_again_costs_nothing():
    outcome, rng = cohort(3)
    groups = labels(rng, 80, 2)
    renamed = [{"cluster 1": "x", "cluster 2": "a"}[each] for each in groups]
    table = tried_groupings(outcome, {"2": groups, "again": groups, "renamed": renamed}).table
    assert table["p_corrected"].tolist() == pytest.approx(table["p_permutation"].tolist())
    assert table["p_permutation"].nunique() == 1


def test_independent_groupings_cost_about_as_much_as_sidak():
    for seed in range(5):
        outcome, rng = cohort(10 + seed, 150)
        table = tried_groupings(outcome, {str(k): labels(rng, 150, k) for k in (2, 3, 4, 5)}, 2000, seed).table
        smallest = table.loc[table["p_permutation"].idxmin()]
        sidak = 1 - (1 - smallest["p_permutation"]) ** 4
        assert smallest["p_corrected"] == pytest.approx(sidak, abs=0.04)


def test_the_correction_only_ever_raises_and_keeps_the_order():
    outcome, rng = cohort(5)
    table = tried_groupings(outcome, {str(k): labels(rng, 80, k) for k in (2, 3, 4, 6)}, 300).table
    assert (table["p_corrected"] >= table["p_permutation"]).all()
    ordered = table.sort_values("p_permutation")
    assert ordered["p_corrected"].is_monotonic_increasing


def test_a_planted_difference_survives_the_correction():
    rng = np.random.default_rng(0)
    group = np.arange(120) % 3
    time = rng.exponential(scale=np.array([1.0, 1.0, 4.0])[group])
    outcome = Outcome.of(time, np.ones(120), "months")
    tries = {"3": [str(each) for each in group]} | {str(k): labels(rng, 120, k) for k in (2, 4)}
    table = tried_groupings(outcome, tries).table.set_index("tried")
    assert table.loc["3", "p_corrected"] < 0.01 and table.loc["2", "p_corrected"] > 0.05


def test_without_any_difference_one_family_in_twenty_is_called_different():
    # 300 families of three groupings; 99 % of binomial counts with p = 0.05 lie within 6 to 26.
    called = 0
    for seed in range(300):
        outcome, rng = cohort(1000 + seed, 50)
        table = tried_groupings(outcome, {str(k): labels(rng, 50, k) for k in (2, 3, 4)}, 99, seed).table
        called += bool(table["p_corrected"].min() <= 0.05)
    assert 6 <= called <= 26


def test_a_group_too_small_is_no_try():
    outcome, rng = cohort(6)
    tiny = ["a"] * 77 + ["b"] * 3
    groups = labels(rng, 80, 2)
    table = tried_groupings(outcome, {"2": groups, "tiny": tiny}, 400).table.set_index("tried")
    alone = tried_groupings(outcome, {"2": groups}, 400).table.iloc[0]
    assert np.isnan(table.loc["tiny", "p_corrected"]) and "fewer than 5" in table.loc["tiny", "note"]
    assert table.loc["2", "p_corrected"] == alone["p_corrected"]
    only = tried_groupings(outcome, {"tiny": tiny})
    assert only.n_tests == 0 and only.table["p"].isna().all()


def test_states():
    outcome, rng = cohort(7)
    with pytest.raises(Refused):
        tried_groupings(outcome, {})
    with pytest.raises(Refused, match="no group"):
        tried_groupings(outcome, {"2": [None, *labels(rng, 79, 2)]})
    few = Outcome.of(np.arange(1.0, 21), [1, 1, *[0] * 18], "months")
    with pytest.raises(NotEstimable, match="2 events"):
        tried_groupings(few, {"2": labels(rng, 20, 2)})
    told = []
    tried_groupings(outcome, {"2": labels(rng, 80, 2)}, 100, progress=lambda share, text: told.append(share))
    assert told[-1] == pytest.approx(1)
