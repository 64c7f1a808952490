"""Tables of counts: chi-square, its p by simulation, and the strength of the association."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class MonteCarlo:
    """How many random tables, from which seed."""

    tables: int
    seed: int


def chi_square(counts: np.ndarray) -> tuple[float, int, np.ndarray]:
    """Pearson's statistic without continuity correction, degrees of freedom and expected counts of an (r, c) table.

    Every row and column must have a count.
    """
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0, keepdims=True) / counts.sum()
    dof = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    return float(((counts - expected) ** 2 / expected).sum()), dof, expected


def monte_carlo_p(counts: np.ndarray, chance: MonteCarlo) -> float:
    """p of the chi-square statistic among random tables with the same margins: (1 + as large) / (1 + tables).

    As R's `chisq.test(simulate.p.value = TRUE)`. Source: Patefield 1981, doi:10.2307/2346669; drawn by scipy.
    """
    from scipy.stats import random_table

    statistic, _, expected = chi_square(counts)
    margins = random_table(counts.sum(axis=1), counts.sum(axis=0))
    generator = np.random.default_rng(chance.seed)
    rows = max(1, min(chance.tables, 1_000_000 // counts.size))
    reached = done = 0
    while done < chance.tables:
        count = min(rows, chance.tables - done)
        drawn = margins.rvs(size=count, random_state=generator)
        spread = ((drawn - expected) ** 2 / expected).sum(axis=(1, 2))
        # Equal tables may differ in the last digits of the sum, which must not count as smaller.
        reached += int((spread >= statistic * (1 - 1e-9)).sum())
        done += count
    return (1 + reached) / (1 + chance.tables)


def cramers_v(counts: np.ndarray) -> float:
    """Cramer's V, 0 (none) to 1 (perfect), without bias correction. Biased upwards in small samples."""
    statistic, _, _ = chi_square(counts)
    return float(np.sqrt(statistic / counts.sum() / (min(counts.shape) - 1)))


def bias_corrected_v(counts: np.ndarray) -> float:
    """Cramer's V with Bergsma's correction, near 0 when there is no association. doi:10.1016/j.jkss.2012.10.002"""
    statistic, dof, _ = chi_square(counts)
    n = counts.sum()
    if n < 2:
        return 0.0
    excess = max(0.0, statistic / n - dof / (n - 1))
    rows, columns = (size - (size - 1) ** 2 / (n - 1) for size in counts.shape)
    least = min(rows, columns) - 1
    return float(np.sqrt(excess / least)) if least > 0 else 0.0
