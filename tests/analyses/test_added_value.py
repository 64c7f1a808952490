"""The Added value section behind the page: who is in it, what was planted and is found, states, and real patients."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from core.analyses.context import Context
from core.analyses.ladder_tables import rungs_table, steps_table
from core.cohort import Cohort, parse
from core.errors import NotEstimable, Refused
from core.plots import drawings
from core.run import remembering
from core.stats.gene_set_score import rank_score
from core.store.library import Library
from core.survival.cox import cox_model
from core.survival.outcome import Outcome
from core.survival.partial import refit
from core.view import View

FEW = {"ladder.resamples": "40", "ladder.years": "2", "quadrants.permutations": "99", "fusion.resamples": "20"}
#: HPV, stage and TP53 have planted log hazard ratios; so has the imaging cluster that these features live on.
PLANTED = {"blocks.clinical": "age,stage", "blocks.genotypes": "hpv_status", "blocks.genes": "TP53"}


MEMORY = remembering()


def asked(library, study="demo", where="", **options):
    """Everything is remembered over the tests of this module: equal questions to equal data have equal answers."""
    options = {name.replace("__", "."): text for name, text in options.items()}
    view = View(study, parse(where) if where else Cohort()).with_options(FEW | options)
    return Context(view, library, MEMORY)


def result(library, name="ladder", **how):
    context = asked(library, **how)
    return context.result(context.analysis(name))


def test_the_same_patients_are_in_every_model_and_the_lost_are_counted(demo):
    found = result(demo, "blocks")
    store = demo.open("demo")
    everybody = store.outcomes(Cohort(), "os")
    clinical = store.patients(Cohort(), ["age", "sex", "stage", "subsite"]).notna().all(axis=1)
    volume = store.features(Cohort(), "ct", "standard", ["original_shape_MeshVolume"]).iloc[:, 0].notna()
    status = store.mutation_status(Cohort(), ["TP53"])["TP53"] != "not profiled"
    used = everybody.notna().all(axis=1) & clinical & volume.reindex(everybody.index, fill_value=False) & status
    assert (found.n, found.n_events) == (int(used.sum()), int(everybody["event"][used].sum())) == (201, 87)
    assert set(found.tables) == {"clinical", "radiomic", "genomic"}
    assert all(list(table.index) == list(everybody.index[used]) for table in found.tables.values())
    assert found.counts["n"].tolist()[0] == 237 and found.counts["n"].tolist()[-1] == 201
    assert dict(found.left_out.to_numpy()) == {
        "no Overall survival": 3,
        "clinical: Overall stage not known": 4,
        "radiomic: shape · Mesh Volume not known": 15,
        "genomic: TP53 mutation not known": 20,
    }


def test_planted_blocks_are_found_and_a_feature_without_effect_is_not(demo):
    found = result(demo, **PLANTED)
    steps = {(step.added, step.below): step for step in found.ladder.steps}
    assert steps["genomic", "clinical"].p_adjusted < 0.001
    assert steps["genomic", "clinical + radiomic"].p_adjusted < 0.001
    assert steps["radiomic", "clinical"].p > 0.05  # the volume acts through the stage only
    assert steps["genomic", "clinical"].gain.harrell.value > 0.03
    assert any("Genomic (HPV status and TP53 mutation) adds to clinical" in sentence for sentence in found.words)
    assert any("is not shown to add" in sentence for sentence in found.words)
    # A feature of the planted clusters adds to the clinic, and to the clinic with HPV and TP53.
    data = result(demo, "blocks", blocks__features="original_glcm_Idm", **PLANTED)
    clinical, image, genes = (data.block(name).terms for name in ("clinical", "radiomic", "genomic"))
    for before in (clinical, (*clinical, *genes)):
        assert refit(data.patients, (*before, *image)).beyond(refit(data.patients, before))[1] < 0.001
    assert found.n_tests == 4 and found.entry("demo", "").n_variables == found.ladder.rungs[-1].n_coefficients


def test_the_rungs_are_the_models_of_the_model_section(demo):
    found = result(demo, **PLANTED)
    data = result(demo, "blocks", **PLANTED)
    outcome = Outcome.of(data.patients.time, data.patients.event.astype(float), "months")
    both = pd.concat([data.tables["clinical"], data.tables["genomic"]], axis=1).reset_index(drop=True)
    model = cox_model(outcome, both)
    rung = found.ladder.rungs[2]
    assert rung.log_likelihood == pytest.approx(model.log_likelihood, rel=1e-10)
    assert rung.harrell == pytest.approx(model.c_index, abs=1e-10)


def test_quadrants_count_one_permutation_test_and_no_other(demo):
    context = asked(demo, **PLANTED)
    analysis = context.analysis("quadrants")
    found = context.result(analysis)
    shown = found.comparison
    assert shown.test.p == found.found.p == 0.01 and shown.test.p_method == "permutation"
    assert shown.hazard is None and not shown.pairs and "No hazard ratio" in shown.states["hazard"]
    (entry,) = analysis.tests(context, found)
    assert entry.n_tests == 1 and sum(curve.n for curve in shown.curves.curves) == found.n
    (drawing,) = drawings(found)
    assert "2-sided, permutation" in drawing.alt and len(found.indices) == found.n


def test_fusion_joins_the_blocks_on_the_patients_of_the_ladder(demo):
    found = result(demo, "fusion", blocks__radiomic="none", **PLANTED)
    assert found.columns == {"clinical": 4, "genomic": 2}
    assert [model.name for model in found.fusion.models] == ["clinical", "genomic", "early", "late"]
    assert found.n == result(demo, "blocks", blocks__radiomic="none", **PLANTED).n and len(drawings(found)) == 2
    assert any("Early fusion" in sentence for sentence in found.words)


def test_fusion_takes_every_feature_that_all_patients_of_the_ladder_have(demo):
    context = asked(demo, **PLANTED)
    read = context.analysis("fusion").read(context)
    assert read.whole.shape == (read.blocks.n, 120) and read.whole.notna().all().all()
    assert list(read.whole.index) == list(read.blocks.tables["clinical"].index)


def test_gene_sets_and_expression_enter_and_a_set_needs_no_other_patient(demo):
    options = {"blocks__gene_sets": "Hypoxia", "blocks__expression": "TP53", "blocks__genes": ""}
    try:
        data = result(demo, "blocks", **options)
    except Refused:  # the demonstration study may not express this gene
        data = result(demo, "blocks", **options | {"blocks__expression": ""})
    score = data.tables["genomic"]["Hypoxia"]
    assert score.between(0, 1).all() and score.nunique() > 50
    store = demo.open("demo")
    expression = store.expression(Cohort())
    genes = [gene for gene in store.gene_sets()["Hypoxia"] if gene in expression]
    patient = score.index[0]
    own = expression.loc[patient]
    by_hand = np.mean([(own < own[gene]).sum() for gene in genes]) / (len(own) - 1)
    assert score[patient] == pytest.approx(by_hand, abs=1e-9)
    alone = rank_score(expression.loc[[patient]], genes)
    assert alone.item() == pytest.approx(score[patient])
    with pytest.raises(NotEstimable, match="takes 3"):
        rank_score(expression, ["no", "such", *genes[:2]])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"blocks__clinical": ""}, "No clinical covariate is chosen"),
        ({"blocks__features": ""}, "No feature is chosen"),
        ({"blocks__radiomic": "none", "blocks__genes": ""}, "Nothing is added"),
        ({"blocks__clinical": "age,hpv_status", "blocks__genotypes": "hpv_status"}, "as clinical and as a genotype"),
        ({"where": "age > 86"}, "."),
        ({"follow_up__until": "1"}, "."),
    ],
)
def test_what_cannot_be_answered_is_a_state(demo, options, said):
    with pytest.raises(NotEstimable, match=said):
        result(demo, **options)


def test_a_horizon_beyond_the_follow_up_is_said_and_the_rest_stays(demo):
    found = result(demo, ladder__years="2,10", ladder__horizon="10", **PLANTED)
    assert found.beyond == (10.0,) and found.years == (2.0,)
    assert "nobody is followed longer" in found.states["calibration"] and not found.calibration
    assert found.ladder.rungs[0].left_out.uno.value is not None
    names = [drawing.name for drawing in drawings(found)]
    assert names == ["ladder_c", "ladder_gain", "ladder_areas"]


def test_no_genomics_in_the_study_leaves_two_rungs(demo, tmp_path):
    from data.demo import demo as draft

    whole = draft()
    bare = dataclasses.replace(
        whole,
        study=dataclasses.replace(whole.study, id="imaged"),
        mutations=whole.mutations.iloc[:0],
        panels={},
        patient_panels={},
        expression=pd.DataFrame(),
        gene_sets=whole.gene_sets.iloc[:0],
        truth=whole.truth.iloc[:0],
    )
    library = Library(tmp_path)
    library.publish(bare)
    found = result(library, study="imaged")
    assert [rung.name for rung in found.ladder.rungs] == ["clinical", "clinical + radiomic"]
    assert found.states["genomic"] == "This study has no genomics."
    with pytest.raises(NotEstimable, match="no genomics"):
        result(library, "quadrants", study="imaged")


def test_a_signature_is_drawn_and_tabled_without_a_p(demo):
    found = result(demo, blocks__radiomic="signature", blocks__signature="2", **PLANTED)
    assert found.n_tests == 1  # of the genomic block, which was named beforehand
    table = steps_table(found)
    assert table["p"].tolist()[0] == "–" and len(rungs_table(found)) == 4
    assert all(drawing.alt for drawing in drawings(found))
    shares = dict(found.ladder.chosen["radiomic"])
    assert max(shares.values()) <= 1 and len(shares) > 2


def test_a_link_says_every_choice_and_gives_the_same_numbers_again(demo):
    from core.analyses.opening import opened, page_link
    from core.view import unlink

    context = asked(demo, **PLANTED | {"ladder.seed": "7"})
    link = page_link("Survival", context)
    for part in ("blocks.genes=TP53", "ladder.seed=7", "quadrants.seed=0", "fusion.resamples=20"):
        assert part in link
    again = opened(unlink(link)[1], demo, remembering())
    for name in ("blocks", "ladder", "quadrants", "fusion"):
        assert again.analysis(name) == context.analysis(name)
