"""The screen of the Survival page: its numbers against models one by one, who is in them, and what is said of them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from core.analyses.context import Context
from core.analyses.opening import opened, page_pairs, repaired
from core.analyses.survival_screen_result import shared
from core.analyses.survival_screen_words import detectable_ratio, screen_words
from core.cohort import Cohort, parse
from core.errors import NotEstimable, Refused
from core.run import remembering
from core.stats.multiplicity import benjamini_hochberg
from core.store import feature_list
from core.store.library import Library
from core.store.schema import Feature, FeatureSet
from core.store.sources import read
from core.store.sources.notebook import Notebook
from core.survival.cox import cox_model
from core.survival.hazard import hazard_per_sd, hazard_ratio
from core.survival.outcome import Outcome
from core.survival.screen import survival_screen
from core.survival.words import p_text
from core.view import View
from tests.store.drafts import small_draft

VOLUME, CONTRAST = "original_shape_MeshVolume", "original_glcm_Contrast"


def asked(library, study="small", where="", features="", **options):
    chosen = {name.replace("__", "."): text for name, text in options.items()}
    chosen = {name if "." in name else f"survival_screen.{name}": text for name, text in chosen.items()}
    view = View(study, parse(where) if where else Cohort()).with_options(chosen).with_features(features)
    context = Context(view, library, remembering())
    return context, context.analysis("survival_screen")


def screened(library, study="small", where="", features="", **options):
    context, analysis = asked(library, study, where, features, **options)
    return context.result(analysis)


def outcome_of(store, endpoint, patients, unit="days"):
    outcomes = store.outcomes(Cohort(), endpoint).loc[patients]
    return Outcome.of(outcomes["time"], outcomes["event"], unit)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A library with one real study, read once."""
    library, known = Library(tmp_path_factory.mktemp("real")), set()

    def of(folder):
        if folder.name not in known:
            library.publish(read(folder, folder.name, Notebook()))
            known.add(folder.name)
        return library

    return of


# ------------------------------------------------------------------------------------------------ the numbers


def one_by_one(store, result, feature_set, endpoint, names):
    """Each row beside the model of lifelines that the page of that feature shows."""
    values = store.features(Cohort(), feature_set)
    outcome = outcome_of(store, endpoint, values.index)
    rows = result.table.set_index("feature")
    for name in names:
        alone, row = hazard_per_sd(outcome, values[name]), rows.loc[name]
        assert (row["n"], row["n_events"]) == (alone.n, alone.n_events)
        assert row["hazard_ratio"] == pytest.approx(alone.estimate.ratio, rel=1e-6)
        assert row["lower"] == pytest.approx(alone.estimate.lower, rel=1e-6)
        assert row["upper"] == pytest.approx(alone.estimate.upper, rel=1e-6)
        assert row["wald_p"] == pytest.approx(alone.estimate.p, rel=1e-5, abs=1e-14)
        assert row["sd"] == pytest.approx(alone.sd, rel=1e-9)


def test_equals_the_models_of_the_demo_one_by_one(demo):
    result = screened(demo, "demo")
    store = demo.open("demo")
    one_by_one(store, result, "ct", "os", store.catalogue.feature_sets["ct"].names[::12])
    assert (result.n_features, result.n_tests) == (120, 120)
    np.testing.assert_allclose(result.table["q"], benjamini_hochberg(result.table["lr_p"]), rtol=1e-12)


def test_equals_the_models_of_real_patients_one_by_one(real, real_study):
    library = real(real_study("hn_tcia"))
    result = screened(library, "hn_tcia")
    one_by_one(library.open("hn_tcia"), result, "features", "os", result.table["feature"][::15])
    assert (result.n, result.n_events, result.n_tests) == (321, 121, 105)
    assert result.left_out.to_dict("records") == [{"reason": "no imaging features", "n": 329}]
    np.testing.assert_allclose(result.table["q"], benjamini_hochberg(result.table["lr_p"]), rtol=1e-12)
    copies = result.table.set_index("feature")["copy_of"]
    assert copies[copies != ""].to_dict() == {"original_firstorder_TotalEnergy": "original_firstorder_Energy"}
    assert result.n_found + result.n_found_copies == (result.table["q"] < 0.05).sum() > 40
    assert any("follow the volume" in sentence for sentence in result.words)


