import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import NotEstimable, Refused
from core.survival.window import HAD_EVENT, NO_FOLLOW_UP, NOT_FOLLOWED, window


def outcomes():
    rows = {"a": (5, 1), "b": (12, 0), "c": (12, 1), "d": (30, 1), "e": (40, 0), "f": (np.nan, 1), "g": (20, np.nan)}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["time", "event"]).astype(float)


def test_without_limits_nothing_changes_and_the_unknown_are_named():
    shown, reasons = window(outcomes())
    pd.testing.assert_frame_equal(shown.loc["a":"e"], outcomes().loc["a":"e"])
    assert shown.loc[["f", "g"]].isna().all(axis=None)
    assert reasons.to_dict() == {"f": NO_FOLLOW_UP, "g": NO_FOLLOW_UP}


def test_a_landmark_by_hand():
    shown, reasons = window(outcomes(), landmark=12)
    assert shown["time"].dropna().to_dict() == {"d": 18, "e": 28}
    assert shown["event"].dropna().to_dict() == {"d": 1, "e": 0}
    assert reasons.to_dict() == {
        "a": HAD_EVENT, "b": NOT_FOLLOWED, "c": HAD_EVENT, "f": NO_FOLLOW_UP, "g": NO_FOLLOW_UP,
    }  # fmt: skip


def test_an_event_at_the_limit_counts_and_a_later_one_is_censored():
    shown, _ = window(outcomes(), until=12)
    assert shown.loc["c"].tolist() == [12, 1]
    assert shown.loc["d"].tolist() == [12, 0]
    assert shown.loc["a"].tolist() == [5, 1]


def test_the_limit_counts_from_the_landmark():
    shown, _ = window(outcomes(), landmark=12, until=18)
    assert shown.loc["d"].tolist() == [18, 1]
    assert shown.loc["e"].tolist() == [18, 0]


@pytest.mark.parametrize(("landmark", "until"), [(-1, 0), (0, -1), (np.nan, 0), (0, np.inf)])
def test_no_time_is_refused(landmark, until):
    with pytest.raises(Refused, match="is not a time"):
        window(outcomes(), landmark, until)


def test_a_landmark_beyond_everybody_says_so():
    with pytest.raises(NotEstimable, match="beyond the landmark"):
        window(outcomes(), landmark=50)


@given(st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=1), st.integers(0, 60), st.integers(0, 60))
def test_everybody_is_in_or_has_a_reason(rows, landmark, until):
    frame = pd.DataFrame(rows, columns=["time", "event"]).astype(float)
    try:
        shown, reasons = window(frame, landmark, until)
    except NotEstimable:
        assert (frame["time"] <= landmark).all()
        return
    assert set(shown.index[shown["time"].isna()]) == set(reasons.index)
    assert (shown["time"].dropna() >= 0).all()
    assert until == 0 or (shown["time"].dropna() <= until).all()
    assert shown["event"].sum() <= frame["event"].sum()
