"""Invariance across centres as the page shows it: patients counted, states, words, and what the test can see."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from core.analyses.opening import opened, page_pairs
from core.cohort import Cohort
from core.errors import NotEstimable, Refused
from core.plots import drawings
from core.radiogenomics.invariance import invariant_prediction, invariant_sets
from core.radiogenomics.invariance_environments import BONFERRONI, PUBLISHED, combined, welch
from core.radiogenomics.invariance_power import detectable, fallen
from core.radiogenomics.trained import ready
from tests.analyses.centred import asked, centred_library, result_of
from tests.radiogenomics.test_invariance import case, invariance_of


@pytest.fixture(scope="module")
def centred(tmp_path_factory):
    return centred_library(tmp_path_factory.mktemp("centred"))


def test_everybody_is_in_or_left_out_for_one_reason(centred):
    found = result_of(centred, "centres", centres__fewest="5")
    assert found.n + found.left_out["n"].sum() == found.n_cohort == 120
    reasons = dict(zip(found.left_out["reason"], found.left_out["n"], strict=True))
    assert "class not known" in reasons and "no imaging features" in reasons
    assert reasons["Centre not known"] <= 2
    assert any(reason.startswith("in an environment of fewer than 5: ") and "tiny (" in reason for reason in reasons)
    assert found.environments["n"].sum() == found.n == len(found.patients) == len(found.values)
    assert found.environments["n_positive"].sum() == found.n_positive
    store = centred.open("small")
    known = store.patients(Cohort(), ["hpv_status", "centre"]).loc[found.patients.index]
    assert (known["centre"] == found.patients["environment"]).all()
    assert ((known["hpv_status"] == "positive") == found.patients["positive"]).all()


def test_small_environments_may_be_joined_and_are_named(centred):
    sizes = result_of(centred, "centres", centres__fewest="3").environments.set_index("environment")["n"]
    fewest = int(sizes["C"]) + 1
    found = result_of(centred, "centres", centres__fewest=str(fewest), centres__small="join")
    assert "small ones together" in set(found.environments["environment"])
    note = next(note for note in found.notes if note.startswith("Joined into one environment"))
    assert f"C ({sizes['C']})" in note and "D (" in note
    left = result_of(centred, "centres", centres__fewest=str(fewest))
    assert left.n < found.n and set(left.environments["environment"]) == {"A", "B"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"where": "centre = A"}, "of one environment, A"),
        ({"centres__fewest": "50"}, "in an environment .Centre. of at least 50|of one environment"),
        ({"where": "hpv_status = positive", "centres__fewest": "3"}, "patients that can be used are positive"),
        ({"where": "age > 300"}, "No patient has features"),
    ],
)
def test_what_cannot_be_compared_is_a_named_state(centred, options, said):
    with pytest.raises(NotEstimable, match=said) as state:
        result_of(centred, "invariance", **options)
    assert state.value.remedy


def test_the_class_cannot_be_the_environment_and_links_carry_everything(centred):
    with pytest.raises(Refused):
        asked(centred, "centres", centres__environment="hpv_status").analysis("centres")
    options = {"centres__environment": "sex", "invariance__factor": "published", "invariance__most": "3"}
    context = asked(centred, "invariance", **options)
    pairs = page_pairs("Prediction", context)
    assert {("centres.environment", "sex"), ("invariance.factor", "published"), ("invariance.most", "3")} <= set(pairs)
    assert opened(pairs, centred).analysis("invariance") == context.analysis("invariance")


def test_the_result_is_the_test_of_the_patients_that_are_told(centred):
    centres = result_of(centred, "centres")
    found = result_of(centred, "invariance")
    prepared = ready(centres.values)
    names = [centres.features[place] for place in prepared.columns]
    theirs = invariant_prediction(
        centres.patients["positive"].to_numpy(dtype=int),
        prepared.of(centres.values),
        names,
        centres.patients["environment"].to_numpy(dtype=str),
    )
    pd.testing.assert_frame_equal(found.found.sets, theirs.sets)
    assert found.found.factor == BONFERRONI and found.n == theirs.n == centres.n
    published = result_of(centred, "invariance", invariance__factor="published").found
    count = len(published.environments)
    both = found.found.sets["p"] < 1
    np.testing.assert_allclose(published.sets["p"][both], found.found.sets["p"][both] * (count - 1) / count, rtol=1e-12)
    assert result_of(centred, "invariance", invariance__residuals="none").shown == 0
    assert result_of(centred, "invariance", invariance__residuals="all").shown == len(found.found.sets) - 1


def test_accepting_everything_is_said_to_be_no_evidence(centred):
    found = result_of(centred, "invariance")
    if found.found.sets["accepted"].all():
        assert any("It is no evidence" in sentence for sentence in found.words)
    said = " ".join(found.words)
    assert "because nothing was found against it" in said and "four of five such studies" in said
    assert found.words[0].startswith("HPV status: positive, over Centre: ")


def test_drawings_hold_every_set_and_every_patient(centred):
    found = result_of(centred, "invariance")
    sets, residuals = drawings(found)
    assert len(sets.data) == len(found.found.sets)
    assert (residuals.data["mark"] == "patient").sum() == found.n
    assert (residuals.data["mark"] == "environment").sum() == len(found.places)
    assert str(found.n) in sets.caption and str(found.n) in residuals.caption


# ------------------------------------------------------------------------------------------- what can be seen


def test_where_and_how_rejected_sets_fail_is_counted():
    found = invariance_of(case("hidden"))
    table = fallen(found)
    assert table["sets"].sum() == len(found.sets) and list(table["sets"]) == sorted(table["sets"], reverse=True)
    first = table.iloc[0]
    own = found.sets[
        (found.sets["environment"] == first["environment"])
        & ((found.sets["gap"] > 0) == (first["direction"] == "more"))
    ]
    assert (len(own), own["p"].min(), own["p"].max()) == (first["sets"], first["smallest_p"], first["largest_p"])


def test_the_gap_at_a_place_is_that_of_the_table_of_sets():
    found = invariance_of(case("three"))
    for place in (0, 5, 15):
        row, table = found.sets.iloc[place], detectable(found, place).set_index("environment")
        assert table.loc[row["environment"], "gap"] == pytest.approx(row["gap"], rel=1e-12)
        assert table.loc[row["environment"], "p"] == pytest.approx(row["p_environment"], rel=1e-12) == table["p"].min()


@pytest.mark.parametrize("factor", [BONFERRONI, PUBLISHED])
def test_a_difference_of_the_size_told_is_found_in_four_of_five_studies(factor):
    """Shares 0.5 everywhere but in the last environment, which differs from the others by the gap told."""
    chance = np.random.default_rng(2)
    environment = np.repeat(["a", "b", "c"], [60, 80, 50])
    y = np.tile([0, 1], 95)
    gap = detectable(invariant_sets(y, np.empty((190, 0)), [], environment, factor=factor), 0)["detectable"].iloc[2]
    runs = 3000
    share = np.where(environment == "c", 0.5 + gap, 0.5)
    classes = (chance.random((runs, 190)) < share).astype(float)
    codes = np.repeat([0, 1, 2], [60, 80, 50])
    p = combined(welch(classes - classes.mean(axis=1, keepdims=True), codes, 3)[0], factor)[0]
    low, high = binom.ppf([0.005, 0.995], runs, 0.8)
    assert low - 0.02 * runs <= (p <= 0.05).sum() <= high + 0.05 * runs  # shares away from one half vary less
