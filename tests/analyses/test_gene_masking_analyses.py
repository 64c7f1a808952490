"""From the store to the sentence: planted drivers come first, nulls are said, and what cannot be asked is a state."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from core.analyses import expression_models
from core.analyses.context import Context
from core.analyses.expression_models_words import interval_text
from core.analyses.opening import checked
from core.analyses.plain import plain
from core.errors import NotEstimable, Refused
from core.plots import drawings
from core.radiogenomics import small_network
from core.run import remembering
from core.store.library import Library
from core.view import View, link, unlink
from data.demo import demo
from data.demo_imaging import DRIVERS

#: Few and small networks: what is planted is seen by them too.
QUICK = {"expression_network.members": "1", "expression_network.hidden": "32"}
MEAN = {"expression_network.feature": "original_firstorder_Mean"}
HPV = {"expression_network.over": "category", "expression_network.attribute": "hpv_status"}


@pytest.fixture(scope="module")
def demo_library(tmp_path_factory) -> Library:
    library = Library(tmp_path_factory.mktemp("masked"))
    library.publish(demo())
    return library


def context_of(library, study="demo", where="", **options) -> Context:
    view = View(study).with_options(QUICK | {name.replace("__", "."): text for name, text in options.items()})
    if where:
        from core.cohort.expression import parse

        view = view.with_cohort(parse(where))
    return checked(Context(view, library, remembering()))


def result_of(library, name, **options):
    context = context_of(library, **options)
    return context.result(context.analysis(name))


def test_every_driver_pathway_comes_first_for_the_family_that_it_drives(demo_library):
    """Planted: the pathway's activity shifts each feature of the family, by correlations of 0.35 to 0.6."""
    truth = demo_library.open("demo").truth()
    planted = dict(truth.loc[truth["kind"] == "driver pathway", ["item", "value"]].itertuples(index=False))
    assert planted == DRIVERS
    features = demo_library.open("demo").catalogue.feature_sets["ct"].features
    for pathway, family in DRIVERS.items():
        strongest = [each.name for each in features if each.name.startswith(family)][3]
        options = {"expression_network.feature": strongest, "gene_masking.draws": "200"}
        found = result_of(demo_library, "gene_masking", **options)
        first = found.found.table.iloc[0]
        assert first["set"] == pathway and first["lower"] > 0.1, (family, strongest, found.words)
        assert found.found.unmasked[0] > 0.15 and found.found.n_tests == 10 and found.found.n == 170


def test_volume_is_a_null_and_said_so(demo_library):
    options = {"expression_network.feature": "original_shape_MeshVolume", "expression_models.models": ""}
    context = context_of(demo_library, **options)
    models, masks = (context.result(context.analysis(name)) for name in ("expression_models", "gene_masking"))
    assert models.words[0].startswith("Expression is not shown to say anything of original_shape_MeshVolume.")
    assert models.table["value"].iloc[0] < 0.02
    assert "none predicts original_shape_MeshVolume better than random genes" in masks.words[0]
    assert not masks.found.table["found"].any()


def test_models_of_a_class_their_p_and_the_score_as_published(demo_library, monkeypatch):
    monkeypatch.setattr(small_network, "LONGEST", 40)
    more = {"expression_models.models": "svm", "expression_models.permutations": "1", "expression_network.folds": "3"}
    found = result_of(demo_library, "expression_models", **HPV, **more, expression_models__published="yes")
    assert set(found.table["model"]) == {"network", "support vector machine"}
    leading = found.leading
    assert list(leading["measure"]) == ["AUC", "AUC"] and (leading["value"] > 0.6).all()
    assert (leading["p"] == 0.5).all()  # planted, so the one shuffled target does not do as well
    assert found.published.published >= found.published.sealed
    assert "As published" in found.words[-1]
    row = leading.iloc[0]
    assert interval_text(row["value"], row["lower"], row["upper"]) in found.words[0]
    assert len(found.scores) == found.n and "patient" not in "".join(found.scores.columns)
    answered = plain(found)
    assert answered["table"][0]["n"] == found.n and answered["published"]["epochs"]


def test_every_model_is_tried_on_the_very_same_folds(demo_library, monkeypatch):
    seen = []

    def spied(name, expression, target, folds, **how):
        seen.append((name, folds))
        return np.tile(target.values[:, None], (1, 1))

    monkeypatch.setattr(expression_models, "comparator_scores", spied)
    everyone = {"expression_models.models": "elastic_net,random_forest,gradient_boosting,svm"}
    context = context_of(demo_library, **MEAN, **everyone)
    found = context.result(context.analysis("expression_models"))
    networks = context.result(context.analysis("expression_network"))
    assert [name for name, _ in seen] == list(everyone["expression_models.models"].split(","))
    for _, folds in seen:
        for mine, theirs in zip(folds, networks.networks.folds, strict=True):
            assert np.array_equal(mine.train, theirs.fold.train) and np.array_equal(mine.test, theirs.fold.test)
    assert found.table.loc[found.table["model"] == "random forest", "value"].iloc[0] == 1.0


