"""Dose, complication, control and data-driven models: planted truth, numbers by hand, who is left out, named states."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.analyses.complication import PUBLISHED
from core.analyses.context import Context
from core.errors import NotEstimable
from core.radiogenomics.dose import Dvh, geud_gy
from core.run import remembering
from core.store.library import Library
from core.view import View
from data.demo import demo
from data.demo_doses import D50_GY, GAMMA50, TD50_GY, M, N
from tests.store.dosed import PAROTID, TARGET, dosed_draft
from tests.store.drafts import small_draft


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    library = Library(tmp_path_factory.mktemp("doses"))
    for draft in (demo(), dosed_draft(), small_draft()):
        library.publish(draft)
    return library


@pytest.fixture(scope="module")
def asked(library):
    memo = remembering()

    def ask(name: str, study: str = "demo", where: str = "", **options):
        from core.cohort import parse

        view = View(study, parse(where)) if where else View(study)
        view = view.with_options({f"{name}.{key}": str(text) for key, text in options.items()})
        context = Context(view, library, memo)
        return context.result(context.analysis(name))

    return ask


def accounted(result) -> None:
    """Everybody of the cohort is in or has a reason."""
    assert result.n + int(result.left_out["n"].sum()) == result.n_cohort


# ------------------------------------------------------------------------------------------------ dose


def test_histograms_and_summaries_are_those_of_the_tables(asked):
    result = asked("dose", vx=20, dx=50, a=3)
    rows = demo().doses
    for patient in ("DEMO-001", "DEMO-007"):
        table = rows[(rows["patient_id"] == patient) & (rows["structure"] == "parotid")]
        dvh = Dvh.of(table["dose_gy"], table["volume"], "cumulative")
        found = result.table.loc[patient]
        assert found["mean_gy"] == pytest.approx(dvh.mean_gy) and found["max_gy"] == dvh.max_gy
        assert found["volume_at"] == pytest.approx(100 * dvh.volume_at(20))
        assert found["dose_at_gy"] == pytest.approx(dvh.dose_at(0.5))
        assert found["geud_gy"] == pytest.approx(geud_gy(dvh, 3))
        assert found["eqd2_mean_gy"] == pytest.approx(dvh.eqd2(33, 3).mean_gy)
        np.testing.assert_allclose(result.curves.loc[patient, 20.0], 100 * dvh.volume_at(20))
    accounted(result)
    assert result.n == 206 and result.levels == ("no", "yes", "not known")


def test_medians_are_those_of_the_groups_at_each_dose(asked):
    result = asked("dose")
    for level in result.levels:
        shown = result.medians[result.medians["group"] == level]
        lines = result.curves[result.group == level]
        np.testing.assert_allclose(shown["volume_percent"], np.median(lines, axis=0))
        assert (shown["n"] == len(lines)).all() and (np.diff(shown["volume_percent"]) <= 1e-9).all()


def test_cubic_centimetres_a_broken_table_and_no_outcome(asked):
    result = asked("dose", "dosed", outcome="none")
    accounted(result)
    assert result.n == 89 and result.levels == ("all patients",)
    (reason,) = result.left_out["reason"]
    assert "cannot be used" in reason and "is left" in reason
    assert (result.table["volume_cm3"] == 25).all() and "volume_cm3" in set(result.metrics["metric"])
    assert "volume_cm3" not in set(asked("dose").metrics["metric"])
    assert (
        asked("dose", "dosed", structure=TARGET).metrics.set_index("metric").loc["geud_gy", "label"] == "gEUD, a = -10"
    )


# ------------------------------------------------------------------------------------------------ complications


def test_the_planted_complication_curve_lies_within_the_intervals(asked):
    found = asked("complication").lkb
    for estimate, planted in ((found.td50_gy, TD50_GY), (found.m, M), (found.n, N)):
        assert (estimate.low or 0) < planted < (estimate.high or np.inf)
    held = asked("complication", given="own", td50=TD50_GY, m=M, n=N, volume="given")
    assert held.lkb.n.value == N and held.lkb.td50_gy.low < TD50_GY < held.lkb.td50_gy.high


def test_planted_parameters_are_found_calibrated_and_wrong_ones_are_not(asked):
    (right,) = asked("complication", given="own", td50=TD50_GY, m=M, n=N, volume="given").calibration
    assert right.line.slope.lower < 1 < right.line.slope.upper
    assert right.line.in_the_large.lower < 0 < right.line.in_the_large.upper
    result = asked("complication", given="own", td50=60, m=M, n=N, volume="given")
    (wrong,) = result.calibration
    assert wrong.line.in_the_large.lower > 0 and wrong.brier.score > right.brier.score
    assert any("too low for these patients" in sentence for sentence in result.words)


def test_given_probabilities_and_bins_by_hand(asked):
    from scipy.stats import norm

    result = asked("complication")
    given, patients = PUBLISHED["saliva"], result.given.patients
    by_hand = norm.cdf((patients["dose_gy"] - given.td50_gy) / (given.m * given.td50_gy))
    (calibration,) = result.calibration
    assert calibration.expected == pytest.approx(by_hand.mean())
    assert calibration.brier.score == pytest.approx(np.mean((by_hand - patients["event"]) ** 2))
    bins = result.given.bins
    assert bins["n"].sum() == result.n == 188 and bins["n_events"].sum() == result.n_events == 72
    first = patients[patients["dose_gy"].between(bins["from_gy"][0], bins["to_gy"][0])]
    assert (len(first), first["event"].sum()) == (bins["n"][0], bins["n_events"][0])
    assert ((bins["lower"] <= bins["share"]) & (bins["share"] <= bins["upper"])).all()
    curve = result.given.curves[0]
    at = np.interp(given.td50_gy, curve.dose_gy, curve.probability)
    assert at == pytest.approx(0.5, abs=0.005)
    accounted(result)


def test_conversion_changes_doses_and_says_when_parameters_are_for_others(asked):
    held = {"volume": "given"}
    plain, converted = asked("complication", **held), asked("complication", convert="yes", alpha_beta=3, **held)
    assert converted.given.patients["dose_gy"].mean() < plain.given.patients["dose_gy"].mean()
    assert "fractions of 2 Gy (given in 33, alpha/beta 3 Gy)" in converted.doses
    assert any("meant for physical doses" in sentence for sentence in converted.words)
    lung = asked("complication", given="pneumonitis", **held)
    assert "fractions of 2 Gy" in lung.doses and not any("They are meant for" in each for each in lung.words)
    physical = asked("complication", given="pneumonitis", convert="no", **held)
    assert any("meant for doses in fractions" in sentence for sentence in physical.words)


def test_several_levels_can_count_as_the_event(asked):
    result = asked("complication", "dosed", outcome="grade", event="2,3", volume="given")
    grades = dosed_draft().patients["grade"]
    used = grades.drop(index=grades.index[0])  # whose parotid table is broken
    assert (result.n, result.n_events) == (89, used.isin(["2", "3"]).sum())
    assert result.event == "Toxicity grade (2 or 3)"
    assert result.structure == PAROTID


def test_an_outcome_that_has_nothing_to_do_with_the_dose_gets_no_curve(asked):
    result = asked("complication", outcome="sex", event="female", volume="given")
    if result.lkb is None:
        assert result.no_fit and "No curve was fitted" in " ".join(result.words)
    else:
        assert result.lkb.log_likelihood - result.lkb.log_likelihood_null < 2
    falling = asked("complication", "dosed", outcome="xerostomia", event="no", volume="given")
    assert falling.lkb is None and falling.fitted is None and falling.estimates.empty
    assert "No curve was fitted to these patients. No curve that rises" in " ".join(falling.words)


# ------------------------------------------------------------------------------------------------ control


def test_the_planted_control_curve_lies_within_the_intervals(asked):
    result = asked("control", d50=D50_GY, gamma50=GAMMA50)
    found = result.logistic
    assert found.d50_gy.low < D50_GY < found.d50_gy.high and found.gamma50.low < GAMMA50 < found.gamma50.high
    logistic, poisson = result.calibration
    for each in (logistic, poisson):
        assert each.line.slope.lower < 1 < each.line.slope.upper, each.name
    assert logistic.line.in_the_large.lower < 0 < logistic.line.in_the_large.upper
    accounted(result)


def test_the_poisson_curve_has_the_position_and_steepness_that_were_given(asked):
    """33 fractions of 60 Gy are not of 2 Gy, so only with infinitely many alike is D50 exactly where it was given."""
    result = asked("control", d50=66, gamma50=2.5)
    curves = {curve.name: curve for curve in result.given.curves}
    assert np.interp(66, curves["LQ-Poisson"].dose_gy, curves["LQ-Poisson"].probability) == pytest.approx(0.5, abs=0.01)
    assert np.interp(66, curves["logistic"].dose_gy, curves["logistic"].probability) == pytest.approx(0.5, abs=0.01)
    estimates = result.estimates.set_index("parameter")["value"]
    logs = np.log(estimates["clonogens"] / np.log(2))
    assert estimates["alpha"] == pytest.approx(logs / (estimates["D50"] * 1.2))


def test_an_outcome_that_does_not_rise_with_the_dose_is_a_null_result(asked):
    result = asked("control", outcome="treatment", event="chemoradiotherapy")
    told = " ".join(result.words)
    assert "a null result" in told and "clonogens and alpha" not in told
    assert result.logistic.gamma50.low is None and "D50 lies beyond the doses seen" in told
    assert "a null result" not in " ".join(asked("control").words)


# ------------------------------------------------------------------------------------------------ data-driven


def test_the_planted_dose_is_chosen_and_adds_to_the_clinic(asked):
    result = asked("outcome_terms", resamples=40)
    found = result.found
    assert found.kept == ("Age at diagnosis", "Sex: male")
    assert [term.name for term in found.terms if not term.kept] == ["Mean dose"]
    assert found.held_out.auc > found.held_out_kept.auc + 0.15
    assert any(sentence.startswith("Added to the terms in every model") for sentence in result.words)
    accounted(result)


def test_doses_that_have_nothing_to_do_with_the_outcome_are_a_null_result(asked):
    result = asked("outcome_terms", outcome="sex", event="female", clinical="age", resamples=40, measure="likelihood")
    assert any("null result" in sentence for sentence in result.words)
    assert result.found.held_out.auc < 0.65


def test_candidates_are_coded_as_they_say(asked):
    result = asked(
        "outcome_terms",
        "dosed",
        outcome="xerostomia",
        structures=f'"{PAROTID}",{TARGET}',
        metrics="mean,v20",
        clinical="age,subsite",
        genotypes="snp",
        features="ct",
        images="original_glcm_Contrast",
        resamples=20,
        keep="no",
    )
    kinds = result.candidates.groupby("kind")["name"].agg(list)
    assert kinds["dose"] == [f"{PAROTID}, mean dose", f"{PAROTID}, V20", "Target, mean dose", "Target, V20"]
    assert kinds["clinical"] == ["Age at diagnosis", "Subsite: larynx", "Subsite: oral cavity"]
    assert kinds["genotype"] == ["SNP"] and kinds["image"] == ["original_glcm_Contrast"]
    assert set(result.left_out["reason"]) >= {"without a known outcome", "without some dose"}
    assert result.found.kept == () and result.found.held_out_kept is None
    accounted(result)


def test_genotypes_count_minor_alleles(library):
    from core.analyses.outcome_terms_read import terms

    context = Context(View("dosed").with_options({"outcome_terms.genotypes": "snp"}), library)
    found = terms(context, context.analysis("outcome_terms"))
    calls = dosed_draft().patients["snp"]
    assert found.table["SNP"].to_list() == [call.count("G") for call in calls]
    assert found.event.isna().sum() == 4


# ------------------------------------------------------------------------------------------------ states


@pytest.mark.parametrize("name", ["dose", "complication", "control", "outcome_terms"])
def test_a_study_without_doses_says_what_brings_them(asked, name):
    with pytest.raises(NotEstimable, match=r"no dose-volume tables\. A plain study folder brings them as dvh\.csv"):
        asked(name, "small")


@pytest.mark.parametrize(
    ("name", "where", "what"),
    [
        ("dose", "treatment = surgery", "None of 34 patients has a dose table"),
        ("complication", "treatment = surgery", "Of 0 patients with a dose table"),
        ("control", "age > 85", "needed"),
        ("outcome_terms", "age > 80", "are needed"),
    ],
)
def test_too_few_patients_are_a_state(asked, name, where, what):
    with pytest.raises(NotEstimable, match=what):
        asked(name, where=where)


def test_nothing_to_choose_from_is_a_state(asked):
    with pytest.raises(NotEstimable, match="No candidate is chosen"):
        asked("outcome_terms", metrics="", clinical="")
    with pytest.raises(NotEstimable, match="nothing to choose"):
        asked("outcome_terms", metrics="")


def test_estimates_are_a_table_with_open_ends(asked):
    table = asked("complication").estimates.set_index(["model", "parameter"])
    assert np.isnan(table.loc[("Lyman-Kutcher-Burman", "n"), "upper"])
    held = asked("complication", volume="given").estimates
    assert held.loc[held["parameter"] == "n", "how"].item() == "held as given"
    assert isinstance(held, pd.DataFrame) and set(held["model"]) == {"Lyman-Kutcher-Burman", "logistic"}
