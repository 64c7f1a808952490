"""Does it matter where clinical data, images and genes are joined: early, in one model, or late, of their indices?"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from core.analyses.base import Analysis
from core.analyses.blocks_read import radiomic_table
from core.analyses.blocks_result import CLINICAL, GENOMIC, RADIOMIC, BlocksOf
from core.analyses.ladder_words import signed, within
from core.analyses.parameters import Choice, Flag, Number, options, parameter
from core.analyses.survival_choices import YEARS
from core.compute import quiet
from core.survival.blocks import Block
from core.survival.covariates import complete
from core.survival.fusion import AVERAGED, EARLY, LATE, STACKED, Fusion, fusion
from core.survival.units import years
from core.vocabulary import counted


@dataclass(frozen=True, eq=False)
class FusedModels:
    """Early and late fusion on patients left out; `columns` of each block that went in."""

    endpoint: str
    fusion: Fusion
    columns: dict[str, int]
    words: tuple[str, ...]
    n_cohort: int
    n: int
    n_events: int


@dataclass(frozen=True, eq=False)
class _Read:
    blocks: BlocksOf
    whole: pd.DataFrame | None


@dataclass(frozen=True, kw_only=True)
class FusionOfBlocks(Analysis):
    name = "fusion"
    title = "Early and late fusion"
    question = "Does it matter where clinical data, images and genes are joined?"
    method = (
        "Ridge-penalised Cox models on the patients of the ladder: each block alone; early fusion, one model of all "
        "columns; late fusion, a Cox model of the blocks' indices made within the training set for patients left out "
        "of them (or the indices' average). Scaling, penalty (cross-validated partial likelihood) and stacking happen "
        "within each bootstrap sample, and every model is measured on the patients that the sample left out. No p: "
        "shrunken models have none."
    )
    sources = (
        "Verweij and van Houwelingen 1994, doi:10.1002/sim.4780132307",
        "Breiman 1996, doi:10.1007/BF00117832",
        "Coates, Pirovano and El Naqa 2021, doi:10.1117/1.JMI.8.3.031902",
    )
    pages = ("Survival",)
    rank = 56
    slow = True

    wanted: bool = parameter(
        Flag("Compare early and late fusion", "It takes up to some minutes with many features.", default=False)
    )
    whole: bool = parameter(
        Flag("All features of the set", "Else the radiomic block of the ladder; a penalty bears many.", default=True)
    )
    combined: str = parameter(
        Choice(
            "Late fusion by",
            "A model of the indices weighs them; an average cannot go wrong in weighing.",
            options=options((STACKED, "a Cox model of the indices"), (AVERAGED, "their average")),
        )
    )
    horizon: str = parameter(Choice("Horizon", "Where Uno's c and the Brier score end.", options=YEARS, default="3"))
    resamples: int = parameter(
        Number("Bootstrap samples", "Of the intervals.", low=20, high=400, step=10, default=50, whole=True)
    )
    seed: int = parameter(
        Number("Seed", "Of the samples and the inner folds.", low=0, high=99999, step=1, default=0, whole=True)
    )

    def needs(self, context):
        return (context.analysis("blocks"),)

    def read(self, context):
        asked = context.analysis("blocks")
        blocks = context.result(asked)
        whole = None
        if self.whole and RADIOMIC in blocks.tables and not blocks.signature:
            patients = blocks.tables[CLINICAL].index
            whole = radiomic_table(context, asked.feature_set, asked.setting, None, patients)
            # Nobody may leave for a feature: all models keep the ladder's patients.
            whole = whole.loc[:, complete(whole).all(axis=0)]
        return _Read(blocks, whole if whole is not None and whole.shape[1] else None)

    def __call__(self, data: _Read, progress=quiet):
        joined = data.blocks
        blocks = [joined.block(name) for name in (CLINICAL, RADIOMIC, GENOMIC) if name in joined.tables]
        if data.whole is not None:
            whole = Block.of(RADIOMIC, data.whole)
            blocks = [whole if block.name == RADIOMIC else block for block in blocks]
        found = fusion(
            joined.patients,
            blocks,
            min(years(float(self.horizon), joined.time_unit), float(joined.patients.time.max())),
            combined=self.combined,
            samples=self.resamples,
            seed=self.seed,
            progress=progress,
        )
        return FusedModels(
            endpoint=joined.endpoint,
            fusion=found,
            columns={block.name: block.columns.shape[1] for block in blocks},
            words=tuple(_words(found, joined.n_cohort)),
            n_cohort=joined.n_cohort,
            n=found.n,
            n_events=found.n_events,
        )


def _words(found: Fusion, n_cohort: int):
    by = {(each.name, each.below): each.harrell for each in found.differences}
    for name in (EARLY, LATE):
        gain = by[name, CLINICAL]
        if gain.value is None:
            yield f"{name.capitalize()} fusion: too few bootstrap samples allowed a fit."
            continue
        shown = "ranks patients left out better" if gain.lower > 0 else "is not shown to rank patients left out better"
        shown = "ranks patients left out worse" if gain.upper < 0 else shown
        yield f"{name.capitalize()} fusion {shown} than the clinical block alone: c changes by {signed(gain)}."
    gain = by[LATE, EARLY]
    if gain.value is not None:
        differs = "differ" if gain.lower > 0 or gain.upper < 0 else "are not shown to differ"
        yield f"Late and early fusion {differs}: late less early {signed(gain)}."
    alone = [f"{model.name} {within(model.harrell)}" for model in found.models if model.harrell.value is not None]
    if alone:
        yield f"c in patients left out: {'; '.join(alone)}."
    yield f"n = {found.n:,} of {n_cohort:,}, {counted(found.n_events, 'event')}, {counted(found.samples, 'sample')}."