def test_what_is_adjusted_for_is_what_the_cox_model_takes(real, real_study):
    library = real(real_study("hn_tcia"))
    options = {"adjust": "age,sex,hpv_status", "strata": "collection", "volume": VOLUME, "volume_by": "value"}
    result = screened(library, "hn_tcia", **options)
    store = library.open("hn_tcia")
    values = store.features(Cohort(), "features")
    known = store.patients(Cohort(), ["age", "sex", "hpv_status", "collection"]).loc[values.index]
    covariates = known[["age", "sex", "hpv_status"]].assign(volume=values[VOLUME])
    rows = result.table.set_index("feature")
    for name in ("original_firstorder_Mean", "original_glcm_Idm"):
        model = cox_model(
            outcome_of(store, "os", values.index),
            covariates.assign(feature=values[name]),
            strata=known["collection"],
        )
        (row,) = (each for each in model.rows if each.term == "feature")
        assert (
            (model.n, model.n_events)
            == (rows.loc[name, "n"], rows.loc[name, "n_events"])
            == (result.n, result.n_events)
        )
        assert rows.loc[name, "hazard_ratio"] == pytest.approx(row.ratio_per_sd, rel=1e-6)
        assert rows.loc[name, "wald_p"] == pytest.approx(row.p, rel=1e-5)
        (term,) = (each for each in model.terms if each.term == "feature")
        assert rows.loc[name, "lr_p"] == pytest.approx(term.lr_p, rel=1e-5)
    assert result.covariates[:3] == ("Age", "Sex: M", "HPV status: positive")
    assert result.n + result.left_out["n"].sum() == result.n_cohort == 650
    assert rows.loc[VOLUME, "state"] == "not estimable (no variation left at risk)"


def test_mutated_genes_are_compared_with_wild_type(real, real_study):
    library = real(real_study("glioma_tcga"))
    result = screened(library, "glioma_tcga", over="mutations")
    store = library.open("glioma_tcga")
    status = store.mutation_status(Cohort())
    outcomes = store.outcomes(Cohort(), "os")
    outcome = Outcome.of(outcomes["time"], outcomes["event"], "days")
    tested = result.table[result.table["lr_p"].notna()]
    assert len(tested) == result.n_tests == 13 and result.n_not_tested == 7 and result.n_features == 20
    for row in tested.itertuples():
        groups = status[row.feature].where(status[row.feature] != "not profiled", None)
        alone = hazard_ratio(outcome, groups, "wild type")
        (level,) = (each for each in alone.levels if each.group == "mutated")
        assert row.hazard_ratio == pytest.approx(level.estimate.ratio, rel=1e-6)
        assert (row.lower, row.upper) == pytest.approx((level.estimate.lower, level.estimate.upper), rel=1e-6)
        assert (row.n_mutated, row.n_mutated_events, row.n) == (level.n, level.n_events, alone.n)
        assert row.lr_p == pytest.approx(alone.overall_p, rel=1e-6)
        assert ("among" in row.caution) == (row.n_mutated_events < 5)
    rest = result.table[result.table["lr_p"].isna()]
    assert (rest["n_mutated"] < 5).all() and set(rest["state"]) == {"not tested (fewer than 5 mutated)"}
    assert result.table.iloc[0]["feature"] == "IDH1" and result.table.iloc[0]["hazard_ratio"] < 0.2
    fewer = screened(library, "glioma_tcga", over="mutations", fewest="1")
    assert fewer.n_tests > 13 and (fewer.table["state"] == "not estimable (separation)").any()


def test_expression_is_per_standard_deviation(library):
    result = screened(library, over="expression")
    store = library.open("small")
    values = store.expression(Cohort())
    outcome = outcome_of(store, "os", values.index)
    assert set(result.table["feature"]) == set(values.columns) and result.n == len(values) == 20
    for row in result.table.itertuples():
        assert row.hazard_ratio == pytest.approx(hazard_per_sd(outcome, values[row.feature]).estimate.ratio, rel=1e-6)


def test_the_order_of_features_and_of_patients_changes_nothing(library):
    _, analysis = context, analysis = asked(library, adjust="age,subsite", volume=VOLUME)
    data = analysis.read(context)
    one = analysis(data).table
    reverse = slice(None, None, -1)
    followed = dataclasses.replace(data.followed, outcomes=data.followed.outcomes[reverse])
    other = analysis(
        dataclasses.replace(
            data,
            followed=followed,
            values=data.values.iloc[::-1, ::-1],
            attributes=data.attributes[reverse],
            volume=(data.volume[0], data.volume[1][reverse]),
        )
    ).table
    pd.testing.assert_frame_equal(one, other, rtol=1e-8)


