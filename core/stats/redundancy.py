"""Which features say the same, and which few would say nearly as much?"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.errors import NotEstimable

#: Correlations this near to a cut stand at it: rounding must not decide.
ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Redundancy:
    """p features of n complete patients.

    rho      (p, p) Spearman's correlations, features in the order given
    order    (p,) places of the features, so that those that go together stand together (average linkage of 1 - |rho|)
    pairs    first, second, rho: the `n_pairs` pairs with |rho| at or above `cut`, closest first
    kept     features of which no two reach the cut
    dropped  feature, stands_for_it (the kept feature it goes with most closely), rho: one row for each of the others
    """

    rho: np.ndarray = field(metadata={"plain": False})
    order: np.ndarray
    pairs: pd.DataFrame
    kept: tuple[str, ...]
    dropped: pd.DataFrame
    cut: float
    n: int

    @property
    def n_pairs(self) -> int:
        return len(self.pairs)


def redundancy(values: pd.DataFrame, cut: float = 0.9, first: tuple[str, ...] = ()) -> Redundancy:
    """Which pairs of features have a rank correlation of at least `cut`, whatever its sign, and which features remain?

    values (n, p), complete. What remains is chosen greedily: the features in `first` before all others, then those
    with the smallest mean |rho| to all features (ties in the order given); each is kept unless one that is kept already
    reaches the cut with it. So every feature that is dropped has a kept one that stands for it. No outcome is looked
    at. Raises `NotEstimable` for fewer than 4 patients or 2 features, `ValueError` for gaps or constant columns.

    Spearman 1904, doi:10.2307/1412159.
    """
    n, p = values.shape
    if n < 4 or p < 2:
        raise NotEstimable(
            f"{n} complete patients with {p} features that vary show no correlations.",
            "Widen the cohort or choose another feature set.",
        )
    rho = spearman_matrix(values)
    names = [str(name) for name in values.columns]
    strength = np.abs(rho)
    rows, columns = np.nonzero(np.triu(strength >= cut - ROUNDING, 1))
    sizes = rho[rows, columns]
    closest = np.lexsort((columns, rows, -np.abs(sizes)))
    pairs = pd.DataFrame(
        {
            "first": [names[place] for place in rows[closest]],
            "second": [names[place] for place in columns[closest]],
            "rho": sizes[closest],
        }
    )
    kept, dropped = _greedy(strength, cut, [names.index(name) for name in first if name in names])
    return Redundancy(
        rho=rho,
        order=_together(strength),
        pairs=pairs,
        kept=tuple(names[place] for place in kept),
        dropped=pd.DataFrame(
            [(names[one], names[other], rho[one, other]) for one, other in dropped],
            columns=["feature", "stands_for_it", "rho"],
        ),
        cut=cut,
        n=n,
    )


def spearman_matrix(values: pd.DataFrame) -> np.ndarray:
    """(p, p) rank correlations of complete columns that vary; `ValueError` otherwise."""
    table = values.to_numpy(dtype=float)
    if not np.isfinite(table).all():
        raise ValueError("correlations of all features are of patients without gaps")
    ranks = values.rank().to_numpy(dtype=float)
    ranks -= ranks.mean(axis=0)
    length = np.sqrt((ranks**2).sum(axis=0))
    if (length == 0).any():
        raise ValueError("a constant feature has no correlation")
    ranks /= length
    rho = np.clip(ranks.T @ ranks, -1.0, 1.0)
    np.fill_diagonal(rho, 1.0)
    return rho


def _greedy(strength: np.ndarray, cut: float, first: list[int]) -> tuple[list[int], list[tuple[int, int]]]:
    """The places that are kept, in their own order, and for each other one the kept place nearest to it."""
    p = len(strength)
    lonely = (strength.sum(axis=0) - 1) / max(p - 1, 1)
    # Copies of one another have the same mean but for rounding; then the order given decides.
    rest = np.lexsort((np.arange(p), np.round(lonely, 10)))
    kept: list[int] = []
    for place in [*first, *(int(each) for each in rest if each not in set(first))]:
        if not kept or strength[place, kept].max() < cut - ROUNDING:
            kept.append(place)
    kept.sort()
    others = [place for place in range(p) if place not in set(kept)]
    return kept, [(place, kept[int(strength[place, kept].argmax())]) for place in others]


def _together(strength: np.ndarray) -> np.ndarray:
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    apart = 1 - strength
    np.fill_diagonal(apart, 0.0)
    return leaves_list(linkage(squareform(np.maximum(apart, 0.0), checks=False), "average"))
