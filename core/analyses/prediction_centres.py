"""Does a prediction hold in a centre that the model has not seen?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.parameters import Choice, Option, parameter
from core.analyses.prediction_words import auc_text, positives
from core.compute import Progress, quiet
from core.prediction.centres import LeftOut, leave_one_centre_out
from core.stats.roc import ESTIMATED, Auc


def _groups(scope) -> tuple[Option, ...]:
    """Every category, the centre first."""
    found = choices.categories(scope, most=60)
    roles = scope.context.catalogue.attributes
    return tuple(sorted(found, key=lambda each: roles[each.value].role != "centre"))


@dataclass(frozen=True, eq=False)
class AcrossCentres:
    """Each centre predicted by a model of the others.

    table    a row per centre: centre, n, n_positive, n_train, n_train_positive, auc, lower, upper, state, mean
    pooled   AUC of all of them together; within: mean of the centres' own AUCs, weighted by their pairs
    left_out reason, n: patients of the cohort who are not looked at
    """

    label: str
    positive: str
    of: str
    how: str
    by: str
    table: pd.DataFrame
    pooled: Auc | None
    no_pooled: str
    within: float | None
    within_lower: float | None
    within_upper: float | None
    n: int
    n_positive: int
    n_centres: int
    n_estimated: int
    n_cohort: int
    left_out: pd.DataFrame
    cautions: tuple[str, ...]
    words: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PredictionCentres(Analysis):
    name = "prediction_centres"
    title = "Across centres"
    question = "How well does a model of the other centres predict each centre?"
    method = (
        "Each centre in turn is left out of every step: preparation, selection, the choice of the penalty (in inner "
        "folds of the other centres) and the fit; then its patients are predicted. AUC per centre by DeLong, from 5 "
        "patients of each class on. Pooled: all patients together, which also compares patients of different centres. "
        "Within: the centres' AUCs weighted by their pairs of a positive and a negative patient."
    )
    sources = ("DeLong, DeLong and Clarke-Pearson 1988, doi:10.2307/2531595",)
    pages = ("Prediction",)
    rank = 30

    by: str = parameter(
        Choice(
            "Leave out one by one",
            "The centres, or any other groups of patients.",
            options=_groups,
            nothing="This study has no centres or other groups to leave out.",
            remedy="Choose another study, or import the centre of each patient with it.",
        )
    )

    def needs(self, context):
        return (context.analysis("prediction"), context.analysis("target"))

    def read(self, context):
        model = context.analysis("prediction")
        data = model.read(context)
        labels = context.store.patients(context.cohort, [self.by])[self.by].reindex(data.labelled.x.index)
        attribute = context.catalogue.attributes[self.by]
        return data, replace(model.recipe, repeats=1), model.how, labels, attribute.label or attribute.name

    def __call__(self, data, progress: Progress = quiet):
        read, recipe, how, labels, by = data
        known = labels.notna().to_numpy()
        labelled = read.labelled
        left = dict(labelled.left_out)
        if not known.all():
            left[f"no value of {by}"] = int((~known).sum())
        table = read.table.of(np.flatnonzero(known))
        found = leave_one_centre_out(table, labels[known].to_numpy(dtype=object), recipe, progress)
        result = AcrossCentres(
            label=labelled.label,
            positive=labelled.positive,
            of=labelled.of,
            how=how,
            by=by,
            table=found.table,
            pooled=found.pooled,
            no_pooled=found.no_pooled,
            within=found.within,
            within_lower=found.within_lower,
            within_upper=found.within_upper,
            n=len(table.y),
            n_positive=int(table.y.sum()),
            n_centres=found.n_centres,
            n_estimated=found.n_estimated,
            n_cohort=labelled.n_cohort,
            left_out=pd.DataFrame(list(left.items()), columns=["reason", "n"]),
            cautions=labelled.cautions,
        )
        return replace(result, words=_words(result, found))


def _words(result: AcrossCentres, found: LeftOut) -> tuple[str, ...]:
    said = []
    if found.within is not None:
        limits = ""
        if found.within_lower is not None:
            limits = f" (95 % CI {found.within_lower:.2f} to {found.within_upper:.2f})"
        some = found.table[found.table["auc"].notna()]
        said.append(
            f"Among patients of the same, unseen {result.by}: AUC {found.within:.2f}{limits}; n = {some['n'].sum():,}, "
            f"{positives(some['n_positive'].sum(), result.positive)}, in the {len(some)} of {found.n_centres} groups "
            "with enough of both classes."
        )
    else:
        said.append(
            f"None of the {found.n_centres} groups of {result.by} has enough patients of both classes for an AUC."
        )
    said.append(
        f"Pooled over groups: {auc_text(found.pooled)}. It also compares patients of different groups, and so rewards "
        "a model that tells the groups apart."
        if found.pooled is not None
        else f"No pooled AUC: {found.no_pooled}"
    )
    some = found.table[found.table["state"] == ESTIMATED]
    if len(some) > 1:
        low, high = some.loc[some["auc"].idxmin()], some.loc[some["auc"].idxmax()]
        said.append(
            f"From {low['auc']:.2f} in {low['centre']} (n = {low['n']:,}) to {high['auc']:.2f} in {high['centre']} "
            f"(n = {high['n']:,})."
        )
    return tuple(said)
