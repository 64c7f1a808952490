"""Which event came first, worked by hand, and what holds of every answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import NotEstimable, Refused
from core.survival.first_event import first_events


def outcomes(**rows: list[tuple[float, float]]) -> dict[str, pd.DataFrame]:
    """A table per name from pairs of time and event."""
    return {name: pd.DataFrame(pairs, columns=["time", "event"], dtype=float) for name, pairs in rows.items()}


def one(relapse, spread, death, grace: float = 0.0):
    """The first event of a single patient: time, cause."""
    found = first_events(outcomes(relapse=[relapse], spread=[spread], death=[death]), grace)
    return found, tuple(found.table.iloc[0])


@pytest.mark.parametrize(
    ("relapse", "spread", "death", "grace", "expected"),
    [
        # Nothing happened: until the last time at which all three were looked for.
        ((12, 0), (12, 0), (12, 0), 0, (12, 0)),
        ((12, 0), (10, 0), (40, 0), 0, (10, 0)),
        # The earliest event, whatever comes later.
        ((5, 1), (9, 1), (20, 1), 0, (5, 1)),
        ((15, 1), (9, 1), (20, 1), 0, (9, 2)),
        ((15, 1), (9, 1), (20, 0), 0, (9, 2)),
        # Dead at the very end of the follow-up of the others: known to be free of them by then.
        ((20, 0), (20, 0), (20, 1), 0, (20, 3)),
        # Equal times: the outcome that is named first.
        ((9, 1), (9, 1), (20, 1), 0, (9, 1)),
        ((20, 0), (9, 1), (9, 1), 0, (9, 2)),
        # Death long after relapse was last looked for: whether it was the first event is not known.
        ((12, 0), (12, 0), (40, 1), 0, (12, 0)),
        ((12, 0), (12, 0), (40, 1), 6, (18, 0)),
        ((12, 0), (12, 0), (40, 1), 28, (40, 3)),
        ((12, 0), (12, 0), (40, 1), np.inf, (40, 3)),
        # A known spread at 12 ends the question of what comes first, though relapse was looked for until 15 only.
        ((15, 0), (12, 1), (40, 1), 0, (12, 2)),
        # Spread at 15, while relapse had not been looked for since 12.
        ((12, 0), (15, 1), (40, 1), 0, (12, 0)),
        ((12, 0), (15, 1), (40, 1), 3, (15, 2)),
        # The grace ends with the last contact, dead or alive.
        ((12, 0), (12, 0), (14, 0), 6, (14, 0)),
        ((12, 0), (12, 0), (40, 0), 6, (18, 0)),
        ((12, 0), (12, 0), (40, 0), np.inf, (40, 0)),
        ((0, 0), (0, 1), (3, 0), 0, (0, 2)),
    ],
)
def test_single_patients_by_hand(relapse, spread, death, grace, expected):
    _, found = one(relapse, spread, death, grace)
    assert found == expected


def test_what_is_counted():
    relapse = [(12, 0), (12, 0), (9, 1), (12, 0), (30, 0), (np.nan, 1), (12, 0)]
    spread = [(12, 0), (12, 0), (9, 1), (12, 0), (30, 0), (12, 0), (np.nan, np.nan)]
    death = [(40, 1), (14, 1), (20, 1), (40, 0), (30, 0), (12, 1), (12, np.nan)]
    found = first_events(outcomes(relapse=relapse, spread=spread, death=death), grace=3)
    assert found.table["cause"].tolist()[:5] == [0, 3, 1, 0, 0]
    assert found.table["time"].tolist()[:5] == [15, 14, 9, 15, 30]
    assert found.table.iloc[5:].isna().all(axis=None)
    assert found.n == 5 and found.n_missing == {"relapse": 1, "spread": 1, "death": 1}
    assert found.n_events == {"relapse": 1, "spread": 0, "death": 1}
    assert (found.n_tied, found.n_within, found.n_unordered, found.n_cut_short) == (1, 1, 1, 1)


def test_those_who_live_are_not_followed_less_than_those_who_die():
    """Relapse was looked for until 12, then deaths alone were registered: nobody's later life may count."""
    random = np.random.default_rng(1)
    death = random.exponential(30, 4000)
    rows = outcomes(relapse=[(min(t, 12), 0) for t in death], death=[(min(t, 60), t < 60) for t in death])
    found = first_events(rows)
    assert found.table["time"].max() == 12
    assert found.n_events["death"] == (death <= 12).sum() == 4000 - found.n_unordered - found.n_cut_short


def test_questions_that_have_no_answer():
    with pytest.raises(NotEstimable, match="all of a, b"):
        first_events(outcomes(a=[(1, 1), (np.nan, 1)], b=[(np.nan, 0), (1, 1)]))
    with pytest.raises(NotEstimable):
        first_events(outcomes(a=[(1, 1)], b=[(np.nan, 0)]))
    with pytest.raises(Refused, match="negative"):
        first_events(outcomes(a=[(-1, 1)], b=[(1, 0)]))
    with pytest.raises(Refused, match="neither 0 nor 1"):
        first_events(outcomes(a=[(1, 2)], b=[(1, 0)]))
    with pytest.raises(Refused, match="no length of time"):
        first_events(outcomes(a=[(1, 1)], b=[(1, 0)]), grace=-1)
    with pytest.raises(ValueError, match="at least two"):
        first_events(outcomes(a=[(1, 1)]))
    with pytest.raises(ValueError, match="same patients"):
        first_events(outcomes(a=[(1, 1)], b=[(1, 0), (2, 0)]))


pairs = st.tuples(st.integers(0, 12), st.booleans())
patients = st.lists(st.tuples(pairs, pairs, pairs), min_size=1, max_size=20)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(patients, st.integers(0, 6))
def test_what_holds_of_everybody(rows, grace):
    tables = outcomes(**{name: [row[i] for row in rows] for i, name in enumerate("abc")})
    found, strict, free = (first_events(tables, each) for each in (grace, 0, np.inf))
    times = np.array([table["time"] for table in tables.values()])
    happened = np.array([table["event"] == 1 for table in tables.values()])
    assert sum(found.n_events.values()) + (found.table["cause"] == 0).sum() == found.n == len(rows)
    assert sum(free.n_events.values()) == happened.any(axis=0).sum(), "without the rule every first event counts"
    assert free.n_unordered == free.n_cut_short == 0
    assert sum(strict.n_events.values()) <= sum(found.n_events.values()) <= sum(free.n_events.values())
    assert (strict.table["time"] <= found.table["time"]).all() and (found.table["time"] <= free.table["time"]).all()
    assert strict.n_unordered == sum(free.n_events.values()) - sum(strict.n_events.values())
    for i, (time, cause) in enumerate(found.table.to_numpy()):
        if cause:
            assert happened[int(cause) - 1, i] and times[int(cause) - 1, i] == time
        # No event of any kind was known before the time that counts.
        assert not (happened[:, i] & (times[:, i] < time)).any()
    # With one more outcome to look for, nobody is followed for longer.
    fewer = first_events({name: tables[name] for name in "ab"}, 0)
    assert (strict.table["time"] <= fewer.table["time"]).all()
