"""Print the tables of docs/replication.md from the real studies: `python -m docs.replication_numbers [TABLE]`.

TABLE is chain, halves, halves_volume, halves_grid, centres or centres_grid; without one all are printed. Needs a store
(COHORTSCOPE_STORE) into which repro_rider and hn_tcia were imported, and keeps the random halves there as groups.
Every row is a link, or several that are summed up; `--links` prints them, to be opened in a browser.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from itertools import permutations
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pandas as pd

from core.analyses.context import Context
from core.analyses.opening import opened, page_link
from core.analyses.replication_result import Replication
from core.analyses.replication_tables import ASSIGNED, DISCOVERY, RECLUSTERED
from core.cohort.expression import parse
from core.errors import NotEstimable
from core.network.screening import volume_feature
from core.run import remembering
from core.store.library import Library
from core.view import unlink

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


def row(name: str, results: dict[str, Any]) -> str:
    """One line of the table."""
    network = results.get("network")
    pairs = network.common.pairs if network is not None and network.common is not None else None
    largest = "-" if pairs is None or pairs.empty else f"{pairs['shared'][0]} ({pairs['p'][0]:.1g})"
    both = "-" if pairs is None else str(network.common.features_in_both)
    if isinstance(results["clusters"], NotEstimable):
        return f"| {name} | - | {both} | {largest} | {results['clusters'].reason} |||||||||"
    clusters, table = results["clusters"], results["cluster_table"]
    w1, euclid = (each.table.set_index("attribute")["p"] for each in (table.wasserstein, table.euclidean))
    survival = results["cluster_survival"].test
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


# ------------------------------------------------------------------------------------------- replication proper

#: Discovery and new patients come from these: in the data that could be had, a collection is one centre.
COLLECTIONS = {"HN1": "HEAD-NECK-RADIOMICS-HN1", "HNSCC": "HNSCC", "PET-CT": "Head-Neck-PET-CT"}
IMAGED = "has features hn1_ibsi_oraw"
SPLITS = 10
CENTRES = OWN | {
    "network.features": "features",
    "network.gamma": "0.25",
    "distances.features": "features",
    "replication.patients": "where",
    "replication.features": "features",
}
HALVES = CHAIN | {"replication.patients": "where", "replication.features": "hn1_ibsi_oraw"}
#: One change at a time from the first row, none left out for its result.
VARIED = {
    "as above": {},
    "second component": {"network.component": "2"},
    "path to 0.05": {"network.smallest": "0.05"},
    "nonparanormal": {"network.correlation": "nonparanormal"},
    "weighted metric": {"distances.metric": "weighted"},
    "scaling as coded": {"distances.scaling": "as coded"},
    "medoids": {"clusters.centroid": "medoid"},
    "k = 3": {"clusters.k": "3"},
    "k = 4": {"clusters.k": "4"},
    "unbalanced, gamma 1": {"distances.mass": "unbalanced", "distances.gamma": "1"},
    "unbalanced, gamma 30": {"distances.mass": "unbalanced", "distances.gamma": "30"},
    "Euclidean": {"replication.of": "euclidean"},
    "Euclidean, k = 3": {"replication.of": "euclidean", "clusters.k": "3"},
}
CHAINED = {
    "edges of either": {"network.edges": "union"},
    "manual / automatic": {"network.setting_b": "test_auto"},
    "filter LoG 2 mm": {"network.filter": "LoG2mm"},
    "filter wavelet HHH": {"network.filter": "waveletHHH"},
    "filter wavelet LLL": {"network.filter": "waveletLLL"},
}
CONFINED = {
    "larynx and oropharynx only": {"only": "subsite in (larynx, oropharynx)"},
    "Euclidean, larynx and oropharynx only": {
        "only": "subsite in (larynx, oropharynx)",
        "replication.of": "euclidean",
    },
}
FULL = (
    "n | nodes | sizes of discovery | assigned | adjusted Rand | prediction strength | within 95 % | "
    "subsite: discovery | assigned | reclustered | HPV: discovery | assigned | reclustered | "
    "volume: discovery | assigned | OS log-rank: discovery | assigned"
)
SUMMED = (
    "setting | runs | adjusted Rand, median (range) | prediction strength | subsite p < 0.05: discovery | assigned | "
    "both, same direction | reclustered | HPV: discovery | assigned | both, same direction | reclustered | "
    "OS log-rank: discovery | assigned | volume effect: discovery | assigned"
)


#: What a row of the chain's table is made from.
CHAIN_ASKS = ("network", "clusters", "cluster_table", "cluster_survival")


class Links:
    """Opens links of the Replication page; a network that does not depend on the cohort is estimated once."""

    def __init__(self, library: Library, show: bool):
        self.library, self.show, self._memo = library, show, remembering()

    def memo(self, key, work, waiting=None):
        parts = json.loads(key) if key.startswith("[") else []
        if parts and parts[0] == "network" and parts[1]["network.patients"] == "all":
            key = json.dumps([part for i, part in enumerate(parts) if i != 2])
        return self._memo(key, work)

    def __call__(self, options: dict[str, str]) -> Replication | NotEstimable:
        """The replication that a link shows, or why there is none."""
        return self.asked(self.opened("Replication", options), "replication")

    def opened(self, page: str, options: dict[str, str]) -> Context:
        """The view of a link."""
        context = opened(unlink(f"{page}?{urlencode(options)}")[1], self.library, self.memo)
        if self.show:
            print(page_link(page, context))
        return context

    def asked(self, context: Context, name: str) -> Any:
        """The result of one analysis, or why there is none."""
        try:
            return context.result(context.analysis(name))
        except NotEstimable as state:
            return state


def centre_pairs() -> Iterator[tuple[str, dict[str, str]]]:
    """Every ordered pair of collections with at least 40 imaged patients."""
    for first, second in permutations(COLLECTIONS, 2):
        where, other = (f"collection = {COLLECTIONS[each]}" for each in (first, second))
        yield f"{first} to {second}", CENTRES | {"where": where, "replication.where": other}


def halves(library: Library) -> Iterator[tuple[str, dict[str, str]]]:
    """Random halves of the imaged patients of HN1, kept as groups: the first half is discovery."""
    imaged = np.array(library.open("hn_tcia").ids(parse(IMAGED)))
    for seed in range(SPLITS):
        chosen = sorted(np.random.default_rng(seed).permutation(imaged)[: len(imaged) // 2].tolist())
        record = {"label": f"random half {seed} of HN1", "study": "hn_tcia", "patients": chosen, "link": ""}
        group = library.saved.put("group", record)
        rest = f"{IMAGED} and not in group {group}"
        yield f"half {seed}", HALVES | {"where": f"in group {group}", "replication.where": rest}


def full_row(found: Replication | NotEstimable) -> str:
    """One replication in full."""
    if isinstance(found, NotEstimable):
        return f"{found.reason}" + " |" * FULL.count(" | ")
    carried = found.carried
    cells = [
        f"{found.frozen.n} / {found.new.n}",
        len(found.frozen.nodes),
        " + ".join(map(str, found.frozen.sizes)),
        " + ".join(map(str, carried.sizes_assigned)),
        f"{carried.agreement.adjusted_rand:.2f}",
        "-" if carried.strength is None else f"{carried.strength:.2f}",
        f"{100 * carried.fit.share_within:.0f} %",
        *(
            tested(found, name, side)
            for name in ("subsite", "hpv_status")
            for side in (DISCOVERY, ASSIGNED, RECLUSTERED)
        ),
        *(f"{effect(found, found.volume, side):.2f}" for side in (DISCOVERY, ASSIGNED)),
        *("-" if p is None else f"{p:.2g}" for p in (logrank_p(found, side) for side in (DISCOVERY, ASSIGNED))),
    ]
    return " | ".join(map(str, cells))


def summed_row(name: str, results: list[Replication | NotEstimable]) -> str:
    """Several replications in one line: how often an uncorrected p is below 0.05, among those that could be tested."""
    made = [found for found in results if isinstance(found, Replication)]
    if not made:
        return f"{name} | 0 of {len(results)}: {results[0].reason}" + " |" * (SUMMED.count(" | ") - 1)
    rand = [found.carried.agreement.adjusted_rand for found in made]
    strength = [found.carried.strength for found in made if found.carried.strength is not None]
    cells = [
        name,
        f"{len(made)} of {len(results)}",
        f"{np.median(rand):.2f} ({min(rand):.2f} to {max(rand):.2f})",
        f"{np.median(strength):.2f}",
    ]
    for attribute in ("subsite", "hpv_status"):
        before, after, own = (
            [p_of(found, attribute, side) for found in made] for side in (DISCOVERY, ASSIGNED, RECLUSTERED)
        )
        same = [direction(found, attribute) > 0 for found in made]
        both = [a < 0.05 and b < 0.05 and way for a, b, way in zip(before, after, same, strict=True)]
        known = sum(a == a and b == b for a, b in zip(before, after, strict=True))
        cells += [below(before), below(after), f"{sum(both)} of {known}", below(own)]
    for side in (DISCOVERY, ASSIGNED):
        cells.append(below([np.nan if (p := logrank_p(found, side)) is None else p for found in made]))
    for side in (DISCOVERY, ASSIGNED):
        cells.append(f"{np.nanmedian([abs(effect(found, found.volume, side)) for found in made]):.2f}")
    return " | ".join(map(str, cells))


def below(values: Iterable[float]) -> str:
    """`3 of 6`: how many of the p-values that there are lie below 0.05."""
    known = [value for value in values if value == value]
    return f"{sum(value < 0.05 for value in known)} of {len(known)}" if known else "-"


def p_of(found: Replication, attribute: str, side: str) -> float:
    """The uncorrected p of an attribute on one side."""
    return float(found.table.set_index("attribute")[f"p_{side}"].get(attribute, np.nan))


def effect(found: Replication, attribute: str, side: str) -> float:
    """Its effect size."""
    return float(found.table.set_index("attribute")[f"effect_{side}"].get(attribute, np.nan))


def direction(found: Replication, attribute: str) -> float:
    """1 where the assigned lean as discovery does, -1 the opposite way; NaN where either does not lean at all."""
    return float(found.table.set_index("attribute")["same_direction_assigned"].get(attribute, np.nan))


def tested(found: Replication, attribute: str, side: str) -> str:
    """p and effect of an attribute on one side; it says where the assigned point the other way."""
    p = p_of(found, attribute, side)
    if p != p:
        return "-"
    turned = " (opposite)" if side == ASSIGNED and direction(found, attribute) < 0 else ""
    return f"{p:.2g}, {effect(found, attribute, side):.2f}{turned}"


def logrank_p(found: Replication, side: str) -> float | None:
    """The log-rank p of a side."""
    survival = next(each for each in found.sides if each.name == side).survival
    return None if survival is None or survival.test is None else survival.test.p


def heading(text: str) -> None:
    """A table's two first lines."""
    print("|" if not text else f"| {text} |", "|" + "---|" * (text.count(" | ") + 1), sep="\n", flush=True)


