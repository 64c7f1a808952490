import sys
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.compute import generators
from core.errors import Abandoned, NotEstimable, Refused
from core.survival import scan, scan_in_numpy
from core.survival.cutpoint import cut_curve, searched_cut, tables
from core.survival.logrank import logrank
from core.survival.outcome import Outcome
from core.survival.permutation import RiskSets
from tests.survival.cohorts import lung, reference, veteran

#: The sets of cutpoint.csv; in the last, tied times were put apart in the order of the file.
COHORTS = {
    "lung": lung,
    "veteran": veteran,
    "veteran_apart": lambda: veteran().assign(time=lambda frame: frame["time"].rank(method="first")),
}
MAXSTAT = reference("cutpoint.csv")
SEARCHES = list(zip(MAXSTAT["set"], MAXSTAT["variable"], strict=True))


def patients(name: str, variable: str) -> tuple[Outcome, pd.Series]:
    frame = COHORTS[name]().dropna(subset=[variable])
    return Outcome.of(frame["time"], frame["event"], "days"), frame[variable]


def planted(chance: np.random.Generator, n: int, ratio: float = 1.0) -> tuple[Outcome, np.ndarray]:
    """Patients whose hazard is `ratio` times as high above the median value, about a quarter of them censored."""
    values = chance.normal(size=n)
    time = chance.exponential(20 / np.where(values > np.median(values), ratio, 1.0))
    limit = chance.uniform(10, 90, n)
    return Outcome.of(np.minimum(time, limit), time <= limit, "months"), values


@pytest.mark.parametrize(("name", "variable"), SEARCHES)
def test_every_chi_square_is_that_of_survdiff(name, variable):
    expected = reference("cutpoint_curves.csv").query("set == @name and variable == @variable").set_index("cut")
    follow_up, values = patients(name, variable)
    curve = cut_curve(follow_up, values)
    assert list(curve.columns) == ["cut", "n_low", "chi_square"]
    allowed = expected[expected["n_low"].between(0.1 * follow_up.n, 0.9 * follow_up.n)]
    assert list(curve["cut"]) == list(allowed.index)
    assert list(curve["n_low"]) == list(allowed["n_low"])
    np.testing.assert_allclose(curve["chi_square"], allowed["chi_square"], rtol=1e-10, atol=1e-10)


def test_every_chi_square_is_that_of_our_log_rank_test():
    follow_up, values = patients("veteran", "karno")
    curve = cut_curve(follow_up, values)
    for row in curve.itertuples():
        test = logrank(follow_up, np.where(values <= row.cut, "low", "high"))
        assert row.chi_square == pytest.approx(test.statistic, abs=1e-10)
        assert {group.group: group.n for group in test.groups}["low"] == row.n_low


@pytest.mark.parametrize("chi_squares", [scan.chi_squares, scan_in_numpy.chi_squares])
@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=3, max_size=60))
def test_the_scan_equals_a_log_rank_test_of_the_first_patients_with_any_ties(chi_squares, given_patients):
    time, event = (np.array(column) for column in zip(*given_patients, strict=True))
    moments = np.unique(time[event])
    labels = (2 * np.searchsorted(moments, time, "right") + event)[None]
    sets = RiskSets.of(time.astype(float), event)
    first = np.arange(len(time)) <= np.arange(len(time) - 1)[:, None]
    expected = sets.statistics((~first).astype(int)[:, sets.order], 2)
    found = chi_squares(labels, tables(labels, len(moments)))[0, :-1]
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(("name", "variable"), SEARCHES)
def test_the_cut_is_that_of_maxstat_unless_the_two_variances_rank_the_cuts_otherwise(name, variable):
    expected = MAXSTAT.set_index(["set", "variable"]).loc[(name, variable)]
    known = reference("cutpoint_curves.csv").query("set == @name and variable == @variable").dropna(subset="z")
    follow_up, values = patients(name, variable)
    found = searched_cut(follow_up, values, permutations=1, resamples=0)
    assert (found.n, found.n_events) == (expected["n"], expected["events"])
    assert found.n_low == (values <= found.cut).sum() and found.n_high == (values > found.cut).sum()
    # survdiff's own maximum is the cut that is asked for; maxstat takes that of its z.
    assert found.cut == known["cut"][known["chi_square"].idxmax()]
    assert (found.cut == expected["cut"]) == (variable != "age" or name == "lung")


@pytest.mark.parametrize("variable", ["age", "ph.karno", "wt.loss"])
def test_where_the_effect_is_weak_the_root_of_the_statistic_is_near_the_z_of_maxstat(variable):
    z = MAXSTAT.set_index(["set", "variable"]).loc[("lung", variable), "z"]
    assert np.sqrt(cut_curve(*patients("lung", variable))["chi_square"].max()) == pytest.approx(z, rel=0.08)


