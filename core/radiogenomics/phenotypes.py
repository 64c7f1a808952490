"""What sets groups of patients apart beyond the image: mutations, expression of genes, and gene sets."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.compute import Progress, quiet
from core.errors import NotEstimable
from core.radiogenomics.rank_groups import rank_tests
from core.stats.association import categorical_association
from core.stats.multiplicity import benjamini_hochberg

MUTATION, EXPRESSION, SET = "mutation", "expression", "gene set"
#: Patients that a group needs to be compared, genes of a set that have to be measured, and mutated patients of a gene.
FEWEST_IN_GROUP, FEWEST_GENES, FEWEST_MUTATED = 5, 5, 3
COLUMNS = ["kind", "item", "test", "effect_name", "effect", "highest", "p", "q", "n"]


@dataclass(frozen=True, eq=False)
class PhenotypeTests:
    """Every mutation, gene and gene set against one grouping.

    groups      those compared, in their order; left_out: kind, group, n of those with too few patients of that kind
    table       kind, item, test, effect_name, effect, highest (the group of the highest share or mean), p, q
                (Benjamini-Hochberg over all n_tests), n; a row per test, in the order given
    values      (rows, groups) share mutated, or mean z score over all patients of the tests of that kind
    counts      (rows, groups) patients with a value; mutated: of them mutated, 0 for the other kinds
    not_tested  kind, item, reason
    """

    groups: tuple[str, ...]
    table: pd.DataFrame
    values: np.ndarray
    counts: np.ndarray
    mutated: np.ndarray
    not_tested: pd.DataFrame
    left_out: pd.DataFrame
    n_tests: int
    n: int


def phenotype_tests(
    groups: pd.Series,
    mutated: pd.DataFrame | None = None,
    expression: pd.DataFrame | None = None,
    sets: Mapping[str, Collection[str]] | None = None,
    *,
    only: Collection[tuple[str, str]] | None = None,
    fewest_mutated: int = FEWEST_MUTATED,
    fewest_in_group: int = FEWEST_IN_GROUP,
    seed: int = 0,
    progress: Progress = quiet,
) -> PhenotypeTests:
    """Do groups of patients differ in their mutations, in the expression of genes, or in gene sets?

    groups      label per patient, missing ones left out; a Categorical keeps its order
    mutated     1, 0 and missing (not profiled), expression numbers: a row per patient, known for some of the groups
    sets        genes by name: a patient's score is the mean z score of those measured, at least 5 of them
    only        kind and name of what is to be tested; everything by default

    Mutations: Fisher's exact test for two groups, chi-square for more (p from random tables where expected counts are
    below 5); expression and scores: `rank_tests`. Groups with fewer than `fewest_in_group` patients of a kind are left
    out of that kind; genes with fewer than `fewest_mutated` mutated, or wild-type, patients are not tested. Raises
    `NotEstimable` where nothing can be tested.
    """
    groups = groups[groups.notna()]
    names = _order(groups)
    work = _Work(groups.astype(str), names, only, fewest_mutated, fewest_in_group, seed)
    if mutated is not None:
        work.mutations(mutated, progress)
    if expression is not None and expression.shape[1]:
        work.numbers(EXPRESSION, expression)
        if sets:
            work.numbers(SET, set_scores(expression, sets, groups.index))
    return work.result()


def set_scores(
    expression: pd.DataFrame, sets: Mapping[str, Collection[str]], patients: Collection | None = None
) -> pd.DataFrame:
    """The mean z score of each set's genes: a row per patient, a column per set with at least 5 genes measured.

    z over the patients that are also in `patients` (all by default). Constant genes say nothing; a patient who lacks
    more than half of the genes of a set has no score.
    """
    if patients is not None:
        expression = expression[expression.index.isin(patients)]
    values = expression.to_numpy(float)
    with np.errstate(invalid="ignore"):
        spread = pd.DataFrame(values).std(ddof=0).to_numpy()
        z = (values - pd.DataFrame(values).mean().to_numpy()) / np.where(spread > 0, spread, np.nan)
    place = {gene: at for at, gene in enumerate(expression.columns) if spread[at] > 0}
    scores = {}
    for name, genes in sets.items():
        columns = sorted(place[gene] for gene in set(genes) if gene in place)
        if len(columns) >= FEWEST_GENES:
            some = pd.DataFrame(z[:, columns])
            scores[name] = some.mean(axis=1).where(some.notna().mean(axis=1) >= 0.5).to_numpy()
    return pd.DataFrame(scores, index=expression.index)


def _order(groups: pd.Series) -> list[str]:
    levels = groups.cat.categories if isinstance(groups.dtype, pd.CategoricalDtype) else sorted(set(groups.astype(str)))
    present = set(groups.astype(str))
    return [str(level) for level in levels if str(level) in present]


class _Work:
    """The tests of one grouping, gathered kind by kind."""

    def __init__(self, groups: pd.Series, names: list[str], only, fewest_mutated: int, fewest: int, seed: int):
        self.groups, self.names, self.only, self.seed = groups, names, only, seed
        self.fewest_mutated, self.fewest = fewest_mutated, fewest
        self.rows, self.untested, self.left_out = [], [], []
        self.values, self.counts, self.mutated_counts = [], [], []

    def _of_kind(self, kind: str, frame: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray, list[int]]:
        """The columns to test, of the patients in groups large enough; group codes; places of these groups."""
        if self.only is not None:
            frame = frame[[name for name in frame.columns if (kind, str(name)) in self.only]]
        frame = frame[frame.notna().any(axis=1)] if frame.shape[1] else frame
        frame = frame.loc[self.groups.index.intersection(frame.index, sort=False)]
        labels = self.groups.loc[frame.index]
        sizes = labels.value_counts()
        kept = [place for place, name in enumerate(self.names) if sizes.get(name, 0) >= self.fewest]
        if frame.shape[1]:
            for place, name in enumerate(self.names):
                if place not in kept:
                    self.left_out.append((kind, name, int(sizes.get(name, 0))))
        inside = labels.isin([self.names[place] for place in kept])
        code = {self.names[place]: at for at, place in enumerate(kept)}
        return frame[inside], labels[inside].map(code).to_numpy(int), kept

    def _row(self, kind: str, item: str, kept: list[int], values, counts, mutated=None) -> tuple[str, int]:
        """Keep what is drawn of a row; the name of the highest group, and its n."""
        wide = [np.full(len(self.names), np.nan), np.zeros(len(self.names), int), np.zeros(len(self.names), int)]
        for array, some in zip(wide, (values, counts, mutated), strict=True):
            if some is not None:
                array[kept] = some
        self.values.append(wide[0])
        self.counts.append(wide[1])
        self.mutated_counts.append(wide[2])
        return self.names[int(np.nanargmax(wide[0]))], int(wide[1].sum())

    def mutations(self, mutated: pd.DataFrame, progress: Progress) -> None:
        """Each gene's mutated patients in the groups."""
        frame, codes, kept = self._of_kind(MUTATION, mutated)
        for done, gene in enumerate(frame.columns, 1):
            progress(done / frame.shape[1], f"Testing {gene}")
            values = frame[gene].to_numpy(float)
            known = ~np.isnan(values)
            hit, wild = int((values[known] == 1).sum()), int((values[known] == 0).sum())
            if min(hit, wild) < self.fewest_mutated or len(kept) < 2:
                which = "mutated" if hit < self.fewest_mutated else "wild type"
                why = f"fewer than {self.fewest_mutated} {which}" if len(kept) > 1 else "fewer than two groups"
                self.untested.append((MUTATION, str(gene), why))
                continue
            try:
                found = categorical_association(codes[known], values[known], self.seed)
            except NotEstimable:
                self.untested.append((MUTATION, str(gene), "profiled in one group only"))
                continue
            counts = np.bincount(codes[known], minlength=len(kept))
            hits = np.bincount(codes[known], weights=values[known], minlength=len(kept)).astype(int)
            shares = np.divide(hits, counts, out=np.full(len(kept), np.nan), where=counts > 0)
            highest, n = self._row(MUTATION, gene, kept, shares, counts, hits)
            self.rows.append(
                (MUTATION, str(gene), found.test, found.effect_name, found.effect, highest, found.p, np.nan, n)
            )

    def numbers(self, kind: str, numbers: pd.DataFrame) -> None:
        """Each gene's expression, or each set's score, in the groups."""
        frame, codes, kept = self._of_kind(kind, numbers)
        if len(kept) < 2 or frame.empty:
            self.untested += [(kind, str(name), "fewer than two groups") for name in frame.columns]
            return
        values = frame.to_numpy(float).T
        found = rank_tests(values, codes, len(kept), self.fewest, self.seed)
        known = np.isfinite(values)
        count = np.maximum(known.sum(axis=1, keepdims=True), 1)
        mean = np.where(known, values, 0.0).sum(axis=1, keepdims=True) / count
        spread = np.sqrt((np.where(known, values - mean, 0.0) ** 2).sum(axis=1, keepdims=True) / count)
        z = np.where(known, (values - mean) / np.where(spread > 0, spread, 1.0), 0.0)
        means = (z @ np.eye(len(kept))[codes]) / np.maximum(found.counts, 1)
        for place, item in enumerate(frame.columns):
            if found.why[place]:
                self.untested.append((kind, str(item), found.why[place]))
                continue
            highest, n = self._row(kind, item, kept, means[place], found.counts[place])
            numbers_of = float(found.effect[place]), highest, float(found.p[place])
            self.rows.append((kind, str(item), found.test, found.effect_name, *numbers_of, np.nan, n))

    def result(self) -> PhenotypeTests:
        """All of it, with q over every test."""
        untested = pd.DataFrame(self.untested, columns=["kind", "item", "reason"])
        if not self.rows:
            reasons = untested["reason"].value_counts()
            told = ", ".join(f"{reason} ({n:,})" for reason, n in reasons.items()) or "no patient has a group and genes"
            raise NotEstimable(f"Nothing can be tested between these groups: {told}.", "Choose other groups.")
        table = pd.DataFrame(self.rows, columns=COLUMNS)
        table["q"] = benjamini_hochberg(table["p"])
        return PhenotypeTests(
            groups=tuple(self.names),
            table=table,
            values=np.array(self.values),
            counts=np.array(self.counts),
            mutated=np.array(self.mutated_counts),
            not_tested=untested,
            left_out=pd.DataFrame(self.left_out, columns=["kind", "group", "n"]),
            n_tests=len(table),
            n=len(self.groups),
        )
