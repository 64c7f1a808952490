"""Distances between patients, balanced and unbalanced: one ground on which everything downstream works unchanged."""

from __future__ import annotations

import numpy as np
import pytest

from core.analyses.context import Context
from core.errors import Refused
from core.plots import drawings
from core.run import remembering
from core.transport.unbalanced import unbalanced
from core.view import View

LINK = {
    "network.gamma": "0",
    "network.edge": "0.05",
    "network.edges": "union",
    "clusters.k": "2",
    "clusters.restarts": "3",
}
UNBALANCED = LINK | {"distances.mass": "unbalanced", "distances.gamma": "2"}


@pytest.fixture(scope="module")
def memo():
    return remembering()


@pytest.fixture(scope="module")
def ask(library, memo):
    """The result of an analysis of the small study with these options."""

    def answered(name: str, options: dict[str, str]):
        context = Context(View("small").with_options(options), library, memo)
        return context.result(context.analysis(name))

    return answered


def test_balanced_patients_live_on_the_network_itself(ask):
    found = ask("distances", LINK)
    assert (found.mass, found.gamma, found.total, found.mass_share) == ("balanced", None, None, None)
    assert found.ground is found.network_ground and found.unit == "hops"
    np.testing.assert_allclose(found.shares, found.densities.values)
    assert found.masses.min() == 0 and found.masses.max() == 1


def test_unbalanced_distances_are_the_cost_itself(ask):
    found, balanced = ask("distances", UNBALANCED), ask("distances", LINK)
    m = len(found.graph.names)
    assert found.ground.m == m + 1 == found.densities.values.shape[1] == len(found.densities.names)
    assert found.densities.patients == balanced.densities.patients, "the same patients either way"
    np.testing.assert_allclose(found.densities.values[:, :m] * found.total, found.masses)
    for i, j in ((0, 1), (3, 7), (10, 2)):
        one = unbalanced(found.masses[i], found.masses[j], found.network_ground, 2.0)
        assert found.matrix[i, j] == pytest.approx(one.cost, rel=1e-6)
    assert found.unit == "hops x mass"
    assert 0 < found.totals_share <= found.mass_share < 1
    assert found.n_for_terms == len(found.masses), "fewer than 150"


def test_gamma_belongs_to_unbalanced_transport_alone(library):
    balanced = Context(View("small").with_options(LINK), library).analysis("distances")
    assert balanced.gamma is None and "distances.gamma" not in balanced.options()
    other = Context(View("small").with_options(LINK | {"distances.mass": "unbalanced"}), library).analysis("distances")
    assert other.gamma == 1 and other.options()["distances.gamma"] == "1"
    with pytest.raises(Refused, match=r"0\.05"):
        Context(View("small").with_options(UNBALANCED | {"distances.gamma": "0"}), library).analysis("distances")


def test_other_patients_are_placed_by_the_scaling_learned_here(ask):
    for options in (LINK, UNBALANCED):
        found = ask("distances", options)
        again = found.placed(found.values.iloc[:5])
        np.testing.assert_allclose(again.values, found.densities.values[:5])
        outside = found.values.iloc[:5] * 10
        assert found.placed(outside).clipped > 0
    raw = ask("distances", UNBALANCED | {"distances.scaling": "as coded"})
    with pytest.raises(Refused, match="larger total"):
        raw.placed(raw.values * 1e6)


@pytest.mark.parametrize("options", [LINK, UNBALANCED])
@pytest.mark.parametrize("centroid", ["mean", "barycentre", "medoid", "distance", "ward", "average"])
def test_every_kind_of_centroid_on_either_ground(ask, options, centroid):
    found = ask("clusters", options | {"clusters.centroid": centroid})
    assert found.wasserstein.centroid == centroid and sum(found.wasserstein.sizes) == found.n
    assert (found.wasserstein.gap is not None) == (centroid == "barycentre")
    said = [note for note in found.notes if "barycentres" in note]
    assert len(said) == (centroid == "barycentre")
    assert found.profile.table.groupby("cluster")["mean_density"].sum().to_numpy() == pytest.approx(1)
    if centroid in ("mean", "medoid"):
        assert found.wasserstein.objective == pytest.approx(found.patients["distance"].sum())
    drawn = {each.name: each for each in drawings(found)}
    caption = drawn["embedding_wasserstein"].caption
    assert ("gamma 2" in caption) == (found.mass == "unbalanced")
    assert all(note in caption for note in found.notes)
    assert found.unit in drawn["embedding_wasserstein"].figure.layout.xaxis.title.text


def test_barycentres_lower_the_sum_of_distances(ask):
    mean, lower = (ask("clusters", LINK | {"clusters.centroid": each}).wasserstein for each in ("mean", "barycentre"))
    assert lower.objective <= mean.objective


def test_clusters_that_merely_sort_by_total_mass_say_so(ask):
    far = ask("clusters", UNBALANCED | {"distances.gamma": "30"})
    assert far.total_mass.merely_sorted and far.total_mass.says in far.notes
    assert "merely sort the patients by total mass" in far.notes[0]
    assert far.mass_share > 0.5
