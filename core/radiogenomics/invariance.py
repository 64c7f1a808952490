"""Which variables explain a class in the same way in every centre? Invariant causal prediction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.compute import Progress, quiet
from core.errors import NotEstimable, Problem, Refused
from core.radiogenomics.invariance_environments import BONFERRONI, FACTORS, combined, welch
from core.radiogenomics.invariance_fits import SubsetFits, subset_fits, subsets
from core.radiogenomics.invariance_screening import LASSO, MOST, Screened, screened
from core.vocabulary import listed

#: What goes on to a classifier: all screened variables when some set is invariant, the union of the accepted sets, or
#: their intersection.
SCREEN, UNION, INTERSECTION = "screen", "union", "intersection"
MODES = (SCREEN, UNION, INTERSECTION)
#: Patients that an environment needs.
FEWEST = 3
#: The least level at which the whole model may be rejected.
LEAST_FIT = 0.01


@dataclass(frozen=True, eq=False)
class Invariance:
    """Every subset of the variables, held against the environments; n patients, n_positive of the class in question.

    variables     the names of the variables tested; `screen` says how they were chosen, None when they were given
    environments  a row per environment: environment, n, n_positive
    sets          a row per subset, the empty one first, then by size: variables (a tuple of names), p, accepted,
                  environment (where the residuals stand out most), p_environment (of Welch's test there, alone), gap
                  (mean of outcome less fitted probability there less elsewhere), converged, separated, dependent
    table         a row per variable: variable, sd, p (the largest p of the sets without it; NaN where the model is
                  rejected), without (that set), n_accepted (accepted sets that hold it), p_with (the largest p of the
                  sets that hold it), environment (that stood out most there), lower and upper (of the log odds ratio
                  per standard deviation `sd`), union, intersection (whether it is in any, in all accepted sets)
    rejected      no subset, the empty one included, has p > gof; then nothing goes on and no variable has a p
    best_p        the largest p of all subsets
    residuals     (sets, n) outcome less fitted probability, rows as `sets`; `codes` (n,) the environments
    """

    variables: tuple[str, ...]
    environments: pd.DataFrame
    sets: pd.DataFrame
    table: pd.DataFrame
    rejected: bool
    best_p: float
    residuals: np.ndarray
    codes: np.ndarray
    screen: Screened | None
    n: int
    n_positive: int
    alpha: float
    gof: float
    factor: str

    def chosen(self, mode: str) -> tuple[str, ...]:
        """The variables that go on: none when the model is rejected.

        `screen` all that were tested (as published), `union` those in any accepted set, `intersection` those in all.
        """
        if mode not in MODES:
            raise Refused([Problem(f"There is no way {mode!r} to use them.", "mode", f"Use {listed(MODES)}.")])
        if self.rejected or mode == SCREEN:
            return () if self.rejected else self.variables
        return tuple(self.table.loc[self.table[mode], "variable"])

    def residuals_of(self, place: int) -> pd.DataFrame:
        """For drawing the set in this row of `sets`: environment and residual, a row per patient in the given order."""
        names = self.environments["environment"].to_numpy()
        return pd.DataFrame({"environment": names[self.codes], "residual": self.residuals[place]})


def invariant_sets(
    outcome: Sequence,
    values: np.ndarray,
    variables: Sequence[str],
    environment: Sequence[str],
    *,
    alpha: float = 0.05,
    gof: float | None = None,
    factor: str = BONFERRONI,
    screen: Screened | None = None,
) -> Invariance:
    """Which subsets of a few variables explain a class in the same way in every environment?

    outcome (n,) true or false, values (n, k) finite with k from 0 to 8, environment (n,) names. For each of the 2^k
    subsets: logistic regression with intercept over all patients, at most ten steps of iteratively reweighted least
    squares; residual = outcome less fitted probability; Welch's test of the residuals in each environment against all
    others; p = min(1, factor times the smallest), `factor` as in `core.radiogenomics.invariance_environments`. A subset
    is accepted when p > alpha. The model is rejected when none has p > gof, which is max(0.01, alpha) unless given.

    The variables in every accepted set are the parents that the data vouch for: if all direct causes of the class are
    among the variables, and environments act on the class through them alone, then no other variable is among them but
    with probability alpha (by Bonferroni's factor; the published one falls a little short of it). The p of a variable
    is the largest p of the sets without it, so that it is at most alpha exactly for those. Intervals are the hull, over
    the accepted sets, of coefficient +- z(1 - alpha / 4) standard errors, where a set without the variable counts as 0;
    they are NaN where an accepted set with the variable has no finite coefficients (separated or dependent). Such sets
    are tested as published all the same, on what residual is left, and flagged.

    Source: Peters, Buehlmann and Meinshausen 2016, doi:10.1111/rssb.12167; for two classes as the R package
    InvariantCausalPrediction was used by Santinha et al. 2021, PMC8082292.

    Raises `Refused` for shapes, missing values and settings that make no sense, `NotEstimable` for one class, one
    environment, or environments with fewer than 3 patients, which it names.
    """
    y, values, codes, names = _checked(outcome, values, variables, environment, alpha, factor)
    gof = max(LEAST_FIT, alpha) if gof is None else gof
    sd = values.std(axis=0, ddof=1)
    varies = np.ptp(values, axis=0) > 0
    z = np.where(varies, (values - values.mean(axis=0)) / np.where(varies, sd, 1.0), 0.0)
    fits = subset_fits(y, z, subsets(values.shape[1]))
    p_each, gaps = welch(fits.residuals, codes, len(names))
    p, worst = combined(p_each, factor)
    rejected = not bool((p > gof).any())
    sets = _sets(fits, variables, names, p, p_each, gaps, worst, alpha)
    places = pd.DataFrame({
        "environment": names, "n": np.bincount(codes), "n_positive": np.bincount(codes, weights=y).astype(int)
    })  # fmt: skip
    return Invariance(
        variables=tuple(variables),
        environments=places,
        sets=sets,
        table=_table(fits, variables, sd, sets, rejected, alpha),
        rejected=rejected,
        best_p=float(p.max()),
        residuals=fits.residuals,
        codes=codes,
        screen=screen,
        n=len(y),
        n_positive=int(y.sum()),
        alpha=alpha,
        gof=gof,
        factor=factor,
    )


def invariant_prediction(
    outcome: Sequence,
    values: np.ndarray,
    variables: Sequence[str],
    environment: Sequence[str],
    *,
    selection: str = LASSO,
    most: int = MOST,
    halves: int = 20,
    seed: int = 0,
    alpha: float = 0.05,
    factor: str = BONFERRONI,
    progress: Progress = quiet,
) -> Invariance:
    """Which of many variables explain a class in the same way in every centre? A screen, then `invariant_sets`.

    values (n, p); the rest as for `core.radiogenomics.invariance_screening.screened` and `invariant_sets`, whose errors
    it raises. The screen sees the same patients: neither p nor intervals count that choice.
    """
    values = np.asarray(values, dtype=float)
    nothing = values[:, :0] if values.ndim == 2 else values
    _checked(outcome, nothing, (), environment, alpha, factor)  # what cannot be tested is not screened
    few = screened(
        np.asarray(outcome), values, selection=selection, most=most, halves=halves, seed=seed, progress=progress
    )
    columns = list(few.columns)
    names = [variables[column] for column in columns]
    return invariant_sets(outcome, values[:, columns], names, environment, alpha=alpha, factor=factor, screen=few)


def _checked(outcome, values, variables, environment, alpha: float, factor: str) -> tuple:
    y, values = np.asarray(outcome), np.asarray(values, dtype=float)
    labels = pd.Series(np.asarray(environment, dtype=object))
    if values.ndim != 2 or not len(y) == len(values) == len(labels) or values.shape[1] != len(variables):
        raise Refused([Problem("There must be a class, a row of values and an environment per patient.", "values")])
    if values.shape[1] > MOST or len(set(variables)) < len(variables):
        raise Refused([Problem(f"At most {MOST} different variables are tested.", "variables", "Screen them first.")])
    if not np.isin(y, (0, 1)).all() or not np.isfinite(values).all() or labels.isna().any():
        raise Refused([Problem("A class, a value or an environment is missing.", "values", "Leave them out.")])
    if not 0 < alpha < 1 or factor not in FACTORS:
        raise Refused([Problem(f"alpha lies between 0 and 1, and the factor is {listed(FACTORS)}.", "alpha")])
    if y.astype(float).sum() in (0, len(y)):
        raise NotEstimable("All patients are of one class.", "Widen the cohort or choose another outcome.")
    names, codes = np.unique(labels.astype(str).to_numpy(dtype=str), return_inverse=True)
    sizes = np.bincount(codes)
    if len(names) < 2:
        raise NotEstimable(
            f"All patients are from one environment, {names[0]}; invariance is a comparison of at least two.",
            "Widen the cohort to several centres.",
        )
    small = [f"{name} ({size})" for name, size in zip(names, sizes, strict=True) if size < FEWEST]
    if small:
        raise NotEstimable(
            f"An environment needs at least {FEWEST} patients; too few are in {listed(small, 'and')}.",
            "Leave those environments out, or join them with others.",
        )
    return y.astype(float), values, codes, names


# --------------------------------------------------------------------------------------------------- the tables


def _sets(fits: SubsetFits, variables, names, p, p_each, gaps, worst, alpha: float) -> pd.DataFrame:
    rows = np.arange(len(p))
    members = [tuple(variables[place] for place in np.flatnonzero(row)) for row in fits.members]
    return pd.DataFrame({
        "variables": members, "p": p, "accepted": p > alpha,
        "environment": names[worst], "p_environment": p_each[rows, worst], "gap": gaps[rows, worst],
        "converged": fits.converged, "separated": fits.separated, "dependent": fits.dependent,
    })  # fmt: skip


def _table(fits: SubsetFits, variables, sd, sets: pd.DataFrame, rejected: bool, alpha: float) -> pd.DataFrame:
    p, accepted = sets["p"].to_numpy(), sets["accepted"].to_numpy()
    rank = sets["p_environment"].to_numpy()  # the order of p, also where that is cut off at 1
    lower, upper = _intervals(fits, accepted, alpha)
    rows = []
    for place, variable in enumerate(variables):
        held = fits.members[:, place]
        best_without = int(np.flatnonzero(~held)[rank[~held].argmax()])
        best_with = int(np.flatnonzero(held)[rank[held].argmax()])
        rows.append({
            "variable": variable, "sd": sd[place],
            "p": np.nan if rejected else p[best_without], "without": sets["variables"][best_without],
            "n_accepted": int((held & accepted).sum()), "p_with": p[best_with],
            "environment": sets["environment"][best_with],
            "lower": np.nan if rejected else lower[place], "upper": np.nan if rejected else upper[place],
            "union": bool((held & accepted).any()) and not rejected,
            "intersection": bool(held[accepted].all() and accepted.any()) and not rejected,
        })  # fmt: skip
    columns = ["variable", "sd", "p", "without", "n_accepted", "p_with", "environment", "lower", "upper"]
    return pd.DataFrame(rows, columns=[*columns, "union", "intersection"])


def _intervals(fits: SubsetFits, accepted: np.ndarray, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    """The hull over accepted sets; 0 for a set without the variable, NaN where a set with it has no finite answer."""
    from scipy.special import ndtri

    k = fits.members.shape[1]
    if not accepted.any():
        return np.full(k, np.nan), np.full(k, np.nan)
    held = fits.members[accepted]
    unknown = (fits.separated | fits.dependent)[accepted][:, None] & held
    half = ndtri(1 - alpha / 4) * fits.errors[accepted]
    ends = [np.where(held, fits.coefficients[accepted] + sign * half, 0.0) for sign in (-1, 1)]
    low, high = (np.where(unknown, np.nan, end) for end in ends)
    return low.min(axis=0), high.max(axis=0)
