"""What the networks under one or two settings are: one result for the page, the figures and every analysis on top."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.errors import NotEstimable
from core.network.components import CommonComponents, CommonNetwork
from core.network.graph import Graph, connected_parts
from core.network.sparse import SparseNetwork


@dataclass(frozen=True)
class SettingNetwork:
    """The network under one setting.

    `edges`: feature_a, feature_b, partial correlation, shared (whether the other setting has the edge too).
    `components`: sizes, largest first; `entered` features are in the network, `n` patients; `left_out` says what did
    not enter and why; `surrogates` follow the volume.
    """

    setting: str
    n: int
    entered: tuple[str, ...]
    surrogates: tuple[str, ...]
    volume: str
    edges: pd.DataFrame
    components: tuple[tuple[str, ...], ...]
    chosen_lambda: float
    path: pd.DataFrame
    by_gamma: pd.DataFrame
    notes: tuple[str, ...]
    graph: Graph


@dataclass(frozen=True)
class FeatureNetworks:
    """Both networks, what they share, and the connected network that patients are compared on (`chosen`).

    `families` and `filters` are those of every feature of the set. `meaning` says in words what `chosen` is; where
    there is none, it says why and what to do.
    """

    study: str
    feature_set: str
    scale: str
    families: dict[str, str]
    filters: dict[str, str]
    networks: tuple[SettingNetwork, ...]
    common: CommonComponents | None
    agreed: CommonNetwork | None
    chosen: Graph | None
    meaning: str

    def usable_graph(self) -> Graph:
        """The chosen network; raises `NotEstimable` with the remedy when there is none."""
        if self.chosen is None:
            raise NotEstimable(self.meaning)
        return self.chosen


def setting_network(i: int, made: list[tuple], sparse: list[SparseNetwork]) -> SettingNetwork:
    """The network of setting number i, with its edges marked where every other setting has them too."""
    setting, surrogates, volume, notes = made[i]
    network = sparse[i]
    names = network.names
    pairs = [tuple(sorted((names[a], names[b]))) for a, b in network.edges]
    others = [
        {tuple(sorted((other.names[a], other.names[b]))) for a, b in other.edges}
        for other in sparse
        if other is not network
    ]
    edges = pd.DataFrame(
        {
            "feature_a": [a for a, _ in pairs],
            "feature_b": [b for _, b in pairs],
            "partial": network.weights,
            "shared": [bool(others) and all(pair in other for other in others) for pair in pairs],
        }
    )
    return SettingNetwork(
        setting=setting,
        n=network.n,
        entered=names,
        surrogates=surrogates,
        volume=volume,
        edges=edges,
        components=connected_parts(network.graph),
        chosen_lambda=network.chosen_lambda,
        path=network.path,
        by_gamma=network.by_gamma,
        notes=(*notes, *network.notes),
        graph=network.graph,
    )
