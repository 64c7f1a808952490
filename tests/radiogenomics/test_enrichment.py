"""Pre-ranked enrichment: cases worked by hand, gseapy, and what holds for every ranking."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import NotEstimable
from core.radiogenomics.enrichment import preranked, usable_sets
from core.radiogenomics.enrichment_score import enrichment_scores, leading_edge, running_sum


def test_a_running_sum_worked_by_hand():
    scores, member = np.array([3.0, 2.0, 1.0, -1.0, -2.0]), np.array([True, False, True, False, False])
    # The members' |scores| add up to 4; each of the three others lowers the sum by 1/3.
    assert running_sum(scores, member) == pytest.approx([3 / 4, 3 / 4 - 1 / 3, 1 - 1 / 3, 1 / 3, 0])
    assert enrichment_scores(scores[None], [np.array([0, 2]), np.array([3, 4]), np.array([1, 4])])[0] == pytest.approx(
        # {2, -2}: -1/3, then 1/2 - 1/3, down to 1/2 - 1 before the last.
        [3 / 4, -1.0, -1 / 2]
    )


def test_the_leading_edge_ends_at_the_largest_departure():
    scores = pd.Series([3.0, 2.0, 1.0, -1.0, -2.0], index=list("abcde"))
    assert leading_edge(scores, ["a", "c"]) == ("a",)
    assert leading_edge(scores, ["d", "e"]) == ("e", "d")
    assert leading_edge(scores, ["b", "e"]) == ("e",)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_the_score_is_the_largest_departure_of_the_running_sum(seed):
    chance = np.random.default_rng(seed)
    genes, size = int(chance.integers(3, 40)), 2
    size = int(chance.integers(1, genes))
    scores = np.round(chance.normal(size=(3, genes)), 1)  # with ties
    columns = chance.choice(genes, size, replace=False)
    found = enrichment_scores(scores, [columns])[:, 0]
    for row, score in zip(scores, found, strict=True):
        order = np.argsort(-row, kind="stable")
        sums = np.append(0.0, running_sum(row[order], np.isin(order, columns)))
        assert abs(score) == pytest.approx(np.abs(sums).max()) and np.abs(sums - score).min() < 1e-9
    # Turned over, every ranking gives the same score with the other sign, ties apart.
    clear = chance.normal(size=(1, genes))
    assert abs(enrichment_scores(-clear, [columns])) == pytest.approx(abs(enrichment_scores(clear, [columns])))


def made_up(seed: int = 0) -> tuple[pd.Series, dict[str, list[str]]]:
    chance = np.random.default_rng(seed)
    scores = pd.Series(chance.normal(size=300), index=[f"gene_{i}" for i in range(300)])
    sets = {f"set__{k}": [f"gene_{i}" for i in chance.choice(300, 30, replace=False)] for k in range(8)}
    scores[sets["set__3"]] += 1.0
    scores[sets["set__5"]] -= 0.6
    return scores, sets


def test_gseapy_gives_the_same_scores_and_edges():
    import gseapy

    scores, sets = made_up()
    found = preranked(scores, sets, seed=3, permutations=200)
    upper = {name: [gene.upper() for gene in genes] for name, genes in sets.items()}
    theirs = gseapy.prerank(
        rnk=scores.rename(index=str.upper),
        gene_sets=upper,
        outdir=None,
        min_size=5,
        permutation_num=200,
        threads=1,
        seed=3,
        no_plot=True,
    ).res2d.set_index("Term")
    table = found.table.set_index("set")
    places = [scores.index.get_indexer(sets[name]) for name in table.index]
    assert enrichment_scores(scores.to_numpy()[None], places)[0] == pytest.approx(table["es"].to_numpy(), abs=1e-12)
    assert table["es"].to_numpy() == pytest.approx(theirs.loc[table.index, "ES"].to_numpy(float), abs=1e-12)
    for name, edge in table["leading_edge"].items():
        assert {gene.upper() for gene in edge} == set(theirs.loc[name, "Lead_genes"].split(";"))
    assert found.table["set"][0] == "set__3" and set(found.table[found.table["q"] < 0.05]["set"]) == {
        "set__3",
        "set__5",
    }


def test_a_p_is_never_smaller_than_so_many_permutations_can_show():
    scores, sets = made_up()
    table = preranked(scores, sets, permutations=100).table
    assert table["p"].min() == pytest.approx(1 / 101) and (table["q"] >= table["p"]).all()


def test_the_order_of_genes_and_of_equal_scores_changes_nothing():
    scores, sets = made_up()
    scores = scores.round(1)
    first = preranked(scores, sets, permutations=50).table
    pd.testing.assert_frame_equal(first, preranked(scores.sample(frac=1, random_state=1), sets, permutations=50).table)


def test_sets_that_are_too_small_or_too_large_are_named():
    genes = [f"gene_{i}" for i in range(40)]
    kept, left = usable_sets(
        genes, {"few": genes[:3], "good": [*genes[:10], "unmeasured"], "all": genes, "other": ["x"]}
    )
    assert list(kept) == ["good"] and kept["good"] == genes[:10]
    assert dict(zip(left["set"], left["reason"], strict=True)) == {
        "few": "fewer than 5 genes measured",
        "all": "holds every gene measured",
        "other": "fewer than 5 genes measured",
    }
    assert left.set_index("set").loc["other", ["size", "present"]].tolist() == [1, 0]


@pytest.mark.parametrize(
    ("genes", "sets", "said"),
    [
        (40, {}, "There are no gene sets."),
        (10, {"a": ["gene_1"]}, "There are 10 genes with a score"),
        (40, {"a": ["gene_1", "gene_2"]}, "None of 1 gene sets has 5 to 500 of the 40 genes"),
    ],
)
def test_what_cannot_be_tested_is_said(genes, sets, said):
    scores = pd.Series(np.arange(genes, dtype=float), index=[f"gene_{i}" for i in range(genes)])
    with pytest.raises(NotEstimable, match=said):
        preranked(scores, sets)


def test_equal_scores_are_no_ranking():
    scores = pd.Series(1.0, index=[f"gene_{i}" for i in range(30)])
    with pytest.raises(NotEstimable, match="no ranking"):
        preranked(scores, {"a": list(scores.index[:6])})
