"""Plainer groupings beside the Wasserstein clusters, and what may be claimed for them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.stats.association import categorical_association
from core.stats.size import quantile_groups
from core.transport.comparator import euclidean_kmeans, label_agreement
from core.transport.comparators import claim, clusters_on_sets, compare_groupings


def cohort(n: int = 60):
    rng = np.random.default_rng(0)
    features = pd.DataFrame(rng.normal(size=(n, 6)), columns=list("abcdef"))
    group = np.arange(n) % 2 + 1
    features["a"] += 6 * group
    attributes = {"subsite": pd.Series(np.where(rng.random(n) < 0.9, group, 3 - group)).map({1: "larynx", 2: "tongue"})}
    return features, group, rng.lognormal(size=n), attributes


def test_each_set_is_clustered_once_and_as_by_itself():
    features, *_ = cohort()
    told = []
    found = clusters_on_sets(
        features, [("a", "b"), ("c", "d"), ("b", "a")], 2, progress=lambda share, text: told.append(share)
    )
    assert found.shape == (3, 60) and (found[0] == found[2]).all() and told[-1] == pytest.approx(1)
    alone = euclidean_kmeans(features[["a", "b"]].to_numpy(), 2).labels
    assert label_agreement(found[0], alone).adjusted_rand == 1
    assert clusters_on_sets(features, [], 2).shape == (0, 60)


def test_every_number_is_the_one_of_its_own_function():
    features, group, volume, attributes = cohort()
    on_sets = clusters_on_sets(features, [("a", "b"), ("c", "d"), ("e", "f")], 2)
    others = {
        "euclidean_nodes": (group[::-1].copy(), 2),
        "euclidean_all": (on_sets[0], 6),
        "volume": (quantile_groups(volume, 2), 1),
    }
    found = compare_groupings(group, others, on_sets, 2, volume, attributes)
    rows = found.table.set_index("comparator")
    assert list(rows.index) == ["wasserstein", "euclidean_nodes", "euclidean_all", "random_sets", "volume"]
    assert rows.loc["wasserstein", "adjusted_rand"] == 1 and found.n == 60
    assert rows.loc["volume", "volume_information"] == pytest.approx(1)
    for name, labels in (("wasserstein", group), ("euclidean_nodes", group[::-1]), ("volume", others["volume"][0])):
        test = categorical_association(labels, attributes["subsite"])
        assert rows.loc[name, ["subsite_p", "subsite_v", "subsite_n"]].tolist() == [test.p, test.effect, 60]
        assert rows.loc[name, "adjusted_rand"] == pytest.approx(label_agreement(group, labels).adjusted_rand)
    drawn = found.random_sets
    assert len(drawn) == 3
    assert rows.loc["random_sets", "subsite_v"] == drawn["subsite_v"].median()
    low, high = np.quantile(drawn["adjusted_rand"], (0.025, 0.975))
    assert rows.loc["random_sets", ["adjusted_rand_low", "adjusted_rand_high"]].tolist() == [low, high]
    assert rows["adjusted_rand_low"].notna().sum() == 1, "a range is that of the random sets only"


def test_what_is_not_known_is_left_open():
    _, group, _, attributes = cohort()
    attributes = attributes | {"hpv": pd.Series([None] * 60, dtype=object)}
    rows = compare_groupings(group, {}, np.empty((0, 60)), 2, None, attributes).table.iloc[0]
    assert np.isnan(rows["volume_correlation"]) and np.isnan(rows["hpv_v"]) and rows["hpv_n"] == 0
    flat = compare_groupings(group, {}, np.empty((0, 60)), 2, np.ones(60), attributes).table.iloc[0]
    assert np.isnan(flat["volume_information"])


def table(**changed) -> pd.DataFrame:
    """A table in which the Wasserstein clusters are better than all, but for what is `changed`."""
    v = {"wasserstein": 0.5, "euclidean_nodes": 0.4, "euclidean_all": 0.3, "random_sets": 0.2, "volume": 0.1}
    v |= {name: value for name, value in changed.items() if name in v}
    rows = pd.DataFrame({"comparator": list(v), "hpv_v": list(v.values()), "hpv_p": changed.get("p", 0.01)})
    rows["hpv_v_high"] = np.where(rows["comparator"] == "random_sets", changed.get("high", 0.45), np.nan)
    return rows


def test_a_claim_needs_everything():
    better, numbers = claim(table(), "hpv", 30)
    assert better and numbers.startswith("Cramer's V 0.50 against 0.40") and "0.45 (97.5 %" in numbers


@pytest.mark.parametrize(
    "changed, sets, why",
    [
        ({"p": 0.2}, 30, "not shown to go with it at all"),
        ({"p": np.nan}, 30, "not shown"),
        ({"wasserstein": np.nan}, 30, "cannot be tested"),
        ({"euclidean_nodes": 0.5}, 30, "Euclidean k-means on the same features"),
        ({"euclidean_all": 0.6}, 30, "on all features"),
        ({"euclidean_all": np.nan}, 30, "could not be compared"),
        ({"volume": 0.55}, 30, "the volume alone"),
        ({"high": 0.5}, 30, "random sets"),
        ({}, 19, "fewer than 20 different random connected sets"),
    ],
)
def test_anything_as_good_forbids_the_claim(changed, sets, why):
    better, said = claim(table(**changed), "hpv", sets)
    assert not better and why in said


def test_no_volume_and_no_random_sets():
    rows = table()
    assert not claim(rows, "hpv", 30, connected=False)[0], "other sets do not stand in for connected ones"
    assert claim(rows[rows["comparator"] != "volume"], "hpv", 30)[0]
    assert not claim(rows[rows["comparator"] != "random_sets"], "hpv", 0)[0]
