"""Classifiers on left-out centres as the page shows them: planted truth, a null, tables against the scores, states."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import matthews_corrcoef, roc_auc_score

from core.analyses.context import Context
from core.analyses.left_out_tables import ARM_NAMES
from core.analyses.left_out_words import value_text
from core.errors import NotEstimable
from core.plots import drawings
from core.run import remembering
from core.stats.multiplicity import holm
from core.store.library import Library
from core.store.sources import read
from core.store.sources.notebook import Notebook
from core.view import View
from tests.analyses.centred import asked, centred_library, result_of

NAME = "left_out_centres"
QUICK = {"left_out_centres__repeats": "1", "left_out_centres__splits": "2"}
ALONE = QUICK | {"left_out_centres__splits": "0"}


@pytest.fixture(scope="module")
def centred(tmp_path_factory):
    return centred_library(tmp_path_factory.mktemp("centred"))


@pytest.fixture(scope="module")
def found(centred):
    return result_of(centred, NAME, centres__fewest="5", **QUICK)


def test_hpv_of_the_demonstration_study_is_told_in_every_centre_and_sex_is_not(demo):
    hpv = result_of(demo, NAME, study="demo", **ALONE)
    rows = hpv.pooled.set_index("arm")
    for arm in ("screen and gate", "plain lasso", "screen alone"):
        assert rows.loc[arm, "auc_lower"] > 0.7 and rows.loc[arm, "n"] == hpv.n
    null = result_of(demo, NAME, study="demo", **(ALONE | {"target__attribute": "sex", "target__positive": "male"}))
    row = null.pooled.set_index("arm").loc["plain lasso"]
    assert row["auc_lower"] is None or row["auc_lower"] < 0.5 < row["auc_upper"] or abs(row["auc"] - 0.5) < 0.1


def test_every_number_of_a_centre_follows_from_the_probabilities(found):
    scores = found.scores
    assert len(scores) == found.n == scores["patient_id"].nunique()
    for row in found.table.itertuples():
        own = scores[scores["centre"] == row.centre]
        y, score = own["positive"].to_numpy(), own[row.arm].to_numpy()
        calls = score >= 0.5
        assert (row.n, row.n_positive) == (len(own), y.sum())
        assert (row.tp, row.fn, row.tn, row.fp) == (
            *((y & calls).sum(), (y & ~calls).sum()),
            *((~y & ~calls).sum(), (~y & calls).sum()),
        )
        if 0 < y.sum() < len(y):
            assert row.auc == pytest.approx(roc_auc_score(y, score))
        assert row.mcc == pytest.approx(matthews_corrcoef(y, calls), abs=1e-12)
    pooled = found.pooled.set_index("arm")
    for arm in ARM_NAMES.values():
        calls = scores[arm] >= 0.5
        assert pooled.loc[arm, "mcc"] == pytest.approx(matthews_corrcoef(scores["positive"], calls), abs=1e-12)
        assert pooled.loc[arm, "auc_all"] == pytest.approx(roc_auc_score(scores["positive"], scores[arm]))
        assert found.features[arm].max() <= pooled.loc[arm, "n_centres"]


def test_differences_are_of_the_pooled_numbers_and_all_of_them_are_counted(found):
    pooled = found.pooled.set_index("arm")
    for row in found.differences.itertuples():
        expected = pooled.loc[row.arm, row.measure] - pooled.loc["plain lasso", row.measure]
        assert row.difference == pytest.approx(expected)
        other = ((found.scores[row.arm] >= 0.5) != (found.scores["plain lasso"] >= 0.5)).sum()
        assert row.n_called_otherwise == other
    assert len(found.differences) == 16
    np.testing.assert_allclose(found.differences["p_adjusted"], holm(found.differences["p"]))


def test_mixed_splits_are_told_apart_from_left_out_centres(found, centred):
    assert set(found.mixed["n_splits"]) <= {0, 2} and found.splits == 2
    assert (found.mixed["n_train"] + found.mixed["n_test"] == found.n).all()
    none = result_of(centred, NAME, centres__fewest="5", **ALONE)
    assert none.mixed.empty and none.mixed_differences.empty
    pd.testing.assert_frame_equal(none.table, found.table)


def test_the_words_name_every_centre_that_says_nothing_and_every_arm_without_features(found):
    said = " ".join(found.words)
    assert found.words[0].startswith("HPV status: positive, on patients of a centre that took no part: AUC")
    assert f"n = {found.n}, {found.n_positive} positive" in found.words[0]
    for row in found.table[found.table["n_selected"] == 0].itertuples():
        assert row.arm in said and row.why.rstrip(".") in said
    assert "Holm over 16 comparisons" in said
    (drawing,) = drawings(found)
    assert set(drawing.data["centre"]) == {*found.table["centre"], "all centres"}
    assert set(drawing.data["arm"]) == set(found.table.loc[found.table["n_selected"] > 0, "arm"])


def test_what_was_chosen_as_published_is_said(centred):
    options = {"selected": "once", "learned": "everybody", "grid": "published", "direction": "auto"}
    published = {f"left_out_centres__{name}": value for name, value in options.items()}
    result = result_of(centred, NAME, centres__fewest="5", invariance__factor="published", **ALONE, **published)
    (note,) = (note for note in result.notes if note.startswith("As published: "))
    for part in ("once before the tuning folds", "all patients", "powers of two", "turned over", "K - 1"):
        assert part in note
    areas = result.table["auc"].dropna()
    assert (areas >= 0.4).all()  # a curve whose medians are the wrong way round is turned over


def test_two_centres_leave_nothing_to_compare_in_training(centred):
    result = result_of(centred, NAME, where="centre in (A,B)", centres__fewest="5", **ALONE)
    said = " ".join(result.words)
    assert "invariance cannot be tested" in said and "of one environment" in said.replace("from one", "of one")
    arms = result.table.set_index("arm")["n_selected"]
    assert (arms.loc["screen and gate"] == 0).all() and (arms.loc["screen alone"] > 0).all()


def test_nobody_can_be_left_out_where_no_class_is_large_enough(centred):
    context = asked(centred, NAME, centres__fewest="5", **ALONE)
    analysis = context.analysis(NAME)
    data = analysis.read(context)
    patients = data.centres.patients.copy()
    first = patients.index[patients["environment"] == "A"][:2]
    patients["positive"] = patients.index.isin(first)
    few = dataclasses.replace(data, centres=dataclasses.replace(data.centres, patients=patients))
    with pytest.raises(NotEstimable, match=r"No centre can be left out: .* train, 0 of them positive") as state:
        analysis(few)
    assert state.value.remedy


def test_a_number_is_said_with_its_interval_or_not_at_all():
    assert value_text(0.75, 0.25, 1.0) == "0.75 (95 % CI 0.25 to 1.00)"
    assert value_text(-0.5, None, None) == "−0.50" and value_text(None, None, None) == "-"
    assert value_text(np.nan, np.nan, np.nan) == "-" and value_text(0.5, np.nan, np.nan) == "0.50"


def test_on_gliomas_of_four_sites_idh_is_told_on_a_site_that_took_no_part(real_study, tmp_path):
    """One repeat and the small sites left out, to be quick; docs/invariance.md has the whole."""
    folder = real_study("glioma_arita")
    library = Library(tmp_path)
    library.publish(read(folder, "glioma_arita", Notebook()))
    options = {"target.over": "category", "target.attribute": "idh_mutated", "target.positive": "0"}
    options |= {"centres.fewest": "50", "left_out_centres.repeats": "1", "left_out_centres.splits": "0"}
    options |= {"left_out_centres.selected": "once"}
    context = Context(View("glioma_arita").with_options(options), library, remembering())
    result = context.result(context.analysis(NAME))
    assert (result.n, result.n_positive) == (134, 43)
    assert list(result.table["centre"].unique()) == ["KNBTG", "NCC"]
    screen = result.table[result.table["arm"] == "screen alone"].set_index("centre")
    assert 0.6 < screen.loc["NCC", "auc"] < 0.9 and screen.loc["KNBTG", "n_selected"] <= 8
