"""Logistic regressions of one outcome on each of many columns at once: of a class, or of ordered classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: A fit has ended when no patient's log odds move by more; one that has not after so many rounds has no end.
SETTLED, ROUNDS = 1e-8, 40
#: Halvings of a step that overshoots, and the least share of a column's variation that must be its own.
HALVINGS, OWN = 12, 1e-9


@dataclass(frozen=True, eq=False)
class Fits:
    """A model per column: log odds of class j or higher = cuts[j - 1] + others @ shared + x * slope, j = 1, 2 ...

    slope, error    (f,) coefficient of the column and its standard error, per unit of it
    cuts            (f, classes - 1); shared (f, k) coefficients of the other columns
    value           (f,) log-likelihood
    settled         (f,) False where no finite coefficient makes the data most likely: a column that separates the
                    classes, or one that is constant or follows from the others; `value` is then what was reached
    """

    slope: np.ndarray
    error: np.ndarray
    cuts: np.ndarray
    shared: np.ndarray
    value: np.ndarray
    settled: np.ndarray


def fits(x: np.ndarray, y: np.ndarray, weights: np.ndarray, others: np.ndarray, settled: float = SETTLED) -> Fits:
    """How do the log odds of a higher class go with each column of x (n, f), beside the same others (n, k)?

    y (n,) classes 0, 1 ... (two make it a logistic regression, more a proportional-odds model); weights (n, f), 0 for
    a patient who is not in the model of that column. Columns should have a spread of about 1. Newton's method on all
    columns at once, each with its own step. Source: McCullagh 1980, doi:10.1111/j.2517-6161.1980.tb01109.x.
    """
    work = _Newton.of(x, y, weights, others)
    going = work.starts()
    value = work.value(work.beta, slice(None))
    done = np.zeros(x.shape[1], dtype=bool)
    for _ in range(ROUNDS):
        active = np.flatnonzero(going & ~done)
        if not len(active):
            break
        step, solvable = work.step(active)
        going[active[~solvable]] = False
        active, step = active[solvable], step[solvable]
        moved = work.moved(step, active)
        value[active], size = work.walk(step, active, value[active])
        done[active] = moved * size < settled
    error = work.errors(np.flatnonzero(done))
    classes = work.classes
    return Fits(
        slope=work.beta[:, -1],
        error=error,
        cuts=work.beta[:, : classes - 1],
        shared=work.beta[:, classes - 1 : -1],
        value=value,
        settled=done,
    )


@dataclass(eq=False)
class _Newton:
    """The columns (n, f), the shared ones (n, k), and for each patient which cut lies below and which above."""

    x: np.ndarray
    others: np.ndarray
    weights: np.ndarray
    classes: int
    members: list[np.ndarray]
    beta: np.ndarray

    @classmethod
    def of(cls, x, y, weights, others) -> _Newton:
        classes = int(y.max()) + 1
        beta = np.zeros((x.shape[1], classes + others.shape[1]))
        order = np.argsort(y, kind="stable")
        counts = np.bincount(y, minlength=classes)
        ends = np.cumsum(counts)
        # Patients stand class by class, so that each class is a slice.
        members = [slice(end - count, end) for end, count in zip(ends, counts, strict=True)]
        return cls(x[order], others[order], np.ascontiguousarray(weights[order]), classes, members, beta)

    def starts(self) -> np.ndarray:
        """Begin with the shares of the classes; (f,) whether every class has a patient."""
        counts = np.array([self.weights[each].sum(axis=0) for each in self.members])
        above = np.cumsum(counts[::-1], axis=0)[::-1][1:]
        share = np.clip(above / np.maximum(counts.sum(axis=0), 1e-300), 1e-9, 1 - 1e-9)
        self.beta[:, : self.classes - 1] = np.log(share / (1 - share)).T
        return (counts > 0).all(axis=0)

    def _log_odds(self, beta: np.ndarray, columns) -> np.ndarray:
        found = self.x[:, columns] * beta[:, -1]
        if self.others.shape[1]:
            found += self.others @ beta[:, self.classes - 1 : -1].T
        return found

    def _ends(self, beta: np.ndarray, columns):
        """For each class: its slice, and the log odds of reaching it and of reaching the next (None at the ends)."""
        eta = self._log_odds(beta, columns)
        for j, each in enumerate(self.members):
            upper = eta[each] + beta[:, j - 1] if j else None
            lower = eta[each] + beta[:, j] if j < self.classes - 1 else None
            yield j, each, upper, lower

    def value(self, beta: np.ndarray, columns) -> np.ndarray:
        """(f,) the log-likelihood."""
        total = np.zeros(len(beta))
        for _, each, upper, lower in self._ends(beta, columns):
            total += (self.weights[each][:, columns] * _log_share(upper, lower)).sum(axis=0)
        return total

    def _slopes(self, columns):
        """Gradient (f, p) and negative Hessian (f, p, p) of the log-likelihood."""
        beta = self.beta[columns]
        f, p, cuts = len(beta), beta.shape[1], self.classes - 1
        gradient, hessian = np.zeros((f, p)), np.zeros((f, p, p))
        for j, each, upper, lower in self._ends(beta, columns):
            w, x, z = self.weights[each][:, columns], self.x[each][:, columns], self.others[each]
            gu, gl, uu, ll, ul = (w * part for part in _parts(upper, lower))
            both, curved = gu + gl, uu + ll + 2 * ul
            gradient[:, -1] += (both * x).sum(axis=0)
            hessian[:, -1, -1] -= (curved * x * x).sum(axis=0)
            gradient[:, cuts:-1] += both.T @ z
            crossed = (curved * x).T @ z
            hessian[:, cuts:-1, -1] -= crossed
            hessian[:, -1, cuts:-1] -= crossed
            if z.shape[1]:
                hessian[:, cuts:-1, cuts:-1] -= np.einsum("nf,nk,nl->fkl", curved, z, z, optimize=True)
            for place, g, own, present in ((j - 1, gu, uu + ul, upper), (j, gl, ll + ul, lower)):
                if present is None:
                    continue
                gradient[:, place] += g.sum(axis=0)
                with_x, with_z = (own * x).sum(axis=0), own.T @ z
                hessian[:, place, -1] -= with_x
                hessian[:, -1, place] -= with_x
                hessian[:, place, cuts:-1] -= with_z
                hessian[:, cuts:-1, place] -= with_z
            if upper is not None:
                hessian[:, j - 1, j - 1] -= uu.sum(axis=0)
            if lower is not None:
                hessian[:, j, j] -= ll.sum(axis=0)
            if upper is not None and lower is not None:
                hessian[:, j - 1, j] -= ul.sum(axis=0)
                hessian[:, j, j - 1] -= ul.sum(axis=0)
        return gradient, hessian

    def step(self, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Newton's step of these columns, and which of them have one."""
        gradient, hessian = self._slopes(columns)
        inverse, usable = _inverted(hessian)
        step = np.einsum("fpq,fq->fp", inverse, gradient)
        return step, usable & np.isfinite(step).all(axis=1)

    def moved(self, step: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """(f,) the largest change of a patient's log odds."""
        change = np.abs(self._log_odds(step, columns)) * (self.weights[:, columns] > 0)
        return change.max(axis=0) + np.abs(step[:, : self.classes - 1]).max(axis=1)

    def walk(self, step: np.ndarray, columns: np.ndarray, before: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Take the steps, halved as long as they lead down; the new values and the shares taken."""
        size = np.ones(len(columns))
        value = np.full(len(columns), -np.inf)
        short = np.arange(len(columns))
        for _ in range(HALVINGS):
            tried = self.beta[columns[short]] + size[short, None] * step[short]
            cuts = tried[:, : self.classes - 1]
            ordered = (np.diff(cuts, axis=1) < 0).all(axis=1)
            with np.errstate(all="ignore"):
                value[short] = np.where(ordered, self.value(tried, columns[short]), -np.inf)
            worse = ~(value[short] >= before[short] - 1e-9 * (1 + np.abs(before[short])))
            short = short[worse]
            if not len(short):
                break
            size[short] /= 2
        size[short], value[short] = 0.0, before[short]
        self.beta[columns] += size[:, None] * step
        return value, size

    def errors(self, columns: np.ndarray) -> np.ndarray:
        """(f,) standard error of the slope; NaN for the other columns."""
        found = np.full(self.x.shape[1], np.nan)
        if len(columns):
            _, hessian = self._slopes(columns)
            inverse, usable = _inverted(hessian)
            found[columns] = np.where(usable, np.sqrt(inverse[:, -1, -1]), np.nan)
        return found


def _inverted(hessian: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(f, p, p) inverses, 0 where there is none, and (f,) whether the slope and all else can be told apart."""
    try:
        inverse = np.linalg.inv(hessian)
        usable = np.isfinite(inverse).all(axis=(1, 2))
    except np.linalg.LinAlgError:  # of one of them; the others have theirs
        usable = np.linalg.matrix_rank(hessian, hermitian=True) == hessian.shape[1]
        inverse = np.zeros_like(hessian)
        inverse[usable] = np.linalg.inv(hessian[usable])
    spread = np.einsum("fii->fi", inverse)
    usable &= (spread > 0).all(axis=1)
    usable[usable] &= 1 / spread[usable, -1] > OWN * hessian[usable, -1, -1]
    return np.where(usable[:, None, None], inverse, 0.0), usable


def _log_share(upper: np.ndarray | None, lower: np.ndarray | None) -> np.ndarray:
    """log P(class) from the log odds of reaching it and of reaching the next."""
    if upper is None:
        return -np.logaddexp(0.0, lower)
    if lower is None:
        return -np.logaddexp(0.0, -upper)
    # s(u) - s(l) = s(u) s(-l) (1 - exp(l - u))
    return np.log(-np.expm1(lower - upper)) - np.logaddexp(0.0, -upper) - np.logaddexp(0.0, lower)


def _parts(upper: np.ndarray | None, lower: np.ndarray | None) -> tuple[np.ndarray, ...]:
    """First and second derivatives of `_log_share` by upper and lower: u, l, uu, ll, ul."""
    from scipy.special import expit

    if upper is None:
        s = expit(lower)
        nothing = np.zeros_like(s)
        return nothing, -s, nothing, -s * (1 - s), nothing
    if lower is None:
        s = expit(upper)
        nothing = np.zeros_like(s)
        return 1 - s, nothing, -s * (1 - s), nothing, nothing
    u, v, gap = expit(upper), expit(lower), np.exp(lower - upper)
    between = gap / (1 - gap)
    # log share = log(1 - exp(l - u)) + log s(u) + log s(-l)
    crossed = between * (1 + between)
    return 1 - u + between, -v - between, -u * (1 - u) - crossed, -v * (1 - v) - crossed, crossed
