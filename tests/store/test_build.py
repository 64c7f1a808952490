"""What is built is what was drafted: every table, every gap, every name."""

from __future__ import annotations

import copy
import dataclasses

import numpy as np
import pandas as pd
import pytest

from core.errors import Refused
from core.store.build import build
from core.store.canonical import BEYOND_PANEL, canonical
from core.store.fingerprint import fingerprint
from core.store.schema import PIECE, Attribute, Draft, Feature, FeatureSet
from core.store.store import Store
from tests.store.drafts import small_draft
from tests.store.reading import Everyone, draft_of

HOSTILE = (
    "'; DROP TABLE patients; --",
    '"quoted" and `ticked`',
    "<script>alert(1)</script>",
    "🧬 naïve Ωmega",
    "two\nlines\tand a tab",
    "\u202eright to left",
    "=1+1",
    "patient_id",
    "a0",
    "%s ? $1 {x}",
    "",
)


def built(draft, tmp_path) -> Store:
    path = tmp_path / "edition.duckdb"
    build(draft, path)
    return Store(path)


def test_round_trip(tmp_path):
    draft = small_draft()
    store = built(draft, tmp_path)
    again, clean = draft_of(store), canonical(draft)
    assert store.fingerprint == fingerprint(draft) == fingerprint(again)
    for name in ("patients", "expression"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(clean, name), check_names=False)
    assert canonical(again).attributes == clean.attributes
    assert again.feature_sets == clean.feature_sets
    assert again.endpoints == clean.endpoints
    assert again.panels == clean.panels
    assert again.report == clean.report
    assert store.catalogue.n_patients == 40


