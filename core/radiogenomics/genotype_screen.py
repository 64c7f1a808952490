"""Which features go with a genotype: a logistic model per feature, every test counted, and its area under the curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.compute import Progress, quiet
from core.errors import NotEstimable, Problem, Refused
from core.radiogenomics.adjusting import Adjusting, adjusting
from core.radiogenomics.genotype import ADDITIVE, FEWEST, Coded
from core.radiogenomics.held_out_auc import held_out_auc
from core.radiogenomics.logistic import separates
from core.radiogenomics.ordinal import fits
from core.radiogenomics.score_test import score_tests
from core.stats.multiplicity import benjamini_hochberg
from core.stats.ranks import average_ranks
from core.stats.roc import auc
from core.vocabulary import listed

ESTIMATED = "estimated"
SEPARATED = "no finite odds ratio (the feature separates the groups)"
CONSTANT = "not estimable (constant)"
FEW = f"not estimable (fewer than {FEWEST} carriers or others have it)"
COVARIATES = "not estimable (what is adjusted for separates the groups)"
GIVEN = "not estimable (what is adjusted for gives the feature)"
#: Half a 95 % interval in standard errors.
WIDTH = 1.959963984540054
#: The largest log odds ratio per standard deviation that is shown.
FAR = 25.0


@dataclass(frozen=True, eq=False)
class GenotypeScreen:
    """table    a row per column given, in the order given:

    column      its name; n, n_carriers: patients of its model
    auc, lower, upper    the chance that a carrier has the higher value of the feature, unadjusted, with DeLong's 95 %
                interval on the logit scale; below 0.5 where carriers have lower values
    apparent    the larger of auc and 1 - auc: the area of a logistic model on the patients it was fitted on
    odds_ratio, or_lower, or_upper    per standard deviation `sd` more, adjusted, Wald; of being a carrier, or of having
                more minor alleles in the additive coding
    chi_square, p, q    score test of the ranks of the feature (`score_tests`), adjusted: no patient far out decides
                it. q: Benjamini-Hochberg over the n_tests columns
    held_out, held_out_low, held_out_high    area of the (adjusted) model in left-out patients, `HeldOutAuc`
    state       ESTIMATED, or why a number is missing

    shared_held_out     area of the covariates alone in left-out patients; test: what p is of
    n, n_carriers       patients with genotype and covariates; n_no_genotype, n_no_covariate: left out of all models
    no_held_out         why there is no area in left-out patients, or ""
    """

    table: pd.DataFrame
    genotype: Coded
    n_tests: int
    test: str
    adjust: tuple[str, ...]
    dropped: tuple[str, ...]
    shared_held_out: float | None
    no_held_out: str
    folds: int
    repeats: int
    seed: int
    n: int
    n_carriers: int
    n_no_genotype: int
    n_no_covariate: int


def genotype_screen(
    values: pd.DataFrame,
    genotype: Coded,
    covariates: pd.DataFrame | None = None,
    *,
    folds: int = 5,
    repeats: int = 20,
    seed: int = 0,
    progress: Progress = quiet,
) -> GenotypeScreen:
    """Which features go with the genotype, how strongly, and do they find carriers that they were not fitted on?

    values      a row per patient, in the order of the genotype, a column of numbers per feature; NaN for a patient who
                lacks it and is then left out of that model only
    covariates  of the same patients, numbers or categories, in every model; who lacks one is left out of all
    folds, repeats  of the areas in left-out patients; 0 repeats for none

    Two classes: logistic regression. The additive coding with three: a proportional-odds model of the number of minor
    alleles (McCullagh 1980, doi:10.1111/j.2517-6161.1980.tb01109.x), while areas stay those of carriers. Unadjusted
    the test is Mann-Whitney's, or for three classes that of Spearman's rank correlation, each by Student's t. Raises
    `Refused` for tables of other patients or without numbers, `NotEstimable` for no feature, for fewer than 5 carriers
    or others with all covariates, and for covariates that separate them.
    """
    _check(values, genotype, covariates)
    shared = adjusting(covariates, genotype.codes.notna().to_numpy())
    used = shared.used
    carrier = genotype.carrier.to_numpy()[used].astype(int)
    _enough(carrier, genotype, shared)
    others = shared.columns[used]
    _apart(others, carrier, shared.names)
    x = values.to_numpy(dtype=float)[used]
    x = np.where(np.isfinite(x), x, np.nan)
    table = _tested(x, genotype.codes.to_numpy()[used], carrier, others)
    table = pd.concat([_areas(x, carrier), table], axis=1)
    table.insert(0, "column", list(values.columns))
    table["q"] = benjamini_hochberg(table["p"])
    no_held_out, shared_auc = _no_held_out(carrier, folds, repeats), None
    for name in ("held_out", "held_out_low", "held_out_high"):
        table[name] = np.nan
    if not no_held_out and repeats:
        able = table["p"].notna().to_numpy()
        found = held_out_auc(x[:, able], carrier, others, folds=folds, repeats=repeats, seed=seed, progress=progress)
        table.loc[able, ["held_out", "held_out_low", "held_out_high"]] = np.column_stack(
            (found.auc, found.low, found.high)
        )
        shared_auc = found.shared_auc
    ordered = genotype.coding == ADDITIVE and len(np.unique(genotype.codes.to_numpy()[used])) > 2
    return GenotypeScreen(
        table=table,
        genotype=genotype,
        n_tests=int(table["p"].notna().sum()),
        test="score test of the feature's ranks in "
        + ("a proportional-odds model of the number of minor alleles" if ordered else "a logistic model"),
        adjust=() if covariates is None else tuple(map(str, covariates.columns)),
        dropped=shared.dropped,
        shared_held_out=shared_auc,
        no_held_out=no_held_out,
        folds=folds,
        repeats=repeats,
        seed=seed,
        n=len(carrier),
        n_carriers=int(carrier.sum()),
        n_no_genotype=genotype.n_unknown,
        n_no_covariate=shared.n_missing,
    )


def _check(values: pd.DataFrame, genotype: Coded, covariates: pd.DataFrame | None) -> None:
    if not values.shape[1]:
        raise NotEstimable("There is no feature to compare.", "Choose a set that has features.")
    odd = [str(name) for name, kind in values.dtypes.items() if not pd.api.types.is_numeric_dtype(kind)]
    problems = [Problem(f"'{name}' holds no numbers.", "features", "Code it as numbers first.") for name in odd]
    for frame, where in ((genotype.codes, "genotype"), (covariates, "covariates")):
        if frame is not None and not frame.index.equals(values.index):
            problems.append(Problem("It has other patients than the features.", where, "Give the same in one order."))
    if problems:
        raise Refused(problems)


def _enough(carrier: np.ndarray, genotype: Coded, shared: Adjusting) -> None:
    yes, no = int(carrier.sum()), int((1 - carrier).sum())
    if min(yes, no) < FEWEST:
        raise NotEstimable(
            f"{yes} {genotype.positive} and {no} {genotype.negative} have everything that is adjusted for "
            f"({shared.n_missing} patients lack some); at least {FEWEST} of each are compared.",
            "Adjust for less, or widen the cohort.",
        )


def _apart(others: np.ndarray, carrier: np.ndarray, names: tuple[str, ...]) -> None:
    """Raise `NotEstimable` where the covariates alone tell carriers from others without fail."""
    if others.shape[1] and separates(others, carrier == 1):
        raise NotEstimable(
            f"What is adjusted for ({listed(names, 'and')}) separates carriers from others, at least in one group of "
            "patients, so nothing can be adjusted for it.",
            "Leave it out, or choose patients among whom both occur in every group.",
        )


def _no_held_out(carrier: np.ndarray, folds: int, repeats: int) -> str:
    least = int(min(carrier.sum(), (1 - carrier).sum()))
    if least < folds:
        return f"{least} patients of the smaller group cannot be spread over {folds} folds; choose fewer folds"
    return "" if repeats else "not asked for"


def _areas(x: np.ndarray, carrier: np.ndarray) -> pd.DataFrame:
    """auc, lower, upper, apparent of each column; NaN where too few have it."""
    rows = []
    for column in x.T:
        known = np.isfinite(column)
        if min(carrier[known].sum(), (1 - carrier[known]).sum()) < FEWEST or np.ptp(column[known]) == 0:
            rows.append((np.nan,) * 4)
            continue
        found = auc(carrier[known], column[known])
        limits = (np.nan if found.lower is None else found.lower, np.nan if found.upper is None else found.upper)
        rows.append((found.auc, *limits, max(found.auc, 1 - found.auc)))
    return pd.DataFrame(rows, columns=["auc", "lower", "upper", "apparent"])


def _tested(x: np.ndarray, codes: np.ndarray, carrier: np.ndarray, others: np.ndarray) -> pd.DataFrame:
    """The model of each column, and its score test."""
    known = np.isfinite(x)
    classes = np.unique(codes, return_inverse=True)[1]
    n, carriers = known.sum(axis=0), (known * carrier[:, None]).sum(axis=0)
    filled = np.where(known, x, 0.0)
    centre = filled.sum(axis=0) / np.maximum(n, 1)
    spread = np.where(known, x - centre, 0.0)
    sd = np.sqrt((spread**2).sum(axis=0) / np.maximum(n - 1, 1))
    few = np.minimum(carriers, n - carriers) < FEWEST
    varies = np.where(known, x, np.inf).min(axis=0) < np.where(known, x, -np.inf).max(axis=0)
    state = np.where(few, FEW, np.where(varies & (sd > 0), ESTIMATED, CONSTANT)).astype(object)
    able = np.flatnonzero(state == ESTIMATED)
    numbers = {name: np.full(x.shape[1], np.nan) for name in ("slope", "error", "statistic", "p")}
    if len(able):
        scaled = spread[:, able] / sd[able]
        test = score_tests(_ranks(x[:, able]), classes, others)
        fitted = fits(scaled, classes, known[:, able].astype(float), others)
        finite = fitted.settled & (np.abs(fitted.slope) < FAR)
        # A column that follows from the others never leaves its start; one that separates never ends.
        given = np.isnan(test.p) | (~fitted.settled & (fitted.slope == 0))
        reason = np.where(np.isnan(test.p) & ~fitted.settled & (fitted.slope != 0), COVARIATES, GIVEN)
        state[able] = np.where(given, reason, np.where(finite, ESTIMATED, SEPARATED))
        finite &= ~given
        numbers["statistic"][able], numbers["p"][able] = np.where(given, np.nan, [test.chi_square, test.p])
        numbers["slope"][able] = np.where(finite, fitted.slope, np.nan)
        numbers["error"][able] = np.where(finite, fitted.error, np.nan)
    ratio = np.exp(numbers["slope"][:, None] + np.array([0.0, -WIDTH, WIDTH]) * numbers["error"][:, None])
    return pd.DataFrame(
        {
            "n": n,
            "n_carriers": carriers,
            "sd": np.where(varies, sd, np.nan),
            "odds_ratio": ratio[:, 0],
            "or_lower": ratio[:, 1],
            "or_upper": ratio[:, 2],
            "chi_square": numbers["statistic"],
            "p": numbers["p"],
            "state": state,
        }
    )


def _ranks(x: np.ndarray) -> np.ndarray:
    """The ranks of each column, up to about 1; NaN where it is."""
    return np.where(np.isfinite(x), average_ranks(x.T)[0].T / len(x), np.nan)
