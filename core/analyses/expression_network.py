"""Networks from expression to a feature or a class, each tried on patients that it has not seen."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.parameters import Choice, Flag, Number, Option, options, parameter
from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.radiogenomics.deep_network import DeepNetwork, has_torch
from core.radiogenomics.dense_layers import RELU, TANH
from core.radiogenomics.expression_network import SealedNetworks, sealed_networks
from core.radiogenomics.expression_target import NUMBER, SPLIT, Target, class_target, number_target
from core.radiogenomics.sealed_folds import Fold, sealed_folds
from core.radiogenomics.small_network import SmallNetwork

FEATURE, CATEGORY = "feature", "category"
SMALL, DEEP = "small", "deep"
#: With more genes than this, only so many are used unless all are asked for.
MANY_GENES = 2000
NO_EXPRESSION = "This study has no expression of genes to predict from, or neither features nor groups to predict."


def _over(scope) -> tuple[Option, ...]:
    catalogue = scope.context.catalogue
    if not catalogue.expression_genes:
        return ()
    kinds = [(FEATURE, "a feature")] if catalogue.feature_sets else []
    return options(*kinds, *([(CATEGORY, "a class")] if choices.categories(scope) else []))


def _is(over: str):
    return lambda values: values["over"] == over


def _network(kind: str):
    return lambda values: values["network"] == kind


def _networks(scope) -> tuple[Option, ...]:
    deep = "deep, by PyTorch" if has_torch() else "deep, by PyTorch (not installed here)"
    return options((SMALL, "small, by scikit-learn"), (DEEP, deep))


def _most_genes(scope) -> int:
    return 0 if len(scope.context.catalogue.expression_genes) <= MANY_GENES else MANY_GENES


@dataclass(frozen=True, eq=False)
class ExpressionNetworks:
    """The networks and what they were made of. n patients of n_cohort; n_expression have expression, n_target the
    target. `small` are classes left out, with their numbers of patients; `missing` the share of gaps in the expression.
    """

    label: str
    target: Target
    genes: tuple[str, ...]
    folds: tuple[Fold, ...]
    networks: SealedNetworks
    n: int
    n_cohort: int
    n_expression: int
    n_target: int
    n_others: int
    small: dict[str, int]
    missing: float


@dataclass(frozen=True, eq=False)
class Shown:
    """What networks are trained on: expression (patients x genes), the target of the same patients, and expression of
    patients without the target."""

    label: str
    expression: pd.DataFrame
    others: pd.DataFrame
    target: Target
    small: dict[str, int]
    n_cohort: int
    n_expression: int
    n_target: int


@dataclass(frozen=True, kw_only=True)
class ExpressionNetwork(Analysis):
    name = "expression_network"
    title = "Networks"
    question = "What does a feed-forward network read of a feature or a class from the expression of genes?"
    method = (
        "Feed-forward networks on standard scores of the genes. Each patient is held out once: means, standard "
        "deviations, filling in of gaps (with the mean) and the choice of the most variable genes come from the "
        "training patients of a fold alone. Several networks per fold, whose scores are averaged; each stops where the "
        "loss on an inner fifth of the training patients is lowest, so nothing held out is looked at. Numbers are "
        "learned as standard scores, or as above or below the median of the training patients. The deep version "
        "(dense, normalised batch, activation, dropout) can first learn to give back the genes of patients without "
        "the target."
    )
    sources = (
        "Smedley, Aberle and Hsu 2021, J Med Imaging 8(3), https://www.ncbi.nlm.nih.gov/pmc/articles/PMC8105647/",
    )
    pages = ()
    rank = 5

    over: str = parameter(
        Choice(
            "Predict",
            "From the expression of genes: an imaging feature, or a class of patients such as the histology.",
            options=_over,
            nothing=NO_EXPRESSION,
            remedy="Choose another study, or import an expression table with it.",
        )
    )
    features: str | None = parameter(
        Choice("Feature set", "Where the feature comes from.", options=choices.feature_sets, when=_is(FEATURE))
    )
    setting: str | None = parameter(
        Choice("Setting", "The acquisition setting.", options=choices.settings_of("features"), when=_is(FEATURE))
    )
    feature: str | None = parameter(
        Choice(
            "Feature",
            "What is predicted.",
            options=choices.features_of("features"),
            default="original_firstorder_Mean",
            when=_is(FEATURE),
        )
    )
    as_a: str | None = parameter(
        Choice(
            "As",
            "Its value, or, as published, on which side of the median of the training patients it lies.",
            options=options((NUMBER, "its value"), (SPLIT, "above or below the median")),
            when=_is(FEATURE),
        )
    )
    attribute: str | None = parameter(
        Choice("Class", "The groups that are told apart.", options=choices.categories, when=_is(CATEGORY))
    )
    network: str = parameter(Choice("Networks", "The deep ones need PyTorch and take longer.", options=_networks))
    hidden: str = parameter(
        Choice(
            "Hidden units",
            "Units of each hidden layer. With one or two hundred patients small networks do as well as large ones.",
            options=options("64", "32", "128-32", "256-64"),
        )
    )
    activation: str = parameter(
        Choice("Activation", "Of the hidden layers.", options=options((RELU, "rectifier"), (TANH, "tanh")))
    )
    alpha: float | None = parameter(
        Number(
            "Penalty on weights", "Of the squared weights.", low=0.01, high=100, step=0.01, default=1.0,
            when=_network(SMALL),
        )
    )  # fmt: skip
    dropout: float | None = parameter(
        Number(
            "Dropout", "Share of inputs and units that are silenced while training.", low=0, high=0.6, step=0.1,
            default=0.3, when=_network(DEEP),
        )
    )  # fmt: skip
    pretrain: bool | None = parameter(
        Flag(
            "Pre-train on patients without the target",
            "The layers first learn to give back the expression of these patients and of the training ones.",
            default=False,
            when=_network(DEEP),
        )
    )
    frozen: int | None = parameter(
        Number(
            "Layers frozen", "Pre-trained layers that are then left as they are.", low=0, high=2, step=1, default=0,
            whole=True, when=lambda values: bool(values["pretrain"]),
        )
    )  # fmt: skip
    most_variable: int = parameter(
        Number(
            "Most variable genes",
            "Only so many genes, chosen among the training patients; 0 for all.",
            low=0,
            high=20000,
            step=100,
            default=_most_genes,
            whole=True,
        )
    )
    members: int = parameter(
        Number(
            "Networks per fold", "Of different starts; their scores are averaged.", low=1, high=10, step=1, default=5,
            whole=True,
        )
    )  # fmt: skip
    folds: int = parameter(
        Number("Folds", "Each patient is held out once.", low=3, high=10, step=1, default=5, whole=True)
    )
    seed: int = parameter(
        Number("Seed", "Of the folds and the networks.", low=0, high=9999, step=1, default=0, whole=True)
    )

    def read(self, context) -> Shown:
        expression = context.store.expression(context.cohort)
        expression = expression[np.isfinite(expression).any(axis=1)]
        if self.over == FEATURE:
            values = context.store.features(context.cohort, self.features, self.setting, [self.feature])[self.feature]
            known = values[np.isfinite(values)]
            label = self.feature
        else:
            attribute = context.catalogue.attributes[self.attribute]
            known = context.store.patients(context.cohort, [self.attribute])[self.attribute].dropna()
            label = attribute.label or attribute.name
        both = expression.index.intersection(known.index)
        small: dict[str, int] = {}
        if self.over == FEATURE:
            target = number_target(known[both], self.as_a == SPLIT)
        else:
            target, stays, small = class_target(list(known[both]), attribute.levels, self.folds)
            both = both[stays]
        return Shown(
            label=label,
            expression=expression.loc[both],
            others=expression.drop(index=known.index, errors="ignore"),
            target=target,
            small=small,
            n_cohort=context.store.count(context.cohort),
            n_expression=len(expression),
            n_target=len(known),
        )

    def __call__(self, data: Shown, progress: Progress = quiet) -> ExpressionNetworks:
        folds = sealed_folds(data.target, self.folds, self.seed)
        values = data.expression.to_numpy(dtype=float)
        return ExpressionNetworks(
            label=data.label,
            target=data.target,
            genes=tuple(data.expression.columns),
            folds=folds,
            networks=self.trained(data, data.target, folds, progress),
            n=data.target.n,
            n_cohort=data.n_cohort,
            n_expression=data.n_expression,
            n_target=data.n_target,
            n_others=len(data.others),
            small=data.small,
            missing=float(np.isnan(values).mean()),
        )

    def trained(
        self, data: Shown, target: Target, folds: tuple[Fold, ...], progress: Progress = quiet
    ) -> SealedNetworks:
        """Networks of this kind for any target and folds of the same patients."""
        return sealed_networks(
            data.expression.to_numpy(dtype=float),
            target,
            folds,
            self.trainer(data),
            members=self.members,
            most_variable=self.most_variable,
            seed=self.seed,
            progress=progress,
        )

    @property
    def small_network(self) -> SmallNetwork:
        """How the small networks are made."""
        return SmallNetwork(self._units, self.activation, self.alpha)

    @property
    def _units(self) -> tuple[int, ...]:
        return tuple(int(each) for each in self.hidden.split("-"))

    def trainer(self, data: Shown):
        """How a network is fitted."""
        if self.network == SMALL:
            return self.small_network
        others = data.others.to_numpy(dtype=float) if self.pretrain else None
        frozen = min(self.frozen or 0, len(self._units))
        return DeepNetwork(self._units, self.activation, self.dropout, others=others, frozen=frozen)


def for_feature(network: ExpressionNetwork, feature: str) -> ExpressionNetwork:
    """The same networks for another feature of the set."""
    return replace(network, feature=feature)


def output_of(found: ExpressionNetworks, level: str) -> int:
    """The place of the output that tells this class from the rest; the only one where there is one."""
    outputs = found.target.outputs
    if level in outputs:
        return outputs.index(level)
    if len(outputs) > 1:
        raise NotEstimable(f"The class {level} has too few patients.", "Choose another class.")
    return 0
