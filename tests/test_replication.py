"""The paper's chain and its replication on real data, by `python -m core run`: what docs/replication.md states.

Counts are exact; p-values are held to a relative 1e-6, so that another linear algebra library may differ in the last
digits but not in a result.
"""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from core.run import main
from core.store.library import Library
from core.store.sources import Notebook, read
from docs.replication_numbers import centre_pairs, halves

RIDER = (
    "network.features=features&network.filter=original&network.setting_a=test_man&network.setting_b=retest_man"
    "&network.edge=0.15"
)
#: What the numbers below do not depend on is kept short.
SHORT = "choice_of_k.resamples=5&choice_of_k.restarts=1&cluster_comparators.draws=20"
CHAIN = (
    f"Clusters?{SHORT}&study=hn_tcia&network.study=repro_rider&{RIDER}&distances.features=hn1_ibsi_oraw&clusters.k=2"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("real")


@pytest.fixture
def run(folder, real_study, monkeypatch, tmp_path):
    """Import what is needed once, and answer links."""
    monkeypatch.setenv("COHORTSCOPE_STORE", str(folder))

    def answered(link: str, *studies: str) -> dict:
        library = Library(folder)
        present = {entry.id for entry in library.studies()}
        for study in studies:
            if study not in present:
                library.publish(read(real_study(study), study, Notebook()))
        file = tmp_path / "answer.json"
        assert main([link, "--json", str(file)]) == 0
        return json.loads(file.read_text())

    return answered


def p_of(table: list[dict], attribute: str) -> float:
    return next(row["p"] for row in table if row["attribute"] == attribute)


def test_rider_gives_two_networks_that_share_their_largest_component(run):
    results = run(f"Reproducibility?study=repro_rider&{RIDER}&network.gamma=0&shift.draws=100", "repro_rider")[
        "results"
    ]
    network = results["network"]
    assert [each["n"] for each in network["networks"]] == [28, 28]
    assert [len(each["entered"]) for each in network["networks"]] == [77, 76]
    assert [len(each["edges"]) for each in network["networks"]] == [66, 75]
    best = network["common"]["pairs"][0]
    assert (best["size_a"], best["size_b"], best["shared"]) == (19, 43, 18)
    assert best["p"] == pytest.approx(5.458418940e-05, rel=1e-6)
    assert len(network["chosen"]["names"]) == 15
    assert results["agreement"]["n_good"] == 83
    assert results["agreement"]["n_features"] == 103
    shift = results["shift"]
    assert shift["n"] == 28
    assert shift["p_mean"] > 0.5  # no steadier than random features: a null, and shown as one


def test_the_chain_from_rider_to_head_and_neck(run):
    told = run(f"{CHAIN}&network.gamma=0", "repro_rider", "hn_tcia")
    assert (told["n"], told["results"]["clusters"]["n"]) == (650, 137)
    assert told["results"]["clusters"]["n_unmeasured"] == 513
    assert told["results"]["clusters"]["wasserstein"]["sizes"] == [70, 67]
    table = told["results"]["cluster_table"]
    assert p_of(table["wasserstein"]["table"], "subsite") == pytest.approx(0.002273784, rel=1e-6)
    assert p_of(table["euclidean"]["table"], "subsite") == pytest.approx(0.013422092, rel=1e-6)
    assert p_of(table["wasserstein"]["table"], "hpv_status") == pytest.approx(0.6105015, rel=1e-6)
    assert table["wasserstein"]["n_tests"] == 10
    assert table["wasserstein"]["n_used"] == 15
    survival = told["results"]["cluster_survival"]["test"]
    assert survival["p"] == pytest.approx(0.053003977, rel=1e-6)
    assert (survival["n"], survival["n_events"]) == (137, 74)


def test_with_gamma_one_half_both_networks_are_empty_and_say_so(run):
    results = run(f"{CHAIN}&network.gamma=0.5", "repro_rider", "hn_tcia")["results"]
    assert [len(each["edges"]) for each in results["network"]["networks"]] == [0, 0]
    assert any("gamma" in note for note in results["network"]["networks"][0]["notes"])
    assert "Lower gamma" in results["clusters"]["not_estimable"]


def test_manual_against_automatic_contours(run):
    chain = CHAIN.replace("retest_man", "test_auto")
    told = run(f"{chain}&network.gamma=0", "repro_rider", "hn_tcia")["results"]
    assert told["clusters"]["wasserstein"]["sizes"] == [73, 64]
    counts = {row["group"]: row for row in told["cluster_table"]["wasserstein"]["details"]["subsite"]["table"]}
    assert (counts["cluster 1"]["larynx"], counts["cluster 2"]["larynx"]) == (13, 36)
    assert p_of(told["cluster_table"]["wasserstein"]["table"], "subsite") < 1e-5


@pytest.mark.parametrize(
    ("first", "second"), [("noncontrast", "arterial"), ("arterial", "late"), ("noncontrast", "late")]
)
def test_kits_under_three_phases(run, first, second):
    link = f"Reproducibility?study=repro_kits_phase&network.setting_a={first}&network.setting_b={second}"
    results = run(f"{link}&network.gamma=0.5&shift.draws=100", "repro_kits_phase")["results"]
    networks = results["network"]["networks"]
    assert [each["n"] for each in networks] == [70, 70]
    assert all(len(each["edges"]) > 20 for each in networks)
    assert results["network"]["scale"] == "z-scored"
    assert results["network"]["common"]["pairs"]
    assert results["agreement"]["n"] == 70
    assert results["agreement"]["n_features"] == 105
    assert results["shift"]["n"] == 70


def frozen(told: dict) -> dict:
    """The result of the Replication page, with its table by attribute."""
    found = told["results"]["replication"]
    return found | {"table": {row["attribute"]: row for row in found["table"]}}


def test_half_of_hn1_tried_on_the_other_half(run, folder):
    """The first of the random halves of docs/replication.md, as a group kept in the store."""
    run("Studies?study=hn_tcia", "repro_rider", "hn_tcia")
    _, options = next(halves(Library(folder)))
    found = frozen(run("Replication?" + urlencode(options)))
    assert (found["frozen"]["n"], found["new"]["n"], len(found["frozen"]["nodes"])) == (68, 69, 15)
    assert (found["frozen"]["sizes"], found["carried"]["sizes_assigned"]) == ([39, 29], [36, 33])
    assert found["carried"]["agreement"]["adjusted_rand"] == pytest.approx(0.052907760, rel=1e-6)
    subsite = found["table"]["subsite"]
    assert subsite["p_discovery"] == pytest.approx(0.009310711, rel=1e-6)
    assert subsite["p_assigned"] == pytest.approx(0.007533715, rel=1e-6)
    assert subsite["p_reclustered"] == pytest.approx(0.729250702, rel=1e-6)
    assert subsite["same_direction_assigned"] > 0.9


def test_one_centre_tried_on_another(run):
    """HNSCC to HN1: the frozen clusters do not separate subsite there, those of HN1's own do."""
    options = dict(centre_pairs())["HNSCC to HN1"]
    found = frozen(run("Replication?" + urlencode(options), "hn_tcia"))
    assert (found["frozen"]["n"], found["new"]["n"], found["frozen"]["sizes"]) == (93, 137, [48, 45])
    assert found["carried"]["sizes_assigned"] == [82, 55]
    assert found["carried"]["agreement"]["adjusted_rand"] == pytest.approx(0.436805499, rel=1e-6)
    assert found["carried"]["strength"] == pytest.approx(0.646098004, rel=1e-6)
    subsite = found["table"]["subsite"]
    assert subsite["p_assigned"] == pytest.approx(0.146099656, rel=1e-6)
    assert subsite["p_reclustered"] == pytest.approx(2.194207903e-06, rel=1e-5)
    assert (subsite["verdict"], found["table"]["hpv_status"]["verdict"]) == ("in neither", "in neither")
    assert found["new"]["n_clipped"] == 263
