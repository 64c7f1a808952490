"""Replication on the demo study: planted clusters carry over, nobody is in both cohorts, and nothing new is learned."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.analyses.context import Context
from core.analyses.opening import opened, page_pairs
from core.analyses.plain import plain
from core.analyses.replication_tables import (
    HOLDS,
    NEITHER,
    NEW,
    NOT_FOUND,
    REVERSED,
    UNTESTED,
    verdict,
)
from core.cohort.expression import parse
from core.compute import quiet
from core.errors import NotEstimable, Refused
from core.plots import drawings
from core.run import remembering
from core.stats.associations import USED
from core.store.library import Library
from core.transport.density import densities, learn_scaling
from core.view import View
from tests.store.drafts import small_draft

FEW = {"clusters.restarts": "3"}
WHERE = {"replication.patients": "where"}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> Library:
    from data.demo import demo

    library = Library(tmp_path_factory.mktemp("shelf"))
    library.publish(demo())
    library.publish(small_draft())
    return library


#: Keys name everything that a result depends on, so one memory serves every test.
MEMO = remembering()


def context_of(shelf, where: str, **options: str) -> Context:
    chosen = FEW | {name.replace("__", "."): text for name, text in options.items()}
    return Context(View("demo", parse(where)).with_options(chosen), shelf, MEMO)


@pytest.fixture(scope="module")
def context(shelf) -> Context:
    return context_of(shelf, "centre in (A, B)")


@pytest.fixture(scope="module")
def found(context):
    return context.result(context.analysis("replication"))


def test_the_planted_clusters_carry_over(context, found):
    truth = context.store.truth()
    planted = truth[truth["kind"] == "cluster"].set_index("item")["value"]
    patients = found.patients.set_index("patient_id")
    agree = pd.crosstab(planted[patients.index], patients["assigned"]).to_numpy()
    assert agree.max(axis=1).sum() / len(patients) > 0.9
    assert found.carried.agreement.adjusted_rand > 0.7
    assert found.table.set_index("attribute")["verdict"]["subsite"] == HOLDS
    assert any(word.startswith("Subsite separates in discovery") for word in found.words)


def test_everybody_is_accounted_for(context, found):
    new, sides = found.new, found.sides
    assert new.n + new.n_unmeasured + new.n_missing + new.n_zero_mass == new.n_cohort == 240 - found.frozen.n_cohort
    assert [side.n for side in sides] == [found.frozen.n, new.n, new.n]
    assert [side.name for side in sides] == ["discovery", "assigned", "reclustered"]
    assert all(sum(side.sizes) == side.n for side in sides)
    assert not set(found.patients["patient_id"]) & set(context.store.ids(context.cohort))
    assert new.sentence.startswith("Centre is not A or B")


@pytest.mark.parametrize("mass", ["balanced", "unbalanced"])
@pytest.mark.parametrize("centroid", ["mean", "medoid"])
def test_discovery_placed_on_its_own_ground_is_itself(shelf, mass, centroid):
    """What is frozen, applied to the patients who made it, gives their own clusters back."""
    asked = context_of(shelf, "centre in (A, B)", distances__mass=mass, clusters__centroid=centroid)
    analysis = asked.analysis("replication")
    data = analysis.read(asked)
    nodes = data["distances"].values
    found = data["distances"].placed(nodes)
    again = analysis._carried(data, found, nodes, quiet)
    clusters = asked.result(asked.analysis("clusters")).wasserstein
    assert np.array_equal(again.assigned, clusters.labels) and again.agreement.adjusted_rand == 1
    assert again.fit.mean_new == pytest.approx(again.fit.mean_discovery)


def test_the_ranges_are_those_of_discovery(context, found):
    recipe = context.analysis("distances")
    distances = context.result(recipe)
    nodes = list(found.frozen.nodes)
    table = context.store.features(context.cohort, recipe.features, recipe.setting, nodes)
    again = densities(table, learn_scaling(table, recipe.scaling))
    assert np.array_equal(again.values, distances.placed(table).values)
    assert found.new.n_clipped == found.new.clipped.sum() > 0
    assert any("outside the ranges of discovery" in caution for caution in found.cautions)


def test_discovery_has_the_numbers_of_the_clusters_page(context, found):
    clusters = context.result(context.analysis("cluster_table")).wasserstein.table.set_index("attribute")
    ours = found.table.set_index("attribute")
    for name in ("subsite", "hpv_status", "age", "feature original_shape_MeshVolume"):
        assert ours["p_discovery"][name] == clusters["p"][name]
        assert ours["effect_discovery"][name] == clusters["effect"][name]
    survival = context.result(context.analysis("cluster_survival"))
    assert found.sides[0].survival.test.p == survival.test.p


def test_equal_parameters_give_equal_results_and_the_link_opens_to_them(shelf, context, found):
    again = opened(page_pairs("Replication", context), shelf, MEMO)
    analysis = again.analysis("replication")
    assert analysis == context.analysis("replication") and analysis.key(again) == analysis.key(context)
    assert plain(analysis(analysis.read(again))) == plain(found)


def test_the_other_centre_by_expression_is_the_rest(context, found, shelf):
    other = context_of(shelf, "centre in (A, B)", replication__patients="where", replication__where="centre = C")
    one = other.result(other.analysis("replication"))
    assert one.patients.equals(found.patients) and one.new.cohort == "centre = C"


def test_patients_of_both_cohorts_are_refused_with_what_to_write(shelf):
    asked = context_of(shelf, "centre = A", replication__patients="where", replication__where="age > 60")
    with pytest.raises(NotEstimable, match="new patients are also in discovery") as state:
        asked.result(asked.analysis("replication"))
    remedy = state.value.remedy.partition(": ")[2]
    assert remedy == "age > 60 and not centre = A"
    assert not set(asked.store.ids(parse(remedy))) & set(asked.store.ids(asked.cohort))


def test_nobody_is_left_of_a_whole_study(shelf):
    for more in ({}, WHERE | {"replication.where": "age > 60"}):
        view = View("demo").with_options(FEW | more)
        asked = Context(view, shelf, MEMO)
        with pytest.raises(NotEstimable) as state:
            asked.result(asked.analysis("replication"))
        assert "one centre" in state.value.remedy


def test_another_study_without_the_features_is_a_state(shelf):
    asked = context_of(shelf, "", replication__on="small")
    assert asked.analysis("replication").setting == "standard"
    with pytest.raises(NotEstimable, match="of the network's"):
        asked.result(asked.analysis("replication"))


def test_an_expression_is_checked_against_the_study_of_the_new_patients(shelf):
    asked = context_of(shelf, "centre = A", replication__patients="where", replication__where="colour = red")
    with pytest.raises(Refused, match="colour"):
        asked.analysis("replication")


def test_a_network_that_has_seen_the_new_patients_is_said(shelf):
    asked = context_of(shelf, "centre in (A, B)", network__patients="all")
    found = asked.result(asked.analysis("replication"))
    assert any("the new ones among them" in caution for caution in found.cautions)


def test_euclidean_clusters_go_the_same_way(shelf, context, found):
    asked = context_of(shelf, "centre in (A, B)", replication__of="euclidean")
    euclid = asked.result(asked.analysis("replication"))
    clusters = context.result(context.analysis("clusters"))
    assert euclid.frozen.sizes == clusters.euclidean.sizes
    assert euclid.new.n == found.new.n and euclid.new.n_clipped == 0
    assert euclid.carried.agreement.adjusted_rand > 0.5


def test_what_built_the_clusters_gets_an_effect_and_no_p(found):
    used = found.table[found.table["note"] == USED]
    assert used["p_discovery"].isna().all()
    tested = found.table[found.table["verdict"] != UNTESTED]
    assert tested["same_direction_assigned"].between(-1, 1).all()
    assert found.sides[0].table.n_tests == found.table["p_discovery"].notna().sum()


def test_verdicts():
    assert verdict(0.01, 0.01, 0.9) == HOLDS
    assert verdict(0.01, 0.01, -0.9) == verdict(0.01, 0.01, None) == REVERSED
    assert verdict(0.01, 0.2, 1.0) == NOT_FOUND
    assert verdict(0.2, 0.01, 1.0) == NEW
    assert verdict(0.2, 0.2, 1.0) == NEITHER
    assert verdict(float("nan"), 0.2, 1.0) == UNTESTED


def test_every_drawing_says_its_n(found):
    drawn = drawings(found)
    assert [each.name for each in drawn] == [
        "assigned_against_reclustered",
        "replication_effects",
        "survival_discovery",
        "survival_assigned",
        "survival_reclustered",
    ]
    assert all("n = " in each.caption and each.alt and len(each.data) for each in drawn)
    cross = drawn[0].data
    assert cross["patients"].sum() == found.new.n
