"""How well many scores rank held-out patients, each compared with those that the same networks have held out.

Networks of different folds have different offsets: the mean of the training patients is low where the held-out ones
are high, so that scores pooled over folds rank backwards where there is nothing to find. Within a fold there is no such
bias, and nothing about the target gives an area of 0.5 or a correlation of 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

WIDTH = NormalDist().inv_cdf(0.975)
#: Length of centred ranks below which all patients have one score.
NOTHING = 1e-9


@dataclass(frozen=True, eq=False)
class Rater:
    """Rates scores of n patients against one truth: the area under the curve of 0 and 1, or Spearman's correlation.

    truth  (n,) a number, or 1 for members of the class and 0 for others
    fold   (n,) the number of the fold that held each patient out; only patients of one fold are compared
    number whether the truth is a number
    """

    truth: np.ndarray
    fold: np.ndarray
    number: bool

    def ranks(self, scores: np.ndarray) -> np.ndarray:
        """(..., n) ranks of (..., n) scores within their folds, ties at their mean; rounding makes no difference."""
        from scipy.stats import rankdata

        size = np.abs(scores).max(axis=-1, keepdims=True)
        step = 10.0 ** (np.floor(np.log10(np.where(size > 0, size, 1.0))) - 11)
        rounded, found = np.round(scores / step), np.empty(scores.shape)
        for members in self._folds():
            found[..., members] = rankdata(rounded[..., members], axis=-1)
        return found

    def held(self) -> np.ndarray:
        """(n,) the truth as `of_ranks` takes it: ranks within folds of a number, else 0 and 1."""
        return self.ranks(self.truth) if self.number else self.truth

    def of_ranks(self, ranks: np.ndarray, held: np.ndarray) -> np.ndarray:
        """(...) ratings of (..., n) ranks; `held` (n,) is the truth as `held` gives it."""
        if self.number:
            mine, other = self._centred(ranks), self._centred(held.T).T
            length = np.sqrt((mine**2).sum(axis=-1, keepdims=True))
            mine = np.divide(mine, length, out=np.zeros_like(mine), where=length > NOTHING)
            return mine @ (other / np.sqrt((other**2).sum(axis=0)))
        least, pairs = self._counts()
        return (ranks @ held - least) / pairs

    def rate(self, scores: np.ndarray) -> np.ndarray:
        """(...) rating of each of (..., n) scores. Patients who all have one score: 0, or an area of 0.5."""
        return self.of_ranks(self.ranks(scores), self.held())

    def intervals(self, scores: np.ndarray, rated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """95 % limits of the ratings (sets,) of (sets, n) scores, over patients.

        Areas: DeLong's variance within folds (DeLong, DeLong and Clarke-Pearson 1988, doi:10.2307/2531595) on the logit
        scale; NaN where a score separates the classes. Correlations: Fisher's z with the variance of Bonett and Wright
        2000, Psychometrika 65, with a degree of freedom less per fold beyond the first.
        """
        if self.number:
            free = max(len(self.truth) - 2 - len(np.unique(self.fold)), 1)
            z = np.arctanh(np.clip(rated, -0.999999, 0.999999))
            half = WIDTH * np.sqrt((1 + rated**2 / 2) / free)
            return np.tanh(z - half), np.tanh(z + half)
        inside = (rated > 0) & (rated < 1)
        value = np.where(inside, rated, 0.5)
        half = WIDTH * np.sqrt(self._variance(scores)) / (value * (1 - value))
        logit = np.log(value / (1 - value))
        low, high = (1 / (1 + np.exp(-(logit + side * half))) for side in (-1, 1))
        known = inside & (half > 0)
        return np.where(known, low, np.nan), np.where(known, high, np.nan)

    def resampled(self, scores: np.ndarray, draws: int, seed: int) -> np.ndarray:
        """(draws,) ratings of (n,) scores when patients are drawn again within their fold, and within their class."""
        chance, index = np.random.default_rng(seed), np.empty((draws, len(scores)), dtype=int)
        for members in self._folds():
            for value in (None,) if self.number else (0.0, 1.0):
                stratum = members if value is None else members[self.truth[members] == value]
                if len(stratum):
                    index[:, stratum] = stratum[chance.integers(0, len(stratum), (draws, len(stratum)))]
        ranks = self.ranks(scores[index])
        if not self.number:
            return self.of_ranks(ranks, self.truth)
        mine, other = self._centred(ranks), self._centred(self.ranks(self.truth[index]))
        length = np.sqrt((mine**2).sum(axis=1) * (other**2).sum(axis=1))
        return np.divide((mine * other).sum(axis=1), length, out=np.zeros(draws), where=length > NOTHING)

    def _variance(self, scores: np.ndarray) -> np.ndarray:
        from scipy.stats import rankdata

        ranks, pairs = self.ranks(scores), self._counts()[1]
        total = np.zeros(len(scores))
        for members in self._folds():
            yes, no = members[self.truth[members] == 1], members[self.truth[members] == 0]
            if min(len(yes), len(no)) < 2:
                continue
            above = ranks[:, yes] - rankdata(ranks[:, yes], axis=1)
            below = ranks[:, no] - rankdata(ranks[:, no], axis=1)
            total += len(yes) * above.var(axis=1, ddof=1) + len(no) * below.var(axis=1, ddof=1)
        return total / pairs**2

    def _folds(self) -> list[np.ndarray]:
        return [np.flatnonzero(self.fold == number) for number in np.unique(self.fold)]

    def _counts(self) -> tuple[float, float]:
        """The least that the ranks of the members can sum to, and the number of pairs, over all folds."""
        least = pairs = 0.0
        for members in self._folds():
            n, positive = len(members), float(self.truth[members].sum())
            least += positive * (positive + 1) / 2
            pairs += positive * (n - positive)
        return least, pairs

    def _centred(self, ranks: np.ndarray) -> np.ndarray:
        found = np.empty(ranks.shape)
        for members in self._folds():
            found[..., members] = ranks[..., members] - ranks[..., members].mean(axis=-1, keepdims=True)
        return found
