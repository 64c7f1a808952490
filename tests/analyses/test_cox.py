"""The model of the Survival page: what is in it by itself and when asked, its words, its states, and real patients."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.analyses.context import Context
from core.analyses.cox_covariates import chosen
from core.analyses.cox_tables import ratio_rows, ratios_table, terms_table
from core.analyses.cox_words import cox_words, ridge_words
from core.analyses.opening import opened, page_pairs, repaired
from core.analyses.parameters import Scope
from core.cohort import Cohort, parse
from core.errors import NotEstimable, Refused
from core.run import remembering
from core.store.library import Library
from core.store.sources import read
from core.store.sources.notebook import Notebook
from core.survival.cox import cox_model
from core.survival.hazard import hazard_per_sd, hazard_ratio
from core.survival.outcome import Outcome
from core.survival.ridge import ridge_model
from core.view import View


def asked(library, study="small", where="", **options):
    chosen = {name.replace("__", "."): text for name, text in options.items()}
    chosen = {name if "." in name else f"cox.{name}": text for name, text in chosen.items()}
    view = View(study, parse(where) if where else Cohort()).with_options(chosen)
    context = Context(view, library, remembering())
    return context, context.analysis("cox")


def modelled(library, study="small", where="", **options):
    context, analysis = asked(library, study, where, **{"resamples": "0"} | options)
    return context.result(analysis)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """`real(folder)`: a library with that study, read once."""
    kept = {}

    def library(folder):
        if folder not in kept:
            kept[folder] = Library(tmp_path_factory.mktemp("real"))
            kept[folder].publish(read(folder, folder.name, Notebook()))
        return kept[folder]

    return library


def test_the_first_view_has_age_sex_stage_and_subsite(demo, library):
    context, analysis = asked(demo, "demo")
    assert analysis.attributes == ("age", "sex", "stage", "subsite") and analysis.features == ()
    result = context.result(analysis)
    assert [term.term for term in result.cox.terms] == ["Age at diagnosis", "Sex", "Overall stage", "Subsite"]
    assert result.cox.resamples == 200 and result.cox.c_index_corrected < result.cox.c_index
    assert len(result.cox.alone) == 4
    assert result.n + 7 == result.n_cohort == 240
    assert result.left_out.to_dict("records") == [
        {"reason": "no Overall survival", "n": 3},
        {"reason": "Overall stage not known", "n": 4},
    ]
    assert asked(library)[1].attributes == ("age", "sex", "subsite")


def test_everything_chosen_is_in_the_model_and_equals_the_function(demo):
    result = modelled(
        demo,
        "demo",
        attributes="age,subsite",
        genes="TP53",
        features="original_shape_MeshVolume",
        strata="centre",
        splines="attribute:age",
        knots="3",
        references='"attribute:subsite=oropharynx","gene:TP53=mutated","attribute:subsite=larynx"',
    )
    store = demo.open("demo")
    outcomes, known = store.outcomes(Cohort(), "os"), store.patients(Cohort(), ["age", "subsite", "centre"])
    gene = store.mutation_status(Cohort(), ["TP53"])["TP53"].reindex(known.index)
    table = known[["age", "subsite"]].assign(
        TP53=gene.where(gene != "not profiled", None),
        volume=store.features(Cohort(), "ct")["original_shape_MeshVolume"].reindex(known.index),
    )
    model = cox_model(
        Outcome.of(outcomes["time"], outcomes["event"], "months"),
        table,
        strata=known["centre"],
        splines=["age"],
        knots=3,
        references={"subsite": "larynx", "TP53": "mutated"},
    )
    assert (result.n, result.n_events) == (model.n, model.n_events)
    assert result.cox.log_likelihood == pytest.approx(model.log_likelihood, rel=1e-12)
    assert result.cox.n_strata == 3 and result.strata == "Centre"
    references = {term.term: term.reference for term in result.cox.terms}
    assert references["Subsite"] == "larynx" and references["TP53"] == "mutated"
    assert [row.level for row in result.cox.rows if row.term == "TP53"] == ["wild type"]
    assert "within strata of Centre" in result.words[0]


def test_the_interaction_and_its_choices_follow_the_covariates(demo):
    options = {"attributes": "age,sex,subsite", "interaction": "attribute:age", "interaction_with": "attribute:subsite"}
    result = modelled(demo, "demo", **options)
    (product,) = (term for term in result.cox.terms if term.kind == "interaction")
    assert product.parts == ("Age at diagnosis", "Subsite") and product.dof == 4
    rows = ratio_rows(result)
    assert set(rows["term"]) == {"Sex", "Age at diagnosis x Subsite"}
    assert (rows["level"].str.contains("where Subsite is")).sum() == 5
    table = terms_table(result).set_index("Term")
    assert table.loc["Age at diagnosis", "p"] == "" and table.loc["Age at diagnosis × Subsite", "p"]
    context, _ = asked(demo, "demo", **options)
    changed = repaired(context, context.view.with_options({"cox.attributes": "sex,subsite"}), keep="cox.attributes")
    again = Context(changed, demo, remembering()).analysis("cox")
    assert again.interaction == "none" and again.interaction_with is None
    with pytest.raises(Refused):
        asked(demo, "demo", attributes="sex,subsite", splines="attribute:age")
    with pytest.raises(Refused):
        asked(demo, "demo", **options, splines="attribute:age")


def test_the_effects_within_levels_are_those_of_models_with_that_level_as_reference(demo):
    """The ratio of age where subsite is X is the main coefficient of age when X is the reference."""
    options = {"attributes": "age,subsite", "interaction": "attribute:age", "interaction_with": "attribute:subsite"}
    effects = [each for each in modelled(demo, "demo", **options).cox.effects if each.of == "Age at diagnosis"]
    for each in effects:
        other = modelled(demo, "demo", **options, references=f'"attribute:subsite={each.at}"').cox.rows[0]
        assert (each.ratio, each.lower, each.upper) == pytest.approx(
            (other.ratio_per_sd, other.lower_per_sd, other.upper_per_sd), rel=1e-6
        )


def test_a_link_of_the_model_opens_as_it_was(demo):
    options = {
        "attributes": "age,subsite",
        "references": '"attribute:subsite=oral cavity"',
        "fit": "ridge",
        "folds": "5",
    }
    context, analysis = asked(demo, "demo", **options)
    again = opened(page_pairs("Survival", context), demo).analysis("cox")
    assert again == analysis and again.references == ("attribute:subsite=oral cavity",)
    assert again.splines is None and again.resamples is None and again.folds == 5


def test_the_ridge_fit_answers_where_the_plain_one_refuses(demo):
    names = demo.open("demo").catalogue.feature_sets["ct"].names[:18]
    options = {"attributes": "age", "features": ",".join(names), "where": "subsite = hypopharynx"}
    with pytest.raises(NotEstimable) as state:
        modelled(demo, "demo", **options)
    assert "ridge fit" in state.value.remedy
    result = modelled(demo, "demo", fit="ridge", folds="5", **options)
    assert result.cox is None and result.ridge.n_columns >= 19 > result.n_events
    assert "no interval and no p" in result.words[-1]
    assert list(ratios_table(result).columns) == ["Covariate", "Level", "n", "Events", "HR, shrunken"]
    assert "p" not in terms_table(result).columns
    assert result.n_tests == 0


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"attributes": ""}, "No covariate is chosen"),
        ({"where": "age > 300"}, "No patient has both|events"),
        ({"attributes": "subsite", "where": "subsite = larynx"}, "have Subsite 'larynx'|is the same"),
        (
            {"attributes": "subsite", "references": '"attribute:subsite=larynx"', "where": "subsite != larynx"},
            "reference",
        ),
    ],
)
def test_what_cannot_be_answered_is_a_state(demo, options, reason):
    with pytest.raises(NotEstimable, match=reason) as state:
        modelled(demo, "demo", **options)
    assert state.value.remedy


def test_too_many_covariates_are_a_state(demo):
    names = demo.open("demo").catalogue.feature_sets["ct"].names[:19]
    with pytest.raises(NotEstimable, match="at most 20"):
        modelled(demo, "demo", attributes="age,sex", features=",".join(names))


def test_covariates_with_one_name_are_told_apart(demo):
    context, _ = asked(demo, "demo")
    scope = Scope(context, {"attributes": ("age",), "genes": ("TP53",), "features": (), "levels": "main"})
    assert [each.label for each in chosen(scope)] == ["Age at diagnosis", "TP53"]
    twice = Scope(context, {"attributes": ("age", "age"), "genes": (), "features": (), "levels": "main"})
    assert [each.label for each in chosen(twice)] == ["attribute age", "attribute age"]


# ------------------------------------------------------------------------------------------------- words


def simulated(log_hazard, n=300, seed=0, **table):
    chance = np.random.default_rng(seed)
    frame = pd.DataFrame({"volume": chance.normal(40, 12, n), "site": chance.choice(["a", "b", "c"], n)} | table)
    time, limit = chance.exponential(20 * np.exp(-log_hazard(frame)), n), chance.uniform(10, 90, n)
    return Outcome.of(np.minimum(time, limit), time <= limit, "months"), frame


def test_what_is_shown_is_claimed_with_numbers_and_what_is_not_is_not():
    follow_up, frame = simulated(lambda frame: 0.06 * (frame["volume"] - 40))
    model = cox_model(follow_up, frame)
    words = cox_words(model, "death", {"volume": "ml"}, "")
    row = model.rows[0]
    assert words[0].startswith("volume and site together go with the hazard of death: likelihood-ratio test on 3 df")
    assert words[1].startswith(
        f"Per standard deviation ({row.sd:.3g} ml) more of volume the hazard of death was higher:"
    )
    assert f"HR {row.ratio_per_sd:.2f}" in words[1]
    assert words[1].endswith(f"adjusted for site; n = {model.n}, {model.n_events} events.")
    assert any(
        sentence.startswith("Not shown to matter beside the others") and "site" in sentence for sentence in words
    )
    assert not any("the hazard of death was" in sentence and "site" in sentence.split(";")[0] for sentence in words[1:])


def test_a_model_of_noise_claims_nothing():
    claimed = 0
    for seed in range(40):
        follow_up, frame = simulated(lambda frame: 0.0 * frame["volume"], n=120, seed=seed)
        words = cox_words(cox_model(follow_up, frame), "death", {}, "")
        claimed += any("higher" in sentence or "lower" in sentence or "changed with" in sentence for sentence in words)
    assert claimed <= 6


def test_levels_are_claimed_after_holm_and_curves_say_whether_they_bend():
    follow_up, frame = simulated(lambda frame: 1.2 * (frame["site"] == "c"))
    words = " ".join(cox_words(cox_model(follow_up, frame), "death", {}, ""))
    assert "Against a (reference of site) the hazard of death was higher in c: HR" in words and "in b" not in words
    follow_up, frame = simulated(lambda frame: 0.006 * (frame["volume"] - 40) ** 2)
    words = " ".join(cox_words(cox_model(follow_up, frame, splines=["volume"]), "death", {"volume": "ml"}, ""))
    assert "The hazard of death changed with volume" in words and "The curve of volume bends: p < 0.001" in words


def test_ridge_words_claim_nothing_and_say_when_nothing_helped():
    helped = 0
    for seed in range(8):
        follow_up, frame = simulated(lambda frame: 0.0 * frame["volume"], n=100, seed=seed)
        model = ridge_model(follow_up, frame, folds=5)
        words = " ".join((*ridge_words(model, "death", {}, ""), *model.notes))
        gained = model.curve["cross_validated"].max() > model.null
        assert ("No penalty predicts patients left out better" in words) == (not gained)
        assert ("over no covariate" in words) == gained
        assert "p =" not in words and "higher" not in words and "lower" not in words
        helped += gained
    assert helped < 8


# ------------------------------------------------------------------------------------------------- real patients


def test_enhancing_volume_ranks_gliomas_as_known(real, real_study):
    library = real(real_study("glioma_tcga"))
    result = modelled(library, "glioma_tcga", attributes="", features="VOLUME_ET", resamples="100")
    assert result.cox.c_index == pytest.approx(0.71, abs=0.01)
    assert abs(result.cox.c_index_corrected - result.cox.c_index) < 0.01
    store = library.open("glioma_tcga")
    outcomes, values = store.outcomes(Cohort(), "os"), store.features(Cohort(), "features", names=["VOLUME_ET"])
    outcome = Outcome.of(outcomes["time"], outcomes["event"], "days")
    alone = hazard_per_sd(outcome, values["VOLUME_ET"].reindex(outcomes.index))
    (row,) = result.cox.rows
    assert (row.ratio_per_sd, row.p) == pytest.approx((alone.estimate.ratio, alone.estimate.p), rel=1e-5)
    assert result.cox.terms[0].ph_p == pytest.approx(alone.estimate.ph_p, rel=1e-5)
    _, analysis = asked(library, "glioma_tcga")
    assert analysis.attributes == ("age_at_diagnosis", "sex", "who_grade")


def test_head_and_neck_stratified_by_centre(real, real_study):
    library = real(real_study("hn_tcia"))
    result = modelled(library, "hn_tcia", strata="centre", features="original_shape_MeshVolume")
    assert result.cox.n_strata == 3 and result.cox.c_index_pairs.endswith("within a stratum only")
    volume = next(row for row in result.cox.rows if row.term.endswith("Mesh Volume"))
    assert volume.ratio_per_sd > 1.2 and volume.lower_per_sd > 1
    assert set(result.rare["level"]) >= {"paranasal sinus"} and (result.rare["n"] <= 6).all()
    assert "adjusted for the" in " ".join(result.words) or "adjusted for" in " ".join(result.words)
    plain = modelled(library, "hn_tcia", attributes="hpv_status")
    store = library.open("hn_tcia")
    outcomes, known = store.outcomes(Cohort(), "os"), store.patients(Cohort(), ["hpv_status"])["hpv_status"]
    alone = hazard_ratio(Outcome.of(outcomes["time"], outcomes["event"], "days"), known, "negative")
    assert plain.cox.rows[0].ratio == pytest.approx(alone.levels[1].estimate.ratio, rel=1e-6)
    stages = modelled(library, "hn_tcia", attributes="stage")
    assert [row.level for row in stages.cox.rows] == ["II", "III", "IV"]
    each = modelled(library, "hn_tcia", attributes="stage", levels="each")
    assert [row.level for row in each.cox.rows] == ["II", "III", "IV", "IVA", "IVB"]


def test_a_time_among_the_covariates_and_levels_not_known_are_pointed_out(real, real_study):
    library = real(real_study("nsclc_radiogenomics"))
    result = modelled(library, "nsclc_radiogenomics", attributes="grade,time_to_death_days", fit="ridge")
    said = " ".join(result.cautions)
    assert "'Not Collected' says that Grade is not known" in said
    assert "only patients who had the event have a value of Time to death days" in said
    assert "orders the patients as the time to the event does" in said
    with pytest.raises(NotEstimable, match="the covariates before, or the strata, say it all"):
        modelled(library, "nsclc_radiogenomics", attributes="t_stage,n_stage")