def chain_table(library: Library, links: Links) -> None:
    """The clusters of HN1 on the network of RIDER, and on its own."""
    print(HEAD, "|" + "---|" * HEAD.count(" |"), sep="\n")
    for name, options in grid():
        context = links.opened("Clusters", options)
        print(row(name, {each: links.asked(context, each) for each in CHAIN_ASKS}), flush=True)


def halves_table(library: Library, links: Links) -> None:
    """Half of HN1 tried on the other half, for both kinds of clusters."""
    heading(f"discovery | clusters | {FULL}")
    for name, options in halves(library):
        for of in ("wasserstein", "euclidean"):
            print(f"| {name} | {of.capitalize()} | {full_row(links(options | {'replication.of': of}))} |", flush=True)


def volume_table(library: Library, links: Links) -> None:
    """The volume alone, cut at the median of the discovery half: subsite by Fisher's test in both halves, no link."""
    from scipy.stats import fisher_exact

    store, everybody = library.open("hn_tcia"), parse(IMAGED)
    name = volume_feature(store.catalogue.feature_sets["hn1_ibsi_oraw"].names)
    volume = store.features(everybody, "hn1_ibsi_oraw", None, [name])[name]
    subsite = store.patients(everybody, ["subsite"])["subsite"]
    heading("discovery | subsite: discovery | the other half")
    for half, options in halves(library):
        first = store.ids(links.opened("Clusters", {"study": "hn_tcia", "where": options["where"]}).cohort)
        large = volume > volume[first].median()
        other = volume.index.difference(first)
        ps = [fisher_exact(pd.crosstab(large[some], subsite[some])).pvalue for some in (first, other)]
        print(f"| {half} | {ps[0]:.2g} | {ps[1]:.2g} |", flush=True)


