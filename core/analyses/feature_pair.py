"""One feature under two acquisition settings: its values, its agreement, and its part in each network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.network_result import FeatureNetworks
from core.analyses.parameters import Choice, Option, parameter
from core.cohort import Cohort
from core.compute import Progress, quiet
from core.definitions import definition, departure
from core.errors import NotEstimable, Refused
from core.network.screening import volume_feature
from core.stats.agreement import agreement
from core.store.schema import Feature
from core.store.sources.names import described


@dataclass(frozen=True)
class PartInNetwork:
    """A feature's part in the network of one setting.

    `entered`: it was not left out; `follows_volume`: left out for following the volume. `edges` and `strength` (sum of
    |partial correlation|). `volume_spearman`: rank correlation with the volume over the `n` patients; NaN where there
    is no other feature that is the volume, or one of the two never varies.
    """

    setting: str
    n: int
    entered: bool
    follows_volume: bool
    edges: int
    strength: float
    volume_spearman: float


@dataclass(frozen=True)
class FeaturePair:
    """A feature under two settings, patient by patient.

    `values`: a row per patient with both: patient, first, second, mean, difference (second minus first), in `unit`.
    `ccc`, `icc` (ICC(A,1)) with 95 % intervals and `spearman`; NaN where `note` says why. `bias` is the mean difference
    with its 95 % interval, `limit_low` to `limit_high` the 95 % limits of agreement. `identical`: every patient has the
    same value under both. `n_not_both` patients measured under both lack one of the two values.

    `neighbours`: a row per feature with an edge to this one under some setting: feature, family, definition,
    partial_first, partial_second (NaN: no edge), shared. `in_common`: it belongs to the network that patients are
    compared on.
    """

    feature: str
    label: str
    family: str
    filter: str
    unit: str
    ibsi: str
    definition: str
    departure: str
    settings: tuple[str, str]
    scale: str
    n: int
    n_not_both: int
    values: pd.DataFrame
    ccc: float
    ccc_low: float
    ccc_high: float
    icc: float
    icc_low: float
    icc_high: float
    spearman: float
    note: str
    identical: bool
    bias: float
    bias_low: float
    bias_high: float
    limit_low: float
    limit_high: float
    volume: str
    parts: tuple[PartInNetwork, ...]
    neighbours: pd.DataFrame
    in_common: bool


def _features(scope) -> tuple[Option, ...]:
    """No feature, or one of those that the network is estimated from."""
    try:
        network = scope.context.analysis("network")
    except Refused:  # what is wrong with the network is said once, by the network
        return ()
    chosen = scope.context.catalogue_of(network.study).feature_sets[network.features]
    among = [each for each in chosen.features if network.filter in (choices.ALL, each.filter)]
    return (Option(choices.NONE, "no feature"), *(Option(each.name, each.label or each.name) for each in among))


@dataclass(frozen=True, kw_only=True)
class FeatureUnderBoth(Analysis):
    name = "feature_pair"
    title = "One feature under both settings"
    question = "What does this feature measure, does it agree between the settings, and what is it connected with?"
    method = (
        "Patients with both values. Lin's concordance, ICC(A,1) and Spearman's rank correlation with 95 % intervals; "
        "mean difference (with its t interval) and limits of agreement at 1.96 standard deviations (Bland and Altman). "
        "Neighbours are the features that have an edge to this one in the network of a setting."
    )
    sources = (
        "Bland and Altman 1986, doi:10.1016/S0140-6736(86)90837-8",
        "Lin 1989, doi:10.2307/2532051",
        "Zwanenburg et al. 2020 (IBSI), doi:10.1148/radiol.2020191145",
    )
    pages = ("Reproducibility",)
    rank = 15

    feature: str = parameter(
        Choice("Feature", "The feature to look at; a click on it in a network chooses it too.", options=_features)
    )

    def needs(self, context):
        return (context.analysis("network"),)

    def studies(self, context):
        return self.needs(context)[0].studies(context)

    def read(self, context):
        network = context.analysis("network")
        if self.feature == choices.NONE:
            raise NotEstimable("No feature is chosen.", "Click a feature in a network, or choose one from the list.")
        if network.setting_b == choices.NONE:
            raise NotEstimable(
                "Two values per patient need two settings.", "Choose a second setting, or a feature set that has one."
            )
        store = context.elsewhere(network.study)
        # The whole set: the volume is of interest where the view is confined to other features too.
        feature_set = store.catalogue.feature_sets[network.features]
        volume = volume_feature(feature_set.names) or ""
        names = list(dict.fromkeys([self.feature, *([volume] if volume else [])]))
        cohort = context.cohort if network.patients == "cohort" else Cohort()
        first, second = (store.features(cohort, network.features, each, names) for each in network.settings)
        both = first.index[first.index.isin(second.index)]
        return context.result(network), feature_set, volume, first.loc[both], second.loc[both]

    def __call__(self, data, progress: Progress = quiet):
        networks, feature_set, volume, first, second = data
        tables = (first, second)
        x, y = (table[self.feature].astype(float).replace([np.inf, -np.inf], np.nan) for table in tables)
        known = x.notna() & y.notna()
        n = int(known.sum())
        if n < 3:
            raise NotEstimable(
                f"{n} patients have this feature under both settings; 3 are needed.",
                "Widen the cohort, or choose another feature or setting.",
            )
        found = agreement(x[known].to_frame(), y[known].to_frame(), progress).table.iloc[0]
        (declared,) = (each for each in feature_set.features if each.name == self.feature)
        code = declared.ibsi or described(self.feature).ibsi
        # A z-score has lost what is only added, as the 3 of the kurtosis is.
        own = "PyRadiomics" in feature_set.software and (code != "IPH6" or feature_set.scale == "raw")
        return FeaturePair(
            feature=self.feature,
            label=declared.label or self.feature,
            family=declared.family,
            filter=declared.filter,
            unit=declared.unit,
            ibsi=code,
            definition=definition(code, declared.family, self.feature),
            departure=departure(code, declared.family, self.feature) if own else "",
            settings=tuple(network.setting for network in networks.networks),
            scale=feature_set.scale,
            n=n,
            n_not_both=len(known) - n,
            values=_values(x[known], y[known]),
            **{name: float(found[name]) for name in (*_AGREEMENT, "spearman")},
            note=str(found["note"]),
            identical=bool((x[known] == y[known]).all()),
            **_bland_altman((y - x)[known].to_numpy()),
            volume=volume if volume != self.feature else "",
            parts=tuple(
                _part(network, self.feature, volume, table)
                for network, table in zip(networks.networks, tables, strict=True)
            ),
            neighbours=_neighbours(networks, self.feature, {each.name: each for each in feature_set.features}),
            in_common=networks.chosen is not None and self.feature in networks.chosen.names,
        )


_AGREEMENT = ("ccc", "ccc_low", "ccc_high", "icc", "icc_low", "icc_high")


def _values(x: pd.Series, y: pd.Series) -> pd.DataFrame:
    frame = pd.DataFrame({"first": x, "second": y}).rename_axis("patient").reset_index()
    return frame.assign(mean=(frame["first"] + frame["second"]) / 2, difference=frame["second"] - frame["first"])


def _bland_altman(difference: np.ndarray) -> dict[str, float]:
    """The mean difference with its 95 % interval, and the limits that hold 95 % of normal differences."""
    from scipy.special import stdtrit

    bias, spread = float(difference.mean()), float(difference.std(ddof=1))
    error = float(stdtrit(len(difference) - 1, 0.975)) * spread / np.sqrt(len(difference))
    return {
        "bias": bias,
        "bias_low": bias - error,
        "bias_high": bias + error,
        "limit_low": bias - 1.96 * spread,
        "limit_high": bias + 1.96 * spread,
    }


def _part(network, feature: str, volume: str, table: pd.DataFrame) -> PartInNetwork:
    ends = (network.edges["feature_a"] == feature) | (network.edges["feature_b"] == feature)
    rho = np.nan
    if volume and volume != feature:
        ranks = table[[feature, volume]].replace([np.inf, -np.inf], np.nan).dropna().rank()
        if len(ranks) > 2 and (ranks.nunique() > 1).all():
            rho = float(np.corrcoef(ranks.to_numpy().T)[0, 1])
    return PartInNetwork(
        setting=network.setting,
        n=len(table),
        entered=feature in network.entered,
        follows_volume=feature in network.surrogates,
        edges=int(ends.sum()),
        strength=float(network.edges.loc[ends, "partial"].abs().sum()),
        volume_spearman=rho,
    )


def _neighbours(networks: FeatureNetworks, feature: str, known: dict[str, Feature]) -> pd.DataFrame:
    """The features with an edge to this one, those of the strongest edges first."""
    partial: dict[str, list[float]] = {}
    for place, network in enumerate(networks.networks):
        for row in network.edges.itertuples():
            if feature in (row.feature_a, row.feature_b):
                other = row.feature_b if row.feature_a == feature else row.feature_a
                partial.setdefault(other, [np.nan] * 2)[place] = float(row.partial)
    order = sorted(partial, key=lambda other: (-np.nanmax(np.abs(partial[other])), other))
    kinds = [known[other] for other in order]
    return pd.DataFrame(
        {
            "feature": pd.Series(order, dtype=object),
            "family": pd.Series([each.family for each in kinds], dtype=object),
            "definition": pd.Series(
                [definition(each.ibsi or described(each.name).ibsi, each.family, each.name) for each in kinds],
                dtype=object,
            ),
            "partial_first": [partial[other][0] for other in order],
            "partial_second": [partial[other][1] for other in order],
            "shared": [bool(np.isfinite(partial[other]).all()) for other in order],
        }
    ).astype({"partial_first": float, "partial_second": float, "shared": bool})
