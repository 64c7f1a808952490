"""Genotypes on the second demonstration study, where the truth is known, on real tumours, and beside R."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.analyses.context import Context
from core.analyses.follow_up import Followed
from core.analyses.genotype_choices import genotypes, lung_function, tried
from core.analyses.genotype_cox import GenotypeCox
from core.analyses.genotype_feature import FeatureOfScreen
from core.analyses.genotype_found import chance_area, detectable_area
from core.analyses.genotype_survival import NO_TEST, GenotypeSurvival
from core.analyses.parameters import Scope
from core.errors import NotEstimable, Refused
from core.plots import drawings
from core.radiogenomics.genotype import genotype
from core.run import remembering
from core.store.library import Library
from core.store.schema import Endpoint
from core.store.sources import read
from core.store.sources.notebook import Notebook
from core.view import View
from data.demo_ild import MUC5B, PROGNOSTIC, TOLLIP, demo_ild
from data.demo_regions import GENOTYPE_SHIFTS
from tests.store.drafts import regional_draft

REFERENCE = Path(__file__).parents[1] / "reference" / "genotype"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> Library:
    library = Library(tmp_path_factory.mktemp("genotypes"))
    library.publish(demo_ild())
    return library


@pytest.fixture(scope="module")
def memo():
    return remembering()


def asked(library, memo, study="demo_ild", where="", **options) -> Context:
    view = View(study).with_options({name.replace("__", "."): str(value) for name, value in options.items()})
    if where:
        from core.cohort.expression import parse

        view = view.with_cohort(parse(where))
    return Context(view, library, memo)


def found(context: Context, name: str = "genotype"):
    return context.result(context.analysis(name))


# ------------------------------------------------------------------------------------------------- planted truth


def test_what_was_planted_with_tollip_is_found_and_little_else(shelf, memo):
    result = found(asked(shelf, memo))
    assert result.genotype.name.startswith("TOLLIP")
    assert result.n_tests == 31 * 7
    hits = result.table[result.table["found"]]
    per_feature = hits.groupby("feature").size()
    assert set(GENOTYPE_SHIFTS) <= set(per_feature.index)
    # Each planted feature is found in nearly all of its places, another one here and there.
    assert per_feature[list(GENOTYPE_SHIFTS)].min() >= 6
    others = hits[~hits["feature"].isin(GENOTYPE_SHIFTS)]
    assert len(others) <= 2 * result.q * len(hits)
    signs = hits[hits["feature"].isin(GENOTYPE_SHIFTS)]
    planted = signs["feature"].map(GENOTYPE_SHIFTS)
    assert (np.sign(signs["auc"] - 0.5) == np.sign(planted)).all()
    assert result.strongest[0] in GENOTYPE_SHIFTS
    assert {"firstorder", "fractal"} == set(signs["family"])
    assert (signs["held_out"] > 0.55).all()
    np.testing.assert_allclose(signs["held_out"], signs["apparent"], atol=0.03)


def test_nothing_goes_with_the_muc5b_like_polymorphism_and_it_is_said_so(shelf, memo):
    context = asked(shelf, memo, genotype__genotype=f"attribute:{MUC5B}")
    result = found(context)
    assert (result.n_found, result.n_tests) == (0, 217)
    assert result.table["q"].min() > 0.05
    assert result.words[0].startswith("No difference is shown to go with MUC5B")
    assert any(f"{result.detectable:.2f}" in sentence for sentence in result.words)
    areas, tests = drawings(result)
    assert len(areas.data) == 12 and len(tests.data) == 217
    assert not areas.data["found"].any()


def test_the_two_genotypes_beside_each_other(shelf, memo):
    table = found(asked(shelf, memo), "genotype_overview").table.set_index("name")
    tollip, muc5b = (table[table.index.str.startswith(name)].iloc[0] for name in ("TOLLIP", "MUC5B"))
    assert tollip["n_found"] > 30 and tollip["q_genotype"] < 1e-5
    assert muc5b["n_found"] == 0 and muc5b["q_genotype"] > 0.05
    # A genotype of which much is found must not make the tests of another look found.
    assert muc5b["q"] == pytest.approx(
        found(asked(shelf, memo, genotype__genotype=f"attribute:{MUC5B}")).table["q"].min()
    )


def test_numbers_of_alleles_and_adjustment_find_the_same_features(shelf, memo):
    plain = found(asked(shelf, memo, genotype__repeats=1))
    additive = found(
        asked(shelf, memo, genotype__coding="additive", genotype__adjust="age,sex,centre", genotype__repeats=1)
    )
    assert "proportional-odds" in additive.test
    assert additive.adjust == ("Age at CT", "Sex", "Centre")
    assert set(additive.table.loc[additive.table["found"], "feature"]) >= set(GENOTYPE_SHIFTS)
    same = additive.table.set_index("column")["auc"]
    pd.testing.assert_series_equal(same.loc[plain.table["column"]], plain.table.set_index("column")["auc"])
    assert additive.shared_held_out == pytest.approx(0.5, abs=0.12)


def test_the_global_mean_is_the_derived_feature_set_of_the_study(shelf, memo):
    own = found(asked(shelf, memo, genotype__where='"all pairs"', genotype__repeats=1)).table.set_index("feature")
    derived = found(
        asked(shelf, memo, genotype__over="features", genotype__features="lung_difference", genotype__repeats=1)
    ).table.set_index("feature")
    np.testing.assert_allclose(own["auc"], derived.loc[own.index, "auc"], atol=2e-3)
    assert (own["n"] == derived.loc[own.index, "n"]).all()


def test_as_published_are_average_apparent_areas_without_correction(shelf, memo):
    corrected = found(asked(shelf, memo))
    result = found(asked(shelf, memo, genotype__mode="published"))
    rows = corrected.table[corrected.table["where"] != "all pairs"]
    by_hand = rows.assign(a=np.maximum(rows["auc"], 1 - rows["auc"])).groupby("feature")["a"].mean()
    published = result.published.set_index("feature")
    np.testing.assert_allclose(published["apparent"], by_hand.loc[published.index])
    assert (published["apparent"] >= 0.5).all()
    assert published["n_places"].eq(6).all()
    assert published.index[0] in GENOTYPE_SHIFTS
    useless = published[~published.index.isin(GENOTYPE_SHIFTS)]
    # What a useless feature is said to have is about what useless features have.
    muc5b = found(asked(shelf, memo, genotype__mode="published", genotype__genotype=f"attribute:{MUC5B}")).published
    assert muc5b["apparent"].mean() == pytest.approx(muc5b["chance"].mean(), abs=0.02)
    assert len(useless) == 25
    (figure,) = drawings(result)
    assert figure.name == "genotype_published"
    assert "q" not in result.words[0].split()


def test_the_chance_area_and_the_detectable_area_are_those_of_simulations():
    rng = np.random.default_rng(1)
    draws = rng.random((4000, 70)).argsort(axis=1)[:, :20].sum(axis=1)
    area = (draws - 20 * 19 / 2) / (20 * 50)
    assert np.maximum(area, 1 - area).mean() == pytest.approx(chance_area(np.array(20), np.array(50)), abs=0.003)
    from scipy.stats import mannwhitneyu, norm

    wanted = detectable_area(40, 60, 0.05)
    shift = norm.ppf(wanted) * 2**0.5
    x = rng.normal(size=(600, 100))
    x[:, :40] += shift
    p = mannwhitneyu(x[:, :40], x[:, 40:], axis=1, method="asymptotic").pvalue
    assert (p < 0.05).mean() == pytest.approx(0.8, abs=0.06)


# ------------------------------------------------------------------------------------------------- survival


def test_survival_does_not_hang_together_with_the_muc5b_like_polymorphism(shelf, memo):
    options = {"genotype_feature__feature": PROGNOSTIC, "genotype_feature__where": "all pairs", "genotype__repeats": 1}
    result = found(asked(shelf, memo, genotype__genotype=f"attribute:{MUC5B}", **options), "genotype_cox")
    assert result.interaction_p > 0.05


def test_the_planted_interaction_is_found_with_its_ratios(shelf, memo):
    context = asked(
        shelf, memo, genotype_feature__feature=PROGNOSTIC, genotype_feature__where="all pairs", genotype__repeats=1
    )
    result = found(context, "genotype_cox")
    assert [each.key for each in result.modelled.covariates[2:]] == [
        "attribute:age",
        "attribute:sex",
        "attribute:fvc_percent",
    ]
    assert result.interaction_p < 0.01
    others, carriers = result.effects
    assert (others.at, carriers.at) == ("non-carriers", "carriers")
    # Planted: exp(0.3) in others, exp(1.1) in carriers.
    assert others.lower < np.exp(0.3) < others.upper
    assert carriers.lower < np.exp(1.1) < carriers.upper
    joint = found(context, "genotype_survival")
    assert joint.comparison.test.p < 0.01
    assert [curve.group for curve in joint.comparison.curves.curves] == [
        "low, non-carriers",
        "low, carriers",
        "high, non-carriers",
        "high, carriers",
    ]
    assert {each.name for each in drawings(result)} >= {"genotype_effects", "cox_forest"}


def test_a_searched_cut_shows_its_corrected_p_and_no_test_of_the_groups(shelf, memo):
    options = {"genotype_feature__feature": PROGNOSTIC, "genotype_feature__where": "all pairs", "genotype__repeats": 1}
    context = asked(shelf, memo, genotype_survival__cut="searched", **options)
    result = found(context, "genotype_survival")
    assert result.search is not None
    shown = result.comparison
    assert (shown.test, shown.pairs, shown.hazard, shown.means, shown.trend) == (None, (), None, None, None)
    assert shown.states["test"] == NO_TEST
    assert len(shown.curves.curves) == 4
    assert "corrected p" in result.words[0]
    (entry,) = context.analysis("genotype_survival").tests(context, result)
    assert (entry.n_tests, entry.searched) == (1, True)
    km, *_, scan = drawings(result)
    assert (km.name, scan.name) == ("survival", "searched_cut")
    assert "not compared" in km.alt


def test_every_test_of_survival_is_counted(shelf, memo):
    context = asked(shelf, memo, genotype__repeats=1)
    for name in ("genotype_survival", "genotype_cox"):
        analysis = context.analysis(name)
        (entry,) = analysis.tests(context, found(context, name))
        assert entry.n_tests >= 5
        assert entry.study == "demo_ild"
    assert context.analysis("genotype").tests(context, found(context)) == ()


def test_a_quantile_cuts_where_it_says(shelf, memo):
    context = asked(
        shelf, memo, genotype_survival__cut="quantile", genotype_survival__quantile=0.75, genotype__repeats=1
    )
    result = found(context, "genotype_survival")
    low = sum(curve.n for curve in result.comparison.curves.curves if curve.group.startswith("low"))
    assert low == pytest.approx(0.75 * result.n_followed, abs=1)


def _beside_r() -> tuple[Followed, FeatureOfScreen, pd.DataFrame]:
    patients = pd.read_csv(REFERENCE / "patients.csv", float_precision="round_trip")
    patients.index = pd.Index([f"P{i}" for i in range(len(patients))], name="patient_id")
    coded = genotype(patients["alleles"].astype(str), ("0", "1", "2"), name="rs1")
    chosen = FeatureOfScreen("f_moved", "f_moved", "patient", patients["f_moved"], coded, "features")
    outcomes = patients[["time", "event"]].astype(float)
    n = len(patients)
    followed = Followed(
        Endpoint("os", "Overall survival", "months"),
        outcomes,
        pd.DataFrame(columns=["patient_id", "reason"]),
        0,
        0,
        n,
        n,
        int(outcomes["event"].sum()),
    )
    return followed, chosen, patients


def test_four_groups_and_the_interaction_are_those_of_r():
    followed, chosen, patients = _beside_r()
    theirs = pd.read_csv(REFERENCE / "survival.csv", index_col="name", float_precision="round_trip")["value"]
    joint = GenotypeSurvival(cut="median", quantile=None, seed=0)((followed, chosen))
    assert joint.comparison.test.statistic == pytest.approx(theirs["log_rank"], rel=1e-8)
    from core.analyses.cox_covariates import Covariate
    from core.analyses.genotype_cox import _feature_and_genotype, _Read

    covariates, table = _feature_and_genotype(chosen, patients.index)
    covariates.append(Covariate("attribute:age", "age", "number"))
    table["age"] = patients["age"].astype(float)
    result = GenotypeCox(adjust=("age",))(_Read(followed, chosen, tuple(covariates), pd.DataFrame(table)))
    assert result.interaction_statistic == pytest.approx(theirs["interaction_chi_square"], rel=1e-6)
    assert result.interaction_p == pytest.approx(theirs["interaction_p"], rel=1e-6)
    assert result.n_events == theirs["n_events"]
    for effect, name in zip(result.effects, ("non_carriers", "carriers"), strict=True):
        assert effect.ratio == pytest.approx(theirs[f"hr_{name}"], rel=1e-6)
        assert effect.lower == pytest.approx(theirs[f"hr_{name}_lower"], rel=1e-6)
        assert effect.upper == pytest.approx(theirs[f"hr_{name}_upper"], rel=1e-6)


# ------------------------------------------------------------------------------------------------- real and odd data


def test_egfr_goes_with_no_feature_of_real_lung_tumours(real_study, tmp_path):
    library = Library(tmp_path)
    library.publish(read(real_study("nsclc_radiogenomics"), "nsclc_radiogenomics", Notebook()))
    context = asked(library, remembering(), "nsclc_radiogenomics", genotype__genotype="gene:EGFR")
    result = found(context)
    assert (result.n, result.n_carriers, result.n_tests) == (117, 23, 105)
    assert result.n_found == 0
    assert result.table["q"].min() > 0.5
    assert result.words[0] == "No feature is shown to go with EGFR: 105 tests, the smallest q = 0.93."
    overview = found(context, "genotype_overview").table.set_index("name")
    assert "at least 5" in overview.loc["ALK, mutated", "state"]


def test_odd_cohorts_are_named_states(shelf, memo):
    for where, said in (
        (f'{TOLLIP} in ("C/C")', "0 carriers"),
        (f"{TOLLIP} missing", "0 carriers and 0 non-carriers"),
        ("age < 47", "at least 5"),
        ("age > 200", "are known here"),
    ):
        with pytest.raises(NotEstimable, match=said):
            found(asked(shelf, memo, where=where))
    nobody = found(asked(shelf, memo, where=f'{TOLLIP} in ("C/C")', genotype__genotype=f"attribute:{MUC5B}"))
    assert nobody.n > 80
    overview = found(asked(shelf, memo, where=f'{TOLLIP} in ("C/C")'), "genotype_overview").table
    assert overview["state"].ne("").tolist() == [True, False]


def test_few_patients_have_fewer_folds_or_no_areas_in_left_out_patients(shelf, memo):
    context = asked(shelf, memo, where="age > 75", genotype__folds=10, genotype__repeats=1)
    result = found(context)
    assert "10 folds" in result.no_held_out
    assert any("No areas in left-out patients" in sentence for sentence in result.words)
    assert result.table["held_out"].isna().all()


def test_choices_follow_the_study(shelf, memo, library):
    scope = Scope(asked(shelf, memo), {})
    assert [option.value for option in genotypes(scope)] == [f"attribute:{TOLLIP}", f"attribute:{MUC5B}"]
    assert lung_function(scope) == ("age", "sex", "fvc_percent")
    assert len(tried(scope)) == 32
    small = asked(library, memo, "small")
    assert all(option.value.startswith("gene:") for option in genotypes(Scope(small, {})))
    with pytest.raises(Refused):
        asked(shelf, memo, genotype__genotype="gene:EGFR").analysis("genotype")
    with pytest.raises(Refused):
        asked(shelf, memo, genotype_feature__feature="nothing").analysis("genotype_feature")


def test_few_pairs_and_lungs_of_a_study_that_names_them(tmp_path):
    library = Library(tmp_path)
    draft = regional_draft(n=60)
    alleles = pd.Series((["0", "1", "2"] * 20)[:60], index=draft.patients.index, dtype=object)
    from core.store.schema import Attribute

    draft.attributes = [*draft.attributes, Attribute("rs1", "rs1", "category", levels=("0", "1", "2"), role="genotype")]
    draft.patients = draft.patients.assign(rs1=alleles)
    draft = replace(draft, study=replace(draft.study, id="pairs"))
    library.publish(draft)
    context = asked(library, remembering(), "pairs", genotype__where='"all pairs","left lung"', genotype__repeats=1)
    result = found(context)
    assert (result.n_measured, result.n_complete, result.n_pairs) == (30, 28, 4)
    assert set(result.table["where"]) == {"all pairs", "left lung"}
    assert result.fewest_pairs == 3
    assert any("28 of them all 4 pairs" in sentence for sentence in result.words)
