"""Competing events from the study's declaration to the result: against R, against the raw table, and by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analyses.context import Context
from core.analyses.incidence import HAD_ONE, Course, followed, gray_tests, incidences
from core.analyses.incidence_words import cautions, read_aloud
from core.compute import generators
from core.errors import NotEstimable
from core.store.library import Library
from core.store.schema import Endpoint
from core.store.sources import read
from core.store.sources.notebook import Notebook
from core.survival.grouping import category_groups
from core.view import View
from data.demo import demo
from tests.reference.survival import competing_demo_table
from tests.store.drafts import small_draft
from tests.survival.cohorts import reference


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> Library:
    library = Library(tmp_path_factory.mktemp("competing"))
    for draft in (demo(), small_draft()):
        library.publish(draft)
    return library


def ask(library: Library, study: str = "demo", **options: str):
    """The result of the section under these options, named as in links with `__` for the dot."""
    view = View(study).with_options({name.replace("__", "."): text for name, text in options.items()})
    context = Context(view, library)
    return context.result(context.analysis("competing"))


# ------------------------------------------------------------------------------------------------ against R

BY = {"hpv": "hpv_status", "stage": "stage"}


def test_the_table_that_r_read_is_that_of_the_study():
    assert competing_demo_table.TABLE.read_text() == competing_demo_table.text()


@pytest.mark.parametrize("by", BY)
def test_the_section_equals_cmprsk_and_coxph_on_the_demo(shelf, by):
    result = ask(shelf, survival__attribute=BY[by])
    causes = dict(enumerate(result.events, start=1))
    assert causes == competing_demo_table.CAUSES

    expected = reference("competing_demo_rates.csv").query("by == @by")
    ours = result.rates.set_index(["group", "event", "time"])
    naive = result.naive.set_index(["group", "time"])
    for row in expected.itertuples():
        mine = ours.loc[row.group, causes[row.cause], float(row.time)]
        assert mine["at_risk"] == row.at_risk
        for column in ("incidence", "lower", "upper"):
            assert mine[column] == pytest.approx(getattr(row, column), abs=1e-8), (row, column)
        if row.cause == 1:
            assert naive.loc[(row.group, float(row.time)), "one_minus_km"] == pytest.approx(row.km, abs=1e-10)
    assert len(expected) == len(result.rates)

    tests = reference("competing_demo_tests.csv").query("by == @by")
    for row in tests.itertuples():
        mine = result.tests.set_index("event").loc[causes[row.cause]]
        assert (mine["n"], mine["dof"]) == (row.n, row.dof)
        assert mine["statistic"] == pytest.approx(row.statistic, rel=1e-6)
        if mine["note"]:  # a small group: by permutation, within four of its standard errors
            assert mine["p"] == pytest.approx(row.p, abs=4 * np.sqrt(row.p * (1 - row.p) / 1000) + 0.01)
        else:
            assert mine["p"] == pytest.approx(row.p, rel=1e-6)
    if not result.tests["note"].any():
        assert sorted(result.tests["p_adjusted"]) == pytest.approx(sorted(tests["holm"]), rel=1e-6)

    ratios = reference("competing_demo_ratios.csv").query("by == @by")
    mine = result.ratios.dropna(subset=["ratio"]).set_index(["event", "group"])
    for row in ratios.itertuples():
        for column in ("ratio", "lower", "upper"):
            assert mine.loc[(causes[row.cause], row.group), column] == pytest.approx(getattr(row, column), rel=1e-6)
    assert len(mine) == len(ratios)


def test_those_left_out_are_counted_with_the_reason(shelf):
    result = ask(shelf, survival__split="none")
    draft = demo()
    followed = {name: set(rows["patient_id"]) for name, rows in draft.outcomes.groupby("endpoint")}
    everyone = set(draft.patients.index)
    assert set(result.left_out["patient_id"]) == everyone - (followed["ttp"] & followed["os"])
    reasons = result.left_out.set_index("patient_id")["reason"]
    for patient, reason in reasons.items():
        lacking = [word for word, name in (("progression", "ttp"), ("death", "os")) if patient not in followed[name]]
        assert reason == f"no follow-up of {' and of '.join(lacking)}"
    assert result.incidence.n + len(result.left_out) == result.n_cohort == 240


def test_the_landmark_and_the_end_of_follow_up_act_on_the_first_event(shelf):
    frame = competing_demo_table.table()
    result = ask(shelf, survival__split="none", follow_up__landmark="12", follow_up__until="24")
    late = frame[frame["time"] > 12]
    counted = late[(late["time"] <= 36) & (late["cause"] > 0)]
    assert result.incidence.n == len(late)
    events = [curve.n_events for curve in result.incidence.curves]
    assert events == counted["cause"].value_counts().sort_index().tolist()
    assert result.incidence.curves[0].steps["time"].max() == 24
    early = (frame["time"] <= 12) & (frame["cause"] > 0)
    assert (result.left_out["reason"] == HAD_ONE).sum() == early.sum()
    assert "12 months after diagnosis" in result.origin


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"survival__split": "gene", "survival__gene": "TP53"}, {"wild type", "mutated"}),
        ({"survival__split": "attribute", "survival__attribute": "age"}, 2),
        ({"survival__attribute": "age", "survival__cut": "tertiles"}, 3),
        ({"survival__attribute": "age", "survival__cut": "value", "survival__value": "60"}, 2),
        ({"survival__split": "feature"}, 2),
    ],
)
def test_the_groups_are_those_of_the_page(shelf, options, kind):
    result = ask(shelf, **options)
    groups = {curve.group for curve in result.incidence.curves}
    assert groups == kind if isinstance(kind, set) else len(groups) == kind
    assert len(result.tests) == 2 and result.states == {}


def test_a_searched_cut_and_a_study_without_competing_events_are_states(shelf):
    with pytest.raises(NotEstimable, match="searched for the largest difference"):
        ask(shelf, survival__attribute="age", survival__cut="searched")
    with pytest.raises(NotEstimable, match="declares no competing events") as state:
        ask(shelf, study="small")
    assert "study.toml" in state.value.remedy


def test_times_in_another_unit_say_the_same(shelf):
    months, days = (ask(shelf, survival__split="none", follow_up__unit=unit) for unit in ("months", "days"))
    assert days.incidence.unit == "days" and days.grace == pytest.approx(182.62125) and months.grace == 6
    np.testing.assert_allclose(days.rates["incidence"], months.rates["incidence"], atol=1e-12)
    assert days.rates["years"].tolist() == months.rates["years"].tolist() == [1, 2, 5, 1, 2, 5]


# ------------------------------------------------------------------------------------------------ a real study


def counted_from(raw: pd.DataFrame, names: tuple[str, ...], grace_days: float) -> tuple[dict[str, int], int]:
    """First events per cause and patients with an event of unknown order, patient by patient from the raw table."""
    counts, unordered = dict.fromkeys(names, 0), 0
    for _, row in raw.iterrows():
        times = {name: row[f"{name}_days"] for name in names}
        events = {name: row[f"{name}_event"] for name in names}
        if any(pd.isna(each) for each in (*times.values(), *events.values())):
            continue
        happened = [name for name in names if events[name] == 1]
        open_ones = [times[name] for name in names if events[name] == 0]
        if not happened:
            continue
        first = sorted(happened, key=lambda name: (times[name], names.index(name)))[0]
        known_until = min(open_ones, default=np.inf) + grace_days
        if times[first] <= known_until:
            counts[first] += 1
        else:
            unordered += 1
    return counts, unordered


@pytest.fixture
def neck(real_study, tmp_path) -> tuple[pd.DataFrame, Library]:
    folder = real_study("hn_tcia")
    library = Library(tmp_path)
    library.publish(read(folder, "hn_tcia", Notebook()))
    return pd.read_csv(folder / "patients.csv", dtype={"patient_id": str}), library


def test_first_events_of_head_and_neck_patients_are_those_of_the_raw_table(neck):
    raw, library = neck
    month = 365.2425 / 12
    for endpoint, names in (("lrc", ("lrc", "dm", "os")), ("dm", ("dm", "lrc", "os"))):
        for grace in (0, 6, 1e5):
            options = {"competing__endpoint": endpoint, "competing__grace": str(grace), "survival__split": "none"}
            result = ask(library, "hn_tcia", **options)
            expected, unordered = counted_from(raw, names, grace * month)
            assert [curve.n_events for curve in result.incidence.curves] == list(expected.values()), (endpoint, grace)
            assert result.n_unordered == unordered
            assert result.incidence.n == 433 and len(result.left_out) == 217
    assert result.events == ("distant metastasis", "locoregional recurrence", "death")


def test_what_the_end_of_follow_up_decides_is_said(neck):
    result = ask(neck[1], "hn_tcia", survival__split="none")
    told = result.by_grace.set_index(["grace", "event"])
    assert told.loc[(0.0, "death"), "n_events"] == 23 and told.loc[(np.inf, "death"), "n_events"] == 59
    assert (result.n_unordered, result.n_within, result.n_tied) == (20, 18, 7)
    text = " ".join(result.cautions)
    assert "20 patients had an event more than 6 months after another of the endpoints was last looked for" in text
    assert "5.2 % and 10.5 % for death" in text and "7 patients had two of the events at the same time" in text


# ------------------------------------------------------------------------------------------------ what holds always


def drawn(chance: np.random.Generator, n: int = 120, faster: float = 1.0) -> tuple[Course, pd.Series]:
    """Relapse and death in two groups, months rounded up so that ties exist; nobody is lost to one endpoint alone."""
    group = np.repeat(["a", "b"], n // 2)
    relapse = chance.exponential(20 / np.where(group == "b", faster, 1))
    death, limit = chance.exponential(30, n), chance.uniform(5, 60, n)
    relapse, death, limit = np.ceil(relapse), np.ceil(death), np.ceil(limit)
    end = np.minimum(death, limit)
    tables = {
        "relapse": pd.DataFrame({"time": np.minimum(relapse, end), "event": (relapse <= end).astype(float)}),
        "death": pd.DataFrame({"time": end, "event": (death <= limit).astype(float)}),
    }
    return Course(tables, "months"), pd.Series(group, dtype=object)


def test_holm_keeps_false_claims_below_one_in_twenty_over_all_events():
    from scipy.stats import binom

    def smallest(chance: np.random.Generator, **how: float) -> float:
        course, group = drawn(chance, **how)
        return gray_tests(followed(course, 0), course.events, group)[0]["p_adjusted"].min()

    null = np.array([smallest(chance) for chance in generators(11, 400)])
    low, high = binom.ppf([0.005, 0.995], len(null), 0.05)
    # The two tests are all but independent here, so Holm's rate is hardly below the nominal one.
    assert low <= (null < 0.05).sum() <= high
    assert np.mean([smallest(chance, faster=3) < 0.05 for chance in generators(12, 30)]) >= 0.9


pairs = st.tuples(st.integers(0, 70), st.booleans())


@settings(deadline=None, derandomize=True, max_examples=40)
@given(st.lists(st.tuples(pairs, pairs, st.sampled_from("ab")), min_size=2, max_size=40), st.integers(0, 20))
def test_what_holds_of_every_cohort(rows, grace):
    tables = {
        name: pd.DataFrame([row[i] for row in rows], columns=["time", "event"]).astype(float)
        for i, name in enumerate(("relapse", "death"))
    }
    labels = pd.Series([row[2] for row in rows], dtype=object)
    result = incidences(Course(tables, "months"), grace, "arm", category_groups(labels))
    naive = result.naive.dropna()
    assert (naive["overstated"] >= -1e-12).all(), "1 - Kaplan-Meier never says less than the incidence"
    total = result.rates.groupby(["group", "years"])["incidence"].sum(min_count=1).dropna()
    assert (total <= 1 + 1e-12).all()
    assert set(result.tests["event"]) | set(result.states) == {"relapse", "death"}
    assert result.tests["p"].between(0, 1).all() and (result.tests["p_adjusted"] >= result.tests["p"]).all()
    sizes = labels.value_counts()
    assert not len(result.tests) or (len(sizes) == 2 and sizes.min() >= 5)
    for sentence in (*read_aloud(result), *cautions(result), *result.states.values()):
        assert "nan" not in sentence and sentence.endswith(".")


def test_small_groups_have_a_permutation_p_and_smaller_ones_none():
    course, group = drawn(np.random.default_rng(2))
    few = group.copy()
    few[:53] = None
    result = incidences(course, 0, "arm", category_groups(few), seed=3)
    assert all("exchanges of labels, seed 3" in note for note in result.tests["note"])
    few[:56] = None
    fewer = incidences(course, 0, "arm", category_groups(few))
    assert len(fewer.tests) == 0 and "a group has 4 patients" in fewer.states["relapse"]
    assert result.incidence.n == 67 and result.incidence.n_no_group == 53
    assert any("exchanges of labels" in sentence for sentence in read_aloud(result))
    assert not any("Gray" in sentence for sentence in read_aloud(fewer))


def test_a_difference_is_claimed_only_below_the_adjusted_p():
    course, group = drawn(np.random.default_rng(5), faster=4)
    result = incidences(course, 0, "arm", category_groups(group))
    text = " ".join(read_aloud(result))
    assert "The incidence of relapse as the first event differs between the groups: Gray's test, p < 0.001" in text
    assert "after Holm over 2 events" in text
    raw = dataclasses.replace(result, tests=result.tests.assign(p=0.03, p_adjusted=0.06))
    assert "is not shown to differ" in " ".join(read_aloud(raw)) and " differs " not in " ".join(read_aloud(raw))


def test_two_endpoints_that_stand_for_the_same_event_are_told_apart():
    from core.analyses.competing import _events

    names = (("lrc", "Control"), ("lri", "Interval"), ("os", "Survival"))
    words = _events(tuple(Endpoint(name, label, "days") for name, label in names))
    assert words == ("locoregional recurrence (Control)", "locoregional recurrence (Interval)", "death")


def test_tests_are_counted_for_the_ledger(shelf):
    context = Context(View("demo").with_options({"survival.attribute": "hpv_status"}), shelf)
    analysis = context.analysis("competing")
    entries = analysis.tests(context, context.result(analysis))
    assert [(each.n_tests, each.n_variables, each.markers) for each in entries] == [(1, 1, ("HPV status",))] * 2
    assert [each.endpoint for each in entries] == ["Time to progression", "Overall survival"]
    assert [each.n_events for each in entries] == [66, 63]
    alone = Context(View("demo").with_options({"survival.split": "none"}), shelf)
    assert alone.analysis("competing").tests(alone, alone.result(alone.analysis("competing"))) == ()
