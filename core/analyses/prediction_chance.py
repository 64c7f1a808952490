"""Is what a classifier reaches more than chance? Its labels shuffled, and everything learnt again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.parameters import Choice, Option, options, parameter
from core.compute import Progress, quiet
from core.prediction.permuted import permutation_test
from core.survival.words import p_text

#: How often labels are shuffled, at first few enough for an answer at once.
NUMBERS = ("19", "99", "199", "499", "999")


def _within(scope) -> tuple[Option, ...]:
    return (Option(choices.NONE, "all patients"), *choices.categories(scope, most=60))


@dataclass(frozen=True, eq=False)
class Chance:
    """The AUC of one nested cross-validation beside those of shuffled labels.

    observed   of the true labels; null: a row per shuffling, auc
    p          (b + 1) / (m + 1), one-sided: b of the m shufflings reach the observed AUC
    smallest   the smallest p that so many can give
    """

    label: str
    observed: float
    null: pd.DataFrame
    p: float
    smallest: float
    within: str
    n: int
    n_positive: int
    permutations: int
    seed: int
    words: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PredictionChance(Analysis):
    name = "prediction_chance"
    title = "More than chance?"
    question = "How often would shuffled labels be told as well as the true ones?"
    method = (
        "Permutation test of the whole pipeline: labels are shuffled, among all patients or within groups such as the "
        "centre, and every step of the nested cross-validation is done again, the splits, the preparation and the "
        "choice of the penalty included. Statistic: the AUC of one repeat, for true and shuffled labels alike. "
        "One-sided p = (b + 1) / (m + 1), b of m shufflings being at least as large."
    )
    sources = (
        "Ojala and Garriga 2010, JMLR 11:1833-1863",
        "Phipson and Smyth 2010, doi:10.2202/1544-6115.1585",
    )
    pages = ("Prediction",)
    rank = 20
    slow = True

    permutations: str = parameter(
        Choice(
            "Shufflings",
            "How often. Each does the whole cross-validation once more; 199 take a minute or so.",
            options=options(*NUMBERS),
        )
    )
    within: str = parameter(
        Choice(
            "Shuffle among",
            "Within groups only, such as the centre, when groups differ in how common the outcome is.",
            options=_within,
        )
    )

    def needs(self, context):
        return (context.analysis("prediction"), context.analysis("target"))

    def read(self, context):
        model = context.analysis("prediction")
        data = model.read(context)
        if self.within == choices.NONE:
            return data, model.recipe, None
        groups = context.store.patients(context.cohort, [self.within])[self.within]
        return data, model.recipe, groups.reindex(data.labelled.x.index).fillna("not known").to_numpy(dtype=object)

    def __call__(self, data, progress: Progress = quiet):
        read, recipe, groups = data
        m = int(self.permutations)
        found = permutation_test(read.table, recipe, m, None if groups is None else groups.astype(str), progress)
        return Chance(
            label=read.labelled.label,
            observed=found.observed,
            null=pd.DataFrame({"auc": found.null}),
            p=found.p,
            smallest=1 / (m + 1),
            within="" if self.within == choices.NONE else self.within,
            n=found.n,
            n_positive=found.n_positive,
            permutations=m,
            seed=found.seed,
            words=_words(read.labelled.label, found.observed, found.null, found.p, m),
        )


def _words(label: str, observed: float, null: np.ndarray, p: float, m: int) -> tuple[str, ...]:
    reached = int((null >= observed - 1e-12).sum())
    told = f"{reached} of {m} shufflings reach the AUC of the true labels ({observed:.2f}, one repeat): {p_text(p)}"
    if not reached:
        end = f", the smallest that {m} can give." + (" Ask for more to see a smaller one." if m < 999 else "")
    elif p < 0.05:
        end = "."
    else:
        end = f". {label} was not shown to be told better than by chance."
    middle = float(np.median(null))
    return (
        told + end,
        f"Shuffled labels gave a median of {middle:.2f} ({null.min():.2f} to {null.max():.2f})"
        + (": cross-validation itself falls below 0.5 where nothing can be learnt." if middle < 0.48 else "."),
        "p is of this outcome, these features and this classifier alone: correct it where several were tried.",
    )
