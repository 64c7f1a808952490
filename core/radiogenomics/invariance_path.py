"""Which columns are in the L1-penalised logistic model at each penalty? The whole path, exactly.

The screens need to know which coefficients are zero, not roughly how large they are. Radiomic columns are so alike
(correlations of 0.999 are common) that coordinate descent stops before it has decided: on 683 features of 168 gliomas
scikit-learn's liblinear had other columns than the optimum at every third to thirtieth penalty, at 7 to 90 times the
time. So each step of Newton's method is solved here with an active set, which ends at the optimum in a finite number of
steps.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

#: Penalties on the path, and its last as a share of its first with fewer or more patients than columns.
PENALTIES, LAST_WIDE, LAST_LONG = 100, 1e-2, 1e-4
#: By how much of the penalty a gradient may exceed it, and by how little a step may move the coefficients to be last.
EXCESS, SETTLED = 1e-8, 1e-10
#: Newton's steps, and changes of the active set within one.
STEPS, CHANGES = 100, 1000
#: As glmnet's: probabilities may come so near to 0 and 1 that weights vanish.
LEAST_WEIGHT = 1e-5
#: A share of each column's own curvature is added to it: columns that depend on each other have one answer.
RIDGE = 1e-9


def path(y: np.ndarray, z: np.ndarray) -> Iterator[np.ndarray]:
    """The non-zero columns at each penalty, from the largest that lets one in to ever smaller ones, 99 in all.

    y (n,) 0 and 1, z (n, p) standardised. Penalties as in R's glmnet (Friedman et al. 2010,
    doi:10.18637/jss.v033.i01), equal in ratio. At each only the columns that the strong rule keeps are fitted
    (Tibshirani et al. 2012, doi:10.1111/j.1467-9868.2011.01004.x), and others let in until none asks to be.
    """
    from scipy.special import expit

    n, p = z.shape
    beta, intercept = np.zeros(p), float(np.log(y.mean() / (1 - y.mean())))
    gradient = np.abs(z.T @ (y - y.mean())) / n
    before = gradient.max(initial=0.0)
    if before <= 0:
        return
    for penalty in before * np.geomspace(1, LAST_WIDE if n < p else LAST_LONG, PENALTIES)[1:]:
        kept = (gradient >= 2 * penalty - before) | (beta != 0)
        while True:
            columns = np.flatnonzero(kept)
            beta[columns], intercept = _penalised(y, z[:, columns], penalty, beta[columns], intercept)
            gradient = np.abs(z.T @ (y - expit(intercept + z @ beta))) / n
            more = (gradient > penalty * (1 + EXCESS)) & ~kept
            if not more.any():
                break
            kept |= more
        before = penalty
        yield np.flatnonzero(beta)


def _penalised(
    y: np.ndarray, z: np.ndarray, penalty: float, beta: np.ndarray, intercept: float
) -> tuple[np.ndarray, float]:
    """What minimises the mean of the negative log likelihoods plus `penalty` times the sum of |beta|; from a start."""
    from scipy.special import expit

    for _ in range(STEPS):
        linear = intercept + z @ beta
        fitted = expit(linear)
        weight = np.maximum(fitted * (1 - fitted), LEAST_WEIGHT)
        response = linear + (y - fitted) / weight
        share = weight / weight.sum()
        middle, level = share @ z, share @ response
        centred = z - middle
        weighted = (centred * weight[:, None]).T / len(y)
        curvature = weighted @ centred
        curvature[np.diag_indices_from(curvature)] *= 1 + RIDGE
        new = _quadratic(curvature, weighted @ (response - level), penalty, beta)
        moved = np.abs(new - beta).max(initial=0.0)
        beta, intercept = new, float(level - middle @ new)
        if moved < SETTLED:
            break
    return beta, intercept


def _quadratic(curvature: np.ndarray, pull: np.ndarray, penalty: float, start: np.ndarray) -> np.ndarray:
    """What minimises b'Cb / 2 - pull'b + penalty |b|: an active set with signs, from a start.

    With the signs held the optimum is a linear system. A coefficient that would change its sign on the way there stops
    at zero and leaves; once none does, the column whose gradient exceeds the penalty most enters.
    Source: Osborne, Presnell and Turlach 2000, doi:10.1093/imanum/20.3.389.
    """
    b, sign = start.copy(), np.sign(start)
    for _ in range(CHANGES):
        active = np.flatnonzero(sign)
        if len(active):
            aim = np.linalg.solve(curvature[np.ix_(active, active)], pull[active] - penalty * sign[active])
            turned = np.sign(aim) != sign[active]
            if turned.any():
                way = np.where(turned, b[active] / np.where(turned, b[active] - aim, 1.0), np.inf)
                first = int(way.argmin())
                b[active] += way[first] * (aim - b[active])
                b[active[first]] = sign[active[first]] = 0.0
                continue
            b[active] = aim
        gradient = pull - curvature @ b
        gradient[active] = 0.0
        enters = int(np.abs(gradient).argmax())
        if abs(gradient[enters]) <= penalty * (1 + EXCESS):
            break
        sign[enters] = np.sign(gradient[enters])
    return b
