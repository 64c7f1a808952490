"""The probit likelihood of a complication against dose, for many dose summaries of the same patients at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Newton's steps end when the next would raise the log-likelihood by less than this share of it.
TOLERANCE = 1e-13
ROUNDS = 100
HALF_LOG_TWO_PI = 0.5 * np.log(2 * np.pi)


@dataclass(frozen=True, eq=False)
class Binary:
    """`event` (n,) bool, and dose summaries of the same patients: `x` (g, n) times `scale_gy` (g,) is their dose.

    A curve is Phi(intercept + slope * dose) with intercept -1/m and slope 1/(m TD50). Each method gives the greatest
    log-likelihood over what it leaves free, the dose summaries among them, within intercept <= 0 <= slope.
    """

    event: np.ndarray
    x: np.ndarray
    scale_gy: np.ndarray

    @property
    def sign(self) -> np.ndarray:
        """(n,) 1 for an event, -1 for none."""
        return np.where(self.event, 1.0, -1.0)

    @property
    def null(self) -> float:
        """One probability for everybody."""
        n, events = len(self.event), int(self.event.sum())
        return float(sum(count * np.log(count / n) for count in (events, n - events) if count))

    @property
    def half(self) -> float:
        """A probability of one half for everybody."""
        return float(-np.log(2) * len(self.event))

    def flat(self) -> float:
        """The limit of an endless TD50: one probability for everybody, of one half or less."""
        return self.null if 2 * self.event.sum() <= len(self.event) else self.half

    def curves(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(g,) log-likelihoods, intercepts and slopes per Gy, one per summary; at a limit both are nought."""
        centre = self.x.mean(axis=1, keepdims=True)
        found, beta = maximum(self.sign, np.stack((np.ones_like(self.x), self.x - centre)))
        slope = beta[:, 1] / self.scale_gy
        intercept = beta[:, 0] - beta[:, 1] * centre[:, 0]
        inside = (intercept < 0) & (slope > 0)
        limit = np.maximum(self.flat(), self._from_half())
        return np.where(inside, found, limit), np.where(inside, intercept, 0.0), np.where(inside, slope, 0.0)

    def at_td50(self, td50_gy: float) -> float:
        """With this TD50, m free."""
        found, steep = maximum(self.sign, (self.x * (self.scale_gy[:, None] / td50_gy) - 1)[None])
        return float(np.where(steep[:, 0] > 0, found, self.half).max())

    def at_m(self, m: float) -> float:
        """With this m, TD50 free."""
        found, slope = maximum(self.sign, self.x[None], -1 / m)
        constant = float(_derivatives(self.sign, np.zeros_like(self.x[None, :1]), -1 / m, np.zeros((1, 1)))[0][0])
        return float(np.where(slope[:, 0] > 0, found, constant).max())

    def at_td50_zero(self) -> float:
        """The limit of a TD50 of nought, which is that of an endless m: the curve starts at one half."""
        return float(self._from_half().max())

    def _from_half(self) -> np.ndarray:
        found, slope = maximum(self.sign, self.x[None])
        return np.where(slope[:, 0] > 0, found, self.half)


def maximum(sign: np.ndarray, columns: np.ndarray, offset: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Maximise the sum of log Phi(sign (offset + columns beta)): (g,) maxima and (g, q) coefficients.

    sign (n,) 1 or -1; columns (q, g, n). The function is concave; Newton's steps are halved where they would lower it.
    """
    q, g, _ = columns.shape
    beta, size = np.zeros((g, q)), np.ones(g)
    value, gradient, information = _derivatives(sign, columns, offset, beta)
    for _ in range(ROUNDS):
        step = np.linalg.solve(information, gradient[..., None])[..., 0]
        if (np.einsum("gq,gq->g", gradient, step) <= TOLERANCE * (1 + np.abs(value))).all():
            break
        tried = beta + size[:, None] * step
        new = _derivatives(sign, columns, offset, tried)
        better = new[0] >= value - TOLERANCE * (1 + np.abs(value))
        beta = np.where(better[:, None], tried, beta)
        value = np.where(better, new[0], value)
        gradient = np.where(better[:, None], new[1], gradient)
        information = np.where(better[:, None, None], new[2], information)
        size = np.where(better, np.minimum(1.0, 2 * size), size / 2)
    return value, beta


def _derivatives(sign: np.ndarray, columns: np.ndarray, offset: float, beta: np.ndarray):
    from scipy.special import log_ndtr

    z = sign * (offset + np.einsum("qgn,gq->gn", columns, beta))
    logs = log_ndtr(z)
    ratio = np.exp(-0.5 * z * z - HALF_LOG_TWO_PI - logs)  # the density over the probability
    gradient = np.einsum("qgn,gn->gq", columns, sign * ratio)
    information = np.einsum("qgn,gn,rgn->gqr", columns, ratio * (z + ratio), columns, optimize=True)
    # A column of noughts has nothing to say; it keeps its coefficient of nought.
    diagonal = np.arange(len(columns))
    information[:, diagonal, diagonal] += np.where(information[:, diagonal, diagonal] == 0, 1.0, 0.0)
    return logs.sum(axis=1), gradient, information
