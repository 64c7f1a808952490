"""Screens of features and genes against SciPy pair by pair, R's exact tests, and linear models of ranks in R."""

from __future__ import annotations

from itertools import combinations
from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.radiogenomics.few import SMALL, exact_p
from core.radiogenomics.screen import expression_screen, mutation_screen
from core.radiogenomics.screened import HOW
from core.radiogenomics.student import MANY, student_p

FOLDER = Path(__file__).parents[1] / "reference" / "radiogenomics"


def stored(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / name, float_precision="round_trip")


PATIENTS = stored("patients.csv")
FEATURES = PATIENTS.filter(regex="^f_")
MUTATED = PATIENTS.filter(regex="^m_")
EXPRESSION = PATIENTS.filter(regex="^e_")


def holed(seed: int, n: int = 90, genes: int = 6) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Features, some tied, common mutations and expression; some cells missing or infinite, two genes by panel."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, 8))
    features[:, 4:] = features[:, 4:].round(0)
    features[rng.random(features.shape) < 0.05] = np.nan
    features[0, 1], features[1, 5] = np.inf, -np.inf
    features[:, 0] = np.arange(n) % 7
    mutated = (rng.random((n, genes)) < 0.4).astype(float)
    mutated[:30, 1:3] = np.nan
    expression = rng.normal(size=(n, genes)) + np.nan_to_num(features[:, [3]], posinf=0, neginf=0)
    expression[:, 2:4] = expression[:, 2:4].round(0)
    expression[rng.random(expression.shape) < 0.03] = np.nan
    return tuple(
        pd.DataFrame(values).add_prefix(letter)
        for values, letter in ((features, "f"), (mutated, "m"), (expression, "e"))
    )


@pytest.mark.parametrize("seed", [0, 1])
def test_every_pair_of_a_mutation_screen_is_scipys_mann_whitney(seed):
    features, mutated, _ = holed(seed)
    found = mutation_screen(features, mutated)
    sides = set()
    for i, feature in enumerate(features):
        for j, gene in enumerate(mutated):
            known = np.isfinite(features[feature]) & mutated[gene].notna()
            x, y = features[feature][known], mutated[gene][known] == 1
            theirs = stats.mannwhitneyu(x[y], x[~y], method="asymptotic")
            assert found.statistic[i, j] == theirs.statistic
            assert abs(found.p[i, j] - theirs.pvalue) < 1e-12
            assert abs(found.auc[i, j] - theirs.statistic / (y.sum() * (~y).sum())) < 1e-12
            assert (found.n[i, j], found.n_mutated[i, j]) == (known.sum(), y.sum())
            sides.add(np.sign(found.effect[i, j]))
    assert {-1, 1} <= sides
    assert set(found.table()["test"]) == {"normal approximation"}


@pytest.mark.parametrize("seed", [0, 1])
def test_every_pair_of_an_expression_screen_is_scipys_spearman(seed):
    features, _, expression = holed(seed)
    found = expression_screen(features, expression)
    for i, feature in enumerate(features):
        for j, gene in enumerate(expression):
            known = np.isfinite(features[feature]) & np.isfinite(expression[gene])
            theirs = stats.spearmanr(features[feature][known], expression[gene][known])
            assert abs(found.effect[i, j] - theirs.statistic) < 1e-12
            assert abs(found.p[i, j] - theirs.pvalue) < 1e-12
            assert found.n[i, j] == known.sum()
    assert found.p.min() < 1e-6 and found.n_mutated is None


def test_small_p_values_are_scipys_too():
    rng = np.random.default_rng(3)
    x = np.arange(60.0)
    y = x + rng.normal(0, 6, 60)
    frame = pd.DataFrame({"x": x})
    by_rank = expression_screen(frame, pd.DataFrame({"y": y}))
    by_group = mutation_screen(frame, pd.DataFrame({"y": y > 30}))
    groups = stats.mannwhitneyu(x[y > 30], x[y <= 30], method="asymptotic").pvalue
    assert by_rank.p[0, 0] < 1e-20 and by_group.p[0, 0] < 1e-8
    np.testing.assert_allclose(by_rank.p[0, 0], stats.spearmanr(x, y).pvalue, rtol=1e-9)
    np.testing.assert_allclose(by_group.p[0, 0], groups, rtol=1e-12)


@pytest.mark.parametrize("freedom", [1, 2, 8, 58, 498, 5000])
def test_many_p_of_t_at_once_are_those_of_scipy(freedom):
    t = np.concatenate([np.linspace(-9, 9, MANY), [0.0, 5.0, -5.0, np.inf, np.nan]])
    theirs = 2 * stats.t.sf(np.abs(t), freedom)
    np.testing.assert_allclose(student_p(t, freedom), theirs, rtol=1e-11)
    np.testing.assert_allclose(student_p(t[-5:], freedom), theirs[-5:], rtol=1e-11)