def test_only_the_edition_is_left(tmp_path):
    built(small_draft(n=8), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["edition.duckdb"]


def test_a_second_build_of_equal_content_reads_the_same(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir(), two.mkdir()
    assert draft_of(built(small_draft(), one)).mutations.equals(draft_of(built(small_draft(), two)).mutations)


def test_hostile_names_are_only_values(tmp_path):
    draft = small_draft()
    n = len(draft.patients)
    levels = {f"{name}!": [HOSTILE[(i + j) % len(HOSTILE)] for i in range(n)] for j, name in enumerate(HOSTILE)}
    draft.attributes += [Attribute(name, name, "category", name, (), "", name) for name in levels]
    draft.patients = draft.patients.assign(**levels)
    frame = pd.DataFrame(
        np.arange(3.0 * len(HOSTILE)).reshape(3, -1),
        index=pd.MultiIndex.from_tuples([(draft.patients.index[i], HOSTILE[1]) for i in range(3)]),
        columns=list(HOSTILE),
    )
    chosen = FeatureSet(HOSTILE[0], HOSTILE[2], settings=(HOSTILE[1],), features=tuple(map(Feature, HOSTILE)))
    draft.feature_sets.append(chosen)
    draft.values[chosen.name] = frame
    draft.expression = draft.expression.set_axis(list(HOSTILE[: draft.expression.shape[1]]), axis=1)
    draft.mutations.loc[0, "gene"] = HOSTILE[0]
    store = built(draft, tmp_path)
    assert store.fingerprint == fingerprint(draft_of(store))
    read = store.patients(Everyone(), list(levels))
    assert read.to_dict("list") == draft.patients[list(levels)].to_dict("list")
    assert list(store.features(Everyone(), HOSTILE[0]).columns) == list(HOSTILE)
    assert store.features(Everyone(), HOSTILE[0]).to_numpy().tolist() == frame.to_numpy().tolist()
    assert store.mutation_status(Everyone(), [HOSTILE[0]]).iloc[0, 0] == "mutated"


def test_wide_sets_continue_in_further_pieces(tmp_path):
    draft = small_draft(n=8)
    names = [f"feature {i}" for i in range(2 * PIECE + 5)]
    index = pd.MultiIndex.from_product([draft.patients.index[:3], ["default"]])
    cells = np.random.default_rng(0).normal(size=(3, len(names)))
    draft.feature_sets = [FeatureSet("wide", features=tuple(map(Feature, names)))]
    draft.values = {"wide": pd.DataFrame(cells, index=index, columns=names)}
    draft.expression = pd.DataFrame(cells, index=draft.patients.index[:3], columns=[f"G{i:04d}" for i in range(2005)])
    store = built(draft, tmp_path)
    assert np.array_equal(store.features(Everyone(), "wide").to_numpy(), cells)
    assert np.array_equal(store.expression(Everyone()).to_numpy(), cells)
    chosen = [names[2003], names[0], names[1500]]
    assert np.array_equal(store.features(Everyone(), "wide", names=chosen).to_numpy(), cells[:, [2003, 0, 1500]])
    assert len(store._rows("SELECT * FROM values_0_2 LIMIT 1")[0]) == 2 + 5


def test_mutated_implies_profiled_for_the_patients_concerned_alone(tmp_path):
    draft = small_draft()
    on_small = [p for p, panel in draft.patient_panels.items() if panel == "small panel"]
    unprofiled = next(p for p in draft.patients.index if p not in draft.patient_panels)
    more = draft.mutations.iloc[:2].assign(patient_id=[on_small[0], unprofiled], gene=["KRAS", "PIK3CA"])
    draft.mutations = pd.concat([draft.mutations, more], ignore_index=True)
    store = built(draft, tmp_path)
    status = store.mutation_status(Everyone(), ["KRAS", "PIK3CA", "TP53"])
    assert status.loc[on_small[0]].to_list()[:2] == ["mutated", "not profiled"]
    assert status.loc[on_small[1], "KRAS"] == "not profiled"
    assert status.loc[unprofiled].to_list() == ["not profiled", "mutated", "not profiled"]
    assert (status["KRAS"] != "not profiled").sum() == 1
    assert store.report().set_index("code")["count"][BEYOND_PANEL] == 2


def test_unfinished_file_is_removed_when_the_work_is_abandoned(tmp_path):
    def stop(share, text=""):
        if share > 0.5:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        build(small_draft(n=8), tmp_path / "edition.duckdb", stop)
    assert list(tmp_path.iterdir()) == []


def test_progress_goes_forward_to_the_end(tmp_path):
    told = []
    build(small_draft(n=8), tmp_path / "edition.duckdb", lambda share, text="": told.append(share))
    assert told == sorted(told) and told[-1] == 1.0 and len(told) > 5


def broken(**changes):
    return dataclasses.replace(copy.deepcopy(small_draft(n=8)), **changes)


DRAFT = small_draft(n=8)
BROKEN = {
    "no patients": broken(patients=DRAFT.patients.iloc[:0]),
    "a patient twice": broken(patients=pd.concat([DRAFT.patients, DRAFT.patients.iloc[:1]])),
    "no id": broken(patients=DRAFT.patients.rename({"P001": None})),
    "an attribute twice": broken(attributes=[*DRAFT.attributes, DRAFT.attributes[0]]),
    "an attribute without column": broken(attributes=[*DRAFT.attributes, Attribute("x", "x", "text")]),
    "outcome of a stranger": broken(outcomes=DRAFT.outcomes.replace("P001", "P999")),
    "outcome twice": broken(outcomes=pd.concat([DRAFT.outcomes, DRAFT.outcomes.iloc[:1]])),
    "unknown endpoint": broken(endpoints=DRAFT.endpoints[:1]),
    "negative time": broken(outcomes=DRAFT.outcomes.assign(time=-1.0)),
    "event of 2": broken(outcomes=DRAFT.outcomes.assign(event=2)),
    "mutation of a stranger": broken(mutations=DRAFT.mutations.replace("P001", "P999")),
    "mutation without gene": broken(mutations=DRAFT.mutations.replace({"gene": {"TP53": None}})),
    "expression of a stranger": broken(expression=DRAFT.expression.rename({"P001": "P999"})),
    "undescribed panel": broken(panels={}),
    "features of a stranger": broken(values={"ct": DRAFT.values["ct"].rename({"P001": "P999"}, level=0)}),
    "a measurement twice": broken(values={"ct": pd.concat([DRAFT.values["ct"], DRAFT.values["ct"].iloc[:1]])}),
    "an undeclared setting": broken(feature_sets=[dataclasses.replace(DRAFT.feature_sets[0], settings=("sharp",))]),
    "a set without table": broken(values={}),
    "infinite value": broken(values={"ct": DRAFT.values["ct"] * np.inf}),
    "text in a number": broken(patients=DRAFT.patients.assign(age="old")),
    "no Unicode text": broken(patients=DRAFT.patients.assign(remark="\ud800")),
}


@pytest.mark.parametrize("draft", BROKEN.values(), ids=BROKEN)
def test_what_does_not_fit_together_is_refused(draft, tmp_path):
    with pytest.raises(Refused) as refused:
        build(draft, tmp_path / "edition.duckdb")
    assert list(tmp_path.iterdir()) == []
    assert "P001" not in str(refused.value) and "P999" not in str(refused.value)


def test_a_draft_of_patients_alone_is_a_study(tmp_path):
    whole = small_draft(n=8)
    store = built(Draft(whole.study, whole.attributes, whole.patients), tmp_path)
    assert store.catalogue.n_patients == 8
    assert store.presence(Everyone()).sum().to_dict() == {"mutations": 0}
    assert store.expression(Everyone()).shape == (0, 0)
