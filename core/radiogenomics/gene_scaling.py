"""Genes on one scale, as the training patients have it: then nought is what an average patient has."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.errors import NotEstimable


@dataclass(frozen=True, eq=False)
class GeneScaling:
    """What was learnt of G genes: kept (k,) the places of those used, in order; mean (k,) and scale (k,) of each."""

    kept: np.ndarray
    mean: np.ndarray
    scale: np.ndarray
    n_genes: int

    def of(self, expression: np.ndarray) -> np.ndarray:
        """(n, k) standard scores of (n, G), 0 (the training mean) where a gene was not measured."""
        return np.nan_to_num((expression[:, self.kept] - self.mean) / self.scale, nan=0.0)

    def places(self, genes: np.ndarray) -> np.ndarray:
        """Where these genes (places among G) are among those kept; genes that were not kept are left out."""
        found = self.where[genes]
        return found[found >= 0]

    @cached_property
    def where(self) -> np.ndarray:
        """(G,) the place of each gene among those kept; -1 where it was not."""
        where = np.full(self.n_genes, -1)
        where[self.kept] = np.arange(len(self.kept))
        return where


def gene_scaling(training: np.ndarray, most_variable: int = 0) -> GeneScaling:
    """Mean and standard deviation of each gene among training patients (n, G), gaps left out.

    Genes that are missing or equal in all of them are not kept. `most_variable`: only so many, those with the largest
    standard deviation; 0 for all. Raises `NotEstimable` when none is left.
    """
    known = np.isfinite(training)
    count = known.sum(axis=0)
    filled = np.where(known, training, 0.0)
    mean = filled.sum(axis=0) / np.maximum(count, 1)
    # As scikit-learn has it: a gap counts as the mean, so the deviation is over all patients.
    scale = np.sqrt(((filled - mean) ** 2 * known).sum(axis=0) / len(training))
    varies = scale > 1e-9 * np.maximum(1.0, np.abs(mean))
    kept = np.flatnonzero(varies)
    if 0 < most_variable < len(kept):
        kept = np.sort(kept[np.argsort(-scale[kept], kind="stable")[:most_variable]])
    if not len(kept):
        raise NotEstimable(
            "No gene varies among the patients that a fold is fitted on.", "Widen the cohort, or import more genes."
        )
    return GeneScaling(kept, mean[kept], scale[kept], training.shape[1])