@pytest.mark.parametrize("variable", ["age", "karno"])
def test_without_tied_times_maxstat_has_our_numerator_over_the_variance_of_its_scores(variable):
    follow_up, values = patients("veteran_apart", variable)
    order = np.argsort(follow_up.time)
    event, n = follow_up.event[order].astype(float), follow_up.n
    scores = event - np.cumsum(event / np.arange(n, 0, -1))
    known = reference("cutpoint_curves.csv").query("set == 'veteran_apart' and variable == @variable").dropna()
    for row in known.itertuples():
        low = values.to_numpy()[order] <= row.cut
        sets = RiskSets.of(follow_up.time, follow_up.event)
        observed, expected, variance = sets.counts((~low).astype(int)[None], 2)
        surplus = (observed - expected)[0, 0]
        assert scores[low].sum() == pytest.approx(surplus, abs=1e-10)
        assert row.chi_square == pytest.approx(surplus**2 / variance[0, 0, 0], rel=1e-10)
        m = low.sum()
        assert row.z == pytest.approx(abs(surplus) / np.sqrt(scores.var(ddof=1) * m * (n - m) / n), rel=1e-10)


def test_the_corrected_p_agrees_with_permutations_by_the_plain_log_rank_test():
    follow_up, values = planted(np.random.default_rng(5), 60, ratio=2)
    found = searched_cut(follow_up, values, permutations=2000, resamples=0)
    sets = RiskSets.of(follow_up.time, follow_up.event)
    high = values > found.curve["cut"].to_numpy()[:, None]
    chance = np.random.default_rng(8)
    largest = [sets.statistics(high[:, chance.permutation(60)].astype(int), 2).max() for _ in range(600)]
    plain = np.mean(np.array(largest) >= found.curve["chi_square"].max())
    assert 0.02 < found.p_corrected < 0.98
    assert found.p_corrected == pytest.approx(plain, abs=4 * np.sqrt(plain * (1 - plain) / 600))


def test_under_the_null_the_corrected_p_is_uniform_and_the_naive_one_would_not_be():
    from scipy.stats import chi2, kstest

    corrected, naive = [], []
    for chance in generators(11, 300):
        found = searched_cut(*planted(chance, 60), permutations=199, resamples=0, seed=int(chance.integers(2**31)))
        corrected.append(found.p_corrected)
        naive.append(chi2.sf(found.curve["chi_square"].max(), 1))
    assert kstest(corrected, "uniform").pvalue > 0.01
    assert kstest(naive, "uniform").pvalue < 1e-6
    assert np.mean(np.array(naive) < 0.05) > 0.3


def test_a_planted_ratio_of_two_and_a_half_is_found_and_its_cut_too():
    found = [
        searched_cut(*planted(chance, 150, 2.5), permutations=199, resamples=0, seed=seed)
        for seed, chance in enumerate(generators(12, 100))
    ]
    assert np.mean([one.p_corrected < 0.05 for one in found]) >= 0.9
    assert np.median(np.abs([one.cut for one in found])) < 0.2


def test_the_interval_holds_the_cut_and_is_narrow_where_the_effect_is_strong():
    strong = searched_cut(*planted(np.random.default_rng(3), 300, 6), permutations=99)
    weak = searched_cut(*planted(np.random.default_rng(3), 300, 1), permutations=99)
    assert strong.p_corrected == 1 / 100  # as small as 99 permutations can make it, and never 0
    assert strong.n_resamples == strong.resamples == 500
    assert strong.cut_low <= strong.cut <= strong.cut_high
    assert strong.cut_low <= 0.1 and strong.cut_high >= -0.1
    assert strong.cut_high - strong.cut_low < 0.5 * (weak.cut_high - weak.cut_low)


def same(one, other) -> bool:
    pd.testing.assert_frame_equal(one.curve, other.curve, rtol=1e-12)
    return all(getattr(one, f.name) == getattr(other, f.name) for f in fields(one) if f.name != "curve")


def test_the_seed_decides_everything_that_is_left_to_chance(monkeypatch):
    asked = planted(np.random.default_rng(4), 80, 1.8)
    found = searched_cut(*asked, seed=1)
    other = searched_cut(*asked, seed=2)
    monkeypatch.setattr("core.survival.cutpoint.BATCH", 700)
    assert same(found, searched_cut(*asked, seed=1))
    assert other.p_corrected != found.p_corrected
    assert other.p_corrected == pytest.approx(found.p_corrected, abs=0.06)


def test_any_increasing_scale_of_the_values_gives_the_same_groups_p_and_interval():
    follow_up, values = planted(np.random.default_rng(6), 90, 2)
    values = values.round(1)
    plain, scaled = searched_cut(follow_up, values), searched_cut(follow_up, np.exp(3 * values))
    assert scaled.cut == np.exp(3 * plain.cut)
    assert (scaled.n_low, scaled.p_corrected) == (plain.n_low, plain.p_corrected)
    assert (scaled.cut_low, scaled.cut_high) == (np.exp(3 * plain.cut_low), np.exp(3 * plain.cut_high))
    np.testing.assert_array_equal(scaled.curve["chi_square"], plain.curve["chi_square"])
    turned = cut_curve(follow_up, -values)["chi_square"].to_numpy()[::-1]
    np.testing.assert_allclose(turned, plain.curve["chi_square"], rtol=1e-10, atol=1e-10)