def test_the_setting_and_the_endpoint_are_those_asked_for(library):
    sharp = screened(library, setting="sharp", follow_up__endpoint="pfs")
    store = library.open("small")
    values = store.features(Cohort(), "ct", "sharp")
    alone = hazard_per_sd(outcome_of(store, "pfs", values.index), values[CONTRAST])
    row = sharp.table.set_index("feature").loc[CONTRAST]
    assert row["hazard_ratio"] == pytest.approx(alone.estimate.ratio, rel=1e-6)
    assert sharp.endpoint == "Progression-free survival" and sharp.of.endswith("sharp") and sharp.n == 20


def test_volume_by_rank_is_the_rank_of_the_patients_in_the_cohort(library):
    result = screened(library, volume=VOLUME)
    store = library.open("small")
    values = store.features(Cohort(), "ct")
    screen = survival_screen(
        outcome_of(store, "os", values.index), values, adjust=values[VOLUME].rank().to_frame("volume")
    )
    expected = screen.table.set_index("feature")["coefficient"]
    found = result.table.set_index("feature")["coefficient"]
    np.testing.assert_allclose(found.loc[expected.index], expected, rtol=1e-9)
    assert result.adjust == (f"the volume {VOLUME}, by its rank",)
    rho = result.table.set_index("feature")["rho_volume"]
    for name in (CONTRAST, VOLUME):
        pair = values[[name, VOLUME]].dropna().rank().to_numpy()
        assert rho[name] == pytest.approx(np.corrcoef(pair.T)[0, 1], abs=1e-12)


# ------------------------------------------------------------------------------------------------ who is in it


def outcomes_of(time, event):
    return pd.DataFrame({"time": time, "event": np.asarray(event, dtype=float)})


def test_a_group_without_events_is_left_out_and_no_ratio_changes():
    """The likelihood with the group's ratio at nought is the likelihood without the group."""
    from lifelines import CoxPHFitter

    rng = np.random.default_rng(3)
    n = 90
    site = pd.Series(np.array(["a", "b", "c"])[np.arange(n) % 3])
    x = rng.normal(size=n)
    event = (rng.random(n) < 0.7) & (site != "c").to_numpy()
    outcomes = outcomes_of(np.ceil(rng.exponential(20, n)), event)
    found = shared(
        outcomes, pd.Series(dtype=object), pd.Series(True, index=site.index), "", {"Site": site}, {"Site": "abc"}, None
    )
    assert found.left_out == {"in a group without events": 30} and list(found.columns) == ["Site: b"]
    assert "Nobody of Site 'c' had the event" in found.notes[0] and "those 30" in found.notes[0]
    some = outcomes[found.stays]
    screen = survival_screen(
        Outcome.of(some["time"], some["event"], "days"),
        pd.DataFrame({"x": x})[found.stays],
        adjust=found.columns[found.stays],
    )
    # All patients, with a ratio for the group that is as good as nought.
    everyone = outcomes.assign(x=x, b=(site == "b").astype(float), weight=np.where(site == "c", 1e-12, 1.0))
    with np.errstate():
        model = CoxPHFitter().fit(
            everyone, "time", "event", weights_col="weight", robust=True, fit_options={"precision": 1e-12}
        )
    assert screen.table["coefficient"][0] / screen.table["sd"][0] == pytest.approx(model.params_["x"], rel=1e-6)


def test_every_patient_is_in_the_models_or_left_out_for_one_reason(library):
    result = screened(library, adjust="age,hpv_status", strata="sex", follow_up__endpoint="pfs")
    assert result.n + result.left_out["n"].sum() == result.n_cohort == 40
    assert list(result.left_out["reason"][:2]) == ["no time or no event status", "no imaging features"]
    assert set(result.left_out["reason"][2:]) <= {
        "no value of Age at diagnosis",
        "no value of HPV status",
        "in a group without events",
    }
    assert result.strata == "Sex" and result.n_strata == 2


