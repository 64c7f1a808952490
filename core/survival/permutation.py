"""The log-rank statistic in arrays, for one labelling of the patients or for thousands at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.compute import Progress, quiet
from core.survival.compared import Compared

#: Cells of the label matrix that are worked on at once; bounds the memory at a few tens of megabytes.
CELLS = 1_000_000


@dataclass(frozen=True, eq=False)
class RiskSets:
    """What the labels do not change: who is at risk and how many events there are, at each of J event times.

    order   (n,) patients sorted by time; first: (J,) position in that order from which patients are at risk
    deaths  (J,) events at each event time; at_risk: (J,) patients at risk then; event: (n,) bool in sorted order
    """

    order: np.ndarray
    first: np.ndarray
    deaths: np.ndarray
    at_risk: np.ndarray
    event: np.ndarray

    @classmethod
    def of(cls, time: np.ndarray, event: np.ndarray) -> RiskSets:
        order = np.argsort(time, kind="stable")
        moments, deaths = np.unique(time[event], return_counts=True)
        first = np.searchsorted(time[order], moments, "left")
        return cls(order, first, deaths, len(time) - first, event[order])

    def counts(self, codes: np.ndarray, groups: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Observed (B, K), expected (B, K) and covariance (B, K-1, K-1) for labels (B, n) in sorted order."""
        at_risk = np.empty((len(codes), groups, len(self.first)))
        observed = np.empty((len(codes), groups))
        for group in range(groups):
            member = codes == group
            before = np.cumsum(member, axis=1) - member
            at_risk[:, group] = member.sum(axis=1)[:, None] - before[:, self.first]
            observed[:, group] = (member & self.event).sum(axis=1)
        share = at_risk / self.at_risk
        expected = share @ self.deaths.astype(float)
        # The hypergeometric variance; with one patient left at risk there is no chance, hence no variance.
        weight = self.deaths * (self.at_risk - self.deaths) / np.maximum(self.at_risk - 1, 1)
        part = share[:, :-1]
        covariance = -np.einsum("bgj,bhj,j->bgh", part, part, weight, optimize=True)
        diagonal = np.arange(groups - 1)
        covariance[:, diagonal, diagonal] += part @ weight
        return observed, expected, covariance

    def statistics(self, codes: np.ndarray, groups: int) -> np.ndarray:
        """(B,) log-rank statistics; 0 where a labelling leaves nothing to compare."""
        observed, expected, covariance = self.counts(codes, groups)
        surplus = (observed - expected)[:, :-1]
        inverse = np.linalg.pinv(covariance, hermitian=True)
        return np.einsum("bg,bgh,bh->b", surplus, inverse, surplus)


def permutation_p(
    patients: Compared, permutations: int = 2000, seed: int = 0, progress: Progress = quiet
) -> tuple[float, float]:
    """Statistic and p of the log-rank test from exchanging the group labels, for groups too small for chi-square.

    p = (1 + permuted statistics at least as large) / (1 + permutations). It supposes that follow-up and censoring
    would have been the same in either group. Source: Heinze et al. 2003, doi:10.1111/j.0006-341X.2003.00132.x.
    """
    sets = RiskSets.of(patients.time, patients.event)
    codes, groups = patients.code[sets.order], len(patients.levels)
    found = float(sets.statistics(codes[None], groups)[0])
    chance = np.random.default_rng(seed)
    rows = max(1, min(permutations, CELLS // (len(codes) * groups)))
    reached = done = 0
    while done < permutations:
        count = min(rows, permutations - done)
        shuffled = chance.permuted(np.broadcast_to(codes, (count, len(codes))), axis=1)
        # Equal statistics may differ in the last digits, which must not count as smaller.
        reached += int((sets.statistics(shuffled, groups) >= found * (1 - 1e-9)).sum())
        done += count
        progress(done / permutations, "Permuting the group labels")
    return found, (1 + reached) / (1 + permutations)