def test_where_numba_is_missing_numpy_gives_the_same_answer(monkeypatch):
    asked = planted(np.random.default_rng(7), 70, 2)
    fast = searched_cut(*asked, permutations=200, resamples=60)
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.delitem(sys.modules, "core.survival.scan")
    slow = searched_cut(*asked, permutations=200, resamples=60)
    assert "core.survival.scan" not in sys.modules
    assert same(slow, fast)


def test_the_uncorrected_p_is_nowhere():
    from scipy.stats import chi2

    found = searched_cut(*planted(np.random.default_rng(9), 100, 2), resamples=50)
    naive = chi2.sf(found.curve["chi_square"], 1).min()
    numbers = [getattr(found, f.name) for f in fields(found) if isinstance(getattr(found, f.name), (int, float))]
    assert not np.isclose(np.r_[numbers, found.curve.to_numpy().ravel()], naive, rtol=1e-3, atol=0).any()
    assert [name for name in vars(found) if name.startswith("p_") or name == "p"] == ["p_corrected"]
    assert f"{naive:.3g}" not in repr(found)
    assert found.p_corrected > naive


def test_cuts_stay_between_ten_and_ninety_per_cent_and_never_part_equal_values():
    follow_up, _ = planted(np.random.default_rng(10), 50)
    curve = cut_curve(follow_up, np.repeat(np.arange(10), 5))
    assert list(curve["cut"]) == list(range(9))
    assert list(curve["n_low"]) == list(range(5, 50, 5))
    assert list(cut_curve(follow_up, np.repeat(np.arange(10), 5), low=0.25, high=0.6)["n_low"]) == [15, 20, 25, 30]
    assert list(cut_curve(follow_up, np.arange(50) % 2 == 1)["n_low"]) == [25]


def test_resamples_without_a_cut_are_counted_and_may_leave_no_interval():
    follow_up, _ = planted(np.random.default_rng(10), 50)
    found = searched_cut(follow_up, np.arange(50) >= 45, permutations=50, resamples=200)
    assert found.n_low == 45
    assert 0.5 * 200 <= found.n_resamples < 200
    assert (found.cut_low, found.cut_high) == (0, 0)
    found = searched_cut(follow_up, np.arange(50) >= 45, low=0.895, high=0.905, permutations=50, resamples=200)
    assert found.n_resamples < 100
    assert (found.cut_low, found.cut_high) == (None, None)
    none = searched_cut(follow_up, np.arange(50), permutations=50, resamples=0)
    assert (none.cut_low, none.cut_high, none.n_resamples) == (None, None, 0)


@pytest.mark.parametrize(
    ("time", "event", "values", "reason"),
    [
        (range(1, 20), [1] * 19, range(19), "19 patients"),
        (range(1, 31), [1, 1] + [0] * 28, range(30), "2 events"),
        (range(1, 31), [1] * 30, [7.0] * 30, "same value"),
        (range(1, 31), [1] * 30, [0] * 29 + [1], "No value leaves between 10% and 90%"),
        ([4] * 30, [1] * 30, range(30), "never|At no cut"),
    ],
)
def test_questions_that_the_data_cannot_answer_are_states(time, event, values, reason):
    with pytest.raises(NotEstimable, match=reason) as state:
        searched_cut(Outcome.of(list(time), event, "days"), list(values))
    assert state.value.remedy


@pytest.mark.parametrize(
    ("values", "options", "reason"),
    [
        ([None, *range(29)], {}, "1 of 30 patients"),
        ([np.inf, *range(29)], {}, "no finite value"),
        (["large"] * 30, {}, "30 of 30 patients"),
        (range(30), {"low": 0.6, "high": 0.4}, "low < high"),
        (range(30), {"low": 0.0}, "low < high"),
        (range(30), {"permutations": 0}, "permutations"),
        (range(30), {"resamples": -1}, "resamples"),
    ],
)
def test_what_cannot_be_honoured_is_refused(values, options, reason):
    with pytest.raises(Refused, match=reason):
        searched_cut(Outcome.of(range(1, 31), [1] * 30, "days"), list(values), **options)


def test_patients_without_an_outcome_need_no_value_and_are_counted():
    found = searched_cut(
        Outcome.of([None, *range(1, 31)], [1] * 31, "days"), [None, *range(30)], permutations=20, resamples=20
    )
    assert (found.n, found.n_excluded) == (30, 1)


def test_progress_is_told_often_rises_and_can_abandon(monkeypatch):
    monkeypatch.setattr("core.survival.cutpoint.BATCH", 1000)
    asked, told = planted(np.random.default_rng(2), 100), []
    searched_cut(*asked, permutations=200, resamples=100, progress=lambda share, text: told.append(share))
    assert len(told) == 30
    assert told == sorted(told) and told[-1] == pytest.approx(1)

    def stop(share, text):
        raise Abandoned("stopped")

    with pytest.raises(Abandoned):
        searched_cut(*asked, progress=stop)
