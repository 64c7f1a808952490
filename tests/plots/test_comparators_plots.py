"""Comparators and the choice of k as drawings: what is drawn is the result."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.analyses.context import Context
from core.plots import drawings
from core.run import remembering
from core.view import View

LINK = {
    "network.gamma": "0",
    "network.edge": "0.2",
    "network.edges": "union",
    "clusters.k": "2",
    "clusters.restarts": "3",
    "choice_of_k.restarts": "1",
    "choice_of_k.resamples": "5",
    "cluster_comparators.draws": "20",
}


@pytest.fixture(scope="module")
def context(library):
    return Context(View("small").with_options(LINK), library, remembering())


@pytest.fixture(scope="module")
def beside(context):
    return context.result(context.analysis("cluster_comparators"))


def test_a_dot_per_grouping_and_measure(beside):
    (drawing,) = drawings(beside)
    assert drawing.name == "cluster_comparators"
    dots = [trace for trace in drawing.figure.data if trace.mode == "markers"]
    assert len(dots) == 4, "agreement, volume, subsite and HPV"
    assert list(dots[0].x) == list(beside.table["adjusted_rand"])
    assert len(drawing.data) == len(beside.table) and set(drawing.data["comparator"]) == set(beside.table["comparator"])
    bands = [shape for shape in drawing.figure.layout.shapes if shape.type == "rect"]
    assert len(bands) == 4
    row = beside.table.set_index("comparator").loc["random_sets"]
    assert (bands[0].x0, bands[0].x1) == (row["adjusted_rand_low"], row["adjusted_rand_high"])


def test_its_words_give_n_the_sets_and_the_verdict(beside):
    (drawing,) = drawings(beside)
    assert drawing.caption.startswith(f"n = {beside.n} patients") and "k = 2" in drawing.caption
    assert f"{beside.n_distinct_sets} different, seed 0" in drawing.caption
    assert all(said in drawing.alt for said in beside.says)


def test_without_volume_or_sets_their_columns_are_left_out(beside):
    table = beside.table[~beside.table["comparator"].isin(["random_sets", "volume"])]
    table = table.drop(columns=[name for name in table if name.endswith(("_low", "_high"))])
    table = table.assign(volume_correlation=float("nan"), volume_information=float("nan"))
    fewer = replace(beside, table=table, n_sets=0, volume="", attributes={"hpv": "HPV"})
    (drawing,) = drawings(fewer)
    assert len([trace for trace in drawing.figure.data if trace.mode == "markers"]) == 2
    assert "Grey" not in drawing.caption


def test_a_network_of_all_features_has_no_other_set_and_says_so(library):
    context = Context(View("small").with_options(LINK | {"network.edge": "0.05"}), library, remembering())
    result = context.result(context.analysis("cluster_comparators"))
    (drawing,) = drawings(result)
    assert result.n_sets == 0 and "There is no other set of 6 features" in drawing.caption
    assert not any(result.better.values())


def test_stability_stands_beside_the_silhouette(context):
    result = context.result(context.analysis("choice_of_k"))
    (drawing,) = drawings(result)
    assert result.says in drawing.caption and "Survival plays no part" in drawing.caption
    scatters = [trace for trace in drawing.figure.data if trace.type == "scatter"]
    silhouette, stability = [trace for trace in scatters if "text" in trace.mode]
    assert list(silhouette.y) == result.table["silhouette_mean"].tolist()
    assert list(stability.y) == pytest.approx(result.table["stability_rand_mean"].tolist(), nan_ok=True)
    dots = sum(len(trace.x) for trace in scatters if trace.mode == "markers")
    assert dots == drawing.data["jaccard"].notna().sum() == sum(result.table["k"])
    for row in result.table.itertuples():
        some = drawing.data[drawing.data["k"] == row.k]
        assert some["jaccard"].tolist() == pytest.approx(list(row.jaccard), nan_ok=True)
        assert some["patients"].tolist() == list(row.sizes)
