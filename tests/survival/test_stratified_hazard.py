import numpy as np
import pandas as pd
import pytest

from core.errors import NotEstimable
from core.survival.hazard import hazard_ratio
from core.survival.outcome import Outcome
from core.survival.stratified_hazard import stratified_hazard_ratio
from core.survival.words import hazard_sentence
from tests.survival.cohorts import REFERENCE, outcome, veteran

STRATA = REFERENCE / "stratified_hazard.csv"


def test_equals_coxph_with_strata():
    frame = veteran()
    treatment = frame["trt"].map({1: "standard", 2: "test"})
    found = stratified_hazard_ratio(outcome(frame), treatment, frame["celltype"], "cell type")
    alone = hazard_ratio(outcome(frame), treatment)
    expected = pd.read_csv(STRATA, comment="#").iloc[0]
    assert found.levels[1].estimate.ratio == pytest.approx(expected["ratio"], rel=1e-8)
    assert found.levels[1].estimate.lower == pytest.approx(expected["lower"], rel=1e-8)
    assert found.levels[1].estimate.p == pytest.approx(expected["p"], rel=1e-6)
    assert found.levels[1].estimate.ratio != pytest.approx(alone.levels[1].estimate.ratio, rel=1e-3)
    assert (found.reference, found.within, found.n) == ("standard", "cell type", 137)
    assert hazard_sentence(found, "death").endswith("n = 137, 128 events, stratified by cell type.")


def test_one_stratum_is_the_plain_model():
    frame = veteran()
    found = stratified_hazard_ratio(outcome(frame), frame["group"], ["all"] * len(frame), "nothing", "large")
    plain = hazard_ratio(outcome(frame), frame["group"], "large")
    for one, other in zip(found.levels, plain.levels, strict=True):
        assert (one.group, one.n, one.n_events) == (other.group, other.n, other.n_events)
        if one.estimate is not None:
            assert one.estimate.ratio == pytest.approx(other.estimate.ratio, rel=1e-8)
            assert one.estimate.p == pytest.approx(other.estimate.p, rel=1e-6)


def test_a_group_below_five_is_left_out_and_patients_without_a_stratum_are_counted():
    chance = np.random.default_rng(0)
    time, groups = chance.exponential(10, 63), ["a"] * 30 + ["b"] * 30 + ["c"] * 3
    strata = [None, *["x", "y"] * 31]
    found = stratified_hazard_ratio(Outcome.of(time, [1] * 63, "months"), groups, strata, "centre", "c")
    assert found.reference == "a", "a reference of three patients is none"
    assert [level.note for level in found.levels] == ["reference", "", "not estimated: fewer than 5 patients"]
    assert (found.n, found.n_no_group) == (59, 1)


def test_strata_that_are_the_groups_leave_nothing_to_compare():
    frame = veteran()
    with pytest.raises(NotEstimable, match="Every cell type has patients of one group only") as state:
        stratified_hazard_ratio(outcome(frame), frame["celltype"], frame["celltype"], "cell type")
    assert "other strata" in state.value.remedy


def test_whether_hazards_are_proportional_is_not_told_from_a_small_group():
    frame = veteran()
    small = np.where(np.arange(len(frame)) % 9 == 0, "few", "many")
    for n, told in ((small, False), (np.where(np.arange(len(frame)) % 4 == 0, "few", "many"), True)):
        found = stratified_hazard_ratio(outcome(frame), n, frame["trt"].astype(str), "treatment", "many")
        alone = hazard_ratio(outcome(frame), n, "many")
        for level in (found.levels[0], alone.levels[0]):
            assert level.group == "few" and np.isfinite(level.estimate.ph_p) == told