def test_a_list_of_features_confines_the_screen_and_leaves_the_volume(demo):
    names = demo.open("demo").catalogue.feature_sets["ct"].names[20:26]
    record = {"study": "demo", "feature_set": "ct", "names": names, "recipe": "by hand", "link": "Survival?study=demo"}
    id = feature_list.save(demo.saved, "six", record)
    result = screened(demo, "demo", features=id, volume=VOLUME)
    assert set(result.table["feature"]) == set(names) and result.n_tests == 6
    assert result.volume == VOLUME and result.table["rho_volume"].notna().all()


def test_a_cohort_confines_the_screen(demo):
    result = screened(demo, "demo", where="subsite = larynx")
    assert result.n_cohort == demo.open("demo").count(parse("subsite = larynx")) and result.n <= result.n_cohort


# ------------------------------------------------------------------------------------------------ states and words


def bad_draft():
    """Constant features, copies in other units, and a number that says nothing."""
    draft = small_draft()
    values = draft.values["ct"].copy()
    values["constant"] = 4.0
    values["exact copy"] = values[CONTRAST]
    values["in litres"] = -values[VOLUME] / 1e6
    added = tuple(Feature(name, name, "shape") for name in ("constant", "exact copy", "in litres"))
    (features,) = draft.feature_sets
    features = dataclasses.replace(features, features=features.features + added)
    return dataclasses.replace(draft, feature_sets=[features], values={"ct": values})


def test_constants_have_no_number_and_copies_are_named(tmp_path):
    library = Library(tmp_path)
    library.publish(bad_draft())
    result = screened(library)
    rows = result.table.set_index("feature")
    assert rows.loc["constant", "state"] == "not estimable (constant)" and np.isnan(rows.loc["constant", "q"])
    assert rows["copy_of"][rows["copy_of"] != ""].to_dict() == {"exact copy": CONTRAST, "in litres": VOLUME}
    assert rows.loc["exact copy", "lr_p"] == pytest.approx(rows.loc[CONTRAST, "lr_p"], rel=1e-9)
    assert (result.n_features, result.n_tests, result.n_not_estimable) == (9, 8, 1)
    said = " ".join(result.words)
    assert "1 feature is not estimable (constant): constant." in said
    assert "2 features are the same as another" in said and f"exact copy = {CONTRAST}" in said


def test_copies_are_not_counted_as_found(tmp_path):
    draft = bad_draft()
    outcomes = draft.outcomes.copy()
    measured = draft.values["ct"].xs("standard", level="setting")[VOLUME]
    here = (outcomes["endpoint"] == "os") & outcomes["patient_id"].isin(measured.index)
    size = measured.loc[outcomes.loc[here, "patient_id"]].to_numpy()
    jitter = np.random.default_rng(0).normal(0, 0.25, len(size))
    outcomes.loc[here, "time"], outcomes.loc[here, "event"] = np.exp(3 - size + jitter), 1.0
    library = Library(tmp_path)
    library.publish(dataclasses.replace(draft, outcomes=outcomes))
    result = screened(library)
    found = result.table[result.table["found"]]
    assert {VOLUME, "in litres"} <= set(found["feature"])
    assert result.n_found == len(found) - result.n_found_copies and result.n_found_copies >= 1
    assert result.words[0].startswith(f"{result.n_found} of 8 features went with overall survival at q < 0.05")
    assert result.expected_false == pytest.approx(0.05 * len(found))
    assert "below q = 0.05: " in " ".join(result.words)
    smallest = next(sentence for sentence in result.words if sentence.startswith("The smallest q"))
    assert "in litres" not in smallest and "exact copy" not in smallest


def test_a_null_result_is_said_as_one(library):
    result = screened(library)
    assert not result.n_found and result.expected_false == 0
    smallest = p_text(result.table["q"].min()).replace("p", "q")
    assert result.words[0] == f"None of the 6 features was shown to go with overall survival (smallest {smallest})."
    assert "Benjamini-Hochberg over 6 tests" in result.words[1]
    assert f"a hazard ratio of {result.detectable:.2f} per standard deviation" in result.words[1]
    assert result.detectable == pytest.approx(detectable_ratio(result.n_events, 0.05 / 6))
    adjusted = screened(library, adjust="sex")
    assert adjusted.detectable is None and "no proof" in adjusted.words[1]
    assert "Each model is adjusted for Sex." in adjusted.words


