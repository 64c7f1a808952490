"""Networks of features under two acquisition settings, and the network that both agree on.

This is a recipe: its parameters, readable in a link, say which study, feature set and settings it comes from, so
that it can be used on another study that has the same features.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.network_result import FeatureNetworks, setting_network
from core.analyses.parameters import Choice, Flag, Number, Option, options, parameter
from core.cohort import Cohort
from core.compute import Progress, part, quiet
from core.errors import NotEstimable
from core.network.components import CommonComponents, common_components, common_network
from core.network.graph import connected_parts
from core.network.screening import Usable, usable, volume_feature, volume_surrogates
from core.network.sparse import SparseNetwork, ebic_network

#: A larger set starts with one of its image filters, for a network of a thousand features takes minutes.
LARGE = 200
NO_SET = "This study has no imaging features."


def _filters(scope) -> tuple[Option, ...]:
    """The image filters of the feature set, and all of them together."""
    chosen = scope.context.catalogue_of(scope.values["study"]).feature_sets[scope.values["features"]]
    counts = pd.Series([feature.filter for feature in chosen.features if feature.filter]).value_counts()
    found = [Option(name, f"{name} ({count} features)") for name, count in counts.items()]
    found.sort(key=lambda option: option.value != "original")
    everything = Option(choices.ALL, f"all ({len(chosen.features)} features)")
    small = len(chosen.features) <= LARGE
    return (everything, *found) if small or not found else (*found, everything)


def _other_setting(scope) -> tuple[Option, ...]:
    settings = choices.settings_of("features", "study")(scope)
    rest = tuple(option for option in settings if option.value != scope.values["setting_a"])
    return (*rest, Option(choices.NONE, "none: one network"))


def _patients(scope) -> tuple[Option, ...]:
    everyone = Option(choices.ALL, "every patient of the study")
    here = scope.values["study"] == scope.context.view.study
    return (Option("cohort", "this cohort"), everyone) if here else (everyone,)


def _paired_matters(values) -> bool:
    return values["setting_b"] != choices.NONE


@dataclass(frozen=True, kw_only=True)
class Network(Analysis):
    name = "network"
    title = "Feature networks"
    question = "Which features stay connected when the acquisition setting changes?"
    method = (
        "Per setting: features that follow the volume (|Spearman| at or above the cut) are dropped, the volume itself "
        "is kept; the correlation matrix is projected to the nearest positive definite one; a graphical lasso path of "
        "100 penalties is scored by the extended Bayesian information criterion; an edge is a partial correlation "
        "above the cut. Components of both networks are compared by the hypergeometric test with Benjamini-Hochberg "
        "over the pairs. As published (Oh 2021, as coded): gamma 0.5, hard threshold on, Pearson, path to 0.01 of the "
        "largest penalty, cut 0.15. The default leaves the hard threshold off, because with few patients it prefers "
        "dense networks; takes gamma 0.25, because 0.5 then often has no edge; and ends the path at 0.1."
    )
    sources = (
        "Oh et al. 2021, doi:10.1117/1.JMI.8.3.031904",
        "Friedman et al. 2008, doi:10.1093/biostatistics/kxm045",
        "Foygel and Drton 2010, arXiv:1011.6640",
        "Epskamp et al. 2012, qgraph, doi:10.18637/jss.v048.i04",
    )
    pages = ("Reproducibility", "Clusters")
    rank = 10

    study: str = parameter(Choice("Study of the network", "Where the network is estimated.", options=choices.studies))
    features: str = parameter(
        Choice(
            "Feature set",
            "The extraction that the network is estimated on.",
            options=choices.feature_sets_of("study"),
            default=lambda scope: _most_settings(scope),
            nothing=NO_SET,
            remedy="Choose another study, or import features with it.",
        )
    )
    setting_a: str = parameter(
        Choice("First setting", "An acquisition setting.", options=choices.settings_of("features", "study"))
    )
    setting_b: str = parameter(
        Choice("Second setting", "The setting to compare with, or none for one network.", options=_other_setting)
    )
    filter: str = parameter(
        Choice("Image filter", "Which features enter, by the filter of the image.", options=_filters)
    )
    patients: str = parameter(Choice("Patients", "Who the network is estimated from.", options=_patients))
    paired: bool | None = parameter(
        Flag(
            "Only patients with both settings",
            "Compare like with like; else each setting uses all of its patients.",
            default=True,
            when=_paired_matters,
        )
    )
    volume_cut: float = parameter(
        Number(
            "Volume cut",
            "Features whose |Spearman| with the volume is at least this are dropped.",
            low=0.5,
            high=1.0,
            step=0.05,
            default=0.8,
        )
    )
    correlation: str = parameter(
        Choice(
            "Correlation",
            "Of values (as published) or of normal scores of ranks (nonparanormal).",
            options=options(("pearson", "Pearson, of values"), ("nonparanormal", "nonparanormal, of ranks")),
        )
    )
    gamma: float = parameter(
        Number(
            "EBIC gamma",
            "Higher prefers fewer edges; 0.5 as published, with few patients often none.",
            low=0.0,
            high=1.0,
            step=0.05,
            default=0.25,
        )
    )
    threshold: bool = parameter(
        Flag("Hard threshold", "As published: small precision entries are zeroed before scoring.", default=False)
    )
    smallest: float = parameter(
        Number(
            "Smallest penalty",
            "Where the path of penalties ends, as a share of the largest; 0.01 as published. With fewer patients than "
            "features and gamma 0 the criterion takes the end of the path, so this decides how dense the network is.",
            low=0.01,
            high=0.5,
            step=0.01,
            default=0.1,
        )
    )
    edge: float = parameter(
        Number("Edge cut", "An edge is a |partial correlation| above this.", low=0.0, high=0.5, step=0.01, default=0.15)
    )
    component: int = parameter(
        Number(
            "Component",
            "1 is the pair of components that shares most features, or the largest component of one network.",
            low=1,
            high=20,
            step=1,
            default=1,
            whole=True,
        )
    )
    edges: str | None = parameter(
        Choice(
            "Edges of the common network",
            "Present in both settings, or in either.",
            options=options(("shared", "in both"), ("union", "in either")),
            when=_paired_matters,
        )
    )

    def studies(self, context):
        return (self.study,)

    @property
    def settings(self) -> tuple[str, ...]:
        return (self.setting_a,) if self.setting_b == choices.NONE else (self.setting_a, self.setting_b)

    def read(self, context):
        store = context.elsewhere(self.study)
        feature_set = context.catalogue_of(self.study).feature_sets[self.features]
        names = [each.name for each in feature_set.features if self.filter in (choices.ALL, each.filter)]
        cohort = context.cohort if self.patients == "cohort" else Cohort()
        tables = {setting: store.features(cohort, self.features, setting, names) for setting in self.settings}
        if self.paired and len(tables) == 2:
            first, second = tables.values()
            both = first.index[first.index.isin(second.index)]
            tables = {setting: table.loc[both] for setting, table in tables.items()}
        return feature_set, tables

    def __call__(self, data, progress: Progress = quiet):
        feature_set, tables = data
        width = 1 / len(tables)
        made = [
            self._one(setting, table, part(progress, width * done, width))
            for done, (setting, table) in enumerate(tables.items())
        ]
        sparse = [network for _, network in made]
        common = common_components(*sparse) if len(sparse) == 2 else None
        agreed, chosen, meaning = self._chosen(sparse, common)
        return FeatureNetworks(
            study=self.study,
            feature_set=self.features,
            scale=feature_set.scale,
            families={each.name: each.family for each in feature_set.features},
            filters={each.name: each.filter for each in feature_set.features},
            networks=tuple(setting_network(i, [parts for parts, _ in made], sparse) for i in range(len(sparse))),
            common=common,
            agreed=agreed,
            chosen=chosen,
            meaning=meaning,
        )

    def _one(self, setting: str, table: pd.DataFrame, progress: Progress):
        """The screened features of one setting and their network."""
        fit: Usable = usable(table)
        volume = volume_feature(fit.features.columns)
        surrogates: tuple[str, ...] = ()
        notes = [*fit.notes]
        if volume is None:
            notes.append("No feature is recognised as the volume, so the volume filter did nothing.")
        else:
            surrogates = volume_surrogates(fit.features, volume, self.volume_cut).dropped
        entered = fit.features.drop(columns=list(surrogates))
        network = ebic_network(
            entered,
            correlation=self.correlation,
            gamma=self.gamma,
            threshold=self.threshold,
            edge=self.edge,
            lambda_min_ratio=self.smallest,
            progress=progress,
        )
        return (setting, surrogates, volume or "", tuple(notes)), network

    def _chosen(self, sparse: list[SparseNetwork], common: CommonComponents | None):
        """The common network of two settings, or the component of one; or None and why."""
        if common is None:
            parts = connected_parts(sparse[0].graph)
            if self.component > len(parts):
                found = f"The network has {len(parts)} components" if parts else "The network has no edges"
                return None, None, f"{found}. Lower gamma or the edge cut, or choose a smaller number of component."
            graph = sparse[0].graph.subgraph(parts[self.component - 1])
            return None, graph, f"Component {self.component} of the network: {len(graph.names)} connected features."
        try:
            agreed = common_network(*sparse, self.component - 1, edges=self.edges)
        except NotEstimable as state:
            return None, None, str(state)
        if len(agreed.largest.names) < 2:
            return agreed, None, f"{agreed.meaning} Take the edges present in either network, or lower the edge cut."
        return agreed, agreed.largest, agreed.meaning


def _most_settings(scope) -> str | None:
    """The feature set measured under most settings: the one that reproducibility can be asked of."""
    sets = scope.context.catalogue_of(scope.values["study"]).feature_sets.values()
    return max(sets, key=lambda each: len(each.settings)).name if sets else None
