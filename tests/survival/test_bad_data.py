"""What becomes of data that are wrong, odd or too few for survival, kind by kind.

ROWS has a row for each kind of bad input, with the answer that the reader gets and the tests that hold it: at the
import, in the domain, and on the page. The numbers are those of the list of bad inputs that the project works through;
1 to 22 and 50 onwards are about tables and files alone and are held in tests/store/sources.

The tests of this file ask every method of survival the same odd question: the answer is a number that is finite, or
`NotEstimable` or `Refused` with a remedy. No other exception, no warning, and nothing that is not a number.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import NotEstimable, Refused
from core.survival.cox import cox_model
from core.survival.curves import kaplan_meier
from core.survival.cutpoint import searched_cut
from core.survival.gray import gray_test
from core.survival.grouping import category_groups, median_groups, tertile_groups
from core.survival.hazard import SEPARATION, hazard_per_sd, hazard_ratio
from core.survival.linear_rank import DESCRIPTIVE
from core.survival.logrank import logrank
from core.survival.outcome import Outcome
from core.survival.pairs import pairwise
from core.survival.rmst import restricted_mean
from core.survival.screen import survival_screen
from core.survival.stratified import stratified_logrank
from core.survival.trend import logrank_trend
from core.survival.tried import NEVER_TOGETHER, tried_groupings
from core.survival.weighted import peto_peto, weighted_logrank
from tests.survival.held import is_there

pytestmark = pytest.mark.filterwarnings("error")

CLINICAL, FEATURES = "tests/store/sources/test_bad_clinical.py", "tests/store/sources/test_bad_features.py"
STUDIES = "tests/store/sources/test_bad_studies.py"
HERE, PAGE = "tests/survival/test_bad_data.py", "tests/pages/test_survival_bad_data.py"
NETWORK, CLUSTERS = "tests/network/test_sparse.py", "tests/transport/test_kmeans.py"
REFUSED = f"{HERE}::test_an_outcome_that_cannot_be_is_refused"
EVERY = f"{HERE}::test_every_method_has_an_answer"
BUILT = "tests/store/test_build.py::test_what_does_not_fit_together_is_refused"
ON_THE_PAGE = f"{PAGE}::test_odd_outcomes"

ROWS = {
    23: ("yes and no as events", "E110 with how to say which is which", [
        f"{CLINICAL}::test_codings_of_events_that_could_mean_two_are_refused",
        f"{CLINICAL}::test_the_user_may_say_what_an_event_is", REFUSED]),
    24: ("events coded 1 and 2", "E110", [
        f"{CLINICAL}::test_codings_of_events_that_could_mean_two_are_refused", REFUSED,
        BUILT]),
    25: ("negative time", "E111", [
        f"{CLINICAL}::test_times_below_zero_are_refused_and_zero_is_kept", REFUSED,
        BUILT]),
    26: ("time zero", "W203, kept and at risk at time zero", [
        f"{CLINICAL}::test_times_below_zero_are_refused_and_zero_is_kept", EVERY,
        f"{HERE}::test_time_zero_counts_at_time_zero", ON_THE_PAGE]),
    27: ("no time or no event", "W204, left out of survival and counted", [
        f"{CLINICAL}::test_patients_without_time_or_event_are_left_out_of_the_endpoint", EVERY,
        f"{HERE}::test_missing_outcomes_and_groups_are_counted_apart", ON_THE_PAGE]),
    28: ("days and months mixed", "W205", [f"{CLINICAL}::test_times_in_mixed_units_are_warned_of"]),
    29: ("no events", "no p, no ratio, flat curves", [
        EVERY, f"{HERE}::test_without_events_curves_are_flat", ON_THE_PAGE]),
    30: ("all censored in one group", "no ratio, curves and a permutation p", [
        EVERY, f"{HERE}::test_a_group_without_events_has_curves_and_no_ratio", ON_THE_PAGE]),
    31: ("separation", "not estimable (separation)", [EVERY, f"{HERE}::test_separation_is_named", ON_THE_PAGE]),
    32: ("one group", "nothing to compare, curve shown", [EVERY, ON_THE_PAGE]),
    33: ("no group label", "not in the test, counted", [
        EVERY, f"{HERE}::test_missing_outcomes_and_groups_are_counted_apart", ON_THE_PAGE]),
    34: ("group of one", "described without a test", [
        EVERY, f"{HERE}::test_a_group_of_one_is_described_and_the_others_are_tested", ON_THE_PAGE]),
    35: ("one patient", "nothing to compare", [EVERY, f"{PAGE}::test_one_patient_and_none"]),
    36: ("empty cohort", "no patients, and which condition leaves none", [
        REFUSED.replace("an_outcome_that_cannot_be_is_refused", "nobody_at_all_is_a_state"),
        f"{PAGE}::test_one_patient_and_none"]),
    37: ("all times tied", "the median is that time; no test of groups that could not differ", [
        EVERY, f"{HERE}::test_all_times_tied", ON_THE_PAGE]),
    38: ("constant feature", "W206, no ratio", [
        f"{FEATURES}::test_constant_features_are_left_out_and_listed", EVERY,
        f"{HERE}::test_a_constant_makes_no_groups", f"{PAGE}::test_odd_features",
        "tests/analyses/test_survival_screen.py::test_constants_have_no_number_and_copies_are_named"]),
    39: ("the same feature twice", "W207; models name the copy", [
        f"{FEATURES}::test_the_first_of_equal_features_is_kept", f"{HERE}::test_a_copy_of_a_covariate_is_named",
        f"{PAGE}::test_odd_features",
        "tests/analyses/test_survival_screen.py::test_constants_have_no_number_and_copies_are_named"]),
    40: ("missing values of a feature", "W208; left out of its own test and counted", [
        f"{FEATURES}::test_features_with_many_missing_cells_are_kept_and_listed", EVERY,
        f"{HERE}::test_missing_values_are_counted", f"{PAGE}::test_odd_features"]),
    41: ("infinite and overflowing values", "E109; as missing where they come from a computation", [
        f"{HERE}::test_numbers_at_the_ends_of_floating_point_have_the_ratio_of_any_other",
        f"{FEATURES}::test_a_feature_cell_that_is_no_number_is_refused_with_its_line",
        "tests/store/sources/test_bad_tables.py::test_cells_that_are_not_finite_numbers", REFUSED, EVERY]),
    42: ("values of 1e9", "ratios per standard deviation, the unit shown", [
        f"{HERE}::test_the_scale_of_a_number_changes_no_ratio_per_standard_deviation",
        "tests/survival/test_hazard.py::test_the_ratio_per_standard_deviation_has_no_unit"]),
    43: ("more covariates than events", "no plain fit, the ridge is offered", [
        "tests/survival/test_cox_model.py::test_covariates_that_say_nothing_or_too_much_are_states",
        "tests/survival/test_ridge.py::test_what_the_plain_fit_refuses_the_ridge_answers"]),
    44: ("penalty of a network too small", "such penalties are passed over and told", [
        f"{NETWORK}::test_passed_over_penalties_are_told",
        f"{NETWORK}::test_fewer_patients_than_collinear_features_survive",
        "tests/network/test_fallback.py::test_penalties_that_scikit_learn_gives_up_on_are_passed_over"]),
    45: ("more clusters than patients", "a state that says so", [
        "tests/analyses/test_clusters.py::test_more_clusters_than_patients_is_a_state",
        "tests/pages/test_clusters_page.py::test_more_clusters_than_patients_is_a_state"]),
    46: ("all points equal", "k clusters need k different patients", [
        f"{CLUSTERS}::test_too_few_patients_and_senseless_parameters"]),
    47: ("2 x 2 with an empty margin", "no association to test, no p of 1", [
        "tests/stats/test_association.py::test_a_zero_margin_is_a_state_and_not_a_p_of_one"]),
    48: ("a patient twice", "E112 with both rows", [
        f"{STUDIES}::test_a_repeated_patient_is_refused_with_both_rows",
        f"{FEATURES}::test_a_patient_twice_in_a_feature_table_is_refused",
        BUILT]),
    49: ("ids that do not match", "E113 below one half, W209 else", [
        f"{STUDIES}::test_ids_written_otherwise_are_suggested_and_not_joined",
        f"{STUDIES}::test_barcodes_of_samples_do_not_match_barcodes_of_patients",
        f"{STUDIES}::test_patients_of_other_studies_are_left_out_or_added",
        BUILT]),
}  # fmt: skip


def test_every_kind_of_bad_input_is_held():
    assert list(ROWS) == list(range(23, 50))
    missing = [test for _, _, tests in ROWS.values() for test in tests if not is_there(test)]
    assert not missing
    assert all(tests for _, _, tests in ROWS.values())


# ------------------------------------------------------------------------------------ every method, every odd question

N = 40
RANDOM = np.random.default_rng(0)
TIME, EVENT = np.ceil(RANDOM.exponential(20, N)), (RANDOM.random(N) < 0.7).astype(float)
GROUP, VALUE = np.array(["a", "b"] * (N // 2), dtype=object), RANDOM.normal(size=N)
PLACE = np.repeat(["one", "two"], N // 2)


@dataclasses.dataclass(frozen=True)
class Odd:
    """A cohort that differs from a sound one in one way."""

    time: np.ndarray = dataclasses.field(default_factory=lambda: TIME)
    event: np.ndarray = dataclasses.field(default_factory=lambda: EVENT)
    group: np.ndarray = dataclasses.field(default_factory=lambda: GROUP)
    value: np.ndarray = dataclasses.field(default_factory=lambda: VALUE)

    @property
    def outcome(self) -> Outcome:
        return Outcome.of(self.time, self.event, "months")

    @property
    def levels(self) -> list[str]:
        return sorted({label for label in self.group if label is not None})


METHODS = {
    "curves": lambda odd: kaplan_meier(odd.outcome, odd.group),
    "log-rank": lambda odd: logrank(odd.outcome, odd.group, permutations=50),
    "pairs": lambda odd: pairwise(lambda two, told: logrank(odd.outcome, two, permutations=50), odd.group, odd.levels),
    "early weights": lambda odd: peto_peto(odd.outcome, odd.group, permutations=50),
    "late weights": lambda odd: weighted_logrank(odd.outcome, odd.group, 0, 1, permutations=50),
    "stratified": lambda odd: stratified_logrank(odd.outcome, odd.group, PLACE[: len(odd.group)], permutations=50),
    "trend": lambda odd: logrank_trend(odd.outcome, odd.group, odd.levels, permutations=50),
    "restricted means": lambda odd: restricted_mean(odd.outcome, odd.group),
    "hazard ratio": lambda odd: hazard_ratio(odd.outcome, odd.group),
    "tried": lambda odd: tried_groupings(odd.outcome, {"groups": odd.group}, permutations=50),
    "Gray": lambda odd: gray_test(odd.time, odd.event, odd.group, of=1),
    "per standard deviation": lambda odd: hazard_per_sd(odd.outcome, odd.value),
    "Cox model": lambda odd: cox_model(odd.outcome, pd.DataFrame({"value": odd.value, "group": odd.group})),
    "searched cut": lambda odd: searched_cut(odd.outcome, odd.value, permutations=20, resamples=20),
    "screen": lambda odd: survival_screen(odd.outcome, pd.DataFrame({"value": odd.value})),
}
RANKS = ("log-rank", "early weights", "late weights", "stratified", "trend")
OF_GROUPS = (*RANKS, "hazard ratio", "Gray")


def same(methods, reason: str) -> dict[str, str]:
    return dict.fromkeys(methods, reason)


first = np.arange(N)
separated = np.where(GROUP == "a", TIME, TIME + 200)
#: The row, the cohort, and the methods that have no answer, with words of the reason. All others have one.
QUESTIONS = {
    "sound": (0, Odd(), {}),
    "times of zero": (26, Odd(time=np.where(first < 3, 0.0, TIME)), {}),
    "times all zero": (26, Odd(time=np.zeros(N)), {
        "late weights": "has a weight", "restricted means": "beyond time zero"}),
    "times missing": (27, Odd(time=np.where(first < 4, np.nan, TIME), event=np.where(first == 5, np.nan, EVENT)), {}),
    "no events": (29, Odd(event=np.zeros(N)), {
        **same(RANKS, "No events"),
        **same(("hazard ratio", "per standard deviation", "Cox model"), "ha(?:ve|d) 0 events"),
        "searched cut": "0 events", "tried": "0 events", "screen": "0 events", "Gray": "has 0 events"}),
    "one event": (29, Odd(event=(first == 7).astype(float)), {
        **same(("early weights", "stratified", "trend"), "the groups have 1 event;"), "late weights": "weight",
        **same(("hazard ratio", "per standard deviation", "Cox model"), "ha(?:ve|d) 1 event;"),
        "searched cut": "1 event", "tried": "1 event", "screen": "1 event", "Gray": "has 1 event"}),
    "all of b censored": (30, Odd(event=np.where(GROUP == "b", 0.0, EVENT)), {"Cox model": r"separation.*'b'"}),
    "separated": (31, Odd(time=separated, event=np.ones(N), value=-separated), {
        "per standard deviation": "most extreme value", "Cox model": "separation"}),
    "one group": (32, Odd(group=np.full(N, "a", dtype=object)), {
        **same((*RANKS, "Gray"), "needs two groups"), "hazard ratio": "needs two groups", "Cox model": "group 'a'"}),
    "labels missing": (33, Odd(group=np.where(first < 3, None, GROUP)), {"tried": "no group"}),
    "no label at all": (33, Odd(group=np.full(N, None)), {
        **same(("curves", "log-rank", "early weights", "late weights", "trend", "restricted means"), "group label"),
        **same(("hazard ratio", "Gray"), "group label"), "stratified": "both a group and a stratum",
        "tried": "no group", "Cox model": "0 events"}),
    "a group of one": (34, Odd(group=np.where(first == 4, "z", GROUP)), {
        **same(("early weights", "late weights", "stratified", "trend"), "'z' has 1 patient"),
        "Gray": "a group has 1 patient"}),
    "one patient": (35, Odd(np.array([5.0]), np.array([1.0]), np.array(["a"], dtype=object), np.array([1.0])), {
        **same((*RANKS, "hazard ratio", "Gray"), "needs two groups"), "tried": "1 event",
        **same(("per standard deviation", "Cox model"), "1 event"), "searched cut": "1 patient",
        "screen": "1 patient"}),
    "all times tied": (37, Odd(time=np.full(N, 5.0)), {"late weights": "has a weight"}),
    "everybody dies at once": (37, Odd(time=np.full(N, 5.0), event=np.ones(N)), {
        **same(RANKS, "never at risk together"), "Gray": "not at risk together", "searched cut": "At no cut",
        **same(("hazard ratio", "per standard deviation", "Cox model", "screen"), "to everybody at risk then")}),
    "a constant": (38, Odd(value=np.full(N, 3.0)), {
        "per standard deviation": "do not vary", "Cox model": "the same for all", "searched cut": "same value"}),
    "a constant but for noise": (38, Odd(value=0.3 + 1e-17 * VALUE), {
        "per standard deviation": "do not vary", "Cox model": "the same for all", "searched cut": "same value"}),
    "values missing": (40, Odd(value=np.where(first < 10, np.nan, VALUE)), {"searched cut": "10 of 40 patients"}),
    "no value at all": (40, Odd(value=np.full(N, np.nan)), {
        **same(("per standard deviation", "Cox model"), "0 events"), "searched cut": "40 of 40 patients"}),
    "an infinite value": (41, Odd(value=np.where(first == 0, np.inf, VALUE)), {"searched cut": "1 of 40 patients"}),
    "large values": (42, Odd(value=1e9 * VALUE), {}),
    "small values": (42, Odd(value=1e-9 * VALUE), {}),
}  # fmt: skip


def unsound(answer, path: str = "") -> list[str]:
    """The floats of a result that are no finite number. `None` says that there is none; `ph_p` says it by NaN.

    A ratio for one unit more may be beyond all numbers where a unit is a billion standard deviations: then the ratio
    per standard deviation counts.
    """
    if dataclasses.is_dataclass(answer):
        parts = {field.name: getattr(answer, field.name) for field in dataclasses.fields(answer)}
        aside = {"ph_p"} | ({"ratio", "lower", "upper"} if parts.get("ratio_per_sd") is not None else set())
        return [bad for name, part in parts.items() if name not in aside for bad in unsound(part, f"{path}.{name}")]
    if isinstance(answer, tuple | list):
        return [bad for place, part in enumerate(answer) for bad in unsound(part, f"{path}[{place}]")]
    if isinstance(answer, float) and not math.isfinite(answer):
        return [f"{path} = {answer}"]
    return []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("question", QUESTIONS)
def test_every_method_has_an_answer(question, method):
    row, odd, without = QUESTIONS[question]
    assert row in {0, *ROWS}
    if method in without:
        with pytest.raises((NotEstimable, Refused), match=without[method]) as state:
            METHODS[method](odd)
        problems = getattr(state.value, "problems", (state.value,))
        assert all(problem.remedy for problem in problems)
        return
    answer = METHODS[method](odd)
    assert not unsound(answer)
    table = getattr(answer, "table", None)
    if table is not None:
        shown = table.select_dtypes("number")
        assert np.isfinite(shown.to_numpy()).all() or table[["state" if "state" in table else "note"]].all(axis=None)


rows = st.lists(
    st.tuples(st.sampled_from([0.0, 1.0, 2.0, 2.5, 7.0, np.nan]), st.sampled_from([0.0, 1.0, np.nan]),
              st.sampled_from(["a", "b", "c", None]), st.sampled_from([0.0, 1.0, -3.5, 1e9, np.nan])),
    min_size=1, max_size=60,
)  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
@settings(deadline=None, derandomize=True, max_examples=20)
@given(rows)
def test_any_small_cohort_with_ties_and_gaps_has_an_answer_or_a_state(method, rows):
    time, event, group, value = zip(*rows, strict=True)
    odd = Odd(np.array(time), np.array(event), np.array(group, dtype=object), np.array(value))
    if len(rows) > N:
        odd = Odd(odd.time[:N], odd.event[:N], odd.group[:N], odd.value[:N])
    try:
        answer = METHODS[method](odd)
    except (NotEstimable, Refused) as state:
        assert str(state)
        return
    assert not unsound(answer)


# ------------------------------------------------------------------------------------ what exactly is said


def test_an_interval_without_end_is_a_state():
    # One value lies a thousand times further out than the others, in whom the hazard differs.
    value = np.r_[np.arange(39.0), 1e5]
    time = np.r_[40 - np.arange(39.0) + 6 * (np.arange(39) % 2), 0.5]
    outcome = Outcome.of(time, np.r_[np.ones(39), 0], "days")
    with pytest.raises(NotEstimable, match="a few extreme values decide it") as state:
        hazard_per_sd(outcome, value)
    assert state.value.remedy
    assert "extreme values" in survival_screen(outcome, pd.DataFrame({"value": value})).table["state"][0]


@pytest.mark.parametrize("scale", [1e307, 1e-300])
def test_numbers_at_the_ends_of_floating_point_have_the_ratio_of_any_other(scale):
    plain, scaled = (hazard_per_sd(Odd().outcome, VALUE * by) for by in (1.0, scale))
    assert scaled.estimate.ratio == pytest.approx(plain.estimate.ratio, rel=1e-9)
    assert scaled.sd == pytest.approx(plain.sd * scale, rel=1e-9)
    screen = survival_screen(Odd().outcome, pd.DataFrame({"value": VALUE * scale})).table
    assert screen["hazard_ratio"][0] == pytest.approx(plain.estimate.ratio, rel=1e-6)


@pytest.mark.parametrize(
    ("time", "event", "reason"),
    [
        ([1, 2, 3], ["yes", "no", "yes"], "event: 3 values are no numbers. Use 1 for an event"),
        ([1, 2, 3], [1, 2, 2], "event: 2 events are neither 0 nor 1. Use 1 for an event"),
        ([1, 2, 3], [1, 0, -1], "event: 1 events are neither 0 nor 1"),
        ([1, 2, 3], [1, 0, 0.5], "event: 1 events are neither 0 nor 1"),
        ([1, 2, 3], [1, 0, np.inf], "event: 1 events are neither 0 nor 1"),
        ([-1, -0.001, 3], [1, 0, 1], "time: 2 follow-up times are negative. Correct the dates"),
        ([1, np.inf, 3], [1, 0, 1], "time: 1 follow-up times are infinite"),
        (["1", "two", None], [1, 0, 1], "time: 1 values are no numbers. Give numbers"),
    ],
)
def test_an_outcome_that_cannot_be_is_refused(time, event, reason):
    with pytest.raises(Refused, match=reason):
        Outcome.of(time, event, "months")


def test_nobody_at_all_is_a_state():
    for time, event in (([], []), ([np.nan, 3], [1, np.nan])):
        with pytest.raises(NotEstimable, match="No patient has both") as state:
            Outcome.of(time, event, "months")
        assert state.value.remedy


def test_time_zero_counts_at_time_zero():
    odd = QUESTIONS["times of zero"][1]
    curve = kaplan_meier(odd.outcome).curves[0]
    assert odd.outcome.n_at_zero == 3
    assert curve.steps["time"].tolist()[:2] == [0, 0]
    assert curve.steps["at_risk"].tolist()[:2] == [N, N]
    died = int(EVENT[:3].sum())
    assert curve.steps["survival"].iloc[1] == pytest.approx(1 - died / N)


def test_without_events_curves_are_flat():
    for curve in kaplan_meier(QUESTIONS["no events"][1].outcome, GROUP).curves:
        assert (curve.steps["survival"] == 1).all()
        assert (curve.median, curve.n_events, curve.median_text) == (None, 0, "not reached")


def test_a_group_without_events_has_curves_and_no_ratio():
    odd = QUESTIONS["all of b censored"][1]
    ratio = {level.group: level for level in hazard_ratio(odd.outcome, GROUP).levels}["b"]
    assert (ratio.estimate, ratio.note, ratio.n, ratio.n_events) == (None, SEPARATION, 20, 0)
    assert [curve.n for curve in kaplan_meier(odd.outcome, GROUP).curves] == [20, 20]
    test = logrank(odd.outcome, GROUP)
    assert test.p_method == "permutation" and "fewer than" in test.note


def test_separation_is_named():
    odd = QUESTIONS["separated"][1]
    assert [level.note for level in hazard_ratio(odd.outcome, GROUP).levels] == ["reference", SEPARATION]
    (row,) = survival_screen(odd.outcome, pd.DataFrame({"value": odd.value})).table.to_dict("records")
    assert row["state"] == SEPARATION and np.isnan(row["hazard_ratio"]) and np.isnan(row["q"])


def test_missing_outcomes_and_groups_are_counted_apart():
    odd = Odd(time=np.where(first < 4, np.nan, TIME), group=np.where((first >= 2) & (first < 9), None, GROUP))
    for answer in (kaplan_meier(odd.outcome, odd.group), logrank(odd.outcome, odd.group),
                   hazard_ratio(odd.outcome, odd.group), restricted_mean(odd.outcome, odd.group)):  # fmt: skip
        assert (answer.n, answer.n_excluded, answer.n_no_group) == (31, 4, 5)


def test_a_group_of_one_is_described_and_the_others_are_tested():
    odd = QUESTIONS["a group of one"][1]
    test = logrank(odd.outcome, odd.group)
    assert (test.p, test.statistic, test.p_method) == (None, None, DESCRIPTIVE) and "1 patient;" in test.note
    pairs = METHODS["pairs"](odd)
    assert {(pair.first, pair.second) for pair in pairs if pair.p is not None} == {("a", "b")}
    assert all(pair.note for pair in pairs if pair.p is None)
    levels = {level.group: level for level in hazard_ratio(odd.outcome, odd.group).levels}
    assert levels["z"].estimate is None and "fewer than 5 patients" in levels["z"].note
    (note,) = tried_groupings(odd.outcome, {"groups": odd.group}).table["note"]
    assert "fewer than 5 patients" in note


def test_all_times_tied():
    tied, at_once = QUESTIONS["all times tied"][1], QUESTIONS["everybody dies at once"][1]
    assert [curve.median for curve in kaplan_meier(tied.outcome, GROUP).curves] == [5, 5]
    assert 0 < logrank(tied.outcome, GROUP).p < 1
    (row,) = tried_groupings(at_once.outcome, {"groups": GROUP}, permutations=50).table.to_dict("records")
    assert row["note"] == NEVER_TOGETHER
    assert all(np.isnan(row[name]) for name in ("p", "p_permutation", "p_corrected", "statistic"))


def test_a_group_censored_before_the_first_event_is_no_try():
    time, event = np.r_[np.full(20, 0.5), np.arange(1.0, 21)], np.r_[np.zeros(20), np.ones(20)]
    tries = tried_groupings(
        Outcome.of(time, event, "months"),
        {"early": np.repeat(["early", "late"], 20), "halves": np.tile(["a", "b"], 20)},
        permutations=50,
    ).table.set_index("tried")
    assert tries.loc["early", "note"] == NEVER_TOGETHER and np.isnan(tries.loc["early", "p_corrected"])
    assert tries.loc["halves", "p_corrected"] == tries.loc["halves", "p_permutation"]


def test_a_constant_makes_no_groups():
    for groups in (median_groups, tertile_groups):
        with pytest.raises(NotEstimable, match="share the same value") as state:
            groups(np.full(N, 3.0))
        assert state.value.remedy
    with pytest.raises(NotEstimable, match="No patient has a value"):
        median_groups(np.full(N, np.nan))
    with pytest.raises(NotEstimable, match="No patient has a value"):
        category_groups([None] * N)
    with pytest.raises(NotEstimable, match="7 levels"):
        category_groups([f"g{place % 7}" for place in range(N)])


def test_a_copy_of_a_covariate_is_named():
    covariates = pd.DataFrame({"one": VALUE, "two": 3 * VALUE - 1})
    with pytest.raises(NotEstimable, match="two") as state:
        cox_model(Odd().outcome, covariates)
    assert state.value.remedy
    screen = survival_screen(Odd().outcome, covariates)
    assert screen.table["lr_p"].nunique() == 1 or np.ptp(screen.table["lr_p"]) < 1e-9
    with pytest.raises(NotEstimable, match="'two' cannot be adjusted for"):
        survival_screen(Odd().outcome, pd.DataFrame({"value": EVENT + VALUE**2}), adjust=covariates)


def test_missing_values_are_counted():
    odd = QUESTIONS["values missing"][1]
    assert (hazard_per_sd(odd.outcome, odd.value).n, hazard_per_sd(odd.outcome, odd.value).n_no_value) == (30, 10)
    (row,) = survival_screen(odd.outcome, pd.DataFrame({"value": odd.value})).table.to_dict("records")
    assert (row["n"], row["n_events"]) == (30, int(EVENT[10:].sum()))
    assert median_groups(odd.value).n_missing == 10
    infinite = QUESTIONS["an infinite value"][1]
    assert hazard_per_sd(infinite.outcome, infinite.value).n_no_value == 1
    assert median_groups(infinite.value).n_missing == 1


def test_the_scale_of_a_number_changes_no_ratio_per_standard_deviation():
    ratios, searched = [], []
    for scale in (1.0, 1e9, 1e-9):
        odd = Odd(value=scale * VALUE)
        model = cox_model(odd.outcome, pd.DataFrame({"value": odd.value}))
        table = survival_screen(odd.outcome, pd.DataFrame({"value": odd.value})).table
        ratios.append(
            [hazard_per_sd(odd.outcome, odd.value).estimate.ratio, model.rows[0].ratio_per_sd, table["hazard_ratio"][0]]
        )
        searched.append(searched_cut(odd.outcome, odd.value, permutations=50, resamples=0).p_corrected)
    np.testing.assert_allclose(ratios, ratios[0][0], rtol=1e-6)
    assert len(set(searched)) == 1
