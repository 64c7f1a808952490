"""Forward selection for a logistic model, anew in every bootstrap sample, judged on the patients not drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.compute import Progress, generators, quiet, spread
from core.radiogenomics.logistic import log_likelihood, newton, scores, with_intercept

LIKELIHOOD, SPEARMAN = "likelihood", "spearman"


@dataclass(frozen=True, eq=False)
class Path:
    """The models of order 0, 1, ... of one forward selection; it ends where nothing can be added.

    chosen          positions of the candidates, in the order in which they came in
    coefficients    one array per model: the intercept, the terms `kept` in every model, then those chosen, for columns
                    scaled by `centre` and `sd` (p,)
    separating      how often a candidate was passed over because the model with it has no finite fit
    """

    chosen: tuple[int, ...]
    coefficients: tuple[np.ndarray, ...]
    centre: np.ndarray
    sd: np.ndarray
    separating: int
    kept: tuple[int, ...] = ()

    def log_odds(self, x: np.ndarray, order: int) -> np.ndarray:
        """(n,) of patients x (n, p) by the model of this order, or by the last one where the path is shorter."""
        order = min(order, len(self.chosen))
        places = [*self.kept, *self.chosen[:order]]
        z = (x[:, places] - self.centre[places]) / self.sd[places]
        return with_intercept(z) @ self.coefficients[order]


def forward(x: np.ndarray, y: np.ndarray, weights: np.ndarray, largest: int, kept: Sequence[int] = ()) -> Path | None:
    """Add the candidate with the greatest score chi-square, fit, and again, up to `largest`; x (n, p), y 0 or 1.

    `weights` (n,) say how often each patient was drawn; scaling uses them too. `kept` are positions of terms that every
    model has, from order 0 on; they do not count for the order. None where all outcomes drawn are alike, or where the
    kept terms alone have no finite fit to them. Equal scores go to the candidate that is given first.
    """
    drawn = weights > 0
    x, y, weights = x[drawn], y[drawn], weights[drawn]
    if y.min() == y.max():
        return None
    centre = weights @ x / weights.sum()
    sd = np.sqrt(weights @ (x - centre) ** 2 / weights.sum())
    open_ = sd > 1e-12 * np.abs(centre)  # a column that is the same for all drawn has rounding for a spread
    sd = np.where(open_, sd, 1.0)
    z = (x - centre) / sd
    columns = with_intercept(z[:, list(kept)])
    begun = newton(columns, y, weights)
    if begun is None:
        return None
    beta, *_ = begun
    open_[list(kept)] = False
    chosen, fits, separating = [], [beta], 0
    while len(chosen) < largest and open_.any():
        ranked = np.where(open_, scores(columns, y, weights, beta, z), -np.inf)
        best = int(np.argmax(ranked))
        if ranked[best] == -np.inf:
            break
        open_[best] = False
        with_it = np.column_stack((columns, z[:, best]))
        found = newton(with_it, y, weights, np.append(beta, 0.0))
        if found is None:
            separating += 1
            continue
        columns, beta = with_it, found[0]
        chosen.append(best)
        fits.append(beta)
    return Path(tuple(chosen), tuple(fits), centre, sd, separating, tuple(kept))


@dataclass(frozen=True, eq=False)
class Resampled:
    """What the bootstrap says of each order 0 to `largest`, over `used` of the samples.

    values      (used, largest + 1) the measure on the patients not drawn; higher is better
    paths       the forward selection of each sample used
    out         the mean share of patients not drawn
    """

    values: np.ndarray
    paths: tuple[Path, ...]
    used: int
    out: float

    @property
    def mean(self) -> np.ndarray:
        """(largest + 1,) of the measure."""
        return self.values.mean(axis=0)

    @property
    def standard_error(self) -> np.ndarray:
        """(largest + 1,) how far chance moves each mean: the spread over samples, each on a share of the patients.

        A sample judges on `out` of the patients, all samples together on all of them, so the variance of one is
        scaled by that share. The spread over the root of the number of samples would sink to nought with more samples
        of the same patients.
        """
        return self.values.std(axis=0, ddof=1) * np.sqrt(self.out)

    @property
    def order(self) -> int:
        """The smallest order within one standard error of the best one."""
        best = int(np.argmax(self.mean))
        return int(np.argmax(self.mean >= self.mean[best] - self.standard_error[best]))


def resampled(
    x: np.ndarray,
    y: np.ndarray,
    *,
    largest: int,
    measure: str,
    resamples: int,
    seed: int,
    kept: Sequence[int] = (),
    progress: Progress = quiet,
) -> Resampled:
    """Select in each of `resamples` bootstrap samples of the patients, and judge every order on those not drawn.

    Samples with outcomes all alike, drawn or not drawn, and those in which the `kept` terms have no finite fit, are
    left out.
    """
    judge = MEASURES[measure]

    def once(chance: np.random.Generator) -> tuple[np.ndarray, Path, float] | None:
        weights = np.bincount(chance.integers(0, len(y), len(y)), minlength=len(y)).astype(float)
        out = weights == 0
        path = forward(x, y, weights, largest, kept) if out.any() else None
        if path is None or y[out].min() == y[out].max():
            return None
        known = [judge(path.log_odds(x[out], order), y[out]) for order in range(len(path.chosen) + 1)]
        return np.array(known + known[-1:] * (largest + 1 - len(known))), path, float(out.mean())

    answers = [each for each in spread(once, generators(seed, resamples), progress, "Selecting in resamples") if each]
    values = np.array([each[0] for each in answers]).reshape(len(answers), largest + 1)
    out = float(np.mean([each[2] for each in answers])) if answers else np.nan
    return Resampled(values, tuple(each[1] for each in answers), len(answers), out)


def _mean_log_likelihood(log_odds: np.ndarray, y: np.ndarray) -> float:
    return log_likelihood(log_odds, y, np.ones(len(y))) / len(y)


def _spearman(log_odds: np.ndarray, y: np.ndarray) -> float:
    """The rank correlation of prediction and outcome; 0 where everybody has the same prediction."""
    from scipy.stats import rankdata

    if log_odds.min() == log_odds.max():
        return 0.0
    # Ranks of two outcomes are a straight line of the outcomes themselves.
    ranks, outcomes = rankdata(log_odds) - (len(y) + 1) / 2, y - y.mean()
    return float(ranks @ outcomes / np.sqrt((ranks @ ranks) * (outcomes @ outcomes)))


MEASURES: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    LIKELIHOOD: _mean_log_likelihood,
    SPEARMAN: _spearman,
}
