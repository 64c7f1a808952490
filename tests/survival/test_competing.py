import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, chi2, kstest

from core.compute import generators
from core.errors import Abandoned, NotEstimable, Refused
from core.survival.competing import cumulative_incidence
from core.survival.curves import kaplan_meier
from core.survival.gray import gray_test
from core.survival.linear_rank import ASYMPTOTIC, PERMUTATION
from core.survival.outcome import Outcome
from tests.survival.cohorts import reference

patients = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3), st.sampled_from("ab")), min_size=1, max_size=60)
labelled = st.tuples(st.integers(0, 12), st.integers(0, 2), st.sampled_from("abc"))


def mgus(column: str = "sex") -> pd.DataFrame:
    frame = reference("mgus2.csv")
    return frame.assign(group=frame[column])


def small() -> pd.DataFrame:
    """Three causes with ties, as competing.R makes it."""
    time = [0, 0, 1, 1, 1, 2, 2, 3, 4, 4, 0, 1, 1, 2, 3, 3, 3, 5, 6, 6, 7]
    cause = [1, 0, 1, 2, 0, 3, 1, 2, 1, 1, 2, 1, 1, 0, 2, 3, 1, 1, 3, 0, 0]
    return pd.DataFrame({"time": time, "cause": cause, "group": list("a" * 10 + "b" * 11)})


def early() -> pd.DataFrame:
    """Three groups of which one ends at 40 months, as competing.R makes it."""
    frame = mgus().iloc[:240].assign(group=list("abc") * 80)
    stop = (frame["group"] == "c") & (frame["time"] > 40)
    return frame.assign(time=frame["time"].mask(stop, 40), cause=frame["cause"].mask(stop, 0))


