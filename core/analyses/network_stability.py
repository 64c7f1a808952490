"""Which edges of the networks come back when they are estimated from other patients, and is their overlap chance?"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.analyses.base import Analysis
from core.analyses.network_result import FeatureNetworks, SettingNetwork
from core.analyses.parameters import Number, parameter
from core.compute import Progress, part, quiet
from core.errors import NotEstimable
from core.network.permutation import OverlapCheck, permutation_check
from core.network.screening import usable
from core.network.stability import EdgeStability, edge_stability

#: A hundred networks of more features take many minutes.
MOST_FEATURES = 400
#: Penalties of a subsample's path: half as many as the network's own, between the same ends, in half the time.
PENALTIES = 50


@dataclass(frozen=True)
class SettingStability:
    """One setting: its `n_edges` edges come back with a mean frequency of `mean_frequency` (NaN without edges).

    `mean_other` is the mean frequency of all other pairs of features. `component` is the number of the component whose
    features are the reference (0 where the network has none).
    """

    setting: str
    n_edges: int
    mean_frequency: float
    mean_other: float
    component: int
    found: EdgeStability


@dataclass(frozen=True)
class NetworkFrequencies:
    """Edge and membership frequencies of each setting, and the permutation check of what two settings share.

    `overlap` exchanges all features, `overlap_within` only features of one family; None with one setting, without a
    pair of components, or without families.
    """

    study: str
    feature_set: str
    families: dict[str, str]
    settings: tuple[SettingStability, ...]
    overlap: OverlapCheck | None
    overlap_within: OverlapCheck | None


@dataclass(frozen=True, kw_only=True)
class NetworkStability(Analysis):
    name = "network_stability"
    title = "Stability of the networks"
    question = "Which edges come back when the network is estimated from other patients?"
    method = (
        "The network is estimated again from subsamples of the patients (complementary halves, or a larger share), "
        "with the same features and settings and a penalty chosen by EBIC in each, of 50 between the same ends. How "
        "often an edge is found, a feature has an edge and a feature belongs to the component is shown; nothing is "
        "thresholded. What the components of two settings share is held against 2,000 draws that deal the features "
        "anew, among all of them and within their families, with the largest overlap of every draw against the largest "
        "found."
    )
    sources = (
        "Meinshausen and Bühlmann 2010, doi:10.1111/j.1467-9868.2010.00740.x",
        "Shah and Samworth 2013, doi:10.1111/j.1467-9868.2011.01034.x",
        "Phipson and Smyth 2010, doi:10.2202/1544-6115.1585",
    )
    pages = ("Reproducibility",)
    rank = 15
    slow = True

    subsamples: int = parameter(
        Number("Subsamples", "Networks estimated again.", low=20, high=500, step=20, default=100, whole=True)
    )
    fraction: float = parameter(
        Number(
            "Share of the patients",
            "In each subsample; halves are drawn in pairs that share nobody. With few patients EBIC may find nothing "
            "in half of them.",
            low=0.5,
            high=0.9,
            step=0.1,
            default=0.5,
        )
    )
    seed: int = parameter(
        Number("Seed", "Of the subsamples and permutations.", low=0, high=99999, step=1, default=0, whole=True)
    )

    def needs(self, context):
        return (context.analysis("network"),)

    def studies(self, context):
        return self.needs(context)[0].studies(context)

    def read(self, context):
        network = context.analysis("network")
        result = context.result(network)
        largest = max(len(each.entered) for each in result.networks)
        if largest > MOST_FEATURES:
            raise NotEstimable(
                f"A hundred networks of {largest:,} features take too long to wait for.",
                f"Choose an image filter, so that at most {MOST_FEATURES} features enter.",
            )
        return network, result, network.read(context)[1]

    def __call__(self, data, progress: Progress = quiet):
        network, result, tables = data
        width = 0.95 / len(result.networks)
        settings = tuple(
            self._one(
                network, made, tables[made.setting], _component(result, place), part(progress, place * width, width)
            )
            for place, made in enumerate(result.networks)
        )
        overlap, within = self._overlaps(result, part(progress, 0.95, 0.05))
        return NetworkFrequencies(result.study, result.feature_set, result.families, settings, overlap, within)

    def _one(self, network, made: SettingNetwork, table: pd.DataFrame, component: int, progress: Progress):
        features = usable(table).features[list(made.entered)]
        found = edge_stability(
            features,
            made.edges,
            reference=made.components[component - 1] if component else (),
            correlation=network.correlation,
            gamma=network.gamma,
            threshold=network.threshold,
            edge=network.edge,
            lambdas=PENALTIES,
            lambda_min_ratio=network.smallest,
            subsamples=self.subsamples,
            fraction=self.fraction,
            seed=self.seed,
            progress=progress,
        )
        inside = found.edges["in_network"]
        others = found.pairs - int(inside.sum())
        return SettingStability(
            setting=made.setting,
            n_edges=int(inside.sum()),
            mean_frequency=float(found.edges.loc[inside, "frequency"].mean()) if inside.any() else float("nan"),
            mean_other=float(found.edges.loc[~inside, "frequency"].sum() / others) if others else float("nan"),
            component=component,
            found=found,
        )

    def _overlaps(self, result: FeatureNetworks, progress: Progress):
        if result.common is None or result.common.pairs.empty:
            return None, None
        first, second = (made.graph for made in result.networks)
        minimum = result.common.minimum
        everyone = permutation_check(first, second, minimum, seed=self.seed, progress=part(progress, 0, 0.5))
        if len({result.families.get(name, "") for name in first.names}) < 2:
            return everyone, None
        families = {name: result.families.get(name, "") for name in first.names}
        within = permutation_check(
            first, second, minimum, seed=self.seed, groups=families, progress=part(progress, 0.5, 0.5)
        )
        return everyone, within


def _component(result: FeatureNetworks, place: int) -> int:
    """The component of a setting that the common network is made of, else its largest; 0 without one."""
    if result.agreed is not None:
        return (result.agreed.component_a, result.agreed.component_b)[place]
    return 1 if result.networks[place].components else 0