def test_what_follows_the_volume_is_pointed_at_adjusted_for_or_not(library):
    result = screened(library)
    table = result.table.assign(found=True, rho_volume=[0.81, -0.9, 0.79, np.nan, 0.2, 1.0])
    made = dataclasses.replace(result, table=table, n_found=6)
    (caution,) = (sentence for sentence in screen_words(made) if "follow the volume" in sentence)
    assert caution.startswith("Caution: 3 of the 6 found follow the volume (original_shape_MeshVolume")
    known = dataclasses.replace(made, adjust=(f"the volume {VOLUME}, by its rank",))
    (caution,) = (sentence for sentence in screen_words(known) if "follow the volume" in sentence)
    assert "although it is adjusted for" in caution and "3 of the 6" in caution
    free = dataclasses.replace(made, table=table.assign(rho_volume=0.5))
    assert not any("follow the volume" in sentence for sentence in screen_words(free))


def test_questions_without_an_answer_are_states(library):
    for where, options, reason in [
        ("", {"over": "mutations", "fewest": "20"}, "None of 5 genes is mutated in at least 20"),
        ("", {"adjust": "age", "volume": VOLUME, "over": "features", "follow_up.until": "0.1"}, "0 events"),
        ("age > 70 and subsite = larynx", {"over": "expression"}, "patients|can be used"),
    ]:
        context, analysis = asked(library, where=where, **options)
        with pytest.raises(NotEstimable, match=reason) as state:
            context.result(analysis)
        assert state.value.remedy


def test_what_cannot_be_chosen_is_refused(library):
    for options in ({"over": "genes"}, {"volume": CONTRAST}, {"adjust": "shoe_size"}, {"strata": "age"}, {"q": "0.5"}):
        with pytest.raises(Refused):
            asked(library, **options)


def test_links_carry_the_screen_and_a_change_of_what_is_screened_repairs_it(library):
    context, analysis = asked(library, adjust="age,sex", volume=VOLUME, strata="subsite", q="0.1")
    pairs = page_pairs("Survival", context)
    assert ("survival_screen.adjust", "age,sex") in pairs and ("survival_screen.volume_by", "rank") in pairs
    again = opened(pairs, library).analysis("survival_screen")
    assert again == analysis
    changed = repaired(
        context, context.view.with_options({"survival_screen.over": "mutations"}), "survival_screen.over"
    )
    assert Context(changed, library).analysis("survival_screen").over == "mutations"


def test_what_says_that_nothing_is_known_is_pointed_out():
    outcomes = outcomes_of(np.arange(1.0, 41), [1, 0] * 20)
    stage = pd.Series(["I", "II", "Not Collected", "I"] * 10)
    found = shared(
        outcomes,
        pd.Series(dtype=object),
        pd.Series(True, index=stage.index),
        "",
        {"Stage": stage, "Time": outcomes["time"]},
        {"Stage": ("I", "II", "Not Collected")},
        ("Centre", pd.Series(["A"] * 40)),
    )
    said = " ".join(found.notes)
    assert "Stage 'Not Collected' says that it is not known" in said
    assert "Time orders the patients as the time to the event does" in said
    assert "Centre has one group here" in said
    one = shared(
        outcomes, pd.Series(dtype=object), stage.notna(), "", {"Sex": pd.Series(["f"] * 40)}, {"Sex": "fm"}, None
    )
    assert one.columns.shape[1] == 0 and "nothing to adjust for" in one.notes[0]


def test_the_detectable_ratio_is_found_in_four_of_five_cohorts():
    rng = np.random.default_rng(5)
    n, level, runs = 160, 0.05 / 40, 500
    ratio = detectable_ratio(100, level)
    found = 0
    for _ in range(runs):
        x = rng.normal(size=n)
        time = rng.exponential(np.exp(-np.log(ratio) * x))
        end = np.sort(time)[99]  # the hundredth event ends the follow-up
        screen = survival_screen(Outcome.of(np.minimum(time, end), time <= end, "months"), pd.DataFrame({"x": x}))
        found += screen.table["lr_p"].iloc[0] < level
    assert 0.75 <= found / runs <= 0.85


def test_a_study_with_genes_alone_is_screened_by_genes(tmp_path):
    draft = dataclasses.replace(small_draft(), feature_sets=[], values={})
    library = Library(tmp_path)
    library.publish(draft)
    context, analysis = asked(library, fewest="3")
    assert analysis.over == "mutations" and analysis.volume == "none" and analysis.features is None
    assert context.result(analysis).volume == ""
    assert isinstance(FeatureSet("x").features, tuple)
