"""The Survival page on studies that are odd in one way each: a stated answer, no traceback and no silent number.

`ROWS` of tests/survival/test_bad_data.py says which kind of bad input each study is. Every section of the page is
visited for each of them, whatever sections the page has.
"""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest

from core.store.library import Library
from core.store.schema import Draft, Feature
from tests.pages.conftest import bare_draft, odd_draft, said
from tests.store.drafts import small_draft

DRAFT = small_draft(n=48)
SEX, N = DRAFT.patients["sex"], len(DRAFT.patients)
FIRST = np.arange(N)
CHANCE = np.random.default_rng(0)
TIME, EVENT = np.ceil(CHANCE.exponential(25, N)), (CHANCE.random(N) < 0.6).astype(float)


def study(name: str, time=TIME, event=EVENT, sex=SEX, **others) -> Draft:
    """The small study with this follow-up of its endpoint os, and these values of the attribute sex."""
    told = pd.DataFrame({"patient_id": DRAFT.patients.index, "endpoint": "os", "time": time, "event": event})
    endpoints = [each for each in DRAFT.endpoints if each.name == "os"]
    patients = DRAFT.patients.assign(sex=np.asarray(sex, dtype=object))
    identity = dataclasses.replace(DRAFT.study, id=name, name=f"Study {name}")
    changed = {"endpoints": endpoints, "outcomes": told.dropna(), "patients": patients} | others
    return dataclasses.replace(DRAFT, study=identity, **changed)


def featured(name: str) -> Draft:
    """A constant, a copy, a feature of 1e9, one that few patients have, and one that is the time itself."""
    (known,), values = DRAFT.feature_sets, DRAFT.values["ct"].copy()
    of = dict(zip(DRAFT.patients.index, TIME, strict=True))
    patients = values.index.get_level_values(0)
    values["constant"], values["copy"] = 4.0, 2 * values.iloc[:, 0]
    values["large"] = values.iloc[:, 1] * 1e9
    values["rare"] = values.iloc[:, 2].where(patients.isin(DRAFT.patients.index[:4]))
    values["separating"] = [-of[patient] for patient in patients]
    added = ("constant", "copy", "large", "rare", "separating")
    extended = dataclasses.replace(
        known, features=known.features + tuple(Feature(each, each, "firstorder") for each in added)
    )
    event = np.ones(N)
    return study(name, event=event, feature_sets=[extended], values={"ct": values})


FEMALE = (SEX == "female").to_numpy()
#: What makes each of them odd: `ROWS` of tests/survival/test_bad_data.py has the numbers.
STUDIES = {
    "zeros": study("zeros", time=np.where(FIRST % 5 == 0, 0.0, TIME)),
    "unfollowed": study("unfollowed", time=np.where(FIRST % 2 == 0, np.nan, TIME)),
    "eventless": study("eventless", event=np.zeros(N)),
    "one_event": study("one_event", event=(FIRST == 3).astype(float)),
    "half_censored": study("half_censored", event=np.where(FEMALE, 0.0, EVENT)),
    "separated": study("separated", time=np.where(FEMALE, TIME + 500, TIME), event=np.ones(N)),
    "one_sex": study("one_sex", sex=np.full(N, "male")),
    "no_sex": study("no_sex", sex=np.full(N, None)),
    "some_sex": study("some_sex", sex=np.where(FIRST % 3 == 0, None, SEX)),
    "one_woman": study("one_woman", sex=np.where(FIRST == 0, "female", "male")),
    "tied": study("tied", time=np.full(N, 12.0)),
    "at_once": study("at_once", time=np.full(N, 12.0), event=np.ones(N)),
    "never_left": study("never_left", time=np.zeros(N)),
}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> Library:
    """The odd studies; the page of another test file does not see them."""
    library = Library(tmp_path_factory.mktemp("odd"))
    for draft in (small_draft(), bare_draft(), odd_draft(), featured("features"), *STUDIES.values()):
        library.publish(draft)
    return library


def honest(at) -> str:
    """What the page says, once it is sure that nothing failed and that no number is none."""
    assert not at.exception, [each.message for each in at.exception]
    assert not at.error, [each.value for each in at.error]
    text = said(at)
    assert not NO_NUMBER.search(text), text
    for table in at.dataframe:
        for column in table.value.select_dtypes(["object", "string"]):
            cells = table.value[column].dropna().astype(str)
            assert not cells.map(lambda cell: bool(NO_NUMBER.search(cell))).any(), (column, list(cells))
    return text


