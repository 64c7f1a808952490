"""What the distance of two patients is made of, by hand and on the demonstration."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from core.analyses.context import Context
from core.analyses.moves import MassMoves
from core.errors import NotEstimable
from core.network.graph import Graph
from core.plots import drawings
from core.run import remembering
from core.store.first_start import ensure_demo
from core.store.library import Library
from core.transport.metric import hop_ground
from core.view import View

#: A road a - b - c with a side road b - d.
GRAPH = Graph(("a", "b", "c", "d"), np.array([[0, 1], [1, 2], [1, 3]]), np.ones(3))
WHO = {"cluster_a": 1, "rank_a": 1, "cluster_b": 2, "rank_b": 1}


def asked(shares, labels, distances, **who):
    """The moves between patients with these shares on the road."""
    n = len(shares)
    data = SimpleNamespace(
        graph=GRAPH,
        ground=hop_ground(4, GRAPH.edges),
        densities=SimpleNamespace(values=np.array(shares, dtype=float)),
        values=pd.DataFrame(np.arange(4.0 * n).reshape(n, 4)),
        total=None,
        gamma=None,
        along="hops",
        scale="raw",
    )
    patients = pd.DataFrame({"patient_id": [f"P{i}" for i in range(n)], "cluster": labels, "distance": distances})
    clusters = SimpleNamespace(patients=patients, n=n, families={})
    return MassMoves(**(WHO | who))((data, clusters))


def test_by_hand():
    found = asked([[0.5, 0.5, 0, 0], [0, 0.5, 0.3, 0.2]], [1, 2], [0.0, 0.0])
    assert (found.patient_a, found.patient_b, found.n) == ("P0", "P1", 2)
    assert found.w1 == pytest.approx(1.0) and found.moved == pytest.approx(0.5)
    assert found.mean_road == pytest.approx(2.0) and found.created == 0
    moves = {(row.from_feature, row.to_feature): row.mass for row in found.edges.itertuples()}
    assert moves == pytest.approx({("a", "b"): 0.5, ("b", "c"): 0.3, ("b", "d"): 0.2})
    assert found.nodes["difference"].tolist() == pytest.approx([-0.5, 0.0, 0.3, 0.2])
    assert found.nodes[["raw_a", "raw_b"]].to_numpy().tolist() == [[0, 4], [1, 5], [2, 6], [3, 7]]


def test_patients_are_ranked_from_the_centroid_of_their_cluster():
    shares = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    found = asked(shares, [1, 1, 2, 2], [0.4, 0.1, 0.2, 0.2], rank_a=2, rank_b=2)
    assert (found.patient_a, found.patient_b) == ("P0", "P3")
    with pytest.raises(NotEstimable, match="has 2 patients"):
        asked(shares, [1, 1, 2, 2], [0.0] * 4, rank_a=3)
    with pytest.raises(NotEstimable, match="no cluster 3"):
        asked(shares, [1, 1, 2, 2], [0.0] * 4, cluster_b=3)


def test_the_same_patient_moves_nothing():
    found = asked([[0.5, 0.5, 0, 0], [0.5, 0.5, 0, 0]], [1, 2], [0.0, 0.0])
    assert found.w1 == 0 and found.edges.empty and found.mean_road == 0
    (drawing,) = drawings(found)
    assert "Nothing moves" in drawing.alt


@pytest.mark.parametrize("mass", ["balanced", "unbalanced"])
def test_the_work_of_all_edges_is_the_distance(tmp_path_factory, mass):
    library = Library(tmp_path_factory.mktemp("demo"))
    ensure_demo(library, names=("demo",))
    options = {"clusters.restarts": "2", "distances.mass": mass}
    context = Context(View("demo").with_options(options), library, remembering())
    found = context.result(context.analysis("moves"))
    paid = (found.gamma or 0) * found.created
    assert found.edges["work"].sum() + paid == pytest.approx(found.w1, abs=1e-9)
    distances = context.result(context.analysis("distances"))
    place = list(distances.densities.patients)
    i, j = place.index(found.patient_a), place.index(found.patient_b)
    assert found.w1 == pytest.approx(distances.matrix[i, j], abs=1e-9)
    gone = found.edges.groupby("from_feature")["mass"].sum()
    come = found.edges.groupby("to_feature")["mass"].sum()
    if mass == "balanced":
        kept = found.nodes.set_index("feature")["difference"]
        np.testing.assert_allclose(come.sub(gone, fill_value=0).reindex(kept.index, fill_value=0), kept, atol=1e-9)
    (drawing,) = drawings(found)
    assert f"n = {found.n}" in drawing.caption
    assert found.patient_a not in drawing.caption + drawing.alt
