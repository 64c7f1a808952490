"""Stability, plainer groupings and counted tries on the demo study, and how links carry them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.analyses.cluster_survival import tried_sentence, tried_with
from core.analyses.context import Context
from core.analyses.opening import opened, page_pairs
from core.analyses.plain import plain
from core.cohort.expression import parse
from core.errors import Refused
from core.run import remembering
from core.store.library import Library
from core.view import View

FEW = {
    "clusters.restarts": "4",
    "choice_of_k.restarts": "2",
    "choice_of_k.resamples": "10",
    "cluster_comparators.draws": "20",
}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> Library:
    from data.demo import demo

    library = Library(tmp_path_factory.mktemp("shelf"))
    library.publish(demo())
    return library


@pytest.fixture(scope="module")
def context(shelf) -> Context:
    return Context(View("demo").with_options(FEW), shelf, remembering())


def another(context: Context, **options: str) -> Context:
    """The same with further options, sharing what was worked out."""
    chosen = {name.replace("__", "."): text for name, text in options.items()}
    return Context(context.view.with_options(chosen), context.library, context.memo)


# ------------------------------------------------------------------------------------------- number of clusters


@pytest.fixture(scope="module")
def numbers(context):
    return context.result(context.analysis("choice_of_k"))


def test_the_planted_number_is_the_most_stable(numbers):
    rows = numbers.table.set_index("k")
    assert numbers.most_stable_k == 3 and 3 in numbers.stable_ks
    assert rows.loc[3, "stability_rand_mean"] > 0.75 and rows.loc[3, "jaccard_smallest"] > 0.75
    assert rows.loc[3, "jaccard_smallest"] == pytest.approx(min(rows.loc[3, "jaccard"]))
    assert "k = 3 comes back best" in numbers.says and "survival" not in numbers.says.lower()
    for k, row in rows.iterrows():
        assert len(row["jaccard"]) == len(row["jaccard_reads"]) == k
        assert row["stability_rand_low"] <= row["stability_rand_mean"] <= row["stability_rand_high"]


def test_the_clusters_shown_are_the_reference(context, numbers):
    shown = context.result(context.analysis("clusters")).wasserstein
    row = numbers.table.set_index("k").loc[shown.k]
    assert row["objective"] == shown.objective and row["sizes"] == shown.sizes


def test_barycentres_are_compared_by_their_means_and_it_is_said(context):
    analysis = context.analysis("choice_of_k")
    distances, options, shown = analysis.read(context)
    changed = replace(options, centroid="barycentre")
    found = replace(analysis, restarts=1, resamples=5)((distances, changed, replace(shown, centroid="barycentre")))
    assert found.centroid == "mean" and found.says.endswith("Compared with mean centroids.")


def test_few_patients_keep_their_silhouettes(shelf):
    cohort = parse("centre = A and subsite = nasopharynx and has features and age >= 65")
    options = FEW | {"network.patients": "all", "clusters.k": "2", "choice_of_k.resamples": "5"}
    context = Context(View("demo", cohort).with_options(options), shelf, remembering())
    assert context.store.count(cohort) < 12
    found = context.result(context.analysis("choice_of_k"))
    assert found.table["silhouette_mean"].notna().all() and found.n < 12
    known = found.table["stability_rand_mean"].notna()
    assert (found.table.loc[~known, "resamples"] == 0).all()


# -------------------------------------------------------------------------------------------- plainer groupings


@pytest.fixture(scope="module")
def beside(context):
    return context.result(context.analysis("cluster_comparators"))


def test_every_grouping_is_of_the_same_patients(context, beside):
    clusters = context.result(context.analysis("clusters"))
    rows = beside.table.set_index("comparator")
    assert list(rows.index) == ["wasserstein", "euclidean_nodes", "euclidean_all", "random_sets", "volume"]
    assert beside.n == beside.n_clustered == clusters.n == 225 and beside.k == 3
    assert rows.loc["euclidean_nodes", "adjusted_rand"] == pytest.approx(clusters.agreement.adjusted_rand)
    assert rows.loc["random_sets", "n_features"] == beside.n_nodes == len(clusters.nodes)
    table = context.result(context.analysis("cluster_table"))
    name = context.catalogue.role("subsite").name
    expected = table.wasserstein.details[name].effect
    assert rows.loc["wasserstein", "subsite_v"] == pytest.approx(expected)
    assert rows.loc["volume", "volume_information"] == pytest.approx(1)


def test_random_sets_are_counted(context, beside):
    networks = context.result(context.analysis("network")).networks
    assert len(beside.random_sets) == beside.n_sets == 20 >= beside.n_distinct_sets
    largest = max(len(network.components[0]) for network in networks)
    assert beside.sets_are_connected == (largest > beside.n_nodes)
    assert f"({beside.n_sets} drawn, {beside.n_distinct_sets} of them different)" in beside.says[0]


def test_no_claim_without_numbers(beside):
    rows = beside.table.set_index("comparator")
    for role, better in beside.better.items():
        v = rows[f"{role}_v"]
        if better:
            assert v["wasserstein"] > max(v.drop(["wasserstein", "random_sets"]))
            assert v["wasserstein"] > rows.loc["random_sets", f"{role}_v_high"]
    claimed = [said for said in beside.says if "separate it better than everything" in said and "replicate" in said]
    assert len(claimed) == sum(beside.better.values())


def test_equal_parameters_give_equal_comparators(context, beside):
    analysis = context.analysis("cluster_comparators")
    assert plain(analysis(analysis.read(context))) == plain(beside)


def test_a_study_without_volume_or_roles_has_its_rows(library):
    options = {
        "network.gamma": "0", "network.edge": "0.05", "network.edges": "union", "clusters.k": "2",
        "clusters.restarts": "2", "cluster_comparators.draws": "20",
    }  # fmt: skip
    context = Context(View("small").with_options(options), library, remembering())
    analysis = context.analysis("cluster_comparators")
    found = context.result(analysis)
    assert found.volume == "original_shape_MeshVolume" and found.n == found.n_clustered
    bare = analysis(replace(analysis.read(context), volume=None, attributes={}, labels={}))
    assert bare.volume == "" and bare.better == {} and "volume" not in set(bare.table["comparator"])
    assert any("No feature is recognised as the volume" in note for note in bare.notes)


# ------------------------------------------------------------------------------------------------ counted tries


def test_one_number_of_clusters_is_no_correction(context):
    found = context.result(context.analysis("cluster_survival"))
    assert (found.k, found.tried_ks) == (3, (3,))
    (row,) = found.tried.table.to_dict("records")
    assert row["p"] == pytest.approx(found.test.p) and row["p_corrected"] == row["p_permutation"]
    assert not any("were tried" in said for said in found.words)


def test_every_number_tried_is_counted(context):
    several = another(context, cluster_survival__tried="4,2")
    found = several.result(several.analysis("cluster_survival"))
    assert found.tried_ks == (2, 3, 4) and list(found.tried.table["tried"]) == ["2", "3", "4"]
    assert found.words[-1].startswith("k = 2, 3 and 4 were tried; for k = 3, p ")
    assert "corrected for the 3 tried" in found.words[-1]
    table = found.tried.table
    assert (table["p_corrected"] >= table["p_permutation"]).all()
    alone = context.result(context.analysis("cluster_survival"))
    assert found.test == alone.test, "the panel itself stays"
    four = another(context, clusters__k="4", cluster_survival__tried="2,3")
    turned = four.result(four.analysis("cluster_survival")).tried.table
    assert turned["p_corrected"].tolist() == table["p_corrected"].tolist(), "whichever is shown"


def test_a_number_that_cannot_be_formed_is_named(shelf):
    cohort = parse("centre = A and subsite = nasopharynx and has features and age >= 70")
    options = FEW | {"network.patients": "all", "clusters.k": "2", "cluster_survival.tried": "2,8"}
    context = Context(View("demo", cohort).with_options(options), shelf, remembering())
    assert context.store.count(cohort) < 8
    found = context.result(context.analysis("cluster_survival"))
    assert found.tried_ks == (2, 8) and list(found.not_clustered) == ["8"]
    assert (found.tried is None and "events" in found.states["tried"]) or found.tried.n_tests == 0


def test_tries_have_one_text(context):
    for text, canonical in (("4,2", "2,3,4"), ("3", ""), ("", ""), ("2,2", "2,3")):
        chosen = another(context, cluster_survival__tried=text).analysis("cluster_survival")
        assert chosen.options()["cluster_survival.tried"] == canonical
        assert all(2 <= int(each) <= 8 for each in chosen.tried)
    with pytest.raises(Refused):
        another(context, cluster_survival__tried="9").analysis("cluster_survival")
    several = another(context, cluster_survival__tried="2,5")
    again = opened(page_pairs("Clusters", several), context.library)
    assert again.analysis("cluster_survival") == several.analysis("cluster_survival")
    assert again.analysis("cluster_comparators") == several.analysis("cluster_comparators")


def test_another_number_looked_at_joins_the_text():
    assert tried_with("", 3) == "3"
    assert tried_with("2,4", 3) == tried_with((4, 2), 3) == tried_with(("2", "4"), 3) == "2,3,4"
    assert tried_with("2, 3", 3) == "2,3"


def test_the_sentence_says_which_is_smallest_and_which_has_no_test(context):
    several = another(context, cluster_survival__tried="2,3")
    tried = several.result(several.analysis("cluster_survival")).tried
    table = tried.table.copy()
    table["p"], table["p_corrected"] = [0.2, 0.04], [0.2, 0.07]
    assert "smallest" not in tried_sentence(replace(tried, table=table), 3)
    said = tried_sentence(replace(tried, table=table), 2)
    expected = "k = 2 and 3 were tried; for k = 2, p = 0.20, corrected for the 2 tried p = 0.20; "
    assert said == expected + "smallest for k = 3, p = 0.040, corrected p = 0.070."
    table.loc[1, ["p", "p_corrected"]] = np.nan
    table["note"] = ["", "a group has fewer than 5 patients"]
    none = tried_sentence(replace(tried, table=table), 3)
    assert none.endswith("k = 3 has no test, because a group has fewer than 5 patients.")
    assert tried_sentence(replace(tried, table=table), 2).endswith("Without a test: k = 3.")
