"""Which sets of genes stand at one end of the ranking that a feature gives, when patients are exchanged at random?

The usual pre-ranked test exchanges genes, as if each were expressed for itself. Genes of one set rise and fall together
in the same patients, so their correlations with any feature stand together by chance far more often than random genes
do, and that test is too sure (Wu and Smyth 2012, doi:10.1093/nar/gks461). Here the feature's values are exchanged
between patients and every correlation is made anew: the genes keep each other's company. The score is the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.compute import Progress, in_threads, quiet
from core.errors import NotEstimable
from core.radiogenomics.enrichment import GENES, LARGEST, PATIENTS, PERMUTATIONS, SMALLEST, preranked, usable_sets
from core.radiogenomics.enrichment_score import enrichment_scores
from core.radiogenomics.given import Given
from core.stats.multiplicity import benjamini_hochberg
from core.stats.ranks import average_ranks, freed, nuisance

#: Fewest patients of a feature beyond those that covariates and strata use up, as in the screen.
FEWEST_PATIENTS = 20
#: Share of the patients for whom a gene has to be known.
KNOWN = 0.5
#: Correlations worked on at once.
CELLS = 400_000


@dataclass(frozen=True, eq=False)
class FeatureEnrichment:
    """Gene sets in the ranking of genes that each feature gives; arrays are (features, sets) where not said otherwise.

    scores      (features, genes) rank correlation, partial where adjusted; NaN for features that cannot be tested
    es, nes     enrichment score, and as a multiple of the mean random one of its sign; above 0 where the set's genes
                rise with the feature
    p, q        two-sided; q is Benjamini-Hochberg's over all n_tests features and sets
    n           (features,) patients; why (features,) "" or the reason why a feature has no test
    members     the genes of each set in the ranking; sizes: as listed; not_tested: set, size, present, reason
    null        what was exchanged: "patients" or "genes"
    genes_left_out  known for fewer than half of the patients, or constant
    """

    features: tuple[str, ...]
    sets: tuple[str, ...]
    genes: tuple[str, ...]
    scores: np.ndarray
    es: np.ndarray
    nes: np.ndarray
    p: np.ndarray
    q: np.ndarray
    n: np.ndarray
    why: tuple[str, ...]
    members: Mapping[str, tuple[str, ...]]
    sizes: Mapping[str, int]
    not_tested: pd.DataFrame
    null: str
    n_tests: int
    n_patients: int
    n_no_covariate: int
    genes_left_out: int
    n_gaps: int
    adjust: tuple[str, ...]
    n_strata: int
    permutations: int
    seed: int


def feature_enrichment(
    features: pd.DataFrame,
    expression: pd.DataFrame,
    sets: Mapping[str, Collection[str]],
    *,
    adjust: pd.DataFrame | None = None,
    strata: Sequence | None = None,
    null: str = PATIENTS,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
    smallest: int = SMALLEST,
    largest: int = LARGEST,
    progress: Progress = quiet,
) -> FeatureEnrichment:
    """Which gene sets go with which features, when all pairs of both are counted?

    features (n, p) and expression (n, g) numbers with the same index; adjust (n, q) numbers, strata (n,) labels, as in
    `expression_screen`. Patients without a value are left out of that feature; a gene that some patients lack stands
    at its mean rank for these, in every permutation alike, and genes known for fewer than half are left out.

    null "patients": the feature's values are exchanged `permutations` times, within strata; beside covariates what is
    left of its ranks (Freedman and Lane 1983, doi:10.2307/1391660). p is the share of random scores, the found one
    among them, at least as far from 0, each as a multiple of the mean of its sign. null "genes": `preranked`.
    Raises `NotEstimable` without sets, genes, features or patients.
    """
    data = Given(features, expression, adjust, strata, mutations=False)
    known = np.isfinite(data.y)
    ranks = average_ranks(data.y)[0]
    kept = (known.mean(axis=1) >= KNOWN) & np.array([len(np.unique(row[row > 0])) > 1 for row in ranks])
    genes = [name for name, keep in zip(data.genes, kept, strict=True) if keep]
    members, not_tested = usable_sets(genes, sets, smallest, largest)
    place = {gene: at for at, gene in enumerate(genes)}
    work = _Work(
        ranks=_filled(ranks[kept]),
        places=[np.array([place[gene] for gene in some]) for some in members.values()],
        genes=genes,
        members=members,
        null=null,
        permutations=permutations,
        seed=seed,
    )
    found = in_threads(
        lambda row: work.one(data.x[row], data.others, data.codes), range(len(data.x)), progress, "Exchanging"
    )
    p = np.array([each.p for each in found])
    if np.isnan(p).all():
        reasons = sorted({each.why for each in found})
        raise NotEstimable(f"No feature can be tested: {', '.join(reasons)}.", "Widen the cohort, or adjust for less.")
    return FeatureEnrichment(
        features=data.features,
        sets=tuple(members),
        genes=tuple(genes),
        scores=np.array([each.scores for each in found]),
        es=np.array([each.es for each in found]),
        nes=np.array([each.nes for each in found]),
        p=p,
        q=benjamini_hochberg(p),
        n=np.array([each.n for each in found]),
        why=tuple(each.why for each in found),
        members={name: tuple(some) for name, some in members.items()},
        sizes={name: len(set(sets[name])) for name in members},
        not_tested=not_tested,
        null=null,
        n_tests=int((~np.isnan(p)).sum()),
        n_patients=data.x.shape[1],
        n_no_covariate=data.n_patients - data.x.shape[1],
        genes_left_out=int((~kept).sum()),
        n_gaps=int((~known[kept]).any(axis=1).sum()),
        adjust=data.adjust,
        n_strata=data.n_strata,
        permutations=permutations,
        seed=seed,
    )


def _filled(ranks: np.ndarray) -> np.ndarray:
    """Ranks (g, n) about the mean of those known, 0 where missing."""
    known = ranks > 0
    return np.where(known, ranks - ranks.sum(axis=1, keepdims=True) / known.sum(axis=1, keepdims=True), 0.0)


@dataclass(frozen=True)
class _One:
    """What one feature gave."""

    scores: np.ndarray
    es: np.ndarray
    nes: np.ndarray
    p: np.ndarray
    n: int
    why: str = ""


@dataclass(frozen=True, eq=False)
class _Work:
    """The genes that every feature is held against, and how."""

    ranks: np.ndarray
    places: list[np.ndarray]
    genes: list[str]
    members: Mapping[str, list[str]]
    null: str
    permutations: int
    seed: int

    def one(self, x: np.ndarray, others: np.ndarray, codes: np.ndarray) -> _One:
        """One feature x (n,), NaN where missing, beside others (n, q) and strata by their codes (n,)."""
        known = np.isfinite(x)
        basis = nuisance(others[known], codes[known])
        n = int(known.sum())
        centred = average_ranks(x[None, known])[0] - (n + 1) / 2
        y, varies = freed(self.ranks[:, known] - self.ranks[:, known].mean(axis=1, keepdims=True), basis)
        left, some = freed(centred, basis)
        if n - basis.shape[1] < FEWEST_PATIENTS:
            return self._none(n, f"fewer than {FEWEST_PATIENTS} patients")
        if not centred.any():
            return self._none(n, "the feature is constant")
        if not some[0]:
            return self._none(n, "the feature is given by what is adjusted for")
        y[~varies] = 0.0  # says nothing: stands in the middle of the ranking
        # Correlations that are equal must not be told apart by their last digit.
        scores = np.round(np.clip(left @ y.T, -1.0, 1.0), 10)
        es = enrichment_scores(scores, self.places)[0]
        if self.null == GENES:
            return self._by_genes(scores[0], n)
        random = self._random(left[0], y, basis, codes[known])
        sides = np.vstack([es[None], random])
        nes = sides / np.where(sides >= 0, _mean(sides, sides >= 0), _mean(sides, sides < 0))
        far = np.abs(nes) >= np.abs(nes[0]) * (1 - 1e-9)
        return _One(scores[0], es, nes[0], far.mean(axis=0), n)

    def _random(self, left: np.ndarray, y: np.ndarray, basis: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """(permutations, sets) scores of the feature with its patients exchanged, the same exchanges for each feature
        of the same patients."""
        chance = np.random.default_rng([self.seed, len(left)])
        step = max(1, CELLS // y.shape[0])
        found = []
        for start in range(0, self.permutations, step):
            count = min(step, self.permutations - start)
            mixed = left[_exchanged(codes, count, chance)]
            # What is left of the genes has nothing of what is adjusted for, so only the length is to be mended.
            length = np.sqrt(np.maximum(1.0 - ((mixed @ basis) ** 2).sum(axis=1, keepdims=True), 1e-12))
            found.append(enrichment_scores(mixed @ y.T / length, self.places))
        return np.vstack(found)

    def _by_genes(self, scores: np.ndarray, n: int) -> _One:
        answer = preranked(
            pd.Series(scores, index=self.genes),
            self.members,
            seed=self.seed,
            permutations=self.permutations,
            smallest=1,
            largest=len(self.genes),
        ).table.set_index("set")
        answer = answer.loc[list(self.members)]
        return _One(scores, *(answer[name].to_numpy(float) for name in ("es", "nes", "p")), n)

    def _none(self, n: int, why: str) -> _One:
        nothing = np.full(len(self.places), np.nan)
        return _One(np.full(len(self.genes), np.nan), nothing, nothing, nothing, n, why)


def _mean(values: np.ndarray, which: np.ndarray) -> np.ndarray:
    """(sets,) mean size of the scores of one sign; 1 where there is none."""
    count = which.sum(axis=0)
    total = np.where(which, np.abs(values), 0.0).sum(axis=0)
    return np.where((count > 0) & (total > 0), total / np.maximum(count, 1), 1.0)


def _exchanged(codes: np.ndarray, count: int, chance: np.random.Generator) -> np.ndarray:
    """(count, n) places of the patients in random order, each within its stratum."""
    keys = chance.random((count, len(codes)))
    if codes.max(initial=0) == codes.min(initial=0):
        return np.argsort(keys, axis=1)
    order = np.argsort(codes, kind="stable")
    mixed = np.argsort(codes[None] + keys, axis=1)
    places = np.empty_like(mixed)
    places[:, order] = mixed
    return places
