from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import NotEstimable
from core.stats.association import categorical_association, numeric_association
from core.stats.associations import USED, associations
from core.stats.contingency import MonteCarlo, bias_corrected_v, cramers_v, monte_carlo_p

REFERENCE = Path(__file__).parents[1] / "reference"
TESTS = pd.read_csv(REFERENCE / "association" / "tests.csv").set_index("case")


def lung():
    return pd.read_csv(REFERENCE / "survival" / "lung.csv")


def veteran():
    return pd.read_csv(REFERENCE / "survival" / "veteran.csv")


def test_two_by_two_is_fishers_exact_test():
    frame, row = lung(), TESTS.loc["lung sex by old"]
    found = categorical_association(frame["sex"], frame["age"] > 65)
    assert found.test == "Fisher exact"
    assert found.p == pytest.approx(row["p"], rel=1e-10)
    assert found.effect == pytest.approx(row["v"], rel=1e-10)
    assert found.table.to_numpy().sum() == found.n == 228


def test_large_tables_are_tested_by_chi_square_without_correction():
    frame, row = veteran(), TESTS.loc["veteran celltype by trt"]
    found = categorical_association(frame["celltype"], frame["trt"])
    assert found.test == "chi-square"
    assert (found.statistic, found.dof, found.p) == pytest.approx((row["statistic"], row["dof"], row["p"]), rel=1e-10)
    assert found.effect == pytest.approx(row["v"], rel=1e-10)
    assert found.effect_corrected < found.effect


def test_small_expected_counts_get_a_seeded_monte_carlo_p():
    frame, row = lung(), TESTS.loc["lung sex by ecog"]
    found = categorical_association(frame["sex"], frame["ph.ecog"], seed=4)
    assert found.test == "chi-square (Monte-Carlo p)"
    assert found.dof is None
    assert found.statistic == pytest.approx(row["statistic"], rel=1e-10)
    assert found.p == pytest.approx(row["p"], abs=4 * np.sqrt(row["p"] * (1 - row["p"]) / 10_000))
    assert found.p == categorical_association(frame["sex"], frame["ph.ecog"], seed=4).p
    assert found.n_no_value == 1


def test_the_monte_carlo_p_equals_the_share_over_all_labellings():
    # Margins (2, 2) by (2, 1, 1): of the 6 ways to choose row one, those as far from expectation are counted by hand.
    # Statistic of [[2,0,0],[0,1,1]] is 4, of mixed tables 2 or less; 2 of the 6 choices give 4.
    p = monte_carlo_p(np.array([[2, 0, 0], [0, 1, 1]]), MonteCarlo(10_000, 0))
    assert p == pytest.approx(2 / 6, abs=0.02)


def test_cramers_v_is_one_for_identity_and_its_correction_near_zero_for_noise():
    assert cramers_v(np.diag([30, 30, 30])) == pytest.approx(1)
    assert bias_corrected_v(np.diag([30, 30, 30])) == pytest.approx(1, abs=0.02)
    assert bias_corrected_v(np.full((3, 3), 10)) == 0


@pytest.mark.parametrize(
    ("groups", "levels"),
    [(["a", "b"] * 5, ["x"] * 10), (["a"] * 10, ["x", "y"] * 5), (["a", "b"] * 5, [None] * 10), ([], [])],
)
def test_a_zero_margin_is_a_state_and_not_a_p_of_one(groups, levels):
    with pytest.raises(NotEstimable, match="an association needs two") as state:
        categorical_association(groups, levels)
    assert state.value.remedy


def test_a_level_that_nobody_has_is_not_in_the_table_and_order_is_kept():
    stage = pd.Series(pd.Categorical(["II", "I", "II", "I"], categories=["I", "II", "III"]))
    found = categorical_association(pd.Series(["b", "a", "b", "b"]), stage)
    assert found.table.columns.tolist() == ["I", "II"]
    stage = stage.cat.reorder_categories(["III", "II", "I"])
    assert categorical_association(["b", "a", "b", "b"], stage).table.columns.tolist() == ["II", "I"]


def test_numbers_agree_with_wilcox_and_kruskal():
    frame, row = lung(), TESTS.loc["lung age by sex"]
    found = numeric_association(frame["sex"], frame["age"])
    assert found.test == "Mann-Whitney"
    assert (found.statistic, found.p) == pytest.approx((row["statistic"], row["p"]), rel=1e-9)
    assert found.table.loc["1", "n"] == 138
    frame, row = veteran(), TESTS.loc["veteran karno by celltype"]
    found = numeric_association(frame["celltype"], frame["karno"])
    assert found.test == "Kruskal-Wallis"
    assert (found.statistic, found.dof, found.p) == pytest.approx((row["statistic"], row["dof"], row["p"]), rel=1e-9)
    assert found.effect == pytest.approx(row["statistic"] / 136)


def test_few_untied_numbers_get_the_exact_test():
    values = [1.1, 2.3, 3.7, 0.4, 9.1, 4.2, 5.5, 6.1, 7.3, 8.8, 9.7]
    found = numeric_association(["a"] * 5 + ["b"] * 6, values)
    assert found.test == "Mann-Whitney (exact)"
    assert found.p == pytest.approx(TESTS.loc["five against six", "p"], rel=1e-10)
    assert found.effect == pytest.approx(2 * 5 / 30 - 1)


