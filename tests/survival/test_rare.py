"""Rare levels leave the model with their patients, until no level is rare."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.survival.cox import cox_model
from core.survival.outcome import Outcome
from core.survival.partial import Patients
from core.survival.rare import without_rare
from core.survival.ridge_fit import ridge_path


def test_few_patients_and_no_event_are_rare_and_one_may_make_another():
    stage = ["I"] * 20 + ["II"] * 20 + ["III"] * 4 + ["IV"] * 6
    # All but four of site c are of stage III or IV, and leave with it.
    site = ["a"] * 20 + ["b"] * 16 + ["c"] * 14
    event = np.ones(50)
    event[-6:] = 0
    table = pd.DataFrame({"stage": pd.Categorical(stage, ["IV", "III", "II", "I"]), "site": site, "age": range(50)})
    kept, rare = without_rare(Outcome.of(range(1, 51), event, "days"), table)
    assert rare.values.tolist() == [["stage", "III", 4, 4], ["stage", "IV", 6, 0], ["site", "c", 4, 4]]
    assert kept["stage"].cat.categories.tolist() == ["IV", "III", "II", "I"]
    assert kept["stage"].isna().sum() == 10 and kept["site"].isna().sum() == 14
    assert kept["age"].tolist() == list(range(50)) and table["stage"].notna().all()
    everything, none = without_rare(Outcome.of(range(1, 51), event, "days"), table, fewest=None)
    assert none.empty and everything["stage"].notna().all()


def test_patients_without_outcome_stratum_or_another_covariate_do_not_count():
    table = pd.DataFrame({"g": ["a"] * 10 + ["b"] * 7, "x": [1.0] * 15 + [np.nan, 1.0]})
    time, centre = [np.nan if i == 10 else i + 1.0 for i in range(17)], ["m"] * 16 + [None]
    assert without_rare(Outcome.of(time, [1] * 17, "days"), table)[1].empty
    _, rare = without_rare(Outcome.of(time, [1] * 17, "days"), table, centre)
    assert rare.values.tolist() == [["g", "b", 4, 4]]


@given(st.integers(0, 500))
@settings(deadline=None, derandomize=True, max_examples=40)
def test_afterwards_no_level_is_rare_and_nobody_else_has_left(seed):
    chance = np.random.default_rng(seed)
    n = int(chance.integers(20, 80))
    table = pd.DataFrame({name: chance.choice(list("abcdef"), n, p=[0.4, 0.3, 0.15, 0.1, 0.03, 0.02]) for name in "gh"})
    event = chance.random(n) < 0.5
    if not event.any():
        return
    kept, rare = without_rare(Outcome.of(np.arange(n) + 1.0, event, "days"), table)
    used = kept.notna().all(axis=1)
    for name in "gh":
        sizes = kept.loc[used, name].value_counts()
        assert all(size >= 5 and event[used & (kept[name] == level)].any() for level, size in sizes.items())
        gone = set(rare.loc[rare["covariate"] == name, "level"])
        assert (kept[name].isna() == table[name].isin(gone)).all()


def test_the_model_is_the_one_that_tends_to_be_without_the_level_that_has_no_event():
    """With a huge ratio forced on the level without events, the others have the ratios of the model without it."""
    chance = np.random.default_rng(3)
    stage = np.array(["I", "II", "IV"])[chance.choice(3, 90, p=[0.5, 0.4, 0.1])]
    event = (chance.random(90) < 0.7) & (stage != "IV")
    follow_up = Outcome.of(chance.exponential(10, 90), event, "months")
    table = pd.DataFrame({"stage": stage, "age": chance.normal(60, 9, 90)})
    kept, rare = without_rare(follow_up, table)
    assert rare["level"].tolist() == ["IV"]
    row = cox_model(follow_up, kept).rows[0]
    x = np.column_stack(((stage == "II"), (stage == "IV"), table["age"])).astype(float)
    almost = ridge_path(Patients(follow_up.time, event, np.zeros(90, int)), x, [1e-7])[0].slopes
    assert row.coefficient == pytest.approx(almost[0], abs=1e-3)