def centres_table(library: Library, links: Links) -> None:
    """Every centre tried on every other, for both kinds of clusters."""
    heading(f"discovery to new patients | clusters | {FULL}")
    for name, options in centre_pairs():
        for of in ("wasserstein", "euclidean"):
            print(f"| {name} | {of.capitalize()} | {full_row(links(options | {'replication.of': of}))} |", flush=True)


def halves_grid(library: Library, links: Links) -> None:
    """The same halves under other settings."""
    _summed(list(halves(library)), VARIED | CHAINED, links)


def centres_grid(library: Library, links: Links) -> None:
    """The same pairs of centres under other settings."""
    _summed(list(centre_pairs()), VARIED | CONFINED, links)


def _summed(runs: list[tuple[str, dict[str, str]]], varied: dict[str, dict[str, str]], links: Links) -> None:
    heading(SUMMED)
    for name, change in varied.items():
        print(f"| {summed_row(name, [links(changed(options, change)) for _, options in runs])} |", flush=True)


def changed(options: dict[str, str], change: dict[str, str]) -> dict[str, str]:
    """The options with a change; `only` confines discovery and new patients alike."""
    made = options | {name: value for name, value in change.items() if name != "only"}
    if "only" in change:
        made |= {name: f"{options[name]} and {change['only']}" for name in ("where", "replication.where")}
    return made


TABLES = {
    "chain": chain_table,
    "halves": halves_table,
    "halves_volume": volume_table,
    "halves_grid": halves_grid,
    "centres": centres_table,
    "centres_grid": centres_grid,
}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m docs.replication_numbers", description="Tables of a replication.")
    parser.add_argument("table", nargs="?", choices=TABLES, help="all of them when left out")
    parser.add_argument("--links", action="store_true", help="print the link of every run above its row")
    asked = parser.parse_args(arguments)
    library = Library()
    for name in [asked.table] if asked.table else TABLES:
        print(f"\n{name}\n")
        TABLES[name](library, Links(library, asked.links))


if __name__ == "__main__":
    main()
