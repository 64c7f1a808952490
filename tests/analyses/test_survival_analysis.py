"""The Survival page's comparison: every choice changes what it says and nothing else, on the demonstration study."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from core.analyses.comparison import Asked, compare, shown_tests
from core.analyses.comparison_tables import groups_table, means_table, pairs_table, rates_table
from core.analyses.marker import CATEGORY, NUMBER, Marker
from core.run import answer
from core.store.library import Library
from core.store.schema import Endpoint
from core.survival.grouping import category_groups, median_groups
from core.survival.linear_rank import PERMUTATION
from core.survival.outcome import Outcome
from core.survival.rmst import restricted_mean
from core.survival.stratified import stratified_logrank
from core.survival.weighted import weighted_logrank

DEATH = Endpoint("os", "Overall survival", "months", "diagnosis")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> Library:
    from data.demo import demo

    library = Library(tmp_path_factory.mktemp("demo"))
    library.publish(demo())
    return library


def survival(shelf, query: str):
    return answer(f"Survival?study=demo&{query}", shelf).results["survival"]


def cohort(n=200, seed=4, ratio=1.0):
    random = np.random.default_rng(seed)
    stage = pd.Series(np.array(["I", "II", "III", "IV"], dtype=object)[random.integers(0, 4, n)])
    time = random.exponential(30 / ratio ** stage.map({"I": 0, "II": 1, "III": 2, "IV": 3}).astype(float)) + 0.1
    limit = random.uniform(10, 90, n)
    return pd.DataFrame({"time": np.minimum(time, limit), "event": (time <= limit).astype(float)}), stage


def asked_of(outcomes, stage, **asked):
    groups = category_groups(stage, ("I", "II", "III", "IV"))
    return compare(outcomes, DEATH, Marker("Stage", stage, CATEGORY, groups.levels), groups, Asked(**asked))


def test_the_test_asked_for_is_the_test_of_all_groups_and_of_pairs():
    outcomes, stage = cohort(ratio=1.3)
    outcome = Outcome.of(outcomes["time"], outcomes["event"], "months")
    late = asked_of(outcomes, stage, weights="late")
    assert late.test.p == weighted_logrank(outcome, stage, 0.0, 1.0).p
    centre = pd.Series(["A", "B"] * 100)
    within = asked_of(outcomes, stage, strata=centre, by="Centre")
    assert within.test.p == stratified_logrank(outcome, stage, centre, "Centre").p
    assert within.test.method == "log-rank stratified by Centre (2 strata)"
    assert len(within.pairs) == 6
    first = within.pairs[0]
    two = stage.where(stage.isin([first.first, first.second]), None)
    assert first.p == stratified_logrank(outcome, two, centre, "Centre").p


def test_pairs_are_adjusted_as_asked():
    outcomes, stage = cohort(ratio=1.4)
    holm, bh = asked_of(outcomes, stage), asked_of(outcomes, stage, adjustment="BH")
    assert [pair.p for pair in holm.pairs] == [pair.p for pair in bh.pairs]
    assert all(a.p_adjusted >= b.p_adjusted - 1e-12 for a, b in zip(holm.pairs, bh.pairs, strict=True))
    assert list(pairs_table(bh).columns)[5] == "p (BH)"
    assert "after the BH adjustment over the 6 pairs" in " ".join(bh.words)


def test_ordered_groups_have_a_trend_where_it_is_asked_for():
    outcomes, stage = cohort(ratio=1.6)
    found = asked_of(outcomes, stage, trend=True)
    assert found.trend.p < 0.001
    assert "The hazard rises with the order of the groups: test for trend (I < II < III < IV)" in " ".join(found.words)
    assert asked_of(outcomes, stage).trend is None


def test_a_reference_turns_ratios_and_mean_differences():
    outcomes, stage = cohort(ratio=1.5)
    found = asked_of(outcomes, stage, reference="IV")
    assert found.hazard.reference == "IV"
    assert {each.reference for each in found.means.differences} == {"IV"}
    assert asked_of(outcomes, stage, reference="V").hazard is None


def test_rates_means_and_axis():
    outcomes, stage = cohort(ratio=1.5)
    found = asked_of(outcomes, stage, rates_at=(1.0, 2.0, 50.0), mean_until=24.0, axis=24.0)
    assert sorted(set(found.rates["years"])) == [1.0, 2.0] and found.beyond == (50.0,)
    assert set(found.rates["time"]) == {12.0, 24.0}
    outcome = Outcome.of(outcomes["time"], outcomes["event"], "months")
    expected = restricted_mean(outcome, stage, until=24.0)
    assert [each.mean for each in found.means.groups] == [each.mean for each in expected.groups]
    assert found.curves.risk_table["time"].max() == 24
    assert found.curves.curves[0].steps["time"].max() > 24, "the numbers are those of all follow-up"
    assert list(rates_table(found).columns) == ["Group", "1 y", "2 y"]
    assert means_table(found)["Difference (95 % CI)"][0] == "reference"


def test_a_searched_cut_shows_no_other_p_and_no_ratio_of_its_groups():
    random = np.random.default_rng(7)
    values = pd.Series(random.normal(size=150))
    values[3] = np.nan
    outcomes = pd.DataFrame({"time": random.exponential(20, 150) + 0.1, "event": 1.0})
    found = compare(outcomes, DEATH, Marker("Entropy", values, NUMBER, unit="bits"), None, Asked(search=True, seed=2))
    assert found.search.n == 149
    assert (found.test, found.pairs, found.hazard, found.means, found.trend) == (None, (), None, None, None)
    assert "searched" in found.states["hazard"]
    assert found.per_sd.n == 149
    assert [curve.n for curve in found.curves.curves] == [found.search.n_low, found.search.n_high]
    said = " ".join(found.words)
    assert said.count("p = ") == 2, "the corrected one and that of the continuous marker"
    assert f"{found.search.permutations:,} permutations" in said
    assert "p" not in groups_table(found).columns
    (entry,) = shown_tests(found, "demo", "", "cut searched")
    assert entry.searched
    assert entry.n_tests == 2


def test_hazards_that_cross_put_times_before_the_ratio():
    random = np.random.default_rng(1)
    early, late = random.exponential(12, 150), 24 + random.exponential(6, 150)
    group = pd.Series(["early"] * 150 + ["late"] * 150)
    outcomes = pd.DataFrame({"time": np.r_[early, late], "event": 1.0})
    groups = category_groups(group)
    asked = Asked(rates_at=(1.0,), mean_until=30.0)
    found = compare(outcomes, DEATH, Marker("Course", group, CATEGORY), groups, asked)
    words = list(found.words)
    place = {name: next(i for i, each in enumerate(words) if name in each) for name in ("Within the first", "HR ")}
    assert place["Within the first"] < place["HR "]
    assert "the ratio is an average over time" in words[place["HR "]]


def test_counting_what_is_shown():
    outcomes, stage = cohort(ratio=1.3)
    found = asked_of(outcomes, stage, trend=True)
    (entry,) = shown_tests(found, "demo", "age >= 60", "within centre")
    ratios = sum(level.estimate is not None for level in found.hazard.levels)
    means = sum(each.p is not None for each in found.means.differences)
    assert entry.n_tests == 1 + 6 + 1 + ratios + means
    assert (entry.n_variables, entry.n_events) == (3, found.curves.n_events)
    alone = compare(outcomes, DEATH, Marker("all patients", None, "none"), None)
    assert shown_tests(alone, "demo", "", "") == ()


def test_small_groups_are_permuted_in_pairs_too():
    outcomes, stage = cohort(n=40)
    found = asked_of(outcomes, stage)
    small = [pair for pair in found.pairs if pair.p_method == PERMUTATION]
    assert small
    assert all("seed 0" in pair.note for pair in small)


# ------------------------------------------------------------------------------------------ through a link


def test_every_split_of_the_demonstration_study(shelf):
    for query, marker in {
        "survival.attribute=hpv_status": "HPV status",
        "survival.split=gene&survival.gene=TP53": "TP53 status",
        "survival.split=expression": "expression",
        "survival.split=feature": "original_",
        "survival.split=none": "all patients",
    }.items():
        found = survival(shelf, query)
        assert marker in found.grouped_by
        assert found.words


def test_a_published_value_of_the_cut(shelf):
    found = survival(shelf, "survival.attribute=age&survival.cut=value&survival.value=65")
    assert [curve.group for curve in found.curves.curves] == ["low (≤ 65 years)", "high (> 65 years)"]
    none = answer("Survival?study=demo&survival.attribute=age&survival.cut=value&survival.value=200", shelf).plain
    assert "at or below 200" in none["results"]["survival"]["not_estimable"]


def test_stage_is_ordered_by_its_role_and_the_link_says_so(shelf):
    told = answer("Survival?study=demo&survival.attribute=stage", shelf).plain
    assert "survival.trend=yes" in told["link"]
    assert told["results"]["survival"]["trend"]["dof"] == 1
    off = answer("Survival?study=demo&survival.attribute=stage&survival.trend=no", shelf).plain
    assert off["results"]["survival"]["trend"] is None
    assert "survival.trend=no" in answer("Survival?study=demo&survival.attribute=subsite", shelf).plain["link"]


def test_a_landmark_leaves_out_and_says_whom(shelf):
    told = answer("Survival?study=demo&survival.attribute=hpv_status&follow_up.landmark=12", shelf)
    followed = told.results["follow_up"]
    plain = answer("Survival?study=demo&survival.attribute=hpv_status", shelf).results["follow_up"]
    early = plain.outcomes["time"] <= 12
    assert followed.n == plain.n - early.sum()
    assert followed.endpoint.origin == "12 months after diagnosis"
    counts = followed.left_out["reason"].value_counts()
    assert counts["had the event by the landmark"] == int(plain.outcomes.loc[early, "event"].sum())
    assert counts.sum() + followed.n == followed.n_cohort == 240


def test_follow_up_until_a_time_censors_later_events(shelf):
    all_, cut = (
        answer(f"Survival?study=demo&survival.attribute=hpv_status&follow_up.until={until}", shelf).results
        for until in (0, 24)
    )
    outcomes = all_["follow_up"].outcomes
    assert cut["follow_up"].n_events == int(((outcomes["time"] <= 24) & (outcomes["event"] == 1)).sum())
    assert cut["follow_up"].n == all_["follow_up"].n
    assert cut["survival"].curves.curves[0].steps["time"].max() <= 24


def test_the_unit_changes_times_and_no_ratio(shelf):
    months, days = (survival(shelf, f"survival.attribute=hpv_status&follow_up.unit={u}") for u in ("months", "days"))
    assert days.curves.curves[0].median == pytest.approx(months.curves.curves[0].median * 365.2425 / 12)
    assert days.test.p == pytest.approx(months.test.p, rel=1e-12)
    ratios = [[each.estimate.ratio for each in r.hazard.levels if each.estimate] for r in (months, days)]
    assert ratios[0] == pytest.approx(ratios[1], rel=1e-9)
    assert days.rates["survival"].tolist() == pytest.approx(months.rates["survival"].tolist(), rel=1e-9)


def test_the_answer_counts_its_tests_and_every_export_says_so(shelf):
    told = answer("Survival?study=demo&survival.attribute=hpv_status", shelf)
    assert told.plain["tests_tried"].startswith("Tests of survival tried on this study in this session: ")
    assert told.notes[-1] == told.plain["tests_tried"]
    assert answer("Cohort?study=demo", shelf).notes[-1].endswith("none.")


def test_the_planted_effects_are_read_aloud(shelf):
    said = " ".join(survival(shelf, "survival.attribute=hpv_status").words)
    assert "Patients in the positive group had a lower hazard of death than those in the negative group" in said
    assert "Survival curves differ: log-rank (2-sided)" in said


def test_the_same_link_gives_the_same_numbers_twice(shelf):
    query = "survival.attribute=age&survival.cut=searched&survival.seed=5"
    first, second = survival(shelf, query), survival(shelf, query)
    assert first.search.p_corrected == second.search.p_corrected
    assert (first.search.cut_low, first.search.cut_high) == (second.search.cut_low, second.search.cut_high)
    other = dataclasses.replace(survival(shelf, query.replace("seed=5", "seed=6")).search, curve=None)
    assert other.cut == first.search.cut


def test_halves_of_a_number_are_told_per_standard_deviation_too():
    outcomes, _ = cohort()
    values = pd.Series(np.random.default_rng(0).normal(size=200))
    found = compare(outcomes, DEATH, Marker("Entropy", values, NUMBER), median_groups(values))
    assert "As a continuous marker" in " ".join(found.words)
