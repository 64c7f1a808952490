"""Does a column go with a class, or with ordered classes, beside what every model contains? Score tests of many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.radiogenomics.ordinal import fits
from core.stats.ranks import patterns

#: The share of a column's information that must be its own, not that of what every model contains.
OWN = 1e-8


@dataclass(frozen=True, eq=False)
class ScoreTests:
    """chi_square (f,) Rao's statistic on one degree of freedom; t and p of the same by Student's distribution.

    All NaN where the shared columns leave nothing of a column, or have no finite coefficients by themselves.
    """

    chi_square: np.ndarray
    t: np.ndarray
    p: np.ndarray


def score_tests(x: np.ndarray, y: np.ndarray, others: np.ndarray) -> ScoreTests:
    """Which columns of x (n, f), NaN where unknown, go with the classes y (n,) 0, 1 ... beside the others (n, k)?

    Rao's score test of a logistic model, of more than two classes of a proportional-odds model. It needs the model
    without the column only, and so has a value where a column separates the classes. Read against chi-square it and
    the likelihood ratio claim too much in small groups; here chi-square / n is taken as a squared correlation and
    tested by Student's t on n - k - 2 degrees of freedom. For two classes and no others that is the two-sample t-test
    to the last digit; for more classes the correlation of the column with the mean ranks of the classes. Sources: Rao
    1948, doi:10.1017/S0305004100023987; McCullagh 1980, doi:10.1111/j.2517-6161.1980.tb01109.x.
    """
    from scipy.stats import t as student

    chi_square, freedom = np.full(x.shape[1], np.nan), np.full(x.shape[1], np.nan)
    n = np.full(x.shape[1], np.nan)
    for known, columns in patterns(x.T):
        if len(np.unique(y[known])) < 2:
            continue
        classes = np.unique(y[known], return_inverse=True)[1]
        chi_square[columns] = _of_pattern(x[np.ix_(known, columns)], classes, others[known])
        n[columns], freedom[columns] = known.sum(), known.sum() - others.shape[1] - 2
    share = np.minimum(chi_square / n, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.sqrt(share * np.maximum(freedom, 0) / (1 - share))
        p = np.where(freedom > 0, 2 * student.sf(t, np.maximum(freedom, 1)), np.nan)
    return ScoreTests(chi_square, t, np.where(np.isnan(t), np.nan, p))


def _of_pattern(x: np.ndarray, y: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(f,) chi-square of columns that are known for the same patients."""
    reached = _reached(y, others)
    if reached is None:
        return np.full(x.shape[1], np.nan)
    score, weight, crossed, cuts = _information(reached, y)
    x = x - x.mean(axis=0)
    # What every model contains: its cuts, and the shared columns.
    inner = np.block([[cuts, crossed.T @ others], [others.T @ crossed, (others.T * weight) @ others]])
    outer = np.vstack((crossed.T @ x, (others.T * weight) @ x))
    whole = weight @ x**2
    own = whole - (outer * np.linalg.solve(inner, outer)).sum(axis=0)
    usable = own > OWN * whole
    return np.divide((score @ x) ** 2, own, out=np.full(x.shape[1], np.nan), where=usable & (whole > 0))


def _reached(y: np.ndarray, others: np.ndarray) -> np.ndarray | None:
    """(n, classes + 1) the chance of reaching each class, 1 and 0 at the ends, by the model without any column."""
    from scipy.special import expit

    n, classes = len(y), int(y.max()) + 1
    if others.shape[1]:
        found = fits(others[:, -1:], y, np.ones((n, 1)), others[:, :-1])
        if not found.settled[0]:
            return None
        eta = others[:, -1] * found.slope[0] + others[:, :-1] @ found.shared[0]
        inner = expit(found.cuts[0] + eta[:, None])
    else:
        counts = np.bincount(y, minlength=classes)
        inner = np.broadcast_to(counts[::-1].cumsum()[::-1][1:] / n, (n, classes - 1))
    return np.column_stack((np.ones(n), inner, np.zeros(n)))


def _information(reached: np.ndarray, y: np.ndarray):
    """Of log odds that move together: score (n,) and weight (n,); `crossed` (n, cuts) with each cut, cuts by cuts."""
    share = reached[:, :-1] - reached[:, 1:]
    slope = reached * (1 - reached)
    change = slope[:, :-1] - slope[:, 1:]
    patients, classes = np.arange(len(y)), share.shape[1]
    score = change[patients, y] / share[patients, y]
    weight = (change**2 / share).sum(axis=1)
    # Cut m is the end of class m - 1 and the beginning of class m.
    by_cut = np.zeros((len(y), classes, classes - 1))
    for m in range(classes - 1):
        by_cut[:, m + 1, m], by_cut[:, m, m] = slope[:, m + 1], -slope[:, m + 1]
    crossed = (change[:, :, None] * by_cut / share[:, :, None]).sum(axis=1)
    cuts = np.einsum("njm,njk->mk", by_cut / share[:, :, None], by_cut)
    return score, weight, crossed, cuts
