"""Clusters of the demo study: the planted ones are found, and nothing that made them is tested against them."""

from __future__ import annotations

import pytest
from sklearn.metrics import adjusted_rand_score

from core.analyses.context import Context
from core.analyses.opening import opened, page_pairs
from core.analyses.plain import plain
from core.cohort.expression import parse
from core.errors import NotEstimable
from core.run import remembering
from core.stats.associations import USED
from core.store.library import Library
from core.view import View

FEW = {"clusters.restarts": "5", "choice_of_k.restarts": "1"}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> Library:
    from data.demo import demo

    library = Library(tmp_path_factory.mktemp("shelf"))
    library.publish(demo())
    return library


@pytest.fixture(scope="module")
def context(shelf) -> Context:
    return Context(View("demo").with_options(FEW), shelf, remembering())


@pytest.fixture(scope="module")
def found(context):
    return context.result(context.analysis("clusters"))


def test_the_planted_clusters_are_recovered(context, found):
    truth = context.store.truth()
    planted = truth[truth["kind"] == "cluster"].set_index("item")["value"]
    patients = found.patients.set_index("patient_id")
    assert adjusted_rand_score(planted[patients.index], patients["cluster"]) >= 0.8


def test_everybody_is_accounted_for(context, found):
    assert found.n + found.n_unmeasured + found.n_missing + found.n_zero_mass == found.n_cohort == 240
    assert found.n == len(found.patients) == sum(found.wasserstein.sizes) == sum(found.euclidean.sizes)
    assert set(found.families) == set(found.nodes)


def test_equal_parameters_give_equal_results(context, found):
    analysis = context.analysis("clusters")
    assert plain(analysis(analysis.read(context))) == plain(found)


def test_the_options_of_the_clusters_open_to_the_same_clusters(shelf, context):
    again = opened(page_pairs("Clusters", context), shelf)
    for name in ("network", "distances", "clusters", "choice_of_k", "cluster_table", "cluster_survival"):
        assert again.analysis(name) == context.analysis(name)
    assert again.analysis("clusters").key(again) == context.analysis("clusters").key(context)


def test_what_built_the_clusters_gets_no_p_value(context, found):
    table = context.result(context.analysis("cluster_table"))
    for part in (table.wasserstein, table.euclidean):
        rows = part.table.set_index("attribute")
        nodes = [f"feature {name}" for name in found.nodes]
        assert rows.loc[nodes, "p"].isna().all()
        assert (rows.loc[nodes, "note"] == USED).all()
        assert part.n_tests == rows["p"].notna().sum() == rows["q"].notna().sum()
    assert table.roles["subsite"] == "subsite" and len(table.levels["subsite"]) == 5


def test_planted_survival_differs_between_the_clusters(context):
    result = context.result(context.analysis("cluster_survival"))
    assert result.test.p < 0.01
    assert result.curves.n + result.curves.n_excluded == 225


def test_more_clusters_than_patients_is_a_state(shelf):
    cohort = parse("centre = A and subsite = nasopharynx and has features and age >= 70")
    view = View("demo", cohort).with_options(FEW | {"network.patients": "all", "clusters.k": "8"})
    context = Context(view, shelf, remembering())
    assert 0 < context.store.count(cohort) < 8
    with pytest.raises(NotEstimable, match="cluster"):
        context.result(context.analysis("clusters"))
