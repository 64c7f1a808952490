"""Which features say the same as others, or only how large the tumour is?"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from core.analyses.base import Analysis
from core.analyses.parameters import Flag, Number, parameter
from core.compute import Progress, quiet
from core.network.screening import Usable, usable, volume_surrogates
from core.stats.redundancy import Redundancy, redundancy


@dataclass(frozen=True, eq=False)
class RedundantFeatures:
    """Rank correlations of the features of `found.n` patients without gaps.

    found      correlations, pairs, what is kept and what stands for the rest; `families` of its features by name
    entered    the features and patients that entered; `notes` say what was left out and why
    volume     name of the volume, "" when none is recognised; `surrogates` feature, n, rho: those that follow it
    names      features in the order of `found.rho`
    """

    found: Redundancy
    names: tuple[str, ...]
    families: dict[str, str]
    entered: Usable = field(metadata={"plain": False})
    volume: str
    volume_cut: float
    surrogates: pd.DataFrame
    notes: tuple[str, ...]
    n_cohort: int
    n_measured: int

    @property
    def n_repeats(self) -> int:
        """Features that are another one exactly, and so are not among the correlations."""
        return len(self.entered.duplicates)


@dataclass(frozen=True, kw_only=True)
class RedundantList(Analysis):
    name = "redundancy"
    title = "Redundancy"
    question = "Which features say the same as others, and which few say nearly as much as all?"
    method = (
        "Spearman correlations of the patients who have every feature; features that are missing in more than 30 % of "
        "the patients, constant or exact repeats are left out and named. The list that is kept is built greedily: from "
        "the feature least correlated with all others on, each is kept unless a kept one already reaches the cut with "
        "it. Surrogates of the volume reach the volume cut with the feature that is recognised as the volume. No "
        "outcome is looked at; where a model is validated, such a selection still belongs into the resampling."
    )
    sources = (
        "Spearman 1904, doi:10.2307/1412159",
        "Oh et al. 2021, doi:10.1117/1.JMI.8.3.031904 (volume filter)",
    )
    pages = ("Features",)
    rank = 20

    cut: float = parameter(
        Number("Redundant from |rho|", "Pairs from here on say the same.", low=0.5, high=1, step=0.01, default=0.9)
    )
    volume_cut: float = parameter(
        Number("Follows the volume from |rho|", "As in Oh 2021.", low=0.5, high=1, step=0.05, default=0.8)
    )
    volume_first: bool = parameter(
        Flag("Keep the volume", "Let the volume stand for what goes with it, and not another feature.", default=True)
    )

    def needs(self, context):
        return (context.analysis("measured"),)

    def read(self, context):
        return context.result(context.analysis("measured"))

    def __call__(self, data, progress: Progress = quiet):
        entered = usable(data.values)
        first = (data.volume,) if self.volume_first and data.volume else ()
        found = redundancy(entered.features, self.cut, first)
        surrogates = pd.DataFrame(columns=["feature", "n", "rho"])
        if data.volume and data.volumes is not None and data.volumes.nunique() > 1:
            with_volume = data.values.assign(**{data.volume: data.volumes})
            table = volume_surrogates(with_volume, data.volume, self.volume_cut).table
            surrogates = table[~table["kept"]].drop(columns="kept")
            surrogates = surrogates.sort_values("rho", key=abs, ascending=False, ignore_index=True)
        return RedundantFeatures(
            found=found,
            names=tuple(map(str, entered.features.columns)),
            families=data.families,
            entered=entered,
            volume=data.volume,
            volume_cut=self.volume_cut,
            surrogates=surrogates,
            notes=entered.notes,
            n_cohort=data.n_cohort,
            n_measured=data.n,
        )
