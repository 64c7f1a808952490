"""How many tests were tried, and when a comparison is called exploratory."""

import dataclasses

import pytest

from core.analyses.ledger import Entry, Ledger, exploratory


def entry(**changed) -> Entry:
    plain = Entry("demo", "", "Overall survival", ("HPV status",), "", 3, 100, 1)
    return dataclasses.replace(plain, **changed)


def test_the_same_comparison_counts_once_and_another_way_counts_again():
    ledger = Ledger().with_entries([entry()]).with_entries([entry(), entry(how="test late")])
    assert ledger.n_tests == 6
    assert len(ledger.entries) == 2


def test_the_sentence_counts_what_was_tried():
    assert Ledger().sentence().endswith("in this session: none.")
    ledger = Ledger().with_entries(
        [entry(), entry(endpoint="Progression", n_tests=1), entry(cohort="age >= 60", markers=("Age",))]
    )
    assert ledger.sentence() == (
        "Tests of survival tried on this study in this session: 7 p-values in 3 comparisons "
        "(2 endpoints, 2 markers, 2 cohorts)."
    )
    table = ledger.table()
    assert list(table["p-values"]) == [3, 1, 3]
    assert list(table["Cohort"]) == ["all patients", "all patients", "age >= 60"]


def test_each_study_has_its_own_count():
    ledger = Ledger().with_entries([entry(), entry(study="other")])
    assert ledger.of("other").n_tests == 3


@pytest.mark.parametrize(
    ("tried", "shown", "reason"),
    [
        ([], entry(searched=True), "the cut was searched"),
        ([entry(endpoint="PFS")], entry(), "2 endpoints were tried"),
        ([entry(markers=(f"f{i}",)) for i in range(10)], entry(), "11 markers were tried"),
        ([], entry(markers=tuple("abcdefghijkl")), "12 markers were tried"),
        ([], entry(n_events=29, n_variables=3), "there are 29 events for 3 variables, fewer than 10 each"),
    ],
)
def test_every_rule_of_exploration(tried, shown, reason):
    ledger = Ledger().with_entries([*tried, shown])
    assert exploratory(ledger, [shown]) == f"Exploratory: {reason}. Confirm it in other patients."


def test_a_cut_that_was_searched_before_does_not_become_a_planned_one_by_naming_it():
    found = entry(markers=("Volume",), searched=True)
    named = entry(markers=("Volume",), how="cut 12.3", given_cut=True)
    ledger = Ledger().with_entries([found, named])
    assert "a cut of the same marker was searched before in this session" in exploratory(ledger, [named])
    assert exploratory(ledger, [entry(markers=("Age",), how="cut 65", given_cut=True)]) == ""
    assert exploratory(Ledger().with_entries([named]), [named]) == ""


def test_a_single_planned_comparison_is_not_called_exploratory():
    ledger = Ledger().with_entries([entry(), *(entry(markers=(f"f{i}",)) for i in range(9))])
    assert exploratory(ledger, [entry(n_events=10)]) == ""
