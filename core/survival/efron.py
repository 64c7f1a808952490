"""Efron's partial likelihood for many Cox models at once that differ in one covariate, maximised by Newton's method."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

#: Newton stops when the next step is smaller than this (covariates have unit scale); it is then taken unlooked at,
#: and what is left is of the order of its square.
STEP, ROUNDS = 1e-7, 60
#: Where a likelihood rises for ever its curvature dies away; the share of the first curvature taken for dead.
FLAT = 1e-8


@dataclass(frozen=True, eq=False)
class RiskSums:
    """What the covariates do not change: who is at risk at which of J event times, and which of E deaths are tied.

    order   (m,) the patients who are at risk at some event of their stratum, by stratum and falling time
    runs    (J,) first row of those who enter the risk set with each event time; back: (m,) the last event time they see
    deaths  (E,) rows of the deaths; moment: (E,) their event time; starts: (J,) first death of each event time
    share   (E,) how much of the tied deaths Efron takes out of the risk set for each death; tied: whether any
    blocks  first and last + 1 event time of each stratum
    """

    order: np.ndarray
    runs: np.ndarray
    back: np.ndarray
    deaths: np.ndarray
    moment: np.ndarray
    starts: np.ndarray
    share: np.ndarray
    tied: bool
    blocks: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, time: np.ndarray, event: np.ndarray, stratum: np.ndarray) -> RiskSums:
        """From (n,) times, events (bool, at least one) and strata numbered from 0."""
        first = np.full(stratum.max() + 1, np.inf)
        np.minimum.at(first, stratum[event], time[event])
        order = np.lexsort((-time, stratum))
        order = order[time[order] >= first[stratum[order]]]
        time, event, stratum = time[order], event[order], stratum[order]
        ends = np.r_[np.flatnonzero(np.diff(time) != 0) + 1, np.flatnonzero(np.diff(stratum)) + 1, len(time)]
        deaths = np.flatnonzero(event)
        new = np.r_[True, (np.diff(time[deaths]) != 0) | (np.diff(stratum[deaths]) != 0)]
        starts, moment = np.flatnonzero(new), np.cumsum(new) - 1
        ends = np.unique(ends)
        end = ends[np.searchsorted(ends, deaths[starts], "right")]  # rows before it are at risk
        edges = np.r_[0, np.flatnonzero(np.diff(stratum[deaths[starts]])) + 1, len(starts)].tolist()
        share = (np.arange(len(deaths)) - starts[moment]) / np.bincount(moment)[moment]
        return cls(
            order=order,
            runs=np.r_[0, end[:-1]],
            back=np.searchsorted(end, np.arange(len(order)), "right"),
            deaths=deaths,
            moment=moment,
            starts=starts,
            share=share[:, None],
            tied=len(starts) < len(deaths),
            blocks=tuple(pairwise(edges)),
        )

    def at_deaths(self, values: np.ndarray) -> np.ndarray:
        """Sums of (m, f) values over the risk set of every death, less Efron's share of those tied: (E, f)."""
        sums = np.add.reduceat(values, self.runs, axis=0)
        for start, stop in self.blocks:
            np.cumsum(sums[start:stop], axis=0, out=sums[start:stop])
        if not self.tied:
            return sums
        among = np.add.reduceat(values[self.deaths], self.starts, axis=0)
        return sums[self.moment] - self.share * among[self.moment]

    def over_deaths(self, values: np.ndarray) -> np.ndarray:
        """The transpose: sums of (E, f) values over the deaths in whose risk set each patient is: (m, f)."""
        sums = np.add.reduceat(values, self.starts, axis=0) if self.tied else values.copy()
        for start, stop in self.blocks:
            backwards = sums[start:stop][::-1]
            np.cumsum(backwards, axis=0, out=backwards)
        total = sums[self.back]
        if self.tied:
            total[self.deaths] -= np.add.reduceat(values * self.share, self.starts, axis=0)[self.moment]
        return total

    def likelihood(self, beta: np.ndarray, x: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Log-likelihood (f,), gradient (f, k) and information (f, k, k) of f models at beta (k, f).

        Model j has the k - 1 columns of z (m, k - 1), the same for all, and lastly column j of x (m, f).
        Not finite where a risk set weighs nothing any more beside another.
        """
        k, f = beta.shape
        risk = x * beta[-1]
        if k > 1:
            risk += z @ beta[:-1]
        risk -= risk.max(axis=0)
        weight = np.exp(risk)
        inverse = self.at_deaths(weight)
        level = risk[self.deaths].sum(axis=0) - np.log(inverse).sum(axis=0)
        np.divide(1.0, inverse, out=inverse)
        due = self.over_deaths(inverse)  # expected deaths of each patient, once weighted
        due *= weight
        due_x = due * x
        gradient, information = np.empty((f, k)), np.empty((f, k, k))
        gradient[:, -1] = x[self.deaths].sum(axis=0) - due_x.sum(axis=0)
        information[:, -1, -1] = np.einsum("if,if->f", due_x, x)
        if k > 1:
            gradient[:, :-1] = z[self.deaths].sum(axis=0) - due.T @ z
            information[:, -1, :-1] = due_x.T @ z
            products = (z[:, :, None] * z[:, None, :]).reshape(len(z), -1)
            information[:, :-1, :-1] = (due.T @ products).reshape(f, k - 1, k - 1)
        means = [self.at_deaths(weight * column[:, None]) * inverse for column in z.T]
        means.append(self.at_deaths(weight * x) * inverse)
        for a in range(k):
            for b in range(a + 1):
                information[:, a, b] -= np.einsum("ef,ef->f", means[a], means[b])
                information[:, b, a] = information[:, a, b]
        return level, gradient, information


@dataclass(frozen=True, eq=False)
class Maxima:
    """The fits of f models, (f,) each: the last covariate's coefficient and variance, and how much it adds.

    others      (k - 1, f) the coefficients of the other covariates
    gain        twice the log-likelihood gained over the start, which has the last covariate's coefficient at zero
    converged   whether there is a maximum; where not, flat says that the likelihood ran out level: separation,
                or so near to it that the curvature is gone
    """

    coefficient: np.ndarray
    variance: np.ndarray
    others: np.ndarray
    gain: np.ndarray
    converged: np.ndarray
    flat: np.ndarray


def maximise(sums: RiskSums, x: np.ndarray, z: np.ndarray, start: np.ndarray) -> Maxima:
    """Fit f models by Newton's method, a step halved for as long as it lowers the likelihood.

    x (m, f) and z (m, k - 1) in the order of `sums` and of unit scale; start: (k - 1,) coefficients of z.
    Source: Cox 1972, doi:10.1111/j.2517-6161.1972.tb00899.x, ties by Efron 1977, doi:10.1080/01621459.1977.10480613.
    """
    f, k = x.shape[1], z.shape[1] + 1
    beta = np.zeros((k, f))
    beta[:-1] = start[:, None]
    step, level, first = np.zeros((k, f)), np.full(f, -np.inf), np.full(f, np.nan)
    variance, curvature = np.full(f, np.nan), np.full(f, np.nan)
    converged, flat = np.zeros(f, dtype=bool), np.zeros(f, dtype=bool)
    todo, columns = np.arange(f), x
    for _ in range(ROUNDS):
        trial = beta[:, todo] + step[:, todo]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            now, gradient, information = sums.likelihood(trial, columns, z)
        better = np.isfinite(now) & (now >= level[todo] - 1e-11 * np.abs(now))
        step[:, todo[~better]] /= 2
        accepted = todo[better]
        beta[:, accepted], level[accepted] = trial[:, better], now[better]
        first[accepted] = np.where(np.isnan(first[accepted]), level[accepted], first[accepted])
        inverse, sound = _inverses(information[better])
        variance[accepted] = inverse[:, -1, -1]
        left = 1 / variance[accepted]
        curvature[accepted] = np.where(np.isnan(curvature[accepted]), left, curvature[accepted])
        dead = ~sound | (left < FLAT * curvature[accepted])
        step[:, accepted] = np.einsum("fab,fb->af", inverse, gradient[better])
        near = ~dead & (np.abs(step[:, accepted]).max(axis=0) < STEP)
        beta[:, accepted[near]] += step[:, accepted[near]]
        converged[accepted[near]], flat[accepted[dead]] = True, True
        open_ = ~(converged | flat)[todo]
        if not open_.all():
            todo = todo[open_]
            columns = x[:, todo]
        if not len(todo):
            break
    return Maxima(beta[-1], variance, beta[:-1], 2 * (level - first), converged, flat)


@dataclass(frozen=True, eq=False)
class Maximum:
    """One model at its maximum: coefficients (p,), covariance (p, p), the log-likelihood there and at all zeros."""

    coefficients: np.ndarray
    covariance: np.ndarray
    log_likelihood: float
    log_likelihood_null: float


def maximum(sums: RiskSums, x: np.ndarray) -> Maximum | None:
    """The maximum for the columns of x (n, p), patients in their own order; None where there is none to be told.

    Columns are put to unit size first, and the coefficients back to the size that was given.
    """
    size = x.std(axis=0, ddof=1)
    z = np.ascontiguousarray(((x - x.mean(axis=0)) / size)[sums.order])
    last, others = z[:, -1:], z[:, :-1]
    found = maximise(sums, last, others, np.zeros(x.shape[1] - 1))
    if not found.converged[0]:
        return None
    beta = np.append(found.others[:, 0], found.coefficient)
    level, _, information = sums.likelihood(beta[:, None], last, others)
    covariance = np.linalg.inv(information[0]) / np.outer(size, size)
    null = sums.likelihood(np.zeros_like(beta)[:, None], last, others)[0]
    return Maximum(beta / size, covariance, float(level[0]), float(null[0]))


def _inverses(matrices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inverses of (f, k, k) information matrices, and which have one; the others get the identity's."""
    # Where the likelihood has run out level, the information may be anything, infinities among it.
    finite = np.isfinite(matrices).all(axis=(1, 2))
    matrices = np.where(finite[:, None, None], matrices, np.eye(matrices.shape[1]))
    if matrices.shape[1] == 1:
        sound = finite & (matrices[:, 0, 0] > 0)
        return 1 / np.where(sound[:, None, None], matrices, 1.0), sound
    values = np.linalg.eigvalsh(matrices)
    sound = finite & (values[:, 0] > 1e-12 * values[:, -1])
    return np.linalg.inv(np.where(sound[:, None, None], matrices, np.eye(matrices.shape[1]))), sound
