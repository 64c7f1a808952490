"""Clusters as drawings: what is drawn is the result, both clusterings beside each other, and who is left out."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from core.analyses.context import Context
from core.cohort.expression import parse
from core.plots import drawings, theme
from core.run import remembering
from core.view import View

LINK = {
    "network.gamma": "0",
    "network.edge": "0.05",
    "network.edges": "union",
    "clusters.k": "2",
    "clusters.restarts": "3",
    "choice_of_k.restarts": "1",
    "choice_of_k.resamples": "5",
}


@pytest.fixture(scope="module")
def found(library):
    context = Context(View("small").with_options(LINK), library, remembering())
    results = {name: context.result(context.analysis(name)) for name in ("clusters", "choice_of_k", "cluster_table")}
    drawn = {each.name: each for result in results.values() for each in drawings(result)}
    return SimpleNamespace(**results, drawn=drawn)


def test_both_clusterings_stand_beside_each_other(found):
    ours, theirs = found.drawn["embedding_wasserstein"], found.drawn["embedding_euclidean"]
    assert [len(trace.x) for trace in ours.figure.data] == list(found.clusters.wasserstein.sizes)
    assert [len(trace.x) for trace in theirs.figure.data] == list(found.clusters.euclidean.sizes)
    assert ours.data is found.clusters.patients
    for drawing in (ours, theirs):
        assert f"n = {found.clusters.n} of 40 patients" in drawing.caption
        assert "10 have no features" in drawing.caption and "seed 0" in drawing.caption


def test_clusters_are_told_apart_without_colour(found):
    symbols = [trace.marker.symbol for trace in found.drawn["embedding_wasserstein"].figure.data]
    assert len(set(symbols)) == 2
    assert symbols == list(theme.SYMBOLS[:2])


def test_the_agreement_of_both_is_said_and_adds_up(found):
    drawing = found.drawn["wasserstein_against_euclidean"]
    assert drawing.data["patients"].sum() == found.clusters.n
    assert f"{found.clusters.agreement.adjusted_rand:.2f}" in drawing.caption


def test_every_patient_has_its_silhouette(found):
    drawing = found.drawn["silhouettes"]
    assert sorted(drawing.data["silhouette"]) == sorted(found.clusters.patients["silhouette"])
    assert f"{found.clusters.silhouette.mean:.2f}" in drawing.caption


def test_the_profile_is_descriptive_and_shows_raw_means(found):
    drawing = found.drawn["cluster_profile"]
    assert "used to build the clusters" in drawing.caption and "raw value" in drawing.caption
    (heat,) = drawing.figure.data
    table = found.clusters.profile.table
    assert len(drawing.data) == len(table) == sum(len(row) for row in heat.z)
    top = table.loc[table["density_difference"].idxmax()]
    assert max(max(row) for row in heat.z) == pytest.approx(100 * top["density_difference"])


def test_the_number_of_clusters_comes_with_their_sizes(found):
    drawing = found.drawn["choice_of_k"]
    for k, rows in drawing.data.groupby("k"):
        assert len(rows) == k and rows["patients"].sum() == found.choice_of_k.n
    assert f"k = {found.choice_of_k.best_k}" in drawing.caption and "Survival plays no part" in drawing.caption


def test_bars_add_up_and_name_both_tests(found):
    drawing = found.drawn["clusters_by_subsite"]
    assert {"clusters_by_subsite", "clusters_by_hpv_status"} <= set(found.drawn)
    shares = drawing.data.groupby("bar")["share"].sum()
    assert shares.to_numpy() == pytest.approx(1.0)
    assert set(drawing.data["clustering"]) == {"Wasserstein", "Euclidean"}
    assert f"over {found.cluster_table.wasserstein.n_tests} tests" in drawing.caption
    assert "Wasserstein: " in drawing.caption and "Euclidean: " in drawing.caption


def test_a_level_keeps_its_colour_when_nobody_has_it(found, library):
    cohort = parse('subsite in (larynx, "oral cavity")')
    context = Context(View("small", cohort).with_options(LINK | {"network.patients": "all"}), library, remembering())
    fewer = {each.name: each for each in drawings(context.result(context.analysis("cluster_table")))}
    colour = {trace.name: trace.marker.color for trace in found.drawn["clusters_by_subsite"].figure.data}
    for trace in fewer["clusters_by_subsite"].figure.data:
        assert trace.marker.color == colour[trace.name]
