"""The checklist: every claim has its proof, what is not proven is the author's, and the score is a lower bound."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from core.analyses import checklist_evidence as evidence
from core.analyses.checklist import STATES
from core.analyses.checklist_builders import offered
from core.analyses.checklist_evidence import ANALYSIS, AUTHOR, DATA
from core.analyses.checklist_facts import Facts, SetFacts, facts
from core.analyses.checklist_items import CLEAR_ITEMS, ITEMS, TRIPOD_ITEMS
from core.analyses.checklist_reported import Reported
from core.analyses.checklist_rqs import ITEMS as RQS_ITEMS
from core.analyses.checklist_rqs import LEAST, MOST, rqs
from core.analyses.checklist_rules import RULES
from core.analyses.checklist_text import markdown
from core.analyses.context import Context
from core.analyses.opening import opened, page_pairs
from core.cohort import Cohort, parse
from core.run import remembering
from core.store.library import Library
from core.store.schema import Study
from core.view import View
from tests.store.drafts import small_draft

VOLUME = "original_shape_MeshVolume"


def context_of(library, study="small", where="", **options):
    chosen = {key.replace("__", "."): text for key, text in options.items()}
    view = View(study, parse(where) if where else Cohort()).with_options(chosen)
    return Context(view, library, remembering())


def checked(library, study="small", where="", **options):
    context = context_of(library, study, where, **options)
    return context.result(context.analysis("checklist"))


def row(found, guideline: str, number: str) -> pd.Series:
    here = found.items["guideline"].str.startswith(guideline) & (found.items["number"].str.split(" ").str[0] == number)
    (place,) = found.items.index[here]
    return found.items.loc[place]


def nothing(**known) -> Facts:
    """A study of which nothing is known but what is given."""
    empty = Facts(
        study=Study("x", "X"), fingerprint="f" * 64, n=20, n_study=20, steps=(), attributes=(), n_complete=20,
        treatment=None, centre=None, acquisition=(), feature_sets=(), endpoints=(), n_profiled=0, n_expression=0,
        n_genes=0, findings=(), versions=(("Python", "3"),),
    )  # fmt: skip
    return dataclasses.replace(empty, **known)


def measured(*settings: str, n_paired: int = 30) -> SetFacts:
    return SetFacts("ct", "", "", "", "raw", 9, 0, 0, (), settings, 40, n_paired, 0)


# ------------------------------------------------------------------------------------------------ the items


def test_every_item_of_the_guidelines_is_there_once():
    assert [item.number for item in CLEAR_ITEMS] == [str(number) for number in range(1, 59)]
    numbers = [item.number.split(" ")[0] for item in TRIPOD_ITEMS if item.number[0] != "-"]
    assert len(set(numbers)) == len(numbers) == 52
    assert {int("".join(sign for sign in number if sign.isdigit())) for number in numbers} == set(range(1, 28))
    before = " ".join(item.number.split("2015: ")[1].rstrip(")") for item in TRIPOD_ITEMS if "2015" in item.number)
    assert {int("".join(s for s in part if s.isdigit())) for part in before.replace(",", "").split()} >= set(
        range(1, 21)
    )
    assert {item.rule for item in ITEMS if item.rule} == set(RULES)
    assert sum(item.most for item in RQS_ITEMS) == MOST == 36 and sum(item.least for item in RQS_ITEMS) == LEAST == -8


def test_where_nothing_is_known_nothing_is_claimed():
    for item in ITEMS:
        if item.rule not in ("", "preparation", "baseline", "flow", "missing_amount"):  # true of any study
            assert RULES[item.rule](nothing(), Reported()).state == AUTHOR, item
    score = rqs(nothing(), Reported())
    assert (score.proven, score.open_points, score.at_risk) == (0, 36, 8) and "take away 8" in score.words


@pytest.mark.parametrize(
    ("settings", "segmented", "imaged_again"),
    [
        (("test_man", "test_auto", "retest_man", "retest_auto"), True, True),
        (("manual", "automatic"), True, False),
        (("scan 1", "scan 2"), False, True),
        (("standard", "sharp"), False, False),
        (("arterial", "venous"), False, False),
        (("manual",), False, False),
        (("baseline", "follow-up"), False, True),
    ],
)
def test_names_of_settings_prove_what_differs_between_them(settings, segmented, imaged_again):
    found = nothing(feature_sets=(measured(*settings),))
    assert (evidence.segmentations(found, None).state == DATA) == segmented
    assert (evidence.test_retest(found, None).state == DATA) == imaged_again
    assert rqs(found, Reported()).proven == segmented + imaged_again
    few = nothing(feature_sets=(measured(*settings, n_paired=9),))
    assert rqs(few, Reported()).proven == 0


def test_a_study_of_repeated_scans_proves_both(real_study):
    table = pd.read_csv(real_study("repro_rider") / "features_long_settings.csv", usecols=["patient_id", "setting"])
    several = (table.groupby("patient_id")["setting"].nunique() > 1).sum()
    found = nothing(feature_sets=(measured(*sorted(table["setting"].unique()), n_paired=int(several)),))
    proven = rqs(found, Reported()).table.set_index("item")["proven"]
    assert several == 31 and proven[2] == 1 and proven[4] == 1


def test_points_need_imaging_features_and_a_number_with_its_interval():
    told = Reported(
        discrimination="AUC 0.7", resampled="folds", calibration="slope 1", multiplicity="BH", risk="median"
    )
    assert rqs(nothing(), told).proven == 0  # of genes alone, say
    assert rqs(nothing(), dataclasses.replace(told, imaging=True)).proven == 3 + 1
    sure = dataclasses.replace(told, imaging=True, interval=True)
    found = rqs(nothing(), sure)
    assert found.proven == 3 + 1 + 2 + 1 and found.at_risk == 5
    assert (found.table["proven"] <= found.table["most"]).all()
    assert found.table.loc[found.table["proven"] > 0, "evidence"].ne("").all()


# ------------------------------------------------------------------------------------------------ of a study


def test_the_data_alone_show_their_numbers(library):
    found = checked(library, checklist__of="none")
    assert set(found.items["state"]) == {DATA, AUTHOR} and found.n == found.n_study == 40
    missing = library.open("small").patients(Cohort(), ["hpv_status"])["hpv_status"].isna().sum()
    assert f"HPV status {missing}" in row(found, "CLEAR", "29")["evidence"]
    assert row(found, "CLEAR", "13")["evidence"].startswith("Made-up data. Source: made by the tests. Licence: CC0")
    assert row(found, "TRIPOD", "6a")["state"] == AUTHOR  # no centre is known
    assert row(found, "TRIPOD", "6b")["state"] == AUTHOR  # no filter, so nothing of eligibility
    assert "Overall survival 40" in row(found, "CLEAR", "45")["evidence"]
    assert found.rqs.proven == 0 and found.leaks == ""
    for guideline in ("TRIPOD+AI 2024", "CLEAR 2023"):
        assert sum(found.counts(guideline).values()) == (found.items["guideline"] == guideline).sum()
    assert set(found.counts("CLEAR 2023")) == set(STATES)


def test_a_filter_is_a_step_of_eligibility(library):
    found = checked(library, where="subsite in (larynx,oropharynx)", checklist__of="none")
    shown = row(found, "TRIPOD", "6b")
    assert shown["state"] == DATA and shown["evidence"].startswith("40 patients of the study; ")
    n = library.open("small").count(parse("subsite in (larynx,oropharynx)"))
    assert shown["evidence"].endswith(f": {n}.") and found.n == n


def test_a_cox_model_shows_what_it_has_and_no_more(library):
    context = context_of(library, checklist__of="cox", cox__attributes="age,sex", cox__features=VOLUME)
    found = context.result(context.analysis("checklist"))
    model = context.result(context.analysis("cox"))
    assert f"{model.n} of 40 patients, {model.n_events} events" in row(found, "TRIPOD", "21")["evidence"]
    assert row(found, "TRIPOD", "22")["state"] == AUTHOR  # the baseline hazard is lacking
    assert row(found, "CLEAR", "40")["state"] == AUTHOR  # c has no interval
    assert row(found, "CLEAR", "47")["state"] == ANALYSIS
    sample = row(found, "TRIPOD", "10")
    assert sample["state"] == AUTHOR and "coefficient" in sample["evidence"]
    proven = found.rqs.table.set_index("item")["proven"]
    assert proven[6] == 1 and proven[8] == 1 and proven[9] == 0 and found.rqs.proven == 2
    assert "cox.seed = 0" in row(found, "TRIPOD", "12a")["evidence"]
    plain = checked(library, checklist__of="cox", cox__attributes="age,sex")
    assert plain.rqs.proven == 0


def test_a_prediction_shows_its_resampling_and_a_ridge_reduces_nothing(library):
    quick = {
        "checklist__of": "prediction", "target__over": "category", "target__attribute": "subsite",
        "target__positive": "larynx", "prediction__folds": "3", "prediction__repeats": "1",
    }  # fmt: skip
    found = checked(library, **quick)
    assert row(found, "CLEAR", "38")["evidence"].startswith("Nested cross-validation: 3 outer folds, 1 repeats")
    assert row(found, "CLEAR", "33")["state"] == AUTHOR
    assert row(found, "TRIPOD", "23a")["state"] == ANALYSIS and row(found, "TRIPOD", "18f")["state"] == AUTHOR
    proven = found.rqs.table.set_index("item")["proven"]
    assert proven[5] == 0 and proven[9] == 2 and proven[14] == 2 and found.rqs.at_risk == 8
    selected = checked(library, **quick, prediction__select="2")
    assert selected.rqs.table.set_index("item")["proven"][5] == 3


def test_a_filter_by_the_outcome_is_a_caution_and_no_claim(library):
    found = checked(
        library,
        where="subsite in (larynx,oropharynx)",
        checklist__of="prediction",
        target__over="category",
        target__attribute="subsite",
        target__positive="larynx",
        prediction__folds="3",
        prediction__repeats="1",
    )
    assert "Caution" in found.leaks and row(found, "CLEAR", "15")["state"] == AUTHOR
    assert "Caution" in row(found, "CLEAR", "15")["evidence"]


def test_screens_show_their_correction(library):
    found = checked(library, checklist__of="survival_screen")
    assert row(found, "CLEAR", "33")["state"] == AUTHOR  # no feature is left out
    assert found.rqs.table.set_index("item")["proven"][5] == 3
    genes = checked(library, checklist__of="gene_screen")
    assert genes.rqs.table.set_index("item")["proven"][7] in (0, 1)
    groups = checked(library, checklist__of="survival", survival__split="feature", survival__feature=VOLUME)
    assert groups.rqs.table.set_index("item")["proven"][8] == 1
    assert row(groups, "TRIPOD", "8a")["state"] == ANALYSIS


def test_a_ladder_of_models_shows_what_images_add(library):
    found = checked(
        library,
        checklist__of="ladder",
        blocks__clinical="age",
        blocks__features=VOLUME,
        ladder__resamples="40",
        ladder__folds="3",
        ladder__years="1",
        ladder__horizon="1",
    )
    assert found.state == ""
    assert row(found, "CLEAR", "42")["state"] == ANALYSIS and "Clinical c 0." in row(found, "CLEAR", "40")["evidence"]
    assert "against clinical p" in row(found, "CLEAR", "41")["evidence"]
    proven = found.rqs.table.set_index("item")["proven"]
    assert proven[6] == 1 and proven[9] == 2 and proven[5] == 0


def test_what_cannot_be_worked_out_is_said_and_not_claimed(library):
    found = checked(library, where="age > 70 and subsite = larynx", checklist__of="cox")
    assert found.state.startswith("The analysis has no answer here") and ANALYSIS not in set(found.items["state"])


def test_a_study_offers_what_it_can_feed(tmp_path):
    library = Library(tmp_path)
    library.publish(dataclasses.replace(small_draft(), feature_sets=[], values={}))
    names = [option.value for option in offered(context_of(library))]
    assert names == ["cox", "survival", "survival_screen", "none"]
    assert facts(context_of(library)).feature_sets == ()


def test_the_link_carries_the_analysis_that_is_reported(library):
    context = context_of(library, checklist__of="cox", cox__attributes="age,sex")
    pairs = page_pairs("Checklist", context)
    assert {("checklist.of", "cox"), ("cox.attributes", "age,sex"), ("follow_up.endpoint", "os")} <= set(pairs)
    assert opened(pairs, library).analysis("checklist") == context.analysis("checklist")


def test_markdown_holds_every_item_and_no_markup_of_the_data(library):
    found = checked(library, checklist__of="none")
    found.items.loc[0, "evidence"] = "a | b <i>c</i>\n# d [x](y)"
    text = markdown(found, ["Small study", "Checklist?v=1&study=small"])
    assert "Checklist?v=1&study=small" in text and "a \\| b \\<i>c\\</i> # d \\[x\\](y)" in text
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(lines) == len(ITEMS) + len(RQS_ITEMS) + 3
    assert all(line.replace("\\|", "").count("|") in (7,) for line in lines)