def test_three_classes_have_a_ranking_each(demo_library):
    three = {"expression_network.over": "category", "expression_network.attribute": "subsite"}
    context = context_of(demo_library, **three, **{"gene_ranking.by": "guided", "gene_ranking.permutations": "100"})
    ranking = context.analysis("gene_ranking")
    found = context.result(ranking)
    assert found.output == ranking.level and f"gradient_{found.output}" in found.table
    assert (found.table["guided"].diff().dropna() <= 0).all() and found.enrichment.n_tests == 10
    assert drawings(found)[1].name == "gene_ranking_enrichment"


def test_single_genes_and_gradients_of_a_driven_feature(demo_library):
    found = result_of(demo_library, "gene_ranking", **MEAN)
    hypoxia = set(demo_library.open("demo").gene_sets()["Hypoxia"])
    assert len(hypoxia & set(found.table["gene"].head(20))) >= 12
    best = found.enrichment.table.iloc[0]
    assert best["set"] == "Hypoxia" and best["nes"] > 1.5
    by_gradient = found.table.sort_values("gradient", key=abs, ascending=False)["gene"].head(20)
    assert len(hypoxia & set(by_gradient)) >= 12
    assert [each.name for each in drawings(found)] == ["gene_ranking", "gene_ranking_enrichment"]


def test_as_published_is_in_sample_and_says_what_that_changes(demo_library):
    volume = {"expression_network.feature": "original_shape_MeshVolume"}
    found = result_of(demo_library, "gene_masking", **volume, gene_masking__how="published")
    assert found.found.in_sample and found.found.table["p"].isna().all()
    held = found.held_out_scores["score"].median()
    assert found.found.table["score"].median() > held + 0.1
    assert f"{held:.2f} on held-out patients" in found.words[0]
    assert "no null, as published" in drawings(found)[0].caption


def test_the_map_finds_the_drivers_and_counts_every_pair(demo_library):
    targets = "original_firstorder_Mean,wavelet-LLL_firstorder_Mean"
    found = result_of(demo_library, "masking_map", masking_map__targets=targets, masking_map__draws="200")
    assert found.n_tests == 20 and len(found.table) == 20
    first = found.table.sort_values("score", ascending=False).groupby("feature").head(1).set_index("feature")["set"]
    assert first.to_dict() == {
        "original_firstorder_Mean": "Hypoxia",
        "wavelet-LLL_firstorder_Mean": "Epithelial-mesenchymal transition",
    }
    assert "400 would be needed" in " ".join(found.words)
    assert len(drawings(found)[0].data) == 20


@pytest.mark.parametrize(
    ("where", "options", "said"),
    [
        ("age > 75", MEAN, "at least 30 are needed"),
        ("hpv_status = negative", HPV, "Two classes of at least"),
        ("", {**HPV, "masking_map.draws": "200"}, "The map is of imaging features"),
    ],
)
def test_what_cannot_be_asked_is_a_state(demo_library, where, options, said):
    name = "masking_map" if "masking_map.draws" in options else "gene_masking"
    with pytest.raises(NotEstimable, match=said):
        result_of(demo_library, name, where=where, **options)


def test_studies_without_sets_expression_or_variation(demo_library, tmp_path):
    draft = demo()
    bare = dataclasses.replace(
        draft,
        study=dataclasses.replace(draft.study, id="nosets"),
        gene_sets=draft.gene_sets.iloc[:0],
        values={name: frame.assign(original_firstorder_Mean=1.0) for name, frame in draft.values.items()},
    )
    demo_library.publish(bare)
    with pytest.raises(NotEstimable, match="no gene sets"):
        result_of(demo_library, "gene_masking", study="nosets", expression_network__feature="original_firstorder_Range")
    with pytest.raises(NotEstimable, match="same in every patient"):
        result_of(demo_library, "expression_models", study="nosets", **MEAN)
    ranking = {"expression_network.feature": "original_firstorder_Range"}
    found = result_of(demo_library, "gene_ranking", study="nosets", **ranking)
    assert found.enrichment is None and "no gene sets" in found.words[1] and len(drawings(found)) == 1
    silent = dataclasses.replace(
        draft, study=dataclasses.replace(draft.study, id="silent"), expression=draft.expression.iloc[:0, :0]
    )
    demo_library.publish(silent)
    with pytest.raises(NotEstimable, match="no expression of genes"):
        context_of(demo_library, study="silent").analysis("expression_network")


def test_the_name_of_the_page_in_links():
    assert unlink("Gene_masking?v=1&study=demo") == ("Gene_masking", [("v", "1"), ("study", "demo")])
    assert link("Gene_masking", [("study", "demo")]) == "Gene_masking?study=demo"
    for bad in ("_Gene?v=1", "Gene_?v=1", "Gene__masking?v=1"):
        with pytest.raises(Refused):
            unlink(bad)


def test_everything_is_finite(demo_library):
    found = result_of(demo_library, "gene_masking", **MEAN, gene_masking__draws="200")
    numbers = found.found.table[["score", "lower", "upper", "random_median", "p", "q"]].to_numpy(dtype=float)
    assert np.isfinite(numbers).all()