def test_equals_wilcox_test_and_coin():
    theirs = stored("mann_whitney.csv").set_index(["feature", "gene"])
    few = mutation_screen(FEATURES, MUTATED, draws=500_000)
    compared = {"normal approximation": 0, "exact": 0, "permutation": 0}
    for row in few.table().itertuples():
        want = theirs.loc[(row.feature, row.gene)]
        assert row.statistic == want["u"] and row.n == want["n"] and row.n_mutated == want["n_mutated"]
        compared[row.test] += 1
        small = min(row.n_mutated, row.n - row.n_mutated) < SMALL
        assert small == (row.test != "normal approximation")
        if row.test == "permutation":  # half a million of the 4 to 5 million labellings
            assert abs(row.p - want["exact"]) < 4 * np.sqrt(want["exact"] / 500_000)
        else:
            np.testing.assert_allclose(row.p, want["exact" if small else "asymptotic"], rtol=1e-9)
    assert compared == {"normal approximation": 12, "exact": 6, "permutation": 2}


def test_exact_p_of_every_u_is_that_of_pwilcox():
    theirs = stored("exact.csv")
    for (small, large), rows in theirs.groupby(["small", "large"]):
        np.testing.assert_allclose(exact_p(small, large)[rows["u"]], rows["p"], rtol=1e-9)


@pytest.mark.parametrize("values", [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 1, 2, 2, 2, 3, 4, 4, 9]], ids=["untied", "tied"])
@pytest.mark.parametrize("small", [1, 3, 4])
def test_exact_p_is_the_share_of_labellings_counted_by_hand(values, small):
    ranks = stats.rankdata(values)
    chosen = [list(c) for c in combinations(range(9), small)]
    sums = [ranks[c].sum() for c in chosen]
    mean = small * 10 / 2
    mutated = pd.DataFrame({str(i): np.isin(range(9), c).astype(float) for i, c in enumerate(chosen)})
    found = mutation_screen(pd.DataFrame({"x": np.array(values, float)}), mutated, fewest=1)
    by_hand = [np.mean([abs(other - mean) >= abs(mine - mean) for other in sums]) for mine in sums]
    np.testing.assert_allclose(found.p[0], by_hand, rtol=1e-12)
    assert set(found.table()["test"]) == {"exact"}
    swapped = mutation_screen(pd.DataFrame({"x": np.array(values, float)}), 1 - mutated, fewest=1)
    np.testing.assert_allclose(swapped.p, found.p, rtol=1e-12)
    np.testing.assert_allclose(swapped.effect, -found.effect, atol=1e-12)


def test_what_hardly_a_drawn_labelling_reaches_is_counted_exactly():
    rng = np.random.default_rng(8)
    features = pd.DataFrame(rng.normal(size=(16, 40)).round(0))
    mutated = pd.DataFrame({str(i): (rng.permutation(16) < 4) * 1.0 for i in range(20)})
    drawn, complete = (mutation_screen(features, mutated, draws=draws) for draws in (200, 2000))
    assert set(complete.table()["test"]) == {"exact"}  # 1,820 labellings
    exact = drawn.how == HOW.index("exact")
    assert 0 < exact.sum() < 0.1 * exact.size and drawn.p[exact].max() < 0.05
    np.testing.assert_allclose(drawn.p[exact], complete.p[exact], rtol=1e-12)
    assert drawn.p[~exact].min() >= 4 / 201 * (1 - 1e-12)
    # The six highest of a hundred, the sixth tied with three others: 6 choices reach as far on either side.
    far = mutation_screen(pd.DataFrame({"x": np.arange(100) // 4}), pd.DataFrame({"g": (np.arange(100) > 93) * 1.0}))
    np.testing.assert_allclose(far.p[0, 0], 2 * comb(4, 2) / comb(100, 6), rtol=1e-12)


@pytest.mark.parametrize("adjusted", ["none", "numbers", "strata", "both"])
def test_adjusted_screens_are_linear_models_of_ranks(adjusted):
    theirs = stored("partial.csv").query("adjusted == @adjusted").set_index(["feature", "gene"])
    options = {}
    if adjusted in ("numbers", "both"):
        options["adjust"] = PATIENTS[["volume", "age"]]
    if adjusted in ("strata", "both"):
        options["strata"] = PATIENTS["centre"]
    screens = [expression_screen(FEATURES, EXPRESSION, **options)]
    if options:
        screens.append(mutation_screen(FEATURES, MUTATED, **options))
    rows = pd.concat([screen.table() for screen in screens]).set_index(["feature", "gene"])
    assert set(rows.index) == set(theirs.index)
    for pair, want in theirs.iterrows():
        mine = rows.loc[pair]
        np.testing.assert_allclose(
            mine[["effect", "statistic"]].astype(float), want[["r", "t"]].astype(float), atol=1e-9
        )
        np.testing.assert_allclose(mine["p"], want["p"], rtol=1e-8)
        assert mine["n"] == want["n"]


def test_van_elterens_test_says_much_the_same_where_only_centres_are_adjusted_for():
    """Another test, which ranks within centres: at most 0.39 standard errors apart in these twelve pairs."""
    theirs = stored("van_elteren.csv").set_index(["feature", "gene"])["z"]
    found = mutation_screen(FEATURES, MUTATED, strata=PATIENTS["centre"]).table().set_index(["feature", "gene"])
    apart = (found["statistic"] - theirs).dropna()
    assert len(apart) == 12 and apart.abs().max() < 0.4, apart
