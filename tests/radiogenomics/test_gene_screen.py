"""What a screen of features and genes says of itself: counts, reasons, the table, and that no order matters."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import NotEstimable, Refused
from core.radiogenomics.screen import expression_screen, mutation_screen
from core.radiogenomics.screened import HOW
from core.stats.multiplicity import benjamini_hochberg

N = 40


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def features(rng):
    frame = pd.DataFrame(rng.normal(size=(N, 5)), columns=["a", "b", "c", "flat", "a again"])
    frame["flat"] = 3.0
    frame["a again"] = -np.exp(frame["a"])
    frame.loc[:35, "c"] = np.nan
    return frame


@pytest.fixture
def mutated():
    some = np.arange(N) % 3 == 0
    return pd.DataFrame(
        {
            "common": some.astype(float),
            "rare": (np.arange(N) < 2).astype(float),
            "mostly": (np.arange(N) > 1).astype(float),
            "unprofiled": np.nan,
            "few": (np.arange(N) % 9 == 0).astype(float),
        }
    )


def reasons(found, feature: str) -> list[str]:
    return [HOW[code] for code in found.how[found.features.index(feature)]]


def test_what_was_not_tested_says_why_and_is_not_counted(features, mutated):
    found = mutation_screen(features, mutated)
    normal = "normal approximation"
    assert reasons(found, "a") == [normal, "too few mutated", "too few wild type", "too few patients", "exact"]
    assert reasons(found, "flat")[0] == reasons(found, "flat")[4] == "the feature is constant"
    assert reasons(found, "c")[0] == "too few mutated"
    assert found.n_tests == 6 == (~np.isnan(found.p)).sum() == (~np.isnan(found.effect)).sum()
    assert found.n[2].tolist() == [4, 4, 4, 0, 4] and found.n_mutated[0].tolist() == [14, 2, 38, 0, 5]
    listed = found.not_tested().set_index("reason")
    assert listed["n_pairs"].sum() == 25 - 6
    assert listed.loc["too few wild type", "n_genes"] == 1
    np.testing.assert_array_equal(found.q, benjamini_hochberg(found.p))
    assert found.copies == (("a again", "a"),)


def test_the_fewest_are_a_choice_and_adjusted_tests_take_eight(features, mutated):
    assert reasons(mutation_screen(features, mutated, fewest=2), "a")[1] == "exact"
    assert reasons(mutation_screen(features, mutated, fewest=6), "a")[4] == "too few mutated"
    adjusted = mutation_screen(features, mutated, strata=np.arange(N) % 2)
    assert reasons(adjusted, "a")[4] == "too few mutated" and reasons(adjusted, "a")[0] == "t approximation"


def test_what_is_adjusted_for_explains_itself_away(features, mutated, rng):
    found = mutation_screen(features, mutated, adjust=np.exp(features[["a"]]))
    assert reasons(found, "a")[0] == reasons(found, "a again")[0] == "the feature is given by what is adjusted for"
    found = mutation_screen(features, mutated, strata=np.arange(N) % 3)
    assert reasons(found, "b")[0] == "the gene is given by what is adjusted for"
    genes = pd.DataFrame({"flat": np.ones(N), "b": features["b"], "gone": np.nan})
    found = expression_screen(features, genes, adjust=features[["b"]])
    assert reasons(found, "a") == [
        "the gene is constant",
        "the gene is given by what is adjusted for",
        "too few patients",
    ]
    assert found.n_tests == 0 and found.table().empty and np.isnan(found.q).all()


def test_a_covariate_that_repeats_another_costs_no_freedom(features, rng):
    genes = pd.DataFrame(rng.normal(size=(N, 3)))
    age = pd.DataFrame({"age": rng.normal(size=N)})
    once = expression_screen(features, genes, adjust=age)
    twice = expression_screen(features, genes, adjust=age.assign(months=12 * age["age"], constant=1.0))
    np.testing.assert_allclose(twice.p, once.p, rtol=1e-9)


def test_who_lacks_what_is_adjusted_for_is_out_of_all_pairs(features, mutated):
    age, centre = pd.DataFrame({"age": np.arange(N) % 7.0}), np.array(["A", "B"] * (N // 2), dtype=object)
    age.loc[:3, "age"], centre[10] = np.nan, None
    found = mutation_screen(features, mutated, adjust=age, strata=centre)
    kept = np.isfinite(age["age"]) & pd.notna(centre)
    alone = mutation_screen(features[kept], mutated[kept], adjust=age[kept], strata=centre[kept])
    assert (found.n_no_covariate, found.n_patients, found.n_strata, found.adjust) == (5, N, 2, ("age",))
    np.testing.assert_array_equal(found.p, alone.p)
    with pytest.raises(NotEstimable, match="No patient has all"):
        mutation_screen(features, mutated, adjust=age * np.nan)


def test_the_table_has_the_strongest_first_and_says_the_direction(features, mutated):
    features["b"] += 5 * mutated["common"]
    found = mutation_screen(features, mutated)
    table = found.table()
    assert (np.diff(table["p"]) >= -1e-7 * table["p"][1:]).all() and len(table) == found.n_tests
    first = table.iloc[0]
    assert (first["feature"], first["gene"], first["direction"]) == ("b", "common", "higher in mutated")
    assert first["effect"] > 0.9 and first["n_mutated"] == 14
    for top in (0, 1, 3, 100):
        pd.testing.assert_frame_equal(found.table(top), table.head(top))
    turned = mutation_screen(-features, mutated).table().iloc[0]
    assert (turned["direction"], turned["p"]) == ("lower in mutated", first["p"])
    both = expression_screen(features, -features[["b"]]).table()
    assert both.iloc[0]["direction"] == "one falls as the other rises" and "n_mutated" not in both


def test_results_cannot_be_changed_and_correlations_have_no_auc(features, mutated):
    found = mutation_screen(features, mutated, strata=np.arange(N) % 2)
    for values in (found.p, found.q, found.effect, found.how, found.n, found.n_mutated):
        with pytest.raises(ValueError, match="read-only"):
            values[0, 0] = 0
    with pytest.raises(ValueError, match="AUC"):
        _ = found.auc


def test_what_cannot_be_screened_is_refused(features, mutated):
    with pytest.raises(Refused, match="other numbers than 0 and 1"):
        mutation_screen(features, mutated * 2)
    with pytest.raises(Refused, match="holds no numbers"):
        expression_screen(features.assign(a="x"), mutated)
    with pytest.raises(NotEstimable, match="no genes"):
        mutation_screen(features, mutated[[]])
    with pytest.raises(NotEstimable, match="no features"):
        expression_screen(features[[]], mutated)
    with pytest.raises(ValueError, match="same patients"):
        mutation_screen(features, mutated.iloc[::-1])
    with pytest.raises(ValueError, match="strata"):
        mutation_screen(features, mutated, strata=[1, 2])


def test_the_seed_is_of_the_permutations_only(features, mutated):
    tied = features[["a", "b"]].round(0)
    one, same, other = (mutation_screen(tied, mutated, seed=seed) for seed in (0, 0, 1))
    few = one.how == HOW.index("permutation")
    assert few.sum() == 2
    np.testing.assert_array_equal(one.p, same.p)
    assert (one.p[few] != other.p[few]).any()
    np.testing.assert_array_equal(one.p[~few], other.p[~few])


@settings(deadline=None, derandomize=True, max_examples=15)
@given(
    rows=st.permutations(range(N)),
    left=st.permutations(range(5)),
    right=st.permutations(range(4)),
    adjusted=st.booleans(),
)
def test_the_order_of_patients_features_and_genes_does_not_matter(rows, left, right, adjusted):
    rng = np.random.default_rng(2)
    features = pd.DataFrame(rng.normal(size=(N, 5))).add_prefix("f")
    features["f1"] = features["f1"].round(0)
    features = features.mask(rng.random((N, 5)) < 0.05)
    mutated = pd.DataFrame((rng.random((N, 4)) < [0.5, 0.3, 0.15, 0.12]) * 1.0).add_prefix("g")
    mutated.loc[:9, "g1"] = np.nan
    expression = pd.DataFrame(rng.normal(size=(N, 4))).add_prefix("g")
    by = {"adjust": pd.DataFrame({"age": rng.normal(size=N)}), "strata": rng.integers(0, 3, N)} if adjusted else {}
    moved = {"adjust": by["adjust"].iloc[rows], "strata": by["strata"][rows]} if adjusted else {}
    for screen, genes in ((mutation_screen, mutated), (expression_screen, expression)):
        found, again = (
            screen(features, genes, **by),
            screen(features.iloc[rows, left], genes.iloc[rows, right], **moved),
        )
        for name in ("statistic", "effect", "p", "q", "n", "how"):
            np.testing.assert_allclose(
                getattr(again, name), getattr(found, name)[np.ix_(left, right)], rtol=1e-9, atol=1e-12
            )
        if not adjusted:
            assert found.table()[["feature", "gene"]].equals(again.table()[["feature", "gene"]])


@settings(deadline=None, derandomize=True, max_examples=15)
@given(st.sampled_from([np.exp, np.arctan, lambda x: x**3, lambda x: 5 * x - 2]))
def test_only_ranks_count(change):
    rng = np.random.default_rng(4)
    features, genes = (pd.DataFrame(rng.normal(size=(N, 3)).round(1)) for _ in range(2))
    found, changed = expression_screen(features, genes), expression_screen(change(features), change(genes))
    np.testing.assert_allclose(changed.p, found.p, rtol=1e-12)
