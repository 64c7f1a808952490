"""The guard against leaks: filters and covariates that know the outcome, and those that only look as if they did."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.analyses.leakage import (
    ATTRIBUTE,
    GENE,
    Outcome,
    covariate_cautions,
    filter_cautions,
    leakage,
    near_copy,
    used,
)
from core.cohort import Cohort, parse


def outcome(values, name="hpv_status") -> Outcome:
    return Outcome(ATTRIBUTE, name, "HPV status: positive", pd.Series(values, dtype=object))


def test_every_attribute_and_gene_of_a_filter_is_found():
    text = "age >= 60 and not (TP53 mutated or subsite in (larynx, oropharynx)) and any of (ATRX, EGFR) wild type"
    assert list(used(parse(f"{text} and hpv_status missing and has features"))) == [
        (ATTRIBUTE, "age"),
        (GENE, "TP53"),
        (ATTRIBUTE, "subsite"),
        (GENE, "ATRX"),
        (GENE, "EGFR"),
        (ATTRIBUTE, "hpv_status"),
    ]
    assert not used(Cohort())


def test_copies_are_variables_that_determine_the_outcome():
    y = pd.Series([True, False] * 30, dtype=object)
    words = y.map({True: "mutant", False: "wild"})
    assert near_copy(words, y)
    nearly = words.copy()
    nearly[:4] = "wild"  # two of the thirty mutants are missed
    assert near_copy(nearly, y)
    nearly[:12] = "wild"
    assert not near_copy(nearly, y)
    finer = words.where(np.arange(60) % 3 > 0, words + " other")  # four levels, each of one class
    assert near_copy(finer, y)
    assert not near_copy(pd.Series(range(60)).astype(str), y)  # a level per patient determines anything
    assert near_copy(y.astype(float) * 5 + np.linspace(0, 1, 60), y)
    assert near_copy(-(y.astype(float) * 5 + np.linspace(0, 1, 60)), y)
    assert not near_copy(pd.Series(np.random.default_rng(0).normal(size=60)), y)
    assert not near_copy(words[:10], y[:10])  # too few to tell
    assert not near_copy(words, pd.Series([True] * 60))
    assert not near_copy(pd.Series(["same"] * 60), y)


def test_the_filter_is_told_of_the_outcome_and_its_copies():
    y = [True, False] * 20
    table = pd.DataFrame({(ATTRIBUTE, "p16"): ["+", "-"] * 20, (ATTRIBUTE, "sex"): ["f", "f", "m", "m"] * 10})
    (own,) = filter_cautions(parse("hpv_status = positive and sex = f"), outcome(y), table)
    assert "hpv_status, which is the outcome itself" in own
    (copy,) = filter_cautions(parse("p16 = +"), outcome(y), table)
    assert "p16, which is nearly the same as the outcome" in copy
    assert not filter_cautions(parse("sex = f"), outcome(y), table)
    assert not filter_cautions(Cohort(), outcome(y), table)


def test_covariates_are_told_of_the_outcome_and_its_copies():
    y = [True, False] * 20
    own = pd.DataFrame({(ATTRIBUTE, "hpv_status"): ["a", "b"] * 20})
    (said,) = covariate_cautions(outcome(y), own)
    assert "is the outcome itself" in said
    (said,) = covariate_cautions(outcome(y), own.set_axis(pd.MultiIndex.from_tuples([(ATTRIBUTE, "p16")]), axis=1))
    assert "the covariate p16 all but gives away the outcome" in said
    assert not covariate_cautions(outcome(y), pd.DataFrame({(ATTRIBUTE, "sex"): ["f", "f", "m", "m"] * 10}))


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("hpv_status = positive", True),
        ("not hpv_status missing", False),  # leaves nobody out of whom it is known
        ("hpv_status in (positive, negative)", False),
        ("age > 60", False),
        ("hpv_status = positive or subsite = larynx", True),
    ],
)
def test_only_filters_that_choose_are_told(store, where, told):
    known = store.patients(Cohort(), ["hpv_status"])["hpv_status"]
    found = Outcome(ATTRIBUTE, "hpv_status", "HPV", (known == "positive").astype(object).where(known.notna(), None))
    assert bool(leakage(store, parse(where), found)) == told


def test_a_filter_that_knows_the_endpoint_is_told(tmp_path):
    """Of the small study a copy with what happened written beside the patients, as real tables have it."""
    import dataclasses

    from core.analyses.context import Context
    from core.store.library import Library
    from core.store.schema import Attribute
    from core.view import View
    from tests.store.drafts import small_draft

    draft = small_draft()
    os = draft.outcomes[draft.outcomes["endpoint"] == "os"].set_index("patient_id")
    added = draft.patients.assign(
        vital=os["event"].map({1.0: "dead", 0.0: "alive"}).astype(object), days=os["time"] * 30.4
    )
    attributes = [
        *draft.attributes,
        Attribute("vital", "Vital status", "category", levels=("alive", "dead")),
        Attribute("days", "Days to death or last seen", "number", "days"),
    ]
    told = Library(tmp_path)
    told.publish(dataclasses.replace(draft, patients=added, attributes=attributes))

    def cautions(where):
        context = Context(View("small", parse(where) if where else Cohort()), told)
        return context.result(context.analysis("follow_up")).cautions

    (vital,) = cautions("vital = dead")
    assert "vital, which all but says who had the event (Overall survival)" in vital
    (days,) = cautions("days > 300 and age > 50")
    assert "days, which orders the patients as the time to the event does" in days
    assert not cautions("subsite = larynx and TP53 mutated") and not cautions("")


def test_genes_of_real_gliomas_give_idh_away(real_study, tmp_path):
    from core.analyses.target_table import classes
    from core.store.library import Library
    from core.store.sources import Notebook, read

    library = Library(tmp_path)
    library.publish(read(real_study("glioma_tcga"), "glioma_tcga", Notebook()))
    store = library.open("glioma_tcga")

    class Asked:
        over, gene, attribute, positive, against = "category", None, "idh_status", "Mutant", "rest"

    found = classes(store, Asked)
    (said,) = leakage(store, parse("IDH1 mutated"), found)
    assert "IDH1 mutation, which is nearly the same" in said
    (said,) = leakage(store, Cohort(), found, ["original_subtype", "sex", "age_at_diagnosis"])
    assert "original_subtype all but gives away" in said
    assert not leakage(store, parse("project = TCGA-LGG and age_at_diagnosis > 40"), found, ["who_grade"])