NO_NUMBER, A_P_VALUE = re.compile(r"\b(nan|NaN|NaT|inf|None months|= None)\b"), re.compile(r"\bp [<=>] ?\d")
BY_SEX = {"survival__attribute": "sex"}
#: As few resamples as each section allows.
FEW = {"ladder__resamples": "40", "quadrants__permutations": "99"}
#: What is said of the two sexes, and whether any p-value may be there.
SAYS = {
    "zeros": (["log-rank", "n = 48, 25 events", "HR "], True),
    "unfollowed": (["n = 24, 10 events", "24: no time or no event status"], True),
    "eventless": (["No events happened", "0 events"], False),
    "one_event": (["No test: the groups have 1 event;", "These patients have 1 event;"], False),
    "half_censored": (["permutation", "not estimable (separation)"], True),
    "separated": (["log-rank", "not estimable (separation)"], True),
    "one_sex": (["all 48 patients are in 'male'"], False),
    "no_sex": (["No patient has a value of this attribute"], False),
    "some_sex": (["n = 32", "16: Sex is not known"], True),
    "one_woman": (["No test: a group has 1 patient", "'female' has 1 patient"], False),
    "tied": (["female 12 months", "male 12 months"], True),
    "at_once": (["never at risk together", "to everybody at risk then: nothing can differ"], False),
    "never_left": (["Nobody in 'female' was followed up beyond time zero"], True),
}


@pytest.mark.parametrize("name", SAYS)
def test_odd_outcomes(visit, name):
    at = visit("Survival", study=name, **BY_SEX)
    text = honest(at)
    words, may_have_p = SAYS[name]
    for each in words:
        assert each in text, text
    assert may_have_p or not A_P_VALUE.search(text)
    assert bool(at.get("plotly_chart")) == (name != "no_sex")
    others = [tab.label for tab in at.tabs][1:]
    assert others
    for section in others:
        told = honest(visit("Survival", study=name, section=section, **FEW))
        assert not ("event" in name and A_P_VALUE.search(told))


def test_every_odd_study_has_its_words():
    assert set(SAYS) == set(STUDIES)


@pytest.mark.parametrize("weights", ["early", "late", "middle"])
@pytest.mark.parametrize("name", ["eventless", "half_censored", "one_woman", "tied", "at_once", "never_left"])
def test_other_tests_of_odd_outcomes(visit, name, weights):
    text = honest(visit("Survival", study=name, survival__weights=weights, **BY_SEX))
    if name == "tied" and weights != "early":
        assert "no event with two groups at risk has a weight" in text


@pytest.mark.parametrize("name", ["zeros", "eventless", "separated", "some_sex", "one_woman", "at_once"])
def test_odd_outcomes_within_centres(visit, name):
    honest(visit("Survival", study=name, survival__strata="subsite", **BY_SEX))


@pytest.mark.parametrize("name", ["eventless", "one_event", "tied", "at_once", "never_left", "unfollowed"])
@pytest.mark.parametrize("cut", ["median", "tertiles", "searched"])
def test_odd_outcomes_by_a_number(visit, name, cut):
    text = honest(visit("Survival", study=name, survival__attribute="age", survival__cut=cut))
    assert name not in ("eventless", "one_event") or not A_P_VALUE.search(text)


ODD_FEATURES = {
    "constant": {
        "median": "share the same value",
        "tertiles": "share the same value",
        "searched": "same value",
        "value": "at or below|above",
    },
    "rare": {"searched": "takes at least 20"},
    "separating": {"median": "orders the patients as the time to the event does", "searched": ""},
    "copy": {},
    "large": {},
}


@pytest.mark.parametrize("cut", ["median", "tertiles", "searched", "value"])
@pytest.mark.parametrize("feature", ODD_FEATURES)
def test_odd_features(visit, feature, cut):
    asked = {"survival__split": "feature", "survival__feature": feature, "survival__cut": cut}
    text = honest(visit("Survival", study="features", survival__value="4", **asked))
    assert re.search(ODD_FEATURES[feature].get(cut, ""), text), text
    if feature == "rare":
        assert not A_P_VALUE.search(text)


def test_odd_features_in_a_screen(visit):
    text = honest(visit("Survival", study="features", section="Screen"))
    for each in ("(constant): constant", "(fewer than 5 patients): rare", "(separation): separating"):
        assert each in text
    assert "large = original_firstorder_Mean" in text and "copy = original_shape_MeshVolume" in text


@pytest.mark.parametrize(("where", "count"), [("not remark missing", 1), ("age > 300", 0)])
def test_one_patient_and_none(visit, where, count):
    sections = [tab.label for tab in visit("Survival", study="small").tabs]
    for section in sections:
        for split in ("attribute", "feature", "none") if section == sections[0] else ("none",):
            at = visit("Survival", study="small", where=where, section=section, survival__split=split, **FEW)
            text = honest(at)
            assert not A_P_VALUE.search(text)
            if count == 0:
                assert at.info or at.warning
                assert not at.get("plotly_chart")