def test_a_tiny_tied_group_gets_a_permutation_p():
    # Three patients hold the three largest of ten values: 1 of the 120 choices, and none lower is as far away.
    found = numeric_association(["a"] * 3 + ["b"] * 7, [9, 9, 9, 1, 1, 2, 2, 3, 3, 4])
    assert found.test == "Mann-Whitney (permutation p)"
    assert found.p == pytest.approx(1 / 120, abs=0.003)
    assert found.effect == 1
    three = numeric_association(["a"] * 3 + ["b"] * 7 + ["c"] * 7, [9, 9, 9, 1, 1, 2, 2, 3, 3, 4, *range(7)])
    assert three.test == "Kruskal-Wallis (permutation p)"


def test_equal_values_and_one_group_are_states():
    with pytest.raises(NotEstimable, match="same value"):
        numeric_association(["a", "b"] * 5, [3.0] * 10)
    with pytest.raises(NotEstimable, match="only the group"):
        numeric_association(["a", "b"], [1.0, np.nan])


def cohort(n=120, seed=0):
    chance = np.random.default_rng(seed)
    groups = pd.Series(chance.choice(["one", "two"], n))
    return groups, pd.DataFrame(
        {
            "site": np.where(groups == "one", "larynx", chance.choice(["larynx", "oropharynx"], n)),
            "age": chance.normal(60, 9, n),
            "all alike": "x",
            "note": "free",
            "volume": chance.exponential(5, n),
        }
    )


KINDS = {"site": "category", "age": "number", "all alike": "category", "note": "text", "volume": "number"}


def test_a_table_counts_its_tests_and_states_what_was_not_tested():
    groups, attributes = cohort()
    result = associations(groups, attributes, KINDS, used=("volume",))
    assert (result.n_tests, result.n_not_estimable, result.n_used, result.n) == (2, 2, 1, 120)
    rows = result.table.set_index("attribute")
    assert rows.index.tolist() == list(attributes.columns)
    assert rows.loc["volume", "note"] == USED
    assert rows.loc["volume", ["p", "q"]].isna().all()
    assert "only the level 'x'" in rows.loc["all alike", "note"]
    assert "free text" in rows.loc["note", "note"]
    assert rows.loc["site", "q"] == pytest.approx(2 * rows.loc["site", "p"])
    assert rows.loc["site", "p"] < 1e-6 < rows.loc["age", "p"]
    assert set(result.details) == {"site", "age"}


def test_a_row_is_the_same_as_the_test_alone_whatever_stands_beside_it():
    groups, attributes = cohort(14)
    attributes["site"] = list("abcdefg") * 2
    result = associations(groups, attributes, KINDS, seed=7)
    alone = categorical_association(groups, attributes["site"], seed=7)
    assert result.table.set_index("attribute").loc["site", "p"] == alone.p


def test_q_is_benjamini_hochbergs_over_the_tests_made():
    expected = pd.read_csv(REFERENCE / "association" / "bh.csv")
    from core.stats.multiplicity import benjamini_hochberg

    np.testing.assert_allclose(benjamini_hochberg(expected["p"]), expected["q"], rtol=1e-12)


def test_no_attribute_at_all_and_no_test_at_all_are_empty_tables():
    groups, attributes = cohort()
    assert associations(groups, attributes[[]], {}).n_tests == 0
    nothing = associations(groups, attributes[["note"]], KINDS)
    assert nothing.n_tests == 0 and nothing.n_not_estimable == 1
    with pytest.raises(ValueError, match="119 group labels"):
        associations(groups[1:], attributes, KINDS)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from(["x", "y", "z", None])), max_size=40))
def test_every_patient_is_counted_once_and_the_test_is_symmetric(pairs):
    groups, levels = [a for a, _ in pairs], [b for _, b in pairs]
    try:
        found = categorical_association(groups, levels)
    except NotEstimable:
        return
    assert found.n + found.n_no_group + found.n_no_value == len(pairs)
    assert found.table.to_numpy().sum() == found.n
    assert 0 < found.p <= 1
    assert 0 <= found.effect <= 1 + 1e-12
    turned = categorical_association(levels, groups)
    assert turned.effect == pytest.approx(found.effect)
    assert turned.p == pytest.approx(found.p, abs=0.03)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 30)), min_size=4, max_size=40))
def test_ranks_alone_matter_and_the_effect_turns_with_the_groups(pairs):
    groups, values = [a for a, _ in pairs], np.array([b for _, b in pairs], dtype=float)
    try:
        found = numeric_association(groups, values)
    except NotEstimable:
        return
    stretched = numeric_association(groups, np.exp(values / 10))
    assert (stretched.p, stretched.effect) == pytest.approx((found.p, found.effect))
    turned = numeric_association([{"a": "b", "b": "a"}[g] for g in groups], values)
    assert turned.effect == pytest.approx(-found.effect)


def test_the_monte_carlo_test_rejects_a_true_null_hypothesis_in_five_per_cent():
    from scipy.stats import binom

    chance, runs = np.random.default_rng(11), 500
    found = 0
    for run in range(runs):
        counts = np.histogram2d(chance.integers(0, 3, 25), chance.integers(0, 4, 25), bins=(3, 4))[0].astype(int)
        counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
        found += monte_carlo_p(counts, MonteCarlo(199, run)) < 0.05
    low, high = binom.ppf([0.005, 0.995], runs, 0.05)
    assert low <= found <= high
