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
    doi:10.18637/jss.v033.i01), equal in ratio.
    """
    for beta, _ in fitted(y, z, penalties(y, z)[1:]):
        yield np.flatnonzero(beta)


def penalties(y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The penalties of R's glmnet, falling: 100 from the least that lets no column in; none where none goes with y."""
    n, p = z.shape
    first = np.abs(z.T @ (y - y.mean())).max(initial=0.0) / n
    return first * np.geomspace(1, LAST_WIDE if n < p else LAST_LONG, PENALTIES) if first > 0 else np.zeros(0)


def fitted(
    y: np.ndarray, z: np.ndarray, falling: np.ndarray, settled: float = SETTLED
) -> Iterator[tuple[np.ndarray, float]]:
    """Coefficients (p,) and intercept at each penalty, which minimise the mean of the negative log likelihoods plus
    the penalty times the sum of the absolute coefficients.

    y (n,) 0 and 1, z (n, p) standardised, `falling` (L,) penalties, the largest first: each fit starts where the one
    before ended. Of the columns only those are fitted that are not zero or whose gradient asks for it, and others are
    let in until none asks. `settled` is how little Newton's last step may move a coefficient.
    """
    from scipy.special import expit

    n, p = z.shape
    beta, intercept = np.zeros(p), float(np.log(y.mean() / (1 - y.mean())))
    gradient = np.abs(z.T @ (y - y.mean())) / n
    for penalty in falling:
        kept = (gradient > penalty * (1 + EXCESS)) | (beta != 0)
        while kept.any():
            columns = np.flatnonzero(kept)
            beta[columns], intercept = _penalised(y, z[:, columns], penalty, beta[columns], intercept, settled)
            gradient = np.abs(z.T @ (y - expit(intercept + z @ beta))) / n
            more = (gradient > penalty * (1 + EXCESS)) & ~kept
            if not more.any():
                break
            kept |= more
        yield beta.copy(), intercept


def _penalised(
    y: np.ndarray, z: np.ndarray, penalty: float, beta: np.ndarray, intercept: float, settled: float = SETTLED
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
        curvature.flat[:: len(curvature) + 1] *= 1 + RIDGE
        new = _quadratic(curvature, weighted @ (response - level), penalty, beta)
        moved = np.abs(new - beta).max(initial=0.0)
        beta, intercept = new, float(level - middle @ new)
        if moved < settled:
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
            aim = _solved(curvature[active][:, active], pull[active] - penalty * sign[active])
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


def _solved(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The solution of a symmetric system, positive definite unless rounding says otherwise; LAPACK without the way
    there, which for a handful of columns takes longer than the solving."""
    from scipy.linalg.lapack import dposv

    _, found, failed = dposv(matrix, right)
    return np.linalg.solve(matrix, right) if failed else found
