"""How well do networks and plainer models predict held-out patients from expression?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.analyses.base import Analysis
from core.analyses.expression_models_words import models_words
from core.analyses.expression_network import SMALL, ExpressionNetworks, Shown
from core.analyses.parameters import Flag, Many, Number, options, parameter
from core.compute import Progress, part, quiet
from core.radiogenomics.expression_models import COMPARATORS, ELASTIC_NET, SVM, comparator_scores, permutation_p
from core.radiogenomics.prediction_scores import RESAMPLES, scored
from core.radiogenomics.published_epochs import PublishedScore, best_of_all_epochs

NETWORK = "network"
NAMES = {NETWORK: "network"} | COMPARATORS


@dataclass(frozen=True, eq=False)
class ExpressionModels:
    """table   model, output ("" for a number; else the class against the rest), measure, value, lower, upper (95 %),
            chance (what knowing nothing reaches), n, n_positive, p (by shuffling the target; NaN where not asked for)
    scores  fold, truth and the score of every model, a row per patient and output, in no order that names patients
    n_pretrained  patients without the target on whom the networks were pre-trained; 0 where they were not
    published  the network's score as published beside the honest one; None where not asked for
    """

    label: str
    kind: str
    levels: tuple[str, ...]
    table: pd.DataFrame
    scores: pd.DataFrame
    n: int
    n_cohort: int
    n_expression: int
    n_target: int
    n_genes: int
    most_variable: int
    missing: float
    folds: int
    members: int
    n_pretrained: int
    small: dict[str, int]
    permutations: int
    resamples: int
    published: PublishedScore | None
    words: tuple[str, ...] = ()

    @property
    def leading(self) -> pd.DataFrame:
        """The rows of the leading measure: r2 of numbers, the area of classes."""
        return self.table[self.table["measure"] == self.table["measure"].iloc[0]]


@dataclass(frozen=True, kw_only=True)
class ExpressionModelling(Analysis):
    name = "expression_models"
    title = "Prediction from expression"
    question = "How well do networks and plainer models predict held-out patients from the expression of genes?"
    method = (
        "Networks and, on the same folds, models tuned on three inner folds of the training patients: elastic net, "
        "random forest, gradient boosting, support vector machine. Scaling, filling in and choosing of genes are steps "
        "of each model. Numbers: r2 against the mean of the training patients (below 0: worse than that mean) and "
        "Spearman's correlation; classes: area under the curve, and average precision over all patients. Correlation "
        "and area compare patients held out by the same fold. Intervals from bootstrap samples of the held-out "
        "patients, each counted once. p on request: the whole procedure on shuffled targets."
    )
    sources = (
        "Smedley, Aberle and Hsu 2021, J Med Imaging 8(3), https://www.ncbi.nlm.nih.gov/pmc/articles/PMC8105647/",
    )
    pages = ("Gene_masking",)
    rank = 10

    models: tuple[str, ...] = parameter(
        Many(
            "Beside the networks",
            "Other models on the same folds.",
            options=options(*COMPARATORS.items()),
            default=(ELASTIC_NET, SVM),
            most=4,
        )
    )
    permutations: int = parameter(
        Number(
            "Shuffled targets",
            "For a p-value of every model: so many times the whole procedure; 0 for none. 100 take minutes.",
            low=0,
            high=1000,
            step=1,
            default=0,
            whole=True,
        )
    )
    published: bool = parameter(
        Flag(
            "Score the network as published, too",
            "The best of all epochs on the held-out patients: how much a network's score rises when its epoch is "
            "chosen on the patients that it is scored on. Small networks only.",
            default=False,
        )
    )

    def needs(self, context):
        return (context.analysis("expression_network"),)

    def read(self, context):
        network = context.analysis("expression_network")
        found: ExpressionNetworks = context.result(network)
        return network, found, network.read(context)

    def __call__(self, data, progress: Progress = quiet):
        network, found, shown = data
        share = 1 / (len(self.models) + 1)
        scores = {NETWORK: found.networks.scores}
        for place, name in enumerate(self.models):
            scores[name] = comparator_scores(
                name,
                found.networks.expression,
                found.target,
                found.folds,
                most_variable=network.most_variable,
                seed=network.seed,
                progress=part(progress, 0.2 * place * share, 0.2 * share),
            )
        p = {name: self._p(name, network, shown, found, part(progress, 0.2, 0.8)) for name in scores}
        published = None
        if self.published and network.network == SMALL:
            published = best_of_all_epochs(found.networks, network.small_network, network.seed)
        result = ExpressionModels(
            label=found.label,
            kind=found.target.kind,
            levels=found.target.levels,
            table=_table(scores, p, found, network.seed),
            scores=_scores(scores, found),
            n=found.n,
            n_cohort=found.n_cohort,
            n_expression=found.n_expression,
            n_target=found.n_target,
            n_genes=len(found.genes),
            most_variable=network.most_variable,
            missing=found.missing,
            folds=len(found.folds),
            members=network.members,
            n_pretrained=found.n_others if network.pretrain else 0,
            small=found.small,
            permutations=self.permutations,
            resamples=RESAMPLES,
            published=published,
        )
        return replace(result, words=models_words(result))

    def _p(self, name: str, network, shown: Shown, found: ExpressionNetworks, progress: Progress) -> float:
        if not self.permutations:
            return np.nan

        def scores_of(target, folds):
            if name == NETWORK:
                return network.trained(shown, target, folds).scores
            return comparator_scores(
                name,
                found.networks.expression,
                target,
                folds,
                most_variable=network.most_variable,
                seed=network.seed,
            )

        return permutation_p(scores_of, found.target, found.folds, network.seed, self.permutations, progress)


def _table(scores, p, found: ExpressionNetworks, seed: int) -> pd.DataFrame:
    rows = [
        {"model": NAMES[name], **vars(each), "p": p[name] if each.measure in ("r2", "AUC") else np.nan}
        for name, values in scores.items()
        for each in scored(values, found.target, found.folds, seed)
    ]
    table = pd.DataFrame(rows)
    return table.astype({"lower": float, "upper": float})


def _scores(scores, found: ExpressionNetworks) -> pd.DataFrame:
    parts = []
    for j, (output, rater) in enumerate(zip(found.target.outputs, found.networks.raters, strict=True)):
        columns = {"output": output, "fold": rater.fold + 1, "truth": rater.truth}
        parts.append(pd.DataFrame(columns | {NAMES[name]: values[:, j] for name, values in scores.items()}))
    return pd.concat(parts, ignore_index=True)
