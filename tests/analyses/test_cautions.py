import dataclasses

import numpy as np
import pandas as pd

from core.analyses.cautions import cautions, not_known
from core.analyses.context import Context
from core.run import answer, remembering
from core.store.library import Library
from core.store.schema import OUTCOMES
from core.survival.grouping import category_groups, median_groups
from core.view import View
from tests.store.drafts import small_draft


def follow_up(n=40):
    return pd.DataFrame({"time": np.arange(1.0, n + 1), "event": [1.0, 0.0] * (n // 2)})


def test_a_level_that_says_not_known_is_pointed_out():
    levels = ["N0"] * 15 + ["N1"] * 15 + ["Not Collected"] * 10
    (said,) = cautions(follow_up(), "N stage", category_groups(levels), None)
    assert said.startswith("Caution: 'Not Collected' says that N stage is not known")
    assert cautions(follow_up(), "N stage", category_groups(["N0", "N1"] * 20), None) == ()
    assert not_known(["T1", "unknown primary", "Unknown"]) == ("Unknown",)


def test_a_marker_recorded_because_of_the_event_or_made_of_the_time_is_pointed_out():
    outcomes = follow_up()
    to_death = outcomes["time"].where(outcomes["event"] == 1)
    only, same = cautions(outcomes, "Time to death", median_groups(to_death), to_death)
    assert "only patients who had the event have a value" in only
    assert "orders the patients as the time" in same
    noise = pd.Series(np.random.default_rng(0).normal(size=40))
    assert cautions(outcomes, "noise", median_groups(noise), noise) == ()


def test_a_few_known_values_that_happen_to_have_events_are_no_caution():
    outcomes = follow_up()
    few = pd.Series(np.nan, index=outcomes.index)
    few[[0, 2, 4]] = [3.0, 1.0, 2.0]
    assert cautions(outcomes, "rare", median_groups(few), few) == ()
    assert cautions(outcomes.assign(event=np.nan), "rare", median_groups(few), few) == ()


def test_the_baseline_opens_with_groups_that_fit_beside_each_other(tmp_path):
    draft = small_draft()
    centres = tuple(f"centre {i:02d}" for i in range(11))
    attributes = [
        dataclasses.replace(each, levels=centres) if each.name == "subsite" else each for each in draft.attributes
    ]
    patients = draft.patients.assign(subsite=[centres[i % 11] for i in range(len(draft.patients))])
    library = Library(tmp_path)
    library.publish(dataclasses.replace(draft, attributes=attributes, patients=patients.astype({"subsite": object})))
    context = Context(View("small"), library, remembering())
    assert context.analysis("baseline").group == "hpv_status"
    assert context.result(context.analysis("baseline")).groups


def test_what_a_study_cannot_feed_is_a_named_state_of_the_answer(tmp_path):
    draft = small_draft()
    library = Library(tmp_path)
    library.publish(dataclasses.replace(draft, endpoints=[], outcomes=pd.DataFrame(columns=OUTCOMES)))
    survival = answer("Survival?study=small", library).plain["results"]["survival"]
    assert "no time to an event" in survival["not_estimable"]
    assert survival["remedy"]
    assert survival["parameters"] == {}


def test_agreement_names_the_features_that_are_the_same_under_both_settings(tmp_path):
    draft = small_draft()
    (name,) = draft.values
    values = draft.values[name].copy()
    feature = values.columns[0]
    settings = values.index.get_level_values("setting")
    standard = values.loc[settings == "standard", feature].droplevel("setting")
    patients = values.index.get_level_values("patient_id")
    values[feature] = [standard.get(patient, 1.0) for patient in patients]
    library = Library(tmp_path)
    library.publish(dataclasses.replace(draft, values={name: values}))
    told = answer("Reproducibility?study=small&network.gamma=0", library).plain["results"]["agreement"]
    assert told["identical"] == [feature]
    assert told["scale"] == "raw"
