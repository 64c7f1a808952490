"""Reproducible features of the demo study: what was planted as unstable is rejected, and the list explains itself."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from core.analyses.context import Context
from core.analyses.opening import opened, page_pairs
from core.analyses.plain import plain
from core.errors import NotEstimable, Refused
from core.run import remembering
from core.store.library import Library
from core.view import View
from tests.store.drafts import small_draft


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> Library:
    from data.demo import demo

    library = Library(tmp_path_factory.mktemp("shelf"))
    library.publish(demo())
    library.publish(small_draft())
    library.publish(single_setting())
    return library


def single_setting():
    """The small study as it would be had nobody been scanned twice."""
    draft = small_draft()
    (features,) = draft.feature_sets
    values = draft.values[features.name]
    return dataclasses.replace(
        draft,
        study=dataclasses.replace(draft.study, id="single"),
        feature_sets=[dataclasses.replace(features, settings=("standard",))],
        values={features.name: values[values.index.get_level_values("setting") == "standard"]},
    )


@pytest.fixture(scope="module")
def memo():
    return remembering()


@pytest.fixture(scope="module")
def ask(shelf, memo):
    """The list of the demo study with some options."""

    def asked(study="demo", **options):
        view = View(study).with_options({f"reproducible.{name}": value for name, value in options.items()})
        context = Context(view, shelf, memo)
        return context.result(context.analysis("reproducible"))

    return asked


@pytest.fixture(scope="module")
def truth(shelf):
    table = shelf.open("demo").truth()
    return {kind: rows.set_index("item")["value"] for kind, rows in table.groupby("kind")}


@pytest.mark.parametrize("components", ["every", "largest"])
def test_the_planted_unstable_families_are_rejected(ask, truth, components):
    found = ask(components=components)
    unstable = set(truth["family"][truth["family"] == "unstable"].index)
    family = truth["feature family"]
    assert len(found.names) >= 20
    assert not {family[name] for name in found.names} & unstable
    assert not set(truth["volume surrogate"].index) & set(found.names)


def test_networks_and_concordance_find_the_same_stable_families(ask, truth):
    family = truth["feature family"]
    stable = set(truth["family"][truth["family"] == "stable"].index)
    networks, values = ask(), ask(by_network="no", by_ccc="yes")
    for found in (networks, values):
        assert {family[name] for name in found.names} == stable
    both = set(networks.names) & set(values.names)
    assert len(both) / len({*networks.names, *values.names}) >= 0.9


def test_the_list_carries_what_it_takes_to_save_it(ask):
    found = ask()
    assert (found.study, found.feature_set, found.settings) == ("demo", "ct", ("standard", "sharp"))
    assert found.recipe.startswith(f"{len(found.names)} of 120 features of ct")
    assert "gamma 0.25" in found.recipe and "n = 80 per pair" in found.recipe
    for words in found.criteria:
        assert words in found.recipe
    assert found.names == tuple(found.features.loc[found.features["kept"], "feature"])
    assert found.flow["left"].iloc[-1] == len(found.names) and found.flow["left"].iloc[0] == found.n_features == 120
    assert len(found.matrix) == 120 and set(found.matrix["family"]) == set(found.features["family"]) != {""}
    assert plain(found)["names"] == list(found.names)


def test_the_common_network_is_that_of_the_networks(ask, shelf, memo):
    context = Context(View("demo"), shelf, memo)
    network = context.result(context.analysis("network"))
    found = ask(components="largest")
    assert set(found.matrix.loc[found.matrix["in_common"], "feature"]) == set(network.agreed.features)
    assert set(found.matrix.loc[found.matrix["connected"], "feature"]) == set(network.agreed.largest.names)
    assert found.pairs.loc[0, "p"] == network.agreed.p and found.pairs.loc[0, "state"] == ""
    every = ask()
    assert set(network.agreed.features) <= set(every.matrix.loc[every.matrix["in_common"], "feature"])


def test_criteria_that_are_switched_off_ask_nothing(ask):
    found = ask(by_network="no", no_surrogates="no", no_copies="no")
    assert found.criteria == () and len(found.names) == 120 and "no criterion" in found.recipe
    strict = ask(by_network="no", by_icc="yes", icc="0.95")
    assert set(strict.names) == set(
        strict.features.loc[(strict.features["icc_min"] >= 0.95) & ~(strict.features["volume_rho"] >= 0.8), "feature"]
    ) | ({strict.volume} if strict.features.set_index("feature")["icc_min"][strict.volume] >= 0.95 else set())


def test_one_setting_has_no_list_and_the_reader_is_sent_on(shelf):
    context = Context(View("small").with_options({"reproducible.settings": "sharp"}), shelf)
    with pytest.raises(NotEstimable, match="Choose more of the 2 settings"):
        context.result(context.analysis("reproducible"))
    context = Context(View("small").with_options({"reproducible.settings": "sharp,sharp"}), shelf)
    with pytest.raises(NotEstimable, match="two settings or more"):
        context.result(context.analysis("reproducible"))
    context = Context(View("single"), shelf)
    with pytest.raises(NotEstimable, match=r"Open a study with more: demo \(2 settings of ct\) or small"):
        context.result(context.analysis("reproducible"))


def test_a_setting_that_the_set_lacks_is_refused(shelf):
    with pytest.raises(Refused, match=r"reproducible\.settings"):
        Context(View("demo").with_options({"reproducible.settings": "standard,blurred"}), shelf).analysis(
            "reproducible"
        )


def test_a_link_opens_to_the_same_list(shelf):
    view = View("demo").with_options({"reproducible.by_ccc": "yes", "reproducible.ccc": "0.9"})
    first = Context(view, shelf)
    again = opened(page_pairs("Reproducibility", first), shelf)
    assert again.analysis("reproducible") == first.analysis("reproducible")
    assert "reproducible.icc" not in first.analysis("reproducible").options()


def test_settings_without_a_network_are_said_and_not_estimated(shelf, memo):
    options = {"network.gamma": "1", "network.threshold": "yes", "network.edge": "0.5"}
    context = Context(View("small").with_options(options), shelf, memo)
    found = context.result(context.analysis("reproducible"))
    assert found.names == () and "Lower gamma" in found.pairs.loc[0, "state"]
    assert "no common network" in found.notes[0]
    assert np.isnan(found.pairs.loc[0, "p"])


def test_equal_questions_have_equal_answers(shelf, memo, ask):
    context = Context(View("demo"), shelf, memo)
    analysis = context.analysis("reproducible")
    assert plain(analysis(analysis.read(context))) == plain(ask())
    assert dataclasses.replace(analysis, no_copies=False).key(context) != analysis.key(context)
