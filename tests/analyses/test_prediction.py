"""The Prediction page's analyses: who is in them, what is said of them, and what cannot be answered."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from core.analyses.context import Context
from core.analyses.opening import opened, page_pairs
from core.analyses.prediction_elsewhere import PredictionElsewhere
from core.analyses.target_table import COVARIATE
from core.cohort import Cohort, parse
from core.errors import NotEstimable, Refused
from core.prediction.frozen import thawed
from core.prediction.nested import Table, area, nested
from core.run import remembering
from core.stats.roc import auc
from core.store.library import Library
from core.view import View
from tests.store.drafts import small_draft

HPV = {"target.over": "category", "target.attribute": "hpv_status"}
QUICK = {"prediction.repeats": "2"}


def asked(library, name, study="demo", where="", **options):
    view = View(study, parse(where) if where else Cohort()).with_options({**QUICK, **options})
    context = Context(view, library, remembering())
    return context, context.analysis(name)


def answered(library, name, study="demo", where="", **options):
    context, analysis = asked(library, name, study, where, **options)
    return context.result(analysis)


@pytest.fixture(scope="module")
def predicted(demo):
    return answered(demo, "prediction", **HPV)


# ------------------------------------------------------------------------------------------------ who and what


def test_everybody_is_looked_at_or_left_out_for_one_reason(demo):
    store = demo.open("demo")
    for options in (HPV, {"target.gene": "TP53"}, {**HPV, "target.covariates": "age,sex,centre"}):
        target = answered(demo, "target", **options)
        assert target.n + target.left_out["n"].sum() == target.n_cohort == store.count(Cohort())
        assert 0 < target.n_positive < target.n and target.n_features == 120
    assert target.n_covariates == 1 + 1 + 2 and not target.cautions
    status = store.mutation_status(Cohort(), ["TP53"])["TP53"]
    measured = store.features(Cohort(), "ct").index
    gene = answered(demo, "target", **{"target.gene": "TP53"})
    assert gene.n == (status.loc[measured] != "not profiled").sum()
    assert gene.n_positive == (status.loc[measured] == "mutated").sum()


def test_one_level_against_another_or_against_the_rest(demo):
    rest = answered(
        demo, "target", **{"target.attribute": "subsite", "target.over": "category", "target.positive": "larynx"}
    )
    options = {"target.attribute": "subsite", "target.over": "category", "target.positive": "larynx"}
    one = answered(demo, "target", **options, **{"target.against": "oropharynx"})
    assert (rest.n_positive, rest.negative) == (one.n_positive, "all others") and one.n < rest.n
    levels = demo.open("demo").patients(Cohort(), ["subsite"])["subsite"]
    measured = demo.open("demo").features(Cohort(), "ct").index
    assert one.n == levels.loc[measured].isin(["larynx", "oropharynx"]).sum()
    with pytest.raises(Refused, match="oropharynx"):
        asked(demo, "target", **options, **{"target.against": "moon"})


def test_families_confine_the_features(demo):
    context, target = asked(demo, "target", **HPV, **{"target.families": "shape"})
    found = target.labelled(context)
    assert {each.family for each in found.features} == {"shape"} and found.n_features < 120
    assert not [name for name in found.x if name.startswith(COVARIATE)]


# ------------------------------------------------------------------------------------------------ the model


def test_the_planted_signal_is_found_and_every_number_is_that_of_the_domain(demo, predicted):
    context, analysis = asked(demo, "prediction", **HPV)
    table = analysis.read(context).table
    plain = nested(table, analysis.recipe)
    own = auc(table.y, plain.probability)
    assert predicted.performance.auc == own and own.lower > 0.65
    assert predicted.spread["auc"].tolist() == plain.auc_by_repeat.tolist()
    assert predicted.apparent > own.auc and predicted.optimism == pytest.approx(predicted.apparent - own.auc)
    assert predicted.confusion.tp + predicted.confusion.fn == predicted.n_positive
    assert predicted.settings["chosen"].sum() == 10
    order = predicted.stability["weight"].abs()
    assert order.is_monotonic_decreasing and predicted.stability["inside"].max() == 1.0
    assert predicted.words[0].startswith("HPV status: positive from CT")
    assert "optimism" in predicted.words[2] and f"n = {predicted.n}" in predicted.words[0]


def test_the_volume_alone_is_said_beside_all_features(demo, predicted):
    context, analysis = asked(demo, "prediction", **HPV)
    data = analysis.read(context)
    assert predicted.volume == "original_shape_MeshVolume"
    table = Table(data.labelled.x[[predicted.volume]].to_numpy(), data.table.y)
    assert predicted.volume_auc == area(table.y, nested(table, analysis.recipe).probability)
    alone = answered(demo, "prediction", **HPV, **{"target.families": "glcm", "prediction.repeats": "1"})
    assert alone.volume == "" and alone.volume_auc is None


def test_the_positive_class_turned_round_turns_the_probabilities_round(demo, predicted):
    other = answered(demo, "prediction", **HPV, **{"target.positive": "negative"})
    assert other.performance.auc.auc == pytest.approx(predicted.performance.auc.auc, abs=1e-9)
    ours = np.sort(predicted.probabilities["probability"])
    np.testing.assert_allclose(np.sort(1 - other.probabilities["probability"]), ours, atol=1e-6)


def test_the_frozen_model_is_the_last_one_and_comes_back_from_json(demo, predicted):
    context, analysis = asked(demo, "prediction", **HPV)
    labelled = analysis.read(context).labelled
    text = json.dumps(predicted.frozen.plain())
    again = thawed(json.loads(text))
    probability = again.probability(labelled.x)
    assert auc(labelled.y, probability).auc == pytest.approx(predicted.apparent, abs=1e-12)
    assert again.about["study"] == "demo" and again.about["fingerprint"] == demo.open("demo").fingerprint
    assert again.about["seed"] == 0 and "scikit-learn" in again.about["versions"]
    assert set(again.features) <= set(labelled.x.columns)


def test_each_threshold_says_what_it_is(demo):
    for name, said in (("half", "from a probability of 0.5"), ("youden", "Youden of each training set")):
        quick = {"prediction.threshold": name, "prediction.repeats": "1", "prediction.folds": "3"}
        found = answered(demo, "prediction", where="centre = A", **HPV, **quick)
        assert said in found.cut and any(said in sentence for sentence in found.words)


def test_harmonised_batches_are_named_and_their_model_stays_where_it_is(demo):
    options = {"prediction.harmonise": "sex", "prediction.repeats": "1", "prediction.folds": "3"}
    found = answered(demo, "prediction", **HPV, **options, **{"target.families": "glcm"})
    assert found.performance.auc.auc > 0.6 and "harmonised over sex" in found.how
    assert found.frozen is None and "harmonised features cannot leave" in found.no_frozen
    with pytest.raises(NotEstimable, match="harmonised features cannot leave"):
        answered(demo, "prediction_elsewhere", **HPV, **options, **{"target.families": "glcm"})
    with pytest.raises(NotEstimable, match="fewer than 10 patients cannot be harmonised"):
        answered(demo, "prediction", where="centre = B", **HPV, **{"prediction.harmonise": "subsite"})


# ------------------------------------------------------------------------------------------------ chance, centres


def test_a_gene_without_images_is_shown_as_the_null_that_it_is(demo):
    few = {"prediction.folds": "3", "target.families": "glcm"}
    found = answered(demo, "prediction_chance", where="centre = A", **few, **{"target.gene": "KMT2D"})
    assert found.p > 0.05 and len(found.null) == 19 and "was not shown to be told" in found.words[0]
    options = {**HPV, **few, "prediction_chance.within": "subsite"}
    within = answered(demo, "prediction_chance", where="centre = A", **options)
    assert within.within == "subsite" and within.smallest == 0.05 and within.p >= 0.05
    assert set(within.null["auc"]) != set(found.null["auc"])


def test_each_centre_is_left_out(demo):
    found = answered(demo, "prediction_centres", **HPV)
    assert found.by == "Centre" and found.table["centre"].tolist() == ["A", "B", "C"]
    assert found.table["n"].sum() == found.n and found.n + found.left_out["n"].sum() == found.n_cohort
    assert (found.table["n"] + found.table["n_train"] == found.n).all()
    assert 0.6 < found.within < 0.95 and "unseen Centre" in found.words[0]
    with pytest.raises(NotEstimable, match="one centre"):
        answered(demo, "prediction_centres", where="centre = A", **HPV)


# ------------------------------------------------------------------------------------------------ elsewhere


@pytest.fixture(scope="module")
def two(demo, tmp_path_factory):
    """The demo, and other studies made of it: the same features but for one family, z-scored, and other names."""
    from data.demo import demo as draft

    library = Library(tmp_path_factory.mktemp("two"))
    first = draft()
    library.publish(first)
    (ct,) = first.feature_sets
    fewer = tuple(each for each in ct.features if each.family != "shape")
    kept = [each.name for each in fewer]
    attributes = [
        dataclasses.replace(each, name="p16", label="p16") if each.name == "hpv_status" else each
        for each in first.attributes
    ]
    for id, features, values, scale in (
        ("fewer", fewer, first.values["ct"][kept], "raw"),
        ("scaled", ct.features, first.values["ct"], "z-scored"),
    ):
        study = dataclasses.replace(first.study, id=id, name=f"Study {id}")
        sets = [dataclasses.replace(ct, features=features, scale=scale)]
        nothing = {"expression": pd.DataFrame(), "gene_sets": first.gene_sets.iloc[:0], "truth": first.truth.iloc[:0]}
        changed = {"patients": first.patients.rename(columns={"hpv_status": "p16"}), "attributes": attributes}
        library.publish(
            dataclasses.replace(first, study=study, feature_sets=sets, values={"ct": values}, **changed, **nothing)
        )
    return library


ELSEWHERE = {"prediction_elsewhere.on": "fewer", "prediction_elsewhere.least": "0.5"}
NAMED = {"prediction_elsewhere.attribute": "p16", "prediction_elsewhere.positive": "positive"}


def test_a_frozen_model_predicts_another_study_with_the_features_that_it_has(two, predicted):
    found = answered(two, "prediction_elsewhere", **HPV, **ELSEWHERE, **NAMED)
    shape = [name for name in predicted.frozen.features if "shape" in name]
    assert len(found.missing) == len(shape) and found.n_matched + len(shape) == found.n_features
    values = two.open("fewer").features(Cohort(), "ct")
    truth = two.open("fewer").patients(Cohort(), ["p16"])["p16"].reindex(values.index)
    known = truth.notna()
    plain = predicted.frozen.probability(values[known])  # the missing family at its medians
    assert found.performance.auc.auc == pytest.approx(auc(truth[known] == "positive", plain).auc, abs=1e-9)
    assert "p16: positive in Study fewer" in found.words[0] and found.n == known.sum()
    assert np.abs(found.shift["distance"]).max() < 0.2 and found.n_far == 0


def test_what_cannot_be_carried_over_is_refused(two):
    with pytest.raises(NotEstimable, match="not found there by the same name"):
        answered(two, "prediction_elsewhere", **HPV, **ELSEWHERE)
    with pytest.raises(NotEstimable, match=r"features of the model are in this feature set \(\d+%; 95% are asked"):
        answered(two, "prediction_elsewhere", **HPV, **ELSEWHERE | {"prediction_elsewhere.least": "0.95"}, **NAMED)
    with pytest.raises(NotEstimable, match="made of raw features, and those of scaled are z-scored"):
        answered(two, "prediction_elsewhere", **HPV, **ELSEWHERE | {"prediction_elsewhere.on": "scaled"}, **NAMED)


def test_patients_of_the_model_are_never_predicted_by_it(demo):
    with pytest.raises(NotEstimable, match="240 are"):
        answered(demo, "prediction_elsewhere", **HPV)
    found = answered(demo, "prediction_elsewhere", where="centre in (A, B)", **HPV)
    own = demo.open("demo").count(parse("centre in (A, B)"))
    assert found.n_same == own and found.n + found.left_out["n"].sum() == found.n_cohort - own
    assert found.study == "other patients of this study" and found.performance.auc.auc > 0.6


# ------------------------------------------------------------------------------------------------ states and links


def test_questions_without_an_answer_are_states(demo, tmp_path):
    for where, options, why in (
        ("hpv_status = positive", HPV, "positive; at least 10 of each"),
        ("age > 300", HPV, "No patient has features"),
        ("centre = C", {"target.gene": "HRAS"}, "at least 10 of each"),
    ):
        with pytest.raises(NotEstimable, match=why) as state:
            answered(demo, "prediction", where=where, **options)
        assert state.value.remedy
    library = Library(tmp_path)
    library.publish(dataclasses.replace(small_draft(), feature_sets=[], values={}))
    with pytest.raises(NotEstimable, match="no imaging features"):
        asked(library, "target", "small")


def test_links_carry_the_question_and_the_model(demo):
    context, analysis = asked(demo, "prediction", **HPV, **{"target.covariates": "age", "prediction.seed": "7"})
    pairs = page_pairs("Prediction", context)
    assert ("target.covariates", "age") in pairs and ("prediction.seed", "7") in pairs
    assert opened(pairs, demo).analysis("prediction") == analysis
    assert issubclass(PredictionElsewhere, type(opened(pairs, demo).analysis("prediction_elsewhere")))
    assert isinstance(pairs, list) and not pd.isna(pairs).any()
