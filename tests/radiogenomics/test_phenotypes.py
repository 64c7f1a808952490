"""Groups of patients against their genes: SciPy's tests, cases by hand, where nothing is there, and other patients."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.errors import NotEstimable
from core.radiogenomics.carried import Molecules, carried_findings
from core.radiogenomics.phenotypes import EXPRESSION, MUTATION, SET, phenotype_tests, set_scores
from core.radiogenomics.rank_groups import rank_tests
from core.stats.multiplicity import benjamini_hochberg, holm
from core.transport.replication import same_direction
from tests.radiogenomics.test_gene_screen_null import band


@pytest.mark.parametrize("decimals", [1, 8], ids=["ties", "no ties"])
def test_numbers_between_groups_are_scipys(decimals):
    chance = np.random.default_rng(1)
    values = chance.normal(size=(40, 90)).round(decimals)
    values[chance.random(values.shape) < 0.05] = np.nan
    codes = chance.integers(0, 3, 90)
    three, two = rank_tests(values, codes, 3), rank_tests(values, (codes > 0).astype(int), 2)
    for row, of_three, of_two in zip(values, three.p, two.p, strict=True):
        parts = [row[(codes == code) & np.isfinite(row)] for code in range(3)]
        theirs = stats.kruskal(*parts)
        assert of_three == pytest.approx(theirs.pvalue, abs=1e-12)
        rest = np.concatenate(parts[1:])
        assert of_two == pytest.approx(stats.mannwhitneyu(rest, parts[0], method="asymptotic").pvalue, abs=1e-12)
    first = [values[0][(codes == code) & np.isfinite(values[0])] for code in range(3)]
    assert three.effect[0] == pytest.approx(stats.kruskal(*first).statistic / (sum(map(len, first)) - 1))
    assert three.counts[0].tolist() == [len(part) for part in first]


def test_rows_that_cannot_be_tested_say_why():
    values = np.array([[1.0] * 12, [1, 2, 3, 4, np.nan, np.nan, 7, 8, 9, 10, 11, 12], np.arange(12.0)])
    found = rank_tests(values, np.repeat([0, 1], 6), 2)
    assert found.why == ("the same in everybody", "fewer than 5 in a group", "")
    assert np.isnan(found.p[:2]).all() and found.effect[2] == 1.0


def test_the_score_of_a_set_by_hand():
    expression = pd.DataFrame({f"g{i}": [1.0, 2.0, 3.0] for i in range(5)} | {"flat": [4.0] * 3}, index=list("abc"))
    expression.loc["a", "g0"] = np.nan
    scores = set_scores(expression, {"five": [f"g{i}" for i in range(5)], "few": ["g0", "g1"], "with flat": ["flat"]})
    assert list(scores.columns) == ["five"]
    z = 1 / np.std([1, 2, 3])
    assert scores["five"].tolist() == pytest.approx([-z, (4 * 0 - 1) / 5, (4 * z + 1) / 5])


def groups_of(n: int, k: int = 2) -> pd.Series:
    return pd.Series([f"group {i % k}" for i in range(n)], index=[f"p{i}" for i in range(n)])


def genes(values: np.ndarray, name: str = "g") -> pd.DataFrame:
    index = [f"p{i}" for i in range(len(values))]
    return pd.DataFrame(values, index=index, columns=[f"{name}{i}" for i in range(values.shape[1])])


def test_one_table_with_every_test_counted():
    chance = np.random.default_rng(2)
    groups = groups_of(80)
    second = (groups == "group 1").to_numpy()
    mutated = genes((chance.random((80, 3)) < np.where(second, 0.7, 0.2)[:, None]).astype(float), "m")
    mutated["rare"] = 0.0
    mutated.iloc[0, 3] = 1.0
    mutated.iloc[5:10, 0] = np.nan
    expression = genes(chance.normal(size=(80, 12)) + second[:, None] * ([1.5] * 6 + [0.0] * 6))
    found = phenotype_tests(groups, mutated, expression, {"up": [f"g{i}" for i in range(6)]})
    table = found.table.set_index("item")
    assert found.n_tests == 3 + 12 + 1 and list(table["kind"].unique()) == [MUTATION, EXPRESSION, SET]
    counts = pd.crosstab(groups[mutated["m0"].notna()], mutated["m0"].dropna())
    assert table.loc["m0", "p"] == pytest.approx(stats.fisher_exact(counts.to_numpy()).pvalue)
    assert found.mutated[0].tolist() == counts[1.0].tolist() and found.counts[0].sum() == 75
    assert table.loc["g2", "p"] == pytest.approx(
        stats.mannwhitneyu(expression["g2"][second], expression["g2"][~second], method="asymptotic").pvalue
    )
    np.testing.assert_allclose(table["q"], benjamini_hochberg(table["p"]))
    assert set(table.index[table["q"] < 0.05]) >= {"m0", "g0", "g5", "up"}
    assert table.loc["up", "highest"] == "group 1" and table.loc["up", "effect"] > 0.9
    assert found.not_tested.to_numpy().tolist() == [[MUTATION, "rare", "fewer than 3 mutated"]]


@pytest.mark.parametrize("k", [2, 3])
def test_nothing_is_found_as_often_as_the_level_says(k):
    chance = np.random.default_rng(k)
    expression = genes(chance.normal(size=(120, 1500)))
    mutated = genes((chance.random((120, 60)) < 0.4).astype(float), "m")
    found = phenotype_tests(groups_of(120, k), mutated, expression)
    p = found.table.set_index("kind")["p"]
    lower, upper = band(1500)
    assert lower <= (p[EXPRESSION] <= 0.05).mean() <= upper
    assert (p[MUTATION] <= 0.05).mean() <= band(60)[1]  # Fisher's test is conservative


def test_small_groups_are_left_out_by_numbers_alone():
    groups = groups_of(40)
    groups.iloc[:3] = "few"
    groups.iloc[3] = None
    found = phenotype_tests(groups, None, genes(np.random.default_rng(0).normal(size=(40, 2))))
    assert found.groups == ("few", "group 0", "group 1") and found.counts[0].tolist() == [0, 18, 18]
    assert found.left_out.to_numpy().tolist() == [[EXPRESSION, "few", 3]] and found.n == 39


@pytest.mark.parametrize(
    ("groups", "expression"),
    [
        (groups_of(40).map(lambda _: "one"), genes(np.ones((40, 2)))),
        (groups_of(40), genes(np.ones((40, 2)))),
        (groups_of(1), genes(np.ones((1, 2)))),
        (groups_of(40).map(lambda _: None), genes(np.ones((40, 2)))),
        (groups_of(40), genes(np.ones((40, 0)))),
    ],
    ids=["one group", "constant", "one patient", "no group", "no gene"],
)
def test_what_cannot_be_tested_is_a_state(groups, expression):
    with pytest.raises(NotEstimable, match="Nothing can be tested between these groups"):
        phenotype_tests(groups, None, expression)


def tried(discovery: np.ndarray, new: np.ndarray, adjustment: str = "Holm"):
    here, there = (Molecules(groups_of(len(values)), None, genes(values)) for values in (discovery, new))
    found = phenotype_tests(here.groups, None, here.expression)
    return carried_findings(found, 0.05, here, there, {}, adjustment=adjustment)


def test_findings_are_tried_once_and_counted():
    chance = np.random.default_rng(5)
    shift = (np.arange(80) % 2)[:, None] * np.array([2.0, 2.0, 2.0, 2.0, 0.0])
    discovery = chance.normal(size=(80, 5)) + shift
    new = chance.normal(size=(60, 5)) + shift[:60] * [1, -1, 0, 1, 0]
    new[:, 3] = np.nan
    each = tried(discovery, new)
    verdicts = each.table.set_index("item")["verdict"].to_dict()
    assert verdicts == {"g0": "replicated", "g1": "opposite", "g2": "not shown", "g3": "not testable"}
    assert (each.n_carried, each.n_testable, each.n_replicated) == (4, 3, 1)
    np.testing.assert_allclose(each.table["adjusted"], holm(each.table["p_new"].astype(float)))
    direction = each.table.set_index("item")["direction"]
    assert direction["g0"] == pytest.approx(1) and direction["g1"] == pytest.approx(-1)
    assert each.table.set_index("item").loc["g3", "reason"]
    bh = tried(discovery, new, "BH").table
    np.testing.assert_allclose(bh["adjusted"], benjamini_hochberg(bh["p_new"].astype(float)))


def test_false_findings_replicate_no_more_often_than_the_level_says():
    """Discovery finds what is there, in the new patients nothing is: p there is a p, and Holm lets few through."""
    chance, runs, any_false = np.random.default_rng(9), 40, 0
    shift = (np.arange(40) % 2)[:, None] * np.array([2.0] * 25)
    below = []
    for _ in range(runs):
        each = tried(chance.normal(size=(40, 25)) + shift, chance.normal(size=(40, 25)))
        any_false += each.n_replicated > 0
        below.append((each.table["p_new"] <= 0.05).mean())
    assert any_false / runs <= band(runs)[1]
    lower, upper = band(runs * 25)
    assert lower <= np.mean(below) <= upper


def test_directions_are_those_of_the_replication_of_clusters():
    chance = np.random.default_rng(3)
    shift = (np.arange(60) % 3)[:, None] * np.array([2.0, 1.0, 3.0])
    here, there = (chance.normal(size=(60, 3)) + shift * sign for sign in (1, [1, -1, 0.2]))
    sides = [Molecules(groups_of(60, 3), None, genes(values)) for values in (here, there)]
    found = phenotype_tests(sides[0].groups, None, sides[0].expression)
    table = carried_findings(found, 0.05, *sides, {}).table.set_index("item")
    for place, item in enumerate(["g0", "g1", "g2"]):
        theirs = same_direction(groups_of(60, 3), here[:, place], groups_of(60, 3), there[:, place], True)
        assert table.loc[item, "direction"] == pytest.approx(theirs)


def test_nothing_found_carries_nothing():
    chance = np.random.default_rng(1)
    each = tried(chance.normal(size=(40, 3)), chance.normal(size=(40, 3)))
    assert (each.n_carried, each.n_testable, each.n_replicated) == (0, 0, 0)
