"""One pair of the screen: an imaging feature and a gene, patient by patient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.analyses import choices
from core.analyses.base import Analysis
from core.analyses.parameters import Choice, Option, parameter
from core.analyses.radiogenomic_result import MUTATIONS, GeneScreen
from core.compute import Progress, quiet
from core.errors import NotEstimable, Refused
from core.radiogenomics.screened import HOW, NOT_TESTED, TESTED
from core.stats.ranks import average_ranks, freed, nuisance


@dataclass(frozen=True, eq=False)
class GenePair:
    """A feature and a gene of every patient who has both.

    values      index patient_id: feature (in `unit`, or z-score), gene (expression, or 1 mutated and 0 wild type),
                stratum ("" without strata), and where the screen is adjusted feature_rank and gene_rank: what is left
                of their ranks beside what is adjusted for, which is what is correlated
    effect, p, q    of the screen, q over all its `n_tests`; NaN where `note` says why there is no test
    groups      mutations only: state, n, median, q1, q3
    """

    over: str
    feature: str
    gene: str
    unit: str
    scale: str
    family: str
    values: pd.DataFrame
    groups: pd.DataFrame
    test: str
    effect_name: str
    effect: float
    direction: str
    p: float
    q: float
    threshold: float
    n: int
    n_mutated: int | None
    n_tests: int
    adjust: tuple[str, ...]
    strata: str
    note: str


def _features(scope) -> tuple[Option, ...]:
    try:
        screen = scope.context.analysis("gene_screen")
    except Refused:  # what is wrong with the screen is said once, by the screen
        return ()
    chosen = scope.context.catalogue.feature_sets[screen.features]
    every = tuple(Option(each.name, each.label or each.name) for each in chosen.features)
    return (Option(choices.NONE, "the one of the smallest p"), *every)


def _genes(scope) -> tuple[Option, ...]:
    try:
        over = scope.context.analysis("gene_screen").over
    except Refused:
        return ()
    every = choices.mutation_genes(scope) if over == MUTATIONS else choices.expression_genes(scope)
    return (Option(choices.NONE, "the one of the smallest p"), *every)


@dataclass(frozen=True, kw_only=True)
class PairOfScreen(Analysis):
    name = "gene_pair"
    title = "One pair"
    question = "What do a feature and a gene look like, patient by patient?"
    method = (
        "The values as they are; effect, p and q are those of the screen, q over all of its tests. Where the screen is "
        "adjusted, a second picture shows what is correlated: the ranks freed of what is adjusted for."
    )
    pages = ("Radiogenomics",)
    rank = 11

    feature: str = parameter(Choice("Feature", "A click in a picture chooses it too.", options=_features))
    gene: str = parameter(Choice("Gene", "A click in a picture chooses it too.", options=_genes))

    def needs(self, context):
        return (context.analysis("gene_screen"),)

    def read(self, context):
        (screen,) = self.needs(context)
        declared = context.catalogue.feature_sets[screen.features]
        return context.result(screen), screen.read(context), declared

    def __call__(self, data, progress: Progress = quiet):
        found, read, declared = data
        row, column = self._place(found)
        feature, gene = found.screen.features[row], found.screen.genes[column]
        both = pd.DataFrame({"feature": read.features[feature], "gene": read.genes[gene]})
        both["stratum"] = "" if read.strata is None else read.strata.astype(object).where(read.strata.notna(), "")
        values = both[np.isfinite(both["feature"]) & np.isfinite(both["gene"])]
        if found.adjust or found.strata:
            values = self._freed(values, read)
        screen, how = found.screen, HOW[found.screen.how[row, column]]
        effect = float(screen.effect[row, column])
        about = {each.name: each for each in declared.features}[feature]
        return GenePair(
            over=found.over,
            feature=feature,
            gene=gene,
            unit=about.unit,
            scale=declared.scale,
            family=about.family,
            values=values.rename_axis("patient_id"),
            groups=_groups(values) if found.over == MUTATIONS else pd.DataFrame(),
            test=screen.test if how in NOT_TESTED else f"{screen.test} ({how})",
            effect_name=screen.effect_name,
            effect=effect,
            direction=screen.direction(effect),
            p=float(screen.p[row, column]),
            q=float(screen.q[row, column]),
            threshold=found.q,
            n=int(screen.n[row, column]),
            n_mutated=None if screen.n_mutated is None else int(screen.n_mutated[row, column]),
            n_tests=found.n_tests,
            adjust=found.adjust,
            strata=found.strata,
            note="" if how in TESTED else f"Not tested: {how}.",
        )

    def _place(self, found: GeneScreen) -> tuple[int, int]:
        """Where the chosen pair stands; the tested one of the smallest p where one of the two is left open."""
        features, genes = list(found.screen.features), list(found.screen.genes)
        for chosen, among in ((self.feature, features), (self.gene, genes)):
            if chosen not in (choices.NONE, *among):
                raise NotEstimable(f"{chosen} is not among what was screened.", "Choose another one.")
        rows = [features.index(self.feature)] if self.feature != choices.NONE else list(range(len(features)))
        columns = [genes.index(self.gene)] if self.gene != choices.NONE else list(range(len(genes)))
        if len(rows) > 1 and len(columns) > 1:
            first = found.found.iloc[0]
            return features.index(first["feature"]), genes.index(first["gene"])
        p = found.screen.p[np.ix_(rows, columns)]
        place = 0 if np.isnan(p).all() else int(np.nanargmin(p))
        row, column = np.unravel_index(place, p.shape)
        return rows[row], columns[column]

    def _freed(self, values: pd.DataFrame, read) -> pd.DataFrame:
        """The values of who has all that is adjusted for, with what is left of their ranks."""
        others = read.adjust if read.adjust is not None else pd.DataFrame(index=read.features.index)
        known = np.isfinite(others.loc[values.index].to_numpy(float)).all(axis=1)
        if read.strata is not None:
            known &= read.strata.loc[values.index].notna().to_numpy()
        values = values[known].copy()
        codes = pd.factorize(values["stratum"])[0] if len(values) else np.zeros(0, dtype=int)
        basis = nuisance(others.loc[values.index].to_numpy(float), codes)
        for name in ("feature", "gene"):
            ranks = average_ranks(values[name].to_numpy(float)[None])[0] - (len(values) + 1) / 2
            left, some = freed(ranks, basis)
            # In patients, as ranks are: the length that was taken off is put back.
            values[f"{name}_rank"] = (
                left[0] * np.sqrt(((ranks - (ranks @ basis) @ basis.T) ** 2).sum()) if some else 0.0
            )
        return values


def _groups(values: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for state, code in (("wild type", 0.0), ("mutated", 1.0)):
        part = values.loc[values["gene"] == code, "feature"]
        quartiles = part.quantile([0.5, 0.25, 0.75]) if len(part) else [np.nan] * 3
        rows.append((state, len(part), *quartiles))
    return pd.DataFrame(rows, columns=["state", "n", "median", "q1", "q3"])
