"""The sweep of gamma: asked for, split into its terms, and plain about clusters that merely sort by total mass."""

from __future__ import annotations

import numpy as np
import pytest

from core.analyses.context import Context
from core.analyses.plain import plain
from core.analyses.unbalanced_sweep import GAMMAS
from core.errors import NotEstimable
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
    "unbalanced_sweep.restarts": "2",
}


@pytest.fixture(scope="module")
def context(library):
    return Context(View("small").with_options(LINK | {"unbalanced_sweep.show": "yes"}), library, remembering())


@pytest.fixture(scope="module")
def found(context):
    return context.result(context.analysis("unbalanced_sweep"))


def test_it_is_worked_out_only_when_asked(library):
    context = Context(View("small").with_options(LINK), library)
    with pytest.raises(NotEstimable, match="when it is asked for"):
        context.result(context.analysis("unbalanced_sweep"))


def test_the_terms_are_those_of_the_pairs(context, found):
    table, distances = found.table.set_index("gamma"), context.result(context.analysis("distances"))
    assert tuple(table.index) == GAMMAS and found.n == found.n_sampled == len(distances.masses)
    masses, ground = distances.masses, distances.network_ground
    pairs = [unbalanced(p, q, ground, 1.0) for i, p in enumerate(masses) for q in masses[i + 1 :]]
    assert len(pairs) == found.n_pairs
    assert table.loc[1.0, "mean_cost"] == pytest.approx(np.mean([pair.cost for pair in pairs]))
    assert table.loc[1.0, "mean_mass"] == pytest.approx(np.mean([pair.mass_term for pair in pairs]))
    np.testing.assert_allclose(table["mean_transport"] + table["mean_mass"], table["mean_cost"])
    np.testing.assert_allclose(table["mean_mass"] / table["mean_cost"], table["mass_share"])
    assert (table["totals_share"] <= table["mass_share"] + 1e-9).all()


def test_a_dear_gamma_leaves_the_order_of_totals(found):
    table = found.table.set_index("gamma")
    assert table.loc[30, "spearman_total"] > 0.95 > table.loc[0.5, "spearman_total"]
    assert table.loc[30, "merely_sorted"] and table.loc[30, ["rand_total_cut", "rand_total_kmeans"]].max() >= 0.8
    assert "merely sort the patients by total mass" in found.notes[0]
    assert "0.8" in found.rule and "90 %" in found.rule


def test_raw_values_are_named(library):
    options = LINK | {"unbalanced_sweep.show": "yes", "distances.scaling": "as coded"}
    context = Context(View("small").with_options(options), library, remembering())
    result = context.result(context.analysis("unbalanced_sweep"))
    assert result.scaling == "as coded"
    assert ("raw values" in result.notes[-1]) == any(~context.result(context.analysis("distances")).scaling.scaled)


def test_the_drawing_says_all_of_it(found):
    (drawing,) = drawings(found)
    assert drawing.name == "unbalanced_sweep"
    bars = [trace for trace in drawing.figure.data if trace.type == "bar"]
    np.testing.assert_allclose(sum(np.array(bar.y) for bar in bars), 1)
    lines = {trace.name: trace for trace in drawing.figure.data if trace.type == "scatter"}
    assert len(lines) == 3
    assert list(lines["with balanced clusters"].y) == found.table["rand_balanced"].tolist()
    assert f"n = {found.n} patients" in drawing.caption and found.notes[0] in drawing.caption
    assert found.rule in drawing.caption and "gamma 30" in drawing.alt
    assert len(drawing.data) == len(GAMMAS)


def test_equal_parameters_give_equal_results(context, found):
    analysis = context.analysis("unbalanced_sweep")
    assert plain(analysis(analysis.read(context))) == plain(found)
