import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.survival.curves import kaplan_meier
from core.survival.outcome import Outcome
from core.survival.risk_table import tail_from, ticks_for
from tests.survival.cohorts import half, lung, outcome, reference, veteran, zero

SETS = {
    "lung_sex": (lung, "group"),
    "lung_all": (lung, None),
    "veteran_cell": (veteran, "group"),
    "half": (half, "group"),
    "zero": (zero, "group"),
}
follow_up = st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.sampled_from("ab")), min_size=1, max_size=60)


def curves(name):
    make, column = SETS[name]
    frame = make()
    return kaplan_meier(outcome(frame), None if column is None else frame[column])


@pytest.mark.parametrize("name", SETS)
def test_steps_agree_with_survfit(name):
    # R: survfit(Surv(time, event) ~ 1, conf.type = "log-log"), which has no row for the start.
    expected = reference("curves.csv").query("set == @name")
    for curve in curves(name).curves:
        theirs, ours = expected[expected["group"] == curve.group], curve.steps.iloc[1:]
        for column in ("time", "at_risk", "events", "censored", "survival", "lower", "upper"):
            np.testing.assert_allclose(ours[column], theirs[column], rtol=0, atol=1e-10, err_msg=column)
        assert curve.steps.iloc[0][["time", "survival"]].tolist() == [0, 1]


@pytest.mark.parametrize("name", SETS)
def test_medians_agree_with_survfit(name):
    expected = reference("medians.csv").query("set == @name").set_index("group")
    for curve in curves(name).curves:
        row = expected.loc[curve.group]
        assert (curve.n, curve.n_events) == (row["n"], row["events"])
        ours = (curve.median, curve.median_lower, curve.median_upper, curve.follow_up_median)
        theirs = tuple(None if pd.isna(v) else v for v in row[["median", "lower", "upper", "follow_up"]])
        assert ours == theirs


@pytest.mark.parametrize("name", ["lung_sex", "lung_all", "veteran_cell"])
def test_rates_at_fixed_times_agree_with_summary_survfit(name):
    expected = reference("rates.csv").query("set == @name")
    ours = curves(name).rates([0, 90, 180, 365, 730]).dropna(subset="survival")
    for column in ("time", "at_risk", "survival", "lower", "upper"):
        np.testing.assert_allclose(ours[column], expected[column], rtol=0, atol=1e-10, err_msg=column)


def test_a_rate_beyond_the_follow_up_is_missing():
    rate = curves("veteran_cell").rates([10_000]).iloc[0]
    assert rate["at_risk"] == 0
    assert np.isnan(rate["survival"])


def test_a_median_that_is_not_reached_is_said():
    curve = kaplan_meier(Outcome.of([1, 2, 3, 4], [1, 0, 0, 0], "months")).curves[0]
    assert curve.median is None
    assert curve.median_text.startswith("not reached (95 % CI ")
    assert curves("lung_sex").curves[0].median_text == "426 days (95 % CI 345 to 524)"


def test_no_events_and_one_patient_have_flat_and_single_step_curves():
    flat = kaplan_meier(Outcome.of([3, 4], [0, 0], "months")).curves[0]
    assert (flat.steps["survival"] == 1).all()
    assert flat.n_events == 0
    single = kaplan_meier(Outcome.of([3], [1], "months")).curves[0]
    assert single.steps["survival"].tolist() == [1, 0]


def test_patients_without_a_label_or_an_outcome_are_counted_apart():
    frame = lung()
    frame.loc[:4, "time"] = np.nan
    result = kaplan_meier(outcome(frame), frame["ecog"])
    assert result.n_excluded == 5
    assert result.n_no_group == 1
    assert result.n == 222 == sum(curve.n for curve in result.curves)


def test_the_tail_starts_where_fewer_than_ten_or_a_tenth_are_at_risk():
    assert tail_from(np.arange(1.0, 21)) == 11  # ten patients have a time of 11 or more, nine more than 11
    assert tail_from(np.arange(1.0, 201)) == 181
    assert tail_from(np.arange(9.0)) == 0


@pytest.mark.parametrize(
    ("longest", "unit", "second"), [(150, "months", 24), (9, "months", 2), (1022, "days", 180), (7.5, "years", 1)]
)
def test_ticks_stand_at_usual_steps(longest, unit, second):
    ticks = ticks_for(longest, unit)
    assert ticks[:2] == (0, second)
    assert len(ticks) <= 9
    assert ticks[-1] <= longest


@pytest.mark.parametrize("longest", [0.0, 1e-6, 3.0, 99_999.0])
def test_ticks_exist_for_any_follow_up_and_unknown_units(longest):
    for unit in ("visits", "months"):
        ticks = ticks_for(longest, unit)
        assert ticks[0] == 0
        assert len(ticks) <= 9


@settings(deadline=None, derandomize=True, max_examples=40)
@given(follow_up, st.lists(st.floats(0, 50), min_size=1, max_size=6))
def test_rows_of_the_risk_table_add_up_and_curves_fall(patients, ticks):
    time, event, group = zip(*patients, strict=True)
    result = kaplan_meier(Outcome.of(time, event, "months"), group, ticks=[0, *sorted(ticks)])
    for curve in result.curves:
        rows = result.risk_table[result.risk_table["group"] == curve.group]
        assert (rows[["at_risk", "events", "censored"]].sum(axis=1) == curve.n).all()
        assert rows["at_risk"].iloc[0] == curve.n
        assert rows["at_risk"].is_monotonic_decreasing
        steps = curve.steps
        assert steps["survival"].is_monotonic_decreasing
        assert steps["survival"].between(0, 1).all()
        assert steps["events"].sum() == curve.n_events
        assert (steps["events"] + steps["censored"]).sum() == curve.n
        inside = steps["lower"].isna() | (
            (steps["lower"] <= steps["survival"] + 1e-12) & (steps["survival"] <= steps["upper"] + 1e-12)
        )
        assert inside.all()


def test_lifelines_does_not_switch_off_numpys_warnings():
    before = np.geterr()
    curves("half")
    assert np.geterr() == before