def apart() -> pd.DataFrame:
    """One group has all its events before the other two have any, as competing.R makes it."""
    time = [*range(1, 21), *(20 + np.arange(60) // 2)]
    return pd.DataFrame({"time": time, "cause": 1, "group": ["a"] * 20 + ["b", "c"] * 30})


SETS = {"mgus_sex": mgus, "mgus_age": lambda: mgus("age"), "small": small, "early": early, "apart": apart}


def incidence(frame: pd.DataFrame, grouped: bool = True):
    names = [str(code) for code in range(1, int(frame["cause"].max()) + 1)]
    return cumulative_incidence(
        frame["time"], frame["cause"], frame["group"] if grouped else None, causes=names, unit="months"
    )


@pytest.mark.parametrize("name", ["mgus_sex", "small", "early"])
def test_incidence_agrees_with_cuminc_and_multi_state_survfit(name):
    expected = reference("incidence.csv").query("set == @name")
    compared = 0
    for curve in incidence(SETS[name]()).curves:
        theirs = expected[(expected["group"] == curve.group) & (expected["cause"] == int(curve.cause))]
        ours = curve.steps.iloc[1:].set_index("time").loc[theirs["time"]]
        pairs = {column: column for column in ("at_risk", "incidence", "variance", "lower", "upper")}
        for theirs_column, column in {**pairs, "survfit": "incidence"}.items():
            np.testing.assert_allclose(ours[column], theirs[theirs_column], rtol=0, atol=1e-10, err_msg=theirs_column)
        compared += len(theirs)
    assert compared == len(expected)


GRAY = [(row.set, row.cause) for row in reference("gray.csv").itertuples()]


@pytest.mark.parametrize(("name", "cause"), GRAY)
def test_gray_agrees_with_cuminc(name, cause):
    frame = SETS[name]()
    expected = reference("gray.csv").query("set == @name and cause == @cause").iloc[0]
    test = gray_test(frame["time"], frame["cause"], frame["group"], of=cause)
    assert test.statistic == pytest.approx(expected["statistic"], rel=1e-10, abs=1e-10)
    assert test.dof == expected["dof"]
    # R takes 1 - pchisq, which keeps no digit of a p below 1e-16.
    assert chi2.sf(test.statistic, test.dof) == pytest.approx(expected["p"], abs=1e-12)
    assert test.p_method == PERMUTATION or test.p == pytest.approx(expected["p"], abs=1e-12)
    assert test.n == len(frame) == sum(group.n for group in test.groups)
    assert test.n_events == (frame["cause"] == cause).sum() == sum(group.n_events for group in test.groups)
    assert test.n_competing == (~frame["cause"].isin([0, cause])).sum() == sum(g.n_competing for g in test.groups)


def test_curves_carry_their_denominators_and_a_start():
    frame = mgus()
    result = incidence(frame)
    assert [(curve.group, curve.cause) for curve in result.curves] == [("F", "1"), ("F", "2"), ("M", "1"), ("M", "2")]
    assert (result.n, result.n_events) == (1384, 975)
    first = result.curves[0]
    assert (first.n, first.n_events, first.n_competing) == (631, 59, 370)
    assert first.steps.iloc[0][["time", "at_risk", "incidence"]].tolist() == [0, 631, 0]
    rows = result.risk_table
    assert (rows[["at_risk", "events", "censored"]].sum(axis=1) == rows["group"].map({"F": 631, "M": 753})).all()


def test_incidence_at_fixed_times_is_missing_beyond_the_follow_up():
    table = incidence(small()).at([0.5, 4, 5]).query("group == 'a' and cause == '1'").set_index("time")
    assert table["at_risk"].tolist() == [8, 2, 0]
    assert table.loc[0.5, "incidence"] == pytest.approx(0.1)
    assert table.loc[4, "incidence"] == pytest.approx(0.1 + 0.9 / 8 + 0.9 * 0.75 / 5 + 0.9 * 0.75 * 0.6 / 3 * 2)
    assert table.loc[5].isna().sum() == 3


def test_the_order_of_groups_and_those_left_out_are_kept():
    result = cumulative_incidence(
        [1, 2, 3, np.nan, 5], [1, 2, None, 1, 0], ["x", None, "x", "y", "y"], causes=["relapse", "death"], unit="years"
    )
    assert (result.n, result.n_excluded, result.n_no_group, result.n_events) == (2, 2, 1, 1)
    assert result.causes == ("relapse", "death")
    ordered = cumulative_incidence([1, 2], [1, 2], ["x", "y"], causes=["a", "b"], unit="years", order=["y", "x"])
    assert [curve.group for curve in ordered.curves] == ["y", "y", "x", "x"]


def test_all_censored_stays_at_zero_without_a_band():
    result = cumulative_incidence([1, 2, 3], [0, 0, 0], causes=["relapse"], unit="months")
    steps = result.curves[0].steps
    assert (steps["incidence"] == 0).all()
    assert steps[["lower", "upper"]].isna().all(axis=None)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(patients)
def test_incidences_and_survival_add_up_to_one(rows):
    time, cause, group = map(np.array, zip(*rows, strict=True))
    result = cumulative_incidence(time, cause, group, causes=["x", "y", "z"], unit="months")
    overall = kaplan_meier(Outcome.of(time, cause > 0, "months"), group)
    for curve in overall.curves:
        parts = [part.steps for part in result.curves if part.group == curve.group]
        survival = curve.steps.set_index("time")["survival"]
        total = sum(part["incidence"].to_numpy() for part in parts)
        at = parts[0]["time"].to_numpy()
        # A time of zero stands twice, as the start and with what happened then: the later row counts.
        last = ~pd.Series(at).duplicated(keep="last").to_numpy()
        kept = survival[~survival.index.duplicated(keep="last")]
        np.testing.assert_allclose(total[last] + kept.loc[at[last]].to_numpy(), 1, atol=1e-12)
        for part in parts:
            assert part["incidence"].is_monotonic_increasing
            assert (part[["events", "competing", "censored"]].sum().sum()) == curve.n
            band = part.dropna()
            assert ((band["lower"] <= band["incidence"]) & (band["incidence"] <= band["upper"])).all()


@settings(deadline=None, derandomize=True, max_examples=40)
@given(patients)
def test_one_cause_alone_is_the_complement_of_kaplan_meier(rows):
    time, event = np.array([row[0] for row in rows]), np.array([row[1] > 0 for row in rows])
    ours = cumulative_incidence(time, event.astype(int), causes=["death"], unit="months").curves[0].steps
    theirs = kaplan_meier(Outcome.of(time, event, "months")).curves[0].steps
    np.testing.assert_allclose(ours["incidence"].iloc[-1], 1 - theirs["survival"].iloc[-1], atol=1e-12)
    shared = ours.merge(theirs, on=["time", "at_risk", "events", "censored"])
    assert len(shared) == len(ours) == len(theirs)
    np.testing.assert_allclose(shared["incidence"], 1 - shared["survival"], atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_incidence_equals_that_of_lifelines_where_no_times_are_tied(seed):
    from lifelines import AalenJohansenFitter

    random = np.random.default_rng(seed)
    time, cause = random.exponential(10, 150), random.choice([0, 1, 2, 3], 150, p=[0.3, 0.3, 0.25, 0.15])
    curves = cumulative_incidence(time, cause, causes=["x", "y", "z"], unit="months").curves
    for of, curve in enumerate(curves, start=1):
        with np.errstate():  # lifelines switches numpy's warnings off for good
            theirs = AalenJohansenFitter(calculate_variance=False).fit(time, cause, event_of_interest=of)
        density = theirs.cumulative_density_.iloc[:, 0]
        np.testing.assert_array_equal(curve.steps["time"], density.index)
        np.testing.assert_allclose(curve.steps["incidence"], density, rtol=0, atol=1e-12)


def test_lifelines_moves_tied_times_and_we_do_not():
    from lifelines import AalenJohansenFitter

    frame = mgus()
    ours = cumulative_incidence(frame["time"], frame["cause"], causes=["pcm", "death"], unit="months").at([120.0])
    with np.errstate(), pytest.warns(Warning, match="Tied event times"):
        fitted = AalenJohansenFitter(calculate_variance=False, seed=1).fit(
            frame["time"], frame["cause"], event_of_interest=1
        )
    theirs = fitted.cumulative_density_.iloc[:, 0].loc[:120.0].iloc[-1]
    assert 1e-8 < abs(ours["incidence"][0] - theirs) < 1e-3


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.lists(labelled, min_size=15, max_size=60))
def test_the_names_of_groups_do_not_matter_to_gray(rows):
    time, cause, group = map(np.array, zip(*rows, strict=True))
    try:
        test = gray_test(time, cause, group, of=1, permutations=20)
    except NotEstimable as state:
        assert state.remedy
        return
    other = gray_test(time, cause, np.char.translate(group, str.maketrans("abc", "cab")), of=1, permutations=20)
    assert 0 <= test.p <= 1
    assert test.statistic == pytest.approx(other.statistic, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("cause", "group", "reason"),
    [
        ([1, 2] * 10, ["a"] * 20, "needs two groups"),
        ([1, 2] * 10, ["a"] * 16 + ["b"] * 4, "a group has 4 patients"),
        ([1, 1] + [2] * 18, ["a", "b"] * 10, "the cause has 2 events"),
        ([0] * 10 + [1] * 10, ["a"] * 10 + ["b"] * 10, "not at risk together"),
    ],
)
def test_questions_that_gray_cannot_answer_are_states(cause, group, reason):
    with pytest.raises(NotEstimable, match=reason) as state:
        gray_test(range(20), cause, group, of=1)
    assert "Describe" in state.value.remedy or "Widen" in state.value.remedy


def test_small_groups_have_a_seeded_permutation_p():
    frame = small()
    test = gray_test(frame["time"], frame["cause"], frame["group"], of=3, seed=4)
    assert (test.p_method, test.permutations) == (PERMUTATION, 1000)
    assert "1,000 exchanges of labels, seed 4" in test.note
    assert test == gray_test(frame["time"], frame["cause"], frame["group"], of=3, seed=4)
    assert test.p != gray_test(frame["time"], frame["cause"], frame["group"], of=3, seed=5).p
    frame = mgus()
    large = gray_test(frame["time"], frame["cause"], frame["group"], of=1)
    assert (large.p_method, large.permutations, large.note) == (ASYMPTOTIC, 0, "")


def test_the_permutation_p_is_near_that_of_chi_square_where_both_hold():
    time, cause, group = drawn(np.random.default_rng(12), 1.6)
    asymptotic = gray_test(time, cause, group, of=1)
    few = np.where(np.arange(100) < 9, "few", group)  # nine patients ask for a permutation
    test = gray_test(time, cause, few, of=1, permutations=2000)
    assert test.p_method == PERMUTATION
    assert test.p == pytest.approx(chi2.sf(test.statistic, test.dof), abs=0.04)
    assert asymptotic.p_method == ASYMPTOTIC


def test_the_permutation_p_rejects_a_true_null_hypothesis_as_often_as_said():
    def once(chance):
        time, cause, _ = drawn(chance)
        group = np.repeat(["few", "many"], [7, 93])
        return gray_test(time, chance.permutation(cause), group, of=1, permutations=99).p

    p = np.array([once(chance) for chance in generators(8, 200)])
    low, high = binom.ppf([0.005, 0.995], 200, 0.05)
    assert low <= (p <= 0.05).sum() <= high


def test_permutations_can_be_abandoned():
    def stop(share, text):
        raise Abandoned("stopped")

    frame = small()
    with pytest.raises(Abandoned):
        gray_test(frame["time"], frame["cause"], frame["group"], of=3, progress=stop)


@pytest.mark.parametrize("code", [3, -1, 1.5, np.inf])
def test_codes_without_a_meaning_are_refused(code):
    with pytest.raises(Refused, match="1 causes have no meaning"):
        cumulative_incidence([1, 2], [1, code], causes=["relapse", "death"], unit="months")


def test_bad_times_are_refused_and_nobody_left_is_a_state():
    with pytest.raises(Refused, match="negative"):
        cumulative_incidence([-1, 2], [1, 0], causes=["relapse"], unit="months")
    with pytest.raises(NotEstimable):
        cumulative_incidence([None, 2], [1, None], causes=["relapse"], unit="months")
    with pytest.raises(ValueError, match="name of its own"):
        cumulative_incidence([1, 2], [1, 2], causes=["death", "death"], unit="months")
    with pytest.raises(ValueError, match="1 or more"):
        gray_test([1, 2], [1, 2], ["a", "b"], of=0)


def drawn(chance: np.random.Generator, faster: float = 1.0) -> tuple:
    """100 patients, half in each group; the first cause is `faster` in group b, months rounded so that ties exist."""
    group = np.repeat(["a", "b"], 50)
    first = chance.exponential(20 / np.where(group == "b", faster, 1))
    second, limit = chance.exponential(30, 100), chance.uniform(5, 60, 100)
    time = np.minimum(np.minimum(first, second), limit)
    return np.ceil(time), np.select([time == first, time == second], [1, 2], 0), group


def test_gray_p_is_uniform_under_the_null_and_small_when_the_cause_is_faster():
    p = np.array([gray_test(*drawn(chance), of=1).p for chance in generators(5, 300)])
    low, high = binom.ppf([0.005, 0.995], 300, 0.05)
    assert low <= (p < 0.05).sum() <= high
    assert kstest(p, "uniform").pvalue > 0.01
    power = np.mean([gray_test(*drawn(chance, 3.0), of=1).p < 0.05 for chance in generators(6, 50)])
    assert power >= 0.9
