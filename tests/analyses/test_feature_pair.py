"""One feature under two settings: numbers against hand-worked cases, its part in the networks, and its states."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from core.analyses.context import Context
from core.analyses.opening import opened, page_pairs, repaired
from core.errors import NotEstimable, Refused
from core.run import remembering
from core.store.library import Library
from core.view import View
from tests.store.drafts import small_draft

SOME = {"network.gamma": "0", "network.edge": "0.05", "network.edges": "union"}
CONTRAST = "original_glcm_Contrast"


def asked(library, feature=CONTRAST, **more):
    context = Context(
        View("small").with_options(SOME | {"feature_pair.feature": feature} | more), library, remembering()
    )
    return context, context.analysis("feature_pair")


@pytest.fixture(scope="module")
def result(library):
    context, analysis = asked(library)
    return context.result(analysis)


def test_values_are_those_of_the_patients_with_both(library, result):
    store = library.open("small")
    everyone = Context(View("small"), library).cohort
    first, second = (store.features(everyone, "ct", each, [CONTRAST])[CONTRAST] for each in ("standard", "sharp"))
    both = pd.concat([first, second], axis=1, join="inner").dropna()
    assert result.settings == ("standard", "sharp") and result.n == len(both) == 19 and result.n_not_both == 1
    assert list(result.values["patient"]) == list(both.index)
    assert np.array_equal(result.values[["first", "second"]], both)
    assert np.allclose(result.values["difference"], both.iloc[:, 1] - both.iloc[:, 0])


def test_limits_of_agreement_are_those_of_a_case_worked_by_hand(tmp_path):
    # Differences -1, 0, 1, 2, 3: mean 1, standard deviation sqrt(2.5) = 1.5811, t(4) at 0.975 is 2.7764.
    draft = small_draft()
    values = draft.values["ct"]
    patients = values.loc[(slice(None), "sharp"), :].index.get_level_values(0)
    for number, patient in enumerate(patients):
        values.loc[(patient, "standard"), CONTRAST] = float(number) if number < 5 else np.nan
        values.loc[(patient, "sharp"), CONTRAST] = 2.0 * number - 1
    library = Library(tmp_path)
    library.publish(dataclasses.replace(draft, values={"ct": values}))
    context = Context(View("small").with_options({"feature_pair.feature": CONTRAST}), library)
    networks = Context(View("small"), library).analysis("network")
    analysis = context.analysis("feature_pair")
    read = list(analysis.read(context))
    assert read[0].networks[0].setting == networks.setting_a
    found = analysis(tuple(read))
    assert found.n == 5 and found.bias == 1
    assert (found.limit_low, found.limit_high) == pytest.approx((1 - 1.96 * np.sqrt(2.5), 1 + 1.96 * np.sqrt(2.5)))
    assert (found.bias_low, found.bias_high) == pytest.approx((1 - 1.96324, 1 + 1.96324), abs=1e-4)
    # Lin: 2 s_xy / (s_x^2 + s_y^2 + (mean difference)^2) with divisor n: 2 * 4 / (2 + 8 + 1).
    assert found.ccc == pytest.approx(8 / 11) and found.spearman == 1


def test_agreement_is_that_of_the_table_of_all_features(library, result):
    context, _ = asked(library)
    table = context.result(context.analysis("agreement")).table.set_index("feature")
    for name in ("ccc", "ccc_low", "ccc_high", "icc", "spearman", "n"):
        assert getattr(result, name) == pytest.approx(table.loc[CONTRAST, name])


def test_neighbours_are_the_edges_of_the_networks(library, result):
    context, _ = asked(library)
    networks = context.result(context.analysis("network"))
    neighbours = result.neighbours.set_index("feature")
    for column, network, part in zip(("partial_first", "partial_second"), networks.networks, result.parts, strict=True):
        edges = network.edges.query("feature_a == @CONTRAST or feature_b == @CONTRAST")
        assert neighbours[column].notna().sum() == len(edges) == part.edges
        assert part.strength == pytest.approx(edges["partial"].abs().sum())
        for row in edges.itertuples():
            other = row.feature_b if row.feature_a == CONTRAST else row.feature_a
            assert neighbours.loc[other, column] == row.partial and neighbours.loc[other, "shared"] == row.shared
    assert result.in_common == (CONTRAST in networks.chosen.names)


def test_it_says_what_the_feature_is(result):
    assert result.ibsi == "ACUI" and "squared difference" in result.definition and "bins" in result.departure
    assert result.volume == "original_shape_MeshVolume"
    assert all(-1 <= part.volume_spearman <= 1 for part in result.parts)


def test_the_volume_is_not_correlated_with_itself(library):
    context, analysis = asked(library, "original_shape_MeshVolume")
    found = context.result(analysis)
    assert found.volume == "" and all(np.isnan(part.volume_spearman) for part in found.parts)


def test_what_cannot_be_answered_is_a_state(library):
    for feature, more, words in (
        ("none", {}, "No feature is chosen"),
        (CONTRAST, {"network.setting_b": "none"}, "two settings"),
    ):
        context, analysis = asked(library, feature, **more)
        with pytest.raises(NotEstimable, match=words):
            context.result(analysis)


def test_the_choice_is_in_the_link_and_an_unknown_one_is_refused(library):
    context, _ = asked(library)
    pairs = page_pairs("Reproducibility", context)
    assert dict(pairs)["feature_pair.feature"] == CONTRAST
    assert opened(pairs, library).analysis("feature_pair").feature == CONTRAST
    with pytest.raises(Refused, match="cannot be chosen"):
        opened([("study", "small"), ("v", "1"), ("feature_pair.feature", "no such")], library)


def test_what_is_wrong_with_the_network_is_said_once(library):
    pairs = [("v", "1"), ("study", "small"), ("network.gamma", "7"), ("feature_pair.feature", CONTRAST)]
    with pytest.raises(Refused) as refused:
        opened(pairs, library)
    assert len(refused.value.problems) == 1


def test_a_feature_that_a_changed_network_lacks_is_let_go(library):
    context, _ = asked(library)
    view = context.view.with_options({"feature_pair.feature": "gone", "network.gamma": "0.5"})
    assert "feature_pair.feature" not in dict(repaired(context, view, keep="network.gamma").options)
