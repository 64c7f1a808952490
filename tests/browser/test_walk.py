"""The main job on real patients, as a reader does it: cohort, network, clusters, survival, and the link to a colleague.

Nothing is typed into the address bar: everything is chosen through the controls, and every number that the pages show
is held against what `core.run` answers for the link that they give.
"""

from __future__ import annotations

import re

import pytest

from core.run import answer
from core.store.library import Library
from core.store.sources import Notebook, read
from tests.browser import hands

pytestmark = pytest.mark.browser
SENTENCE = "Subsite is oropharynx or larynx, and has imaging features"
NODES = "used to build the clusters"


@pytest.fixture
def imported(store_folder, real_study) -> Library:
    """The store of this worker's server, with two real studies in it."""
    library = Library(store_folder)
    present = {entry.id for entry in library.studies()}
    for study in ("hn_tcia", "repro_rider"):
        folder = real_study(study)
        if study not in present:
            library.publish(read(folder, study, Notebook()))
    return library


def test_from_the_cohort_to_survival_by_cluster_and_to_a_colleague(imported, reader, visit, tmp_path):
    choose_the_cohort(reader)
    network = network_of_the_cohort(reader)
    cluster(reader)
    link = hands.shown_link(reader)
    told = answer(link, imported).plain
    assert told["fingerprint"] == imported.open("hn_tcia").fingerprint
    assert (told["sentence"], told["n"]) == (SENTENCE, 283)
    drawn = told["results"]["network"]["networks"][0]
    assert told["results"]["network"]["meaning"] in network
    counted = f"n = {drawn['n']} patients. {len(drawn['entered'])} features entered, {len(drawn['edges'])} edges"
    assert counted in network
    mine = numbers(reader, told, tmp_path)

    colleague = visit(reader.address)
    colleague.open(link.removeprefix(reader.address), 90)
    assert numbers(colleague, told, tmp_path) == mine
    hands.tab(colleague, "Groups")
    assert hands.shown_link(colleague) == link

    one_cluster_as_the_cohort(reader, imported, told)


def choose_the_cohort(reader):
    """Oropharynx by a click on its bar, larynx and features at the side; then who was left out on the way."""
    reader.open("Cohort")
    side = hands.sidebar(reader)
    hands.pick(reader, side, "Study", "Head and neck, three TCIA")
    hands.says(reader, "All patients · n = 650 of 650 patients")
    hands.click_bar(reader, "Subsite", "oropharynx")
    hands.says(reader, "Subsite is oropharynx · n = 447 of 650 patients")
    hands.pick(reader, side, "Subsite", "larynx")
    hands.says(reader, "Subsite is oropharynx or larynx · n = 565 of 650 patients")
    hands.pick(reader, side, "Data", "has imaging features")
    hands.says(reader, f"{SENTENCE} · n = 283 of 650 patients")
    hands.tab(reader, "Patient flow")
    hands.says(reader, "565, 85 left out", "283, 282 left out", "283 of 650 patients remain")


def network_of_the_cohort(reader) -> str:
    """The network of the raw features of one collection, original images, on this cohort; gives what the page says."""
    hands.door(reader, "Reproducibility")
    hands.says(reader, f"{SENTENCE} · n = 283 of 650 patients")
    hands.pick(reader, hands.main(reader), "Feature set", "HN1")
    hands.pick(reader, hands.main(reader), "Image filter", "original")
    hands.says(reader, "What patients can be compared on.")
    return " ".join(hands.main(reader).inner_text().split())


def cluster(reader):
    """On that network, with three restarts; the long work with the former number is left for it."""
    door = hands.main(reader).get_by_role("link", name=re.compile("^.*137 patients"))
    door.first.click()
    hands.heading(reader, "Clusters")
    hands.unfold(reader, "Change the distances and the clustering")
    hands.slide(reader, hands.main(reader), "Restarts", "Home", settle=False)
    hands.slide(reader, hands.main(reader), "Restarts", "ArrowRight", times=2, settle=False)
    reader.page.wait_for_url("**clusters.restarts=3&**", wait_until="commit")
    reader.settled(90)


def numbers(reader, told, folder) -> dict:
    """What the page shows, after each of it was found equal to what the command line tells."""
    results = told["results"]
    hands.tab(reader, "Groups")
    clusters, survival = results["clusters"], results["cluster_survival"]
    sizes = clusters["wasserstein"]["sizes"]
    assert clusters["n"] == sum(sizes) == 137
    hands.says(
        reader,
        f"{SENTENCE} · n = 283 of 650 patients",
        f"137 of 283 patients fall into 3 Wasserstein clusters: "
        f"{', '.join(f'{n} in cluster {i}' for i, n in enumerate(sizes, 1))}.",
        f"Mean silhouette {clusters['silhouette']['mean']:.2f}",
    )
    hands.unfold(reader, "Who is in which cluster")
    members, _ = hands.saved_csv(reader, "cluster_members", folder)
    labels = {row["patient_id"]: (row["cluster"], row["euclidean"]) for row in clusters["patients"]}
    assert {row.patient_id: (row.cluster, row.euclidean) for row in members.itertuples()} == labels

    hands.tab(reader, "What goes with them")
    table, _ = hands.saved_csv(reader, "cluster_associations", folder)
    rows = table.set_index("Attribute")
    for kind in ("wasserstein", "euclidean"):
        for row in results["cluster_table"][kind]["table"]:
            if row["attribute"] in ("subsite", "hpv_status"):
                label = {"subsite": "Subsite", "hpv_status": "HPV status"}[row["attribute"]]
                shown = rows.loc[label, [f"{kind.capitalize()} p", f"{kind.capitalize()} q"]]
                assert list(shown) == pytest.approx([row["p"], row["q"]], rel=1e-12)
    used = table[table["Note"] == NODES]
    assert len(used) == len(clusters["nodes"])
    assert used[["Wasserstein p", "Euclidean p"]].isna().all(axis=None)

    hands.tab(reader, "Survival")
    hands.says(reader, *survival["words"])
    assert "log-rank (2-sided), p = " in survival["words"][0]
    table_of_groups, _ = hands.saved_csv(reader, "survival_groups", folder)
    groups = [(group["group"], group["n"], group["n_events"]) for group in survival["curves"]["curves"]]
    assert [tuple(row) for row in table_of_groups.iloc[:, :3].itertuples(index=False)] == groups
    return {
        "members": members.to_csv(),
        "subsite": rows.loc["Subsite", "Wasserstein p"],
        "hpv": rows.loc["HPV status", "Wasserstein p"],
        "groups": groups,
        "table": table.to_csv(),
    }


def one_cluster_as_the_cohort(reader, library, told):
    hands.tab(reader, "Groups")
    size = told["results"]["clusters"]["wasserstein"]["sizes"][1]
    hands.pick(reader, hands.main(reader), "Cluster", f"cluster 2 (n = {size})")
    hands.main(reader).get_by_role("button", name="Filter the Cohort page to this cluster").click()
    hands.heading(reader, "Cohort")
    reader.settled()
    hands.says(reader, f"n = {size} of 650 patients")
    told = answer(hands.shown_link(reader), library).plain
    assert told["n"] == size
    hands.says(reader, f"{told['sentence']} · n = {size} of 650 patients")
