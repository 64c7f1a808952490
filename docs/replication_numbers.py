"""Print the tables of docs/replication.md from the real studies: `python -m docs.replication_numbers`.

Needs a store (COHORTSCOPE_STORE) into which repro_rider and hn_tcia were imported. Every row is one link, so every
row can be opened in a browser.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from core.run import Answer, answer
from core.store.library import Library

CHAIN = {
    "study": "hn_tcia",
    "network.study": "repro_rider",
    "network.features": "features",
    "network.filter": "original",
    "network.setting_a": "test_man",
    "network.setting_b": "retest_man",
    "network.gamma": "0",
    "network.edge": "0.15",
    "distances.features": "hn1_ibsi_oraw",
    "clusters.k": "2",
}
OWN = {
    "study": "hn_tcia",
    "network.study": "hn_tcia",
    "network.setting_a": "default",
    "network.setting_b": "none",
    "network.gamma": "0.5",
    "clusters.k": "2",
}
HEAD = (
    "| network | n | features in both | shared by the largest pair (p) | nodes | k | sizes | subsite p, W1 | "
    "subsite p, Euclid | HPV p, W1 | HPV p, Euclid | T stage p, W1 | OS log-rank p, W1 | adjusted Rand with Euclid |"
)


def grid() -> Iterator[tuple[str, dict[str, str]]]:
    """Every defensible setting that is shown, none left out for its result."""
    for other in ("retest_man", "test_auto"):
        for smallest in ("0.01", "0.05", "0.1", "0.15"):
            name = f"test_man / {other}, path to {smallest}"
            yield name, CHAIN | {"network.setting_b": other, "network.smallest": smallest}
    default = CHAIN | {"network.smallest": "0.1"}
    yield "test_man / retest_man, nonparanormal", default | {"network.correlation": "nonparanormal"}
    yield "test_man / retest_man, edges of either", default | {"network.edges": "union"}
    yield "test_man / retest_man, weighted metric", default | {"distances.metric": "weighted"}
    yield "test_man / retest_man, scaling as coded", default | {"distances.scaling": "as coded"}
    yield "test_man / retest_man, medoids", default | {"clusters.centroid": "medoid"}
    yield "test_man / retest_man, k = 3", default | {"clusters.k": "3"}
    yield "test_man / retest_man, hard threshold", default | {"network.threshold": "yes"}
    yield "test_man / retest_man, gamma 0.5", default | {"network.gamma": "0.5"}
    raw = OWN | {
        "network.features": "hn1_ibsi_oraw",
        "network.filter": "original",
        "distances.features": "hn1_ibsi_oraw",
    }
    yield "own network, raw, k = 2", raw
    yield "own network, raw, k = 3", raw | {"clusters.k": "3"}
    scaled = OWN | {"network.features": "features", "distances.features": "features"}
    yield "own network, z-scored, k = 2", scaled
    yield "own network, z-scored, k = 3", scaled | {"clusters.k": "3"}


def row(name: str, found: Answer) -> str:
    """One line of the table."""
    network, results = found.results.get("network"), found.results
    pairs = network.common.pairs if network is not None and network.common is not None else None
    largest = "-" if pairs is None or pairs.empty else f"{pairs['shared'][0]} ({pairs['p'][0]:.1g})"
    both = "-" if pairs is None else str(network.common.features_in_both)
    if "clusters" not in results:
        state = found.plain["results"].get("clusters", {}).get("not_estimable", "not estimable")
        return f"| {name} | - | {both} | {largest} | {state} |||||||||"
    clusters, table = results["clusters"], results["cluster_table"]
    w1, euclid = (each.table.set_index("attribute")["p"] for each in (table.wasserstein, table.euclidean))
    survival = results["cluster_survival"].logrank
    cells = [
        name,
        clusters.n,
        both,
        largest,
        len(clusters.nodes),
        clusters.wasserstein.k,
        " + ".join(map(str, clusters.wasserstein.sizes)),
        *(f"{series[attribute]:.2g}" for attribute in ("subsite", "hpv_status") for series in (w1, euclid)),
        f"{w1['t_stage']:.2g}",
        "-" if survival is None or survival.p is None else f"{survival.p:.2g}",
        f"{clusters.agreement.adjusted_rand:.2f}",
    ]
    return f"| {' | '.join(map(str, cells))} |"


def main() -> None:
    library = Library()
    print(HEAD, "|" + "---|" * HEAD.count(" |"), sep="\n")
    for name, options in grid():
        print(row(name, answer("Clusters?" + urlencode(options), library)), flush=True)


if __name__ == "__main__":
    main()
